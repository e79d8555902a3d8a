/* The allocator that everything in the library goes through, so that tests can make any allocation fail. */
#ifndef RPI_BASE_ALLOC_H
#define RPI_BASE_ALLOC_H

#include <stddef.h>

/* As realloc and free of the C library; allocate with memory NULL is malloc. */
typedef struct rpi_allocator {
    void *(*allocate)(void *memory, size_t size);
    void (*release)(void *memory);
} rpi_allocator;

/* For tests, before anything is allocated. NULL: back to the C library's. */
void rpi_set_allocator(const rpi_allocator *allocator);

/* NULL without memory. Not zeroed. */
void *rpi_malloc(size_t size);
void *rpi_realloc(void *memory, size_t size);
void *rpi_zalloc(size_t size);
void rpi_free(void *memory);

/* A copy of `len` bytes with a NUL behind; NULL without memory. */
char *rpi_copy_text(const char *text, size_t len);

#endif
