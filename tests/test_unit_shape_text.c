/* Notes. Replies that are text made of names and values: INFO, CLIENT INFO, CLIENT LIST. The text is cut where it
 * stands, so every name and value must end in a NUL, and nothing outside of the reply may be written to: the bytes
 * behind it are those of the next reply. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

#include "resp/shape.h"

/* The text as a reply of this type, $ or =, with another one behind it. Returns its value, shaped; free() *bytes. */
static char *shape_text(rpi_shape shape, char type, const char *text, size_t len)
{
    static const char next[] = "$4\r\nnext\r\n";
    wire *w = wire_new(len + 100, NULL);
    char *shown = NULL, header[40];
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    rp_value v, behind;
    int n = snprintf(header, sizeof header, type == '$' ? "$%zu\r\n" : "=%zu\r\ntxt:", len + (type == '=' ? 4 : 0));

    wire_feed(w, header, (size_t)n);
    wire_feed(w, text, len);
    wire_feed(w, BYTES("\r\n"));
    wire_feed(w, next, sizeof next - 1);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_true(rpi_shape_value(shape, &w->arena, &v));
    assert_memory_equal(w->position, next, sizeof next - 1);
    assert_int_equal(wire_next(w, &behind), RPI_PARSE_DONE);
    assert_string_equal(rp_str(&behind), "next");
    wire_dump(out, &v);
    fclose(out);
    wire_free(w);
    return shown;
}

static void check_text(rpi_shape shape, const char *text, size_t len, const char *shaped)
{
    for (const char *type = "$="; *type; type++) {
        char *shown = shape_text(shape, *type, text, len);

        if (strcmp(shown, shaped) != 0)
            fail_msg("'%s': %s, not %s", text, shown, shaped);
        free(shown);
    }
}

typedef struct row {
    const char *text;
    size_t len;
    const char *shaped;
} row;

