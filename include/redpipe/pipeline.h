/* Pipelines: queue commands, nest, execute once.
 *
 *   rp_future *count_view(rp_pipe *parent, const char *page)
 *   {
 *       rp_pipe *p = rp_autoexec(parent);        // alone, or inside the caller's batch
 *       rp_future *views = rp_incr(p, page);
 *       rp_zincrby(p, "ranking", 1, page);
 *       return rp_return(p, views);              // execute, or hand over to the parent
 *   }
 *
 * A pipeline without a parent is a root: rp_execute sends everything, fills the futures, and calls back. One with a
 * parent is nested: rp_execute hands its commands and callbacks to the parent, at the place in the parent's queue where
 * that happens, and sends nothing. Levels may be as deep as you like.
 *
 * Order. Commands of one connection are sent in the order in which they, or the nested pipelines that hold them, were
 * handed to the root. Callbacks of a nested pipeline run before those of its parent; those of siblings in the order in
 * which the siblings executed; those of one pipeline in the order of registration. All run after every future of the
 * whole tree is filled.
 *
 * Errors stick: the first failure (a bad argument, no memory, misuse) stays on the pipeline and goes up to the parent
 * on rp_execute. Then the root's rp_execute returns it and sends nothing.
 *
 * Threads: a root, everything nested in it and everything that they handed out belong to one thread at a time. */
#ifndef REDPIPE_PIPELINE_H
#define REDPIPE_PIPELINE_H

#include <redpipe/status.h>

RP_BEGIN_DECLS

/* Options of rp_pipeline and rp_autoexec. Times are milliseconds. */
typedef struct rp_pipeline_opts {
    const struct rp_named_only *_named_only;
    const char *name; /* the connection; NULL: the default one, also in a nested pipeline. Copied */
    bool autoexec;    /* rp_close and rp_return execute first */
    bool collect;     /* of a root: each command keeps its own outcome. An error from the server is a value of kind
                       * RP_ERROR and does not fail the execute; where a connection fails, what was answered before
                       * stays readable. Without it the first failure leaves every future unfilled */
    int timeout_ms;   /* of a root: for the whole execute, all servers together, in place of the connections' own.
                       * 0: the connections' own; -1: none */
    bool transaction; /* its commands, and those of the pipelines nested in it, travel as one MULTI ... EXEC for each
                       * connection, in the same round trip, wherever the pipeline is nested; inside another
                       * transaction it joins that. See transaction.h */
} rp_pipeline_opts;

/* A pipeline: a root where parent is NULL, else one nested in parent.
 *
 * Never NULL. Without memory, or with options that this library does not know, it is a pipeline whose rp_execute
 * reports just that. Free it with rp_free, rp_close or rp_return, a nested one too. A root that is freed before
 * pipelines nested in it keeps its memory until the last of them is freed; executing those is RP_INVALID_OPERATION.
 * Nothing is looked up here: the connection's name must be bound when the root executes. */
RP_API rp_pipe *rp_pipeline_with(rp_pipe *parent, const rp_pipeline_opts *opts, size_t opts_size);
#define rp_pipeline(...) rp_pipeline_with(RP_1_(__VA_ARGS__, ), RP_OPTS_(rp_pipeline_opts, RP_AFTER_1_(__VA_ARGS__, )))

/* rp_pipeline with .autoexec = true. */
RP_API rp_pipe *rp_autoexec_with(rp_pipe *parent, const rp_pipeline_opts *opts, size_t opts_size);
#define rp_autoexec(...) rp_autoexec_with(RP_1_(__VA_ARGS__, ), RP_OPTS_(rp_pipeline_opts, RP_AFTER_1_(__VA_ARGS__, )))

/* Root: sends all that is queued, waits for the replies, fills the futures, runs the callbacks. Nested: hands all over
 * to the parent, in constant time.
 *
 * The queue is gone afterwards, also after a failure: nothing is ever sent twice. An empty pipeline sends nothing and
 * needs no connection; its callbacks run. The pipeline can be used again. What it handed out stays, until rp_clear or
 * the end of the root.
 *
 * RP_OK, or the first failure; rp_error_of tells which command on which connection. After a failure no future is
 * filled (but see .collect), no callback has run, and rp_outcome_of tells of each command whether it may have run,
 * rp_status_of what became of it. A callback that fails ends the callbacks, and its status is returned; the futures are
 * filled then. On a pipeline that is executing: RP_INVALID_OPERATION. */
