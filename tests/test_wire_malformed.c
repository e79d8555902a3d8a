/* Notes. Bytes that are no RESP. Each row ends with the byte that decides: the parser must refuse it there, fed byte by
 * byte, and in one piece; say why, in characters that can be printed; and allocate nothing for a header. A reply before
 * it stays good. What a connection does then is in test_wire_server.c. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

typedef struct row {
    const char *bytes;
    size_t len;
    const char *error; /* a part of the message */
} row;

#define LENGTH "a length that is no number"
#define STRING "a string passes the limit of 536870912"
#define ELEMENTS "the number of elements of a reply passes the limit of 16777216"
#define NO_NULL "a null where there is none"
#define NO_TYPE "no reply begins like this"
#define NO_END "a string that does not end where it said"
#define FORTY "1234567890123456789012345678901234567890"

/* Feeds the row behind a good reply, in pieces of `step` bytes; where it was refused: the bytes of the row fed by
 * then. */
static size_t refused_at(const row *r, size_t step)
{
    static const char good[] = "$4\r\ngood\r\n";
    memory_watch();
    wire *w = wire_new(sizeof good - 1 + r->len, NULL);
    rpi_parse_result result = RPI_PARSE_MORE;
    const rp_value *before = wire_value(w, good, sizeof good - 1);
    size_t fed = 0;
    rp_value v;
    memory_mark();
    for (; result == RPI_PARSE_MORE && fed < r->len; fed += step) {
        wire_feed(w, r->bytes + fed, step);
        result = wire_next(w, &v);
    }
    if (result != RPI_PARSE_BAD)
        fail_msg("accepted: a row that should say \"%s\"", r->error);
    wire_want_part(w->parser.error, r->error);
    wire_want_printable(w->parser.error);
    if (!memchr(r->bytes, '\n', r->len - 1))
        assert_int_equal(memory_allocations(), 0);
    assert_string_equal(rp_str(before), "good");
    wire_free(w);
    memory_unwatch();
    return fed;
}

static void want_refused(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(refused_at(&rows[i], rows[i].len), rows[i].len);
        if (refused_at(&rows[i], 1) != rows[i].len)
            fail_msg("row %zu is refused before its last byte", i);
    }
}

static void test_w04_unknown_type(void **state)
{
    static const row rows[] = {
        {BYTES("@"), NO_TYPE ": '@'"},        {BYTES("\0"), NO_TYPE ": '\\x00'"}, {BYTES("\r"), NO_TYPE ": '\\x0d'"},
        {BYTES("\n"), NO_TYPE ": '\\x0a'"},   {BYTES("H"), NO_TYPE ": 'H'"},      {BYTES("\x1b"), NO_TYPE ": '\\x1b'"},
        {BYTES("\xff"), NO_TYPE ": '\\xff'"}, {BYTES(" "), NO_TYPE ": ' '"},      {BYTES("0"), NO_TYPE ": '0'"},
        {BYTES("*1\r\n@"), NO_TYPE ": '@'"},  {BYTES("|1\r\n+k\r\nx"), NO_TYPE},  {BYTES(">1\r\n+x\r\n\r"), NO_TYPE},
    };
    (void)state;
    want_refused(rows, COUNT(rows));
}

/* Every byte that is no type; and what stands behind it is shown, but not much of it. */
static void test_w04_any_other_byte(void **state)
{
    static const char types[] = "+-:$*_#,(!=%~|>";
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char byte = (char)c;
        const row r = {&byte, 1, NO_TYPE};
        if (c == 0 || !strchr(types, c))
            assert_int_equal(refused_at(&r, 1), 1);
    }
    const row http = {BYTES("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"),
                      NO_TYPE ": 'HTTP/1.1 400 Bad'"};
    assert_int_equal(refused_at(&http, http.len), http.len);
}

