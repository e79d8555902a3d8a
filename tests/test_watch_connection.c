/* Notes. The connection of an rp_watch: lost, scarce, and where it goes in the end (P29). The fake server counts
 * connections: a pipeline that comes later is on the old one or on a new one. */
#define _GNU_SOURCE 1
#include "test_watch.h"

#include "support/fake.h"

enum { SOON_MS = 200 };

static void kill_client(const rp_future *id)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "other");

    rp_command(p, "CLIENT", "KILL", "ID", id);
    assert_int_equal(rp_close(p), RP_OK);
}

static void test_watched_connection_is_killed(void **state)
{
    (void)state;
    connect_bank(NULL);
    for (int reads_first = 0; reads_first < 2; reads_first++) {
        rp_pipe *reads = rp_watch("bank", "n"), *writes = rp_multi(reads);
        rp_future *id = rp_command(reads, "CLIENT", "ID"), *elsewhere;
        rp_pipe *part;

        assert_int_equal(rp_execute(reads), RP_OK);
        kill_client(id);
        part = rp_autoexec(writes, .name = "other");
        elsewhere = rp_incr(part, "n");
        assert_int_equal(rp_close(part), RP_OK);
        if (reads_first)
            check_refused(reads, RP_CONNECTION_ERROR, "the watched connection was lost");
        check_refused(writes, RP_CONNECTION_ERROR, "the watched connection was lost");
        assert_int_equal(rp_outcome_of(elsewhere), RP_NOT_SENT);
        check_refused(writes, RP_CONNECTION_ERROR, "the watched connection was lost");
        check_refused(reads, RP_CONNECTION_ERROR, "the watched connection was lost");
        rp_free(writes);
        writes = rp_multi(reads);
        check_refused(writes, RP_CONNECTION_ERROR, "the watched connection was lost");
        rp_free(writes);
        rp_free(reads);
    }
    assert_int_equal(value_of_n(), 10);
    rp_disconnect_all();
}

static rp_status get_n(int timeout_ms)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "bank", .timeout_ms = timeout_ms);

    rp_get(p, "n");
    return rp_close(p);
}

