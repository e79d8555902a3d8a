/* Notes. Live servers live as long as their group, and are emptied before each test. Fakes are new for each test, so
 * what they have to complain of fails that test. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "fake.h"

#define OTHER "other"

static const world worlds[] = {
    {.label = "fake_resp3", .script = "HELLO 3\nSERVE\nCONNECTION *\nHELLO 3\nSERVE\n", .servers = 1},
    {.label = "fake_resp2", .script = "HELLO2\nSERVE\nCONNECTION *\nHELLO2\nSERVE\n", .servers = 1},
    {.label = "server_resp2", .servers = 1, .protocol = 2},
    {.label = "server_resp3", .servers = 1, .protocol = 3},
    {.label = "two_servers", .inner = OTHER, .servers = 2},
    {.label = "two_servers_in_turn", .inner = OTHER, .servers = 2, .serial = true},
};

static world current;

static const char *url_of(const world *w, size_t i)
{
    size_t server = i < w->servers ? i : 0;
    return w->script ? fake_url(w->fakes[server]) : live_url(w->lives[server]);
}

void world_connect(const world *w)
{
    assert_int_equal(rp_connect(NULL, url_of(w, 0), .protocol = w->protocol), RP_OK);
    assert_int_equal(rp_connect(OTHER, url_of(w, 1), .protocol = w->protocol), RP_OK);
}

static void empty(const char *connection)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = connection);
    rp_command(pipe, "FLUSHALL");
    assert_int_equal(rp_execute(pipe), RP_OK);
    rp_free(pipe);
}

int world_setup(void **state)
{
    world *w = *state = &current;
    kit_setup(state);
    for (size_t i = 0; w->script && i < w->servers; i++)
        w->fakes[i] = fake_start(w->script);
    if (!w->script) {
        world_connect(w);
        empty(NULL);
        empty(OTHER);
        rp_disconnect_all();
    }
    rp_set_parallel(!w->serial);
    world_connect(w);
    return 0;
}

int world_teardown(void **state)
{
    world *w = *state;
    rp_disconnect_all();
    rp_set_parallel(true);
    for (size_t i = 0; w->script && i < w->servers; i++)
        fake_stop(w->fakes[i]);
    return kit_teardown(state);
}

/* Starts the servers of a group; false: none is installed. */
static bool start_servers(world *w)
{
    for (size_t i = 0; i < w->servers; i++) {
        w->lives[i] = live_start(NULL);
        if (!w->lives[i])
            return false;
    }
    return true;
}

static void test_without_server(void **state)
{
    (void)state;
    live_want(NULL);
}

/* The tests under names that tell the backend: test_something_fake_resp3. */
static int run_here(const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest *named = kit_alloc(count * sizeof *named);
    char(*names)[200] = kit_alloc(count * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%s_%s", tests[i].name, current.label);
        named[i] = tests[i];
        named[i].name = names[i];
    }
    int failed = _cmocka_run_group_tests(current.label, named, count, NULL, NULL);
    free(named);
    free(names);
    return failed;
}

int world_run_all(const struct CMUnitTest *tests, size_t count)
{
    const struct CMUnitTest none[] = {cmocka_unit_test(test_without_server)};
    int failed = 0;
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        current = worlds[i];
        bool there = current.script || start_servers(&current);
        failed += there ? run_here(tests, count) : run_here(none, 1);
        for (size_t k = 0; !current.script && k < current.servers; k++)
            live_stop(current.lives[k]);
    }
    return failed;
}

rp_future *world_tick(rp_pipe *pipe)
{
    return rp_incr(pipe, "ticks");
}

int64_t world_ticks(const char *connection)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = connection);
    rp_future *ticks = rp_get(pipe, "ticks");
    assert_int_equal(rp_execute(pipe), RP_OK);
    int64_t n = rp_is_null(ticks) ? 0 : rp_int(ticks);
    rp_free(pipe);
    return n;
}

void world_ran(const world *w, size_t count, const tick *ticks)
{
    int64_t ran[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        int64_t number = 0;
        int64_t *expected = &ran[ticks[i].inner && w->inner];
        assert_int_equal(rp_get_int(ticks[i].future, &number), RP_OK);
        if (number != ++*expected)
            fail_msg("tick %zu ran as number %d of its server, not %d", i, (int)number, (int)*expected);
    }
    assert_int_equal(world_ticks(NULL), ran[0]);
    if (w->inner)
        assert_int_equal(world_ticks(w->inner), ran[1]);
}

void world_not_arrived(const rp_future *f, rp_outcome outcome, rp_status status)
{
    int64_t number = 7;
    assert_false(rp_ready(f));
    assert_int_equal(rp_kind_of(f), RP_PENDING);
    assert_int_equal(rp_get_int(f, &number), RP_NOT_READY);
    assert_int_equal(number, 7);
    assert_int_equal(rp_outcome_of(f), outcome);
    assert_int_equal(rp_status_of(f), status);
}
