/* Notes. Pipelines inside pipelines, executed and freed in orders that no program should want (P10), in absurd depth
 * (P11), and with commands that fail while they are queued (P31). The library's memory is watched in all of it, so that
 * whatever is left over shows. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/memory.h"
#include "support/trail.h"

#define SERVER "HELLO\nSERVE\n"

static fake *start(void)
{
    fake *f = fake_start(SERVER);
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    return f;
}

static void stop(fake *f)
{
    rp_disconnect_all();
    memory_unwatch();
    fake_stop(f);
}

static void check_pending(const rp_future *f, rp_outcome outcome, rp_status status)
{
    assert_false(rp_ready(f));
    assert_int_equal(rp_outcome_of(f), outcome);
    assert_int_equal(rp_status_of(f), status);
}

/* P10. */

static void test_p10_nested_never_executed(void **state)
{
    trail t = {""};
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root);
    rp_future *own = rp_incr(root, "n"), *left = rp_incr(nested, "n");
    trail_on_execute(&t, nested, "nested");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(own), 1);
    check_pending(left, RP_QUEUED, RP_NOT_READY);
    rp_free(nested);
    check_pending(left, RP_NOT_SENT, RP_NOT_READY);
    assert_string_equal(t.text, "");
    rp_free(root);
    assert_int_equal(fake_count(f, "n"), 1);
    stop(f);
}

static void test_p10_parent_executed_first(void **state)
{
    trail t = {""};
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root), *leaf = rp_pipeline(middle);
    rp_future *m = rp_incr(middle, "n"), *l = rp_incr(leaf, "n"), *r = rp_incr(root, "n");
    trail_on_execute(&t, leaf, "leaf");
    trail_on_execute(&t, middle, "middle");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_execute(middle), RP_OK);
    assert_int_equal(rp_execute(leaf), RP_OK);
    check_pending(m, RP_QUEUED, RP_NOT_READY);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "middle");
    assert_int_equal(rp_int(r), 1);
    assert_int_equal(rp_int(m), 2);
    check_pending(l, RP_QUEUED, RP_NOT_READY);
    assert_int_equal(rp_execute(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(l), 3);
    assert_string_equal(t.text, "middle leaf");
    rp_free(leaf);
    rp_free(middle);
    rp_free(root);
    stop(f);
}

static void test_p10_parent_freed_first(void **state)
{
    trail t = {""};
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root), *leaf = rp_pipeline(middle);
    rp_future *done = rp_incr(root, "n");
    assert_int_equal(rp_execute(root), RP_OK);
    rp_future *before = rp_incr(leaf, "n");
    trail_on_execute(&t, leaf, "leaf");
    rp_free(middle);
    rp_free(root);
    rp_future *after = rp_incr(leaf, "n");
    assert_int_equal(rp_int(done), 1); /* the memory stays until the last of them is freed */
    assert_int_equal(rp_execute(leaf), RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
    check_pending(before, RP_NOT_SENT, RP_INVALID_OPERATION);
    check_pending(after, RP_NOT_SENT, RP_INVALID_OPERATION);
    assert_int_equal(rp_int(done), 1);
    assert_string_equal(t.text, "");
    rp_free(leaf);
    assert_int_equal(fake_count(f, "n"), 1);
    stop(f);
}

/* Four pipelines, freed in the order that the number stands for, some of them before they execute. */
static void free_in_order(unsigned order, bool execute)
{
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root);
    rp_pipe *all[] = {root, middle, rp_pipeline(middle), rp_pipeline(root)};
    for (size_t i = 0; i < 4; i++)
        rp_incr(all[i], "n");
    for (size_t i = 4; execute && i-- > 0;)
        assert_int_equal(rp_execute(all[i]), RP_OK);
    for (unsigned left = 4; left > 0; left--) {
        unsigned pick = order % left;
        order /= left;
        rp_free(all[pick]);
        memmove(all + pick, all + pick + 1, (left - pick - 1) * sizeof *all);
    }
}

