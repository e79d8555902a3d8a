/* The end of an execute. See settle.c. */
#ifndef RPI_PIPE_SETTLE_H
#define RPI_PIPE_SETTLE_H

#include "pipe/lane.h"

enum { RPI_COMMAND_NAME_SIZE = RPI_PRINTABLE_SIZE(24) };

/* The first word of the run's nth command, from 0, made printable; returns `to`. */
const char *rpi_command_name(const rpi_run *run, size_t nth, char to[RPI_COMMAND_NAME_SIZE]);

/* Fills `first`, whose status is RP_OK, with the first failure of all these lanes, in program order, and chains the
 * others behind it; left alone where there is none. */
void rpi_find_failures(const rpi_lane *lanes, bool collect, rpi_failure *first);

/* What became of the lane's commands, where the execute failed. Returns what is known of them together: UNKNOWN where
 * one may have run, else ANSWERED where one was. */
rp_outcome rpi_settle(const rpi_lane *lane, bool collect, const rpi_fault *why);

#endif
