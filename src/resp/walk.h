/* Walks a tree of values without recursion: the one loop behind copying, comparing, printing and JSON. */
#ifndef RPI_RESP_WALK_H
#define RPI_RESP_WALK_H

#include "resp/value.h"

typedef enum rpi_step { RPI_LEAF, RPI_ENTER, RPI_LEAVE, RPI_END } rpi_step;

typedef struct rpi_walk {
    const rp_value *root;
    int depth; /* open aggregates */
    const rp_value *open[RPI_MAX_DEPTH];
    size_t next[RPI_MAX_DEPTH]; /* in open[i]: the item that comes next */
} rpi_walk;

void rpi_walk_start(rpi_walk *walk, const rp_value *root);

/* The next step: LEAF with a scalar, ENTER with an aggregate before its items, LEAVE with it behind them; END. Values
 * nested deeper than RPI_MAX_DEPTH do not exist. */
rpi_step rpi_walk_next(rpi_walk *walk, const rp_value **v);

/* Of the value that LEAF or ENTER just gave: which item of its parent it is, counted from 0; 0 for the root. */
size_t rpi_walk_position(const rpi_walk *walk, rpi_step step);

/* Its parent, or NULL for the root. */
const rp_value *rpi_walk_parent(const rpi_walk *walk, rpi_step step);

#endif
