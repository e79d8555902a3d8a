/* Integers are done here, and floats of few digits, as nearly all are: such a float is m / 10^k with whole numbers that
 * doubles hold exactly, and a division rounds correctly (IEEE 754), so the quotient is the double that the decimal
 * means.
 * The others are the C library's, under the "C" locale, of which there is one for the process, made at first use and
 * never freed (a reachable static). strtod_l takes blanks, hexadecimal and "infinity" too, so the grammar is checked
 * before. */
#define _GNU_SOURCE
#include "resp/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    STACK_TEXT = 512,
    SHORT_DIGITS = 15, /* every double keeps so many, and a whole number of so many is exact */
};

static const double tens[SHORT_DIGITS + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
    pthread_once(&once, make_locale);
    return c_locale;
}

bool rpi_parse_int(const char *text, size_t len, int64_t *out)
{
    const char *end = text + len;
    bool negative = false;
    uint64_t u = 0;
    unsigned digit;

    if (len && *text < '0') {
        negative = *text == '-';
        text += negative || *text == '+';
    }
    if (text == end)
        return false;
    if (end - text <= RPI_FEW_DIGITS) {
        for (; text < end; text++) {
            digit = (unsigned)(unsigned char)*text - '0';
            if (digit > 9)
                return false;
            u = u * 10 + digit;
        }
        *out = (int64_t)(negative ? 0 - u : u);
        return true;
    }
    for (; text < end; text++) {
        digit = (unsigned)(unsigned char)*text - '0';
        if (digit > 9 || u > (UINT64_MAX - 9) / 10)
            return false;
        u = u * 10 + digit;
    }
    if (u > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? 0 - u : u);
    return true;
}

static bool is_decimal(const char *text, size_t len)
{
    size_t i = len && (text[0] == '-' || text[0] == '+');
    size_t digits = 0;

    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
        digits++;
    if (i < len && text[i] == '.')
        for (i++; i < len && text[i] >= '0' && text[i] <= '9'; i++)
            digits++;
    if (!digits)
        return false;
    if (i < len && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        i += i < len && (text[i] == '-' || text[i] == '+');
        if (i == len)
            return false;
        while (i < len && text[i] >= '0' && text[i] <= '9')
            i++;
    }
    return i == len;
}

static bool is_special(const char *text, size_t len, double *out)
{
    bool sign = len == 4 && (text[0] == '-' || text[0] == '+');

    if (len != 3 && !sign)
        return false;
    if (strncasecmp(text + sign, "inf", 3) == 0)
        *out = text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    else if (strncasecmp(text + sign, "nan", 3) == 0)
        *out = (double)NAN;
    else
        return false;
    return true;
}

/* Digits with a point among them or none, where they are few; without an exponent. */
static bool parse_short(const char *text, size_t len, double *out)
{
    const char *end = text + len;
    bool negative = len && *text == '-';
    size_t digits, places = 0;
    const char *part;
    int64_t whole = 0;
    unsigned digit;
    double f;

    text += negative;
    if (end - text > SHORT_DIGITS + 1 || FLT_EVAL_METHOD != 0)
        return false;
    for (part = text; text < end && (digit = (unsigned)(unsigned char)*text - '0') <= 9; text++)
        whole = whole * 10 + digit;
    digits = (size_t)(text - part);
    if (text < end && *text == '.') {
        for (part = ++text; text < end && (digit = (unsigned)(unsigned char)*text - '0') <= 9; text++)
            whole = whole * 10 + digit;
        places = (size_t)(text - part);
    }
    if (text < end || digits + places - 1 >= SHORT_DIGITS)
        return false;
    f = (double)whole / tens[places];
    *out = negative ? -f : f;
    return true;
}

__attribute__((noinline)) static bool parse_long(const char *text, size_t len, double *out)
{
    char buffer[STACK_TEXT];
    double f;

    if (is_special(text, len, out))
        return true;
    /* A double needs at most 768 significant digits to be read exactly; longer text than that is nobody's number. */
    if (len >= sizeof buffer || !is_decimal(text, len) || !plain_locale())
        return false;
    memcpy(buffer, text, len);
    buffer[len] = '\0';
    f = strtod_l(buffer, NULL, plain_locale());
    if (isinf(f))
        return false;
    *out = f;
    return true;
}

