/* Notes. Values as JSON and as Python's repr() shows them. What JSON does not have is refused, with the reason;
 * printing refuses nothing, and lets no byte through that could drive a terminal. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <jansson.h>

static wire *all;

static int make_wire(void **state)
{
    (void)state;
    all = wire_new(64 * 1024, NULL);
    return 0;
}

static int free_wire(void **state)
{
    (void)state;
    wire_free(all);
    return 0;
}

#define VALUE(literal) wire_value(all, BYTES(literal))

static void want_json(const rp_value *v, const char *wanted)
{
    char *json = rp_json(v);
    json_t *parsed;
    if (!json)
        fail_msg("no JSON: %s", rp_last_error()->message);
    assert_string_equal(json, wanted);
    parsed = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
    free(json);
}

static void test_json_of_scalars(void **state)
{
    (void)state;
    want_json(VALUE("_\r\n"), "null");
    want_json(VALUE("$-1\r\n"), "null");
    want_json(VALUE("#t\r\n"), "true");
    want_json(VALUE("#f\r\n"), "false");
    want_json(VALUE(":0\r\n"), "0");
    want_json(VALUE(":-0\r\n"), "0");
    want_json(VALUE(":+12\r\n"), "12");
    want_json(VALUE(":007\r\n"), "7");
    want_json(VALUE(":9223372036854775807\r\n"), "9223372036854775807");
    want_json(VALUE(":-9223372036854775808\r\n"), "-9223372036854775808");
    want_json(VALUE(",1.5\r\n"), "1.5");
    want_json(VALUE(",10\r\n"), "10.0");
    want_json(VALUE(",0.1\r\n"), "0.1");
    want_json(VALUE(",0.30000000000000004\r\n"), "0.30000000000000004");
    want_json(VALUE(",1e300\r\n"), "1e300");
    want_json(VALUE(",-5e-324\r\n"), "-5e-324");
    want_json(VALUE("+12\r\n"), "\"12\"");
    want_json(VALUE("(12345678901234567890\r\n"), "\"12345678901234567890\"");
}

static void test_json_of_text(void **state)
{
    (void)state;
    want_json(VALUE("$0\r\n\r\n"), "\"\"");
    want_json(VALUE("$9\r\na\"b\\c/d\r\n\r\n"), "\"a\\\"b\\\\c/d\\r\\n\"");
    want_json(VALUE("$8\r\n\0\x01\x1f\x7f\t\b\fx\r\n"), "\"\\u0000\\u0001\\u001F\x7f\\t\\b\\fx\"");
    want_json(VALUE("$10\r\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x\r\n"), "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x\"");
    want_json(VALUE("$3\r\na\0b\r\n"), "\"a\\u0000b\"");
}

static void test_json_of_trees(void **state)
{
    (void)state;
    want_json(VALUE("*0\r\n"), "[]");
    want_json(VALUE("~0\r\n"), "[]");
    want_json(VALUE("%0\r\n"), "{}");
    want_json(VALUE("*4\r\n:1\r\n+a\r\n_\r\n*2\r\n#t\r\n*0\r\n"), "[1, \"a\", null, [true, []]]");
    want_json(VALUE("~2\r\n+b\r\n+a\r\n"), "[\"b\", \"a\"]");
    want_json(VALUE("%4\r\n+z\r\n:1\r\n:5\r\n+n\r\n,1.5\r\n*1\r\n%0\r\n#t\r\n_\r\n"),
              "{\"z\": 1, \"5\": \"n\", \"1.5\": [{}], \"1\": null}");
    want_json(VALUE("%2\r\n+a\r\n:1\r\n+a\r\n%1\r\n+b\r\n:2\r\n"), "{\"a\": {\"b\": 2}}");
}

/* Not read back here: jansson writes such a key, but reads none. */
static void test_json_of_a_key_with_nul(void **state)
{
    char *json = rp_json(VALUE("%2\r\n$3\r\na\0b\r\n:1\r\n$0\r\n\r\n:2\r\n"));
    (void)state;
    assert_string_equal(json, "{\"a\\u0000b\": 1, \"\": 2}");
    free(json);
}

