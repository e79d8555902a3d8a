/* Notes. rp_clear gives memory back: a loop on one root stays flat. And what is dropped in silence: nothing but by
 * rp_free and rp_clear. */
#define _GNU_SOURCE 1
#include <stdlib.h>

#include "support/memory.h"
#include "test_connection.h"

enum { ROUNDS = 300, WARM = 4 };

/* What a program does with a root in each round of a loop, before it clears it. */
typedef void round_of(rp_pipe *p);

static void execute_some(rp_pipe *p)
{
    rp_future *f = NULL;

    for (int i = 0; i < 20; i++)
        f = rp_incr(p, "k");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_int(f) > 0);
}

static void execute_nested_and_called_back(rp_pipe *p)
{
    int calls = 0;
    rp_future *own = rp_future_new(p), *n = nested_incr(p, "other", "k");

    assert_non_null(rp_alloc(p, 500));
    rp_on_execute(p, count_call, &calls);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(calls, 1);
    assert_true(rp_int(n) > 0);
    assert_int_equal(rp_status_of(own), RP_INVALID_OPERATION);
}

/* What is forgotten can be asked for until the next rp_clear. */
static void forget_some(rp_pipe *p)
{
    static rp_future *forgotten;
    static int rounds;

    if (rounds++ > 0) {
        assert_int_equal(rp_outcome_of(forgotten), RP_NOT_SENT);
        assert_int_equal(rp_status_of(forgotten), RP_NOT_READY);
        assert_string_equal(rp_str(rp_at(rp_command_of(forgotten), 1)), "k");
    }
    execute_some(p);
    forgotten = rp_incr(p, "k");
    rp_future_new(p);
    for (int i = 0; i < 100; i++)
        rp_echo(p, "some text that takes memory");
    rounds %= WARM + ROUNDS;
}

static void fail_some(rp_pipe *p)
{
    rp_incr(p, "k");
    rp_get(p, (const char *)NULL);
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
}

static rp_script *script;

static void call_a_script(rp_pipe *p)
{
    rp_script_run(p, script);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR); /* the fake knows none */
    rp_script_run(p, script);
}

static void check_flat(round_of *play, const char *name)
{
    fake *f = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    size_t most = 0;
    rp_pipe *p;

    memory_watch();
    script = rp_script_new("return 1");
    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .name = name);
    for (int i = 0; i < WARM; i++) {
        play(p);
        rp_clear(p);
        most = memory_bytes() > most ? memory_bytes() : most;
    }
    for (int i = 0; i < ROUNDS; i++) {
        play(p);
        rp_clear(p);
        assert_in_range(memory_bytes(), 1, most);
    }
    rp_free(p);
    rp_script_free(script);
    rp_disconnect_all();
    memory_unwatch();
    fake_stop(f);
}

static void test_loop_of_execute_and_clear_stays_flat(void **state)
{
    (void)state;
    check_flat(execute_some, "n");
    check_flat(execute_nested_and_called_back, "n");
    check_flat(forget_some, "n");
    check_flat(fail_some, "n");
    check_flat(call_a_script, "n");
}

/* Nothing goes that a nested pipeline or a returned future still needs. */
static void test_clear_keeps_what_is_alive(void **state)
{
    fake *f = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "n"), *open = rp_pipeline(p, .name = "n"), *returning;
    rp_future *inside, *value, *kept, *last;
    (void)state;

    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    value = rp_echo(p, "value");
    inside = rp_incr(open, "k");
    assert_int_equal(rp_execute(p), RP_OK);
    rp_clear(p);
    assert_string_equal(rp_str(value), "value"); /* as long as `open` is there */
    assert_int_equal(rp_execute(open), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(inside), 1);
    rp_free(open);
    rp_clear(p);
    last = rp_incr(p, "k");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(last), 2);
    rp_free(p);
    returning = rp_autoexec(NULL, .name = "n");
    kept = rp_return(returning, rp_echo(returning, "kept"));
    assert_string_equal(rp_str(kept), "kept");
    rp_release(kept);
    fake_stop(f);
}

/* The watch is the connection's: clearing takes nothing of it. */
static void test_clear_of_a_watching_pipeline(void **state)
{
    fake *f = fake_start("HELLO\nEXPECT WATCH k\nEXPECT GET k\nSEND '+OK\\r\\n$1\\r\\n1\\r\\n'\n"
                         "EXPECT MULTI\nEXPECT SET k 2\nEXPECT EXEC\nSEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n+OK\\r\\n'\n");
    rp_pipe *reads, *writes;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    reads = rp_watch(NULL, "k");
    rp_clear(reads); /* forgets WATCH: nothing is watched */
    rp_clear(reads);
    rp_free(reads);
    reads = rp_watch(NULL, "k");
    writes = rp_multi(reads);
    rp_clear(writes); /* leaves the other's WATCH */
    rp_get(reads, "k");
    assert_int_equal(rp_execute(reads), RP_OK);
    rp_clear(reads);
    rp_clear(writes);
    rp_set(writes, "k", 2);
    assert_int_equal(rp_execute(writes), RP_OK);
    rp_free(reads);
    rp_free(writes);
    fake_stop(f);
}

