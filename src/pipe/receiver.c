/* The reading half of a lane.
 *
 * `read` stands at the command whose reply is next. A reply fills the future at `read` where it stands: nobody can look
 * before the execute is over. An answer to a command that is not written whole: the peer and we are out of step, but
 * where it is an error and the command is on its way. Then the server refuses it (too long, too many arguments) and
 * hangs up.
 *
 * Hanging up is also what SHUTDOWN is answered with. */
#define _GNU_SOURCE
#include "pipe/transaction.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "route/keys.h"

#include "pipe/stale.h"
#include "resp/short.h"

/* Looks at a reply that is an error, or that its command gives another shape. In a transaction those of EXEC are looked
 * at, when it is over. False without memory. */
static bool take_special(rpi_lane *lane, const rpi_run *run, rpi_command *command)
{
    if (command->value.kind == RP_ERROR)
        rpi_lane_note_error(lane, &command->value);
    if (run->transaction)
        return true;
    if (command->value.kind == RP_ERROR && !lane->error_run) {
        lane->error_run = run;
        lane->error_index = (size_t)(command - run->commands);
    }
    return rpi_shape_value((rpi_shape)command->shape, lane->arena, &command->value);
}

/* Apart, so that strings, which most replies are, get the registers. */
__attribute__((noinline)) static char *take_line(char *p, char *end, rp_value *v)
{
    if (*p == ':')
        return rpi_take_short_int(p, end, v);
    return *p == '+' ? rpi_take_short_status(p, end, v) : NULL;
}

/* Takes replies from `command` on for as long as they are short, to commands without a shape, all of whose bytes were
 * sent: *offset moves with them. Returns the command that it leaves to the general way, or `end`. */
static inline rpi_command *take_short(rpi_lane *lane, rpi_command *command, const rpi_command *end, size_t sent,
                                      size_t *offset)
{
    rpi_parser *parser = &lane->conn->parser;
    ptrdiff_t shortest = parser->shortest;
    const rpi_command *first = command;
    char *p = lane->input.position, *input_end = lane->input.end;
    size_t left = sent - *offset;

    if (parser->depth || *offset > sent)
        return command;
    for (char *next; command < end; command++, p = next) {
        if (command->shape || command->size > left || input_end - p < shortest)
            break;
        next =
            *p == '$' ? rpi_take_short_string(p, input_end, &command->value) : take_line(p, input_end, &command->value);
        if (!next)
            break;
        command->value.flags = RPI_COMMAND;
        left -= command->size;
    }
    if (command > first) {
        parser->scanned = 0;
        parser->kept = true;
        lane->input.position = p;
        *offset = sent - left;
    }
    return command;
}

/* The server hangs up behind the answer at hand. */
static void expect_end(rpi_lane *lane, const char *why)
{
    lane->closing = why;
    lane->spent = true;
}

/* An answer to a command that was not written whole. DONE: it is one. */
static rpi_parse_result take_early(rpi_lane *lane, const rpi_run *run, rpi_command *command, bool begun)
{
    if (!begun || command->value.kind != RP_ERROR) {
        snprintf(lane->conn->parser.error, sizeof lane->conn->parser.error,
                 "an answer to a command that was not sent yet");
        lane->surplus = true;
        return RPI_PARSE_BAD;
    }
    expect_end(lane, "closed by the server, which refused a command before it had all of it");
    command->value.flags = RPI_COMMAND;
    lane->refusal = &command->value;
    return take_special(lane, run, command) ? RPI_PARSE_DONE : RPI_PARSE_NO_MEMORY;
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

    for (;; command++) {
        command = take_short(lane, command, end, sent, &offset);
        if (command == end)
            break;
        result = rpi_parse(parser, &lane->input.position, lane->input.end, &command->value);
        if (result != RPI_PARSE_DONE)
            break;
        offset += command->size;
        if (offset > sent) {
            result = take_early(lane, run, command, offset - command->size < sent);
            command += result == RPI_PARSE_DONE;
            break;
        }
        if ((command->shape || command->value.kind == RP_ERROR) && !take_special(lane, run, command)) {
            result = RPI_PARSE_NO_MEMORY;
            break;
        }
        command->value.flags = RPI_COMMAND;
    }
    lane->read.offset = offset;
    lane->answered += (size_t)(command - first);
    lane->read_index = (size_t)(command - run->commands);
    return result;
}

