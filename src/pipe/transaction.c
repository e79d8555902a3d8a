/* MULTI and EXEC around commands of a lane, in the same round trip.
 *
 * A transaction is a stretch of a lane's runs; there may be several in one, with other commands before, between and
 * behind. MULTI and EXEC are two runs of one command each, so that the window, writing and reading know nothing of
 * them. The replies are taken as they come; when that of EXEC is there, MULTI must have said OK, each command QUEUED or
 * why not, and EXEC holds a reply for each that was queued: its node is copied, its text stays where it was received.
 * Anything else means that no reply of the lane can be trusted to be that of its command.
 *
 * Where MULTI is refused, the server runs the commands one by one; they have their replies then, but not what was asked
 * for. The lane goes on, and is told of when it is over.
 *
 * Without the whole reply of EXEC nothing in the stretch is answered, but a command that was refused in place of being
 * queued. Where MULTI was accepted and EXEC had not left whole, or will be refused for that, nothing of it has run;
 * where it is not known that MULTI was accepted, the server may have run the commands one by one. */
#include "pipe/transaction.h"

#include <stdio.h>
#include <string.h>

#include "pipe/stale.h"

/* -- before -------------------------------------------------------------------------------------------------------- */

static void set_bracket(rpi_transaction *transaction, rpi_run *bracket, rpi_command *command, char *bytes,
                        const rpi_run *first)
{
    uint32_t size = (uint32_t)strlen(bytes);

    *command = (rpi_command){.size = size};
    *bracket = (rpi_run){.name = first->name,
                         .commands = command,
                         .count = 1,
                         .bytes = bytes,
                         .size = size,
                         .index = first->index,
                         .transaction = transaction};
}

/* One that begins with this run; NULL without memory. */
static rpi_transaction *new_transaction(rpi_arena *arena, const rpi_run *first, size_t number)
{
    rpi_transaction *t = rpi_arena_alloc(arena, sizeof *t);

    if (!t)
        return NULL;
    set_bracket(t, &t->multi, &t->brackets[0], "*1\r\n$5\r\nMULTI\r\n", first);
    set_bracket(t, &t->exec, &t->brackets[1], "*1\r\n$4\r\nEXEC\r\n", first);
    t->last = &t->multi;
    t->number = number;
    t->over = t->never = false;
    return t;
}

static void append(rpi_lane *lane, rpi_run *run)
{
    run->next = NULL;
    if (lane->runs.last)
        lane->runs.last->next = run;
    else
        lane->runs.first = run;
    lane->runs.last = run;
    lane->count += run->count;
    lane->written.run = lane->open.run = lane->read.run = lane->runs.first;
}

bool rpi_transaction_take(rpi_lane *lane, rpi_run *run, size_t number)
{
    rpi_transaction *t = number && lane->transaction && lane->transaction->number == number ? lane->transaction : NULL;

    run->transaction = t;
    if (!t && number)
        t = run->transaction = new_transaction(lane->arena, run, number);
    if (!t) {
        append(lane, run);
        return !number;
    }
    if (t != lane->transaction) {
        append(lane, &t->multi);
        append(lane, &t->exec);
        lane->transaction = t;
    }
    run->next = &t->exec;
    t->last->next = run;
    t->last = run;
    lane->count += run->count;
    return true;
}

/* -- the answers --------------------------------------------------------------------------------------------------- */

static rpi_parse_result fail_protocol(rpi_lane *lane, const char *what)
{
    snprintf(lane->conn->parser.error, sizeof lane->conn->parser.error, "%s", what);
    lane->surplus = true;
    return RPI_PARSE_BAD;
}

static void note_error(rpi_lane *lane, const rpi_run *run, size_t index)
{
    if (lane->error_run)
        return;
    lane->error_run = run;
    lane->error_index = index;
}

/* How many commands were queued; false where one was neither that nor refused. What was refused counts as the first
 * error, whatever EXEC says, since that is its consequence. */
static bool count_queued(rpi_lane *lane, const rpi_transaction *t, size_t *queued)
{
    *queued = 0;
    for (const rpi_run *run = t->multi.next; run != &t->exec; run = run->next)
        for (size_t i = 0; i < run->count; i++) {
            const rp_value *v = &run->commands[i].value;

            if (v->kind == RP_ERROR)
                note_error(lane, run, i);
            else if (rpi_value_says(v, RP_STRING, "QUEUED"))
                ++*queued;
            else
                return false;
        }
    return true;
}

static rp_value changed_error(void)
{
    static const char text[] = "WATCH a watched key was changed, so nothing of the transaction ran";
    rp_value v;

    rpi_value_set_text(&v, RP_ERROR, text, sizeof text - 1);
    return v;
}

/* Each command that was queued gets its own of the items; where there are none, the error. False without memory. */
static bool distribute(rpi_lane *lane, const rpi_transaction *t, const rp_value *items, const rp_value *error)
{
    for (rpi_run *run = t->multi.next; run != &t->exec; run = run->next)
        for (size_t i = 0; i < run->count; i++) {
            rpi_command *command = &run->commands[i];

            if (command->value.kind == RP_ERROR)
                continue;
            command->value = items ? *items++ : *error;
            if (command->value.kind == RP_ERROR) {
                rpi_lane_note_error(lane, &command->value);
                note_error(lane, run, i);
            }
            if (!rpi_shape_value((rpi_shape)command->shape, lane->arena, &command->value))
                return false;
            command->value.flags = RPI_COMMAND;
        }
    return true;
}

