/* Notes. rp_watch and rp_multi on a real server: in order, with changed keys, nested, misused. */
#define _GNU_SOURCE 1
#include "test_watch.h"

#include "support/trail.h"

static void test_watch_reads_then_writes(void **state)
{
    rp_pipe *reads, *writes;
    rp_future *n, *again, *sum, *list;
    trail t = {""};
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_bank(&(rp_connect_opts){.protocol = protocol});
        reads = rp_watch("bank", "n", "m");
        n = rp_get(reads, "n");
        assert_int_equal(rp_execute(reads), RP_OK);
        assert_int_equal(rp_int(n), 10);
        writes = rp_multi(reads);
        sum = rp_incrby(writes, "n", rp_int(n));
        list = rp_hgetall(writes, "missing");
        trail_on_execute(&t, writes, "written");
        again = rp_get(reads, "n");
        assert_int_equal(rp_execute(reads), RP_OK);
        assert_int_equal(rp_int(again), 10);
        assert_int_equal(rp_execute(writes), RP_OK);
        assert_int_equal(rp_int(sum), 20);
        assert_int_equal(rp_kind_of(list), RP_DICT);
        assert_int_equal(value_of_n(), 20);
        again = rp_get(reads, "n"); /* reading goes on */
        assert_int_equal(rp_execute(reads), RP_OK);
        assert_int_equal(rp_int(again), 20);
        rp_free(protocol == 2 ? reads : writes);
        rp_free(protocol == 2 ? writes : reads);
        rp_disconnect_all();
    }
    assert_string_equal(t.text, "written written");
}

static void test_watch_of_a_changed_key(void **state)
{
    rp_pipe *reads, *writes;
    rp_future *n, *one;
    trail t = {""};
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_bank(&(rp_connect_opts){.protocol = protocol});
        reads = protocol == 2 ? rp_watch("bank", "m", "n") : rp_watch_array("bank", RP_LIST("m", "n"));
        writes = rp_multi(reads);
        assert_int_equal(rp_execute(reads), RP_OK);
        add_elsewhere(1);
        one = rp_set(writes, "m", 1);
        n = rp_incr(writes, "n");
        trail_on_execute(&t, writes, "written");
        assert_int_equal(rp_execute(writes), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, "WATCH");
        assert_string_equal(rp_last_error()->connection, "bank");
        assert_int_equal(rp_last_error()->index, 0);
        assert_int_equal(rp_status_of(one), RP_SERVER_ERROR);
        assert_int_equal(rp_kind_of(n), RP_PENDING);
        assert_int_equal(value_of_n(), 11);
        check_refused(writes, RP_INVALID_OPERATION, "make a new rp_watch");
        rp_free(writes);
        writes = rp_multi(reads);
        check_refused(writes, RP_INVALID_OPERATION, "make a new rp_watch");
        assert_int_equal(value_of_n(), 11);
        rp_free(writes);
        rp_free(reads);
        rp_disconnect_all();
    }
    assert_string_equal(t.text, "");
}

static void test_multi_runs_once(void **state)
{
    rp_pipe *reads, *writes, *second;
    (void)state;

    connect_bank(NULL);
    reads = rp_watch("bank", "n");
    writes = rp_multi(reads);
    second = rp_multi(reads);
    check_refused(writes, RP_INVALID_OPERATION, "execute the pipeline of rp_watch first");
    assert_int_equal(rp_execute(writes), RP_OK); /* empty: no connection is needed */
    assert_int_equal(rp_execute(reads), RP_OK);
    assert_int_equal(rp_execute(writes), RP_OK);
    rp_get(writes, (const char *)NULL);
    assert_int_equal(rp_execute(writes), RP_INVALID_VALUE);
    rp_incr(writes, "n"); /* what was empty or refused has left the keys watched */
    assert_int_equal(rp_execute(writes), RP_OK);
    check_refused(writes, RP_INVALID_OPERATION, "nothing is watched any more");
    check_refused(second, RP_INVALID_OPERATION, "nothing is watched any more");
    assert_int_equal(value_of_n(), 11);
    rp_free(second);
    rp_free(reads);
    rp_free(writes);
    rp_disconnect_all();
}