static void test_p10_freed_in_every_order(void **state)
{
    (void)state;
    fake *f = start();
    rp_pipe *warm = rp_autoexec(NULL);
    rp_ping(warm);
    assert_int_equal(rp_close(warm), RP_OK);
    size_t held = memory_bytes();
    for (unsigned order = 0; order < 24; order++) {
        free_in_order(order, false);
        assert_int_equal(memory_bytes(), held);
        free_in_order(order, true);
        assert_int_equal(memory_bytes(), held);
    }
    assert_int_equal(fake_count(f, "n"), 24 * 4);
    stop(f);
}

/* P11. */

static void test_p11_executed_into_its_parent_once(void **state)
{
    trail t = {""};
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root);
    rp_future *n = rp_incr(nested, "n");
    trail_on_execute(&t, nested, "nested");
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(n), 1);
    assert_int_equal(fake_count(f, "n"), 1);
    assert_string_equal(t.text, "nested");
    rp_free(nested);
    rp_free(root);
    stop(f);
}

enum { LEVELS = 10000, SMALL_STACK = 64 * 1024 };

/* Which levels were called back, and how many values were right. No assertion may fail in a thread of our own. */
typedef struct depth {
    struct level {
        struct depth *d;
        rp_pipe *pipe;
        rp_future *future;
    } levels[LEVELS + 1];
    size_t called, in_order, right, refused;
    bool execute, root_first;
} depth;

static rp_status count_call(void *arg)
{
    const struct level *level = arg;
    depth *d = level->d;
    d->in_order += level == &d->levels[LEVELS - d->called];
    d->called++;
    return RP_OK;
}

static void *nest_deeply(void *arg)
{
    depth *d = arg;
    struct level *levels = d->levels;
    for (size_t i = 0; i <= LEVELS; i++) {
        levels[i].d = d;
        levels[i].pipe = rp_pipeline(i ? levels[i - 1].pipe : NULL);
        levels[i].future = rp_incr(levels[i].pipe, "n");
        d->refused += rp_on_execute(levels[i].pipe, count_call, &levels[i]) != RP_OK;
    }
    for (size_t i = LEVELS + 1; d->execute && i-- > 0;)
        d->refused += rp_execute(levels[i].pipe) != RP_OK;
    for (size_t i = 0; i <= LEVELS; i++)
        d->right += rp_int(levels[i].future) == (int64_t)i + 1;
    for (size_t i = 0; i <= LEVELS; i++)
        rp_free(levels[d->root_first ? i : LEVELS - i].pipe);
    return NULL;
}