/* The commands ran one by one and have their replies already. */
static bool refuse(rpi_lane *lane, rpi_transaction *t)
{
    for (rpi_run *run = t->multi.next; run != &t->exec; run = run->next)
        for (size_t i = 0; i < run->count; i++)
            if (!rpi_shape_value((rpi_shape)run->commands[i].shape, lane->arena, &run->commands[i].value))
                return false;
    if (!lane->refused)
        lane->refused = t;
    lane->spent = true;
    return true;
}

static rpi_parse_result finish(rpi_lane *lane, rpi_transaction *t)
{
    const rp_value *multi = &t->brackets[0].value, *exec = &t->brackets[1].value;
    rp_value changed = changed_error();
    bool list = exec->kind == RP_LIST;
    size_t queued;

    if (multi->kind == RP_ERROR) {
        t->over = refuse(lane, t);
        return t->over ? RPI_PARSE_DONE : RPI_PARSE_NO_MEMORY;
    }
    if (!rpi_value_says(multi, RP_STRING, "OK"))
        return fail_protocol(lane, "the answer to MULTI is neither OK nor an error");
    if (!count_queued(lane, t, &queued))
        return fail_protocol(lane, "the answer to a command in a transaction is neither QUEUED nor an error");
    if (list ? exec->len != queued : exec->kind != RP_NULL && exec->kind != RP_ERROR)
        return fail_protocol(lane, "the answer to EXEC does not hold one for each command that was queued");
    if (!distribute(lane, t, list ? exec->items : NULL, exec->kind == RP_NULL ? &changed : exec))
        return RPI_PARSE_NO_MEMORY;
    t->over = true;
    if (lane->session)
        lane->session->state = exec->kind == RP_NULL ? RPI_WATCH_CHANGED : RPI_WATCH_OVER;
    return RPI_PARSE_DONE;
}

rpi_parse_result rpi_transaction_answer(rpi_lane *lane)
{
    rpi_transaction *t = lane->read.run->transaction;

    return lane->read.run == &t->exec ? finish(lane, t) : RPI_PARSE_DONE;
}

/* -- failures ----------------------------------------------------------------------------------------------------- */

/* Where more was answered than asked for, a MULTI that stands behind other commands may have got one of theirs. */
static bool is_accepted(const rpi_lane *lane, const rpi_transaction *t)
{
    return rpi_value_says(&t->brackets[0].value, RP_STRING, "OK") && !(lane->surplus && lane->runs.first != &t->multi);
}

/* Reading stopped in it. Notes the first of its commands that was refused in place of being queued; is there one? */
static bool find_denied(rpi_lane *lane, const rpi_transaction *t)
{
    const rpi_run *last = lane->read.run;

    for (const rpi_run *run = t->multi.next; last != &t->multi && run != &t->exec; run = run->next) {
        size_t end = run == last ? lane->read_index : run->count;

        for (size_t i = 0; i < end; i++)
            if (run->commands[i].value.kind == RP_ERROR) {
                lane->denied = &run->commands[i].value;
                note_error(lane, run, i);
                return true;
            }
        if (run == last)
            return false;
    }
    return false;
}

/* Writing stopped in it. Has its EXEC left, whole? */
static bool has_left(const rpi_lane *lane, const rpi_transaction *t)
{
    return lane->written.run == &t->exec && lane->written.offset == t->exec.size;
}

/* Reading stopped in it: its commands have no answers. */
static void take_back(rpi_lane *lane, rpi_transaction *t)
{
    for (const rpi_run *run = &t->multi; run != lane->read.run; run = run->next)
        lane->answered -= run->count;
    lane->answered -= lane->read_index;
    lane->read = (rpi_place){&t->multi, 0};
    lane->read_index = 0;
}

void rpi_transaction_fail(rpi_lane *lane)
{
    rpi_transaction *read = lane->read.run->transaction, *written = lane->written.run->transaction;

    if (written && is_accepted(lane, written))
        written->never = !has_left(lane, written);
    if (read && !read->over && !lane->surplus && find_denied(lane, read) && is_accepted(lane, read))
        read->never = true; /* it refuses EXEC as well */
    if (read && !read->over)
        take_back(lane, read);
    for (rpi_run *run = lane->runs.first; run; run = run->next) {
        const rpi_transaction *t = run->transaction;

        if (t && (run == &t->multi || run == &t->exec)) {
            lane->answered -= t->over;
            lane->count--;
            run->count = 0;
        }
    }
}

void rpi_transaction_describe(const rpi_lane *lane, rpi_fault *fault)
{
    const rp_value *why = &lane->refused->brackets[0].value;
    char place[RPI_PLACE_SIZE], shown[RPI_PRINTABLE_SIZE(40)];

    rpi_printable(shown, sizeof shown, why->text, why->len);
    rpi_fault_set(fault, RP_SERVER_ERROR, "%s: MULTI was refused, so the commands were no transaction: %s",
                  rpi_place_text(place, lane->server->name), shown);
    rpi_fault_on(fault, lane->server->name);
    fault->index = lane->refused->multi.index;
    rpi_error_code(why, fault);
}
