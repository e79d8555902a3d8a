/* Integers are done here; floats by the C library under the "C" locale, of which there is one for the process, made at
 * first use and never freed (a reachable static). strtod_l takes blanks, hexadecimal and "infinity" too, so the grammar
 * is checked before. */
#define _GNU_SOURCE
#include "resp/number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STACK_TEXT = 512 };

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
    if (end - text <= 18) { /* so many digits fit, whatever they are */
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

bool rpi_parse_float(const char *text, size_t len, double *out)
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

size_t rpi_format_uint(char *to, uint64_t u)
{
    size_t n = 1;

    for (uint64_t rest = u; rest >= 10; rest /= 10)
        n++;
    for (size_t i = n; i-- > 0; u /= 10)
        to[i] = (char)('0' + u % 10);
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

size_t rpi_format_float(char to[RPI_FLOAT_TEXT], double f)
{
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
