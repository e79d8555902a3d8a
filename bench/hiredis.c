/* hiredis as a program uses it for a pipeline: append all commands, then get, read and free one reply after the other.
 *
 * Its ordinary interface is redisAppendCommand with a format string. The faster one, redisAppendCommandArgv, is a
 * backend of its own; only the appending differs. */
#include "backend.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

static void must(const redisContext *c, int result)
{
    if (result != REDIS_OK)
        errx(1, "hiredis: %s", c->errstr);
}

redisContext *bench_dial(const char *url)
{
    redisContext *c;
    char host[64];
    int port;
    if (strncmp(url, "unix://", 7) == 0)
        c = redisConnectUnix(url + 7);
    else if (sscanf(url, "redis://%63[^:]:%d", host, &port) == 2)
        c = redisConnect(host, port);
    else
        errx(1, "%s is neither unix://PATH nor redis://HOST:PORT", url);
    if (!c || c->err)
        errx(1, "hiredis: %s: %s", url, c ? c->errstr : "no memory");
    return c;
}

static void *open_connection(const char *url, size_t depth)
{
    (void)depth;
    return bench_dial(url);
}

static void close_connection(void *connection)
{
    redisFree(connection);
}

static int append_format(redisContext *c, bench_op op, const char *key)
{
    switch (op) {
    case BENCH_GET:
        return redisAppendCommand(c, "GET %s", key);
    case BENCH_SET:
        return redisAppendCommand(c, "SET %s %s", key, BENCH_VALUE);
    case BENCH_INCR:
        return redisAppendCommand(c, "INCR %s", key);
    case BENCH_HGETALL:
        return redisAppendCommand(c, "HGETALL %s", key);
    case BENCH_LRANGE:
        return redisAppendCommand(c, "LRANGE %s %d %d", key, 0, BENCH_ITEMS - 1);
    case BENCH_ZRANGE:
        return redisAppendCommand(c, "ZRANGE %s %d %d WITHSCORES", key, 0, BENCH_ITEMS - 1);
    case BENCH_XRANGE:
        return redisAppendCommand(c, "XRANGE %s - +", key);
    case BENCH_MGET:
        return redisAppendCommand(c, "MGET %s %s %s %s %s %s %s %s %s %s", key, bench_key(1), bench_key(2),
                                  bench_key(3), bench_key(4), bench_key(5), bench_key(6), bench_key(7), bench_key(8),
                                  bench_key(9));
    case BENCH_BIG:
        return redisAppendCommand(c, "GET %s", key);
    default:
        errx(1, "hiredis: this operation is libredpipe's alone");
    }
}

/* A command's words. */
typedef struct words {
    const char *argv[2 + BENCH_MANY];
    int argc;
} words;

static void add(words *w, const char *word)
{
    w->argv[w->argc++] = word;
}

static void add_range(words *w)
{
    static char last[16];
    snprintf(last, sizeof last, "%d", BENCH_ITEMS - 1);
    add(w, "0");
    add(w, last);
}

static int append_argv(redisContext *c, bench_op op, const char *key)
{
    static const char *const names[BENCH_OPS] = {"GET",    "SET",    "INCR", "HGETALL", "LRANGE",
                                                 "ZRANGE", "XRANGE", "MGET", "GET"};
    if (!names[op])
        errx(1, "hiredis: this operation is libredpipe's alone");
    words w = {{names[op], key}, 2};
    if (op == BENCH_SET)
        add(&w, BENCH_VALUE);
    if (op == BENCH_LRANGE || op == BENCH_ZRANGE)
        add_range(&w);
    if (op == BENCH_ZRANGE)
        add(&w, "WITHSCORES");
    if (op == BENCH_XRANGE) {
        add(&w, "-");
        add(&w, "+");
    }
    for (size_t i = 1; op == BENCH_MGET && i < BENCH_MANY; i++)
        add(&w, bench_key(i));
    return redisAppendCommandArgv(c, w.argc, w.argv, NULL);
}

