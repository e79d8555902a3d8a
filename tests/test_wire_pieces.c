/* Notes. The corpus holds a reply of each type of RESP2 and RESP3, and what it must become, as wire_dump shows it. The
 * parser may get it in any pieces: the values, and the verdict on damaged bytes, must be the same. Bytes that were not
 * fed yet are poisoned, so that the address sanitizer sees every look past the end of a piece. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#define HUNDRED "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

typedef struct sample {
    const char *bytes;
    size_t len;
    const char *dump;
} sample;

static const sample corpus[] = {
    {BYTES("+OK\r\n"), "SOK"},
    {BYTES("+\r\n"), "S"},
    {BYTES("+Gr\xc3\xbc\xc3\x9f"
           "e \xe2\x82\xac\r\n"),
     "SGr\\xc3\\xbc\\xc3\\x9fe \\xe2\\x82\\xac"},
    {BYTES("+a status that is longer than the short way takes\r\n"),
     "Sa status that is longer than the short way takes"},
    {BYTES("-ERR unknown command 'X'\r\n"), "EERR unknown command 'X'"},
    {BYTES("-\r\n"), "E"},
    {BYTES(":0\r\n"), "I0"},
    {BYTES(":1000\r\n"), "I1000"},
    {BYTES(":-9223372036854775808\r\n"), "I-9223372036854775808"},
    {BYTES(":9223372036854775807\r\n"), "I9223372036854775807"},
    {BYTES(":+7\r\n"), "I+7"},
    {BYTES("$5\r\nhello\r\n"), "Shello"},
    {BYTES("$0\r\n\r\n"), "S"},
    {BYTES("$-1\r\n"), "N"},
    {BYTES("$10\r\na\r\nb\0c\r\n\r\n\r\n"), "Sa\\x0d\\x0ab\\x00c\\x0d\\x0a\\x0d\\x0a"},
    {BYTES("$8\r\n$1\r\nx\r\n+\r\n"), "S$1\\x0d\\x0ax\\x0d\\x0a+"},
    {BYTES("$100\r\n" HUNDRED "\r\n"), "S" HUNDRED},
    {BYTES("$7\r\n\xe2\x82\xac\xf0\x9f\x98\x80\r\n"), "S\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80"},
    {BYTES("*0\r\n"), "L[]"},
    {BYTES("*-1\r\n"), "N"},
    {BYTES("*4\r\n:1\r\n$1\r\na\r\n$-1\r\n-no\r\n"), "L[I1 Sa N Eno]"},
    {BYTES("*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n*1\r\n$1\r\nb\r\n"), "L[L[Sa L[]] L[L[Sb]]]"},
    {BYTES("_\r\n"), "N"},
    {BYTES("#t\r\n"), "B1"},
    {BYTES("#f\r\n"), "B0"},
    {BYTES(",3.25\r\n"), "F3.25"},
    {BYTES(",-1.5e-300\r\n"), "F-1.5e-300"},
    {BYTES(",10\r\n"), "F10"},
    {BYTES(",inf\r\n"), "Finf"},
    {BYTES(",-inf\r\n"), "F-inf"},
    {BYTES(",nan\r\n"), "Fnan"},
    {BYTES("(3492890328409238509324850943850943825024385\r\n"), "S3492890328409238509324850943850943825024385"},
    {BYTES("(-12\r\n"), "S-12"},
    {BYTES("!21\r\nSYNTAX invalid\r\nsynta\r\n"), "ESYNTAX invalid\\x0d\\x0asynta"},
    {BYTES("=15\r\ntxt:Some string\r\n"), "SSome string"},
    {BYTES("=4\r\nmkd:\r\n"), "S"},
    {BYTES("%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*2\r\n:2\r\n:3\r\n"), "D[Sa=I1 Sb=L[I2 I3]]"},
    {BYTES("%0\r\n"), "D[]"},
    {BYTES("~3\r\n+x\r\n:5\r\n#t\r\n"), "Z[Sx I5 B1]"},
    {BYTES("~0\r\n"), "Z[]"},
    {BYTES("*1\r\n~1\r\n%1\r\n_\r\n%1\r\n*1\r\n:1\r\n(2\r\n"), "L[Z[D[N=D[L[I1]=S2]]]]"},
    {BYTES("|1\r\n+key-popularity\r\n%2\r\n$1\r\na\r\n,0.1923\r\n$1\r\nb\r\n,0.0012\r\n*2\r\n:1\r\n:2\r\n"),
     "L[I1 I2]"},
    {BYTES("*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n|0\r\n:3\r\n"), "L[I1 I2 I3]"},
    {BYTES(">3\r\n+message\r\n+channel\r\n$5\r\nhello\r\n+pushed\r\n"), "Spushed"},
    {BYTES(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n:8\r\n"), "I8"},
    {BYTES(">1\r\n=5\r\ntxt:a\r\n>1\r\n$0\r\n\r\n*1\r\n:8\r\n"), "L[I8]"},
};

/* All samples, one behind the other, and what they must give. */
static char *stream, *stream_dump;
static size_t stream_len;

