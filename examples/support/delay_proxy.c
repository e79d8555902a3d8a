/* One thread, one ppoll. A bridge is a client and its connection to the server; each of its two lanes reads from one
 * socket and writes to the other. What a lane reads waits in a queue of chunks, each stamped with the time when it is
 * due; the end of the stream is a chunk without bytes, so it is late by the same delay.
 *
 * ppoll sleeps until a socket is ready or the next chunk is due, whichever is first. A chunk that is due and still
 * there found its socket full: only then does the lane wait for POLLOUT. A lane that holds MAX_HELD stops reading, so
 * that back-pressure goes through as in a real network.
 *
 * Messages are counted as they are passed on. All on one thread, so no request that a client sends in answer to a reply
 * can be seen before that reply is counted. */
#define _GNU_SOURCE
#include "delay_proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "message_counter.h"

enum { MAX_BRIDGES = 64, MAX_HELD = 4 << 20, READ_SIZE = 64 << 10 };

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NEVER INT64_MAX

typedef struct chunk {
    struct chunk *next;
    int64_t due;
    size_t len, sent;
    char data[];
} chunk;

typedef struct lane {
    int from, to;
    chunk *first, *last;
    size_t held;
    bool read_all, passed_all;
    message_counter counter;
} lane;

typedef struct bridge {
    lane request, reply;
    bool broken;
} bridge;

