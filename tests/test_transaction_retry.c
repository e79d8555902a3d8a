/* Notes. rp_transaction on a real server: what the callback may do, how often it is called, and when that ends. */
#define _GNU_SOURCE 1
#include "test_watch.h"

typedef struct transfer {
    const char *from, *to;
    int64_t amount, left;
    rp_future *balance;
    int tries, disturbed; /* in so many of the first tries somebody else changes a key */
} transfer;

static rp_status keep(void *arg)
{
    transfer *t = arg;

    return rp_get_int(t->balance, &t->left);
}

static rp_status move(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    transfer *t = arg;
    rp_future *have = rp_get(reads, t->from);
    rp_status status = rp_execute(reads);

    if (status != RP_OK)
        return status;
    if (t->tries++ < t->disturbed)
        add_elsewhere(1);
    if (rp_int(have) < t->amount)
        return RP_INVALID_VALUE;
    t->balance = rp_incrby(writes, t->from, -t->amount);
    rp_incrby(writes, t->to, t->amount);
    return rp_on_execute(writes, keep, t);
}

static void test_transaction_moves(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        transfer t = {"n", "m", 4, .disturbed = 3};

        connect_bank(&(rp_connect_opts){.protocol = protocol, .transaction = protocol == 3});
        assert_int_equal(rp_transaction("bank", RP_LIST(t.from, t.to), move, &t), RP_OK);
        assert_int_equal(t.tries, 4);
        assert_int_equal(t.left, 10 + 3 - 4);
        assert_int_equal(rp_transaction("bank", RP_LIST(t.from, t.to), move, &t, .attempts = 1), RP_OK);
        assert_int_equal(t.left, 5);
        t.amount = 6;
        assert_int_equal(rp_int(NULL), 0);
        assert_int_equal(rp_transaction("bank", RP_LIST(t.from, t.to), move, &t), RP_INVALID_VALUE);
        assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
        assert_non_null(strstr(rp_last_error()->message, "callback ended with RP_INVALID_VALUE"));
        assert_int_equal(t.tries, 6);
        assert_int_equal(value_of_n(), 5);
        rp_disconnect_all();
    }
}

static void test_transaction_gives_up(void **state)
{
    transfer t = {"n", "m", 1, .disturbed = 1000};
    (void)state;

    connect_bank(NULL);
    assert_int_equal(rp_transaction("bank", RP_LIST("m", "n"), move, &t, .attempts = 5), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "WATCH");
    assert_string_equal(rp_last_error()->connection, "bank");
    check_says("in each of 5 attempts");
    assert_int_equal(t.tries, 5);
    assert_int_equal(value_of_n(), 15);
    assert_int_equal(rp_transaction("bank", RP_LIST("m", "n"), move, &t), RP_SERVER_ERROR);
    assert_int_equal(t.tries, 105);
    rp_disconnect_all();
}

/* What the callback leaves queued is executed, WATCH in any case. */

static rp_status only_write(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    (void)reads;
    (void)arg;
    rp_incr(writes, "n");
    return RP_OK;
}

typedef struct leaving {
    rp_future *n;
    int64_t seen;
    int tries;
} leaving;

static rp_status see(void *arg)
{
    leaving *l = arg;

    return rp_get_int(l->n, &l->seen);
}

static rp_status leave_reads(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    leaving *l = arg;

    (void)writes;
    l->tries++;
    l->n = rp_get(reads, "n");
    return rp_on_execute(reads, see, l);
}

static rp_status write_itself(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    rp_status status = rp_execute(reads);

    if ((*(int *)arg)++ < 2)
        add_elsewhere(1);
    rp_incr(writes, "n");
    if (rp_execute(writes) != RP_OK) /* and does not care */
        return status;
    return status;
}

static rp_status fail_after_write(void *arg)
{
    ++*(int *)arg;
    return rp_transaction("bank", RP_LIST("m"), NULL, NULL) == RP_INVALID_VALUE ? RP_SERVER_ERROR : RP_OK;
}

static rp_status write_and_fail(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    (void)reads;
    rp_incr(writes, "n");
    return rp_on_execute(writes, fail_after_write, arg);
}

static void test_transaction_callbacks(void **state)
{
    leaving l = {.tries = 0};
    int tries = 0;
    (void)state;

    connect_bank(NULL);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), only_write, NULL), RP_OK);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), leave_reads, &l), RP_OK);
    assert_int_equal(l.seen, 11);
    assert_int_equal(l.tries, 1);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), write_itself, &tries), RP_OK);
    assert_int_equal(tries, 3);
    assert_int_equal(value_of_n(), 14);
    tries = 0;
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), write_and_fail, &tries), RP_SERVER_ERROR);
    assert_int_equal(tries, 1); /* it was written, so it is not tried again */
    assert_int_equal(value_of_n(), 15);
    rp_disconnect_all();
}

static void test_transaction_arguments(void **state)
{
    const struct {
        rp_transaction_opts known;
        char newer;
    } options = {.newer = 1};
    int tries = 0;
    (void)state;

    connect_bank(NULL);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), NULL, NULL), RP_INVALID_VALUE);
    assert_int_equal(rp_transaction("bank", RP_LIST("n"), write_itself, &tries, .attempts = -1), RP_INVALID_VALUE);
    assert_int_equal(rp_transaction("bank", RP_LIST((const char *)NULL), write_itself, &tries), RP_INVALID_VALUE);
    assert_int_equal(rp_transaction("bank", (rp_list_arg){0}, write_itself, &tries), RP_INVALID_VALUE);
    assert_int_equal(rp_transaction_with("bank", RP_LIST("n"), write_itself, &tries, &options.known, sizeof options),
                     RP_INVALID_OPERATION);
    assert_int_equal(tries, 0);
    assert_int_equal(rp_transaction("nowhere", RP_LIST("n"), only_write, NULL), RP_INVALID_PIPELINE);
    assert_int_equal(rp_transaction_with("bank", RP_LIST("n"), only_write, NULL, NULL, 0), RP_OK);
    assert_int_equal(value_of_n(), 11);
    rp_disconnect_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_transaction_moves),
        KIT_TEST(test_transaction_gives_up),
        KIT_TEST(test_transaction_callbacks),
        KIT_TEST(test_transaction_arguments),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
