/* Notes. rp_command_of: what a future's command was; rp_queue_again: the same once more, with all that the engine must
 * know of it. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "support/sheet.h"
#include "test_connection.h"

static void check_command(const rp_future *f, const char *words)
{
    check_shown(rp_command_of(f), words);
}

/* Before the execute, after it, and where it failed; of typed commands, of others, with any bytes. */
static void test_command_of_every_future(void **state)
{
    static const char large[3000] = "large";
    fake *f = fake_start("HELLO\nREAD 4\nSEND '+OK\\r\\n'\nCLOSE\n");
    rp_pipe *p = rp_pipeline(NULL), *nested = rp_pipeline(p);
    const rp_value *words;
    rp_future *futures[4];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    futures[0] = rp_set(p, rp_b("k\0\r\n", 4), 1.5, .ex = 60);
    futures[1] = rp_command(nested, "MY.COMMAND", "", -7);
    futures[2] = rp_config_get(nested, "max*");
    assert_int_equal(rp_execute(nested), RP_OK);
    futures[3] = rp_echo(p, rp_b(large, sizeof large));
    for (int turn = 0; turn < 2; turn++) {
        check_command(futures[0], "['SET', 'k\\x00\\r\\n', '1.5', 'EX', '60']");
        check_command(futures[1], "['MY.COMMAND', '', '-7']");
        check_command(futures[2], "['CONFIG', 'GET', 'max*']");
        words = rp_command_of(futures[3]);
        assert_int_equal(rp_len(words), 2);
        assert_int_equal(rp_len(rp_at(words, 1)), sizeof large);
        assert_memory_equal(rp_str(rp_at(words, 1)), large, sizeof large);
        if (turn == 0)
            assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    }
    rp_free(nested);
    rp_free(p);
    fake_stop(f);
}

/* Of what is no command's there is none: values inside of one, futures of one's own, refused calls. */
static void test_command_of_what_is_none(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '*1\\r\\n+v\\r\\n'\n");
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *list = rp_echo(p, 1), *own = rp_future_new(p);
    const rp_value *none[4];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    check_command(list, "['ECHO', '1']");
    none[0] = rp_at(list, 0);
    none[1] = own;
    none[2] = NULL;
    none[3] = rp_get(p, (const char *)NULL);
    for (size_t i = 0; i < COUNT(none); i++) {
        rp_clear(NULL);
        assert_null(rp_command_of(none[i]));
        assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
        assert_int_equal(rp_status_of(rp_queue_again(NULL, none[i])), RP_INVALID_VALUE);
    }
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    rp_ping(p);
    rp_queue_again(p, own);
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    assert_int_equal(rp_error_of(p)->index, 1);
    check_says("rp_queue_again");
    rp_free(p);
    fake_stop(f);
}

/* What a function returned by itself has its command too. */
static void test_command_of_a_returned_future(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nCLOSE\nCONNECTION\nHELLO\nEXPECT INCR k\nSEND ':7\\r\\n'\n");
    rp_pipe *p = rp_autoexec(NULL);
    rp_future *alone, *again;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    alone = rp_return(p, rp_command(p, "INCR", "k"));
    assert_int_equal(rp_outcome_of(alone), RP_UNKNOWN);
    check_command(alone, "['INCR', 'k']");
    p = rp_pipeline(NULL);
    again = rp_queue_again(p, alone);
    rp_release(alone);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(again), 7);
    check_command(again, "['INCR', 'k']");
    rp_free(p);
    fake_stop(f);
}

/* What was not sent is queued again, in order, on another pipeline; shapes and words are as they were. */
static void test_queue_again_what_was_not_sent(void **state)
{
    fake *f = fake_start(
        "READ 1\nSEND '-DENIED no\\r\\n'\nSTALL\nCONNECTION\nHELLO\n"
        "EXPECT ZRANGE z 0 -1 WITHSCORES\nEXPECT INFO\nEXPECT HGETALL h\nEXPECT MY.COMMAND 'a b'\n"
        "SEND '*2\\r\\n$1\\r\\nm\\r\\n$3\\r\\n1.5\\r\\n$4\\r\\na:b\\n\\r\\n*2\\r\\n+f\\r\\n+v\\r\\n*0\\r\\n'\n");
    static const char *const values[] = {"[['m', 1.5]]", "{'a': 'b'}", "{'f': 'v'}", "[]"};
    rp_pipe *first = rp_pipeline(NULL), *second = rp_pipeline(NULL);
    rp_future *futures[4], *again[4];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    futures[0] = rp_zrange(first, "z", 0, -1, .withscores = true);
    futures[1] = rp_info(first);
    futures[2] = rp_hgetall(first, "h");
    futures[3] = rp_command(first, "MY.COMMAND", "a b");
    assert_int_equal(rp_execute(first), RP_CONNECTION_ERROR);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), RP_NOT_SENT);
        again[i] = rp_queue_again(second, futures[i]);
    }
    rp_free(first);
    assert_int_equal(rp_execute(second), RP_OK);
    for (size_t i = 0; i < 4; i++)
        check_shown(again[i], values[i]);
    rp_free(second);
    fake_stop(f);
}

/* That it blocks for ever, calls a script, or may not stand in a pipeline is known of it again. */
static void test_queue_again_is_a_call_as_any_other(void **state)
{
    rp_script *script = rp_script_new("return 1");
    fake *f = fake_start(
        "READ 1\nSEND '-DENIED no\\r\\n'\nSTALL\nCONNECTION\nHELLO\nEXPECT EVAL 'return 1' 1 k\nSEND ':1\\r\\n'\n");
    rp_pipe *first = rp_pipeline(NULL, .timeout_ms = -1), *second = rp_pipeline(NULL), *watch = rp_watch(NULL, "k");
    rp_future *called, *blocking, *again;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    called = rp_script_run(first, script, .keys = RP_LIST("k"));
    blocking = rp_command(first, "BLPOP", "l", 0);
    rp_script_free(script);
    rp_clear(first); /* keeps what it forgets, until the next one */
    again = rp_queue_again(second, called);
    assert_int_equal(rp_execute(second), RP_CONNECTION_ERROR);
    called = rp_queue_again(second, again);
    assert_int_equal(rp_execute(second), RP_OK);
    assert_int_equal(rp_int(called), 1);
    rp_queue_again(second, blocking);
    assert_int_equal(rp_execute(second), RP_INVALID_OPERATION);
    check_says("block for ever");
    rp_free(watch);
    rp_free(first);
    rp_free(second);
    fake_stop(f);
}

static void test_queue_again_without_memory(void **state)
{
    (void)state;
    memory_watch();
    for (size_t nth = 1, failures = 1; failures; nth++) {
        rp_pipe *first = rp_pipeline(NULL), *second = rp_pipeline(NULL);
        rp_future *f = rp_echo(first, 1);
        const rp_value *words;

        memory_fail(nth, true);
        words = rp_command_of(f);
        rp_queue_again(second, f);
        failures = memory_failures();
        memory_fail(0, false);
        if (words)
            check_command(f, "['ECHO', '1']");
        assert_int_equal(rp_execute(second), failures ? RP_NO_MEMORY : RP_INVALID_PIPELINE);
        rp_free(first);
        rp_free(second);
    }
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_command_of_every_future),
        KIT_TEST(test_command_of_what_is_none),
        KIT_TEST(test_command_of_a_returned_future),
        KIT_TEST(test_queue_again_what_was_not_sent),
        KIT_TEST(test_queue_again_is_a_call_as_any_other),
        KIT_TEST(test_queue_again_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
