/* Open addressing, never more than half full. */
#include "pipe/keyset.h"

#include <string.h>

#include "base/alloc.h"

enum { FIRST = 16 };

static size_t hash(rp_bytes key)
{
    uint64_t h = 0xCBF29CE484222325; /* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */

    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.data[i]) * 0x100000001B3;
    return (size_t)(h ^ h >> 32);
}

/* Where the key is, or would be. */
static struct rpi_keyset_slot *slot_of(const rpi_keyset *set, rp_bytes key)
{
    size_t i = hash(key) & (set->room - 1);

    while (set->slots[i].owner &&
           (set->slots[i].key.len != key.len || memcmp(set->slots[i].key.data, key.data, key.len) != 0))
        i = (i + 1) & (set->room - 1);
    return &set->slots[i];
}

static bool grow(rpi_keyset *set)
{
    rpi_keyset larger = {.count = set->count, .room = set->room ? set->room * 2 : FIRST};

    larger.slots = rpi_zalloc(larger.room * sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->room; i++)
        if (set->slots[i].owner)
            *slot_of(&larger, set->slots[i].key) = set->slots[i];
    rpi_keyset_free(set);
    *set = larger;
    return true;
}

bool rpi_keyset_add(rpi_keyset *set, rp_bytes key, const void *owner)
{
    struct rpi_keyset_slot *slot;

    if (set->count * 2 >= set->room && !grow(set))
        return false;
    slot = slot_of(set, key);
    set->count += !slot->owner;
    *slot = (struct rpi_keyset_slot){key, owner};
    return true;
}

const void *rpi_keyset_get(const rpi_keyset *set, rp_bytes key)
{
    return set->count ? slot_of(set, key)->owner : NULL;
}

void rpi_keyset_free(rpi_keyset *set)
{
    rpi_free(set->slots);
    *set = (rpi_keyset){0};
}
