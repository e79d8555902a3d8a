/* Notes. Functions that are atomic and compose, on a real server: pipelines with .transaction among other commands of
 * one execute, under both protocols. What fails in one is its own affair. The server counts MULTI and EXEC. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/kit.h"
#include "support/trail.h"
#include "test_live.h"

enum { DEEP = 5000, SMALL_MS = 5000 };

/* "admin" is another connection to the same server. */
static void connect_fresh(int protocol)
{
    rp_pipe *p;

    live_want(server);
    assert_int_equal(rp_connect(NULL, live_url(server), .protocol = protocol), RP_OK);
    assert_int_equal(rp_connect("admin", live_url(server)), RP_OK);
    p = rp_autoexec(NULL, .name = "admin");
    rp_command(p, "FLUSHALL");
    rp_command(p, "SCRIPT", "FLUSH");
    rp_command(p, "CONFIG", "RESETSTAT");
    assert_int_equal(rp_close(p), RP_OK);
}

static void check_transactions(const char *count)
{
    char expected[60];
    rp_pipe *p = rp_autoexec(NULL, .name = "admin");
    rp_future *stats = rp_return(p, rp_info(p, .section = RP_LIST("commandstats")));
    const char *const names[] = {"cmdstat_multi", "cmdstat_exec"};

    snprintf(expected, sizeof expected, "calls=%s,", count);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(strncmp(rp_str(rp_lookup(stats, names[i])), expected, strlen(expected)), 0);
    rp_release(stats);
}

static int64_t counter(void)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "admin");
    rp_future *n = rp_return(p, rp_incrby(p, "n", 0));
    int64_t count = rp_int(n);

    rp_release(n);
    return count;
}

static rp_pipe *transaction_in(rp_pipe *parent)
{
    return rp_autoexec(parent, .transaction = true);
}

/* -- functions ----------------------------------------------------------------------------------------------------- */

/* Takes from one, gives to the other; what is left. */
static rp_future *transfer(rp_pipe *parent, const char *from, const char *to, int64_t amount)
{
    rp_pipe *p = transaction_in(parent);
    rp_future *left = rp_decrby(p, from, amount);

    rp_incrby(p, to, amount);
    return rp_return(p, left);
}

/* Two of them, or none: they join this one. */
static rp_future *exchange(rp_pipe *parent, const char *one, const char *other)
{
    rp_pipe *p = transaction_in(parent);

    transfer(p, one, other, 7);
    return rp_return(p, transfer(p, other, one, 3));
}

static void test_functions_compose(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;
        rp_future *alone, *inside, *joined, *all;

        connect_fresh(protocol);
        alone = transfer(NULL, "a", "b", 1);
        assert_int_equal(rp_int(alone), -1);
        rp_release(alone);
        check_transactions("1");
        p = rp_pipeline(NULL);
        rp_incrby(p, "a", 100);
        inside = transfer(p, "a", "b", 10);
        joined = exchange(p, "a", "b");
        all = rp_mget(p, "a", "b");
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(inside), 89);
        assert_int_equal(rp_int(joined), 15);
        assert_int_equal(rp_int(rp_at(all, 0)), 85);
        assert_int_equal(rp_int(rp_at(all, 1)), 15);
        check_transactions("3");
        rp_free(p);
        rp_disconnect_all();
    }
}

typedef struct sum {
    rp_future *parts[2], *whole;
} sum;

static rp_status add(void *arg)
{
    sum *s = arg;

    return rp_future_set(s->whole, rp_int(s->parts[0]) + rp_int(s->parts[1]));
}

/* A future of its own, set by a callback once all of the whole batch is there. */
static rp_future *count_twice(rp_pipe *parent, trail *t, const char *name)
{
    rp_pipe *p = transaction_in(parent);
    sum *s = rp_alloc(p, sizeof *s);

    s->parts[0] = rp_incr(p, "n");
    s->parts[1] = rp_incr(p, "n");
    s->whole = rp_future_new(p);
    assert_int_equal(rp_on_execute(p, add, s), RP_OK);
    trail_on_execute(t, p, name);
    return rp_return(p, s->whole);
}

static void test_callbacks(void **state)
{
    rp_pipe *p;
    rp_future *first, *second;
    trail t = {""};
    (void)state;

    connect_fresh(0);
    p = rp_pipeline(NULL);
    trail_on_execute(&t, p, "root");
    first = count_twice(p, &t, "first");
    rp_incr(p, "n");
    second = count_twice(p, &t, "second");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_string_equal(t.text, "first second root");
    assert_int_equal(rp_int(first), 1 + 2);
    assert_int_equal(rp_int(second), 4 + 5);
    rp_free(p);
    rp_disconnect_all();
}

/* -- errors -------------------------------------------------------------------------------------------------------- */

typedef struct mixed {
    rp_future *before, *first[3], *between, *second[2], *behind, *dict;
} mixed;