static void test_watch_holds_the_only_connection(void **state)
{
    rp_pipe *reads, *writes;
    (void)state;

    connect_bank(&(rp_connect_opts){.pool_size = 1});
    reads = rp_watch("bank", "n");
    assert_int_equal(get_n(0), RP_OK);
    assert_int_equal(rp_execute(reads), RP_OK);
    assert_int_equal(get_n(SOON_MS), RP_TIMEOUT);
    writes = rp_multi(reads);
    rp_incr(writes, "n");
    assert_int_equal(rp_execute(writes), RP_OK);
    assert_int_equal(get_n(SOON_MS), RP_TIMEOUT);
    rp_free(reads);
    assert_int_equal(get_n(SOON_MS), RP_TIMEOUT);
    rp_free(writes);
    assert_int_equal(get_n(0), RP_OK);
    reads = rp_watch("bank", "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    rp_free(reads);
    assert_int_equal(get_n(0), RP_OK);
    rp_disconnect_all();
}

/* -- where it goes ------------------------------------------------------------------------------------------------- */

#define WATCHED "HELLO\nEXPECT WATCH n\nEXPECT GET n\nSEND '+OK\\r\\n$1\\r\\n1\\r\\n'\n"
#define TRANSACTION "EXPECT MULTI\nEXPECT INCR n\nEXPECT EXEC\n"
#define QUEUED "SEND '+OK\\r\\n+QUEUED\\r\\n'\n"

/* Reads, writes where that is wanted, frees both; another pipeline comes then. */
static void check_end(const char *script, bool write, rp_status written, unsigned connections)
{
    fake *f = fake_start(script);
    rp_pipe *reads, *writes;

    assert_int_equal(rp_connect("bank", fake_url(f)), RP_OK);
    reads = rp_watch("bank", "n");
    writes = rp_multi(reads);
    rp_get(reads, "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    if (write)
        rp_incr(writes, "n");
    assert_int_equal(rp_execute(writes), written);
    assert_int_equal(fake_connections(f), 1);
    if (written != RP_OK)
        check_refused(writes, connections > 1 ? RP_CONNECTION_ERROR : RP_INVALID_OPERATION, "make a new rp_watch");
    rp_free(reads);
    rp_free(writes);
    if (connections > 1)
        fake_wait_closed(f);
    reads = rp_autoexec(NULL, .name = "bank");
    rp_ping(reads);
    assert_int_equal(rp_close(reads), RP_OK);
    assert_int_equal(fake_connections(f), connections);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p29_back_in_the_pool_after_exec(void **state)
{
    (void)state;
    check_end(WATCHED TRANSACTION QUEUED "SEND '*1\\r\\n:2\\r\\n'\nSERVE\n", true, RP_OK, 1);
    check_end(WATCHED TRANSACTION QUEUED "SEND '*1\\r\\n-ERR no\\r\\n'\nSERVE\n", true, RP_SERVER_ERROR, 1);
    check_end(WATCHED TRANSACTION QUEUED "SEND '*-1\\r\\n'\nSERVE\n", true, RP_SERVER_ERROR, 1);
    check_end(WATCHED TRANSACTION QUEUED "SEND '-EXECABORT no\\r\\n'\nSERVE\n", true, RP_SERVER_ERROR, 1);
}

static void test_p29_closed_where_keys_may_be_watched(void **state)
{
    static const char again[] = "CONNECTION\nHELLO\nSERVE\n";
    char script[1000];
    (void)state;

    snprintf(script, sizeof script, WATCHED "%s", again);
    check_end(script, false, RP_OK, 2);
    snprintf(script, sizeof script, WATCHED TRANSACTION "SEND '-NOPERM a\\r\\n:2\\r\\n-ERR b\\r\\n'\n%s", again);
    check_end(script, true, RP_SERVER_ERROR, 2);
    snprintf(script, sizeof script, WATCHED TRANSACTION QUEUED "SEND '*0\\r\\n'\n%s", again);
    check_end(script, true, RP_PROTOCOL_ERROR, 2);
    snprintf(script, sizeof script, WATCHED TRANSACTION QUEUED "CLOSE\n%s", again);
    check_end(script, true, RP_CONNECTION_ERROR, 2);
}

/* Nothing is known to be watched: nothing may be written, and the connection is not used again. */
static void test_p29_watch_is_refused(void **state)
{
    fake *f = fake_start("HELLO\nEXPECT WATCH n\nSEND '-NOPERM no\\r\\n'\nCONNECTION\nHELLO\nSERVE\n");
    rp_pipe *reads, *writes;
    (void)state;

    assert_int_equal(rp_connect("bank", fake_url(f)), RP_OK);
    reads = rp_watch("bank", "n");
    writes = rp_multi(reads);
    assert_int_equal(rp_execute(reads), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "NOPERM");
    assert_int_equal(rp_last_error()->index, 0);
    check_refused(writes, RP_INVALID_OPERATION, "nothing is watched yet");
    rp_free(writes);
    rp_free(reads);
    fake_wait_closed(f);
    reads = rp_autoexec(NULL, .name = "bank");
    rp_ping(reads);
    assert_int_equal(rp_close(reads), RP_OK);
    rp_disconnect_all();
    fake_stop(f);
}

/* A try that lost goes on where it stood, on the same connection. */

static rp_status increment(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    (void)arg;
    rp_get(reads, "n");
    rp_incr(writes, "n");
    return RP_OK;
}

static void test_p29_tries_share_one_connection(void **state)
{
    fake *f =
        fake_start("HELLO\nREPEAT 3\nEXPECT WATCH n\nEXPECT GET n\nSEND '+OK\\r\\n$1\\r\\n1\\r\\n'\n" TRANSACTION QUEUED
                   "SEND '*-1\\r\\n'\nEND\n"
                   "EXPECT WATCH n\nEXPECT GET n\nSEND '+OK\\r\\n$1\\r\\n1\\r\\n'\n" TRANSACTION QUEUED
                   "SEND '*1\\r\\n:2\\r\\n'\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect("bank", fake_url(f), .pool_size = 1, .protocol = 2), RP_OK);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), increment, NULL, .attempts = 4), RP_OK);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect_all();
    fake_stop(f);
}

/* The name may be bound anew, or not at all, while the keys are watched. */
static void test_p29_disconnect_while_watching(void **state)
{
    fake *f = fake_start(WATCHED TRANSACTION QUEUED "SEND '*1\\r\\n:2\\r\\n'\n");
    rp_pipe *reads, *writes;
    rp_future *n;
    (void)state;

    assert_int_equal(rp_connect("bank", fake_url(f)), RP_OK);
    reads = rp_watch("bank", "n");
    rp_get(reads, "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    rp_disconnect("bank");
    writes = rp_multi(reads);
    n = rp_incr(writes, "n");
    assert_int_equal(rp_execute(writes), RP_OK);
    assert_int_equal(rp_int(n), 2);
    rp_free(reads);
    rp_free(writes);
    fake_wait_closed(f);
    fake_stop(f);
}

/* Something arrives that nobody asked for, or the server closes, while the program thinks. */
static void check_lost_between(const char *end)
{
    char script[500];
    rp_pipe *reads, *writes;
    fake *f;

    snprintf(script, sizeof script, WATCHED "WAIT\n%s", end);
    f = fake_start(script);
    assert_int_equal(rp_connect("bank", fake_url(f)), RP_OK);
    reads = rp_watch("bank", "n");
    writes = rp_multi(reads);
    rp_get(reads, "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    fake_release(f);
    hook_wait_end(hook.fd);
    check_refused(writes, RP_CONNECTION_ERROR, "the watched connection was lost");
    check_refused(reads, RP_CONNECTION_ERROR, "the watched connection was lost");
    rp_free(reads);
    rp_free(writes);
    rp_disconnect_all();
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

static void test_p29_lost_between_two_executes(void **state)
{
    (void)state;
    check_lost_between("CLOSE\n");
    check_lost_between("SEND '+QUEUED\\r\\n'\nCLOSE\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_watched_connection_is_killed),
        HOOK_TEST(test_watch_holds_the_only_connection),
        HOOK_TEST(test_p29_back_in_the_pool_after_exec),
        HOOK_TEST(test_p29_closed_where_keys_may_be_watched),
        HOOK_TEST(test_p29_watch_is_refused),
        HOOK_TEST(test_p29_tries_share_one_connection),
        HOOK_TEST(test_p29_disconnect_while_watching),
        HOOK_TEST(test_p29_lost_between_two_executes),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
