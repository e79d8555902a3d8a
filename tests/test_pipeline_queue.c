/* Notes. The life of a queue, against a fake that counts what arrives: nothing for nothing (P01), in order however it
 * is nested (P02), once (P07, P08), or never (P09), and bytes that are the pipeline's own (P26). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/trail.h"

#define SERVER "HELLO\nSERVE\n"

/* A fake that the default connection is bound to. */
static fake *start(const char *script)
{
    fake *f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    return f;
}

static void test_p01_normal_run(void **state)
{
    (void)state;
    fake *f = start(SERVER);
    rp_pipe *pipe = rp_pipeline(NULL);
    for (int round = 0; round < 3; round++) {
        rp_future *set = rp_set(pipe, "k", round), *get = rp_get(pipe, "k"), *n = rp_incrby(pipe, "n", 5);
        assert_int_equal(rp_execute(pipe), RP_OK);
        assert_string_equal(rp_str(set), "OK");
        assert_int_equal(rp_int(get), round);
        assert_int_equal(rp_int(n), 5 * (round + 1));
    }
    rp_free(pipe);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(fake_commands(f), 1 + 3 * 3);
    fake_stop(f);
}

static void test_p01_empty_needs_no_connection(void **state)
{
    trail t = {""};
    (void)state;
    rp_pipe *pipe = rp_autoexec(NULL), *nested = rp_autoexec(pipe, .name = "not bound");
    trail_on_execute(&t, pipe, "root");
    trail_on_execute(&t, nested, "nested");
    assert_int_equal(rp_close(nested), RP_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rp_execute(pipe), RP_OK);
    assert_string_equal(t.text, "nested root");
    fake *f = start(SERVER);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(fake_connections(f), 0);
    assert_int_equal(rp_close(pipe), RP_OK);
    fake_stop_any(f);
}

/* P02: a tree that grows and shrinks by chance, and beside each of its open pipelines the list of what must be in it.
 * */

enum { ECHOES = 100000, DEEPEST = 40 };

typedef struct open_pipe {
    rp_pipe *pipe;
    uint32_t *tags;
    size_t count;
} open_pipe;

static uint32_t chance(void)
{
    static uint32_t seed = 20240229;
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* Hands a pipeline over to the one below it, in the library and in the lists. */
static void close_one(open_pipe *from, open_pipe *to)
{
    assert_int_equal(rp_execute(from->pipe), RP_OK);
    rp_free(from->pipe);
    memcpy(to->tags + to->count, from->tags, from->count * sizeof *to->tags);
    to->count += from->count;
}

static void queue_echo(open_pipe *p, uint32_t tag, rp_future **futures)
{
    futures[tag] = rp_echo(p->pipe, tag);
    p->tags[p->count++] = tag;
}

/* Each echo in a pipeline that is open, of which there are up to DEEPEST, each nested in the one before it. */
static void grow_tree(open_pipe *levels, rp_future **futures)
{
    size_t open = 1;
    levels[0].pipe = rp_pipeline(NULL);
    for (uint32_t tag = 0; tag < ECHOES; tag++) {
        while (open < DEEPEST && chance() % 4 == 0) {
            levels[open].pipe = rp_pipeline(levels[open - 1].pipe);
            levels[open++].count = 0;
        }
        while (open > 1 && chance() % 4 == 0) {
            open--;
            close_one(&levels[open], &levels[open - 1]);
        }
        queue_echo(&levels[chance() % open], tag, futures);
    }
    for (; open > 1; open--)
        close_one(&levels[open - 1], &levels[open - 2]);
}

static void test_p02_order_of_100000_in_nested_pipelines(void **state)
{
    open_pipe levels[DEEPEST] = {{NULL, NULL, 0}};
    char text[32];
    (void)state;
    rp_future **futures = kit_alloc(ECHOES * sizeof *futures);
    for (size_t i = 0; i < DEEPEST; i++)
        levels[i].tags = kit_alloc(ECHOES * sizeof *levels[i].tags);
    fake *f = start(SERVER);
    grow_tree(levels, futures);
    assert_int_equal(rp_execute(levels[0].pipe), RP_OK);
    assert_int_equal(levels[0].count, ECHOES);
    assert_int_equal(fake_commands(f), 1 + ECHOES);
    for (uint32_t i = 0; i < ECHOES; i++) {
        if (rp_int(futures[i]) != i)
            fail_msg("future %u has the value %s", i, rp_str(futures[i]));
        snprintf(text, sizeof text, "ECHO %u", levels[0].tags[i]);
        assert_string_equal(fake_command(f, 1 + i), text);
    }
    rp_free(levels[0].pipe);
    fake_stop(f);
    for (size_t i = 0; i < DEEPEST; i++)
        free(levels[i].tags);
    free(futures);
}

/* P07 and P08. */

static rp_status execute_again(void *arg)
{
    return rp_execute(arg) == RP_INVALID_OPERATION ? RP_OK : RP_INVALID_VALUE;
}

static void test_p07_execute_twice_and_queue_after(void **state)
{
    (void)state;
    fake *f = start(SERVER);
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *first = rp_incr(pipe, "n");
    rp_on_execute(pipe, execute_again, pipe);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(fake_count(f, "n"), 1);
    rp_future *second = rp_incr(pipe, "n");
    assert_int_equal(rp_int(first), 1);
    assert_false(rp_ready(second));
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(rp_int(second), 2);
    assert_int_equal(fake_count(f, "n"), 2);
    assert_int_equal(fake_commands(f), 1 + 2);
    rp_free(pipe);
    fake_stop(f);
}

/* Each way to fail, then the same pipeline once more: only what is new is sent. */
static void check_p08(const char *script, rp_status why, int64_t ran_before)
{
    fake *f = start(script);
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_incr(pipe, "n");
    rp_set(pipe, "text", "x");
    rp_incr(pipe, "text");
    if (why == RP_INVALID_VALUE)
        rp_get(pipe, (const char *)NULL);
    assert_int_equal(rp_execute(pipe), why);
    assert_int_equal(rp_execute(pipe), RP_OK);
    rp_future *n = rp_incr(pipe, "n"), *tag = rp_echo(pipe, "tag");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_int(n), ran_before + 1);
    assert_string_equal(rp_str(tag), "tag");
    assert_int_equal(fake_count(f, "n"), ran_before + 1);
    rp_free(pipe);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p08_failed_queue_is_gone(void **state)
{
    (void)state;
    check_p08(SERVER, RP_SERVER_ERROR, 1);
    check_p08(SERVER, RP_INVALID_VALUE, 0);
    check_p08("HELLO\nEXECUTE 3\nCLOSE\nCONNECTION\n" SERVER, RP_CONNECTION_ERROR, 1);
    check_p08("HELLO\nEXECUTE 1\nRESET\nCONNECTION\n" SERVER, RP_CONNECTION_ERROR, 1);
    check_p08("HELLO\nCLOSE\nCONNECTION\n" SERVER, RP_CONNECTION_ERROR, 0);
    check_p08("HELLO\nSERVE 1\nSEND 'rubbish\\r\\n'\nCONNECTION\n" SERVER, RP_PROTOCOL_ERROR, 1);
}

/* P09. */

static void check_discarded(const rp_future *f, rp_status why)
{
    assert_false(rp_ready(f));
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_status_of(f), why);
    assert_int_equal(rp_int(f), 0);
    assert_int_equal(rp_last_error()->status, RP_NOT_READY);
}

