/* Notes. A script is compiled in one pass over a copy of its text: words are unescaped in place, which only ever makes
 * them shorter, so that the steps point into the copy. The first error ends the pass. Which arguments a step takes is
 * one row of a table: a number or none, then words or none. */
#include "script.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"

enum { MOST_WORDS = 64, MOST_DEPTH = 16 };

typedef enum number_rule { NO_NUMBER, NUMBER, NUMBER_OR_ALL, NUMBER_OR_ONE } number_rule;

typedef struct step_rule {
    const char *name;
    number_rule number;
    size_t least, most; /* words */
} step_rule;

static const step_rule rules[] = {
    [STEP_HELLO] = {"HELLO", NO_NUMBER, 0, MOST_WORDS},
    [STEP_HELLO2] = {"HELLO2", NO_NUMBER, 0, 0},
    [STEP_EXPECT] = {"EXPECT", NO_NUMBER, 1, MOST_WORDS},
    [STEP_READ] = {"READ", NUMBER, 0, 0},
    [STEP_LOCKSTEP] = {"LOCKSTEP", NUMBER, 0, 0},
    [STEP_SERVE] = {"SERVE", NUMBER_OR_ALL, 0, 0},
    [STEP_EXECUTE] = {"EXECUTE", NUMBER, 0, 0},
    [STEP_SEND] = {"SEND", NUMBER_OR_ONE, 1, 1},
    [STEP_SPLIT] = {"SPLIT", NO_NUMBER, 1, 1},
    [STEP_DRIP] = {"DRIP", NUMBER, 1, 1},
    [STEP_BULK] = {"BULK", NUMBER, 0, 0},
    [STEP_SLOWREAD] = {"SLOWREAD", NUMBER, 0, 0},
    [STEP_STALL] = {"STALL", NO_NUMBER, 0, 0},
    [STEP_WAIT] = {"WAIT", NO_NUMBER, 0, 0},
    [STEP_CLOSE] = {"CLOSE", NO_NUMBER, 0, 0},
    [STEP_HALFCLOSE] = {"HALFCLOSE", NO_NUMBER, 0, 0},
    [STEP_RESET] = {"RESET", NO_NUMBER, 0, 0},
    [STEP_REPEAT] = {"REPEAT", NUMBER, 0, 0},
    [STEP_END] = {"END", NO_NUMBER, 0, 0},
};

/* Where the pass is. */
typedef struct cursor {
    script *script;
    char *at; /* in the line that is being read, which ends in NUL */
    unsigned line;
    bool named;              /* a CONNECTION was there: the implicit first section is over */
    size_t open[MOST_DEPTH]; /* REPEATs without their END yet */
    size_t depth;
} cursor;

static bool reject(cursor *c, const char *what)
{
    snprintf(c->script->error, sizeof c->script->error, "script, line %u: %s", c->line, what);
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads what follows a backslash. False: no escape. */
static bool unescape(char **in, char *out)
{
    static const char names[] = "rnt0\\'\"";
    static const char bytes[] = "\r\n\t\0\\'\"";
    char c = *(*in)++;
    const char *name = c ? strchr(names, c) : NULL;
    if (name) {
        *out = bytes[name - names];
        return true;
    }
    if (c != 'x' || hex_digit((*in)[0]) < 0 || hex_digit((*in)[1]) < 0)
        return false;
    *out = (char)(hex_digit((*in)[0]) * 16 + hex_digit((*in)[1]));
    *in += 2;
    return true;
}

static bool read_quoted(cursor *c, word *out)
{
    char quote = *c->at++;
    char *to = c->at;
    out->data = to;
    while (*c->at != quote) {
        if (*c->at == '\0')
            return reject(c, "a quote does not end on its line");
        char byte = *c->at++;
        if (byte == '\\' && !unescape(&c->at, &byte))
            return reject(c, "an unknown escape");
        *to++ = byte;
    }
    c->at++;
    out->len = (size_t)(to - out->data);
    if (*c->at != '\0' && *c->at != ' ')
        return reject(c, "no blank after a quote");
    return true;
}

static bool read_word(cursor *c, word *out)
{
    if (*c->at == '\'' || *c->at == '"')
        return read_quoted(c, out);
    out->data = c->at;
    out->len = strcspn(c->at, " ");
    c->at += out->len;
    return true;
}

static bool read_line(cursor *c, word words[MOST_WORDS + 2], size_t *count)
{
    for (*count = 0;;) {
        c->at += strspn(c->at, " ");
        if (*c->at == '\0')
            return true;
        if (*count == MOST_WORDS + 2)
            return reject(c, "too many words");
        if (!read_word(c, &words[(*count)++]))
            return false;
    }
}

static bool is_text(word w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.data, text, w.len) == 0;
}

