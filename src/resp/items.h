/* The short way through aggregates. For parse.c; see items.c. */
#ifndef RPI_RESP_ITEMS_H
#define RPI_RESP_ITEMS_H

#include "resp/parse.h"

/* Opens the aggregate at p, into *v, where it is short and not empty: the end of its header. Else NULL, with nothing
 * done. */
char *rpi_open_short(rpi_parser *parser, char *p, const char *end, rp_value *v);

/* Takes items of the open aggregates, of which there is one at least, as far as they are short. True: the reply is
 * complete. */
bool rpi_take_items(rpi_parser *parser, char **position, char *end);

#endif
