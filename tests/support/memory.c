/* Notes. In front of each piece stands its size. Resizing is a new piece, a copy, and the end of the old one. What is
 * written just before free would be optimized away, were it not for the volatile pointer. */
#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "base/alloc.h"
#include "kit.h"

enum { FRESH = 0xa5, FREED = 0xdd };

static void *(*const volatile fill)(void *, int, size_t) = memset;

typedef struct piece {
    size_t size;
    alignas(16) char data[];
} piece;

static struct {
    size_t held, most, allocations; /* bytes, bytes, calls */
    size_t until_failure;           /* allocations up to the one that fails, with it; 0: none does */
    size_t failures;
    bool forever;
} counts;

static piece *piece_of(void *memory)
{
    return (piece *)(void *)((char *)memory - offsetof(piece, data));
}

static bool must_fail(void)
{
    if (counts.until_failure == 0 || --counts.until_failure > 0)
        return false;
    counts.until_failure = counts.forever;
    counts.failures++;
    return true;
}

static void release(void *memory)
{
    if (!memory)
        return;
    piece *p = piece_of(memory);
    size_t size = p->size;
    counts.held -= size;
    fill(p, FREED, sizeof *p + size);
    free(p);
}

static void *allocate(void *memory, size_t size)
{
    counts.allocations++;
    piece *p = must_fail() ? NULL : malloc(sizeof *p + size);
    if (!p)
        return NULL;
    fill(p->data, FRESH, size);
    p->size = size;
    counts.held += size;
    if (counts.held > counts.most)
        counts.most = counts.held;
    if (memory) {
        size_t old = piece_of(memory)->size;
        memcpy(p->data, memory, old < size ? old : size);
        release(memory);
    }
    return p->data;
}

void memory_watch(void)
{
    static const rpi_allocator watching = {allocate, release};
    memset(&counts, 0, sizeof counts);
    rpi_set_allocator(&watching);
}

void memory_unwatch(void)
{
    rpi_set_allocator(NULL);
    assert_int_equal(counts.held, 0);
}

void memory_fail(size_t nth, bool forever)
{
    rp_trim();
    counts.until_failure = nth;
    counts.forever = forever;
    counts.failures = 0;
}

size_t memory_failures(void)
{
    return counts.failures;
}

void memory_mark(void)
{
    rp_trim();
    counts.most = counts.held;
    counts.allocations = 0;
}

size_t memory_allocations(void)
{
    return counts.allocations;
}

size_t memory_bytes(void)
{
    rp_trim();
    return counts.held;
}

size_t memory_kept(void)
{
    size_t before = counts.held;
    rp_trim();
    return before - counts.held;
}

size_t memory_most_bytes(void)
{
    return counts.most;
}