static redisReply *next_reply(redisContext *c)
{
    void *reply = NULL;
    must(c, redisGetReply(c, &reply));
    redisReply *r = reply;
    if (r->type == REDIS_REPLY_ERROR)
        errx(1, "hiredis: %s", r->str);
    return r;
}

/* The calls nest as deep as the answer, which is three levels. */
static uint64_t read_answer(const redisReply *answer)
{
    uint64_t sum = 0;
    switch (answer->type) {
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < answer->elements; i++)
            sum += read_answer(answer->element[i]);
        return sum;
    case REDIS_REPLY_INTEGER:
        return (uint64_t)answer->integer;
    default:
        return answer->len;
    }
}

typedef int appender(redisContext *c, bench_op op, const char *key);

static inline uint64_t batch(redisContext *c, bench_op op, size_t depth, appender *append)
{
    size_t keys = bench_keys(op);
    for (size_t i = 0; i < depth; i++)
        must(c, append(c, op, bench_key(i % keys)));
    uint64_t sum = 0;
    for (size_t i = 0; i < depth; i++) {
        redisReply *reply = next_reply(c);
        sum += read_answer(reply);
        freeReplyObject(reply);
    }
    return sum;
}

static uint64_t batch_format(void *connection, bench_op op, size_t depth)
{
    return batch(connection, op, depth, append_format);
}

static uint64_t batch_argv(void *connection, bench_op op, size_t depth)
{
    return batch(connection, op, depth, append_argv);
}

const bench_backend bench_hiredis = {"hiredis", open_connection, batch_format, close_connection};
const bench_backend bench_hiredis_argv = {"hiredis-argv", open_connection, batch_argv, close_connection};

/* -- data -------------------------------------------------------------------------------------------------------- */

enum { MOST = 2 + 2 * BENCH_ITEMS, TEXT = 16 };

/* Appends HSET, RPUSH or ZADD of all that a key holds. */
static void append_items(redisContext *c, bench_op op, const char *key)
{
    const char *argv[MOST] = {op == BENCH_HGETALL ? "HSET" : op == BENCH_LRANGE ? "RPUSH" : "ZADD", key};
    char names[BENCH_ITEMS][TEXT], scores[BENCH_ITEMS][TEXT];
    int argc = 2;
    for (int i = 0; i < (op == BENCH_HGETALL ? BENCH_FIELDS : BENCH_ITEMS); i++) {
        snprintf(names[i], TEXT, op == BENCH_HGETALL ? "field%d" : "member%d", i);
        snprintf(scores[i], TEXT, "%d.5", i * 3);
        if (op != BENCH_LRANGE)
            argv[argc++] = op == BENCH_HGETALL ? names[i] : scores[i];
        argv[argc++] = op == BENCH_ZRANGE ? names[i] : BENCH_VALUE;
    }
    must(c, redisAppendCommandArgv(c, argc, argv, NULL));
}

/* Appends the commands that give a key what the operation needs; how many they are. */
static size_t append_data(redisContext *c, bench_op op, const char *key)
{
    static char big[BENCH_BIG_VALUE + 1];
    const char *value = op == BENCH_INCR || op == BENCH_PAIRS ? "0" : BENCH_VALUE;
    must(c, redisAppendCommand(c, "DEL %s", key));
    if (op == BENCH_HGETALL || op == BENCH_LRANGE || op == BENCH_ZRANGE) {
        append_items(c, op, key);
        return 2;
    }
    if (op == BENCH_XRANGE) {
        for (int i = 0; i < BENCH_ENTRIES; i++)
            must(c, redisAppendCommand(c, "XADD %s 1526919030474-%d name Jack town Rome", key, i));
        return 1 + BENCH_ENTRIES;
    }
    if (op == BENCH_BIG)
        value = memset(big, 'x', BENCH_BIG_VALUE);
    must(c, redisAppendCommand(c, "SET %s %s", key, value));
    return 2;
}

void bench_fill(const char *url, bench_op op)
{
    redisContext *c = bench_dial(url);
    size_t count = 0;
    for (size_t i = 0; i < bench_keys(op); i++)
        count += append_data(c, op, bench_key(i));
    while (count-- > 0)
        freeReplyObject(next_reply(c));
    redisFree(c);
}
