/* A fake Redis server that plays a script, in threads of the test's own process.
 *
 *     fake *f = fake_start("HELLO\n"
 *                          "EXPECT GET k\n"
 *                          "SEND '$5\\r\\nhel'\n"
 *                          "CLOSE\n"
 *                          "CONNECTION *\n"
 *                          "SERVE\n");
 *     rp_connect(NULL, fake_url(f));
 *     ...
 *     fake_stop(f);
 *
 * The script. One step on each line: a word in capitals and its arguments, with blanks between them. Empty lines, and
 * lines that begin with #, are skipped. An argument is a bare word, or text in single or double quotes (the same) with
 * the escapes \r \n \t \0 \\ \' \" \xHH. In a C string each backslash is doubled: "SEND '+OK\\r\\n'\n".
 *
 *   CONNECTION          from here on: the steps of the next connection accepted. The first is implicit
 *   CONNECTION *        ... of every further connection; the last section only. Without it connections beyond the last
 *                       section are accepted, counted and closed
 *
 *   HELLO [word ...]    reads one command, which must be HELLO (and these words, where given: HELLO 3 AUTH u p), and
 *                       answers as Redis 7 does, in the protocol that it asks for. HELLO alone and HELLO 2 take PING as
 *                       well: a client that was told to speak RESP2 greets like that
 *   HELLO2              reads a HELLO, and answers "-ERR unknown command 'HELLO'", as Redis 5 does
 *   EXPECT word ...     reads one command, which must be exactly these words
 *   READ n              reads n commands, whatever they are
 *   LOCKSTEP n          n times: reads one ECHO and answers it before reading on. A client that does not read while it
 *                       writes gets stuck
 *   SERVE               is a small server until the client closes: PING ECHO GET SET INCR INCRBY EXPIRE DEL HELLO. Keys
 *                       belong to all connections of the fake; nothing expires. Other commands: -ERR unknown command
 *   SERVE n             the same for n commands
 *   EXECUTE n           the same for n commands, without answering
 *
 *   SEND [n] text       sends the text, n times
 *   SPLIT text          sends it byte by byte, as fast as it can
 *   DRIP ms text        sends it byte by byte, one every ms milliseconds
 *   BULK n              sends a bulk string of n bytes: abc...xyzabc...
 *   SLOWREAD n          from now on reads at most n bytes at once
 *
 *   STALL               neither reads nor writes until the client closes or fake_stop comes. Over TCP a close cannot be
 *                       seen that stands behind data which the client could not send
 *   WAIT                waits for one fake_release
 *   CLOSE               reads what has arrived, then closes both ways
 *   HALFCLOSE           ends its sending (the client reads EOF); the script goes on
 *   RESET               closes at once, by RST over TCP. Over a unix socket the client reads ECONNRESET if the fake has
 *                       left something of it unread, else EOF
 *   REPEAT n            the steps up to END n times; these may be nested. Ends early when the client closes
 *   END
 *
 * The fake's socket buffers are small (32 KiB): a peer that does not read is felt soon, and writes are cut short.
 *
 * At the end of its section a connection is kept open: commands are read and counted, not answered, until the client
 * closes. Where the client closes, sending steps do nothing, and steps that want a command fail.
 *
 * What fails: a command other than the script says, a client that closes or a fake_stop that comes while a command is
 * still wanted, a section whose connection never came, and 60 s without progress in any wait. Whatever the script says,
 * a request that is not an array of bulk strings, strictly written, fails too. The connection is closed then, and
 * fake_stop fails the test with the first failure. A client that is idle for less than 60 s is none, and no more is
 * fake_stop during STALL, SERVE, DRIP, SEND, WAIT and after the end.
 *
 * Threads: call these functions from the test's thread. Several fakes may run at the same time. */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include <stddef.h>
#include <stdint.h>

typedef struct fake fake;

/* Starts a fake on a unix socket in a temporary folder, or on 127.0.0.1 and a free port. Never NULL; a script that is
 * wrong fails the test at once. Connections can be made when it returns. */
fake *fake_start(const char *text);
fake *fake_start_tcp(const char *text);

/* unix:///folder/fake.sock, or redis://127.0.0.1:port. Lives until fake_stop. */
const char *fake_url(const fake *f);

/* Lets one WAIT pass, now or later. */
void fake_release(fake *f);

/* Waits until so many commands were received, over all connections. Fails the test after 60 s. */
void fake_wait_commands(fake *f, size_t count);

/* Waits until no connection is open: each was closed by the client, or by the script. Fails the test after 60 s. */
void fake_wait_closed(fake *f);

/* Connections accepted so far. */
unsigned fake_connections(fake *f);

/* Complete commands that steps (and the reading after the end) have received so far, over all connections, and command
 * i of them as an EXPECT would write it: words that need it in double quotes, bytes that are not printable ASCII
 * escaped. HELLO counts. A text of more than 250 bytes is cut and ends in "...". NULL past the end. Lives until
 * fake_stop. */
size_t fake_commands(fake *f);
const char *fake_command(fake *f, size_t i);

/* How often SERVE and EXECUTE ran INCR or INCRBY on this key. */
int64_t fake_count(fake *f, const char *key);

/* Bytes received so far, over all connections. */
size_t fake_bytes(fake *f);

/* The first failure so far, or NULL. Lives until fake_stop. */
const char *fake_failure(fake *f);

/* Closes all, ends the threads, removes the folder, and then fails the test if there was a failure. */
void fake_stop(fake *f);

/* The same, but forgives everything except a malformed request: for scripts that may end anywhere. */
void fake_stop_any(fake *f);

#endif
