/* The limits that a deep pipeline must keep, each beside what was measured:
 *
 *  - a million commands in one execute: time in proportion, memory of the client bounded by what went over the wire;
 *  - 50,000 answers of 20,000 bytes in one execute: the server must not have to hold them; hiredis for comparison;
 *  - two servers that take 300 ms each: one execute takes as long as one of them.
 *
 *     bench_limits URL URL URL      of servers that have just been started, such as those of bench_serve
 *
 * A server's peak of memory is never reset, so the two libraries get one each. A batch runs in a child process, for the
 * sake of its own peak; what went over the wire is taken from the server. The exit status is 1 where a limit of memory
 * is missed; times are only shown, since other processes have a part in them. */
#define _GNU_SOURCE

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "backend.h"
#include "meter.h"
#include "servers.h"

enum {
    BYTES_PER_COMMAND = 100,
    BIG_ANSWERS = 50000,
    BIG_VALUE = 20000,
    SERVER_GROWTH = 32 * 1024 * 1024,
    SLOW_MS = 300,
    SLOW_LIMIT_MS = 400,
};

/* What one execute did to the client and to the server. */
typedef struct batch_cost {
    bench_meter time;
    size_t client_growth; /* bytes that the client's peak memory grew by */
    size_t server_growth; /* bytes that the server's used_memory_peak grew by */
    size_t sent, received;
} batch_cost;

static double mib(size_t bytes)
{
    return (double)bytes / (1024 * 1024);
}

static const char *verdict(bool kept)
{
    return kept ? "kept" : "MISSED";
}

/* -- the server -------------------------------------------------------------------------------------------------- */

static redisReply *ask(const char *url, int argc, const char *argv[])
{
    redisContext *c = bench_dial(url);
    redisReply *reply = redisCommandArgv(c, argc, argv, NULL);
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        errx(1, "%s: %s", argv[0], reply ? reply->str : c->errstr);
    redisFree(c);
    return reply;
}

/* One number out of INFO. */
static size_t figure(const char *url, const char *name)
{
    redisReply *info = ask(url, 1, (const char *[]){"INFO"});
    char start[64];
    snprintf(start, sizeof start, "\n%s:", name);
    const char *line = strstr(info->str, start);
    if (!line)
        errx(1, "INFO has no %s", name);
    size_t n = strtoul(line + strlen(start), NULL, 10);
    freeReplyObject(info);
    return n;
}

static void fill_big_values(const char *url)
{
    static const char script[] = "for i = 0, ARGV[1] - 1 do redis.call('SET', 'key:' .. i, ('x'):rep(ARGV[2])) end";
    char keys[16], size[16];
    snprintf(keys, sizeof keys, "%d", BENCH_KEYS);
    snprintf(size, sizeof size, "%d", BIG_VALUE);
    freeReplyObject(ask(url, 5, (const char *[]){"EVAL", script, "0", keys, size}));
}

/* -- one measurement --------------------------------------------------------------------------------------------- */

/* In the child: one batch of GETs, its cost to the pipe. */
static bool measure(const bench_backend *backend, const char *url, size_t depth, int channel)
{
    batch_cost cost = {.client_growth = 0};
    void *connection = backend->open(url, depth);
    size_t before = bench_peak_kib();
    bench_meter start = bench_meter_now();
    backend->batch(connection, BENCH_GET, depth);
    cost.time = bench_meter_since(start);
    cost.client_growth = (bench_peak_kib() - before) * 1024;
    backend->close(connection);
    return write(channel, &cost, sizeof cost) == (ssize_t)sizeof cost;
}

