/* Optimistic locking: pipelines that share a session, and trying again.
 *
 * rp_watch and rp_multi are ordinary roots with a session; what is special happens where they execute. A pipeline that
 * could not be set up never turns into one that would run the same commands without the lock: without memory it is the
 * pipeline that stands for that, and rp_multi of something else gets a session that is over. */
#include <redpipe/transaction.h>

#include <string.h>

#include "base/options.h"
#include "pipe/session.h"

enum { ATTEMPTS = 100 };

/* A root with the session, which it takes over; the one that stands for "no memory" where the session is NULL. */
static rp_pipe *new_root(const char *name, rpi_session *session)
{
    const rp_pipeline_opts opts = {.name = name};
    rp_pipe *pipe;

    if (!session)
        return &rpi_no_pipe;
    pipe = rp_pipeline_with(NULL, &opts, sizeof opts);
    if (!pipe->fault) {
        pipe->root->session = session;
        return pipe;
    }
    rpi_session_release(session);
    rp_free(pipe);
    return &rpi_no_pipe;
}

rp_pipe *rp_watch_with(const char *name, size_t count, const rp_arg *keys)
{
    static const rpi_head head = RPI_HEAD("5", "WATCH", RPI_SHAPE_RAW);
    rp_pipe *pipe = new_root(name, rpi_session_new(RPI_WATCH_NOT_YET));
    rpi_fault fault;

    if (!pipe->root)
        return pipe;
    if (count) {
        pipe->root->session->watch = rpi_queue(pipe, &head, count, keys, 0, NULL);
    } else {
        rpi_fault_set(&fault, RP_INVALID_VALUE, "it needs a key");
        pipe->root->session->watch = rpi_refuse(pipe, "WATCH", &fault);
    }
    return pipe;
}

static rp_pipe *refuse_multi(void)
{
    rp_pipe *pipe = new_root(NULL, rpi_session_new(RPI_WATCH_OVER));
    rpi_fault fault;

    if (pipe->root) {
        pipe->root->multi = true;
        rpi_fault_set(&fault, RP_INVALID_OPERATION, "rp_multi needs a pipeline of rp_watch");
        rpi_refuse(pipe, NULL, &fault);
    }
    return pipe;
}

rp_pipe *rp_multi(rp_pipe *watch)
{
    rp_pipe *pipe;

    if (watch && !watch->root)
        return &rpi_no_pipe;
    if (!watch || watch->parent || !watch->root->session || watch->root->multi)
        return refuse_multi();
    watch->root->session->refs++;
    pipe = new_root(watch->name, watch->root->session);
    if (pipe->root)
        pipe->root->multi = true;
    return pipe;
}

/* *changed: somebody else changed a key, so that nothing was written. */
static rp_status attempt(const char *name, rp_list_arg keys, rp_transaction_callback callback, void *arg, bool *changed)
{
    rp_pipe *reads = rp_watch_with(name, keys.count, keys.args);
    rp_pipe *writes = rp_multi(reads);
    const rpi_fault *fault = reads->fault ? reads->fault : writes->fault;
    unsigned raised = rpi_raised();
    rp_status status = fault ? rpi_raise(fault) : callback(reads, writes, arg);

    *changed = false;
    if (status != RP_OK) {
        rpi_fail_callback(status, raised);
    } else {
        status = rp_execute(reads);
        if (status == RP_OK)
            status = rp_execute(writes);
        *changed = reads->root->session->state == RPI_WATCH_CHANGED;
    }
    rp_free(writes);
    rp_free(reads);
    return status;
}

static rp_status give_up(const char *name, int attempts)
{
    char place[RPI_PLACE_SIZE];
    rpi_fault fault;

    rpi_fault_set(&fault, RP_SERVER_ERROR, "%s: a watched key was changed in each of %d attempts; nothing was written",
                  rpi_place_text(place, name), attempts);
    rpi_fault_on(&fault, name);
    strcpy(fault.code, "WATCH");
    return rpi_raise(&fault);
}

rp_status rp_transaction_with(const char *name, rp_list_arg keys, rp_transaction_callback callback, void *arg,
                              const rp_transaction_opts *opts, size_t opts_size)
{
    rp_transaction_opts room;
    rpi_fault fault;
    const rp_transaction_opts *options = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rp_status status = RP_OK;
    bool changed = true;
    int attempts;

    if (!options)
        return rpi_raise(&fault);
    if (!callback)
        return rpi_fail(RP_INVALID_VALUE, "rp_transaction: the callback is a NULL pointer");
    if (options->attempts < 0)
        return rpi_fail(RP_INVALID_VALUE, "rp_transaction: attempts is %d; it may not be below 0", options->attempts);
    attempts = options->attempts ? options->attempts : ATTEMPTS;
    for (int i = 0; i < attempts && changed; i++)
        status = attempt(name, keys, callback, arg, &changed);
    return changed ? give_up(name, attempts) : status;
}
