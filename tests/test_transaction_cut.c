/* Notes. Transactions that break off (P12): at every byte of the answers, by silence, before EXEC has left; and those
 * beside a connection that fails. */
#define _GNU_SOURCE 1
#include "test_transaction.h"

enum { LARGE = 1024 * 1024, SOON_MS = 300 };

static void check_all(rp_future *const futures[COMMANDS], rp_outcome outcome, rp_status status)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), outcome);
        assert_int_equal(rp_status_of(futures[i]), status);
        assert_int_equal(rp_kind_of(futures[i]), RP_PENDING);
    }
}

static const char good[] = ALL_QUEUED "*3\r\n+OK\r\n$1\r\nv\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n";

/* Connection n gets n bytes of the answers, and its end. EXEC has left: all may have run until its answer is whole. */
static void check_cut_everywhere(const char *end, bool collect)
{
    char *script = kit_alloc(SCRIPT_SIZE);
    FILE *out = fmemopen(script, SCRIPT_SIZE, "w");
    size_t whole = sizeof good - 1;
    rp_future *futures[COMMANDS];
    fake *f;

    for (size_t bytes = 0; bytes <= whole; bytes++) {
        fprintf(out, "HELLO\n%s%s", echo_steps, three);
        print_send(out, good, bytes);
        fprintf(out, "%s\n%s", end, bytes < whole ? "CONNECTION\n" : "");
    }
    assert_int_equal(fclose(out), 0);
    f = fake_start(script);
    free(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    for (size_t bytes = 0; bytes <= whole; bytes++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = collect);

        check_echo_7(NULL);
        queue_three(p, futures);
        hook.receive_late = true;
        if (bytes < whole) {
            assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
            assert_int_equal(rp_last_error()->index, 0);
            check_says("with 0 of 3 commands answered");
            check_all(futures, RP_UNKNOWN, RP_CONNECTION_ERROR);
        } else {
            assert_int_equal(rp_execute(p), RP_OK);
            check_shown(futures[2], "{'f': '1'}");
        }
        rp_free(p);
    }
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p12_cut_at_every_byte(void **state)
{
    (void)state;
    check_cut_everywhere("CLOSE", false);
    check_cut_everywhere("RESET", true);
}

static void test_p12_silence(void **state)
{
    static const char *const replies[] = {"", "SEND '+OK\\r\\n+QUEUED\\r\\n'\n",
                                          "SEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n*3\\r\\n+OK\\r\\n'\n"};
    rp_future *futures[COMMANDS];
    char script[1000];
    (void)state;

    for (size_t i = 0; i < COUNT(replies); i++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS);
        fake *f;

        snprintf(script, sizeof script, "HELLO\n%s%s%sSTALL\n", echo_steps, three, replies[i]);
        f = fake_start(script);
        assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
        check_echo_7(NULL);
        queue_three(p, futures);
        assert_int_equal(rp_execute(p), RP_TIMEOUT);
        check_all(futures, RP_UNKNOWN, RP_TIMEOUT);
        rp_free(p);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* The first command is more than fits into the sockets, so that EXEC never leaves. */
static void check_not_left(const char *steps, rp_status why, rp_outcome first)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    char *large = memset(kit_alloc(LARGE), 'x', LARGE);
    rp_future *futures[COMMANDS];
    fake *f = fake_start(steps);

    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    futures[0] = rp_set(p, "k", rp_b(large, LARGE));
    futures[1] = rp_set(p, "k", rp_b(large, LARGE));
    futures[2] = rp_get(p, "k");
    assert_int_equal(rp_execute(p), why);
    assert_int_equal(rp_last_error()->index, 0);
    check_says("with 0 of 3 commands answered");
    for (size_t i = 0; i < COMMANDS; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), i ? RP_NOT_SENT : first);
        assert_int_equal(rp_status_of(futures[i]), why);
    }
    rp_free(p);
    free(large);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* Once MULTI was accepted nothing runs without EXEC. Where that is not known, or MULTI was refused, it may have. */
static void test_p12_exec_has_not_left(void **state)
{
    (void)state;
    check_not_left("HELLO\nEXPECT MULTI\nSEND '+OK\\r\\n'\nHALFCLOSE\nSTALL\n", RP_CONNECTION_ERROR, RP_NOT_SENT);
    check_not_left("HELLO\nEXPECT MULTI\nSEND '+OK\\r\\n@'\nSTALL\n", RP_PROTOCOL_ERROR, RP_NOT_SENT);
    check_not_left("HELLO\nEXPECT MULTI\nSEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n'\nSTALL\n", RP_PROTOCOL_ERROR,
                   RP_NOT_SENT);
    check_not_left("HELLO\nEXPECT MULTI\nHALFCLOSE\nSTALL\n", RP_CONNECTION_ERROR, RP_UNKNOWN);
    check_not_left("HELLO\nEXPECT MULTI\nSEND '+O'\nHALFCLOSE\nSTALL\n", RP_CONNECTION_ERROR, RP_UNKNOWN);
    check_not_left("HELLO\nEXPECT MULTI\nSEND '-ERR no\\r\\n'\nHALFCLOSE\nSTALL\n", RP_CONNECTION_ERROR, RP_UNKNOWN);
    check_not_left("READ 1\nCLOSE\n", RP_CONNECTION_ERROR, RP_NOT_SENT);
}

/* -- beside other connections -------------------------------------------------------------------------------------- */

/* What another connection's failure makes of a transaction that was answered. */
static void check_beside(bool collect)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .collect = collect), *part;
    char script[1000];
    rp_future *futures[COMMANDS], *lost;
    fake *broken = fake_start("HELLO\nREAD 1\nCLOSE\n"), *f;
    FILE *out = fmemopen(script, sizeof script, "w");

    fprintf(out, "HELLO\n%s", three);
    print_send(out, good, sizeof good - 1);
    fputs(echo_steps, out);
    assert_int_equal(fclose(out), 0);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(broken)), RP_OK);
    assert_int_equal(rp_connect("users", fake_url(f), .transaction = true), RP_OK);
    part = rp_pipeline(p);
    lost = rp_incr(part, "n");
    assert_int_equal(rp_execute(part), RP_OK);
    queue_three(p, futures);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(lost), RP_UNKNOWN);
    if (collect)
        check_shown(futures[2], "{'f': '1'}");
    else
        check_all(futures, RP_ANSWERED, RP_NOT_READY);
    rp_free(part);
    rp_free(p);
    check_echo_7("users");
    rp_disconnect_all();
    fake_stop(f);
    fake_stop(broken);
}

static void test_p12_beside_a_connection_that_fails(void **state)
{
    (void)state;
    check_beside(false);
    check_beside(true);
    rp_set_parallel(false);
    check_beside(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_p12_cut_at_every_byte),
        HOOK_TEST(test_p12_silence),
        HOOK_TEST(test_p12_exec_has_not_left),
        HOOK_TEST(test_p12_beside_a_connection_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
