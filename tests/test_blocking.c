/* Notes. Commands that block (P16): how long each of them may, read from the queue; what blocks for ever, which needs
 * an execute without a deadline; and all of it on a real server. That the time counts,
 * test_blocking_deadline.c shows. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>

#include "pipe/special.h"
#include "test_connection.h"
#include "test_live.h"

enum { LONG_MS = 8000 };

/* -- how long each may block --------------------------------------------------------------------------------------- */

#define ONE RP_LIST("a")
#define TWO RP_LIST("a", "b")
#define VALUE v

#define CALLS(X) \
    X(rp_blpop(p, "a", 2), 2000) \
    X(rp_blpop(p, "a", "b", 0.25), 250) \
    X(rp_blpop_array(p, ONE, 0), 0) \
    X(rp_blpop(p, "a", -1), -1) \
    X(rp_brpop_array(p, TWO, 3), 3000) \
    X(rp_brpop(p, "a", 0.0F), 0) \
    X(rp_brpoplpush(p, "a", "b", 1.5), 1500) \
    X(rp_brpoplpush(p, "a", "b", 0), 0) \
    X(rp_blmove(p, "a", "b", "LEFT", "RIGHT", 4), 4000) \
    X(rp_blmove(p, "a", "b", "LEFT", "RIGHT", 0), 0) \
    X(rp_blmpop(p, 5, TWO, "LEFT"), 5000) \
    X(rp_blmpop(p, 0, TWO, "LEFT", .count = 3), 0) \
    X(rp_bzpopmin(p, "a", (size_t)6), 6000) \
    X(rp_bzpopmin_array(p, ONE, 0), 0) \
    X(rp_bzpopmax(p, "a", "b", 7L), 7000) \
    X(rp_bzpopmax_array(p, TWO, 0), 0) \
    X(rp_bzmpop(p, 8, TWO, "MIN"), 8000) \
    X(rp_bzmpop(p, 0, TWO, "MIN", .count = 2), 0) \
    X(rp_xread(p, TWO, .block = 900), 900) \
    X(rp_xread(p, TWO, .block = -1), 0) \
    X(rp_xread(p, TWO), -1) \
    X(rp_xread(p, TWO, .count = 5), -1) \
    X(rp_xreadgroup(p, "g", "me", TWO, .block = 800), 800) \
    X(rp_xreadgroup(p, "g", "me", TWO, .block = -1), 0) \
    X(rp_xreadgroup(p, "g", "me", TWO), -1) \
    X(rp_wait(p, 1, 700), 700) \
    X(rp_wait(p, 1, 0), 0) \
    X(rp_waitaof(p, 1, 0, 600), 600) \
    X(rp_waitaof(p, 0, 1, 0), 0) \
    X(rp_waitaof(p, 1, 0, 0), 0) \
    /* for none they do not wait */ \
    X(rp_wait(p, 0, 0), -1) \
    X(rp_wait(p, 0, 700), -1) \
    X(rp_wait(p, -1, 0), -1) \
    X(rp_waitaof(p, 0, 0, 0), -1) \
    X(rp_waitaof(p, 0, 0, 600), -1) \
    /* by name; seconds as any kind of number */ \
    X(rp_command(p, "BLPOP", "a", 2), 2000) \
    X(rp_command(p, "blpop", "a", "b", 2), 2000) \
    X(rp_command(p, "BlPop", "a", 2U), 2000) \
    X(rp_command(p, "BLPOP", "a", 0.5), 500) \
    X(rp_command(p, "BLPOP", "a", "2"), 2000) \
    X(rp_command(p, "BLPOP", "a", "0.125"), 125) \
    X(rp_command(p, "BLPOP", "a", "1e1"), 10000) \
    X(rp_command(p, "BLPOP", "a", rp_b("12", 1)), 1000) \
    X(rp_command(p, "BLPOP", "a", VALUE), 3000) \
    X(rp_command(p, "BLPOP", "a", 0), 0) \
    X(rp_command(p, "blpop", "a", "0"), 0) \
    X(rp_command(p, "BLPOP", "a", "0.0"), 0) \
    X(rp_command(p, "BLPOP", "a", 0.0), 0) \
    X(rp_command(p, "BLPOP", "a", -0.0), 0) \
    X(rp_command(p, "BRPOP", "a", 0), 0) \
    X(rp_command(p, "brpop", "a", 1), 1000) \
    X(rp_command(p, "BRPOPLPUSH", "a", "b", 1), 1000) \
    X(rp_command(p, "brpoplpush", "a", "b", 0), 0) \
    X(rp_command(p, "BLMOVE", "a", "b", "LEFT", "LEFT", 1), 1000) \
    X(rp_command(p, "blmove", "a", "b", "LEFT", "LEFT", 0), 0) \
    X(rp_command(p, "BLMPOP", 1, 2, "a", "b", "LEFT", "COUNT", 9), 1000) \
    X(rp_command(p, "blmpop", 0, 2, "a", "b", "LEFT", "COUNT", 9), 0) \
    X(rp_command(p, "BZPOPMIN", "a", 1), 1000) \
    X(rp_command(p, "bzpopmin", "a", 0), 0) \
    X(rp_command(p, "BZPOPMAX", "a", 1), 1000) \
    X(rp_command(p, "bzpopmax", "a", 0), 0) \
    X(rp_command(p, "BZMPOP", 1, 1, "a", "MAX"), 1000) \
    X(rp_command(p, "bzmpop", 0, 1, "a", "MAX"), 0) \
    X(rp_command(p, "WAIT", 1, 40), 40) \
    X(rp_command(p, "wait", 1, 0), 0) \
    X(rp_command(p, "WAITAOF", 1, 1, 50), 50) \
    X(rp_command(p, "waitaof", 1, 1, 0), 0) \
    X(rp_command(p, "WAIT", 0, 0), -1) \
    X(rp_command(p, "wait", "0", "0"), -1) \
    X(rp_command(p, "wait", "1", "0"), 0) \
    X(rp_command(p, "WAIT", 0, 40), -1) \
    X(rp_command(p, "waitaof", 0, 0, 0), -1) \
    X(rp_command(p, "waitaof", 0, 1, 0), 0) \
    X(rp_command(p, "waitaof", 1, 0, 0), 0) \
    X(rp_command(p, "WAITAOF", 0, 0, 50), -1) \
    X(rp_command(p, "XREAD", "BLOCK", 60, "STREAMS", "a", "$"), 60) \
    X(rp_command(p, "xread", "block", 60, "streams", "a", "$"), 60) \
    X(rp_command(p, "XREAD", "COUNT", 1, "Block", "70", "STREAMS", "a", "$"), 70) \
    X(rp_command(p, "xread", "block", 0, "streams", "a", "$"), 0) \
    X(rp_command(p, "XREADGROUP", "GROUP", "g", "me", "BLOCK", 80, "NOACK", "STREAMS", "a", ">"), 80) \
    X(rp_command(p, "xreadgroup", "group", "g", "me", "block", 0, "streams", "a", ">"), 0) \
    /* what is no time that a server waits */ \
    X(rp_command(p, "BLPOP", "a", -1), -1) \
    X(rp_command(p, "BLPOP", "a", -0.5), -1) \
    X(rp_command(p, "BLPOP", "a", "-2"), -1) \
    X(rp_command(p, "BLPOP", "a", "soon"), -1) \
    X(rp_command(p, "BLPOP", "a", ""), -1) \
    X(rp_command(p, "BLPOP", "a", "nan"), -1) \
    X(rp_command(p, "BLPOP"), -1) \
    X(rp_command(p, "WAIT", 1), -1) \
    X(rp_command(p, "BLMPOP"), -1) \
    X(rp_command(p, "XREAD"), -1) \
    X(rp_command(p, "XREAD", "BLOCK"), -1) \
    X(rp_command(p, "XREAD", "STREAMS", "a", "0"), -1) \
    X(rp_command(p, "LPOP", "a", 0), -1) \
    /* words that are keys or names, not options */ \
    X(rp_command(p, "XREAD", "STREAMS", "block", "0"), -1) \
    X(rp_command(p, "XREAD", "STREAMS", "a", "block", "0", "0"), -1) \
    X(rp_command(p, "XREAD", "BLOCK", 90, "STREAMS", "block", "0"), 90) \
    X(rp_command(p, "XREADGROUP", "GROUP", "block", "0", "STREAMS", "a", ">"), -1) \
    X(rp_command(p, "XREADGROUP", "GROUP", "block", "streams", "BLOCK", 95, "STREAMS", "a", ">"), 95)

