/* One execute of a root: plan, drive, settle.
 *
 * Plan: the runs of the queue go to one lane for each connection that they name, in order; every name is looked up before
 * anything is sent. Drive: all lanes at once in one poll loop, or one after the other. A lane whose pool is exhausted
 * comes last, alone: who waits for a connection holds none, so executes cannot wait for each other for ever. Settle: on
 * success the futures are filled already; on failure they are unfilled again, and each command gets its outcome. The lanes
 * know nothing of how they are driven. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pipe/lane.h"
#include "route/registry.h"

enum { FEW = 8 }; /* lanes whose poll array fits on the stack */

typedef struct batch {
    rpi_root *root;
    rpi_lane *lanes, *last; /* in the order in which the pipeline first used them */
    size_t count;           /* of them */
    int64_t deadline;       /* of the whole, where the pipeline has one */
    rpi_fault fault;        /* the first failure, in program order */
} batch;

/* -- plan ---------------------------------------------------------------------------------------------------------- */

static rpi_lane *find_lane(const batch *b, const char *name)
{
    for (rpi_lane *lane = b->lanes; lane; lane = lane->next)
        if (lane->runs.first->name == name)
            return lane;
    return NULL;
}

static rp_status refuse_name(batch *b, const rpi_run *run)
{
    char place[RPI_PLACE_SIZE];

    rpi_fault_set(&b->fault, RP_INVALID_PIPELINE,
                  "%s is not bound: rp_connect it first, or give the pipeline a .name that is",
                  rpi_place_text(place, run->name));
    rpi_fault_on(&b->fault, run->name);
    b->fault.index = run->index;
    return RP_INVALID_PIPELINE;
}

static rp_status add_lane(batch *b, rpi_run *run)
{
    rpi_server *server = rpi_registry_find(run->name);
    rpi_lane *lane;

    if (!server)
        return refuse_name(b, run);
    lane = rpi_malloc(sizeof *lane);
    if (!lane) {
        rpi_registry_release(server);
        rpi_fault_set(&b->fault, RP_NO_MEMORY, "no memory to execute; nothing was sent");
        return RP_NO_MEMORY;
    }
    memset(lane, 0, offsetof(rpi_lane, fault));
    lane->server = server;
    lane->arena = &b->root->arena;
    lane->deadline = b->root->timeout_ms ? b->deadline : 0;
    lane->runs.first = lane->runs.last = run;
    lane->count = run->count;
    lane->written.run = lane->open.run = lane->read.run = run;
    if (b->last)
        b->last->next = lane;
    else
        b->lanes = lane;
    b->last = lane;
    b->count++;
    return RP_OK;
}

/* On failure, what no lane has taken is forgotten here. */
static rp_status plan(batch *b, rpi_run *run)
{
    size_t index = 0;

    for (rpi_run *next; run; run = next) {
        rpi_lane *lane = find_lane(b, run->name);

        next = run->next;
        run->index = index;
        index += run->count;
        if (lane) {
            lane->runs.last->next = run;
            lane->runs.last = run;
            lane->count += run->count;
        } else if (add_lane(b, run) != RP_OK) {
            b->root->pipe.runs.first = run;
            rpi_forget(&b->root->pipe, b->fault.status);
            return b->fault.status;
        }
        run->next = NULL;
    }
    return RP_OK;
}

/* -- drive --------------------------------------------------------------------------------------------------------- */

/* Fills polls and lanes with those that wait for something; returns how many, and the earliest deadline. */
static size_t collect_busy(rpi_lane *first, rpi_lane *end, struct pollfd *polls, rpi_lane **lanes, int64_t *deadline)
{
    size_t n = 0;

    *deadline = RPI_NEVER;
    for (rpi_lane *lane = first; lane != end; lane = lane->next) {
        if (!rpi_lane_busy(lane))
            continue;
        polls[n] = (struct pollfd){.fd = lane->conn->fd, .events = rpi_lane_events(lane)};
        lanes[n++] = lane;
        if (rpi_lane_deadline(lane) < *deadline)
            *deadline = rpi_lane_deadline(lane);
    }
    return n;
}

/* Waits until something happens to one of the lanes, or time is up, and lets them go on. EINTR is a wait in which nothing
 * happened. */
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

