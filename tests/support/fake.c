/* Notes. One thread accepts; each connection has a thread of its own. fake_stop makes `stop_fd` readable for all of
 * them, joins the accepting thread, and then the others. The list of guests belongs to the accepting thread while that
 * runs; it joins those that are over before it starts a new one, so that a test may connect any number of times.
 *
 * A connection is noted in the journal before it is accepted: a test that sees none in the listening socket's queue and
 * none open can be sure that there is none in between. */
#define _GNU_SOURCE 1
#include "fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kit.h"
#include "play.h"

enum { BACKLOG = 128, STACK = 512 * 1024, SOCKET_BUFFER = 32768 };

/* A connection that is played. */
typedef struct guest {
    struct guest *next;
    fake *host;
    const section *steps;
    int fd;
    unsigned number;
    pthread_t thread;
    atomic_bool over;
} guest;

struct fake {
    stage stage;
    script *script;
    char *folder; /* NULL for TCP */
    char url[160];
    int listen_fd;
    pthread_t thread;
    guest *guests;
};

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    if (pthread_create(thread, &attr, run, arg))
        abort();
    pthread_attr_destroy(&attr);
}

static void *run_guest(void *arg)
{
    guest *g = arg;
    play(&g->host->stage, g->steps, g->fd, g->number);
    journal_closed(g->host->stage.journal);
    atomic_store(&g->over, true);
    return NULL;
}

/* The section of the n-th connection; NULL where there is none. */
static const section *section_of(const script *s, unsigned number)
{
    if (number <= s->section_count)
        return &s->sections[number - 1];
    return s->last_repeats ? &s->sections[s->section_count - 1] : NULL;
}

static void join_guests(fake *f, bool all)
{
    for (guest **p = &f->guests; *p;) {
        guest *g = *p;
        if (!all && !atomic_load(&g->over)) {
            p = &g->next;
            continue;
        }
        *p = g->next;
        pthread_join(g->thread, NULL);
        free(g);
    }
}

/* Of a TCP connection the receive buffer must be small from the start, that is, on the listening socket: after that the
 * kernel drops what it had promised to take. */
static void shrink_buffer(int fd, int which)
{
    int size = SOCKET_BUFFER;
    setsockopt(fd, SOL_SOCKET, which, &size, sizeof size);
}

static void accept_guest(fake *f)
{
    int yes = 1;
    unsigned number = journal_opened(f->stage.journal);
    const section *steps = section_of(f->script, number);
    int fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        journal_fail(f->stage.journal, false, "connection %u: accept: %s", number, strerror(errno));
    if (fd < 0 || !steps) {
        if (fd >= 0)
            close(fd);
        journal_closed(f->stage.journal);
        return;
    }
    shrink_buffer(fd, SO_SNDBUF);
    if (!f->folder)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    join_guests(f, false);
    guest *g = kit_alloc(sizeof *g);
    *g = (guest){.next = f->guests, .host = f, .steps = steps, .fd = fd, .number = number};
    f->guests = g;
    start_thread(&g->thread, run_guest, g);
}

static void *run_fake(void *arg)
{
    fake *f = arg;
    for (;;) {
        wait_result result = stage_wait(&f->stage, f->listen_fd, POLLIN, PATIENCE_MS);
        if (result == WAIT_STOPPED)
            return NULL;
        if (result == WAIT_READY)
            accept_guest(f);
    }
}

static void listen_unix(fake *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    f->folder = kit_folder_make();
    size_t size = sizeof address.sun_path;
    if ((size_t)snprintf(address.sun_path, size, "%s/fake.sock", f->folder) >= size) {
        fprintf(stderr, "fake: %s is too long for a unix socket: set TMPDIR\n", f->folder);
        abort();
    }
    snprintf(f->url, sizeof f->url, "unix://%s", address.sun_path);
    f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(f->listen_fd, (struct sockaddr *)&address, sizeof address) || listen(f->listen_fd, BACKLOG)) {
        perror(f->url);
        abort();
    }
}

