/* The text is cut where it stands, in the memory that the reply came in: the byte behind each name and each value
 * becomes a NUL. Nothing is copied but nodes are made, as many as there are separators. A value may hold the separator;
 * the first one of its piece counts. It may also hold what ends a piece (a socket's path a space, a file's name a line
 * feed): so a piece without a separator belongs to the value in front of it. */
#include "resp/shape_text.h"

#include <string.h>

/* A piece of text up to one of two ends. */
typedef struct piece {
    char *from, *end;
} piece;

/* The next piece that is not empty; false at the end of the text. */
static bool next(char **at, char *end, char stop, piece *p)
{
    while (*at < end && (**at == stop || **at == '\r'))
        (*at)++;
    if (*at == end)
        return false;
    p->from = *at;
    p->end = memchr(p->from, stop, (size_t)(end - p->from));
    if (!p->end)
        p->end = end;
    *at = p->end;
    if (p->end[-1] == '\r')
        p->end--;
    return true;
}

static size_t count(const char *from, const char *end, char byte)
{
    size_t n = 0;

    while ((from = memchr(from, byte, (size_t)(end - from)))) {
        n++;
        from++;
    }
    return n;
}

static void set(rp_value *v, char *from, char *end)
{
    *end = '\0';
    rpi_value_set_text(v, RP_STRING, from, (size_t)(end - from));
}

/* Pieces that end in `stop`, each a name, the separator, and a value. A line that begins with # is a heading. */
static bool to_dict(rpi_arena *arena, rp_value *v, char *from, char *end, char stop, char separator)
{
    size_t most = count(from, end, separator), n = 0;
    rp_value *items = rpi_arena_alloc(arena, (2 * most + 1) * sizeof *items);
    piece p, value = {0};

    if (!items)
        return false;
    while (next(&from, end, stop, &p)) {
        bool heading = stop == '\n' && *p.from == '#';
        char *middle = heading ? NULL : memchr(p.from, separator, (size_t)(p.end - p.from));

        if (value.from && (heading || middle)) {
            set(&items[2 * n - 1], value.from, value.end);
            value.from = NULL;
        }
        if (middle) {
            set(&items[2 * n++], p.from, middle);
            value.from = middle + 1;
        }
        value.end = p.end;
    }
    if (value.from)
        set(&items[2 * n - 1], value.from, value.end);
    rpi_value_set_items(v, RP_DICT, items, n);
    return true;
}

static char *text_of(const rp_value *v)
{
    return (char *)(uintptr_t)v->text; /* it lies in memory of ours */
}

bool rpi_shape_lines(rpi_arena *arena, rp_value *v)
{
    if (v->kind != RP_STRING)
        return true;
    return to_dict(arena, v, text_of(v), text_of(v) + v->len, '\n', ':');
}

bool rpi_shape_words(rpi_arena *arena, rp_value *v)
{
    char *end;

    if (v->kind != RP_STRING)
        return true;
    end = text_of(v) + v->len;
    while (end > v->text && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    return to_dict(arena, v, text_of(v), end, ' ', '=');
}

bool rpi_shape_lines_of_words(rpi_arena *arena, rp_value *v)
{
    char *from, *end;
    size_t most, n = 0;
    rp_value *items;
    piece line;

    if (v->kind != RP_STRING)
        return true;
    from = text_of(v);
    end = from + v->len;
    most = count(from, end, '\n') + 1;
    items = rpi_arena_alloc(arena, most * sizeof *items);
    if (!items)
        return false;
    while (next(&from, end, '\n', &line)) {
        if (from < end)
            from++;
        if (!to_dict(arena, &items[n++], line.from, line.end, ' ', '='))
            return false;
    }
    rpi_value_set_items(v, RP_LIST, items, n);
    return true;
}
