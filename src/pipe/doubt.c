/* Which calls of scripts the server did not know.
 *
 * It says so in an error, but an error is a text, and a script that was executed may make one with the same words. So
 * the connection forgets each script that such an answer is about. Where the script can make errors of its own
 * (script.c) the lane then asks the server, in one more round trip, which of those it has: what it has was executed,
 * and the connection learns it again. A call was not executed where both hold: the server's words, and a script that
 * the connection does not know any more. docs/decisions/0015 has the reasons. */
#include <string.h>

#include "pipe/calls.h"
#include "pipe/clash.h"

/* Just what servers say, all of it: Redis, and Valkey from version 8 on. */
static bool is_noscript(const rp_value *v)
{
    return rpi_value_says(v, RP_ERROR, "NOSCRIPT No matching script. Please use EVAL.") ||
           rpi_value_says(v, RP_ERROR, "NOSCRIPT No matching script.");
}

/* Something like that, in words of its own: from a script, or from a server that is no Redis. */
static bool seems_noscript(const rp_value *v)
{
    static const char code[] = "NOSCRIPT";
    const size_t len = sizeof code - 1;

    return v->kind == RP_ERROR && v->len >= len && memcmp(v->text, code, len) == 0 &&
           (v->len == len || v->text[len] == ' ') && !is_noscript(v);
}

rp_script *rpi_lost(const rpi_lane *lane, const rp_value *v, const char *command, const char **rest)
{
    rp_script *script = is_noscript(v) ? rpi_called(lane, command, rest) : NULL;

    return script && !rpi_conn_knows(lane->conn, script->id) ? script : NULL;
}

/* The connection forgets the scripts that its server seems not to know. Those to ask about are listed, and the first of
 * these calls gives the question its place: if that fails, it is why the call was not sent again. False
 * without memory. */
static bool forget(rpi_lane *lane, rpi_scripts **asked)
{
    size_t first = SIZE_MAX;

    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        const char *command = run->bytes, *rest;

        for (size_t i = 0; i < run->count; command += run->commands[i++].size) {
            rp_script *script = is_noscript(&run->commands[i].value) ? rpi_called(lane, command, &rest) : NULL;
            rpi_scripts *one;

            if (!script || !rpi_conn_knows(lane->conn, script->id))
                continue;
            rpi_conn_unlearn(lane->conn, script->id);
            if (first == SIZE_MAX)
                lane->ask.index = first = run->index + i;
            if (script->kind == RPI_SCRIPT_PLAIN)
                continue;
            one = rpi_arena_alloc(lane->arena, sizeof *one);
            if (!one)
                return false;
            *one = (rpi_scripts){*asked, script};
            *asked = one;
        }
    }
    return true;
}

/* The lane sends SCRIPT EXISTS with these scripts, behind all that was answered. False without memory. */
static bool ask(rpi_lane *lane, const rpi_scripts *asked)
{
    static const char name[] = "$6\r\nSCRIPT\r\n$6\r\nEXISTS\r\n";
    rpi_run *run = &lane->ask;
    size_t count = 0;
    char *bytes, *to;

    for (const rpi_scripts *one = asked; one; one = one->next)
        count++;
    bytes = rpi_arena_alloc(lane->arena, RPI_HEADER_MOST + sizeof name + count * (RPI_SHA1_TEXT + RPI_HEADER_MOST));
    if (!bytes)
        return false;
    to = rpi_put_count(bytes, '*', count + 2);
    memcpy(to, name, sizeof name - 1);
    to += sizeof name - 1;
    for (const rpi_scripts *one = asked; one; one = one->next)
        to = rpi_put_bulk(to, one->script->sha1, RPI_SHA1_TEXT);
    lane->question = (rpi_command){.size = (uint32_t)(to - bytes)};
    *run = (rpi_run){
        .commands = &lane->question, .count = 1, .bytes = bytes, .size = lane->question.size, .index = run->index};
    lane->runs.last->next = run;
    lane->asked = asked;
    lane->count++;
    rpi_calls_go_on(lane, run, 1);
    return true;
}

static void stop_asking(rpi_lane *lane)
{
    lane->runs.last->next = NULL;
    lane->asked = NULL;
    lane->answered = --lane->count; /* they were before it asked */
}

/* Is that a list of numbers, one for each? */
static bool are_numbers(const rp_value *answer, const rpi_scripts *asked)
{
    size_t i = 0;

    for (; answer->kind == RP_LIST && i < answer->len && asked; asked = asked->next)
        if (answer->items[i++].kind != RP_INT)
            return false;
    return answer->kind == RP_LIST && i == answer->len && !asked;
}

/* The server has answered. A script that it has was executed, and the error is its own; so it counts for all where
 * there is no telling. To learn again what was just forgotten needs no memory. */
static bool hear(rpi_lane *lane)
{
    const rpi_scripts *asked = lane->asked;
    const rp_value *answer = &lane->question.value;
    bool heard = are_numbers(answer, asked), done;
    size_t i = 0;

    stop_asking(lane);
    if (!heard && answer->kind != RP_ERROR) { /* who knows what that is an answer to */
        lane->spent = true;
        return true;
    }
    for (const rpi_scripts *one = asked; one; one = one->next)
        if (!heard || strcmp(answer->items[i++].text, "0") != 0)
            rpi_conn_learn(lane->conn, one->script->id);
    done = rpi_calls_heal(lane);
    for (const rpi_scripts *one = asked; one && !heard; one = one->next)
        rpi_conn_unlearn(lane->conn, one->script->id); /* or the next call would be in the same doubt */
    return done;
}

static bool doubt(rpi_lane *lane)
{
    rpi_scripts *asked = NULL;
    rpi_clash w;

    if (!forget(lane, &asked))
        return false;
    if (!asked)
        return rpi_calls_heal(lane);
    w = rpi_clash_of(lane, RPI_UNKNOWN_CALLS);
    return !w.no_memory && (w.clash || ask(lane, asked));
}

/* All is answered. Nothing is sent again for what only seems to be lost, but the next call of that script is whole. */
static void forget_seeming(const rpi_lane *lane)
{
    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        const char *command = run->bytes, *rest;

        for (size_t i = 0; i < run->count; command += run->commands[i++].size) {
            const rp_script *script = seems_noscript(&run->commands[i].value) ? rpi_called(lane, command, &rest) : NULL;

            if (script)
                rpi_conn_unlearn(lane->conn, script->id);
        }
    }
}

void rpi_scripts_stop(rpi_lane *lane)
{
    if (lane->asked)
        stop_asking(lane);
    else if (lane->healed)
        rpi_calls_find_error(lane);
}

bool rpi_scripts_finish(rpi_lane *lane)
{
    bool done = true;

    if (lane->closing || lane->healed)
        rpi_scripts_stop(lane); /* nothing more can be sent, or need be */
    else if (lane->asked)
        done = hear(lane);
    else if (lane->error_run)
        done = doubt(lane);
    if (!done) { /* that memory was missing comes first, and no command is to blame that was answered */
        lane->error_run = NULL;
        lane->read_index = 0;
    } else if (lane->error_run && lane->answered == lane->count) {
        forget_seeming(lane);
    }
    return done;
}
