/* Notes. One execute over several servers, of which some fail. What one does changes nothing for the others: with
 * .collect their values are there, without it the execute as a whole fails and tells of each command whether it ran.
 * Where nothing is said, each case runs in parallel and one by one, with the same outcome. */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_connection.h"

enum { SOON_MS = 300, LONG_MS = 8000 };

/* Binds names to fakes, on connections that are there already. */
static void connect_warm(const char *name, fake *f)
{
    assert_int_equal(rp_connect(name, fake_url(f)), RP_OK);
    check_incr(name, "warm", 1);
}

/* A future of a failed execute. */
static void check_lost(rp_future *f, rp_outcome outcome, rp_status why)
{
    assert_false(rp_ready(f));
    assert_int_equal(rp_outcome_of(f), outcome);
    assert_int_equal(rp_status_of(f), why);
}

static void check_value(rp_future *f, bool collect, int64_t value)
{
    if (collect) {
        assert_int_equal(rp_status_of(f), RP_OK);
        assert_int_equal(rp_outcome_of(f), RP_ANSWERED);
        assert_int_equal(rp_int(f), value);
    } else {
        check_lost(f, RP_ANSWERED, RP_NOT_READY);
    }
}

/* -- B02 ----------------------------------------------------------------------------------------------------------- */

/* A port that nobody listens on, as long as the socket returned is open. */
static int refusing_port(char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    snprintf(url, size, "redis://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static void check_some_refuse(bool parallel, bool collect)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = collect);
    rp_future *good[2], *bad[3];
    char url[64];
    int calls = 0, fd = refusing_port(url, sizeof url);

    rp_set_parallel(parallel);
    connect_warm("good", f);
    assert_int_equal(rp_connect("refused", url), RP_OK);
    assert_int_equal(rp_connect("missing", "unix:///no/such/folder/redis.sock"), RP_OK);
    rp_on_execute(p, count_call, &calls);
    good[0] = nested_incr(p, "good", "k");
    bad[0] = nested_incr(p, "missing", "k");
    bad[1] = nested_incr(p, "refused", "k");
    good[1] = nested_incr(p, "good", "k");
    bad[2] = nested_incr(p, "missing", "k");
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_last_error()->index, 1);
    assert_string_equal(rp_last_error()->connection, "missing");
    check_says("'missing'");
    check_says("/no/such/folder");
    check_says("'refused'");
    check_says(strstr(url, "127"));
    assert_null(strstr(rp_last_error()->message, "good"));
    assert_int_equal(calls, 0);
    for (size_t i = 0; i < COUNT(bad); i++)
        check_lost(bad[i], RP_NOT_SENT, RP_CONNECTION_ERROR);
    for (size_t i = 0; i < COUNT(good); i++)
        check_value(good[i], collect, (int64_t)i + 1);
    rp_free(p);
    check_incr("good", "k", 3);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect_all();
    close(fd);
    fake_stop(f);
}

static void test_b02_some_refuse(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++)
        check_some_refuse(mode & 1, mode & 2);
}

static void test_b02_all_refuse(void **state)
{
    static const char *const names[] = {"first", "second", "third"};
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        rp_future *counts[6];
        char url[64];
        int fd = refusing_port(url, sizeof url);

        rp_set_parallel(parallel);
        for (size_t i = 0; i < COUNT(names); i++)
            assert_int_equal(rp_connect(names[i], url), RP_OK);
        for (size_t i = 0; i < COUNT(counts); i++)
            counts[i] = nested_incr(p, names[i % 3], "k");
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        assert_int_equal(rp_last_error()->index, 0);
        assert_string_equal(rp_last_error()->connection, "first");
        for (size_t i = 0; i < COUNT(names); i++)
            check_says(names[i]);
        for (size_t i = 0; i < COUNT(counts); i++)
            check_lost(counts[i], RP_NOT_SENT, RP_CONNECTION_ERROR);
        rp_free(p);
        rp_disconnect_all();
        close(fd);
    }
}

/* -- B04 ----------------------------------------------------------------------------------------------------------- */