static bool to_number(word w, size_t *out)
{
    size_t n = 0;
    if (w.len == 0 || w.len > 15)
        return false;
    for (size_t i = 0; i < w.len; i++) {
        if (w.data[i] < '0' || w.data[i] > '9')
            return false;
        n = n * 10 + (size_t)(w.data[i] - '0');
    }
    *out = n;
    return true;
}

static void begin_section(script *s)
{
    s->sections = kit_realloc(s->sections, (s->section_count + 1) * sizeof *s->sections);
    s->sections[s->section_count++] = (section){s->step_count, s->step_count};
}

static bool end_section(cursor *c)
{
    script *s = c->script;
    if (c->depth > 0)
        return reject(c, "a REPEAT without END");
    s->sections[s->section_count - 1].end = s->step_count;
    return true;
}

static bool add_connection(cursor *c, const word *words, size_t count)
{
    script *s = c->script;
    if (s->last_repeats)
        return reject(c, "a CONNECTION after CONNECTION *");
    if (count > 2 || (count == 2 && !is_text(words[1], "*")))
        return reject(c, "CONNECTION or CONNECTION *");
    s->last_repeats = count == 2;
    if (!end_section(c))
        return false;
    if (c->named || s->step_count > 0)
        begin_section(s);
    c->named = true;
    return true;
}

static bool nest(cursor *c, size_t index)
{
    step *steps = c->script->steps;
    if (steps[index].kind == STEP_REPEAT) {
        if (c->depth == MOST_DEPTH)
            return reject(c, "too many REPEATs in each other");
        c->open[c->depth++] = index;
    } else if (steps[index].kind == STEP_END) {
        if (c->depth == 0)
            return reject(c, "an END without REPEAT");
        steps[index].other = c->open[--c->depth];
        steps[steps[index].other].other = index;
    }
    return true;
}

static bool add_step(cursor *c, step_kind kind, const word *words, size_t count)
{
    script *s = c->script;
    const step_rule *rule = &rules[kind];
    step new = {.kind = kind, .line = c->line, .number = rule->number == NUMBER_OR_ALL ? SIZE_MAX : 1};
    bool optional = rule->number == NUMBER_OR_ALL || rule->number == NUMBER_OR_ONE;
    if (rule->number == NUMBER || (optional && count > rule->least)) {
        if (count == 0 || !to_number(words[0], &new.number))
            return reject(c, "a number is missing");
        words++;
        count--;
    }
    if (count < rule->least || count > rule->most)
        return reject(c, "the wrong number of arguments");
    new.words = kit_alloc(count * sizeof *words);
    new.count = count;
    if (count > 0)
        memcpy(new.words, words, count * sizeof *words);
    s->steps = kit_realloc(s->steps, (s->step_count + 1) * sizeof *s->steps);
    s->steps[s->step_count] = new;
    return nest(c, s->step_count++);
}

static bool compile_line(cursor *c)
{
    word words[MOST_WORDS + 2];
    size_t count = 0;
    if (*c->at == '#')
        return true;
    if (!read_line(c, words, &count))
        return false;
    if (count == 0)
        return true;
    if (is_text(words[0], "CONNECTION"))
        return add_connection(c, words, count);
    for (size_t kind = 0; kind < sizeof rules / sizeof *rules; kind++) {
        if (is_text(words[0], rules[kind].name))
            return add_step(c, (step_kind)kind, words + 1, count - 1);
    }
    return reject(c, "an unknown step");
}

script *script_new(const char *text)
{
    script *s = kit_alloc(sizeof *s);
    cursor c = {.script = s, .line = 1};
    size_t size = strlen(text) + 1;
    s->text = kit_alloc(size);
    memcpy(s->text, text, size);
    begin_section(s);
    for (char *line = s->text; line; c.line++) {
        char *end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        c.at = line;
        if (!compile_line(&c))
            return s;
        line = end;
    }
    end_section(&c);
    return s;
}

void script_free(script *s)
{
    for (size_t i = 0; i < s->step_count; i++)
        free(s->steps[i].words);
    free(s->steps);
    free(s->sections);
    free(s->text);
    free(s);
}

void step_text(const step *s, char *out, size_t size)
{
    int n = snprintf(out, size, "%s%s", rules[s->kind].name, s->count > 0 ? " " : "");
    if (n > 0 && (size_t)n + sizeof "..." < size)
        words_text(s->words, s->count, out + n, size - (size_t)n);
}
