/* One indirection in front of the C library. The hook is a plain pointer: it is set by tests only, before any thread of
 * the library's user runs. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/block.h"

static const rpi_allocator libc_allocator = {realloc, free};
static const rpi_allocator *current = &libc_allocator;

void rpi_set_allocator(const rpi_allocator *allocator)
{
    rpi_blocks_trim(); /* they are the old one's */
    current = allocator ? allocator : &libc_allocator;
}

void *rpi_malloc(size_t size)
{
    return current->allocate(NULL, size);
}

void *rpi_realloc(void *memory, size_t size)
{
    return current->allocate(memory, size);
}

void *rpi_zalloc(size_t size)
{
    void *memory = rpi_malloc(size);

    return memory ? memset(memory, 0, size) : NULL;
}

void rpi_free(void *memory)
{
    current->release(memory);
}

char *rpi_copy_text(const char *text, size_t len)
{
    char *copy = rpi_malloc(len + 1);

    if (copy) {
        if (len)
            memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}
