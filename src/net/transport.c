/* Plain sockets. EINTR is no event here: each call is repeated, none of them blocks. No signal is ever raised
 * (MSG_NOSIGNAL), and the descriptors of a program that we exec into are none of ours (SOCK_CLOEXEC). */
#define _GNU_SOURCE
#include "net/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

enum { KEEPALIVE_IDLE_S = 15, KEEPALIVE_INTERVAL_S = 5, KEEPALIVE_PROBES = 3, AWAIT_SLACK_MS = 10 };

static const rpi_transport_ops *current = &rpi_plain_transport;

void rpi_set_transport(const rpi_transport_ops *ops)
{
    current = ops ? ops : &rpi_plain_transport;
}

const rpi_transport_ops *rpi_transport(void)
{
    return current;
}

int rpi_socket_open(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, idle = KEEPALIVE_IDLE_S, interval = KEEPALIVE_INTERVAL_S, probes = KEEPALIVE_PROBES;

    if (fd < 0 || family == AF_UNIX)
        return fd;
    /* Best effort: a socket without these works too. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    return fd;
}

int rpi_socket_error(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

static int plain_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    int result = connect(fd, address, size);

    /* POSIX: an interrupted connect goes on by itself. */
    if (result < 0 && errno == EINTR)
        errno = EINPROGRESS;
    return result;
}

static ssize_t plain_send(int fd, struct iovec *parts, size_t count)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t n;

    do
        n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t receive(int fd, void *buffer, size_t size, int flags)
{
    ssize_t n;

    do
        n = recv(fd, buffer, size, flags | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t plain_receive(int fd, void *buffer, size_t size)
{
    return receive(fd, buffer, size, 0);
}

static ssize_t plain_peek(int fd, void *buffer, size_t size)
{
    return receive(fd, buffer, size, MSG_PEEK);
}

static void plain_close(int fd)
{
    close(fd);
}

/* Blocks in the call that receives, which saves the one that polls. The descriptor itself becomes a blocking one: all
 * other calls say MSG_DONTWAIT. Its timeout is set anew only where the old one would be wrong by more
 * than AWAIT_SLACK. */
static ssize_t plain_await(int fd, void *buffer, size_t size, int timeout_ms, int *set)
{
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    ssize_t n;

    if (timeout_ms < 0)
        timeout = (struct timeval){0, 0};
    if (*set == RPI_AWAIT_UNSET && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0)
        return -1;
    if (timeout_ms < 0 ? *set != -1 : *set < timeout_ms || *set > timeout_ms + AWAIT_SLACK_MS) {
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0)
            return -1;
        *set = timeout_ms;
    }
    n = recv(fd, buffer, size, 0);
    if (n < 0 && errno == EINTR)
        errno = EAGAIN;
    return n;
}

const rpi_transport_ops rpi_plain_transport = {plain_connect, plain_send,  plain_receive,
                                               plain_peek,    plain_close, plain_await};
