/* Calls of scripts by digest, as a lane sends them.
 *
 * A call is queued as EVALSHA. What the server has seen is known only when the lane has its connection: before anything
 * is sent, the first call of each script that is new to the connection is encoded again as EVAL, in a run of its own
 * between those that its run falls into.
 *
 * The server may have forgotten a script all the same, and then answers NOSCRIPT: the call was not executed, but what
 * stands behind it was. Sending the call again is right only where nobody can tell that it came later: where no command
 * behind it touches one of its keys. So a lane in which one does sends the first call of each script as EVAL whatever
 * the server has seen, and NOSCRIPT cannot come; as does one with a transaction. Whether what stands in that runs at
 * all is not known, so behind it the connection knows no script. Any other lane sends again what the server did not
 * know: that moves to the end of its runs, as EVAL, and the lane goes on with it. docs/decisions/0008 has the reasons.
 * Which calls those are: see doubt.c. */
#include "pipe/calls.h"

#include <string.h>

#include "pipe/clash.h"
#include "pipe/special.h"
#include "pipe/transaction.h"
#include "route/keys.h"

rp_script *rpi_called(const rpi_lane *lane, const char *command, const char **rest)
{
    rpi_encoded words = rpi_encoded_words(command);
    rp_bytes name = rpi_encoded_next(&words), sha1;

    if (words.count < 2 || name.len != strlen("EVALSHA") || memcmp(name.data, "EVALSHA", name.len) != 0)
        return NULL;
    sha1 = rpi_encoded_next(&words);
    *rest = words.at;
    return rpi_scripts_find(lane->scripts, sha1);
}

/* The command as EVAL. False without memory. */
static bool encode_eval(const rpi_lane *lane, const rp_script *script, const char *command, size_t size,
                        const char *rest, rpi_run *run)
{
    static const char name[] = "$4\r\nEVAL\r\n";
    size_t count_size = (size_t)(rpi_encoded_words(command).at - command);
    size_t rest_size = size - (size_t)(rest - command);
    size_t most = count_size + sizeof name + script->len + RPI_HEADER_MOST + rest_size;
    char *to = most <= UINT32_MAX ? rpi_arena_alloc(lane->arena, most) : NULL;

    if (!to)
        return false;
    run->bytes = to;
    memcpy(to, command, count_size);
    memcpy(to + count_size, name, sizeof name - 1);
    to = rpi_put_bulk(to + count_size + sizeof name - 1, script->source, script->len);
    memcpy(to, rest, rest_size);
    run->size = (size_t)(to + rest_size - run->bytes);
    run->commands->size = (uint32_t)run->size;
    return true;
}

/* Cuts a run in two before its command i, which begins at the offset. NULL without memory. */
static rpi_run *cut(rpi_lane *lane, rpi_run *run, size_t i, size_t offset)
{
    rpi_run *rest = rpi_arena_alloc(lane->arena, sizeof *rest);

    if (!rest)
        return NULL;
    *rest = (rpi_run){.next = run->next,
                      .name = run->name,
                      .commands = run->commands + i,
                      .count = run->count - i,
                      .bytes = run->bytes + offset,
                      .size = run->size - offset,
                      .index = run->index + i,
                      .special = run->special,
                      .transaction = run->transaction};
    run->next = rest;
    run->count = i;
    run->size = offset;
    if (lane->runs.last == run)
        lane->runs.last = rest;
    return rest;
}

/* The first command of the run becomes EVAL, alone in a run. */
static bool make_eval(rpi_lane *lane, rpi_run *run, const rp_script *script, const char *rest)
{
    size_t size = run->commands->size;

    if (run->count > 1 && !cut(lane, run, 1, size))
        return false;
    return encode_eval(lane, script, run->bytes, size, rest, run);
}

/* Makes the first call in the run that must be EVAL one. *next is then the run to go on with, or NULL. */
static bool prepare_run(rpi_lane *lane, rpi_run *run, rpi_run **next)
{
    const char *command = run->bytes, *rest;

    *next = NULL;
    for (size_t i = 0; i < run->count; command += run->commands[i++].size) {
        const rp_script *script = rpi_called(lane, command, &rest);

        if (!script || (rpi_conn_knows(lane->conn, script->id) && script->kind != RPI_SCRIPT_WHOLE))
            continue;
        rpi_conn_learn(lane->conn, script->id);
        if (i > 0)
            run = cut(lane, run, i, (size_t)(command - run->bytes));
        if (!run || !make_eval(lane, run, script, rest))
            return false;
        *next = run->next;
        return true;
    }
    return true;
}