/* "hangs" answers one of its three commands. In serial mode it comes last, so that it keeps nobody waiting. */
static void check_one_hangs(bool parallel, bool collect)
{
    static const char *const orders[2][3] = {{"a", "b", "hangs"}, {"hangs", "a", "b"}};
    const char *const *order = orders[parallel];
    int timeout = parallel ? SOON_MS : 3 * SOON_MS;
    fake *hangs = fake_start("HELLO\nSERVE 2\nREAD 2\nSTALL\nCONNECTION *\nSERVE\n");
    fake *good = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = collect, .timeout_ms = timeout);
    rp_future *counts[3][3];
    int64_t start;
    int calls = 0;

    rp_set_parallel(parallel);
    rp_on_execute(p, count_call, &calls);
    for (size_t i = 0; i < 3; i++) {
        bool late = strcmp(order[i], "hangs") == 0;

        assert_int_equal(rp_connect(order[i], fake_url(late ? hangs : good)), RP_OK);
        check_incr(order[i], order[i], 1);
        hook_owe((late ? 1 : 3) * strlen(":2\r\n"));
    }
    for (size_t turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < 3; i++)
            counts[i][turn] = nested_incr(p, order[i], order[i]);
    if (parallel)
        hook_await_owed();
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, timeout, LONG_MS);
    assert_string_equal(rp_last_error()->connection, "hangs");
    assert_int_equal(rp_last_error()->index, parallel ? 3 : 5);
    assert_int_equal(calls, 0);
    for (size_t i = 0; i < 3; i++) {
        for (size_t turn = 0; turn < 3; turn++) {
            if (turn > 0 && strcmp(order[i], "hangs") == 0)
                check_lost(counts[i][turn], RP_UNKNOWN, RP_TIMEOUT);
            else
                check_value(counts[i][turn], collect, (int64_t)turn + 2);
        }
    }
    rp_free(p);
    check_incr("a", "a", 5);
    check_incr("b", "b", 5);
    check_incr("hangs", "hangs", 3);
    assert_int_equal(fake_connections(hangs), 2);
    assert_int_equal(fake_connections(good), 2);
    rp_disconnect_all();
    fake_stop(hangs);
    fake_stop(good);
}

static void test_b04_one_hangs(void **state)
{
    (void)state;
    check_one_hangs(true, true);
    check_one_hangs(true, false);
    check_one_hangs(false, true);
}

/* One by one, the first uses up all the time: nothing is sent to the second any more, on a connection that is there or
 * on one that is not. */
static void test_b04_no_time_left_for_the_next(void **state)
{
    (void)state;
    rp_set_parallel(false);
    for (int warm = 0; warm < 2; warm++) {
        fake *hangs = fake_start("HELLO\nSERVE 1\nREAD 1\nSTALL\n"), *good = fake_start("CONNECTION *\nSERVE\n");
        rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS);
        rp_future *counts[2];

        connect_warm("hangs", hangs);
        assert_int_equal(rp_connect("good", fake_url(good)), RP_OK);
        if (warm)
            connect_warm("good", good);
        counts[0] = nested_incr(p, "hangs", "k");
        counts[1] = nested_incr(p, "good", "k");
        assert_int_equal(rp_execute(p), RP_TIMEOUT);
        check_lost(counts[0], RP_UNKNOWN, RP_TIMEOUT);
        check_lost(counts[1], RP_NOT_SENT, RP_TIMEOUT);
        rp_free(p);
        check_incr("good", "k", 1);
        rp_disconnect_all();
        fake_stop(hangs);
        fake_stop(good);
    }
}

static void *hold_connection(void *status)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "busy");

    rp_ping(p);
    *(rp_status *)status = rp_execute(p);
    rp_free(p);
    return NULL;
}