/* What the queue notes of the last command: milliseconds; 0 for ever; -1 nothing. */
static int64_t noted(const rp_pipe *p)
{
    const rpi_special *special = p->runs.last ? p->runs.last->special : NULL;

    if (special && special->for_ever) {
        assert_int_equal(special->for_ever, p->runs.last->count);
        return 0;
    }
    return special && special->block_ms ? special->block_ms : -1;
}

static void check_noted(const char *call, const rp_pipe *p, int64_t ms)
{
    if (noted(p) != ms)
        fail_msg("%s: %d, not %d", call, (int)noted(p), (int)ms);
}

#define CHECK(call, ms) \
    assert_int_equal(rp_outcome_of(call), RP_QUEUED); \
    check_noted(#call, p, (ms)); \
    rp_clear(p); \
    rp_ping(p);

static void test_p16_what_each_command_adds(void **state)
{
    rp_pipe *owner = rp_pipeline(NULL), *p = rp_pipeline(NULL);
    rp_future *v = rp_future_new(owner);
    (void)state;

    assert_int_equal(rp_future_set(v, 3), RP_OK);
    rp_ping(p);
    CALLS(CHECK)
    rp_free(p);
    rp_free(owner);
}

/* -- for ever ------------------------------------------------------------------------------------------------------ */

static void check_for_ever(int connection_ms, int pipeline_ms, bool allowed)
{
    fake *f = fake_start("HELLO\nREAD 3\nSEND ':1\\r\\n*-1\\r\\n:2\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = pipeline_ms), *part = rp_autoexec(p);
    rp_future *before = rp_incr(p, "n"), *popped = rp_blpop_array(part, ONE, 0), *after;

    rp_close(part);
    after = rp_incr(p, "n");
    assert_int_equal(rp_connect(NULL, fake_url(f), .timeout_ms = connection_ms), RP_OK);
    assert_int_equal(rp_execute(p), allowed ? RP_OK : RP_INVALID_OPERATION);
    assert_int_equal(rp_kind_of(popped), allowed ? RP_NULL : RP_PENDING);
    assert_int_equal(rp_int(after), allowed ? 2 : 0);
    assert_int_equal(rp_outcome_of(before), allowed ? RP_ANSWERED : RP_NOT_SENT);
    assert_int_equal(rp_status_of(popped), allowed ? RP_OK : RP_INVALID_OPERATION);
    if (!allowed) {
        assert_int_equal(rp_execute(p), RP_OK);
        rp_blpop_array(p, ONE, 0);
        assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
        assert_int_equal(rp_last_error()->index, 0);
        assert_int_equal(fake_bytes(f), 0);
    }
    rp_free(p);
    rp_disconnect_all();
    if (allowed)
        fake_stop(f);
    else
        fake_stop_any(f);
}

static void test_p16_for_ever_needs_no_deadline(void **state)
{
    (void)state;
    check_for_ever(0, 0, false);
    check_for_ever(1000, 0, false);
    check_for_ever(-1, 1000, false);
    check_for_ever(0, -1, true);
    check_for_ever(1000, -1, true);
    check_for_ever(-1, 0, true);
    check_for_ever(-1, -1, true);
}

/* The command at fault is told by its place, wherever it stands: behind large commands, in nested pipelines, on another
 * connection. */
static void test_p16_which_command_blocks_for_ever(void **state)
{
    enum { LARGE = 200000 };
    fake *f = fake_start("HELLO\nSERVE\nCONNECTION *\nHELLO\nSERVE\n");
    char *large = kit_alloc(LARGE);
    (void)state;

    memset(large, 'x', LARGE);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(f)), RP_OK);
    for (size_t place = 0; place < 40; place++) {
        rp_pipe *p = rp_pipeline(NULL);
        size_t count = 0;
        char text[64];

        for (size_t i = 0; i < 40; i++, count++) {
            rp_pipe *part = i % 3 == 0 ? rp_autoexec(p, .name = i % 2 ? "other" : NULL) : NULL;
            rp_pipe *to = part ? part : p;

            if (i == place)
                rp_bzpopmin_array(to, ONE, 0);
            else if (i % 7 == 0)
                rp_set(to, "k", rp_b(large, LARGE));
            else if (i % 5 == 0)
                rp_blpop_array(to, ONE, 1);
            else
                rp_incr(to, i);
            rp_close(part);
        }
        assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
        assert_int_equal(rp_last_error()->index, place);
        snprintf(text, sizeof text, "command %zu (BZPOPMIN) may block for ever", place);
        check_says(text);
        assert_true(place % 6 == 3 ? !strcmp(rp_last_error()->connection, "other") : !rp_last_error()->connection);
        rp_free(p);
    }
    assert_int_equal(fake_connections(f), 0);
    check_echo(NULL, 1);
    check_echo("other", 1);
    free(large);
    fake_stop(f);
}

