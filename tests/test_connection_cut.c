/* Notes. Connections that are cut while replies are on their way: after whole replies, within one, by FIN, by RST, by
 * silence. What was answered before the cut keeps its value, the rest is unknown, and nothing runs twice.
 *
 * Each connection of a fake begins with one tagged ECHO, answered: it tells that the connection made after the last cut
 * is in step. Where a test needs that all of it, the end included, has arrived before the client reads the first byte,
 * the transport waits for it: nothing depends on who is faster. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_connection.h"

enum { DEPTH = 10, SOON_MS = 300, SCRIPT_SIZE = 32768 };

/* The first `answered` commands were answered (with values where the pipeline collects), the rest is unknown. */
static void check_outcomes(rp_future *const *commands, size_t count, size_t answered, bool collect, rp_status why)
{
    for (size_t i = 0; i < count; i++) {
        bool arrived = i < answered;

        assert_int_equal(rp_outcome_of(commands[i]), arrived ? RP_ANSWERED : RP_UNKNOWN);
        assert_int_equal(rp_ready(commands[i]), arrived && collect);
        assert_int_equal(rp_status_of(commands[i]), !arrived ? why : collect ? RP_OK : RP_NOT_READY);
        assert_int_equal(rp_kind_of(commands[i]) == RP_PENDING, !(arrived && collect));
    }
}

/* A root of INCRs, one on each key, which the server executes and answers in part. */
static void check_incrs(const char *name, size_t answered, int64_t value, bool collect, rp_status status)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name, .collect = collect, .timeout_ms = status == RP_TIMEOUT ? SOON_MS : 0);
    rp_future *counts[DEPTH];
    char key[8];

    for (int i = 0; i < DEPTH; i++) {
        snprintf(key, sizeof key, "k%d", i);
        counts[i] = rp_incr(p, key);
    }
    if (status == RP_TIMEOUT) {
        hook_owe(answered * strlen(":1\r\n"));
        hook_await_owed();
    }
    assert_int_equal(rp_execute(p), status);
    if (status == RP_OK)
        collect = true;
    else
        assert_int_equal(rp_last_error()->index, answered);
    check_outcomes(counts, DEPTH, answered, collect, status);
    for (size_t i = 0; i < answered && collect; i++)
        assert_int_equal(rp_int(counts[i]), value);
    rp_free(p);
}

static void check_counts(fake *f, int64_t count)
{
    char key[8];

    for (int i = 0; i < DEPTH; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(fake_count(f, key), count);
    }
}

/* Connection n answers n of the commands, executes the others too, and ends. */
static fake *start_cutter(fake *start_it(const char *), const char *end)
{
    char script[DEPTH * 100 + 200];
    size_t size = 0;

    for (int n = 0; n <= DEPTH; n++)
        size += (size_t)snprintf(script + size, sizeof script - size,
                                 "HELLO\nSERVE 1\nSERVE %d\nEXECUTE %d\n%s\nCONNECTION%s\n", n, DEPTH - n, end,
                                 n < DEPTH ? "" : " *\nSERVE");
    assert_true(size < sizeof script - 1);
    return start_it(script);
}

/* With `at_once`, all that the fake sends and its end arrive before we read. So they do where all is answered: else the
 * end could come right before the next command is sent. */
