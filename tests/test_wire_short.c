/* Notes. The short ways through a reply, against the general way: trees that a generator writes, with what they must
 * give, are read whole, where the short ways take what they can, and cut at every offset, where the general way takes
 * over wherever the cut falls. Then the borders of each short way. */
#define _GNU_SOURCE 1
#include "test_wire.h"

/* Bytes, and what they must give, as wire_dump shows it. */
typedef struct reply {
    char *bytes, *dump;
    size_t bytes_size, dump_size;
    FILE *bytes_out, *dump_out;
} reply;

static void open_reply(reply *r)
{
    r->bytes_out = open_memstream(&r->bytes, &r->bytes_size);
    r->dump_out = open_memstream(&r->dump, &r->dump_size);
    assert_true(r->bytes_out && r->dump_out);
}

static void close_reply(reply *r)
{
    fputs("\nend", r->dump_out);
    fclose(r->bytes_out);
    fclose(r->dump_out);
}

static void free_reply(reply *r)
{
    free(r->bytes);
    free(r->dump);
}

/* The first piece has `first` bytes, the others `step`. */
static void want(const reply *r, size_t first, size_t step)
{
    char *got = wire_read(r->bytes, r->bytes_size, first, step, NULL);
    if (strcmp(got, r->dump) != 0)
        fail_msg("pieces of %zu and %zu of\n%s\ngave\n%s\nwanted\n%s", first, step, r->bytes, got, r->dump);
    free(got);
}

static unsigned seed;

static unsigned below(unsigned n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % n;
}

static void add_string(reply *r)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    unsigned len = below(12) ? below(sizeof text) : 90 + below(20);
    fprintf(r->bytes_out, "$%u\r\n", len);
    putc('S', r->dump_out);
    for (unsigned i = 0; i < len; i++) {
        putc(text[i % (sizeof text - 1)], r->bytes_out);
        putc(text[i % (sizeof text - 1)], r->dump_out);
    }
    fputs("\r\n", r->bytes_out);
}

static void add_scalar(reply *r)
{
    static const struct {
        const char *bytes, *dump;
    } others[] = {
        {"+OK\r\n", "SOK"},
        {":0\r\n", "I0"},
        {":-12\r\n", "I-12"},
        {":1234567\r\n", "I1234567"},
        {",1\r\n", "F1"},
        {",-2.5\r\n", "F-2.5"},
        {",1e5\r\n", "F1e5"},
        {"_\r\n", "N"},
        {"$-1\r\n", "N"},
        {"*-1\r\n", "N"},
        {"#t\r\n", "B1"},
        {"-ERR no\r\n", "EERR no"},
        {"*0\r\n", "L[]"},
        {"%0\r\n", "D[]"},
        {"~0\r\n", "Z[]"},
        {"=6\r\ntxt:hi\r\n", "Shi"},
        {"(123\r\n", "S123"},
        {"|1\r\n+k\r\n*1\r\n:1\r\n:7\r\n", "I7"},
        {":123456789012345678\r\n", "I123456789012345678"},
        {",123456.789012\r\n", "F123456.789012"},
    };
    unsigned i = below(2 * COUNT(others));
    if (i >= COUNT(others)) {
        add_string(r);
        return;
    }
    fputs(others[i].bytes, r->bytes_out);
    fputs(others[i].dump, r->dump_out);
}

/* A tree of up to so many levels. The calls nest as deep. */
static void add_tree(reply *r, unsigned levels)
{
    unsigned kind = below(3), n = 1 + below(5);
    if (levels == 0 || below(3) == 0) {
        add_scalar(r);
        return;
    }
    fprintf(r->bytes_out, "%c%u\r\n", "*~%"[kind], n);
    fprintf(r->dump_out, "%c[", "LZD"[kind]);
    for (unsigned i = 0; i < n; i++) {
        if (i)
            putc(' ', r->dump_out);
        if (kind == 2) {
            add_tree(r, levels - 1);
            putc('=', r->dump_out);
        }
        add_tree(r, levels - 1);
    }
    putc(']', r->dump_out);
}

static void test_random_trees_whole_and_cut(void **state)
{
    (void)state;
    for (seed = 1; seed <= 80;) {
        unsigned start = seed;
        reply r;
        open_reply(&r);
        add_tree(&r, 5);
        fputs("+behind\r\n", r.bytes_out);
        fputs("\nSbehind", r.dump_out);
        close_reply(&r);
        want(&r, r.bytes_size, 1);
        want(&r, 1, 1);
        for (size_t at = 1; at < r.bytes_size; at += r.bytes_size < 400 ? 1 : 37)
            want(&r, at, r.bytes_size);
        free_reply(&r);
        seed = start + 1;
    }
}

