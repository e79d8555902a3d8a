/* Pipelines: making, nesting, executing, freeing.
 *
 * Who owns what: a root lies in the first block of its own arena, and everything that it or a pipeline nested in it hands
 * out lies in that arena. A nested pipeline is a small structure of the root's, reused when it is freed. It keeps its
 * parent alive by a reference, so the order in which a program frees them does not matter; a parent that the program has
 * freed only refuses to take anything.
 *
 * The sticky fault of a pipeline goes up to its parent when it executes, with its index counted in the parent's queue.
 * The pipeline that stands for "no memory" is one for the process. */
#include "pipe/pipe.h"

#include <string.h>

#include "base/alloc.h"
#include "base/options.h"
#include "pipe/script.h"
#include "pipe/session.h"

enum { FIRST_BLOCK = 4000 };

struct rpi_name {
    rpi_name *next;
    char text[];
};

static const rpi_fault no_memory = {
    .status = RP_NO_MEMORY, .index = SIZE_MAX, .message = "no memory; nothing of the pipeline was sent"};
rp_pipe rpi_no_pipe = {.fault = &no_memory};

/* The root's copy of a connection's name: equal names are equal pointers. NULL without memory. */
static const char *intern(rpi_root *root, const char *name)
{
    size_t size = strlen(name) + 1;
    rpi_name *known;

    for (known = root->names; known; known = known->next)
        if (strcmp(known->text, name) == 0)
            return known->text;
    known = rpi_arena_alloc(&root->arena, sizeof *known + size);
    if (!known)
        return NULL;
    memcpy(known->text, name, size);
    known->next = root->names;
    root->names = known;
    return known->text;
}

static rp_pipe *new_root(void)
{
    rpi_block *block = rpi_block_new(FIRST_BLOCK);
    rpi_root *root;

    if (!block)
        return &rpi_no_pipe;
    root = (rpi_root *)(void *)block->data;
    memset(root, 0, sizeof *root);
    rpi_arena_init(&root->arena, block, sizeof *root);
    root->refs = 1;
    root->pipe.root = root;
    root->pipe.refs = 1;
    return &root->pipe;
}

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
            rpi_refuse(parent, NULL, &no_memory); /* else the parent's batch would go without this part of it */
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

/* The options that few pipelines have. Apart, so that the others do not pay for it. */
__attribute__((noinline)) static void apply_rare(rp_pipe *pipe, const rp_pipeline_opts *options)
{
    rpi_fault fault;

    if (options->name) {
        pipe->name = intern(pipe->root, options->name);
        if (!pipe->name) {
            pipe->name = ""; /* which nothing is bound to: it is never taken for the default one */
            rpi_refuse(pipe, NULL, &no_memory);
        }
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
        pipe->autoexec = true; /* so that rp_close tells */
        rpi_refuse(pipe, NULL, &fault);
        return;
    }
    pipe->autoexec = autoexec | options->autoexec;
    apply_rare(pipe, options);
}

