/* Notes. What the caller of a pipeline gets, whatever it runs over: rp_return and rp_release, sticky errors, errors
 * from the server with and without .collect, and what is told of each command. The command that the server answers
 * with an error is an INCR of text. */
#include <string.h>

#include "support/trail.h"
#include "support/world.h"

/* rp_return and rp_release: one function, alone and as part of its caller's batch. */

static rp_future *tick_and_expire(rp_pipe *parent, const char *connection)
{
    rp_pipe *pipe = rp_autoexec(parent, .name = connection);
    rp_future *n = world_tick(pipe);
    rp_expire(pipe, "ticks", 1000000);
    return rp_return(pipe, n);
}

static rp_future *tick_twice(rp_pipe *parent, const char *connection)
{
    rp_pipe *pipe = rp_autoexec(parent, .name = connection);
    tick_and_expire(pipe, connection);
    return rp_return(pipe, tick_and_expire(pipe, connection));
}

static void test_return_alone_gives_a_value_of_its_own(void **state)
{
    const world *w = *state;
    rp_future *first = tick_and_expire(NULL, w->inner), *third = tick_twice(NULL, w->inner);
    assert_true(rp_ready(first));
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(rp_outcome_of(first), RP_ANSWERED);
    assert_int_equal(rp_status_of(first), RP_OK);
    rp_disconnect_all();
    assert_int_equal(rp_int(third), 3);
    rp_release(first);
    assert_int_equal(rp_int(third), 3);
    rp_release(third);
    rp_release(NULL);
}

static void test_return_nested_gives_the_future_itself(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *one = tick_and_expire(root, NULL), *two = tick_twice(root, w->inner);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    rp_future *own = world_tick(nested);
    assert_ptr_equal(rp_return(nested, own), own);
    world_not_arrived(one, RP_QUEUED, RP_NOT_READY);
    world_not_arrived(two, RP_QUEUED, RP_NOT_READY);
    rp_release(one);
    rp_release(own);
    assert_int_equal(rp_execute(root), RP_OK);
    rp_release(two);
    assert_int_equal(rp_int(one), 1);
    assert_int_equal(rp_int(two), w->inner ? 2 : 3);
    assert_int_equal(rp_int(own), w->inner ? 3 : 4);
    rp_free(root);
}

static void test_return_without_autoexec_or_future(void **state)
{
    (void)state;
    rp_pipe *plain = rp_pipeline(NULL), *without = rp_autoexec(NULL), *nested = rp_autoexec(without);
    rp_future *never = rp_return(plain, world_tick(plain));
    world_not_arrived(never, RP_NOT_SENT, RP_INVALID_OPERATION);
    world_not_arrived(rp_return(nested, NULL), RP_NOT_SENT, RP_INVALID_VALUE);
    rp_future *nothing = rp_return(without, NULL);
    world_not_arrived(nothing, RP_NOT_SENT, RP_INVALID_VALUE);
    world_not_arrived(rp_return(NULL, NULL), RP_NOT_SENT, RP_INVALID_VALUE);
    rp_release(never);
    rp_release(nothing);
    assert_int_equal(world_ticks(NULL), 0);
}

static rp_future *increment_text(rp_pipe *parent, const char *connection)
{
    rp_pipe *pipe = rp_autoexec(parent, .name = connection);
    rp_set(pipe, "text", "x");
    return rp_return(pipe, rp_incr(pipe, "text"));
}

/* What it returns is answered, and withheld. */
static rp_future *tick_then_increment_text(rp_pipe *parent, const char *connection)
{
    rp_pipe *pipe = rp_autoexec(parent, .name = connection);
    rp_future *first = world_tick(pipe);
    increment_text(pipe, connection);
    return rp_return(pipe, first);
}

