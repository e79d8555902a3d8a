/* Does it matter when a lane's calls of scripts are executed? See clash.c. */
#ifndef RPI_PIPE_CLASH_H
#define RPI_PIPE_CLASH_H

#include "pipe/lane.h"

/* Which calls: all of the lane's, or those that the server did not know. */
typedef enum rpi_sought { RPI_ALL_CALLS, RPI_UNKNOWN_CALLS } rpi_sought;

typedef struct rpi_clash {
    size_t calls;   /* how many there are, up to the clash */
    bool clash;     /* a command touches a key of a call that stands in front of it, or nobody can tell; calls of one
                     * script may */
    bool no_memory; /* to find out */
} rpi_clash;

rpi_clash rpi_clash_of(const rpi_lane *lane, rpi_sought which);

#endif
