/* A bump allocator over a list of blocks.
 *
 * Blocks double in size up to a limit; what is large for the next block gets a block of its own, so that little is
 * wasted. Nothing is freed one by one. Receive buffers are blocks too, which the arena adopts when they are full of
 * values.
 *
 * With RPI_ARENA_DEBUG each allocation is a block of its own, so that AddressSanitizer sees every step past its end. */
#include "base/arena.h"

#include <string.h>

enum { GROW_FIRST = 8 * 1024, GROW_MOST = 256 * 1024 };

void rpi_arena_init(rpi_arena *arena, rpi_block *first, size_t used)
{
    used = (used + (RPI_ALIGN - 1)) & ~(size_t)(RPI_ALIGN - 1);
    arena->next = first->data + (used < first->size ? used : first->size);
    arena->end = first->data + first->size;
    arena->blocks = first;
    arena->grow = GROW_FIRST;
}

void rpi_arena_adopt(rpi_arena *arena, rpi_block *block)
{
    block->next = arena->blocks;
    arena->blocks = block;
}

void rpi_arena_free(rpi_arena *arena)
{
    rpi_blocks_free(arena->blocks, NULL);
}

rpi_block *rpi_arena_restart(rpi_arena *arena, rpi_block *first, size_t used)
{
    rpi_block *younger = arena->blocks;

    rpi_arena_init(arena, first, used);
    return younger;
}

/* A block that the arena owns already; NULL without memory. */
static rpi_block *own_new_block(rpi_arena *arena, size_t size)
{
    rpi_block *block = rpi_block_new(size);

    if (block)
        rpi_arena_adopt(arena, block);
    return block;
}

void *rpi_arena_alloc_slow(rpi_arena *arena, size_t size)
{
    rpi_block *block;

#ifndef RPI_ARENA_DEBUG
    if (size <= arena->grow / 4) {
        block = own_new_block(arena, arena->grow);
        if (!block)
            return NULL;
        arena->next = block->data;
        arena->end = block->data + block->size;
        if (arena->grow < GROW_MOST)
            arena->grow *= 2;
        return rpi_arena_alloc(arena, size);
    }
#endif
    block = own_new_block(arena, size);
    return block ? block->data : NULL;
}

char *rpi_arena_text(rpi_arena *arena, const char *text, size_t len)
{
    char *copy = rpi_arena_alloc(arena, len + 1);

    if (copy) {
        if (len)
            memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}
