/* One connection of a fake server, from the server's side: waiting, sending, reading commands. */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "journal.h"
#include "script.h"
#include "tiny.h"

/* No wait of a fake lasts longer without progress; how much is read and sent at once. */
enum { PATIENCE_MS = 60000, PIECE = 65536 };

/* What the connections of one fake share. */
typedef struct stage {
    const script *script;
    journal *journal;
    tiny *server;
    int stop_fd;    /* readable, and never read, once the fake is to stop */
    int release_fd; /* an eventfd as semaphore: one for each WAIT */
} stage;

typedef struct peer {
    const stage *stage;
    int fd;
    unsigned number;
    request *in;
    FILE *out;
    char *out_data;
    size_t out_size;
    size_t most; /* bytes to read at once */
    int protocol;
    bool gone, over;
    const step *step; /* NULL after the last one */
    size_t next;      /* index of the step after it */
    size_t *rounds;   /* of each REPEAT, by its index: how often it was run */
} peer;

/* Waits for events on fd, or until the fake is to stop. Data that is there comes before the stop. */
typedef enum wait_result { WAIT_READY, WAIT_LATE, WAIT_STOPPED } wait_result;
wait_result stage_wait(const stage *s, int fd, short events, int ms);

/* Takes over a connected, non-blocking socket; peer_free closes it. */
peer *peer_new(const stage *s, int fd, unsigned number);
void peer_free(peer *p);

/* Notes a failure of the step that is played, and ends the connection. */
void peer_fail(peer *p, bool malformed, const char *what);

void peer_send(peer *p, const char *data, size_t len);

/* Sends what is in `out`. */
void peer_flush(peer *p);

/* Runs a command and writes its answer to `out`. */
void peer_answer(peer *p, const word *words, size_t count);

/* Reads what is there, at most so many bytes; returns as recv does. */
ssize_t peer_receive(peer *p, size_t most);

/* The next command: of a client that must have one (else it is a failure), and of one that may as well be done. False:
 * there is none. The words live until the next call. */
bool peer_want(peer *p, const word **words, size_t *count);
bool peer_take(peer *p, const word **words, size_t *count);

#endif
