/* Monotonic time in milliseconds. A deadline is a point of it; RPI_NEVER is no deadline. */
#ifndef RPI_BASE_CLOCK_H
#define RPI_BASE_CLOCK_H

#include <stdint.h>

#define RPI_NEVER INT64_MAX

int64_t rpi_now_ms(void);

/* The deadline `timeout_ms` from now; -1 is RPI_NEVER. */
int64_t rpi_deadline(int timeout_ms);

/* Milliseconds from now to the deadline as poll takes them: 0 when it has passed, -1 for RPI_NEVER. */
int rpi_remaining(int64_t deadline, int64_t now);

#endif
