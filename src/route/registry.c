/* A balanced tree (tsearch) of servers by name, the default one under NULL, behind one lock that is held for look-ups
 * only. A server lives as long as the tree or an execute refers to it. */
#define _GNU_SOURCE
#include "route/registry.h"

#include <search.h>
#include <stdatomic.h>
#include <string.h>

#include "base/options.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *tree;
static atomic_bool parallel = true;

void rp_set_parallel(bool wanted)
{
    atomic_store(&parallel, wanted);
}

bool rpi_parallel(void)
{
    return atomic_load(&parallel);
}

/* What the tree compares first is the name: rpi_server begins with it, and look-ups pass a pointer to a name alone. */
static int by_name(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;

    if (!x || !y)
        return (x != NULL) - (y != NULL);
    return strcmp(x, y);
}

rpi_server *rpi_registry_find(const char *name)
{
    rpi_server *server = NULL;
    void *found;

    pthread_mutex_lock(&lock);
    found = tfind(&name, &tree, by_name);
    if (found) {
        server = *(rpi_server **)found;
        server->refs++;
    }
    pthread_mutex_unlock(&lock);
    return server;
}

void rpi_registry_release(rpi_server *server)
{
    bool last;

    pthread_mutex_lock(&lock);
    last = --server->refs == 0;
    pthread_mutex_unlock(&lock);
    if (last)
        rpi_server_free(server);
}

static void drop(rpi_server *server)
{
    rpi_server_drop(server);
    rpi_registry_release(server);
}

/* Puts it into the tree; *old is what stood there. The server is gone on failure. */
static rp_status bind_server(rpi_server *server, rpi_server **old)
{
    char place[RPI_PLACE_SIZE];
    rp_status status = RP_OK;
    void *found;

    *old = NULL;
    pthread_mutex_lock(&lock);
    found = tsearch(server, &tree, by_name);
    if (!found) {
        status = rpi_fail(RP_NO_MEMORY, "no memory to bind %s", rpi_place_text(place, server->name));
    } else if (*(rpi_server **)found != server) {
        *old = *(rpi_server **)found;
        if (rpi_url_equal(&(*old)->config.url, &server->config.url))
            *(rpi_server **)found = server;
        else
            status = rpi_fail(RP_ALREADY_CONNECTED, "%s is bound to another server; rp_disconnect it first",
                              rpi_place_text(place, server->name));
    }
    pthread_mutex_unlock(&lock);
    if (status != RP_OK) {
        *old = NULL;
        rpi_server_free(server);
    }
    return status;
}

static rp_status check_name(const char *name)
{
    if (name && (!*name || strlen(name) > RPI_NAME_MAX))
        return rpi_fail(RP_INVALID_VALUE, "a connection's name has 1 to %d bytes; NULL is the default connection",
                        RPI_NAME_MAX);
    return RP_OK;
}

static bool is_client_name(const char *text)
{
    for (; *text; text++)
        if (*text < '!' || *text > '~')
            return false;
    return true;
}

static rp_status check_options(const rp_connect_opts *o)
{
    if (o->tls_ca || o->tls_cert || o->tls_key || o->tls_server_name)
        return rpi_fail(RP_INVALID_OPERATION, "TLS is not available in this version; leave the tls_ options NULL");
    if (o->protocol != 0 && o->protocol != 2 && o->protocol != 3)
        return rpi_fail(RP_INVALID_VALUE, "protocol is %d; it may be 2, 3, or 0 for the newest", o->protocol);
    if (o->connect_timeout_ms < 0)
        return rpi_fail(RP_INVALID_VALUE, "connect_timeout_ms is %d; it may not be below 0", o->connect_timeout_ms);
    if (o->timeout_ms < -1)
        return rpi_fail(RP_INVALID_VALUE, "timeout_ms is %d; it may be -1 for none, or more", o->timeout_ms);
    if (o->pool_size < 0)
        return rpi_fail(RP_INVALID_VALUE, "pool_size is %d; it may not be below 0", o->pool_size);
    if (o->client_name && !is_client_name(o->client_name))
        return rpi_fail(RP_INVALID_VALUE, "client_name may hold printable characters without spaces only");
    if (o->max_bulk_bytes > RPI_MAX_BULK)
        return rpi_fail(RP_INVALID_VALUE, "max_bulk_bytes may be 512 MiB (%d) at most", RPI_MAX_BULK);
    if (o->max_elements > INT32_MAX)
        return rpi_fail(RP_INVALID_VALUE, "max_elements may be %d at most", INT32_MAX);
    if (o->max_line_bytes > RPI_MAX_BULK)
        return rpi_fail(RP_INVALID_VALUE, "max_line_bytes may be 512 MiB (%d) at most", RPI_MAX_BULK);
    return RP_OK;
}

rp_status rp_connect_with(const char *name, const char *url, const rp_connect_opts *opts, size_t opts_size)
{
    rp_connect_opts room;
    rpi_fault fault;
    const rp_connect_opts *options = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rpi_url parsed;
    rpi_server *server, *old;
    rp_status status;

    if (!options)
        return rpi_raise(&fault);
    status = check_name(name);
    if (status == RP_OK)
        status = check_options(options);
    if (status == RP_OK)
        status = rpi_url_parse(&parsed, url);
    if (status == RP_OK)
        status = rpi_server_new(&server, name, &parsed, options);
    if (status == RP_OK)
        status = bind_server(server, &old);
    if (status == RP_OK && old)
        drop(old);
    return status;
}

rp_status rp_disconnect(const char *name)
{
    rpi_server *server = NULL;
    void *found;

    pthread_mutex_lock(&lock);
    found = tfind(&name, &tree, by_name);
    if (found) {
        server = *(rpi_server **)found;
        tdelete(&name, &tree, by_name);
    }
    pthread_mutex_unlock(&lock);
    if (server)
        drop(server);
    return RP_OK;
}

rp_status rp_refresh(const char *name)
{
    rpi_server *server = rpi_registry_find(name);

    if (server) {
        rpi_server_refresh(server);
        rpi_registry_release(server);
    }
    return RP_OK;
}

static void drop_node(void *server)
{
    drop(server);
}

void rp_disconnect_all(void)
{
    void *all;

    pthread_mutex_lock(&lock);
    all = tree;
    tree = NULL;
    pthread_mutex_unlock(&lock);
    tdestroy(all, drop_node);
}
