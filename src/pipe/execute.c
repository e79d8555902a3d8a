/* One execute of a root: plan, drive, settle.
 *
 * Plan: the runs of the queue go to one lane for each connection that they name, in order; every name is looked up
 * before anything is sent. Drive: all lanes at once in one poll loop, or one after the other. A lane whose pool is
 * exhausted comes last, alone: who waits for a connection holds none, so executes cannot wait for each other for ever.
 * Settle: see settle.c. The lanes know nothing of how they are driven. */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pipe/settle.h"
#include "pipe/special.h"
#include "pipe/transaction.h"
#include "route/registry.h"

enum { FEW = 8 }; /* lanes whose poll array fits on the stack */

typedef struct batch {
    rpi_root *root;
    rpi_lane *lanes, *last; /* in the order in which the pipeline first used them */
    size_t count;           /* of them */
    int64_t deadline;       /* of the whole, where the pipeline has one */
    size_t transactions;    /* begun so far, while planning */
    bool inside;            /* the run at hand is in the last of them */
    rpi_fault fault;        /* why it can't be planned */
} batch;

/* -- plan ---------------------------------------------------------------------------------------------------------- */

static rpi_lane *find_lane(const batch *b, const char *name)
{
    for (rpi_lane *lane = b->lanes; lane; lane = lane->next)
        if (lane->runs.first->name == name)
            return lane;
    return NULL;
}

static rpi_lane *refuse_name(batch *b, const rpi_run *run)
{
    char place[RPI_PLACE_SIZE];

    rpi_fault_set(&b->fault, RP_INVALID_PIPELINE,
                  "%s is not bound: rp_connect it first, or give the pipeline a .name that is",
                  rpi_place_text(place, run->name));
    rpi_fault_on(&b->fault, run->name);
    b->fault.index = run->index;
    return NULL;
}

/* For a run whose connection has none yet, which it does not take. NULL, with the batch's fault filled, where it is
 * refused. */
static rpi_lane *add_lane(batch *b, const rpi_run *run)
{
    rpi_root *root = b->root;
    rpi_session *session = root->session && run->name == root->pipe.name ? root->session : NULL;
    rpi_server *server;
    rpi_lane *lane;

    if (session && rpi_session_enter(session, run->name, root->multi, &b->fault) != RP_OK) {
        b->fault.index = run->index;
        return NULL;
    }
    server = session ? session->server : rpi_registry_find(run->name);
    if (!server)
        return refuse_name(b, run);
    lane = rpi_malloc(sizeof *lane);
    if (!lane) {
        if (!session)
            rpi_registry_release(server);
        rpi_fault_set(&b->fault, RP_NO_MEMORY, "no memory to execute; nothing was sent");
        return NULL;
    }
    memset(lane, 0, offsetof(rpi_lane, fault));
    lane->server = server;
    lane->session = session;
    lane->whole = session ? root->multi : server->transaction;
    lane->arena = &root->arena;
    lane->scripts = root->scripts;
    lane->deadline = root->timeout_ms ? b->deadline : 0;
    if (b->last)
        b->last->next = lane;
    else
        b->lanes = lane;
    b->last = lane;
    b->count++;
    return lane;
}

static void refuse_watched(batch *b, const rpi_run *run)
{
    char place[RPI_PLACE_SIZE];

    rpi_fault_set(&b->fault, RP_INVALID_OPERATION,
                  "%s is watched here: a transaction on it is what rp_multi gives; nothing was sent",
                  rpi_place_text(place, run->name));
    rpi_fault_on(&b->fault, run->name);
    b->fault.index = run->index;
}

/* The run is its lane's next. What is wrong with that is in the batch's fault. */
static void take_run(batch *b, rpi_lane *lane, rpi_run *run)
{
    size_t transaction = lane->whole ? 1 : b->inside ? b->transactions : 0;

    if (!rpi_transaction_take(lane, run, transaction))
        rpi_fault_set(&b->fault, RP_NO_MEMORY, "no memory to execute; nothing was sent");
    else if (lane->session && transaction && !lane->whole)
        refuse_watched(b, run);
}

