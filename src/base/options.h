/* Options structures that come by pointer and size; see types.h for the rule. */
#ifndef RPI_BASE_OPTIONS_H
#define RPI_BASE_OPTIONS_H

#include "base/fault.h"

/* The part of rpi_options that copies. */
const void *rpi_options_copy(void *room, size_t known, const void *from, size_t size, rpi_fault *fault);

/* The caller's options as a structure of `known` bytes: the caller's own where it has that size, else a copy in `room`,
 * with zero for what it does not have. NULL, with the fault filled with RP_INVALID_OPERATION, where something is set
 * beyond what is known. */
static inline const void *rpi_options(void *room, size_t known, const void *from, size_t size, rpi_fault *fault)
{
    return from && size == known ? from : rpi_options_copy(room, known, from, size, fault);
}

#endif
