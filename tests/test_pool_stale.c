/* Notes. Connections that the pool must not keep, though they are open and in step: after an answer that says that the
 * server behind them is another one now, or in another state, and after rp_refresh. How many connections the fake saw
 * tells whether one was used again; where two have to be idle at the same time, they are taken from the pool
 * by hand. */
#define _GNU_SOURCE 1
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "route/registry.h"
#include "support/live.h"
#include "support/raw.h"
#include "test_connection.h"

#define NEXT "CONNECTION *\nSERVE\n"

static void make_ready(rpi_conn *conn)
{
    while (conn->state != RPI_CONN_READY) {
        struct pollfd one = {.fd = conn->fd, .events = rpi_conn_events(conn)};

        assert_int_equal(poll(&one, 1, HOOK_PATIENCE_MS), 1);
        rpi_conn_step(conn);
        assert_int_not_equal(conn->state, RPI_CONN_FAILED);
    }
}

/* One more connection of the name, ready; *server holds a reference. */
static rpi_conn *take(const char *name, rpi_server **server)
{
    rpi_conn *conn;

    *server = rpi_registry_find(name);
    assert_non_null(*server);
    assert_int_equal(rpi_server_take(*server, INT64_MAX, &conn), RP_OK);
    make_ready(conn);
    return conn;
}

static void give(rpi_server *server, rpi_conn *conn)
{
    rpi_server_give(server, conn, true);
    rpi_registry_release(server);
}

/* Two idle ones, of which the second is used first. */
static void open_two(const char *name)
{
    rpi_server *servers[2];
    rpi_conn *first = take(name, &servers[0]), *second = take(name, &servers[1]);

    give(servers[0], first);
    give(servers[1], second);
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *error, *code;
    unsigned closed; /* of the two that are open */
} answers[] = {
    {"NOAUTH Authentication required.", "NOAUTH", 2},
    {"NOAUTH", "NOAUTH", 2},
    {"READONLY You can\\'t write against a read only replica.", "READONLY", 2},
    {"READONLY You can\\'t write against a read only replica. script: 1, on @user_script:1.", "READONLY", 2},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to \\'no\\'.", "MASTERDOWN", 2},
    {"LOADING Redis is loading the dataset in memory", "LOADING", 1},
    {"NOAUTHS of that kind", "NOAUTHS", 0},
    {"ERR READONLY", "ERR", 0},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE", 0},
};

/* The first command is answered with the error, as the script says it. How many of the two connections that were open
 * are given to the executes that come? */
static void check_kept(const char *script, size_t row, bool transaction, bool collect)
{
    char text[700];
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .collect = collect);
    rp_future *value = rp_incr(p, "k");
    rpi_server *servers[2];
    rpi_conn *conns[2];
    fake *f;

    snprintf(text, sizeof text, script, answers[row].error);
    f = fake_start(text);
    assert_int_equal(rp_connect("users", fake_url(f), .transaction = transaction), RP_OK);
    open_two("users");
    assert_int_equal(rp_execute(p), collect ? RP_OK : RP_SERVER_ERROR);
    if (collect)
        assert_int_equal(rp_kind_of(value), RP_ERROR);
    else
        assert_string_equal(rp_last_error()->code, answers[row].code);
    rp_free(p);
    for (int i = 0; i < 2; i++)
        conns[i] = take("users", &servers[i]);
    if (fake_connections(f) != 2 + answers[row].closed)
        fail_msg("%s: %u connections", answers[row].error, fake_connections(f));
    for (int i = 0; i < 2; i++)
        give(servers[i], conns[i]);
    rp_disconnect("users");
    fake_stop_any(f);
}

static void test_stale_answers_that_end_connections(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(answers); row++)
        for (int collect = 0; collect < 2; collect++)
            check_kept("HELLO\nSERVE\nCONNECTION\nHELLO\nREAD 1\nSEND '-%s\\r\\n'\nSERVE\n" NEXT, row, false, collect);
}

/* Refused while queueing, or in the reply of EXEC. */
static void test_stale_answers_in_transactions(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(answers); row++) {
        check_kept(
            "HELLO\nSERVE\nCONNECTION\nHELLO\nREAD 3\nSEND '+OK\\r\\n-%s\\r\\n-EXECABORT no\\r\\n'\nSERVE\n" NEXT, row,
            true, false);
        check_kept(
            "HELLO\nSERVE\nCONNECTION\nHELLO\nREAD 3\nSEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n-%s\\r\\n'\nSERVE\n" NEXT,
            row, true, true);
    }
}

/* The connection that keys are watched on is lost then, and is not replaced by one on which nothing is watched. */
static void test_stale_answers_to_a_session(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(answers); row++) {
        bool closed = answers[row].closed > 0;
        char text[500];
        rp_pipe *reads, *writes;
        fake *f;

        snprintf(text, sizeof text,
                 "HELLO\nREAD 2\nSEND '+OK\\r\\n-%s\\r\\n'\nREPEAT %d\nREAD 3\n"
                 "SEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n:1\\r\\n'\nEND\nSERVE\n" NEXT,
                 answers[row].error, !closed);
        f = fake_start(text);
        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        reads = rp_watch("users", "k");
        rp_get(reads, "k");
        assert_int_equal(rp_execute(reads), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, answers[row].code);
        writes = rp_multi(reads);
        rp_incr(writes, "k");
        assert_int_equal(rp_execute(writes), closed ? RP_CONNECTION_ERROR : RP_OK);
        rp_free(writes);
        rp_free(reads);
        check_echo("users", 1);
        assert_int_equal(fake_connections(f), closed ? 2 : 1);
        rp_disconnect("users");
        fake_stop_any(f);
    }
}

