/* What the tests of connections and backends share: small executes that are checked, and a transport that can wait for
 * the peer in the middle of an execute, so that nothing depends on who is faster. For one thread. */
#ifndef TESTS_TEST_CONNECTION_H
#define TESTS_TEST_CONNECTION_H

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include <redpipe/redpipe.h>

#include "net/transport.h"
#include "support/fake.h"
#include "support/kit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* -- executes ------------------------------------------------------------------------------------------------------ */

/* The name works, and is in step: one tagged ECHO. */
static inline void check_echo(const char *name, int tag)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *echo = rp_echo(p, tag);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(echo, tag));
    rp_free(p);
}

/* The same with an INCR, which the server counts. */
static inline void check_incr(const char *name, const char *key, int64_t value)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *count = rp_incr(p, key);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(count), value);
    rp_free(p);
}

/* An INCR by way of a pipeline of its own, nested in p. */
static inline rp_future *nested_incr(rp_pipe *p, const char *name, const char *key)
{
    rp_pipe *part = rp_pipeline(p, .name = name);
    rp_future *count = rp_incr(part, key);

    assert_int_equal(rp_execute(part), RP_OK);
    rp_free(part);
    return count;
}

/* A callback that counts how often it is called. */
static inline rp_status count_call(void *arg)
{
    ++*(int *)arg;
    return RP_OK;
}

/* The thread's last error has this in its message. */
static inline void check_says(const char *text)
{
    if (!strstr(rp_last_error()->message, text))
        fail_msg("'%s' is not in: %s", text, rp_last_error()->message);
}

/* -- the transport ------------------------------------------------------------------------------------------------- */

enum { HOOK_PATIENCE_MS = 10000, HOOK_MOST = 64 };

static struct {
    int fd;            /* of the connection that was made last */
    bool send_late;    /* the next send waits until the peer has ended ... */
    fake *release;     /* ... after it has let one WAIT of this fake pass, where there is one */
    bool receive_late; /* the next receive waits until the peer has ended */
    size_t owed_count;
    struct {
        int fd;
        size_t bytes;
    } owed[HOOK_MOST];
    size_t sends; /* after so many, what is owed is waited for; 0: it is not */
} hook;

/* Waits until the peer has ended its sending, by FIN or RST. */
static inline void hook_wait_end(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLRDHUP};

    assert_int_equal(poll(&end, 1, HOOK_PATIENCE_MS), 1);
}

/* Waits until so many bytes lie in the socket, unread. */
static inline void hook_wait_bytes(int fd, size_t bytes)
{
    struct pollfd first = {.fd = fd, .events = POLLIN};
    int64_t end = kit_now_ms() + HOOK_PATIENCE_MS;
    int there = 0;

    if (bytes)
        assert_int_equal(poll(&first, 1, HOOK_PATIENCE_MS), 1);
    while ((size_t)there < bytes && kit_now_ms() < end) {
        assert_int_equal(ioctl(fd, FIONREAD, &there), 0);
        if ((size_t)there < bytes)
            poll(NULL, 0, 1);
    }
    assert_true((size_t)there >= bytes);
}

/* The connection that was made last is owed so many bytes of answers in the execute to come. */
static inline void hook_owe(size_t bytes)
{
    assert_true(hook.owed_count < HOOK_MOST);
    hook.owed[hook.owed_count].fd = hook.fd;
    hook.owed[hook.owed_count++].bytes = bytes;
}

/* Before an execute: when each connection that is owed something has sent once, the transport waits for all of it.
 * However slow the machine is, it has then arrived before any deadline is looked at. */
static inline void hook_await_owed(void)
{
    hook.sends = hook.owed_count;
}

static inline int hook_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    hook.fd = fd;
    return rpi_plain_transport.connect(fd, address, size);
}

static inline ssize_t hook_send(int fd, struct iovec *parts, size_t count)
{
    ssize_t n;

    if (hook.send_late) {
        if (hook.release)
            fake_release(hook.release);
        hook_wait_end(fd);
    }
    hook.send_late = false;
    hook.release = NULL;
    n = rpi_plain_transport.send(fd, parts, count);
    if (hook.sends && --hook.sends == 0) {
        for (size_t i = 0; i < hook.owed_count; i++)
            hook_wait_bytes(hook.owed[i].fd, hook.owed[i].bytes);
        hook.owed_count = 0;
    }
    return n;
}

static inline ssize_t hook_receive(int fd, void *buffer, size_t size)
{
    if (hook.receive_late)
        hook_wait_end(fd);
    hook.receive_late = false;
    return rpi_plain_transport.receive(fd, buffer, size);
}

static inline ssize_t hook_await(int fd, void *buffer, size_t size, int timeout_ms, int *set)
{
    if (hook.receive_late)
        hook_wait_end(fd);
    hook.receive_late = false;
    return rpi_plain_transport.await(fd, buffer, size, timeout_ms, set);
}

/* Connections opened from now on use the hooks. */
static inline void hook_transport(void)
{
    static rpi_transport_ops ops;

    ops = rpi_plain_transport;
    ops.connect = hook_connect;
    ops.send = hook_send;
    ops.receive = hook_receive;
    ops.await = hook_await;
    rpi_set_transport(&ops);
}

static inline int hook_setup(void **state)
{
    memset(&hook, 0, sizeof hook);
    hook_transport();
    return kit_setup(state);
}

/* Undoes what a test may have set for the process. */
static inline int hook_teardown(void **state)
{
    rpi_set_transport(NULL);
    rp_set_parallel(true);
    return kit_teardown(state);
}

/* A test with this transport. */
#define HOOK_TEST(name) cmocka_unit_test_setup_teardown(name, hook_setup, hook_teardown)

#endif
