/* Notes. Values point into what was received, so none of it may move or be used again while a value is held: not
 * when more arrives, when a buffer grows, when what is left of it moves to the front, when the connection is
 * dropped, when names are forgotten. Each test holds values through that and compares them at the end; under the
 * address sanitizer, in a build with RP_DEBUG_ARENA, each buffer is a block of its own. */
#define _GNU_SOURCE 1
#include "test_wire.h"

enum { ITEMS = 20000 };

/* Item i of a list, unlike all others. */
static void item_text(char text[32], size_t i)
{
    snprintf(text, 32, "item-%05zu-%.*s", i, (int)(i % 15), "abcdefghijklmno");
}

static void want_items(const rp_value *list, size_t count)
{
    char text[32];
    assert_int_equal(rp_len(list), count);
    for (size_t i = 0; i < count; i++) {
        item_text(text, i);
        if (strcmp(rp_str(rp_at(list, i)), text) != 0)
            fail_msg("item %zu of %zu is \"%.40s\"", i, count, rp_str(rp_at(list, i)));
    }
}

/* A script whose server sends the list, with other replies before and behind. */
static char *list_script(const char *before, const char *behind)
{
    char *script, text[32];
    size_t size;
    FILE *out = open_memstream(&script, &size);
    fprintf(out, "HELLO\nREAD 3\nSEND '%s*%d\\r\\n", before, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        item_text(text, i);
        fprintf(out, "$%zu\\r\\n%s\\r\\n", strlen(text), text);
    }
    fprintf(out, "%s'\nSERVE\n", behind);
    fclose(out);
    return script;
}

/* A list that takes many buffers: its items are all that is in most of them. */
static void test_w36_items_of_a_long_list(void **state)
{
    char *script = list_script("+before\\r\\n", "+behind\\r\\n");
    fake *f = fake_start(script);
    (void)state;
    free(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *before = rp_ping(pipe), *list = rp_lrange(pipe, "l", 0, -1), *behind = rp_ping(pipe);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_string_equal(rp_str(before), "before");
    assert_string_equal(rp_str(behind), "behind");
    want_items(list, ITEMS);
    wire_want_next(f, 1);
    want_items(list, ITEMS);
    rp_free(pipe);
    fake_stop(f);
}

/* The same where a connection is cut at the end: what was answered is kept with .collect. */
static void test_w36_values_of_a_dropped_connection(void **state)
{
    char *script = list_script("$5\\r\\nfirst\\r\\n", "$4\\r\\nha");
    size_t len = strlen(script);
    (void)state;
    memcpy(script + len - 6, "CLOSE\n", 6);
    script = kit_realloc(script, len + 32);
    strcat(script, "CONNECTION *\nSERVE\n");
    fake *f = fake_start(script);
    free(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire", .collect = true);
    const rp_future *first = rp_ping(pipe), *list = rp_lrange(pipe, "l", 0, -1), *cut = rp_ping(pipe);
    assert_int_equal(rp_execute(pipe), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(cut), RP_UNKNOWN);
    wire_want_next(f, 2);
    rp_disconnect_all();
    assert_string_equal(rp_str(first), "first");
    want_items(list, ITEMS);
    rp_free(pipe);
    fake_stop(f);
}

/* -- many executes ------------------------------------------------------------------------------------------------- */

/* A text of `size` bytes that `seed` makes unlike others. */
static void fill(char *text, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245 + 12345;
        text[i] = (char)('a' + (seed >> 16) % 26);
    }
}

/* Lengths around those at which buffers and their growth change. */
static const size_t sizes[] = {0,    1,    9,    10,   99,    100,   999,   1000,  1791,   1792,   2047,
                               2048, 2049, 4095, 8191, 16384, 40000, 65536, 70000, 262144, 300000, 100000};

static void want_texts(rp_future *const *futures, char *text, unsigned seed)
{
    for (unsigned i = 0; i < COUNT(sizes); i++) {
        fill(text, sizes[i], seed + i);
        assert_int_equal(rp_len(futures[i]), sizes[i]);
        assert_memory_equal(rp_str(futures[i]), text, sizes[i]);
        assert_int_equal(rp_str(futures[i])[sizes[i]], '\0');
    }
}

/* Values of one execute while more executes of the same pipeline, and of others, read from the same connection. */
static void test_w36_values_of_earlier_executes(void **state)
{
    enum { EXECUTES = 8 };
    rp_future *futures[EXECUTES][COUNT(sizes)];
    char *text = kit_alloc(300000);
    fake *f = fake_start("SERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    for (unsigned e = 0; e < EXECUTES; e++) {
        for (unsigned i = 0; i < COUNT(sizes); i++) {
            fill(text, sizes[i], e * 100 + i);
            futures[e][i] = rp_echo(pipe, rp_b(text, sizes[i]));
        }
        assert_int_equal(rp_execute(pipe), RP_OK);
        wire_want_next(f, 1);
    }
    rp_disconnect_all();
    for (unsigned e = 0; e < EXECUTES; e++)
        want_texts(futures[e], text, e * 100);
    rp_free(pipe);
    free(text);
    fake_stop(f);
}

/* A future that was returned outlives its pipeline, and the connection's name. */
static void test_w36_returned_future(void **state)
{
    char *script = list_script("+a\\r\\n+b\\r\\n", "");
    fake *f = fake_start(script);
    (void)state;
    free(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_autoexec(NULL, .name = "wire");
    rp_ping(pipe);
    rp_ping(pipe);
    rp_future *list = rp_return(pipe, rp_lrange(pipe, "l", 0, -1));
    wire_want_next(f, 1);
    rp_disconnect_all();
    fake_stop(f);
    want_items(list, ITEMS);
    assert_string_equal(rp_str(rp_at(list, ITEMS / 2)) + 11, "abcdefghij");
    rp_release(list);
}

/* A copy shares nothing with what it was made of. */
static void test_w36_set_future(void **state)
{
    fake *f =
        fake_start("HELLO\nREAD 1\nSEND '%2\\r\\n+a\\r\\n*2\\r\\n:1\\r\\n$0\\r\\n\\r\\n_\\r\\n,1.5\\r\\n'\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *keeper = rp_pipeline(NULL), *pipe = rp_pipeline(NULL, .name = "wire");
    rp_future *copy = rp_future_new(keeper);
    const rp_future *dict = rp_hgetall(pipe, "h");
    assert_int_equal(rp_future_set(copy, dict), RP_NOT_READY);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_future_set(copy, dict), RP_OK);
    assert_true(rp_equal(copy, dict));
    rp_free(pipe);
    wire_want_next(f, 1);
    rp_disconnect_all();
    assert_int_equal(rp_len(rp_lookup(copy, "a")), 2);
    assert_int_equal(rp_int(rp_at(rp_lookup(copy, "a"), 0)), 1);
    assert_string_equal(rp_str(rp_at(rp_lookup(copy, "a"), 1)), "");
    assert_string_equal(rp_str(rp_at(copy, 1)), "1.5");
    rp_free(keeper);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w36_items_of_a_long_list),
        KIT_TEST(test_w36_values_of_a_dropped_connection),
        KIT_TEST(test_w36_values_of_earlier_executes),
        KIT_TEST(test_w36_returned_future),
        KIT_TEST(test_w36_set_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
