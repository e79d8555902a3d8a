/* libredpipe: composable pipelines for Redis and Valkey.
 *
 *     #include <redpipe/redpipe.h>
 *     pkg-config --cflags --libs redpipe
 *
 * Three ideas carry the whole interface:
 *
 *  1. A future is a value that has not arrived yet. rp_future and rp_value are one type; every reader (rp_int, rp_str,
 *     rp_at ...) takes either.
 *  2. Whatever a pipeline hands out lives in the arena of its root pipeline until that root is freed or cleared. There
 *     is nothing to free in between.
 *  3. Errors stick. Queueing never returns NULL and never needs a check; rp_execute reports the first thing that went
 *     wrong, and then nothing has been sent.
 *
 * Threads: a pipeline and all that it handed out belong to one thread at a time. The registry of connections
 * (connection.h) may be used from any number of threads at once; rp_last_error is kept for each thread. */
#ifndef REDPIPE_REDPIPE_H
#define REDPIPE_REDPIPE_H

#include <redpipe/argument.h>
#include <redpipe/command.h>
#include <redpipe/connection.h>
#include <redpipe/pipeline.h>
#include <redpipe/scan.h>
#include <redpipe/script.h>
#include <redpipe/status.h>
#include <redpipe/transaction.h>
#include <redpipe/types.h>
#include <redpipe/value.h>

#endif
