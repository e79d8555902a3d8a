/* Scripts and functions: EVAL and its kin. They differ in their names only. The number of keys is an argument like
 * those behind it; it is checked here, since a wrong one would make keys of arguments, and send the command to a wrong
 * server. */
#include <redpipe/commands/scripting.h>

#include "command/words.h"

static rp_future *run(rp_pipe *pipe, const rpi_head *head, const char *command, rp_arg script, size_t count,
                      const rp_arg *args)
{
    bool counted = count > 0 && (args->type == RP_ARG_INT || args->type == RP_ARG_UINT);

    if (!counted)
        return rpi_refuse_call(pipe, command, RP_INVALID_VALUE,
                               "the number of keys, an integer, comes behind what it runs");
    if ((args->type == RP_ARG_INT && args->i < 0) || args->u > count - 1)
        return rpi_refuse_call(pipe, command, RP_INVALID_VALUE,
                               "the number of keys is below zero or more than the arguments behind it");
    return rpi_queue_behind(pipe, head, 1, &script, (rp_list_arg){args, count});
}

rp_future *rp_eval_with(rp_pipe *pipe, rp_arg script, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("4", "EVAL", RPI_SHAPE_RAW);

    return run(pipe, &head, "EVAL", script, count, args);
}

rp_future *rp_eval_ro_with(rp_pipe *pipe, rp_arg script, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("7", "EVAL_RO", RPI_SHAPE_RAW);

    return run(pipe, &head, "EVAL_RO", script, count, args);
}

rp_future *rp_evalsha_with(rp_pipe *pipe, rp_arg sha1, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("7", "EVALSHA", RPI_SHAPE_RAW);

    return run(pipe, &head, "EVALSHA", sha1, count, args);
}

rp_future *rp_evalsha_ro_with(rp_pipe *pipe, rp_arg sha1, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("10", "EVALSHA_RO", RPI_SHAPE_RAW);

    return run(pipe, &head, "EVALSHA_RO", sha1, count, args);
}

rp_future *rp_fcall_with(rp_pipe *pipe, rp_arg function, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("5", "FCALL", RPI_SHAPE_RAW);

    return run(pipe, &head, "FCALL", function, count, args);
}

rp_future *rp_fcall_ro_with(rp_pipe *pipe, rp_arg function, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("8", "FCALL_RO", RPI_SHAPE_RAW);

    return run(pipe, &head, "FCALL_RO", function, count, args);
}
