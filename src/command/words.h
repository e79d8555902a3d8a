/* What the typed functions are made of: a command's words, put together from arguments, options and lists. */
#ifndef RPI_COMMAND_WORDS_H
#define RPI_COMMAND_WORDS_H

#include "base/options.h"
#include "pipe/pipe.h"
#include "pipe/special.h"

enum {
    RPI_MOST_WORDS = 128, /* more than any command's own words, short lists and RPI_MOST_EACH come to */
    RPI_MOST_PARTS = 12,
    RPI_SHORT_LIST = 6,
    RPI_MOST_EACH = 32,
};

/* Words in order: those of its own, and lists of the caller's in between. Where there are no lists, `count` and `list` are
 * all of it that is used. */
typedef struct rpi_words {
    size_t count, begun; /* of its own: all, and those that are in a part */
    size_t parts;
    bool too_many;
    rp_list_arg part[RPI_MOST_PARTS];
    rp_arg list[RPI_MOST_WORDS];
} rpi_words;

static inline void rpi_words_begin(rpi_words *w)
{
    w->count = w->begun = w->parts = 0;
    w->too_many = false;
}

static inline void rpi_add(rpi_words *w, rp_arg word)
{
    w->list[w->count++] = word;
}

/* The parts of the functions below that are for options which are given. */
void rpi_add_given_list(rpi_words *w, const char *word, rp_list_arg list);
void rpi_add_given_counted(rpi_words *w, const char *word, rp_list_arg list);

static inline void rpi_add_two(rpi_words *w, const char *word, rp_arg value)
{
    if (word)
        rpi_add(w, rp_arg_str(word));
    rpi_add(w, value);
}

/* Each of these adds an option where it is given: its word, if it has one, and its value. Zero is "not given". */

static inline void rpi_add_flag(rpi_words *w, bool wanted, const char *word)
{
    if (wanted)
        rpi_add(w, rp_arg_str(word));
}

static inline void rpi_add_number(rpi_words *w, const char *word, int64_t number)
{
    if (number)
        rpi_add_two(w, word, rp_arg_int(number));
}

/* -1 adds 0. */
static inline void rpi_add_number_or_zero(rpi_words *w, const char *word, int64_t number)
{
    if (number)
        rpi_add_two(w, word, rp_arg_int(number == -1 ? 0 : number));
}

static inline void rpi_add_float(rpi_words *w, const char *word, double number)
{
    if (number != 0)
        rpi_add_two(w, word, rp_arg_float(number));
}

static inline void rpi_add_text(rpi_words *w, const char *word, const char *text)
{
    if (text)
        rpi_add_two(w, word, rp_arg_str(text));
}

static inline void rpi_add_list(rpi_words *w, const char *word, rp_list_arg list)
{
    if (list.args)
        rpi_add_given_list(w, word, list);
}

/* With its count in front. */
static inline void rpi_add_counted(rpi_words *w, const char *word, rp_list_arg list)
{
    if (list.args)
        rpi_add_given_counted(w, word, list);
}

/* With the word in front of each. */
void rpi_add_each(rpi_words *w, const char *word, rp_list_arg list);

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

/* The same, and a list behind them. */
static inline rp_future *rpi_queue_behind(rp_pipe *pipe, const rpi_head *head, size_t count, const rp_arg *list,
                                          rp_list_arg rest)
{
    if (count == 0)
        return rpi_queue_some(pipe, head, rest.count, rest.args);
    if (count == 1 && rest.count == 1)
        return rpi_queue_2(pipe, head, (const rp_arg[]){list[0], rest.args[0]});
    if (count == 1 && rest.count == 2)
        return rpi_queue_3(pipe, head, (const rp_arg[]){list[0], rest.args[0], rest.args[1]});
    return rpi_queue(pipe, head, count, list, rest.count, rest.args);
}

/* The same for words without a list among them. */
static inline rp_future *rpi_queue_tail(rp_pipe *pipe, const rpi_head *head, rpi_words *w, rp_list_arg rest)
{
    if (rest.count != 2)
        return rpi_queue(pipe, head, w->count, w->list, rest.count, rest.args);
    rpi_add(w, rest.args[0]);
    rpi_add(w, rest.args[1]);
    return rpi_queue_some(pipe, head, w->count, w->list);
}

/* Queues the head and all words. */
rp_future *rpi_queue_words(rp_pipe *pipe, const rpi_head *head, rpi_words *w);

/* Refuses a command for what its options or arguments say; the pipeline may be NULL. */
rp_future *rpi_refuse_call(rp_pipe *pipe, const char *command, rp_status status, const char *why);

#endif
