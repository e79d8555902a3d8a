/* Notes. rp_equal and rp_compare over pairs of values, both ways round, and over every kind of argument. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <math.h>

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

static const rp_value *value(const char *text)
{
    return wire_value(all, text, strlen(text));
}

/* Two values; order: their sign, or NONE where they have no order; equal for those without order too. */
enum { NONE = 2 };

typedef struct row {
    const char *a, *b;
    bool equal;
    int order;
} row;

#define TWO_53 "9007199254740992"

static const row scalars[] = {
    {":1\r\n", ":1\r\n", true, 0},
    {":1\r\n", ":2\r\n", false, -1},
    {":-1\r\n", ":1\r\n", false, -1},
    {":9\r\n", ":10\r\n", false, -1},
    {":01\r\n", ":1\r\n", true, 0},
    {":1\r\n", "+1\r\n", true, 0},
    {":1\r\n", "+01\r\n", true, 0},
    {":1\r\n", "+1.0\r\n", true, 0},
    {":1\r\n", "+x\r\n", false, NONE},
    {":1\r\n", "$0\r\n\r\n", false, NONE},
    {":1\r\n", ",1\r\n", true, 0},
    {":1\r\n", ",1.5\r\n", false, -1},
    {":1\r\n", ",inf\r\n", false, -1},
    {":1\r\n", ",-inf\r\n", false, 1},
    {":1\r\n", ",nan\r\n", false, NONE},
    {":1\r\n", "#t\r\n", true, 0},
    {":0\r\n", "#f\r\n", true, 0},
    {":2\r\n", "#t\r\n", false, 1},
    {"#t\r\n", "#f\r\n", false, 1},
    {"#t\r\n", "+1\r\n", true, 0},
    {"#t\r\n", "+true\r\n", false, NONE},
    {",1.5\r\n", "+1.5\r\n", true, 0},
    {",1.5\r\n", "+1.50\r\n", true, 0},
    {",1.5\r\n", "+1,5\r\n", false, NONE},
    {",0\r\n", ",-0\r\n", true, 0},
    {",nan\r\n", ",nan\r\n", false, NONE},
    {",inf\r\n", "+inf\r\n", true, 0},
    {"+a\r\n", "+a\r\n", true, 0},
    {"+a\r\n", "+b\r\n", false, -1},
    {"+a\r\n", "+ab\r\n", false, -1},
    {"+B\r\n", "+a\r\n", false, -1},
    {"+\xc3\xa4\r\n", "+z\r\n", false, 1},
    {"+1\r\n", "+01\r\n", false, 1},
    {"+10\r\n", "+9\r\n", false, -1},
    {"+1\r\n", "+1.0\r\n", false, -1},
    {"$0\r\n\r\n", "+\r\n", true, 0},
    {"$0\r\n\r\n", "_\r\n", false, NONE},
    {"_\r\n", "_\r\n", true, NONE},
    {"_\r\n", ":0\r\n", false, NONE},
    {"_\r\n", "#f\r\n", false, NONE},
    {"_\r\n", "*0\r\n", false, NONE},
    {"*0\r\n", ":0\r\n", false, NONE},
    {"*0\r\n", "$0\r\n\r\n", false, NONE},
    {":9223372036854775807\r\n", ":9223372036854775806\r\n", false, 1},
    {":-9223372036854775808\r\n", ":9223372036854775807\r\n", false, -1},
    {":9223372036854775807\r\n", "+9223372036854775807\r\n", true, 0},
    /* By value: a double next to these does not have their value. */
    {":9007199254740993\r\n", "," TWO_53 "\r\n", false, 1},
    {":9007199254740993\r\n", ",9007199254740994\r\n", false, -1},
    {":" TWO_53 "\r\n", "," TWO_53 ".0\r\n", true, 0},
    {":9223372036854775807\r\n", ",9223372036854775808\r\n", false, -1},
    {":9223372036854775807\r\n", "+9223372036854775808\r\n", false, -1},
};

