/* What the tests of transactions inside a larger pipeline share: commands that are their own answers, and a notation
 * for what goes over the wire. "a ( b c ) d" is ECHO a, MULTI, ECHO b, ECHO c, EXEC, ECHO d. */
#ifndef TESTS_TEST_TRANSACTION_PARTS_H
#define TESTS_TEST_TRANSACTION_PARTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_connection.h"

enum { SCRIPT_SIZE = 65536, LETTERS = 26 };

static rp_future *echoes[LETTERS]; /* by their letters */

/* Queues ECHO of each letter. */
static inline void echo(rp_pipe *p, const char *letters)
{
    for (; *letters; letters++)
        echoes[*letters - 'a'] = rp_echo(p, rp_b(letters, 1));
}

static inline void check_answered(const char *letters)
{
    for (; *letters; letters++) {
        const rp_future *f = echoes[*letters - 'a'];

        assert_int_equal(rp_outcome_of(f), RP_ANSWERED);
        assert_true(rp_equal(f, rp_b(letters, 1)));
    }
}

/* The commands, each of which the fake must see. */
static inline void print_commands(FILE *out, const char *wire)
{
    for (; *wire; wire++)
        if (*wire == '(' || *wire == ')')
            fprintf(out, "EXPECT %s\n", *wire == '(' ? "MULTI" : "EXEC");
        else if (*wire != ' ')
            fprintf(out, "EXPECT ECHO %c\n", *wire);
}

static inline size_t letters_until(const char *wire, char end)
{
    size_t n = 0;

    for (; *wire && *wire != end; wire++)
        n += *wire != ' ';
    return n;
}

/* The answers to the commands. ends[letter]: where that of this one is whole, for EXEC that of the letters inside. */
static inline size_t print_answers(char *to, const char *wire, size_t ends[LETTERS])
{
    const char *inside = NULL;
    size_t size = 0;

    for (; *wire; wire++) {
        if (*wire == '(') {
            inside = wire + 1;
            size += (size_t)sprintf(to + size, "+OK\r\n");
        } else if (*wire == ')') {
            size += (size_t)sprintf(to + size, "*%zu\r\n", letters_until(inside, ')'));
            for (const char *letter = inside; letter < wire; letter++)
                if (*letter != ' ')
                    size += (size_t)sprintf(to + size, "$1\r\n%c\r\n", *letter);
            for (const char *letter = inside; letter < wire; letter++)
                if (*letter != ' ')
                    ends[*letter - 'a'] = size;
            inside = NULL;
        } else if (*wire != ' ') {
            size +=
                inside ? (size_t)sprintf(to + size, "+QUEUED\r\n") : (size_t)sprintf(to + size, "$1\r\n%c\r\n", *wire);
            ends[*wire - 'a'] = size;
        }
    }
    return size;
}

/* A step that sends the first `size` bytes of the text. */
static inline void print_bytes(FILE *out, const char *text, size_t size)
{
    fputs("SEND '", out);
    for (size_t i = 0; i < size; i++)
        fprintf(out, "\\x%02x", (unsigned char)text[i]);
    fputs("'\n", out);
}

/* A server that must see just these commands, all before it answers, in one execute for each wire. */
static inline fake *start_wires(size_t count, const char *const wires[])
{
    char *script = kit_alloc(SCRIPT_SIZE), answers[SCRIPT_SIZE / 16];
    FILE *out = fmemopen(script, SCRIPT_SIZE, "w");
    size_t ends[LETTERS];
    fake *f;

    fputs("HELLO\n", out);
    for (size_t i = 0; i < count; i++) {
        print_commands(out, wires[i]);
        print_bytes(out, answers, print_answers(answers, wires[i], ends));
    }
    assert_int_equal(fclose(out), 0);
    f = fake_start(script);
    free(script);
    return f;
}

#define START_WIRES(...) \
    start_wires(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]){__VA_ARGS__})

#endif
