/* Notes. Scripts in transactions, those that are freed before they are used or never used, and calls that
 * are refused. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_scripts.h"

#define COUNTER "return redis.call('INCR', KEYS[1])"

static rp_script *counter;

/* -- transactions -------------------------------------------------------------------------------------------------- */

/* Inside MULTI nothing can be healed: each execute begins with the whole script. */
static void test_in_transactions(void **state)
{
    steps s;
    rp_script *second = rp_script_new("return 2");
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\nREPEAT 3\nEXPECT MULTI\nEXPECT INCR n\n", s.out);
    expect_eval(&s, COUNTER, "1 k");
    expect_sha(&s, counter, "1 k");
    expect_eval(&s, "return 2", "0");
    expect_sha(&s, second, "0");
    fputs("EXPECT EXEC\nSEND '+OK\\r\\n'\nSEND 5 '+QUEUED\\r\\n'\nSEND "
          "'*5\\r\\n:1\\r\\n:2\\r\\n:3\\r\\n:4\\r\\n:5\\r\\n'\n"
          "END\n",
          s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    for (int i = 0; i < 3; i++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *futures[5];

        futures[0] = rp_incr(p, "n");
        futures[1] = rp_script_run(p, counter, .keys = RP_LIST("k"));
        futures[2] = rp_script_run(p, counter, .keys = RP_LIST("k"));
        futures[3] = rp_script_run(p, second);
        futures[4] = rp_script_run(p, second);
        check_execute(p);
        for (int k = 0; k < 5; k++)
            assert_int_equal(rp_int(futures[k]), k + 1);
        rp_free(p);
    }
    rp_script_free(second);
    fake_stop(f);
}

static void test_in_transactions_after_the_server_lost_it(void **state)
{
    const rp_connect_opts options = {.transaction = true};
    (void)state;

    connect_live(&options);
    for (int i = 0; i < 3; i++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *one = rp_script_run(p, counter, .keys = RP_LIST("k"));
        rp_future *two = rp_script_run(p, counter, .keys = RP_LIST("k"));

        lose_scripts();
        check_execute(p);
        assert_int_equal(rp_int(one), 2 * i + 1);
        assert_int_equal(rp_int(two), 2 * i + 2);
        check_calls(1, 1, 0);
        rp_free(p);
    }
}

/* -- whose memory it is -------------------------------------------------------------------------------------------- */

static void test_freed_before_the_execute(void **state)
{
    rp_script *script = rp_script_new("return 7");
    rp_pipe *one = rp_pipeline(NULL), *two = rp_pipeline(NULL);
    rp_future *first, *second, *third;
    (void)state;

    connect_live(NULL);
    first = rp_script_run(one, script);
    second = rp_script_run(one, script, .keys = RP_LIST("k"));
    third = rp_script_run(two, script);
    rp_script_free(script);
    rp_script_free(NULL);
    check_execute(one);
    assert_int_equal(rp_int(first), 7);
    assert_int_equal(rp_int(second), 7);
    rp_free(one);
    lose_scripts();
    check_execute(two);
    assert_int_equal(rp_int(third), 7);
    check_calls(1, 1, 1);
    rp_free(two);
}

static void test_queued_and_never_executed(void **state)
{
    (void)state;
    memory_watch();
    for (int way = 0; way < 4; way++) {
        rp_script *script = rp_script_new(COUNTER);
        rp_pipe *p = rp_pipeline(NULL), *part = rp_pipeline(p);
        rp_future *f = rp_script_run(p, script);
        rp_future *nested = rp_script_run(part, script);

        if (way & 1)
            rp_script_free(script);
        if (way & 2) {
            assert_int_equal(rp_execute(part), RP_OK);
            rp_clear(p);
            assert_int_equal(rp_execute(p), RP_OK);
            assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
            assert_int_equal(rp_outcome_of(nested), RP_NOT_SENT);
        }
        rp_free(part);
        rp_free(p);
        if (!(way & 1))
            rp_script_free(script);
        assert_int_equal(memory_bytes(), 0);
    }
    memory_unwatch();
}

/* A future outlives everything else. */
static void test_returned_future(void **state)
{
    rp_script *script = rp_script_new("return 'kept'");
    rp_pipe *p = rp_autoexec(NULL);
    rp_future *f;
    (void)state;

    connect_live(NULL);
    f = rp_return(p, rp_script_run(p, script));
    rp_script_free(script);
    rp_disconnect_all();
    assert_string_equal(rp_str(f), "kept");
    rp_release(f);
}

/* -- refused ------------------------------------------------------------------------------------------------------- */

static void check_refused(rp_pipe *p, rp_future *f, rp_status status, const char *says)
{
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_status_of(f), status);
    assert_int_equal(rp_execute(p), status);
    check_says(says);
    assert_int_equal(rp_last_error()->index, 1);
}

static void test_refused(void **state)
{
    struct {
        rp_script_run_opts known;
        long unknown;
    } later = {.unknown = 1};
    fake *f = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_null(rp_script_new(NULL));
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    check_says("NULL");
    rp_ping(p);
    check_refused(p, rp_script_run(p, (rp_script *)NULL), RP_INVALID_VALUE, "EVALSHA: the script is a NULL pointer");
    rp_ping(p);
    check_refused(p, rp_script_run(p, counter, .keys = RP_LIST((const char *)NULL)), RP_INVALID_VALUE, "EVALSHA");
    rp_ping(p);
    check_refused(p, rp_script_run_with(p, counter, &later.known, sizeof later), RP_INVALID_OPERATION, "EVALSHA");
    assert_int_equal(fake_connections(f), 0);
    rp_ping(p);
    check_execute(p);
    rp_free(p);
    assert_int_equal(rp_outcome_of(rp_script_run(NULL, counter)), RP_NOT_SENT);
    assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
    fake_stop(f);
}

static rp_status queue_while_it_executes(void *arg)
{
    rp_pipe *p = arg;
    rp_future *f = rp_script_run(p, counter);

    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_status_of(f), RP_INVALID_OPERATION);
    return RP_OK;
}

static void test_queued_while_the_pipeline_executes(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_ping(p);
    rp_on_execute(p, queue_while_it_executes, p);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    fake_stop(f);
}

static int begin(void **state)
{
    counter = rp_script_new(COUNTER);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(counter);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_in_transactions),
        KIT_TEST(test_in_transactions_after_the_server_lost_it),
        KIT_TEST(test_freed_before_the_execute),
        KIT_TEST(test_queued_and_never_executed),
        KIT_TEST(test_returned_future),
        KIT_TEST(test_refused),
        KIT_TEST(test_queued_while_the_pipeline_executes),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
