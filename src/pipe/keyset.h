/* Keys, each with whom it belongs to; both borrowed: they must live as long as the set. All zero: empty. */
#ifndef RPI_PIPE_KEYSET_H
#define RPI_PIPE_KEYSET_H

#include <redpipe/types.h>

typedef struct rpi_keyset {
    struct rpi_keyset_slot {
        rp_bytes key;
        const void *owner; /* NULL: the slot is free */
    } * slots;
    size_t count, room;
} rpi_keyset;

bool rpi_keyset_add(rpi_keyset *set, rp_bytes key, const void *owner); /* false without memory */
const void *rpi_keyset_get(const rpi_keyset *set, rp_bytes key);       /* the owner; NULL: it is not there */
void rpi_keyset_free(rpi_keyset *set);

#endif
