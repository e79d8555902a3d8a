/* A server that a name is bound to, and the pool of connections to it. */
#ifndef RPI_ROUTE_SERVER_H
#define RPI_ROUTE_SERVER_H

#include <pthread.h>
#include <redpipe/connection.h>

#include "net/conn.h"

/* What the connections of a server have shown about HELLO. */
typedef enum rpi_hello {
    RPI_HELLO_UNTRIED,
    RPI_HELLO_ANSWERED,
    RPI_HELLO_HUNG_UP, /* one was closed on it, and opened again without: so are those that come */
} rpi_hello;

typedef struct rpi_server {
    char *name; /* NULL: the default connection */
    char *client_name;
    rpi_config config;
    bool transaction;                   /* batches are wrapped in MULTI and EXEC */
    int connect_timeout_ms, timeout_ms; /* timeout_ms -1: none */
    unsigned refs;                      /* the registry's, and one for each execute; under the registry's lock */
    pthread_mutex_t lock;               /* of all below */
    pthread_cond_t returned;
    rpi_conn *idle;
    rpi_hello hello;
    int open, most; /* connections, idle and in use */
    bool dropped;   /* out of the registry: what comes back is closed */
    unsigned epoch; /* goes up when all that is open is to be closed: what is of an older one when it comes back */
} rpi_server;

/* A server that nothing is connected to yet; takes over the url, also on failure. RP_OK, or the status, raised. */
rp_status rpi_server_new(rpi_server **out, const char *name, rpi_url *url, const rp_connect_opts *opts);

/* When the last reference is gone: closes what is idle, and frees. Nothing is in use then. */
void rpi_server_free(rpi_server *server);

/* Out of the registry: closes what is idle, and what comes back later. */
void rpi_server_drop(rpi_server *server);

/* Closes what is idle now, and what is in use when it comes back. */
void rpi_server_refresh(rpi_server *server);

/* The same, because of what was answered on this connection; nothing where that has been done since it was opened. */
void rpi_server_suspect(rpi_server *server, const rpi_conn *conn);

/* A connection for one execute: an idle one that is still usable, or a new one that begins to connect. Waits for one to
 * come back where the pool is exhausted. RP_TIMEOUT, RP_NO_MEMORY: not raised. */
rp_status rpi_server_take(rpi_server *server, int64_t deadline, rpi_conn **out);

/* Gives it back; one that is not healthy is closed. */
void rpi_server_give(rpi_server *server, rpi_conn *conn, bool healthy);

#endif
