/* Notes. Peers that read or write slowly, or only by turns, and short writes. Deadlines are checked from below, and
 * from above by what the peer would take if nothing stopped it, which is many times as long. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/memory.h"
#include "test_connection.h"

enum { SOON_MS = 300, LONG_MS = 8000, MIB = 1024 * 1024 };

static int connect_with_a_small_buffer(int fd, const struct sockaddr *address, socklen_t size)
{
    int bytes = 2048;

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
    return rpi_plain_transport.connect(fd, address, size);
}

/* -- the peer stops reading ---------------------------------------------------------------------------------------- */

/* Some small commands, which are answered, and 64 of 1 MiB each. The fake reads `more` of them, and then nothing. */
static void check_stops_reading(fake *start_it(const char *), int answered, int more, bool collect)
{
    enum { MOST = 70 };
    const int depth = answered + 64;
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .collect = collect, .timeout_ms = SOON_MS);
    rp_future *futures[MOST];
    char *value = kit_alloc(MIB);
    char script[120];
    fake *f;
    int begun = 0;
    int64_t start;

    memset(value, 'v', MIB);
    snprintf(script, sizeof script, "HELLO\nSERVE 1\nSERVE %d\nREAD %d\nSTALL\nCONNECTION *\nSERVE\n", answered, more);
    f = start_it(script);
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 1);
    for (int i = 0; i < depth; i++)
        futures[i] = rp_set(p, i, rp_b(value, i < answered ? 1 : MIB));
    free(value);
    hook_owe((size_t)answered * strlen("+OK\r\n"));
    hook_await_owed();
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_last_error()->index, answered);
    for (int i = 0; i < answered; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
        assert_int_equal(rp_ready(futures[i]), collect);
        assert_true(!collect || rp_equal(futures[i], "OK"));
    }
    /* What was partly written is unknown; what no byte was written of has not run. There is some of either: sockets do
     * not hold 64 MiB. */
    for (int i = answered; i < depth; i++) {
        rp_outcome outcome = rp_outcome_of(futures[i]);

        assert_true(outcome == RP_UNKNOWN || outcome == RP_NOT_SENT);
        assert_int_equal(rp_status_of(futures[i]), RP_TIMEOUT);
        if (outcome == RP_UNKNOWN)
            assert_int_equal(++begun, i - answered + 1);
    }
    assert_in_range(begun, 1, 63);
    rp_free(p);
    check_echo("users", 2);
    assert_int_equal(fake_connections(f), 2);
    /* HELLO and ECHO of both connections; and nothing arrived that is not known to have been sent. */
    fake_wait_commands(f, 4 + (size_t)answered);
    assert_in_range(fake_commands(f), 4 + answered, 4 + answered + (begun < more ? begun : more));
    assert_true(fake_bytes(f) < (size_t)(begun + 1) * MIB);
    rp_disconnect("users");
    fake_stop_any(f);
}

static void test_c15_peer_never_reads(void **state)
{
    (void)state;
    check_stops_reading(fake_start, 0, 0, true);
}

static void test_c15_peer_stops_reading_after_some(void **state)
{
    (void)state;
    check_stops_reading(fake_start, 2, 3, true);
    check_stops_reading(fake_start_tcp, 2, 0, false);
}

/* -- the peer answers each command before it reads the next -------------------------------------------------------- */

static void test_c16_lockstep_with_40_mib_each_way(void **state)
{
    enum { DEPTH = 10000, SIZE = 4096, EXTRA = 4 * 1024 * 1024 };
    rp_pipe *p;
    rp_future **echoes = kit_alloc(DEPTH * sizeof(rp_future *));
    char text[SIZE + 1];
    fake *f = fake_start("HELLO\nLOCKSTEP 10000\nSERVE\n");
    (void)state;

    memset(text, 'e', SIZE);
    text[SIZE] = '\0';
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .timeout_ms = 60000);
    for (int i = 0; i < DEPTH; i++) {
        snprintf(text, 9, "%08d", i);
        text[8] = 'e';
        echoes[i] = rp_echo(p, text);
    }
    assert_int_equal(rp_execute(p), RP_OK);
    assert_in_range(memory_most_bytes(), 0, 2 * DEPTH * (SIZE + 64) + EXTRA);
    for (int i = 0; i < DEPTH; i++) {
        snprintf(text, 9, "%08d", i);
        text[8] = 'e';
        assert_true(rp_equal(echoes[i], text));
    }
    rp_free(p);
    free(echoes);
    assert_int_equal(fake_commands(f), DEPTH + 1);
    check_echo(NULL, 1);
    rp_disconnect(NULL);
    memory_unwatch();
    fake_stop(f);
}

/* -- the peer answers one byte at a time --------------------------------------------------------------------------- */

/* The execute's deadline holds although bytes come all the time: whole replies first, then a long one. */
static void check_drip(fake *f, size_t answered)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .collect = true, .timeout_ms = SOON_MS);
    rp_future *counts[3] = {rp_incr(p, "k"), rp_incr(p, "k"), rp_incr(p, "k")};
    int64_t start;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 1);
    hook_owe(answered * strlen(":1\r\n"));
    hook_await_owed();
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rp_outcome_of(counts[i]), i < answered ? RP_ANSWERED : RP_UNKNOWN);
        assert_int_equal(rp_status_of(counts[i]), i < answered ? RP_OK : RP_TIMEOUT);
    }
    assert_int_equal(rp_last_error()->index, answered);
    rp_free(p);
    check_echo("users", 2);
    assert_int_equal(fake_count(f, "k"), answered);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop_any(f);
}

