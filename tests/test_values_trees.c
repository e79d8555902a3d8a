/* Notes. Items, keys and look-ups of lists, sets and dicts, and what of them the readers refuse. */
#define _GNU_SOURCE 1
#include "test_wire.h"

static wire *all;

static int make_wire(void **state)
{
    (void)state;
    all = wire_new(16 * 1024, NULL);
    return 0;
}

static int free_wire(void **state)
{
    (void)state;
    wire_free(all);
    return 0;
}

#define VALUE(literal) wire_value(all, BYTES(literal))

static void clear_error(void)
{
    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "scheme");
}

static void want_no_error(void)
{
    wire_want_part(rp_last_error()->message, "scheme");
}

static void want_error(rp_status status, const char *message)
{
    assert_string_equal(rp_last_error()->message, message);
    assert_int_equal(rp_last_error()->status, status);
    clear_error();
}

static void test_items(void **state)
{
    const rp_value *list = VALUE("*3\r\n:1\r\n*2\r\n+a\r\n+b\r\n_\r\n"), *set = VALUE("~2\r\n+x\r\n+y\r\n");
    const rp_value *dict = VALUE("%2\r\n+k\r\n:1\r\n+l\r\n*1\r\n:2\r\n");
    (void)state;
    clear_error();
    assert_int_equal(rp_int(rp_at(list, 0)), 1);
    assert_string_equal(rp_str(rp_at(rp_at(list, 1), 1)), "b");
    assert_true(rp_is_null(rp_at(list, 2)));
    assert_string_equal(rp_str(rp_at(set, 1)), "y");
    assert_int_equal(rp_int(rp_at(dict, 0)), 1);
    assert_string_equal(rp_str(rp_key_at(dict, 0)), "k");
    assert_string_equal(rp_str(rp_key_at(dict, 1)), "l");
    assert_int_equal(rp_int(rp_at(rp_at(dict, 1), 0)), 2);
    want_no_error();
}

/* A loop may run to the end without asking for the length, and no index reads past it. */
static void test_items_past_the_end(void **state)
{
    const rp_value *const values[] = {VALUE("*2\r\n:1\r\n:2\r\n"),
                                      VALUE("~2\r\n:1\r\n:2\r\n"),
                                      VALUE("%1\r\n:1\r\n:2\r\n"),
                                      VALUE("*0\r\n"),
                                      VALUE("%0\r\n"),
                                      VALUE("~0\r\n")};
    (void)state;
    clear_error();
    for (size_t i = 0; i < COUNT(values); i++) {
        size_t n = rp_len(values[i]);
        const size_t past[] = {n, n + 1, 2 * n + 1, UINT32_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX};
        for (size_t k = 0; k < COUNT(past); k++) {
            assert_null(rp_at(values[i], past[k]));
            if (rp_kind_of(values[i]) == RP_DICT)
                assert_null(rp_key_at(values[i], past[k]));
        }
    }
    want_no_error();
}

static void test_items_of_what_has_none(void **state)
{
    (void)state;
    clear_error();
    assert_null(rp_at(VALUE("_\r\n"), 0));
    want_error(RP_INVALID_VALUE, "null does not read as something with items");
    assert_null(rp_at(VALUE(":12\r\n"), 0));
    want_error(RP_INVALID_VALUE, "'12' does not read as something with items");
    assert_null(rp_at(VALUE("+abc\r\n"), 0));
    want_error(RP_INVALID_VALUE, "'abc' does not read as something with items");
    assert_null(rp_at(VALUE("#f\r\n"), 0));
    want_error(RP_INVALID_VALUE, "a boolean does not read as something with items");
    assert_null(rp_at(VALUE("-ERR x\r\n"), 0));
    want_error(RP_SERVER_ERROR, "the server answered: ERR x");
    assert_null(rp_key_at(VALUE("*1\r\n:1\r\n"), 0));
    want_error(RP_INVALID_VALUE, "a list does not read as a dict");
    assert_null(rp_key_at(VALUE("~1\r\n:1\r\n"), 0));
    want_error(RP_INVALID_VALUE, "a set does not read as a dict");
    assert_null(rp_key_at(VALUE("+abc\r\n"), 0));
    want_error(RP_INVALID_VALUE, "'abc' does not read as a dict");
    assert_null(rp_key_at(VALUE("-ERR x\r\n"), 0));
    want_error(RP_SERVER_ERROR, "the server answered: ERR x");
}

