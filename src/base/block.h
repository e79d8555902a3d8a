/* Pieces of memory that an arena can own, and those that a thread keeps for later. See block.c. */
#ifndef RPI_BASE_BLOCK_H
#define RPI_BASE_BLOCK_H

#include <stdalign.h>
#include <stddef.h>

typedef struct rpi_block {
    struct rpi_block *next;
    size_t size; /* of data */
    alignas(16) char data[];
} rpi_block;

/* At least so many bytes, not zeroed; NULL without memory. */
rpi_block *rpi_block_new(size_t size);
rpi_block *rpi_block_resize(rpi_block *block, size_t size);   /* NULL without memory; the block is as it was then */
void rpi_blocks_free(rpi_block *first, const rpi_block *end); /* it and those that follow it, up to before `end` */

/* Gives back to the allocator what this thread keeps. */
void rpi_blocks_trim(void);

#endif
