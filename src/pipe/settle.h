/* The end of an execute. See settle.c. */
#ifndef RPI_PIPE_SETTLE_H
#define RPI_PIPE_SETTLE_H

#include "pipe/lane.h"

/* Fills the fault with the first failure of all these lanes, in program order; left alone where there is none. */
void rpi_find_failures(const rpi_lane *lanes, bool collect, rpi_fault *first);

/* What became of the lane's commands, where the execute failed. */
void rpi_settle(const rpi_lane *lane, bool collect, rp_status why);

#endif