/* -- a real server ------------------------------------------------------------------------------------------------- */

static void connect_live(const rp_connect_opts *options)
{
    rp_pipe *p;

    live_want(server);
    assert_int_equal(rp_connect_with(NULL, live_url(server), options, sizeof *options), RP_OK);
    assert_int_equal(rp_connect("other", live_url(server)), RP_OK);
    p = rp_autoexec(NULL, .name = "other");
    rp_flushall(p);
    assert_int_equal(rp_close(p), RP_OK);
}

/* One connection waits for what another connection of the same execute gives. */
static void test_p16_wakes_up(void **state)
{
    const rp_connect_opts options = {.timeout_ms = -1};
    rp_pipe *p = rp_pipeline(NULL), *part = rp_autoexec(p, .name = "other");
    rp_future *popped = rp_blpop(p, "l", 0), *read = rp_xread(p, RP_LIST("s", "0"), .block = -1);
    rp_future *least = rp_bzpopmin(p, "z", 60);
    (void)state;

    connect_live(&options);
    rp_rpush(part, "l", "x");
    rp_xadd(part, "s", "f", "v");
    rp_zadd(part, "z", 1.5, "m");
    rp_close(part);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(rp_at(popped, 1), "x"));
    assert_int_equal(rp_len(rp_lookup(read, "s")), 1);
    assert_true(rp_float(rp_at(least, 2)) == 1.5);
    rp_free(p);
}

