/* Notes. A sheet is queued once for each backend and protocol, so that the futures of two runs can be compared; its
 * pipeline lives until then. Errors of the server are values, since rows may want them. Values are compared by kind at
 * every level: a number equals text that reads as one, else. */
#define _GNU_SOURCE 1
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake.h"

static void add_row(sheet *s, sheet_row row)
{
    assert_non_null(row.future);
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->rows = kit_realloc(s->rows, s->room * sizeof *s->rows);
    }
    s->rows[s->count++] = row;
}

void want(sheet *s, rp_future *future, const char *wire, rp_kind kind, const char *shown)
{
    add_row(s, (sheet_row){.future = future, .wire = wire, .kind = kind, .shown = shown});
}

void want_error(sheet *s, rp_future *future, const char *wire, const char *beginning)
{
    want(s, future, wire, RP_ERROR, beginning);
}

void want_new(sheet *s, rp_future *future, const char *wire, const char *resp2, const char *resp3, rp_kind kind,
              const char *shown)
{
    add_row(s, (sheet_row){future, wire, kind, shown, {resp2, resp3 ? resp3 : resp2}});
}

static sheet sheet_new(sheet_queue *queue)
{
    sheet s = {.pipe = rp_pipeline(NULL, .collect = true)};
    queue(&s);
    return s;
}

static void execute(const sheet *s)
{
    if (rp_execute(s->pipe) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
}

static void sheet_free(sheet *s)
{
    rp_free(s->pipe);
    free(s->rows);
}

/* What rp_print shows; to be freed. */
static char *shown_of(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    rp_print(out, v);
    fclose(out);
    return text;
}

void check_shown(const rp_value *v, const char *expected)
{
    char *text = shown_of(v);
    assert_string_equal(text, expected);
    free(text);
}

static void fail_row(const sheet_row *row, const char *what, const rp_value *v)
{
    fail_msg("%s: %s: kind %d, %s", row->wire, what, (int)rp_kind_of(v), shown_of(v));
}

/* Comparing two answers. */

static bool same_items(const rp_value *a, const rp_value *b, bool varies);

/* Items of which one has more than the other, or others, say nothing where values vary. */
static bool same_answer(const rp_value *a, const rp_value *b, bool varies)
{
    if (rp_kind_of(a) != rp_kind_of(b))
        return false;
    switch (rp_kind_of(a)) {
    case RP_LIST:
    case RP_SET:
    case RP_DICT:
        return (varies || rp_len(a) == rp_len(b)) && same_items(a, b, varies);
    case RP_NULL:
    case RP_ERROR:
        return true;
    default:
        return varies || rp_equal(a, b);
    }
}

static bool same_items(const rp_value *a, const rp_value *b, bool varies)
{
    bool same = true;
    for (size_t i = 0; i < rp_len(a) && same; i++) {
        const rp_value *other;
        if (rp_kind_of(a) == RP_DICT)
            other = rp_lookup(b, rp_key_at(a, i));
        else if (rp_kind_of(a) == RP_SET && !varies)
            other = rp_contains(b, rp_at(a, i)) ? rp_at(a, i) : NULL;
        else
            other = rp_at(b, i);
        same = other ? same_answer(rp_at(a, i), other, varies) : varies;
    }
    return same;
}

/* The words. */

static void check_words(sheet_queue *queue)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    sheet s = sheet_new(queue);
    execute(&s);
    assert_int_equal(fake_commands(f), 1 + s.count);
    for (size_t i = 0; i < s.count; i++)
        assert_string_equal(fake_command(f, 1 + i), s.rows[i].wire);
    sheet_free(&s);
    rp_disconnect_all();
    fake_stop(f);
}

