/* The engine's half that knows one connection: full duplex, bounded, and never a reply in the wrong future.
 *
 * Two places move through the runs: `written`, see sender.c, and `read`, see receiver.c. Here is what happens to the
 * connection: it is taken, opened, and given back when all is answered. Anything behind the last reply means that the
 * peer and we are out of step.
 *
 * A lane never blocks, but in rpi_lane_connect, where the pool is exhausted. After any failure its connection is
 * closed; what was received before it is kept, and each command's outcome follows from the two places. */
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "pipe/calls.h"
#include "pipe/transaction.h"

/* Gives the connection back to where it came from; values may point into what was received. */
static void leave(rpi_lane *lane, rpi_lane_state state, bool healthy)
{
    if (lane->conn) {
        lane->conn->parser.arena = NULL;
        if (lane->suspect)
            rpi_server_suspect(lane->server, lane->conn);
        if (lane->session && healthy)
            lane->session->conn = lane->conn;
        else
            rpi_server_give(lane->server, lane->conn, healthy);
    }
    lane->conn = NULL;
    if (lane->input.block)
        rpi_arena_adopt(lane->arena, lane->input.block);
    lane->input = (rpi_input){0};
    lane->state = state;
}

/* That of the lane's first command: calls of scripts that are sent again stand at the end of its runs. */
static size_t first_index(const rpi_lane *lane)
{
    size_t first = SIZE_MAX;

    for (const rpi_run *run = lane->runs.first; run; run = run->next)
        if (run->index < first)
            first = run->index;
    return first;
}

void rpi_lane_fail(rpi_lane *lane, rp_status status, const char *what, const char *detail)
{
    char place[RPI_PLACE_SIZE];
    size_t index;

    if (lane->transaction)
        rpi_transaction_fail(lane);
    rpi_scripts_stop(lane);
    index = lane->surplus ? first_index(lane) : lane->read.run->index + lane->read_index;
    rpi_fault_set(&lane->fault, status, "%s: %s%s%s, with %zu of %zu commands answered",
                  rpi_place_text(place, lane->server->name), what, detail ? ": " : "", detail ? detail : "",
                  lane->surplus ? 0 : lane->answered, lane->count);
    rpi_fault_on(&lane->fault, lane->server->name);
    lane->fault.index = index;
    leave(lane, RPI_LANE_FAILED, false);
}

void rpi_lane_fail_memory(rpi_lane *lane)
{
    rpi_lane_fail(lane, RP_NO_MEMORY, "no memory", NULL);
}

void rpi_lane_fail_protocol(rpi_lane *lane)
{
    const bool over = lane->conn->parser.over;

    rpi_lane_fail(lane, RP_PROTOCOL_ERROR, over ? "more than is accepted" : "the server broke the protocol",
                  lane->conn->parser.error);
    strcpy(lane->fault.code, over ? "LIMIT" : "");
}

/* The server hangs up, and has not answered all. */
static void fail_closing(rpi_lane *lane)
{
    if (lane->read_index == lane->read.run->count) {
        lane->read = (rpi_place){lane->read.run->next, 0};
        lane->read_index = 0;
    }
    rpi_lane_fail(lane, RP_CONNECTION_ERROR, lane->closing, NULL);
    if (lane->refusal) /* the same again would be refused again */
        rpi_error_code(lane->refusal, &lane->fault);
}

void rpi_lane_finish(rpi_lane *lane)
{
    rpi_parse_result rest = RPI_PARSE_DONE;

    if (lane->input.position != lane->input.end)
        rest = rpi_parse_rest(&lane->conn->parser, &lane->input.position, lane->input.end);
    if (rest == RPI_PARSE_BAD) {
        lane->surplus = true;
        rpi_lane_fail_protocol(lane);
        return;
    }
    if (lane->closing && lane->answered < lane->count) {
        fail_closing(lane);
        return;
    }
    if (lane->scripts && !lane->transaction && !rpi_scripts_finish(lane)) {
        rpi_lane_fail_memory(lane);
        return;
    }
    if (lane->answered < lane->count) /* calls of scripts, once more */
        return;
    if (lane->session)
        rpi_session_note(lane->session);
    leave(lane, RPI_LANE_DONE, rest == RPI_PARSE_DONE && !lane->spent);
}