/* -- what would be dropped ----------------------------------------------------------------------------------------- */

static void check_dropped(rp_future *f, rp_status why)
{
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_status_of(f), why);
}

static void test_close_tells_of_callbacks_that_were_never_called(void **state)
{
    int calls = 0;
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root), *leaf = rp_autoexec(middle);
    rp_future *own = rp_future_new(leaf);
    (void)state;

    assert_int_equal(rp_on_execute(leaf, count_call, &calls), RP_OK);
    assert_int_equal(rp_close(leaf), RP_OK);
    assert_int_equal(rp_close(middle), RP_INVALID_OPERATION);
    assert_non_null(strstr(rp_last_error()->message, "a callback was registered and never called"));
    check_dropped(own, RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(calls, 0);
    rp_free(root);
}

/* A nested pipeline that fails forgets its futures, as a cleared root does: they last as long. */
static void test_clear_behind_a_nested_failure(void **state)
{
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec(root);
    rp_future *f = rp_incr(nested, "k");
    (void)state;

    rp_get(nested, (const char *)NULL);
    assert_int_equal(rp_close(nested), RP_INVALID_VALUE);
    rp_clear(root);
    check_dropped(f, RP_INVALID_VALUE);
    rp_clear(root);
    rp_free(root);
}

static void test_close_tells_of_commands_that_were_never_executed(void **state)
{
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root);
    (void)state;

    rp_ping(nested);
    assert_int_equal(rp_close(nested), RP_INVALID_OPERATION);
    check_says("1 command was queued and never executed");
    nested = rp_autoexec(root);
    rp_ping(nested);
    rp_ping(nested);
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_close(root), RP_INVALID_OPERATION);
    check_says("2 commands were queued and never executed");
    root = rp_pipeline(NULL);
    nested = rp_pipeline(root);
    rp_get(nested, (const char *)NULL);
    assert_int_equal(rp_close(nested), RP_INVALID_VALUE);
    check_says("GET");
    assert_int_equal(rp_close(root), RP_OK); /* nothing was handed to it */
    root = rp_pipeline(NULL);
    rp_get(root, (const char *)NULL);
    assert_int_equal(rp_close(root), RP_INVALID_VALUE);
    check_says("GET");
}

static void test_return_tells_of_commands_that_were_never_executed(void **state)
{
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root), *alone = rp_pipeline(NULL);
    rp_future *inside = rp_ping(nested), *own = rp_future_new(nested), *returned;
    (void)state;

    assert_ptr_equal(rp_return(nested, inside), inside);
    check_says("never executed");
    check_dropped(inside, RP_INVALID_OPERATION);
    check_dropped(own, RP_INVALID_OPERATION);
    returned = rp_return(alone, rp_ping(alone));
    check_dropped(returned, RP_INVALID_OPERATION);
    rp_release(returned);
    alone = rp_pipeline(NULL);
    inside = rp_ping(alone);
    rp_get(alone, (const char *)NULL);
    returned = rp_return(alone, inside);
    check_dropped(returned, RP_INVALID_VALUE);
    rp_release(returned);
    assert_int_equal(rp_close(root), RP_OK);
}

static void test_free_and_clear_forget_without_a_word(void **state)
{
    rp_pipe *p = rp_pipeline(NULL), *nested = rp_pipeline(p);
    rp_future *f = rp_ping(p);
    (void)state;

    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    rp_ping(nested);
    rp_free(nested);
    rp_clear(p);
    check_dropped(f, RP_NOT_READY);
    rp_get(p, (const char *)NULL);
    rp_clear(p);
    assert_int_equal(rp_close(p), RP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_loop_of_execute_and_clear_stays_flat),
        KIT_TEST(test_clear_keeps_what_is_alive),
        KIT_TEST(test_clear_of_a_watching_pipeline),
        KIT_TEST(test_clear_behind_a_nested_failure),
        KIT_TEST(test_close_tells_of_callbacks_that_were_never_called),
        KIT_TEST(test_close_tells_of_commands_that_were_never_executed),
        KIT_TEST(test_return_tells_of_commands_that_were_never_executed),
        KIT_TEST(test_free_and_clear_forget_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