static void check_cutter(fake *f, bool at_once, bool collect)
{
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    for (int n = 0; n <= DEPTH; n++) {
        check_echo("users", n);
        hook.receive_late = at_once || n == DEPTH;
        check_incrs("users", (size_t)n, n + 1, collect, n < DEPTH ? RP_CONNECTION_ERROR : RP_OK);
        check_counts(f, n + 1);
        assert_int_equal(fake_connections(f), n + 1);
    }
    check_echo("users", DEPTH + 1);
    assert_int_equal(fake_connections(f), DEPTH + 2);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_c08_fin_after_n_of_the_replies(void **state)
{
    (void)state;
    check_cutter(start_cutter(fake_start, "CLOSE"), false, true);
    check_cutter(start_cutter(fake_start_tcp, "CLOSE"), false, true);
    check_cutter(start_cutter(fake_start, "CLOSE"), true, false);
    check_cutter(start_cutter(fake_start_tcp, "CLOSE"), true, true);
}

static void test_c09_rst_after_n_of_the_replies(void **state)
{
    (void)state;
    check_cutter(start_cutter(fake_start_tcp, "RESET"), true, true);
    check_cutter(start_cutter(fake_start_tcp, "RESET"), true, false);
    check_cutter(start_cutter(fake_start, "RESET"), true, true);
}

/* Both sides have unread bytes when the connection is reset: the server most of the commands, we some replies. */
static void check_rst_unread(fake *f)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *counts[1000];

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    for (size_t i = 0; i < COUNT(counts); i++)
        counts[i] = rp_incr(p, "k");
    hook.receive_late = true;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    check_outcomes(counts, COUNT(counts), 7, true, RP_CONNECTION_ERROR);
    for (int i = 0; i < 7; i++)
        assert_int_equal(rp_int(counts[i]), i + 1);
    rp_free(p);
    assert_int_equal(fake_count(f, "k"), 7);
    check_echo(NULL, 2);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c09_rst_with_unread_bytes_on_both_sides(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nSLOWREAD 7\nSERVE 7\nRESET\nCONNECTION *\nSERVE\n";
    (void)state;
    check_rst_unread(fake_start(script));
    check_rst_unread(fake_start_tcp(script));
}

/* -- every byte ---------------------------------------------------------------------------------------------------- */

/* What a GET, an INCR and an LRANGE are answered, to be cut anywhere. */
static const char *const replies[] = {"$5\r\nhello\r\n", ":42\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n"};

static size_t all_bytes(void)
{
    return strlen(replies[0]) + strlen(replies[1]) + strlen(replies[2]);
}

/* How many replies are complete after so many bytes. */
static size_t complete_after(size_t bytes)
{
    size_t n = 0;

    for (size_t end = 0; n < COUNT(replies) && (end += strlen(replies[n])) <= bytes; n++)
        ;
    return n;
}

/* A step that sends the first `bytes` of the replies. */
static void print_send(FILE *out, size_t bytes)
{
    fputs("SEND '", out);
    for (size_t n = 0; n < COUNT(replies) && bytes; n++)
        for (const char *c = replies[n]; *c && bytes; c++, bytes--)
            fprintf(out, "\\x%02x", (unsigned)*c);
    fputs("'\n", out);
}

static void queue_three(rp_pipe *p, rp_future *futures[3])
{
    futures[0] = rp_get(p, "k");
    futures[1] = rp_incr(p, "n");
    futures[2] = rp_lrange(p, "l", 0, -1);
}

static void check_three(rp_future *const *futures, size_t bytes, rp_status why)
{
    size_t answered = complete_after(bytes);

    check_outcomes(futures, 3, answered, true, why);
    if (answered > 0)
        assert_true(rp_equal(futures[0], "hello"));
    if (answered > 1)
        assert_true(rp_equal(futures[1], 42));
}

/* Connection n is cut after n bytes. */
static void check_cut_everywhere(fake *start_it(const char *), const char *end)
{
    char *script = kit_alloc(SCRIPT_SIZE);
    FILE *out = fmemopen(script, SCRIPT_SIZE, "w");
    rp_future *futures[3];
    fake *f;

    for (size_t bytes = 0; bytes < all_bytes(); bytes++) {
        fputs("HELLO\nSERVE 1\nREAD 3\n", out);
        print_send(out, bytes);
        fprintf(out, "%s\nCONNECTION%s\n", end, bytes + 1 < all_bytes() ? "" : " *\nSERVE");
    }
    assert_int_equal(fclose(out), 0);
    f = start_it(script);
    free(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t bytes = 0; bytes < all_bytes(); bytes++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true);

        check_echo(NULL, (int)bytes);
        queue_three(p, futures);
        hook.receive_late = true;
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        assert_int_equal(rp_last_error()->index, complete_after(bytes));
        check_three(futures, bytes, RP_CONNECTION_ERROR);
        assert_int_equal(fake_connections(f), bytes + 1);
        rp_free(p);
    }
    check_echo(NULL, -1);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c10_cut_at_every_byte_by_fin(void **state)
{
    (void)state;
    check_cut_everywhere(fake_start, "CLOSE");
    check_cut_everywhere(fake_start_tcp, "CLOSE");
}

static void test_c10_cut_at_every_byte_by_rst(void **state)
{
    (void)state;
    check_cut_everywhere(fake_start, "RESET");
    check_cut_everywhere(fake_start_tcp, "RESET");
}

/* All offsets at once, each on a server of its own, so that one deadline does for all. */
static void test_c10_cut_at_every_byte_by_silence(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS);
    rp_future *futures[HOOK_MOST][3];
    fake *fakes[HOOK_MOST];
    char name[HOOK_MOST][16], script[1000];
    (void)state;

    assert_true(all_bytes() <= HOOK_MOST);
    for (size_t bytes = 0; bytes < all_bytes(); bytes++) {
        FILE *out = fmemopen(script, sizeof script, "w");
        rp_pipe *part;

        snprintf(name[bytes], sizeof name[bytes], "cut at %zu", bytes);
        part = rp_pipeline(p, .name = name[bytes]);
        fputs("HELLO\nSERVE 1\nREAD 3\n", out);
        print_send(out, bytes);
        fputs("STALL\nCONNECTION *\nSERVE\n", out);
        assert_int_equal(fclose(out), 0);
        fakes[bytes] = fake_start(script);
        assert_int_equal(rp_connect(name[bytes], fake_url(fakes[bytes])), RP_OK);
        check_echo(name[bytes], (int)bytes);
        hook_owe(bytes);
        queue_three(part, futures[bytes]);
        assert_int_equal(rp_execute(part), RP_OK);
        rp_free(part);
    }
    hook_await_owed();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_int_equal(rp_last_error()->index, 0);
    for (size_t bytes = 0; bytes < all_bytes(); bytes++) {
        check_three(futures[bytes], bytes, RP_TIMEOUT);
        check_echo(name[bytes], (int)bytes);
        assert_int_equal(fake_connections(fakes[bytes]), 2);
    }
    rp_free(p);
    rp_disconnect_all();
    for (size_t bytes = 0; bytes < all_bytes(); bytes++)
        fake_stop(fakes[bytes]);
}

