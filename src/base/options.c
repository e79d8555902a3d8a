/* A newer program may pass a longer structure: that is fine as long as the members we do not know are zero. */
#include "base/options.h"

#include <string.h>

const struct rpi_no_options rpi_no_options;

const void *rpi_options_copy(void *room, size_t known, const void *from, size_t size, rpi_fault *fault)
{
    const char *bytes = from;

    memset(room, 0, known);
    if (!from)
        return room;
    memcpy(room, from, size < known ? size : known);
    for (size_t i = known; i < size; i++) {
        if (bytes[i]) {
            rpi_fault_set(fault, RP_INVALID_OPERATION,
                          "an option is set that this version of the library does not have (byte %zu of the options)",
                          i);
            return NULL;
        }
    }
    return room;
}
