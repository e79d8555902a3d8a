/* A proxy in front of a Redis server that makes the network as slow as you ask, and counts the round trips.
 *
 * It listens on a unix socket and passes every byte on, in both directions, after holding it for the delay. A round
 * trip begins when a client sends something while nothing of that connection is under way: every command before it has
 * its whole reply. So a command and its reply are one, and so is a pipeline, however long, however its bytes are cut.
 *
 * One thread serves all connections. The functions may be called from any thread. */
#ifndef DELAY_PROXY_H
#define DELAY_PROXY_H

#include <stddef.h>

typedef struct delay_proxy delay_proxy;

/* Starts a proxy in front of the server that listens on the unix socket `upstream`; each way takes delay_ms. NULL, with
 * errno set, where that fails. */
delay_proxy *delay_proxy_start(const char *upstream, unsigned delay_ms);

/* The unix socket to connect to; beside the server's. Lives as long as the proxy. */
const char *delay_proxy_path(const delay_proxy *proxy);

/* Round trips of all connections together, since the start or the last reset. */
size_t delay_proxy_round_trips(const delay_proxy *proxy);
void delay_proxy_reset(delay_proxy *proxy);

/* Closes all connections, ends the thread, removes the socket. NULL is allowed. */
void delay_proxy_stop(delay_proxy *proxy);

#endif
