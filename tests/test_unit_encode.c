/* Notes. Each kind of argument through both passes of the encoder: what it takes is never more than what was announced,
 * and what was written is read back by the parser. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <inttypes.h>
#include <math.h>

#include "resp/encode.h"

/* Encodes into memory of just the size that was announced: a byte more would be seen. */
static char *encode(rp_arg arg, size_t *len)
{
    rpi_fault fault;
    size_t size = rpi_arg_size(&arg, 1, &fault);
    char *to, *end;
    assert_int_not_equal(size, 0);
    to = malloc(size);
    assert_non_null(to);
    end = rpi_put_arg(to, &arg);
    *len = (size_t)(end - to);
    assert_in_range(*len, 1, size);
    return to;
}

static void want_encoded(rp_arg arg, const char *data, size_t len)
{
    size_t encoded_len;
    char *encoded = encode(arg, &encoded_len);
    wire *w = wire_new(encoded_len, NULL);
    const rp_value *v = wire_value(w, encoded, encoded_len);
    assert_int_equal(rp_kind_of(v), RP_STRING);
    assert_int_equal(rp_len(v), len);
    assert_memory_equal(rp_str(v), data, len);
    wire_free(w);
    free(encoded);
}

#define WANT(x, literal) want_encoded(RP_ARG(x), BYTES(literal))

static void test_numbers(void **state)
{
    (void)state;
    for (int i = -20; i < 2000; i++) {
        char text[16];
        int len = snprintf(text, sizeof text, "%d", i);
        want_encoded(RP_ARG(i), text, (size_t)len);
        if (i >= 0)
            want_encoded(RP_ARG((unsigned)i), text, (size_t)len);
    }
    for (int64_t i = 1; i < INT64_MAX / 10; i = i * 10 + i % 9 + 1) { /* each length: 1, 12, 123 ... */
        char text[24];
        int len = snprintf(text, sizeof text, "%" PRId64, -i);
        want_encoded(RP_ARG(i), text + 1, (size_t)len - 1);
        want_encoded(RP_ARG(-i), text, (size_t)len);
    }
    WANT(INT64_MAX, "9223372036854775807");
    WANT(INT64_MIN, "-9223372036854775808");
    WANT(UINT64_MAX, "18446744073709551615");
    WANT((signed char)-128, "-128");
    WANT((unsigned char)255, "255");
    WANT((short)-32768, "-32768");
    WANT((unsigned short)65535, "65535");
    WANT((long long)-1, "-1");
    WANT(true, "1");
    WANT(false, "0");
}

