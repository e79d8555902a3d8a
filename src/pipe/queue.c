/* The queue of a pipeline: a list of runs.
 *
 * All pipelines of a root encode into the same output memory, one behind the other, and take their command records from
 * the same slab. A run is a stretch in which both are contiguous. A nested pipeline is usually made, filled and
 * executed before its parent goes on, so its run continues the parent's: see runs.c. A large command gets memory of its
 * own, and the one after it goes on where the one before it stood, so that little memory is left unused.
 *
 * Nothing is written before everything has been checked and all memory is there: a command is queued whole or not. */
#include "pipe/pipe.h"

#include <string.h>

enum {
    OUTPUT_FIRST = 512,
    OUTPUT_MOST = 256 * 1024,
    OUTPUT_LARGE = OUTPUT_MOST / 4, /* from here on a command has its own memory */
    COMMANDS_FIRST = 16,
    COMMANDS_MOST = 4096,
};

__attribute__((noinline)) static bool add_run(rp_pipe *pipe)
{
    rpi_root *root = pipe->root;
    rpi_run *run = root->spare_runs;

    if (run)
        root->spare_runs = run->next;
    else
        run = rpi_arena_alloc(&root->arena, sizeof *run);
    if (!run)
        return false;
    *run = (rpi_run){.name = pipe->name, .commands = root->commands, .bytes = root->output};
    if (pipe->runs.last)
        pipe->runs.last->next = run;
    else
        pipe->runs.first = run;
    pipe->runs.last = root->tail = run;
    return true;
}

static void use_output(rpi_root *root, char *output, char *end)
{
    root->output = output;
    root->output_end = end;
}

/* Memory for one large command. What is left of the old memory is spared for what comes after it. */
static bool grow_output_once(rpi_root *root, size_t size)
{
    char *output = rpi_arena_alloc(&root->arena, size);

    if (!output)
        return false;
    if (root->output_end - root->output > root->spare_end - root->spare) {
        root->spare = root->output;
        root->spare_end = root->output_end;
    }
    use_output(root, output, output + size);
    return true;
}

static bool grow_output(rpi_root *root, size_t size)
{
    size_t grow = root->output_grow ? root->output_grow : OUTPUT_FIRST;
    char *output;

    if (size >= OUTPUT_LARGE)
        return grow_output_once(root, size);
    if ((size_t)(root->spare_end - root->spare) >= size) {
        use_output(root, root->spare, root->spare_end);
        root->spare = root->spare_end;
        return true;
    }
    while (grow < size)
        grow *= 2;
    output = rpi_arena_alloc(&root->arena, grow);
    if (!output)
        return false;
    use_output(root, output, output + grow);
    root->output_grow = grow < OUTPUT_MOST ? grow * 2 : OUTPUT_MOST;
    return true;
}

static bool grow_commands(rpi_root *root)
{
    size_t grow = root->commands_grow ? root->commands_grow : COMMANDS_FIRST;

    root->commands = rpi_arena_alloc(&root->arena, grow * sizeof *root->commands + sizeof root);
    root->commands_end = root->commands ? root->commands + grow : NULL;
    root->commands_grow = grow < COMMANDS_MOST ? grow * 2 : COMMANDS_MOST;
    if (root->commands)
        *(rpi_root **)(void *)root->commands_end = root;
    return root->commands != NULL;
}

/* The part of reserve that makes more memory, and refuses to make too much of it. */
__attribute__((noinline)) static char *reserve_more(rp_pipe *pipe, size_t size)
{
    rpi_root *root = pipe->root;

    root->tail = NULL;
    if (pipe->size + size > RPI_BATCH_MOST)
        return NULL;
    if (root->commands == root->commands_end && !grow_commands(root))
        return NULL;
    if ((size_t)(root->output_end - root->output) < size && !grow_output(root, size))
        return NULL;
    return add_run(pipe) ? root->output : NULL;
}

/* Room for one more command of `size` bytes at the end of the pipeline's last run, which is a new one where the old one
 * cannot go on. NULL without memory. */
static inline char *reserve(rp_pipe *pipe, size_t size)
{
    const rpi_root *root = pipe->root;

    if (root->commands == root->commands_end || (size_t)(root->output_end - root->output) < size)
        return reserve_more(pipe, size);
    if ((root->tail && root->tail == pipe->runs.last) || add_run(pipe))
        return root->output;
    return NULL;
}

