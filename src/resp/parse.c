/* One pass, no copies, no recursion.
 *
 * A token is a line (+ - : , # ( _ and the headers $ ! = * ~ % | >) or a line with its payload. A token is taken whole or
 * not at all: with a part of one the parser answers MORE and keeps only how far it looked for the line's end (`scanned`),
 * so that time is linear in bytes however small the pieces are. Between tokens the state is the stack of open
 * aggregates. Strings stay in the buffer; the CR behind each becomes its NUL, after CR LF have been checked.
 *
 * Nothing is allocated because a header announces it: items get room for at most ITEMS_FIRST at first, which doubles as
 * they really arrive. `elements` counts what is announced over the whole reply, so a tree cannot pass the limit either.
 *
 * Most of what arrives is short strings and lines, whole: take_short reads those in a few dozen instructions and leaves
 * everything else, with every doubt and every error, to the general way.
 *
 * Attributes (|) and pushes (>) are frames without a value: their contents are checked like any other, go to `scratch`,
 * and leave no trace. Streamed strings and aggregates ($? *? ;) are refused: no server sends them. */
#include "resp/parse.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "resp/number.h"

enum {
    ITEMS_FIRST = 256,
    SHORT_STRING = 1000,
    SHORT_LINE = 19, /* bytes with the type byte: so that 18 digits always fit 64 bits */
    SHORTEST = 6,    /* "$0\r\n\r\n"; what is shorter is not worth a short cut */
};

void rpi_parser_init(rpi_parser *parser, rpi_arena *arena, const rpi_limits *limits)
{
    parser->arena = arena;
    parser->limits = *limits;
    parser->elements = 0;
    parser->scanned = 0;
    parser->need = 0;
    parser->kept = false;
    parser->pushes = false;
    parser->shortest = limits->max_bulk < SHORT_STRING || limits->max_line < SHORT_LINE ? PTRDIFF_MAX : SHORTEST;
    parser->depth = 0;
    parser->error[0] = '\0';
}

static rpi_parse_result bad(rpi_parser *parser, const char *what, const char *text, size_t len)
{
    char shown[RPI_PRINTABLE_SIZE(16)];

    snprintf(parser->error, sizeof parser->error, "%s: '%s'", what,
             rpi_printable(shown, sizeof shown, text, len < 16 ? len : 16));
    return RPI_PARSE_BAD;
}

static rpi_parse_result over_limit(rpi_parser *parser, const char *what, size_t limit)
{
    snprintf(parser->error, sizeof parser->error, "%s passes the limit of %zu", what, limit);
    return RPI_PARSE_BAD;
}

/* Finds the end of the line that starts at `line` (its type byte): *stop is its CR, with the LF behind it. */
static rpi_parse_result find_line(rpi_parser *parser, char *line, char *end, char **stop)
{
    char *from = line + (parser->scanned ? parser->scanned : 1);
    char *cr = from < end ? memchr(from, '\r', (size_t)(end - from)) : NULL;
    char *upto = cr ? cr : end;

    if (from < upto && memchr(from, '\n', (size_t)(upto - from)))
        return bad(parser, "a line that ends in LF without CR", line, (size_t)(upto - line));
    if ((size_t)(upto - line) - 1 > parser->limits.max_line)
        return over_limit(parser, "a line", parser->limits.max_line);
    if (!cr || cr + 1 == end) {
        parser->scanned = (size_t)(upto - line);
        parser->need = parser->scanned + (cr ? 2 : 1);
        return RPI_PARSE_MORE;
    }
    if (cr[1] != '\n')
        return bad(parser, "a line with CR inside", line, (size_t)(cr + 2 - line));
    parser->scanned = 0;
    *stop = cr;
    return RPI_PARSE_DONE;
}

/* A length in decimal digits without sign or leading zero, as the lengths and counts of RESP are written. */
static bool read_length(const char *text, const char *stop, uint64_t *out)
{
    uint64_t u = 0;

    if (text == stop || stop - text > 19 || (*text == '0' && stop - text > 1))
        return false;
    for (; text < stop; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';

        if (digit > 9)
            return false;
        u = u * 10 + digit;
    }
    *out = u;
    return true;
}

/* The length in the header at `line`; "-1" gives *null. *payload is behind the header. */
static rpi_parse_result read_header(rpi_parser *parser, char *line, char *end, uint64_t *length, bool *null, char **payload)
{
    char *stop;
    rpi_parse_result result = find_line(parser, line, end, &stop);

    if (result != RPI_PARSE_DONE)
        return result;
    *payload = stop + 2;
    *null = stop - line == 3 && line[1] == '-' && line[2] == '1';
    if (!*null && !read_length(line + 1, stop, length))
        return bad(parser, "a length that is no number", line, (size_t)(stop - line));
    return RPI_PARSE_DONE;
}

