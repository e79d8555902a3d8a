/* The engine's half that knows one connection: full duplex, bounded, and never a reply in the wrong future.
 *
 * Two places move through the runs. `written` follows what the kernel took; `read` stands at the command whose reply is
 * next. A reply fills the future at `read` where it stands: nobody can look before the execute is over. A reply to a
 * command that is not written yet, or anything behind the last reply, means that the peer and we are out of step.
 *
 * The window: `open` bounds how far writing may go, so that the server never holds more than about WINDOW_BYTES of replies
 * for us, whatever the pipeline's length. How large replies are is learned as they come; before the first, WINDOW_FIRST
 * commands may go. So a pipeline of that length or less is one round trip, and a longer one flows.
 *
 * A lane never blocks, but in rpi_lane_connect, where the pool is exhausted. After any failure its connection is closed;
 * what was received before it is kept, and each command's outcome follows from the two places. */
#define _GNU_SOURCE
#include "pipe/lane.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
    WINDOW_FIRST = 1024, /* commands */
    WINDOW_LEAST = 16,
    WINDOW_MOST = 16384,
    WINDOW_BYTES = 8 * 1024 * 1024,
    PARTS = 64, /* of one send */
};

/* Gives the connection back; values may point into what was received. */
static void leave(rpi_lane *lane, rpi_lane_state state, bool healthy)
{
    if (lane->conn) {
        lane->conn->parser.arena = NULL;
        rpi_server_give(lane->server, lane->conn, healthy);
    }
    lane->conn = NULL;
    if (lane->input.block)
        rpi_arena_adopt(lane->arena, lane->input.block);
    lane->input = (rpi_input){0};
    lane->state = state;
}

/* Fails the lane. The index is that of the first command without an answer. */
static void fail(rpi_lane *lane, rp_status status, const char *what, const char *detail)
{
    size_t index = lane->surplus ? lane->runs.first->index : lane->read.run->index + lane->read_index;
    char place[RPI_PLACE_SIZE];

    rpi_fault_set(&lane->fault, status, "%s: %s%s%s, with %zu of %zu commands answered",
                  rpi_place_text(place, lane->server->name), what, detail ? ": " : "", detail ? detail : "",
                  lane->surplus ? 0 : lane->answered, lane->count);
    rpi_fault_on(&lane->fault, lane->server->name);
    lane->fault.index = index;
    leave(lane, RPI_LANE_FAILED, false);
}

static void fail_memory(rpi_lane *lane)
{
    fail(lane, RP_NO_MEMORY, "no memory", NULL);
}

static void fail_protocol(rpi_lane *lane)
{
    fail(lane, RP_PROTOCOL_ERROR, "the server broke the protocol", lane->conn->parser.error);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static size_t window(const rpi_lane *lane)
{
    size_t n = lane->answered ? WINDOW_BYTES / (lane->reply_size + 1) : WINDOW_FIRST;

    return n < WINDOW_LEAST ? WINDOW_LEAST : n > WINDOW_MOST ? WINDOW_MOST : n;
}

/* Moves `open` as far as the window lets it. It never stands at the end of a run that has a next one, nor does `written`:
 * so the two meet. */
static void open_window(rpi_lane *lane)
{
    size_t limit = window(lane) + lane->answered;

    while (lane->opened < limit && lane->opened < lane->count) {
        const rpi_run *run = lane->open.run;
        size_t left = run->count - lane->open_index;

        if (left <= limit - lane->opened) {
            lane->open.offset = run->size;
            lane->open_index = run->count;
            lane->opened += left;
        } else {
            lane->open.offset += run->commands[lane->open_index++].size;
            lane->opened++;
        }
        if (lane->open_index == run->count && run->next) {
            lane->open = (rpi_place){run->next, 0};
            lane->open_index = 0;
        }
    }
}

/* The bytes from `written` to `open`. */
static size_t gather(const rpi_lane *lane, struct iovec parts[PARTS])
{
    rpi_place at = lane->written;
    size_t n = 0;

    while (at.run && n < PARTS) {
        size_t end = at.run == lane->open.run ? lane->open.offset : at.run->size;

        if (end > at.offset)
            parts[n++] = (struct iovec){at.run->bytes + at.offset, end - at.offset};
        if (at.run == lane->open.run)
            break;
        at = (rpi_place){at.run->next, 0};
    }
    return n;
}

static void count_written(rpi_lane *lane, size_t n)
{
    while (n) {
        size_t left = lane->written.run->size - lane->written.offset;

        if (n < left) {
            lane->written.offset += n;
            return;
        }
        n -= left;
        if (lane->written.run->next)
            lane->written = (rpi_place){lane->written.run->next, 0};
        else
            lane->written.offset = lane->written.run->size;
    }
}

static void receive(rpi_lane *lane);

/* The connection broke while we wrote. What the server answered before may still be there. */
static void drain(rpi_lane *lane, int error)
{
    size_t before;

    do {
        before = lane->received;
        receive(lane);
    } while (lane->state == RPI_LANE_ACTIVE && lane->received != before);
    if (lane->state == RPI_LANE_ACTIVE)
        fail(lane, RP_CONNECTION_ERROR, "lost while sending", strerrordesc_np(error));
}

static void send_more(rpi_lane *lane)
{
    struct iovec parts[PARTS];
    size_t count;

    open_window(lane);
    while ((count = gather(lane, parts)) > 0) {
        ssize_t n = lane->conn->ops->send(lane->conn->fd, parts, count);

        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                drain(lane, errno);
            return;
        }
        count_written(lane, (size_t)n);
    }
}

