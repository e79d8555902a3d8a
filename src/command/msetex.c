/* MSETEX: the count that it sends is that of its pairs, and its options stand behind them. */
#include <redpipe/commands/strings.h>

#include "command/words.h"

static const char *bad_options(const rp_msetex_opts *o)
{
    if (o->nx + o->xx > 1)
        return "of nx and xx only one may be given";
    if ((o->ex != 0) + (o->px != 0) + (o->exat != 0) + (o->pxat != 0) + o->keepttl > 1)
        return "of ex, px, exat, pxat and keepttl only one may be given";
    return NULL;
}

rp_future *rp_msetex_with(rp_pipe *pipe, rp_list_arg pairs, const rp_msetex_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("6", "MSETEX", RPI_SHAPE_BOOL);
    rp_msetex_opts room;
    rpi_fault fault;
    const rp_msetex_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "MSETEX", fault.status, fault.message);
    if (pairs.count == 0 || pairs.count % 2)
        return rpi_refuse_call(pipe, "MSETEX", RP_INVALID_VALUE, "it needs whole pairs of key and value");
    if (bad_options(o))
        return rpi_refuse_call(pipe, "MSETEX", RP_INVALID_OPERATION, bad_options(o));
    if (o->ex < 0 || o->px < 0 || o->exat < 0 || o->pxat < 0)
        return rpi_refuse_call(pipe, "MSETEX", RP_INVALID_VALUE, "ex, px, exat and pxat may not be below zero");
    rpi_words_begin(&w);
    rpi_add(&w, rp_arg_uint(pairs.count / 2));
    rpi_add_list(&w, NULL, pairs);
    rpi_add_flag(&w, o->nx, "NX");
    rpi_add_flag(&w, o->xx, "XX");
    rpi_add_number(&w, "EX", o->ex);
    rpi_add_number(&w, "PX", o->px);
    rpi_add_number(&w, "EXAT", o->exat);
    rpi_add_number(&w, "PXAT", o->pxat);
    rpi_add_flag(&w, o->keepttl, "KEEPTTL");
    return rpi_queue_words(pipe, &head, &w);
}
