/* Options structures that come by pointer and size; see types.h for the rule. */
#ifndef RPI_BASE_OPTIONS_H
#define RPI_BASE_OPTIONS_H

#include "base/fault.h"

/* Fills `known` bytes at `to` from the caller's structure; what that does not have is zero. RP_INVALID_OPERATION, with
 * the fault filled, where it sets something beyond what is known. */
rp_status rpi_options_read(void *to, size_t known, const void *from, size_t size, rpi_fault *fault);

#endif