static void listen_tcp(fake *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    f->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    shrink_buffer(f->listen_fd, SO_RCVBUF);
    if (bind(f->listen_fd, (struct sockaddr *)&address, size) || listen(f->listen_fd, BACKLOG) ||
        getsockname(f->listen_fd, (struct sockaddr *)&address, &size)) {
        perror("fake: 127.0.0.1");
        abort();
    }
    snprintf(f->url, sizeof f->url, "redis://127.0.0.1:%d", ntohs(address.sin_port));
}

static fake *start(const char *text, void (*listen_on)(fake *))
{
    char error[200];
    script *s = script_new(text);
    if (s->error[0]) {
        memcpy(error, s->error, sizeof s->error);
        script_free(s);
        fail_msg("%s", error);
    }
    fake *f = kit_alloc(sizeof *f);
    f->script = s;
    f->stage = (stage){.script = s, .journal = journal_new(), .server = tiny_new()};
    f->stage.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    f->stage.release_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (f->stage.stop_fd < 0 || f->stage.release_fd < 0)
        abort();
    listen_on(f);
    start_thread(&f->thread, run_fake, f);
    return f;
}

fake *fake_start(const char *text)
{
    return start(text, listen_unix);
}

fake *fake_start_tcp(const char *text)
{
    return start(text, listen_tcp);
}

const char *fake_url(const fake *f)
{
    return f->url;
}

void fake_release(fake *f)
{
    eventfd_write(f->stage.release_fd, 1);
}

void fake_wait_commands(fake *f, size_t count)
{
    if (!journal_wait_commands(f->stage.journal, count, PATIENCE_MS))
        fail_msg("fake: %zu commands wanted, %zu received within 60 s", count, fake_commands(f));
}

void fake_wait_closed(fake *f)
{
    struct pollfd queue = {.fd = f->listen_fd, .events = POLLIN};
    int64_t end = kit_now_ms() + PATIENCE_MS;
    while (kit_now_ms() < end) {
        unsigned seen = fake_connections(f);
        if (!journal_wait_closed(f->stage.journal, PATIENCE_MS))
            break;
        if (poll(&queue, 1, 0) > 0)
            journal_wait_connections(f->stage.journal, seen + 1, PATIENCE_MS);
        else if (fake_connections(f) == seen)
            return;
    }
    fail_msg("fake: a connection is still open after 60 s");
}

unsigned fake_connections(fake *f)
{
    return journal_connections(f->stage.journal);
}

size_t fake_commands(fake *f)
{
    return journal_commands(f->stage.journal);
}

const char *fake_command(fake *f, size_t i)
{
    return journal_command_text(f->stage.journal, i);
}

int64_t fake_count(fake *f, const char *key)
{
    return tiny_count(f->stage.server, key);
}

size_t fake_bytes(fake *f)
{
    return journal_bytes_seen(f->stage.journal);
}

const char *fake_failure(fake *f)
{
    return journal_failure(f->stage.journal);
}

static void check_sections(fake *f)
{
    const script *s = f->script;
    for (size_t i = fake_connections(f); i < s->section_count - s->last_repeats; i++) {
        if (s->sections[i].begin < s->sections[i].end)
            journal_fail(f->stage.journal, false, "connection %zu never came", i + 1);
    }
}

/* Ends and frees everything; writes the first failure, of any kind or only a malformed request, or an empty text. */
static void end(fake *f, bool only_malformed, char *failure, size_t size)
{
    eventfd_write(f->stage.stop_fd, 1);
    pthread_join(f->thread, NULL);
    join_guests(f, true);
    check_sections(f);
    journal *j = f->stage.journal;
    const char *text = only_malformed ? journal_malformed(j) : journal_failure(j);
    snprintf(failure, size, "%s", text ? text : "");
    close(f->listen_fd);
    close(f->stage.stop_fd);
    close(f->stage.release_fd);
    if (f->folder)
        kit_folder_remove(f->folder);
    journal_free(j);
    tiny_free(f->stage.server);
    script_free(f->script);
    free(f);
}

void fake_stop(fake *f)
{
    char failure[400];
    end(f, false, failure, sizeof failure);
    if (failure[0])
        fail_msg("fake: %s", failure);
}

void fake_stop_any(fake *f)
{
    char failure[400];
    end(f, true, failure, sizeof failure);
    if (failure[0])
        fail_msg("fake: %s", failure);
}
