/* Notes. How pipelines behave, whatever they run over: what is sent, in which order, what arrives, and what is
 * forgotten. Callbacks are in test_behave_callbacks.c. Most tests send ticks (see world.h), whose replies tell the
 * order in which they ran; nested pipelines go to the inner connection. */
#include <string.h>

#include "support/trail.h"
#include "support/world.h"

/* What arrives. */

static void test_futures_arrive(void **state)
{
    rp_pipe *root = rp_pipeline(NULL);
    (void)state;
    rp_future *set = rp_set(root, "k", "12"), *text = rp_get(root, "k"), *number = rp_incr(root, "k");
    rp_future *none = rp_get(root, "nowhere"), *echo = rp_echo(root, rp_b("a\0b", 3)), *pong = rp_ping(root);
    world_not_arrived(text, RP_QUEUED, RP_NOT_READY);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_true(rp_ready(text));
    assert_int_equal(rp_outcome_of(text), RP_ANSWERED);
    assert_int_equal(rp_status_of(text), RP_OK);
    assert_string_equal(rp_str(set), "OK");
    assert_int_equal(rp_kind_of(text), RP_STRING);
    assert_int_equal(rp_int(text), 12);
    assert_int_equal(rp_kind_of(number), RP_INT);
    assert_int_equal(rp_int(number), 13);
    assert_true(rp_is_null(none));
    assert_int_equal(rp_len(echo), 3);
    assert_memory_equal(rp_str(echo), "a\0b", 4);
    assert_string_equal(rp_str(pong), "PONG");
    rp_free(root);
}

static void test_futures_stay_until_the_root_is_freed(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    rp_future *first = rp_echo(nested, "first");
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    rp_future *second = rp_echo(root, "second");
    assert_string_equal(rp_str(first), "first");
    assert_int_equal(rp_execute(root), RP_OK);
    rp_future *forgotten = rp_echo(root, "forgotten");
    rp_clear(root);
    assert_string_equal(rp_str(first), "first");
    assert_string_equal(rp_str(second), "second");
    world_not_arrived(forgotten, RP_NOT_SENT, RP_NOT_READY);
    rp_free(root);
}

/* In which order. */

static void test_commands_go_where_the_nested_pipeline_executes(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *r1 = world_tick(root);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    rp_future *n1 = world_tick(nested), *r2 = world_tick(root), *n2 = world_tick(nested);
    assert_int_equal(rp_close(nested), RP_OK);
    rp_future *r3 = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(r1), OUTER(r2), INNER(n1), INNER(n2), OUTER(r3));
    rp_free(root);
}

static void test_commands_of_three_levels_keep_their_places(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *r1 = world_tick(root);
    rp_pipe *middle = rp_autoexec(root, .name = w->inner);
    rp_future *m1 = world_tick(middle);
    rp_pipe *leaf = rp_autoexec(middle, .name = w->inner);
    rp_future *l1 = world_tick(leaf);
    assert_int_equal(rp_close(leaf), RP_OK);
    rp_future *m2 = world_tick(middle);
    assert_int_equal(rp_close(middle), RP_OK);
    rp_future *r2 = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(r1), INNER(m1), INNER(l1), INNER(m2), OUTER(r2));
    rp_free(root);
}

