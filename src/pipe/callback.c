/* Callbacks: lists in the order of registration, which lie in the arena. A nested pipeline's go to its parent's list
 * for those of the pipelines nested in it, which are called before the parent's own.
 *
 * A future of rp_future_new stands in the same lists, where it was made, so that it is known when nobody can set it any
 * more. */
#include "pipe/pipe.h"

void rpi_add_call(rpi_calls *to, rpi_call *call)
{
    if (to->last)
        to->last->next = call;
    else
        to->first = call;
    to->last = call;
}

void rpi_append_calls(rpi_calls *to, rpi_calls *from)
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
        return rp_status_of(rpi_refuse(pipe, NULL, &rpi_no_memory));
    *call = (rpi_call){.function = callback, .arg = arg};
    rpi_add_call(&pipe->own, call);
    return RP_OK;
}

rp_status rpi_fail_callback(rp_status status, unsigned raised)
{
    if (rpi_raised() == raised || rp_last_error()->status != status)
        rpi_fail(status, "a callback ended with %s", rp_status_name(status));
    return status;
}

rp_status rpi_run_calls(const rpi_call *call)
{
    for (; call; call = call->next) {
        unsigned raised = rpi_raised();
        rp_status status = call->function ? call->function(call->arg) : RP_OK;

        if (status != RP_OK)
            return rpi_fail_callback(status, raised);
    }
    return RP_OK;
}
