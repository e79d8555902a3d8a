/* Notes. Programs that run out of memory. The nth allocation of the library fails, alone or with all that follow, for
 * every n until none is left to fail: the program ends with RP_NO_MEMORY or with the right values, what is told of a
 * command fits with what the server counted, nothing leaks, and the same program works at once when there is memory
 * again. With RP_DEBUG_ARENA each allocation from an arena is one of these, and n goes far beyond what it is
 * otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/memory.h"
#include "test_live.h"

enum { MOST_STEPS = 100000, LONG = 300, PAIRS = 40, LARGE = 300 * 1024, ARGUMENT = 70 * 1024, NAMES = 10 };

static const char *url; /* that all names are bound to */
static int protocol;

/* What a program saw. Its outcome is that of one INCR of "runs". */
typedef struct result {
    rp_status status;
    rp_outcome outcome;
    bool right;
} result;

typedef struct scene {
    rp_status (*bind)(void);
    void (*program)(result *r);
    bool counts; /* it increments "runs" */
} scene;

static int64_t runs(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_future *n = rp_return(pipe, rp_incrby(pipe, "runs", 0));
    int64_t count = rp_int(n);
    assert_int_equal(rp_status_of(n), RP_OK);
    rp_release(n);
    return count;
}

/* Binds and runs; a connect that fails ends it. */
static void run(const scene *s, bool bind, result *r)
{
    *r = (result){RP_OK, RP_NOT_SENT, false};
    if (bind)
        r->status = s->bind();
    if (r->status == RP_OK)
        s->program(r);
    if (r->status != RP_OK)
        assert_int_equal(rp_last_error()->status, r->status);
}

/* With the nth allocation failing; false: there is no such one. `cold`: from the connect on, else on connections that
 * are open. */
static bool step(const scene *s, size_t nth, bool forever, bool cold)
{
    result r;
    int64_t before = 0, ran;
    if (s->bind() != RP_OK)
        fail_msg("%s", rp_last_error()->message);
    run(s, false, &r);
    assert_true(r.status == RP_OK && r.right);
    if (s->counts)
        before = runs();
    if (cold)
        rp_disconnect_all();
    memory_fail(nth, forever);
    run(s, cold, &r);
    bool failed = memory_failures() > 0;
    memory_fail(0, false);
    if (r.status != RP_OK && (r.status != RP_NO_MEMORY || !failed))
        fail_msg("step %zu: %s: %s", nth, rp_status_name(r.status), rp_last_error()->message);
    if (r.status == RP_OK && !r.right)
        fail_msg("step %zu: wrong values", nth);
    if (cold)
        assert_int_equal(s->bind(), RP_OK);
    if (s->counts) {
        ran = runs() - before;
        if (ran != (r.outcome == RP_ANSWERED) && (r.outcome != RP_UNKNOWN || ran != 1))
            fail_msg("step %zu: outcome %d, but it ran %d times", nth, (int)r.outcome, (int)ran);
    }
    run(s, false, &r);
    assert_true(r.status == RP_OK && r.right);
    rp_disconnect_all();
    assert_int_equal(memory_bytes(), 0);
    return failed;
}

static void sweep(const scene *s)
{
    memory_watch();
    for (int way = 0; way < 4; way++) {
        size_t nth = 1;
        while (nth < MOST_STEPS && step(s, nth, way / 2, way % 2))
            nth++;
        assert_in_range(nth, 4, MOST_STEPS - 1);
    }
    memory_unwatch();
}

/* The program of most sweeps: a batch with replies of every size, nested pipelines, callbacks, futures of its own. */

typedef struct total {
    rp_future *parts[2], *sum, *copy;
    const rp_value *list;
} total;

static rp_status add_up(void *arg)
{
    const total *t = arg;
    rp_status status = rp_future_set(t->sum, rp_int(t->parts[0]) + rp_int(t->parts[1]));
    return status == RP_OK ? rp_future_set(t->copy, t->list) : status;
}

