/* Notes. Whole numbers that a command requires: of any integer type, and none is cut. One above INT64_MAX is refused,
 * for every command's every number: the calls are in a generated list, which makes a function of each, since each is a
 * macro call with types of its own. What was too large for one call must not be taken for another's. */
#include <inttypes.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

#define NUMBER(id, command, call) \
    static rp_future *id(rp_pipe *p) \
    { \
        return call; \
    }
#include "numbers.def"
NUMBER(lrange_both, "LRANGE", rp_lrange(p, "l", UINT64_MAX, UINT64_MAX))
NUMBER(incrby_one_more, "INCRBY", rp_incrby(p, "n", (uint64_t)INT64_MAX + 1))
NUMBER(incrby_size, "INCRBY", rp_incrby(p, "n", SIZE_MAX))
NUMBER(incrby_long_long, "INCRBY", rp_incrby(p, "n", 0ULL - 1))
#undef NUMBER

#define NUMBER(id, command, call) {#id, id, command},
static const struct {
    const char *label;
    rp_future *(*queue)(rp_pipe *p);
    const char *command;
} cases[] = {
#include "numbers.def"
    NUMBER(lrange_both, "LRANGE", ) NUMBER(incrby_one_more, "INCRBY", ) NUMBER(incrby_size, "INCRBY", )
        NUMBER(incrby_long_long, "INCRBY", )};

static void test_too_large(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *future;
        const char *says;

        rp_ping(p);
        future = cases[i].queue(p);
        if (rp_execute(p) != RP_INVALID_VALUE || rp_last_error()->index != 1)
            fail_msg("%s: %s", cases[i].label, rp_last_error()->message);
        says = rp_last_error()->message;
        if (!strstr(says, cases[i].command) || !strstr(says, "argument ") ||
            !strstr(says, "; a whole number may be 9223372036854775807 at most"))
            fail_msg("%s: %s", cases[i].label, says);
        assert_int_equal(rp_status_of(future), RP_INVALID_VALUE);
        rp_free(p);
    }
}

static void test_message_of_a_number_too_large(void **state)
{
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    rp_incrby(p, "n", UINT64_MAX);
    rp_incrby(p, "n", 1); /* it sticks */
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    assert_int_equal(rp_last_error()->index, 0);
    assert_non_null(strstr(rp_last_error()->message, "INCRBY"));
    assert_non_null(strstr(rp_last_error()->message,
                           "argument 2 is 18446744073709551615; a whole number may be 9223372036854775807 at most"));
    rp_free(p);
}

enum few { NONE, SOME };

/* Every type, and what it is on the wire. An argument is evaluated once. */
static void test_types(void **state)
{
    static const char *const wanted[] = {"1",   "-1",   "-2", "-3",  "-4",  "-5",
                                         "200", "1000", "6",  "120", "1",   "9223372036854775807",
                                         "9",   "10",   "0",  "2",   "-42", "-9223372036854775808"};
    fake *f = fake_start("HELLO\nREAD 18\nSEND 18 ':1\\r\\n'\n");
    rp_pipe *p = rp_pipeline(NULL);
    size_t size = 9, expected = 1;
    struct {
        unsigned bits : 5;
    } s = {2};
    char wire[64];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_incrby(p, "n", true), rp_incrby(p, "n", (signed char)-1), rp_incrby(p, "n", (short)-2);
    rp_incrby(p, "n", -3), rp_incrby(p, "n", -4L), rp_incrby(p, "n", -5LL);
    rp_incrby(p, "n", (unsigned char)200), rp_incrby(p, "n", (unsigned short)1000), rp_incrby(p, "n", 6U);
    rp_incrby(p, "n", 'x'), rp_incrby(p, "n", SOME), rp_incrby(p, "n", (uint64_t)INT64_MAX);
    rp_incrby(p, "n", size++), rp_incrby(p, "n", size), rp_incrby(p, "n", 0ULL);
    rp_incrby(p, "n", s.bits), rp_incrby(p, "n", (long)-42), rp_incrby(p, "n", INT64_MIN);
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        snprintf(wire, sizeof wire, "INCRBY n %s", wanted[i]);
        assert_string_equal(fake_command(f, expected++), wire);
    }
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

static void queue_without_a_pipeline(rp_pipe *failed)
{
    (void)failed;
    rp_incrby(NULL, "n", UINT64_MAX);
}

static void queue_on_one_that_failed(rp_pipe *failed)
{
    rp_incrby(failed, "n", UINT64_MAX);
}

static void queue_with_an_empty_list(rp_pipe *failed)
{
    (void)failed;
    rp_xclaim(NULL, "s", "g", "c", UINT64_MAX, ((rp_list_arg){0}));
}

static void queue_with_unknown_options(rp_pipe *failed)
{
    const char options[512] = {[511] = 1};

    rp_xautoclaim_with(failed, RP_ARG("s"), RP_ARG("g"), RP_ARG("c"), RP_WHOLE_(UINT64_MAX), RP_ARG("0"),
                       (void *)options, sizeof options);
}

/* INT64_MIN is a number like any other, whatever was refused before. */
static void test_no_number_is_remembered(void **state)
{
    static void (*const queue[])(rp_pipe * failed) = {queue_without_a_pipeline, queue_on_one_that_failed,
                                                      queue_with_an_empty_list, queue_with_unknown_options};
    fake *f = fake_start("HELLO\nREPEAT 4\nEXPECT INCRBY n -9223372036854775808\nSEND ':1\\r\\n'\nEND\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < sizeof queue / sizeof *queue; i++) {
        rp_pipe *failed = rp_pipeline(NULL), *p = rp_pipeline(NULL);

        rp_get(failed, (const char *)NULL);
        queue[i](failed);
        rp_incrby(p, "n", INT64_MIN);
        assert_int_equal(rp_execute(p), RP_OK);
        rp_free(failed);
        rp_free(p);
    }
    rp_disconnect_all();
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_too_large),
        KIT_TEST(test_message_of_a_number_too_large),
        KIT_TEST(test_types),
        KIT_TEST(test_no_number_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
