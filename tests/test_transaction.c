/* Notes. Transactions of a connection or a pipeline with .transaction on a real server, under both protocols: the
 * futures hold what they hold without, errors are told as without, and the server counts one MULTI and one EXEC for
 * each batch. The connection "plain" leads to the same server. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/kit.h"
#include "support/trail.h"
#include "test_live.h"

enum { MANY = 5000, MOST_VALUES = 20, LARGE = 100 * 1000 };

static void connect_both(int protocol)
{
    rp_pipe *p;

    live_want(server);
    assert_int_equal(rp_connect(NULL, live_url(server), .transaction = true, .protocol = protocol), RP_OK);
    assert_int_equal(rp_connect("plain", live_url(server), .protocol = protocol), RP_OK);
    p = rp_autoexec(NULL, .name = "plain");
    rp_command(p, "FLUSHALL");
    rp_command(p, "CONFIG", "RESETSTAT");
    assert_int_equal(rp_close(p), RP_OK);
}

/* How often the server ran a command since connect_both. */
static long calls_of(const char *command)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "plain");
    rp_future *stats = rp_return(p, rp_info(p, .section = RP_LIST("commandstats")));
    char name[64];
    const rp_value *found;
    long calls;

    snprintf(name, sizeof name, "cmdstat_%s", command);
    found = rp_lookup(stats, name);
    calls = found ? strtol(rp_str(found) + strlen("calls="), NULL, 10) : 0;
    rp_release(stats);
    return calls;
}

static void check_transactions(long count)
{
    assert_int_equal(calls_of("multi"), count);
    assert_int_equal(calls_of("exec"), count);
}

static char *shown(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    rp_print(out, v);
    fclose(out);
    return text;
}

/* -- values -------------------------------------------------------------------------------------------------------- */

static size_t queue_values(rp_pipe *p, rp_future *f[MOST_VALUES])
{
    char *large = memset(kit_alloc(LARGE), 'x', LARGE);
    size_t n = 0;

    f[n++] = rp_command(p, "FLUSHALL");
    f[n++] = rp_set(p, "k", "v");
    f[n++] = rp_get(p, "k");
    f[n++] = rp_get(p, "missing");
    f[n++] = rp_incr(p, "n");
    f[n++] = rp_hset(p, "h", "a", 1, "b", 2);
    f[n++] = rp_hgetall(p, "h");
    f[n++] = rp_hgetall(p, "missing");
    f[n++] = rp_sadd(p, "s", "a");
    f[n++] = rp_smembers(p, "s");
    f[n++] = rp_command(p, "ZADD", "z", 1.5, "a", 2, "b");
    f[n++] = rp_zrange(p, "z", 0, -1, .withscores = true);
    f[n++] = rp_command(p, "ZSCORE", "z", "a");
    f[n++] = rp_lpush(p, "l", 1, 2, 3);
    f[n++] = rp_lrange(p, "l", 0, -1);
    f[n++] = rp_eval(p, "return {1, {'a', {}}, false}", 0);
    f[n++] = rp_set(p, "large", rp_b(large, LARGE));
    f[n++] = rp_get(p, "large");
    free(large);
    return n;
}

/* All that the connection runs, or a pipeline between other commands, is a transaction. */
static void check_values(int protocol, bool around)
{
    rp_future *inside[MOST_VALUES], *outside[MOST_VALUES];
    rp_pipe *p, *part, *plain;
    size_t count;

    connect_both(protocol);
    p = rp_pipeline(NULL, .name = around ? "plain" : NULL);
    part = rp_autoexec(p, .name = around ? "plain" : NULL, .transaction = around);
    plain = rp_pipeline(NULL, .name = "plain");
    if (around)
        rp_echo(p, "before");
    count = queue_values(part, inside);
    assert_int_equal(queue_values(plain, outside), count);
    assert_int_equal(rp_close(part), RP_OK);
    if (around)
        rp_echo(p, "behind");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_execute(plain), RP_OK);
    for (size_t i = 0; i < count; i++) {
        char *in = shown(inside[i]), *out = shown(outside[i]);

        assert_int_equal(rp_kind_of(inside[i]), rp_kind_of(outside[i]));
        assert_string_equal(in, out);
        free(in);
        free(out);
    }
    check_transactions(1);
    rp_free(p);
    rp_free(plain);
    rp_disconnect_all();
}

