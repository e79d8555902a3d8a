/* The urls of rp_connect. See connection.h for their forms. */
#ifndef RPI_NET_URL_H
#define RPI_NET_URL_H

#include <redpipe/status.h>

/* A url taken apart. All texts lie in one allocation, which starts at `text`. */
typedef struct rpi_url {
    char *text;
    size_t text_size;
    const char *path;            /* of a unix socket, else NULL */
    const char *host;            /* a name or a numeric address, without brackets */
    const char *port;            /* decimal */
    const char *user, *password; /* decoded, may hold any byte but NUL; NULL: not given */
    int db;
} rpi_url;

/* RP_OK, or RP_INVALID_VALUE, RP_INVALID_OPERATION or RP_NO_MEMORY with the last error set; it shows no secret. */
rp_status rpi_url_parse(rpi_url *url, const char *text);

/* Wipes and frees. */
void rpi_url_free(rpi_url *url);

/* The same server, database and user? */
bool rpi_url_equal(const rpi_url *a, const rpi_url *b);

#endif
