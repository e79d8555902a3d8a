/* The short way: strings and lines that are short and there to their ends, which most of what arrives is, in a few
 * dozen instructions. Each function returns the end of what it read, or NULL with nothing done: every doubt and every
 * error is left to token.c. */
#ifndef RPI_RESP_SHORT_H
#define RPI_RESP_SHORT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "resp/parse.h"

enum {
    RPI_SHORT_STRING = 1000,
    RPI_SHORT_LINE = 24, /* bytes with the type byte */
    RPI_SHORT_INT = 19,  /* the same: so that 18 digits always fit 64 bits */
    RPI_SHORTEST = 6,    /* "$0\r\n\r\n"; what is shorter is not worth a short cut */
};

static inline bool rpi_is_crlf(const char *p)
{
    return memcmp(p, "\r\n", 2) == 0;
}

static inline unsigned rpi_digit(const char *p)
{
    return (unsigned)(unsigned char)*p - '0';
}

/* The rest of a string behind a header of so many bytes. */
__attribute__((always_inline)) static inline char *rpi_take_text(char *p, size_t header, size_t length, const char *end,
                                                                 rp_value *v)
{
    char *text = p + header;

    if ((size_t)(end - p) < header + length + 2 || !rpi_is_crlf(text + length))
        return NULL;
    text[length] = '\0';
    rpi_value_set_text(v, RP_STRING, text, length);
    return text + length + 2;
}

/* "$3\r\nabc\r\n" with up to three digits; RPI_SHORTEST bytes at least are there. NULL: the general way must look at
 * it. */
__attribute__((always_inline)) static inline char *rpi_take_short_string(char *p, char *end, rp_value *v)
{
    unsigned first = rpi_digit(p + 1), second = rpi_digit(p + 2), third;

    if (rpi_is_crlf(p + 3))
        return first - 1 <= 8 && second <= 9 ? rpi_take_text(p, 5, first * 10 + second, end, v) : NULL;
    if (rpi_is_crlf(p + 2))
        return first <= 9 ? rpi_take_text(p, 4, first, end, v) : NULL;
    third = rpi_digit(p + 3);
    if (first - 1 > 8 || second > 9 || third > 9 || !rpi_is_crlf(p + 4))
        return NULL;
    return rpi_take_text(p, 6, first * 100 + second * 10 + third, end, v);
}

/* "+OK\r\n", RPI_SHORTEST bytes at least are there. */
static inline char *rpi_take_short_status(char *p, char *end, rp_value *v)
{
    char *stop = p + 1;
    char *most = end - p > RPI_SHORT_LINE ? p + RPI_SHORT_LINE : end - 1;

    while (stop < most && *stop >= ' ' && *stop <= '~')
        stop++;
    if (stop == most || !rpi_is_crlf(stop))
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_STRING, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* Eight bytes, the first one lowest. */
static inline uint64_t rpi_load_8(const char *p)
{
    uint64_t bytes;

    memcpy(&bytes, p, sizeof bytes);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(bytes) : bytes;
}

/* The high bit of each byte that is no digit, right up to the first one that is not ASCII. */
static inline uint64_t rpi_other_than_digits(uint64_t bytes)
{
    bytes ^= 0x3030303030303030; /* digits are 0 to 9 now */
    return ((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080;
}

/* The first byte from p on that is no digit, or `most`. */
static inline char *rpi_skip_digits(char *p, char *most)
{
    if (most - p >= 8) {
        uint64_t others = rpi_other_than_digits(rpi_load_8(p));

        if (others)
            return p + __builtin_ctzll(others) / 8;
        p += 8;
    }
    while (p < most && rpi_digit(p) <= 9)
        p++;
    return p;
}

/* The end of ":12\r\n" or ",-12.5\r\n" from its type byte on, where its CR is before `most`: digits, and with `points`
 * a point among them or none. NULL: something else. */
__attribute__((always_inline)) static inline char *rpi_end_of_number(char *p, char *most, bool points)
{
    char *first = p[1] == '-' ? p + 2 : p + 1;
    char *stop = rpi_skip_digits(first, most);
    bool point = points && *stop == '.';

    if (point)
        stop = rpi_skip_digits(stop + 1, most);
    return stop >= most || stop - first == point || !rpi_is_crlf(stop) ? NULL : stop;
}

/* The same for up to seven bytes without a sign, where ten bytes from p on are there. */
__attribute__((always_inline)) static inline char *rpi_end_of_few_digits(char *p, bool points)
{
    uint64_t others = rpi_other_than_digits(rpi_load_8(p + 1));
    char *first = p + 1, *stop;

    if (!others)
        return NULL;
    stop = p + 1 + __builtin_ctzll(others) / 8;
    if (points && *stop == '.') {
        others &= others - 1;
        if (!others)
            return NULL;
        stop = p + 1 + __builtin_ctzll(others) / 8;
        first++;
    }
    return stop == first || !rpi_is_crlf(stop) ? NULL : stop;
}

/* ":12\r\n", as before. */
static inline char *rpi_take_short_int(char *p, char *end, rp_value *v)
{
    char *stop = end - p >= 10 ? rpi_end_of_few_digits(p, false) : NULL;

    if (!stop)
        stop = rpi_end_of_number(p, end - p > RPI_SHORT_INT ? p + RPI_SHORT_INT : end - 1, false);
    if (!stop)
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_INT, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* ",-12.5\r\n": without an exponent, it is in the range of a double whatever it is. */
static inline char *rpi_take_short_float(char *p, char *end, rp_value *v)
{
    char *stop = end - p >= 10 ? rpi_end_of_few_digits(p, true) : NULL;

    if (!stop)
        stop = rpi_end_of_number(p, end - p > RPI_SHORT_LINE ? p + RPI_SHORT_LINE : end - 1, true);
    if (!stop)
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_FLOAT, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* "_\r\n" and "$-1\r\n": what a GET that misses is answered with. Not a part of rpi_take_short, which has to stay
 * small. */
static inline char *rpi_take_null(char *p, const char *end, rp_value *v)
{
    ptrdiff_t size = *p == '_' ? 3 : 5;

    if (end - p < size || (size == 3 ? !rpi_is_crlf(p + 1) : memcmp(p, "$-1\r\n", 5) != 0))
        return NULL;
    rpi_value_set_text(v, RP_NULL, "", 0);
    return p + size;
}

/* Reads a short string or line that is there to its end, and returns the end; else NULL, with nothing done. `shortest`
 * is the parser's. */
__attribute__((always_inline)) static inline char *rpi_take_short(ptrdiff_t shortest, char *p, char *end, rp_value *v)
{
    if (end - p < shortest)
        return NULL;
    if (*p == '$')
        return rpi_take_short_string(p, end, v);
    if (*p == ':')
        return rpi_take_short_int(p, end, v);
    return *p == '+' ? rpi_take_short_status(p, end, v) : NULL;
}

#endif