/* The encoded command at the end of the last run becomes part of it. */
static inline rp_future *commit(rp_pipe *pipe, const rpi_head *head, char *end)
{
    rpi_root *root = pipe->root;
    rpi_run *run = pipe->runs.last;
    rpi_command *command = root->commands++;
    char *from = root->output;
    size_t size = (size_t)(end - from);

    root->output = end;
    rpi_value_set_text(&command->value, RP_PENDING, NULL, 0);
    command->value.outcome = RP_QUEUED;
    command->value.flags = RPI_COMMAND;
    command->bytes = from;
    command->size = (uint32_t)size;
    command->behind = (uint16_t)(root->commands_end - command);
    command->shape = head->shape;
    run->count++;
    run->size += size;
    pipe->count++;
    pipe->size += size;
    return &command->value;
}

/* Copies the name of a command out of its head, or of its first argument, made printable. */
static const char *name_of(const rpi_head *head, const rp_arg *first, char *to, size_t size)
{
    const char *word = head->size ? strchr(head->word, '\n') + 1 : NULL;

    if (word)
        return rpi_printable(to, size, word, strlen(word) - 2);
    return rpi_printable(to, size, first->s.data, first->s.len < 32 ? first->s.len : 32);
}

static rp_future *refuse(rp_pipe *pipe, const rpi_head *head, const rp_arg *first, const rpi_fault *fault)
{
    char name[RPI_PRINTABLE_SIZE(32)];

    return rpi_refuse(pipe, name_of(head, first, name, sizeof name), fault);
}

/* There is no pipeline, or one that has failed, or whose root is executing. */
static rp_future *refuse_any(rp_pipe *pipe, const rpi_head *head, const rp_arg *first)
{
    rpi_fault fault;

    if (!pipe) {
        rpi_fail(RP_INVALID_OPERATION, "a command needs a pipeline; NULL is none");
        return rpi_dead_future(RP_INVALID_OPERATION);
    }
    if (pipe->fault)
        return rpi_dead_future(pipe->fault->status);
    rpi_fault_set(&fault, RP_INVALID_OPERATION, "its root is executing; use another pipeline in callbacks");
    return refuse(pipe, head, first, &fault);
}

/* Something about the command is wrong: which is found out here, off the short way. Its size is not 0 where there is no
 * memory for it. */
static rp_future *refuse_this(rp_pipe *pipe, const rpi_head *head, size_t words, const rp_arg *first, size_t size,
                              rpi_fault *fault)
{
    if (words > RPI_MAX_ARGS)
        rpi_fault_set(fault, RP_INVALID_VALUE, "it has %zu words; a command may have %d at most", words, RPI_MAX_ARGS);
    else if (pipe->size + size > RPI_BATCH_MOST)
        rpi_fault_set(fault, RP_INVALID_VALUE, RPI_BATCH_TOO_LARGE);
    else if (size)
        rpi_fault_set(fault, RP_NO_MEMORY, "no memory for %zu bytes", size);
    return refuse(pipe, head, first, fault);
}

/* The sizes of the arguments in all; 0, with the fault filled, where one is refused. `first` is the first
 * one's place. */
static inline size_t size_of(size_t count, const rp_arg *args, size_t first, rpi_fault *fault)
{
    size_t size = 1;

#pragma GCC unroll 3
    for (size_t i = 0; i < count; i++) {
        size_t one = rpi_arg_size(&args[i], first + i, fault);

        if (!one)
            return 0;
        size += one;
    }
    return size;
}

/* `named` is 1, or 0 where the first argument is the name. Inlined into each of the functions below, so that the loops
 * unroll where the number of arguments is known. */
__attribute__((always_inline)) static inline rp_future *queue(rp_pipe *pipe, const rpi_head *head, size_t named,
                                                              size_t lead_count, const rp_arg *lead, size_t count,
                                                              const rp_arg *rest)
{
    size_t most = lead_count > count ? lead_count : count;
    size_t words = most > RPI_MAX_ARGS ? most : named + lead_count + count; /* no sum that wraps */
    const rp_arg *first = lead_count ? lead : rest;
    size_t size, rest_size;
    rpi_fault fault;
    char *from, *to;

    if (!pipe || pipe->fault || pipe->root->executing)
        return refuse_any(pipe, head, first);
    if (words > RPI_MAX_ARGS)
        return refuse_this(pipe, head, words, first, 0, &fault);
    size = size_of(lead_count, lead, named, &fault);
    rest_size = size ? size_of(count, rest, named + lead_count, &fault) : 0;
    if (!rest_size)
        return refuse_this(pipe, head, words, first, 0, &fault);
    size += rest_size + RPI_HEADER_MOST + sizeof head->word;
    from = reserve(pipe, size);
    if (!from)
        return refuse_this(pipe, head, words, first, size, &fault);
    to = rpi_put_count(from, '*', words);
    memcpy(to, head->word, sizeof head->word);
    to += head->size;
#pragma GCC unroll 3
    for (size_t i = 0; i < lead_count; i++)
        to = rpi_put_arg(to, &lead[i]);
    for (size_t i = 0; i < count; i++)
        to = rpi_put_arg(to, &rest[i]);
    return commit(pipe, head, to);
}