/* $ bulk string, = verbatim string, ! blob error. */
static rpi_parse_result read_bulk(rpi_parser *parser, char **position, char *end, rp_value *v)
{
    char type = **position;
    uint64_t length;
    bool null;
    char *text;
    size_t cut = type == '=' ? 4 : 0; /* "txt:" */
    rpi_parse_result result = read_header(parser, *position, end, &length, &null, &text);

    if (result != RPI_PARSE_DONE)
        return result;
    if (null) {
        if (type != '$')
            return bad(parser, "a null where there is none", *position, (size_t)(text - *position));
        rpi_value_set_text(v, RP_NULL, "", 0);
        *position = text;
        return RPI_PARSE_DONE;
    }
    if (length > parser->limits.max_bulk)
        return over_limit(parser, "a string", parser->limits.max_bulk);
    if ((uint64_t)(end - text) < length + 2) {
        parser->need = (size_t)(text - *position) + (size_t)length + 2;
        return RPI_PARSE_MORE;
    }
    if (text[length] != '\r' || text[length + 1] != '\n')
        return bad(parser, "a string that does not end where it said", *position, (size_t)(text - *position - 2));
    if (cut && (length < 4 || text[3] != ':'))
        return bad(parser, "a verbatim string without its format", text, (size_t)length);
    text[length] = '\0';
    rpi_value_set_text(v, type == '!' ? RP_ERROR : RP_STRING, text + cut, (size_t)length - cut);
    *position = text + length + 2;
    return RPI_PARSE_DONE;
}

static bool is_big_number(const char *text, size_t len)
{
    size_t i = len && (*text == '-' || *text == '+');

    if (i == len)
        return false;
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    return i == len;
}

/* Checks the text of a line by its type and sets the value; false where it is malformed. */
static bool set_line(char type, char *text, size_t len, rp_value *v)
{
    int64_t i;
    double f;

    switch (type) {
    case '+':
        rpi_value_set_text(v, RP_STRING, text, len);
        return true;
    case '-':
        rpi_value_set_text(v, RP_ERROR, text, len);
        return true;
    case ':':
        rpi_value_set_text(v, RP_INT, text, len);
        return rpi_parse_int(text, len, &i);
    case ',':
        rpi_value_set_text(v, RP_FLOAT, text, len);
        return rpi_parse_float(text, len, &f);
    case '(':
        rpi_value_set_text(v, RP_STRING, text, len);
        return is_big_number(text, len);
    case '#':
        rpi_value_set_text(v, RP_BOOL, *text == 't' ? "1" : "0", 1);
        return len == 1 && (*text == 't' || *text == 'f');
    default: /* '_' */
        rpi_value_set_text(v, RP_NULL, "", 0);
        return len == 0;
    }
}

static rpi_parse_result read_line(rpi_parser *parser, char **position, char *end, rp_value *v)
{
    char *line = *position;
    char *stop;
    rpi_parse_result result = find_line(parser, line, end, &stop);

    if (result != RPI_PARSE_DONE)
        return result;
    if (!set_line(*line, line + 1, (size_t)(stop - line) - 1, v))
        return bad(parser, "a malformed value", line, (size_t)(stop - line));
    *stop = '\0';
    *position = stop + 2;
    return RPI_PARSE_DONE;
}

