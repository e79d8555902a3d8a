/* Notes. Callbacks against a fake that counts: what they may use (P17), what they may not (P18), what they may free
 * (P19), how they fail (P20), and that each runs once, in its place (P21). A callback asserts nothing, since a failed
 * assertion would leave rp_execute by a jump; it notes what it saw. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/memory.h"
#include "support/trail.h"

#define SERVER "HELLO\nSERVE\n"

static fake *start(const char *script)
{
    fake *f = fake_start(script);
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(f), .pool_size = 1, .timeout_ms = 10000), RP_OK);
    return f;
}

static void stop(fake *f)
{
    rp_disconnect_all();
    memory_unwatch();
    fake_stop(f);
}

/* P17. */

static rp_status increment_in_callback(void *arg)
{
    int64_t *value = arg;
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_future *n = rp_return(pipe, rp_incr(pipe, "n"));
    rp_status status = rp_get_int(n, value);
    rp_release(n);
    return status;
}

static void test_p17_another_pipeline_on_the_only_connection(void **state)
{
    int64_t seen[2] = {0, 0};
    (void)state;
    fake *f = start(SERVER);
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec(root);
    rp_future *first = rp_incr(nested, "n");
    rp_on_execute(nested, increment_in_callback, &seen[0]);
    assert_int_equal(rp_close(nested), RP_OK);
    rp_on_execute(root, increment_in_callback, &seen[1]);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(seen[0], 2);
    assert_int_equal(seen[1], 3);
    assert_int_equal(fake_connections(f), 1);
    rp_free(root);
    stop(f);
}

static void test_p17_failure_of_another_pipeline_is_its_own(void **state)
{
    int64_t seen = 0;
    trail t = {""};
    (void)state;
    fake *f = start("HELLO\nSERVE 1\nREAD 1\nCLOSE\nCONNECTION\n" SERVER);
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *first = rp_incr(root, "n");
    rp_on_execute(root, increment_in_callback, &seen);
    trail_on_execute(&t, root, "after");
    assert_int_equal(rp_execute(root), RP_NOT_READY); /* what the callback returned */
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(seen, 0);
    assert_string_equal(t.text, "");
    assert_int_equal(increment_in_callback(&seen), RP_OK);
    assert_int_equal(seen, 2);
    rp_free(root);
    stop(f);
}

/* P18. */

typedef struct late {
    rp_pipe *pipe;
    rp_future *future;
} late;

static rp_status queue_late(void *arg)
{
    late *l = arg;
    l->future = rp_incr(l->pipe, "n");
    return RP_OK;
}

static void check_p18(bool on_root)
{
    fake *f = start(SERVER);
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root);
    late l = {on_root ? root : nested, NULL};
    rp_future *first = rp_incr(root, "n");
    rp_on_execute(root, queue_late, &l);
    assert_int_equal(rp_execute(root), on_root ? RP_INVALID_OPERATION : RP_OK);
    assert_int_equal(rp_int(first), 1);
    assert_false(rp_ready(l.future));
    assert_int_equal(rp_outcome_of(l.future), RP_NOT_SENT);
    assert_int_equal(rp_status_of(l.future), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(nested), on_root ? RP_OK : RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), on_root ? RP_OK : RP_INVALID_OPERATION);
    rp_future *second = rp_incr(nested, "n");
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(second), 2);
    assert_int_equal(fake_commands(f), 1 + 2);
    rp_free(nested);
    rp_free(root);
    stop(f);
}

static void test_p18_queueing_on_the_running_pipeline(void **state)
{
    (void)state;
    check_p18(true);
    check_p18(false);
}

/* P19. */

static rp_status free_pipe(void *arg)
{
    rp_free(arg);
    return RP_OK;
}

static rp_status release_future(void *arg)
{
    rp_release(arg);
    return RP_OK;
}

static rp_status disconnect(void *arg)
{
    if (arg)
        rp_disconnect(NULL);
    else
        rp_disconnect_all();
    return RP_OK;
}

static rp_status use_memory(void *arg)
{
    char *memory = rp_alloc(arg, 100000);
    rp_future *f = rp_future_new(arg);
    rp_status status = rp_future_set(f, "text");
    return memory && status == RP_OK && rp_contains(f, "tex") ? RP_OK : RP_INVALID_VALUE;
}

