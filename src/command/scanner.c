/* Scanners. Each page is a pipeline of its own, which holds the page's items and is freed when the next one is asked
 * for: so a scan needs no more memory than a page. A failure ends the scan and is kept for rp_scan_close.
 *
 * A server that answers a step with the cursor that it was asked with would be asked for ever: that is a
 * failure too. */
#include <redpipe/command.h>
#include <redpipe/scan.h>

#include <string.h>

#include "base/alloc.h"
#include "base/options.h"
#include "pipe/pipe.h"
#include "resp/encode.h"

enum { CURSOR_SIZE = 24 };

typedef rp_future *(*step_function)(const rp_scanner *scanner);

struct rp_scanner {
    char *name, *pattern, *type, *bytes; /* copies; bytes: of the key */
    rp_bytes match;                      /* the pattern; data NULL: none */
    rp_arg key;
    int64_t count;
    step_function step;
    rp_pipe *page;
    const rp_value *items;
    size_t next; /* item of the page, or pair of a dict */
    rp_value pair;
    char cursor[CURSOR_SIZE];
    bool novalues, noscores;
    bool begun, failed;
    rpi_fault fault;
};

static rp_future *scan_step(const rp_scanner *s)
{
    return rp_scan(s->page, s->cursor, .match_bytes = s->match, .count = s->count, .type = s->type);
}

static rp_future *sscan_step(const rp_scanner *s)
{
    return rp_sscan(s->page, s->key, s->cursor, .match_bytes = s->match, .count = s->count);
}

static rp_future *hscan_step(const rp_scanner *s)
{
    return rp_hscan(s->page, s->key, s->cursor, .match_bytes = s->match, .count = s->count, .novalues = s->novalues);
}

static rp_future *zscan_step(const rp_scanner *s)
{
    return rp_zscan(s->page, s->key, s->cursor, .match_bytes = s->match, .count = s->count, .noscores = s->noscores);
}

/* -- making -------------------------------------------------------------------------------------------------------- */

static bool copy(char **to, const char *text)
{
    if (text)
        *to = rpi_copy_text(text, strlen(text));
    return !text || *to;
}

/* Can it be sent? Else the scan has failed. */
static bool check_argument(rp_scanner *s, const char *what, rp_arg arg)
{
    rpi_fault fault;

    if (rpi_arg_size(&arg, 1, &fault))
        return true;
    s->failed = true;
    rpi_fault_set(&s->fault, fault.status, "the %s of a scan: %s", what, fault.message);
    return false;
}

static bool copy_pattern(rp_scanner *s, const rp_scan_iter_opts *o)
{
    rp_bytes match = o->match ? rp_b(o->match, strlen(o->match)) : o->match_bytes;

    if (!match.data || !check_argument(s, "pattern", rp_arg_bytes(match)))
        return true;
    s->pattern = rpi_copy_text(match.data, match.len);
    s->match = rp_b(s->pattern, match.len);
    return s->pattern != NULL;
}

/* The key, so that it outlives the caller's. */
static bool copy_key(rp_scanner *s, rp_arg key)
{
    if (!check_argument(s, "key", key))
        return true;
    s->key = key.type == RP_ARG_VALUE ? rp_arg_bytes(rp_b(key.v->text, key.v->len)) : key;
    if (s->key.type != RP_ARG_STRING)
        return true;
    s->bytes = rpi_copy_text(s->key.s.data, s->key.s.len);
    s->key.s.data = s->bytes;
    return s->bytes != NULL;
}

static void free_scanner(rp_scanner *s)
{
    rp_free(s->page);
    rpi_free(s->name);
    rpi_free(s->pattern);
    rpi_free(s->type);
    rpi_free(s->bytes);
    rpi_free(s);
}

/* Are these options of this scanner? */
static void check(rp_scanner *s, const rp_scan_iter_opts *o)
{
    const char *why = NULL;

    if (o->type && s->step != scan_step)
        why = "type is an option of rp_scan_iter only";
    if (o->novalues && s->step != hscan_step)
        why = "novalues is an option of rp_hscan_iter only";
    if (o->noscores && s->step != zscan_step)
        why = "noscores is an option of rp_zscan_iter only";
    if (o->match && o->match_bytes.data)
        why = "of match and match_bytes only one may be given";
    s->failed = why;
    if (why)
        rpi_fault_set(&s->fault, RP_INVALID_OPERATION, "%s", why);
}