static bool has_more(const rpi_lane *lane)
{
    return lane->written.run != lane->open.run || lane->written.offset < lane->open.offset;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

/* All is answered: nothing but pushes may follow. */
static void finish(rpi_lane *lane)
{
    rpi_parse_result rest = RPI_PARSE_DONE;

    if (lane->input.position != lane->input.end)
        rest = rpi_parse_rest(&lane->conn->parser, &lane->input.position, lane->input.end);
    if (rest == RPI_PARSE_BAD) {
        lane->surplus = true;
        fail_protocol(lane);
        return;
    }
    leave(lane, RPI_LANE_DONE, rest == RPI_PARSE_DONE);
}

/* Looks at a reply that is an error, or that its command gives another shape. False without memory. */
static bool take_special(rpi_lane *lane, const rpi_run *run, rpi_command *command)
{
    if (command->value.kind == RP_ERROR && !lane->error_run) {
        lane->error_run = run;
        lane->error_index = (size_t)(command - run->commands);
    }
    return rpi_shape_value((rpi_shape)command->shape, lane->arena, &command->value);
}

/* Parses the replies to the commands of one run, from `read` on, as far as they are there. DONE: all of them. */
static rpi_parse_result parse_run(rpi_lane *lane)
{
    const rpi_run *run = lane->read.run;
    rpi_parser *parser = &lane->conn->parser;
    rpi_command *first = run->commands + lane->read_index, *end = run->commands + run->count;
    rpi_command *command = first;
    size_t offset = lane->read.offset;
    size_t sent = run == lane->written.run ? lane->written.offset : run->size;
    rpi_parse_result result = RPI_PARSE_DONE;

    for (; command < end; command++) {
        result = rpi_parse(parser, &lane->input.position, lane->input.end, &command->value);
        if (result != RPI_PARSE_DONE)
            break;
        offset += command->size;
        if (offset > sent) {
            snprintf(parser->error, sizeof parser->error, "an answer to a command that was not sent yet");
            lane->surplus = true;
            result = RPI_PARSE_BAD;
            break;
        }
        if ((command->shape || command->value.kind == RP_ERROR) && !take_special(lane, run, command)) {
            result = RPI_PARSE_NO_MEMORY;
            break;
        }
    }
    lane->read.offset = offset;
    lane->answered += (size_t)(command - first);
    lane->read_index = (size_t)(command - run->commands);
    return result;
}

/* Parses what is there; false where the lane is over. */
static bool parse_replies(rpi_lane *lane)
{
    rpi_parse_result result = parse_run(lane);

    while (result == RPI_PARSE_DONE && lane->read.run->next) {
        lane->read = (rpi_place){lane->read.run->next, 0};
        lane->read_index = 0;
        result = parse_run(lane);
    }
    if (result == RPI_PARSE_MORE)
        return true;
    if (result == RPI_PARSE_DONE)
        finish(lane);
    else if (result == RPI_PARSE_BAD)
        fail_protocol(lane);
    else
        fail_memory(lane);
    return false;
}

/* What a reply takes, from all of them and from the last piece: whichever is more. */
static void learn_size(rpi_lane *lane, size_t piece, size_t replies)
{
    size_t mean = lane->received / (lane->answered ? lane->answered : 1);
    size_t latest = piece / (replies ? replies : 1);

    lane->reply_size = latest > mean ? latest : mean;
}

/* What the transport has; with `wait` it is waited for, up to timeout_ms. */
static void receive_from(rpi_lane *lane, bool wait, int timeout_ms)
{
    rpi_conn *conn = lane->conn;
    size_t before = lane->answered;
    size_t room;
    ssize_t n;

    if (!rpi_input_make_room(&lane->input, &lane->conn->parser, lane->arena, lane->count - lane->answered)) {
        fail_memory(lane);
        return;
    }
    room = rpi_input_room(&lane->input);
    n = wait ? conn->ops->await(conn->fd, lane->input.end, room, timeout_ms, &conn->await_set)
             : conn->ops->receive(conn->fd, lane->input.end, room);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (n <= 0) {
        fail(lane, RP_CONNECTION_ERROR, n < 0 ? "lost while receiving" : "closed by the server",
             n < 0 ? strerrordesc_np(errno) : NULL);
        return;
    }
    lane->input.end += n;
    lane->received += (size_t)n;
    if (parse_replies(lane))
        learn_size(lane, (size_t)n, lane->answered - before);
}

static void receive(rpi_lane *lane)
{
    receive_from(lane, false, 0);
}

/* -- states -------------------------------------------------------------------------------------------------------- */

/* After connecting has gone on: the lane follows the connection's state. */
static void follow(rpi_lane *lane)
{
    if (lane->conn->state == RPI_CONN_READY) {
        lane->state = RPI_LANE_ACTIVE;
        lane->conn->parser.arena = lane->arena;
        lane->conn->parser.kept = false;
    } else if (lane->conn->state == RPI_CONN_FAILED) {
        fail(lane, lane->conn->fault.status, lane->conn->fault.message, NULL);
    } else {
        lane->state = RPI_LANE_OPENING;
    }
}

void rpi_lane_connect(rpi_lane *lane, bool wait)
{
    rp_status status;

    if (!lane->deadline) {
        lane->deadline = rpi_deadline(lane->server->timeout_ms);
    } else if (rpi_now_ms() >= lane->deadline) {
        fail(lane, RP_TIMEOUT, "no time was left for it", NULL);
        return;
    }
    status = rpi_server_take(lane->server, wait ? lane->deadline : 0, &lane->conn);
    if (status == RP_TIMEOUT && !wait)
        return;
    lane->connect_deadline = rpi_deadline(lane->server->connect_timeout_ms);
    if (status == RP_TIMEOUT)
        fail(lane, status, "all connections of the pool stayed in use; raise .pool_size", NULL);
    else if (status != RP_OK)
        fail_memory(lane);
    else
        follow(lane);
}

void rpi_lane_begin(rpi_lane *lane)
{
    if (lane->state == RPI_LANE_ACTIVE)
        send_more(lane);
}

bool rpi_lane_busy(const rpi_lane *lane)
{
    return lane->state == RPI_LANE_OPENING || lane->state == RPI_LANE_ACTIVE;
}

short rpi_lane_events(const rpi_lane *lane)
{
    if (lane->state == RPI_LANE_OPENING)
        return rpi_conn_events(lane->conn);
    return has_more(lane) ? POLLIN | POLLOUT : POLLIN;
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
        receive(lane);
    if (lane->state == RPI_LANE_ACTIVE)
        send_more(lane);
}

bool rpi_lane_awaits(const rpi_lane *lane)
{
    return lane->state == RPI_LANE_ACTIVE && lane->conn->ops->await && !has_more(lane);
}

void rpi_lane_await(rpi_lane *lane, int timeout_ms)
{
    receive_from(lane, true, timeout_ms);
    if (lane->state == RPI_LANE_ACTIVE)
        send_more(lane);
}

void rpi_lane_expire(rpi_lane *lane)
{
    if (lane->state == RPI_LANE_OPENING)
        fail(lane, RP_TIMEOUT, "no connection in time", NULL);
    else
        fail(lane, RP_TIMEOUT, "no answer in time", NULL);
}
