/* Failures: what rp_last_error shows, before and while it shows it. */
#ifndef RPI_BASE_FAULT_H
#define RPI_BASE_FAULT_H

#include <redpipe/status.h>

enum { RPI_NAME_MAX = 127 }; /* bytes of a connection's name */

/* A failure with its texts inside, so that it needs no memory of its own. */
typedef struct rpi_fault {
    rp_status status;
    size_t index; /* SIZE_MAX: no command */
    bool named;   /* connection holds a name */
    char connection[RPI_NAME_MAX + 1];
    char code[32]; /* "" : none */
    char message[384];
} rpi_fault;

/* Fills a fault with no index, no connection and no code. The message is cut where it is too long. */
void rpi_fault_set(rpi_fault *fault, rp_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds to the end of the message, as far as it fits. */
void rpi_fault_add(rpi_fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names the connection: NULL is the default one. */
void rpi_fault_on(rpi_fault *fault, const char *connection);

/* "connection 'users'" or "the default connection", printable, for messages. */
enum { RPI_PLACE_SIZE = 4 * RPI_NAME_MAX + 20 };
const char *rpi_place_text(char to[RPI_PLACE_SIZE], const char *connection);

/* A failure as programs see it. */
typedef struct rpi_failure {
    rp_error view; /* of the fault; it leads to the next one */
    rpi_fault fault;
} rpi_failure;

void rpi_failure_set(rpi_failure *failure, const rpi_fault *fault); /* the view leads nowhere then */

/* Makes it the thread's last error; returns its status. The same for a failure with those that follow it. */
rp_status rpi_raise(const rpi_fault *fault);
rp_status rpi_raise_all(const rpi_failure *first);

/* The last error's fault. */
const rpi_fault *rpi_last_fault(void);

/* How often this thread has raised an error: tells whether somebody did meanwhile. */
unsigned rpi_raised(void);

/* rpi_fault_set and rpi_raise in one. */
rp_status rpi_fail(rp_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `len` bytes made printable by rpi_printable: the worst case is \xHH for each. */
#define RPI_PRINTABLE_SIZE(len) ((len)*4 + 1)

/* Writes text with control bytes, quotes of terminals and non-ASCII bytes as \xHH; cut, with "..." behind, where it
 * does not fit in `size` bytes. Returns `to`. */
char *rpi_printable(char *to, size_t size, const char *text, size_t len);

#endif