static const row trees[] = {
    {"*2\r\n:1\r\n+a\r\n", "*2\r\n+1\r\n+a\r\n", true, 0},
    {"*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:3\r\n", false, -1},
    {"*2\r\n:2\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n", false, 1},
    {"*1\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n", false, -1},
    {"*0\r\n", "*0\r\n", true, 0},
    {"*0\r\n", "*1\r\n_\r\n", false, -1},
    {"*1\r\n_\r\n", "*1\r\n_\r\n", true, NONE},
    {"*1\r\n*1\r\n:1\r\n", "*1\r\n*1\r\n:1\r\n", true, NONE},
    {"*1\r\n*1\r\n:1\r\n", "*1\r\n*1\r\n:2\r\n", false, NONE},
    {"*1\r\n*1\r\n:1\r\n", "*1\r\n:1\r\n", false, NONE},
    {"*2\r\n*1\r\n:1\r\n:2\r\n", "*2\r\n*1\r\n:1\r\n:3\r\n", false, NONE},
    {"*1\r\n-ERR\r\n", "*1\r\n-ERR\r\n", true, 0},
    {"*1\r\n-ERR\r\n", "*1\r\n+ERR\r\n", false, NONE},
    {"*0\r\n", "~0\r\n", false, NONE},
    {"~0\r\n", "%0\r\n", false, NONE},
    {"~2\r\n+a\r\n+b\r\n", "~2\r\n+b\r\n+a\r\n", true, NONE},
    {"~3\r\n+a\r\n+b\r\n+c\r\n", "~3\r\n+c\r\n+a\r\n+b\r\n", true, NONE},
    {"~2\r\n+a\r\n+b\r\n", "~2\r\n+a\r\n+c\r\n", false, NONE},
    {"~2\r\n+a\r\n+b\r\n", "~1\r\n+a\r\n", false, NONE},
    {"~2\r\n+a\r\n+a\r\n", "~2\r\n+a\r\n+b\r\n", false, NONE},
    {"~2\r\n+a\r\n+b\r\n", "*2\r\n+a\r\n+b\r\n", false, NONE},
    {"~1\r\n*2\r\n:1\r\n:2\r\n", "~1\r\n*2\r\n:1\r\n:2\r\n", true, NONE},
    {"~1\r\n*2\r\n:1\r\n:2\r\n", "~1\r\n*2\r\n:1\r\n:3\r\n", false, NONE},
    {"~1\r\n*1\r\n:1\r\n", "~1\r\n:1\r\n", false, NONE},
    {"%1\r\n+a\r\n:1\r\n", "%1\r\n+a\r\n:1\r\n", true, NONE},
    {"%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n:1\r\n", true, NONE},
    {"%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n", false, NONE},
    {"%1\r\n+a\r\n:1\r\n", "%1\r\n+b\r\n:1\r\n", false, NONE},
    {"%1\r\n+a\r\n:1\r\n", "*2\r\n+a\r\n:1\r\n", false, NONE},
    {"%1\r\n+a\r\n*1\r\n:1\r\n", "%1\r\n+a\r\n*1\r\n:2\r\n", false, NONE},
    {"%1\r\n+a\r\n*1\r\n:1\r\n", "%1\r\n+a\r\n:1\r\n", false, NONE},
    {"%2\r\n+a\r\n%1\r\n+x\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n%1\r\n+x\r\n:1\r\n", true, NONE},
    {"%2\r\n+a\r\n%1\r\n+x\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n%1\r\n+x\r\n:3\r\n", false, NONE},
    {"%1\r\n*1\r\n:1\r\n:2\r\n", "%1\r\n*1\r\n:1\r\n:2\r\n", true, NONE},
    {"%1\r\n*1\r\n:1\r\n:2\r\n", "%1\r\n*1\r\n:1\r\n:3\r\n", false, NONE},
    {"%1\r\n*1\r\n:1\r\n:2\r\n", "%1\r\n*1\r\n:9\r\n:2\r\n", false, NONE},
    {"%1\r\n_\r\n:1\r\n", "%1\r\n_\r\n:1\r\n", true, NONE},
};

static void clear_error(void)
{
    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "scheme");
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void want_order(const char *a, const char *b, int order)
{
    const rp_value *x = value(a), *y = value(b);
    clear_error();
    int got = sign(rp_compare(x, y));
    if (got != (order == NONE ? 0 : order))
        fail_msg("%s against %s: %d", a, b, got);
    if (order != NONE) {
        wire_want_part(rp_last_error()->message, "scheme");
        return;
    }
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "have no order");
}

static void want_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const row *r = &rows[i];
        clear_error();
        if (rp_equal(value(r->a), value(r->b)) != r->equal || rp_equal(value(r->b), value(r->a)) != r->equal)
            fail_msg("%s and %s are %s", r->a, r->b, r->equal ? "not equal" : "equal");
        wire_want_part(rp_last_error()->message, "scheme");
        want_order(r->a, r->b, r->order);
        want_order(r->b, r->a, r->order == NONE ? NONE : -r->order);
    }
}

