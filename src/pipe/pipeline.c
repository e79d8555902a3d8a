/* Pipelines: making, nesting, executing, freeing.
 *
 * Who owns what: everything that a root or a pipeline nested in it hands out lies in the root's arena; see root.c. A
 * nested pipeline is a small structure of the root's, reused when it is freed. It keeps its parent alive by a
 * reference, so the order in which a program frees them does not matter; a parent that the program has freed only
 * refuses to take anything.
 *
 * The sticky fault of a pipeline goes up to its parent when it executes, with its index counted in the parent's queue.
 * The pipeline that stands for "no memory" is one for the process. */
#include "pipe/pipe.h"

#include <string.h>

#include "base/alloc.h"
#include "base/options.h"
#include "pipe/script.h"
#include "pipe/session.h"

const rpi_fault rpi_no_memory = {
    .status = RP_NO_MEMORY, .index = SIZE_MAX, .message = "no memory; nothing of the pipeline was sent"};
rp_pipe rpi_no_pipe = {.fault = &rpi_no_memory};

/* Pipelines to reuse are as new: all is zero but who they belong to. */
static inline rp_pipe *new_nested(rp_pipe *parent)
{
    rpi_root *root = parent->root;
    rp_pipe *pipe;

    if (!root)
        return &rpi_no_pipe;
    pipe = root->spare_pipes;
    if (pipe) {
        root->spare_pipes = pipe->parent;
    } else {
        pipe = rpi_arena_alloc(&root->arena, sizeof *pipe);
        if (!pipe) {
            rpi_refuse(parent, NULL, &rpi_no_memory); /* else the parent's batch would go without this part of it */
            return &rpi_no_pipe;
        }
        memset(pipe, 0, sizeof *pipe);
        pipe->root = root;
    }
    pipe->parent = parent;
    pipe->refs = 1;
    parent->refs++;
    return pipe;
}

/* Is what this pipeline holds part of a transaction? */
static bool is_inside(const rp_pipe *pipe)
{
    while (pipe && !pipe->transaction && !pipe->joined)
        pipe = pipe->parent;
    return pipe != NULL;
}

/* The options that few pipelines have. Apart, so that the others do not pay for it. */
__attribute__((noinline)) static void apply_rare(rp_pipe *pipe, const rp_pipeline_opts *options)
{
    rpi_fault fault;

    if (options->name) {
        pipe->name = rpi_intern(pipe, options->name);
        if (!pipe->name) {
            pipe->name = ""; /* which nothing is bound to: it is never taken for the default one */
            rpi_refuse(pipe, NULL, &rpi_no_memory);
        }
    }
    if (options->transaction) {
        pipe->joined = is_inside(pipe->parent);
        pipe->transaction = !pipe->joined;
    }
    if (pipe->parent && (options->collect || options->timeout_ms)) {
        rpi_fault_set(&fault, RP_INVALID_OPERATION, "collect and timeout_ms are options of a root pipeline only");
        rpi_refuse(pipe, NULL, &fault);
    } else if (options->timeout_ms < -1) {
        rpi_fault_set(&fault, RP_INVALID_VALUE, "timeout_ms is %d; it may be -1 for none, or more",
                      options->timeout_ms);
        rpi_refuse(pipe, NULL, &fault);
    } else if (!pipe->parent) {
        pipe->root->collect = options->collect;
        pipe->root->timeout_ms = options->timeout_ms;
    }
}

/* Options that do not have the size that we know. */
__attribute__((noinline)) static void apply_copy(rp_pipe *pipe, bool autoexec, const rp_pipeline_opts *opts,
                                                 size_t size)
{
    rp_pipeline_opts room;
    rpi_fault fault;
    const rp_pipeline_opts *options = rpi_options(&room, sizeof room, opts, size, &fault);

    if (!options) {
        pipe->autoexec = true; /* so that rp_close hands the failure up */
        rpi_refuse(pipe, NULL, &fault);
        return;
    }
    pipe->autoexec = autoexec | options->autoexec;
    apply_rare(pipe, options);
}

static inline rp_pipe *new_pipe(rp_pipe *parent, bool autoexec, const rp_pipeline_opts *opts, size_t opts_size)
{
    rp_pipe *pipe = parent ? new_nested(parent) : rpi_root_new();

    if (!pipe || !pipe->root)
        return &rpi_no_pipe;
    if (!opts) {
        pipe->autoexec = autoexec;
        return pipe;
    }
    if (opts_size != sizeof *opts) {
        apply_copy(pipe, autoexec, opts, opts_size);
        return pipe;
    }
    pipe->autoexec = autoexec | opts->autoexec;
    if (opts->name || opts->collect || opts->timeout_ms || opts->transaction)
        apply_rare(pipe, opts);
    return pipe;
}

