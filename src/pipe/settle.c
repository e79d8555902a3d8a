/* The end of an execute: what failed, and what became of each command.
 *
 * On success the futures are filled already. On failure they are unfilled again, and each command gets its outcome,
 * which follows from the places where its lane stopped. A future that is unfilled although its command was answered
 * tells of that command alone: the server's error, which it keeps, or that its value is withheld, and for which
 * command's sake. */
#define _GNU_SOURCE
#include "pipe/settle.h"

#include <string.h>

#include "pipe/transaction.h"

const char *rpi_command_name(const rpi_run *run, size_t nth, char to[RPI_COMMAND_NAME_SIZE])
{
    const char *bytes = run->bytes;
    const char *word;

    for (size_t i = 0; i < nth; i++)
        bytes += run->commands[i].size;
    /* "*2\r\n$3\r\nGET\r\n...": the name follows the second LF, and has printable characters only. */
    word = (const char *)rawmemchr((const char *)rawmemchr(bytes, '\n') + 1, '\n') + 1;
    return rpi_printable(to, RPI_COMMAND_NAME_SIZE, word, (size_t)((const char *)rawmemchr(word, '\r') - word));
}

/* The fault of a command that the server answered with an error. */
static void describe_error(const rpi_lane *lane, rpi_fault *fault)
{
    const rp_value *error = &lane->error_run->commands[lane->error_index].value;
    size_t index = lane->error_run->index + lane->error_index;
    char place[RPI_PLACE_SIZE], name[RPI_COMMAND_NAME_SIZE], shown[RPI_PRINTABLE_SIZE(48)];

    rpi_printable(shown, sizeof shown, error->text, error->len);
    rpi_fault_set(fault, RP_SERVER_ERROR, "command %zu (%s) on %s: %s", index,
                  rpi_command_name(lane->error_run, lane->error_index, name), rpi_place_text(place, lane->server->name),
                  shown);
    rpi_fault_on(fault, lane->server->name);
    fault->index = index;
    rpi_error_code(error, fault);
}

/* A failure as one of the chain behind `first`, in program order. Without memory it is left out. */
static void chain_failure(rpi_failure *first, rpi_arena *arena, const rpi_fault *fault)
{
    rpi_failure *failure = rpi_arena_alloc(arena, sizeof *failure);
    rp_error *before = &first->view;

    if (!failure)
        return;
    rpi_failure_set(failure, fault);
    while (before->next && before->next->index <= fault->index)
        before = (rp_error *)(uintptr_t)before->next; /* they are all ours */
    failure->view.next = before->next;
    before->next = &failure->view;
}

/* The failure whose command stands first in the program is the first one. */
static void note_failure(rpi_failure *first, rpi_arena *arena, const rpi_fault *fault)
{
    rpi_fault later = *fault;
    const rp_error *next = first->view.next;

    if (first->fault.status == RP_OK) {
        rpi_failure_set(first, fault);
        return;
    }
    if (fault->index < first->fault.index) {
        later = first->fault;
        rpi_failure_set(first, fault);
        first->view.next = next;
    }
    chain_failure(first, arena, &later);
}

/* The end of a lane, behind the error for whose sake nothing of its transaction ran: that is not in front of it. */
static void note_end(rpi_failure *first, const rpi_lane *lane)
{
    rpi_fault fault = lane->fault;

    if (lane->error_run && fault.index < lane->error_run->index + lane->error_index)
        fault.index = lane->error_run->index + lane->error_index;
    note_failure(first, lane->arena, &fault);
}

void rpi_find_failures(const rpi_lane *lanes, bool collect, rpi_failure *first)
{
    rpi_fault fault;

    for (const rpi_lane *lane = lanes; lane; lane = lane->next) {
        bool behind = lane->denied && !collect;

        if (lane->state == RPI_LANE_FAILED && !behind)
            note_failure(first, lane->arena, &lane->fault);
        if (lane->refused && !lane->surplus) {
            rpi_transaction_describe(lane, &fault);
            note_failure(first, lane->arena, &fault);
        }
        if (lane->error_run && !lane->surplus && !collect) {
            describe_error(lane, &fault);
            note_failure(first, lane->arena, &fault);
        }
        if (lane->state == RPI_LANE_FAILED && behind)
            note_end(first, lane);
    }
    for (const rp_error *next = first->view.next; next; next = next->next)
        rpi_fault_add(&first->fault, "; also %s", next->message);
}

/* The future of a command that was answered, in an execute that failed. */
static void withhold(rp_value *v, size_t index)
{
    if (v->kind == RP_ERROR) {
        v->kind = RP_PENDING;
        v->status = RP_SERVER_ERROR;
    } else {
        *v = (rp_value){.kind = RP_PENDING,
                        .outcome = RP_ANSWERED,
                        .flags = RPI_COMMAND | RPI_WITHHELD,
                        .len = index < UINT32_MAX ? (uint32_t)index : UINT32_MAX};
    }
}

rp_outcome rpi_settle(const rpi_lane *lane, bool collect, const rpi_fault *why)
{
    rp_status status = lane->state == RPI_LANE_FAILED ? lane->fault.status : why->status;
    size_t answered = lane->surplus ? 0 : lane->answered;
    rp_outcome worst = answered ? RP_ANSWERED : RP_NOT_SENT, outcome;
    bool sent = true;

    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        bool never = run->transaction && run->transaction->never;
        size_t offset = 0;

        for (size_t i = 0; i < run->count; i++) {
            rpi_command *command = &run->commands[i];
            bool begun = sent && !never && (run != lane->written.run || offset < lane->written.offset);

            offset += command->size;
            if (answered || &command->value == lane->denied) {
                answered -= answered > 0;
                if (!collect)
                    withhold(&command->value, why->index);
                continue;
            }
            outcome = begun ? RP_UNKNOWN : RP_NOT_SENT;
            worst = begun ? RP_UNKNOWN : worst;
            rpi_never(&command->value, outcome, status);
        }
        sent = sent && run != lane->written.run;
    }
    return worst;
}