static void test_values_are_those_without(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        check_values(protocol, false);
        check_values(protocol, true);
    }
}

static void test_many_commands_in_one_transaction(void **state)
{
    rp_future **counts = kit_alloc(MANY * sizeof *counts);
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;

        connect_both(protocol);
        p = rp_pipeline(NULL);
        for (int i = 0; i < MANY; i++)
            counts[i] = rp_incr(p, "n");
        assert_int_equal(rp_execute(p), RP_OK);
        for (int i = 0; i < MANY; i++)
            assert_int_equal(rp_int(counts[i]), i + 1);
        check_transactions(1);
        rp_free(p);
        rp_disconnect_all();
    }
    free(counts);
}

/* -- nesting, several names ---------------------------------------------------------------------------------------- */

static void test_nested_pipelines_are_one_transaction(void **state)
{
    rp_pipe *p, *part, *leaf;
    rp_future *counts[4], *other;
    trail t = {""};
    (void)state;

    connect_both(0);
    p = rp_pipeline(NULL);
    counts[0] = rp_incr(p, "n");
    part = rp_autoexec(p);
    counts[1] = rp_incr(part, "n");
    leaf = rp_autoexec(part, .name = "plain");
    other = rp_incr(leaf, "other");
    trail_on_execute(&t, leaf, "leaf");
    assert_int_equal(rp_close(leaf), RP_OK);
    counts[2] = rp_incr(part, "n");
    trail_on_execute(&t, part, "part");
    assert_int_equal(rp_close(part), RP_OK);
    counts[3] = rp_incr(p, "n");
    trail_on_execute(&t, p, "root");
    assert_int_equal(rp_execute(p), RP_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(rp_int(counts[i]), i + 1);
    assert_int_equal(rp_int(other), 1);
    assert_string_equal(t.text, "leaf part root");
    check_transactions(1); /* and nothing around the other name's */
    rp_free(p);
    rp_disconnect_all();
}

static void test_empty_pipelines_send_nothing(void **state)
{
    rp_pipe *p;
    trail t = {""};
    (void)state;

    connect_both(0);
    p = rp_pipeline(NULL);
    trail_on_execute(&t, p, "root");
    assert_int_equal(rp_execute(p), RP_OK);
    rp_incr(p, "n");
    rp_clear(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_string_equal(t.text, "root");
    check_transactions(0);
    rp_incr(p, "n");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    check_transactions(1);
    rp_free(p);
    rp_disconnect_all();
}

/* -- errors -------------------------------------------------------------------------------------------------------- */

static int64_t counter(void)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "plain");
    rp_future *n = rp_return(p, rp_incrby(p, "n", 0));
    int64_t count = rp_int(n);

    rp_release(n);
    return count;
}

typedef struct failing {
    rp_future *text, *first, *error, *last;
} failing;

/* INCR, something that fails, INCR. */
static failing queue_failing(rp_pipe *p, bool unknown)
{
    failing f = {.text = rp_set(p, "text", "x"), .first = rp_incr(p, "n")};

    f.error = unknown ? rp_command(p, "NOSUCH", "k") : rp_lpush(p, "text", 1);
    f.last = rp_incr(p, "n");
    return f;
}

/* `others`: of those beside the one that is wrong. */
static void check_pending(const failing *f, rp_outcome outcome, rp_status others, rp_status status)
{
    const rp_future *const all[] = {f->text, f->first, f->error, f->last};

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rp_kind_of(all[i]), RP_PENDING);
        assert_int_equal(rp_outcome_of(all[i]), outcome);
        assert_int_equal(rp_status_of(all[i]), all[i] == f->error ? status : others);
    }
}

