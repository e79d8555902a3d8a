/* Commands as RESP arrays of bulk strings (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
#ifndef RPI_RESP_ENCODE_H
#define RPI_RESP_ENCODE_H

#include <redpipe/argument.h>

#include "base/fault.h"
#include "resp/number.h"
#include "resp/value.h"

enum {
    RPI_MAX_ARGS = 1024 * 1024, /* arguments of one command, its name among them; the server's limit */
    RPI_HEADER_MOST = 24,       /* "*1048576\r\n", or "$536870912\r\n" and the CRLF behind a bulk */
};

/* A constant word of a command, encoded beforehand as RPI_WORD does: RPI_WORD_ROOM bytes can be read. Only the library
 * makes such arguments. */
#define RPI_ARG_WORD ((rp_arg_type)0x5250)
enum { RPI_WORD_ROOM = 32 };

static inline rp_arg rpi_word(const char *encoded, size_t size)
{
    rp_arg word;
    word.type = RPI_ARG_WORD;
    word.s = (rp_bytes){encoded, size};
    return word;
}

/* For words of 1 to 24 letters. */
#define RPI_ZEROS_8 "\0\0\0\0\0\0\0\0"
#define RPI_WORD(length, word) \
    rpi_word("$" length "\r\n" word "\r\n" RPI_ZEROS_8 RPI_ZEROS_8 RPI_ZEROS_8, \
             sizeof("$" length "\r\n" word "\r\n") - 1)
#define RPI_NO_WORD rpi_word(NULL, 0)

/* For what the inline functions below do not do themselves. */
size_t rpi_arg_size_slow(const rp_arg *arg, size_t position, rpi_fault *fault);
char *rpi_put_arg_slow(char *to, const rp_arg *arg);

/* How many bytes the argument takes at most, header and all. 0, with the fault filled, where it cannot be sent: a NULL
 * pointer, longer than 512 MiB, a number that is too large, a value that is not ready or is no scalar. `position` is
 * for the message. */
static inline size_t rpi_arg_size(const rp_arg *arg, size_t position, rpi_fault *fault)
{
    if (__builtin_expect(arg->type == RP_ARG_STRING && arg->s.data && arg->s.len <= RPI_MAX_BULK, 1))
        return arg->s.len + RPI_HEADER_MOST;
    if (arg->type == RP_ARG_INT)
        return RPI_INT_TEXT + RPI_HEADER_MOST;
    if (arg->type == RPI_ARG_WORD)
        return RPI_WORD_ROOM;
    return rpi_arg_size_slow(arg, position, fault);
}

/* These write behind `to`, where there is room, and return the end. First "*3\r\n". */
static inline char *rpi_put_count(char *to, char type, size_t n)
{
    const char one[] = {type, '0', '\r', '\n'};

    if (n < 10) {
        memcpy(to, one, sizeof one);
        to[1] = (char)('0' + n);
        return to + sizeof one;
    }
    *to++ = type;
    if (n < 100) {
        *to++ = (char)('0' + n / 10);
        *to++ = (char)('0' + n % 10);
    } else {
        to += rpi_format_uint(to, n);
    }
    memcpy(to, "\r\n", 2);
    return to + 2;
}

/* The longest text that is copied without a call. */
enum { RPI_SHORT_ARG = 64 };

static inline void rpi_put_16(char *to, const char *data)
{
    char bytes[16];

    memcpy(bytes, data, sizeof bytes);
    memcpy(to, bytes, sizeof bytes);
}

/* memcpy of up to RPI_SHORT_ARG bytes, in pieces that overlap. */
__attribute__((always_inline)) static inline void rpi_put_short(char *to, const char *data, size_t len)
{
    uint64_t first, last;
    uint32_t first4, last4;

    if (len - 8 <= 8) {
        memcpy(&first, data, 8);
        memcpy(&last, data + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else if (len - 4 < 4) {
        memcpy(&first4, data, 4);
        memcpy(&last4, data + len - 4, 4);
        memcpy(to, &first4, 4);
        memcpy(to + len - 4, &last4, 4);
    } else if (len - 1 < 3) {
        to[0] = data[0];
        to[len / 2] = data[len / 2];
        to[len - 1] = data[len - 1];
    } else if (len) {
        rpi_put_16(to, data);
        if (len > 32) {
            rpi_put_16(to + 16, data + 16);
            rpi_put_16(to + len - 32, data + len - 32);
        }
        rpi_put_16(to + len - 16, data + len - 16);
    }
}

/* "$3\r\nabc\r\n". */
static inline char *rpi_put_bulk(char *to, const char *data, size_t len)
{
    to = rpi_put_count(to, '$', len);
    if (len <= RPI_SHORT_ARG)
        rpi_put_short(to, data, len);
    else
        memcpy(to, data, len);
    memcpy(to + len, "\r\n", 2);
    return to + len + 2;
}

/* Is the argument one that rpi_put_short_arg takes? Text that is short, a constant word, or a number of one or two
 * digits. */
__attribute__((always_inline)) static inline bool rpi_is_short_arg(const rp_arg *arg)
{
    if (__builtin_expect(arg->type == RP_ARG_STRING, 1))
        return arg->s.data && arg->s.len <= RPI_SHORT_ARG;
    return arg->type == RPI_ARG_WORD || (arg->type == RP_ARG_INT && arg->i >= 0 && arg->i < 100);
}

__attribute__((always_inline)) static inline char *rpi_put_short_text(char *to, rp_bytes text)
{
    if (text.len > RPI_SHORT_ARG)
        __builtin_unreachable();
    to = rpi_put_count(to, '$', text.len);
    rpi_put_short(to, text.data, text.len);
    to += text.len;
    memcpy(to, "\r\n", 2);
    return to + 2;
}

__attribute__((always_inline)) static inline char *rpi_put_short_arg(char *to, const rp_arg *arg)
{
    if (__builtin_expect(arg->type == RP_ARG_STRING, 1))
        return rpi_put_short_text(to, arg->s);
    if (arg->type == RPI_ARG_WORD) {
        memcpy(to, arg->s.data, RPI_WORD_ROOM);
        return to + arg->s.len;
    }
    if (arg->i < 10) {
        memcpy(to, "$1\r\n0\r\n", 7);
        to[4] = (char)('0' + arg->i);
        return to + 7;
    }
    memcpy(to, "$2\r\n00\r\n", 8);
    to[4] = (char)('0' + arg->i / 10);
    to[5] = (char)('0' + arg->i % 10);
    return to + 8;
}

/* An argument that has passed rpi_arg_size. */
__attribute__((always_inline)) static inline char *rpi_put_arg(char *to, const rp_arg *arg)
{
    if (__builtin_expect(arg->type == RP_ARG_STRING, 1))
        return rpi_put_bulk(to, arg->s.data, arg->s.len);
    if (rpi_is_short_arg(arg))
        return rpi_put_short_arg(to, arg);
    return rpi_put_arg_slow(to, arg);
}

/* What a command is: its encoded name, all 32 bytes of which are copied, and the shape of its reply. */
typedef struct rpi_head {
    char word[32]; /* "$3\r\nGET\r\n" */
    uint8_t size;  /* of the word; 0: the first argument is the name */
    uint8_t shape;
} rpi_head;

#define RPI_HEAD(length, name, shape) \
    { \
        "$" length "\r\n" name "\r\n", sizeof("$" length "\r\n" name "\r\n") - 1, (shape) \
    }

#endif
