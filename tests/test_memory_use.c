/* Notes. How much memory the library takes, by its own count: for a batch of 200,000 commands, and for handing a nested
 * pipeline over, which must not touch a single command however many there are. That is checked by taking away the pages
 * on which the commands' futures lie, for as long as the handing over lasts: to read or write one of them would be the
 * end of the test. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/memory.h"

enum { COMMANDS = 200000, HANDED = 100000 };

static fake *start(void)
{
    fake *f = fake_start("HELLO\nSERVE\nCONNECTION *\nHELLO\nSERVE\n");
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    return f;
}

static void stop(fake *f)
{
    rp_disconnect_all();
    memory_unwatch();
    fake_stop(f);
}

static size_t digits(size_t n)
{
    return n < 10 ? 1 : 1 + digits(n / 10);
}

/* Bytes of the answer to an ECHO of `length` bytes. */
static size_t answer_size(size_t length)
{
    return 1 + digits(length) + 2 + length + 2;
}

static void check_use(size_t padding)
{
    char argument[512];
    rp_future **futures = kit_alloc(COMMANDS * sizeof *futures);
    size_t received = 0;
    fake *f = start();
    rp_pipe *pipe = rp_pipeline(NULL);
    memset(argument, ' ', sizeof argument);
    for (size_t i = 0; i < COMMANDS; i++) {
        size_t length = (size_t)snprintf(argument, sizeof argument, "%zu", i);
        argument[length] = ' ';
        length += padding;
        futures[i] = rp_echo(pipe, rp_b(argument, length));
        received += answer_size(length);
    }
    assert_int_equal(rp_execute(pipe), RP_OK);
    for (size_t i = 0; i < COMMANDS; i++)
        assert_true(strtoull(rp_str(futures[i]), NULL, 10) == i);
    size_t most = fake_bytes(f) + received + (size_t)100 * COMMANDS;
    assert_in_range(memory_most_bytes(), 1, most);
    rp_free(pipe);
    stop(f);
    free(futures);
}

static void test_memory_of_200000_commands(void **state)
{
    (void)state;
    check_use(0);
    check_use(200);
}

static void test_memory_of_many_executes_of_one_pipeline_is_bounded(void **state)
{
    enum { ROUNDS = 200, EACH = 100 };
    (void)state;
    fake *f = start();
    rp_pipe *pipe = rp_pipeline(NULL);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < EACH; i++)
            rp_echo(pipe, i);
        assert_int_equal(rp_execute(pipe), RP_OK);
    }
    assert_in_range(memory_bytes(), 1, (size_t)ROUNDS * EACH * 200 + 1024 * 1024);
    rp_free(pipe);
    stop(f);
}

/* Forbids or allows access to the whole pages between two futures. How many pages that are. */
static size_t protect(const rp_future *first, const rp_future *last, int protection)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)first + page - 1) / page * page, end = (uintptr_t)last / page * page;
    if (begin >= end)
        return 0;
    assert_int_equal(mprotect((void *)begin, end - begin, protection), 0);
    return (end - begin) / page;
}

/* The same for all stretches of futures that lie side by side. */
static size_t protect_all(rp_future *const *futures, size_t count, int protection)
{
    uintptr_t stride = (uintptr_t)futures[1] - (uintptr_t)futures[0];
    size_t pages = 0, first = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i < count && (uintptr_t)futures[i] - (uintptr_t)futures[i - 1] == stride)
            continue;
        pages += protect(futures[first], futures[i - 1], protection);
        first = i;
    }
    return pages;
}

/* Executes a nested pipeline without touching its commands, and without asking for memory. */
static void hand_over(rp_pipe *nested, rp_future *const *futures)
{
    size_t pages = protect_all(futures, HANDED, PROT_NONE);
    memory_mark();
    rp_status status = rp_execute(nested);
    size_t allocations = memory_allocations();
    protect_all(futures, HANDED, PROT_READ | PROT_WRITE);
    assert_int_equal(status, RP_OK);
    assert_int_equal(allocations, 0);
    assert_in_range(pages, 100, HANDED);
}

/* Up several levels, into parents that have many commands of their own, or none. */
static void check_hand_over(size_t own)
{
    rp_future **futures = kit_alloc(HANDED * sizeof *futures);
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL), *middle = rp_pipeline(root), *nested = rp_pipeline(middle);
    for (size_t i = 0; i < own; i++) {
        rp_ping(root);
        rp_ping(middle);
    }
    for (size_t i = 0; i < HANDED; i++)
        futures[i] = rp_echo(nested, i);
    hand_over(nested, futures);
    hand_over(middle, futures);
    assert_int_equal(rp_execute(root), RP_OK);
    for (size_t i = 0; i < HANDED; i++)
        assert_true((size_t)rp_int(futures[i]) == i);
    assert_int_equal(fake_commands(f), 1 + HANDED + 2 * own);
    rp_free(nested);
    rp_free(middle);
    rp_free(root);
    stop(f);
    free(futures);
}

static void test_handing_over_touches_no_command(void **state)
{
    (void)state;
    check_hand_over(0);
    check_hand_over(1);
    check_hand_over(1000);
}

/* What a nested pipeline needs is used again by the next one. */
static void test_nested_pipelines_are_reused(void **state)
{
    enum { ROUNDS = 10000 };
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL);
    rp_free(rp_pipeline(root));
    memory_mark();
    for (int i = 0; i < ROUNDS; i++) {
        rp_pipe *nested = rp_autoexec(root);
        rp_pipe *leaf = rp_autoexec(nested);
        assert_int_equal(rp_close(leaf), RP_OK);
        assert_int_equal(rp_close(nested), RP_OK);
    }
    assert_in_range(memory_allocations(), 0, 1);
    rp_free(root);
    rp_disconnect_all();
    memory_unwatch();
    fake_stop_any(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_memory_of_200000_commands),
        KIT_TEST(test_memory_of_many_executes_of_one_pipeline_is_bounded),
        KIT_TEST(test_handing_over_touches_no_command),
        KIT_TEST(test_nested_pipelines_are_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