#define TEN_SECONDS \
    "DRIP 100 " \
    "'+3456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-12345678\\r\\n'\n"

static void test_c17_one_byte_every_100_ms(void **state)
{
    (void)state;
    check_drip(fake_start("HELLO\nSERVE 1\nREAD 3\n" TEN_SECONDS "CONNECTION *\nSERVE\n"), 0);
    check_drip(fake_start_tcp("HELLO\nSERVE 1\nSERVE 2\nREAD 1\n" TEN_SECONDS "CONNECTION *\nSERVE\n"), 2);
}

/* -- short writes -------------------------------------------------------------------------------------------------- */

static size_t digits(size_t n)
{
    return n < 10 ? 1 : 1 + digits(n / 10);
}

/* Every byte arrives once and in order, though each write takes only a part. */
static void check_short_writes(fake *f)
{
    enum { DEPTH = 60, LONGEST = 8192 };
    static const char hello[] = "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n";
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *echoes[DEPTH];
    char *text = kit_alloc(LONGEST);
    size_t sizes[DEPTH], bytes = sizeof hello - 1;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < DEPTH; i++) {
        sizes[i] = i * i * 2 + 1;
        memset(text, (int)('0' + i), sizes[i]);
        echoes[i] = rp_echo(p, rp_b(text, sizes[i]));
        bytes += strlen("*2\r\n$4\r\nECHO\r\n$\r\n\r\n") + digits(sizes[i]) + sizes[i];
    }
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < DEPTH; i++) {
        memset(text, (int)('0' + i), sizes[i]);
        assert_true(rp_equal(echoes[i], rp_b(text, sizes[i])));
    }
    rp_free(p);
    free(text);
    assert_int_equal(fake_commands(f), DEPTH + 1);
    assert_int_equal(fake_bytes(f), bytes);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c20_short_writes_to_a_slow_reader(void **state)
{
    static rpi_transport_ops ops;
    (void)state;

    ops = rpi_plain_transport;
    ops.connect = connect_with_a_small_buffer;
    rpi_set_transport(&ops);
    check_short_writes(fake_start("SLOWREAD 7\nHELLO\nSERVE\n"));
    check_short_writes(fake_start_tcp("SLOWREAD 7\nHELLO\nSERVE\n"));
}

#define COMMAND "*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"

enum { SHORT_WRITE = 10 * (sizeof COMMAND - 1) };

static int sends; /* left: the last but one is short, before the last the peer has ended; then as ever */

static ssize_t send_short_then_late(int fd, struct iovec *parts, size_t count)
{
    struct pollfd end = {.fd = fd, .events = POLLRDHUP};

    if (sends == 2) {
        assert_true(parts[0].iov_len > SHORT_WRITE);
        parts[0].iov_len = SHORT_WRITE;
        count = 1;
    } else if (sends == 1) {
        assert_int_equal(poll(&end, 1, LONG_MS), 1);
    }
    sends -= sends > 0;
    return rpi_plain_transport.send(fd, parts, count);
}

/* The write fails when seven answers lie there unread: they count. */
static void check_reset_between_writes(fake *f)
{
    enum { DEPTH = 1000, ANSWERED = 7, WRITTEN = SHORT_WRITE / (sizeof COMMAND - 1) };
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *counts[DEPTH];

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    for (int i = 0; i < DEPTH; i++)
        counts[i] = rp_incr(p, "k");
    sends = 2;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(sends, 0);
    assert_int_equal(rp_last_error()->index, ANSWERED);
    for (int i = 0; i < ANSWERED; i++)
        assert_int_equal(rp_int(counts[i]), i + 1);
    for (int i = ANSWERED; i < DEPTH; i++) {
        assert_false(rp_ready(counts[i]));
        assert_int_equal(rp_outcome_of(counts[i]), i < WRITTEN ? RP_UNKNOWN : RP_NOT_SENT);
    }
    rp_free(p);
    assert_int_equal(fake_count(f, "k"), ANSWERED);
    check_echo(NULL, 2);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c09_rst_between_two_writes(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nSLOWREAD 7\nSERVE 7\nRESET\nCONNECTION *\nSERVE\n";
    static rpi_transport_ops ops;
    (void)state;

    ops = rpi_plain_transport;
    ops.send = send_short_then_late;
    rpi_set_transport(&ops);
    check_reset_between_writes(fake_start(script));
    check_reset_between_writes(fake_start_tcp(script));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_c15_peer_never_reads),
        HOOK_TEST(test_c15_peer_stops_reading_after_some),
        KIT_TEST(test_c16_lockstep_with_40_mib_each_way),
        HOOK_TEST(test_c17_one_byte_every_100_ms),
        HOOK_TEST(test_c20_short_writes_to_a_slow_reader),
        HOOK_TEST(test_c09_rst_between_two_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