static int make_stream(void **state)
{
    size_t dump_size;
    FILE *bytes = open_memstream(&stream, &stream_len), *dump = open_memstream(&stream_dump, &dump_size);
    (void)state;
    for (size_t i = 0; i < COUNT(corpus); i++) {
        fwrite(corpus[i].bytes, 1, corpus[i].len, bytes);
        fprintf(dump, "%s\n", corpus[i].dump);
    }
    fputs("end", dump);
    fclose(bytes);
    fclose(dump);
    return 0;
}

static int free_stream(void **state)
{
    (void)state;
    free(stream);
    free(stream_dump);
    return 0;
}

static void want_read(const char *bytes, size_t len, size_t first, size_t step, const char *wanted)
{
    char *got = wire_read(bytes, len, first, step, NULL);
    if (strcmp(got, wanted) != 0)
        fail_msg("%zu bytes, then pieces of %zu: got\n%s\nwanted\n%s", first, step, got, wanted);
    free(got);
}

static void test_w01_each_type_byte_by_byte(void **state)
{
    char wanted[512];
    (void)state;
    for (size_t i = 0; i < COUNT(corpus); i++) {
        snprintf(wanted, sizeof wanted, "%s\nend", corpus[i].dump);
        want_read(corpus[i].bytes, corpus[i].len, corpus[i].len, 1, wanted);
        want_read(corpus[i].bytes, corpus[i].len, 1, 1, wanted);
    }
}

/* The parser tells what it waits for: never more than what is still to come, so that no one waits for ever. */
static void test_w01_need_is_never_too_much(void **state)
{
    rp_value v;
    (void)state;
    for (size_t i = 0; i < COUNT(corpus); i++) {
        wire *w = wire_new(corpus[i].len, NULL);
        for (size_t k = 0; k + 1 < corpus[i].len; k++) {
            wire_feed(w, corpus[i].bytes + k, 1);
            assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
            assert_true(w->parser.need > (size_t)(w->end - w->position));
            assert_true(w->parser.need <= (size_t)(w->bytes + w->room - w->position));
        }
        wire_free(w);
    }
}

static void test_w02_split_at_every_offset(void **state)
{
    (void)state;
    assert_true(COUNT(corpus) >= 30);
    for (size_t at = 0; at <= stream_len; at++)
        want_read(stream, stream_len, at, stream_len, stream_dump);
    for (size_t step = 1; step <= 40; step++)
        want_read(stream, stream_len, step, step, stream_dump);
}

/* Items get room in steps as they arrive; the steps may fall anywhere in a piece. */
static void test_w02_long_aggregates_in_pieces(void **state)
{
    static const char *const heads[] = {"*3000\r\n", "~3000\r\n", "%1500\r\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        char *text, *whole;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        fputs(heads[i], out);
        for (int k = 0; k < 3000; k++)
            fprintf(out, k % 3 ? k % 3 == 1 ? ":%d\r\n" : "*1\r\n:%d\r\n" : "$6\r\n%06d\r\n", k);
        fclose(out);
        whole = wire_read(text, size, size, 1, NULL);
        wire_want_part(whole, "L[I2999]]\nend");
        for (size_t step = 1; step < 8192; step = step * 3 + 1)
            want_read(text, size, step, step, whole);
        free(whole);
        free(text);
    }
}

