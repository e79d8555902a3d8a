/* The work that is measured, and what a library must offer to be measured at it.
 *
 * Every backend does the same: it formats each key with snprintf, queues `depth` commands, sends them as one batch, and
 * reads every answer down to its last string. It returns the sum of all strings' lengths and of all numbers in the
 * answers: so none can skip work, and all must come to the same. */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include <stdint.h>
#include <stdio.h>

typedef enum bench_op {
    BENCH_GET,
    BENCH_SET,
    BENCH_INCR,
    BENCH_HGETALL, /* a hash of BENCH_FIELDS fields */
    BENCH_LRANGE,  /* all of a list of BENCH_ITEMS items */
    BENCH_PAIRS,   /* INCR and EXPIRE of one key in turn; only the answers of INCR are read. Not with hiredis */
    BENCH_OPS,
} bench_op;

enum { BENCH_KEYS = 1000, BENCH_FIELDS = 20, BENCH_ITEMS = 100, BENCH_EXPIRY = 60, BENCH_KEY_SIZE = 32 };

#define BENCH_VALUE "0123456789abcdef0123456789abcdef"

/* The key of the i-th command of a batch. */
static inline int bench_key(char key[BENCH_KEY_SIZE], size_t i)
{
    return snprintf(key, BENCH_KEY_SIZE, "key:%d", (int)(i % BENCH_KEYS));
}

/* A library under test, or one way to use it. What fails ends the program with a message. */
typedef struct bench_backend {
    const char *name;
    void *(*open)(const char *url, size_t depth); /* a connection, for batches of up to depth commands */
    uint64_t (*batch)(void *connection, bench_op op, size_t depth);
    void (*close)(void *connection);
} bench_backend;

extern const bench_backend bench_redpipe;
extern const bench_backend bench_nested;       /* libredpipe; each command, or pair, in a nested pipeline of its own */
extern const bench_backend bench_hiredis;      /* redisAppendCommand and its format strings, as most programs write */
extern const bench_backend bench_hiredis_argv; /* redisAppendCommandArgv, which does not parse a format */

/* A connection of hiredis that is not measured; redisFree it. Ends the program where it fails. */
struct redisContext *bench_dial(const char *url);

/* Puts under each key what the operation reads or changes, and nothing else. */
void bench_fill(const char *url, bench_op op);

#endif
