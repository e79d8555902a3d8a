/* Notes. More replies than commands, and fewer. A reply that nobody asked for means that peer and client are out of
 * step: what shows up by the end of a batch makes all of it unknown; what shows up later, while the connection is
 * idle, makes the next execute use another one. The tests wait for such bytes on the client's own socket. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <poll.h>

#include "net/transport.h"

#define NEXT "CONNECTION *\nSERVE\n"

/* -- the client's socket ------------------------------------------------------------------------------------------- */

static int client_fd; /* of the last connection made */

static int noting_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    client_fd = fd;
    return rpi_plain_transport.connect(fd, address, size);
}

static int note_sockets(void **state)
{
    static rpi_transport_ops ops;
    ops = rpi_plain_transport;
    ops.await = NULL; /* so that all bytes come through receive */
    ops.connect = noting_connect;
    rpi_set_transport(&ops);
    return kit_setup(state);
}

static int forget_sockets(void **state)
{
    int result = kit_teardown(state);
    rpi_set_transport(NULL);
    return result;
}

#define SOCKET_TEST(name) cmocka_unit_test_setup_teardown(name, note_sockets, forget_sockets)

static void wait_readable(void)
{
    struct pollfd p = {.fd = client_fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
}

/* -- W29: by the end of the batch ---------------------------------------------------------------------------------- */

/* Three INCRs that run and are answered, with something more behind. */
static void play_surplus(const char *surplus, const char *error, bool collect, int protocol)
{
    wire_batch b;
    char script[512];
    snprintf(script, sizeof script, "HELLO %d\nEXECUTE 3\nSEND ':1\\r\\n:2\\r\\n:3\\r\\n%s'\nSTALL\n" NEXT, protocol,
             surplus);
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .protocol = protocol), RP_OK);
    wire_increment(&b, 3, collect);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 0, error);
    wire_want_outcomes(&b, "UUU");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rp_status_of(b.futures[i]), RP_PROTOCOL_ERROR);
    rp_free(b.pipe);
    wire_want_next(f, 2);
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void test_w29_surplus_reply(void **state)
{
    static const char *const surplus[] = {
        ":4\\r\\n", "+OK\\r\\n", "-ERR x\\r\\n",     "$-1\\r\\n",        "*0\\r\\n", "*2\\r\\n:1\\r\\n", "$9\\r\\nabc",
        ":",        "+",         "|1\\r\\n+k\\r\\n", ":4\\r\\n:5\\r\\n", "_\\r\\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(surplus); i++) {
        play_surplus(surplus[i], "more replies than commands", true, 2 + (int)(i % 2));
        play_surplus(surplus[i], "more replies than commands", false, 3 - (int)(i % 2));
    }
}

static void test_w29_surplus_garbage(void **state)
{
    static const char *const garbage[] = {"\\r\\n", "?", "\\0", "HTTP/1.1 400 Bad Request\\r\\n", "\\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(garbage); i++)
        play_surplus(garbage[i], "the server broke the protocol", i % 2, 3);
    play_surplus(">1\\r\\n+push\\r\\n", "the server broke the protocol", true, 2);
    play_surplus(">1\\r\\n+push\\r\\n:4\\r\\n", "more replies than commands", true, 3);
}

/* A surplus reply within the batch shifts all that stand behind it; only the count at the end tells. */
static void test_w29_surplus_within_the_batch(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 1\nSEND ':1\\r\\n:1\\r\\n'\nEXECUTE 2\nSEND ':2\\r\\n:3\\r\\n'\nSTALL\n" NEXT);
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 3, true);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 0, "more replies than commands");
    wire_want_outcomes(&b, "UUU");
    rp_free(b.pipe);
    wire_want_next(f, 2);
    fake_stop(f);
}