static void test_w05_bulk_length(void **state)
{
    static const row rows[] = {
        {BYTES("$-2\r\n"), LENGTH},
        {BYTES("$-0\r\n"), LENGTH},
        {BYTES("$+3\r\n"), LENGTH},
        {BYTES("$03\r\n"), LENGTH},
        {BYTES("$00\r\n"), LENGTH},
        {BYTES("$ 3\r\n"), LENGTH},
        {BYTES("$3 \r\n"), LENGTH},
        {BYTES("$\r\n"), LENGTH},
        {BYTES("$3x\r\n"), LENGTH},
        {BYTES("$0x3\r\n"), LENGTH},
        {BYTES("$-\r\n"), LENGTH},
        {BYTES("$--1\r\n"), LENGTH},
        {BYTES("$-1x\r\n"), LENGTH},
        {BYTES("$-01\r\n"), LENGTH},
        {BYTES("$3.0\r\n"), LENGTH},
        {BYTES("$1e1\r\n"), LENGTH},
        {BYTES("$\xb2\r\n"), LENGTH},
        {BYTES("$3\0\r\n"), LENGTH},
        {BYTES("$99x\r\n"), LENGTH},
        {BYTES("$9x99\r\n"), LENGTH},
        {BYTES("=-2\r\n"), LENGTH},
        {BYTES("!-2\r\n"), LENGTH},
        {BYTES("=-1\r\n"), NO_NULL},
        {BYTES("!-1\r\n"), NO_NULL},
        {BYTES("$" FORTY "\r\n"), ": '$123456789012345"},
        {BYTES("$18446744073709551615\r\n"), ": '$184467440737095"},
        {BYTES("$18446744073709551619\r\n"), ": '$184467440737095"},
        {BYTES("$9223372036854775807\r\n"), STRING},
        {BYTES("$9223372036854775808\r\n"), STRING},
        {BYTES("$4294967299\r\n"), STRING},
        {BYTES("$536870913\r\n"), STRING},
        {BYTES("=536870913\r\n"), STRING},
        {BYTES("!536870913\r\n"), STRING},
    };
    (void)state;
    want_refused(rows, COUNT(rows));
}

/* With all that the length promises behind it, where a short way through the parser might be taken. */
static void test_w05_bulk_length_with_its_bytes(void **state)
{
    static const char *const lengths[] = {"03", "003",  "+3", " 3",   "3 ",  "-3", "3x",
                                          "x3", "0003", "3.", "\xb3", "3\t", "0x3"};
    char bytes[64];
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        row r = {bytes, (size_t)snprintf(bytes, sizeof bytes, "$%s\r\nabc\r\n+more\r\n", lengths[i]), LENGTH};
        refused_at(&r, r.len);
        r.len = (size_t)snprintf(bytes, sizeof bytes, "*3\r\n$1\r\na\r\n$%s\r\nabc\r\n+more\r\n", lengths[i]);
        refused_at(&r, r.len);
    }
    const row empty = {BYTES("$00\r\n\r\n+more\r\n"), LENGTH}, minus = {BYTES("$-0\r\n\r\n+more\r\n"), LENGTH};
    refused_at(&empty, empty.len);
    refused_at(&minus, minus.len);
}

static void test_w06_no_crlf_behind_bulk(void **state)
{
    static const row rows[] = {
        {BYTES("$5\r\nhelloXY"), NO_END},   {BYTES("$5\r\nhello\n\r"), NO_END},
        {BYTES("$5\r\nhello\r\r"), NO_END}, {BYTES("$5\r\nhello\n\n"), NO_END},
        {BYTES("$0\r\n\n\n"), NO_END},      {BYTES("=5\r\ntxt:a\rx"), NO_END},
        {BYTES("!3\r\nERR:1"), NO_END},     {BYTES("*2\r\n$1\r\naXY"), NO_END},
        {BYTES("$1\r\na\0\0"), NO_END},     {BYTES("*2\r\n$1\r\na\r\n$1\r\nb\r-"), NO_END},
    };
    (void)state;
    want_refused(rows, COUNT(rows));
}

