/* Entries of streams, where words stand in another order than arguments: what is dropped from a stream is told amid the
 * options of XADD and XTRIM, and the reading commands take all streams first, then the ids. That order is made in memory of
 * its own, since lists are the caller's. */
#include <redpipe/commands/streams.h>

#include "base/alloc.h"
#include "command/words.h"

/* What is dropped from a stream. */
typedef struct trimming {
    int64_t maxlen, limit;
    const char *minid;
    bool approximate;
} trimming;

static inline const char *bad_trimming(const trimming *t)
{
    if (t->maxlen && t->minid)
        return "of maxlen and minid only one may be given";
    if (t->approximate && !t->maxlen && !t->minid)
        return "approximate needs maxlen or minid";
    if (t->limit && !t->approximate)
        return "limit needs approximate";
    return NULL;
}

static inline void add_trimming(rpi_words *w, const trimming *t)
{
    if (!t->maxlen && !t->minid)
        return;
    rpi_add(w, rp_arg_str(t->minid ? "MINID" : "MAXLEN"));
    rpi_add_flag(w, t->approximate, "~");
    rpi_add_text(w, NULL, t->minid);
    rpi_add_number_or_zero(w, NULL, t->maxlen);
    rpi_add_number_or_zero(w, "LIMIT", t->limit);
}

rp_future *rp_xadd_with(rp_pipe *pipe, rp_arg key, rp_list_arg field_values, const rp_xadd_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("4", "XADD", RPI_SHAPE_RAW);
    rp_xadd_opts room;
    rpi_fault fault;
    const rp_xadd_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    const char *why;
    trimming t;
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "XADD", fault.status, fault.message);
    t = (trimming){o->maxlen, o->limit, o->minid, o->approximate};
    why = bad_trimming(&t);
    if (why)
        return rpi_refuse_call(pipe, "XADD", RP_INVALID_OPERATION, why);
    if (field_values.count == 0 || field_values.count % 2)
        return rpi_refuse_call(pipe, "XADD", RP_INVALID_VALUE, "it needs whole groups of field and value");
    w.count = 0;
    rpi_add(&w, key);
    rpi_add_flag(&w, o->nomkstream, "NOMKSTREAM");
    rpi_add_text(&w, NULL, o->ref_policy);
    add_trimming(&w, &t);
    rpi_add(&w, rp_arg_str(o->id ? o->id : "*"));
    return rpi_queue_tail(pipe, &head, &w, field_values);
}

rp_future *rp_xtrim_with(rp_pipe *pipe, rp_arg key, const rp_xtrim_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("5", "XTRIM", RPI_SHAPE_RAW);
    rp_xtrim_opts room;
    rpi_fault fault;
    const rp_xtrim_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    const char *why;
    trimming t;
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "XTRIM", fault.status, fault.message);
    t = (trimming){o->maxlen, o->limit, o->minid, o->approximate};
    why = o->maxlen || o->minid ? bad_trimming(&t) : "it needs maxlen or minid";
    if (why)
        return rpi_refuse_call(pipe, "XTRIM", RP_INVALID_OPERATION, why);
    w.count = 0;
    rpi_add(&w, key);
    add_trimming(&w, &t);
    rpi_add_text(&w, NULL, o->ref_policy);
    return rpi_queue_some(pipe, &head, w.count, w.list);
}

static const char *bad_read(rp_list_arg streams, int64_t count, int64_t block)
{
    if (streams.count == 0 || streams.count % 2)
        return "it needs whole groups of stream and id";
    if (count < 0)
        return "count may not be below zero";
    return block < -1 ? "block may not be below -1" : NULL;
}

/* Adds the streams and queues. */
static rp_future *queue_read(rp_pipe *pipe, const char *command, const rpi_head *head, rpi_words *w,
                             rp_list_arg streams, int64_t block)
{
    size_t half = streams.count / 2;
    rp_future *future;
    rp_arg *sorted;

    if (streams.count > RPI_MAX_ARGS) /* which is refused, and the product below would wrap */
        return rpi_queue(pipe, head, 0, NULL, streams.count, streams.args);
    sorted = rpi_malloc(streams.count * sizeof *sorted);
    if (!sorted)
        return rpi_refuse_call(pipe, command, RP_NO_MEMORY, "no memory for its arguments");
    for (size_t i = 0; i < half; i++) {
        sorted[i] = streams.args[2 * i];
        sorted[half + i] = streams.args[2 * i + 1];
    }
    rpi_add(w, rp_arg_str("STREAMS"));
    rpi_add_list(w, NULL, (rp_list_arg){sorted, streams.count});
    future = rpi_queue_words(pipe, head, w);
    rpi_free(sorted);
    return block ? rpi_blocking(pipe, future, block == -1 ? 0 : (double)block) : future;
}

rp_future *rp_xread_with(rp_pipe *pipe, rp_list_arg streams, const rp_xread_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("5", "XREAD", RPI_SHAPE_STREAMS);
    rp_xread_opts room;
    rpi_fault fault;
    const rp_xread_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    const char *why;
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "XREAD", fault.status, fault.message);
    why = bad_read(streams, o->count, o->block);
    if (why)
        return rpi_refuse_call(pipe, "XREAD", RP_INVALID_VALUE, why);
    rpi_words_begin(&w);
    rpi_add_number(&w, "COUNT", o->count);
    rpi_add_number_or_zero(&w, "BLOCK", o->block);
    return queue_read(pipe, "XREAD", &head, &w, streams, o->block);
}

rp_future *rp_xreadgroup_with(rp_pipe *pipe, rp_arg group, rp_arg consumer, rp_list_arg streams,
                              const rp_xreadgroup_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("10", "XREADGROUP", RPI_SHAPE_STREAMS);
    rp_xreadgroup_opts room;
    rpi_fault fault;
    const rp_xreadgroup_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    const char *why;
    rpi_words w;

    if (!o)
        return rpi_refuse_call(pipe, "XREADGROUP", fault.status, fault.message);
    why = bad_read(streams, o->count, o->block);
    if (why)
        return rpi_refuse_call(pipe, "XREADGROUP", RP_INVALID_VALUE, why);
    rpi_words_begin(&w);
    rpi_add(&w, rp_arg_str("GROUP"));
    rpi_add(&w, group);
    rpi_add(&w, consumer);
    rpi_add_number(&w, "COUNT", o->count);
    rpi_add_number_or_zero(&w, "BLOCK", o->block);
    rpi_add_flag(&w, o->noack, "NOACK");
    return queue_read(pipe, "XREADGROUP", &head, &w, streams, o->block);
}
