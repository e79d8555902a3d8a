/* The end of an execute: what failed first, and what became of each command.
 *
 * On success the futures are filled already. On failure they are unfilled again, and each command gets its outcome,
 * which follows from the places where its lane stopped. */
#define _GNU_SOURCE
#include "pipe/settle.h"

#include <string.h>

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

/* Keeps the failure whose command stands first in the program; the messages of further connections go behind it. */
static void note_failure(rpi_fault *first, const rpi_fault *fault)
{
    rpi_fault later = *fault;

    if (first->status == RP_OK) {
        *first = *fault;
        return;
    }
    if (fault->index < first->index) {
        later = *first;
        *first = *fault;
    }
    rpi_fault_add(first, "; also %s", later.message);
}

void rpi_find_failures(const rpi_lane *lanes, bool collect, rpi_fault *first)
{
    rpi_fault fault;

    for (const rpi_lane *lane = lanes; lane; lane = lane->next) {
        if (lane->state == RPI_LANE_FAILED)
            note_failure(first, &lane->fault);
        if (lane->error_run && !lane->surplus && !collect) {
            describe_error(lane, &fault);
            note_failure(first, &fault);
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

void rpi_settle(const rpi_lane *lane, bool collect, rp_status why)
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
