/* Transactions: commands that the server runs together, with nothing in between, or not at all.
 *
 * Without watching: a pipeline with .transaction = true. Its commands, and those of all that is nested in it, travel
 * between MULTI and EXEC, with nobody else's in between, also not those that its parent queues before and behind:
 *
 *   rp_future *transfer(rp_pipe *parent, const char *from, const char *to, int64_t amount)
 *   {
 *       rp_pipe *p = rp_autoexec(parent, .transaction = true);
 *       rp_future *left = rp_decrby(p, from, amount);
 *       rp_incrby(p, to, amount);
 *       return rp_return(p, left);
 *   }
 *
 *   rp_future *left = transfer(NULL, "anna", "bert", 10); // MULTI, two commands, EXEC: one round trip
 *
 *   rp_incr(pipe, "visits");
 *   transfer(pipe, "anna", "bert", 10);
 *   transfer(pipe, "bert", "carl", 5);
 *   rp_status status = rp_execute(pipe);                  // INCR and two transactions: one round trip
 *
 * So a function can be atomic and still be part of any pipeline. Inside another transaction it joins that: called on a
 * pipeline that has .transaction itself, both transfers happen, or neither.
 *
 *  - It is one MULTI ... EXEC for each connection that it uses: two servers know nothing of each other's.
 *  - Each execute of a nested one is a transaction of its own, at the place in the parent's queue where that happens.
 *  - With .transaction of rp_connect, what each execute sends to that server is one transaction. The pipeline of
 *    rp_multi is one too; that of rp_watch refuses any other on its connection (RP_INVALID_OPERATION).
 *
 * The futures hold what they would hold without; but, within the transaction:
 *
 *  - A command that the server refuses to queue (no such command, wrong number of arguments) has its own error, and
 *    every other one of the transaction that of EXEC, code "EXECABORT": nothing ran. One that fails while it runs
 *    (WRONGTYPE) does not undo the others.
 *  - Where the connection fails before the whole answer of EXEC has come, none of its commands counts as answered: the
 *    outcome of each is RP_UNKNOWN, or RP_NOT_SENT where the server had begun it and EXEC had not left. Where the
 *    server had refused to queue one, that one has its error all the same, and the others are RP_NOT_SENT.
 *  - Where the server refuses MULTI itself, it runs the commands one by one: the execute fails with that error, the
 *    outcome of each command is RP_ANSWERED, and with .collect its future holds its answer.
 *  - Nothing blocks: BLPOP answers at once, as if its time had passed.
 *  - All answers come as one reply: the server holds all of it in memory, and .max_elements of rp_connect counts for it
 *    as a whole.
 *
 * Commands of the same execute that are not part of it have their own answers, whatever becomes of it.
 *
 * With watching: what is written depends on what was read, and must not happen where somebody else changed that
 * meanwhile. rp_transaction does all of it, and tries again:
 *
 *   typedef struct transfer {
 *       const char *from, *to;
 *       int64_t amount, left;
 *       rp_future *balance;
 *   } transfer;
 *
 *   static rp_status keep(void *arg)                      // when all has been written
 *   {
 *       transfer *t = arg;
 *       return rp_get_int(t->balance, &t->left);
 *   }
 *
 *   static rp_status move(rp_pipe *reads, rp_pipe *writes, void *arg)
 *   {
 *       transfer *t = arg;
 *       rp_future *have = rp_get(reads, t->from);
 *       rp_status status = rp_execute(reads);             // WATCH and GET: one round trip
 *       if (status != RP_OK)
 *           return status;
 *       if (rp_int(have) < t->amount)
 *           return RP_INVALID_VALUE;                      // ends it: nothing is written
 *       t->balance = rp_incrby(writes, t->from, -t->amount);
 *       rp_incrby(writes, t->to, t->amount);
 *       return rp_on_execute(writes, keep, t);            // RP_OK: MULTI, both, EXEC: one more round trip
 *   }
 *
 *   transfer t = {"anna", "bert", 10};
 *   rp_status status = rp_transaction("bank", RP_LIST(t.from, t.to), move, &t);
 *
 * rp_watch and rp_multi are what it is made of. Threads: an rp_watch and its rp_multi belong to one at a time. */
