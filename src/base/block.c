/* Blocks, and those that wait for the next pipeline.
 *
 * Each execute needs about the same memory as the one before it. So a thread keeps what it frees, up to KEPT_MOST
 * bytes, and takes from that first: else the C library would give the pages back to the system, which has to fill them
 * with zeros again. What is kept belongs to nobody but the thread; it ends with the thread, or with rp_trim. A block
 * may be taken by one thread and freed by another. Where it gets too much, the largest go.
 *
 * Where somebody looks for the use of memory after its end (RPI_ARENA_DEBUG, the address sanitizer), nothing
 * is kept. */
#include "base/block.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <redpipe/pipeline.h>

#include "base/alloc.h"

#if defined(RPI_ARENA_DEBUG) || defined(__SANITIZE_ADDRESS__)
#define KEEPS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS false
#endif
#endif
#ifndef KEEPS
#define KEEPS true
#endif

enum {
    KEPT_MOST = 1024 * 1024,
    LEAST_BITS = 10, /* smaller ones are the C library's business */
    MOST_BITS = 20,
    LOOKS = 8, /* at so many of a size */
};

/* Blocks by their size's logarithm. */
typedef struct store {
    rpi_block *kept[MOST_BITS + 1];
    size_t size; /* of all */
    bool known;  /* to the key, so that it ends with the thread */
} store;

static _Thread_local store mine;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static size_t whole(const rpi_block *block)
{
    return sizeof *block + block->size;
}

static unsigned bits_of(size_t size)
{
    return 63 - (unsigned)__builtin_clzll(size | 1);
}

void rpi_blocks_trim(void)
{
    for (unsigned bits = LEAST_BITS; bits <= MOST_BITS; bits++)
        for (rpi_block *block; (block = mine.kept[bits]);) {
            mine.kept[bits] = block->next;
            rpi_free(block);
        }
    mine.size = 0;
}

void rp_trim(void)
{
    rpi_blocks_trim();
}

/* Of a thread that ends. What its other keys free after that makes it known again. */
static void end_thread(void *unused)
{
    (void)unused;
    mine.known = false;
    rpi_blocks_trim();
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, end_thread) == 0;
}

/* Where the library is part of a plugin that is unloaded, a thread that ends later must not call it. What that thread
 * keeps is lost then: rp_trim before. */
__attribute__((destructor)) static void forget_threads(void)
{
    if (has_key)
        pthread_key_delete(key);
}

static bool know_thread(void)
{
    if (!mine.known && pthread_once(&once, make_key) == 0)
        mine.known = has_key && pthread_setspecific(key, &mine) == 0;
    return mine.known;
}

/* One that is kept and has room for so much, but not for more than twice as much; else NULL. */
static rpi_block *take_kept(size_t size)
{
    for (unsigned bits = bits_of(size), end = bits + 2; bits < end && bits <= MOST_BITS; bits++) {
        rpi_block **at = &mine.kept[bits];

        for (int looks = 0; *at && looks < LOOKS; looks++, at = &(*at)->next) {
            rpi_block *block = *at;

            if (block->size >= size && block->size / 2 <= size) {
                *at = block->next;
                mine.size -= whole(block);
                return block;
            }
        }
    }
    return NULL;
}

static void keep(rpi_block *block)
{
    unsigned bits = bits_of(block->size);

    block->next = mine.kept[bits];
    mine.kept[bits] = block;
    mine.size += whole(block);
    for (bits = MOST_BITS; mine.size > KEPT_MOST;)
        if (mine.kept[bits]) {
            block = mine.kept[bits];
            mine.kept[bits] = block->next;
            mine.size -= whole(block);
            rpi_free(block);
        } else {
            bits--;
        }
}

rpi_block *rpi_block_new(size_t size)
{
    rpi_block *block = mine.size ? take_kept(size) : NULL;

    if (!block && size < SIZE_MAX - sizeof *block) {
        block = rpi_malloc(sizeof *block + size);
        if (block)
            block->size = size;
    }
    if (block)
        block->next = NULL;
    return block;
}

rpi_block *rpi_block_resize(rpi_block *block, size_t size)
{
    rpi_block *resized = rpi_realloc(block, sizeof *block + size);

    if (resized)
        resized->size = size;
    return resized;
}

void rpi_blocks_free(rpi_block *first, const rpi_block *end)
{
    while (first != end) {
        rpi_block *next = first->next;

        if (KEEPS && first->size >> LEAST_BITS && whole(first) <= KEPT_MOST && know_thread())
            keep(first);
        else
            rpi_free(first);
        first = next;
    }
}
