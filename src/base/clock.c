/* CLOCK_MONOTONIC: setting the wall clock changes nothing. Rounded down, so that a deadline never fires early by the
 * fraction that a later reading would add. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t rpi_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t rpi_deadline(int timeout_ms)
{
    return timeout_ms < 0 ? RPI_NEVER : rpi_now_ms() + timeout_ms;
}

int rpi_remaining(int64_t deadline, int64_t now)
{
    if (deadline == RPI_NEVER)
        return -1;
    if (deadline <= now)
        return 0;
    return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
