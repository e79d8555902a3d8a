/* The short way: strings and lines that are short and there to their ends, which most of what arrives is, in a few dozen
 * instructions. Each function returns the end of what it read, or NULL with nothing done: every doubt and every error is
 * left to token.c. */
#ifndef RPI_RESP_SHORT_H
#define RPI_RESP_SHORT_H

#include <string.h>

#include "resp/parse.h"

enum {
    RPI_SHORT_STRING = 1000,
    RPI_SHORT_LINE = 19, /* bytes with the type byte: so that 18 digits always fit 64 bits */
    RPI_SHORTEST = 6,    /* "$0\r\n\r\n"; what is shorter is not worth a short cut */
};

static inline bool rpi_is_crlf(const char *p)
{
    return memcmp(p, "\r\n", 2) == 0;
}

/* Adds the digit at *text to the length; false where there is none. */
static inline bool add_digit(size_t *length, const char *text)
{
    unsigned digit = (unsigned char)(*text - '0');

    *length = *length * 10 + digit;
    return digit <= 9;
}

/* "$3\r\nabc\r\n" with up to three digits; RPI_SHORTEST bytes at least are there. NULL: the general way must look at it. */
static inline char *rpi_take_short_string(char *p, char *end, rp_value *v)
{
    size_t length = 0;
    char *text = p + 2;

    if (!add_digit(&length, p + 1))
        return NULL;
    if (*text != '\r') {
        if (length == 0 || !add_digit(&length, text++))
            return NULL;
        if (*text != '\r' && !add_digit(&length, text++))
            return NULL;
    }
    if (end - text < 4 + (ptrdiff_t)length || !rpi_is_crlf(text) || !rpi_is_crlf(text + 2 + length))
        return NULL;
    text += 2;
    text[length] = '\0';
    rpi_value_set_text(v, RP_STRING, text, length);
    return text + length + 2;
}

/* "+OK\r\n", RPI_SHORTEST bytes at least are there. */
static inline char *take_short_status(char *p, char *end, rp_value *v)
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

/* ":12\r\n", as before. */
static inline char *take_short_int(char *p, char *end, rp_value *v)
{
    char *first = p[1] == '-' ? p + 2 : p + 1;
    char *stop = first;
    char *most = end - p > RPI_SHORT_LINE ? p + RPI_SHORT_LINE : end - 1;

    while (stop < most && (unsigned char)(*stop - '0') <= 9)
        stop++;
    if (stop == most || stop == first || !rpi_is_crlf(stop))
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_INT, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* "_\r\n" and "$-1\r\n": what a GET that misses is answered with. Not a part of rpi_take_short, which has to stay small. */
static inline char *rpi_take_null(char *p, const char *end, rp_value *v)
{
    ptrdiff_t size = *p == '_' ? 3 : 5;

    if (end - p < size || memcmp(p, *p == '_' ? "_\r\n" : "$-1\r\n", (size_t)size) != 0)
        return NULL;
    rpi_value_set_text(v, RP_NULL, "", 0);
    return p + size;
}

/* Reads a short string or line that is there to its end, and returns the end; else NULL, with nothing done. */
__attribute__((always_inline)) static inline char *rpi_take_short(const rpi_parser *parser, char *p, char *end,
                                                                  rp_value *v)
{
    if (end - p < parser->shortest)
        return NULL;
    if (*p == '$')
        return rpi_take_short_string(p, end, v);
    if (*p == ':')
        return take_short_int(p, end, v);
    return *p == '+' ? take_short_status(p, end, v) : NULL;
}

#endif
