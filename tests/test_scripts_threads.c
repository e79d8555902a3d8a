/* Notes. Threads that share scripts, each with pipelines of its own on one pool, while the main thread makes the server
 * lose its scripts again and again: every call runs once, and is answered with its own value. Where a script may make
 * errors, NOSCRIPT can be the answer, since another thread may have loaded it before the server is asked: then the call
 * has not run. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdatomic.h>

#include "test_scripts.h"

enum { THREADS = 4, ROUNDS = 150 };

static rp_script *add, *echo, *may;
static atomic_int running;

typedef struct worker {
    pthread_t thread;
    int64_t number, sum;
    rp_status status; /* the first that was not RP_OK */
    bool right, careful;
} worker;

/* Adds 1 to the key that all share, and to one of its own; and what is its own comes back. */
static void call_all(worker *w, int64_t round)
{
    rp_script *own = rp_script_new("return redis.call('INCR', KEYS[1])");
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *shared = rp_script_run(p, add, .keys = RP_LIST("shared"), .args = RP_LIST(1));
    rp_future *text = rp_script_run(p, echo, .keys = RP_LIST("none"), .args = RP_LIST(w->number * ROUNDS + round));
    rp_future *mine = rp_script_run(p, own, .keys = RP_LIST(w->number));

    rp_script_free(own);
    w->status = rp_execute(p);
    w->sum += rp_int(shared) > 0;
    w->right = w->right && rp_int(text) == w->number * ROUNDS + round && rp_int(mine) == round + 1;
    rp_free(p);
}

/* Adds 1, by a script that may make errors. */
static void call_one(worker *w)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *shared = rp_script_run(p, may, .keys = RP_LIST("shared"));

    if (rp_execute(p) == RP_OK)
        w->sum += rp_int(shared) > 0;
    else
        w->right = w->right && rp_last_error()->code && strcmp(rp_last_error()->code, "NOSCRIPT") == 0;
    rp_free(p);
}

static void *work(void *arg)
{
    worker *w = arg;

    for (int i = 0; i < ROUNDS && w->status == RP_OK; i++) {
        if (w->careful)
            call_one(w);
        else
            call_all(w, i);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void check_threads(int pool_size, bool careful)
{
    const rp_connect_opts options = {.pool_size = pool_size};
    worker workers[THREADS];
    rp_pipe *p;
    rp_future *sum;
    int64_t calls = 0;

    connect_live(&options);
    atomic_store(&running, THREADS);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.number = i, .right = true, .careful = careful};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    while (atomic_load(&running)) {
        p = rp_autoexec(NULL, .name = "other");
        rp_script_flush(p);
        assert_int_equal(rp_close(p), RP_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].status, RP_OK);
        assert_true(workers[i].right);
        calls += workers[i].sum;
    }
    if (!careful)
        assert_int_equal(calls, THREADS * ROUNDS);
    p = rp_pipeline(NULL);
    sum = rp_get(p, "shared");
    check_execute(p);
    assert_int_equal(rp_int(sum), calls);
    rp_free(p);
    print_message("%d executes, %d done, %d calls unknown to the server\n", THREADS * ROUNDS, (int)calls,
                  (int)stat_of("evalsha", "failed_calls"));
    assert_true(stat_of("evalsha", "failed_calls") > 0);
    rp_disconnect_all();
}

static void test_threads_share_scripts(void **state)
{
    (void)state;
    check_threads(THREADS, false);
    check_threads(1, false);
    check_threads(THREADS, true);
}

static int begin(void **state)
{
    add = rp_script_new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    echo = rp_script_new("return ARGV[1]");
    may = rp_script_new("return redis.call('INCR', KEYS[1]) -- or an error");
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(add);
    rp_script_free(echo);
    rp_script_free(may);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_threads_share_scripts)};
    return cmocka_run_group_tests(tests, begin, end);
}