void sheet_check_words(sheet_queue *const queues[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_words(queues[i]);
}

/* Scripted replies. */

static void write_step(FILE *out, const char *reply)
{
    fputs("READ 1\nSEND '", out);
    for (const char *c = reply; *c; c++)
        fprintf(out, "\\x%02x", (unsigned)(unsigned char)*c);
    fputs("'\n", out);
}

/* A fake that answers this sheet, NULL where nothing of it is scripted. The sheet is queued once more just for that. */
static fake *start_scripted(sheet_queue *queue, int protocol)
{
    sheet s = sheet_new(queue);
    char *script = NULL;
    size_t size, scripted = 0;
    FILE *out = open_memstream(&script, &size);
    assert_non_null(out);
    fputs("HELLO\n", out);
    for (size_t i = 0; i < s.count; i++) {
        const char *reply = s.rows[i].reply[protocol - 2];
        write_step(out, reply ? reply : "+OK\r\n");
        scripted += reply != NULL;
    }
    fclose(out);
    sheet_free(&s);
    fake *f = scripted ? fake_start(script) : NULL;
    free(script);
    return f;
}

static void check_row_shown(const sheet_row *row)
{
    if (rp_kind_of(row->future) != row->kind)
        fail_row(row, "another kind was expected", row->future);
    if (row->shown && row->kind == RP_ERROR) {
        if (strncmp(rp_str(row->future), row->shown, strlen(row->shown)) != 0)
            fail_row(row, row->shown, row->future);
    } else if (row->shown) {
        char *text = shown_of(row->future);
        if (strcmp(text, row->shown) != 0)
            fail_row(row, row->shown, row->future);
        free(text);
    }
}

static sheet run_scripted(sheet_queue *queue, int protocol)
{
    fake *f = start_scripted(queue, protocol);
    if (!f)
        return (sheet){0};
    assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = protocol), RP_OK);
    sheet s = sheet_new(queue);
    execute(&s);
    rp_disconnect_all();
    fake_stop(f);
    return s;
}

void sheet_check_replies(sheet_queue *const queues[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sheet two = run_scripted(queues[i], 2), three = run_scripted(queues[i], 3);
        for (size_t k = 0; k < two.count; k++) {
            if (!two.rows[k].reply[0])
                continue;
            check_row_shown(&two.rows[k]);
            check_row_shown(&three.rows[k]);
            if (!same_answer(two.rows[k].future, three.rows[k].future, false))
                fail_row(&two.rows[k], "it is another under RESP3", three.rows[k].future);
        }
        sheet_free(&two);
        sheet_free(&three);
    }
}

/* Live values. */

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

/* Does the server say that it has no such command, or option of a command? */
static bool is_unknown(const rp_value *v)
{
    if (rp_kind_of(v) != RP_ERROR)
        return false;
    const char *text = rp_str(v);
    return begins(text, "ERR unknown") || begins(text, "ERR syntax error") || begins(text, "ERR wrong number of");
}

static void check_row(const sheet_row *row)
{
    if (!row->reply[0])
        check_row_shown(row);
    else if (!is_unknown(row->future) && rp_kind_of(row->future) != row->kind)
        fail_row(row, "another kind was expected", row->future);
}

void sheet_connect(const live *server, int protocol)
{
    live_want(server);
    assert_int_equal(rp_connect(NULL, live_url(server), .protocol = protocol), RP_OK);
}

static sheet run_live(const live *server, sheet_queue *queue, int protocol)
{
    sheet_connect(server, protocol);
    rp_pipe *flush = rp_pipeline(NULL);
    rp_command(flush, "FLUSHALL");
    assert_int_equal(rp_execute(flush), RP_OK);
    rp_free(flush);
    sheet s = sheet_new(queue);
    execute(&s);
    for (size_t i = 0; i < s.count; i++)
        check_row(&s.rows[i]);
    rp_disconnect_all();
    return s;
}

void sheet_check_values(const live *server, sheet_queue *const queues[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sheet two = run_live(server, queues[i], 2), three = run_live(server, queues[i], 3);
        for (size_t k = 0; k < two.count; k++) {
            const sheet_row *row = &two.rows[k];
            if (!same_answer(row->future, three.rows[k].future, !row->shown || row->reply[0]))
                fail_row(row, "it is another under RESP3", three.rows[k].future);
        }
        sheet_free(&two);
        sheet_free(&three);
    }
}

/* The server of a group. */

int sheet_start(void **state)
{
    *state = live_start(NULL);
    return 0;
}

int sheet_stop(void **state)
{
    live_stop(*state);
    return 0;
}