static rp_status refuse_for_ever(batch *b, const rpi_lane *lane, const rpi_run *run, size_t nth)
{
    char name[RPI_COMMAND_NAME_SIZE];

    rpi_fault_set(&b->fault, RP_INVALID_OPERATION,
                  "command %zu (%s) may block for ever: give it a time, or the execute no deadline (.timeout_ms = -1); "
                  "nothing was sent",
                  run->index + nth, rpi_command_name(run, nth, name));
    rpi_fault_on(&b->fault, lane->server->name);
    b->fault.index = run->index + nth;
    return b->fault.status;
}

/* What is special about the lane's commands. Inside a transaction none of them blocks. */
static rp_status add_special(batch *b, rpi_lane *lane)
{
    int timeout_ms = b->root->timeout_ms ? b->root->timeout_ms : lane->server->timeout_ms;

    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        const rpi_special *special = run->special;

        if (!special)
            continue;
        lane->spent = lane->spent || special->state;
        if (run->transaction)
            continue;
        if (special->for_ever && timeout_ms != -1)
            return refuse_for_ever(b, lane, run, special->for_ever - 1);
        lane->block_ms += special->block_ms;
    }
    return RP_OK;
}

/* On failure, what no lane has taken is forgotten here. */
static rp_status plan(batch *b, rpi_run *run)
{
    size_t index = 0;

    b->inside = b->root->pipe.transaction;
    b->transactions = b->inside;
    for (rpi_run *next; run; run = next) {
        rpi_lane *lane = find_lane(b, run->name);

        next = run->next;
        run->index = index;
        index += run->count;
        b->transactions += run->opens;
        b->inside = b->inside || run->opens;
        if (!lane)
            lane = add_lane(b, run);
        if (lane)
            take_run(b, lane, run);
        if (b->fault.status != RP_OK) {
            b->root->pipe.runs.first = lane ? next : run;
            rpi_forget(&b->root->pipe, b->fault.status);
            return b->fault.status;
        }
        b->inside = b->inside && !run->closes;
    }
    for (rpi_lane *lane = b->lanes; lane; lane = lane->next)
        if (add_special(b, lane) != RP_OK)
            return b->fault.status;
    return RP_OK;
}

/* -- drive --------------------------------------------------------------------------------------------------------- */

/* Fills polls and lanes with those that wait for something; returns how many, and when the first is to be woken. */
static size_t collect_busy(rpi_lane *first, rpi_lane *end, struct pollfd *polls, rpi_lane **lanes, int64_t *wake)
{
    size_t n = 0;

    *wake = RPI_NEVER;
    for (rpi_lane *lane = first; lane != end; lane = lane->next) {
        if (!rpi_lane_busy(lane))
            continue;
        polls[n] = (struct pollfd){.fd = lane->conn->fd, .events = rpi_lane_events(lane)};
        lanes[n++] = lane;
        if (rpi_lane_wake(lane) < *wake)
            *wake = rpi_lane_wake(lane);
    }
    return n;
}

/* Waits until something happens to one of the lanes, or time is up, and lets them go on. EINTR is a wait in which
 * nothing happened. */