static inline rp_pipe *new_pipe(rp_pipe *parent, bool autoexec, const rp_pipeline_opts *opts, size_t opts_size)
{
    rp_pipe *pipe = parent ? new_nested(parent) : new_root();

    if (!pipe->root)
        return pipe;
    if (!opts) {
        pipe->autoexec = autoexec;
        return pipe;
    }
    if (opts_size != sizeof *opts) {
        apply_copy(pipe, autoexec, opts, opts_size);
        return pipe;
    }
    pipe->autoexec = autoexec | opts->autoexec;
    if (opts->name || opts->collect || opts->timeout_ms)
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
        pipe->fault = &no_memory;
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

rp_status rp_on_execute(rp_pipe *pipe, rp_callback callback, void *arg)
{
    rpi_fault fault;
    rpi_call *call;

    if (!pipe)
        return rpi_fail(RP_INVALID_OPERATION, "rp_on_execute needs a pipeline");
    if (pipe->fault)
        return pipe->fault->status;
    if (pipe->root->executing || !callback) {
        rpi_fault_set(&fault, callback ? RP_INVALID_OPERATION : RP_INVALID_VALUE, "%s",
                      callback ? "rp_on_execute on a pipeline that is executing" : "the callback is a NULL pointer");
        return rp_status_of(rpi_refuse(pipe, NULL, &fault));
    }
    call = rpi_arena_alloc(&pipe->root->arena, sizeof *call);
    if (!call)
        return rp_status_of(rpi_refuse(pipe, NULL, &no_memory));
    *call = (rpi_call){.function = callback, .arg = arg};
    if (pipe->own.last)
        pipe->own.last->next = call;
    else
        pipe->own.first = call;
    pipe->own.last = call;
    return RP_OK;
}

void *rp_alloc(rp_pipe *pipe, size_t size)
{
    void *memory;

    if (!pipe || !pipe->root)
        return NULL;
    memory = rpi_arena_alloc(&pipe->root->arena, size);
    if (memory)
        return memset(memory, 0, size);
    rpi_refuse(pipe, NULL, &no_memory);
    return NULL;
}

static void append_calls(rpi_calls *to, rpi_calls *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    *from = (rpi_calls){0};
}

/* The fault of a nested pipeline in the parent's count of commands. */
static void pass_fault(rp_pipe *parent, const rpi_fault *fault)
{
    rpi_fault moved = *fault;

    if (moved.index != SIZE_MAX)
        moved.index += parent->count;
    rpi_refuse(parent, NULL, &moved);
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
    } else {
        status = rpi_raise(pipe->fault);
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
    append_calls(&parent->nested, &pipe->nested);
    append_calls(&parent->nested, &pipe->own);
    if (pipe->runs.first)
        rpi_hand_over(parent, pipe);
    return RP_OK;
}

static rp_status run_calls(const rpi_call *call)
{
    rp_status status = RP_OK;

    for (; call && status == RP_OK; call = call->next)
        status = call->function(call->arg);
    return status;
}

static rp_status execute_root(rpi_root *root)
{
    rp_pipe *pipe = &root->pipe;
    rpi_calls nested = pipe->nested, own = pipe->own;
    rp_status status;

    root->executing = true;
    pipe->nested = pipe->own = (rpi_calls){0};
    status = rpi_execute_batch(root);
    if (status == RP_OK)
        status = run_calls(nested.first);
    if (status == RP_OK)
        status = run_calls(own.first);
    root->executing = false;
    if (pipe->fault && status == RP_OK) /* a callback queued on it */
        status = rpi_raise(pipe->fault);
    pipe->fault = NULL;
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

void rp_clear(rp_pipe *pipe)
{
    if (pipe && pipe->root && !pipe->root->executing)
        rpi_forget(pipe, RP_OK);
}

void rpi_root_release(rpi_root *root)
{
    rpi_arena arena = root->arena;

    if (--root->refs)
        return;
    rpi_scripts_release(root->scripts);
    rpi_arena_free(&arena);
}

/* One user of the pipeline less. The last one gives it back, which is one user less of its parent. */
static inline void release(rp_pipe *pipe)
{
    while (pipe && --pipe->refs == 0) {
        rpi_root *root = pipe->root;
        rp_pipe *parent = pipe->parent;

        if (parent) {
            pipe->name = NULL;
            pipe->autoexec = pipe->freed = false;
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

static inline void forget_and_release(rp_pipe *pipe)
{
    if (pipe->runs.first || pipe->nested.first || pipe->own.first || pipe->fault)
        rpi_forget(pipe, RP_OK);
    pipe->freed = true;
    release(pipe);
}

void rp_free(rp_pipe *pipe)
{
    if (!pipe || !pipe->root)
        return;
    if (!pipe->parent && pipe->root->executing)
        pipe->root->free_later = true;
    else
        forget_and_release(pipe);
}

static rp_status close_other(rp_pipe *pipe)
{
    rp_status status = pipe && (pipe->autoexec || !pipe->root) ? execute_other(pipe) : RP_OK;

    rp_free(pipe);
    return status;
}

rp_status rp_close(rp_pipe *pipe)
{
    rp_status status;

    if (!pipe || !pipe->parent)
        return close_other(pipe);
    status = pipe->autoexec ? execute_nested(pipe) : RP_OK;
    if (status == RP_OK && pipe->autoexec) { /* nothing is left in it */
        pipe->freed = true;
        release(pipe);
    } else {
        forget_and_release(pipe);
    }
    return status;
}
