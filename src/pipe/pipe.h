/* What pipelines are made of. See pipeline.c and queue.c for how it moves. */
#ifndef RPI_PIPE_PIPE_H
#define RPI_PIPE_PIPE_H

#include <redpipe/pipeline.h>

#include "base/arena.h"
#include "base/fault.h"
#include "resp/encode.h"
#include "resp/shape.h"
#include "resp/value.h"

#define RPI_BATCH_MOST ((size_t)UINT32_MAX) /* encoded bytes of one execute */
#define RPI_BATCH_TOO_LARGE "the pipeline would pass 4 GiB of encoded commands; execute it in parts"

/* A queued command: its future is its first member. Commands lie in slabs, behind each of which its root stands. */
typedef struct rpi_command {
    rp_value value;
    char *bytes;     /* encoded, as it was queued */
    uint32_t size;   /* encoded, as it is sent */
    uint16_t behind; /* commands from this one to the end of its slab */
    uint8_t shape;   /* rpi_shape */
} rpi_command;

struct rpi_special;

/* Commands that lie side by side, and so do their encoded bytes. */
typedef struct rpi_run {
    struct rpi_run *next;
    const char *name; /* of the connection; the root's copy, so that equal names are equal pointers */
    rpi_command *commands;
    size_t count;
    char *bytes;
    size_t size;
    size_t index;                        /* of the first command in the whole batch; set when that executes */
    struct rpi_special *special;         /* what some of its commands need; NULL: nothing */
    struct rpi_transaction *transaction; /* that its lane runs it in; NULL: none; set when that executes */
    bool opens, closes;                  /* a transaction: it is the first of its runs, the last */
} rpi_run;

typedef struct rpi_runs {
    rpi_run *first, *last;
} rpi_runs;

/* A callback; or, where the function is NULL, a future of rp_future_new, which the callbacks should set. */
typedef struct rpi_call {
    struct rpi_call *next;
    rp_callback function;
    void *arg;
} rpi_call;

typedef struct rpi_calls {
    rpi_call *first, *last;
} rpi_calls;

typedef struct rpi_root rpi_root;
typedef struct rpi_session rpi_session;
typedef struct rpi_name rpi_name;

struct rp_pipe {
    rpi_root *root;  /* NULL: there was no memory for the pipeline */
    rp_pipe *parent; /* NULL: a root; in the root's list of pipelines to reuse: the next */
    const char *name;
    rpi_runs runs;
    size_t count, size;     /* commands and encoded bytes in the runs */
    rpi_calls nested, own;  /* callbacks: of the pipelines nested in it, and its own */
    const rpi_fault *fault; /* sticky */
    const rp_error *error;  /* of its last execute; NULL: that did not fail */
    unsigned refs;          /* the program's, and one for each pipeline nested in it */
    bool autoexec, freed;
    bool transaction; /* with .transaction, and in no other one: what it hands over, or executes, is one */
    bool joined;      /* with .transaction, inside another one */
};

/* A root pipeline and the memory of all that hangs on it. Lies in the arena's first block. */
struct rpi_root {
    rp_pipe pipe;
    rpi_arena arena;
    unsigned refs;               /* the pipeline's, and one for each future that its caller owns */
    struct rpi_scripts *scripts; /* that were queued */
    rpi_session *session;        /* of rp_watch; NULL: none */
    int timeout_ms;
    bool collect, executing, free_later;
    bool multi;                /* what it executes on the session's connection is a transaction */
    char *output, *output_end; /* where the next command is encoded */
    char *spare, *spare_end;   /* what is left of where it was before a large one */
    size_t output_grow;
    rpi_command *commands, *commands_end; /* the next one to use */
    size_t commands_grow;
    rpi_run *tail; /* the run that ends where the next command goes; NULL: none */
    rpi_name *names;
    rpi_run *spare_runs;
    rp_pipe *spare_pipes;
    rpi_name *own_name; /* of the root pipeline, not in the arena; NULL: none */
    rpi_block *old;     /* what rp_clear keeps until the next one: those in front of the root's own */
    struct rpi_scripts *old_scripts;
    bool apart;          /* what is queued lies in other blocks than the root */
    rpi_failure failure; /* of the last execute */
};

/* A future of the program's own: of rp_future_new, or given away by rp_return. */
typedef struct rpi_handle {
    rpi_root *root;
    const rpi_command *command; /* whose value was given away; NULL: none's */
    rp_value value;
    rpi_call call; /* of rp_future_new */
} rpi_handle;

