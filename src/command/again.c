/* A command read back from its encoded form, which lies in the arena as it was queued for as long as the future does.
 * What the engine must know of it besides its words (that it blocks, which script it calls) follows from them again. */
#include <redpipe/command.h>

#include <string.h>

#include "base/alloc.h"
#include "command/words.h"
#include "pipe/script.h"
#include "route/keys.h"

static const char no_command[] = "that is not the future of a command that was queued";

const rp_value *rp_command_of(const rp_future *f)
{
    const rpi_command *command = f ? rpi_command_of(f) : NULL;
    rpi_encoded words;
    rpi_arena *arena;
    rp_value *list;

    if (!command) {
        rpi_fail(RP_INVALID_VALUE, "rp_command_of: %s", no_command);
        return NULL;
    }
    words = rpi_encoded_words(command->bytes);
    arena = &rpi_root_of(command)->arena;
    list = rpi_arena_alloc(arena, (1 + words.count) * sizeof *list);
    for (size_t i = 0; list && i < words.count; i++) {
        rp_bytes word = rpi_encoded_next(&words);
        const char *text = rpi_arena_text(arena, word.data, word.len);

        if (text)
            rpi_value_set_text(&list[1 + i], RP_STRING, text, word.len);
        else
            list = NULL;
    }
    if (list)
        rpi_value_set_items(list, RP_LIST, list + 1, words.count);
    else
        rpi_fail(RP_NO_MEMORY, "no memory for the words of a command");
    return list;
}

/* The script that the words of a command call by its digest; NULL: none of its root's. */
static rp_script *script_of(const rpi_root *root, size_t count, const rp_arg *words)
{
    static const char name[] = "EVALSHA";
    rp_script *script;

    if (count < 2 || words->s.len != sizeof name - 1 || memcmp(words->s.data, name, words->s.len) != 0)
        return NULL;
    script = rpi_scripts_find(root->scripts, words[1].s);
    return script ? script : rpi_scripts_find(root->old_scripts, words[1].s);
}

/* The same shape as before, which options or a typed function gave it, and the same script. */
static rp_future *as_before(rp_pipe *pipe, rp_future *future, const rpi_command *before, size_t count,
                            const rp_arg *words)
{
    rp_script *script = script_of(rpi_root_of(before), count, words);

    if (!(future->flags & RPI_COMMAND)) /* it was refused */
        return future;
    ((rpi_command *)(void *)future)->shape = before->shape;
    return script ? rpi_scripted(pipe, future, script) : future;
}

rp_future *rp_queue_again(rp_pipe *pipe, const rp_future *f)
{
    const rpi_command *command = f ? rpi_command_of(f) : NULL;
    rpi_encoded words;
    rp_future *future;
    rp_arg *args;

    if (!command)
        return rpi_refuse_call(pipe, "rp_queue_again", RP_INVALID_VALUE, no_command);
    words = rpi_encoded_words(command->bytes);
    args = rpi_malloc(words.count * sizeof *args);
    if (!args)
        return rpi_refuse_call(pipe, "rp_queue_again", RP_NO_MEMORY, "no memory for its arguments");
    for (size_t i = 0; i < words.count; i++)
        args[i] = rp_arg_bytes(rpi_encoded_next(&words));
    future = as_before(pipe, rp_command_args(pipe, words.count, args), command, words.count, args);
    rpi_free(args);
    return future;
}
