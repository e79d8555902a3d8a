/* A private Redis or Valkey server for a test: its own temporary folder, unix socket and free TCP port on 127.0.0.1,
 * nothing saved. It is killed with the process, should that die early.
 *
 * Start it in the main thread: the kernel ends the server with the thread that started it. */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H

#include <sys/types.h>

typedef struct live live;

/* The environment variable that chooses the server, by its name in PATH or its path. */
#define LIVE_CHOICE "RP_TEST_SERVER"

/* Starts the server that LIVE_CHOICE names; without it redis-server, or valkey-server where that is not installed.
 * Returns when it accepts connections.
 *
 * extra_args  more options of the server, ended by NULL, such as {"--maxclients", "5", NULL}; they win over the kit's
 *             own. NULL for none.
 *
 * NULL: none was chosen, and neither program is in PATH. Where a program was chosen and is not there, the test fails.
 * Where one is there but does not start within 10 s, the test fails and the server's log is printed. */
live *live_start(const char *const extra_args[]);

/* The same with one program, by its name in PATH or its path: NULL where it is not installed. */
live *live_start_program(const char *program, const char *const extra_args[]);

/* Skips the test where there is none. */
void live_want(const live *l);

/* Where it listens. The texts live until live_stop. */
const char *live_url(const live *l);         /* unix:///folder/redis.sock */
const char *live_tcp_url(const live *l);     /* redis://127.0.0.1:port */
const char *live_socket_path(const live *l); /* /folder/redis.sock */
int live_port(const live *l);

/* The server's process, to be stopped and continued by a test, or killed. */
pid_t live_pid(const live *l);

/* Ends the server (SIGTERM, after 10 s SIGKILL; it may have died before), and removes its folder. NULL is allowed. */
void live_stop(live *l);

#endif