static void test_p12_error_inside(void **state)
{
    failing f;
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;

        connect_both(protocol);
        p = rp_pipeline(NULL, .collect = true);
        f = queue_failing(p, false);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(f.first), 1);
        assert_int_equal(rp_kind_of(f.error), RP_ERROR);
        assert_int_equal(strncmp(rp_str(f.error), "WRONGTYPE ", 10), 0);
        assert_int_equal(rp_int(f.last), 2);
        rp_free(p);
        p = rp_pipeline(NULL);
        f = queue_failing(p, false);
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_int_equal(rp_last_error()->index, 2);
        assert_string_equal(rp_last_error()->code, "WRONGTYPE");
        check_pending(&f, RP_ANSWERED, RP_NOT_READY, RP_SERVER_ERROR);
        rp_free(p);
        assert_int_equal(counter(), 4);
        check_transactions(2);
        rp_disconnect_all();
    }
}

static void test_p12_execabort(void **state)
{
    failing f;
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p;

        connect_both(protocol);
        p = rp_pipeline(NULL, .collect = true);
        f = queue_failing(p, true);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(strncmp(rp_str(f.text), "EXECABORT ", 10), 0);
        assert_int_equal(strncmp(rp_str(f.first), "EXECABORT ", 10), 0);
        assert_int_equal(strncmp(rp_str(f.error), "ERR unknown command", 19), 0);
        assert_int_equal(strncmp(rp_str(f.last), "EXECABORT ", 10), 0);
        assert_int_equal(rp_outcome_of(f.last), RP_ANSWERED);
        rp_free(p);
        p = rp_pipeline(NULL);
        f = queue_failing(p, true);
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_int_equal(rp_last_error()->index, 2);
        assert_string_equal(rp_last_error()->code, "ERR");
        assert_non_null(strstr(rp_last_error()->message, "NOSUCH"));
        check_pending(&f, RP_ANSWERED, RP_SERVER_ERROR, RP_SERVER_ERROR);
        assert_int_equal(rp_execute(p), RP_OK);
        f.first = rp_incr(p, "n"); /* on the same connection */
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(f.first), 1);
        rp_free(p);
        assert_int_equal(counter(), 1);
        check_transactions(3);
        rp_disconnect_all();
    }
}

/* A user who may not use MULTI: what was meant to be a transaction ran as single commands, and that is told. */
static void test_p12_multi_is_not_permitted(void **state)
{
    char url[200];
    failing f;
    rp_pipe *p;
    (void)state;

    connect_both(0);
    p = rp_autoexec(NULL, .name = "plain");
    rp_command(p, "ACL", "SETUSER", "single", "on", ">secret", "~*", "+@all", "-multi");
    assert_int_equal(rp_close(p), RP_OK);
    snprintf(url, sizeof url, "unix://single:secret@%s", live_socket_path(server));
    assert_int_equal(rp_connect("single", url, .transaction = true), RP_OK);
    for (int collect = 0; collect < 2; collect++) {
        p = rp_pipeline(NULL, .name = "single", .collect = collect);
        f = queue_failing(p, false);
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, "NOPERM");
        if (collect) {
            assert_int_equal(rp_int(f.last), 4);
            assert_int_equal(rp_kind_of(f.error), RP_ERROR);
        } else {
            check_pending(&f, RP_ANSWERED, RP_NOT_READY, RP_SERVER_ERROR);
        }
        rp_free(p);
        assert_int_equal(counter(), 2 * (collect + 1));
    }
    rp_disconnect_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_values_are_those_without),
        KIT_TEST(test_many_commands_in_one_transaction),
        KIT_TEST(test_nested_pipelines_are_one_transaction),
        KIT_TEST(test_empty_pipelines_send_nothing),
        KIT_TEST(test_p12_error_inside),
        KIT_TEST(test_p12_execabort),
        KIT_TEST(test_p12_multi_is_not_permitted),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
