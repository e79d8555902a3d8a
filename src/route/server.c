/* A pool holds connections that are idle, as a stack, so that the one used last, which is the most likely to be alive,
 * is used first. Opening, checking and closing are system calls and happen outside of the lock; `open` counts a
 * connection from before it is opened until it is closed, so there are never more than `most`.
 *
 * A connection carries the epoch in which it was allowed to be opened. Where all that is open is to be closed, the
 * epoch ends: so no list of what is in use is needed, and what is just being opened is closed in its time as well. */
#define _POSIX_C_SOURCE 200809L
#include "route/server.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"

static rp_status init_pool(rpi_server *server)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0)
        return RP_NO_MEMORY;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    made = pthread_cond_init(&server->returned, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    if (!made)
        return RP_NO_MEMORY;
    if (pthread_mutex_init(&server->lock, NULL) == 0)
        return RP_OK;
    pthread_cond_destroy(&server->returned);
    return RP_NO_MEMORY;
}

static rp_status copy_texts(rpi_server *server, const char *name, const char *client_name)
{
    if (name)
        server->name = rpi_copy_text(name, strlen(name));
    if (client_name)
        server->client_name = rpi_copy_text(client_name, strlen(client_name));
    server->config.client_name = server->client_name;
    return (name && !server->name) || (client_name && !server->client_name) ? RP_NO_MEMORY : RP_OK;
}

rp_status rpi_server_new(rpi_server **out, const char *name, rpi_url *url, const rp_connect_opts *opts)
{
    static const rpi_limits defaults = RPI_DEFAULT_LIMITS;
    rpi_server *server = rpi_zalloc(sizeof *server);

    if (!server || copy_texts(server, name, opts->client_name) != RP_OK || init_pool(server) != RP_OK) {
        if (server) {
            rpi_free(server->name);
            rpi_free(server->client_name);
        }
        rpi_free(server);
        rpi_url_free(url);
        return rpi_fail(RP_NO_MEMORY, "no memory to bind a connection");
    }
    server->config.url = *url;
    server->config.protocol = opts->protocol;
    server->config.limits.max_bulk = opts->max_bulk_bytes ? opts->max_bulk_bytes : defaults.max_bulk;
    server->config.limits.max_elements = opts->max_elements ? opts->max_elements : defaults.max_elements;
    server->config.limits.max_line = opts->max_line_bytes ? opts->max_line_bytes : defaults.max_line;
    server->transaction = opts->transaction;
    server->connect_timeout_ms = opts->connect_timeout_ms ? opts->connect_timeout_ms : 5000;
    server->timeout_ms = opts->timeout_ms ? opts->timeout_ms : 30000;
    server->most = opts->pool_size ? opts->pool_size : 16;
    server->refs = 1;
    *out = server;
    return RP_OK;
}

static void close_all(rpi_conn *conn)
{
    while (conn) {
        rpi_conn *next = conn->next;

        rpi_conn_close(conn);
        conn = next;
    }
}

void rpi_server_free(rpi_server *server)
{
    close_all(server->idle);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->returned);
    rpi_url_free(&server->config.url);
    rpi_free(server->name);
    rpi_free(server->client_name);
    rpi_free(server);
}

/* Under the lock: ends what is open now, and returns what of it is idle, to be closed outside. */
static rpi_conn *end_epoch(rpi_server *server)
{
    rpi_conn *idle = server->idle;

    server->epoch++;
    server->idle = NULL;
    for (rpi_conn *conn = idle; conn; conn = conn->next) {
        server->open--;
        pthread_cond_signal(&server->returned);
    }
    return idle;
}

void rpi_server_refresh(rpi_server *server)
{
    rpi_conn *idle;

    pthread_mutex_lock(&server->lock);
    idle = end_epoch(server);
    pthread_mutex_unlock(&server->lock);
    close_all(idle);
}

