/* What counts is a whole word, so that the user "pass" does not hide a part of "password". A server that repeats the
 * arguments of an unknown command cuts them where its line gets too long ("with args beginning with: `AUTH`, `s3cre`"):
 * in that list the beginning of a secret is one too. A server writes a blank for each CR and LF. */
#define _GNU_SOURCE
#include "net/mask.h"

#include <string.h>

enum { SECRET_LEAST = 4 };

typedef struct text {
    const char *start, *end;
    const char *list; /* of repeated arguments; NULL: none */
} text;

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static bool same(char secret, char c)
{
    return secret == c || (c == ' ' && (secret == '\r' || secret == '\n'));
}

/* Bytes at `at` that are the secret, or what a list shows of it; 0: something else stands there. */
static size_t hidden_at(const text *t, const char *at, const char *secret)
{
    size_t n = 0;

    while (secret[n] && at + n < t->end && same(secret[n], at[n]))
        n++;
    if (n < SECRET_LEAST || (at > t->start && in_word(at[-1]) && in_word(*secret)))
        return 0;
    if (secret[n])
        return t->list && at > t->list && (at + n == t->end || at[n] == '`' || at[n] == '\'') ? n : 0;
    return at + n < t->end && in_word(at[n]) && in_word(secret[n - 1]) ? 0 : n;
}

size_t rpi_mask(char *to, size_t size, const char *source, size_t len, const rpi_url *url)
{
    static const char stars[] = "***", list[] = "args beginning";
    const text t = {source, source + len, memmem(source, len, list, sizeof list - 1)};
    size_t n = 0;

    for (const char *at = source; at < t.end && size - n >= sizeof stars;) {
        size_t hidden = url->password ? hidden_at(&t, at, url->password) : 0;

        if (!hidden && url->user)
            hidden = hidden_at(&t, at, url->user);
        if (hidden) {
            memcpy(to + n, stars, sizeof stars - 1);
            n += sizeof stars - 1;
            at += hidden;
        } else {
            to[n++] = *at++;
        }
    }
    return n;
}
