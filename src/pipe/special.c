/* What is special about a run's commands adds up over the run: the time that they may block, one after the other on
 * their connection; whether one blocks for ever; whether the connection can be used again. A run that has such a thing
 * is not merged into another, so that nothing need be added up then. */
#include "pipe/special.h"

#include <string.h>

enum { LONGEST_MS = INT32_MAX };

void rpi_refuse_memory(rp_pipe *pipe)
{
    rpi_fault fault;

    rpi_fault_set(&fault, RP_NO_MEMORY, "no memory; nothing of the pipeline was sent");
    rpi_refuse(pipe, NULL, &fault);
}

rpi_special *rpi_special_of(rp_pipe *pipe)
{
    rpi_run *run = pipe && !pipe->fault ? pipe->runs.last : NULL;

    if (!run || pipe->root->executing || run->special)
        return run ? run->special : NULL;
    run->special = rpi_arena_alloc(&pipe->root->arena, sizeof *run->special);
    if (run->special)
        *run->special = (rpi_special){0};
    else
        rpi_refuse_memory(pipe);
    return run->special;
}

rp_future *rpi_blocking(rp_pipe *pipe, rp_future *future, double ms)
{
    rpi_special *special = rpi_special_of(pipe);

    if (special && ms == 0 && !special->for_ever)
        special->for_ever = pipe->runs.last->count;
    else if (special && ms > 0)
        special->block_ms += ms < LONGEST_MS ? (int64_t)ms : LONGEST_MS;
    return future;
}

rp_future *rpi_changes_state(rp_pipe *pipe, rp_future *future)
{
    rpi_special *special = rpi_special_of(pipe);

    if (special)
        special->state = true;
    return future;
}
