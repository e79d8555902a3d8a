/* Notes. Deep replies. A level is refused at its header, however many follow, and what is as deep as allowed can be
 * parsed, walked, copied, compared, printed and freed in a thread with a stack of 64 KiB. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <pthread.h>

#include "resp/copy.h"
#include "resp/walk.h"

#define TOO_DEEP "the nesting of a reply passes the limit of 128"

/* A way to nest: the head of a level, and how many leaves end a whole reply of so many levels. */
typedef struct way {
    const char *head;
    size_t leaves_per_level, leaves_more;
} way;

static const way ways[] = {
    {"*1\r\n", 0, 1}, /* [[...]] */
    {"~1\r\n", 0, 1},
    {"%1\r\n", 1, 1},       /* the key is the next level, a value ends each */
    {"%1\r\n+k\r\n", 0, 1}, /* the value is */
    {"*2\r\n:1\r\n", 0, 1},
    {"|1\r\n", 2, 1}, /* an attribute leaves the place that it stood at free, each level's leaves are still to come */
    {"|1\r\n+k\r\n", 1, 1},
};

static void feed_levels(wire *w, const char *head, size_t levels)
{
    char many[1000 * 16];
    size_t len = strlen(head);
    for (size_t i = 0; i < 1000 && i < levels; i++)
        memcpy(many + i * len, head, len);
    for (; levels >= 1000; levels -= 1000)
        wire_feed(w, many, 1000 * len);
    wire_feed(w, many, levels * len);
}

/* So many levels, then leaves one by one: the reply is complete with the last of them, and not before. */
static void want_levels(const way *y, size_t levels)
{
    size_t leaves = y->leaves_per_level * levels + y->leaves_more;
    wire *w = wire_new(levels * strlen(y->head) + leaves * 4, NULL);
    rp_value v;
    feed_levels(w, y->head, levels);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_int_equal(w->parser.depth, levels);
    for (size_t i = 1; i < leaves; i++) {
        wire_feed(w, BYTES(":7\r\n"));
        assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    }
    wire_feed(w, BYTES(":7\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_ptr_equal(w->position, w->end);
    wire_free(w);
}

static void test_w11_levels_up_to_the_limit(void **state)
{
    (void)state;
    assert_int_equal(RPI_MAX_DEPTH, 128);
    for (size_t i = 0; i < COUNT(ways); i++) {
        want_levels(&ways[i], 1);
        want_levels(&ways[i], 8);
        want_levels(&ways[i], RPI_MAX_DEPTH - 1);
        want_levels(&ways[i], RPI_MAX_DEPTH);
    }
}

/* With a leaf behind or without: nothing behind the header of the first level too many is looked at. */
static void want_too_deep(const char *head, size_t levels, const char *behind)
{
    wire *w = wire_new(levels * strlen(head) + strlen(behind), NULL);
    rp_value v;
    feed_levels(w, head, levels);
    wire_feed(w, behind, strlen(behind));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_BAD);
    assert_string_equal(w->parser.error, TOO_DEEP);
    assert_in_range(w->position - w->bytes, RPI_MAX_DEPTH * strlen(head), (RPI_MAX_DEPTH + 1) * strlen(head));
    wire_free(w);
}

static void test_w11_levels_over_the_limit(void **state)
{
    static const size_t levels[] = {RPI_MAX_DEPTH + 1, 100000, 1000000};
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        for (size_t k = 0; k < COUNT(levels); k++) {
            want_too_deep(ways[i].head, levels[k], "");
            want_too_deep(ways[i].head, levels[k], ":7\r\n:7\r\n");
        }
    }
}

/* Exactly at the header: one byte less, and there is nothing to refuse. An empty aggregate is a level too, null is
 * none. */