#ifndef REDPIPE_TRANSACTION_H
#define REDPIPE_TRANSACTION_H

#include <redpipe/argument.h>
#include <redpipe/status.h>

RP_BEGIN_DECLS

/* A root pipeline on a connection of its own, on which the keys are watched. name: as of rp_connect.
 *
 *   rp_pipe *reads = rp_watch("bank", "anna", "bert");
 *
 * WATCH is queued as its first command, before those of the program, and counts in the index of errors; rp_clear before
 * the first execute forgets it too. That execute takes a connection from the pool, which stays with the pipeline: every
 * execute of it runs there, as it is, also where the connection has .transaction. A pipeline nested in it under another
 * name runs as always.
 *
 * Once that connection is lost, every execute on it is RP_CONNECTION_ERROR and sends nothing; make a new rp_watch.
 * While the pipeline lives, the connection counts as one of the pool in use: with .pool_size = 1, any other execute on
 * the name waits in vain. After rp_disconnect it can be used to its end.
 *
 * Never NULL, as rp_pipeline. Free it, and its rp_multi, in any order. When both are gone, the connection goes back to
 * the pool where EXEC was answered, and is closed where the keys may still be watched. */
RP_API rp_pipe *rp_watch_with(const char *name, size_t count, const rp_arg *keys);
#define rp_watch(name, ...) rp_watch_with((name), RP_ARGS(__VA_ARGS__))
static inline rp_pipe *rp_watch_array(const char *name, rp_list_arg keys)
{
    return rp_watch_with(name, keys.count, keys.args);
}

/* A root pipeline whose execute runs all that was queued on it, or nested in it for that connection, as one transaction
 * on the connection of `watch`, which must have executed WATCH before (else RP_INVALID_OPERATION).
 *
 * Where a watched key was changed since, nothing runs: rp_execute returns RP_SERVER_ERROR, and rp_last_error()->code is
 * "WATCH". Empty, it sends nothing, and the keys stay watched. Once EXEC was answered, whatever it said, nothing is
 * watched any more: another execute with commands is RP_INVALID_OPERATION, on this pipeline and on any other of the
 * same rp_watch. Never NULL. */
RP_API rp_pipe *rp_multi(rp_pipe *watch);

/* One try of rp_transaction. `reads` is of rp_watch: read there, and execute it at will. Queue on `writes`, which is of
 * rp_multi, what is to be written. RP_OK: go on; anything else ends rp_transaction, which returns it, and nothing is
 * written. It may be called more than once, so it must not change anything but what its next call sets again. Leave
 * executing `writes` and freeing both to the caller. */
typedef rp_status (*rp_transaction_callback)(rp_pipe *reads, rp_pipe *writes, void *arg);

/* Options of rp_transaction. */
typedef struct rp_transaction_opts {
    const struct rp_named_only *_named_only;
    int attempts; /* at most; 0: 100 */
} rp_transaction_opts;

/* Watches the keys (RP_LIST), calls the callback, executes what is left on `reads`, then `writes`; tries again where
 * a watched key was changed meanwhile. Each try has pipelines of its own, which are freed at its end: read the futures
 * of `writes` in an rp_on_execute callback of it.
 *
 * RP_OK: it was written, or there was nothing to write. RP_SERVER_ERROR with the code "WATCH": the keys were changed in
 * every attempt, and nothing was written. RP_INVALID_VALUE: no callback, no key, or attempts below 0. Else what the
 * callback or an execute returned, without another try; where the execute of `writes` lost its connection or ran out of
 * time, it may have been written. */
RP_API rp_status rp_transaction_with(const char *name, rp_list_arg keys, rp_transaction_callback callback, void *arg,
                                     const rp_transaction_opts *opts, size_t opts_size);
#define rp_transaction(name, keys, callback, ...) \
    rp_transaction_with((name), (keys), (callback), RP_1_(__VA_ARGS__, ), \
                        RP_OPTS_(rp_transaction_opts, RP_AFTER_1_(__VA_ARGS__, )))

RP_END_DECLS

#endif
