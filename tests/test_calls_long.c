/* Notes. Lists of every length: what a typed function queues has the same bytes as the words laid out one by one with
 * rp_command_args. Short lists are copied between the words, long ones are not, and the two must not differ. */
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "pipe/pipe.h"
#include "support/kit.h"

enum { MOST = 300 };

static const size_t lengths[] = {2, 4, 6, 8, 10, 32, 100, 126, 128, 130, MOST};

typedef struct words {
    rp_arg list[2 * MOST + 20];
    size_t count;
} words;

static rp_list_arg items;
static words w;

static void add(const char *word)
{
    w.list[w.count++] = RP_ARG(word);
}

static void add_all(size_t first, size_t step)
{
    for (size_t i = first; i < items.count; i += step)
        w.list[w.count++] = items.args[i];
}

static void begin(const char *a, const char *b, const char *c)
{
    w.count = 0;
    add(a);
    if (b)
        add(b);
    if (c)
        add(c);
}

static void add_count(size_t n)
{
    w.list[w.count++] = RP_ARG(n);
}

static void check(rp_pipe *typed)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_command_args(p, w.count, w.list);
    const rpi_run *run = typed->runs.first, *wanted = p->runs.first;
    assert_non_null(run);
    assert_non_null(wanted);
    if (run->size != wanted->size || memcmp(run->bytes, wanted->bytes, run->size) != 0)
        fail_msg("%s of %zu items: other bytes", w.list[0].s.data, items.count);
    rp_free(p);
    rp_free(typed);
}

#define CHECK(...) \
    do { \
        rp_pipe *p = rp_pipeline(NULL); \
        (void)__VA_ARGS__; \
        check(p); \
    } while (0)

static void check_length(void)
{
    begin("MGET", NULL, NULL);
    add_all(0, 1);
    CHECK(rp_mget_with(p, items.count, items.args));
    begin("SADD", "s", NULL);
    add_all(0, 1);
    CHECK(rp_sadd_with(p, RP_ARG("s"), items.count, items.args));
    begin("XACK", "x", "g");
    add_all(0, 1);
    CHECK(rp_xack_with(p, RP_ARG("x"), RP_ARG("g"), items.count, items.args));
    begin("ZADD", "z", "NX");
    add_all(0, 1);
    CHECK(rp_zadd_array(p, "z", items, .nx = true));
    begin("XADD", "x", "*");
    add_all(0, 1);
    CHECK(rp_xadd_array(p, "x", items));
    begin("LMPOP", NULL, NULL);
    add_count(items.count);
    add_all(0, 1);
    add("LEFT");
    add("COUNT");
    add("3");
    CHECK(rp_lmpop(p, items, "LEFT", .count = 3));
    begin("MSETEX", NULL, NULL);
    add_count(items.count / 2);
    add_all(0, 1);
    add("XX");
    CHECK(rp_msetex(p, items, .xx = true));
    begin("XREAD", "STREAMS", NULL);
    add_all(0, 2);
    add_all(1, 2);
    CHECK(rp_xread(p, items));
    begin("ZUNIONSTORE", "d", NULL);
    add_count(items.count);
    add_all(0, 1);
    add("WEIGHTS");
    add_all(0, 1);
    CHECK(rp_zunionstore(p, "d", items, .weights = items));
    rp_script *script = rp_script_new("return 1");
    begin("EVALSHA", rp_script_sha1(script), NULL);
    add_count(items.count);
    add_all(0, 1);
    add_all(0, 1);
    CHECK(rp_script_run(p, script, .keys = items, .args = items));
    rp_script_free(script);
}

/* With the word in front of each there may be 32. */
static void check_each(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *f = rp_sort(p, "l", .get = items);
    if (items.count <= 32) {
        begin("SORT", "l", NULL);
        for (size_t i = 0; i < items.count; i++) {
            add("GET");
            w.list[w.count++] = items.args[i];
        }
        check(p);
        return;
    }
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    assert_non_null(strstr(rp_last_error()->message, "SORT: a list among its options has more items than 32"));
    assert_int_equal(rp_status_of(f), RP_INVALID_VALUE);
    rp_free(p);
}

static void test_lists_of_every_length(void **state)
{
    static char texts[MOST][8];
    static rp_arg args[MOST];
    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        snprintf(texts[i], sizeof texts[i], "i%zu", i);
        args[i] = RP_ARG(texts[i]);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        items = (rp_list_arg){args, lengths[i]};
        check_length();
        check_each();
    }
    items = (rp_list_arg){args, 33};
    check_each();
}

/* A name of one letter has no letter in front of it. */
static void test_name_of_one_letter(void **state)
{
    char *letter = malloc(1);
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;
    assert_non_null(letter);
    *letter = 'X';
    rp_command(p, rp_b(letter, 1));
    assert_int_equal(p->runs.first->size, strlen("*1\r\n$1\r\nX\r\n"));
    assert_memory_equal(p->runs.first->bytes, "*1\r\n$1\r\nX\r\n", p->runs.first->size);
    rp_free(p);
    free(letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_lists_of_every_length), KIT_TEST(test_name_of_one_letter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