RP_API RP_MUST_CHECK rp_status rp_execute(rp_pipe *pipe);

/* How the pipeline's last execute failed, in full, until its next one or its end; also what a nested pipeline could not
 * hand over. Never NULL: where it did not fail, or there was none, the status is RP_OK and the message empty. Where
 * several servers failed, the first in program order, and behind it (next) each of the others, until rp_clear; also the
 * end of the connection that such an error came from, if it was lost behind it. */
RP_API const rp_error *rp_error_of(const rp_pipe *pipe);

/* Leaves the block: executes if the pipeline is autoexec, then frees it. Returns what the execute returned, or RP_OK.
 * One that is not autoexec and holds commands or callbacks that were never executed is RP_INVALID_OPERATION, and one
 * that holds an error returns that: nothing is dropped without a word, but by rp_clear and rp_free. The futures of a
 * root go with it:
 * to keep one, use rp_return. NULL is allowed. */
RP_API rp_status rp_close(rp_pipe *pipe);

/* Forgets the commands and callbacks that are queued, those that nested pipelines handed over too, and the sticky
 * error. Their futures never arrive: outcome RP_NOT_SENT. A pipeline that is executing is left alone.
 *
 * Of a root, it also gives memory back: all that it handed out before ends its life here, futures, values and memory of
 * rp_alloc, but the futures that are forgotten just now, which end with the next rp_clear. So a loop that executes and
 * clears one root needs no more memory the longer it runs; without rp_clear, a root that is used again keeps all that
 * it handed out, some KiB for each execute. While a pipeline nested in it is not freed, or a future that rp_return gave
 * is not released, all stays. */
RP_API void rp_clear(rp_pipe *pipe);

/* Forgets what is queued and frees the pipeline, without executing. With a root goes everything that it and the
 * pipelines nested in it handed out. Of a root that is executing, in a callback: put off until the execute ends. NULL
 * is allowed. */
RP_API void rp_free(rp_pipe *pipe);

/* Gives memory back that the calling thread keeps, up to 1 MiB of what its pipelines used, so that the next ones need
 * not ask the system for it. A thread that ends does so by itself. For programs that go quiet, those that end under a
 * leak checker, and threads that outlive a plugin which the static library is part of. Its pages may stay with the C
 * library, for its next user. */
RP_API void rp_trim(void);

/* The last line of a function that takes a pipeline: rp_close(pipe), and the future for the caller.
 *
 * Of a nested pipeline: `future` itself, which belongs to the parent's root. Of a root (the function ran by itself): a
 * future of the same value that the caller owns; rp_release it. Never NULL. Where the execute failed, it is not ready,
 * and rp_status_of tells why; so it is where commands were never executed, as for rp_close. */
RP_API rp_future *rp_return(rp_pipe *pipe, rp_future *future);

/* Frees a future that rp_return gave without a parent, with all that it holds. Of any other future, and of NULL, it
 * does nothing. So a function's caller may always release what it got. */
RP_API void rp_release(rp_future *future);

/* Called after the execute, on the executing thread, when all futures are filled. arg is passed through. Return RP_OK;
 * anything else ends the callbacks and is what rp_execute returns. A callback may read futures, set those of
 * rp_future_new, allocate with rp_alloc, and use any pipeline but the ones of its own tree: queueing on those is
 * RP_INVALID_OPERATION until the execute has ended. */
typedef rp_status (*rp_callback)(void *arg);

/* Registers a callback on a pipeline. RP_OK, or the pipeline's sticky error, which needs no check here. */
RP_API rp_status rp_on_execute(rp_pipe *pipe, rp_callback callback, void *arg);

/* Memory of the pipeline's root, zeroed and aligned for any type; lives as long as the root's futures. NULL only where
 * there is no memory, which then sticks. */
RP_API void *rp_alloc(rp_pipe *pipe, size_t size);

RP_END_DECLS

#endif
