/* Connecting tries the addresses of the name in the resolver's order, each until it fails; the deadline over all of it
 * is the caller's. Names are resolved by getaddrinfo, which blocks; numeric addresses and unix sockets do not.
 *
 * After fork both processes hold the same sockets. The child must not write to them, nor shut them down: it closes its
 * descriptors and opens connections of its own. Which is which tells a counter that the child's fork handler moves. */
#define _GNU_SOURCE
#include "net/conn.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "net/handshake.h"

enum {
    IDLE_PIECES = 16,   /* of pushes that are read before a connection is given up */
    RETRY_MOST_MS = 32, /* between two looks at a backlog that is full */
    MOST_SCRIPTS = 512, /* that are remembered; what comes after them is sent whole each time */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned generation;

static void count_fork(void)
{
    generation++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

void rpi_conn_fail(rpi_conn *conn, rp_status status, const char *what, const char *detail)
{
    const rpi_url *url = &conn->config->url;
    char shown[RPI_PRINTABLE_SIZE(40)];

    rpi_printable(shown, sizeof shown, url->path ? url->path : url->host, strlen(url->path ? url->path : url->host));
    rpi_fault_set(&conn->fault, status, "%s%s%s: %s%s%s%s", shown, url->path ? "" : ":", url->path ? "" : url->port,
                  conn->hung_up ? "it hung up on HELLO; without it: " : "", what, detail ? ": " : "",
                  detail ? detail : "");
    conn->state = RPI_CONN_FAILED;
}

static void drop_socket(rpi_conn *conn)
{
    if (conn->fd >= 0)
        conn->ops->close(conn->fd);
    conn->fd = -1;
}

/* One address; true: connected or under way. */
static bool try_address(rpi_conn *conn, int family, const struct sockaddr *address, socklen_t size)
{
    conn->fd = rpi_socket_open(family);
    if (conn->fd < 0)
        return false;
    if (conn->ops->connect(conn->fd, address, size) == 0) {
        rpi_handshake_start(conn);
        return true;
    }
    if (errno == EINPROGRESS) {
        conn->state = RPI_CONN_CONNECTING;
        return true;
    }
    return false;
}

/* The kernel tells nobody when a backlog has room again, so there is nothing to poll. */
static void wait_for_backlog(rpi_conn *conn)
{
    drop_socket(conn);
    conn->retry_ms = conn->retry_ms == 0 ? 1 : conn->retry_ms < RETRY_MOST_MS ? conn->retry_ms * 2 : conn->retry_ms;
    conn->retry_at = rpi_now_ms() + conn->retry_ms;
    conn->state = RPI_CONN_CONNECTING;
}

static void connect_unix(rpi_conn *conn)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, conn->config->url.path, strlen(conn->config->url.path) + 1);
    conn->retry_at = 0;
    if (try_address(conn, AF_UNIX, (const struct sockaddr *)&address, sizeof address))
        return;
    if (errno == EAGAIN)
        wait_for_backlog(conn);
    else
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "cannot connect", strerrordesc_np(errno));
}

/* The first of the addresses from here on that does not fail at once. */
static void connect_next(rpi_conn *conn, int error)
{
    for (; conn->address; conn->address = conn->address->ai_next) {
        drop_socket(conn);
        if (try_address(conn, conn->address->ai_family, conn->address->ai_addr, conn->address->ai_addrlen))
            return;
        error = errno;
    }
    rpi_conn_fail(conn, RP_CONNECTION_ERROR, "cannot connect", strerrordesc_np(error));
}

static void resolve(rpi_conn *conn)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int error = getaddrinfo(conn->config->url.host, conn->config->url.port, &hints, &conn->addresses);

    if (error) {
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "cannot resolve the name", gai_strerror(error));
        return;
    }
    conn->address = conn->addresses;
    connect_next(conn, 0);
}

/* To the address that was tried last, or the first one. */
static void connect_again(rpi_conn *conn)
{
    if (conn->config->url.path)
        connect_unix(conn);
    else
        connect_next(conn, 0);
}

/* Without HELLO, on which the peer hung up. */
static void open_plain(rpi_conn *conn)
{
    rpi_handshake_free(conn->handshake);
    conn->handshake = NULL;
    drop_socket(conn);
    conn->plain = true;
    rpi_parser_init(&conn->parser, NULL, &conn->config->limits);
    connect_again(conn);
}

