/* Texts of a server that may repeat what we said to it. */
#ifndef RPI_NET_MASK_H
#define RPI_NET_MASK_H

#include "net/url.h"

/* Copies the text with *** for each word that is the url's user or password, as far as it fits; returns the length.
 * What is shorter than 4 bytes is no secret: it would hide words of the server's own. */
size_t rpi_mask(char *to, size_t size, const char *text, size_t len, const rpi_url *url);

#endif
