/* Notes. Pools used by several threads and processes. Worker threads assert nothing themselves (a failed assertion must
 * leave from the test's own thread): they note the first thing that went wrong, and the test looks at it after joining
 * them. Who waits for whom is arranged through the fake, never by sleeping. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <redpipe/redpipe.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fake.h"
#include "support/kit.h"

enum { THREADS = 8, RUNS = 100, SOON_MS = 200 };

/* A thread that executes pipelines of its own over two names, in the order of the names. */
typedef struct worker {
    pthread_t thread;
    const char *names[2];
    int number, runs;
    bool may_be_unbound;
    atomic_int *running;
    int good; /* executes that worked */
    char failure[400];
} worker;

static void note(worker *w, const char *what)
{
    if (!w->failure[0])
        snprintf(w->failure, sizeof w->failure, "thread %d: %s: %s", w->number, what, rp_last_error()->message);
}

/* Tagged ECHOs and an INCR on both servers. */
static void run_once(worker *w, int run)
{
    rp_pipe *p = rp_pipeline(NULL, .name = w->names[0]), *part = rp_pipeline(p, .name = w->names[1]);
    rp_future *echoes[2][4], *counts[2];
    rp_status status;

    for (int i = 0; i < 4; i++) {
        echoes[0][i] = rp_echo(p, w->number * 1000000 + run * 10 + i);
        echoes[1][i] = rp_echo(part, -(w->number * 1000000 + run * 10 + i));
    }
    counts[0] = rp_incr(p, "k");
    counts[1] = rp_incr(part, "k");
    assert_int_equal(rp_execute(part), RP_OK);
    status = rp_execute(p);
    if (status == RP_OK) {
        w->good++;
        for (int i = 0; i < 4; i++)
            if (!rp_equal(echoes[0][i], w->number * 1000000 + run * 10 + i) ||
                !rp_equal(echoes[1][i], -(w->number * 1000000 + run * 10 + i)))
                note(w, "a wrong answer");
        if (rp_int(counts[0]) < w->good || rp_int(counts[1]) < w->good)
            note(w, "a wrong count");
    } else if (!w->may_be_unbound || status != RP_INVALID_PIPELINE || rp_outcome_of(counts[0]) != RP_NOT_SENT ||
               rp_outcome_of(counts[1]) != RP_NOT_SENT) {
        note(w, rp_status_name(status));
    }
    rp_free(part);
    rp_free(p);
}

static void *run_worker(void *arg)
{
    worker *w = arg;

    for (int run = 0; run < w->runs && !w->failure[0]; run++)
        run_once(w, run);
    atomic_fetch_sub(w->running, 1);
    return NULL;
}

static void start_workers(worker *workers, int count, const worker *kind, atomic_int *running)
{
    atomic_init(running, count);
    for (int i = 0; i < count; i++) {
        workers[i] = *kind;
        workers[i].number = i + 1;
        workers[i].running = running;
        workers[i].names[0] = kind->names[i % 2];
        workers[i].names[1] = kind->names[1 - i % 2];
        assert_int_equal(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]), 0);
    }
}

/* Joins them; how many executes worked. */
static int join_workers(worker *workers, int count)
{
    int good = 0;

    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        good += workers[i].good;
    }
    for (int i = 0; i < count; i++)
        if (workers[i].failure[0])
            fail_msg("%s", workers[i].failure);
    return good;
}

static void test_pool_of_2_for_8_threads(void **state)
{
    fake *a = fake_start("CONNECTION *\nHELLO\nSERVE\n"), *b = fake_start_tcp("CONNECTION *\nHELLO\nSERVE\n");
    worker workers[THREADS], kind = {.names = {"a", "b"}, .runs = RUNS};
    atomic_int running;
    (void)state;

    assert_int_equal(rp_connect("a", fake_url(a), .pool_size = 2), RP_OK);
    assert_int_equal(rp_connect("b", fake_url(b), .pool_size = 2), RP_OK);
    start_workers(workers, THREADS, &kind, &running);
    assert_int_equal(join_workers(workers, THREADS), THREADS * RUNS);
    assert_int_equal(fake_count(a, "k"), THREADS * RUNS);
    assert_int_equal(fake_count(b, "k"), THREADS * RUNS);
    assert_in_range(fake_connections(a), 1, 2);
    assert_in_range(fake_connections(b), 1, 2);
    rp_disconnect_all();
    fake_stop(a);
    fake_stop(b);
}