static void test_return_alone_tells_why_it_failed(void **state)
{
    const world *w = *state;
    rp_future *failed = increment_text(NULL, w->inner);
    world_not_arrived(failed, RP_ANSWERED, RP_SERVER_ERROR);
    rp_release(failed);
    failed = tick_then_increment_text(NULL, w->inner);
    world_not_arrived(failed, RP_ANSWERED, RP_SERVER_ERROR);
    assert_string_equal(rp_error_code(failed), "ERR");
    rp_release(failed);
    failed = tick_and_expire(NULL, "nowhere");
    world_not_arrived(failed, RP_NOT_SENT, RP_INVALID_PIPELINE);
    rp_release(failed);
    rp_pipe *refused = rp_autoexec(NULL);
    rp_future *before = world_tick(refused);
    rp_get(refused, (const char *)NULL);
    failed = rp_return(refused, before);
    world_not_arrived(failed, RP_NOT_SENT, RP_INVALID_VALUE);
    rp_release(failed);
}

/* Sticky errors. */

/* Two commands in the root, one in the middle, one in a leaf before its bad one: that is command 4. */
static rp_future *queue_a_bad_one(const world *w, rp_pipe *root, rp_pipe *middle, rp_future *good[4])
{
    good[0] = world_tick(root);
    good[1] = world_tick(root);
    good[2] = world_tick(middle);
    rp_pipe *leaf = rp_autoexec(middle, .name = w->inner);
    good[3] = world_tick(leaf);
    rp_future *bad = rp_set(leaf, "k", "v", .nx = true, .xx = true);
    rp_get(leaf, (const char *)NULL); /* the first failure stays */
    assert_int_equal(rp_close(leaf), RP_INVALID_OPERATION);
    return bad;
}

static void test_sticky_error_goes_up_with_its_index(void **state)
{
    const world *w = *state;
    rp_future *good[4];
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_autoexec(root, .name = w->inner);
    trail_on_execute(&t, root, "root");
    rp_future *bad = queue_a_bad_one(w, root, middle, good);
    rp_future *late = world_tick(middle);
    assert_int_equal(rp_close(middle), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->index, 4);
    assert_non_null(strstr(rp_last_error()->message, "SET"));
    assert_int_equal(!rp_last_error()->connection, !w->inner);
    if (w->inner)
        assert_string_equal(rp_last_error()->connection, w->inner);
    for (size_t i = 0; i < 4; i++)
        world_not_arrived(good[i], RP_NOT_SENT, RP_INVALID_OPERATION);
    world_not_arrived(bad, RP_NOT_SENT, RP_INVALID_OPERATION);
    world_not_arrived(late, RP_NOT_SENT, RP_INVALID_OPERATION);
    assert_string_equal(t.text, "");
    assert_int_equal(world_ticks(NULL) + world_ticks(w->inner), 0);
    rp_free(root);
}

static void test_sticky_error_ends_with_its_execute(void **state)
{
    const world *w = *state;
    rp_future *good[4];
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root, .name = w->inner);
    queue_a_bad_one(w, root, middle, good);
    assert_int_equal(rp_execute(middle), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    rp_future *inner = world_tick(middle), *outer = world_tick(root);
    assert_int_equal(rp_execute(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(outer), INNER(inner));
    rp_free(middle);
    rp_free(root);
}

static void test_sticky_error_of_a_pipeline_that_is_freed_harms_nobody(void **state)
{
    const world *w = *state;
    rp_future *good[4];
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_autoexec(root, .name = w->inner);
    rp_future *bad = queue_a_bad_one(w, root, middle, good);
    rp_free(middle);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(good[0]), OUTER(good[1]));
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(rp_outcome_of(good[i]), RP_NOT_SENT);
    assert_false(rp_ready(bad));
    rp_free(root);
}

/* Errors from the server. */

/* Ticks around a command that fails in the root, at index 2, and one that fails in a nested pipeline, at 6. */
typedef struct failures {
    rp_future *tick[4], *error[2];
} failures;

static void queue_failures(const world *w, rp_pipe *root, failures *f, trail *t)
{
    f->tick[0] = world_tick(root);
    rp_set(root, "text", "x");
    f->error[0] = rp_incr(root, "text");
    f->tick[1] = world_tick(root);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    f->tick[2] = world_tick(nested);
    rp_set(nested, "text", "x");
    f->error[1] = rp_incr(nested, "text");
    trail_on_execute(t, nested, "nested");
    assert_int_equal(rp_close(nested), RP_OK);
    f->tick[3] = world_tick(root);
    trail_on_execute(t, root, "root");
}