bool rpi_parse_float(const char *text, size_t len, double *out)
{
    return parse_short(text, len, out) || parse_long(text, len, out);
}

static size_t count_digits(uint64_t u)
{
    /* clang-format off */
    static const uint64_t powers[] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
        1000000000000000000, 10000000000000000000U,
    };
    /* clang-format on */
    unsigned bits = 64 - (unsigned)__builtin_clzll(u | 1);
    size_t n = bits * 1233 >> 12; /* its logarithm, or one less */

    return n + (u >= powers[n]);
}

/* So many digits, two at a time; zeros in front where it has fewer. */
static void write_digits(char *to, size_t n, uint64_t u)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
        "4445464748495051525354555657585960616263646566676869707172737475767778798081828384858687"
        "888990919293949596979899";

    for (; n >= 2; n -= 2, u /= 100)
        memcpy(to + n - 2, pairs + u % 100 * 2, 2);
    if (n)
        *to = (char)('0' + u % 10);
}

size_t rpi_format_uint(char *to, uint64_t u)
{
    size_t n = count_digits(u);

    write_digits(to, n, u);
    return n;
}

size_t rpi_format_int(char *to, int64_t i)
{
    if (i >= 0)
        return rpi_format_uint(to, (uint64_t)i);
    *to = '-';
    return 1 + rpi_format_uint(to + 1, 0 - (uint64_t)i);
}

/* With so many digits, does it read back? snprintf is under the "C" locale here. */
static bool reads_back(char *to, int digits, double f)
{
    snprintf(to, RPI_FLOAT_TEXT, "%.*g", digits, f);
    return strtod(to, NULL) == f;
}

static int shortest(char *to, double f)
{
    locale_t before = uselocale(plain_locale());
    int digits =
        15; /* the most that every normal double keeps: what is shorter shows as trailing zeros, which %g drops */

    if (fabs(f) < 2.2250738585072014e-308)
        digits = 1;
    while (digits < 17 && !reads_back(to, digits, f))
        digits++;
    if (digits == 17)
        reads_back(to, digits, f);
    uselocale(before);
    return digits;
}

/* The decimal of f where it has few digits, and %g would write no exponent; its length without the NUL. Else 0. Of the
 * decimals that mean f it is the one with the fewest digits behind the point. */
static size_t format_short(char *to, double f)
{
    double size = fabs(f);
    size_t n, point = 0, sign = f < 0;
    int64_t whole;

    if (size < 1e-4 && (size != 0 || signbit(f)))
        return 0;
    if (!(size < tens[SHORT_DIGITS]) || FLT_EVAL_METHOD != 0)
        return 0;
    for (;; point++) {
        if (point > SHORT_DIGITS || size * tens[point] >= tens[SHORT_DIGITS])
            return 0;
        whole = (int64_t)(size * tens[point] + 0.5);
        if ((double)whole / tens[point] == size)
            break;
    }
    n = count_digits((uint64_t)whole);
    n = n > point ? n : point + 1;
    *to = '-';
    to += sign;
    write_digits(to, n, (uint64_t)whole);
    if (point) {
        memmove(to + n - point + 1, to + n - point, point);
        to[n++ - point] = '.';
    }
    to[n] = '\0';
    return sign + n;
}

size_t rpi_format_float(char to[RPI_FLOAT_TEXT], double f)
{
    size_t len = format_short(to, f);

    if (len)
        return len;
    if (isnan(f) || isinf(f))
        return (size_t)snprintf(to, RPI_FLOAT_TEXT, "%s", isnan(f) ? "nan" : f < 0 ? "-inf" : "inf");
    shortest(to, f);
    return strlen(to);
}

int rpi_float_digits(double f)
{
    char text[RPI_FLOAT_TEXT];

    return shortest(text, f);
}
