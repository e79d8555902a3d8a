/* Whole numbers that a call requires. */
#ifndef RPI_COMMAND_WHOLE_H
#define RPI_COMMAND_WHOLE_H

#include "resp/encode.h"

/* For INT64_MIN, which is also what a macro passes where the program's number is too large. */
rp_arg rpi_whole_least(void);

/* The number of a call as an argument; one that is refused where it was too large. Looks no closer at any other. */
static inline rp_arg rpi_whole(int64_t x)
{
    return __builtin_expect(x == INT64_MIN, 0) ? rpi_whole_least() : rp_arg_int(x);
}

/* Forgets a number that was too large: its call is refused for something else. */
void rpi_whole_forget(void);

#endif
