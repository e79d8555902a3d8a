/* Scripts of the fake server, compiled: see fake.h for what they look like. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

typedef enum step_kind {
    STEP_HELLO,
    STEP_HELLO2,
    STEP_EXPECT,
    STEP_READ,
    STEP_LOCKSTEP,
    STEP_SERVE,
    STEP_EXECUTE,
    STEP_SEND,
    STEP_SPLIT,
    STEP_DRIP,
    STEP_BULK,
    STEP_SLOWREAD,
    STEP_STALL,
    STEP_WAIT,
    STEP_CLOSE,
    STEP_HALFCLOSE,
    STEP_RESET,
    STEP_REPEAT,
    STEP_END,
} step_kind;

typedef struct step {
    step_kind kind;
    size_t number; /* the n of the step; where it may be left out: SIZE_MAX for SERVE, 1 for SEND */
    word *words;   /* the words or the one text */
    size_t count;
    size_t other; /* REPEAT: its END; END: its REPEAT */
    unsigned line;
} step;

/* The steps of one connection: from `begin` up to `end`. */
typedef struct section {
    size_t begin, end;
} section;

typedef struct script {
    step *steps;
    size_t step_count;
    section *sections;
    size_t section_count;
    bool last_repeats; /* CONNECTION * */
    char *text;        /* what the words point into */
    char error[160];   /* empty: the script is right */
} script;

script *script_new(const char *text);
void script_free(script *s);

/* The step as the script has it, for messages. */
void step_text(const step *s, char *out, size_t size);

#endif
