/* MULTI and EXEC around the commands of a lane, in the same round trip.
 *
 * They are two runs of one command each, which the lane owns, so that the window, writing and reading know nothing of
 * them. The replies are taken as they come; when the last one is there, MULTI must have said OK, each command QUEUED or
 * why not, and EXEC holds a reply for each that was queued: its node is copied, its text stays where it was received.
 * Anything else means that no reply can be trusted to be that of its command.
 *
 * Without the whole reply of EXEC nothing is answered. Where MULTI was accepted and EXEC had not left whole, nothing
 * has run; where it is not known that MULTI was accepted, the server may have run the commands one by one. */
#include "pipe/transaction.h"

#include <stdio.h>
#include <string.h>

static void set_bracket(rpi_bracket *bracket, char *bytes, rpi_run *next)
{
    uint32_t size = (uint32_t)strlen(bytes);

    bracket->command = (rpi_command){.size = size};
    bracket->run = (rpi_run){.next = next, .commands = &bracket->command, .count = 1, .bytes = bytes, .size = size};
}

void rpi_transaction_wrap(rpi_lane *lane)
{
    set_bracket(&lane->multi, "*1\r\n$5\r\nMULTI\r\n", lane->runs.first);
    set_bracket(&lane->exec, "*1\r\n$4\r\nEXEC\r\n", NULL);
    lane->runs.last->next = &lane->exec.run;
    lane->written.run = lane->open.run = lane->read.run = &lane->multi.run;
    lane->count += 2;
}

static bool says(const rp_value *v, const char *text)
{
    return v->kind == RP_STRING && v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

static bool cannot_have_run(const rpi_lane *lane)
{
    bool accepted = says(&lane->multi.command.value, "OK");
    bool left = lane->written.run == &lane->exec.run && lane->written.offset == lane->exec.run.size;

    return lane->written.run == &lane->multi.run || (accepted && !left);
}

void rpi_transaction_unwrap(rpi_lane *lane)
{
    if (cannot_have_run(lane))
        lane->written = (rpi_place){lane->runs.first, 0};
    lane->read = (rpi_place){lane->runs.first, 0};
    lane->read_index = 0;
    lane->answered = 0;
    lane->count -= 2;
    lane->runs.last->next = NULL;
    lane->transaction = false;
}

static bool fail_protocol(rpi_lane *lane, const char *what)
{
    snprintf(lane->conn->parser.error, sizeof lane->conn->parser.error, "%s", what);
    lane->surplus = true;
    rpi_lane_fail_protocol(lane);
    return false;
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
static bool count_queued(rpi_lane *lane, size_t *queued)
{
    *queued = 0;
    for (const rpi_run *run = lane->runs.first; run; run = run->next)
        for (size_t i = 0; i < run->count; i++) {
            const rp_value *v = &run->commands[i].value;

            if (v->kind == RP_ERROR)
                note_error(lane, run, i);
            else if (says(v, "QUEUED"))
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
static bool distribute(rpi_lane *lane, const rp_value *items, const rp_value *error)
{
    for (rpi_run *run = lane->runs.first; run; run = run->next)
        for (size_t i = 0; i < run->count; i++) {
            rpi_command *command = &run->commands[i];

            if (command->value.kind == RP_ERROR)
                continue;
            command->value = items ? *items++ : *error;
            if (command->value.kind == RP_ERROR)
                note_error(lane, run, i);
            if (!rpi_shape_value((rpi_shape)command->shape, lane->arena, &command->value))
                return false;
            command->value.flags = RPI_COMMAND;
        }
    lane->answered = lane->count;
    return true;
}

/* The commands ran one by one and have their replies already, but not what was asked for. */
static bool refuse(rpi_lane *lane, const rp_value *why)
{
    char shown[RPI_PRINTABLE_SIZE(40)];

    for (rpi_run *run = lane->runs.first; run; run = run->next)
        for (size_t i = 0; i < run->count; i++)
            if (!rpi_shape_value((rpi_shape)run->commands[i].shape, lane->arena, &run->commands[i].value)) {
                rpi_lane_fail_memory(lane);
                return false;
            }
    lane->answered = lane->count;
    rpi_printable(shown, sizeof shown, why->text, why->len);
    rpi_lane_fail(lane, RP_SERVER_ERROR, "MULTI was refused, so the commands were no transaction", shown);
    rpi_error_code(why, &lane->fault);
    return false;
}

bool rpi_transaction_finish(rpi_lane *lane)
{
    const rp_value *multi = &lane->multi.command.value, *exec = &lane->exec.command.value;
    rp_value changed = changed_error();
    bool list = exec->kind == RP_LIST;
    size_t queued;

    rpi_transaction_unwrap(lane);
    if (multi->kind == RP_ERROR)
        return refuse(lane, multi);
    if (!says(multi, "OK"))
        return fail_protocol(lane, "the answer to MULTI is neither OK nor an error");
    if (!count_queued(lane, &queued))
        return fail_protocol(lane, "the answer to a command in a transaction is neither QUEUED nor an error");
    if (list ? exec->len != queued : exec->kind != RP_NULL && exec->kind != RP_ERROR)
        return fail_protocol(lane, "the answer to EXEC does not hold one for each command that was queued");
    if (!distribute(lane, list ? exec->items : NULL, exec->kind == RP_NULL ? &changed : exec)) {
        rpi_lane_fail_memory(lane);
        return false;
    }
    if (lane->session)
        lane->session->state = exec->kind == RP_NULL ? RPI_WATCH_CHANGED : RPI_WATCH_OVER;
    return true;
}
