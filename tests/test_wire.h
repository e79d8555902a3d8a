/* What the tests of the wire share: a parser that is fed piece by piece, values as text, and batches against a fake
 * server. For one thread. */
#ifndef TESTS_TEST_WIRE_H
#define TESTS_TEST_WIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>
#include <sanitizer/asan_interface.h>

#include "resp/parse.h"
#include "support/fake.h"
#include "support/kit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A literal, which may hold NUL, and its length. */
#define BYTES(literal) ("" literal), (sizeof(literal) - 1)

/* -- a parser, fed ------------------------------------------------------------------------------------------------- */

/* The bytes never move; what is not fed yet is poisoned. The arena's first block is full: each of its allocations goes
 * to the allocator. */
typedef struct wire {
    rpi_parser parser;
    rpi_arena arena;
    char *bytes, *position, *end;
    size_t room;
} wire;

/* Room for so many bytes; limits NULL: the defaults. Pushes may come. */
static inline wire *wire_new(size_t room, const rpi_limits *limits)
{
    static const rpi_limits defaults = RPI_DEFAULT_LIMITS;
    wire *w = kit_alloc(sizeof *w);
    rpi_block *first = rpi_block_new(16);
    assert_non_null(first);
    rpi_arena_init(&w->arena, first, 16);
    rpi_parser_init(&w->parser, &w->arena, limits ? limits : &defaults);
    w->parser.pushes = true;
    w->room = room;
    w->bytes = w->position = w->end = malloc(room ? room : 1);
    assert_non_null(w->bytes);
    ASAN_POISON_MEMORY_REGION(w->bytes, room);
    return w;
}

static inline void wire_free(wire *w)
{
    ASAN_UNPOISON_MEMORY_REGION(w->bytes, w->room);
    rpi_arena_free(&w->arena);
    free(w->bytes);
    free(w);
}

static inline void wire_feed(wire *w, const char *data, size_t len)
{
    assert_true(len <= w->room - (size_t)(w->end - w->bytes));
    size_t partial = (uintptr_t)w->end % 8; /* poison comes in units of 8, of which the first bytes may be clean */
    ASAN_UNPOISON_MEMORY_REGION(w->end - partial, partial + len);
    memcpy(w->end, data, len);
    w->end += len;
}

static inline rpi_parse_result wire_next(wire *w, rp_value *v)
{
    return rpi_parse(&w->parser, &w->position, w->end, v);
}

/* A whole reply as a value that lives as long as the wire. */
static inline const rp_value *wire_value(wire *w, const char *data, size_t len)
{
    rp_value *v = rpi_arena_alloc(&w->arena, sizeof *v);
    assert_non_null(v);
    wire_feed(w, data, len);
    assert_int_equal(wire_next(w, v), RPI_PARSE_DONE);
    assert_ptr_equal(w->position, w->end);
    return v;
}

/* -- values as text ------------------------------------------------------------------------------------------------ */

/* A letter for the kind and the content: N null, B I F S scalars, E error, L[] list, Z[] set, D[] dict. */
static inline void wire_dump(FILE *out, const rp_value *v)
{
    static const char letters[] = "PNBIFSLZDE";
    rp_bytes text;
    putc(letters[rp_kind_of(v)], out);
    if (rp_kind_of(v) == RP_LIST || rp_kind_of(v) == RP_SET || rp_kind_of(v) == RP_DICT) {
        putc('[', out);
        for (size_t i = 0; i < rp_len(v); i++) {
            if (i)
                putc(' ', out);
            if (rp_kind_of(v) == RP_DICT) {
                wire_dump(out, rp_key_at(v, i));
                putc('=', out);
            }
            wire_dump(out, rp_at(v, i));
        }
        putc(']', out);
    } else if (rp_kind_of(v) != RP_NULL) {
        text = rp_string(v);
        assert_int_equal(text.data[text.len], '\0');
        for (size_t i = 0; i < text.len; i++) {
            unsigned char c = (unsigned char)text.data[i];
            fprintf(out, c < ' ' || c == '\\' || c > '~' ? "\\x%02x" : "%c", c);
        }
    }
}

/* All replies in the bytes, one on each line, and the verdict: "end", "more" or "bad". The first piece has `first`
 * bytes, the others `step`. free() it. */
