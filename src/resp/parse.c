/* One pass, no copies, no recursion.
 *
 * A token is a line (+ - : , # ( _ and the headers $ ! = * ~ % | >) or a line with its payload; see token.c. Between
 * tokens the state is the stack of open aggregates. Strings stay in the buffer; the CR behind each becomes its NUL,
 * after CR LF have been checked.
 *
 * Nothing is allocated because a header announces it: items get room for at most RPI_ITEMS_FIRST at first, which
 * doubles as they really arrive. `elements` counts what is announced over the whole reply, so a tree cannot pass the
 * limit either.
 *
 * Attributes (|) and pushes (>) are frames without a value: their contents are checked like any other, go to `scratch`,
 * and leave no trace. A push stands between replies only. Streamed strings and aggregates ($? *? ;) are refused: no
 * server sends them. */
#include "resp/parse.h"

#include <string.h>

#include "resp/items.h"
#include "resp/short.h"
#include "resp/token.h"

void rpi_parser_init(rpi_parser *parser, rpi_arena *arena, const rpi_limits *limits)
{
    parser->arena = arena;
    parser->limits = *limits;
    parser->elements = 0;
    parser->scanned = 0;
    parser->need = 0;
    parser->kept = false;
    parser->over = false;
    parser->credit = (rpi_credit){0};
    parser->pushes = false;
    parser->shortest =
        limits->max_bulk < RPI_SHORT_STRING || limits->max_line < RPI_SHORT_LINE ? PTRDIFF_MAX : RPI_SHORTEST;
    parser->depth = 0;
    parser->error[0] = '\0';
}

void rpi_parse_code(const rpi_parser *parser, rpi_fault *fault)
{
    if (parser->over)
        strcpy(fault->code, "LIMIT");
}

/* Room for one more item in the frame's aggregate. */
static bool make_room(rpi_parser *parser, rpi_frame *frame)
{
    size_t room = frame->room ? frame->room * 2 : RPI_ITEMS_FIRST;
    rp_value *items;

    if (room > frame->total)
        room = frame->total;
    items = parser->arena ? rpi_arena_alloc(parser->arena, room * sizeof *items) : NULL;
    if (!items)
        return false;
    if (frame->filled)
        memcpy(items, frame->value->items, frame->filled * sizeof *items);
    frame->value->items = items;
    frame->room = room;
    return true;
}

static bool is_kept(const rpi_parser *parser)
{
    return parser->depth == 0 || parser->frames[parser->depth - 1].value != NULL;
}

/* A push stands between replies, where RESP3 is spoken, and begins with its name, which is a string: that shows as soon
 * as a byte or two behind the header are there. What an attribute stands before there is not looked at. */
static rpi_parse_result check_push(rpi_parser *parser, const char *line, const char *name, const char *end, uint64_t n)
{
    const char *what = NULL;

    if (!parser->pushes)
        what = "a push on a connection that speaks RESP2";
    else if (parser->depth > 0)
        what = "a push inside a reply";
    else if (n > 0 && (name == end || (*name == '$' && name + 1 == end)))
        parser->need = (size_t)(end - line) + 1;
    else if (n == 0 || (*name == '$' ? name[1] == '-' : *name != '+' && *name != '=' && *name != '|'))
        what = "a push without a name";
    else
        return RPI_PARSE_DONE;
    return what ? rpi_token_bad(parser, what, line, (size_t)(name - line) - 2) : RPI_PARSE_MORE;
}

/* * array, ~ set, % map, | attribute, > push: opens a frame, unless it is empty. *opened: the value is not complete. */
static rpi_parse_result read_aggregate(rpi_parser *parser, char **position, char *end, rp_value *v, bool *opened)
{
    char *line = *position;
    char type = *line;
    bool pairs = type == '%' || type == '|';
    bool aside = type == '|' || type == '>';
    rpi_frame *frame;
    uint64_t n;
    bool null;
    rpi_parse_result result = rpi_read_header(parser, line, end, &n, &null, position);

    *opened = true;
    if (result != RPI_PARSE_DONE) {
        *position = line;
        return result;
    }
    if (null) {
        if (type != '*')
            return rpi_token_bad(parser, "a null where there is none", line, (size_t)(*position - line) - 2);
        rpi_value_set_text(v, RP_NULL, "", 0);
        *opened = false;
        return RPI_PARSE_DONE;
    }
    if (n > parser->limits.max_elements || (n << pairs) > parser->limits.max_elements - parser->elements)
        return rpi_token_over(parser, "the number of elements of a reply", parser->limits.max_elements);
    if (type == '>')
        result = check_push(parser, line, *position, end, n);
    if (result != RPI_PARSE_DONE) {
        *position = line;
        return result;
    }
    parser->elements += (size_t)n << pairs;
    if (!aside)
        rpi_value_set_items(v, pairs ? RP_DICT : type == '~' ? RP_SET : RP_LIST, NULL, (size_t)n);
    if (parser->depth == RPI_MAX_DEPTH)
        return rpi_token_over(parser, "the nesting of a reply", RPI_MAX_DEPTH);
    if (n == 0) {
        *opened = aside;
        return RPI_PARSE_DONE;
    }
    frame = &parser->frames[parser->depth];
    *frame = (rpi_frame){.value = aside || !is_kept(parser) ? NULL : v, .total = (size_t)n << pairs, .aside = aside};
    parser->depth++;
    return RPI_PARSE_DONE;
}

