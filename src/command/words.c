/* A long list stays the caller's: it is a part of its own, and is copied only where words stand behind it, or it is one
 * of several. Then all words are laid side by side first, since that is what the queue takes. */
#include "command/words.h"

#include <string.h>

#include "base/alloc.h"

static void end_part(rpi_words *w, rp_arg *to)
{
    if (to > w->begun)
        w->part[w->parts++] = (rp_list_arg){w->begun, (size_t)(to - w->begun)};
    w->begun = to;
}

rp_arg *rpi_add_long_list(rp_arg *to, rpi_words *w, rp_list_arg list)
{
    end_part(w, to);
    w->part[w->parts++] = list;
    return to;
}

bool rpi_last_number(size_t count, const rp_arg *args, double *number)
{
    const rp_arg *last;

    if (count < 2)
        return false;
    last = &args[count - 1];
    if (last->type == RP_ARG_INT)
        *number = (double)last->i;
    else if (last->type == RP_ARG_UINT)
        *number = (double)last->u;
    else if (last->type == RP_ARG_FLOAT)
        *number = last->f;
    else
        return false;
    return true;
}

rp_future *rpi_refuse_call(rp_pipe *pipe, const char *command, rp_status status, const char *why)
{
    rpi_fault fault;

    rpi_fault_set(&fault, status, "%s", why);
    if (pipe)
        return rpi_refuse(pipe, command, &fault);
    rpi_raise(&fault);
    return rpi_dead_future(status);
}

static rp_future *refuse(rp_pipe *pipe, const rpi_head *head, rp_status status, const char *why)
{
    const char *word = strchr(head->word, '\n') + 1;
    char name[sizeof head->word] = "";

    memcpy(name, word, strcspn(word, "\r"));
    return rpi_refuse_call(pipe, name, status, why);
}

static rp_future *queue_joined(rp_pipe *pipe, const rpi_head *head, const rpi_words *w)
{
    size_t count = 0, at = 0;
    rp_future *future;
    rp_arg *all;

    for (size_t i = 0; i < w->parts; i++) {
        if (w->part[i].count > RPI_MAX_ARGS) /* which refuses it, and no sum wraps */
            return rpi_queue(pipe, head, 0, NULL, w->part[i].count, w->part[i].args);
        count += w->part[i].count;
    }
    all = rpi_malloc(count * sizeof *all);
    if (!all)
        return refuse(pipe, head, RP_NO_MEMORY, "no memory for its arguments");
    for (size_t i = 0; i < w->parts; at += w->part[i++].count)
        memcpy(&all[at], w->part[i].args, w->part[i].count * sizeof *all);
    future = rpi_queue(pipe, head, 0, NULL, count, all);
    rpi_free(all);
    return future;
}

rp_future *rpi_queue_parts(rp_pipe *pipe, const rpi_head *head, rpi_words *w, rp_arg *to)
{
    if (w->too_many)
        return refuse(pipe, head, RP_INVALID_VALUE, "a list among its options has more items than 32");
    end_part(w, to);
    if (w->parts == 1)
        return rpi_queue(pipe, head, 0, NULL, w->part[0].count, w->part[0].args);
    if (w->parts == 2)
        return rpi_queue(pipe, head, w->part[0].count, w->part[0].args, w->part[1].count, w->part[1].args);
    return queue_joined(pipe, head, w);
}