rpi_conn *rpi_conn_open(const rpi_config *config, bool plain)
{
    rpi_conn *conn = rpi_malloc(sizeof *conn);

    if (!conn)
        return NULL;
    pthread_once(&once, watch_forks);
    conn->next = NULL;
    conn->config = config;
    conn->ops = rpi_transport();
    conn->fd = -1;
    conn->await_set = RPI_AWAIT_UNSET;
    conn->protocol = 2;
    conn->generation = generation;
    conn->plain = plain || config->protocol == 2;
    conn->hung_up = false;
    conn->retry_at = 0;
    conn->retry_ms = 0;
    conn->epoch = 0;
    conn->addresses = conn->address = NULL;
    conn->handshake = NULL;
    conn->scripts = NULL;
    conn->script_count = conn->script_room = 0;
    rpi_parser_init(&conn->parser, NULL, &config->limits);
    if (config->url.path)
        connect_unix(conn);
    else
        resolve(conn);
    return conn;
}

short rpi_conn_events(const rpi_conn *conn)
{
    if (conn->retry_at)
        return 0;
    if (conn->state == RPI_CONN_CONNECTING)
        return POLLOUT;
    return rpi_handshake_writes(conn) ? POLLOUT : POLLIN;
}

const char *rpi_conn_awaits(const rpi_conn *conn)
{
    if (conn->retry_at)
        return "room in the backlog of the unix socket";
    return conn->state == RPI_CONN_HANDSHAKE ? rpi_handshake_step_name(conn) : "the connect";
}

void rpi_conn_step(rpi_conn *conn)
{
    int error;

    if (conn->retry_at) {
        connect_unix(conn);
    } else if (conn->state == RPI_CONN_CONNECTING) {
        error = rpi_socket_error(conn->fd);
        if (!error) {
            rpi_handshake_start(conn);
        } else {
            conn->address = conn->address ? conn->address->ai_next : NULL;
            connect_next(conn, error);
        }
    }
    if (conn->state == RPI_CONN_HANDSHAKE)
        rpi_handshake_step(conn);
    if (rpi_handshake_hung_up(conn))
        open_plain(conn);
}

/* What arrived while it was idle may be pushes only. */
static bool only_pushes(rpi_conn *conn)
{
    char buffer[4096];
    char *position = buffer;
    ssize_t n = conn->ops->receive(conn->fd, buffer, sizeof buffer);

    return n > 0 && conn->parser.pushes && rpi_parse_rest(&conn->parser, &position, buffer + n) == RPI_PARSE_DONE;
}

bool rpi_conn_usable(rpi_conn *conn)
{
    char byte;
    ssize_t n;

    if (conn->generation != generation)
        return false;
    for (int pieces = 0; pieces < IDLE_PIECES; pieces++) {
        n = conn->ops->peek(conn->fd, &byte, 1);
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (n == 0 || byte != '>' || !only_pushes(conn))
            return false;
    }
    return false;
}

static size_t place_of(const rpi_conn *conn, uint64_t script)
{
    size_t i = 0;

    while (i < conn->script_count && conn->scripts[i] != script)
        i++;
    return i;
}

bool rpi_conn_knows(const rpi_conn *conn, uint64_t script)
{
    return place_of(conn, script) < conn->script_count;
}

void rpi_conn_learn(rpi_conn *conn, uint64_t script)
{
    size_t room = conn->script_room ? conn->script_room * 2 : 8;
    uint64_t *scripts;

    if (rpi_conn_knows(conn, script))
        return;
    if (conn->script_count == conn->script_room) {
        if (room > MOST_SCRIPTS)
            return;
        scripts = rpi_realloc(conn->scripts, room * sizeof *scripts);
        if (!scripts)
            return;
        conn->scripts = scripts;
        conn->script_room = room;
    }
    conn->scripts[conn->script_count++] = script;
}

void rpi_conn_unlearn(rpi_conn *conn, uint64_t script)
{
    size_t i = place_of(conn, script);

    if (i < conn->script_count)
        conn->scripts[i] = conn->scripts[--conn->script_count];
}

void rpi_conn_close(rpi_conn *conn)
{
    drop_socket(conn);
    rpi_free(conn->scripts);
    if (conn->addresses)
        freeaddrinfo(conn->addresses);
    rpi_handshake_free(conn->handshake);
    rpi_free(conn);
}