static void test_p09_discarded_queue(void **state)
{
    trail t = {""};
    (void)state;
    fake *f = start(SERVER);
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root), *closed = rp_pipeline(root);
    rp_future *own = rp_incr(root, "n"), *handed = rp_incr(nested, "n"), *freed = rp_incr(closed, "n");
    trail_on_execute(&t, root, "root");
    trail_on_execute(&t, nested, "nested");
    trail_on_execute(&t, closed, "closed");
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_future *left = rp_incr(nested, "n");
    rp_clear(root);
    rp_clear(nested);
    assert_int_equal(rp_close(closed), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(fake_connections(f), 0);
    check_discarded(own, RP_NOT_READY);
    check_discarded(handed, RP_NOT_READY);
    check_discarded(left, RP_NOT_READY);
    check_discarded(freed, RP_INVALID_OPERATION);
    rp_future *tag = rp_echo(root, "tag");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(rp_str(tag), "tag");
    check_discarded(own, RP_NOT_READY);
    assert_string_equal(t.text, "");
    rp_incr(root, "n");
    rp_free(nested);
    rp_free(root);
    assert_int_equal(fake_count(f, "n"), 0);
    assert_int_equal(fake_commands(f), 1 + 1);
    fake_stop(f);
}

/* P26: the caller's memory is the caller's again at once. */

static void test_p26_arguments_are_copied(void **state)
{
    enum { LARGE = 300 * 1024 };
    char small[8] = "key";
    double f64 = 1.5;
    (void)state;
    fake *f = start(SERVER);
    rp_pipe *pipe = rp_pipeline(NULL), *nested = rp_pipeline(pipe);
    char *large = malloc(LARGE);
    assert_non_null(large);
    memset(large, 'a', LARGE);
    rp_set(pipe, small, rp_b(large, LARGE));
    memset(large, 'b', LARGE);
    rp_future *echo = rp_echo(nested, rp_b(large, LARGE)), *number = rp_echo(pipe, f64);
    free(large);
    rp_future *text = rp_echo(nested, small);
    memcpy(small, "no", 3);
    f64 = 0;
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_free(nested);
    rp_future *get = rp_get(pipe, "key");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_len(echo), LARGE);
    assert_int_equal(rp_len(get), LARGE);
    for (size_t i = 0; i < LARGE; i++)
        assert_true(rp_str(echo)[i] == 'b' && rp_str(get)[i] == 'a');
    assert_string_equal(rp_str(text), "key");
    assert_string_equal(rp_str(number), "1.5");
    rp_free(pipe);
    fake_stop(f);
}

static void test_p26_names_are_copied(void **state)
{
    char name[16] = "name";
    (void)state;
    fake *f = fake_start(SERVER);
    assert_int_equal(rp_connect(name, fake_url(f)), RP_OK);
    rp_pipe *root = rp_pipeline(NULL, .name = name);
    rp_pipe *nested = rp_autoexec(root, .name = name);
    memset(name, 'x', sizeof name - 1);
    rp_future *first = rp_echo(root, 1), *second = rp_echo(nested, 2);
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(rp_int(second), 2);
    rp_free(root);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p01_normal_run),
        KIT_TEST(test_p01_empty_needs_no_connection),
        KIT_TEST(test_p02_order_of_100000_in_nested_pipelines),
        KIT_TEST(test_p07_execute_twice_and_queue_after),
        KIT_TEST(test_p08_failed_queue_is_gone),
        KIT_TEST(test_p09_discarded_queue),
        KIT_TEST(test_p26_arguments_are_copied),
        KIT_TEST(test_p26_names_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