/* After connecting has gone on: the lane follows the connection's state. */
static void follow(rpi_lane *lane)
{
    if (lane->conn->state == RPI_CONN_READY) {
        lane->state = RPI_LANE_ACTIVE;
        lane->conn->parser.arena = lane->arena;
        lane->conn->parser.kept = false;
        if (lane->scripts && !rpi_scripts_prepare(lane))
            rpi_lane_fail_memory(lane);
    } else if (lane->conn->state == RPI_CONN_FAILED) {
        const rpi_fault fault = lane->conn->fault;

        rpi_lane_fail(lane, fault.status, fault.message, NULL);
        memcpy(lane->fault.code, fault.code, sizeof fault.code);
    } else {
        lane->state = RPI_LANE_OPENING;
    }
}

static int64_t later(int64_t deadline, int64_t ms)
{
    return deadline == RPI_NEVER ? deadline : deadline + ms;
}

void rpi_lane_connect(rpi_lane *lane, bool wait)
{
    rp_status status;

    lane->deadline = later(lane->deadline ? lane->deadline : rpi_deadline(lane->server->timeout_ms), lane->block_ms);
    lane->block_ms = 0; /* once */
    if (rpi_now_ms() >= lane->deadline) {
        rpi_lane_fail(lane, RP_TIMEOUT, "no time was left for it", NULL);
        return;
    }
    if (lane->session)
        lane->conn = rpi_session_take(lane->session);
    if (lane->conn) {
        follow(lane);
        return;
    }
    status = rpi_server_take(lane->server, wait ? lane->deadline : 0, &lane->conn);
    if (status == RP_TIMEOUT && !wait)
        return;
    lane->connect_deadline = rpi_deadline(lane->server->connect_timeout_ms);
    if (status == RP_TIMEOUT)
        rpi_lane_fail(lane, status, "all connections of the pool stayed in use; raise .pool_size", NULL);
    else if (status != RP_OK)
        rpi_lane_fail_memory(lane);
    else
        follow(lane);
}

void rpi_lane_begin(rpi_lane *lane)
{
    if (lane->state == RPI_LANE_ACTIVE)
        rpi_lane_send(lane);
}

bool rpi_lane_busy(const rpi_lane *lane)
{
    return lane->state == RPI_LANE_OPENING || lane->state == RPI_LANE_ACTIVE;
}

short rpi_lane_events(const rpi_lane *lane)
{
    if (lane->state == RPI_LANE_OPENING)
        return rpi_conn_events(lane->conn);
    return rpi_lane_unsent(lane) ? POLLIN | POLLOUT : POLLIN;
}

int64_t rpi_lane_wake(const rpi_lane *lane)
{
    int64_t deadline = rpi_lane_deadline(lane);
    int64_t retry_at = lane->state == RPI_LANE_OPENING ? lane->conn->retry_at : 0;

    return retry_at && retry_at < deadline ? retry_at : deadline;
}

int64_t rpi_lane_deadline(const rpi_lane *lane)
{
    if (lane->state == RPI_LANE_OPENING && lane->connect_deadline < lane->deadline)
        return lane->connect_deadline;
    return lane->deadline;
}

void rpi_lane_step(rpi_lane *lane, short events)
{
    if (lane->state == RPI_LANE_OPENING) {
        rpi_conn_step(lane->conn);
        follow(lane);
        rpi_lane_begin(lane);
        return;
    }
    if (events & (POLLIN | POLLHUP | POLLERR))
        rpi_lane_receive(lane, false, 0);
    if (lane->state == RPI_LANE_ACTIVE)
        rpi_lane_send(lane);
}

bool rpi_lane_awaits(const rpi_lane *lane)
{
    return lane->state == RPI_LANE_ACTIVE && lane->conn->ops->await && !rpi_lane_unsent(lane);
}

void rpi_lane_await(rpi_lane *lane, int timeout_ms)
{
    rpi_lane_receive(lane, true, timeout_ms);
    if (lane->state == RPI_LANE_ACTIVE)
        rpi_lane_send(lane);
}

void rpi_lane_expire(rpi_lane *lane)
{
    if (lane->state == RPI_LANE_OPENING)
        rpi_lane_fail(lane, RP_TIMEOUT, "no connection in time; it waited for", rpi_conn_awaits(lane->conn));
    else
        rpi_lane_fail(lane, RP_TIMEOUT, "no answer in time", NULL);
}
