/* HSETEX, whose list holds twice as many words as the count in front of it says. */
#include <redpipe/commands/hashes.h>

#include "command/words.h"

static bool two_given(const rp_hsetex_opts *o)
{
    return (o->ex != 0) + (o->px != 0) + (o->exat != 0) + (o->pxat != 0) + o->keepttl > 1;
}

rp_future *rp_hsetex_with(rp_pipe *pipe, rp_arg key, rp_list_arg field_values, const rp_hsetex_opts *opts,
                          size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("6", "HSETEX", RPI_SHAPE_BOOL);
    rp_hsetex_opts room;
    rpi_fault fault;
    const rp_hsetex_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "HSETEX", fault.status, fault.message);
    if (field_values.count == 0 || field_values.count % 2)
        return rpi_refuse_call(pipe, "HSETEX", RP_INVALID_VALUE, "it needs whole groups of field and value");
    if (o->fnx && o->fxx)
        return rpi_refuse_call(pipe, "HSETEX", RP_INVALID_OPERATION, "of fnx and fxx only one may be given");
    if (two_given(o))
        return rpi_refuse_call(pipe, "HSETEX", RP_INVALID_OPERATION,
                               "of ex, px, exat, pxat and keepttl only one may be given");
    if (o->ex < 0 || o->px < 0 || o->exat < 0 || o->pxat < 0)
        return rpi_refuse_call(pipe, "HSETEX", RP_INVALID_VALUE, "ex, px, exat and pxat may not be below zero");
    rpi_words_begin(&w);
    rpi_add(&w, key);
    rpi_add_flag(&w, o->fnx, "FNX");
    rpi_add_flag(&w, o->fxx, "FXX");
    rpi_add_number(&w, "EX", o->ex);
    rpi_add_number(&w, "PX", o->px);
    rpi_add_number(&w, "EXAT", o->exat);
    rpi_add_number(&w, "PXAT", o->pxat);
    rpi_add_flag(&w, o->keepttl, "KEEPTTL");
    rpi_add(&w, rp_arg_str("FIELDS"));
    rpi_add(&w, rp_arg_uint(field_values.count / 2));
    rpi_add_list(&w, NULL, field_values);
    return rpi_queue_words(pipe, &head, &w);
}