/* Room for one more item in the frame's aggregate. */
static bool make_room(rpi_parser *parser, rpi_frame *frame)
{
    size_t room = frame->room ? frame->room * 2 : ITEMS_FIRST;
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
    rpi_parse_result result = read_header(parser, line, end, &n, &null, position);

    *opened = true;
    if (result != RPI_PARSE_DONE) {
        *position = line;
        return result;
    }
    if (type == '>' && !parser->pushes)
        return bad(parser, "a push on a connection that speaks RESP2", line, (size_t)(*position - line) - 2);
    if (null) {
        if (type != '*')
            return bad(parser, "a null where there is none", line, (size_t)(*position - line) - 2);
        rpi_value_set_text(v, RP_NULL, "", 0);
        *opened = false;
        return RPI_PARSE_DONE;
    }
    if (n > parser->limits.max_elements || (n << pairs) > parser->limits.max_elements - parser->elements)
        return over_limit(parser, "the number of elements of a reply", parser->limits.max_elements);
    parser->elements += (size_t)n << pairs;
    if (!aside)
        rpi_value_set_items(v, pairs ? RP_DICT : type == '~' ? RP_SET : RP_LIST, NULL, (size_t)n);
    if (parser->depth == RPI_MAX_DEPTH)
        return over_limit(parser, "the nesting of a reply", RPI_MAX_DEPTH);
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

static inline bool is_crlf(const char *p)
{
    return memcmp(p, "\r\n", 2) == 0;
}

/* Adds the digit at *text to the length; false where there is none. */
static inline bool add_digit(size_t *length, const char *text)
{
    unsigned digit = (unsigned char)(*text - '0');

    *length = *length * 10 + digit;
    return digit <= 9;
}

/* "$3\r\nabc\r\n" with up to three digits; SHORTEST bytes at least are there. NULL: the general way must look at it. */
static inline char *take_short_string(char *p, char *end, rp_value *v)
{
    size_t length = 0;
    char *text = p + 2;

    if (!add_digit(&length, p + 1))
        return NULL;
    if (*text != '\r') {
        if (length == 0 || !add_digit(&length, text++))
            return NULL;
        if (*text != '\r' && !add_digit(&length, text++))
            return NULL;
    }
    if (end - text < 4 + (ptrdiff_t)length || !is_crlf(text) || !is_crlf(text + 2 + length))
        return NULL;
    text += 2;
    text[length] = '\0';
    rpi_value_set_text(v, RP_STRING, text, length);
    return text + length + 2;
}

/* "+OK\r\n", SHORTEST bytes at least are there. */
static inline char *take_short_status(char *p, char *end, rp_value *v)
{
    char *stop = p + 1;
    char *most = end - p > SHORT_LINE ? p + SHORT_LINE : end - 1;

    while (stop < most && *stop >= ' ' && *stop <= '~')
        stop++;
    if (stop == most || !is_crlf(stop))
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_STRING, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* ":12\r\n", as before. */
static inline char *take_short_int(char *p, char *end, rp_value *v)
{
    char *stop = p + 1 + (p[1] == '-');
    char *first = stop;
    char *most = end - p > SHORT_LINE ? p + SHORT_LINE : end - 1;

    while (stop < most && (unsigned char)(*stop - '0') <= 9)
        stop++;
    if (stop == most || stop == first || !is_crlf(stop))
        return NULL;
    *stop = '\0';
    rpi_value_set_text(v, RP_INT, p + 1, (size_t)(stop - p) - 1);
    return stop + 2;
}

/* Reads a short string or line that is there to its end, and returns the end; else NULL, with nothing done. */
static inline char *take_short(const rpi_parser *parser, char *p, char *end, rp_value *v)
{
    if (end - p < parser->shortest)
        return NULL;
    if (*p == '$')
        return take_short_string(p, end, v);
    if (*p == ':')
        return take_short_int(p, end, v);
    return *p == '+' ? take_short_status(p, end, v) : NULL;
}

/* Takes items of the innermost aggregate while they are short strings, all but its last, which completes it. */
static void take_items(rpi_parser *parser, char **position, char *end)
{
    rpi_frame *frame = &parser->frames[parser->depth - 1];
    size_t stop = frame->room < frame->total ? frame->room : frame->total - 1;
    ptrdiff_t shortest = parser->shortest;
    char *p = *position;
    rp_value *v, *last;

    if (!frame->value || frame->filled >= stop)
        return;
    v = &frame->value->items[frame->filled];
    last = &frame->value->items[stop];
    for (char *next; v < last && end - p >= shortest && *p == '$'; v++, p = next) {
        next = take_short_string(p, end, v);
        if (!next)
            break;
    }
    if (p != *position)
        parser->scanned = 0;
    frame->filled = (size_t)(v - frame->value->items);
    *position = p;
}

/* The general way for one token, into *v. *opened: it began an aggregate. */
static rpi_parse_result read_token(rpi_parser *parser, char **position, char *end, rp_value *v, bool *opened)
{
    *opened = false;
    switch (**position) {
    case '$':
    case '=':
    case '!':
        return read_bulk(parser, position, end, v);
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '(':
    case '_':
        return read_line(parser, position, end, v);
    case '*':
    case '~':
    case '%':
    case '|':
    case '>':
        return read_aggregate(parser, position, end, v, opened);
    default:
        return bad(parser, "no reply begins like this", *position, (size_t)(end - *position));
    }
}

/* Not inlined: it would cost rpi_parse, which is all that short replies take, the saving of registers. */
__attribute__((noinline)) static rpi_parse_result parse_any(rpi_parser *parser, char **position, char *end, rp_value *value)
{
    for (;;) {
        rpi_parse_result result;
        bool opened;
        rp_value *v;

        if (parser->depth)
            take_items(parser, position, end);
        if (*position == end) {
            parser->need = 1;
            return RPI_PARSE_MORE;
        }
        v = next_slot(parser, value);
        if (!v)
            return RPI_PARSE_NO_MEMORY;
        result = read_token(parser, position, end, v, &opened);
        if (result != RPI_PARSE_DONE)
            return result;
        if (v != &parser->scratch)
            parser->kept = true;
        if (!opened && complete(parser))
            return RPI_PARSE_DONE;
    }
}

rpi_parse_result rpi_parse(rpi_parser *parser, char **position, char *end, rp_value *value)
{
    char *next = parser->depth == 0 ? take_short(parser, *position, end, value) : NULL;

    if (!next)
        return parse_any(parser, position, end, value);
    parser->scanned = 0;
    parser->kept = true;
    *position = next;
    return RPI_PARSE_DONE;
}

rpi_parse_result rpi_parse_rest(rpi_parser *parser, char **position, char *end)
{
    char *first = *position;
    rp_value surplus;
    rpi_parse_result result = rpi_parse(parser, position, end, &surplus);

    if (result == RPI_PARSE_MORE && parser->depth == 0 && *position == end)
        return RPI_PARSE_DONE;
    if (result == RPI_PARSE_MORE && *first == '>')
        return RPI_PARSE_MORE;
    return result == RPI_PARSE_NO_MEMORY ? result
                                         : bad(parser, "more replies than commands", first, (size_t)(end - first));
}
