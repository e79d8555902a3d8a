/* Notes. One execute over several servers: each part goes to its own, all at the same time or one after the other, with
 * the same result. Each test runs in both modes. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "support/live.h"
#include "test_connection.h"

/* -- B01 ----------------------------------------------------------------------------------------------------------- */

/* So many servers, and commands to them in turn, on as many connections as there are servers. */
static void check_servers(size_t count)
{
    enum { MOST = 20, TURNS = 50 };
    fake *fakes[MOST];
    char names[MOST][8];
    rp_future *counts[MOST * TURNS];

    for (size_t i = 0; i < count; i++) {
        fakes[i] = i % 2 ? fake_start("HELLO\nSERVE\n") : fake_start_tcp("HELLO\nSERVE\n");
        snprintf(names[i], sizeof names[i], "s%zu", i);
        assert_int_equal(rp_connect(names[i], fake_url(fakes[i])), RP_OK);
    }
    for (int round = 0; round < 2; round++) {
        rp_pipe *p = rp_pipeline(NULL);
        int calls = 0;

        rp_on_execute(p, count_call, &calls);
        for (size_t i = 0; i < count * TURNS; i++)
            counts[i] = nested_incr(p, names[i % count], "k");
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(calls, 1);
        for (size_t i = 0; i < count * TURNS; i++)
            assert_int_equal(rp_int(counts[i]), (size_t)round * TURNS + i / count + 1);
        rp_free(p);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fake_count(fakes[i], "k"), 2 * TURNS);
        assert_int_equal(fake_connections(fakes[i]), 1);
    }
    rp_disconnect_all();
    for (size_t i = 0; i < count; i++)
        fake_stop(fakes[i]);
}

static void test_b01_healthy_servers(void **state)
{
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        rp_set_parallel(parallel);
        check_servers(2);
        check_servers(20);
    }
}

static void test_b01_real_servers(void **state)
{
    live *a = live_start(NULL), *b = live_start(NULL);
    (void)state;

    live_want(a);
    assert_int_equal(rp_connect("a", live_url(a)), RP_OK);
    assert_int_equal(rp_connect("b", live_tcp_url(b)), RP_OK);
    for (int i = 1; i <= 2; i++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *counts[] = {nested_incr(p, "a", "k"), nested_incr(p, "b", "k"), nested_incr(p, "a", "k")};

        rp_set_parallel(i == 1);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(counts[0]), 2 * i - 1);
        assert_int_equal(rp_int(counts[1]), i);
        assert_int_equal(rp_int(counts[2]), 2 * i);
        rp_free(p);
    }
    rp_disconnect_all();
    live_stop(a);
    live_stop(b);
}

/* -- B03 ----------------------------------------------------------------------------------------------------------- */

/* An execute over `count` servers that each take 300 ms: how long it takes. The connections are there already. */
static int64_t time_slow_servers(size_t count)
{
    enum { MOST = 4 };
    fake *fakes[MOST];
    rp_future *values[MOST];
    char names[MOST][8];
    rp_pipe *p = rp_pipeline(NULL);
    int64_t start, end;

    for (size_t i = 0; i < count; i++) {
        rp_pipe *warm, *part;

        fakes[i] = fake_start("HELLO\nSERVE 1\nREAD 1\nDRIP 100 '+v\\r\\n'\nSERVE\n");
        snprintf(names[i], sizeof names[i], "s%zu", i);
        assert_int_equal(rp_connect(names[i], fake_url(fakes[i])), RP_OK);
        warm = rp_pipeline(NULL, .name = names[i]);
        rp_ping(warm);
        assert_int_equal(rp_execute(warm), RP_OK);
        rp_free(warm);
        part = rp_pipeline(p, .name = names[i]);
        values[i] = rp_get(part, "k");
        assert_int_equal(rp_execute(part), RP_OK);
        rp_free(part);
    }
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_OK);
    end = kit_now_ms();
    for (size_t i = 0; i < count; i++)
        assert_true(rp_equal(values[i], "v"));
    rp_free(p);
    rp_disconnect_all();
    for (size_t i = 0; i < count; i++)
        fake_stop(fakes[i]);
    return end - start;
}

