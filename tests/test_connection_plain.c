/* Notes. Servers and proxies that hang up on HELLO: the connection is opened once more without it, in the same execute
 * and within the same time, and the name remembers. What is sent is checked word for word by the scripts: a HELLO where
 * none may come fails the fake. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <string.h>

#include "support/memory.h"
#include "test_connection.h"

#define PLAIN "EXPECT PING\nSEND '+PONG\\r\\n'\n"
#define OK "SEND '+OK\\r\\n'\n"

enum { SOON_MS = 200, LONG_MS = 4500 };

/* A reset at once is none of these: over TCP it may be the connect that fails. */
static const char *const hang_ups[] = {
    "CLOSE\n", "READ 1\nCLOSE\n", "READ 1\nRESET\n", "HALFCLOSE\nREAD 1\n", "SLOWREAD 1\nREAD 1\nCLOSE\n",
};

/* Starts the fake with a hang-up and what follows it. */
static fake *start_hung_up(size_t i, const char *rest, bool tcp)
{
    char script[400];

    snprintf(script, sizeof script, "%sCONNECTION\n%s", hang_ups[i], rest);
    return tcp ? fake_start_tcp(script) : fake_start(script);
}

/* One INCR that fails, and has not been sent. */
static void check_not_sent(const char *name, rp_status status)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *count = rp_incr(p, "k");

    assert_int_equal(rp_execute(p), status);
    assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
    rp_free(p);
}

static void test_plain_after_a_hang_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(hang_ups); i++) {
        fake *f = start_hung_up(i / 2, PLAIN "SERVE\nCONNECTION *\n" PLAIN "SERVE\n", i % 2);

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        check_incr("users", "k", 1);
        assert_int_equal(fake_connections(f), 2);
        check_incr("users", "k", 2);
        assert_int_equal(fake_connections(f), 2);
        for (unsigned more = 3; more < 5; more++) {
            rp_refresh("users");
            check_incr("users", "k", more);
            assert_int_equal(fake_connections(f), more);
        }
        rp_disconnect("users");
        fake_stop(f);
    }
}

/* It has closed before HELLO is sent. */
static void test_plain_after_a_broken_pipe(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        fake *f = start_hung_up(0, PLAIN "SERVE\n", tcp);

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        hook.send_late = true;
        check_incr("users", "k", 1);
        assert_int_equal(fake_connections(f), 2);
        rp_disconnect("users");
        fake_stop(f);
    }
}

static void test_plain_introduces_itself(void **state)
{
    fake *f = start_hung_up(
        2, "EXPECT AUTH jack s3cret\n" OK "EXPECT CLIENT SETNAME app\n" OK "EXPECT SELECT 3\n" OK "SERVE\n", false);
    char url[300];
    (void)state;

    snprintf(url, sizeof url, "unix://jack:s3cret@%s?db=3", fake_url(f) + strlen("unix://"));
    assert_int_equal(rp_connect("users", url, .client_name = "app"), RP_OK);
    check_incr("users", "k", 1);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_plain_speaks_resp2(void **state)
{
    fake *f = start_hung_up(1, PLAIN "READ 1\nSEND '>1\\r\\n+a\\r\\n:1\\r\\n'\n", false);
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_incr(p, "k");
    assert_int_equal(rp_execute(p), RP_PROTOCOL_ERROR);
    check_says("a push on a connection that speaks RESP2");
    rp_free(p);
    rp_disconnect(NULL);
    fake_stop(f);
}

/* Once more is once; and what failed twice is no knowledge. */
static void test_plain_is_tried_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(hang_ups); i++) {
        fake *f = start_hung_up(i / 2, "READ 1\nCLOSE\nCONNECTION\nHELLO 3\nSERVE\n", i % 2);

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        check_not_sent("users", RP_CONNECTION_ERROR);
        check_says("it hung up on HELLO; without it: closed by the server during the handshake, at PING");
        assert_int_equal(fake_connections(f), 2);
        check_incr("users", "k", 1);
        assert_int_equal(fake_connections(f), 3);
        rp_disconnect("users");
        fake_stop(f);
    }
}

/* It is the same connect. */
static void test_plain_within_the_same_time(void **state)
{
    fake *f = start_hung_up(1, "READ 1\nSTALL\nCONNECTION\nHELLO 3\nSERVE\n", false);
    int64_t start = kit_now_ms();
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f), .connect_timeout_ms = SOON_MS), RP_OK);
    check_not_sent("users", RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    check_says("PING");
    assert_int_equal(fake_connections(f), 2);
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_incr("users", "k", 1);
    rp_disconnect("users");
    fake_stop_any(f);
}

