/* What a fake server saw: commands, bytes, connections and failures, over all its connections. Any thread. */
#ifndef TESTS_JOURNAL_H
#define TESTS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

typedef struct journal journal;

journal *journal_new(void);
void journal_free(journal *j);

void journal_command(journal *j, const word *words, size_t count);
void journal_bytes(journal *j, size_t n);

/* A connection comes: its number, from 1; and one has ended. */
unsigned journal_opened(journal *j);
void journal_closed(journal *j);

/* Notes a failure. A malformed request is one that nothing forgives. */
void journal_fail(journal *j, bool malformed, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The first failure, or NULL; and the first malformed request, or NULL. */
const char *journal_failure(journal *j);
const char *journal_malformed(journal *j);

size_t journal_commands(journal *j);
const char *journal_command_text(journal *j, size_t i);
size_t journal_bytes_seen(journal *j);
unsigned journal_connections(journal *j);

/* Waits until there were so many commands or connections, or no connection is open. False: not within ms. */
bool journal_wait_commands(journal *j, size_t count, int ms);
bool journal_wait_connections(journal *j, unsigned count, int ms);
bool journal_wait_closed(journal *j, int ms);

#endif
