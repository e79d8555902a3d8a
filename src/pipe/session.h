/* A connection that pipelines of rp_watch and rp_multi keep between executes. See session.c. */
#ifndef RPI_PIPE_SESSION_H
#define RPI_PIPE_SESSION_H

#include "pipe/pipe.h"
#include "route/server.h"

typedef enum rpi_watch_state {
    RPI_WATCH_NOT_YET,
    RPI_WATCH_ON,
    RPI_WATCH_CHANGED, /* EXEC did nothing, since a key was changed; nothing is watched any more */
    RPI_WATCH_OVER,    /* EXEC was answered otherwise: the same */
} rpi_watch_state;

struct rpi_session {
    rpi_server *server; /* NULL: not looked up yet */
    rpi_conn *conn;     /* NULL: none yet, or in use, or lost */
    rp_future *watch;   /* of the WATCH that is queued; NULL: rp_clear has forgotten it */
    unsigned refs;      /* root pipelines */
    bool begun;         /* an execute has asked for the connection */
    rpi_watch_state state;
};

/* Of one root; NULL without memory. */
rpi_session *rpi_session_new(rpi_watch_state state);

/* One root less; after the last one the connection goes back to the pool, or is closed where it may still watch. */
void rpi_session_release(rpi_session *session);

/* Before anything of an execute is sent: may it use the connection, for a transaction or (multi false) as it is? The
 * server is there then. RP_OK, or the status with the fault filled. Where the name is not bound, the server is NULL. */
rp_status rpi_session_enter(rpi_session *session, const char *name, bool multi, rpi_fault *fault);

/* The connection, for one lane, which puts it back; NULL: one of the pool is to be taken, for the first execute. */
rpi_conn *rpi_session_take(rpi_session *session);

/* After a lane's replies: notes if WATCH was among them. */
void rpi_session_note(rpi_session *session);

#endif
