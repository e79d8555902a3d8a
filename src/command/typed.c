/* The typed commands: each is its head and its arguments, in the server's order. Options become words on the stack. */
#include <redpipe/command.h>

#include "base/options.h"
#include "pipe/pipe.h"

enum { MOST_WORDS = 12 };

/* Arguments in front of those that the caller counts. */
typedef struct words {
    size_t count;
    rp_arg list[MOST_WORDS];
} words;

static void add(words *w, rp_arg arg)
{
    w->list[w->count++] = arg;
}

static void add_if(words *w, bool wanted, const char *word)
{
    if (wanted)
        add(w, rp_arg_str(word));
}

static void add_number_if(words *w, const char *word, int64_t number)
{
    if (number) {
        add(w, rp_arg_str(word));
        add(w, rp_arg_int(number));
    }
}

/* Refuses the command of the head for what its options or arguments say. */
static rp_future *refuse(rp_pipe *pipe, const char *command, rp_status status, const char *why)
{
    rpi_fault fault;

    rpi_fault_set(&fault, status, "%s", why);
    if (pipe)
        return rpi_refuse(pipe, command, &fault);
    rpi_raise(&fault);
    return rpi_dead_future(status);
}

static rp_future *one_key(rp_pipe *pipe, const rpi_head *head, rp_arg key)
{
    return rpi_queue_1(pipe, head, &key);
}

static rp_future *key_and_two(rp_pipe *pipe, const rpi_head *head, rp_arg key, rp_arg a, rp_arg b)
{
    rp_arg list[] = {key, a, b};

    return rpi_queue_3(pipe, head, list);
}

static rp_future *key_and_one(rp_pipe *pipe, const rpi_head *head, rp_arg key, rp_arg a)
{
    rp_arg list[] = {key, a};

    return rpi_queue_2(pipe, head, list);
}

static rp_future *some_keys(rp_pipe *pipe, const rpi_head *head, const char *command, size_t count, const rp_arg *keys)
{
    if (count == 0)
        return refuse(pipe, command, RP_INVALID_VALUE, "it needs at least one key");
    return rpi_queue(pipe, head, 0, NULL, count, keys);
}

static rp_future *key_and_some(rp_pipe *pipe, const rpi_head *head, const char *command, rp_arg key, size_t count,
                               const rp_arg *rest)
{
    if (count == 0)
        return refuse(pipe, command, RP_INVALID_VALUE, "it needs at least one argument behind the key");
    return rpi_queue(pipe, head, 1, &key, count, rest);
}

#define ODD "the arguments behind it come in pairs, and the last one is missing"

rp_future *rp_ping(rp_pipe *pipe)
{
    static const rpi_head head = RPI_HEAD("4", "PING", RPI_RAW);

    return rpi_queue(pipe, &head, 0, NULL, 0, NULL);
}

rp_future *rp_echo_with(rp_pipe *pipe, rp_arg message)
{
    static const rpi_head head = RPI_HEAD("4", "ECHO", RPI_RAW);

    return one_key(pipe, &head, message);
}

rp_future *rp_del_with(rp_pipe *pipe, size_t count, const rp_arg *keys)
{
    static const rpi_head head = RPI_HEAD("3", "DEL", RPI_RAW);

    return some_keys(pipe, &head, "DEL", count, keys);
}

rp_future *rp_exists_with(rp_pipe *pipe, size_t count, const rp_arg *keys)
{
    static const rpi_head head = RPI_HEAD("6", "EXISTS", RPI_RAW);

    return some_keys(pipe, &head, "EXISTS", count, keys);
}

rp_future *rp_expire_with(rp_pipe *pipe, rp_arg key, int64_t s)
{
    static const rpi_head head = RPI_HEAD("6", "EXPIRE", RPI_RAW);

    return key_and_one(pipe, &head, key, rp_arg_int(s));
}

rp_future *rp_ttl_with(rp_pipe *pipe, rp_arg key)
{
    static const rpi_head head = RPI_HEAD("3", "TTL", RPI_RAW);

    return one_key(pipe, &head, key);
}

rp_future *rp_get_with(rp_pipe *pipe, rp_arg key)
{
    static const rpi_head head = RPI_HEAD("3", "GET", RPI_RAW);

    return one_key(pipe, &head, key);
}

