/* Notes. Types that are rare, or not of the protocol that was agreed: blob errors, streamed types, attributes wherever
 * they may stand, RESP3 on a connection that speaks RESP2, and the other way. Each as the parser sees it, in pieces of
 * every size, and by way of a connection, which stays in step or is closed. */
#define _GNU_SOURCE 1
#include "test_wire.h"

typedef struct row {
    const char *bytes;
    size_t len;
    const char *shown; /* as wire_read shows it */
} row;

/* In one piece, byte by byte, and cut in two at every place. */
static void check_pieces(const row *r)
{
    for (size_t step = 1; step <= r->len; step++) {
        char *once = wire_read(r->bytes, r->len, step, step == 1 ? 1 : r->len, NULL);

        if (strcmp(once, r->shown) != 0)
            fail_msg("'%s', the first piece of %zu bytes: %s, not %s", r->bytes, step, once, r->shown);
        free(once);
    }
}

/* The bytes as a word of a fake's script. */
static void print_word(FILE *out, const char *bytes, size_t len)
{
    putc('\'', out);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "\\x%02x", (unsigned char)bytes[i]);
    putc('\'', out);
}

/* A fake that answers two INCRs: the first with the bytes, the second with 2; a connection after it serves. */
static fake *start(const char *bytes, size_t len, int protocol)
{
    char *script = NULL;
    size_t size;
    FILE *out = open_memstream(&script, &size);
    fake *f;

    fprintf(out, "HELLO %d\nREAD 2\nSEND ", protocol);
    print_word(out, bytes, len);
    fputs("\nSEND ':2\\r\\n'\nSERVE\nCONNECTION *\nSERVE\n", out);
    fclose(out);
    f = fake_start(script);
    free(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .protocol = protocol), RP_OK);
    return f;
}

/* The value arrives, the answer behind it too, and the connection is used again. */
static void check_arrives(const char *bytes, size_t len, int protocol, const char *shown)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fake *f = start(bytes, len, protocol);
    wire_batch b;

    wire_increment(&b, 2, true);
    assert_int_equal(b.status, RP_OK);
    wire_dump(out, b.futures[0]);
    fclose(out);
    assert_string_equal(text, shown);
    free(text);
    assert_int_equal(rp_int(b.futures[1]), 2);
    rp_free(b.pipe);
    wire_want_next(f, 1);
    rp_disconnect_all();
    fake_stop(f);
}

/* The connection is closed: neither command has an answer, and the next execute uses another one. */
static void check_breaks(const char *bytes, size_t len, int protocol, bool collect)
{
    fake *f = start(bytes, len, protocol);
    wire_batch b;

    wire_increment(&b, 2, collect);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 0, "with 0 of 2 commands answered");
    wire_want_outcomes(&b, "UU");
    rp_free(b.pipe);
    wire_want_next(f, 2);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* -- W20: blob errors and streamed types --------------------------------------------------------------------------- */

static const row blob_errors[] = {
    {BYTES("!21\r\nSYNTAX invalid syntax\r\n"), "ESYNTAX invalid syntax\nend"},
    {BYTES("!9\r\nA b\r\nc\r\nd\r\n"), "EA b\\x0d\\x0ac\\x0d\\x0ad\nend"},
    {BYTES("!0\r\n\r\n"), "E\nend"},
    {BYTES("!3\r\nA\0b\r\n"), "EA\\x00b\nend"},
    {BYTES("!2\r\n\r\n\r\n"), "E\\x0d\\x0a\nend"},
    {BYTES("*2\r\n!3\r\nA b\r\n:1\r\n"), "L[EA b I1]\nend"},
    {BYTES("%1\r\n+k\r\n!3\r\nA b\r\n"), "D[Sk=EA b]\nend"},
};

static void test_w20_blob_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(blob_errors); i++) {
        char *shown = strndup(blob_errors[i].shown, strlen(blob_errors[i].shown) - strlen("\nend"));

        check_pieces(&blob_errors[i]);
        check_arrives(blob_errors[i].bytes, blob_errors[i].len, 3, shown);
        check_arrives(blob_errors[i].bytes, blob_errors[i].len, 2, shown);
        free(shown);
    }
}