static void test_floats(void **state)
{
    (void)state;
    WANT(0.0, "0");
    WANT(1.5, "1.5");
    WANT(-0.1, "-0.1");
    WANT(0.1F, "0.10000000149011612");
    WANT(0.1 + 0.2, "0.30000000000000004");
    WANT(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    WANT((double)INFINITY, "inf");
    WANT(-(double)INFINITY, "-inf");
    WANT((double)NAN, "nan");
}

/* Every length around those that are written in a way of their own, and lengths of more digits. */
static void test_strings_of_all_lengths(void **state)
{
    static const size_t more[] = {99, 100, 101, 999, 1000, 9999, 10000, 99999, 100000, 1000000};
    char *text = kit_alloc(1000000);
    (void)state;
    for (size_t i = 0; i < 1000000; i++)
        text[i] = (char)(i * 31 + i / 251);
    for (size_t len = 0; len <= 70; len++) {
        char *exact = malloc(len ? len : 1); /* so that no byte is read past its end */
        memcpy(exact, text, len);
        want_encoded(RP_ARG(rp_b(exact, len)), text, len);
        free(exact);
    }
    for (size_t i = 0; i < COUNT(more); i++)
        want_encoded(RP_ARG(rp_b(text, more[i])), text, more[i]);
    free(text);
}

static void test_text(void **state)
{
    char buffer[] = "buffer";
    (void)state;
    WANT("", "");
    WANT("abc", "abc");
    WANT((const char *)buffer, "buffer");
    WANT(buffer, "buffer");
    WANT(rp_b("a\0\r\nb", 5), "a\0\r\nb");
    WANT(rp_b(NULL, 0), "");
    WANT(RP_ARG("already"), "already");
}

static void test_values(void **state)
{
    wire *w = wire_new(256, NULL);
    (void)state;
    WANT(wire_value(w, BYTES("$3\r\na\0b\r\n")), "a\0b");
    WANT(wire_value(w, BYTES(":-12\r\n")), "-12");
    WANT(wire_value(w, BYTES(",1.50\r\n")), "1.50");
    WANT(wire_value(w, BYTES("#t\r\n")), "1");
    WANT(wire_value(w, BYTES("#f\r\n")), "0");
    WANT(wire_value(w, BYTES("$0\r\n\r\n")), "");
    WANT(wire_value(w, BYTES("(123\r\n")), "123");
    wire_free(w);
}

static void want_refused(rp_arg arg, rp_status status, const char *message)
{
    rpi_fault fault = {.status = RP_OK};
    assert_int_equal(rpi_arg_size(&arg, 7, &fault), 0);
    assert_int_equal(fault.status, status);
    assert_string_equal(fault.message, message);
}

static void test_refused(void **state)
{
    static const rp_value pending = {.kind = RP_PENDING};
    const char *null = NULL;
    const rp_value *no_value = NULL;
    wire *w = wire_new(256, NULL);
    (void)state;
    want_refused(RP_ARG(null), RP_INVALID_VALUE, "argument 7 is a NULL pointer; for an empty string pass \"\"");
    want_refused(RP_ARG(rp_b(NULL, 1)), RP_INVALID_VALUE,
                 "argument 7 is a NULL pointer; for an empty string pass \"\"");
    want_refused(RP_ARG(no_value), RP_INVALID_VALUE, "argument 7 is a NULL pointer; for an empty string pass \"\"");
    want_refused(RP_ARG(&pending), RP_NOT_READY,
                 "argument 7 is a future that has not arrived; use it in a callback, or after rp_execute");
    want_refused(RP_ARG(wire_value(w, BYTES("_\r\n"))), RP_INVALID_VALUE,
                 "argument 7 is null; an argument is text or a number");
    want_refused(RP_ARG(wire_value(w, BYTES("*0\r\n"))), RP_INVALID_VALUE,
                 "argument 7 is a list; an argument is text or a number");
    want_refused(RP_ARG(wire_value(w, BYTES("~0\r\n"))), RP_INVALID_VALUE,
                 "argument 7 is a set; an argument is text or a number");
    want_refused(RP_ARG(wire_value(w, BYTES("%0\r\n"))), RP_INVALID_VALUE,
                 "argument 7 is a dict; an argument is text or a number");
    want_refused(RP_ARG(wire_value(w, BYTES("-ERR\r\n"))), RP_INVALID_VALUE,
                 "argument 7 is an error; an argument is text or a number");
    want_refused((rp_arg){.type = (rp_arg_type)99}, RP_INVALID_VALUE,
                 "argument 7 has the unknown type 99; make it with RP_ARG");
    want_refused(RP_ARG(rp_b("x", (size_t)RPI_MAX_BULK + 1)), RP_INVALID_VALUE,
                 "argument 7 has 536870913 bytes; a string may have 512 MiB (536870912 bytes) at most");
    wire_free(w);
}

/* At the limit it is sent: the announced size leaves room for all headers. */
static void test_largest_string(void **state)
{
    rp_arg arg = RP_ARG(rp_b("x", RPI_MAX_BULK));
    rpi_fault fault;
    (void)state;
    assert_int_equal(rpi_arg_size(&arg, 1, &fault), (size_t)RPI_MAX_BULK + RPI_HEADER_MOST);
    assert_true(sizeof "$536870912\r\n\r\n" - 1 <= RPI_HEADER_MOST);
}

static void test_counts(void **state)
{
    static const size_t counts[] = {0, 1, 9, 10, 11, 99, 100, 1000, 123456, RPI_MAX_ARGS, RPI_MAX_BULK};
    char to[RPI_HEADER_MOST], wanted[RPI_HEADER_MOST];
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        int len = snprintf(wanted, sizeof wanted, "*%zu\r\n", counts[i]);
        assert_ptr_equal(rpi_put_count(to, '*', counts[i]), to + len);
        assert_memory_equal(to, wanted, (size_t)len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_numbers), KIT_TEST(test_floats),  KIT_TEST(test_strings_of_all_lengths), KIT_TEST(test_text),
        KIT_TEST(test_values),  KIT_TEST(test_refused), KIT_TEST(test_largest_string),         KIT_TEST(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
