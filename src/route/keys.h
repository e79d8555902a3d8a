/* The keys of a command, read from its encoded form. */
#ifndef RPI_ROUTE_KEYS_H
#define RPI_ROUTE_KEYS_H

#include <redpipe/types.h>

#include "route/spec.h"

/* The words of an encoded command, which is one of ours: well-formed. */
typedef struct rpi_encoded {
    const char *at; /* the next word's header */
    size_t count;   /* words, in all */
} rpi_encoded;

rpi_encoded rpi_encoded_words(const char *command);
rp_bytes rpi_encoded_next(rpi_encoded *words);

/* What is known of an encoded command; NULL where it is not known. */
const rpi_spec *rpi_spec_of(const char *command);

/* The first place where one of its options may stand, or the word in front of its keys. */
static inline size_t rpi_spec_options(const rpi_spec *spec)
{
    size_t required = (size_t)(spec->arity < 0 ? -spec->arity : spec->arity);

    return spec->keys->kind == RPI_KEYS_HALF ? required - 3 : required; /* STREAMS, a key and its id are required */
}

/* Calls `take` for each key of the command, until it returns false: which is then returned. */
bool rpi_spec_keys(const rpi_spec *spec, const char *command, bool (*take)(void *arg, rp_bytes key), void *arg);

#endif
