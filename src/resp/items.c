/* The short way through aggregates: items that are short and there whole are taken in one loop, which opens the short
 * aggregates among them and closes those that are full. As in short.h, every doubt, every limit that is near and every
 * error is left to the general way, which goes on from any place: the frames are its own.
 *
 * Only what is kept is taken here. So no frame here lies inside an attribute or a push, and one that closes is
 * a value. */
#include "resp/items.h"

#include "resp/short.h"

/* What is no string with its length, where RPI_SHORTEST bytes are there. */
static inline char *take_other(char *p, char *end, rp_value *v)
{
    switch (*p) {
    case ':':
        return rpi_take_short_int(p, end, v);
    case ',':
        return rpi_take_short_float(p, end, v);
    case '+':
        return rpi_take_short_status(p, end, v);
    case '_':
    case '$':
        return rpi_take_null(p, end, v);
    default:
        return NULL;
    }
}

/* The number in a header of up to three digits, RPI_SHORTEST bytes of which are there; 0 where it is none. *header is
 * its size. */
static inline size_t read_count(const char *p, size_t *header)
{
    unsigned first = rpi_digit(p + 1), second = rpi_digit(p + 2), third = rpi_digit(p + 3);

    *header = 4;
    if (rpi_is_crlf(p + 2))
        return first <= 9 ? first : 0;
    if (first - 1 > 8 || second > 9)
        return 0;
    *header = 5;
    if (rpi_is_crlf(p + 3))
        return first * 10 + second;
    *header = 6;
    return third <= 9 && rpi_is_crlf(p + 4) ? first * 100 + second * 10 + third : 0;
}

/* Items from *v up to `stop`, as far as they are short scalars; returns where they end. */
__attribute__((always_inline)) static inline char *take_scalars(char *p, char *end, rp_value **v, rp_value *stop)
{
    const char *latest = end - RPI_SHORTEST; /* where one may begin */
    rp_value *item = *v;

    for (; item < stop && p <= latest; item++) {
        char *next = *p == '$' ? rpi_take_short_string(p, end, item) : NULL;

        if (!next)
            next = take_other(p, end, item);
        if (!next)
            break;
        p = next;
    }
    *v = item;
    return p;
}

/* The header of a short aggregate, with room for its items but no frame; its end. Else NULL, with nothing done. */
__attribute__((always_inline)) static inline char *take_count(rpi_parser *parser, char *p, rp_kind kind, rp_value *v)
{
    size_t header;
    size_t n = read_count(p, &header);
    size_t total = kind == RP_DICT ? n * 2 : n;
    rp_value *items;

    if (total - 1 >= RPI_ITEMS_FIRST || total > parser->limits.max_elements - parser->elements ||
        parser->depth == RPI_MAX_DEPTH)
        return NULL;
    items = rpi_arena_alloc(parser->arena, total * sizeof *items);
    if (!items)
        return NULL;
    parser->elements += total;
    rpi_value_set_items(v, kind, items, n);
    return p + header;
}

/* Apart, so that lists, of which there are most, pay nothing for it. */
__attribute__((noinline)) static char *take_other_count(rpi_parser *parser, char *p, rp_value *v)
{
    if (*p == '%')
        return take_count(parser, p, RP_DICT, v);
    return *p == '~' ? take_count(parser, p, RP_SET, v) : NULL;
}

static inline char *take_header(rpi_parser *parser, char *p, const char *end, rp_value *v)
{
    if (end - p < parser->shortest)
        return NULL;
    return *p == '*' ? take_count(parser, p, RP_LIST, v) : take_other_count(parser, p, v);
}

static inline rpi_frame *push(rpi_parser *parser, rp_value *v)
{
    rpi_frame *frame = &parser->frames[parser->depth++];
    size_t total = rpi_item_count(v);

    *frame = (rpi_frame){.value = v, .total = total, .room = total};
    return frame;
}

static inline rp_value *end_of_room(const rpi_frame *frame)
{
    return frame->value->items + (frame->room < frame->total ? frame->room : frame->total);
}

/* Closes the frames that are full, where the innermost one would go on with *v: then *v is where the innermost that is
 * not full goes on. That one, or NULL: the reply is complete. */
static inline rpi_frame *close_full(rpi_parser *parser, rpi_frame *frame, rp_value **v)
{
    while (*v == frame->value->items + frame->total) {
        *v = frame->value + 1;
        if (--parser->depth == 0)
            return NULL;
        frame--;
    }
    return frame;
}

char *rpi_open_short(rpi_parser *parser, char *p, const char *end, rp_value *v)
{
    char *behind = parser->arena ? take_header(parser, p, end, v) : NULL;

    if (behind)
        push(parser, v);
    return behind;
}

bool rpi_take_items(rpi_parser *parser, char **position, char *end)
{
    rpi_frame *frame = &parser->frames[parser->depth - 1];
    char *p = *position, *before, *behind;
    rp_value *v, *stop, *item, *last;

    if (!frame->value || frame->filled >= frame->room || end - p < parser->shortest)
        return false;
    v = frame->value->items + frame->filled;
    stop = end_of_room(frame);
    do {
        before = p;
        p = take_scalars(p, end, &v, stop);
        while (v < stop && (behind = take_header(parser, p, end, v))) {
            item = v->items;
            last = item + rpi_item_count(v);
            p = take_scalars(behind, end, &item, last);
            if (item == last) { /* most need no frame */
                v++;
                continue;
            }
            frame->filled = (size_t)(v - frame->value->items);
            frame = push(parser, v);
            v = item;
            stop = last;
        }
        if (v == stop) {
            frame = close_full(parser, frame, &v);
            if (!frame)
                break;
            stop = end_of_room(frame);
        }
    } while (p != before);
    if (p == *position)
        return false;
    parser->scanned = 0;
    parser->kept = true;
    *position = p;
    if (frame)
        frame->filled = (size_t)(v - frame->value->items);
    else
        parser->elements = 0;
    return frame == NULL;
}
