/* Answers after which a connection is not used again. See stale.c. */
#ifndef RPI_PIPE_STALE_H
#define RPI_PIPE_STALE_H

#include "pipe/lane.h"

/* Looks at the error that a command was answered with, and remembers what it means for the lane's connection. */
void rpi_lane_note_error(rpi_lane *lane, const rp_value *error);

#endif