/* With a stack that would not hold a call for each level. */
static void check_depth(bool execute, bool root_first)
{
    pthread_t thread;
    pthread_attr_t attributes;
    fake *f = start();
    depth *d = kit_alloc(sizeof *d);
    size_t expected = execute ? LEVELS + 1 : 0;
    d->execute = execute;
    d->root_first = root_first;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    assert_int_equal(pthread_create(&thread, &attributes, nest_deeply, d), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    assert_int_equal(d->refused, 0);
    assert_int_equal(d->right, expected);
    assert_int_equal(d->called, expected);
    assert_int_equal(d->in_order, expected);
    assert_int_equal(fake_count(f, "n"), expected);
    free(d);
    if (!execute)
        assert_int_equal(fake_connections(f), 0);
    rp_disconnect_all();
    memory_unwatch();
    fake_stop_any(f);
}

static void test_p11_ten_thousand_levels(void **state)
{
    (void)state;
    check_depth(true, true);
    check_depth(true, false);
    check_depth(false, true);
    check_depth(false, false);
}

/* P31. Each queues one command that can't be: most of it is all right. */

static void too_long(rp_pipe *pipe, const rp_future *pending)
{
    (void)pending;
    rp_set(pipe, "key", rp_b("", (size_t)512 * 1024 * 1024 + 1));
}

static void null_at_the_end(rp_pipe *pipe, const rp_future *pending)
{
    rp_arg args[1000];
    (void)pending;
    for (size_t i = 0; i < 999; i++)
        args[i] = RP_ARG("an argument like any other");
    args[999] = RP_ARG((const char *)NULL);
    rp_del_with(pipe, 1000, args);
}

static void future_that_is_not_ready(rp_pipe *pipe, const rp_future *pending)
{
    rp_mset(pipe, "a", 1, "b", pending);
}

static void too_many(rp_pipe *pipe, const rp_future *pending)
{
    size_t count = (size_t)1024 * 1024;
    rp_arg *args = kit_alloc(count * sizeof *args);
    (void)pending;
    for (size_t i = 0; i < count; i++)
        args[i] = RP_ARG(1);
    rp_del_with(pipe, count, args);
    free(args);
}

static void no_memory(rp_pipe *pipe, const rp_future *pending)
{
    static char large[400 * 1024];
    (void)pending;
    memory_fail(1, false);
    rp_set(pipe, "key", rp_b(large, sizeof large));
    assert_int_equal(memory_failures(), 1);
}

static const struct {
    void (*queue)(rp_pipe *pipe, const rp_future *pending);
    rp_status status;
} bad[] = {
    {too_long, RP_INVALID_VALUE}, {null_at_the_end, RP_INVALID_VALUE}, {future_that_is_not_ready, RP_NOT_READY},
    {too_many, RP_INVALID_VALUE}, {no_memory, RP_NO_MEMORY},
};

enum { ECHOES = 2000 };

/* Enough to fill what memory there was, and more: nothing lies over anything. Behind `before` commands. */
static void check_echoes(fake *f, rp_pipe *root, size_t before)
{
    char expected[32];
    for (int i = 0; i < ECHOES; i++)
        rp_echo(root, i);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(fake_commands(f), before + ECHOES);
    for (int i = 0; i < ECHOES; i++) {
        snprintf(expected, sizeof expected, "ECHO %d", i);
        assert_string_equal(fake_command(f, before + (size_t)i), expected);
    }
}

/* In a nested pipeline that is freed, in one that is cleared, and in the root: of none of them a byte is sent. */
static void check_p31(size_t i)
{
    static const char *const expected[] = {"HELLO 3", "ECHO 1", "ECHO 3", "ECHO 4", "ECHO 6"};
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *freed = rp_pipeline(root), *cleared = rp_pipeline(root);
    rp_future *first = rp_echo(root, 1);
    rp_echo(freed, 2);
    bad[i].queue(freed, first);
    rp_future *third = rp_echo(root, 3);
    rp_free(freed);
    bad[i].queue(cleared, first);
    rp_clear(cleared);
    rp_echo(cleared, 4);
    assert_int_equal(rp_execute(cleared), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(rp_int(third), 3);
    rp_future *pending = rp_echo(root, 5);
    bad[i].queue(root, pending);
    assert_int_equal(rp_execute(root), bad[i].status);
    assert_int_equal(rp_last_error()->index, 1);
    check_pending(pending, RP_NOT_SENT, bad[i].status);
    rp_echo(root, 6);
    assert_int_equal(rp_execute(root), RP_OK);
    for (size_t k = 0; k < 5; k++)
        assert_string_equal(fake_command(f, k), expected[k]);
    assert_int_equal(fake_bytes(f),
                     strlen("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n") + 4 * strlen("*2\r\n$4\r\nECHO\r\n$1\r\n1\r\n"));
    check_echoes(f, root, 5);
    rp_free(cleared);
    rp_free(root);
    stop(f);
}

static void test_p31_half_a_command_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_p31(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p10_nested_never_executed),
        KIT_TEST(test_p10_parent_executed_first),
        KIT_TEST(test_p10_parent_freed_first),
        KIT_TEST(test_p10_freed_in_every_order),
        KIT_TEST(test_p11_executed_into_its_parent_once),
        KIT_TEST(test_p11_ten_thousand_levels),
        KIT_TEST(test_p31_half_a_command_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