/* What ends closes all levels that it is the last item of, however many: not one too few, nor the one around them. */
static void test_levels_that_close_at_once(void **state)
{
    (void)state;
    for (unsigned levels = 1; levels <= 126; levels++) {
        reply r;
        open_reply(&r);
        fputs("*2\r\n", r.bytes_out);
        fputs("L[", r.dump_out);
        for (unsigned i = 0; i < levels; i++) {
            fputs(i % 3 == 2 ? "%1\r\n+k\r\n" : "*2\r\n:1\r\n", r.bytes_out);
            fputs(i % 3 == 2 ? "D[Sk=" : "L[I1 ", r.dump_out);
        }
        fputs("$4\r\nleaf\r\n:9\r\n", r.bytes_out);
        fputs("Sleaf", r.dump_out);
        for (unsigned i = 0; i < levels; i++)
            putc(']', r.dump_out);
        fputs(" I9]", r.dump_out);
        close_reply(&r);
        want(&r, r.bytes_size, 1);
        want(&r, r.bytes_size - 6, 1);
        free_reply(&r);
    }
}

/* Counts of one, two, three and four digits, and those where room is made in one step or in several. */
static void test_counts_of_items(void **state)
{
    static const unsigned counts[] = {1, 2, 9, 10, 99, 100, 128, 129, 255, 256, 257, 512, 999, 1000, 1001};
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++)
        for (unsigned kind = 0; kind < 3; kind++) {
            reply r;
            open_reply(&r);
            fprintf(r.bytes_out, "*2\r\n%c%u\r\n", "*~%"[kind], counts[i]);
            fprintf(r.dump_out, "L[%c[", "LZD"[kind]);
            for (unsigned k = 0; k < counts[i]; k++) {
                fprintf(r.bytes_out, kind == 2 ? "$1\r\nk\r\n:%u\r\n" : ":%u\r\n", k);
                fprintf(r.dump_out, kind == 2 ? "%sSk=I%u" : "%sI%u", k ? " " : "", k);
            }
            fputs("+behind\r\n", r.bytes_out);
            fputs("] Sbehind]", r.dump_out);
            close_reply(&r);
            want(&r, r.bytes_size, 1);
            want(&r, r.bytes_size / 2, 7);
            free_reply(&r);
        }
}

/* -- the borders of each token ------------------------------------------------------------------------------------- */

static const char *const tokens[] = {
    /* lengths and counts */
    "$01\r\nx\r\n",
    "$00\r\n\r\n",
    "$1\r\nxy\r\n",
    "$1\r\nx\n\r",
    "$1x\r\nx\r\n",
    "$-2\r\n",
    "$+1\r\nx\r\n",
    "$\r\n\r\n",
    "$/\r\nx\r\n",
    "$:\r\nx\r\n",
    "$9:\r\nx\r\n",
    "$007\r\nabcdefg\r\n",
    "$1\n\nx\r\n",
    "$-1\r\n",
    "$-1\n\n",
    "*01\r\n:1\r\n",
    "*1x\r\n:1\r\n",
    "*-2\r\n:1\r\n",
    "*/\r\n:1\r\n",
    "*\r\n:1\r\n",
    "*1\n\n:1\r\n",
    "%-1\r\n",
    "~-1\r\n",
    "*00\r\n",
    "*010\r\n",
    /* integers */
    ":\r\n+aaa\r\n",
    ":-\r\n+aa\r\n",
    ":+\r\n+aa\r\n",
    ":--1\r\n",
    ":1-\r\n+a\r\n",
    ":1.5\r\n",
    ":1 \r\n+a\r\n",
    ":+12345\r\n",
    ":12345678\r\n",
    ":123456789\r\n",
    ":999999999999999999\r\n",
    ":-99999999999999999\r\n",
    ":9999999999999999999\r\n",
    ":-9223372036854775808\r\n",
    ":-9223372036854775809\r\n",
    ":1\r2\r\n",
    ":1\n\r\n+a\r\n",
    ":12345678/\r\n",
    ":1234567:\r\n",
    /* floats */
    ",\r\n+aaa\r\n",
    ",.\r\n+aaa\r\n",
    ",-\r\n+aa\r\n",
    ",-.\r\n+a\r\n",
    ",.5\r\n+a\r\n",
    ",5.\r\n+a\r\n",
    ",-.5\r\n+a\r\n",
    ",1.2.3\r\n",
    ",1..2\r\n",
    ",+1.5\r\n",
    ",--1.5\r\n",
    ",1-5\r\n",
    ",1e5\r\n",
    ",1e\r\n+a\r\n",
    ",1e400\r\n",
    ",0x10\r\n",
    ",inf\r\n",
    ",nan\r\n",
    ", 1\r\n+a\r\n",
    ",1 \r\n+a\r\n",
    ",1,5\r\n",
    ",0.1000000000000000055511151231257827\r\n",
    ",123456789012345678901\r\n",
    ",1234567890123456789012\r\n",
    ",12345678901234567890123\r\n",
    ",12345678.12345678\r\n",
    ",1234567.\r\n",
    ",12345678.\r\n",
    ",1234567.8\r\n",
    ",00000000000000000000001\r\n",
    ",1.5\n\r\n",
    ",1.5\r,\r\n",
    /* statuses and nulls */
    "+\r\n+aaa\r\n",
    "+a\nb\r\n",
    "_\r\n+aa\r\n",
    "_x\r\n+a\r\n",
    "_\n\n+aa\r\n",
    "+012345678901234567890\r\n",
    "+0123456789012345678901\r\n",
    "+01234567890123456789012\r\n",
};

