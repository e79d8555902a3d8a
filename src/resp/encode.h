/* Commands as RESP arrays of bulk strings (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
#ifndef RPI_RESP_ENCODE_H
#define RPI_RESP_ENCODE_H

#include <redpipe/argument.h>

#include "base/fault.h"

enum {
    RPI_MAX_ARGS = 1024 * 1024,       /* arguments of one command, its name among them; the server's limit */
    RPI_HEADER_MOST = 24,             /* "*1048576\r\n", or "$536870912\r\n" and the CRLF behind a bulk */
};

/* How many bytes the argument takes at most, header and all. 0, with the fault filled, where it cannot be sent: a NULL
 * pointer, longer than 512 MiB, a value that is not ready or is no scalar. `position` is for the message. */
size_t rpi_arg_size(const rp_arg *arg, size_t position, rpi_fault *fault);

/* Write behind `to`, where there is room, and return the end. The argument has passed rpi_arg_size. */
char *rpi_put_count(char *to, char type, size_t n); /* "*3\r\n" */
char *rpi_put_arg(char *to, const rp_arg *arg);
char *rpi_put_bulk(char *to, const char *data, size_t len);

#endif