static void want_no_json(const rp_value *v, rp_status status, const char *why)
{
    assert_null(rp_json(v));
    assert_int_equal(rp_last_error()->status, status);
    wire_want_part(rp_last_error()->message, why);
    wire_want_printable(rp_last_error()->message);
}

static void test_json_that_is_none(void **state)
{
    (void)state;
    want_no_json(VALUE(",inf\r\n"), RP_INVALID_VALUE, "JSON has neither inf nor nan");
    want_no_json(VALUE("*1\r\n,-inf\r\n"), RP_INVALID_VALUE, "JSON has neither inf nor nan");
    want_no_json(VALUE("%1\r\n+a\r\n,nan\r\n"), RP_INVALID_VALUE, "JSON has neither inf nor nan");
    want_no_json(VALUE("+\xff\r\n"), RP_INVALID_VALUE, "not UTF-8");
    want_no_json(VALUE("*3\r\n:1\r\n+a\xc3\r\n:2\r\n"), RP_INVALID_VALUE, "not UTF-8");
    want_no_json(VALUE("+\xed\xa0\x80\r\n"), RP_INVALID_VALUE, "not UTF-8");
    want_no_json(VALUE("%1\r\n+\xc0\x80\r\n:1\r\n"), RP_INVALID_VALUE, "a key of a dict in it is not UTF-8");
    want_no_json(VALUE("%1\r\n_\r\n:1\r\n"), RP_INVALID_VALUE, "a key of a dict in it is no scalar");
    want_no_json(VALUE("%1\r\n*1\r\n:1\r\n:1\r\n"), RP_INVALID_VALUE, "a key of a dict in it is no scalar");
    want_no_json(VALUE("*1\r\n%1\r\n%0\r\n:1\r\n"), RP_INVALID_VALUE, "a key of a dict in it is no scalar");
    want_no_json(VALUE("%1\r\n-ERR\r\n:1\r\n"), RP_INVALID_VALUE, "a key of a dict in it is no scalar");
    want_no_json(VALUE("*2\r\n*1\r\n:1\r\n-ERR x\r\n"), RP_INVALID_VALUE, "an error from the server inside");
    want_no_json(VALUE("-ERR x\r\n"), RP_SERVER_ERROR, "the server answered: ERR x");
    want_no_json(NULL, RP_INVALID_VALUE, "NULL pointer");
}

/* Numbers come back as they were, however many others are in the document. */
static void test_json_numbers_round_trip(void **state)
{
    static const double numbers[] = {0.1, 1.0 / 3, 2.5, 1e21, 123456789.125, 5e-324, 1.7976931348623157e308};
    const rp_value *v = VALUE("*7\r\n,0.1\r\n,0.3333333333333333\r\n,2.5\r\n,1e21\r\n,123456789.125\r\n,5e-324\r\n"
                              ",1.7976931348623157e308\r\n");
    char *text = rp_json(v);
    json_t *parsed = json_loads(text, 0, NULL);
    (void)state;
    assert_int_equal(json_array_size(parsed), COUNT(numbers));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        double got = json_real_value(json_array_get(parsed, i));
        assert_memory_equal(&got, &numbers[i], sizeof got);
    }
    json_decref(parsed);
    free(text);
}

/* -- print --------------------------------------------------------------------------------------------------------- */

static void want_print(const rp_value *v, const char *wanted)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    rp_print(out, v);
    assert_false(ferror(out));
    fclose(out);
    assert_string_equal(text, wanted);
    assert_int_equal(size, strlen(wanted));
    free(text);
}

