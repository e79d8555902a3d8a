/* The worker for several servers: one execute over all of them at once, against one after the other, in turn.
 *
 * The keys must have been filled with bench_case --fill --op get. Each line of the output is a list of name=value
 * pairs; times are those of one execute. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "servers.h"

static const char usage[] = "usage: bench_spread --depth N --batches N [--rounds N] [--delay-ms N] URL...\n";

static int number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 0 || n > 1000000)
        errx(2, "not a number from 0 to 1,000,000: %s", text);
    return (int)n;
}

static void take_turn(int round, int depth, int batches, int delay_ms, bool parallel)
{
    double wall_ns = 0, cpu_ns = 0;
    for (int i = 0; i < batches; i++) {
        bench_meter cost = bench_servers_execute((size_t)depth, delay_ms, parallel);
        wall_ns += (double)cost.wall_ns;
        cpu_ns += (double)cost.cpu_ns;
    }
    printf("column=%s depth=%d delay_ms=%d round=%d wall_ms=%.3f cpu_ms=%.3f\n", parallel ? "at_once" : "one_by_one",
           depth, delay_ms, round, wall_ns / batches / 1e6, cpu_ns / batches / 1e6);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"depth", required_argument, NULL, 'd'},
        {"batches", required_argument, NULL, 'b'},
        {"delay-ms", required_argument, NULL, 'm'},
        {"rounds", required_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    int depth = 0, batches = 0, rounds = 1, delay_ms = 0, option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            depth = number(optarg);
        else if (option == 'b')
            batches = number(optarg);
        else if (option == 'm')
            delay_ms = number(optarg);
        else if (option == 'r')
            rounds = number(optarg);
        else
            errx(2, "%s", usage);
    }
    int servers = argc - optind;
    if (depth == 0 || batches == 0 || servers < 1 || servers > BENCH_SERVERS_MOST)
        errx(2, "%s", usage);

    bench_servers_open((size_t)servers, (const char *const *)argv + optind);
    for (int round = 0; round < rounds; round++) {
        take_turn(round, depth, batches, delay_ms, round % 2 == 0);
        take_turn(round, depth, batches, delay_ms, round % 2 == 1);
    }
    bench_servers_close();
    return 0;
}
