/* What is said before the first command: HELLO, or AUTH and CLIENT SETNAME where that is not known; SELECT; or PING. */
#ifndef RPI_NET_HANDSHAKE_H
#define RPI_NET_HANDSHAKE_H

#include "net/conn.h"

/* Starts on a connection that is open. The state becomes RPI_CONN_HANDSHAKE, or RPI_CONN_FAILED. */
void rpi_handshake_start(rpi_conn *conn);

/* Does it wait to write? Else it waits to read. */
bool rpi_handshake_writes(const rpi_conn *conn);

/* Goes as far as it can; the state becomes RPI_CONN_READY or RPI_CONN_FAILED when it is over. */
void rpi_handshake_step(rpi_conn *conn);

/* The peer has closed on HELLO without a word: the connection is to be opened again without. The state has
 * not changed. */
bool rpi_handshake_hung_up(const rpi_conn *conn);

/* The command whose answer is awaited, while it lasts. */
const char *rpi_handshake_step_name(const rpi_conn *conn);

/* Frees and wipes; NULL is allowed. */
void rpi_handshake_free(struct rpi_handshake *handshake);

#endif