/* Times that the server refuses are its own to refuse; the connection stays in step. */
static void test_p16_times_that_the_server_refuses(void **state)
{
    const rp_connect_opts options = {.timeout_ms = LONG_MS};
    rp_pipe *p;
    rp_future *bad[6];
    (void)state;

    connect_live(&options);
    p = rp_pipeline(NULL, .collect = true);
    bad[0] = rp_blpop(p, "l", -1);
    bad[1] = rp_command(p, "BLPOP", "l", "soon");
    bad[2] = rp_command(p, "BLPOP", "l", "");
    bad[3] = rp_command(p, "XREAD", "BLOCK", -1, "STREAMS", "s", "0");
    bad[4] = rp_command(p, "WAIT", 0, -1);
    bad[5] = rp_command(p, "XREAD", "BLOCK");
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(rp_kind_of(bad[i]), RP_ERROR);
    rp_free(p);
    check_echo(NULL, 1);
}

/* Inside a transaction nothing blocks: for ever is as good as any time. */
static void test_p16_in_transactions(void **state)
{
    const rp_connect_opts options = {.timeout_ms = LONG_MS, .transaction = true};
    rp_future *futures[9];
    rp_pipe *p;
    int64_t start;
    (void)state;

    connect_live(&options);
    p = rp_pipeline(NULL);
    futures[0] = rp_blpop(p, "l", 0);
    futures[1] = rp_brpop(p, "l", 60);
    futures[2] = rp_blmove(p, "l", "m", "LEFT", "LEFT", 0);
    futures[3] = rp_blmpop(p, 0, RP_LIST("l"), "LEFT");
    futures[4] = rp_bzpopmax(p, "z", 0);
    futures[5] = rp_bzmpop(p, 0, RP_LIST("z"), "MIN");
    futures[6] = rp_xread(p, RP_LIST("s", "$"), .block = -1);
    futures[7] = rp_command(p, "brpoplpush", "l", "m", 0);
    futures[8] = rp_wait(p, 0, 0);
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(kit_now_ms() - start < LONG_MS);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(rp_kind_of(futures[i]), RP_NULL);
    assert_int_equal(rp_int(futures[8]), 0);
    rp_free(p);
}

/* What waits for no replica is answered at once: so it needs no execute without a deadline. */
static void test_p16_for_none_needs_no_deadline(void **state)
{
    const rp_connect_opts options = {.timeout_ms = LONG_MS};
    rp_future *typed, *named, *after;
    rp_pipe *p;
    (void)state;

    connect_live(&options);
    p = rp_pipeline(NULL);
    typed = rp_wait(p, 0, 0);
    named = rp_command(p, "WAIT", 0, 0);
    after = rp_incr(p, "after");
    if (rp_execute(p) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
    assert_int_equal(rp_int(typed), 0);
    assert_int_equal(rp_int(named), 0);
    assert_int_equal(rp_kind_of(after), RP_INT);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p16_what_each_command_adds),        KIT_TEST(test_p16_for_ever_needs_no_deadline),
        KIT_TEST(test_p16_which_command_blocks_for_ever), KIT_TEST(test_p16_wakes_up),
        KIT_TEST(test_p16_times_that_the_server_refuses), KIT_TEST(test_p16_in_transactions),
        KIT_TEST(test_p16_for_none_needs_no_deadline),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
