/* Each server has a name in libredpipe's registry: "0", "1" ... The futures of all servers stand in one array. */
#include "servers.h"

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

#include "backend.h"

static size_t servers;

static void must(rp_status status)
{
    if (status != RP_OK)
        errx(1, "libredpipe: %s", rp_last_error()->message);
}

static const char *server_name(size_t i)
{
    static char name[24];
    snprintf(name, sizeof name, "%zu", i);
    return name;
}

void bench_servers_open(size_t count, const char *const urls[])
{
    servers = count;
    for (size_t i = 0; i < servers; i++)
        must(rp_connect(server_name(i), urls[i]));
    bench_servers_execute(1, 0, true);
}

void bench_servers_close(void)
{
    rp_disconnect_all();
}

static void queue(rp_pipe *root, size_t server, size_t depth, int delay_ms, rp_future **answers)
{
    rp_pipe *p = rp_pipeline(root, .name = server_name(server));
    if (delay_ms > 0)
        rp_command(p, "DEBUG", "SLEEP", (double)delay_ms / 1000);
    for (size_t i = 0; i < depth; i++)
        answers[i] = rp_get(p, bench_key(i));
    must(rp_execute(p));
    rp_free(p);
}

bench_meter bench_servers_execute(size_t depth, int delay_ms, bool parallel)
{
    rp_set_parallel(parallel);
    bench_meter start = bench_meter_now();
    rp_pipe *root = rp_pipeline(NULL);
    rp_future **answers = rp_alloc(root, servers * depth * sizeof *answers);
    if (!answers)
        err(1, "futures");
    for (size_t i = 0; i < servers; i++)
        queue(root, i, depth, delay_ms, answers + i * depth);
    must(rp_execute(root));
    for (size_t i = 0; i < servers * depth; i++)
        if (rp_string(answers[i]).len != sizeof BENCH_VALUE - 1)
            errx(1, "an answer is not the value that was stored");
    rp_free(root);
    return bench_meter_since(start);
}