static void test_leaf_writes_after_what_its_parent_queued_before(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_pipe *middle = rp_autoexec(root, .name = w->inner);
    rp_set(middle, "k", "middle");
    rp_pipe *leaf = rp_autoexec(middle, .name = w->inner);
    rp_set(leaf, "k", "leaf");
    assert_int_equal(rp_close(leaf), RP_OK);
    rp_future *k = rp_get(middle, "k");
    assert_int_equal(rp_close(middle), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(rp_str(k), "leaf");
    rp_free(root);
}

/* Siblings that are open at the same time, each command by command: the order of executing counts. */
static void test_interleaved_siblings(void **state)
{
    enum { SIBLINGS = 3, EACH = 4 };
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL), *sibling[SIBLINGS];
    tick ticks[SIBLINGS * EACH];
    for (size_t i = 0; i < SIBLINGS; i++)
        sibling[i] = rp_pipeline(root, .name = i % 2 ? w->inner : NULL);
    for (size_t k = 0; k < EACH; k++)
        for (size_t i = 0; i < SIBLINGS; i++)
            ticks[(SIBLINGS - 1 - i) * EACH + k] = (tick){world_tick(sibling[i]), i % 2};
    for (size_t i = SIBLINGS; i-- > 0;) {
        assert_int_equal(rp_execute(sibling[i]), RP_OK);
        rp_free(sibling[i]);
    }
    assert_int_equal(rp_execute(root), RP_OK);
    world_ran(w, SIBLINGS * EACH, ticks);
    rp_free(root);
}

/* Over which connection. */

static void test_no_name_is_the_default_connection_in_nested_pipelines_too(void **state)
{
    (void)state;
    rp_pipe *root = rp_pipeline(NULL, .name = "other");
    rp_pipe *nested = rp_autoexec(root);
    rp_pipe *deeper = rp_autoexec(nested, .name = "other");
    rp_pipe *deepest = rp_autoexec(deeper);
    rp_set(deepest, "k", "by default");
    assert_int_equal(rp_close(deepest), RP_OK);
    assert_int_equal(rp_close(deeper), RP_OK);
    rp_set(nested, "l", "by default");
    assert_int_equal(rp_close(nested), RP_OK);
    rp_disconnect("other"); /* which nothing was queued for */
    assert_int_equal(rp_execute(root), RP_OK);
    rp_free(root);
    rp_pipe *check = rp_pipeline(NULL);
    rp_future *k = rp_get(check, "k"), *l = rp_get(check, "l");
    assert_int_equal(rp_execute(check), RP_OK);
    assert_string_equal(rp_str(k), "by default");
    assert_string_equal(rp_str(l), "by default");
    rp_free(check);
}

static void test_names_are_looked_up_when_the_root_executes(void **state)
{
    const world *w = *state;
    rp_disconnect_all();
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *outer = world_tick(root);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner);
    rp_future *inner = world_tick(nested);
    assert_int_equal(rp_close(nested), RP_OK);
    world_connect(w);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(outer), INNER(inner));
    rp_free(root);
}

static void test_unbound_name_sends_nothing_anywhere(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *before = world_tick(root);
    rp_pipe *nested = rp_autoexec(root, .name = w->inner), *lost = rp_autoexec(root, .name = "nowhere");
    rp_future *inner = world_tick(nested), *unbound = rp_get(lost, "k");
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_close(lost), RP_OK);
    rp_future *after = world_tick(root);
    assert_int_equal(rp_execute(root), RP_INVALID_PIPELINE);
    assert_int_equal(rp_last_error()->index, 2);
    assert_non_null(rp_last_error()->connection);
    assert_string_equal(rp_last_error()->connection, "nowhere");
    assert_non_null(strstr(rp_last_error()->message, "'nowhere'"));
    rp_future *const all[] = {before, inner, unbound, after};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        world_not_arrived(all[i], RP_NOT_SENT, RP_INVALID_PIPELINE);
    assert_int_equal(world_ticks(NULL), 0);
    assert_int_equal(world_ticks(w->inner), 0);
    rp_future *again = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(again));
    rp_free(root);
}

/* What is sent once, and what never. */

static void test_executed_queue_is_gone(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root, .name = w->inner);
    rp_future *r1 = world_tick(root), *n1 = world_tick(nested);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rp_execute(nested), RP_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(r1), INNER(n1));
    rp_future *n2 = world_tick(nested), *r2 = world_tick(root);
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(r1), INNER(n1), OUTER(r2), INNER(n2));
    rp_free(nested);
    rp_free(root);
}

