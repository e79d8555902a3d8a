/* Notes. The time that commands may block comes on top of the execute's deadline (P16): a fake answers later than the
 * deadline alone would allow. Nothing else is held up meanwhile. */
#define _GNU_SOURCE 1
#include <stdio.h>

#include "test_connection.h"

#define ONE RP_LIST("a")

enum { SOON_MS = 200, LONG_MS = 8000 };

/* -- the deadline -------------------------------------------------------------------------------------------------- */

static const char late[] = "HELLO\nSERVE 1\nREAD 1\nDRIP 100 '*-1\\r\\n'\nSERVE\n";

static rp_future *queue_blpop(rp_pipe *p, double timeout)
{
    return rp_blpop_array(p, ONE, timeout);
}

static rp_future *queue_by_name(rp_pipe *p, double timeout)
{
    return rp_command(p, "blpop", "a", timeout);
}

/* Two levels down, behind another command. */
static rp_future *queue_nested(rp_pipe *p, double timeout)
{
    rp_pipe *part = rp_pipeline(p), *inner = rp_pipeline(part);
    rp_future *f;

    rp_incr(part, "n");
    f = rp_blpop_array(inner, ONE, timeout);
    assert_int_equal(rp_execute(inner), RP_OK);
    assert_int_equal(rp_execute(part), RP_OK);
    rp_free(inner);
    rp_free(part);
    return f;
}

static rp_future *(*const ways[])(rp_pipe *p, double timeout) = {queue_blpop, queue_by_name, queue_nested};

/* The answer takes 500 ms, the deadline is 200: so it would be too late. The deadline is the connection's, or the
 * pipeline's. */
static void check_added(rp_future *(*queue)(rp_pipe *p, double timeout), bool of_connection)
{
    char script[200];
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = of_connection ? 0 : SOON_MS);
    rp_future *blocked = queue(p, 5), *echo;
    int64_t start = kit_now_ms();
    fake *f;

    snprintf(script, sizeof script, "HELLO\n%sREAD 1\nDRIP 100 '*-1\\r\\n'\nSERVE\n",
             queue == queue_nested ? "SERVE 1\n" : "");
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .timeout_ms = of_connection ? SOON_MS : 0), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_kind_of(blocked), RP_NULL);
    rp_free(p);
    p = rp_pipeline(NULL, .timeout_ms = LONG_MS);
    echo = rp_echo(p, "in step");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(echo, "in step"));
    rp_free(p);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p16_time_is_added_to_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        check_added(ways[i], true);
        check_added(ways[i], false);
    }
}

/* The control: without a command that blocks, the same answer is too late. */
static void test_p16_other_commands_add_nothing(void **state)
{
    fake *f = fake_start(late);
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS);
    rp_future *popped = rp_lpop(p, "a");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_int_equal(rp_outcome_of(popped), RP_UNKNOWN);
    rp_free(p);
    fake_stop_any(f);
}

/* Several add up, since one waits for the other; and there is an end. What was answered before stays. */
static void test_p16_several_add_up(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 5\nSEND ':1\\r\\n*-1\\r\\n'\nSTALL\nCONNECTION *\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS, .collect = true), *part = rp_autoexec(p);
    rp_future *count = rp_incr(p, "n"), *first = rp_blpop_array(p, ONE, 0.3), *second = rp_brpop_array(part, ONE, 0.3);
    rp_future *third = rp_command(part, "XREAD", "BLOCK", "300", "STREAMS", "s", "$"), *last;
    int64_t start;
    (void)state;

    rp_close(part);
    last = rp_incr(p, "n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    hook_owe(strlen(":1\r\n*-1\r\n"));
    hook_await_owed();
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS + 900, LONG_MS);
    assert_int_equal(rp_last_error()->index, 2);
    assert_int_equal(rp_int(count), 1);
    assert_int_equal(rp_kind_of(first), RP_NULL);
    assert_int_equal(rp_outcome_of(second), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(third), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(last), RP_UNKNOWN);
    rp_free(p);
    check_echo(NULL, 2);
    fake_stop(f);
}