/* Until none of the lanes from first to before end is busy. */
static void drive(rpi_lane *first, rpi_lane *end, struct pollfd *polls, rpi_lane **lanes)
{
    int64_t deadline, now;
    size_t n;

    while ((n = collect_busy(first, end, polls, lanes, &deadline)) > 0) {
        wait_and_step(n, polls, lanes, rpi_remaining(deadline, deadline == RPI_NEVER ? 0 : rpi_now_ms()));
        now = deadline == RPI_NEVER ? 0 : rpi_now_ms();
        for (size_t i = 0; i < n; i++)
            if (rpi_lane_busy(lanes[i]) && now >= rpi_lane_deadline(lanes[i]))
                rpi_lane_expire(lanes[i]);
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

/* -- settle -------------------------------------------------------------------------------------------------------- */

/* The fault of a command that the server answered with an error. */
static void describe_error(const rpi_lane *lane, rpi_fault *fault)
{
    const rp_value *error = &lane->error_run->commands[lane->error_index].value;
    const char *bytes = lane->error_run->bytes;
    const char *word;
    size_t index = lane->error_run->index + lane->error_index;
    char place[RPI_PLACE_SIZE], shown_word[RPI_PRINTABLE_SIZE(24)], shown[RPI_PRINTABLE_SIZE(48)];

    for (size_t i = 0; i < lane->error_index; i++)
        bytes += lane->error_run->commands[i].size;
    /* "*2\r\n$3\r\nGET\r\n...": the name follows the second LF, and has printable characters only. */
    word = (const char *)rawmemchr((const char *)rawmemchr(bytes, '\n') + 1, '\n') + 1;
    rpi_printable(shown_word, sizeof shown_word, word, (size_t)((const char *)rawmemchr(word, '\r') - word));
    rpi_printable(shown, sizeof shown, error->text, error->len);
    rpi_fault_set(fault, RP_SERVER_ERROR, "command %zu (%s) on %s: %s", index, shown_word,
                  rpi_place_text(place, lane->server->name), shown);
    rpi_fault_on(fault, lane->server->name);
    fault->index = index;
    rpi_error_code(error, fault);
}

/* Keeps the failure whose command stands first in the program; the messages of further connections go behind it. */
static void note_failure(batch *b, const rpi_fault *fault)
{
    rpi_fault later = *fault;

    if (b->fault.status == RP_OK) {
        b->fault = *fault;
        return;
    }
    if (fault->index < b->fault.index) {
        later = b->fault;
        b->fault = *fault;
    }
    rpi_fault_add(&b->fault, "; also %s", later.message);
}

static void find_failures(batch *b)
{
    rpi_fault fault;

    for (const rpi_lane *lane = b->lanes; lane; lane = lane->next) {
        if (lane->state == RPI_LANE_FAILED)
            note_failure(b, &lane->fault);
        if (lane->error_run && !lane->surplus && !b->root->collect) {
            describe_error(lane, &fault);
            note_failure(b, &fault);
        }
    }
}

/* Unfills one future of a failed execute, and tells what became of its command. */
static void unfill(rp_value *v, rp_outcome outcome, rp_status why)
{
    if (outcome == RP_ANSWERED && v->kind == RP_ERROR)
        why = RP_SERVER_ERROR;
    *v = (rp_value){.kind = RP_PENDING, .outcome = (uint8_t)outcome, .status = (uint8_t)why};
}

/* What became of the lane's commands, where the execute failed. */
static void settle(const rpi_lane *lane, bool collect, rp_status why)
{
    bool sent = true;
    size_t answered = lane->surplus ? 0 : lane->answered;

    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        size_t offset = 0;

        for (size_t i = 0; i < run->count; i++) {
            rpi_command *command = &run->commands[i];
            bool begun = sent && (run != lane->written.run || offset < lane->written.offset);

            offset += command->size;
            if (answered) {
                answered--;
                if (!collect)
                    unfill(&command->value, RP_ANSWERED, why);
            } else {
                unfill(&command->value, begun ? RP_UNKNOWN : RP_NOT_SENT,
                       lane->state == RPI_LANE_FAILED ? lane->fault.status : why);
            }
        }
        sent = sent && run != lane->written.run;
    }
}

static void recycle(rpi_root *root, rpi_lane *lane)
{
    lane->runs.last->next = root->spare_runs;
    root->spare_runs = lane->runs.first;
    rpi_registry_release(lane->server);
    rpi_free(lane);
}

/* The queue can't be executed at all: its sticky fault, or a name without a connection. */
static rp_status refuse_all(rpi_root *root, rpi_run *runs, const rpi_fault *fault)
{
    rpi_fault shown = *fault;

    if (fault->index != SIZE_MAX)
        rpi_fault_set(&shown, fault->status, "command %zu: %s; nothing was sent", fault->index, fault->message);
    shown.index = fault->index;
    rpi_fault_on(&shown, fault->named ? fault->connection : NULL);
    root->pipe.runs.first = runs;
    rpi_forget(&root->pipe, fault->status);
    return rpi_raise(&shown);
}

rp_status rpi_execute_batch(rpi_root *root)
{
    batch b = {.root = root};
    rpi_run *runs = root->pipe.runs.first;

    if (!root->pipe.fault && root->pipe.size > RPI_BATCH_MOST) {
        rpi_fault_set(&b.fault, RP_INVALID_VALUE, RPI_BATCH_TOO_LARGE);
        root->pipe.fault = &b.fault;
    }
    if (root->pipe.fault)
        return refuse_all(root, runs, root->pipe.fault);
    root->pipe.runs = (rpi_runs){0};
    root->pipe.count = root->pipe.size = 0;
    root->tail = NULL;
    b.deadline = rpi_deadline(root->timeout_ms);
    if (plan(&b, runs) == RP_OK) {
        if (rpi_parallel())
            drive_together(&b);
        drive_idle(&b);
        find_failures(&b);
    }
    for (rpi_lane *lane = b.lanes, *next; lane; lane = next) {
        next = lane->next;
        if (b.fault.status != RP_OK)
            settle(lane, root->collect, b.fault.status);
        recycle(root, lane);
    }
    return b.fault.status == RP_OK ? RP_OK : rpi_raise(&b.fault);
}
