/* Requests as a server reads them: a strict, incremental parser of arrays of bulk strings.
 *
 * Feed: room = request_room(r, &size); n = recv(fd, room, size); request_fed(r, n). Then request_next until it wants
 * more. Strict: "*n\r\n", then n times "$len\r\n", the bytes, "\r\n". Numbers are plain decimal, without a sign or
 * leading zeros; n is 1 to 2^20, len up to 512 MiB. Nothing else is a request. */
#ifndef TESTS_REQUEST_H
#define TESTS_REQUEST_H

#include <stddef.h>

/* A string of any bytes: a word of a request, or of a script. */
typedef struct word {
    const char *data;
    size_t len;
} word;

typedef enum request_state { REQUEST_MORE, REQUEST_READY, REQUEST_MALFORMED } request_state;

typedef struct request request;

request *request_new(void);
void request_free(request *r);

/* Where the next bytes go: at least 64 KiB. Ends the life of the words of request_next. */
char *request_room(request *r, size_t *size);
void request_fed(request *r, size_t n);

/* The next request. READY: its words are in *words and *count, until the next call on r. MALFORMED: for good, see
 * request_error. */
request_state request_next(request *r, const word **words, size_t *count);

/* What is wrong, and at which byte of the stream. */
const char *request_error(const request *r);

/* Is a request begun that is not complete? */
int request_begun(const request *r);

/* Words as one line of text, as an EXPECT would write them: quoted where they need it, unprintable bytes escaped. What
 * does not fit into size ends in "...". */
void words_text(const word *words, size_t count, char *out, size_t size);

#endif