/* Twice 300 ms, less than 550 ms. A machine that is busy with other things gets some tries. */
static void test_b03_slow_servers_at_the_same_time(void **state)
{
    int64_t best = INT64_MAX;
    (void)state;

    for (int i = 0; i < 10 && best >= 550; i++) {
        int64_t ms = time_slow_servers(i % 2 ? 4 : 2);

        assert_true(ms >= 300);
        best = ms < best ? ms : best;
    }
    assert_in_range(best, 300, 549);
}

static void test_b03_slow_servers_one_after_the_other(void **state)
{
    (void)state;
    rp_set_parallel(false);
    assert_true(time_slow_servers(2) >= 600);
}

static void *execute(void *pipe)
{
    return rp_execute(pipe) == RP_OK ? pipe : NULL;
}

/* The same without a clock: in parallel both are asked before either has answered, else the second after the first. */
static void test_b03_who_is_asked_when(void **state)
{
    static const char script[] = "HELLO\nEXPECT GET k\nWAIT\nSEND '+v\\r\\n'\nSERVE\n";
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        fake *a = fake_start(script), *b = fake_start(script);
        rp_pipe *p = rp_pipeline(NULL, .name = "a"), *part = rp_pipeline(p, .name = "b");
        rp_future *values[] = {rp_get(p, "k"), rp_get(part, "k")};
        pthread_t thread;
        void *result;

        rp_set_parallel(parallel);
        assert_int_equal(rp_connect("a", fake_url(a)), RP_OK);
        assert_int_equal(rp_connect("b", fake_url(b)), RP_OK);
        assert_int_equal(rp_execute(part), RP_OK);
        assert_int_equal(pthread_create(&thread, NULL, execute, p), 0);
        fake_wait_commands(a, 2);
        if (parallel)
            fake_wait_commands(b, 2);
        else
            assert_int_equal(fake_connections(b), 0);
        fake_release(a);
        fake_release(b);
        pthread_join(thread, &result);
        assert_ptr_equal(result, p);
        assert_true(rp_equal(values[0], "v"));
        assert_true(rp_equal(values[1], "v"));
        rp_free(part);
        rp_free(p);
        rp_disconnect_all();
        fake_stop(a);
        fake_stop(b);
    }
}

/* Two servers that take 450 ms each, with timeouts of 850 ms of their own, executed. */
static rp_status execute_with_own_timeouts(void)
{
    fake *a = fake_start("HELLO\nREAD 1\nDRIP 150 '+a\\r\\n'\nSERVE\n");
    fake *b = fake_start("HELLO\nREAD 1\nDRIP 150 '+b\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "a"), *part = rp_pipeline(p, .name = "b");
    rp_future *values[] = {rp_get(p, "k"), rp_get(part, "k")};
    rp_status status;

    assert_int_equal(rp_connect("a", fake_url(a), .timeout_ms = 850), RP_OK);
    assert_int_equal(rp_connect("b", fake_url(b), .timeout_ms = 850), RP_OK);
    assert_int_equal(rp_execute(part), RP_OK);
    status = rp_execute(p);
    assert_int_equal(rp_equal(values[0], "a") && rp_equal(values[1], "b"), status == RP_OK);
    rp_free(part);
    rp_free(p);
    rp_disconnect_all();
    fake_stop_any(a);
    fake_stop_any(b);
    return status;
}

/* A connection's own timeout is for that connection: waiting for the server before it does not count. Some
 * tries, too. */
static void test_b03_own_timeouts_are_for_each_server(void **state)
{
    rp_status status = RP_TIMEOUT;
    (void)state;

    rp_set_parallel(false);
    for (int i = 0; i < 5 && status == RP_TIMEOUT; i++)
        status = execute_with_own_timeouts();
    assert_int_equal(status, RP_OK);
}

/* -- B06 ----------------------------------------------------------------------------------------------------------- */

/* Three commands, to a, gone and b; `gone` is the name that is missing, at this place among them. */
static void check_missing_name(size_t place, bool warm)
{
    static const char *const servers[] = {"a", "b"};
    fake *fakes[] = {fake_start("SERVE\n"), fake_start("SERVE\n")};
    rp_pipe *p = rp_pipeline(NULL, .collect = place == 1);
    rp_future *counts[3];
    size_t commands[2];
    int calls = 0;

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rp_connect(servers[i], fake_url(fakes[i])), RP_OK);
        if (warm) {
            rp_pipe *one = rp_pipeline(NULL, .name = servers[i]);

            rp_ping(one);
            assert_int_equal(rp_execute(one), RP_OK);
            rp_free(one);
        }
        commands[i] = fake_commands(fakes[i]);
    }
    assert_int_equal(rp_connect("gone", fake_url(fakes[0])), RP_OK);
    rp_on_execute(p, count_call, &calls);
    for (size_t i = 0, next = 0; i < COUNT(counts); i++)
        counts[i] = nested_incr(p, i == place ? "gone" : servers[next++], "k");
    rp_disconnect("gone");
    assert_int_equal(rp_execute(p), RP_INVALID_PIPELINE);
    assert_int_equal(rp_last_error()->index, place);
    assert_string_equal(rp_last_error()->connection, "gone");
    assert_non_null(strstr(rp_last_error()->message, "gone"));
    assert_int_equal(calls, 0);
    for (size_t i = 0; i < COUNT(counts); i++) {
        assert_false(rp_ready(counts[i]));
        assert_int_equal(rp_outcome_of(counts[i]), RP_NOT_SENT);
        assert_int_equal(rp_status_of(counts[i]), RP_INVALID_PIPELINE);
    }
    rp_free(p);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(fake_connections(fakes[i]), warm);
        assert_int_equal(fake_commands(fakes[i]), commands[i]);
    }
    rp_disconnect_all();
    fake_stop_any(fakes[0]);
    fake_stop_any(fakes[1]);
}

