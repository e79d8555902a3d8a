/* The node that replies are made of: 16 bytes each, and what futures are too.
 *
 * Every scalar is text, as the server sent it, inside a receive buffer or the arena, with a NUL behind: numbers are
 * parsed when they are read as numbers, and reading them as text costs nothing. Aggregates point to their items: a dict
 * of len pairs has 2 * len of them, key and value in turn. So a list becomes a dict without a copy. */
#ifndef RPI_RESP_VALUE_H
#define RPI_RESP_VALUE_H

#include <string.h>

#include <redpipe/value.h>

#include "base/fault.h"

enum {
    RPI_MAX_DEPTH = 128, /* levels of aggregates in one reply */
    RPI_MAX_BULK = 512 * 1024 * 1024,
};

/* What a node is besides a value. */
enum {
    RPI_OWNED = 1,    /* the caller of rp_return owns it */
    RPI_SETTABLE = 2, /* made by rp_future_new */
    RPI_COMMAND = 4,  /* a command's own: it is the first member of an rpi_command */
    RPI_WITHHELD = 8, /* answered, but pending, since the command failed whose index is its len */
    RPI_UNSET = 16,   /* made by rp_future_new: its execute is over, and nobody set it */
};

struct rp_value {
    uint8_t kind;    /* rp_kind */
    uint8_t outcome; /* rp_outcome, of a future */
    uint8_t status;  /* rp_status: why a pending one will never arrive; RP_OK: it may still */
    uint8_t flags;
    uint32_t len; /* bytes, items, or pairs */
    union {
        const char *text;
        rp_value *items;
    };
};

/* All of a node that has arrived but its content. The first four members in one store, whatever the compiler makes of
 * the code around it. */
static inline void rpi_value_set_header(rp_value *v, rp_kind kind, size_t len)
{
    const uint8_t head[] = {(uint8_t)kind, RP_ANSWERED, RP_OK, 0};

    memcpy(v, head, sizeof head);
    v->len = (uint32_t)len;
}

static inline void rpi_value_set_text(rp_value *v, rp_kind kind, const char *text, size_t len)
{
    rpi_value_set_header(v, kind, len);
    v->text = text;
}

/* Is it of that kind, and just this text? */
static inline bool rpi_value_says(const rp_value *v, rp_kind kind, const char *text)
{
    return v->kind == kind && v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

static inline void rpi_value_set_items(rp_value *v, rp_kind kind, rp_value *items, size_t len)
{
    rpi_value_set_header(v, kind, len);
    v->items = items;
}

/* The kinds are in this order: pending, null, the scalars, the aggregates, error. */
static inline bool rpi_is_scalar(const rp_value *v)
{
    return v->kind >= RP_BOOL && v->kind <= RP_STRING;
}

static inline bool rpi_is_aggregate(const rp_value *v)
{
    return v->kind >= RP_LIST && v->kind <= RP_DICT;
}

/* How many nodes hang below an aggregate. */
static inline size_t rpi_item_count(const rp_value *v)
{
    return v->kind == RP_DICT ? (size_t)v->len * 2 : v->len;
}

/* RP_OK where the value has arrived and is no error from the server; else the status, raised as the last error. */
rp_status rpi_check_ready(const rp_value *v);

/* Writes the code of an error from the server, its first word, into the fault; none where that is not printable or too
 * long. */
void rpi_error_code(const rp_value *error, rpi_fault *fault);

/* The name of a kind, for messages: "a list". */
const char *rpi_kind_name(rp_kind kind);

#endif