static void test_errors_before_and_in_the_transaction(void **state)
{
    rp_pipe *reads, *writes;
    rp_future *n;
    (void)state;

    connect_bank(NULL);
    reads = rp_watch("bank", "n");
    n = rp_lpush(reads, "n", 1); /* WRONGTYPE */
    assert_int_equal(rp_execute(reads), RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, 1);
    assert_int_equal(rp_outcome_of(n), RP_ANSWERED);
    writes = rp_multi(reads);
    n = rp_incr(writes, "n");
    rp_lpush(writes, "n", 1);
    assert_int_equal(rp_execute(writes), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "WRONGTYPE");
    assert_int_equal(rp_last_error()->index, 1);
    assert_int_equal(rp_outcome_of(n), RP_ANSWERED);
    assert_int_equal(value_of_n(), 11);
    check_refused(writes, RP_INVALID_OPERATION, "nothing is watched any more");
    rp_free(writes);
    rp_free(reads);
    rp_disconnect_all();
}

/* Pipelines nested under the same name are part of it; others run on their own. */
static void test_nested_in_watch_and_multi(void **state)
{
    rp_pipe *reads, *writes, *part;
    rp_future *mine, *theirs, *sum, *elsewhere;
    (void)state;

    for (int serial = 0; serial < 2; serial++) {
        rp_set_parallel(!serial);
        connect_bank(NULL);
        reads = rp_watch("bank", "n");
        part = rp_autoexec(reads, .name = "bank");
        mine = rp_command(part, "CLIENT", "ID");
        assert_int_equal(rp_close(part), RP_OK);
        part = rp_autoexec(reads, .name = "other");
        theirs = rp_command(part, "CLIENT", "ID");
        assert_int_equal(rp_close(part), RP_OK);
        sum = rp_command(reads, "CLIENT", "ID");
        assert_int_equal(rp_execute(reads), RP_OK);
        assert_int_equal(rp_int(mine), rp_int(sum));
        assert_int_not_equal(rp_int(mine), rp_int(theirs));
        writes = rp_multi(reads);
        part = rp_autoexec(writes, .name = "other");
        elsewhere = rp_incr(part, "n");
        assert_int_equal(rp_close(part), RP_OK);
        assert_int_equal(rp_execute(writes), RP_OK); /* nothing for the watched connection: no EXEC */
        assert_int_equal(rp_int(elsewhere), 11);
        part = rp_autoexec(writes, .name = "bank");
        rp_incr(part, "n");
        assert_int_equal(rp_close(part), RP_OK);
        assert_int_equal(rp_execute(writes), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, "WATCH");
        rp_free(reads);
        rp_free(writes);
        rp_disconnect_all();
    }
    rp_set_parallel(true);
}

typedef struct late_write {
    rp_pipe *reads;
    rp_future *n;
    int64_t sum;
} late_write;

static rp_status write_in_callback(void *arg)
{
    late_write *w = arg;
    rp_pipe *writes = rp_multi(w->reads);
    rp_future *sum = rp_incrby(writes, "n", rp_int(w->n));
    rp_status status = rp_execute(writes);

    w->sum = rp_int(sum);
    rp_free(writes);
    return status;
}

static void test_multi_in_a_callback_of_its_watch(void **state)
{
    late_write w = {.reads = NULL};
    (void)state;

    connect_bank(NULL);
    w.reads = rp_watch("bank", "n");
    w.n = rp_get(w.reads, "n");
    assert_int_equal(rp_on_execute(w.reads, write_in_callback, &w), RP_OK);
    assert_int_equal(rp_execute(w.reads), RP_OK);
    assert_int_equal(w.sum, 20);
    rp_free(w.reads);
    rp_disconnect_all();
}

/* Reads are immediate where everything else on the connection is a transaction. */
static void test_watch_where_all_is_a_transaction(void **state)
{
    rp_pipe *reads, *writes, *part;
    rp_future *n, *sum, *plain;
    (void)state;

    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_bank(&(rp_connect_opts){.transaction = true, .protocol = protocol});
        assert_int_equal(rp_connect("sums", live_url(server), .transaction = true), RP_OK);
        reads = rp_watch("bank", "n");
        n = rp_get(reads, "n");
        part = rp_autoexec(reads, .name = "sums");
        plain = rp_get(part, "n");
        assert_int_equal(rp_close(part), RP_OK);
        assert_int_equal(rp_execute(reads), RP_OK);
        assert_int_equal(rp_int(n), 10);
        assert_int_equal(rp_int(plain), 10);
        writes = rp_multi(reads);
        sum = rp_incr(writes, "n");
        assert_int_equal(rp_execute(writes), RP_OK);
        assert_int_equal(rp_int(sum), 11);
        rp_free(reads);
        rp_free(writes);
        rp_disconnect_all();
    }
}

