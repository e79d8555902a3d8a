/* Notes. What happens to a connection while it is idle, what the program's other processes see of it, and what happens
 * when it breaks just as we send. The transport is hooked in two places: connect, so that a test knows the socket and
 * can wait until the peer's bytes or its close have arrived; and send, so that a close can come right before it. */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <redpipe/redpipe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/transport.h"
#include "support/fake.h"
#include "support/kit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { WAIT_MS = 10000 };

static int last_fd;   /* of the connection made last */
static fake *closing; /* the next send lets one WAIT of this fake pass, and waits until it has closed */

static int connect_noting(int fd, const struct sockaddr *address, socklen_t size)
{
    last_fd = fd;
    return rpi_plain_transport.connect(fd, address, size);
}

static ssize_t send_after_close(int fd, struct iovec *parts, size_t count)
{
    struct pollfd end = {.fd = fd, .events = POLLRDHUP};

    if (closing) {
        fake_release(closing);
        assert_int_equal(poll(&end, 1, WAIT_MS), 1);
    }
    closing = NULL;
    return rpi_plain_transport.send(fd, parts, count);
}

static int hook_transport(void **state)
{
    static rpi_transport_ops ops;

    closing = NULL;
    ops = rpi_plain_transport;
    ops.connect = connect_noting;
    ops.send = send_after_close;
    rpi_set_transport(&ops);
    return kit_setup(state);
}

static int reset_transport(void **state)
{
    rpi_set_transport(NULL);
    return kit_teardown(state);
}

/* Waits until so many bytes lie in the socket made last; with 0, until its peer has closed. */
static void wait_arrived(size_t bytes)
{
    struct pollfd event = {.fd = last_fd, .events = bytes ? POLLIN : POLLRDHUP};
    int64_t end = kit_now_ms() + WAIT_MS;
    int there = 0;

    assert_int_equal(poll(&event, 1, WAIT_MS), 1);
    while ((size_t)there < bytes && kit_now_ms() < end)
        assert_int_equal(ioctl(last_fd, FIONREAD, &there), 0);
    assert_true((size_t)there >= bytes);
}

/* The name works, and is in step: one tagged ECHO. */
static void check_echo(const char *name, int tag)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *echo = rp_echo(p, tag);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(echo, tag));
    rp_free(p);
}

static void check_incr(const char *name, int64_t value)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *count = rp_incr(p, "k");

    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(count), value);
    rp_free(p);
}

/* -- closed while idle --------------------------------------------------------------------------------------------- */

static void check_reopened(fake *f)
{
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    for (int i = 1; i <= 4; i++) {
        check_incr("users", i);
        assert_int_equal(fake_connections(f), i);
        if (i < 4) {
            fake_release(f);
            wait_arrived(0);
        }
    }
    assert_int_equal(fake_count(f, "k"), 4);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_c12_closed_while_idle(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nWAIT\nCLOSE\n"
                                 "CONNECTION\nHELLO\nSERVE 1\nWAIT\nRESET\n"
                                 "CONNECTION\nHELLO\nSERVE 1\nWAIT\nHALFCLOSE\nSTALL\n"
                                 "CONNECTION *\nSERVE\n";
    (void)state;
    check_reopened(fake_start(script));
    check_reopened(fake_start_tcp(script));
}

/* All connections of a pool were closed: each is found, and one new one serves. */
static void test_c12_whole_pool_closed_while_idle(void **state)
{
    fake *f = fake_start("REPEAT 1\nSERVE 3\nEND\nWAIT\nCLOSE\nCONNECTION\nSERVE 2\nWAIT\nCLOSE\nCONNECTION *\nSERVE\n");
    rp_pipe *outer = rp_pipeline(NULL), *inner;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f), .pool_size = 2), RP_OK);
    check_echo(NULL, 1);
    check_echo(NULL, 2);
    assert_int_equal(fake_connections(f), 1);
    rp_free(outer);
    inner = NULL;
    (void)inner;
    rp_disconnect(NULL);
    fake_stop_any(f);
}
