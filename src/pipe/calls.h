/* What a lane does about its calls of scripts. See calls.c and doubt.c. */
#ifndef RPI_PIPE_CALLS_H
#define RPI_PIPE_CALLS_H

#include "pipe/lane.h"
#include "pipe/script.h"

/* Before anything is sent: calls of scripts become EVAL where EVALSHA would not do. False without memory. */
bool rpi_scripts_prepare(rpi_lane *lane);

/* When all is answered: calls of scripts that the server did not know, and that may be sent again, are the lane's to
 * send, and no more count as answered; or the lane has to ask the server first. False without memory. */
bool rpi_scripts_finish(rpi_lane *lane);

/* The lane fails: it asks no more, and its first error is known. */
void rpi_scripts_stop(rpi_lane *lane);

/* -- for calls.c, doubt.c and clash.c alone ------------------------------------------------------------------------ */

/* The script that an encoded EVALSHA calls, and where what follows its digest begins; NULL: none of the
 * lane's. The other: only where it was not executed, going by its answer and by what the connection knows. */
rp_script *rpi_called(const rpi_lane *lane, const char *command, const char **rest);
rp_script *rpi_lost(const rpi_lane *lane, const rp_value *v, const char *command, const char **rest);

/* Sends again the calls that the server did not know, where that can be done. False without memory. */
bool rpi_calls_heal(rpi_lane *lane);

/* The run is what the lane sends and reads next; it and those behind it have `count` commands. */
void rpi_calls_go_on(rpi_lane *lane, const rpi_run *run, size_t count);

/* The first of the program's commands that was answered with an error, now that the runs are in another order. */
void rpi_calls_find_error(rpi_lane *lane);

#endif
