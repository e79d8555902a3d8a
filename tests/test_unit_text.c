/* Notes. The check for UTF-8 against every code point, written in every number of bytes that holds it, and against
 * texts that decoders are known to fall for: overlong forms, surrogates, cut sequences. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include "resp/text.h"

/* Writes the code point as the scheme has it, even where that is not allowed; returns how many bytes. */
static size_t put_code_point(char *to, unsigned c, size_t len)
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (len == 1) {
        to[0] = (char)c;
        return 1;
    }
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(first[len] | c);
    return len;
}

/* Every code point in every length that holds it: good in its shortest, if it is none of a surrogate. */
static void test_all_code_points(void **state)
{
    static const unsigned limits[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    char text[8];
    (void)state;
    for (unsigned c = 0; c < 0x200000; c++) {
        size_t shortest = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t len = shortest; len <= 4 && c < limits[len]; len++) {
            bool good = len == shortest && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
            put_code_point(text, c, len);
            if (rpi_is_utf8(text, len) != good)
                fail_msg("U+%04X in %zu bytes", c, len);
            if (len > 1 && rpi_is_utf8(text, len - 1))
                fail_msg("U+%04X, cut", c);
        }
    }
}

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool good;
    } rows[] = {
        {BYTES(""), true},
        {BYTES("plain"), true},
        {BYTES("a\0b"), true},
        {BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), true},
        {BYTES("\x80"), false},
        {BYTES("a\xbf"), false},
        {BYTES("\xc3"), false},
        {BYTES("\xc3("), false},
        {BYTES("\xe2\x82"), false},
        {BYTES("\xe2\x28\xa1"), false},
        {BYTES("\xf0\x9f\x98"), false},
        {BYTES("\xf5\x80\x80\x80"), false},
        {BYTES("\xf8\x88\x80\x80\x80"), false},
        {BYTES("\xfe"), false},
        {BYTES("\xff"), false},
        {BYTES("\xc0\xaf"), false},
        {BYTES("\xc1\xbf"), false},
        {BYTES("\xe0\x80\xaf"), false},
        {BYTES("\xed\xa0\x80\xed\xb0\x80"), false},
        {BYTES("good \xc3\xa4 then \xff"), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(rpi_is_utf8(rows[i].text, rows[i].len), rows[i].good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_all_code_points), KIT_TEST(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