/* INCRs: one; two with something that fails between them in a transaction; one; one in a transaction; one. And HGETALL,
 * in the second transaction and behind it. */
static mixed queue_mixed(rp_pipe *p, bool unknown)
{
    mixed m = {.before = rp_incr(p, "n")};
    rp_pipe *part = transaction_in(p);

    m.first[0] = rp_incr(part, "n");
    m.first[1] = unknown ? rp_command(part, "NOSUCH", "k") : rp_lpush(part, "n", 1);
    m.first[2] = rp_incr(part, "n");
    assert_int_equal(rp_close(part), RP_OK);
    m.between = rp_incr(p, "n");
    part = transaction_in(p);
    m.second[0] = rp_incr(part, "n");
    m.second[1] = rp_command(part, "HGETALL", "h");
    assert_int_equal(rp_close(part), RP_OK);
    m.behind = rp_incr(p, "n");
    m.dict = rp_command(p, "HGETALL", "h");
    return m;
}

static void check_error(const rp_future *f, const char *code)
{
    assert_int_equal(rp_kind_of(f), RP_ERROR);
    assert_string_equal(rp_error_code(f), code);
}

/* `skipped`: how many INCRs of the first transaction did not run. */
static void check_rest(const mixed *m, int64_t skipped)
{
    assert_int_equal(rp_int(m->before), 1);
    assert_int_equal(rp_int(m->between), 4 - skipped);
    assert_int_equal(rp_int(m->second[0]), 5 - skipped);
    assert_int_equal(rp_len(m->second[1]), 0);
    assert_int_equal(rp_kind_of(m->second[1]), RP_DICT);
    assert_int_equal(rp_int(m->behind), 6 - skipped);
    assert_int_equal(rp_kind_of(m->dict), RP_DICT);
}

static void test_what_is_aborted_leaves_nothing(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;
        mixed m;

        connect_fresh(protocol);
        p = rp_pipeline(NULL, .collect = true);
        m = queue_mixed(p, true);
        assert_int_equal(rp_execute(p), RP_OK);
        check_error(m.first[0], "EXECABORT");
        check_error(m.first[1], "ERR");
        check_error(m.first[2], "EXECABORT");
        check_rest(&m, 2);
        check_transactions("2");
        rp_free(p);
        p = rp_pipeline(NULL);
        m = queue_mixed(p, true);
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_int_equal(rp_last_error()->index, 2);
        assert_non_null(strstr(rp_last_error()->message, "NOSUCH"));
        assert_int_equal(rp_status_of(m.first[1]), RP_SERVER_ERROR);
        assert_int_equal(rp_outcome_of(m.behind), RP_ANSWERED);
        rp_free(p);
        assert_int_equal(counter(), 8);
        rp_disconnect_all();
    }
}

static void test_what_fails_while_it_runs(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;
        mixed m;

        connect_fresh(protocol);
        p = rp_pipeline(NULL, .collect = true);
        m = queue_mixed(p, false);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(m.first[0]), 2);
        check_error(m.first[1], "WRONGTYPE");
        assert_int_equal(rp_int(m.first[2]), 3);
        check_rest(&m, 0);
        rp_free(p);
        rp_disconnect_all();
    }
}

/* A user who may not use MULTI: both ran as single commands, which is told; the others have nothing to do with it. */
static void test_multi_is_not_permitted(void **state)
{
    char url[200];
    rp_pipe *p;
    mixed m;
    (void)state;

    connect_fresh(0);
    p = rp_autoexec(NULL, .name = "admin");
    rp_command(p, "ACL", "SETUSER", "single", "on", ">secret", "~*", "+@all", "-multi");
    assert_int_equal(rp_close(p), RP_OK);
    snprintf(url, sizeof url, "unix://single:secret@%s", live_socket_path(server));
    assert_int_equal(rp_disconnect(NULL), RP_OK);
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    p = rp_pipeline(NULL, .collect = true);
    m = queue_mixed(p, false);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "NOPERM");
    assert_int_equal(rp_last_error()->index, 1);
    assert_int_equal(rp_int(m.first[2]), 3);
    check_rest(&m, 0);
    rp_free(p);
    rp_disconnect_all();
}

/* -- what a transaction changes ------------------------------------------------------------------------------------ */

static void test_nothing_blocks_inside(void **state)
{
    rp_pipe *p, *part;
    rp_future *inside;
    (void)state;

    connect_fresh(0);
    p = rp_pipeline(NULL, .timeout_ms = SMALL_MS);
    rp_incr(p, "n");
    part = transaction_in(p);
    inside = rp_return(part, rp_command(part, "BLPOP", "l", 0));
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_kind_of(inside), RP_NULL);
    part = transaction_in(p);
    inside = rp_return(part, rp_command(part, "BLPOP", "l", 0));
    rp_command(p, "BLPOP", "l", 0); /* the one behind it would */
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->index, 1);
    assert_int_equal(rp_outcome_of(inside), RP_NOT_SENT);
    rp_free(p);
    rp_disconnect_all();
}

