/* The registry of named connections: which servers the program talks to.
 *
 * Bind names once, when the program starts; pipelines refer to them. The default connection has no name: NULL. Nothing
 * is opened before the first pipeline executes, so a program may start before its server. Behind each name is a small
 * pool; an execute takes a connection from it and gives it back when every reply has arrived. A connection that failed
 * in any way is closed, never used again.
 *
 * A connection begins with HELLO. A server that does not know it is spoken to in RESP2; where it closes the
 * connection on HELLO, as proxies do, that is opened once more without, and so are the next ones of the name, until
 * it is bound anew or can't be reached like that either. A server that refuses AUTH, SELECT or what else comes
 * before the first command fails the execute with RP_CONNECTION_ERROR: the message says what was refused, and code
 * what the server's words begin with.
 *
 * Every function here may be called from any thread at any time. After fork, the child opens connections of its own. */
#ifndef REDPIPE_CONNECTION_H
#define REDPIPE_CONNECTION_H

#include <redpipe/status.h>

RP_BEGIN_DECLS

/* Options of rp_connect. The texts are copied. Times are milliseconds; sizes are bytes; zero is the default. The limits
 * on replies count for the handshake too: an answer to HELLO has some twenty elements and strings of a few bytes. */
typedef struct rp_connect_opts {
    const struct rp_named_only *_named_only;
    bool transaction;       /* each execute is a transaction on it, in the same round trip; see transaction.h */
    int protocol;           /* RESP: 2, without HELLO; 3, or the connect fails; 0: the newest that the server speaks */
    int connect_timeout_ms; /* for resolving, connecting and the handshake together; 0: 5,000 */
    int timeout_ms;         /* for one execute on this connection, connecting included; 0: 30,000; -1: none */
    int pool_size;          /* connections at most, opened on demand; 0: 16. Where all are in use, an execute waits */
    const char *client_name; /* CLIENT SETNAME: printable, without spaces */
    const char *tls_ca, *tls_cert, *tls_key, *tls_server_name; /* PEM files and a name. Not available yet: refused */
    size_t max_bulk_bytes;  /* the longest string accepted in a reply; 0: 512 MiB, which is also the most */
    size_t max_elements;    /* the most elements of one reply, over all its levels, 16 bytes each; 0: 16,777,216 */
    size_t max_line_bytes;  /* the longest status, error or number; 0: 4 MiB */
} rp_connect_opts;

/* Binds a name to a server.
 *
 *   rp_connect("users", "redis://localhost:6379", .timeout_ms = 500);
 *
 * name  NULL for the default connection, else 1 to 127 bytes; copied.
 * url   redis://[[user]:password@]host[:port][/db]        TCP; port 6379 and db 0 where left out; IPv6 in brackets
 *       unix://[[user]:password@]/path/to.sock[?db=1]     unix socket
 *       valkey:// is the same as redis://. rediss://, valkeys:// (TLS), redis+cluster:// and redis+sentinel:// are
 *       known, but not available yet: refused. User, password and path are percent-decoded once (write %40 for @, %2F
 *       for /, %3F for ?), and user and password appear in no message: where a server repeats one of them as a word, of
 *       4 bytes or more, *** stands for it. The zone of an address is written [fe80::1%25eth0].
 *
 * RP_OK; RP_INVALID_VALUE: name, url or an option that does not make sense; RP_INVALID_OPERATION: not available;
 * RP_ALREADY_CONNECTED: the name is bound to another url (the same url rebinds, with the new options); RP_NO_MEMORY.
 * After a failure the old binding stays. Executes that are under way finish on the old one. */
RP_API RP_MUST_CHECK rp_status rp_connect_with(const char *name, const char *url, const rp_connect_opts *opts, size_t opts_size);
#define rp_connect(...) rp_connect_with(RP_2_(__VA_ARGS__, ), RP_OPTS_(rp_connect_opts, RP_AFTER_2_(__VA_ARGS__, )))

/* Forgets a name and closes its idle connections; those in use are closed when their execute ends. A name that is not
 * bound is no error. RP_OK always. */
RP_API rp_status rp_disconnect(const char *name);

/* Forgets all names. What rp_connect allocated is given back, for programs that end under a leak checker. */
RP_API void rp_disconnect_all(void);

/* The server behind a name may be another one now: idle connections are closed at once, those in use when their execute
 * ends (an rp_watch: when it is freed), so that every execute that begins later gets one that was opened later. A name
 * that is not bound is no error. RP_OK always.
 *
 * What the server says may do the same: where a command is answered with the code NOAUTH, READONLY or MASTERDOWN, the
 * name is refreshed after the execute. After LOADING only the connection that said so is closed. */
RP_API rp_status rp_refresh(const char *name);

/* Several servers in one execute: all at once on one thread (true, the default), or one after the other in the order
 * in which the pipeline first used them. For the whole process; executes under way are not changed. */
RP_API void rp_set_parallel(bool parallel);

RP_END_DECLS

#endif