/* The token alone, and inside a list, where more follows: whatever it is, in one piece it is what it is byte
 * by byte. */
static void test_tokens_at_the_borders(void **state)
{
    static const char *const places[] = {"%s", "*2\r\n%s:0\r\n+behind\r\n", "*2\r\n*2\r\n:1\r\n%s+end\r\n+behind\r\n",
                                         "%%1\r\n%s%s+behind\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++)
        for (size_t k = 0; k < COUNT(places); k++) {
            char bytes[256];
            int len = snprintf(bytes, sizeof bytes, places[k], tokens[i], tokens[i]);
            char *whole = wire_read(bytes, (size_t)len, (size_t)len, 1, NULL);
            char *pieces = wire_read(bytes, (size_t)len, 1, 1, NULL);
            if (strcmp(whole, pieces) != 0)
                fail_msg("%s\nwhole gave\n%s\nbyte by byte\n%s", bytes, whole, pieces);
            free(whole);
            free(pieces);
        }
}

/* Limits hold inside of lists too: for elements over all levels, for a string, for a line. */
static void test_limits_inside_lists(void **state)
{
    static const char pairs[] = "*3\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n*2\r\n:5\r\n:6\r\n";
    static const char line[] = "*1\r\n,123456.25\r\n", string[] = "*1\r\n$12\r\nabcdefghijkl\r\n";
    static const struct {
        const char *bytes;
        rpi_limits limits;
        const char *wanted;
    } cases[] = {
        {pairs, {1000, 9, 100}, "L[L[I1 I2] L[I3 I4] L[I5 I6]]\nend"},
        {pairs, {1000, 8, 100}, "bad"},
        {line, {1000, 9, 9}, "L[F123456.25]\nend"},
        {line, {1000, 9, 8}, "bad"},
        {string, {12, 9, 100}, "L[Sabcdefghijkl]\nend"},
        {string, {11, 9, 100}, "bad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t step = 1; step <= 100; step *= 10) {
            size_t len = strlen(cases[i].bytes);
            char *got = wire_read(cases[i].bytes, len, len / step, step, &cases[i].limits);
            assert_string_equal(got, cases[i].wanted);
            free(got);
        }
}

/* A parser without an arena, as that of an idle connection, takes no aggregate, the short way neither. */
static void test_no_arena_no_aggregate(void **state)
{
    wire *w = wire_new(64, NULL);
    rp_value v;
    (void)state;
    w->parser.arena = NULL;
    wire_feed(w, BYTES("*2\r\n:1\r\n:2\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_NO_MEMORY);
    wire_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_random_trees_whole_and_cut),
        KIT_TEST(test_levels_that_close_at_once),
        KIT_TEST(test_counts_of_items),
        KIT_TEST(test_tokens_at_the_borders),
        KIT_TEST(test_limits_inside_lists),
        KIT_TEST(test_no_arena_no_aggregate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