/* What was added is the batch's, not the pipeline's. */
static void test_p16_not_for_the_next_execute(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1\nSEND '*-1\\r\\n'\nREAD 1\nSTALL\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS);
    int64_t start;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    rp_blpop_array(p, ONE, 60);
    rp_clear(p);
    rp_blpop_array(p, ONE, 60);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_ping(p);
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    rp_free(p);
    fake_stop_any(f);
}

/* Inside a transaction nothing blocks, so nothing is added. */
static void test_p16_transactions_keep_their_deadline(void **state)
{
    fake *f = fake_start("HELLO\nREAD 3\nSTALL\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS);
    int64_t start = kit_now_ms();
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    rp_blpop_array(p, ONE, 60);
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    rp_free(p);
    fake_stop_any(f);
}

/* -- other connections --------------------------------------------------------------------------------------------- */

static fake *blocked;
static int answered_fd;

static ssize_t release_after_receive(int fd, void *buffer, size_t size)
{
    ssize_t n = rpi_plain_transport.receive(fd, buffer, size);

    if (blocked && fd == answered_fd && n > 0)
        fake_release(blocked);
    return n;
}

/* The first connection is answered only when the answer of the second has been read. */
static void test_p16_another_connection_goes_on(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1\nWAIT\nSEND '*-1\\r\\n'\n"), *g = fake_start("HELLO\nSERVE\n");
    static rpi_transport_ops ops; /* connections keep it */
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = LONG_MS), *part = rp_autoexec(p, .name = "other");
    rp_future *popped = rp_blpop_array(p, ONE, 60), *count = rp_incr(part, "n");
    (void)state;

    ops = rpi_plain_transport;
    ops.connect = hook_connect;
    ops.receive = release_after_receive;
    ops.await = NULL;
    rpi_set_transport(&ops);
    rp_close(part);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(g)), RP_OK);
    check_echo(NULL, 1);
    check_echo("other", 1);
    answered_fd = hook.fd;
    blocked = f;
    assert_int_equal(rp_execute(p), RP_OK);
    blocked = NULL;
    assert_int_equal(rp_kind_of(popped), RP_NULL);
    assert_int_equal(rp_int(count), 1);
    rp_free(p);
    fake_stop(f);
    fake_stop(g);
}

/* What blocks too long fails alone, with .collect; the deadline of the other connection is not moved. */
static void test_p16_another_connection_keeps_its_answers(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1\nSTALL\n"), *g = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS, .collect = true), *part = rp_autoexec(p, .name = "other");
    rp_future *popped = rp_blpop_array(p, ONE, 0.2), *count = rp_incr(part, "n");
    (void)state;

    rp_close(part);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(g)), RP_OK);
    check_echo(NULL, 1);
    hook_owe(0);
    check_echo("other", 1);
    hook_owe(strlen(":1\r\n"));
    hook_await_owed();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_int_equal(rp_last_error()->index, 0);
    assert_int_equal(rp_outcome_of(popped), RP_UNKNOWN);
    assert_int_equal(rp_int(count), 1);
    rp_free(p);
    check_echo("other", 2);
    assert_int_equal(fake_connections(g), 1);
    fake_stop_any(f);
    fake_stop(g);
}

static void test_p16_only_its_own_connection_waits_longer(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1\nSEND '*-1\\r\\n'\nSERVE\n"),
         *g = fake_start("HELLO\nSERVE 1\nREAD 1\nSTALL\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS, .collect = true), *part = rp_autoexec(p, .name = "other");
    rp_future *popped = rp_blpop_array(p, ONE, 60), *count = rp_incr(part, "n");
    int64_t start;
    (void)state;

    rp_close(part);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(g)), RP_OK);
    check_echo(NULL, 1);
    check_echo("other", 1);
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_kind_of(popped), RP_NULL);
    assert_int_equal(rp_outcome_of(count), RP_UNKNOWN);
    rp_free(p);
    fake_stop_any(f);
    fake_stop_any(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p16_time_is_added_to_the_deadline),
        KIT_TEST(test_p16_other_commands_add_nothing),
        HOOK_TEST(test_p16_several_add_up),
        KIT_TEST(test_p16_not_for_the_next_execute),
        KIT_TEST(test_p16_transactions_keep_their_deadline),
        HOOK_TEST(test_p16_another_connection_goes_on),
        HOOK_TEST(test_p16_another_connection_keeps_its_answers),
        KIT_TEST(test_p16_only_its_own_connection_waits_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
