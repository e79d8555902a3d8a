/* An allocator for the library that counts what it hands out, and fails when it is told to.
 *
 *     memory_watch();
 *     memory_fail(7, false);
 *     ...
 *     memory_unwatch();
 *
 * New memory is filled with rubbish, freed memory too, and what is resized always moves: so what was not set, or is
 * used after its end, shows. The kit's own memory is not counted, nor is that of the C library (the registry's tree,
 * the resolver).
 *
 * Threads: one at a time may use the library while its memory is watched. */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* From here on the library allocates here. All counts are 0. The library must hold no memory: no connection is bound.
 * */
void memory_watch(void);

/* Back to the C library's allocator. Fails the test where the library still holds something. */
void memory_unwatch(void);

/* The nth allocation from now on fails, counted from 1; with `forever` all that follow do, too. 0: none. */
void memory_fail(size_t nth, bool forever);

/* How many failed since memory_fail. */
size_t memory_failures(void);

/* Counts anew: of allocations, and of the most bytes at a time. */
void memory_mark(void);

/* Allocations since memory_mark; bytes that the library holds now, and the most that it held since memory_mark. What it
 * keeps for later is given back first, here and where counting, failing and watching begin and end. */
size_t memory_allocations(void);
size_t memory_bytes(void);
size_t memory_most_bytes(void);

/* Bytes that the library kept for later, on this thread, until now. */
size_t memory_kept(void);

#endif
