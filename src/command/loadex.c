/* MODULE LOADEX: its parameters are pairs, and each pair has a word in front. */
#include <redpipe/commands/modules.h>

#include "command/words.h"

rp_future *rp_module_loadex_with(rp_pipe *pipe, rp_arg path, const rp_module_loadex_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("6", "MODULE", RPI_SHAPE_RAW);
    rp_module_loadex_opts room;
    rpi_fault fault;
    const rp_module_loadex_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rpi_words w;
    rp_arg *to = rpi_words_begin(&w);

    if (!o)
        return rpi_refuse_call(pipe, "MODULE LOADEX", fault.status, fault.message);
    if (o->config.count % 2 || o->config.count / 2 > RPI_MOST_EACH)
        return rpi_refuse_call(pipe, "MODULE LOADEX", RP_INVALID_VALUE,
                               "config holds names and values in turn, of 32 parameters at most");
    to = rpi_add(to, RPI_WORD("6", "LOADEX"));
    to = rpi_add(to, path);
    for (size_t i = 0; i < o->config.count; i += 2) {
        to = rpi_add(to, RPI_WORD("6", "CONFIG"));
        to = rpi_add(to, o->config.args[i]);
        to = rpi_add(to, o->config.args[i + 1]);
    }
    to = rpi_add_list(to, &w, RPI_WORD("4", "ARGS"), o->args);
    return rpi_queue_words(pipe, &head, &w, to);
}
