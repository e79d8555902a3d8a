/* Tokens: taken whole or not at all. With a part of one, the answer is MORE, and `scanned` keeps how far the line was
 * searched for its end, so that time is linear in bytes however small the pieces are. */
#include "resp/token.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "resp/number.h"
#include "resp/short.h"

rpi_parse_result rpi_token_bad(rpi_parser *parser, const char *what, const char *text, size_t len)
{
    char shown[RPI_PRINTABLE_SIZE(16)];

    snprintf(parser->error, sizeof parser->error, "%s: '%s'", what,
             rpi_printable(shown, sizeof shown, text, len < 16 ? len : 16));
    return RPI_PARSE_BAD;
}

rpi_parse_result rpi_token_over(rpi_parser *parser, const char *what, size_t limit)
{
    snprintf(parser->error, sizeof parser->error, "%s passes the limit of %zu", what, limit);
    parser->over = true;
    return RPI_PARSE_BAD;
}

/* Finds the end of the line that starts at `line` (its type byte): *stop is its CR, with the LF behind it. */
static rpi_parse_result find_line(rpi_parser *parser, char *line, char *end, char **stop)
{
    char *from = line + (parser->scanned ? parser->scanned : 1);
    char *cr, *upto;

    /* Most lines are a few bytes: look at those before calling anybody. */
    for (cr = line + 1; cr < end - 1 && cr < line + RPI_SHORT_LINE && *cr >= ' '; cr++)
        ;
    if (cr < end - 1 && rpi_is_crlf(cr)) {
        parser->scanned = 0;
        *stop = cr;
        return (size_t)(cr - line) - 1 > parser->limits.max_line
                   ? rpi_token_over(parser, "a line", parser->limits.max_line)
                   : RPI_PARSE_DONE;
    }
    cr = from < end ? memchr(from, '\r', (size_t)(end - from)) : NULL;
    upto = cr ? cr : end;
    if (from < upto && memchr(from, '\n', (size_t)(upto - from)))
        return rpi_token_bad(parser, "a line that ends in LF without CR", line, (size_t)(upto - line));
    if ((size_t)(upto - line) - 1 > parser->limits.max_line)
        return rpi_token_over(parser, "a line", parser->limits.max_line);
    if (!cr || cr + 1 == end) {
        parser->scanned = (size_t)(upto - line);
        parser->need = parser->scanned + (cr ? 2 : 1);
        return RPI_PARSE_MORE;
    }
    if (cr[1] != '\n')
        return rpi_token_bad(parser, "a line with CR inside", line, (size_t)(cr + 2 - line));
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

rpi_parse_result rpi_read_header(rpi_parser *parser, char *line, char *end, uint64_t *length, bool *null,
                                 char **payload)
{
    char *stop;
    rpi_parse_result result = find_line(parser, line, end, &stop);

    if (result != RPI_PARSE_DONE)
        return result;
    *payload = stop + 2;
    *null = stop - line == 3 && line[1] == '-' && line[2] == '1';
    if (!*null && !read_length(line + 1, stop, length))
        return rpi_token_bad(parser, "a length that is no number", line, (size_t)(stop - line));
    return RPI_PARSE_DONE;
}

rpi_parse_result rpi_read_bulk(rpi_parser *parser, char **position, char *end, rp_value *v)
{
    char type = **position;
    uint64_t length;
    bool null;
    char *text;
    size_t cut = type == '=' ? 4 : 0; /* "txt:" */
    rpi_parse_result result = rpi_read_header(parser, *position, end, &length, &null, &text);

    if (result != RPI_PARSE_DONE)
        return result;
    if (null) {
        if (type != '$')
            return rpi_token_bad(parser, "a null where there is none", *position, (size_t)(text - *position));
        rpi_value_set_text(v, RP_NULL, "", 0);
        *position = text;
        return RPI_PARSE_DONE;
    }
    if (length > parser->limits.max_bulk)
        return rpi_token_over(parser, "a string", parser->limits.max_bulk);
    if ((uint64_t)(end - text) < length + 2) {
        parser->need = (size_t)(text - *position) + (size_t)length + 2;
        return RPI_PARSE_MORE;
    }
    if (text[length] != '\r' || text[length + 1] != '\n')
        return rpi_token_bad(parser, "a string that does not end where it said", *position,
                             (size_t)(text - *position - 2));
    if (cut && (length < 4 || text[3] != ':'))
        return rpi_token_bad(parser, "a verbatim string without its format", text, (size_t)length);
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

rpi_parse_result rpi_read_line(rpi_parser *parser, char **position, char *end, rp_value *v)
{
    char *line = *position;
    char *stop;
    rpi_parse_result result = find_line(parser, line, end, &stop);

    if (result != RPI_PARSE_DONE)
        return result;
    if (!set_line(*line, line + 1, (size_t)(stop - line) - 1, v))
        return rpi_token_bad(parser, "a malformed value", line, (size_t)(stop - line));
    *stop = '\0';
    *position = stop + 2;
    return RPI_PARSE_DONE;
}
