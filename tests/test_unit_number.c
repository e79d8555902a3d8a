/* Notes. Numbers as text: the grammar by tables, and what comes out by reading it back, for doubles of all sizes. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <inttypes.h>
#include <math.h>

#include "resp/number.h"

/* Of a number by chance: every pattern of bits may come. */
static uint64_t random_state = 88172645463325252U;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void test_parse_int(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"+0", 0},
        {"7", 7},
        {"007", 7},
        {"-12", -12},
        {"+12", 12},
        {"999999999999999999", 999999999999999999},
        {"1000000000000000000", 1000000000000000000},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775807", -INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"00000000000000000000000000000000000000000000000000012", 12},
        {"-00000000000000000009223372036854775808", INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t out = 4711;
        if (!rpi_parse_int(rows[i].text, strlen(rows[i].text), &out) || out != rows[i].value)
            fail_msg("%s gives %" PRId64, rows[i].text, out);
    }
}

static void test_parse_int_refuses(void **state)
{
    static const char *const rows[] = {
        "",
        "-",
        "+",
        "--1",
        "+-1",
        "-+1",
        " 1",
        "1 ",
        "1x",
        "x1",
        "1.0",
        "1e3",
        "0x1",
        "1,000",
        "\xd9\xa1",
        "1\n",
        "/",
        ":",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551617",
        "36893488147419103233",
        "99999999999999999999",
        "-99999999999999999999",
        "1234567890123456789012345678901234567890",
        "123456789012345678x",
        "1234567890123456789x",
        "x123456789012345678",
        "00000000000000000000x",
        "-",
        "inf",
        "nan",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t out = 4711;
        if (rpi_parse_int(rows[i], strlen(rows[i]), &out))
            fail_msg("%s gives %" PRId64, rows[i], out);
    }
    assert_false(rpi_parse_int("1\0", 2, &(int64_t){0}));
    assert_false(rpi_parse_int("\0", 1, &(int64_t){0}));
}

static void test_int_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char text[RPI_INT_TEXT];
        int64_t n = (int64_t)(random_bits() >> random_bits() % 64), out;
        n = i % 2 ? n : (int64_t)(0 - (uint64_t)n);
        size_t len = rpi_format_int(text, n);
        assert_true(len < RPI_INT_TEXT);
        assert_true(rpi_parse_int(text, len, &out));
        if (out != n)
            fail_msg("%" PRId64 " came back as %" PRId64, n, out);
    }
}

static void test_format_int(void **state)
{
    static const int64_t rows[] = {0, 1, -1, 9, 10, 99, 100, -100, 12345, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    char text[RPI_INT_TEXT], wanted[32];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = rpi_format_int(text, rows[i]);
        assert_int_equal(len, snprintf(wanted, sizeof wanted, "%" PRId64, rows[i]));
        assert_memory_equal(text, wanted, len);
    }
    for (uint64_t u = 1; u > 0; u = u > UINT64_MAX / 10 ? 0 : u * 10) {
        for (uint64_t near = u - 1; near <= u + 1; near++) {
            size_t len = rpi_format_uint(text, near);
            assert_int_equal(len, snprintf(wanted, sizeof wanted, "%" PRIu64, near));
            assert_memory_equal(text, wanted, len);
        }
    }
    assert_int_equal(rpi_format_uint(text, UINT64_MAX), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
}

static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

/* Half-way between two doubles, and a little more. */
#define POINT_FORTY_ZEROS ".0000000000000000000000000000000000000000"

static void test_parse_float(void **state)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"-0", -0.0},
        {"1", 1},
        {"+1", 1},
        {"1.5", 1.5},
        {"1.", 1},
        {".5", 0.5},
        {"-.5e1", -5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1e-3", 0.001},
        {"1e308", 1e308},
        {"5e-324", 5e-324},
        {"2e-324", 0},
        {"1e-999", 0},
        {"inf", (double)INFINITY},
        {"-inf", -(double)INFINITY},
        {"+inf", (double)INFINITY},
        {"INF", (double)INFINITY},
        {"-Inf", -(double)INFINITY},
        {"nan", (double)NAN},
        {"-nan", (double)NAN},
        {"NaN", (double)NAN},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0.1000000000000000055511151231257827", 0.1},
        {"00000000000000000001.50000000000000000000000000", 1.5},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993" POINT_FORTY_ZEROS "1", 9007199254740994.0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double out = 4711;
        if (!rpi_parse_float(rows[i].text, strlen(rows[i].text), &out) || !same(out, rows[i].value))
            fail_msg("%.40s gives %.17g", rows[i].text, out);
    }
}

static void test_parse_float_refuses(void **state)
{
    static const char *const rows[] = {
        "",      "-",      "+",     ".",     "-.",    "e",        "e1",       "1e",    "1e+",
        "1e-",   ".e1",    "--1",   "1-",    "1,5",   "0x10",     "0x1p3",    "1p3",   " 1",
        "1 ",    "\t1",    "1\n",   "1x",    "1.5x",  "1.5.5",    "1e5e5",    "1e5.5", "1e999",
        "1e309", "-1e309", "in",    "infi",  "--inf", "+-inf",    "infinity", "na",    "nan(1)",
        "inf ",  " nan",   "1_000", "1'000", "xinf",  "\xd9\xa1", "1f",       "1L",    "nanx",
    };
    char zeros[5001];
    double out;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rpi_parse_float(rows[i], strlen(rows[i]), &out))
            fail_msg("%s gives %.17g", rows[i], out);
    assert_false(rpi_parse_float("1\0", 2, &out));
    assert_false(rpi_parse_float("1\0005", 3, &out));
    memset(zeros, '1', sizeof zeros);
    assert_false(rpi_parse_float(zeros, 5000, &out));
}

