/* Entries of streams, where words stand in another order than arguments: what is dropped from a stream is told amid the
 * options of XADD and XTRIM, and the reading commands take all streams first, then the ids. That order is made in
 * memory of its own, since lists are the caller's. */
#include <redpipe/commands/streams.h>

#include "base/alloc.h"
#include "command/words.h"

/* What is dropped from a stream. */
typedef struct trimming {
    int64_t maxlen, limit;
    const char *minid;
    bool approximate;
} trimming;

#define TRIMMING(o) ((trimming){(o)->maxlen, (o)->limit, (o)->minid, (o)->approximate})

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

static inline rp_arg *add_trimming(rp_arg *to, const trimming *t)
{
    to = rpi_add(to, t->minid ? RPI_WORD("5", "MINID") : RPI_WORD("6", "MAXLEN"));
    to = rpi_add_flag(to, RPI_WORD("1", "~"), t->approximate);
    to = rpi_add_text(to, RPI_NO_WORD, t->minid);
    to = rpi_add_number_or_zero(to, RPI_NO_WORD, t->maxlen);
    return rpi_add_number_or_zero(to, RPI_WORD("5", "LIMIT"), t->limit);
}

rp_future *rp_xadd_with(rp_pipe *pipe, rp_arg key, rp_list_arg field_values, const rp_xadd_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("4", "XADD", RPI_SHAPE_RAW);
    rp_xadd_opts room;
    rpi_fault fault;
    const rp_xadd_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rp_arg words[RPI_MOST_WORDS], *to = words;

    if (!o)
        return rpi_refuse_call(pipe, "XADD", fault.status, fault.message);
    if (field_values.count == 0 || field_values.count % 2)
        return rpi_refuse_call(pipe, "XADD", RP_INVALID_VALUE,
                               "it needs whole groups of field and value; the id is the option .id");
    to = rpi_add(to, key);
    to = rpi_add_flag(to, RPI_WORD("10", "NOMKSTREAM"), o->nomkstream);
    to = rpi_add_text(to, RPI_NO_WORD, o->ref_policy);
    if (o->maxlen || o->minid || o->approximate || o->limit) {
        const trimming t = TRIMMING(o);

        if (bad_trimming(&t))
            return rpi_refuse_call(pipe, "XADD", RP_INVALID_OPERATION, bad_trimming(&t));
        to = add_trimming(to, &t);
    }
    to = rpi_add(to, o->id ? rp_arg_str(o->id) : RPI_WORD("1", "*"));
    return rpi_queue_tail(pipe, &head, words, to, field_values);
}

rp_future *rp_xtrim_with(rp_pipe *pipe, rp_arg key, const rp_xtrim_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("5", "XTRIM", RPI_SHAPE_RAW);
    rp_xtrim_opts room;
    rpi_fault fault;
    const rp_xtrim_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rp_arg words[RPI_MOST_WORDS], *to = words;
    const char *why;
    trimming t;

    if (!o)
        return rpi_refuse_call(pipe, "XTRIM", fault.status, fault.message);
    t = TRIMMING(o);
    why = t.maxlen || t.minid ? bad_trimming(&t) : "it needs maxlen or minid";
    if (why)
        return rpi_refuse_call(pipe, "XTRIM", RP_INVALID_OPERATION, why);
    to = rpi_add(to, key);
    to = add_trimming(to, &t);
    to = rpi_add_text(to, RPI_NO_WORD, o->ref_policy);
    return rpi_queue_to(pipe, &head, words, to);
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
static rp_future *queue_read(rp_pipe *pipe, const char *command, const rpi_head *head, rpi_words *w, rp_arg *to,
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
    to = rpi_add(to, RPI_WORD("7", "STREAMS"));
    to = rpi_add_all(to, w, (rp_list_arg){sorted, streams.count});
    future = rpi_queue_words(pipe, head, w, to);
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
    rp_arg *to = rpi_words_begin(&w);

    if (!o)
        return rpi_refuse_call(pipe, "XREAD", fault.status, fault.message);
    why = bad_read(streams, o->count, o->block);
    if (why)
        return rpi_refuse_call(pipe, "XREAD", RP_INVALID_VALUE, why);
    to = rpi_add_number(to, RPI_WORD("5", "COUNT"), o->count);
    to = rpi_add_number_or_zero(to, RPI_WORD("5", "BLOCK"), o->block);
    return queue_read(pipe, "XREAD", &head, &w, to, streams, o->block);
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
    rp_arg *to = rpi_words_begin(&w);

    if (!o)
        return rpi_refuse_call(pipe, "XREADGROUP", fault.status, fault.message);
    why = bad_read(streams, o->count, o->block);
    if (why)
        return rpi_refuse_call(pipe, "XREADGROUP", RP_INVALID_VALUE, why);
    to = rpi_add(to, RPI_WORD("5", "GROUP"));
    to = rpi_add(to, group);
    to = rpi_add(to, consumer);
    to = rpi_add_number(to, RPI_WORD("5", "COUNT"), o->count);
    to = rpi_add_number_or_zero(to, RPI_WORD("5", "BLOCK"), o->block);
    to = rpi_add_number_or_zero(to, RPI_WORD("5", "CLAIM"), o->claim);
    to = rpi_add_flag(to, RPI_WORD("5", "NOACK"), o->noack);
    return queue_read(pipe, "XREADGROUP", &head, &w, to, streams, o->block);
}