static void unlearn_all(const rpi_lane *lane)
{
    for (const rpi_scripts *kept = lane->scripts; kept; kept = kept->next)
        rpi_conn_unlearn(lane->conn, kept->script->id);
}

bool rpi_scripts_prepare(rpi_lane *lane)
{
    bool all = lane->transaction;
    rpi_run *run, *next;

    if (!all) {
        rpi_clash w = rpi_clash_of(lane, RPI_ALL_CALLS);

        if (w.no_memory)
            return false;
        all = w.clash;
    }
    if (all)
        unlearn_all(lane);
    for (run = lane->runs.first; run; run = next ? next : run->next) {
        next = NULL;
        if (run->transaction && run == &run->transaction->exec)
            unlearn_all(lane);
        if (run->special && run->special->scripted && !prepare_run(lane, run, &next))
            return false;
    }
    return true;
}

/* -- after the answers --------------------------------------------------------------------------------------------- */

static void add_run(rpi_runs *runs, rpi_run *run)
{
    run->next = NULL;
    if (runs->last)
        runs->last->next = run;
    else
        runs->first = run;
    runs->last = run;
}

/* The first call in the run that was not executed; run->count: there is none. Its command begins at *offset. */
static size_t find_call(const rpi_lane *lane, const rpi_run *run, size_t *offset)
{
    const char *rest;
    size_t i = 0;

    for (*offset = 0; i < run->count; *offset += run->commands[i++].size)
        if (rpi_lost(lane, &run->commands[i].value, run->bytes + *offset, &rest))
            break;
    return i;
}

/* Takes the calls out of the lane's runs, each in a run of its own. False without memory; no run is lost
 * then either. */
static bool take_out(rpi_lane *lane, rpi_runs *calls)
{
    rpi_runs kept = {0};
    rpi_run *run, *next;
    bool done = true;

    for (run = lane->runs.first; run; run = next) {
        size_t offset, i = done ? find_call(lane, run, &offset) : run->count;

        if (i == 0 && run->count > 1)
            done = cut(lane, run, 1, run->commands->size);
        else if (i > 0 && i < run->count)
            done = cut(lane, run, i, offset);
        next = run->next;
        add_run(i == 0 ? calls : &kept, run);
    }
    lane->runs = kept;
    return done;
}

void rpi_calls_find_error(rpi_lane *lane)
{
    lane->error_run = NULL;
    for (const rpi_run *run = lane->runs.first; run; run = run->next)
        for (size_t i = 0; i < run->count; i++)
            if (run->commands[i].value.kind == RP_ERROR &&
                (!lane->error_run || run->index + i < lane->error_run->index + lane->error_index)) {
                lane->error_run = run;
                lane->error_index = i;
            }
}

/* The call, alone in its run, becomes EVAL, for which the connection knows the script again. */
static bool remake(rpi_lane *lane, rpi_run *run)
{
    const char *rest;
    const rp_script *script = rpi_called(lane, run->bytes, &rest);

    rpi_conn_learn(lane->conn, script->id);
    return encode_eval(lane, script, run->bytes, run->size, rest, run);
}

void rpi_calls_go_on(rpi_lane *lane, const rpi_run *run, size_t count)
{
    lane->written = lane->open = lane->read = (rpi_place){run, 0};
    lane->open_index = lane->read_index = 0;
    lane->answered = lane->opened = lane->count - count;
}

/* The calls follow what was answered, and are what the lane sends and reads next. */
static bool send_again(rpi_lane *lane, size_t count)
{
    rpi_runs calls = {0};
    bool done = take_out(lane, &calls);

    if (lane->runs.last)
        lane->runs.last->next = calls.first;
    else
        lane->runs.first = calls.first;
    if (calls.last)
        lane->runs.last = calls.last;
    for (rpi_run *run = calls.first; done && run; run = run->next)
        done = remake(lane, run);
    if (!done)
        return false;
    for (const rpi_run *run = calls.first; run; run = run->next)
        rpi_never(&run->commands->value, RP_QUEUED, RP_OK);
    rpi_calls_find_error(lane);
    rpi_calls_go_on(lane, calls.first, count);
    lane->healed = true;
    return true;
}

bool rpi_calls_heal(rpi_lane *lane)
{
    rpi_clash w = rpi_clash_of(lane, RPI_UNKNOWN_CALLS);

    return !w.no_memory && (!w.calls || w.clash || send_again(lane, w.calls));
}