static void test_b06_name_removed_before_the_execute(void **state)
{
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        rp_set_parallel(parallel);
        for (size_t place = 0; place < 3; place++) {
            check_missing_name(place, false);
            check_missing_name(place, true);
        }
    }
}

static void test_b06_name_never_bound(void **state)
{
    fake *f = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "a");
    rp_future *counts[] = {rp_incr(p, "k"), nested_incr(p, NULL, "k")};
    (void)state;

    assert_int_equal(rp_connect("a", fake_url(f)), RP_OK);
    assert_int_equal(rp_execute(p), RP_INVALID_PIPELINE);
    assert_int_equal(rp_last_error()->index, 1);
    assert_null(rp_last_error()->connection);
    assert_non_null(strstr(rp_last_error()->message, "default connection"));
    assert_int_equal(rp_outcome_of(counts[0]), RP_NOT_SENT);
    assert_int_equal(rp_outcome_of(counts[1]), RP_NOT_SENT);
    assert_int_equal(fake_connections(f), 0);
    /* A pipeline is not bound to what its name was when it was made. */
    assert_int_equal(rp_connect(NULL, fake_url(f), .pool_size = 1), RP_OK);
    counts[0] = rp_incr(p, "k");
    counts[1] = nested_incr(p, NULL, "k");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(counts[0]) + rp_int(counts[1]), 3);
    rp_free(p);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* -- B07 ----------------------------------------------------------------------------------------------------------- */

static void test_b07_two_names_of_one_server(void **state)
{
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        fake *f = fake_start("CONNECTION *\nHELLO\nSERVE\n");
        rp_pipe *p = rp_pipeline(NULL, .timeout_ms = 10000);
        rp_future *counts[40];

        rp_set_parallel(parallel);
        assert_int_equal(rp_connect("a", fake_url(f), .pool_size = 1), RP_OK);
        assert_int_equal(rp_connect("b", fake_url(f), .pool_size = 1), RP_OK);
        for (size_t i = 0; i < COUNT(counts); i++)
            counts[i] = nested_incr(p, i % 2 ? "b" : "a", i % 2 ? "of b" : "of a");
        assert_int_equal(rp_execute(p), RP_OK);
        for (size_t i = 0; i < COUNT(counts); i++)
            assert_int_equal(rp_int(counts[i]), i / 2 + 1);
        rp_free(p);
        assert_int_equal(fake_connections(f), 2);
        rp_disconnect_all();
        fake_stop(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_b01_healthy_servers),
        HOOK_TEST(test_b01_real_servers),
        HOOK_TEST(test_b03_slow_servers_at_the_same_time),
        HOOK_TEST(test_b03_slow_servers_one_after_the_other),
        HOOK_TEST(test_b03_who_is_asked_when),
        HOOK_TEST(test_b03_own_timeouts_are_for_each_server),
        HOOK_TEST(test_b06_name_removed_before_the_execute),
        HOOK_TEST(test_b06_name_never_bound),
        HOOK_TEST(test_b07_two_names_of_one_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
