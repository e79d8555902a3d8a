/* The backends that pipeline behaviours run over. A behaviour is written once, for two connections: the default one and
 * one for nested pipelines, whose name is `inner`. Where a backend is one server, inner is NULL, and both are the same.
 *
 * Each group of tests is one world; each test begins with connections that nobody has used, and empty servers:
 *
 *     static void test_something(void **state) { world *w = *state; ... }
 *     const struct CMUnitTest tests[] = {WORLD_TEST(test_something)};
 *     return world_run_all(tests, sizeof tests / sizeof *tests);
 *
 * Every behaviour can be told by PING ECHO GET SET INCR INCRBY EXPIRE DEL alone, which is what every backend knows. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <redpipe/redpipe.h>

#include "kit.h"
#include "live.h"

typedef struct world {
    const char *label;  /* the end of the tests' names */
    const char *script; /* of the fakes; NULL: the servers are real */
    const char *inner;  /* the connection of nested pipelines; NULL: the default one */
    size_t servers;
    int protocol; /* asked for */
    bool serial;  /* one server after the other */
    struct fake *fakes[2];
    live *lives[2];
} world;

/* A test with world_setup and world_teardown around it; its *state is the world. */
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int world_setup(void **state);
int world_teardown(void **state);

/* Runs the tests as one group for each backend: how many failed. One whose server is not installed is skipped, with the
 * reason. */
int world_run_all(const struct CMUnitTest *tests, size_t count);

/* Binds the default connection and "other", as each test finds them, after a test has unbound them. */
void world_connect(const world *w);

/* Queues INCR of one key, the same always: the reply tells when it ran, among the ticks of its server. */
rp_future *world_tick(rp_pipe *pipe);

/* How often a server has run a tick: with a root pipeline of its own. */
int64_t world_ticks(const char *connection);

/* A tick, and whether it went through `inner`. */
typedef struct tick {
    rp_future *future;
    bool inner;
} tick;

#define OUTER(future) ((tick){(future), false})
#define INNER(future) ((tick){(future), true})

/* Asserts that the ticks ran in this order, and that they were the first on their servers. */
void world_ran(const world *w, size_t count, const tick *ticks);
#define WORLD_RAN(w, ...) world_ran((w), sizeof((tick[]){__VA_ARGS__}) / sizeof(tick), (const tick[]){__VA_ARGS__})

/* Asserts that a future has not arrived, and what is told of it: RP_NOT_READY where it may yet, or was forgotten. */
void world_not_arrived(const rp_future *f, rp_outcome outcome, rp_status status);

#endif