static void wait_and_step(size_t n, struct pollfd *polls, rpi_lane **lanes, int timeout_ms)
{
    if (n == 1 && timeout_ms && rpi_lane_awaits(lanes[0])) {
        rpi_lane_await(lanes[0], timeout_ms);
        return;
    }
    if (poll(polls, n, timeout_ms) <= 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (polls[i].revents)
            rpi_lane_step(lanes[i], polls[i].revents);
}

static void wake_lane(rpi_lane *lane, int64_t now)
{
    if (now >= rpi_lane_deadline(lane))
        rpi_lane_expire(lane);
    else
        rpi_lane_step(lane, 0);
}

/* Until none of the lanes from first to before end is busy. */
static void drive(rpi_lane *first, rpi_lane *end, struct pollfd *polls, rpi_lane **lanes)
{
    int64_t wake, now;
    size_t n;

    while ((n = collect_busy(first, end, polls, lanes, &wake)) > 0) {
        wait_and_step(n, polls, lanes, rpi_remaining(wake, wake == RPI_NEVER ? 0 : rpi_now_ms()));
        now = wake == RPI_NEVER ? 0 : rpi_now_ms();
        for (size_t i = 0; i < n; i++)
            if (rpi_lane_busy(lanes[i]) && now >= rpi_lane_wake(lanes[i]))
                wake_lane(lanes[i], now);
    }
}

/* Lanes that have no connection yet, one by one. */
static void drive_idle(batch *b)
{
    struct pollfd poll;
    rpi_lane *busy;

    for (rpi_lane *lane = b->lanes; lane; lane = lane->next) {
        if (lane->state != RPI_LANE_IDLE)
            continue;
        rpi_lane_connect(lane, true);
        rpi_lane_begin(lane);
        drive(lane, lane->next, &poll, &busy);
    }
}

/* All lanes that need not wait for a connection, together. */
static void drive_together(batch *b)
{
    struct pollfd few_polls[FEW];
    rpi_lane *few_lanes[FEW];
    struct pollfd *polls = b->count <= FEW ? few_polls : rpi_malloc(b->count * sizeof *polls);
    rpi_lane **lanes = b->count <= FEW ? few_lanes : rpi_malloc(b->count * sizeof *lanes);

    if (polls && lanes) { /* without memory for it, one by one needs none */
        for (rpi_lane *lane = b->lanes; lane; lane = lane->next)
            rpi_lane_connect(lane, false);
        for (rpi_lane *lane = b->lanes; lane; lane = lane->next)
            rpi_lane_begin(lane);
        drive(b->lanes, NULL, polls, lanes);
    }
    if (polls != few_polls)
        rpi_free(polls);
    if (lanes != few_lanes)
        rpi_free(lanes);
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static void recycle(rpi_root *root, rpi_lane *lane)
{
    lane->runs.last->next = root->spare_runs;
    root->spare_runs = lane->runs.first;
    if (!lane->session)
        rpi_registry_release(lane->server);
    rpi_free(lane);
}

/* The queue can't be executed at all: its sticky fault, or a name without a connection. */
static void refuse_all(rpi_root *root, rpi_run *runs, const rpi_fault *fault)
{
    rpi_fault shown = *fault;

    if (fault->index != SIZE_MAX)
        rpi_fault_set(&shown, fault->status, "command %zu: %s; nothing was sent", fault->index, fault->message);
    shown.index = fault->index;
    rpi_fault_on(&shown, fault->named ? fault->connection : NULL);
    rpi_failure_set(&root->failure, &shown);
    root->pipe.runs.first = runs;
    rpi_forget(&root->pipe, fault->status);
}

/* What became of the commands of all lanes together. */
static rp_outcome settle(batch *b)
{
    rp_outcome all = RP_NOT_SENT, one;

    for (const rpi_lane *lane = b->lanes; lane; lane = lane->next) {
        one = rpi_settle(lane, b->root->collect, &b->root->failure.fault);
        if (one == RP_UNKNOWN || all == RP_NOT_SENT)
            all = one;
    }
    return all;
}

/* Sends what is queued; the failure is filled where there is one. */
static rp_outcome carry_out(batch *b, rpi_run *runs)
{
    rpi_root *root = b->root;
    rp_outcome outcome = RP_ANSWERED;

    b->deadline = rpi_deadline(root->timeout_ms);
    if (plan(b, runs) == RP_OK) {
        if (rpi_parallel())
            drive_together(b);
        drive_idle(b);
        rpi_find_failures(b->lanes, root->collect, &root->failure);
    } else {
        rpi_failure_set(&root->failure, &b->fault);
    }
    if (root->failure.fault.status != RP_OK)
        outcome = settle(b);
    for (rpi_lane *lane = b->lanes, *next; lane; lane = next) {
        next = lane->next;
        recycle(root, lane);
    }
    return outcome;
}

rp_status rpi_execute_batch(rpi_root *root, rp_outcome *outcome)
{
    batch b = {.root = root};
    rpi_run *runs = root->pipe.runs.first;

    root->failure.fault.status = RP_OK;
    root->failure.view.next = NULL;
    if (!root->pipe.fault && root->pipe.size > RPI_BATCH_MOST) {
        rpi_fault_set(&b.fault, RP_INVALID_VALUE, RPI_BATCH_TOO_LARGE);
        root->pipe.fault = &b.fault;
    }
    if (root->pipe.fault) {
        refuse_all(root, runs, root->pipe.fault);
        *outcome = RP_NOT_SENT;
    } else {
        root->pipe.runs = (rpi_runs){0};
        root->pipe.count = root->pipe.size = 0;
        root->tail = NULL;
        *outcome = carry_out(&b, runs);
    }
    return root->failure.fault.status == RP_OK ? RP_OK : rpi_raise_all(&root->failure);
}
