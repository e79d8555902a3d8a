/* rp_script_run: EVALSHA in the queue. That it may have to be EVAL on the wire is the engine's concern: see
 * pipe/script.c. */
#include <redpipe/command.h>
#include <redpipe/script.h>

#include "command/words.h"
#include "pipe/script.h"

rp_future *rp_script_run_with(rp_pipe *pipe, rp_script *script, const rp_script_run_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("7", "EVALSHA", RPI_SHAPE_RAW);
    rp_script_run_opts room;
    rpi_fault fault;
    const rp_script_run_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rpi_words w;
    rp_arg *to = rpi_words_begin(&w);

    if (!o)
        return rpi_refuse_call(pipe, "EVALSHA", fault.status, fault.message);
    if (!script)
        return rpi_refuse_call(pipe, "EVALSHA", RP_INVALID_VALUE, "the script is a NULL pointer");
    to = rpi_add(to, rp_arg_str(rp_script_sha1(script)));
    to = rpi_add(to, rp_arg_int((int64_t)o->keys.count));
    to = rpi_add_all(to, &w, o->keys);
    to = rpi_add_all(to, &w, o->args);
    return rpi_scripted(pipe, rpi_queue_words(pipe, &head, &w, to), script);
}