static bool has_option(const rp_set_opts *o)
{
    return o->ex || o->px || o->exat || o->pxat || o->nx || o->xx || o->keepttl || o->get;
}

rp_future *rp_set_with(rp_pipe *pipe, rp_arg key, rp_arg value, const rp_set_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("3", "SET", RPI_RAW);
    rp_set_opts room;
    rpi_fault fault;
    const rp_set_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    words w;

    if (!o)
        return refuse(pipe, "SET", fault.status, fault.message);
    w.list[0] = key;
    w.list[1] = value;
    w.count = 2;
    if (!has_option(o))
        return rpi_queue_2(pipe, &head, w.list);
    if (o->nx && o->xx)
        return refuse(pipe, "SET", RP_INVALID_OPERATION, "nx and xx exclude each other");
    if ((o->ex != 0) + (o->px != 0) + (o->exat != 0) + (o->pxat != 0) + o->keepttl > 1)
        return refuse(pipe, "SET", RP_INVALID_OPERATION, "of ex, px, exat, pxat and keepttl only one may be given");
    if (o->ex < 0 || o->px < 0 || o->exat < 0 || o->pxat < 0)
        return refuse(pipe, "SET", RP_INVALID_VALUE, "ex, px, exat and pxat may not be below zero");
    add_number_if(&w, "EX", o->ex);
    add_number_if(&w, "PX", o->px);
    add_number_if(&w, "EXAT", o->exat);
    add_number_if(&w, "PXAT", o->pxat);
    add_if(&w, o->keepttl, "KEEPTTL");
    add_if(&w, o->nx, "NX");
    add_if(&w, o->xx, "XX");
    add_if(&w, o->get, "GET");
    return rpi_queue(pipe, &head, w.count, w.list, 0, NULL);
}

rp_future *rp_setnx_with(rp_pipe *pipe, rp_arg key, rp_arg value)
{
    static const rpi_head head = RPI_HEAD("5", "SETNX", RPI_RAW);

    return key_and_one(pipe, &head, key, value);
}

rp_future *rp_incrby_with(rp_pipe *pipe, rp_arg key, int64_t by)
{
    static const rpi_head head = RPI_HEAD("6", "INCRBY", RPI_RAW);

    return key_and_one(pipe, &head, key, rp_arg_int(by));
}

rp_future *rp_mget_with(rp_pipe *pipe, size_t count, const rp_arg *keys)
{
    static const rpi_head head = RPI_HEAD("4", "MGET", RPI_RAW);

    return some_keys(pipe, &head, "MGET", count, keys);
}

rp_future *rp_mset_with(rp_pipe *pipe, size_t count, const rp_arg *pairs)
{
    static const rpi_head head = RPI_HEAD("4", "MSET", RPI_RAW);

    if (count % 2)
        return refuse(pipe, "MSET", RP_INVALID_VALUE, ODD);
    return some_keys(pipe, &head, "MSET", count, pairs);
}

rp_future *rp_hset_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *pairs)
{
    static const rpi_head head = RPI_HEAD("4", "HSET", RPI_RAW);

    if (count % 2)
        return refuse(pipe, "HSET", RP_INVALID_VALUE, ODD);
    return key_and_some(pipe, &head, "HSET", key, count, pairs);
}

rp_future *rp_hget_with(rp_pipe *pipe, rp_arg key, rp_arg field)
{
    static const rpi_head head = RPI_HEAD("4", "HGET", RPI_RAW);

    return key_and_one(pipe, &head, key, field);
}

rp_future *rp_hgetall_with(rp_pipe *pipe, rp_arg key)
{
    static const rpi_head head = RPI_HEAD("7", "HGETALL", RPI_SHAPE_DICT);

    return one_key(pipe, &head, key);
}

rp_future *rp_lpush_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *elements)
{
    static const rpi_head head = RPI_HEAD("5", "LPUSH", RPI_RAW);

    return key_and_some(pipe, &head, "LPUSH", key, count, elements);
}

rp_future *rp_lrange_with(rp_pipe *pipe, rp_arg key, int64_t start, int64_t stop)
{
    static const rpi_head head = RPI_HEAD("6", "LRANGE", RPI_RAW);

    return key_and_two(pipe, &head, key, rp_arg_int(start), rp_arg_int(stop));
}