/* The root that a command was queued on. */
static inline rpi_root *rpi_root_of(const rpi_command *command)
{
    return *(rpi_root *const *)(const void *)(command + command->behind);
}

/* The command's value will not arrive: what became of it, and why. RP_OK: it still may. */
static inline void rpi_never(rp_value *v, rp_outcome outcome, rp_status why)
{
    *v = (rp_value){.kind = RP_PENDING, .outcome = (uint8_t)outcome, .status = (uint8_t)why, .flags = RPI_COMMAND};
}

/* Stands for a pipeline where there was no memory for one: it has no root, and is never written to. */
extern rp_pipe rpi_no_pipe;

/* Queues a command: the head, then both lists of arguments. Never NULL; what is refused sticks to the pipeline. */
rp_future *rpi_queue(rp_pipe *pipe, const rpi_head *head, size_t lead_count, const rp_arg *lead, size_t count,
                     const rp_arg *rest);

/* The same for a head with a name, and one list; or with just so many arguments, which is faster still. */
rp_future *rpi_queue_list(rp_pipe *pipe, const rpi_head *head, size_t count, const rp_arg *list);
rp_future *rpi_queue_1(rp_pipe *pipe, const rpi_head *head, const rp_arg args[1]);
rp_future *rpi_queue_2(rp_pipe *pipe, const rpi_head *head, const rp_arg args[2]);
rp_future *rpi_queue_3(rp_pipe *pipe, const rpi_head *head, const rp_arg args[3]);
rp_future *rpi_queue_1_and(rp_pipe *pipe, const rpi_head *head, const rp_arg args[1], size_t count, const rp_arg *rest);

/* Makes the failure stick to the pipeline, unless there is one already, and returns a future that will never arrive.
 * With a command's name, which goes in front of the message, the fault gets the index that the command would
 * have had. */
rp_future *rpi_refuse(rp_pipe *pipe, const char *command, const rpi_fault *fault);

/* Moves all that is queued, which is something, to the end of the parent's queue, in constant time. */
void rpi_hand_over(rp_pipe *parent, rp_pipe *pipe);

/* Forgets the queue: the futures in it will never arrive, for the reason given (RP_OK: none) and with this outcome. */
void rpi_forget(rp_pipe *pipe, rp_status why);

/* The command whose future that is, or whose value rp_return gave away as that; NULL: none's. */
const rpi_command *rpi_command_of(const rp_future *future);

/* A future that never arrives, for a call that has no pipeline to give one from. */
rp_future *rpi_dead_future(rp_status status);

/* Sends a root's queue and fills its futures: all of rp_execute but the callbacks. The queue is empty afterwards. A
 * failure is in root->failure, and raised; *outcome is then what is known of the commands together. */
rp_status rpi_execute_batch(rpi_root *root, rp_outcome *outcome);

/* The futures of rp_future_new among these that nobody has set never will be: why. RP_OK: their execute went well. */
void rpi_end_futures(const rpi_call *call, rp_status why, rp_outcome outcome);

/* What sticks where there is no memory. */
extern const rpi_fault rpi_no_memory;

/* -- callback.c -- */

/* Adds a callback, or a future that is to be set. Or all of another list, which is empty then. */
void rpi_add_call(rpi_calls *to, rpi_call *call);
void rpi_append_calls(rpi_calls *to, rpi_calls *from);

/* Calls them in order, until one fails: RP_OK, or its status, raised. */
rp_status rpi_run_calls(const rpi_call *call);

/* A callback of the program has failed: that becomes the last error, unless it raised one with that status itself,
 * since rpi_raised returned this number. Returns the status. */
rp_status rpi_fail_callback(rp_status status, unsigned raised);

/* -- root.c -- */

/* A root pipeline without options; NULL without memory. */
rp_pipe *rpi_root_new(void);

/* The root's copy of a connection's name: equal names are equal pointers. That of the root pipeline outlives rp_clear.
 * NULL without memory. */
const char *rpi_intern(rp_pipe *pipe, const char *name);

/* Gives memory back that nobody needs any more: all but that of what was queued last, where `queued`. */
void rpi_root_clear(rpi_root *root, bool queued);

/* One user of the root's memory less; the last one frees it. */
void rpi_root_release(rpi_root *root);

#endif
