/* rp_command: any command by name. One that the table knows is sent and shaped as a typed call is, and given what it
 * needs of the engine; one that may not stand in a pipeline is refused. The name of any other is checked, so that what
 * is sent is one command of that name, and messages can show it. */
#include <redpipe/command.h>

#include <string.h>
#include <strings.h>

#include "command/words.h"
#include "resp/number.h"
#include "route/keys.h"

enum { RARE = RPI_BLOCKING | RPI_STATE | RPI_REFUSED | RPI_WORDS };

static bool is_text(const rp_arg *arg)
{
    return arg->type == RP_ARG_STRING && arg->s.data;
}

static const char *bad_name(size_t count, const rp_arg *args)
{
    if (count == 0)
        return "there is no command name";
    if (!is_text(args) || args->s.len == 0)
        return "the command name must be a string that is not empty";
    for (size_t i = 0; i < args->s.len; i++)
        if (args->s.data[i] <= ' ' || args->s.data[i] > '~')
            return "the command name holds a space or a control byte; pass each word as an argument of its own";
    return NULL;
}

__attribute__((noinline)) static rp_future *queue_unknown(rp_pipe *pipe, size_t count, const rp_arg *args)
{
    static const rpi_head nameless = {.shape = RPI_SHAPE_RAW};
    const char *why = bad_name(count, args);

    if (why && pipe)
        return rpi_refuse_call(pipe, "rp_command", RP_INVALID_VALUE, why);
    return rpi_queue(pipe, &nameless, count, args, 0, NULL);
}

/* What the argument is as text, where it is text or a ready value that can be; else data is NULL. */
static inline rp_bytes text_of(const rp_arg *arg)
{
    if (arg->type == RP_ARG_VALUE && arg->v && rpi_is_scalar(arg->v))
        return (rp_bytes){arg->v->text, arg->v->len};
    return arg->type == RP_ARG_STRING ? arg->s : (rp_bytes){0};
}

/* Is the text that word, which is of capital letters? Then no more than a bit of each byte may differ. */
static inline bool is_word(rp_bytes text, const char *word, size_t len)
{
    uint64_t a, b, c, d;

    if (text.len != len || !text.data)
        return false;
    if (len < sizeof a)
        return strncasecmp(text.data, word, len) == 0;
    memcpy(&a, text.data, sizeof a);
    memcpy(&b, text.data + len - sizeof b, sizeof b);
    memcpy(&c, word, sizeof c);
    memcpy(&d, word + len - sizeof d, sizeof d);
    return len <= 2 * sizeof a && (((a ^ c) | (b ^ d)) & 0xDFDFDFDFDFDFDFDF) == 0;
}

/* The place of a word among the command's options; 0: it is not there. */
static inline size_t find_word(const rpi_spec *spec, size_t count, const rp_arg *args, const char *word, size_t len)
{
    for (size_t i = rpi_spec_options(spec); i < count; i++)
        if (is_word(text_of(&args[i]), word, len))
            return i;
    return 0;
}

/* The place of the argument that says how long it blocks; 0: there is none. Behind the word in front of the keys, words
 * are keys. */
__attribute__((noinline)) static size_t timeout_place(const rpi_spec *spec, size_t count, const rp_arg *args)
{
    size_t at, keys;

    if (!spec->timeout_word)
        return spec->timeout_at >= 0 ? (size_t)spec->timeout_at : count - (size_t)-spec->timeout_at;
    at = find_word(spec, count, args, spec->timeout_word, strlen(spec->timeout_word));
    keys = find_word(spec, count, args, spec->keys->word, strlen(spec->keys->word));
    return at && at < keys ? at + 1 : 0;
}

/* An argument as a number; -1 where it is none. */
static double number_of(const rp_arg *arg)
{
    rp_bytes text;
    double f;

    switch (arg->type) {
    case RP_ARG_INT:
        return (double)arg->i;
    case RP_ARG_UINT:
        return (double)arg->u;
    case RP_ARG_FLOAT:
        return arg->f;
    case RP_ARG_STRING:
    case RP_ARG_VALUE:
        break;
    }
    text = text_of(arg);
    return text.data && rpi_parse_float(text.data, text.len, &f) ? f : -1;
}

/* How long the command blocks, in its unit; -1: not at all. */
static double timeout_of(const rpi_spec *spec, size_t count, const rp_arg *args)
{
    size_t at = timeout_place(spec, count, args);
    bool blocks = !(spec->flags & RPI_AWAITS);

    if (at == 0 || at >= count)
        return -1;
    for (size_t i = 1; i < at && !blocks; i++)
        blocks = number_of(&args[i]) > 0;
    return blocks ? number_of(&args[at]) : -1;
}

/* A command that needs more than to be queued with its shape. */
__attribute__((noinline)) static rp_future *queue_rare(rp_pipe *pipe, const rpi_spec *spec, size_t count,
                                                       const rp_arg *args)
{
    const rpi_head *head = &spec->head;
    rp_future *future;
    rpi_head other;

    if (spec->flags & RPI_REFUSED)
        return rpi_refuse_call(pipe, spec->name, RP_INVALID_OPERATION, spec->instead);
    if (spec->option && find_word(spec, count, args, spec->option, spec->option_len)) {
        other = *head;
        other.shape = spec->option_shape;
        head = &other;
    }
    future = rpi_queue_some(pipe, head, count - 1, args + 1);
    if (spec->flags & RPI_STATE)
        return rpi_changes_state(pipe, future);
    if (spec->flags & RPI_BLOCKING)
        return rpi_blocking(pipe, future, timeout_of(spec, count, args) * spec->timeout_unit_ms);
    return future;
}

/* A command whose name is long, of two words, or not known, or that needs a closer look. The spec is what its first
 * word is known as, if that was found out already. */
__attribute__((noinline)) static rp_future *queue_other(rp_pipe *pipe, const rpi_spec *spec, size_t count,
                                                        const rp_arg *args)
{
    if (!spec && count && is_text(args))
        spec = rpi_spec_find(NULL, args->s.data, args->s.len);
    if (spec && (spec->flags & RPI_CONTAINER) && count > 1) {
        rp_bytes word = text_of(&args[1]);
        const rpi_spec *inner = word.data ? rpi_spec_find(spec, word.data, word.len) : NULL;

        spec = inner ? inner : spec;
    }
    if (!spec)
        return queue_unknown(pipe, count, args);
    if (spec->flags & RARE)
        return queue_rare(pipe, spec, count, args);
    return rpi_queue_some(pipe, &spec->head, count - 1, args + 1);
}

rp_future *rp_command_args(rp_pipe *pipe, size_t count, const rp_arg *args)
{
    const rpi_spec *spec = NULL;

    if (count && is_text(args) && args->s.len >= 2 && args->s.len <= 8)
        spec = rpi_spec_find_short(NULL, args->s.data, args->s.len);
    if (!spec || (spec->flags & (RARE | RPI_CONTAINER)))
        return !spec || (spec->flags & RPI_CONTAINER) ? queue_other(pipe, spec, count, args)
                                                      : queue_rare(pipe, spec, count, args);
    return rpi_queue_some(pipe, &spec->head, count - 1, args + 1);
}
