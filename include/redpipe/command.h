/* Commands.
 *
 * Each queues one command and returns its future at once; nothing is sent before the root executes. None ever returns
 * NULL: a call that cannot be queued (an argument that is NULL, a value that is not ready, options that contradict each
 * other, no memory) makes the pipeline fail, and its rp_execute says which command it was.
 *
 * Each typed command is the server's command of that name, with its arguments in the server's order
 * (https://redis.io/docs/latest/commands/) and its options as keywords. Keys, members and values are whatever RP_ARG
 * takes. The macro rp_x(...) calls the function rp_x_with(...), which takes arrays in place of variadic arguments.
 * "Future:" says the kind that arrives; it is the same whichever version of the protocol the server speaks.
 *
 * Lifetime: of a future, the root pipeline's; arguments are copied. Threads: those of the pipeline. */
#ifndef REDPIPE_COMMAND_H
#define REDPIPE_COMMAND_H

#include <redpipe/argument.h>
#include <redpipe/types.h>

RP_BEGIN_DECLS

/* Internal: the first arguments of a typed command, as RP_ARG. */
#define RP_PA_(p, a, ...) (p), RP_ARG(a)
#define RP_PAA_(p, a, b, ...) (p), RP_ARG(a), RP_ARG(b)
#define RP_PAAA_(p, a, b, c, ...) (p), RP_ARG(a), RP_ARG(b), RP_ARG(c)

/* Any command: its name and its arguments, each a string of its own. "CONFIG", "GET" are two arguments. At most
 * 1,048,576 arguments of at most 512 MiB each. Future: the reply as the server sent it. */
RP_API rp_future *rp_command_args(rp_pipe *pipe, size_t count, const rp_arg *args);
#define rp_command(pipe, ...) rp_command_args((pipe), RP_ARGS(__VA_ARGS__))

/* -- connection -------------------------------------------------------------------------------------------------- */

/* PING. Future: the string PONG. */
RP_API rp_future *rp_ping(rp_pipe *pipe);

/* ECHO message. Future: string, the same bytes. */
RP_API rp_future *rp_echo_with(rp_pipe *pipe, rp_arg message);
#define rp_echo(pipe, message) rp_echo_with((pipe), RP_ARG(message))

/* -- keys -------------------------------------------------------------------------------------------------------- */

/* DEL key [key ...]. Future: int, how many were there. */
RP_API rp_future *rp_del_with(rp_pipe *pipe, size_t count, const rp_arg *keys);
#define rp_del(pipe, ...) rp_del_with((pipe), RP_ARGS(__VA_ARGS__))

/* EXISTS key [key ...]. Future: int, how many are there; a key named twice counts twice. */
RP_API rp_future *rp_exists_with(rp_pipe *pipe, size_t count, const rp_arg *keys);
#define rp_exists(pipe, ...) rp_exists_with((pipe), RP_ARGS(__VA_ARGS__))

/* EXPIRE key seconds. Future: int, 1 if the key is there, else 0. */
RP_API rp_future *rp_expire_with(rp_pipe *pipe, rp_arg key, int64_t s);
#define rp_expire(pipe, key, s) rp_expire_with((pipe), RP_ARG(key), (s))

/* TTL key. Future: int, seconds left; -1: does not expire; -2: no such key. */
RP_API rp_future *rp_ttl_with(rp_pipe *pipe, rp_arg key);
#define rp_ttl(pipe, key) rp_ttl_with((pipe), RP_ARG(key))

/* -- strings ----------------------------------------------------------------------------------------------------- */

/* GET key. Future: string, or null where there is no such key. */
RP_API rp_future *rp_get_with(rp_pipe *pipe, rp_arg key);
#define rp_get(pipe, key) rp_get_with((pipe), RP_ARG(key))

/* Options of SET. At most one of ex, px, exat, pxat and keepttl; not nx and xx together (RP_INVALID_OPERATION). A time
 * below zero is RP_INVALID_VALUE; 0 is "not given". */
typedef struct rp_set_opts {
    const struct rp_named_only *_named_only;
    int64_t ex, px;     /* expire after so many seconds, milliseconds */
    bool nx, xx;        /* only if the key does not exist; only if it does */
    bool keepttl;       /* keep the time to live that the key has */
    bool get;           /* return the old value */
    int64_t exat, pxat; /* expire at this Unix time, in seconds, milliseconds */
} rp_set_opts;

/* SET key value. Future: the string OK, or null where nx or xx prevented it; with get: the old value, or null. */
RP_API rp_future *rp_set_with(rp_pipe *pipe, rp_arg key, rp_arg value, const rp_set_opts *opts, size_t opts_size);
#define rp_set(...) rp_set_with(RP_PAA_(__VA_ARGS__, ), RP_OPTS_(rp_set_opts, RP_AFTER_3_(__VA_ARGS__, )))

/* SETNX key value. Future: int, 1 if it was set, else 0. */
RP_API rp_future *rp_setnx_with(rp_pipe *pipe, rp_arg key, rp_arg value);
#define rp_setnx(pipe, key, value) rp_setnx_with((pipe), RP_ARG(key), RP_ARG(value))

/* INCRBY key by, also for rp_incr, as in RedPipe. Future: int, the new value. */
RP_API rp_future *rp_incrby_with(rp_pipe *pipe, rp_arg key, int64_t by);
#define rp_incrby(pipe, key, by) rp_incrby_with((pipe), RP_ARG(key), (by))
#define rp_incr(pipe, key) rp_incrby_with((pipe), RP_ARG(key), 1)

