/* Notes. Each kind of value through each reader of scalars: what comes back, and where nothing can, that the reader
 * gives the harmless value, says why, and leaves *out alone. The readers that coerce and those that return a status
 * must agree. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <math.h>

/* What a reply reads as. Where a status is not RP_OK, the value beside it is not looked at. */
typedef struct row {
    const char *bytes;
    size_t len;
    rp_kind kind;
    rp_status int_status;
    int64_t i;
    rp_status float_status;
    double f;
    bool truth;
    rp_status text_status;
    const char *text;
    rp_status len_status;
    size_t size;
} row;

#define NO RP_INVALID_VALUE
#define ERR RP_SERVER_ERROR

static const row rows[] = {
    {BYTES("_\r\n"), RP_NULL, NO, 0, NO, 0, false, NO, "", NO, 0},
    {BYTES("$-1\r\n"), RP_NULL, NO, 0, NO, 0, false, NO, "", NO, 0},
    {BYTES("#t\r\n"), RP_BOOL, RP_OK, 1, RP_OK, 1, true, RP_OK, "1", NO, 0},
    {BYTES("#f\r\n"), RP_BOOL, RP_OK, 0, RP_OK, 0, false, RP_OK, "0", NO, 0},
    {BYTES(":0\r\n"), RP_INT, RP_OK, 0, RP_OK, 0, false, RP_OK, "0", NO, 0},
    {BYTES(":-0\r\n"), RP_INT, RP_OK, 0, RP_OK, 0, false, RP_OK, "-0", NO, 0},
    {BYTES(":12\r\n"), RP_INT, RP_OK, 12, RP_OK, 12, true, RP_OK, "12", NO, 0},
    {BYTES(":007\r\n"), RP_INT, RP_OK, 7, RP_OK, 7, true, RP_OK, "007", NO, 0},
    {BYTES(":9223372036854775807\r\n"), RP_INT, RP_OK, INT64_MAX, RP_OK, 0x1p63, true, RP_OK, "9223372036854775807", NO,
     0},
    {BYTES(":-9223372036854775808\r\n"), RP_INT, RP_OK, INT64_MIN, RP_OK, -0x1p63, true, RP_OK, "-9223372036854775808",
     NO, 0},
    {BYTES(",1.5\r\n"), RP_FLOAT, RP_OK, 1, RP_OK, 1.5, true, RP_OK, "1.5", NO, 0},
    {BYTES(",-1.99\r\n"), RP_FLOAT, RP_OK, -1, RP_OK, -1.99, true, RP_OK, "-1.99", NO, 0},
    {BYTES(",1e3\r\n"), RP_FLOAT, RP_OK, 1000, RP_OK, 1000, true, RP_OK, "1e3", NO, 0},
    {BYTES(",0\r\n"), RP_FLOAT, RP_OK, 0, RP_OK, 0, false, RP_OK, "0", NO, 0},
    {BYTES(",-0.0\r\n"), RP_FLOAT, RP_OK, 0, RP_OK, -0.0, false, RP_OK, "-0.0", NO, 0},
    {BYTES(",5e-324\r\n"), RP_FLOAT, RP_OK, 0, RP_OK, 5e-324, true, RP_OK, "5e-324", NO, 0},
    {BYTES(",9223372036854775807.0\r\n"), RP_FLOAT, NO, 0, RP_OK, 0x1p63, true, RP_OK, "9223372036854775807.0", NO, 0},
    {BYTES(",-9223372036854775808.0\r\n"), RP_FLOAT, RP_OK, INT64_MIN, RP_OK, -0x1p63, true, RP_OK,
     "-9223372036854775808.0", NO, 0},
    {BYTES(",1e300\r\n"), RP_FLOAT, NO, 0, RP_OK, 1e300, true, RP_OK, "1e300", NO, 0},
    {BYTES(",inf\r\n"), RP_FLOAT, NO, 0, RP_OK, (double)INFINITY, true, RP_OK, "inf", NO, 0},
    {BYTES(",-inf\r\n"), RP_FLOAT, NO, 0, RP_OK, -(double)INFINITY, true, RP_OK, "-inf", NO, 0},
    {BYTES(",nan\r\n"), RP_FLOAT, NO, 0, RP_OK, (double)NAN, true, RP_OK, "nan", NO, 0},
    {BYTES("$0\r\n\r\n"), RP_STRING, NO, 0, NO, 0, false, RP_OK, "", RP_OK, 0},
    {BYTES("$1\r\n0\r\n"), RP_STRING, RP_OK, 0, RP_OK, 0, true, RP_OK, "0", RP_OK, 1},
    {BYTES("$2\r\n12\r\n"), RP_STRING, RP_OK, 12, RP_OK, 12, true, RP_OK, "12", RP_OK, 2},
    {BYTES("$3\r\n-12\r\n"), RP_STRING, RP_OK, -12, RP_OK, -12, true, RP_OK, "-12", RP_OK, 3},
    {BYTES("+1.5\r\n"), RP_STRING, NO, 0, RP_OK, 1.5, true, RP_OK, "1.5", RP_OK, 3},
    {BYTES("+1.0\r\n"), RP_STRING, NO, 0, RP_OK, 1, true, RP_OK, "1.0", RP_OK, 3},
    {BYTES("+1e3\r\n"), RP_STRING, NO, 0, RP_OK, 1000, true, RP_OK, "1e3", RP_OK, 3},
    {BYTES("+inf\r\n"), RP_STRING, NO, 0, RP_OK, (double)INFINITY, true, RP_OK, "inf", RP_OK, 3},
    {BYTES("+-inf\r\n"), RP_STRING, NO, 0, RP_OK, -(double)INFINITY, true, RP_OK, "-inf", RP_OK, 4},
    {BYTES("+nan\r\n"), RP_STRING, NO, 0, RP_OK, (double)NAN, true, RP_OK, "nan", RP_OK, 3},
    {BYTES("+12x\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "12x", RP_OK, 3},
    {BYTES("+x12\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "x12", RP_OK, 3},
    {BYTES("+ 12\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, " 12", RP_OK, 3},
    {BYTES("+12 \r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "12 ", RP_OK, 3},
    {BYTES("+0x10\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "0x10", RP_OK, 4},
    {BYTES("+1,5\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "1,5", RP_OK, 3},
    {BYTES("+-\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "-", RP_OK, 1},
    {BYTES("+1e999\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "1e999", RP_OK, 5},
    {BYTES("+infinity\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "infinity", RP_OK, 8},
    {BYTES("$3\r\n1\0002\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "1", RP_OK, 3},
    {BYTES("+9223372036854775808\r\n"), RP_STRING, NO, 0, RP_OK, 0x1p63, true, RP_OK, "9223372036854775808", RP_OK, 19},
    {BYTES("+-9223372036854775809\r\n"), RP_STRING, NO, 0, RP_OK, -0x1p63, true, RP_OK, "-9223372036854775809", RP_OK,
     20},
    {BYTES("+18446744073709551616\r\n"), RP_STRING, NO, 0, RP_OK, 0x1p64, true, RP_OK, "18446744073709551616", RP_OK,
     20},
    {BYTES("+False\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "False", RP_OK, 5},
    {BYTES("=7\r\ntxt:abc\r\n"), RP_STRING, NO, 0, NO, 0, true, RP_OK, "abc", RP_OK, 3},
    {BYTES("(12345678901234567890\r\n"), RP_STRING, NO, 0, RP_OK, 12345678901234567890.0, true, RP_OK,
     "12345678901234567890", RP_OK, 20},
    {BYTES("*0\r\n"), RP_LIST, NO, 0, NO, 0, false, NO, "", RP_OK, 0},
    {BYTES("*1\r\n_\r\n"), RP_LIST, NO, 0, NO, 0, true, NO, "", RP_OK, 1},
    {BYTES("~0\r\n"), RP_SET, NO, 0, NO, 0, false, NO, "", RP_OK, 0},
    {BYTES("~2\r\n:1\r\n:2\r\n"), RP_SET, NO, 0, NO, 0, true, NO, "", RP_OK, 2},
    {BYTES("%0\r\n"), RP_DICT, NO, 0, NO, 0, false, NO, "", RP_OK, 0},
    {BYTES("%1\r\n+a\r\n:1\r\n"), RP_DICT, NO, 0, NO, 0, true, NO, "", RP_OK, 1},
    {BYTES("-ERR no\r\n"), RP_ERROR, ERR, 0, ERR, 0, false, ERR, "ERR no", ERR, 0},
    {BYTES("-\r\n"), RP_ERROR, ERR, 0, ERR, 0, false, ERR, "", ERR, 0},
    {BYTES("-12\r\n"), RP_ERROR, ERR, 0, ERR, 0, false, ERR, "12", ERR, 0},
};

static wire *all;
static const rp_value *values[COUNT(rows)];

static int make_values(void **state)
{
    (void)state;
    all = wire_new(16 * 1024, NULL);
    for (size_t i = 0; i < COUNT(rows); i++)
        values[i] = wire_value(all, rows[i].bytes, rows[i].len);
    return 0;
}

static int free_values(void **state)
{
    (void)state;
    wire_free(all);
    return 0;
}

/* Makes the thread's last error one that no reader sets. */
static void clear_error(void)
{
    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "scheme");
}

/* A reader that succeeds leaves the last error as it was; else it is that of the value. */
static void want_error(const row *r, rp_status status, const char *wanted)
{
    const rp_error *e = rp_last_error();
    if (status == RP_OK) {
        wire_want_part(e->message, "scheme");
        return;
    }
    assert_int_equal(e->status, status);
    wire_want_part(e->message, status == RP_SERVER_ERROR ? "the server answered: " : wanted);
    wire_want_printable(e->message);
    assert_int_equal(e->index, SIZE_MAX);
    assert_null(e->connection);
    if (r->kind == RP_STRING && status == RP_INVALID_VALUE && strlen(r->text) == r->size)
        wire_want_part(e->message, r->text);
}

/* rp_int has a short way of its own for what is short. */
static void test_int_short_and_long(void **state)
{
    static const char *const texts[] = {
        "",
        "-",
        "+",
        "0",
        "-0",
        "+0",
        "-7",
        "+7",
        "--7",
        "7-",
        "7 ",
        " 7",
        "0x7",
        "1.5",
        "12345678",
        "/",
        ":",
        "1/",
        "1:",
        "99999999999999999",
        "-9999999999999999",
        "-99999999999999999",
        "999999999999999999",
        "-999999999999999999",
        "1000000000000000000",
        "-1000000000000000000",
        "9223372036854775808",
        "000000000000000007",
        "0000000000000000007",
        "12345678901234567x",
        "x12345678901234567",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char bytes[64];
        int len = snprintf(bytes, sizeof bytes, "$%zu\r\n%s\r\n", strlen(texts[i]), texts[i]);
        const rp_value *v = wire_value(all, bytes, (size_t)len);
        int64_t out = 4711;
        rp_status status = rp_get_int(v, &out);
        clear_error();
        if (rp_int(v) != (status == RP_OK ? out : 0))
            fail_msg("rp_int of '%s' is %ld", texts[i], (long)rp_int(v));
        assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
        wire_want_part(rp_last_error()->message, status == RP_OK ? "scheme" : "does not read as a 64-bit integer");
    }
}

static void test_int(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t out = 4711;
        clear_error();
        if (rp_get_int(values[i], &out) != rows[i].int_status)
            fail_msg("rp_get_int of %.20s", rows[i].bytes);
        want_error(&rows[i], rows[i].int_status, "does not read as a 64-bit integer");
        if (out != (rows[i].int_status == RP_OK ? rows[i].i : 4711))
            fail_msg("rp_get_int of %.20s: out is %ld", rows[i].bytes, (long)out);
        clear_error();
        assert_int_equal(rp_int(values[i]), rows[i].int_status == RP_OK ? rows[i].i : 0);
        want_error(&rows[i], rows[i].int_status, "does not read as a 64-bit integer");
    }
}

/* Equal to the last bit; nan is nan. */
static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

static void test_float(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool good = rows[i].float_status == RP_OK;
        /* Text is read as written: the integer "-0" has a sign as a float. */
        double wanted = good && rows[i].kind == RP_INT && rows[i].bytes[1] == '-' && rows[i].i == 0 ? -0.0 : rows[i].f;
        double out = 4711;
        clear_error();
        if (rp_get_float(values[i], &out) != rows[i].float_status)
            fail_msg("rp_get_float of %.20s", rows[i].bytes);
        want_error(&rows[i], rows[i].float_status, "does not read as a float");
        if (!same(out, good ? wanted : 4711))
            fail_msg("rp_get_float of %.20s: out is %.17g", rows[i].bytes, out);
        clear_error();
        assert_true(same(rp_float(values[i]), good ? wanted : 0));
        want_error(&rows[i], rows[i].float_status, "does not read as a float");
    }
}

static void test_bool_and_null(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_status status = rows[i].kind == RP_ERROR ? RP_SERVER_ERROR : RP_OK;
        clear_error();
        if (rp_bool(values[i]) != rows[i].truth)
            fail_msg("rp_bool of %.20s", rows[i].bytes);
        want_error(&rows[i], status, "");
        clear_error();
        assert_int_equal(rp_is_null(values[i]), rows[i].kind == RP_NULL);
        want_error(&rows[i], status, "");
    }
}

static void test_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_bytes out = {"untouched", 9};
        size_t size = rows[i].kind == RP_STRING ? rows[i].size : strlen(rows[i].text);
        clear_error();
        assert_int_equal(rp_get_string(values[i], &out), rows[i].text_status);
        want_error(&rows[i], rows[i].text_status, "does not read as text");
        if (rows[i].text_status != RP_OK)
            assert_string_equal(out.data, "untouched");
        else
            assert_int_equal(out.len, size);
        clear_error();
        assert_string_equal(rp_str(values[i]), rows[i].text);
        want_error(&rows[i], rows[i].text_status, "does not read as text");
        assert_int_equal(rp_string(values[i]).len, size);
        assert_int_equal(rp_string(values[i]).data[size], '\0');
    }
}

static void test_len_and_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        clear_error();
        assert_int_equal(rp_kind_of(values[i]), rows[i].kind);
        assert_true(rp_ready(values[i]));
        assert_int_equal(rp_status_of(values[i]), rows[i].kind == RP_ERROR ? RP_SERVER_ERROR : RP_OK);
        assert_int_equal(rp_outcome_of(values[i]), RP_ANSWERED);
        wire_want_part(rp_last_error()->message, "scheme");
        if (rp_len(values[i]) != rows[i].size)
            fail_msg("rp_len of %.20s", rows[i].bytes);
        want_error(&rows[i], rows[i].len_status, "does not read as something with a length");
    }
}

/* Long text is shown in part, control bytes escaped, and the kind is named where there is no text. */
static void test_messages_show_the_value(void **state)
{
    const rp_value *text = wire_value(
        all, BYTES("+\x1b[2J a text that is longer than what a message shows of it, and more, and more and more"
                   " and more and more and more and more and more and more and more\r\n"));
    (void)state;
    rp_int(text);
    wire_want_part(rp_last_error()->message, "'\\x1b[2J a text that is longer");
    wire_want_part(rp_last_error()->message, "...' does not read as a 64-bit integer");
    rp_float(wire_value(all, BYTES("*0\r\n")));
    assert_string_equal(rp_last_error()->message, "a list does not read as a float");
    rp_int(wire_value(all, BYTES("_\r\n")));
    assert_string_equal(rp_last_error()->message, "null does not read as a 64-bit integer");
    rp_str(wire_value(all, BYTES("%0\r\n")));
    assert_string_equal(rp_last_error()->message, "a dict does not read as text");
    rp_len(wire_value(all, BYTES("#t\r\n")));
    assert_string_equal(rp_last_error()->message, "a boolean does not read as something with a length");
    rp_str(wire_value(all, BYTES("-WRONGTYPE not this\r\n")));
    assert_string_equal(rp_last_error()->message, "the server answered: WRONGTYPE not this");
    assert_string_equal(rp_last_error()->code, "WRONGTYPE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_int),
        KIT_TEST(test_int_short_and_long),
        KIT_TEST(test_float),
        KIT_TEST(test_bool_and_null),
        KIT_TEST(test_text),
        KIT_TEST(test_len_and_kind),
        KIT_TEST(test_messages_show_the_value),
    };
    return cmocka_run_group_tests(tests, make_values, free_values);
}