/* Alone or nested: 1 + 2, worked out in a callback, which copies a list as well. */
static rp_future *add_in_callback(rp_pipe *parent, rp_future **copy)
{
    rp_pipe *pipe = rp_autoexec(parent);
    total *t = rp_alloc(pipe, sizeof *t);
    rp_future *sum = rp_future_new(pipe);
    *copy = rp_future_new(pipe);
    if (t) {
        rp_pipe *leaf = rp_autoexec(pipe);
        *t = (total){{rp_echo(pipe, 1), rp_echo(leaf, 2)}, sum, *copy, rp_lrange(leaf, "long", 0, 9)};
        rp_on_execute(leaf, add_up, t);
        rp_close(leaf);
    }
    return rp_return(pipe, sum);
}

typedef struct batch {
    rp_future *run, *list, *dict, *pairs, *large, *echo, *sum, *copy, *last, *nested, *set;
} batch;

static void queue_batch(rp_pipe *root, batch *b)
{
    static const char argument[ARGUMENT];
    b->run = rp_incr(root, "runs");
    b->list = rp_lrange(root, "long", 0, -1);
    b->dict = rp_hgetall(root, "hash");
    b->pairs = rp_zrange(root, "sorted", 0, PAIRS - 1, .withscores = true);
    b->set = rp_smembers(root, "set");
    b->large = rp_get(root, "large");
    b->echo = rp_echo(root, rp_b(argument, sizeof argument));
    b->sum = add_in_callback(root, &b->copy);
    rp_pipe *other = rp_autoexec(root, .name = "other");
    b->nested = rp_eval(other, "return {1, {2, {3, 'x'}}}", 0);
    rp_close(other);
    for (int i = 0; i < 60; i++)
        b->last = rp_echo(root, i);
}

static bool batch_is_right(const batch *b)
{
    const rp_value *inner = rp_at(rp_at(b->nested, 1), 1);
    return rp_ready(b->run) && rp_len(b->list) == LONG && rp_int(rp_at(b->list, LONG - 1)) == LONG &&
           rp_kind_of(b->dict) == RP_DICT && rp_len(b->dict) == LONG && rp_equal(rp_lookup(b->dict, LONG), LONG) &&
           rp_len(b->pairs) == PAIRS && rp_equal(rp_at(rp_at(b->pairs, 7), 1), 8) && rp_len(b->large) == LARGE &&
           rp_len(b->set) == LONG && rp_len(b->echo) == ARGUMENT && rp_int(b->sum) == 3 && rp_len(b->copy) == 10 &&
           rp_equal(rp_at(inner, 1), "x") && rp_int(b->last) == 59;
}

static void program(result *r)
{
    batch b;
    rp_future *copy;
    rp_pipe *root = rp_pipeline(NULL);
    queue_batch(root, &b);
    r->status = rp_execute(root);
    r->outcome = rp_outcome_of(b.run);
    r->right = r->status == RP_OK && batch_is_right(&b);
    rp_free(root);
    if (r->status != RP_OK)
        return;
    rp_future *sum = add_in_callback(NULL, &copy);
    if (rp_status_of(sum) != RP_OK)
        r->status = RP_NO_MEMORY;
    else
        r->right = r->right && rp_int(sum) == 3;
    rp_release(sum);
}

static rp_status bind_two(void)
{
    rp_status status = rp_connect(NULL, url, .protocol = protocol, .client_name = "sweep");
    return status == RP_OK ? rp_connect("other", url, .protocol = protocol) : status;
}

static void fill_server(void)
{
    static const char script[] =
        "redis.call('FLUSHALL') for i = 1, tonumber(ARGV[1]) do redis.call('RPUSH', 'long', i) redis.call('HSET', "
        "'hash', "
        "i, i) redis.call('ZADD', 'sorted', i, i) redis.call('SADD', 'set', i) end redis.call('SET', 'large', "
        "string.rep('x', ARGV[2]))";
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_eval(pipe, script, 0, LONG, LARGE);
    assert_int_equal(rp_execute(pipe), RP_OK);
    rp_free(pipe);
    rp_disconnect_all();
}

