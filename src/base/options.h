/* Options structures that come by pointer and size; see types.h for the rule. */
#ifndef RPI_BASE_OPTIONS_H
#define RPI_BASE_OPTIONS_H

#include "base/fault.h"

/* All zero, as options are where none are given. */
enum { RPI_NO_OPTIONS_ROOM = 256 };
#pragma GCC visibility push(hidden) /* said here, so that it is reached directly */
extern const struct rpi_no_options {
    _Alignas(long double) char zeros[RPI_NO_OPTIONS_ROOM];
} rpi_no_options;
#pragma GCC visibility pop

/* The part of rpi_options that copies. */
const void *rpi_options_copy(void *room, size_t known, const void *from, size_t size, rpi_fault *fault);

/* The caller's options as a structure of `known` bytes: the caller's own where it has that size, else a copy in `room`,
 * with zero for what it does not have. NULL, with the fault filled with RP_INVALID_OPERATION, where something is set
 * beyond what is known. */
static inline const void *rpi_options(void *room, size_t known, const void *from, size_t size, rpi_fault *fault)
{
    if (!from && known <= sizeof rpi_no_options)
        return &rpi_no_options;
    return from && size == known ? from : rpi_options_copy(room, known, from, size, fault);
}

#endif