static void test_lookup(void **state)
{
    const rp_value *dict = VALUE("%4\r\n+name\r\n+Jack\r\n$2\r\n12\r\n+twelve\r\n:3\r\n+three\r\n_\r\n+none\r\n");
    (void)state;
    clear_error();
    assert_string_equal(rp_str(rp_lookup(dict, "name")), "Jack");
    assert_string_equal(rp_str(rp_lookup(dict, rp_b("names", 4))), "Jack");
    assert_string_equal(rp_str(rp_lookup(dict, rp_at(dict, 0))), "");
    want_error(RP_INVALID_VALUE, "the value is a NULL pointer");
    assert_string_equal(rp_str(rp_lookup(dict, 12)), "twelve");
    assert_string_equal(rp_str(rp_lookup(dict, 12.0)), "twelve");
    assert_string_equal(rp_str(rp_lookup(dict, "3")), "three");
    assert_string_equal(rp_str(rp_lookup(dict, (unsigned char)3)), "three");
    assert_string_equal(rp_str(rp_lookup(dict, VALUE("_\r\n"))), "none");
    assert_null(rp_lookup(dict, "Name"));
    assert_null(rp_lookup(dict, ""));
    assert_null(rp_lookup(dict, "name "));
    assert_null(rp_lookup(dict, 4));
    assert_null(rp_lookup(dict, VALUE("*1\r\n+name\r\n")));
    want_no_error();
    assert_null(rp_lookup(VALUE("*2\r\n+name\r\n+Jack\r\n"), "name"));
    want_error(RP_INVALID_VALUE, "a list has no keys");
    assert_null(rp_lookup(VALUE("_\r\n"), "name"));
    want_error(RP_INVALID_VALUE, "null has no keys");
    assert_null(rp_lookup(VALUE("-ERR x\r\n"), "name"));
    want_error(RP_SERVER_ERROR, "the server answered: ERR x");
    assert_null(rp_lookup(dict, VALUE("-ERR y\r\n")));
    want_error(RP_SERVER_ERROR, "the server answered: ERR y");
}

static void test_contains(void **state)
{
    const rp_value *list = VALUE("*4\r\n+a\r\n:12\r\n*1\r\n:1\r\n_\r\n"), *set = VALUE("~2\r\n+a\r\n+b\r\n");
    const rp_value *dict = VALUE("%2\r\n+a\r\n+b\r\n:1\r\n_\r\n");
    (void)state;
    clear_error();
    assert_true(rp_contains(list, "a"));
    assert_true(rp_contains(list, 12));
    assert_true(rp_contains(list, "12"));
    assert_true(rp_contains(list, VALUE("*1\r\n:1\r\n")));
    assert_true(rp_contains(list, VALUE("_\r\n")));
    assert_false(rp_contains(list, "b"));
    assert_false(rp_contains(list, VALUE("*1\r\n:2\r\n")));
    assert_false(rp_contains(list, VALUE("~1\r\n:1\r\n")));
    assert_true(rp_contains(set, "b"));
    assert_false(rp_contains(set, "c"));
    assert_true(rp_contains(dict, "a"));
    assert_true(rp_contains(dict, 1));
    assert_false(rp_contains(dict, "b"));
    assert_false(rp_contains(dict, VALUE("_\r\n")));
    assert_false(rp_contains(VALUE("*0\r\n"), "a"));
    want_no_error();
}

static void test_contains_in_text(void **state)
{
    const rp_value *text = VALUE("$7\r\nab\0c\r\n1\r\n");
    (void)state;
    clear_error();
    assert_true(rp_contains(text, "ab"));
    assert_true(rp_contains(text, "c\r\n"));
    assert_true(rp_contains(text, rp_b("b\0c", 3)));
    assert_true(rp_contains(text, 1));
    assert_true(rp_contains(text, ""));
    assert_true(rp_contains(text, text));
    assert_false(rp_contains(text, "ac"));
    assert_false(rp_contains(text, "ab\rc"));
    assert_false(rp_contains(text, rp_b("ab\0c\r\n1\0", 8)));
    assert_true(rp_contains(VALUE("$0\r\n\r\n"), ""));
    assert_false(rp_contains(VALUE("$0\r\n\r\n"), "a"));
    want_no_error();
    assert_false(rp_contains(VALUE(":12\r\n"), 1));
    want_error(RP_INVALID_VALUE, "an integer contains nothing");
    assert_false(rp_contains(VALUE("_\r\n"), "a"));
    want_error(RP_INVALID_VALUE, "null contains nothing");
    assert_false(rp_contains(VALUE("-ERR x\r\n"), "ERR"));
    want_error(RP_SERVER_ERROR, "the server answered: ERR x");
    assert_false(rp_contains(text, VALUE("_\r\n")));
    assert_false(rp_contains(text, VALUE("*0\r\n")));
}

/* Errors inside a tree are values like others until they are read. */
static void test_errors_inside(void **state)
{
    const rp_value *list = VALUE("*2\r\n-ERR one\r\n:1\r\n");
    (void)state;
    clear_error();
    assert_int_equal(rp_len(list), 2);
    assert_int_equal(rp_kind_of(rp_at(list, 0)), RP_ERROR);
    assert_int_equal(rp_status_of(rp_at(list, 0)), RP_SERVER_ERROR);
    assert_int_equal(rp_status_of(list), RP_OK);
    assert_true(rp_contains(list, 1));
    want_no_error();
    assert_int_equal(rp_int(rp_at(list, 0)), 0);
    want_error(RP_SERVER_ERROR, "the server answered: ERR one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_items),         KIT_TEST(test_items_past_the_end), KIT_TEST(test_items_of_what_has_none),
        KIT_TEST(test_lookup),        KIT_TEST(test_contains),           KIT_TEST(test_contains_in_text),
        KIT_TEST(test_errors_inside),
    };
    return cmocka_run_group_tests(tests, make_wire, free_wire);
}