/* More answers than commands were sent: the window is open for the first 1024 of them only. */
static void test_w29_answered_before_asked(void **state)
{
    enum { COMMANDS = 2000, WINDOW = 1024 };
    static wire_batch b;
    char letters[COMMANDS + 1] = "";
    fake *f = fake_start("HELLO\nREAD 1\nSEND 1500 ':1\\r\\n'\nSTALL\n" NEXT);
    (void)state;
    memset(letters, 'U', WINDOW);
    memset(letters + WINDOW, 'N', COMMANDS - WINDOW);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, COMMANDS, true);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 0, "an answer to a command that was not sent yet");
    wire_want_outcomes(&b, letters);
    rp_free(b.pipe);
    wire_want_next(f, 2);
    fake_stop(f);
}

static void test_w29_surplus_leaves_other_connections_alone(void **state)
{
    fake *bad = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n:2\\r\\n'\nSTALL\n" NEXT);
    fake *good = fake_start("SERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(bad)), RP_OK);
    assert_int_equal(rp_connect("good", fake_url(good)), RP_OK);
    rp_pipe *root = rp_pipeline(NULL, .name = "good", .collect = true);
    const rp_future *kept = rp_echo(root, "kept");
    rp_pipe *nested = rp_pipeline(root, .name = "wire");
    const rp_future *lost = rp_incr(nested, "k");
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_free(nested);
    assert_int_equal(rp_execute(root), RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 1, "more replies than commands");
    assert_string_equal(rp_str(kept), "kept");
    assert_int_equal(rp_outcome_of(lost), RP_UNKNOWN);
    rp_free(root);
    wire_want_next(bad, 2);
    assert_int_equal(fake_connections(good), 1);
    fake_stop(bad);
    fake_stop(good);
}

/* -- W29: later ---------------------------------------------------------------------------------------------------- */

/* A batch that is answered; then these bytes come while the connection is idle. */
static void play_idle(const char *bytes, int protocol, bool kept)
{
    wire_batch b;
    char script[512];
    snprintf(script, sizeof script, "HELLO\nEXECUTE 3\nSEND ':1\\r\\n:2\\r\\n:3\\r\\n'\nWAIT\nSEND '%s'\nSERVE\n" NEXT,
             bytes);
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .protocol = protocol), RP_OK);
    wire_increment(&b, 3, false);
    assert_int_equal(b.status, RP_OK);
    wire_want_outcomes(&b, "VVV");
    fake_release(f);
    wait_readable();
    wire_want_next(f, kept ? 1 : 2);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rp_int(b.futures[i]), i + 1);
    rp_free(b.pipe);
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void test_w29_surplus_while_idle(void **state)
{
    static const char *const surplus[] = {":4\\r\\n",    "-ERR timeout\\r\\n", "+", "?", "\\r\\n",
                                          "$5\\r\\nhel", "|1\\r\\n+k\\r\\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(surplus); i++)
        play_idle(surplus[i], 2 + (int)(i % 2), false);
}

/* Pushes may come at any time, but not on RESP2, not with anything behind, and not in part. */
static void test_w29_pushes_while_idle(void **state)
{
    (void)state;
    play_idle(">2\\r\\n+invalidate\\r\\n*1\\r\\n$1\\r\\nk\\r\\n", 3, true);
    play_idle(">1\\r\\n+a\\r\\n>1\\r\\n+b\\r\\n>1\\r\\n$0\\r\\n\\r\\n", 3, true);
    play_idle(">1\\r\\n+a\\r\\n", 2, false);
    play_idle(">1\\r\\n+a\\r\\n:4\\r\\n", 3, false);
    play_idle(">2\\r\\n+a\\r\\n", 3, false);
    play_idle(">0\\r\\n", 3, false);
    play_idle(">1\\r\\n:4\\r\\n", 3, false);
}

/* -- W29: before the first command --------------------------------------------------------------------------------- */

/* What comes unasked is taken for the answer to HELLO, which it is not: no command is sent. A line of text is shown. */
static void test_w29_banner(void **state)
{
    static const char *const banners[] = {
        "+OK\\r\\n",
        "+Welcome\\r\\n",
        ":1\\r\\n",
        "*0\\r\\n",
        "$-1\\r\\n",
        "%0\\r\\n",
        "220 smtp\\r\\n",
        "SSH-2.0-OpenSSH_9.2\\r\\n",
        "+OK\\r\\n%1\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n",
        "%1\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n%1\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n",
    };
    wire_batch b;
    char script[512];
    (void)state;
    for (size_t i = 0; i < COUNT(banners); i++) {
        snprintf(script, sizeof script, "SEND '%s'\nCONNECTION\nSEND '%s'\n" NEXT, banners[i], banners[i]);
        rp_status status = *banners[i] == '+' ? RP_CONNECTION_ERROR : RP_PROTOCOL_ERROR;
        fake *f = fake_start(script);
        assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
        for (int batch = 0; batch < 2; batch++) {
            wire_increment(&b, 3, batch);
            assert_int_equal(b.status, status);
            wire_want_error(status, 0, "handshake");
            wire_want_outcomes(&b, "NNN");
            rp_free(b.pipe);
        }
        wire_want_next(f, 3);
        assert_int_equal(fake_count(f, "k"), 0);
        fake_stop(f);
        assert_int_equal(rp_disconnect("wire"), RP_OK);
    }
}

/* -- W30 ----------------------------------------------------------------------------------------------------------- */

/* Three INCRs, of which the last is not answered. False: the machine was too slow, and the other two came too late
 * too. */
static bool play_missing_within(int timeout_ms, const char *script, const char *letters, bool collect)
{
    wire_batch b;
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .timeout_ms = timeout_ms), RP_OK);
    wire_increment(&b, 3, collect);
    assert_int_equal(b.status, RP_TIMEOUT);
    bool in_time = rp_last_error()->index == 2;
    if (in_time) {
        wire_want_error(RP_TIMEOUT, 2, "no answer in time, with 2 of 3 commands answered");
        wire_want_outcomes(&b, letters);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(rp_int(b.futures[i]), collect ? (int)i + 1 : 0);
        fake_release(f);
        fake_wait_closed(f);
        assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
        wire_want_next(f, 2);
        assert_int_equal(fake_count(f, "k"), 3);
        fake_stop(f);
    } else {
        fake_stop_any(f);
    }
    rp_free(b.pipe);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
    return in_time;
}