rp_pipe *rp_pipeline_with(rp_pipe *parent, const rp_pipeline_opts *opts, size_t opts_size)
{
    return new_pipe(parent, false, opts, opts_size);
}

rp_pipe *rp_autoexec_with(rp_pipe *parent, const rp_pipeline_opts *opts, size_t opts_size)
{
    return new_pipe(parent, true, opts, opts_size);
}

rp_future *rpi_refuse(rp_pipe *pipe, const char *command, const rpi_fault *fault)
{
    rpi_fault *kept;

    if (pipe->fault)
        return rpi_dead_future(pipe->fault->status);
    kept = rpi_arena_alloc(&pipe->root->arena, sizeof *kept);
    if (!kept) {
        pipe->fault = &rpi_no_memory;
        return rpi_dead_future(RP_NO_MEMORY);
    }
    *kept = *fault;
    if (command) {
        rpi_fault_set(kept, fault->status, "%s: %s", command, fault->message);
        kept->index = pipe->count;
        rpi_fault_on(kept, pipe->name);
    }
    pipe->fault = kept;
    rpi_raise(kept);
    return rpi_dead_future(kept->status);
}

void *rp_alloc(rp_pipe *pipe, size_t size)
{
    void *memory;

    if (!pipe || !pipe->root)
        return NULL;
    memory = rpi_arena_alloc(&pipe->root->arena, size);
    if (memory)
        return memset(memory, 0, size);
    rpi_refuse(pipe, NULL, &rpi_no_memory);
    return NULL;
}

/* The fault of a nested pipeline in the parent's count of commands. */
static void pass_fault(rp_pipe *parent, const rpi_fault *fault)
{
    rpi_fault moved = *fault;

    if (moved.index != SIZE_MAX)
        moved.index += parent->count;
    rpi_refuse(parent, NULL, &moved);
}

/* What a nested pipeline's execute failed with. */
static void keep_error(rp_pipe *pipe, const rpi_fault *fault)
{
    static const rp_error untold = {
        .status = RP_NO_MEMORY, .message = "no memory to keep what went wrong", .index = SIZE_MAX};
    rpi_failure *failure = rpi_arena_alloc(&pipe->root->arena, sizeof *failure);

    pipe->error = failure ? &failure->view : &untold;
    if (failure)
        rpi_failure_set(failure, fault);
}

/* Why a nested pipeline cannot hand over: its own fault, which then is the parent's too, or misuse. */
__attribute__((noinline)) static rp_status refuse_nested(rp_pipe *pipe)
{
    rp_pipe *parent = pipe->parent;
    rp_status status = RP_INVALID_OPERATION;

    if (pipe->root->executing)
        return rpi_fail(RP_INVALID_OPERATION, "the pipeline's root is executing; use another pipeline in callbacks");
    if (parent->freed) {
        rpi_fail(RP_INVALID_OPERATION, "the pipeline's parent was freed before it executed");
        keep_error(pipe, rpi_last_fault());
    } else {
        status = rpi_raise(pipe->fault);
        keep_error(pipe, pipe->fault);
        pass_fault(parent, pipe->fault);
    }
    rpi_forget(pipe, status);
    return status;
}

static inline rp_status execute_nested(rp_pipe *pipe)
{
    rp_pipe *parent = pipe->parent;

    if (pipe->fault || parent->freed || pipe->root->executing)
        return refuse_nested(pipe);
    pipe->error = NULL;
    rpi_append_calls(&parent->nested, &pipe->nested);
    rpi_append_calls(&parent->nested, &pipe->own);
    if (pipe->runs.first)
        rpi_hand_over(parent, pipe);
    return RP_OK;
}

static rp_status execute_root(rpi_root *root)
{
    rp_pipe *pipe = &root->pipe;
    rpi_calls nested = pipe->nested, own = pipe->own;
    rp_outcome outcome = RP_ANSWERED;
    rp_status status;

    root->executing = true;
    pipe->nested = pipe->own = (rpi_calls){0};
    status = rpi_execute_batch(root, &outcome);
    if (status == RP_OK) {
        status = rpi_run_calls(nested.first);
        if (status == RP_OK)
            status = rpi_run_calls(own.first);
        if (pipe->fault && status == RP_OK) /* a callback queued on it */
            status = rpi_raise(pipe->fault);
        if (status != RP_OK)
            rpi_failure_set(&root->failure, rpi_last_fault());
    }
    rpi_end_futures(nested.first, status, outcome);
    rpi_end_futures(own.first, status, outcome);
    root->executing = false;
    pipe->fault = NULL;
    pipe->error = status == RP_OK ? NULL : &root->failure.view;
    if (root->free_later)
        rp_free(pipe);
    return status;
}