/* MGET key [key ...]. Future: list of strings and nulls, in the order of the keys. */
RP_API rp_future *rp_mget_with(rp_pipe *pipe, size_t count, const rp_arg *keys);
#define rp_mget(pipe, ...) rp_mget_with((pipe), RP_ARGS(__VA_ARGS__))

/* MSET key value [key value ...]. An odd count is RP_INVALID_VALUE. Future: the string OK. */
RP_API rp_future *rp_mset_with(rp_pipe *pipe, size_t count, const rp_arg *pairs);
#define rp_mset(pipe, ...) rp_mset_with((pipe), RP_ARGS(__VA_ARGS__))

/* -- hashes ------------------------------------------------------------------------------------------------------ */

/* HSET key field value [field value ...]. An odd count is RP_INVALID_VALUE. Future: int, how many fields are new. */
RP_API rp_future *rp_hset_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *pairs);
#define rp_hset(pipe, key, ...) rp_hset_with((pipe), RP_ARG(key), RP_ARGS(__VA_ARGS__))

/* HGET key field. Future: string, or null where there is no such field. */
RP_API rp_future *rp_hget_with(rp_pipe *pipe, rp_arg key, rp_arg field);
#define rp_hget(pipe, key, field) rp_hget_with((pipe), RP_ARG(key), RP_ARG(field))

/* HGETALL key. Future: dict, empty where there is no such key. */
RP_API rp_future *rp_hgetall_with(rp_pipe *pipe, rp_arg key);
#define rp_hgetall(pipe, key) rp_hgetall_with((pipe), RP_ARG(key))

/* -- lists ------------------------------------------------------------------------------------------------------- */

/* LPUSH key element [element ...]. Future: int, the new length. */
RP_API rp_future *rp_lpush_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *elements);
#define rp_lpush(pipe, key, ...) rp_lpush_with((pipe), RP_ARG(key), RP_ARGS(__VA_ARGS__))

/* LRANGE key start stop; both count from 0, or from the end where below zero; stop is included. Future: list of
 * strings. */
RP_API rp_future *rp_lrange_with(rp_pipe *pipe, rp_arg key, int64_t start, int64_t stop);
#define rp_lrange(pipe, key, start, stop) rp_lrange_with((pipe), RP_ARG(key), (start), (stop))

/* -- sets -------------------------------------------------------------------------------------------------------- */

/* SADD key member [member ...]. Future: int, how many are new. */
RP_API rp_future *rp_sadd_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *members);
#define rp_sadd(pipe, key, ...) rp_sadd_with((pipe), RP_ARG(key), RP_ARGS(__VA_ARGS__))

/* SMEMBERS key. Future: set of strings, in no order. */
RP_API rp_future *rp_smembers_with(rp_pipe *pipe, rp_arg key);
#define rp_smembers(pipe, key) rp_smembers_with((pipe), RP_ARG(key))

/* -- sorted sets ------------------------------------------------------------------------------------------------- */

/* Options of ZADD. Not nx with xx, gt or lt; not gt with lt (RP_INVALID_OPERATION). */
typedef struct rp_zadd_opts {
    const struct rp_named_only *_named_only;
    bool nx, xx; /* only add; only update */
    bool gt, lt; /* update only to a greater, a lower score */
    bool ch;     /* count the changed members, not only the new ones */
    bool incr;   /* add to the score; for one member only */
} rp_zadd_opts;

/* ZADD key score member [score member ...]; the macro takes one pair, the function `count` arguments, scores and
 * members in turn. Future: int, how many are new; with incr: float, the new score, or null where an option
 * prevented it. */
RP_API rp_future *rp_zadd_with(rp_pipe *pipe, rp_arg key, size_t count, const rp_arg *pairs, const rp_zadd_opts *opts,
                               size_t opts_size);
#define RP_ZADD_(p, key, score, member, ...) (p), RP_ARG(key), RP_ARGS(score, member)
#define rp_zadd(...) rp_zadd_with(RP_ZADD_(__VA_ARGS__, ), RP_OPTS_(rp_zadd_opts, RP_AFTER_4_(__VA_ARGS__, )))

/* Options of ZRANGE. byscore and bylex exclude each other, and start and num need one of them (RP_INVALID_OPERATION). */
typedef struct rp_zrange_opts {
    const struct rp_named_only *_named_only;
    bool byscore, bylex; /* start and stop are scores ("(1", "-inf"), or members ("[a", "(b", "-", "+") */
    bool desc;           /* from the highest score down; REV */
    bool withscores;     /* pairs of member and score */
    int64_t start, num;  /* LIMIT: skip so many, return at most so many; num below zero: all; 0, 0: no limit */
} rp_zrange_opts;

/* ZRANGE key start stop. Future: list of strings; with withscores: list of pairs [string, float]. */
RP_API rp_future *rp_zrange_with(rp_pipe *pipe, rp_arg key, rp_arg start, rp_arg stop, const rp_zrange_opts *opts,
                                 size_t opts_size);
#define rp_zrange(...) rp_zrange_with(RP_PAAA_(__VA_ARGS__, ), RP_OPTS_(rp_zrange_opts, RP_AFTER_4_(__VA_ARGS__, )))

/* -- scripts ----------------------------------------------------------------------------------------------------- */

/* EVAL script numkeys [key ...] [arg ...]: rp_eval(pipe, script, 1, "key", "arg"). args[0] is numkeys, the keys and
 * arguments follow; numkeys below zero or more than what follows is RP_INVALID_VALUE. Future: whatever the script
 * returns. */
RP_API rp_future *rp_eval_with(rp_pipe *pipe, rp_arg script, size_t count, const rp_arg *args);
#define rp_eval(pipe, script, ...) rp_eval_with((pipe), RP_ARG(script), RP_ARGS(__VA_ARGS__))

RP_END_DECLS

#endif
