/* UTF-8 (RFC 3629). */
#ifndef RPI_RESP_TEXT_H
#define RPI_RESP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Is all of it well-formed: no overlong form, no surrogate, nothing above U+10FFFF, nothing cut? */
bool rpi_is_utf8(const char *text, size_t len);

#endif