static void test_autoexec_executes_once_and_only_autoexec_does(void **state)
{
    const world *w = *state;
    rp_pipe *root = rp_autoexec(NULL), *plain = rp_pipeline(root, .name = w->inner);
    rp_pipe *nested = rp_pipeline(root, .name = w->inner, .autoexec = true);
    world_tick(root);
    rp_future *dropped = world_tick(plain);
    world_tick(nested);
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_close(plain), RP_INVALID_OPERATION);
    world_not_arrived(dropped, RP_NOT_SENT, RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_close(root), RP_OK);
    assert_int_equal(world_ticks(NULL), w->inner ? 1 : 2);
    rp_pipe *unsent = rp_pipeline(NULL);
    world_tick(unsent);
    assert_int_equal(rp_close(unsent), RP_INVALID_OPERATION);
    rp_pipe *given_up = rp_autoexec(NULL);
    world_tick(given_up);
    rp_free(given_up);
    assert_int_equal(world_ticks(NULL), w->inner ? 1 : 2);
    assert_int_equal(world_ticks(w->inner), w->inner ? 1 : 2);
    assert_int_equal(rp_close(NULL), RP_OK);
}

static void test_freed_middle_takes_all_along(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_autoexec(root, .name = w->inner);
    rp_future *r1 = world_tick(root), *m1 = world_tick(middle);
    rp_pipe *leaf = rp_autoexec(middle);
    rp_future *l1 = world_tick(leaf);
    trail_on_execute(&t, leaf, "leaf");
    trail_on_execute(&t, middle, "middle");
    trail_on_execute(&t, root, "root");
    assert_int_equal(rp_close(leaf), RP_OK);
    rp_free(middle);
    rp_future *r2 = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, OUTER(r1), OUTER(r2));
    world_not_arrived(m1, RP_NOT_SENT, RP_NOT_READY);
    world_not_arrived(l1, RP_NOT_SENT, RP_NOT_READY);
    assert_string_equal(t.text, "root");
    rp_free(root);
}

static void test_clear_forgets_all_that_is_queued(void **state)
{
    const world *w = *state;
    trail t = {""};
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root, .name = w->inner);
    rp_future *own = world_tick(root), *handed = world_tick(nested);
    trail_on_execute(&t, root, "root");
    trail_on_execute(&t, nested, "nested");
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_get(root, (const char *)NULL);
    rp_future *kept = world_tick(nested);
    rp_clear(root);
    rp_clear(NULL);
    world_not_arrived(own, RP_NOT_SENT, RP_NOT_READY);
    world_not_arrived(handed, RP_NOT_SENT, RP_NOT_READY);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_string_equal(t.text, "");
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_future *last = world_tick(root);
    assert_int_equal(rp_execute(root), RP_OK);
    WORLD_RAN(w, INNER(kept), OUTER(last));
    rp_free(nested);
    rp_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_futures_arrive),
        WORLD_TEST(test_futures_stay_until_the_root_is_freed),
        WORLD_TEST(test_commands_go_where_the_nested_pipeline_executes),
        WORLD_TEST(test_commands_of_three_levels_keep_their_places),
        WORLD_TEST(test_leaf_writes_after_what_its_parent_queued_before),
        WORLD_TEST(test_interleaved_siblings),
        WORLD_TEST(test_no_name_is_the_default_connection_in_nested_pipelines_too),
        WORLD_TEST(test_names_are_looked_up_when_the_root_executes),
        WORLD_TEST(test_unbound_name_sends_nothing_anywhere),
        WORLD_TEST(test_executed_queue_is_gone),
        WORLD_TEST(test_autoexec_executes_once_and_only_autoexec_does),
        WORLD_TEST(test_freed_middle_takes_all_along),
        WORLD_TEST(test_clear_forgets_all_that_is_queued),
    };
    return world_run_all(tests, sizeof tests / sizeof *tests);
}