rp_future *rp_sadd_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *members)
{
    static const rpi_head head = RPI_HEAD("4", "SADD", RPI_RAW);

    return key_and_some(pipe, &head, "SADD", key, count, members);
}

rp_future *rp_smembers_with(rp_pipe *pipe, rp_arg key)
{
    static const rpi_head head = RPI_HEAD("8", "SMEMBERS", RPI_SHAPE_SET);

    return one_key(pipe, &head, key);
}

rp_future *rp_zadd_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *pairs, const rp_zadd_opts *opts,
                        size_t opts_size)
{
    static const rpi_head plain = RPI_HEAD("4", "ZADD", RPI_RAW);
    static const rpi_head with_incr = RPI_HEAD("4", "ZADD", RPI_SHAPE_FLOAT);
    words w;
    rp_zadd_opts room;
    rpi_fault fault;
    const rp_zadd_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);

    if (!o)
        return refuse(pipe, "ZADD", fault.status, fault.message);
    if ((o->nx && (o->xx || o->gt || o->lt)) || (o->gt && o->lt))
        return refuse(pipe, "ZADD", RP_INVALID_OPERATION, "nx excludes xx, gt and lt; gt and lt exclude each other");
    if (count == 0 || count % 2)
        return refuse(pipe, "ZADD", RP_INVALID_VALUE, "it needs pairs of score and member");
    if (o->incr && count != 2)
        return refuse(pipe, "ZADD", RP_INVALID_OPERATION, "incr is for one member only");
    w.list[0] = key;
    w.count = 1;
    add_if(&w, o->nx, "NX");
    add_if(&w, o->xx, "XX");
    add_if(&w, o->gt, "GT");
    add_if(&w, o->lt, "LT");
    add_if(&w, o->ch, "CH");
    add_if(&w, o->incr, "INCR");
    return rpi_queue(pipe, o->incr ? &with_incr : &plain, w.count, w.list, count, pairs);
}

rp_future *rp_zrange_with(rp_pipe *pipe, rp_arg key, rp_arg start, rp_arg stop, const rp_zrange_opts *opts,
                          size_t opts_size)
{
    static const rpi_head members = RPI_HEAD("6", "ZRANGE", RPI_RAW);
    static const rpi_head with_scores = RPI_HEAD("6", "ZRANGE", RPI_SHAPE_SCORED_PAIRS);
    words w;
    rp_zrange_opts room;
    rpi_fault fault;
    const rp_zrange_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);

    if (!o)
        return refuse(pipe, "ZRANGE", fault.status, fault.message);
    if (o->byscore && o->bylex)
        return refuse(pipe, "ZRANGE", RP_INVALID_OPERATION, "byscore and bylex exclude each other");
    if ((o->start || o->num) && !o->byscore && !o->bylex)
        return refuse(pipe, "ZRANGE", RP_INVALID_OPERATION, "start and num need byscore or bylex");
    w.list[0] = key;
    w.list[1] = start;
    w.list[2] = stop;
    w.count = 3;
    add_if(&w, o->byscore, "BYSCORE");
    add_if(&w, o->bylex, "BYLEX");
    add_if(&w, o->desc, "REV");
    if (o->start || o->num) {
        add(&w, rp_arg_str("LIMIT"));
        add(&w, rp_arg_int(o->start));
        add(&w, rp_arg_int(o->num));
    }
    add_if(&w, o->withscores, "WITHSCORES");
    return rpi_queue(pipe, o->withscores ? &with_scores : &members, w.count, w.list, 0, NULL);
}

rp_future *rp_eval_with(rp_pipe *pipe, rp_arg script, size_t count, const rp_arg *args)
{
    static const rpi_head head = RPI_HEAD("4", "EVAL", RPI_RAW);
    bool counted = count > 0 && (args->type == RP_ARG_INT || args->type == RP_ARG_UINT);

    if (!counted)
        return refuse(pipe, "EVAL", RP_INVALID_VALUE, "numkeys, an integer, comes behind the script");
    if ((args->type == RP_ARG_INT && args->i < 0) || args->u > count - 1)
        return refuse(pipe, "EVAL", RP_INVALID_VALUE, "numkeys is below zero or more than the arguments behind it");
    return rpi_queue(pipe, &head, 1, &script, count, args);
}