rp_future *rpi_queue(rp_pipe *pipe, const rpi_head *head, size_t lead_count, const rp_arg *lead, size_t count,
                     const rp_arg *rest)
{
    return queue(pipe, head, head->size != 0, lead_count, lead, count, rest);
}

rp_future *rpi_queue_list(rp_pipe *pipe, const rpi_head *head, size_t count, const rp_arg *list)
{
    return queue(pipe, head, 1, count, list, 0, NULL);
}

/* May the command go the short way? Its arguments are short, and the first is text; there is room for it whatever they
 * are, and it stands right behind the one before it. A pipeline whose root is executing has no tail, and so never goes
 * there. */
__attribute__((always_inline)) static inline bool is_short(const rp_pipe *pipe, size_t count, const rp_arg *args)
{
    const size_t most = RPI_HEADER_MOST + sizeof((rpi_head *)0)->word + count * (RPI_SHORT_ARG + RPI_HEADER_MOST);
    const rpi_root *root;

    if (!pipe || pipe->fault)
        return false;
    root = pipe->root;
    if (args->type != RP_ARG_STRING || !root->tail || root->tail != pipe->runs.last ||
        root->commands == root->commands_end || (size_t)(root->output_end - root->output) < most)
        return false;
#pragma GCC unroll 3
    for (size_t i = 0; i < count; i++)
        if (!rpi_is_short_arg(&args[i]))
            return false;
    return true;
}

/* The short way. It calls nobody, and so has no registers to save. */
__attribute__((always_inline)) static inline rp_future *queue_short(rp_pipe *pipe, const rpi_head *head, size_t count,
                                                                    const rp_arg *args)
{
    char *to = rpi_put_count(pipe->root->output, '*', 1 + count);

    memcpy(to, head->word, sizeof head->word);
    to = rpi_put_short_text(to + head->size, args->s);
#pragma GCC unroll 2
    for (size_t i = 1; i < count; i++)
        to = rpi_put_short_arg(to, &args[i]);
    return commit(pipe, head, to);
}

__attribute__((noinline)) static rp_future *queue_any_1(rp_pipe *pipe, const rpi_head *head, const rp_arg args[1])
{
    return queue(pipe, head, 1, 1, args, 0, NULL);
}

rp_future *rpi_queue_1(rp_pipe *pipe, const rpi_head *head, const rp_arg args[1])
{
    return is_short(pipe, 1, args) ? queue_short(pipe, head, 1, args) : queue_any_1(pipe, head, args);
}

__attribute__((noinline)) static rp_future *queue_any_2(rp_pipe *pipe, const rpi_head *head, const rp_arg args[2])
{
    return queue(pipe, head, 1, 2, args, 0, NULL);
}

rp_future *rpi_queue_2(rp_pipe *pipe, const rpi_head *head, const rp_arg args[2])
{
    return is_short(pipe, 2, args) ? queue_short(pipe, head, 2, args) : queue_any_2(pipe, head, args);
}

__attribute__((noinline)) static rp_future *queue_any_3(rp_pipe *pipe, const rpi_head *head, const rp_arg args[3])
{
    return queue(pipe, head, 1, 3, args, 0, NULL);
}

rp_future *rpi_queue_3(rp_pipe *pipe, const rpi_head *head, const rp_arg args[3])
{
    return is_short(pipe, 3, args) ? queue_short(pipe, head, 3, args) : queue_any_3(pipe, head, args);
}

rp_future *rpi_queue_1_and(rp_pipe *pipe, const rpi_head *head, const rp_arg args[1], size_t count, const rp_arg *rest)
{
    return queue(pipe, head, 1, 1, args, count, rest);
}
