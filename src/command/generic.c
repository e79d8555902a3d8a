/* rp_command: any command by name. The name is checked, so that what is sent is one command of that name, and messages
 * can show it. */
#include <redpipe/command.h>

#include "pipe/pipe.h"

static const char *bad_name(size_t count, const rp_arg *args)
{
    if (count == 0)
        return "there is no command name";
    if (args->type != RP_ARG_STRING || !args->s.data || args->s.len == 0)
        return "the command name must be a string that is not empty";
    for (size_t i = 0; i < args->s.len; i++)
        if (args->s.data[i] <= ' ' || args->s.data[i] > '~')
            return "the command name holds a space or a control byte; pass each word as an argument of its own";
    return NULL;
}

rp_future *rp_command_args(rp_pipe *pipe, size_t count, const rp_arg *args)
{
    static const rpi_head head = {.shape = RPI_RAW};
    const char *why = bad_name(count, args);
    rpi_fault fault;

    if (!why || !pipe || pipe->fault)
        return rpi_queue(pipe, &head, count, args, 0, NULL);
    rpi_fault_set(&fault, RP_INVALID_VALUE, "%s", why);
    return rpi_refuse(pipe, "rp_command", &fault);
}