static rp_scanner *make(const char *name, rp_arg key, step_function step, const rp_scan_iter_opts *opts, size_t size)
{
    rp_scanner *s = rpi_zalloc(sizeof *s);
    rp_scan_iter_opts room;
    const rp_scan_iter_opts *o;

    if (s) {
        s->step = step;
        strcpy(s->cursor, "0");
        o = rpi_options(&room, sizeof room, opts, size, &s->fault);
        s->failed = !o;
        if (!o)
            return s;
        s->count = o->count;
        s->novalues = o->novalues;
        s->noscores = o->noscores;
        check(s, o);
        if (copy(&s->name, name) && copy_pattern(s, o) && copy(&s->type, o->type) && copy_key(s, key))
            return s;
        free_scanner(s);
    }
    rpi_fail(RP_NO_MEMORY, "no memory to scan");
    return NULL;
}

rp_scanner *rp_scan_iter_with(const char *name, const rp_scan_iter_opts *opts, size_t opts_size)
{
    return make(name, rp_arg_str(""), scan_step, opts, opts_size);
}

rp_scanner *rp_sscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size)
{
    return make(name, key, sscan_step, opts, opts_size);
}

rp_scanner *rp_hscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size)
{
    return make(name, key, hscan_step, opts, opts_size);
}

rp_scanner *rp_zscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size)
{
    return make(name, key, zscan_step, opts, opts_size);
}

/* -- scanning ------------------------------------------------------------------------------------------------------ */

/* The scan ends with the thread's last error. */
static bool fail_as_raised(rp_scanner *s)
{
    const rp_error *error = rp_last_error();

    s->failed = true;
    rpi_fault_set(&s->fault, error->status, "%s", error->message);
    rpi_fault_on(&s->fault, s->name);
    if (error->code)
        memcpy(s->fault.code, error->code, strlen(error->code) + 1);
    return false;
}

static bool fail_answer(rp_scanner *s, const char *what)
{
    s->failed = true;
    rpi_fault_set(&s->fault, RP_PROTOCOL_ERROR, "the answer to a step of a scan %s", what);
    rpi_fault_on(&s->fault, s->name);
    return false;
}

/* Are these items as they were promised? Their shapes have made dicts of hashes, and pairs of members and scores. */
static bool fits(const rp_scanner *s, const rp_value *items)
{
    bool fields = s->step == hscan_step && !s->novalues, scores = s->step == zscan_step && !s->noscores;
    bool right = rpi_is_aggregate(items) && (items->kind == RP_DICT) == fields;

    for (size_t i = 0; right && scores && i < items->len; i++)
        right = items->items[i].kind == RP_LIST && items->items[i].len == 2;
    return right;
}

/* Takes over what a step was answered with: a cursor, and items. */
static bool take_page(rp_scanner *s, const rp_value *answer)
{
    rp_bytes cursor;

    if (answer->kind != RP_LIST || answer->len != 2 || !fits(s, &answer->items[1]) ||
        rp_get_string(&answer->items[0], &cursor) != RP_OK || cursor.len >= sizeof s->cursor)
        return fail_answer(s, "is not a cursor and its items");
    if (strcmp(s->cursor, cursor.data) == 0 && strcmp(s->cursor, "0") != 0)
        return fail_answer(s, "has the cursor of the last one: it would never end");
    memcpy(s->cursor, cursor.data, cursor.len + 1);
    s->items = &answer->items[1];
    s->next = 0;
    return true;
}

/* Asks for the next page; false at the end, and after a failure. */
static bool turn_page(rp_scanner *s)
{
    const rp_value *answer;

    s->items = NULL;
    if (s->failed || (s->begun && strcmp(s->cursor, "0") == 0))
        return false;
    s->begun = true;
    rp_free(s->page);
    s->page = rp_pipeline(NULL, .name = s->name);
    answer = s->step(s);
    if (rp_execute(s->page) != RP_OK)
        return fail_as_raised(s);
    return take_page(s, answer);
}

const rp_value *rp_scan_next(rp_scanner *scanner)
{
    size_t i;

    if (!scanner)
        return NULL;
    while (!scanner->items || scanner->next == scanner->items->len)
        if (!turn_page(scanner))
            return NULL;
    i = scanner->next++;
    if (scanner->items->kind != RP_DICT)
        return &scanner->items->items[i];
    rpi_value_set_items(&scanner->pair, RP_LIST, &scanner->items->items[2 * i], 2);
    return &scanner->pair;
}

rp_status rp_scan_close(rp_scanner *scanner)
{
    rp_status status;

    if (!scanner)
        return rpi_fail(RP_NO_MEMORY, "no memory to scan");
    status = scanner->failed ? rpi_raise(&scanner->fault) : RP_OK;
    free_scanner(scanner);
    return status;
}