/* Names are bound anew, and for moments not at all, while threads execute on them. */
static void test_pool_rebound_while_8_threads_execute(void **state)
{
    fake *a = fake_start("CONNECTION *\nHELLO\nSERVE\n"), *b = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    worker workers[THREADS], kind = {.names = {"a", "b"}, .runs = RUNS, .may_be_unbound = true};
    atomic_int running;
    int good, rounds = 0;
    (void)state;

    assert_int_equal(rp_connect("a", fake_url(a), .pool_size = 2), RP_OK);
    assert_int_equal(rp_connect("b", fake_url(b), .pool_size = 2), RP_OK);
    start_workers(workers, THREADS, &kind, &running);
    for (; atomic_load(&running) > 0 && rounds < 1000000; rounds++) {
        assert_int_equal(rp_connect("a", fake_url(a), .pool_size = 1 + rounds % 3), RP_OK);
        if (rounds % 4 == 3) {
            rp_disconnect("b");
            assert_int_equal(rp_connect("b", fake_url(b), .pool_size = 2), RP_OK);
        }
        sched_yield();
    }
    good = join_workers(workers, THREADS);
    assert_true(rounds > 0);
    assert_in_range(good, 1, THREADS * RUNS);
    assert_int_equal(fake_count(a, "k"), good);
    assert_int_equal(fake_count(b, "k"), good);
    rp_disconnect_all();
    fake_stop(a);
    fake_stop(b);
}

/* With one connection to each server, threads that took them in their own order would wait for each other for ever. */
static void test_pool_two_names_in_opposite_order(void **state)
{
    (void)state;
    for (int parallel = 1; parallel >= 0; parallel--) {
        fake *a = fake_start("CONNECTION *\nHELLO\nSERVE\n"), *b = fake_start("CONNECTION *\nHELLO\nSERVE\n");
        worker workers[2], kind = {.names = {"a", "b"}, .runs = 500};
        atomic_int running;

        rp_set_parallel(parallel);
        assert_int_equal(rp_connect("a", fake_url(a), .pool_size = 1), RP_OK);
        assert_int_equal(rp_connect("b", fake_url(b), .pool_size = 1), RP_OK);
        start_workers(workers, 2, &kind, &running);
        assert_int_equal(join_workers(workers, 2), 1000);
        assert_int_equal(fake_connections(a) + fake_connections(b), 2);
        rp_disconnect_all();
        fake_stop(a);
        fake_stop(b);
    }
    rp_set_parallel(true);
}

/* -- waiting for a connection -------------------------------------------------------------------------------------- */

/* One execute in a thread of its own. */
typedef struct errand {
    pthread_t thread;
    rp_status status;
    bool answered; /* with "v" */
} errand;

static void *run_errand(void *arg)
{
    errand *e = arg;
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *value = rp_get(p, "k");

    e->status = rp_execute(p);
    e->answered = e->status == RP_OK && rp_equal(value, "v");
    rp_free(p);
    return NULL;
}

static void start_errand(errand *e)
{
    assert_int_equal(pthread_create(&e->thread, NULL, run_errand, e), 0);
}

static void check_errand(errand *e, rp_status status)
{
    pthread_join(e->thread, NULL);
    assert_int_equal(e->status, status);
    assert_int_equal(e->answered, status == RP_OK);
}

static void check_echo(int tag)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *echo = rp_echo(p, tag);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(echo, tag));
    rp_free(p);
}

#define ANSWER "SEND '$1\\r\\nv\\r\\n'\n"

static void test_pool_exhausted(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nWAIT\n" ANSWER "SERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .timeout_ms = SOON_MS);
    rp_future *count = rp_incr(p, "k");
    errand holder;
    int64_t start;
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 1), RP_OK);
    start_errand(&holder);
    fake_wait_commands(f, 2);
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_true(kit_now_ms() - start >= SOON_MS);
    assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
    assert_int_equal(rp_status_of(count), RP_TIMEOUT);
    assert_string_equal(rp_last_error()->connection, "users");
    assert_int_equal(rp_last_error()->index, 0);
    assert_non_null(strstr(rp_last_error()->message, "pool"));
    fake_release(f);
    check_errand(&holder, RP_OK);
    check_echo(1);
    assert_int_equal(fake_count(f, "k"), 0);
    assert_int_equal(fake_connections(f), 1);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

/* Three threads wait for the one connection: each gets it in turn, whether it comes back or breaks. */
static void check_waiters(const char *script, rp_status of_holder, unsigned connections)
{
    fake *f = fake_start(script);
    errand holder, waiters[3];

    assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 1), RP_OK);
    start_errand(&holder);
    fake_wait_commands(f, 2);
    for (int i = 0; i < 3; i++)
        start_errand(&waiters[i]);
    fake_release(f);
    check_errand(&holder, of_holder);
    for (int i = 0; i < 3; i++)
        check_errand(&waiters[i], RP_OK);
    check_echo(1);
    assert_int_equal(fake_connections(f), connections);
    rp_disconnect_all();
    fake_stop(f);
}

