/* Memory that is given back all at once. See arena.c. */
#ifndef RPI_BASE_ARENA_H
#define RPI_BASE_ARENA_H

#include <stdint.h>

#include "base/block.h"

typedef struct rpi_arena {
    char *next, *end;  /* free part of the current block */
    rpi_block *blocks; /* all that it owns, the current one among them */
    size_t grow;       /* size of the next block */
} rpi_arena;

enum { RPI_ALIGN = 16 };

/* Takes over `first` and hands out what is left of it behind `used` bytes. */
void rpi_arena_init(rpi_arena *arena, rpi_block *first, size_t used);

/* Makes the arena own the block; it hands out nothing of it. */
void rpi_arena_adopt(rpi_arena *arena, rpi_block *block);

/* Gives everything back; the arena itself may lie in one of the blocks. */
void rpi_arena_free(rpi_arena *arena);

/* Hands out no more of the current block, but of `first`, its oldest one, behind `used` bytes. Returns the younger
 * blocks, which are not the arena's any more: `first` ends the list. */
rpi_block *rpi_arena_restart(rpi_arena *arena, rpi_block *first, size_t used);

void *rpi_arena_alloc_slow(rpi_arena *arena, size_t size);

/* `size` bytes, aligned to 16, not zeroed. NULL without memory. */
static inline void *rpi_arena_alloc(rpi_arena *arena, size_t size)
{
#ifndef RPI_ARENA_DEBUG
    size_t rounded = (size + (RPI_ALIGN - 1)) & ~(size_t)(RPI_ALIGN - 1);

    if (rounded >= size && (size_t)(arena->end - arena->next) >= rounded) {
        char *p = arena->next;

        arena->next = p + rounded;
        return p;
    }
#endif
    return rpi_arena_alloc_slow(arena, size);
}

/* A copy of `len` bytes with a NUL behind; NULL without memory. */
char *rpi_arena_text(rpi_arena *arena, const char *text, size_t len);

#endif
