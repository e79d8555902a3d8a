/* The tokens that replies are made of, but for what an aggregate holds. For parse.c. */
#ifndef RPI_RESP_TOKEN_H
#define RPI_RESP_TOKEN_H

#include "resp/parse.h"

/* Each of these looks at the token at its position; DONE: it is there whole. The errors are filled in. */

/* $ bulk string, = verbatim string, ! blob error: fills the value and moves the position behind it. */
rpi_parse_result rpi_read_bulk(rpi_parser *parser, char **position, char *end, rp_value *v);

/* + - : , # ( _ : the same. */
rpi_parse_result rpi_read_line(rpi_parser *parser, char **position, char *end, rp_value *v);

/* The length in the header at `line`; "-1" gives *null. *payload is behind the header. */
rpi_parse_result rpi_read_header(rpi_parser *parser, char *line, char *end, uint64_t *length, bool *null,
                                 char **payload);

/* Fill the parser's error, with the bytes in question, or the limit; return BAD. */
rpi_parse_result rpi_token_bad(rpi_parser *parser, const char *what, const char *text, size_t len);
rpi_parse_result rpi_token_over(rpi_parser *parser, const char *what, size_t limit);

#endif
