/* Futures that are not a command's: those of rp_future_new, those that rp_return gives away, and the dead ones.
 *
 * The first two are handles, a root and a value, so that setting one finds its arena and releasing one its memory. What
 * is given away keeps the arena of its pipeline alive, so nothing has to be copied but the node itself. The dead
 * futures are one for each status and for the process; nobody writes to them. */
#include <redpipe/pipeline.h>
#include <redpipe/value.h>

#include <string.h>

#include "pipe/pipe.h"
#include "resp/copy.h"
#include "resp/number.h"
#include "resp/whole.h"

rp_future *rpi_dead_future(rp_status status)
{
#define DEAD(s) [s] = {.kind = RP_PENDING, .outcome = RP_NOT_SENT, .status = (s) }
    static rp_value dead[] = {
        DEAD(RP_INVALID_OPERATION), DEAD(RP_INVALID_VALUE),     DEAD(RP_NOT_READY), DEAD(RP_INVALID_PIPELINE),
        DEAD(RP_SERVER_ERROR),      DEAD(RP_CONNECTION_ERROR),  DEAD(RP_TIMEOUT),   DEAD(RP_PROTOCOL_ERROR),
        DEAD(RP_CLUSTER_ERROR),     DEAD(RP_ALREADY_CONNECTED), DEAD(RP_NO_MEMORY), DEAD(RP_CANCELLED),
    };
#undef DEAD
    rpi_forget_too_large(); /* of the call that is refused */
    return &dead[status];
}

static rpi_handle *handle_of(rp_future *future)
{
    return (rpi_handle *)(void *)((char *)future - offsetof(rpi_handle, value));
}

rp_future *rp_future_new(rp_pipe *pipe)
{
    rpi_handle *handle;

    if (!pipe) {
        rpi_fail(RP_INVALID_OPERATION, "rp_future_new needs a pipeline");
        return rpi_dead_future(RP_INVALID_OPERATION);
    }
    if (!pipe->root)
        return rpi_dead_future(RP_NO_MEMORY);
    handle = rpi_arena_alloc(&pipe->root->arena, sizeof *handle);
    if (!handle)
        return rpi_refuse(pipe, NULL, &rpi_no_memory);
    handle->root = pipe->root;
    handle->value = (rp_value){.kind = RP_PENDING, .flags = RPI_SETTABLE};
    handle->call = (rpi_call){.arg = &handle->value};
    if (pipe->fault) {
        handle->value.status = (uint8_t)pipe->fault->status;
        handle->value.outcome = RP_NOT_SENT;
    } else if (!pipe->root->executing) {
        rpi_add_call(&pipe->own, &handle->call);
    }
    return &handle->value;
}

void rpi_end_futures(const rpi_call *call, rp_status why, rp_outcome outcome)
{
    for (; call; call = call->next) {
        rp_value *v = call->function ? NULL : call->arg;

        if (!v || v->kind != RP_PENDING)
            continue;
        v->outcome = (uint8_t)outcome;
        v->status = (uint8_t)why;
        if (why == RP_OK && outcome != RP_NOT_SENT) {
            v->status = RP_INVALID_OPERATION;
            v->flags |= RPI_UNSET;
        }
    }
}

/* Text of its own in the arena. */
static bool set_text(rpi_arena *arena, rp_value *v, rp_kind kind, const char *text, size_t len)
{
    const char *copy = rpi_arena_text(arena, text, len);

    if (copy)
        rpi_value_set_text(v, kind, copy, len);
    return copy != NULL;
}

/* A copy of the argument's content as a value. */
static bool set_value(rpi_arena *arena, rp_value *v, const rp_arg *x)
{
    char text[RPI_FLOAT_TEXT];

    switch (x->type) {
    case RP_ARG_STRING:
        return set_text(arena, v, RP_STRING, x->s.data, x->s.len);
    case RP_ARG_INT:
        return set_text(arena, v, RP_INT, text, rpi_format_int(text, x->i));
    case RP_ARG_UINT:
        return set_text(arena, v, RP_INT, text, rpi_format_uint(text, x->u));
    case RP_ARG_FLOAT:
        return set_text(arena, v, RP_FLOAT, text, rpi_format_float(text, x->f));
    case RP_ARG_VALUE:
        return rpi_value_copy(arena, v, x->v);
    }
    return false;
}

rp_status rp_future_set_arg(rp_future *f, rp_arg x)
{
    rp_value value;

    if (!f || !(f->flags & RPI_SETTABLE))
        return rpi_fail(RP_INVALID_OPERATION, "only a future of rp_future_new can be set");
    if (f->kind != RP_PENDING)
        return rpi_fail(RP_INVALID_OPERATION, "the future is set already");
    if (x.type == RP_ARG_VALUE && !rp_ready(x.v))
        return rpi_check_ready(x.v);
    if (x.type == RP_ARG_STRING && !x.s.data && x.s.len)
        return rpi_fail(RP_INVALID_VALUE, "the text is a NULL pointer; for an empty string pass \"\"");
    if (!set_value(&handle_of(f)->root->arena, &value, &x))
        return rpi_fail(RP_NO_MEMORY, "no memory to set the future");
    value.flags = RPI_SETTABLE;
    *f = value;
    return RP_OK;
}

const rpi_command *rpi_command_of(const rp_future *future)
{
    if (future->flags & RPI_OWNED)
        return handle_of((rp_future *)(uintptr_t)future)->command;
    return future->flags & RPI_COMMAND ? (const rpi_command *)(const void *)future : NULL;
}

/* A function that ran by itself has one answer to give: a value that is withheld tells how its execute failed. */
static void tell_failure(rp_value *v, const rpi_fault *fault)
{
    *v = (rp_value){.kind = RP_PENDING, .outcome = v->outcome, .status = (uint8_t)fault->status};
    if (fault->status == RP_SERVER_ERROR && fault->code[0]) {
        v->text = fault->code;
        v->len = (uint32_t)strlen(fault->code);
    }
}

/* A copy of the node that keeps the arena alive, and that the caller owns. */
static rp_future *give_away(rp_pipe *pipe, const rp_future *future)
{
    rpi_handle *handle = rpi_arena_alloc(&pipe->root->arena, sizeof *handle);

    if (!handle) {
        rp_close(pipe);
        rpi_fail(RP_NO_MEMORY, "no memory to return the future");
        return rpi_dead_future(RP_NO_MEMORY);
    }
    handle->root = pipe->root;
    handle->root->refs++;
    rp_close(pipe);
    handle->command = rpi_command_of(future);
    handle->value = *future;
    if (future->flags & RPI_WITHHELD)
        tell_failure(&handle->value, &handle->root->failure.fault);
    handle->value.flags = (uint8_t)(RPI_OWNED | (future->flags & RPI_UNSET));
    return &handle->value;
}

/* Everything but the future of a nested pipeline. */
__attribute__((noinline)) static rp_future *return_other(rp_pipe *pipe, rp_future *future)
{
    if (!future) {
        rpi_fail(RP_INVALID_VALUE, "rp_return got no future");
        future = rpi_dead_future(RP_INVALID_VALUE);
    }
    if (pipe && pipe->root && !pipe->parent)
        return give_away(pipe, future);
    rp_close(pipe);
    return future;
}

rp_future *rp_return(rp_pipe *pipe, rp_future *future)
{
    if (!future || !pipe || !pipe->parent)
        return return_other(pipe, future);
    rp_close(pipe);
    return future;
}

void rp_release(rp_future *future)
{
    if (future && (future->flags & RPI_OWNED))
        rpi_root_release(handle_of(future)->root);
}
