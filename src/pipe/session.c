/* One connection for the pipelines of an rp_watch and its rp_multi, since the server ties what is watched to it.
 *
 * The first execute takes it from the pool. From then on it lies here between executes, and only here: once it is lost,
 * nothing takes its place, since another one would watch nothing. A session belongs to the roots that use it, and so to
 * one thread. */
#include "pipe/session.h"

#include "base/alloc.h"
#include "route/registry.h"

rpi_session *rpi_session_new(rpi_watch_state state)
{
    rpi_session *session = rpi_zalloc(sizeof *session);

    if (session) {
        session->refs = 1;
        session->state = state;
    }
    return session;
}

void rpi_session_release(rpi_session *session)
{
    if (--session->refs)
        return;
    if (session->conn)
        rpi_server_give(session->server, session->conn, session->state >= RPI_WATCH_CHANGED);
    if (session->server)
        rpi_registry_release(session->server);
    rpi_free(session);
}

/* Not where the server has closed it meanwhile, or after a fork. */
static bool is_lost(rpi_session *session)
{
    if (session->conn && !rpi_conn_usable(session->conn)) {
        rpi_server_give(session->server, session->conn, false);
        session->conn = NULL;
    }
    return session->begun && !session->conn;
}

rp_status rpi_session_enter(rpi_session *session, const char *name, bool multi, rpi_fault *fault)
{
    rp_status status = RP_INVALID_OPERATION;
    const char *why = NULL;
    char place[RPI_PLACE_SIZE];

    if (multi && session->state >= RPI_WATCH_CHANGED) {
        why = "nothing is watched any more; make a new rp_watch for another transaction";
    } else if (is_lost(session)) {
        status = RP_CONNECTION_ERROR;
        why = "the watched connection was lost; make a new rp_watch";
    } else if (multi && session->state == RPI_WATCH_NOT_YET) {
        why = "nothing is watched yet; execute the pipeline of rp_watch first";
    }
    if (why) {
        rpi_fault_set(fault, status, "%s: %s", rpi_place_text(place, name), why);
        rpi_fault_on(fault, name);
        return status;
    }
    if (!session->server)
        session->server = rpi_registry_find(name);
    return RP_OK;
}

rpi_conn *rpi_session_take(rpi_session *session)
{
    rpi_conn *conn = session->conn;

    session->begun = true;
    session->conn = NULL;
    return conn;
}

void rpi_session_note(rpi_session *session)
{
    if (session->state == RPI_WATCH_NOT_YET && session->watch && session->watch->kind == RP_STRING)
        session->state = RPI_WATCH_ON;
}
