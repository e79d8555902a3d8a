/* Whole numbers that a call requires. */
#ifndef RPI_RESP_WHOLE_H
#define RPI_RESP_WHOLE_H

#include <redpipe/argument.h>

/* INT64_MIN, or a number of the program that is too large; rpi_arg_size finds out. Only the library makes such
 * arguments. */
#define RPI_ARG_LEAST ((rp_arg_type)0x5251)

/* The number of a call as an argument. */
static inline rp_arg rpi_whole(int64_t x)
{
    rp_arg arg = rp_arg_int(x);
    int64_t less;

    if (__builtin_expect(__builtin_sub_overflow(x, 1, &less), 0)) /* the cheapest question for INT64_MIN */
        arg.type = RPI_ARG_LEAST;
    return arg;
}

/* The number that was too large; 0: none was. */
uint64_t rpi_too_large(void);

/* Forgets it: its call is refused. */
void rpi_forget_too_large(void);

#endif
