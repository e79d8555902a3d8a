/* Commands that need more of the engine than to be sent and answered. Few do, so a run remembers it apart. */
#ifndef RPI_PIPE_SPECIAL_H
#define RPI_PIPE_SPECIAL_H

#include "pipe/pipe.h"

typedef struct rpi_special {
    int64_t block_ms; /* how long its commands may block, one after the other */
    size_t for_ever;  /* the first that blocks for ever: its place in the run, from 1; 0: none */
    bool scripted;    /* one calls a script by its digest */
    bool state;       /* one changes what the connection is, which must be closed after the execute */
} rpi_special;

/* That of the run that the command is in which was queued last; NULL where it was refused, or there is no memory, which
 * then sticks. */
rpi_special *rpi_special_of(rp_pipe *pipe);

/* Makes it stick that there is no memory. */
void rpi_refuse_memory(rp_pipe *pipe);

/* Each notes something of the command that was queued last, and returns its future. Where it was refused, they do
 * nothing. */

/* It blocks for so many milliseconds; 0: for ever; below zero: not at all. */
rp_future *rpi_blocking(rp_pipe *pipe, rp_future *future, double ms);

/* It changes what the connection is. */
rp_future *rpi_changes_state(rp_pipe *pipe, rp_future *future);

#endif