static batch_cost run_batch(const bench_backend *backend, const char *url, size_t depth)
{
    int channel[2];
    if (pipe(channel) != 0)
        err(1, "pipe");
    fflush(stdout);
    size_t peak = figure(url, "used_memory_peak");
    size_t sent = figure(url, "total_net_input_bytes");
    size_t received = figure(url, "total_net_output_bytes");
    pid_t child = fork();
    if (child < 0)
        err(1, "fork");
    if (child == 0)
        _exit(measure(backend, url, depth, channel[1]) ? 0 : 1);
    close(channel[1]);
    batch_cost cost;
    int status;
    bool complete = read(channel[0], &cost, sizeof cost) == (ssize_t)sizeof cost;
    close(channel[0]);
    if (waitpid(child, &status, 0) != child || status != 0 || !complete)
        errx(1, "%s: the batch of %zu commands failed", backend->name, depth);
    cost.server_growth = figure(url, "used_memory_peak") - peak;
    cost.sent = figure(url, "total_net_input_bytes") - sent;
    cost.received = figure(url, "total_net_output_bytes") - received;
    return cost;
}

/* -- the limits -------------------------------------------------------------------------------------------------- */

static bool many_commands(const char *url)
{
    static const size_t depths[] = {250000, 500000, 1000000};
    bool all_kept = true;
    bench_fill(url, BENCH_GET);
    printf("GETs of 32 bytes in one execute, libredpipe. Memory is the growth of the client's peak, its futures\n"
           "included; allowed are the bytes sent, the bytes received, and %d bytes for each command.\n\n"
           "%10s %8s %9s %10s %13s %11s %12s\n",
           BYTES_PER_COMMAND, "commands", "wall s", "ns each", "sent MiB", "received MiB", "memory MiB", "allowed MiB");
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        batch_cost cost = run_batch(&bench_redpipe, url, depths[i]);
        size_t allowed = cost.sent + cost.received + BYTES_PER_COMMAND * depths[i];
        bool kept = cost.client_growth <= allowed;
        printf("%10zu %8.3f %9.0f %10.1f %13.1f %11.1f %12.1f  %s\n", depths[i], (double)cost.time.wall_ns / 1e9,
               (double)cost.time.wall_ns / (double)depths[i], mib(cost.sent), mib(cost.received),
               mib(cost.client_growth), mib(allowed), verdict(kept));
        all_kept = all_kept && kept;
    }
    return all_kept;
}

/* One line of the table; was the limit kept? */
static bool big_answers(const bench_backend *backend, const char *url)
{
    fill_big_values(url);
    batch_cost cost = run_batch(backend, url, BIG_ANSWERS);
    bool kept = cost.server_growth < SERVER_GROWTH;
    printf("%10s %8.3f %11.1f %12.1f %13.1f  %s\n", backend->name, (double)cost.time.wall_ns / 1e9,
           mib(cost.server_growth), mib(SERVER_GROWTH), mib(cost.client_growth), verdict(kept));
    return kept;
}

static void slow_servers(const char *const urls[2])
{
    for (int i = 0; i < 2; i++)
        bench_fill(urls[i], BENCH_GET);
    printf("\nTwo servers that sleep %d ms each, and a GET behind that, in one execute, libredpipe:\n\n", SLOW_MS);
    bench_servers_open(2, urls);
    double ms = (double)bench_servers_execute(1, SLOW_MS, true).wall_ns / 1e6;
    printf("at once    %8.1f ms; allowed: %d ms  %s\n", ms, SLOW_LIMIT_MS, verdict(ms < SLOW_LIMIT_MS));
    ms = (double)bench_servers_execute(1, SLOW_MS, false).wall_ns / 1e6;
    printf("one by one %8.1f ms\n", ms);
    bench_servers_close();
}

int main(int argc, char **argv)
{
    const char *const *urls = (const char *const *)argv + 1;
    if (argc < 4)
        errx(2, "usage: bench_limits URL URL URL");
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool kept = many_commands(urls[0]);
    printf("\n%d GETs of %d bytes in one execute: growth of the server's used_memory_peak. The client's memory too:\n"
           "hiredis frees each reply before it reads the next, libredpipe's futures all stay readable.\n\n"
           "%10s %8s %11s %12s %13s\n",
           BIG_ANSWERS, BIG_VALUE, "", "wall s", "server MiB", "allowed MiB", "client MiB");
    kept = big_answers(&bench_redpipe, urls[1]) && kept;
    big_answers(&bench_hiredis, urls[2]);
    slow_servers(urls);
    return kept ? 0 : 1;
}