/* -- late, and in time --------------------------------------------------------------------------------------------- */

static void check_late(fake *f, size_t answered, bool collect)
{
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 1);
    check_incrs("users", answered, 1, collect, RP_TIMEOUT);
    fake_release(f);
    check_echo("users", 2);
    assert_int_equal(fake_connections(f), 2);
    check_counts(f, 1);
    check_incrs("users", DEPTH, 2, collect, RP_OK);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_c14_reply_after_the_deadline(void **state)
{
    (void)state;
    check_late(fake_start("HELLO\nSERVE 1\nEXECUTE 10\nWAIT\nSEND 10 ':77\\r\\n'\nCONNECTION *\nSERVE\n"), 0, true);
    check_late(fake_start("HELLO\nSERVE 1\nSERVE 4\nEXECUTE 6\nWAIT\nSEND 6 ':77\\r\\n'\nCONNECTION *\nSERVE\n"), 4,
               true);
    check_late(fake_start_tcp("HELLO\nSERVE 1\nSERVE 4\nEXECUTE 6\nWAIT\nSEND 6 ':77\\r\\n'\nCONNECTION *\nSERVE\n"), 4,
               false);
}

static void test_c26_replies_and_fin_together(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nSERVE 10\nCLOSE\nCONNECTION *\nSERVE\n";
    (void)state;
    for (int i = 0; i < 4; i++) {
        fake *f = i % 2 ? fake_start(script) : fake_start_tcp(script);

        assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
        check_echo("users", 1);
        hook.receive_late = true;
        check_incrs("users", DEPTH, 1, i < 2, RP_OK);
        assert_false(hook.receive_late);
        check_echo("users", 2);
        assert_int_equal(fake_connections(f), 2);
        check_counts(f, 1);
        rp_disconnect("users");
        fake_stop(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_c08_fin_after_n_of_the_replies),
        HOOK_TEST(test_c09_rst_after_n_of_the_replies),
        HOOK_TEST(test_c09_rst_with_unread_bytes_on_both_sides),
        HOOK_TEST(test_c10_cut_at_every_byte_by_fin),
        HOOK_TEST(test_c10_cut_at_every_byte_by_rst),
        HOOK_TEST(test_c10_cut_at_every_byte_by_silence),
        HOOK_TEST(test_c14_reply_after_the_deadline),
        HOOK_TEST(test_c26_replies_and_fin_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