static inline char *wire_read(const char *data, size_t len, size_t first, size_t step, const rpi_limits *limits)
{
    wire *w = wire_new(len, limits);
    rpi_parse_result result = RPI_PARSE_MORE;
    char *text = NULL;
    size_t size, fed = 0;
    rp_value v;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t piece = first; result == RPI_PARSE_MORE && fed < len; fed += piece, piece = step) {
        piece = piece < len - fed ? piece : len - fed;
        wire_feed(w, data + fed, piece);
        while ((result = wire_next(w, &v)) == RPI_PARSE_DONE) {
            wire_dump(out, &v);
            putc('\n', out);
        }
    }
    assert_int_not_equal(result, RPI_PARSE_NO_MEMORY);
    if (result == RPI_PARSE_BAD)
        fputs("bad", out);
    else
        fputs(w->position == w->end && w->parser.depth == 0 ? "end" : "more", out);
    fclose(out);
    wire_free(w);
    return text;
}

static inline void wire_want_printable(const char *text)
{
    for (; *text; text++)
        assert_in_range(*text, ' ', '~');
}

static inline void wire_want_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

/* -- batches ------------------------------------------------------------------------------------------------------- */

enum { WIRE_MOST = 2048 };

/* An executed pipeline on the connection "wire". */
typedef struct wire_batch {
    rp_pipe *pipe;
    rp_future *futures[WIRE_MOST];
    size_t count;
    rp_status status;
} wire_batch;

/* `count` times INCR k, executed. */
static inline void wire_increment(wire_batch *b, size_t count, bool collect)
{
    b->pipe = rp_pipeline(NULL, .name = "wire", .collect = collect);
    b->count = count;
    for (size_t i = 0; i < count; i++)
        b->futures[i] = rp_incr(b->pipe, "k");
    b->status = rp_execute(b->pipe);
}

/* A letter for each command: Q queued, N not sent, U unknown; answered: V a value, E an error, A not filled. */
static inline void wire_want_outcomes(const wire_batch *b, const char *letters)
{
    assert_int_equal(strlen(letters), b->count);
    for (size_t i = 0; i < b->count; i++) {
        const rp_future *f = b->futures[i];
        char got = "QNUA"[rp_outcome_of(f)];
        if (got == 'A' && rp_ready(f))
            got = rp_kind_of(f) == RP_ERROR ? 'E' : 'V';
        assert_int_equal(rp_ready(f), got == 'E' || got == 'V');
        if (got != letters[i])
            fail_msg("command %zu of %s has the outcome %c", i, letters, got);
    }
}

/* The thread's last error: it names the connection "wire", the command, and the cause; all of it can be printed. */
static inline void wire_want_error(rp_status status, size_t index, const char *part)
{
    const rp_error *e = rp_last_error();
    wire_want_part(e->message, part);
    wire_want_part(e->message, "'wire'");
    wire_want_printable(e->message);
    assert_int_equal(e->status, status);
    assert_int_equal(e->index, index);
    if (status == RP_PROTOCOL_ERROR && strstr(e->message, "passes the limit"))
        assert_string_equal(e->code, "LIMIT");
    else if (strstr(e->message, "which refused a command"))
        assert_string_equal(e->code, "ERR");
    else if (status != RP_SERVER_ERROR)
        assert_null(e->code);
    if (e->code)
        assert_false(e->retry); /* the same would be refused again */
    assert_string_equal(e->connection, "wire");
}

/* Whatever was before: the next execute gets its own answers, and then so many connections have been made in all. */
static inline void wire_want_next(fake *f, unsigned connections)
{
    static const char *const tags[] = {"next-a", "next-b", "next-c"};
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    rp_future *futures[COUNT(tags)];
    for (size_t i = 0; i < COUNT(tags); i++)
        futures[i] = rp_echo(pipe, tags[i]);
    assert_int_equal(rp_execute(pipe), RP_OK);
    for (size_t i = 0; i < COUNT(tags); i++)
        assert_string_equal(rp_str(futures[i]), tags[i]);
    rp_free(pipe);
    assert_int_equal(fake_connections(f), connections);
}

#endif