static void test_w20_blob_error_fails_the_execute(void **state)
{
    static const char bytes[] = "!12\r\nMINE \r\nb\x1b[0m\r\n";
    fake *f = start(bytes, sizeof bytes - 1, 3);
    wire_batch b;
    (void)state;

    wire_increment(&b, 2, false);
    assert_int_equal(b.status, RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "MINE");
    wire_want_error(RP_SERVER_ERROR, 0, "MINE");
    wire_want_outcomes(&b, "AA");
    assert_int_equal(rp_status_of(b.futures[0]), RP_SERVER_ERROR);
    rp_free(b.pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

static void test_w20_malformed_blob_errors(void **state)
{
    static const row rows[] = {
        {BYTES("!-1\r\n"), "bad"},        {BYTES("!3\r\nA bc\r\n"), "bad"}, {BYTES("!\r\n"), "bad"},
        {BYTES("!3x\r\nA b\r\n"), "bad"}, {BYTES("!+3\r\nA b\r\n"), "bad"}, {BYTES("!?\r\n"), "bad"},
        {BYTES("!536870913\r\n"), "bad"}, {BYTES("!3\r\nA b\n\r"), "bad"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_pieces(&rows[i]);
        check_breaks(rows[i].bytes, rows[i].len, 3, i % 2);
    }
}

/* Strings and aggregates whose length nobody says: refused at the header, on every level. */
static void test_w20_streamed_types(void **state)
{
    static const row rows[] = {
        {BYTES("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n"), "bad"},
        {BYTES("*?\r\n:1\r\n:2\r\n.\r\n"), "bad"},
        {BYTES("~?\r\n:1\r\n.\r\n"), "bad"},
        {BYTES("%?\r\n+a\r\n:1\r\n.\r\n"), "bad"},
        {BYTES("|?\r\n+a\r\n:1\r\n.\r\n:1\r\n"), "bad"},
        {BYTES(">?\r\n+a\r\n.\r\n:1\r\n"), "bad"},
        {BYTES(";4\r\nHell\r\n"), "bad"},
        {BYTES(";0\r\n"), "bad"},
        {BYTES(".\r\n"), "bad"},
        {BYTES("=?\r\n;4\r\ntxt:\r\n;0\r\n"), "bad"},
        {BYTES("*2\r\n:1\r\n$?\r\n;1\r\na\r\n;0\r\n"), "bad"},
        {BYTES("*1\r\n*?\r\n.\r\n"), "bad"},
        {BYTES("*1\r\n.\r\n"), "bad"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_pieces(&rows[i]);
        check_breaks(rows[i].bytes, rows[i].len, 3, i % 2);
    }
}

/* -- W21: attributes ----------------------------------------------------------------------------------------------- */

#define A1 "|1\r\n+ttl\r\n:3600\r\n"
#define PUSH ">2\r\n+pubsub\r\n+x\r\n"

static const row attributes[] = {
    {BYTES(A1 ":1\r\n"), "I1\nend"},
    {BYTES("|0\r\n:1\r\n"), "I1\nend"},
    {BYTES(A1 A1 "|0\r\n" A1 ":1\r\n"), "I1\nend"},
    {BYTES("|2\r\n+a\r\n*2\r\n:1\r\n:2\r\n+b\r\n%1\r\n+c\r\n~1\r\n:3\r\n$1\r\nx\r\n"), "Sx\nend"},
    {BYTES("|1\r\n" A1 "+a\r\n" A1 ":5\r\n:1\r\n"), "I1\nend"},
    {BYTES("|1\r\n|1\r\n|1\r\n+a\r\n+b\r\n+c\r\n+d\r\n+e\r\n+f\r\n:1\r\n"), "I1\nend"},
    {BYTES("*3\r\n" A1 ":1\r\n" A1 ":2\r\n|0\r\n:3\r\n"), "L[I1 I2 I3]\nend"},
    {BYTES("*2\r\n:1\r\n" A1 "*1\r\n" A1 ":2\r\n"), "L[I1 L[I2]]\nend"},
    {BYTES("*1\r\n" A1 "*0\r\n"), "L[L[]]\nend"},
    {BYTES("%2\r\n" A1 "+a\r\n" A1 ":1\r\n+b\r\n|0\r\n:2\r\n"), "D[Sa=I1 Sb=I2]\nend"},
    {BYTES("~1\r\n" A1 "+a\r\n"), "Z[Sa]\nend"},
    {BYTES(A1 "*-1\r\n"), "N\nend"},
    {BYTES(A1 "_\r\n"), "N\nend"},
    {BYTES(A1 "-ERR x\r\n"), "EERR x\nend"},
    {BYTES(A1 "*0\r\n"), "L[]\nend"},
    {BYTES(A1 PUSH ":1\r\n"), "I1\nend"},
    {BYTES(PUSH A1 ":1\r\n"), "I1\nend"},
    {BYTES(">2\r\n" A1 "+a\r\n|0\r\n+b\r\n:1\r\n"), "I1\nend"},
    {BYTES(A1 ":1\r\n" A1 ":2\r\n"), "I1\nI2\nend"},
};

static void test_w21_attributes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(attributes); i++) {
        check_pieces(&attributes[i]);
        if (i + 1 < COUNT(attributes)) {
            char *shown = strndup(attributes[i].shown, strlen(attributes[i].shown) - strlen("\nend"));

            check_arrives(attributes[i].bytes, attributes[i].len, 3, shown);
            free(shown);
        }
    }
}

static void test_w21_malformed_attributes(void **state)
{
    static const row rows[] = {
        {BYTES("|-1\r\n:1\r\n"), "bad"},
        {BYTES("|x\r\n:1\r\n"), "bad"},
        {BYTES("|\r\n:1\r\n"), "bad"},
        {BYTES("*1\r\n|-1\r\n:1\r\n"), "bad"},
        {BYTES("|1\r\n+a\r\n\r\n:1\r\n"), "bad"},
        {BYTES("|4611686018427387904\r\n"), "bad"},
        {BYTES("|9223372036854775807\r\n"), "bad"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_pieces(&rows[i]);
        check_breaks(rows[i].bytes, rows[i].len, 3, i % 2);
    }
}

/* An attribute is no reply: alone, the reply is still to come, and that is too late. */
static void test_w21_attribute_alone(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '|1\\r\\n+ttl\\r\\n:3600\\r\\n'\nSTALL\nCONNECTION *\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "wire", .timeout_ms = 200);
    rp_future *n = rp_incr(p, "k");
    char *shown = wire_read(BYTES(A1), 1, 1, NULL);
    (void)state;

    assert_string_equal(shown, "end"); /* nothing was read, and nothing is left over */
    free(shown);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_int_equal(rp_outcome_of(n), RP_UNKNOWN);
    rp_free(p);
    wire_want_next(f, 2);
    fake_stop_any(f);
}

/* Between the answers of a batch, of which none is counted twice. */
static void test_w21_attributes_in_a_batch(void **state)
{
    fake *f =
        fake_start("HELLO 3\nREAD 100\nREPEAT 100\nSEND '|1\\r\\n+a\\r\\n*1\\r\\n:9\\r\\n:7\\r\\n'\nEND\nSERVE\n");
    wire_batch b;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 100, false);
    assert_int_equal(b.status, RP_OK);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(rp_int(b.futures[i]), 7);
    rp_free(b.pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* -- W24: types of the other protocol ------------------------------------------------------------------------------ */

static void test_w24_resp3_types_on_resp2(void **state)
{
    static const row rows[] = {
        {BYTES("_\r\n"), "N"},
        {BYTES("#t\r\n"), "B1"},
        {BYTES("#f\r\n"), "B0"},
        {BYTES(",1.5\r\n"), "F1.5"},
        {BYTES(",inf\r\n"), "Finf"},
        {BYTES("(3492890328409238509324850943850943825024385\r\n"), "S3492890328409238509324850943850943825024385"},
        {BYTES("=8\r\ntxt:some\r\n"), "Ssome"},
        {BYTES("%1\r\n+a\r\n:1\r\n"), "D[Sa=I1]"},
        {BYTES("~1\r\n+a\r\n"), "Z[Sa]"},
        {BYTES("!5\r\nERR x\r\n"), "EERR x"},
        {BYTES(A1 ":1\r\n"), "I1"},
        {BYTES("*3\r\n_\r\n%0\r\n~0\r\n"), "L[N D[] Z[]]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        check_arrives(rows[i].bytes, rows[i].len, 2, rows[i].shown);
}

static void test_w24_pushes_on_resp2(void **state)
{
    (void)state;
    check_breaks(BYTES(PUSH ":1\r\n"), 2, true);
    check_breaks(BYTES(">1\r\n+a\r\n:1\r\n"), 2, false);
    check_breaks(BYTES("*1\r\n" PUSH ":1\r\n"), 2, true);
}

static void test_w24_resp2_nulls_on_resp3(void **state)
{
    static const row rows[] = {
        {BYTES("$-1\r\n"), "N"},
        {BYTES("*-1\r\n"), "N"},
        {BYTES("*3\r\n$-1\r\n*-1\r\n_\r\n"), "L[N N N]"},
        {BYTES("%1\r\n$-1\r\n*-1\r\n"), "D[N=N]"},
        {BYTES("~1\r\n$-1\r\n"), "Z[N]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        check_arrives(rows[i].bytes, rows[i].len, 3, rows[i].shown);
}

/* Other aggregates have no null. */
static void test_w24_nulls_that_are_none(void **state)
{
    static const row rows[] = {
        {BYTES("%-1\r\n"), "bad"}, {BYTES("~-1\r\n"), "bad"}, {BYTES(">-1\r\n"), "bad"}, {BYTES("=-1\r\n"), "bad"},
        {BYTES("$-2\r\n"), "bad"}, {BYTES("*-2\r\n"), "bad"}, {BYTES("_x\r\n"), "bad"},  {BYTES(":-\r\n"), "bad"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_pieces(&rows[i]);
        check_breaks(rows[i].bytes, rows[i].len, 3, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w20_blob_errors),
        KIT_TEST(test_w20_blob_error_fails_the_execute),
        KIT_TEST(test_w20_malformed_blob_errors),
        KIT_TEST(test_w20_streamed_types),
        KIT_TEST(test_w21_attributes),
        KIT_TEST(test_w21_malformed_attributes),
        KIT_TEST(test_w21_attribute_alone),
        KIT_TEST(test_w21_attributes_in_a_batch),
        KIT_TEST(test_w24_resp3_types_on_resp2),
        KIT_TEST(test_w24_pushes_on_resp2),
        KIT_TEST(test_w24_resp2_nulls_on_resp3),
        KIT_TEST(test_w24_nulls_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
