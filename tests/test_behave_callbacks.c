/* Notes. When callbacks run, in which order, what they see, and what they may do, whatever the pipelines run over. A
 * callback asserts nothing: a failed assertion would leave rp_execute by a jump. It notes what it sees, and the test
 * looks at that. */
#include <stdio.h>

#include "support/trail.h"
#include "support/world.h"

/* Order. */

/* A nested pipeline with callbacks named <digit>a and <digit>b, executed at once. */
static void nest_with_two(const world *w, rp_pipe *root, trail *t, const char *const names[2])
{
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    trail_on_execute(t, nested, names[0]);
    world_tick(nested);
    trail_on_execute(t, nested, names[1]);
    assert_int_equal(rp_close(nested), RP_OK);
}

static void test_siblings_run_in_the_order_of_executing(void **state)
{
    static const char *const names[][2] = {{"1a", "1b"}, {"2a", "2b"}, {"3a", "3b"}};
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL);
    trail_on_execute(&t, root, "A");
    for (size_t i = 0; i < 3; i++)
        nest_with_two(*state, root, &t, names[i]);
    trail_on_execute(&t, root, "B");
    assert_string_equal(t.text, "");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "1a 1b 2a 2b 3a 3b A B");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "1a 1b 2a 2b 3a 3b A B");
    rp_free(root);
}

static void test_children_run_before_their_parent(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL);
    trail_on_execute(&t, root, "root");
    rp_pipe *middle = rp_autoexec(root, .name = w->inner);
    trail_on_execute(&t, middle, "before");
    rp_pipe *leaf = rp_autoexec(middle);
    trail_on_execute(&t, leaf, "leaf");
    world_tick(leaf);
    assert_int_equal(rp_close(leaf), RP_OK);
    trail_on_execute(&t, middle, "after");
    assert_int_equal(rp_close(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "leaf before after root");
    rp_free(root);
}

static void test_empty_pipelines_call_back(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_disconnect_all();
    rp_pipe *root = rp_autoexec(NULL), *nested = rp_autoexec(root, .name = w->inner);
    trail_on_execute(&t, root, "root");
    trail_on_execute(&t, nested, "nested");
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_close(root), RP_OK);
    assert_string_equal(t.text, "nested root");
    world_connect(w);
    assert_int_equal(world_ticks(NULL), 0);
}

/* What they see. */

enum { WATCHED = 5 };

typedef struct watch {
    rp_future **futures;
    size_t ready; /* most at once */
    int64_t sum;
} watch;

static rp_status look(void *arg)
{
    watch *all = arg;
    size_t ready = 0;
    for (size_t i = 0; i < WATCHED; i++) {
        ready += rp_ready(all->futures[i]);
        all->sum += rp_int(all->futures[i]);
    }
    all->ready = ready;
    return RP_OK;
}

static void test_every_callback_sees_every_future(void **state)
{
    const world *w = *state;
    rp_future *futures[WATCHED];
    watch seen[WATCHED] = {{NULL, 0, 0}};
    rp_pipe *root = rp_pipeline(NULL);
    futures[0] = world_tick(root);
    for (size_t i = 0; i < WATCHED; i++)
        seen[i].futures = futures;
    rp_on_execute(root, look, &seen[0]);
    for (size_t i = 1; i < WATCHED; i++) {
        rp_pipe *nested = rp_autoexec(root, .name = i % 2 ? w->inner : NULL);
        rp_on_execute(nested, look, &seen[i]);
        futures[i] = rp_echo(nested, 10);
        assert_int_equal(rp_close(nested), RP_OK);
    }
    assert_int_equal(rp_execute(root), RP_OK);
    for (size_t i = 0; i < WATCHED; i++) {
        assert_int_equal(seen[i].ready, WATCHED);
        assert_int_equal(seen[i].sum, 41);
    }
    rp_free(root);
}

typedef struct sum {
    rp_future *parts[2], *total;
} sum;

static rp_status add_up(void *arg)
{
    const sum *s = arg;
    return rp_future_set(s->total, rp_int(s->parts[0]) + rp_int(s->parts[1]));
}

/* The last two ticks of the connection, added in a callback. */
static rp_future *sum_of_two(rp_pipe *parent, const char *connection)
{
    rp_pipe *pipe = rp_autoexec(parent, .name = connection);
    sum *s = rp_alloc(pipe, sizeof *s);
    assert_non_null(s);
    *s = (sum){{world_tick(pipe), world_tick(pipe)}, rp_future_new(pipe)};
    rp_on_execute(pipe, add_up, s);
    return rp_return(pipe, s->total);
}

static void test_callbacks_work_out_futures(void **state)
{
    const world *w = *state;
    rp_future *alone = sum_of_two(NULL, w->inner);
    assert_int_equal(rp_int(alone), 1 + 2);
    rp_release(alone);
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *first = sum_of_two(root, w->inner), *second = sum_of_two(root, w->inner);
    world_not_arrived(first, RP_QUEUED, RP_NOT_READY);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(first), 3 + 4);
    assert_int_equal(rp_int(second), 5 + 6);
    assert_int_equal(rp_outcome_of(second), RP_ANSWERED);
    rp_free(root);
}

/* What they may do. */

typedef struct attempt {
    rp_pipe *root, *nested, *made;
    rp_status queued[3], registered, executed[3];
    bool allocated;
    rp_status set;
    rp_future *own;
} attempt;

