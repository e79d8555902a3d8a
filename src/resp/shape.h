/* Shapes: one kind of value for a command, whichever version of the protocol brought it. */
#ifndef RPI_RESP_SHAPE_H
#define RPI_RESP_SHAPE_H

#include "base/arena.h"
#include "resp/value.h"

typedef enum rpi_shape {
    RPI_RAW,
    RPI_SHAPE_DICT,         /* a flat list of keys and values becomes a dict */
    RPI_SHAPE_SET,          /* a list becomes a set */
    RPI_SHAPE_FLOAT,        /* text becomes a float */
    RPI_SHAPE_SCORED_PAIRS, /* a flat list of members and scores becomes a list of pairs, the scores floats */
} rpi_shape;

/* Changes the value in place. What does not have the form expected (an error, null, another type) stays as it came.
 * False without memory. */
bool rpi_shape_value(rpi_shape shape, rpi_arena *arena, rp_value *v);

#endif