/* Often, since a wake-up would be lost now and then only. */
static void test_pool_waiters_are_served(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        check_waiters("HELLO\nREAD 1\nWAIT\n" ANSWER "REPEAT 3\nEXPECT GET k\n" ANSWER "END\nSERVE\n", RP_OK, 1);
        check_waiters("HELLO\nREAD 1\nWAIT\nCLOSE\nCONNECTION\nHELLO\nREPEAT 3\nEXPECT GET k\n" ANSWER "END\nSERVE\n",
                      RP_CONNECTION_ERROR, 2);
    }
}

/* An execute that is under way ends on the connection that it has, whatever becomes of the name. */
static void test_pool_execute_under_way_keeps_its_binding(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        fake *f = fake_start("HELLO\nREAD 1\nWAIT\n" ANSWER "CONNECTION *\nHELLO\nSERVE\n");
        errand holder;

        assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 1), RP_OK);
        start_errand(&holder);
        fake_wait_commands(f, 2);
        if (i == 0)
            rp_disconnect("users");
        else if (i == 1)
            rp_disconnect_all();
        assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 1), RP_OK);
        check_echo(1);
        fake_release(f);
        check_errand(&holder, RP_OK);
        check_echo(2);
        assert_int_equal(fake_connections(f), 2); /* what came back was closed, and the new pool's one used again */
        rp_disconnect_all();
        fake_wait_closed(f);
        fake_stop(f);
    }
}

/* Two connections are idle when the server closes both: both are passed over, and nobody notices. */
static void test_pool_c12_all_closed_while_idle(void **state)
{
    static const char script[] = "HELLO\nREAD 1\nWAIT\n" ANSWER "WAIT\nCLOSE\n"
                                 "CONNECTION\nHELLO\nREAD 1\nWAIT\n" ANSWER "WAIT\nCLOSE\n"
                                 "CONNECTION *\nHELLO\nSERVE\n";
    fake *f = fake_start(script);
    errand errands[2];
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 2), RP_OK);
    start_errand(&errands[0]);
    start_errand(&errands[1]);
    fake_wait_commands(f, 4);
    for (int i = 0; i < 4; i++)
        fake_release(f);
    check_errand(&errands[0], RP_OK);
    check_errand(&errands[1], RP_OK);
    fake_wait_closed(f);
    check_echo(1);
    check_echo(2);
    assert_int_equal(fake_connections(f), 3);
    rp_disconnect_all();
    fake_stop(f);
}

/* -- fork ---------------------------------------------------------------------------------------------------------- */

static bool incr_is(int64_t value)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *count = rp_incr(p, "k");
    bool right = rp_execute(p) == RP_OK && rp_int(count) == value;

    rp_free(p);
    return right;
}

/* In a child, and in that child's child: 0 if both could use the name. */
static int use_in_child(int64_t value, int depth)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        alarm(60);
        bool right = incr_is(value) && (depth == 0 || use_in_child(value + 1, depth - 1) == 0);

        right = right && incr_is(value + 1 + 2 * depth);
        rp_disconnect_all();
        _exit(!right);
    }
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void check_fork(fake *f)
{
    assert_int_equal(rp_connect("users", fake_url(f), .pool_size = 1), RP_OK);
    assert_true(incr_is(1));
    assert_int_equal(use_in_child(2, 1), 0);
    /* The parent's connection is as it was: no byte of the children, and not closed by them. */
    assert_true(incr_is(6));
    check_echo(1);
    assert_int_equal(fake_connections(f), 3);
    assert_int_equal(fake_count(f, "k"), 6);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_pool_after_fork(void **state)
{
    (void)state;
    check_fork(fake_start("CONNECTION *\nHELLO\nSERVE\n"));
    check_fork(fake_start_tcp("CONNECTION *\nHELLO\nSERVE\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_pool_of_2_for_8_threads),          KIT_TEST(test_pool_rebound_while_8_threads_execute),
        KIT_TEST(test_pool_two_names_in_opposite_order), KIT_TEST(test_pool_exhausted),
        KIT_TEST(test_pool_waiters_are_served),          KIT_TEST(test_pool_execute_under_way_keeps_its_binding),
        KIT_TEST(test_pool_c12_all_closed_while_idle),   KIT_TEST(test_pool_after_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