static void need_server(void)
{
    live_want(server);
    url = live_url(server);
    fill_server();
}

static void test_m01_no_memory_under_resp2(void **state)
{
    const scene s = {bind_two, program, true};
    (void)state;
    need_server();
    protocol = 2;
    sweep(&s);
}

static void test_m01_no_memory_under_resp3(void **state)
{
    const scene s = {bind_two, program, true};
    (void)state;
    need_server();
    protocol = 3;
    sweep(&s);
}

/* More connections than an execute has room for without asking for memory. */

static char names[NAMES][24];

static rp_status bind_many(void)
{
    rp_status status = rp_connect(NULL, url);
    for (size_t i = 0; i < NAMES && status == RP_OK; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        status = rp_connect(names[i], url);
    }
    return status;
}

static void program_of_many(result *r)
{
    rp_future *run, *echoes[NAMES];
    rp_pipe *root = rp_pipeline(NULL);
    run = rp_incr(root, "runs");
    for (size_t i = 0; i < NAMES; i++) {
        rp_pipe *nested = rp_autoexec(root, .name = names[i]);
        echoes[i] = rp_echo(nested, i);
        rp_close(nested);
    }
    r->status = rp_execute(root);
    r->outcome = rp_outcome_of(run);
    r->right = r->status == RP_OK;
    for (size_t i = 0; i < NAMES && r->right; i++)
        r->right = rp_int(echoes[i]) == (int64_t)i;
    rp_free(root);
}

static void test_m01_no_memory_for_many_connections(void **state)
{
    const scene s = {bind_many, program_of_many, true};
    (void)state;
    need_server();
    sweep(&s);
}

/* Every type of RESP3, nested, behind a push and an attribute. */

#define EVERY_TYPE \
    ">2\\r\\n+invalidate\\r\\n*1\\r\\n+k\\r\\n|1\\r\\n+a\\r\\n*1\\r\\n:1\\r\\n" \
    "*11\\r\\n+ok\\r\\n$5\\r\\nhello\\r\\n:1\\r\\n,1.5\\r\\n#t\\r\\n_\\r\\n(12345678901234567890\\r\\n" \
    "=8\\r\\ntxt:text\\r\\n%1\\r\\n+k\\r\\n~2\\r\\n:1\\r\\n:2\\r\\n!5\\r\\nERR x\\r\\n*1\\r\\n*1\\r\\n*0\\r\\n"

static rp_status bind_fake(void)
{
    return rp_connect(NULL, url, .protocol = 3);
}

static void program_of_types(result *r)
{
    rp_pipe *root = rp_pipeline(NULL, .collect = true);
    rp_future *all = rp_ping(root);
    r->status = rp_execute(root);
    if (r->status == RP_OK)
        r->right = rp_len(all) == 11 && rp_equal(rp_at(all, 7), "text") &&
                   rp_contains(rp_lookup(rp_at(all, 8), "k"), 2) && rp_kind_of(rp_at(all, 9)) == RP_ERROR &&
                   rp_len(rp_at(rp_at(rp_at(all, 10), 0), 0)) == 0;
    rp_free(root);
}

static void test_m01_no_memory_for_every_type(void **state)
{
    const scene s = {bind_fake, program_of_types, false};
    (void)state;
    fake *f = fake_start("HELLO 3\nREPEAT 9\nREAD 1\nSEND '" EVERY_TYPE "'\nEND\nCONNECTION *\n"
                         "HELLO 3\nREPEAT 9\nREAD 1\nSEND '" EVERY_TYPE "'\nEND\n");
    url = fake_url(f);
    sweep(&s);
    fake_stop_any(f); /* connections end in the middle of a handshake here */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_m01_no_memory_under_resp2),
        KIT_TEST(test_m01_no_memory_under_resp3),
        KIT_TEST(test_m01_no_memory_for_many_connections),
        KIT_TEST(test_m01_no_memory_for_every_type),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
