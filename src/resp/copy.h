/* A copy of a whole value in an arena of its own choice. */
#ifndef RPI_RESP_COPY_H
#define RPI_RESP_COPY_H

#include "base/arena.h"
#include "resp/value.h"

/* Fills *to with a copy of `from` that shares nothing with it. False without memory. */
bool rpi_value_copy(rpi_arena *arena, rp_value *to, const rp_value *from);

#endif