/* The surplus of a bulk that is longer than it said is where the next reply begins, at the latest. */
static void test_w07_bulk_longer_than_announced(void **state)
{
    static const row rows[] = {
        {BYTES("$3\r\nabcde"), NO_END},
        {BYTES("$0\r\nabc"), NO_END},
        {BYTES("*2\r\n$3\r\nabc\r\nd"), NO_TYPE ": 'd'"},
        {BYTES("%1\r\n$1\r\nk\r\nk"), NO_TYPE ": 'k'"},
    };
    wire *w = wire_new(64, NULL);
    rp_value v;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_in_range(refused_at(&rows[i], 1), rows[i].len - 1, rows[i].len);
    wire_feed(w, BYTES("$3\r\nabc\r\ndef\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_BAD);
    wire_want_part(w->parser.error, NO_TYPE ": 'def\\x0d\\x0a'");
    wire_free(w);
}

static void test_w08_aggregate_length(void **state)
{
    static const char *const lengths[] = {
        "-2", "-0", "+1", "01", "2b", "b2", " 2", "2 ", "", "-", "1.0", "0x1", "99999999999999999999", FORTY,
    };
    static const char *const too_many[] = {
        "16777217",
        "2147483647",
        "2147483648",
        "4294967296",
        "4294967297",
        "1152921504606846976",
        "1152921504606846977",
        "2305843009213693954",
        "4611686018427387904",
        "9223372036854775807",
        "9223372036854775808",
    };
    char bytes[64];
    (void)state;
    for (const char *type = "*~%|>"; *type; type++) {
        for (size_t i = 0; i < COUNT(lengths); i++) {
            row r = {bytes, (size_t)snprintf(bytes, sizeof bytes, "%c%s\r\n", *type, lengths[i]), LENGTH};
            want_refused(&r, 1);
        }
        for (size_t i = 0; i < COUNT(too_many); i++) {
            row r = {bytes, (size_t)snprintf(bytes, sizeof bytes, "%c%s\r\n", *type, too_many[i]), ELEMENTS};
            want_refused(&r, 1);
        }
        row null = {bytes, (size_t)snprintf(bytes, sizeof bytes, "%c-1\r\n", *type), NO_NULL};
        if (*type != '*')
            want_refused(&null, 1);
    }
}

/* A map of n pairs has 2 * n elements, and n times 2 must not wrap around. */
/* With all of it and more at hand, what is short is read in ways of its own. */
static void test_w08_with_what_follows(void **state)
{
    static const char *const heads[] = {
        "*12:\r\n",
        "*1x0\r\n",
        "*1:\r\n",
        "*:2\r\n",
        "*2\r:",
        ":9223372036854775808\r\n",
        ":9999999999999999999\r\n",
        "*2\r\n:9223372036854775808\r\n",
        "*2\r\n:1\r\n:-9223372036854775809\r\n",
        ":1x\r\n",
        ":-\r\n",
        "$3:\r\nabc\r\n",
    };
    char bytes[1024];
    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        rp_value v;
        int len = snprintf(bytes, sizeof bytes, "%s", heads[i]);
        for (int k = 0; k < 200; k++)
            len += snprintf(bytes + len, sizeof bytes - (size_t)len, ":1\r\n");
        wire *w = wire_new((size_t)len, NULL);
        wire_feed(w, bytes, (size_t)len);
        if (wire_next(w, &v) != RPI_PARSE_BAD)
            fail_msg("accepted: %s", heads[i]);
        wire_free(w);
    }
}

static void test_w14_map_length(void **state)
{
    static const row rows[] = {
        {BYTES("%8388609\r\n"), ELEMENTS},
        {BYTES("%9223372036854775808\r\n"), ELEMENTS},
        {BYTES("%9223372036854775809\r\n"), ELEMENTS},
        {BYTES("%4611686018427387904\r\n"), ELEMENTS},
        {BYTES("|4611686018427387905\r\n"), ELEMENTS},
        {BYTES("%18446744073709551615\r\n"), LENGTH},
        {BYTES("%-1\r\n"), NO_NULL},
        {BYTES("%-2\r\n"), LENGTH},
    };
    wire *w = wire_new(64, NULL);
    rp_value v;
    (void)state;
    want_refused(rows, COUNT(rows));
    wire_feed(w, BYTES("%8388608\r\n+k\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    wire_free(w);
}

static void test_w25_line_ends(void **state)
{
#define LF "a line that ends in LF without CR"
#define CR "a line with CR inside"
    static const row rows[] = {
        {BYTES("+OK\n"), LF},
        {BYTES("+\n"), LF},
        {BYTES("-ERR x\n"), LF},
        {BYTES(":1\n"), LF},
        {BYTES("$3\n"), LF},
        {BYTES("*1\n"), LF},
        {BYTES("_\n"), LF},
        {BYTES("#t\n"), LF},
        {BYTES(",1\n"), LF},
        {BYTES("(1\n"), LF},
        {BYTES("%1\n"), LF},
        {BYTES("+a\nb"), LF},
        {BYTES("+OK\r\r"), CR},
        {BYTES("+a\rb"), CR},
        {BYTES("-a\r\0"), CR},
        {BYTES("$3\rx"), CR},
        {BYTES("*1\r*"), CR},
        {BYTES(":1\r2"), CR},
        {BYTES("*2\r\n+a\r\n+b\rc"), CR},
        {BYTES("*2\r\n+a\n"), LF},
        {BYTES("$-1\n"), LF},
        {BYTES("+a long status, which is not read the short way\n"), LF},
        {BYTES("+a long status, which is not read the short way\rx"), CR},
    };
#undef LF
#undef CR
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(refused_at(&rows[i], rows[i].len), rows[i].len);
        assert_in_range(refused_at(&rows[i], 1), rows[i].len - 1, rows[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w04_unknown_type),        KIT_TEST(test_w04_any_other_byte),
        KIT_TEST(test_w05_bulk_length),         KIT_TEST(test_w05_bulk_length_with_its_bytes),
        KIT_TEST(test_w06_no_crlf_behind_bulk), KIT_TEST(test_w07_bulk_longer_than_announced),
        KIT_TEST(test_w08_with_what_follows),   KIT_TEST(test_w08_aggregate_length),
        KIT_TEST(test_w14_map_length),          KIT_TEST(test_w25_line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