static void test_scalars(void **state)
{
    (void)state;
    want_rows(scalars, COUNT(scalars));
}

static void test_trees(void **state)
{
    (void)state;
    want_rows(trees, COUNT(trees));
}

static void test_arguments(void **state)
{
    const rp_value *one = VALUE(":1\r\n"), *text = VALUE("+Jack\r\n"), *half = VALUE(",0.5\r\n");
    const char *name = "Jack";
    char copy[] = "Jack";
    (void)state;
    clear_error();
    assert_true(rp_equal(one, 1) && rp_equal(one, 1U) && rp_equal(one, 1L) && rp_equal(one, 1ULL) &&
                rp_equal(one, (short)1));
    assert_true(rp_equal(one, true) && rp_equal(one, 1.0) && rp_equal(one, 1.0F) && rp_equal(one, "1") &&
                rp_equal(one, (char)1 == 1));
    assert_true(rp_equal(text, name) && rp_equal(text, copy) && rp_equal(text, rp_b("Jackson", 4)) &&
                rp_equal(text, text));
    assert_true(rp_equal(half, 0.5) && rp_equal(half, "0.5") && rp_equal(half, 0.5F));
    assert_false(rp_equal(one, 2) || rp_equal(one, 1.5) || rp_equal(one, "x") || rp_equal(text, "jack") ||
                 rp_equal(text, 1));
    assert_false(rp_equal(text, rp_b("Jack\0", 5)) || rp_equal(half, (double)NAN) ||
                 rp_equal(VALUE(",nan\r\n"), (double)NAN));
    assert_int_equal(sign(rp_compare(one, 2)), -1);
    assert_int_equal(sign(rp_compare(one, 0.5)), 1);
    assert_int_equal(sign(rp_compare(text, "Jill")), -1);
    assert_int_equal(sign(rp_compare(one, INT64_MIN)), 1);
    assert_int_equal(sign(rp_compare(one, UINT64_MAX)), -1);
    wire_want_part(rp_last_error()->message, "scheme");
    assert_int_equal(rp_compare(text, 5), 0);
    wire_want_part(rp_last_error()->message, "a string and an integer have no order");
}

/* Integers that do not fit 64 bits with a sign are still integers. */
static void test_large_unsigned_arguments(void **state)
{
    const rp_value *last = VALUE("+18446744073709551615\r\n"), *before = VALUE("+18446744073709551614\r\n");
    (void)state;
    assert_true(rp_equal(last, UINT64_MAX));
    assert_true(rp_equal(before, UINT64_MAX - 1));
    assert_false(rp_equal(before, UINT64_MAX));
    assert_int_equal(sign(rp_compare(before, UINT64_MAX)), -1);
    assert_int_equal(sign(rp_compare(VALUE(":9223372036854775807\r\n"), (uint64_t)INT64_MAX + 1)), -1);
}

static void test_errors_are_refused(void **state)
{
    const rp_value *error = VALUE("-ERR x\r\n"), *one = VALUE(":1\r\n");
    (void)state;
    assert_false(rp_equal(error, error));
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
    clear_error();
    assert_false(rp_equal(one, error));
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
    clear_error();
    assert_int_equal(rp_compare(error, one), 0);
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
}

/* Sets of all orders are equal: each permutation of five members. */
static void test_sets_in_any_order(void **state)
{
    static const char *const sorted = "~5\r\n+a\r\n+b\r\n+c\r\n+d\r\n+e\r\n";
    int seen = 0;
    (void)state;
    for (int n = 0; n < 3125; n++) {
        char text[64] = "~5\r\n";
        unsigned used = 0;
        for (int i = 0, rest = n; i < 5; i++, rest /= 5) {
            used |= 1U << rest % 5;
            snprintf(text + 4 + 4 * i, 5, "+%c\r\n", 'a' + rest % 5);
        }
        wire *w = wire_new(128, NULL);
        bool equal = rp_equal(wire_value(w, text, strlen(text)), wire_value(w, sorted, strlen(sorted)));
        assert_int_equal(equal, used == 31);
        seen += equal;
        wire_free(w);
    }
    assert_int_equal(seen, 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_scalars),
        KIT_TEST(test_trees),
        KIT_TEST(test_arguments),
        KIT_TEST(test_large_unsigned_arguments),
        KIT_TEST(test_errors_are_refused),
        KIT_TEST(test_sets_in_any_order),
    };
    return cmocka_run_group_tests(tests, make_wire, free_wire);
}