/* The pool of one server stays exhausted: the others do not wait with it, wherever they stand. */
static void test_b04_pool_of_one_exhausted(void **state)
{
    enum { BUSY = 3 };
    static const char *const names[] = {"a", "b", "c", "busy", "d", "e", "f"};
    fake *busy = fake_start("HELLO\nSERVE 1\nREAD 1\nWAIT\nSEND '+PONG\\r\\n'\nSERVE\n");
    fake *good = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS);
    rp_future *counts[COUNT(names)];
    rp_status held = RP_NOT_READY;
    pthread_t holder;
    (void)state;

    /* The thread's connection goes without the hooks, which are for one thread. */
    rpi_set_transport(NULL);
    assert_int_equal(rp_connect("busy", fake_url(busy), .pool_size = 1), RP_OK);
    check_incr("busy", "busy", 1);
    hook_transport();
    assert_int_equal(pthread_create(&holder, NULL, hold_connection, &held), 0);
    fake_wait_commands(busy, 3);
    for (size_t i = 0; i < COUNT(names); i++) {
        counts[i] = nested_incr(p, names[i], names[i]);
        if (i == BUSY)
            continue;
        assert_int_equal(rp_connect(names[i], fake_url(good), .pool_size = 1), RP_OK);
        check_incr(names[i], names[i], 1);
        hook_owe(strlen(":2\r\n"));
    }
    hook_await_owed();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_string_equal(rp_last_error()->connection, "busy");
    assert_int_equal(rp_last_error()->index, BUSY);
    for (size_t i = 0; i < COUNT(names); i++) {
        if (i == BUSY)
            check_lost(counts[i], RP_NOT_SENT, RP_TIMEOUT);
        else
            check_value(counts[i], true, 2);
    }
    fake_release(busy);
    pthread_join(holder, NULL);
    assert_int_equal(held, RP_OK);
    for (size_t i = 0; i < COUNT(names); i++)
        check_incr(names[i], names[i], i == BUSY ? 2 : 3);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(busy);
    fake_stop(good);
}

/* -- B05 ----------------------------------------------------------------------------------------------------------- */

/* What the middle one of three servers does when it should answer the second of its two commands. */
static const struct {
    const char *script;
    rp_status status;
} faults[] = {
    {"CLOSE\n", RP_CONNECTION_ERROR},
    {"RESET\n", RP_CONNECTION_ERROR},
    {"HALFCLOSE\n", RP_CONNECTION_ERROR},
    {"SEND '$5\\r\\nhel'\nCLOSE\n", RP_CONNECTION_ERROR},
    {"SEND '@garbage\\r\\n'\n", RP_PROTOCOL_ERROR},
    {"SEND '$3\\r\\nhello\\r\\n'\n", RP_PROTOCOL_ERROR},
    {"SEND '*1000000000\\r\\n'\n", RP_PROTOCOL_ERROR},
    {"SEND '\\0'\n", RP_PROTOCOL_ERROR},
};

static void check_fault(size_t i, bool parallel, bool collect)
{
    static const char *const names[] = {"a", "bad", "b"};
    fake *fakes[3];
    rp_pipe *p = rp_pipeline(NULL, .collect = collect);
    rp_future *counts[6];
    char script[200];
    int calls = 0;

    rp_set_parallel(parallel);
    snprintf(script, sizeof script, "HELLO\nSERVE 2\nREAD 1\n%sCONNECTION *\nSERVE\n", faults[i].script);
    for (size_t k = 0; k < 3; k++) {
        fakes[k] = fake_start(k == 1 ? script : "HELLO\nSERVE\n");
        connect_warm(names[k], fakes[k]);
    }
    rp_on_execute(p, count_call, &calls);
    for (size_t k = 0; k < COUNT(counts); k++)
        counts[k] = nested_incr(p, names[k % 3], "k");
    assert_int_equal(rp_execute(p), faults[i].status);
    assert_int_equal(rp_last_error()->index, 4);
    assert_string_equal(rp_last_error()->connection, "bad");
    assert_int_equal(calls, 0);
    for (size_t k = 0; k < COUNT(counts); k++) {
        if (k == 4)
            check_lost(counts[k], RP_UNKNOWN, faults[i].status);
        else
            check_value(counts[k], collect, (int64_t)k / 3 + 1);
    }
    rp_free(p);
    check_incr("a", "k", 3);
    check_incr("b", "k", 3);
    check_incr("bad", "k", 2);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(fake_connections(fakes[k]), k == 1 ? 2 : 1);
    rp_disconnect_all();
    for (size_t k = 0; k < 3; k++)
        fake_stop(fakes[k]);
}

static void test_b05_one_breaks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++)
        for (int mode = 0; mode < 4; mode++)
            check_fault(i, mode & 1, mode & 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_b02_some_refuse),
        HOOK_TEST(test_b02_all_refuse),
        HOOK_TEST(test_b04_one_hangs),
        HOOK_TEST(test_b04_no_time_left_for_the_next),
        HOOK_TEST(test_b04_pool_of_one_exhausted),
        HOOK_TEST(test_b05_one_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
