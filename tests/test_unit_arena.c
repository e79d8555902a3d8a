/* Notes. The arena by what it promises: memory that is aligned, that nobody else has, that stays where it is, and
 * that is given back all at once. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

/* An arena of which every byte is counted. */
static void begin(rpi_arena *arena, size_t first)
{
    memory_watch();
    rpi_block *block = rpi_block_new(first);
    assert_non_null(block);
    assert_int_equal(block->size, first);
    rpi_arena_init(arena, block, 0);
}

static void end(rpi_arena *arena)
{
    rpi_arena_free(arena);
    memory_unwatch();
}

static void test_pieces_are_aligned_and_apart(void **state)
{
    enum { PIECES = 5000 };
    static unsigned char *pieces[PIECES];
    rpi_arena arena;
    (void)state;
    begin(&arena, 100);
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i * 7919 % (i % 50 ? 300 : 40000);
        pieces[i] = rpi_arena_alloc(&arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i % 251), size);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i * 7919 % (i % 50 ? 300 : 40000);
        for (size_t k = 0; k < size; k++)
            if (pieces[i][k] != i % 251)
                fail_msg("byte %zu of piece %zu was overwritten", k, i);
    }
    end(&arena);
}

/* Little is wasted, and the blocks are few; but for a build in which each piece is one. */
static void test_blocks_grow(void **state)
{
    enum { PIECES = 100000, SIZE = 48 };
    rpi_arena arena;
    (void)state;
    begin(&arena, 4000);
    for (int i = 0; i < PIECES; i++)
        assert_non_null(rpi_arena_alloc(&arena, SIZE));
#ifndef RPI_ARENA_DEBUG
    assert_in_range(memory_allocations(), 2, 40);
    assert_in_range(memory_bytes(), PIECES * SIZE, PIECES * SIZE * 11 / 10);
#endif
    end(&arena);
}

static void test_first_block_that_is_used(void **state)
{
    (void)state;
    for (size_t used = 0; used <= 80; used++) {
        rpi_arena arena;
        memory_watch();
        rpi_block *block = rpi_block_new(64);
        rpi_arena_init(&arena, block, used);
        for (int i = 0; i < 8; i++) {
            char *piece = rpi_arena_alloc(&arena, 16);
            bool inside = piece >= block->data && piece < block->data + block->size;
            assert_true(!inside || (piece >= block->data + used && piece + 16 <= block->data + block->size));
            memset(piece, 'x', 16);
        }
        end(&arena);
    }
}

static void test_sizes_at_the_ends(void **state)
{
    rpi_arena arena;
    (void)state;
    begin(&arena, 64);
    assert_non_null(rpi_arena_alloc(&arena, 0));
    assert_non_null(rpi_arena_alloc(&arena, 1));
    assert_null(rpi_arena_alloc(&arena, SIZE_MAX));
    assert_null(rpi_arena_alloc(&arena, SIZE_MAX - 15));
    assert_null(rpi_arena_alloc(&arena, SIZE_MAX - sizeof(rpi_block)));
    assert_null(rpi_block_new(SIZE_MAX));
    char *large = rpi_arena_alloc(&arena, 3000000);
    memset(large, 'x', 3000000);
    assert_non_null(rpi_arena_alloc(&arena, 16));
    end(&arena);
}

static void test_adopted_blocks(void **state)
{
    rpi_arena arena;
    (void)state;
    begin(&arena, 64);
    for (int i = 0; i < 100; i++) {
        rpi_block *block = rpi_block_new(1000);
        memset(block->data, i, 1000);
        block = rpi_block_resize(block, 2000);
        assert_int_equal(block->size, 2000);
        assert_int_equal(block->data[999], i);
        rpi_arena_adopt(&arena, block);
        assert_true((char *)rpi_arena_alloc(&arena, 16) != block->data);
    }
    end(&arena);
}

static void test_text_copies(void **state)
{
    rpi_arena arena;
    char text[] = "ab\0c";
    (void)state;
    begin(&arena, 64);
    char *copy = rpi_arena_text(&arena, text, 4), *empty = rpi_arena_text(&arena, NULL, 0);
    memset(text, 'x', sizeof text);
    assert_memory_equal(copy, "ab\0c", 5);
    assert_string_equal(empty, "");
    end(&arena);
}

/* A piece that could not be had changes nothing: the next one can, when there is memory again. */
static void test_no_memory(void **state)
{
    rpi_arena arena;
    (void)state;
    begin(&arena, 64);
    char *before = rpi_arena_alloc(&arena, 16);
    rpi_block *block = rpi_block_new(100);
    memset(before, 'b', 16);
    memset(block->data, 'c', 100);
    memory_fail(1, true);
    assert_null(rpi_arena_alloc(&arena, 1000));
    assert_null(rpi_arena_alloc(&arena, 1000000));
    assert_null(rpi_arena_text(&arena, "text", 4000));
    assert_null(rpi_block_new(16));
    assert_null(rpi_block_resize(block, 1000));
    assert_int_equal(block->size, 100);
    assert_int_equal(block->data[99], 'c');
    assert_int_equal(memory_failures(), 5);
    memory_fail(0, false);
    char *after = rpi_arena_alloc(&arena, 1000);
    assert_non_null(after);
    memset(after, 'a', 1000);
    assert_int_equal(before[15], 'b');
    rpi_arena_adopt(&arena, block);
    end(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_pieces_are_aligned_and_apart),
        KIT_TEST(test_blocks_grow),
        KIT_TEST(test_first_block_that_is_used),
        KIT_TEST(test_sizes_at_the_ends),
        KIT_TEST(test_adopted_blocks),
        KIT_TEST(test_text_copies),
        KIT_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