static rp_status execute_other(rp_pipe *pipe)
{
    if (!pipe)
        return rpi_fail(RP_INVALID_OPERATION, "rp_execute needs a pipeline");
    if (!pipe->root)
        return rpi_raise(pipe->fault);
    if (pipe->root->executing)
        return rpi_fail(RP_INVALID_OPERATION, "the pipeline is executing; use another one in callbacks");
    return execute_root(pipe->root);
}

rp_status rp_execute(rp_pipe *pipe)
{
    return pipe && pipe->parent ? execute_nested(pipe) : execute_other(pipe);
}

const rp_error *rp_error_of(const rp_pipe *pipe)
{
    static const rp_error none = {.status = RP_OK, .message = "", .index = SIZE_MAX};
    static const rp_error no_pipe = {
        .status = RP_NO_MEMORY, .message = "no memory for the pipeline; nothing was sent", .index = SIZE_MAX};

    if (pipe && !pipe->root)
        return &no_pipe;
    return pipe && pipe->error ? pipe->error : &none;
}

/* Is there something that an execute would send, or call? */
static inline bool is_queued(const rp_pipe *pipe)
{
    return pipe->runs.first || pipe->nested.first || pipe->own.first;
}

void rp_clear(rp_pipe *pipe)
{
    bool queued;

    if (!pipe || !pipe->root || pipe->root->executing)
        return;
    queued = is_queued(pipe) || pipe->fault; /* of a nested one that failed, futures are forgotten too */
    rpi_forget(pipe, RP_OK);
    if (!pipe->parent)
        rpi_root_clear(pipe->root, queued);
}

/* One user of the pipeline less. The last one gives it back, which is one user less of its parent. */
static inline void release(rp_pipe *pipe)
{
    while (pipe && --pipe->refs == 0) {
        rpi_root *root = pipe->root;
        rp_pipe *parent = pipe->parent;

        if (parent) {
            pipe->name = NULL;
            pipe->error = NULL;
            pipe->autoexec = pipe->freed = pipe->transaction = pipe->joined = false;
            pipe->parent = root->spare_pipes;
            root->spare_pipes = pipe;
        } else {
            if (root->session)
                rpi_session_release(root->session);
            rpi_root_release(root);
        }
        pipe = parent;
    }
}

static inline void forget_and_release(rp_pipe *pipe, rp_status why)
{
    if (is_queued(pipe) || pipe->fault)
        rpi_forget(pipe, why);
    pipe->freed = true;
    release(pipe);
}

/* Frees it; what is queued will never arrive, and this is why. */
static void free_because(rp_pipe *pipe, rp_status why)
{
    if (!pipe->parent && pipe->root->executing)
        pipe->root->free_later = true;
    else
        forget_and_release(pipe, why);
}

void rp_free(rp_pipe *pipe)
{
    if (pipe && pipe->root)
        free_because(pipe, RP_OK);
}

/* What a pipeline that does not execute when it is closed would drop without a word: an error, commands, callbacks. */
static rp_status refuse_rest(const rp_pipe *pipe)
{
    if (pipe->fault)
        return rpi_raise(pipe->fault);
    if (!is_queued(pipe))
        return RP_OK;
    if (!pipe->count)
        return rpi_fail(
            RP_INVALID_OPERATION,
            "a callback was registered and never called: rp_execute the pipeline, or rp_free it to forget it");
    return rpi_fail(RP_INVALID_OPERATION,
                    "%zu command%s queued and never executed: rp_execute the pipeline, or rp_free it to forget them",
                    pipe->count, pipe->count == 1 ? " was" : "s were");
}

static rp_status close_other(rp_pipe *pipe)
{
    rp_status status = RP_OK;

    if (!pipe)
        return RP_OK;
    if (!pipe->root)
        return rpi_raise(pipe->fault);
    if (pipe->parent || !pipe->autoexec)
        status = refuse_rest(pipe);
    else
        status = execute_other(pipe);
    free_because(pipe, status);
    return status;
}

rp_status rp_close(rp_pipe *pipe)
{
    rp_status status;

    if (!pipe || !pipe->parent || !pipe->autoexec)
        return close_other(pipe);
    status = execute_nested(pipe);
    if (status == RP_OK) { /* nothing is left in it */
        pipe->freed = true;
        release(pipe);
    } else {
        forget_and_release(pipe, status);
    }
    return status;
}
