/* The small server behind SERVE: strings and counters in memory, no expiry. Any thread. */
#ifndef TESTS_TINY_H
#define TESTS_TINY_H

#include <stdint.h>
#include <stdio.h>

#include "request.h"

typedef struct tiny tiny;

tiny *tiny_new(void);
void tiny_free(tiny *t);

/* Runs a command and writes its answer. *protocol is the connection's, 2 or 3; HELLO changes it. number is the
 * connection's number, HELLO's id. */
void tiny_run(tiny *t, const word *words, size_t count, int *protocol, unsigned number, FILE *out);

/* How often INCR and INCRBY ran on this key. */
int64_t tiny_count(tiny *t, const char *key);

/* Are these words the command of this name, in upper or lower case? */
int tiny_is(const word *words, size_t count, const char *name);

#endif