struct delay_proxy {
    int listener, stop;
    int64_t delay;
    pthread_t thread;
    atomic_size_t round_trips;
    struct sockaddr_un upstream, address;
    size_t bridge_count;
    bridge bridges[MAX_BRIDGES];
    char buffer[READ_SIZE];
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* -- lanes ------------------------------------------------------------------------------------------------------- */

static bool hold(lane *l, const char *data, size_t len, int64_t due)
{
    chunk *c = malloc(sizeof *c + len);
    if (!c)
        return false;
    *c = (chunk){.due = due, .len = len};
    memcpy(c->data, data, len);
    if (l->first)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
    l->held += len;
    return true;
}

static void drop_first(lane *l)
{
    chunk *c = l->first;
    l->first = c->next;
    l->held -= c->len;
    free(c);
}

static bool wants_read(const lane *l)
{
    return !l->read_all && l->held < MAX_HELD;
}

static bool wants_write(const lane *l, int64_t now)
{
    return l->first && l->first->due <= now;
}

/* Writes what is due, as far as the socket takes it. False: the connection is broken. */
static bool pass_on(lane *l, int64_t now)
{
    while (wants_write(l, now)) {
        chunk *c = l->first;
        if (c->len == 0) {
            shutdown(l->to, SHUT_WR);
            l->passed_all = true;
        } else {
            ssize_t n = send(l->to, c->data + c->sent, c->len - c->sent, MSG_NOSIGNAL);
            if (n < 0)
                return errno == EAGAIN || errno == EINTR;
            message_counter_feed(&l->counter, c->data + c->sent, (size_t)n);
            c->sent += (size_t)n;
            if (c->sent < c->len)
                return true;
        }
        drop_first(l);
    }
    return true;
}

/* -- bridges ------------------------------------------------------------------------------------------------------- */

/* Nothing is under way: what the client sends next begins a round trip. */
static bool is_idle(const bridge *b)
{
    return !b->request.first && message_counter_between(&b->request.counter) &&
           b->request.counter.messages == b->reply.counter.messages;
}

/* Reads once; what came is due after the delay. False: the connection is broken, or there is no memory. */
static bool take_in(delay_proxy *proxy, bridge *b, lane *l)
{
    ssize_t n = recv(l->from, proxy->buffer, sizeof proxy->buffer, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n > 0 && l == &b->request && is_idle(b))
        atomic_fetch_add(&proxy->round_trips, 1);
    l->read_all = n == 0;
    return hold(l, proxy->buffer, (size_t)n, now_ns() + proxy->delay);
}

static int connect_upstream(const delay_proxy *proxy)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const struct sockaddr *address = (const struct sockaddr *)&proxy->upstream;
    if (connect(fd, address, sizeof proxy->upstream) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void accept_client(delay_proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    int server = connect_upstream(proxy);
    if (server < 0) {
        close(client);
        return;
    }
    proxy->bridges[proxy->bridge_count++] =
        (bridge){.request = {.from = client, .to = server}, .reply = {.from = server, .to = client}};
}

static void close_bridge(delay_proxy *proxy, size_t i)
{
    bridge *b = &proxy->bridges[i];
    while (b->request.first)
        drop_first(&b->request);
    while (b->reply.first)
        drop_first(&b->reply);
    close(b->request.from);
    close(b->reply.from);
    *b = proxy->bridges[--proxy->bridge_count];
}

/* -- the loop ---------------------------------------------------------------------------------------------------- */

/* When the lane has something to do by the clock; a chunk that is due already waits for its socket. */
static int64_t sooner(int64_t next, const lane *l, int64_t now)
{
    return l->first && l->first->due > now && l->first->due < next ? l->first->due : next;
}

/* Passes on what is due by now and closes the bridges that are finished. Returns when the next chunk is due. */
static int64_t pass_on_all(delay_proxy *proxy, int64_t now)
{
    int64_t next = NEVER;
    for (size_t i = proxy->bridge_count; i-- > 0;) {
        bridge *b = &proxy->bridges[i];
        b->broken = b->broken || !pass_on(&b->request, now) || !pass_on(&b->reply, now);
        if (b->broken || (b->request.passed_all && b->reply.passed_all)) {
            close_bridge(proxy, i);
            continue;
        }
        next = sooner(next, &b->request, now);
        next = sooner(next, &b->reply, now);
    }
    return next;
}

/* What to wait for on the socket that `in` reads from and `out` writes to. With no event, the descriptor is -1: poll
 * would report that the peer has hung up all the same, again and again. */
static struct pollfd interest(const lane *in, const lane *out, int64_t now)
{
    int events = (wants_read(in) ? POLLIN : 0) | (wants_write(out, now) ? POLLOUT : 0);
    return (struct pollfd){.fd = events ? in->from : -1, .events = (short)events};
}

static nfds_t all_interests(const delay_proxy *proxy, struct pollfd *fds, int64_t now)
{
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = proxy->stop, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = proxy->bridge_count < MAX_BRIDGES ? proxy->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < proxy->bridge_count; i++) {
        const bridge *b = &proxy->bridges[i];
        fds[n++] = interest(&b->request, &b->reply, now);
        fds[n++] = interest(&b->reply, &b->request, now);
    }
    return n;
}

static void *run(void *arg)
{
    delay_proxy *proxy = arg;
    struct pollfd fds[2 + 2 * MAX_BRIDGES];

    /* Otherwise the kernel may round each sleep up by 50 us. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        int64_t now = now_ns(), next = pass_on_all(proxy, now), wait = next - now;
        struct timespec timeout = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
        nfds_t count = all_interests(proxy, fds, now);
        if (ppoll(fds, count, next == NEVER ? NULL : &timeout, NULL) < 0)
            continue;
        if (fds[0].revents)
            return NULL;
        for (nfds_t n = 2; n < count; n++) {
            bridge *b = &proxy->bridges[(n - 2) / 2];
            lane *l = n % 2 == 0 ? &b->request : &b->reply;
            if (fds[n].revents && wants_read(l))
                b->broken = !take_in(proxy, b, l) || b->broken;
        }
        if (fds[1].revents)
            accept_client(proxy);
    }
}

/* -- start and stop ---------------------------------------------------------------------------------------------- */

/* The socket stands beside the server's, in a folder that is the caller's already; the descriptor makes it unique. */
static bool listen_beside(delay_proxy *proxy, const char *upstream)
{
    proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (proxy->listener < 0)
        return false;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s.slow%d", upstream, proxy->listener);
    if (len < 0 || (size_t)len >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    proxy->upstream.sun_family = AF_UNIX;
    memcpy(proxy->upstream.sun_path, upstream, strlen(upstream));
    if (bind(proxy->listener, (const struct sockaddr *)&address, sizeof address) < 0)
        return false;
    proxy->address = address;
    return listen(proxy->listener, MAX_BRIDGES) == 0;
}

/* The thread takes no signals: those are for the program's own threads. */
static bool start_thread(delay_proxy *proxy)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = pthread_create(&proxy->thread, NULL, run, proxy);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return errno == 0;
}

static void destroy(delay_proxy *proxy)
{
    int error = errno;
    while (proxy->bridge_count > 0)
        close_bridge(proxy, proxy->bridge_count - 1);
    if (proxy->listener >= 0)
        close(proxy->listener);
    if (proxy->address.sun_path[0])
        unlink(proxy->address.sun_path);
    if (proxy->stop >= 0)
        close(proxy->stop);
    free(proxy);
    errno = error;
}

delay_proxy *delay_proxy_start(const char *upstream, unsigned delay_ms)
{
    delay_proxy *proxy = calloc(1, sizeof *proxy);
    if (!proxy)
        return NULL;
    proxy->delay = delay_ms * NS_PER_MS;
    proxy->stop = eventfd(0, EFD_CLOEXEC);
    if (listen_beside(proxy, upstream) && proxy->stop >= 0 && start_thread(proxy))
        return proxy;
    destroy(proxy);
    return NULL;
}

const char *delay_proxy_path(const delay_proxy *proxy)
{
    return proxy->address.sun_path;
}

size_t delay_proxy_round_trips(const delay_proxy *proxy)
{
    return atomic_load(&proxy->round_trips);
}

void delay_proxy_reset(delay_proxy *proxy)
{
    atomic_store(&proxy->round_trips, 0);
}

void delay_proxy_stop(delay_proxy *proxy)
{
    if (!proxy)
        return;
    eventfd_write(proxy->stop, 1);
    pthread_join(proxy->thread, NULL);
    destroy(proxy);
}