static void play_missing(const char *replies, const char *then, const char *letters, bool collect)
{
    char script[512];
    int timeout_ms = 50;
    snprintf(script, sizeof script, "HELLO\nEXECUTE 3\nSEND '%s'\n%s\n" NEXT, replies, then);
    while (!play_missing_within(timeout_ms, script, letters, collect)) {
        timeout_ms *= 5;
        assert_true(timeout_ms < 10000);
    }
}

static void test_w30_one_reply_too_few(void **state)
{
    (void)state;
    play_missing(":1\\r\\n:2\\r\\n", "STALL", "VVU", true);
    play_missing(":1\\r\\n:2\\r\\n", "STALL", "AAU", false);
    play_missing(":1\\r\\n:2\\r\\n$3\\r\\nab", "STALL", "VVU", true);
    play_missing(":1\\r\\n:2\\r\\n|1\\r\\n+k\\r\\n+v\\r\\n", "STALL", "VVU", true);
    play_missing(":1\\r\\n:2\\r\\n>1\\r\\n+push\\r\\n", "STALL", "AAU", false);
}

/* What comes after the deadline reaches nobody. */
static void test_w30_late_reply(void **state)
{
    (void)state;
    play_missing(":1\\r\\n:2\\r\\n", "WAIT\nSEND ':3\\r\\n'", "VVU", true);
    play_missing(":1\\r\\n:2\\r\\n:", "WAIT\nSEND '3\\r\\n'", "AAU", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOCKET_TEST(test_w29_surplus_reply),
        SOCKET_TEST(test_w29_surplus_garbage),
        SOCKET_TEST(test_w29_surplus_within_the_batch),
        SOCKET_TEST(test_w29_answered_before_asked),
        SOCKET_TEST(test_w29_surplus_leaves_other_connections_alone),
        SOCKET_TEST(test_w29_surplus_while_idle),
        SOCKET_TEST(test_w29_pushes_while_idle),
        SOCKET_TEST(test_w29_banner),
        SOCKET_TEST(test_w30_one_reply_too_few),
        SOCKET_TEST(test_w30_late_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
