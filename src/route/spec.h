/* What is known of each command: the table of src/command/table as it is read at run time. Constant; any thread. */
#ifndef RPI_ROUTE_SPEC_H
#define RPI_ROUTE_SPEC_H

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
    RPI_WORDS = 1 << 8,     /* a word among its arguments gives it another shape */
    RPI_ROAMS = 1 << 9,     /* it touches keys that its words do not name */
};

typedef enum rpi_keys_kind {
    RPI_KEYS_NONE,
    RPI_KEYS_RANGE, /* from first to last, counted from the name at 0, or from the end where below zero; every step-th */
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

typedef struct rpi_spec {
    _Alignas(uint64_t) char name[32]; /* "GET", "CONFIG GET"; zeros behind */
    rpi_head head;                    /* its first word, and the shape of its reply */
    uint8_t len;                      /* of the name */
    int16_t arity;                    /* words, the name's included; below zero: at least so many */
    uint16_t flags;
    uint8_t word_shape; /* with `word` among the arguments */
    uint8_t word_len;
    int8_t timeout_at;        /* where the time stands that it blocks, from the end where below zero; 0: nowhere */
    uint16_t timeout_unit_ms; /* of that time */
    rpi_keys keys[3];
    const char *word;
    const char *timeout_word;         /* the time stands behind it */
    const char *instead;              /* what to use, where it is refused */
    const struct rpi_spec *container; /* whose word it is; NULL: none's */
} rpi_spec;

/* The table: from place 1 on, so many; the first is empty. Generated: specs.c. */
enum { RPI_SPEC_SLOTS = 2048 };
#pragma GCC visibility push(hidden) /* said here, so that they are reached directly */
extern const rpi_spec rpi_specs[];
extern const size_t rpi_spec_count;
extern const uint16_t rpi_spec_slots[RPI_SPEC_SLOTS];
#pragma GCC visibility pop

/* For this file and spec.c. */
static inline uint64_t rpi_spec_mix(uint64_t hash, uint64_t piece)
{
    hash = (hash ^ piece) * 0x9E3779B97F4A7C15;
    return hash ^ hash >> 32;
}

/* One to eight bytes of a name as a number, zeros behind, with a bit less in each byte: which makes letters capital, and no
 * other byte a letter. */
static inline uint64_t rpi_spec_piece(const char *from, size_t n)
{
    uint32_t low, high;
    uint64_t piece;

    if (n >= sizeof low) {
        memcpy(&low, from, sizeof low);
        memcpy(&high, from + n - sizeof high, sizeof high);
        piece = low | (uint64_t)high << 8 * (n - sizeof high);
    } else {
        piece = (unsigned char)from[0];
        piece |= n > 1 ? (uint64_t)(unsigned char)from[1] << 8 : 0;
        piece |= n > 2 ? (uint64_t)(unsigned char)from[2] << 16 : 0;
    }
    return piece & 0xDFDFDFDFDFDFDFDF;
}

/* What the two functions below do not find: any name, of a container's word where that is not NULL. */
const rpi_spec *rpi_spec_find_long(const rpi_spec *container, const char *name, size_t len);

/* The command of that name, upper or lower case, where it is a word of up to eight letters, as most are: one piece. NULL
 * where it is none, or not known. */
static inline const rpi_spec *rpi_spec_find_short(const char *name, size_t len)
{
    uint64_t piece;
    size_t slot, n;

    if (len - 1 >= sizeof piece) /* also where len is 0 */
        return NULL;
    piece = rpi_spec_piece(name, len);
    slot = rpi_spec_mix(0, piece) % RPI_SPEC_SLOTS;
    while ((n = rpi_spec_slots[slot]) != 0) {
        const rpi_spec *spec = &rpi_specs[n];

        if (memcmp(spec->name, &piece, sizeof piece) == 0 && spec->len == len)
            return spec;
        slot = (slot + 1) % RPI_SPEC_SLOTS;
    }
    return NULL;
}

/* The command of any name; NULL where it is not known. */
static inline const rpi_spec *rpi_spec_find(const char *name, size_t len)
{
    const rpi_spec *spec = rpi_spec_find_short(name, len);

    return spec ? spec : rpi_spec_find_long(NULL, name, len);
}

/* That of a container's word, in the same way. */
static inline const rpi_spec *rpi_spec_find_in(const rpi_spec *container, const char *word, size_t len)
{
    uint64_t piece, first;
    size_t slot, n, before = container->len + (size_t)1;

    if (len - 1 >= sizeof piece)
        return rpi_spec_find_long(container, word, len);
    piece = rpi_spec_piece(word, len);
    memcpy(&first, container->name, sizeof first);
    slot = rpi_spec_mix(first, piece) % RPI_SPEC_SLOTS;
    while ((n = rpi_spec_slots[slot]) != 0) {
        const rpi_spec *spec = &rpi_specs[n];

        if (spec->container == container && memcmp(spec->name + before, &piece, sizeof piece) == 0 &&
            spec->len == before + len)
            return spec;
        slot = (slot + 1) % RPI_SPEC_SLOTS;
    }
    return rpi_spec_find_long(container, word, len);
}

#endif
