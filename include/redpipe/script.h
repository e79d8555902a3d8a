/* Scripts: Lua that runs inside the server, called by its digest.
 *
 *   rp_script *take = rp_script_new("local n = tonumber(redis.call('GET', KEYS[1]) or '0') "
 *                                   "if n < tonumber(ARGV[1]) then return 0 end "
 *                                   "redis.call('DECRBY', KEYS[1], ARGV[1]) return 1");
 *   rp_future *taken = rp_script_run(pipe, take, .keys = RP_LIST("stock:7"), .args = RP_LIST(3));
 *   if (rp_execute(pipe) == RP_OK && rp_bool(taken)) ...
 *
 * The first use on a connection sends the whole script (EVAL), which the server then keeps; later uses send its
 * SHA-1 only (EVALSHA). Where the server has lost it meanwhile (SCRIPT FLUSH, eviction), it answers NOSCRIPT, and
 * the call is sent again with the whole script, in one more round trip. A script that may return errors of its own
 * (its source has "err", "pcall", "cjson", computed fields or the like) could have made that answer, so the server
 * is first asked which scripts it has, in a round trip before that: what it has is not sent again. Where another
 * client has loaded the script meanwhile, or the connection is lost before the call is sent again, it ends with
 * NOSCRIPT, and has not run; executing it once more does. A source that has the word NOSCRIPT is always sent whole.
 * The order of commands stays what it was for every key: where another command of the same execute, behind a call
 * on the same connection, touches one of the call's keys, or keys that nobody can tell, and in or beside a
 * transaction, the first use in that execute is sent whole. So name all keys that a script touches in .keys.
 *
 * Sources: https://redis.io/docs/latest/develop/programmability/eval-intro/, .../commands/evalsha/. */
#ifndef REDPIPE_SCRIPT_H
#define REDPIPE_SCRIPT_H

#include <redpipe/argument.h>
#include <redpipe/commands/pick.h>

RP_BEGIN_DECLS

/* A script: its source and its SHA-1. Constant once made: any number of pipelines and threads may use it at once. */
typedef struct rp_script rp_script;

/* Makes a script of its source, which is copied. The caller owns it: rp_script_free. NULL, with the last error set,
 * where the source is NULL or over 512 MiB (RP_INVALID_VALUE) or there is no memory (RP_NO_MEMORY); rp_script_run
 * refuses a NULL script. */
RP_API rp_script *rp_script_new(const char *source);

/* Gives a script back. Pipelines that have queued it keep what they need, so this may come before their execute.
 * NULL is allowed. */
RP_API void rp_script_free(rp_script *script);

/* Its SHA-1, 40 lower-case hexadecimal digits, as EVALSHA and SCRIPT EXISTS take it. Lives as long as the script. */
RP_API const char *rp_script_sha1(const rp_script *script);

/* Options of rp_script_run. */
typedef struct rp_script_run_opts {
    const struct rp_named_only *_named_only;
    rp_list_arg keys; /* KEYS in the script: all that it touches */
    rp_list_arg args; /* ARGV in the script */
} rp_script_run_opts;

/* Queues a call of the script. Future: whatever the script returns. */
RP_API rp_future *rp_script_run_with(rp_pipe *pipe, rp_script *script, const rp_script_run_opts *opts,
                                     size_t opts_size);
#define rp_script_run(...) \
    rp_script_run_with(RP_2_(__VA_ARGS__, RP_MISSING_, ), RP_OPTS_(rp_script_run_opts, RP_AFTER_2_(__VA_ARGS__, )))

RP_END_DECLS

#endif