void rpi_server_suspect(rpi_server *server, const rpi_conn *conn)
{
    rpi_conn *idle = NULL;

    pthread_mutex_lock(&server->lock);
    if (conn->epoch == server->epoch)
        idle = end_epoch(server);
    pthread_mutex_unlock(&server->lock);
    close_all(idle);
}

void rpi_server_drop(rpi_server *server)
{
    rpi_conn *idle;

    pthread_mutex_lock(&server->lock);
    server->dropped = true;
    idle = end_epoch(server);
    pthread_mutex_unlock(&server->lock);
    close_all(idle);
}

static void to_timespec(int64_t deadline, struct timespec *at)
{
    at->tv_sec = (time_t)(deadline / 1000);
    at->tv_nsec = (long)(deadline % 1000) * 1000000;
}

/* Leave to open a connection. */
typedef struct leave {
    unsigned epoch;
    bool plain;
} leave;

/* Under the lock: an idle connection, or leave to open one (*out NULL). Waits for either. */
static rp_status take_idle_or_leave(rpi_server *server, int64_t deadline, rpi_conn **out, leave *given)
{
    struct timespec at;
    int error = 0;

    if (deadline != RPI_NEVER)
        to_timespec(deadline, &at);
    while (!server->idle && server->open >= server->most && !error)
        error = deadline == RPI_NEVER ? pthread_cond_wait(&server->returned, &server->lock)
                                      : pthread_cond_timedwait(&server->returned, &server->lock, &at);
    *out = server->idle;
    *given = (leave){server->epoch, server->hello == RPI_HELLO_HUNG_UP};
    if (server->idle)
        server->idle = server->idle->next;
    else if (server->open < server->most)
        server->open++;
    else
        return RP_TIMEOUT;
    return RP_OK;
}

/* One connection less; whoever waits may open one. */
static void count_closed(rpi_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->open--;
    pthread_cond_signal(&server->returned);
    pthread_mutex_unlock(&server->lock);
}

rp_status rpi_server_take(rpi_server *server, int64_t deadline, rpi_conn **out)
{
    rp_status status;
    leave given;

    for (;;) {
        pthread_mutex_lock(&server->lock);
        status = take_idle_or_leave(server, deadline, out, &given);
        pthread_mutex_unlock(&server->lock);
        if (status != RP_OK)
            return status;
        if (!*out)
            break;
        if (rpi_conn_usable(*out))
            return RP_OK;
        rpi_conn_close(*out);
        count_closed(server);
    }
    *out = rpi_conn_open(&server->config, given.plain);
    if (!*out) {
        count_closed(server);
        return RP_NO_MEMORY;
    }
    (*out)->epoch = given.epoch;
    return RP_OK;
}

/* Under the lock. A server that has ever answered HELLO had another reason to hang up. What is remembered of one that
 * has not is doubted when it can't be reached without HELLO either. */
static void learn_hello(rpi_server *server, const rpi_conn *conn)
{
    if (conn->state == RPI_CONN_READY && !conn->plain)
        server->hello = RPI_HELLO_ANSWERED;
    else if (conn->state == RPI_CONN_READY && server->hello == RPI_HELLO_UNTRIED)
        server->hello = RPI_HELLO_HUNG_UP;
    else if (conn->state == RPI_CONN_FAILED && server->hello == RPI_HELLO_HUNG_UP)
        server->hello = RPI_HELLO_UNTRIED;
}

void rpi_server_give(rpi_server *server, rpi_conn *conn, bool healthy)
{
    bool kept;

    pthread_mutex_lock(&server->lock);
    learn_hello(server, conn);
    kept = healthy && !server->dropped && conn->epoch == server->epoch;
    if (kept) {
        conn->next = server->idle;
        server->idle = conn;
        pthread_cond_signal(&server->returned);
    }
    pthread_mutex_unlock(&server->lock);
    if (kept)
        return;
    rpi_conn_close(conn);
    count_closed(server);
}
