/* How bytes travel: the few operations that a connection needs of its socket.
 *
 * The table is the place for TLS, and for tests: one that wraps the plain operations can cut, delay and fail
 * any call. */
#ifndef RPI_NET_TRANSPORT_H
#define RPI_NET_TRANSPORT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* None blocks, but await. -1 with errno: EAGAIN where it would block, else the connection is lost. */
typedef struct rpi_transport_ops {
    int (*connect)(int fd, const struct sockaddr *address, socklen_t size); /* -1 with EINPROGRESS: under way */
    ssize_t (*send)(int fd, struct iovec *parts, size_t count);
    ssize_t (*receive)(int fd, void *buffer, size_t size); /* 0: the peer has closed */
    ssize_t (*peek)(int fd, void *buffer, size_t size);    /* as receive; the bytes stay */
    void (*close)(int fd);
    /* As receive, but waits up to so many milliseconds, -1 for ever; EAGAIN: nothing came, or a signal did. *set is
     * what the call keeps about the descriptor, RPI_AWAIT_UNSET at first. NULL: there is no such call; poll instead. */
    ssize_t (*await)(int fd, void *buffer, size_t size, int timeout_ms, int *set);
} rpi_transport_ops;

#define RPI_AWAIT_UNSET INT_MIN

/* Sockets. */
extern const rpi_transport_ops rpi_plain_transport;

/* What connections opened from now on use; for tests. NULL: sockets. */
void rpi_set_transport(const rpi_transport_ops *ops);
const rpi_transport_ops *rpi_transport(void);

/* A non-blocking, close-on-exec socket for the family, with TCP_NODELAY and keepalive where it is TCP; -1
 * with errno. */
int rpi_socket_open(int family);

/* How a connect that was under way ended: 0, or an errno. */
int rpi_socket_error(int fd);

#endif