static void test_w11_refused_at_the_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        wire *w = wire_new(1024 * 2, NULL);
        rp_value v;
        feed_levels(w, ways[i].head, RPI_MAX_DEPTH);
        wire_feed(w, BYTES("*0\r"));
        assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
        wire_feed(w, BYTES("\n"));
        assert_int_equal(wire_next(w, &v), RPI_PARSE_BAD);
        assert_string_equal(w->parser.error, TOO_DEEP);
        wire_free(w);
    }
    wire *w = wire_new(1024, NULL);
    rp_value v;
    feed_levels(w, "*1\r\n", RPI_MAX_DEPTH);
    wire_feed(w, BYTES("*-1\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    wire_free(w);
}

static void test_w11_mixed_levels(void **state)
{
    unsigned random = 11;
    (void)state;
    for (int round = 0; round < 500; round++) {
        wire *w = wire_new(1024 * 4, NULL);
        rpi_parse_result result = RPI_PARSE_MORE;
        rp_value v;
        for (size_t i = 0; i <= RPI_MAX_DEPTH; i++) {
            random = random * 1103515245 + 12345;
            assert_int_equal(result, RPI_PARSE_MORE);
            feed_levels(w, ways[(random >> 16) % COUNT(ways)].head, 1);
            result = wire_next(w, &v);
        }
        assert_int_equal(result, RPI_PARSE_BAD);
        assert_string_equal(w->parser.error, TOO_DEEP);
        wire_free(w);
    }
}

/* -- on a small stack ---------------------------------------------------------------------------------------------- */

typedef struct deep {
    const char *head;
    const char *first, *last; /* how it is printed: the beginning and the end */
    bool json;                /* has it any? */
    const char *failed;       /* what went wrong */
} deep;

/* Visits all of it: the levels, and the leaf. */
static bool walk(const rp_value *v)
{
    rpi_walk walk;
    rpi_step step;
    int entered = 0, left = 0, deepest = 0;
    rpi_walk_start(&walk, v);
    while ((step = rpi_walk_next(&walk, &v)) != RPI_END) {
        entered += step == RPI_ENTER;
        left += step == RPI_LEAVE;
        deepest = walk.depth > deepest ? walk.depth : deepest;
    }
    return entered == RPI_MAX_DEPTH && left == entered && deepest == entered;
}

static bool print(const deep *d, const rp_value *v)
{
    char *text = NULL;
    size_t size, first = strlen(d->first), last = strlen(d->last);
    FILE *out = open_memstream(&text, &size);
    rp_print(out, v);
    fclose(out);
    bool right =
        size > first + last && memcmp(text, d->first, first) == 0 && memcmp(text + size - last, d->last, last) == 0;
    free(text);
    return right;
}

static bool show_json(const deep *d, const rp_value *v)
{
    char *json = rp_json(v);
    bool right = d->json ? json && strchr(json, '7') : !json && rp_last_error()->status == RP_INVALID_VALUE;
    free(json);
    return right;
}

static void *use_deep(void *arg)
{
    deep *d = arg;
    wire *w = wire_new(1024 * 4, NULL);
    rp_value v, copy;
    feed_levels(w, d->head, RPI_MAX_DEPTH);
    wire_feed(w, BYTES(":7\r\n"));
    rpi_parse_result result = wire_next(w, &v);
    for (int i = 0; result == RPI_PARSE_MORE && i < RPI_MAX_DEPTH; i++) {
        wire_feed(w, BYTES(":7\r\n"));
        result = wire_next(w, &v);
    }
    d->failed = result != RPI_PARSE_DONE                        ? "parse"
                : !walk(&v)                                     ? "walk"
                : !rpi_value_copy(&w->arena, &copy, &v)         ? "copy"
                : !walk(&copy) || !rp_equal(&v, &copy)          ? "equal"
                : !print(d, &copy)                              ? "print"
                : !show_json(d, &copy)                          ? "json"
                : rp_contains(&v, &copy) || rp_bool(&v) != true ? "contains"
                                                                : NULL;
    wire_free(w);
    return NULL;
}

static void test_w11_deep_values_on_a_stack_of_64_kib(void **state)
{
    static deep all[] = {
        {"*1\r\n", "[[[", "]]]", true, NULL},
        {"~1\r\n", "{{{", "}}}", true, NULL},
        {"%1\r\n+k\r\n", "{'k': {'k': {", "}}}", true, NULL},
        {"%1\r\n", "{{{", ": 7}: 7}", false, NULL},
        {"*2\r\n:1\r\n", "[1, [1, [", "]]]", true, NULL},
    };
    pthread_attr_t attributes;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, 64 * 1024), 0);
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(pthread_create(&thread, &attributes, use_deep, &all[i]), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (all[i].failed)
            fail_msg("%s: %.2s", all[i].failed, all[i].head);
    }
    pthread_attr_destroy(&attributes);
}

/* Shaping a reply must not add a level to one that has as many as there may be: all that walks it has a stack of that
 * size. */
static void test_w11_shaped_reply_is_no_deeper(void **state)
{
    enum { LEVELS = RPI_MAX_DEPTH };
    char script[2048] = "HELLO\nREAD 1\nSEND '*4\\r\\n$1\\r\\nm\\r\\n";
    char *text = NULL, *json;
    size_t size;
    int level = 0;
    (void)state;
    for (int i = 1; i < LEVELS; i++)
        strcat(script, "*1\\r\\n");
    strcat(script, ":7\\r\\n$1\\r\\nn\\r\\n$1\\r\\n2\\r\\n'\nSERVE\n");
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *scores = rp_zrange(pipe, "z", 0, -1, .withscores = true);
    assert_int_equal(rp_execute(pipe), RP_OK);
    for (const rp_value *v = scores; v && rp_kind_of(v) == RP_LIST; v = rp_at(v, rp_len(v) > 1 && level ? 1 : 0))
        level++;
    assert_in_range(level, 1, LEVELS);
    FILE *out = open_memstream(&text, &size);
    rp_print(out, scores);
    fclose(out);
    wire_want_part(text, "[[[[7]]]]");
    json = rp_json(scores);
    wire_want_part(json, "[[[[7]]]]");
    assert_true(rp_equal(scores, scores));
    free(json);
    free(text);
    wire_want_next(f, 1);
    rp_free(pipe);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w11_levels_up_to_the_limit),
        KIT_TEST(test_w11_levels_over_the_limit),
        KIT_TEST(test_w11_refused_at_the_header),
        KIT_TEST(test_w11_mixed_levels),
        KIT_TEST(test_w11_deep_values_on_a_stack_of_64_kib),
        KIT_TEST(test_w11_shaped_reply_is_no_deeper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