static void test_print_scalars(void **state)
{
    (void)state;
    want_print(NULL, "None");
    want_print(VALUE("_\r\n"), "None");
    want_print(VALUE("#t\r\n"), "True");
    want_print(VALUE("#f\r\n"), "False");
    want_print(VALUE(":-12\r\n"), "-12");
    want_print(VALUE(",1.50\r\n"), "1.50");
    want_print(VALUE(",inf\r\n"), "inf");
    want_print(VALUE("+a\r\n"), "'a'");
    want_print(VALUE("$0\r\n\r\n"), "''");
    want_print(VALUE("-ERR it's no\r\n"), "ResponseError('ERR it\\'s no')");
    want_print(VALUE("(12\r\n"), "'12'");
}

static void test_print_trees(void **state)
{
    (void)state;
    want_print(VALUE("*0\r\n"), "[]");
    want_print(VALUE("~0\r\n"), "set()");
    want_print(VALUE("%0\r\n"), "{}");
    want_print(VALUE("*3\r\n:1\r\n+a\r\n_\r\n"), "[1, 'a', None]");
    want_print(VALUE("~2\r\n:1\r\n+a\r\n"), "{1, 'a'}");
    want_print(VALUE("%2\r\n+a\r\n:1\r\n:2\r\n*1\r\n~1\r\n%1\r\n+b\r\n#t\r\n"), "{'a': 1, 2: [{{'b': True}}]}");
    want_print(VALUE("*2\r\n*0\r\n*1\r\n*0\r\n"), "[[], [[]]]");
    want_print(VALUE("*2\r\n-ERR\r\n~0\r\n"), "[ResponseError('ERR'), set()]");
}

static void test_print_escapes(void **state)
{
    (void)state;
    want_print(VALUE("$13\r\n\x1b[2Ja\r\n\t\0\x7f\\'\x01\r\n"), "'\\x1b[2Ja\\r\\n\\t\\x00\\x7f\\\\\\'\\x01'");
    want_print(VALUE("+\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\r\n"), "'\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80'");
    want_print(VALUE("+a\xc2\x9b"
                     "2J\xc2\x80\xc2\xa0\r\n"),
               "'a\\x9b2J\\x80\xc2\xa0'");
    want_print(VALUE("+\xc3\xa4\xff\r\n"), "'\\xc3\\xa4\\xff'");
    want_print(VALUE("+\xc2\r\n"), "'\\xc2'");
    want_print(VALUE("-\x1b]0;x\x07\r\n"), "ResponseError('\\x1b]0;x\\x07')");
    want_print(VALUE("%1\r\n+\x1b\r\n+\x9b\r\n"), "{'\\x1b': '\\x9b'}");
}

/* No control byte gets through in any text of two bytes, UTF-8 or not. */
static void test_print_no_control_byte(void **state)
{
    char reply[] = "+xy\r\n";
    (void)state;
    for (int i = 0; i < 65536; i++) {
        char *text = NULL;
        size_t size;
        FILE *out;
        wire *w;
        reply[1] = (char)(i >> 8);
        reply[2] = (char)i;
        if (strpbrk(reply + 1, "\r\n") != reply + 3 || !reply[1] || !reply[2])
            continue;
        w = wire_new(8, NULL);
        out = open_memstream(&text, &size);
        rp_print(out, wire_value(w, reply, 5));
        fclose(out);
        for (size_t k = 0; k < size; k++) {
            unsigned char c = (unsigned char)text[k];
            if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[k + 1] < 0xa0))
                fail_msg("byte %zu of %s", k, text);
        }
        free(text);
        wire_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_json_of_scalars),        KIT_TEST(test_json_of_text),      KIT_TEST(test_json_of_trees),
        KIT_TEST(test_json_of_a_key_with_nul), KIT_TEST(test_json_that_is_none), KIT_TEST(test_json_numbers_round_trip),
        KIT_TEST(test_print_scalars),          KIT_TEST(test_print_trees),       KIT_TEST(test_print_escapes),
        KIT_TEST(test_print_no_control_byte),
    };
    return cmocka_run_group_tests(tests, make_wire, free_wire);
}
