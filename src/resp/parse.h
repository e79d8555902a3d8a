/* The incremental RESP2 and RESP3 parser. See parse.c. */
#ifndef RPI_RESP_PARSE_H
#define RPI_RESP_PARSE_H

#include "base/arena.h"
#include "base/fault.h"
#include "resp/value.h"

typedef struct rpi_limits {
    size_t max_bulk;     /* bytes of one string */
    size_t max_elements; /* of one reply, over all levels */
    size_t max_line;     /* bytes of a status, error or number */
} rpi_limits;

#define RPI_DEFAULT_LIMITS \
    { \
        RPI_MAX_BULK, 16777216, 4 * 1024 * 1024 \
    }

enum { RPI_ITEMS_FIRST = 256 }; /* items that an aggregate gets room for because it announces them */

/* An aggregate whose items are arriving. */
typedef struct rpi_frame {
    rp_value *value; /* NULL where nothing is kept: an attribute, a push, and all inside */
    size_t filled, total, room;
    bool aside; /* it is the attribute or push itself */
} rpi_frame;

/* What a peer has sent: how far the owner of the buffer trusts it. */
typedef struct rpi_credit {
    size_t total;        /* bytes on this connection */
    size_t last, before; /* in its last execute, or the one that is under way, and in the one before that */
} rpi_credit;

typedef struct rpi_parser {
    rpi_arena *arena; /* where items go; NULL: no aggregate may arrive */
    rpi_limits limits;
    size_t elements;    /* announced so far in this reply */
    size_t scanned;     /* of the line at the position: bytes known to hold no line end */
    size_t need;        /* after RPI_PARSE_MORE: the token at the position has at least so many bytes */
    bool kept;          /* set when a value points into the buffer; the owner of the buffer resets it */
    bool over;          /* after RPI_PARSE_BAD: a limit was passed */
    rpi_credit credit;  /* the owner of the buffer keeps it here */
    bool pushes;        /* a push may stand here: the connection speaks RESP3 */
    ptrdiff_t shortest; /* bytes that must be there for the short way; more than ever are where a limit is very low */
    int depth;
    rp_value scratch; /* takes what is not kept */
    rpi_frame frames[RPI_MAX_DEPTH];
    char error[160]; /* after RPI_PARSE_BAD: what is wrong, printable */
} rpi_parser;

typedef enum rpi_parse_result { RPI_PARSE_DONE, RPI_PARSE_MORE, RPI_PARSE_BAD, RPI_PARSE_NO_MEMORY } rpi_parse_result;

/* Ready for the first byte of a connection. The frames are left as they are. */
void rpi_parser_init(rpi_parser *parser, rpi_arena *arena, const rpi_limits *limits);

/* Reads one reply from *position on, into *value, and moves *position behind what it is
 * finished with. MORE: come again with more bytes behind those left; these may have moved, but what is before
 * *position must stay where it is for as long as the values are read. DONE: the reply is complete. BAD, NO_MEMORY:
 * for good. Attributes and pushes are passed over. */
rpi_parse_result rpi_parse(rpi_parser *parser, char **position, char *end, rp_value *value);

/* After BAD: the fault's code becomes "LIMIT" where a limit was passed. */
void rpi_parse_code(const rpi_parser *parser, rpi_fault *fault);

/* What is left when no reply is owed any more may be pushes only. DONE: there is nothing else, and no part of anything.
 * MORE: a push that has not arrived whole. BAD: a reply that nobody asked for, or garbage. */
rpi_parse_result rpi_parse_rest(rpi_parser *parser, char **position, char *end);

#endif
