/* One connection as a state machine: connecting, shaking hands, ready. It never blocks but to resolve a name. */
#ifndef RPI_NET_CONN_H
#define RPI_NET_CONN_H

#include "base/fault.h"
#include "net/transport.h"
#include "net/url.h"
#include "resp/parse.h"

/* What a connection is opened with. Outlives it. */
typedef struct rpi_config {
    rpi_url url;
    int protocol; /* 2, without HELLO; 3; 0: 3, or 2 where the server does not know HELLO */
    const char *client_name;
    rpi_limits limits;
} rpi_config;

typedef enum rpi_conn_state { RPI_CONN_CONNECTING, RPI_CONN_HANDSHAKE, RPI_CONN_READY, RPI_CONN_FAILED } rpi_conn_state;

struct addrinfo;
struct rpi_handshake;

typedef struct rpi_conn {
    struct rpi_conn *next; /* of those that a pool holds */
    const rpi_config *config;
    const rpi_transport_ops *ops;
    int fd;
    rpi_conn_state state;
    int await_set;                        /* see transport.h */
    int protocol;                         /* that the server speaks with us, once ready */
    unsigned generation;                  /* of the process that opened it; see rpi_conn_usable */
    bool plain;                           /* without HELLO */
    bool hung_up;                         /* the peer closed on HELLO: it was opened once more, plain */
    int64_t retry_at;                     /* while its unix socket's backlog is full: when to try again; else 0 */
    int retry_ms;                         /* what that was waited for last */
    unsigned epoch;                       /* for the pool alone: which of its servers it was opened to */
    struct addrinfo *addresses, *address; /* all that the name has, and the one being tried */
    struct rpi_handshake *handshake;      /* while it lasts */
    rpi_fault fault;                      /* where it failed */
    uint64_t *scripts;                    /* that its server has seen: what their digests begin with */
    size_t script_count, script_room;
    rpi_parser parser;
} rpi_conn;

/* Begins to connect, without HELLO where that is known not to work (plain). NULL only without memory; else the state
 * says what is next, RPI_CONN_FAILED included. */
rpi_conn *rpi_conn_open(const rpi_config *config, bool plain);

/* The poll events that it waits for while it is not ready. With retry_at set there is no descriptor, and none. */
short rpi_conn_events(const rpi_conn *conn);

/* What it waits for while it is not ready, in words. */
const char *rpi_conn_awaits(const rpi_conn *conn);

/* Goes on after poll gave one of those events, or an error on the descriptor, or when retry_at has come. */
void rpi_conn_step(rpi_conn *conn);

/* Ready and idle: can it take another batch? Not where the peer has closed it or sent something that nobody asked for,
 * nor in a child process that only inherited it. Pushes are passed over. */
bool rpi_conn_usable(rpi_conn *conn);

/* Has the server seen the script with this digest on this connection? It may have forgotten it since. Remembering may
 * fail, and then nothing is known of it. */
bool rpi_conn_knows(const rpi_conn *conn, uint64_t script);
void rpi_conn_learn(rpi_conn *conn, uint64_t script);
void rpi_conn_unlearn(rpi_conn *conn, uint64_t script);

/* Closes and frees, in any state. */
void rpi_conn_close(rpi_conn *conn);

/* For conn.c and handshake.c alone: fails the connection; the message begins with the server's address. */
void rpi_conn_fail(rpi_conn *conn, rp_status status, const char *what, const char *detail);

#endif
