/* libredpipe as a program uses it: one root pipeline for each batch, the futures in an array, read after the execute,
 * freed with the root. */
#include "backend.h"

#include <err.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static void must(rp_status status)
{
    if (status != RP_OK)
        errx(1, "libredpipe: %s", rp_last_error()->message);
}

/* What stands for the connection is the program's array of futures. */
static void *open_connection(const char *url, size_t depth)
{
    must(rp_connect(NULL, url));
    rp_future **futures = calloc(depth, sizeof *futures);
    if (!futures)
        err(1, "futures");
    return futures;
}

static void close_connection(void *futures)
{
    free(futures);
    rp_disconnect_all();
}

static rp_future *queue(rp_pipe *p, bench_op op, const char *key)
{
    rp_future *count;
    switch (op) {
    case BENCH_GET:
        return rp_get(p, key);
    case BENCH_SET:
        return rp_set(p, key, BENCH_VALUE);
    case BENCH_INCR:
        return rp_incr(p, key);
    case BENCH_HGETALL:
        return rp_hgetall(p, key);
    case BENCH_LRANGE:
        return rp_lrange(p, key, 0, BENCH_ITEMS - 1);
    case BENCH_ZRANGE:
        return rp_zrange(p, key, 0, BENCH_ITEMS - 1, .withscores = true);
    case BENCH_XRANGE:
        return rp_xrange(p, key, "-", "+");
    case BENCH_MGET:
        return rp_mget(p, key, bench_key(1), bench_key(2), bench_key(3), bench_key(4), bench_key(5), bench_key(6),
                       bench_key(7), bench_key(8), bench_key(9));
    case BENCH_BIG:
        return rp_get(p, key);
    case BENCH_PAIRS:
        count = rp_incr(p, key);
        rp_expire(p, key, BENCH_EXPIRY);
        return count;
    case BENCH_OPS:
        break;
    }
    errx(1, "libredpipe: no such operation");
}

/* The document's composable function: alone, or a part of the caller's batch. */
static rp_future *queue_nested(rp_pipe *parent, bench_op op, const char *key)
{
    rp_pipe *p = rp_autoexec(parent);
    return rp_return(p, queue(p, op, key));
}

static uint64_t read_dict(const rp_value *dict)
{
    uint64_t sum = 0;
    for (size_t i = 0, n = rp_len(dict); i < n; i++)
        sum += rp_string(rp_key_at(dict, i)).len + rp_string(rp_at(dict, i)).len;
    return sum;
}

static uint64_t read_list(const rp_value *list)
{
    uint64_t sum = 0;
    for (size_t i = 0, n = rp_len(list); i < n; i++)
        sum += rp_string(rp_at(list, i)).len;
    return sum;
}

/* Pairs of a member and its score. */
static uint64_t read_pairs(const rp_value *pairs)
{
    uint64_t sum = 0;
    for (size_t i = 0, n = rp_len(pairs); i < n; i++) {
        const rp_value *pair = rp_at(pairs, i);
        sum += rp_string(rp_at(pair, 0)).len + rp_string(rp_at(pair, 1)).len;
    }
    return sum;
}

/* Pairs of an id and a dict. */
static uint64_t read_entries(const rp_value *entries)
{
    uint64_t sum = 0;
    for (size_t i = 0, n = rp_len(entries); i < n; i++) {
        const rp_value *entry = rp_at(entries, i);
        sum += rp_string(rp_at(entry, 0)).len + read_dict(rp_at(entry, 1));
    }
    return sum;
}

static uint64_t read_answer(bench_op op, const rp_future *answer)
{
    switch (op) {
    case BENCH_HGETALL:
        return read_dict(answer);
    case BENCH_LRANGE:
    case BENCH_MGET:
        return read_list(answer);
    case BENCH_ZRANGE:
        return read_pairs(answer);
    case BENCH_XRANGE:
        return read_entries(answer);
    case BENCH_INCR:
    case BENCH_PAIRS:
        return (uint64_t)rp_int(answer);
    default:
        return rp_string(answer).len;
    }
}

typedef rp_future *queuer(rp_pipe *p, bench_op op, const char *key);

static inline uint64_t batch(rp_future **futures, bench_op op, size_t depth, queuer *queue_one)
{
    size_t answers = op == BENCH_PAIRS ? depth / 2 : depth, keys = bench_keys(op);
    rp_pipe *p = rp_pipeline(NULL);
    for (size_t i = 0; i < answers; i++)
        futures[i] = queue_one(p, op, bench_key(i % keys));
    must(rp_execute(p));
    uint64_t sum = 0;
    for (size_t i = 0; i < answers; i++)
        sum += read_answer(op, futures[i]);
    rp_free(p);
    return sum;
}

static uint64_t batch_flat(void *futures, bench_op op, size_t depth)
{
    return batch(futures, op, depth, queue);
}

static uint64_t batch_nested(void *futures, bench_op op, size_t depth)
{
    return batch(futures, op, depth, queue_nested);
}

const bench_backend bench_redpipe = {"redpipe", open_connection, batch_flat, close_connection};
const bench_backend bench_nested = {"nested", open_connection, batch_nested, close_connection};
