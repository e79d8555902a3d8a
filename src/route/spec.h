/* What is known of each command: the table of src/command/table as it is read at run time. Constant; any thread. */
#ifndef RPI_ROUTE_SPEC_H
#define RPI_ROUTE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "resp/encode.h"

/* Flags of a command. */
enum {
    RPI_READONLY = 1 << 0,
    RPI_WRITE = 1 << 1,
    RPI_BLOCKING = 1 << 2,
    RPI_PUBSUB = 1 << 3,
    RPI_NO_MULTI = 1 << 4,  /* not inside MULTI */
    RPI_STATE = 1 << 5,     /* it changes what the connection is */
    RPI_REFUSED = 1 << 6,   /* not for pipelines: see instead */
    RPI_CONTAINER = 1 << 7, /* what it does, the word behind it says */
    RPI_WORDS = 1 << 8,     /* an option gives its reply another shape */
    /* It observes or changes keys that its words do not name, or what the server is. A command that names no keys and
     * has not this flag touches nothing. */
    RPI_TOUCHES_ALL = 1 << 9,
    RPI_AWAITS = 1 << 10, /* it blocks only where one of the numbers in front of its time is above zero */
};

typedef enum rpi_keys_kind {
    RPI_KEYS_NONE,
    RPI_KEYS_RANGE,   /* from first to last, counted from the name at 0, or from the end below zero; every step-th */
    RPI_KEYS_COUNTED, /* behind the count that stands at first; every step-th */
    RPI_KEYS_HALF,    /* the first half of what follows the word */
    RPI_KEYS_ONE,     /* the one behind the word */
    RPI_KEYS_REST,    /* all behind the word */
} rpi_keys_kind;

/* A place in a command where keys stand. */
typedef struct rpi_keys {
    uint8_t kind; /* rpi_keys_kind */
    int8_t first, last, step;
    const char *word;
} rpi_keys;

enum { RPI_INNER = 0x80 }; /* see len */

typedef struct rpi_spec {
    char name[32];       /* "GET", "CONFIG GET" */
    uint64_t word[3];    /* the last word of it in small letters, in pieces of eight bytes, which may overlap */
    uint64_t letters[3]; /* of those: the bits that make letters small */
    rpi_head head;       /* its first word, and the shape of its reply */
    uint8_t len;         /* of the word */
    int16_t arity;       /* words, the name's included; below zero: at least so many */
    uint16_t flags;
    uint8_t option_shape; /* with `option` among the arguments */
    uint8_t option_len;
    int8_t timeout_at;        /* where the time stands that it blocks, from the end where below zero; 0: nowhere */
    uint16_t timeout_unit_ms; /* of that time */
    rpi_keys keys[3];
    const char *option;
    const char *timeout_word;         /* the time stands behind it */
    const char *instead;              /* what to use, where it is refused */
    const struct rpi_spec *container; /* whose word it is; NULL: none's */
} rpi_spec;

/* The table: from place 1 on, so many; the first is empty. Slots lead to places: no two words have one slot, which is
 * what the factor was chosen for. Generated: specs.c. */
enum { RPI_SPEC_BITS = 13 };
#pragma GCC visibility push(hidden) /* said here, so that they are reached directly */
extern const rpi_spec rpi_specs[];
extern const size_t rpi_spec_count;
extern const uint16_t rpi_spec_slots[1 << RPI_SPEC_BITS];
extern const uint64_t rpi_spec_factor;
#pragma GCC visibility pop

/* For this file: two, four or eight bytes as a number, the first of them lowest. */
static inline uint64_t rpi_spec_load(const char *from, size_t n)
{
    enum { SWAP = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };
    uint64_t eight;
    uint32_t four;
    uint16_t two;

    if (n == sizeof eight) {
        memcpy(&eight, from, sizeof eight);
        return SWAP ? __builtin_bswap64(eight) : eight;
    }
    if (n == sizeof four) {
        memcpy(&four, from, sizeof four);
        return SWAP ? __builtin_bswap32(four) : four;
    }
    memcpy(&two, from, sizeof two);
    return SWAP ? __builtin_bswap16(two) : two;
}

/* For the same: a word of two to eight bytes as a number, in two parts that may overlap. */
static inline uint64_t rpi_spec_short(const char *word, size_t len)
{
    return len < 4 ? rpi_spec_load(word, 2) | rpi_spec_load(word + len - 2, 2) << 16
                   : rpi_spec_load(word, 4) | rpi_spec_load(word + len - 4, 4) << 32;
}

/* For the same: all bits of a piece go into the hash, but those that case may change. */
static inline uint64_t rpi_spec_mix(uint64_t hash, uint64_t piece)
{
    return (hash ^ (piece & 0xDFDFDFDFDFDFDFDF)) * rpi_spec_factor;
}

/* For the same: the only command that can have that hash. */
static inline const rpi_spec *rpi_spec_at(uint64_t hash)
{
    return &rpi_specs[rpi_spec_slots[hash >> (64 - RPI_SPEC_BITS)]];
}

static inline bool rpi_spec_has(const rpi_spec *spec, size_t at, uint64_t piece)
{
    return (piece | spec->letters[at]) == spec->word[at];
}

/* For the same: is that the word's length and container? */
static inline bool rpi_spec_fits(const rpi_spec *spec, const rpi_spec *container, size_t len)
{
    return container ? spec->len == (len | RPI_INNER) && spec->container == container : spec->len == len;
}

/* The command of a word of two to eight letters, as most have, upper or lower case, behind that of its container; NULL
 * where it is not known. Without a container it is a first word. */
static inline const rpi_spec *rpi_spec_find_short(const rpi_spec *container, const char *text, size_t len)
{
    uint64_t piece = rpi_spec_short(text, len);
    const rpi_spec *spec = rpi_spec_at(rpi_spec_mix(container ? *container->word : 0, piece));

    return rpi_spec_has(spec, 0, piece) && rpi_spec_fits(spec, container, len) ? spec : NULL;
}

/* The same for longer words: their first eight bytes, the next eight or the last, and the last. */
static inline const rpi_spec *rpi_spec_find_long(const rpi_spec *container, const char *text, size_t len)
{
    uint64_t first = rpi_spec_load(text, 8), last = rpi_spec_load(text + len - 8, 8);
    uint64_t middle = rpi_spec_load(text + (len < 16 ? len - 8 : 8), 8);
    uint64_t hash = rpi_spec_mix(rpi_spec_mix(container ? *container->word : 0, first), middle);
    const rpi_spec *spec = rpi_spec_at(rpi_spec_mix(hash, last));
    bool same = rpi_spec_has(spec, 0, first) && rpi_spec_has(spec, 1, middle) && rpi_spec_has(spec, 2, last);

    return same && rpi_spec_fits(spec, container, len) ? spec : NULL;
}

/* The same for words of any length. */
static inline const rpi_spec *rpi_spec_find(const rpi_spec *container, const char *text, size_t len)
{
    if (len < 2 || len > sizeof container->word)
        return NULL;
    return len <= 8 ? rpi_spec_find_short(container, text, len) : rpi_spec_find_long(container, text, len);
}

#endif
