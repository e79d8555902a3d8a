/* What the typed functions are made of: a command's words, put together from arguments, options and lists. */
#ifndef RPI_COMMAND_WORDS_H
#define RPI_COMMAND_WORDS_H

#include "base/options.h"
#include "pipe/pipe.h"
#include "pipe/special.h"
#include "resp/whole.h"

enum {
    RPI_MOST_WORDS = 128, /* more than any command's own words, short lists and RPI_MOST_EACH come to */
    RPI_MOST_PARTS = 12,
    RPI_SHORT_LIST = 6,
    RPI_MOST_EACH = 32,
};

/* A list of the caller's that is long stays the caller's: the words before it are a part, it is one, and so on. */
typedef struct rpi_words {
    size_t parts;  /* 0: the list is all of it */
    rp_arg *begun; /* from here on the list's words are in no part */
    bool too_many;
    rp_list_arg part[RPI_MOST_PARTS];
    rp_arg list[RPI_MOST_WORDS];
} rpi_words;

static inline rp_arg *rpi_words_begin(rpi_words *w)
{
    w->parts = 0;
    w->begun = w->list;
    w->too_many = false;
    return w->list;
}

/* These write behind `to` and return the end. Those of options write nothing where the option is not given: zero is
 * "not given". The word in front may be RPI_NO_WORD. */

static inline rp_arg *rpi_add(rp_arg *to, rp_arg word)
{
    *to = word;
    return to + 1;
}

static inline rp_arg *rpi_add_two(rp_arg *to, rp_arg word, rp_arg value)
{
    return rpi_add(word.s.len ? rpi_add(to, word) : to, value);
}

static inline rp_arg *rpi_add_flag(rp_arg *to, rp_arg word, bool wanted)
{
    return wanted ? rpi_add(to, word) : to;
}

static inline rp_arg *rpi_add_number(rp_arg *to, rp_arg word, int64_t number)
{
    return number ? rpi_add_two(to, word, rp_arg_int(number)) : to;
}

/* -1 adds 0. */
static inline rp_arg *rpi_add_number_or_zero(rp_arg *to, rp_arg word, int64_t number)
{
    return number ? rpi_add_two(to, word, rp_arg_int(number == -1 ? 0 : number)) : to;
}

static inline rp_arg *rpi_add_float(rp_arg *to, rp_arg word, double number)
{
    return number != 0 ? rpi_add_two(to, word, rp_arg_float(number)) : to;
}

static inline rp_arg *rpi_add_text(rp_arg *to, rp_arg word, const char *text)
{
    return text ? rpi_add_two(to, word, rp_arg_str(text)) : to;
}

static inline rp_arg *rpi_add_bytes(rp_arg *to, rp_arg word, rp_bytes bytes)
{
    return bytes.data ? rpi_add_two(to, word, rp_arg_bytes(bytes)) : to;
}

/* Lists. First the part of the others that is for long ones. */
rp_arg *rpi_add_long_list(rp_arg *to, rpi_words *w, rp_list_arg list);

static inline rp_arg *rpi_add_all(rp_arg *to, rpi_words *w, rp_list_arg list)
{
    if (list.count > RPI_SHORT_LIST)
        return rpi_add_long_list(to, w, list);
    for (size_t i = 0; i < list.count; i++)
        to = rpi_add(to, list.args[i]);
    return to;
}

static inline rp_arg *rpi_add_list(rp_arg *to, rpi_words *w, rp_arg word, rp_list_arg list)
{
    if (!list.args)
        return to;
    return rpi_add_all(word.s.len ? rpi_add(to, word) : to, w, list);
}

/* With its count in front. */
static inline rp_arg *rpi_add_counted(rp_arg *to, rpi_words *w, rp_arg word, rp_list_arg list)
{
    return list.args ? rpi_add_all(rpi_add_two(to, word, rp_arg_int((int64_t)list.count)), w, list) : to;
}

/* With the word in front of each. */
static inline rp_arg *rpi_add_each(rp_arg *to, rpi_words *w, rp_arg word, rp_list_arg list)
{
    w->too_many = w->too_many || list.count > RPI_MOST_EACH;
    for (size_t i = 0; !w->too_many && i < list.count; i++)
        to = rpi_add_two(to, word, list.args[i]);
    return to;
}

/* Queues the head and so many arguments. */
static inline rp_future *rpi_queue_some(rp_pipe *pipe, const rpi_head *head, size_t count, const rp_arg *list)
{
    if (count == 1)
        return rpi_queue_1(pipe, head, list);
    if (count == 2)
        return rpi_queue_2(pipe, head, list);
    if (count == 3)
        return rpi_queue_3(pipe, head, list);
    return rpi_queue_list(pipe, head, count, list);
}

/* The same for words up to `to`; most often they are three. */
static inline rp_future *rpi_queue_to(rp_pipe *pipe, const rpi_head *head, const rp_arg *words, const rp_arg *to)
{
    if (to == words + 3)
        return rpi_queue_3(pipe, head, words);
    return rpi_queue_some(pipe, head, (size_t)(to - words), words);
}

/* The same for words up to `to`, behind which there is room, and a list behind them. */
static inline rp_future *rpi_queue_tail(rp_pipe *pipe, const rpi_head *head, rp_arg *words, rp_arg *to,
                                        rp_list_arg rest)
{
    if (rest.count > RPI_SHORT_LIST)
        return rpi_queue(pipe, head, (size_t)(to - words), words, rest.count, rest.args);
    for (size_t i = 0; i < rest.count; i++)
        to = rpi_add(to, rest.args[i]);
    return rpi_queue_to(pipe, head, words, to);
}

/* The same for two words at most. */
static inline rp_future *rpi_queue_behind(rp_pipe *pipe, const rpi_head *head, size_t count, const rp_arg *list,
                                          rp_list_arg rest)
{
    rp_arg words[2 + RPI_SHORT_LIST], *to = words;

    if (count == 0)
        return rpi_queue_some(pipe, head, rest.count, rest.args);
    if (count == 1 && rest.count > 2)
        return rpi_queue_1_and(pipe, head, list, rest.count, rest.args);
    for (size_t i = 0; i < count; i++)
        to = rpi_add(to, list[i]);
    return rpi_queue_tail(pipe, head, words, to, rest);
}

/* Queues the head and all words, up to `to`. */
rp_future *rpi_queue_parts(rp_pipe *pipe, const rpi_head *head, rpi_words *w, rp_arg *to);

static inline rp_future *rpi_queue_words(rp_pipe *pipe, const rpi_head *head, rpi_words *w, rp_arg *to)
{
    if (w->parts || w->too_many)
        return rpi_queue_parts(pipe, head, w, to);
    return rpi_queue_to(pipe, head, w->list, to);
}

/* The last of the arguments, where it is a number and others stand in front of it. */
bool rpi_last_number(size_t count, const rp_arg *args, double *number);

/* Refuses a command for what its options or arguments say; the pipeline may be NULL. */
rp_future *rpi_refuse_call(rp_pipe *pipe, const char *command, rp_status status, const char *why);

#endif