/* A root, a middle, two leaves; the callbacks of the first leaf free them in the order that the number stands for. */
static void free_all_in_callbacks(unsigned order)
{
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root);
    rp_pipe *all[] = {root, middle, rp_pipeline(middle), rp_pipeline(middle)};
    rp_pipe *first = all[2];
    for (unsigned left = 4; left > 0; left--) {
        unsigned pick = order % left;
        order /= left;
        rp_on_execute(first, free_pipe, all[pick]);
        memmove(all + pick, all + pick + 1, (left - pick - 1) * sizeof *all);
    }
    rp_on_execute(first, use_memory, root);
    trail_on_execute(&t, middle, "middle");
    rp_on_execute(root, use_memory, root);
    rp_incr(first, "n");
    trail_on_execute(&t, root, "root");
    assert_int_equal(rp_execute(first), RP_OK);
    assert_int_equal(rp_execute(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "middle root");
}

static void test_p19_free_pipelines(void **state)
{
    (void)state;
    fake *f = start(SERVER);
    free_all_in_callbacks(0);
    size_t held = memory_bytes();
    for (unsigned order = 1; order < 24; order++) {
        free_all_in_callbacks(order);
        assert_int_equal(memory_bytes(), held);
    }
    assert_int_equal(fake_count(f, "n"), 24);
    stop(f);
}

static void test_p19_release_a_future_and_disconnect(void **state)
{
    (void)state;
    fake *f = start(SERVER "CONNECTION\n" SERVER);
    for (int one = 0; one < 2; one++) {
        rp_pipe *alone = rp_autoexec(NULL), *root = rp_pipeline(NULL);
        rp_future *owned = rp_return(alone, rp_incr(alone, "n")), *n = rp_incr(root, "n");
        assert_int_equal(rp_int(owned), 1 + one * 2);
        rp_on_execute(root, release_future, owned);
        rp_on_execute(root, disconnect, one ? root : NULL);
        assert_int_equal(rp_execute(root), RP_OK);
        assert_int_equal(rp_int(n), 2 + one * 2);
        rp_incr(root, "n");
        assert_int_equal(rp_execute(root), RP_INVALID_PIPELINE);
        rp_free(root);
        assert_int_equal(memory_bytes(), 0);
        assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    }
    assert_int_equal(fake_count(f, "n"), 4);
    stop(f);
}

/* P20. */

static void test_p20_failing_callback_at_each_place(void **state)
{
    static const char *const names[] = {"1", "2", "3", "4", "5", "6"};
    static const char *const ran[] = {"1", "1 2", "1 2 3", "1 2 3 4", "1 2 3 4 5", "1 2 3 4 5 6"};
    (void)state;
    fake *f = start(SERVER);
    for (size_t failing = 0; failing < 6; failing++) {
        trail t = {""};
        rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root), *leaf = rp_pipeline(middle);
        rp_pipe *const owners[] = {leaf, leaf, middle, middle, root, root};
        rp_future *n = rp_incr(leaf, "n"), *tag = rp_echo(root, failing);
        for (size_t i = 0; i < 6; i++)
            trail_on_execute_fail(&t, owners[i], names[i], i == failing ? RP_CLUSTER_ERROR : RP_OK);
        assert_int_equal(rp_execute(leaf), RP_OK);
        assert_int_equal(rp_execute(middle), RP_OK);
        assert_int_equal(rp_execute(root), RP_CLUSTER_ERROR);
        assert_string_equal(t.text, ran[failing]);
        assert_int_equal(rp_int(n), failing + 1);
        assert_int_equal(rp_int(tag), failing);
        assert_int_equal(rp_execute(root), RP_OK);
        assert_string_equal(t.text, ran[failing]);
        rp_free(leaf);
        rp_free(middle);
        rp_free(root);
    }
    assert_int_equal(fake_connections(f), 1);
    stop(f);
}

/* P21: a tree of pipelines by chance. Beside each open pipeline stands what its callbacks must be: those of the
 * pipelines executed into it, and its own. */

enum { CALLS = 3000, DEEPEST = 12 };

typedef struct list {
    size_t count;
    size_t numbers[CALLS];
} list;

typedef struct tree {
    rp_pipe *pipes[DEEPEST];
    list nested[DEEPEST], own[DEEPEST], ran;
    rp_future *futures[CALLS];
    struct call {
        struct tree *all;
        size_t number;
    } calls[CALLS];
    size_t unready;
} tree;

static void append(list *to, const list *from)
{
    memcpy(to->numbers + to->count, from->numbers, from->count * sizeof *to->numbers);
    to->count += from->count;
}