static void test_lines(void **state)
{
    static const row rows[] = {
        {BYTES("a:1\r\nb:2\r\n"), "D[Sa=S1 Sb=S2]"},
        {BYTES("a:1\nb:2\n"), "D[Sa=S1 Sb=S2]"},
        {BYTES("a:1\r\nb:2"), "D[Sa=S1 Sb=S2]"},
        {BYTES("a:1"), "D[Sa=S1]"},
        {BYTES(""), "D[]"},
        {BYTES("\r\n"), "D[]"},
        {BYTES("\n\n\r\n\r\r\n"), "D[]"},
        {BYTES("\r"), "D[]"},
        {BYTES("# Server\r\na:1\r\n\r\n# Clients\r\nb:2\r\n"), "D[Sa=S1 Sb=S2]"},
        {BYTES("# Server"), "D[]"},
        {BYTES("# a:b\r\n#c:d\r\n"), "D[]"},
        {BYTES("no separator\r\na:1\r\n# A\r\nnone either\r\nb:2"), "D[Sa=S1 Sb=S2]"},
        {BYTES("a:1\r\ngoes on\r\nb:2\r\n"), "D[Sa=S1\\x0d\\x0agoes on Sb=S2]"},
        {BYTES("a:1\n\ngoes on"), "D[Sa=S1\\x0a\\x0agoes on]"},
        {BYTES("a:\ngoes on\r\n\r\n"), "D[Sa=S\\x0agoes on]"},
        {BYTES("none"), "D[]"},
        {BYTES(":"), "D[S=S]"},
        {BYTES("a:"), "D[Sa=S]"},
        {BYTES("a:\r\nb:\r\n"), "D[Sa=S Sb=S]"},
        {BYTES(":1\r\n:2"), "D[S=S1 S=S2]"},
        {BYTES("a:1:2:3\r\nos:Linux 5:x\r\n"), "D[Sa=S1:2:3 Sos=SLinux 5:x]"},
        {BYTES("db0:keys=1,expires=0\r\n"), "D[Sdb0=Skeys=1,expires=0]"},
        {BYTES("a:1\r\na:2\r\n"), "D[Sa=S1 Sa=S2]"},
        {BYTES("a:1\rb:2\r\n"), "D[Sa=S1\\x0db:2]"},
        {BYTES("a:1\r"), "D[Sa=S1]"},
        {BYTES("a:1\r\r\n"), "D[Sa=S1\\x0d]"},
        {BYTES("a:x\0y\r\nb\0:\0\r\n"), "D[Sa=Sx\\x00y Sb\\x00=S\\x00]"},
        {BYTES("\xc3\xa4:\xff\r\n"), "D[S\\xc3\\xa4=S\\xff]"},
        {BYTES(" a: 1 \r\n"), "D[S a=S 1 ]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        check_text(RPI_SHAPE_INFO, rows[i].text, rows[i].len, rows[i].shaped);
}

static void test_words(void **state)
{
    static const row rows[] = {
        {BYTES("id=1 addr=127.0.0.1:5 name= db=0\n"), "D[Sid=S1 Saddr=S127.0.0.1:5 Sname=S Sdb=S0]"},
        {BYTES("id=1 name=x"), "D[Sid=S1 Sname=Sx]"},
        {BYTES("id=1\r\n"), "D[Sid=S1]"},
        {BYTES("id=1\n\n\r\n"), "D[Sid=S1]"},
        {BYTES(""), "D[]"},
        {BYTES(" "), "D[]"},
        {BYTES("\n"), "D[]"},
        {BYTES("nothing here"), "D[]"},
        {BYTES("  a=1   b=2  "), "D[Sa=S1 Sb=S2]"},
        {BYTES("cmd=a=b c==d ="), "D[Scmd=Sa=b Sc=S=d S=S]"},
        {BYTES("passed over a=1"), "D[Sa=S1]"},
        {BYTES("a=1 and more b=2"), "D[Sa=S1 and more Sb=S2]"},
        {BYTES("addr=/tmp/my  sock:0 laddr=/my #1:0 fd=8 name= db=0\n"),
         "D[Saddr=S/tmp/my  sock:0 Sladdr=S/my #1:0 Sfd=S8 Sname=S Sdb=S0]"},
        {BYTES("a= x y\n"), "D[Sa=S x y]"},
        {BYTES("#a=1 b=2"), "D[S#a=S1 Sb=S2]"},
        {BYTES("a=1\nb=2"), "D[Sa=S1\\x0ab=2]"},
        {BYTES("user=a\0b db=0\n"), "D[Suser=Sa\\x00b Sdb=S0]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        check_text(RPI_SHAPE_CLIENT, rows[i].text, rows[i].len, rows[i].shaped);
}

static void test_lines_of_words(void **state)
{
    static const row rows[] = {
        {BYTES("id=1 db=0\nid=2 db=3\n"), "L[D[Sid=S1 Sdb=S0] D[Sid=S2 Sdb=S3]]"},
        {BYTES("id=1 db=0\r\nid=2 db=3"), "L[D[Sid=S1 Sdb=S0] D[Sid=S2 Sdb=S3]]"},
        {BYTES("id=1\n\n\nid=2\n\n"), "L[D[Sid=S1] D[Sid=S2]]"},
        {BYTES("id=1"), "L[D[Sid=S1]]"},
        {BYTES(""), "L[]"},
        {BYTES("\n\r\n"), "L[]"},
        {BYTES("nothing\nid=1\n"), "L[D[] D[Sid=S1]]"},
        {BYTES("a=1 \nb=2 x \n c=3\n"), "L[D[Sa=S1] D[Sb=S2 x] D[Sc=S3]]"},
        {BYTES("id=1 addr=/a b:0\r\nlost id=2 addr=/a b:0 db=1\n"),
         "L[D[Sid=S1 Saddr=S/a b:0] D[Sid=S2 Saddr=S/a b:0 Sdb=S1]]"},
        {BYTES("a=\nb=\n"), "L[D[Sa=S] D[Sb=S]]"},
        {BYTES("a=\xff\0\nb=1\n"), "L[D[Sa=S\\xff\\x00] D[Sb=S1]]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        check_text(RPI_SHAPE_CLIENTS, rows[i].text, rows[i].len, rows[i].shaped);
}

/* Every short text over the bytes that matter: all that can be said of them is that it agrees with a slow reading. */
static void show(FILE *out, const char *begin, const char *text, size_t from, size_t end)
{
    fputs(begin, out);
    for (size_t i = from; i < end; i++)
        fprintf(out, text[i] < ' ' ? "\\x%02x" : "%c", text[i]);
}

static void read_slowly(FILE *out, const char *text, size_t len)
{
    size_t from = 0, value = 0, value_end = 0; /* value 0: none, since a name is in front of it */
    bool first = true;

    fputs("D[", out);
    while (from < len) {
        size_t end = from, middle;

        while (from < len && (text[from] == '\n' || text[from] == '\r'))
            from++;
        for (end = from; end < len && text[end] != '\n'; end++)
            ;
        size_t stop = end > from && text[end - 1] == '\r' ? end - 1 : end;
        for (middle = from; middle < stop && text[middle] != ':'; middle++)
            ;
        bool heading = from < len && text[from] == '#', pair = middle < stop && !heading;
        if (value && (heading || pair)) {
            show(out, "=S", text, value, value_end);
            value = 0;
        }
        if (pair) {
            show(out, first ? "S" : " S", text, from, middle);
            value = middle + 1;
            first = false;
        }
        if (from < len)
            value_end = stop;
        from = end + 1;
    }
    if (value)
        show(out, "=S", text, value, value_end);
    fputs("]", out);
}

static void test_every_short_text(void **state)
{
    static const char bytes[] = "a:\r\n#";
    enum { LONGEST = 6 };
    char text[LONGEST + 1] = "";
    (void)state;

    for (size_t len = 0; len <= LONGEST; len++) {
        size_t texts = 1;

        for (size_t i = 0; i < len; i++)
            texts *= sizeof bytes - 1;
        for (size_t number = 0; number < texts; number++) {
            char *slow = NULL, *shown;
            size_t size, rest = number;
            FILE *out = open_memstream(&slow, &size);

            for (size_t i = 0; i < len; i++, rest /= sizeof bytes - 1)
                text[i] = bytes[rest % (sizeof bytes - 1)];
            read_slowly(out, text, len);
            fclose(out);
            shown = shape_text(RPI_SHAPE_INFO, '$', text, len);
            assert_string_equal(shown, slow);
            free(shown);
            free(slow);
        }
    }
}

/* Ten thousand lines, of a name and a value, and of ten words each. */
static void test_many_lines(void **state)
{
    enum { LINES = 10000, ROOM = 4 * 1024 * 1024 };
    rpi_limits limits = RPI_DEFAULT_LIMITS;
    char *text = NULL, header[40];
    size_t size;
    (void)state;

    for (int words = 0; words < 2; words++) {
        wire *w = wire_new(ROOM, &limits);
        FILE *out = open_memstream(&text, &size);
        rp_value *v;

        for (int i = 0; i < LINES; i++) {
            fprintf(out, words ? "id=%d" : "name%d:", i);
            for (int k = 0; words && k < 10; k++)
                fprintf(out, " w%d=%d", k, i * k);
            fprintf(out, words ? "\n" : "%d\r\n", i);
        }
        fclose(out);
        wire_feed(w, header, (size_t)snprintf(header, sizeof header, "$%zu\r\n", size));
        wire_feed(w, text, size);
        v = (rp_value *)(uintptr_t)wire_value(w, BYTES("\r\n"));
        assert_true(rpi_shape_value(words ? RPI_SHAPE_CLIENTS : RPI_SHAPE_INFO, &w->arena, v));
        assert_int_equal(rp_len(v), LINES);
        for (size_t i = 0; i < LINES; i++) {
            const rp_value *line = rp_at(v, i);

            assert_int_equal(rp_int(words ? rp_lookup(line, "id") : line), i);
            if (words)
                assert_int_equal(rp_int(rp_lookup(line, "w9")), i * 9);
        }
        free(text);
        wire_free(w);
    }
}

/* Large enough that it does not fit what the arena has left. */
static void test_m01_text_without_memory(void **state)
{
    enum { LINES = 30, WORDS = 100 };
    static const rpi_shape shapes[] = {RPI_SHAPE_INFO, RPI_SHAPE_CLIENT, RPI_SHAPE_CLIENTS};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;

    fprintf(out, "$%d\r\n", LINES * (WORDS * 6 + 2));
    for (int i = 0; i < LINES * WORDS; i++)
        fprintf(out, "a:b=c%s", i % WORDS == WORDS - 1 ? " \r\n" : " ");
    fputs("\r\n", out);
    fclose(out);
    memory_watch();
    for (size_t i = 0; i < COUNT(shapes); i++) {
        bool failed = true;

        for (size_t nth = 1; failed; nth++) {
            wire *w = wire_new(size, NULL);
            rp_value *v = (rp_value *)(uintptr_t)wire_value(w, text, size);
            bool done;

            memory_fail(nth, true);
            done = rpi_shape_value(shapes[i], &w->arena, v);
            failed = memory_failures() > 0;
            memory_fail(0, false);
            assert_int_equal(done, !failed);
            assert_true(nth > 1 || failed);
            wire_free(w);
        }
    }
    memory_unwatch();
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_lines),          KIT_TEST(test_words),
        KIT_TEST(test_lines_of_words), KIT_TEST(test_every_short_text),
        KIT_TEST(test_many_lines),     KIT_TEST(test_m01_text_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