/* Tries everything on pipelines of the tree that is executing. */
static rp_status misuse(void *arg)
{
    attempt *a = arg;
    a->made = rp_pipeline(a->root);
    a->queued[0] = rp_status_of(world_tick(a->nested));
    a->queued[1] = rp_status_of(world_tick(a->made));
    a->executed[0] = rp_execute(a->nested);
    a->executed[1] = rp_execute(a->made);
    a->executed[2] = rp_execute(a->root);
    a->registered = rp_on_execute(a->made, misuse, a);
    rp_clear(a->root);
    a->allocated = rp_alloc(a->root, 100) != NULL;
    a->own = rp_future_new(a->root);
    a->set = rp_future_set(a->own, "set");
    return RP_OK;
}

static void test_queueing_on_the_executing_tree_is_refused(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL);
    attempt a = {.root = root, .nested = rp_pipeline(root, .name = w->inner)};
    rp_future *first = world_tick(root);
    rp_on_execute(root, misuse, &a);
    trail_on_execute(&t, root, "after");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "after");
    assert_int_equal(a.queued[0], RP_INVALID_OPERATION);
    assert_int_equal(a.queued[1], RP_INVALID_OPERATION);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(a.executed[i], RP_INVALID_OPERATION);
    assert_int_equal(a.registered, RP_INVALID_OPERATION);
    assert_true(a.allocated);
    assert_int_equal(a.set, RP_OK);
    assert_string_equal(rp_str(a.own), "set");
    rp_clear(a.nested);
    rp_clear(a.made);
    rp_future *second = world_tick(a.made);
    assert_int_equal(rp_execute(a.made), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(first), OUTER(second));
    rp_free(a.made);
    rp_free(a.nested);
    rp_free(root);
}

static rp_status queue_on_root(void *arg)
{
    attempt *a = arg;
    a->queued[2] = rp_status_of(world_tick(a->root));
    return RP_OK;
}

static void test_queueing_on_the_executing_root_is_reported(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    attempt a = {.root = root};
    rp_future *first = world_tick(root);
    rp_on_execute(root, queue_on_root, &a);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    assert_int_equal(a.queued[2], RP_INVALID_OPERATION);
    assert_int_equal(rp_int(first), 1);
    rp_future *second = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(first), OUTER(second));
    rp_free(root);
}

typedef struct descent {
    const world *w;
    trail *t;
    int depth;
    rp_status status;
    int64_t number;
} descent;

/* Executes another root, whose callback does the same, over both connections in turn. */
static rp_status descend(void *arg)
{
    descent *d = arg;
    char name[16];
    if (d->depth == 4)
        return RP_OK;
    d->depth++;
    rp_pipe *root = rp_pipeline(NULL, .name = d->depth % 2 ? d->w->inner : NULL);
    rp_pipe *nested = rp_autoexec(root);
    rp_future *n = world_tick(nested);
    rp_on_execute(nested, descend, d);
    rp_close(nested);
    rp_status status = rp_execute(root);
    snprintf(name, sizeof name, "%d", (int)rp_int(n));
    trail_write(d->t, name);
    rp_free(root);
    return status;
}

static void test_callbacks_use_other_pipelines(void **state)
{
    trail t = {""};
    descent d = {.w = *state, .t = &t};
    rp_pipe *root = rp_pipeline(NULL);
    world_tick(root);
    rp_on_execute(root, descend, &d);
    trail_on_execute(&t, root, "end");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "5 4 3 2 end");
    rp_free(root);
}

static rp_status free_it(void *arg)
{
    rp_free(arg);
    return RP_OK;
}

static rp_status close_it(void *arg)
{
    return rp_close(arg) == RP_INVALID_OPERATION ? RP_OK : RP_INVALID_VALUE;
}

static void test_free_in_callbacks(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *sibling = rp_pipeline(root, .name = w->inner);
    rp_pipe *nested = rp_pipeline(root, .name = w->inner);
    rp_on_execute(nested, free_it, nested);
    rp_on_execute(nested, free_it, sibling);
    rp_on_execute(nested, free_it, root);
    trail_on_execute(&t, nested, "nested");
    world_tick(nested);
    world_tick(sibling);
    trail_on_execute(&t, root, "root");
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK); /* which frees the root, last */
    assert_string_equal(t.text, "nested root");
    rp_pipe *closed = rp_autoexec(NULL);
    world_tick(closed);
    rp_on_execute(closed, close_it, closed);
    assert_int_equal(rp_execute(closed), RP_OK);
    assert_int_equal(world_ticks(NULL), w->inner ? 1 : 2);
}

static void test_failing_callback_ends_the_callbacks(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec(root, .name = w->inner);
    rp_future *first = world_tick(nested);
    trail_on_execute(&t, nested, "1");
    trail_on_execute_fail(&t, nested, "2", RP_CLUSTER_ERROR);
    trail_on_execute(&t, nested, "3");
    assert_int_equal(rp_close(nested), RP_OK);
    trail_on_execute(&t, root, "root");
    assert_int_equal(rp_execute(root), RP_CLUSTER_ERROR);
    assert_string_equal(t.text, "1 2");
    rp_future *second = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "1 2");
    WORLD_RAN(w, INNER(first), OUTER(second));
    rp_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_siblings_run_in_the_order_of_executing),
        WORLD_TEST(test_children_run_before_their_parent),
        WORLD_TEST(test_empty_pipelines_call_back),
        WORLD_TEST(test_every_callback_sees_every_future),
        WORLD_TEST(test_callbacks_work_out_futures),
        WORLD_TEST(test_queueing_on_the_executing_tree_is_refused),
        WORLD_TEST(test_queueing_on_the_executing_root_is_reported),
        WORLD_TEST(test_callbacks_use_other_pipelines),
        WORLD_TEST(test_free_in_callbacks),
        WORLD_TEST(test_failing_callback_ends_the_callbacks),
    };
    return world_run_all(tests, sizeof tests / sizeof *tests);
}
