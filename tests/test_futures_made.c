/* Notes. Futures of rp_future_new, which callbacks set: what becomes of them where the execute fails, where a callback
 * does, and where nobody sets them. */
#define _GNU_SOURCE 1
#include "test_connection.h"

typedef struct sum {
    rp_future *a, *b, *total;
} sum;

static rp_status add(void *arg)
{
    sum *s = arg;

    return rp_future_set(s->total, rp_int(s->a) + rp_int(s->b));
}

/* A function as programs write them: two commands, and a future that a callback works out. */
static rp_future *add_two(rp_pipe *parent, const char *name, const char *key)
{
    rp_pipe *p = rp_autoexec(parent, .name = name);
    sum *s = rp_alloc(p, sizeof *s);

    s->a = rp_incr(p, "a");
    s->b = rp_incr(p, key);
    s->total = rp_future_new(p);
    rp_on_execute(p, add, s);
    return rp_return(p, s->total);
}

static void check_unset(rp_future *f, rp_outcome outcome, rp_status status, const char *says)
{
    assert_false(rp_ready(f));
    assert_int_equal(rp_outcome_of(f), outcome);
    assert_int_equal(rp_status_of(f), status);
    assert_int_equal(rp_int(f), 0);
    assert_int_equal(rp_last_error()->status, RP_NOT_READY);
    check_says(says);
}

static void check_failing(const char *script, const char *key, rp_outcome outcome, rp_status status)
{
    fake *f = fake_start(script);
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *alone, *nested, *deep;
    rp_pipe *part = rp_pipeline(p);

    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    alone = add_two(NULL, "n", key);
    check_unset(alone, outcome, status, rp_status_name(status));
    rp_release(alone);
    nested = add_two(p, "n", key);
    deep = add_two(part, "n", key);
    assert_int_equal(rp_execute(part), key ? RP_OK : status);
    check_unset(nested, key ? RP_QUEUED : RP_NOT_SENT, key ? RP_NOT_READY : status,
                key ? "not arrived" : rp_status_name(status));
    assert_int_equal(rp_execute(p), status);
    check_unset(nested, outcome, status, rp_status_name(status));
    check_unset(deep, outcome, status, rp_status_name(status));
    rp_free(part);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_future_of_an_execute_that_failed(void **state)
{
    (void)state;
    check_failing("HELLO\nREAD 2\nSEND '+v\\r\\n-WRONGTYPE no\\r\\n'\n"
                  "READ 4\nSEND '+v\\r\\n+v\\r\\n+v\\r\\n-WRONGTYPE no\\r\\n'\nSTALL\n",
                  "b", RP_ANSWERED, RP_SERVER_ERROR);
    check_failing("CONNECTION *\nHELLO\nREAD 2\nCLOSE\n", "b", RP_UNKNOWN, RP_CONNECTION_ERROR);
    check_failing("CONNECTION *\nHELLO\nREAD 2\nSEND '+v\\r\\n'\nCLOSE\n", "b", RP_UNKNOWN, RP_CONNECTION_ERROR);
    check_failing("CONNECTION *\nREAD 1\nCLOSE\n", "b", RP_NOT_SENT, RP_CONNECTION_ERROR);
    check_failing("CONNECTION *\n", NULL, RP_NOT_SENT, RP_INVALID_VALUE);
}

static rp_status refuse(void *arg)
{
    (void)arg;
    return RP_CLUSTER_ERROR;
}

static rp_status set_first(void *arg)
{
    return rp_future_set(arg, 1);
}

static void test_future_of_a_callback_that_failed(void **state)
{
    rp_pipe *p = rp_pipeline(NULL), *nested = rp_autoexec(p);
    rp_future *set = rp_future_new(nested), *inner = rp_future_new(nested), *outer = rp_future_new(p);
    (void)state;

    rp_on_execute(nested, set_first, set);
    rp_on_execute(nested, refuse, NULL);
    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_execute(p), RP_CLUSTER_ERROR);
    assert_int_equal(rp_int(set), 1);
    assert_int_equal(rp_status_of(set), RP_OK);
    check_unset(inner, RP_ANSWERED, RP_CLUSTER_ERROR, "RP_CLUSTER_ERROR");
    check_unset(outer, RP_ANSWERED, RP_CLUSTER_ERROR, "RP_CLUSTER_ERROR");
    rp_free(p);
}

/* It can still be set, and then is as any other. */
static void test_future_that_nobody_set(void **state)
{
    rp_pipe *p = rp_pipeline(NULL), *nested = rp_autoexec(p), *open = rp_pipeline(p);
    rp_future *own = rp_future_new(p), *inner = rp_future_new(nested), *later = rp_future_new(open), *alone;
    (void)state;

    assert_int_equal(rp_close(nested), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    check_unset(own, RP_ANSWERED, RP_INVALID_OPERATION, "never set");
    check_unset(inner, RP_ANSWERED, RP_INVALID_OPERATION, "never set");
    check_unset(later, RP_QUEUED, RP_NOT_READY, "not arrived"); /* its pipeline has not executed */
    assert_int_equal(rp_future_set(own, "late"), RP_OK);
    assert_string_equal(rp_str(own), "late");
    assert_int_equal(rp_status_of(own), RP_OK);
    rp_free(open);
    check_unset(later, RP_NOT_SENT, RP_NOT_READY, "not arrived");
    rp_free(p);
    p = rp_autoexec(NULL);
    alone = rp_return(p, rp_future_new(p));
    check_unset(alone, RP_ANSWERED, RP_INVALID_OPERATION, "never set");
    rp_release(alone);
}

/* Made where it can't be set any more, it tells that at once. */
static void test_future_of_a_pipeline_that_has_failed(void **state)
{
    rp_pipe *p = rp_pipeline(NULL), *nested = rp_pipeline(p);
    rp_future *before = rp_future_new(nested), *after;
    (void)state;

    rp_get(nested, (const char *)NULL);
    after = rp_future_new(nested);
    check_unset(after, RP_NOT_SENT, RP_INVALID_VALUE, "RP_INVALID_VALUE");
    check_unset(before, RP_QUEUED, RP_NOT_READY, "not arrived");
    assert_int_equal(rp_execute(nested), RP_INVALID_VALUE);
    check_unset(before, RP_NOT_SENT, RP_INVALID_VALUE, "RP_INVALID_VALUE");
    rp_free(nested);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_future_of_an_execute_that_failed),
        KIT_TEST(test_future_of_a_callback_that_failed),
        KIT_TEST(test_future_that_nobody_set),
        KIT_TEST(test_future_of_a_pipeline_that_has_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
