/* The work that is measured, and what a library must offer to be measured at it.
 *
 * Every backend does the same: it queues `depth` commands for keys that were made beforehand, sends them as one batch,
 * and reads every answer down to its last string. It returns the sum of all strings' lengths and of all numbers in the
 * answers: so none can skip work, and all must come to the same. */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include <stddef.h>
#include <stdint.h>

typedef enum bench_op {
    BENCH_GET,
    BENCH_SET,
    BENCH_INCR,
    BENCH_HGETALL, /* a hash of BENCH_FIELDS fields */
    BENCH_LRANGE,  /* all of a list of BENCH_ITEMS items */
    BENCH_ZRANGE,  /* all of a sorted set of BENCH_ITEMS members, with scores: pairs under RESP3, flat under RESP2 */
    BENCH_XRANGE,  /* all of a stream of BENCH_ENTRIES entries with two fields each */
    BENCH_MGET,    /* BENCH_MANY keys */
    BENCH_BIG,     /* GET of BENCH_BIG_VALUE bytes */
    BENCH_PAIRS,   /* INCR and EXPIRE of one key in turn; only the answers of INCR are read. Not with hiredis */
    BENCH_OPS,
} bench_op;

enum {
    BENCH_KEYS = 1000,
    BENCH_FIELDS = 20,
    BENCH_ITEMS = 100,
    BENCH_ENTRIES = 50,
    BENCH_MANY = 10,
    BENCH_BIG_VALUE = 100000,
    BENCH_EXPIRY = 60,
};

#define BENCH_VALUE "0123456789abcdef0123456789abcdef"

/* How many keys the operation has: fewer where much is in them. */
static inline size_t bench_keys(bench_op op)
{
    return op == BENCH_BIG ? 10 : op == BENCH_ZRANGE || op == BENCH_XRANGE ? 100 : BENCH_KEYS;
}

/* The i-th key of all. */
const char *bench_key(size_t i);

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