/* What does not parse, and what does, when the text goes on behind its end. */
static void test_text_ends_where_it_says(void **state)
{
    int64_t i;
    double f;
    (void)state;
    assert_true(rpi_parse_int("123456", 3, &i));
    assert_int_equal(i, 123);
    assert_true(rpi_parse_float("1.2345e10", 6, &f));
    assert_true(same(f, 1.2345));
    assert_true(rpi_parse_float("infinity", 3, &f));
    assert_false(rpi_parse_float("1e5", 2, &f));
}

static void test_format_float(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100000, "100000"},
        {1e15, "1e+15"},
        {1e22, "1e+22"},
        {1e-5, "1e-05"},
        {1.0 / 3, "0.3333333333333333"},
        {5e-324, "5e-324"},
        {2.5e-310, "2.5e-310"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {9007199254740992, "9007199254740992"},
        {(double)INFINITY, "inf"},
        {-(double)INFINITY, "-inf"},
        {(double)NAN, "nan"},
        {-(double)NAN, "nan"},
    };
    char text[RPI_FLOAT_TEXT];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = rpi_format_float(text, rows[i].value);
        assert_int_equal(len, strlen(text));
        assert_string_equal(text, rows[i].text);
    }
}

/* Any double reads back from its text, and no shorter text of digits would. */
static void test_float_round_trip_is_shortest(void **state)
{
    (void)state;
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = random_bits();
        double f, out;
        char text[RPI_FLOAT_TEXT], shorter[64];
        if (i % 2)
            bits &= ~(uint64_t)0 << random_bits() % 52;
        memcpy(&f, &bits, sizeof f);
        if (!isfinite(f))
            continue;
        assert_in_range(rpi_format_float(text, f), 1, RPI_FLOAT_TEXT - 1);
        assert_true(rpi_parse_float(text, strlen(text), &out));
        assert_true(same(out, f));
        size_t zeros = strspn(text, "-0."), end = strcspn(text, "e");
        size_t digits = zeros < end ? end - zeros - (memchr(text + zeros, '.', end - zeros) != NULL) : 1;
        snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, f);
        if (strchr(text, '.') && same(strtod(shorter, NULL), f))
            fail_msg("%s has more digits than it needs: %s", text, shorter);
    }
}

/* What the C library prints with the fewest digits that read back. */
static void print_by_library(char *text, size_t size, double f)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            return;
    }
}

/* So many doubles farther from zero. */
static double neighbour(double f, int steps)
{
    int64_t bits;
    memcpy(&bits, &f, sizeof f);
    bits += steps;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Decimals of few digits, and their neighbours, are read and written without the C library, and as it does. */
static void test_short_decimals_as_the_library(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char decimal[64], wanted[64], text[RPI_FLOAT_TEXT];
        uint64_t whole = random_bits() % 10000000000000000 >> random_bits() % 54;
        int behind = (int)(random_bits() % 20);
        double f = 0, out = 0;
        int len = snprintf(decimal, sizeof decimal, "%s%0*" PRIu64, i % 2 ? "-" : "", behind + 1, whole);
        memmove(decimal + len - behind + 1, decimal + len - behind, (size_t)behind + 1);
        decimal[len - behind] = '.';
        f = strtod(decimal, NULL);
        if (!rpi_parse_float(decimal, (size_t)len + 1, &out) || !same(out, f))
            fail_msg("%s gives %.17g", decimal, out);
        for (int near = -1; near <= 1; near++) {
            double g = f == 0 ? f : neighbour(f, near);
            size_t written = rpi_format_float(text, g);
            print_by_library(wanted, sizeof wanted, g);
            if (written != strlen(wanted) || strcmp(text, wanted) != 0)
                fail_msg("%.17g is %s, not %s", g, text, wanted);
        }
    }
}

/* With so many digits, and no more than 17, it reads back. */
static void test_float_digits(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_bits();
        double f;
        char text[64];
        memcpy(&f, &bits, sizeof f);
        if (!isfinite(f))
            continue;
        int digits = rpi_float_digits(f);
        assert_in_range(digits, 1, 17);
        snprintf(text, sizeof text, "%.*g", digits, f);
        assert_true(same(strtod(text, NULL), f));
    }
    assert_int_equal(rpi_float_digits(5e-324), 1);
    assert_int_equal(rpi_float_digits(0.1 + 0.2), 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_parse_int),
        KIT_TEST(test_parse_int_refuses),
        KIT_TEST(test_int_round_trip),
        KIT_TEST(test_format_int),
        KIT_TEST(test_parse_float),
        KIT_TEST(test_parse_float_refuses),
        KIT_TEST(test_text_ends_where_it_says),
        KIT_TEST(test_format_float),
        KIT_TEST(test_float_round_trip_is_shortest),
        KIT_TEST(test_short_decimals_as_the_library),
        KIT_TEST(test_float_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