/* Something was said before the end: that is no server that takes HELLO for nonsense. */
static void test_plain_not_after_words(void **state)
{
    static const char *const scripts[] = {
        "READ 1\nSEND '%7\\r\\n$6\\r\\nserver'\nCLOSE\nCONNECTION\nHELLO 3\nSERVE\n",
        "READ 1\nSEND '>1\\r\\n+a\\r\\n'\nCLOSE\nCONNECTION\nHELLO 3\nSERVE\n",
        "READ 1\nSEND '-'\nCLOSE\nCONNECTION\nHELLO 3\nSERVE\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        fake *f = fake_start(scripts[i]);

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        check_not_sent("users", RP_CONNECTION_ERROR);
        check_says("closed by the server during the handshake, at HELLO");
        assert_int_equal(fake_connections(f), 1);
        check_incr("users", "k", 1);
        rp_disconnect("users");
        fake_stop(f);
    }
}

/* -- how long the name remembers ----------------------------------------------------------------------------------- */

/* Where the server can't be reached without HELLO any more, the next one begins with it again. */
static void test_plain_is_doubted(void **state)
{
    fake *f = start_hung_up(1, PLAIN "SERVE 1\nCLOSE\nCONNECTION\nREAD 1\nCLOSE\nCONNECTION\nHELLO 3\nSERVE\n", false);
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_incr("users", "k", 1);
    fake_wait_closed(f);
    check_not_sent("users", RP_CONNECTION_ERROR);
    check_says("at PING");
    check_incr("users", "k", 2);
    assert_int_equal(fake_connections(f), 4);
    rp_disconnect("users");
    fake_stop(f);
}

/* A server that has answered HELLO hung up because it was going down, or had too much to do. */
static void test_plain_is_not_remembered_of_a_server_that_knows_hello(void **state)
{
    fake *f = fake_start("HELLO 3\nSERVE 1\nCLOSE\nCONNECTION\nREAD 1\nCLOSE\nCONNECTION\n" PLAIN "SERVE 1\nCLOSE\n"
                         "CONNECTION\nHELLO 3\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    for (int i = 1; i <= 3; i++) {
        check_incr("users", "k", i);
        if (i < 3)
            fake_wait_closed(f);
    }
    assert_int_equal(fake_connections(f), 4);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_plain_is_forgotten_with_the_binding(void **state)
{
    fake *f = start_hung_up(1, PLAIN "SERVE\nCONNECTION\nHELLO 3\nSERVE\nCONNECTION\nHELLO 3\nSERVE\n", false);
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_incr("users", "k", 1);
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_incr("users", "k", 2);
    assert_int_equal(rp_connect("others", fake_url(f)), RP_OK);
    check_incr("others", "k", 3);
    rp_disconnect_all();
    fake_stop(f);
}

/* The nth allocation fails, for every n that there is: nothing is left of either attempt. */
static void test_plain_without_memory(void **state)
{
    (void)state;
    memory_watch();
    for (size_t nth = 1, failures = 1; failures; nth++) {
        fake *f = fake_start("READ 1\nCLOSE\nCONNECTION *\nSERVE\n");
        rp_pipe *p;
        rp_future *count;
        rp_status status;

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        p = rp_pipeline(NULL, .name = "users");
        count = rp_incr(p, "k");
        memory_fail(nth, false);
        status = rp_execute(p);
        failures = memory_failures();
        memory_fail(0, false);
        assert_int_equal(status, failures ? RP_NO_MEMORY : RP_OK);
        if (!failures)
            assert_int_equal(rp_int(count), 1);
        else if (rp_outcome_of(count) == RP_NOT_SENT)
            assert_int_equal(fake_count(f, "k"), 0);
        rp_free(p);
        rp_disconnect("users");
        fake_stop_any(f);
    }
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_plain_after_a_hang_up),
        HOOK_TEST(test_plain_after_a_broken_pipe),
        HOOK_TEST(test_plain_introduces_itself),
        HOOK_TEST(test_plain_speaks_resp2),
        HOOK_TEST(test_plain_is_tried_once),
        HOOK_TEST(test_plain_within_the_same_time),
        HOOK_TEST(test_plain_not_after_words),
        HOOK_TEST(test_plain_is_doubted),
        HOOK_TEST(test_plain_is_not_remembered_of_a_server_that_knows_hello),
        HOOK_TEST(test_plain_is_forgotten_with_the_binding),
        HOOK_TEST(test_plain_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
