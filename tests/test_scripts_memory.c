/* Notes. Scripts without memory: the nth allocation of the library fails, alone or with all that follow, for every n
 * until none is left to fail. The program ends with RP_NO_MEMORY and none of its futures filled, or with the right
 * values; each call ran once at most; and the same program works when there is memory again. The server has lost the
 * scripts each time, so that calls are made whole before they are sent, or after. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_scripts.h"

enum { MOST_STEPS = 5000, COMMANDS = 40 };

static rp_script *one, *two;

/* Bit 0: the order matters, so that scripts go whole at once; bit 1: it is a transaction; bit 2: connect anew. */
enum { CLASH = 1, TRANSACTION = 2, COLD = 4, WAYS = 8 };

typedef struct result {
    rp_status status;
    rp_outcome outcomes[COMMANDS];
    int filled, right;
    size_t index; /* of the failure */
} result;

static void connect_again(unsigned way)
{
    assert_int_equal(rp_connect(NULL, live_url(server), .transaction = way & TRANSACTION), RP_OK);
    assert_int_equal(rp_connect("other", live_url(server)), RP_OK);
}

/* Each command counts its own key. */
static void run(unsigned way, result *r, int64_t before)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *futures[COMMANDS];

    for (int i = 0; i < COMMANDS; i++)
        futures[i] = i % 3 == 2 ? rp_incr(p, i) : rp_script_run(p, i % 3 ? two : one, .keys = RP_LIST(i));
    if (way & CLASH)
        rp_strlen(p, 0);
    r->status = rp_execute(p);
    r->index = rp_last_error()->index;
    r->filled = r->right = 0;
    for (int i = 0; i < COMMANDS; i++) {
        r->outcomes[i] = rp_outcome_of(futures[i]);
        r->filled += rp_ready(futures[i]);
        r->right += rp_ready(futures[i]) && rp_int(futures[i]) == before + 1;
    }
    rp_free(p);
}

/* All keys, by way of the other connection. */
static void read_counts(int64_t counts[COMMANDS])
{
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    rp_future *futures[COMMANDS];

    for (int i = 0; i < COMMANDS; i++)
        futures[i] = rp_incrby(p, i, 0);
    check_execute(p);
    for (int i = 0; i < COMMANDS; i++)
        counts[i] = rp_int(futures[i]);
    rp_free(p);
}

/* The keys begin at 0, and the connections know the scripts, but the server does not. */
static void prepare(unsigned way)
{
    result r;
    rp_pipe *p;

    connect_again(way);
    run(way, &r, 0);
    assert_int_equal(r.status, RP_OK);
    p = rp_autoexec(NULL, .name = "other");
    rp_flushall(p);
    rp_script_flush(p);
    assert_int_equal(rp_close(p), RP_OK);
    if (way & COLD)
        rp_disconnect(NULL);
}

/* With the nth allocation failing; false: there is no such one. */
static bool step(unsigned way, size_t nth, bool forever)
{
    int64_t counts[COMMANDS];
    result r;
    bool failed;

    prepare(way);
    if (way & COLD)
        assert_int_equal(rp_connect(NULL, live_url(server), .transaction = way & TRANSACTION), RP_OK);
    memory_fail(nth, forever);
    run(way, &r, 0);
    failed = memory_failures() > 0;
    memory_fail(0, false);
    if (r.status == RP_OK) {
        assert_int_equal(r.right, COMMANDS);
    } else {
        assert_true(failed);
        if (r.status != RP_NO_MEMORY)
            fail_msg("allocation %zu: %s: %s", nth, rp_status_name(r.status), rp_last_error()->message);
        assert_int_equal(r.filled, 0);
        assert_true(r.index == SIZE_MAX || r.index < COMMANDS + (way & CLASH));
    }
    read_counts(counts);
    for (int i = 0; i < COMMANDS; i++) {
        assert_in_range(counts[i], 0, 1);
        if (r.outcomes[i] == RP_NOT_SENT || r.outcomes[i] == RP_QUEUED)
            assert_int_equal(counts[i], 0);
    }
    run(way, &r, 0);
    assert_int_equal(r.status, RP_OK);
    rp_disconnect_all();
    return failed;
}

static void sweep(unsigned way)
{
    size_t failed = 0;

    for (int forever = 0; forever < 2; forever++) {
        size_t nth = 1;

        while (nth < MOST_STEPS && step(way, nth, forever))
            nth++;
        assert_in_range(nth, 3, MOST_STEPS - 1);
        failed += nth;
    }
    print_message("way %u: %zu allocations failed\n", way, failed - 2);
}

static void test_m01_no_memory_for_calls(void **state)
{
    (void)state;
    connect_live(NULL);
    rp_disconnect_all();
    memory_watch();
    one = rp_script_new("return redis.call('INCR', KEYS[1])");
    two = rp_script_new("return redis.call('INCRBY', KEYS[1], 1) -- may make errors, so that the server is asked");
    for (unsigned way = 0; way < WAYS; way++)
        sweep(way);
    rp_script_free(one);
    rp_script_free(two);
    memory_unwatch();
}

static void test_m01_no_memory_for_a_script(void **state)
{
    rp_script *script;
    (void)state;

    memory_watch();
    memory_fail(1, true);
    script = rp_script_new("return 1");
    assert_null(script);
    assert_int_equal(rp_last_error()->status, RP_NO_MEMORY);
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_m01_no_memory_for_calls),
        KIT_TEST(test_m01_no_memory_for_a_script),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
