/* Notes. One lock for everything, and one condition that is signalled with each change. Texts are only added, never
 * changed or moved, so that a pointer to one may be handed out without the lock. */
#define _GNU_SOURCE 1
#include "journal.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit.h"

enum { LONGEST_TEXT = 250 };

struct journal {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char **commands;
    size_t command_count, command_capacity;
    size_t bytes;
    unsigned connections, open;
    char failure[400], malformed[400];
};

journal *journal_new(void)
{
    journal *j = kit_alloc(sizeof *j);
    pthread_condattr_t attr;
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&j->changed, &attr);
    pthread_condattr_destroy(&attr);
    return j;
}

void journal_free(journal *j)
{
    for (size_t i = 0; i < j->command_count; i++)
        free(j->commands[i]);
    free(j->commands);
    pthread_cond_destroy(&j->changed);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

static void changed(journal *j)
{
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
}

void journal_command(journal *j, const word *words, size_t count)
{
    char text[LONGEST_TEXT + sizeof "..."];
    words_text(words, count, text, sizeof text);
    size_t size = strlen(text) + 1;
    char *copy = kit_alloc(size);
    memcpy(copy, text, size);
    pthread_mutex_lock(&j->lock);
    if (j->command_count == j->command_capacity) {
        j->command_capacity = j->command_capacity * 2 + 64;
        j->commands = kit_realloc(j->commands, j->command_capacity * sizeof *j->commands);
    }
    j->commands[j->command_count++] = copy;
    changed(j);
}

void journal_bytes(journal *j, size_t n)
{
    pthread_mutex_lock(&j->lock);
    j->bytes += n;
    pthread_mutex_unlock(&j->lock);
}

unsigned journal_opened(journal *j)
{
    pthread_mutex_lock(&j->lock);
    unsigned number = ++j->connections;
    j->open++;
    changed(j);
    return number;
}

void journal_closed(journal *j)
{
    pthread_mutex_lock(&j->lock);
    j->open--;
    changed(j);
}

void journal_fail(journal *j, bool malformed, const char *format, ...)
{
    char text[sizeof j->failure];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pthread_mutex_lock(&j->lock);
    if (!j->failure[0])
        memcpy(j->failure, text, sizeof text);
    if (malformed && !j->malformed[0])
        memcpy(j->malformed, text, sizeof text);
    changed(j);
}

static const char *text_or_null(journal *j, const char *text)
{
    pthread_mutex_lock(&j->lock);
    bool there = text[0] != '\0';
    pthread_mutex_unlock(&j->lock);
    return there ? text : NULL;
}

const char *journal_failure(journal *j)
{
    return text_or_null(j, j->failure);
}

const char *journal_malformed(journal *j)
{
    return text_or_null(j, j->malformed);
}

size_t journal_commands(journal *j)
{
    pthread_mutex_lock(&j->lock);
    size_t n = j->command_count;
    pthread_mutex_unlock(&j->lock);
    return n;
}

const char *journal_command_text(journal *j, size_t i)
{
    pthread_mutex_lock(&j->lock);
    const char *text = i < j->command_count ? j->commands[i] : NULL;
    pthread_mutex_unlock(&j->lock);
    return text;
}

size_t journal_bytes_seen(journal *j)
{
    pthread_mutex_lock(&j->lock);
    size_t n = j->bytes;
    pthread_mutex_unlock(&j->lock);
    return n;
}

unsigned journal_connections(journal *j)
{
    pthread_mutex_lock(&j->lock);
    unsigned n = j->connections;
    pthread_mutex_unlock(&j->lock);
    return n;
}

static struct timespec deadline(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static bool enough_commands(const journal *j, size_t count)
{
    return j->command_count >= count;
}

static bool enough_connections(const journal *j, size_t count)
{
    return j->connections >= count;
}

static bool none_open(const journal *j, size_t unused)
{
    (void)unused;
    return j->open == 0;
}

static bool wait_until(journal *j, bool (*done)(const journal *, size_t), size_t count, int ms)
{
    struct timespec end = deadline(ms);
    int result = 0;
    pthread_mutex_lock(&j->lock);
    while (!done(j, count) && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&j->changed, &j->lock, &end);
    bool reached = done(j, count);
    pthread_mutex_unlock(&j->lock);
    return reached;
}

bool journal_wait_commands(journal *j, size_t count, int ms)
{
    return wait_until(j, enough_commands, count, ms);
}

bool journal_wait_connections(journal *j, unsigned count, int ms)
{
    return wait_until(j, enough_connections, count, ms);
}

bool journal_wait_closed(journal *j, int ms)
{
    return wait_until(j, none_open, 0, ms);
}
