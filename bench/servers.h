/* Several servers in one execute, with libredpipe: the same batch for each, in nested pipelines of one root. */
#ifndef BENCH_SERVERS_H
#define BENCH_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "meter.h"

enum { BENCH_SERVERS_MOST = 16 };

/* Names the servers and opens their connections. What fails here or below ends the program with a message. */
void bench_servers_open(size_t count, const char *const urls[]);

/* One execute, on all servers at once or on one after the other: `depth` GETs on each, behind a DEBUG SLEEP where
 * delay_ms is not 0. Every answer is read. */
bench_meter bench_servers_execute(size_t depth, int delay_ms, bool parallel);

void bench_servers_close(void);

#endif
