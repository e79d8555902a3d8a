/* Whether the order of a lane's calls of scripts can matter to other commands: by the keys that they name, and by what
 * the table of commands says of those that touch everything, such as KEYS, INFO or PUBLISH. */
#include "pipe/clash.h"

#include "pipe/calls.h"
#include "pipe/keyset.h"
#include "route/keys.h"

/* A walk over a lane's commands, in order. */
typedef struct walk {
    rpi_clash found;
    rpi_keyset keys;         /* of the calls so far, each with its script */
    const rp_script *script; /* of the command at hand; NULL: it is no call */
    const rp_script *wild;   /* was called without keys: it may touch any */
    size_t taken;            /* keys of the command at hand */
} walk;

static bool take_key(void *arg, rp_bytes key)
{
    walk *w = arg;
    const rp_script *other = rpi_keyset_get(&w->keys, key);

    w->taken++;
    if (other && other != w->script)
        w->found.clash = true;
    else if (w->script && !other)
        w->found.no_memory = !rpi_keyset_add(&w->keys, key, w->script);
    return !w->found.clash && !w->found.no_memory;
}

/* A command that names no keys, though it may be one that can, such as EVAL: that may touch any. */
static void take_keyless(walk *w, const rpi_spec *spec)
{
    if (w->script) {
        w->found.clash = w->found.calls > 1 && w->wild != w->script;
        w->wild = w->script;
    } else if (spec->keys->kind != RPI_KEYS_NONE) {
        w->found.clash = true;
    }
}

/* One command. Those in front of the first call do not matter. */
static void take_command(walk *w, const char *command)
{
    const rpi_spec *spec = rpi_spec_of(command);

    w->found.calls += w->script != NULL;
    if (!w->found.calls)
        return;
    w->taken = 0;
    if (spec)
        rpi_spec_keys(spec, command, take_key, w);
    if (!spec || (spec->flags & RPI_TOUCHES_ALL) || (w->taken && w->wild && w->wild != w->script))
        w->found.clash = true;
    else if (!w->taken)
        take_keyless(w, spec);
}

/* The script of the command at hand, where it is one of those that are sought. */
static const rp_script *sought(const rpi_lane *lane, rpi_sought which, const rp_value *v, const char *command)
{
    const char *rest;
    const rp_script *script =
        which == RPI_ALL_CALLS ? rpi_called(lane, command, &rest) : rpi_lost(lane, v, command, &rest);

    /* All that is unknown is sent again in order: as if it were of one script. */
    return script && which == RPI_UNKNOWN_CALLS ? lane->scripts->script : script;
}

rpi_clash rpi_clash_of(const rpi_lane *lane, rpi_sought which)
{
    walk w = {0};

    for (const rpi_run *run = lane->runs.first; run; run = run->next) {
        const char *command = run->bytes;

        for (size_t i = 0; i < run->count && !w.found.clash && !w.found.no_memory; i++) {
            w.script = sought(lane, which, &run->commands[i].value, command);
            take_command(&w, command);
            command += run->commands[i].size;
        }
    }
    rpi_keyset_free(&w.keys);
    return w.found;
}
