/* Status codes, and the last error of a thread. */
#ifndef REDPIPE_STATUS_H
#define REDPIPE_STATUS_H

#include <redpipe/types.h>

RP_BEGIN_DECLS

/* How a call ended. The first six carry the names of RedPipe's exceptions. */
typedef enum rp_status {
    RP_OK = 0,
    RP_NOT_READY,         /* a future was read before its pipeline executed, or after that failed */
    RP_INVALID_OPERATION, /* the interface does not allow this */
    RP_INVALID_VALUE,     /* an argument or a value of the wrong kind, or text that does not parse */
    RP_ALREADY_CONNECTED, /* the name is bound to another server */
    RP_INVALID_PIPELINE,  /* no connection of that name, or a pipeline set up wrong */
    RP_SERVER_ERROR,      /* the server answered a command with an error: see rp_error.code */
    RP_CONNECTION_ERROR,  /* refused, reset, closed, name not resolved, authentication refused */
    RP_TIMEOUT,           /* a deadline passed: of the connect, or of the execute */
    RP_PROTOCOL_ERROR,    /* the peer does not speak RESP, broke it, or passed a limit of the connection */
    RP_CLUSTER_ERROR,     /* no slot map, too many redirects, keys of one command in several slots */
    RP_NO_MEMORY,         /* an allocation failed */
    RP_CANCELLED,         /* given up by the program itself; not returned by this version */
} rp_status;

/* A failure in full. Those of rp_last_error belong to the thread: valid until its next failure, or its end. Those of
 * rp_error_of belong to the pipeline: see pipeline.h. */
typedef struct rp_error {
    rp_status status;
    const char *message;    /* one line, printable, for a person: what, where, and what to do. Never NULL */
    const char *connection; /* the connection's name; NULL for the default one, or where there is none */
    const char *code;       /* the first word of a server's error ("WRONGTYPE"), also where it refused the connection
                             * ("WRONGPASS"); "LIMIT": a limit of rp_connect was passed; else NULL */
    size_t index;           /* which command of the pipeline, counted from 0 in program order; SIZE_MAX where none */
    bool retry;             /* the same again may help: refused, reset, out of time, or a server that is busy, loading
                             * or changing its role. False where it fails again until somebody changes something: a
                             * wrong password, a limit, a broken protocol, a command that the server does not take. It
                             * does not tell whether a command may have run: that is rp_outcome_of */
    const struct rp_error *next; /* what else failed in the same execute, in program order; NULL: nothing */
} rp_error;

/* The name of a status as it is written in this header ("RP_TIMEOUT"); "RP_UNKNOWN_STATUS" for a number that is none.
 * Static text. Any thread. */
RP_API const char *rp_status_name(rp_status status);

/* The last failure on this thread, in full. Never NULL: before the first failure its status is RP_OK and its message
 * empty. A call that succeeds leaves it as it was; any that fails replaces it, a reader's too: what became of an
 * execute, rp_error_of tells for longer. Of failures of several servers it has eight at most. */
RP_API const rp_error *rp_last_error(void);

RP_END_DECLS

#endif