/* The same, and ends the transaction whose EXEC it is. */
static rpi_parse_result take_run(rpi_lane *lane)
{
    rpi_parse_result result = parse_run(lane);

    if (result == RPI_PARSE_DONE && lane->read.run->transaction)
        return rpi_transaction_answer(lane);
    return result;
}

/* Parses what is there; false where the lane is over. */
static bool parse_replies(rpi_lane *lane)
{
    rpi_parse_result result = take_run(lane);

    while (result == RPI_PARSE_DONE && !lane->closing && lane->read.run->next) {
        lane->read = (rpi_place){lane->read.run->next, 0};
        lane->read_index = 0;
        result = take_run(lane);
    }
    if (result == RPI_PARSE_MORE)
        return true;
    if (result == RPI_PARSE_DONE)
        rpi_lane_finish(lane);
    else if (result == RPI_PARSE_BAD)
        rpi_lane_fail_protocol(lane);
    else
        rpi_lane_fail_memory(lane);
    return false;
}

/* What a reply takes, from all of them and from the last piece: whichever is more. */
static void learn_size(rpi_lane *lane, size_t piece, size_t replies)
{
    size_t mean = lane->received / (lane->answered ? lane->answered : 1);
    size_t latest = piece / (replies ? replies : 1);

    lane->reply_size = latest > mean ? latest : mean;
}

/* SHUTDOWN, which is answered only where it is refused, or given up. */
static bool ends_server(const char *command)
{
    const rpi_spec *spec = rpi_spec_of(command);
    rpi_encoded words = rpi_encoded_words(command);

    if (!spec || strcmp(spec->name, "SHUTDOWN") != 0)
        return false;
    for (size_t i = 0; i < words.count; i++) {
        rp_bytes word = rpi_encoded_next(&words);

        if (word.len == strlen("ABORT") && strncasecmp(word.data, "ABORT", word.len) == 0)
            return false;
    }
    return true;
}

/* The server has closed. Is that what the command asked for whose answer is next? */
static bool take_end(rpi_lane *lane)
{
    const rpi_run *run = lane->read.run;
    rpi_command *command = &run->commands[lane->read_index];
    bool sent = run != lane->written.run || lane->read.offset + command->size <= lane->written.offset;

    if (run->transaction || !sent || lane->input.position != lane->input.end || lane->conn->parser.depth ||
        !ends_server(run->bytes + lane->read.offset))
        return false;
    rpi_value_set_header(&command->value, RP_NULL, 0);
    command->value.flags = RPI_COMMAND;
    lane->read.offset += command->size;
    lane->read_index++;
    lane->answered++;
    expect_end(lane, "closed by the server, which was told to end");
    return true;
}

void rpi_lane_lose(rpi_lane *lane, const char *what, int error)
{
    if ((!error || error == ECONNRESET || error == EPIPE) && take_end(lane))
        rpi_lane_finish(lane);
    else
        rpi_lane_fail(lane, RP_CONNECTION_ERROR, what, error ? strerrordesc_np(error) : NULL);
}

void rpi_lane_receive(rpi_lane *lane, bool wait, int timeout_ms)
{
    rpi_conn *conn = lane->conn;
    size_t before = lane->answered;
    size_t room;
    ssize_t n;

    if (!rpi_input_make_room(&lane->input, &lane->conn->parser, lane->arena, lane->count - lane->answered)) {
        rpi_lane_fail_memory(lane);
        return;
    }
    room = rpi_input_room(&lane->input);
    n = wait ? conn->ops->await(conn->fd, lane->input.end, room, timeout_ms, &conn->await_set)
             : conn->ops->receive(conn->fd, lane->input.end, room);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (n <= 0) {
        if (n < 0)
            rpi_lane_lose(lane, "lost while receiving", errno);
        else
            rpi_lane_lose(lane, "closed by the server", 0);
        return;
    }
    rpi_input_add(&lane->input, &conn->parser, (size_t)n);
    lane->received += (size_t)n;
    if (parse_replies(lane))
        learn_size(lane, (size_t)n, lane->answered - before);
}
