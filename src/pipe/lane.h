/* One server's part of an execute: its commands, its connection, and how far both directions have come. See lane.c. */
#ifndef RPI_PIPE_LANE_H
#define RPI_PIPE_LANE_H

#include "pipe/input.h"
#include "pipe/pipe.h"
#include "pipe/session.h"
#include "route/server.h"

/* A place in the bytes of a list of runs. */
typedef struct rpi_place {
    const rpi_run *run;
    size_t offset;
} rpi_place;

typedef enum rpi_lane_state {
    RPI_LANE_IDLE,    /* no connection yet */
    RPI_LANE_OPENING, /* its connection is being opened */
    RPI_LANE_ACTIVE,  /* commands and replies are on their way */
    RPI_LANE_DONE,    /* all is answered, the connection given back */
    RPI_LANE_FAILED,  /* see fault; the connection is closed */
} rpi_lane_state;

typedef struct rpi_lane {
    struct rpi_lane *next;
    rpi_server *server;
    rpi_session *session; /* whose connection it takes and gives back; NULL: the pool's */
    rpi_arena *arena;     /* the root's */
    rpi_runs runs;
    size_t count;                        /* commands; MULTI and EXEC count too, until the lane fails */
    bool whole;                          /* all that it runs is one transaction */
    struct rpi_transaction *transaction; /* the last of those that its runs are in; NULL: none. See transaction.c */
    struct rpi_transaction *refused;     /* the first one whose MULTI was refused */
    rpi_lane_state state;
    rpi_conn *conn;
    int64_t deadline; /* 0: the server's timeout, counted from rpi_lane_connect */
    int64_t block_ms; /* how long its commands may block: so much later it is */
    bool spent;       /* the connection is not to be used again */
    bool suspect;     /* nor are the others that were opened before: see stale.c */
    int broken;       /* errno of the send that failed: nothing is sent any more; 0: none */
    int64_t connect_deadline;
    rpi_place written;                 /* all before it was given to the kernel */
    rpi_place open;                    /* all before it may be */
    size_t open_index;                 /* the command at `open`, in its run */
    size_t opened;                     /* commands before `open` */
    rpi_place read;                    /* the command whose reply comes next: its run, and where its bytes begin */
    size_t read_index;                 /* that command, in its run */
    size_t answered;                   /* commands before it */
    rpi_input input;                   /* what has arrived and is not parsed yet */
    size_t received;                   /* bytes, in all */
    size_t reply_size;                 /* estimated bytes of a reply */
    const rpi_run *error_run;          /* the first command that was answered with an error; NULL: none */
    size_t error_index;                /* in that run */
    const rp_value *denied;            /* the error to a command in a transaction, of which nothing else is answered */
    bool healed;                       /* calls of scripts are sent again: see calls.c */
    const struct rpi_scripts *asked;   /* the server is asked which of these it has; NULL: it is not */
    bool surplus;                      /* more came than was asked for: no answer can be trusted */
    const rp_value *refusal;           /* the error to a command that was not sent whole; NULL: none */
    const char *closing;               /* why the server hangs up behind the last answer; NULL: it does not */
    const struct rpi_scripts *scripts; /* that the root has queued */
    rpi_fault fault;
    rpi_run ask; /* see `asked` */
    rpi_command question;
} rpi_lane;

/* Takes a connection from the pool; the lane is then opening or active, or has failed. Where the pool is exhausted it
 * waits, or else leaves the lane idle. */
void rpi_lane_connect(rpi_lane *lane, bool wait);

/* Sends what may be sent at once, where the connection is ready. */
void rpi_lane_begin(rpi_lane *lane);

bool rpi_lane_busy(const rpi_lane *lane); /* opening or active */
short rpi_lane_events(const rpi_lane *lane);
int64_t rpi_lane_deadline(const rpi_lane *lane);
int64_t rpi_lane_wake(const rpi_lane *lane); /* its deadline, or when it must go on before that, whatever poll says */

/* Goes on after poll gave some events, or when it was to be woken. */
void rpi_lane_step(rpi_lane *lane, short events);

/* The same for a lane that only waits for replies, without poll: waits here, up to so many milliseconds, -1 for ever.
 * rpi_lane_awaits: is it such a one, and can its transport do that? */
bool rpi_lane_awaits(const rpi_lane *lane);
void rpi_lane_await(rpi_lane *lane, int timeout_ms);

/* Its deadline has passed. */
void rpi_lane_expire(rpi_lane *lane);

/* -- for lane.c, sender.c and receiver.c alone --------------------------------------------------------------------- */

/* Fails the lane. The index is that of the first command without an answer. */
void rpi_lane_fail(rpi_lane *lane, rp_status status, const char *what, const char *detail);

/* Nothing more will come: the errno, or 0 where the server has closed. Fails the lane, unless it was told to end. */
void rpi_lane_lose(rpi_lane *lane, const char *what, int error);
void rpi_lane_fail_memory(rpi_lane *lane);
void rpi_lane_fail_protocol(rpi_lane *lane);

/* All replies are in, or the last one where the server hangs up: nothing but pushes may follow. */
void rpi_lane_finish(rpi_lane *lane);

/* Writes what the window lets it, as far as the kernel takes it, but no more than one step may take. */
void rpi_lane_send(rpi_lane *lane);

/* Is there something that the window lets it write? */
static inline bool rpi_lane_unsent(const rpi_lane *lane)
{
    return lane->written.run != lane->open.run || lane->written.offset < lane->open.offset;
}

/* Reads what the transport has; with `wait` it is waited for, up to timeout_ms. */
void rpi_lane_receive(rpi_lane *lane, bool wait, int timeout_ms);

#endif