/* After each piece the owner of the buffer may take it for free space unless the parser says that values are in it. */
static void test_w02_kept_is_told_for_each_piece(void **state)
{
    static const char items[] = "$3\r\nabc\r\n$3\r\ndef\r\n$3\r\nghi\r\n$3";
    rp_value v;
    wire *w = wire_new(1024, NULL);
    (void)state;
    wire_feed(w, BYTES("*100\r\n$1\r\na\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_true(w->parser.kept);
    w->parser.kept = false;
    wire_feed(w, BYTES("$"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_false(w->parser.kept);
    wire_feed(w, items + 1, sizeof items - 2);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_true(w->parser.kept);
    wire_free(w);
}

static void test_w03_thousand_and_a_half(void **state)
{
    enum { REPLIES = 1000 };
    static rp_value values[REPLIES];
    wire *w = wire_new(64 * 1024, NULL);
    char text[64];
    rp_value v;
    (void)state;
    for (int i = 0; i < REPLIES; i++)
        wire_feed(w, text, (size_t)snprintf(text, sizeof text, "$8\r\nv%07d\r\n", i));
    wire_feed(w, BYTES("*2\r\n$4\r\nha"));
    for (int i = 0; i < REPLIES; i++)
        assert_int_equal(wire_next(w, &values[i]), RPI_PARSE_DONE);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    wire_feed(w, BYTES("lf\r\n:1\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_string_equal(rp_str(rp_at(&v, 0)), "half");
    for (int i = 0; i < REPLIES; i++) {
        snprintf(text, sizeof text, "v%07d", i);
        assert_string_equal(rp_str(&values[i]), text);
    }
    wire_free(w);
}

/* -- W28 ----------------------------------------------------------------------------------------------------------- */

static uint64_t random_state;

/* xorshift64: the same numbers in every run. */
static size_t random_below(size_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % n);
}

/* Damaged bytes: the same values and the same verdict in one piece and in several. */
static void want_same(const char *bytes, size_t len)
{
    static const rpi_limits limits = {4096, 512, 256};
    char *whole = wire_read(bytes, len, len, 1, &limits);
    size_t first = random_below(len + 1), step = 1 + random_below(16);
    char *pieces = wire_read(bytes, len, first, step, &limits);
    if (strcmp(whole, pieces) != 0)
        fail_msg("%zu bytes, then pieces of %zu: got\n%s\nin one piece\n%s", first, step, pieces, whole);
    free(whole);
    free(pieces);
}

static void test_w28_damaged_replies(void **state)
{
    char bytes[1024];
    (void)state;
    random_state = 28;
    for (int seed = 0; seed < 50000; seed++) {
        size_t len = 0;
        for (size_t replies = 1 + random_below(4); replies > 0; replies--) {
            const sample *s = &corpus[random_below(COUNT(corpus))];
            memcpy(bytes + len, s->bytes, s->len);
            len += s->len;
        }
        for (size_t damaged = 1 + random_below(1 + len / 10); damaged > 0; damaged--)
            bytes[random_below(len)] = random_below(2) ? (char)random_below(256) : "\r\n0123-$*%~|>"[random_below(13)];
        want_same(bytes, len);
    }
}

static void test_w28_random_bytes(void **state)
{
    static const char likely[] = "\r\n\r\n\r\n0123456789-+:$*%~|>#_,(!=tfainf.e";
    char bytes[64];
    (void)state;
    random_state = 82;
    for (int seed = 0; seed < 50000; seed++) {
        size_t len = 1 + random_below(sizeof bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = random_below(8) ? likely[random_below(sizeof likely - 1)] : (char)random_below(256);
        want_same(bytes, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w01_each_type_byte_by_byte),
        KIT_TEST(test_w01_need_is_never_too_much),
        KIT_TEST(test_w02_split_at_every_offset),
        KIT_TEST(test_w02_long_aggregates_in_pieces),
        KIT_TEST(test_w02_kept_is_told_for_each_piece),
        KIT_TEST(test_w03_thousand_and_a_half),
        KIT_TEST(test_w28_damaged_replies),
        KIT_TEST(test_w28_random_bytes),
    };
    return cmocka_run_group_tests(tests, make_stream, free_stream);
}
