/* hiredis as a program uses it for a pipeline: append all commands, then get, read and free one reply after the other.
 *
 * Its ordinary interface is redisAppendCommand with a format string. The faster one, redisAppendCommandArgv, is a
 * backend of its own; only the appending differs. */
#include "backend.h"

#include <err.h>
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

static int append_format(redisContext *c, bench_op op, const char *key, size_t key_len)
{
    (void)key_len;
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
    default:
        errx(1, "hiredis: this operation is libredpipe's alone");
    }
}

static int append_argv(redisContext *c, bench_op op, const char *key, size_t key_len)
{
    static const char *const names[BENCH_OPS] = {"GET", "SET", "INCR", "HGETALL", "LRANGE"};
    static const size_t name_lens[BENCH_OPS] = {3, 3, 4, 7, 6};
    if (!names[op])
        errx(1, "hiredis: this operation is libredpipe's alone");
    const char *argv[4] = {names[op], key};
    size_t lens[4] = {name_lens[op], key_len};
    int argc = 2;
    char stop[16];
    if (op == BENCH_SET) {
        argv[argc] = BENCH_VALUE;
        lens[argc++] = sizeof BENCH_VALUE - 1;
    } else if (op == BENCH_LRANGE) {
        argv[argc] = "0";
        lens[argc++] = 1;
        argv[argc] = stop;
        lens[argc++] = (size_t)snprintf(stop, sizeof stop, "%d", BENCH_ITEMS - 1);
    }
    return redisAppendCommandArgv(c, argc, argv, lens);
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

static uint64_t read_answer(const redisReply *answer)
{
    uint64_t sum = 0;
    switch (answer->type) {
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < answer->elements; i++)
            sum += answer->element[i]->len;
        return sum;
    case REDIS_REPLY_INTEGER:
        return (uint64_t)answer->integer;
    default:
        return answer->len;
    }
}

typedef int appender(redisContext *c, bench_op op, const char *key, size_t key_len);

static inline uint64_t batch(redisContext *c, bench_op op, size_t depth, appender *append)
{
    for (size_t i = 0; i < depth; i++) {
        char key[BENCH_KEY_SIZE];
        int len = bench_key(key, i);
        must(c, append(c, op, key, (size_t)len));
    }
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

/* Appends the command that gives a key what the operation needs. */
static void append_data(redisContext *c, bench_op op, const char *key)
{
    enum { MOST = 2 + 2 * BENCH_FIELDS + BENCH_ITEMS };
    const char *argv[MOST] = {op == BENCH_HGETALL ? "HSET" : op == BENCH_LRANGE ? "RPUSH" : "SET", key};
    char names[BENCH_FIELDS][16];
    int argc = 2;
    if (op == BENCH_HGETALL) {
        for (int i = 0; i < BENCH_FIELDS; i++) {
            snprintf(names[i], sizeof names[i], "field%d", i);
            argv[argc++] = names[i];
            argv[argc++] = BENCH_VALUE;
        }
    } else if (op == BENCH_LRANGE) {
        while (argc < 2 + BENCH_ITEMS)
            argv[argc++] = BENCH_VALUE;
    } else {
        argv[argc++] = op == BENCH_GET || op == BENCH_SET ? BENCH_VALUE : "0";
    }
    must(c, redisAppendCommandArgv(c, argc, argv, NULL));
}

void bench_fill(const char *url, bench_op op)
{
    redisContext *c = bench_dial(url);
    for (size_t i = 0; i < BENCH_KEYS; i++) {
        char key[BENCH_KEY_SIZE];
        bench_key(key, i);
        must(c, redisAppendCommand(c, "DEL %s", key));
        append_data(c, op, key);
    }
    for (size_t i = 0; i < 2 * BENCH_KEYS; i++)
        freeReplyObject(next_reply(c));
    redisFree(c);
}
