/* The end of an execute. See settle.c. */
#ifndef RPI_PIPE_SETTLE_H
#define RPI_PIPE_SETTLE_H

#include "pipe/lane.h"

enum { RPI_COMMAND_NAME_SIZE = RPI_PRINTABLE_SIZE(24) };

/* The first word of the run's nth command, from 0, made printable; returns `to`. */
const char *rpi_command_name(const rpi_run *run, size_t nth, char to[RPI_COMMAND_NAME_SIZE]);

/* Fills the fault with the first failure of all these lanes, in program order; left alone where there is none. */
void rpi_find_failures(const rpi_lane *lanes, bool collect, rpi_fault *first);

/* What became of the lane's commands, where the execute failed. */
void rpi_settle(const rpi_lane *lane, bool collect, rp_status why);

#endif
