/* Notes. Transactions that run out of memory: the nth allocation of the library fails, alone or with all that follow,
 * for every n until none is left to fail. The program ends with RP_NO_MEMORY or with the right values, the server ran
 * all of a transaction or nothing, nothing leaks, and the same program works when there is memory again. */
#define _GNU_SOURCE 1
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/kit.h"
#include "support/memory.h"
#include "test_live.h"

enum { MOST_STEPS = 20000, LONG = 300, PAIRS = 20 };

static int protocol;

/* What a program saw: how it ended, and what is known of its one INCR of "runs". */
typedef struct result {
    rp_status status;
    rp_outcome outcome;
    bool right;
} result;

typedef void program(result *r);

static rp_status bind_both(void)
{
    rp_status status = rp_connect("bank", live_url(server), .transaction = true, .protocol = protocol);

    return status == RP_OK ? rp_connect("plain", live_url(server)) : status;
}

static int64_t count_of(const char *key)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "plain");
    rp_future *n = rp_return(p, rp_incrby(p, key, 0));
    int64_t count = rp_int(n);

    assert_int_equal(rp_status_of(n), RP_OK);
    rp_release(n);
    return count;
}

static void fill_server(void)
{
    static const char script[] =
        "redis.call('FLUSHALL') for i = 1, tonumber(ARGV[1]) do redis.call('RPUSH', 'long', i) "
        "redis.call('HSET', 'hash', i, i) redis.call('ZADD', 'sorted', i, i) end";
    rp_pipe *p = rp_autoexec(NULL, .name = "plain");

    rp_eval(p, script, 0, LONG);
    assert_int_equal(rp_close(p), RP_OK);
}

/* -- programs ------------------------------------------------------------------------------------------------------ */

static void run_batch(result *r)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "bank"), *part = rp_autoexec(p, .name = "plain");
    rp_future *run = rp_incr(p, "runs"), *list = rp_lrange(p, "long", 0, -1), *dict = rp_hgetall(p, "hash");
    rp_future *pairs = rp_zrange(p, "sorted", 0, PAIRS - 1, .withscores = true), *echo = rp_echo(part, 7);
    rp_future *also = rp_incr(p, "also");

    rp_close(part);
    r->status = rp_execute(p);
    r->outcome = rp_outcome_of(run);
    assert_int_equal(rp_outcome_of(also), r->outcome);
    r->right = rp_int(echo) == 7 && rp_len(list) == LONG && rp_equal(rp_lookup(dict, LONG), LONG) &&
               rp_len(pairs) == PAIRS && rp_equal(rp_at(rp_at(pairs, 7), 1), 8) && rp_int(also) == rp_int(run);
    rp_free(p);
}

/* Transactions among other commands: one that reads, one that counts, and one that is aborted. */
static void run_parts(result *r)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "plain", .collect = true), *part;
    rp_future *echo = rp_echo(p, 7), *list, *pairs, *aborted, *run, *also;

    part = rp_autoexec(p, .name = "plain", .transaction = true);
    list = rp_lrange(part, "long", 0, -1);
    rp_close(part);
    part = rp_autoexec(p, .name = "plain", .transaction = true);
    run = rp_incr(part, "runs");
    pairs = rp_zrange(part, "sorted", 0, PAIRS - 1, .withscores = true);
    also = rp_incr(part, "also");
    rp_close(part);
    part = rp_autoexec(p, .name = "plain", .transaction = true);
    aborted = rp_incr(part, "runs");
    rp_command(part, "NOSUCH");
    rp_close(part);
    r->status = rp_execute(p);
    r->outcome = rp_outcome_of(run);
    assert_int_equal(rp_outcome_of(also), r->outcome);
    r->right = rp_int(echo) == 7 && rp_len(list) == LONG && rp_len(pairs) == PAIRS &&
               rp_equal(rp_at(rp_at(pairs, 7), 1), 8) && rp_int(also) == rp_int(run) && rp_kind_of(aborted) == RP_ERROR;
    rp_free(p);
}

typedef struct seen {
    rp_future *run, *also;
    bool right;
} seen;

static rp_status look(void *arg)
{
    seen *s = arg;

    s->right = rp_int(s->run) == rp_int(s->also);
    return RP_OK;
}

static rp_status read_and_write(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    seen *s = arg;
    rp_future *list = rp_lrange(reads, "long", 0, -1);
    rp_status status = rp_execute(reads);

    if (status != RP_OK)
        return status;
    assert_int_equal(rp_len(list), LONG);
    s->run = rp_incr(writes, "runs");
    s->also = rp_incr(writes, "also");
    return rp_on_execute(writes, look, s);
}

/* The outcome is not told: what may have been written counts as unknown. */
static void run_transaction(result *r)
{
    seen s = {.right = false};

    r->status = rp_transaction("bank", RP_LIST("long", "runs"), read_and_write, &s);
    r->outcome = r->status == RP_OK ? RP_ANSWERED : RP_UNKNOWN;
    r->right = s.right;
}

/* -- the sweep ----------------------------------------------------------------------------------------------------- */

/* With the nth allocation failing; false: there is no such one. `cold`: from the connect on. */
static bool step(program *run, size_t nth, bool forever, bool cold)
{
    result r = {RP_OK, RP_NOT_SENT, false};
    int64_t before, ran;
    bool failed;

    assert_int_equal(bind_both(), RP_OK);
    run(&r);
    assert_true(r.status == RP_OK && r.right);
    before = count_of("runs");
    if (cold)
        rp_disconnect_all();
    r = (result){RP_OK, RP_NOT_SENT, false};
    memory_fail(nth, forever);
    if (cold)
        r.status = bind_both();
    if (r.status == RP_OK)
        run(&r);
    failed = memory_failures() > 0;
    memory_fail(0, false);
    if (r.status != RP_OK && (r.status != RP_NO_MEMORY || !failed))
        fail_msg("step %zu: %s: %s", nth, rp_status_name(r.status), rp_last_error()->message);
    assert_true(r.status != RP_OK || r.right);
    assert_int_equal(bind_both(), RP_OK);
    ran = count_of("runs") - before;
    if (ran != (r.outcome == RP_ANSWERED) && (r.outcome != RP_UNKNOWN || ran != 1))
        fail_msg("step %zu: outcome %d, but it ran %d times", nth, (int)r.outcome, (int)ran);
    assert_int_equal(count_of("also"), before + ran);
    run(&r);
    assert_true(r.status == RP_OK && r.right);
    rp_disconnect_all();
    assert_int_equal(memory_bytes(), 0);
    return failed;
}

static void sweep(program *run)
{
    live_want(server);
    memory_watch();
    for (protocol = 2; protocol <= 3; protocol++) {
        assert_int_equal(bind_both(), RP_OK);
        fill_server();
        rp_disconnect_all();
        for (int way = 0; way < 4; way++) {
            size_t nth = 1;

            while (nth < MOST_STEPS && step(run, nth, way / 2, way % 2))
                nth++;
            assert_in_range(nth, 4, MOST_STEPS - 1);
        }
    }
    memory_unwatch();
}

static void test_m01_no_memory_in_a_transaction(void **state)
{
    (void)state;
    sweep(run_batch);
}

static void test_m01_no_memory_in_transactions_of_pipelines(void **state)
{
    (void)state;
    sweep(run_parts);
}

static void test_m01_no_memory_while_watching(void **state)
{
    (void)state;
    sweep(run_transaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_m01_no_memory_in_a_transaction),
        KIT_TEST(test_m01_no_memory_in_transactions_of_pipelines),
        KIT_TEST(test_m01_no_memory_while_watching),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