static void test_collect_keeps_each_outcome(void **state)
{
    const world *w = *state;
    failures f;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL, .collect = true);
    queue_failures(w, root, &f, &t);
    assert_int_equal(rp_execute(root), RP_OK);
    for (size_t i = 0; i < 2; i++) {
        int64_t n;
        assert_true(rp_ready(f.error[i]));
        assert_int_equal(rp_kind_of(f.error[i]), RP_ERROR);
        assert_int_equal(rp_status_of(f.error[i]), RP_SERVER_ERROR);
        assert_int_equal(rp_outcome_of(f.error[i]), RP_ANSWERED);
        assert_int_equal(rp_get_int(f.error[i], &n), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, "ERR");
        assert_string_equal(rp_str(f.error[i]), "ERR value is not an integer or out of range");
    }
    WORLD_RAN(w, OUTER(f.tick[0]), OUTER(f.tick[1]), INNER(f.tick[2]), OUTER(f.tick[3]));
    assert_string_equal(t.text, "nested root");
    rp_free(root);
}

static void test_without_collect_one_error_leaves_all_unfilled(void **state)
{
    const world *w = *state;
    failures f;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL);
    queue_failures(w, root, &f, &t);
    assert_int_equal(rp_execute(root), RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, 2);
    assert_string_equal(rp_last_error()->code, "ERR");
    assert_null(rp_last_error()->connection);
    assert_non_null(strstr(rp_last_error()->message, "INCR"));
    for (size_t i = 0; i < 4; i++)
        world_not_arrived(f.tick[i], RP_ANSWERED, RP_NOT_READY); /* it ran */
    for (size_t i = 0; i < 2; i++)
        world_not_arrived(f.error[i], RP_ANSWERED, RP_SERVER_ERROR);
    assert_string_equal(t.text, "");
    assert_int_equal(world_ticks(NULL), w->inner ? 3 : 4);
    assert_int_equal(world_ticks(w->inner), w->inner ? 1 : 4);
    assert_int_equal(rp_execute(root), RP_OK); /* nothing again */
    assert_int_equal(world_ticks(NULL), w->inner ? 3 : 4);
    rp_free(root);
}

static void test_error_of_the_inner_connection_is_named(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *outer = world_tick(root), *inner = increment_text(root, "other");
    assert_int_equal(rp_execute(root), RP_SERVER_ERROR);
    assert_non_null(rp_last_error()->connection);
    assert_string_equal(rp_last_error()->connection, "other");
    assert_int_equal(rp_last_error()->index, 2);
    world_not_arrived(outer, RP_ANSWERED, RP_NOT_READY);
    world_not_arrived(inner, RP_ANSWERED, RP_SERVER_ERROR);
    assert_int_equal(world_ticks(NULL), 1);
    rp_future *again = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(again), 2);
    rp_free(root);
    assert_int_equal(world_ticks(w->inner), w->inner ? 0 : 2);
}

static void test_collect_is_for_roots(void **state)
{
    (void)state;
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec(root, .collect = true);
    rp_future *f = world_tick(nested);
    assert_int_equal(rp_close(nested), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    world_not_arrived(f, RP_NOT_SENT, RP_INVALID_OPERATION);
    nested = rp_autoexec(root, .timeout_ms = 1000);
    assert_int_equal(rp_close(nested), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    rp_free(root);
    assert_int_equal(world_ticks(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_return_alone_gives_a_value_of_its_own),
        WORLD_TEST(test_return_nested_gives_the_future_itself),
        WORLD_TEST(test_return_without_autoexec_or_future),
        WORLD_TEST(test_return_alone_tells_why_it_failed),
        WORLD_TEST(test_sticky_error_goes_up_with_its_index),
        WORLD_TEST(test_sticky_error_ends_with_its_execute),
        WORLD_TEST(test_sticky_error_of_a_pipeline_that_is_freed_harms_nobody),
        WORLD_TEST(test_collect_keeps_each_outcome),
        WORLD_TEST(test_without_collect_one_error_leaves_all_unfilled),
        WORLD_TEST(test_error_of_the_inner_connection_is_named),
        WORLD_TEST(test_collect_is_for_roots),
    };
    return world_run_all(tests, sizeof tests / sizeof *tests);
}
