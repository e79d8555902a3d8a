/* Finding a command by name: the name goes through an open hash table eight bytes at a time, with its case folded. A word of
 * up to eight letters hashes as one piece, or as that and its container's (spec.h); any other name, with zeros behind, as
 * four. */
#include "route/spec.h"

#include <string.h>

enum { ROOM = sizeof rpi_specs->name, PIECES = ROOM / sizeof(uint64_t) };

static void make_upper(char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (name[i] >= 'a' && name[i] <= 'z')
            name[i] = (char)(name[i] - 'a' + 'A');
}

static const rpi_spec *find(const char name[ROOM], size_t len)
{
    uint64_t hash = 0, piece;
    size_t slot, n;

    for (size_t i = 0; i < PIECES; i++) {
        memcpy(&piece, name + i * sizeof piece, sizeof piece);
        hash = rpi_spec_mix(hash, piece);
    }
    slot = hash % RPI_SPEC_SLOTS;
    while ((n = rpi_spec_slots[slot]) != 0) {
        const rpi_spec *spec = &rpi_specs[n];

        if (memcmp(spec->name, name, ROOM) == 0 && spec->len == len)
            return spec;
        slot = (slot + 1) % RPI_SPEC_SLOTS;
    }
    return NULL;
}

const rpi_spec *rpi_spec_find_long(const rpi_spec *container, const char *name, size_t len)
{
    char upper[ROOM] = {0};
    size_t before = container ? container->len + (size_t)1 : 0;

    if (len == 0 || len >= ROOM - before || memchr(name, ' ', len))
        return NULL;
    if (container) {
        memcpy(upper, container->name, before - 1);
        upper[before - 1] = ' ';
    }
    memcpy(upper + before, name, len);
    make_upper(upper + before, len);
    return find(upper, before + len);
}