/* Many executes that fail at the same time must not close what was opened after the first of them. */
static void test_stale_new_connections_are_not_suspect(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\nCONNECTION\nHELLO\nSERVE\nCONNECTION\nHELLO\nSERVE\n");
    rpi_server *servers[2];
    rpi_conn *conns[2];
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    for (int i = 0; i < 2; i++)
        conns[i] = take("users", &servers[i]);
    rpi_server_suspect(servers[0], conns[0]);
    check_echo("users", 1);
    rpi_server_suspect(servers[1], conns[1]);
    check_echo("users", 2);
    assert_int_equal(fake_connections(f), 3);
    for (int i = 0; i < 2; i++)
        give(servers[i], conns[i]);
    check_echo("users", 3);
    assert_int_equal(fake_connections(f), 3);
    rp_disconnect("users");
    fake_stop(f);
}

/* What the server calls the connection that an execute gets. */
static int64_t client_id(const char *name)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *id = rp_client_id(p);
    int64_t number;

    assert_int_equal(rp_execute(p), RP_OK);
    number = rp_int(id);
    rp_free(p);
    return number;
}

static void check_new_after(const char *name, const char *code, bool write)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    int64_t before = client_id(name);

    assert_int_equal(client_id(name), before);
    if (write)
        rp_set(p, "k", "v");
    else
        rp_get(p, "k");
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, code);
    assert_int_not_equal(client_id(name), before);
    rp_free(p);
}

static void test_stale_live_master_becomes_a_replica(void **state)
{
    live *l = live_start(NULL);
    int fd;
    (void)state;

    live_want(l);
    fd = raw_connect(live_url(l));
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "tcp" : "unix";

        assert_int_equal(rp_connect(name, i ? live_tcp_url(l) : live_url(l)), RP_OK);
        RAW_SEND(fd, "REPLICAOF 127.0.0.1 1\r\n");
        RAW_WANT(fd, "+OK\r\n");
        check_new_after(name, "READONLY", true);
        RAW_SEND(fd, "CONFIG SET replica-serve-stale-data no\r\n");
        RAW_WANT(fd, "+OK\r\n");
        check_new_after(name, "MASTERDOWN", false);
        RAW_SEND(fd, "CONFIG SET replica-serve-stale-data yes\r\nREPLICAOF NO ONE\r\n");
        RAW_WANT(fd, "+OK\r\n+OK\r\n");
    }
    close(fd);
    rp_disconnect_all();
    live_stop(l);
}

/* -- rp_refresh ---------------------------------------------------------------------------------------------------- */

static void test_refresh_closes_what_is_idle(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\nCONNECTION\nHELLO\nSERVE\n" NEXT);
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(rp_refresh("users"), RP_OK); /* nothing is open yet */
    open_two("users");
    check_echo("users", 1);
    assert_int_equal(rp_refresh("users"), RP_OK);
    fake_wait_closed(f);
    check_echo("users", 2);
    check_echo("users", 3);
    assert_int_equal(fake_connections(f), 3);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_refresh_of_what_is_not_bound(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_refresh(NULL), RP_OK);
    assert_int_equal(rp_refresh("users"), RP_OK);
    assert_int_equal(rp_refresh(""), RP_OK);
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 1);
    assert_int_equal(rp_refresh(NULL), RP_OK);
    check_echo("users", 2);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect("users");
    fake_stop(f);
}

/* -- in use at that time -- */

typedef struct waiting {
    pthread_t thread;
    rp_status status;
    bool right;
} waiting;

static void *wait_for_echo(void *arg)
{
    waiting *w = arg;
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *echo = rp_echo(p, "x");

    w->status = rp_execute(p);
    w->right = rp_equal(echo, "x");
    rp_free(p);
    return NULL;
}

static void test_refresh_closes_what_is_in_use_later(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nWAIT\nSEND '$1\\r\\nx\\r\\n'\nSERVE\n" NEXT);
    waiting w = {0};
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(pthread_create(&w.thread, NULL, wait_for_echo, &w), 0);
    fake_wait_commands(f, 2);
    assert_int_equal(rp_refresh("users"), RP_OK);
    fake_release(f);
    pthread_join(w.thread, NULL);
    assert_int_equal(w.status, RP_OK);
    assert_true(w.right);
    fake_wait_closed(f);
    check_echo("users", 1);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop(f);
}

/* One that was being opened may have reached the server that was. */
static void test_refresh_while_opening(void **state)
{
    fake *f = fake_start("WAIT\nHELLO\nSERVE\n" NEXT);
    rpi_server *server;
    rpi_conn *conn;
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    server = rpi_registry_find("users");
    assert_int_equal(rpi_server_take(server, INT64_MAX, &conn), RP_OK);
    assert_int_equal(rp_refresh("users"), RP_OK);
    fake_release(f);
    make_ready(conn);
    give(server, conn);
    fake_wait_closed(f);
    check_echo("users", 1);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_stale_answers_that_end_connections),
        KIT_TEST(test_stale_answers_in_transactions),
        KIT_TEST(test_stale_answers_to_a_session),
        KIT_TEST(test_stale_new_connections_are_not_suspect),
        KIT_TEST(test_stale_live_master_becomes_a_replica),
        KIT_TEST(test_refresh_closes_what_is_idle),
        KIT_TEST(test_refresh_of_what_is_not_bound),
        KIT_TEST(test_refresh_closes_what_is_in_use_later),
        KIT_TEST(test_refresh_while_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