/* Where the next value goes: into the innermost open aggregate, or the reply itself. NULL without memory. */
static rp_value *next_slot(rpi_parser *parser, rp_value *reply)
{
    rpi_frame *frame;

    if (parser->depth == 0)
        return reply;
    frame = &parser->frames[parser->depth - 1];
    if (!frame->value)
        return &parser->scratch;
    if (frame->filled == frame->room && !make_room(parser, frame))
        return NULL;
    return &frame->value->items[frame->filled];
}

/* A value is complete: so are the aggregates that it was the last item of. True when that was the reply. An attribute
 * or push that ends is no value: what it stood before is still to come. */
static bool complete(rpi_parser *parser)
{
    while (parser->depth > 0) {
        rpi_frame *frame = &parser->frames[parser->depth - 1];

        if (++frame->filled < frame->total)
            return false;
        parser->depth--;
        if (frame->aside) {
            if (parser->depth == 0)
                parser->elements = 0;
            return false;
        }
    }
    parser->elements = 0;
    return true;
}

/* The general way for one token, into *v. *opened: it began an aggregate. */
static rpi_parse_result read_token(rpi_parser *parser, char **position, char *end, rp_value *v, bool *opened)
{
    *opened = false;
    switch (**position) {
    case '$':
    case '=':
    case '!':
        return rpi_read_bulk(parser, position, end, v);
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '(':
    case '_':
        return rpi_read_line(parser, position, end, v);
    case '*':
    case '~':
    case '%':
    case '|':
    case '>':
        return read_aggregate(parser, position, end, v, opened);
    default:
        return rpi_token_bad(parser, "no reply begins like this", *position, (size_t)(end - *position));
    }
}

/* The short way, or else the general one. */
static inline rpi_parse_result read_any(rpi_parser *parser, char **position, char *end, rp_value *v, bool *opened)
{
    char *next = rpi_take_short(parser->shortest, *position, end, v);

    if (!next)
        return read_token(parser, position, end, v, opened);
    *opened = false;
    *position = next;
    parser->scanned = 0;
    return RPI_PARSE_DONE;
}

/* A null, or the header of a short aggregate, at the beginning of a reply; its end. Else NULL, with nothing done. */
static inline char *take_first(rpi_parser *parser, char *p, char *end, rp_value *value)
{
    char *next = p != end ? rpi_take_null(p, end, value) : NULL;

    return next || p == end ? next : rpi_open_short(parser, p, end, value);
}

/* Not inlined: it would cost rpi_parse, which is all that short replies take, the saving of registers. */
__attribute__((noinline)) static rpi_parse_result parse_any(rpi_parser *parser, char **position, char *end,
                                                            rp_value *value)
{
    char *next = parser->depth == 0 ? take_first(parser, *position, end, value) : NULL;

    if (next) {
        parser->scanned = 0;
        *position = next;
        if (parser->depth == 0)
            return RPI_PARSE_DONE;
    }
    for (;;) {
        rpi_parse_result result;
        bool opened;
        rp_value *v;

        if (parser->depth && rpi_take_items(parser, position, end))
            return RPI_PARSE_DONE;
        if (*position == end) {
            parser->need = 1;
            return RPI_PARSE_MORE;
        }
        v = next_slot(parser, value);
        if (!v)
            return RPI_PARSE_NO_MEMORY;
        result = read_any(parser, position, end, v, &opened);
        if (result != RPI_PARSE_DONE)
            return result;
        if (opened) /* its header holds nothing that was received */
            continue;
        if (v != &parser->scratch)
            parser->kept = true;
        if (complete(parser))
            return RPI_PARSE_DONE;
    }
}

rpi_parse_result rpi_parse(rpi_parser *parser, char **position, char *end, rp_value *value)
{
    char *next = parser->depth == 0 ? rpi_take_short(parser->shortest, *position, end, value) : NULL;

    if (!next)
        return parse_any(parser, position, end, value);
    parser->scanned = 0;
    parser->kept = true;
    *position = next;
    return RPI_PARSE_DONE;
}

rpi_parse_result rpi_parse_rest(rpi_parser *parser, char **position, char *end)
{
    char first[16]; /* as it came: the parser writes NULs into what it reads */
    size_t shown = (size_t)(end - *position) < sizeof first ? (size_t)(end - *position) : sizeof first;
    rpi_parse_result result;
    rp_value surplus;

    memcpy(first, *position, shown);
    result = rpi_parse(parser, position, end, &surplus);
    if (result == RPI_PARSE_MORE && parser->depth == 0 && *position == end)
        return RPI_PARSE_DONE;
    if (result == RPI_PARSE_MORE && *first == '>')
        return RPI_PARSE_MORE;
    return result == RPI_PARSE_NO_MEMORY ? result : rpi_token_bad(parser, "more replies than commands", first, shown);
}
