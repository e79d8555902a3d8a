/* The worker: one operation at one depth, with one library or with several in turn.
 *
 * Libraries that are compared take turns within this one process, each the first in another round: so they have the
 * same place on the same processors, and what disturbs one disturbs all. A first batch of each, not measured, opens the
 * connection. For peak memory, and for the sum of the answers, a library needs a process, and the data, to itself.
 *
 * Each line of the output is a list of name=value pairs; times are those of one command. */
#include "backend.h"
#include "meter.h"

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4 };

typedef struct bench_case {
    const bench_backend *backends[MOST];
    int count; /* of backends */
    bench_op op;
    size_t depth, batches, rounds;
    const char *url;
    bool fill;
} bench_case;

static const char *const op_names[BENCH_OPS] = {"get",    "set",    "incr", "hgetall", "lrange",
                                                "zrange", "xrange", "mget", "big",     "pairs"};

static const char usage[] =
    "usage: bench_case --lib LIB... --op OP --depth N --batches N [--rounds N] --url URL\n"
    "       bench_case --fill --op OP --url URL      puts the data for OP on the server: keys key:*\n"
    "LIB: redpipe nested hiredis hiredis-argv\n"
    "OP:  get set incr hgetall lrange zrange xrange mget big pairs; pairs not with hiredis\n"
    "URL: unix://PATH or redis://HOST:PORT\n";

static bench_op op_named(const char *name)
{
    for (int op = 0; op < BENCH_OPS; op++)
        if (strcmp(name, op_names[op]) == 0)
            return (bench_op)op;
    errx(2, "no operation is called %s\n%s", name, usage);
}

static const bench_backend *backend_named(const char *name)
{
    static const bench_backend *const all[] = {&bench_redpipe, &bench_nested, &bench_hiredis, &bench_hiredis_argv};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(name, all[i]->name) == 0)
            return all[i];
    errx(2, "no library is called %s\n%s", name, usage);
}

static size_t number(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*end || n == 0 || n > 100000000)
        errx(2, "not a number from 1 to 100,000,000: %s", text);
    return n;
}

static bench_case parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"lib", required_argument, NULL, 'l'},    {"op", required_argument, NULL, 'o'},
        {"depth", required_argument, NULL, 'd'},  {"batches", required_argument, NULL, 'b'},
        {"rounds", required_argument, NULL, 'r'}, {"url", required_argument, NULL, 'u'},
        {"fill", no_argument, NULL, 'f'},         {NULL, 0, NULL, 0},
    };
    bench_case c = {.op = BENCH_OPS, .depth = 1, .batches = 1, .rounds = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'l':
            if (c.count == MOST)
                errx(2, "at most %d libraries", MOST);
            c.backends[c.count++] = backend_named(optarg);
            break;
        case 'o':
            c.op = op_named(optarg);
            break;
        case 'd':
            c.depth = number(optarg);
            break;
        case 'b':
            c.batches = number(optarg);
            break;
        case 'r':
            c.rounds = number(optarg);
            break;
        case 'u':
            c.url = optarg;
            break;
        case 'f':
            c.fill = true;
            break;
        default:
            errx(2, "%s", usage);
        }
    }
    if (optind != argc || !c.url || c.op == BENCH_OPS || c.fill == (c.count > 0))
        errx(2, "%s", usage);
    return c;
}

/* One library's turn: its batches, and their cost on a line. Returns the sum of the answers. */
static uint64_t take_turn(const bench_case *c, size_t round, const bench_backend *backend, void *connection)
{
    uint64_t sum = 0;
    bench_meter start = bench_meter_now();
    for (size_t i = 0; i < c->batches; i++)
        sum += backend->batch(connection, c->op, c->depth);
    bench_meter cost = bench_meter_since(start);
    double commands = (double)(c->depth * c->batches);
    printf("column=%s op=%s depth=%zu round=%zu wall_ns=%.1f cpu_ns=%.1f\n", backend->name, op_names[c->op], c->depth,
           round, (double)cost.wall_ns / commands, (double)cost.cpu_ns / commands);
    return sum;
}

static void measure(const bench_case *c)
{
    void *connections[MOST];
    uint64_t sum = 0;
    for (int i = 0; i < c->count; i++) {
        connections[i] = c->backends[i]->open(c->url, c->depth);
        sum += c->backends[i]->batch(connections[i], c->op, c->depth);
    }
    for (size_t round = 0; round < c->rounds; round++)
        for (int i = 0; i < c->count; i++) {
            int turn = (int)((round + (size_t)i) % (size_t)c->count);
            sum += take_turn(c, round, c->backends[turn], connections[turn]);
        }
    for (int i = 0; i < c->count; i++)
        c->backends[i]->close(connections[i]);
    if (c->count == 1)
        printf("column=%s peak_kib=%zu sum=%" PRIu64 "\n", c->backends[0]->name, bench_peak_kib(), sum);
}

int main(int argc, char **argv)
{
    bench_case c = parse(argc, argv);
    if (c.fill)
        bench_fill(c.url, c.op);
    else
        measure(&c);
    return 0;
}
