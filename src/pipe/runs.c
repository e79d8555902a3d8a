/* What happens to a pipeline's runs once they are queued: they are handed over to the parent, or forgotten. Neither
 * touches a command but to forget it.
 *
 * A nested pipeline's run most often begins where its parent's ends, in memory too: then the two become one. So five
 * hundred nested pipelines leave one run, which one system call sends. Where pipelines interleave there are more runs,
 * and their order is still right. What is one transaction keeps runs of its own, and the first and the last of them say
 * so: which takes no time either, and makes it one wherever its pipeline is nested. */
#include "pipe/pipe.h"

static void spare(rpi_root *root, rpi_run *run)
{
    run->next = root->spare_runs;
    root->spare_runs = run;
}

/* The first run of the one goes on where the last of the other ends: they become one. */
static bool merge(rp_pipe *parent, rp_pipe *pipe)
{
    rpi_run *last = parent->runs.last, *first = pipe->runs.first;

    if (!last || last->name != first->name || last->bytes + last->size != first->bytes ||
        last->commands + last->count != first->commands || first->special || (last->closes | first->opens))
        return false;
    last->count += first->count;
    last->size += first->size;
    if (pipe->root->tail == first)
        pipe->root->tail = last;
    pipe->runs.first = first->next;
    spare(pipe->root, first);
    return pipe->runs.first == NULL;
}

static void append(rp_pipe *parent, const rp_pipe *pipe)
{
    if (parent->runs.last)
        parent->runs.last->next = pipe->runs.first;
    else
        parent->runs.first = pipe->runs.first;
    parent->runs.last = pipe->runs.last;
}

/* What the parent queues before and behind is no part of it. */
__attribute__((noinline)) static void append_transaction(rp_pipe *parent, const rp_pipe *pipe)
{
    pipe->runs.first->opens = pipe->runs.last->closes = true;
    append(parent, pipe);
    parent->root->tail = NULL;
}

void rpi_hand_over(rp_pipe *parent, rp_pipe *pipe)
{
    parent->count += pipe->count;
    parent->size += pipe->size;
    if (pipe->transaction)
        append_transaction(parent, pipe);
    else if (!merge(parent, pipe))
        append(parent, pipe);
    if (parent->runs.last->name != parent->name)
        parent->root->tail = NULL; /* what the parent queues next is for another connection */
    pipe->runs = (rpi_runs){0};
    pipe->count = pipe->size = 0;
}

void rpi_forget(rp_pipe *pipe, rp_status why)
{
    rpi_run *run = pipe->runs.first;

    while (run) {
        rpi_run *next = run->next;

        for (size_t i = 0; i < run->count; i++)
            rpi_never(&run->commands[i].value, RP_NOT_SENT, why);
        if (pipe->root->tail == run)
            pipe->root->tail = NULL;
        spare(pipe->root, run);
        run = next;
    }
    pipe->runs = (rpi_runs){0};
    pipe->count = pipe->size = 0;
    rpi_end_futures(pipe->nested.first, why, RP_NOT_SENT);
    rpi_end_futures(pipe->own.first, why, RP_NOT_SENT);
    pipe->nested = pipe->own = (rpi_calls){0};
    pipe->fault = NULL;
}
