/* Notes. How much a server may owe us at any time: about 8 MiB of replies, however long the pipeline is. Seen from
 * outside in two ways: a fake that closes after some replies tells by the outcomes how far sending had run ahead, and a
 * real server tells its peak of memory, which it samples 500 times a second here.
 *
 * A pipeline's commands lie in runs: one for each stretch that goes to the same connection. Where the window ends just
 * at the end of a run is a case of its own, so each test is done with runs of several lengths, divided by single
 * commands to a second connection. */
#define _GNU_SOURCE 1
#include <redpipe/redpipe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/live.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
    SIZE = 20000, /* of a value */
    MOST = 10000, /* commands of a pipeline */
    MIB = 1024 * 1024,
    PEAK_MOST = 32 * MIB,
    OWED_MOST = 16 * MIB,
    FIRST = 1024, /* how many commands may be sent before the first reply has told their size */
};

/* Lengths of runs, in turn; 0 ends the row and begins it anew. A row of none is one run, without a
 * second connection. */
static const size_t patterns[][4] = {{0}, {FIRST}, {FIRST / 2}, {FIRST, 16, 403}, {FIRST - 1, 1, FIRST}, {1}, {419}};

/* Queues GET k, or ECHO text, so many times, in runs of these lengths; between them, PINGs to "other". */
static void queue_in_runs(rp_pipe *p, rp_future **futures, size_t count, const char *text, const size_t pattern[4])
{
    size_t done = 0, turn = 0;

    while (done < count) {
        size_t run = pattern[turn] && pattern[turn] < count - done ? pattern[turn] : count - done;
        rp_pipe *part = rp_pipeline(p, .name = "main");

        for (size_t i = 0; i < run; i++, done++)
            futures[done] = text ? rp_echo(part, text) : rp_get(part, "k");
        assert_int_equal(rp_execute(part), RP_OK);
        rp_free(part);
        if (pattern[0])
            rp_ping(p);
        turn = turn == 3 || !pattern[turn + 1] ? 0 : turn + 1;
    }
}

static void check_values(rp_future *const *futures, size_t count, char byte, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rp_len(futures[i]), size);
        assert_int_equal(rp_str(futures[i])[0], byte);
        assert_int_equal(rp_str(futures[i])[size - 1], byte);
    }
}

/* -- how far sending runs ahead ------------------------------------------------------------------------------------ */

/* How many commands were sent that no reply was received for, of `count`, when the server closed after `replies`. */
static size_t owed_after(size_t replies, size_t count, const size_t pattern[4])
{
    rp_future **futures = kit_alloc(count * sizeof(rp_future *));
    rp_pipe *p = rp_pipeline(NULL, .name = "other", .collect = true);
    size_t seen[RP_ANSWERED + 1] = {0};
    char script[120];
    fake *f, *other = fake_start("CONNECTION *\nSERVE\n");

    snprintf(script, sizeof script, "HELLO\nREPEAT %zu\nEXPECT GET k\nBULK %d\nEND\nEXPECT GET k\nCLOSE\n", replies,
             SIZE);
    f = fake_start(script);
    assert_int_equal(rp_connect("main", fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(other)), RP_OK);
    queue_in_runs(p, futures, count, NULL, pattern);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    for (size_t i = 0; i < count; i++)
        seen[rp_outcome_of(futures[i])]++;
    assert_int_equal(seen[RP_QUEUED], 0);
    assert_int_equal(seen[RP_ANSWERED], replies);
    assert_int_equal(seen[RP_ANSWERED] + seen[RP_UNKNOWN] + seen[RP_NOT_SENT], count);
    assert_int_equal(rp_outcome_of(futures[count - 1]), RP_NOT_SENT);
    fake_wait_closed(f);
    assert_in_range(fake_commands(f), replies + 2, replies + seen[RP_UNKNOWN] + 1);
    rp_free(p);
    free(futures);
    rp_disconnect_all();
    fake_stop_any(f);
    fake_stop(other);
    return seen[RP_UNKNOWN];
}

static void test_window_before_the_first_reply(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++)
        assert_in_range(owed_after(0, 5000, patterns[i]), 1, FIRST);
}

static void test_window_once_the_size_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++)
        assert_in_range(owed_after(1200, 5000, patterns[i]), 1, OWED_MOST / SIZE);
}

/* -- what a real server holds -------------------------------------------------------------------------------------- */

/* A number of the server's INFO memory. */
static long long memory(const char *word)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    rp_future *info = rp_command(p, "INFO", "memory");
    const char *line;
    long long number;

    assert_int_equal(rp_execute(p), RP_OK);
    line = strstr(rp_str(info), word);
    assert_non_null(line);
    number = strtoll(line + strlen(word), NULL, 10);
    assert_true(number > 0);
    rp_free(p);
    return number;
}

static void check_peak(const size_t pattern[4], size_t count)
{
    const char *const often[] = {"--hz", "500", NULL};
    live *l = live_start(often);
    rp_future **futures = kit_alloc(count * sizeof(rp_future *));
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    char *value = kit_alloc(SIZE);
    long long before;

    live_want(l);
    assert_int_equal(rp_connect("main", live_url(l)), RP_OK);
    assert_int_equal(rp_connect("other", live_tcp_url(l)), RP_OK);
    memset(value, 'v', SIZE);
    rp_set(p, "k", rp_b(value, SIZE));
    free(value);
    assert_int_equal(rp_execute(p), RP_OK);
    before = memory("\nused_memory:");
    queue_in_runs(p, futures, count, NULL, pattern);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_in_range(memory("\nused_memory_peak:") - before, 0, PEAK_MOST - 1);
    check_values(futures, count, 'v', SIZE);
    rp_free(p);
    free(futures);
    rp_disconnect_all();
    live_stop(l);
}

static void test_window_peak_of_a_real_server(void **state)
{
    (void)state;
    check_peak(patterns[0], MOST);
}

static void test_window_peak_with_runs_of_its_length(void **state)
{
    (void)state;
    for (size_t i = 1; i < COUNT(patterns); i++)
        check_peak(patterns[i], 4 * FIRST);
}

/* -- a server that reads one command at a time --------------------------------------------------------------------- */

static void test_window_lockstep(void **state)
{
    enum { LENGTH = 4096 };
    rp_future **futures = kit_alloc(MOST * sizeof(rp_future *));
    char text[LENGTH + 1];
    (void)state;

    memset(text, 'e', LENGTH);
    text[LENGTH] = '\0';
    for (size_t i = 1; i < 4; i += 2) {
        fake *f = fake_start("HELLO\nLOCKSTEP 10000\n"), *other = fake_start("CONNECTION *\nSERVE\n");
        rp_pipe *p = rp_pipeline(NULL, .name = "other", .timeout_ms = 60000);

        assert_int_equal(rp_connect("main", fake_url(f)), RP_OK);
        assert_int_equal(rp_connect("other", fake_url(other)), RP_OK);
        queue_in_runs(p, futures, MOST, text, patterns[i]);
        assert_int_equal(rp_execute(p), RP_OK);
        check_values(futures, MOST, 'e', LENGTH);
        rp_free(p);
        assert_int_equal(fake_commands(f), MOST + 1);
        rp_disconnect_all();
        fake_stop(f);
        fake_stop(other);
    }
    free(futures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_window_before_the_first_reply),
        KIT_TEST(test_window_once_the_size_is_known),
        KIT_TEST(test_window_peak_of_a_real_server),
        KIT_TEST(test_window_peak_with_runs_of_its_length),
        KIT_TEST(test_window_lockstep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