/* Three stretches, deeper than the window each: before, in a transaction, behind it; then as many transactions. */
static void test_deep(void **state)
{
    rp_future **counts = kit_alloc((size_t)3 * DEEP * sizeof *counts);
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p, *part;
        int n = 0;

        connect_fresh(protocol);
        p = rp_pipeline(NULL);
        while (n < DEEP)
            counts[n++] = rp_incr(p, "n");
        part = transaction_in(p);
        while (n < 2 * DEEP)
            counts[n++] = rp_incr(part, "n");
        assert_int_equal(rp_close(part), RP_OK);
        while (n < 3 * DEEP)
            counts[n++] = rp_incr(p, "n");
        assert_int_equal(rp_execute(p), RP_OK);
        for (int i = 0; i < 3 * DEEP; i++)
            assert_int_equal(rp_int(counts[i]), i + 1);
        check_transactions("1");
        for (int i = 0; i < DEEP; i++) {
            part = transaction_in(p);
            counts[2 * i] = rp_incr(part, "m");
            counts[2 * i + 1] = rp_return(part, rp_incr(part, "m"));
        }
        assert_int_equal(rp_execute(p), RP_OK);
        for (int i = 0; i < 2 * DEEP; i++)
            assert_int_equal(rp_int(counts[i]), i + 1);
        check_transactions("5001");
        rp_free(p);
        rp_disconnect_all();
    }
    free(counts);
}

/* -- scripts ------------------------------------------------------------------------------------------------------- */

static rp_future *run(rp_pipe *p, rp_script *script)
{
    return rp_script_run(p, script, .keys = RP_LIST("n"));
}

/* The server has lost a script that the connection knows; calls stand before, in and behind transactions. */
static void test_scripts_that_the_server_lost(void **state)
{
    rp_script *script = rp_script_new("return redis.call('INCR', KEYS[1])");
    rp_pipe *p, *part;
    rp_future *counts[5];
    (void)state;

    connect_fresh(0);
    for (int before = 0; before < 2; before++) {
        p = rp_autoexec(NULL);
        run(p, script); /* from now on the connection knows it */
        assert_int_equal(rp_close(p), RP_OK);
        p = rp_autoexec(NULL, .name = "admin");
        rp_command(p, "SCRIPT", "FLUSH");
        rp_command(p, "SET", "n", 0);
        assert_int_equal(rp_close(p), RP_OK);
        p = rp_pipeline(NULL);
        if (before)
            run(p, script);
        part = transaction_in(p);
        counts[0] = run(part, script);
        counts[1] = rp_return(part, run(part, script));
        counts[2] = run(p, script);
        part = transaction_in(p);
        counts[3] = rp_return(part, run(part, script));
        counts[4] = run(p, script);
        assert_int_equal(rp_execute(p), RP_OK);
        for (int i = 0; i < 5; i++)
            assert_int_equal(rp_int(counts[i]), before + i + 1);
        rp_free(p);
    }
    rp_script_free(script);
    rp_disconnect_all();
}

/* The call that would have brought the script to the server is in a transaction that never ran. */
static void test_scripts_behind_one_that_was_aborted(void **state)
{
    rp_script *script = rp_script_new("return redis.call('INCR', KEYS[1])");
    rp_pipe *p, *part;
    rp_future *counts[2];
    (void)state;

    connect_fresh(0);
    p = rp_pipeline(NULL, .collect = true);
    part = transaction_in(p);
    run(part, script);
    rp_command(part, "NOSUCH");
    assert_int_equal(rp_close(part), RP_OK);
    counts[0] = run(p, script);
    part = transaction_in(p);
    counts[1] = rp_return(part, run(part, script));
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(counts[0]), 1);
    assert_int_equal(rp_int(counts[1]), 2);
    rp_free(p);
    p = rp_pipeline(NULL, .collect = true);
    part = transaction_in(p);
    run(part, script);
    rp_command(part, "NOSUCH");
    assert_int_equal(rp_close(part), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    counts[0] = run(p, script); /* nor does the connection count on it later */
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(counts[0]), 3);
    rp_free(p);
    rp_script_free(script);
    rp_disconnect_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_functions_compose),
        KIT_TEST(test_callbacks),
        KIT_TEST(test_what_is_aborted_leaves_nothing),
        KIT_TEST(test_what_fails_while_it_runs),
        KIT_TEST(test_multi_is_not_permitted),
        KIT_TEST(test_nothing_blocks_inside),
        KIT_TEST(test_deep),
        KIT_TEST(test_scripts_that_the_server_lost),
        KIT_TEST(test_scripts_behind_one_that_was_aborted),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