static void test_futures_outlive_the_watch(void **state)
{
    rp_pipe *reads;
    rp_future *n;
    (void)state;

    connect_bank(&(rp_connect_opts){.pool_size = 1});
    reads = rp_watch("bank", "n");
    n = rp_get(reads, "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    n = rp_return(reads, n);
    reads = rp_watch("bank", "n"); /* the connection does not stay with what was returned */
    assert_int_equal(rp_execute(reads), RP_OK);
    rp_free(reads);
    assert_int_equal(rp_int(n), 10);
    rp_release(n);
    rp_disconnect_all();
}

/* -- misuse -------------------------------------------------------------------------------------------------------- */

static void check_no_multi(rp_pipe *watch)
{
    rp_pipe *p = rp_multi(watch);
    rp_future *n;

    for (int i = 0; i < 2; i++) { /* it does not turn into a pipeline that would run without the lock */
        n = rp_incr(p, "n");
        assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
        assert_int_equal(rp_outcome_of(n), RP_NOT_SENT);
    }
    rp_free(p);
}

static void test_multi_needs_a_watch(void **state)
{
    rp_pipe *plain, *reads, *writes, *nested;
    (void)state;

    connect_bank(NULL);
    assert_int_equal(rp_connect(NULL, live_url(server)), RP_OK);
    plain = rp_pipeline(NULL, .name = "bank");
    reads = rp_watch("bank", "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    writes = rp_multi(reads);
    nested = rp_pipeline(reads);
    check_no_multi(NULL);
    check_no_multi(plain);
    check_no_multi(writes);
    check_no_multi(nested);
    rp_free(nested);
    rp_free(writes);
    rp_free(reads);
    rp_free(plain);
    assert_int_equal(value_of_n(), 10);
    rp_disconnect_all();
}

static void check_watch_fails(rp_pipe *reads, rp_status status)
{
    rp_pipe *writes = rp_multi(reads);
    rp_future *n = rp_get(reads, "n");

    assert_int_equal(rp_execute(reads), status);
    assert_int_equal(rp_outcome_of(n), RP_NOT_SENT);
    rp_incr(writes, "n");
    assert_int_not_equal(rp_execute(writes), RP_OK);
    rp_free(writes);
    rp_free(reads);
}

static void test_watch_that_cannot_begin(void **state)
{
    rp_pipe *reads, *writes, *part;
    (void)state;

    connect_bank(NULL);
    assert_int_equal(rp_connect("nowhere", "unix:///nowhere/at/all"), RP_OK);
    check_watch_fails(rp_watch("not bound", "n"), RP_INVALID_PIPELINE);
    check_watch_fails(rp_watch("nowhere", "n"), RP_CONNECTION_ERROR);
    check_watch_fails(rp_watch("bank", (const char *)NULL), RP_INVALID_VALUE);
    check_watch_fails(rp_watch_with("bank", 0, NULL), RP_INVALID_VALUE);
    reads = rp_watch("bank", "n");
    part = rp_autoexec(reads, .name = "not bound");
    rp_get(part, "n");
    assert_int_equal(rp_close(part), RP_OK);
    check_watch_fails(reads, RP_INVALID_PIPELINE);
    reads = rp_watch("bank", "n"); /* without its WATCH */
    rp_clear(reads);
    rp_get(reads, "n");
    assert_int_equal(rp_execute(reads), RP_OK);
    writes = rp_multi(reads);
    check_refused(writes, RP_INVALID_OPERATION, "nothing is watched yet");
    rp_free(writes);
    rp_free(reads);
    assert_int_equal(value_of_n(), 10);
    rp_disconnect_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_watch_reads_then_writes),
        KIT_TEST(test_watch_of_a_changed_key),
        KIT_TEST(test_multi_runs_once),
        KIT_TEST(test_errors_before_and_in_the_transaction),
        KIT_TEST(test_nested_in_watch_and_multi),
        KIT_TEST(test_multi_in_a_callback_of_its_watch),
        KIT_TEST(test_watch_where_all_is_a_transaction),
        KIT_TEST(test_futures_outlive_the_watch),
        KIT_TEST(test_multi_needs_a_watch),
        KIT_TEST(test_watch_that_cannot_begin),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
