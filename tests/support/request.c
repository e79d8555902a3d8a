/* Notes. The buffer holds the stream from `begin`, the first byte of the request that is being read, to `end`. `at` is
 * how far it has been understood, so that no byte is looked at twice however small the pieces are. Words are kept as
 * offsets from `begin` until the request is complete, because the buffer moves while it grows. */
#include "request.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"

enum { ROOM = 65536, LONGEST_LINE = 16, MOST_WORDS = 1 << 20, LONGEST_WORD = 512 << 20 };

struct request {
    char *buffer;
    size_t capacity, begin, at, end;
    size_t consumed; /* bytes of the stream before `begin` */
    size_t wanted;   /* words of this request; 0 before its header was read */
    size_t count, words_capacity;
    word *words;
    size_t *offsets;
    size_t length; /* of the word that is being read */
    bool in_word;  /* its header was read */
    char error[160];
};

request *request_new(void)
{
    request *r = kit_alloc(sizeof *r);
    r->capacity = ROOM;
    r->buffer = kit_alloc(r->capacity);
    return r;
}

void request_free(request *r)
{
    free(r->buffer);
    free(r->words);
    free(r->offsets);
    free(r);
}

char *request_room(request *r, size_t *size)
{
    if (r->begin > 0 && (r->begin == r->end || r->capacity - r->end < ROOM)) {
        memmove(r->buffer, r->buffer + r->begin, r->end - r->begin);
        r->consumed += r->begin;
        r->at -= r->begin;
        r->end -= r->begin;
        r->begin = 0;
    }
    if (r->capacity - r->end < ROOM) {
        r->capacity = r->capacity * 2 + ROOM;
        r->buffer = kit_realloc(r->buffer, r->capacity);
    }
    *size = r->capacity - r->end;
    return r->buffer + r->end;
}

void request_fed(request *r, size_t n)
{
    r->end += n;
}

static request_state malformed(request *r, const char *what)
{
    char seen[48];
    size_t left = r->end - r->at;
    word rest = {r->buffer + r->at, left < LONGEST_LINE ? left : LONGEST_LINE};
    words_text(&rest, 1, seen, sizeof seen);
    snprintf(r->error, sizeof r->error, "malformed request at byte %zu: %s, got %s", r->consumed + r->at, what, seen);
    return REQUEST_MALFORMED;
}

/* Reads a line of `mark` and a number. */
static request_state read_number(request *r, char mark, size_t least, size_t most, size_t *out)
{
    const char *line = r->buffer + r->at;
    size_t left = r->end - r->at, i = 1, n = 0;
    if (left == 0)
        return REQUEST_MORE;
    if (line[0] != mark)
        return malformed(r, mark == '*' ? "wanted '*'" : "wanted '$'");
    for (; i < left && i < LONGEST_LINE && line[i] >= '0' && line[i] <= '9'; i++)
        n = n * 10 + (size_t)(line[i] - '0');
    if (i > 2 && line[1] == '0')
        return malformed(r, "a leading zero");
    if (i == left)
        return i < LONGEST_LINE ? REQUEST_MORE : malformed(r, "too long a number");
    if (i == 1 || line[i] != '\r')
        return malformed(r, "wanted a number");
    if (i + 1 == left)
        return REQUEST_MORE;
    if (line[i + 1] != '\n')
        return malformed(r, "wanted CR LF after a number");
    if (n < least || n > most)
        return malformed(r, "a number out of range");
    r->at += i + 2;
    *out = n;
    return REQUEST_READY;
}

static void add_word(request *r)
{
    if (r->count == r->words_capacity) {
        r->words_capacity = r->words_capacity * 2 + 8;
        r->words = kit_realloc(r->words, r->words_capacity * sizeof *r->words);
        r->offsets = kit_realloc(r->offsets, r->words_capacity * sizeof *r->offsets);
    }
    r->offsets[r->count] = r->at - r->begin;
    r->words[r->count++].len = r->length;
}

static request_state read_word(request *r)
{
    if (!r->in_word) {
        request_state state = read_number(r, '$', 0, LONGEST_WORD, &r->length);
        if (state != REQUEST_READY)
            return state;
        r->in_word = true;
    }
    size_t left = r->end - r->at;
    if ((left > r->length && r->buffer[r->at + r->length] != '\r') ||
        (left > r->length + 1 && r->buffer[r->at + r->length + 1] != '\n')) {
        r->at += r->length;
        return malformed(r, "wanted CR LF after a bulk string");
    }
    if (left < r->length + 2)
        return REQUEST_MORE;
    add_word(r);
    r->at += r->length + 2;
    r->in_word = false;
    return REQUEST_READY;
}

request_state request_next(request *r, const word **words, size_t *count)
{
    request_state state = REQUEST_READY;
    if (r->error[0])
        return REQUEST_MALFORMED;
    if (r->wanted == 0) {
        r->consumed += r->at - r->begin;
        r->begin = r->at;
        r->count = 0;
        state = read_number(r, '*', 1, MOST_WORDS, &r->wanted);
    }
    while (state == REQUEST_READY && r->count < r->wanted)
        state = read_word(r);
    if (state != REQUEST_READY)
        return state;
    for (size_t i = 0; i < r->count; i++)
        r->words[i].data = r->buffer + r->begin + r->offsets[i];
    r->wanted = 0;
    *words = r->words;
    *count = r->count;
    return REQUEST_READY;
}

const char *request_error(const request *r)
{
    return r->error;
}

int request_begun(const request *r)
{
    return r->wanted > 0 || r->at < r->end;
}

/* Appends to the text; false where it does not fit in front of the dots. */
static bool put(char *out, size_t size, size_t *len, const char *text, size_t n)
{
    if (*len + n + sizeof "..." > size) {
        memcpy(out + *len, "...", sizeof "...");
        return false;
    }
    memcpy(out + *len, text, n);
    *len += n;
    out[*len] = '\0';
    return true;
}

static bool is_plain(word w)
{
    for (size_t i = 0; i < w.len; i++) {
        if (w.data[i] <= ' ' || w.data[i] > '~' || strchr("\\\"'", w.data[i]))
            return false;
    }
    return w.len > 0;
}

static bool put_escaped(char *out, size_t size, size_t *len, char c)
{
    static const char named[] = "r\rn\nt\t\"\"\\\\";
    char text[8];
    for (size_t i = 0; i + 1 < sizeof named; i += 2) {
        if (named[i + 1] == c) {
            char escape[2] = {'\\', named[i]};
            return put(out, size, len, escape, 2);
        }
    }
    if (c >= ' ' && c <= '~')
        return put(out, size, len, &c, 1);
    snprintf(text, sizeof text, "\\x%02X", (unsigned)(unsigned char)c);
    return put(out, size, len, text, 4);
}

void words_text(const word *words, size_t count, char *out, size_t size)
{
    size_t len = 0;
    bool fits = true;
    out[0] = '\0';
    for (size_t i = 0; i < count && fits; i++) {
        if (i > 0)
            fits = put(out, size, &len, " ", 1);
        bool plain = is_plain(words[i]);
        fits = fits && (plain || put(out, size, &len, "\"", 1));
        for (size_t k = 0; k < words[i].len && fits; k++)
            fits = put_escaped(out, size, &len, words[i].data[k]);
        fits = fits && (plain || put(out, size, &len, "\"", 1));
    }
}