static uint32_t chance(void)
{
    static uint32_t seed = 19991231;
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static rp_status note_call(void *arg)
{
    const struct call *c = arg;
    tree *all = c->all;
    for (size_t i = 0; i < CALLS; i += 97)
        all->unready += !rp_ready(all->futures[i]);
    all->unready += !rp_ready(all->futures[CALLS - 1]);
    if (all->ran.count < CALLS)
        all->ran.numbers[all->ran.count] = c->number;
    all->ran.count++;
    return RP_OK;
}

static void close_deepest(tree *all, size_t depth)
{
    assert_int_equal(rp_execute(all->pipes[depth]), RP_OK);
    rp_free(all->pipes[depth]);
    append(&all->nested[depth - 1], &all->nested[depth]);
    append(&all->nested[depth - 1], &all->own[depth]);
    all->nested[depth].count = all->own[depth].count = 0;
}

static void grow_tree(tree *all)
{
    size_t depth = 0;
    all->pipes[0] = rp_pipeline(NULL);
    for (size_t i = 0; i < CALLS; i++) {
        for (; depth + 1 < DEEPEST && chance() % 3 == 0; depth++)
            all->pipes[depth + 1] = rp_pipeline(all->pipes[depth]);
        for (; depth > 0 && chance() % 3 == 0; depth--)
            close_deepest(all, depth);
        size_t at = chance() % (depth + 1);
        all->calls[i] = (struct call){all, i};
        all->futures[i] = rp_echo(all->pipes[at], i);
        assert_int_equal(rp_on_execute(all->pipes[at], note_call, &all->calls[i]), RP_OK);
        all->own[at].numbers[all->own[at].count++] = i;
    }
    for (; depth > 0; depth--)
        close_deepest(all, depth);
    append(&all->nested[0], &all->own[0]);
}

static void test_p21_once_each_in_order_after_all(void **state)
{
    tree *all = kit_alloc(sizeof *all);
    (void)state;
    fake *f = start(SERVER);
    grow_tree(all);
    assert_int_equal(rp_execute(all->pipes[0]), RP_OK);
    assert_int_equal(rp_execute(all->pipes[0]), RP_OK);
    assert_int_equal(all->ran.count, CALLS);
    assert_int_equal(all->unready, 0);
    assert_memory_equal(all->ran.numbers, all->nested[0].numbers, sizeof all->ran.numbers);
    rp_free(all->pipes[0]);
    stop(f);
    free(all);
}

static void check_no_callback(const char *script, bool refused, rp_status why)
{
    trail t = {""};
    fake *f = start(script);
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec(root);
    rp_incr(nested, "n");
    trail_on_execute(&t, nested, "nested");
    trail_on_execute(&t, root, "root");
    assert_int_equal(rp_close(nested), RP_OK);
    rp_future *last = refused ? rp_get(root, (const char *)NULL) : rp_incr(root, "n");
    assert_int_equal(rp_execute(root), why);
    assert_false(rp_ready(last));
    rp_future *tag = rp_echo(root, "tag");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(rp_str(tag), "tag");
    assert_string_equal(t.text, "");
    rp_free(root);
    stop(f);
}

static void test_p21_none_after_a_failure(void **state)
{
    (void)state;
    check_no_callback("HELLO\nREAD 2\nSEND ':1\\r\\n-ERR no\\r\\n'\nSERVE\n", false, RP_SERVER_ERROR);
    check_no_callback("HELLO\nREAD 2\nSEND ':1\\r\\n'\nCLOSE\nCONNECTION\n" SERVER, false, RP_CONNECTION_ERROR);
    check_no_callback("HELLO\nREAD 2\nSEND ':1\\r\\n:x\\r\\n'\nCONNECTION\n" SERVER, false, RP_PROTOCOL_ERROR);
    check_no_callback("HELLO\nREAD 2\nSEND ':1\\r\\n:2\\r\\n:3\\r\\n'\nCONNECTION\n" SERVER, false, RP_PROTOCOL_ERROR);
    check_no_callback(SERVER, true, RP_INVALID_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p17_another_pipeline_on_the_only_connection),
        KIT_TEST(test_p17_failure_of_another_pipeline_is_its_own),
        KIT_TEST(test_p18_queueing_on_the_running_pipeline),
        KIT_TEST(test_p19_free_pipelines),
        KIT_TEST(test_p19_release_a_future_and_disconnect),
        KIT_TEST(test_p20_failing_callback_at_each_place),
        KIT_TEST(test_p21_once_each_in_order_after_all),
        KIT_TEST(test_p21_none_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
