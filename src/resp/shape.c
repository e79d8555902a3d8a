/* Shapes are little programs, in the notation that shapes.def explains, run over a reply that has been parsed. A dict's
 * items lie as a flat list's do, and a pair of a flat list is a list of two where it stands: so most shapes change
 * headers and move nothing. Text that holds names and values is cut where it stands.
 *
 * The calls nest as deep as the program does, and a program that repeats itself (@) at most DEEPEST times, whatever the
 * reply holds. */
#include "resp/shape.h"

#include <string.h>

#include "resp/number.h"
#include "resp/shape_text.h"

enum { DEEPEST = 16 };

static const char *const programs[RPI_SHAPE_COUNT] = {
#define RPI_SHAPE(name, program) [RPI_SHAPE_##name] = (program),
#include "resp/shapes.def"
#undef RPI_SHAPE
};

typedef struct shaper {
    rpi_arena *arena;
    const char *whole;
    int repeats; /* of the whole, one in the other */
} shaper;

static bool shape(shaper *s, const char *program, rp_value *v);

/* Where the shape that begins here ends. */
static const char *skip(const char *program)
{
    int open = 0;

    if (*program == '.')
        return program + 1;
    while (*program == 'm' || *program == 'p')
        program++;
    do {
        open += *program == '[' || *program == '(' || *program == '{';
        open -= *program == ']' || *program == ')' || *program == '}';
        program++;
    } while (open);
    return program;
}

/* The same, in short where there is nothing to do, as for most values. */
static inline bool shape_item(shaper *s, const char *program, rp_value *v)
{
    return *program == '.' || (*program == 'f' && v->kind == RP_FLOAT) || shape(s, program, v);
}

static bool each(shaper *s, const char *program, rp_value *items, size_t count, size_t step)
{
    if (*program == '.')
        return true;
    for (size_t i = 0; i < count; i++)
        if (!shape_item(s, program, &items[i * step]))
            return false;
    return true;
}

static void to_bool(rp_value *v)
{
    if (v->kind == RP_INT && v->len == 1 && (*v->text == '0' || *v->text == '1'))
        v->kind = RP_BOOL;
}

static void to_float(rp_value *v)
{
    double f;

    if (v->kind == RP_STRING && rpi_parse_float(v->text, v->len, &f))
        v->kind = RP_FLOAT;
    for (size_t i = 0; v->kind == RP_LIST && i < v->len; i++)
        if (v->items[i].kind == RP_STRING)
            to_float(&v->items[i]);
}

static bool to_tuple(shaper *s, const char *program, rp_value *v)
{
    if (v->kind != RP_LIST)
        return true;
    for (size_t i = 0; i < v->len && *program != ')'; i++) {
        if (!shape_item(s, program, &v->items[i]))
            return false;
        if (i + 1 < v->len)
            program = skip(program);
    }
    return true;
}

/* The shape of one value of a dict: behind "|name:", or else the first. */
static const char *value_shape(const char *program, const rp_value *name)
{
    const char *other = skip(program);

    while (*other == '|') {
        const char *end = strchr(other, ':');

        if (name->kind == RP_STRING && name->len == (size_t)(end - other - 1) &&
            memcmp(name->text, other + 1, name->len) == 0)
            return end + 1;
        other = skip(end + 1);
    }
    return program;
}

static bool to_dict(shaper *s, const char *program, rp_value *v)
{
    if (v->kind == RP_LIST && v->len % 2 == 0)
        rpi_value_set_items(v, RP_DICT, v->items, v->len / 2);
    if (program[0] == '.' && program[1] == '}')
        return true;
    for (size_t i = 0; v->kind == RP_DICT && i < v->len; i++)
        if (!shape(s, value_shape(program, &v->items[2 * i]), &v->items[2 * i + 1]))
            return false;
    return true;
}

static bool is_pair(const rp_value *v)
{
    return v->kind == RP_LIST && v->len == 2;
}

static bool pairs_to_dict(shaper *s, const char *program, rp_value *v)
{
    rp_value *items;

    for (size_t i = 0; v->kind == RP_LIST && i < v->len; i++)
        if (!is_pair(&v->items[i]))
            return true;
    if (v->kind == RP_LIST) {
        items = rpi_arena_alloc(s->arena, (2 * (size_t)v->len + 1) * sizeof *items);
        if (!items)
            return false;
        for (size_t i = 0; i < v->len; i++)
            memcpy(&items[2 * i], v->items[i].items, 2 * sizeof *items);
        rpi_value_set_items(v, RP_DICT, items, v->len);
    }
    return v->kind != RP_DICT || v->len == 0 || each(s, program, v->items + 1, v->len, 2);
}

/* Two flat items become a pair, which lies where they do. */
static bool flat_to_pairs(shaper *s, rp_value *v)
{
    size_t count = rpi_item_count(v) / 2;
    rp_value *pairs = rpi_arena_alloc(s->arena, (count + 1) * sizeof *pairs);

    if (!pairs)
        return false;
    for (size_t i = 0; i < count; i++)
        rpi_value_set_items(&pairs[i], RP_LIST, &v->items[2 * i], 2);
    rpi_value_set_items(v, RP_LIST, pairs, count);
    return true;
}

static bool to_pairs(shaper *s, const char *program, rp_value *v)
{
    bool flat = v->kind == RP_DICT || (v->kind == RP_LIST && v->len % 2 == 0);

    if (v->kind != RP_LIST && v->kind != RP_DICT)
        return true;
    for (size_t i = 0; flat && v->kind == RP_LIST && i < v->len; i++)
        flat = !rpi_is_aggregate(&v->items[i]);
    if (flat && !flat_to_pairs(s, v))
        return false;
    for (size_t i = 0; i < v->len; i++)
        if (is_pair(&v->items[i]) && !shape_item(s, program, &v->items[i].items[1]))
            return false;
    return true;
}

static bool repeat(shaper *s, rp_value *v)
{
    bool done;

    if (s->repeats == DEEPEST)
        return true;
    s->repeats++;
    done = shape(s, s->whole, v);
    s->repeats--;
    return done;
}

static bool shape(shaper *s, const char *program, rp_value *v)
{
    switch (*program) {
    case 'b':
        to_bool(v);
        return true;
    case 'f':
        to_float(v);
        return true;
    case 's':
        if (v->kind == RP_LIST)
            v->kind = RP_SET;
        return true;
    case '[':
        if (v->kind == RP_SET)
            v->kind = RP_LIST;
        return v->kind != RP_LIST || each(s, program + 1, v->items, v->len, 1);
    case '(':
        return to_tuple(s, program + 1, v);
    case '{':
        return to_dict(s, program + 1, v);
    case 'm':
        return pairs_to_dict(s, program + 1, v);
    case 'p':
        return to_pairs(s, program + 1, v);
    case 'I':
        return rpi_shape_lines(s->arena, v);
    case 'C':
        return rpi_shape_words(s->arena, v);
    case 'L':
        return rpi_shape_lines_of_words(s->arena, v);
    case '@':
        return repeat(s, v);
    default:
        return true;
    }
}

bool rpi_shape_value(rpi_shape which, rpi_arena *arena, rp_value *v)
{
    shaper s = {.arena = arena, .whole = programs[which]};

    return shape(&s, s.whole, v);
}
