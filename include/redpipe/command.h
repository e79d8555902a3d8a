/* Commands. The typed ones are in the headers of commands/, a section each.
 *
 * Each queues one command and returns its future at once; nothing is sent before the root executes. None ever returns
 * NULL: a call that cannot be queued (an argument that is NULL, a value that is not ready, options that contradict
 * each other, no memory) makes the pipeline fail, and its rp_execute says which command it was.
 *
 * Each typed command is the server's command of that name, with its arguments in the server's order
 * (https://redis.io/docs/latest/commands/) and its options as keywords. Keys, members and values are whatever RP_ARG
 * takes. The macro rp_x(...) calls the function rp_x_with(...), which bindings call: it takes an array or a list where
 * the macro is variadic, and the options by pointer and size. "Future:" says the kind that arrives; it is the same
 * whichever version of the protocol the server speaks. A null reply is null, whatever kind is named.
 *
 * Where arguments repeat, rp_x takes them one after the other, up to 32, in the server's order: rp_del(pipe, "a", "b"),
 * rp_blpop(pipe, "a", "b", 1.5). rp_x_array takes them as one list: rp_del_array(pipe, RP_LIST("a", "b")), or an array
 * of any length of one's own, rp_del_array(pipe, (rp_list_arg){args, n}). With options behind them, what repeats is a
 * list always: rp_zunion(pipe, RP_LIST("a", "b"), .withscores = true); the first line of such a command says so. Three
 * go both ways: rp_zadd and rp_geoadd take one group and options, rp_xadd any number of groups and no options, and the
 * ..._array form of each any number and options.
 *
 * A command that blocks (BLPOP, XREAD with .block, WAIT ...) makes the deadline of its execute later by its own time,
 * and holds back what stands behind it on the same connection, but no other connection of the execute. Blocking for
 * ever, time 0, needs an execute without a deadline (.timeout_ms = -1); else the execute refuses it with
 * RP_INVALID_OPERATION.
 *
 * Commands that would put answers out of step, or change what the pool's connections are, are refused, by rp_command
 * too: SUBSCRIBE and its kin, MONITOR, SYNC, PSYNC, QUIT, RESET, HELLO, AUTH, SELECT, CLIENT REPLY, SCRIPT DEBUG,
 * ASKING, and WATCH, UNWATCH, MULTI, EXEC and DISCARD, for which there is transaction.h. A few others change a
 * connection in smaller ways (CLIENT SETNAME, CLIENT TRACKING, READONLY ...): after an execute with one of them its
 * connection is closed.
 *
 * Lifetime: of a future, until the root pipeline is freed or cleared; arguments are copied. Threads: those of the
 * pipeline. */
#ifndef REDPIPE_COMMAND_H
#define REDPIPE_COMMAND_H

#include <redpipe/argument.h>
#include <redpipe/bitfield.h>
#include <redpipe/commands/all.h>
#include <redpipe/types.h>

RP_BEGIN_DECLS

/* Any command: its name and its arguments, each a string of its own. "CONFIG", "GET" are two arguments. At most
 * 1,048,576 arguments of at most 512 MiB each. The name of a command that has a typed function may have letters of
 * either case, and is sent in capitals. Future: as that function's, but that text which it takes apart (INFO, CLIENT
 * INFO, CLIENT LIST, CLUSTER INFO) stays text; of any other command, the reply as the server sent it. */
RP_API rp_future *rp_command_args(rp_pipe *pipe, size_t count, const rp_arg *args);
#define rp_command(pipe, ...) rp_command_args((pipe), RP_ARGS(__VA_ARGS__))
#define rp_command_array(pipe, words) rp_spread_0_(rp_command_args, (pipe), (words))

/* Queues the command of a future once more, on any pipeline: the same words, as they were queued, and a future of the
 * same shape. For commands of an execute that failed: safe where rp_outcome_of is RP_NOT_SENT; where it is RP_UNKNOWN,
 * the command may run a second time. The first future stays what it is, and must live until this returns: rp_clear ends
 * it. Not the future of a command: RP_INVALID_VALUE, which sticks. */
RP_API rp_future *rp_queue_again(rp_pipe *pipe, const rp_future *f);

RP_END_DECLS

#endif
