/* Which names are bound to which servers. Public part: connection.h. */
#ifndef RPI_ROUTE_REGISTRY_H
#define RPI_ROUTE_REGISTRY_H

#include "route/server.h"

/* The server of a name, with a reference for the caller; NULL: not bound. Any thread. */
rpi_server *rpi_registry_find(const char *name);

/* Gives the reference back. */
void rpi_registry_release(rpi_server *server);

/* What rp_set_parallel said last. */
bool rpi_parallel(void);

#endif
