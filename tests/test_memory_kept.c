/* Notes. What a thread keeps for its next pipelines: an execute like the one before it asks for hardly any memory; what
 * is kept has a limit, can be given back, and ends with its thread; and it never goes to another allocator than it came
 * from. Under RPI_ARENA_DEBUG and the address sanitizer nothing is kept, and that is all there is to see. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "base/block.h"
#include "support/fake.h"
#include "support/kit.h"
#include "support/memory.h"

enum { MIB = 1024 * 1024 };

static fake *server;

static int start(void **state)
{
    (void)state;
    server = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop_any(server);
    return 0;
}

/* Does this build keep anything? */
static bool keeps(void)
{
#if defined(RPI_ARENA_DEBUG) || defined(__SANITIZE_ADDRESS__)
    return false;
#else
    return true;
#endif
}

static void execute(size_t commands, size_t size)
{
    char *text = kit_alloc(size);
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *last = NULL;
    memset(text, 'x', size);
    for (size_t i = 0; i < commands; i++)
        last = rp_echo(pipe, rp_b(text, size));
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_string(last).len, size);
    assert_memory_equal(rp_string(last).data, text, size);
    rp_free(pipe);
    free(text);
}

static void test_the_next_execute_asks_for_little(void **state)
{
    enum { ROUNDS = 100 };
    static const size_t sizes[][2] = {{1, 10}, {100, 300}, {1000, 20}, {1, 100000}, {3, 60000}};
    (void)state;
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memory_mark();
        execute(sizes[i][0], sizes[i][1]);
        size_t first = memory_allocations();
        for (int round = 1; round < ROUNDS; round++)
            execute(sizes[i][0], sizes[i][1]);
        if (keeps()) /* each execute needs memory for its part of a server, which is no block */
            assert_in_range(memory_allocations(), ROUNDS, first + ROUNDS);
        else
            assert_in_range(memory_allocations(), 2 * ROUNDS, SIZE_MAX);
    }
    rp_disconnect_all();
    memory_unwatch();
}

static void test_what_is_kept_has_a_limit(void **state)
{
    (void)state;
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
    for (int round = 0; round < 3; round++) {
        execute(200, 50000);
        execute(1, 3 * MIB);
        execute(20000, 10);
        size_t kept = memory_kept();
        assert_in_range(kept, keeps() ? MIB / 4 : 0, keeps() ? MIB : 0);
    }
    rp_disconnect_all();
    memory_unwatch();
}

static void test_what_is_kept_is_given_back(void **state)
{
    (void)state;
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
    execute(1, 10);
    size_t held = memory_bytes();
    execute(1000, 100);
    size_t kept = memory_kept();
    assert_int_equal(kept > 0, keeps());
    execute(1000, 100);
    rp_trim();
    assert_int_equal(memory_kept(), 0);
    assert_int_equal(memory_bytes(), held);
    rp_disconnect_all();
    memory_unwatch();
}

/* Its thread's destructors find the memory still kept, and are the last to use the library in it. */
static void execute_late(void *unused)
{
    (void)unused;
    execute(10, 1000);
}

static void *run_thread(void *key)
{
    execute(1000, 100);
    assert_int_equal(pthread_setspecific(*(pthread_key_t *)key, key), 0);
    return NULL;
}

static void test_what_is_kept_ends_with_its_thread(void **state)
{
    pthread_key_t key;
    pthread_t thread;
    (void)state;
    memory_watch();
    assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
    execute(1, 10);
    size_t held = memory_bytes();
    assert_int_equal(pthread_key_create(&key, execute_late), 0);
    for (int round = 0; round < 5; round++) {
        assert_int_equal(pthread_create(&thread, NULL, run_thread, &key), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(memory_bytes(), held); /* this thread keeps nothing of it */
    }
    assert_int_equal(pthread_key_delete(key), 0);
    rp_disconnect_all();
    memory_unwatch();
}

/* The kit's allocator would read in front of what is not its own, and the C library would refuse what is the kit's. */
static void test_no_block_changes_its_allocator(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
        execute(1000, 100);
        rp_disconnect_all();
        memory_watch();
        assert_int_equal(rp_connect(NULL, fake_url(server)), RP_OK);
        execute(1000, 100);
        rp_disconnect_all();
        memory_unwatch();
    }
}

/* What is handed out again has room for what was asked, is nobody else's, and not much larger. */
static void test_blocks_that_are_handed_out_again(void **state)
{
    enum { HELD = 40, ROUNDS = 3000 };
    rpi_block *held[HELD] = {0};
    unsigned seed = 1;
    (void)state;
    memory_watch();
    for (int round = 0; round < ROUNDS; round++) {
        size_t i = (seed = seed * 1103515245 + 12345) / 65536 % HELD;
        size_t size = (size_t)1 << (seed >> 8) % 19;
        size += (seed >> 4) % size;
        if (held[i]) {
            for (size_t k = 0; k < held[i]->size; k++)
                assert_int_equal(held[i]->data[k], (char)i);
            rpi_blocks_free(held[i], NULL);
        }
        held[i] = rpi_block_new(size);
        assert_non_null(held[i]);
        assert_null(held[i]->next);
        assert_in_range(held[i]->size, size, 2 * size + 1);
        memset(held[i]->data, (int)i, held[i]->size);
    }
    for (size_t i = 0; i < HELD; i++)
        rpi_blocks_free(held[i], NULL);
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_the_next_execute_asks_for_little), KIT_TEST(test_what_is_kept_has_a_limit),
        KIT_TEST(test_what_is_kept_is_given_back),       KIT_TEST(test_what_is_kept_ends_with_its_thread),
        KIT_TEST(test_no_block_changes_its_allocator),   KIT_TEST(test_blocks_that_are_handed_out_again),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
