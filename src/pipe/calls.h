/* What a lane does about its calls of scripts. See calls.c. */
#ifndef RPI_PIPE_CALLS_H
#define RPI_PIPE_CALLS_H

#include "pipe/lane.h"
#include "pipe/script.h"

/* Before anything is sent: calls of scripts become EVAL where EVALSHA would not do. False without memory. */
bool rpi_scripts_prepare(rpi_lane *lane);

/* When all is answered: what the server answered with NOSCRIPT, and may be sent again, is the lane's to send, and no more
 * counts as answered. False without memory. */
bool rpi_scripts_finish(rpi_lane *lane);

/* For clash.c. The script that an encoded EVALSHA calls, and where what follows its digest begins; NULL: none of the
 * lane's. And is that the server's answer that it does not know a script? */
rp_script *rpi_called(const rpi_lane *lane, const char *command, const char **rest);
bool rpi_is_noscript(const rp_value *v);

#endif
