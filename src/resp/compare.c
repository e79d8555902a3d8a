/* Equality, order, and what rests on them. Arguments become values first, so there is one comparison of each sort.
 *
 * Trees are compared with an explicit stack of pairs. In sets and dicts, scalars are looked for in any order: first at
 * the same position, so that equal order costs linear time; members and keys that are aggregates themselves (no command
 * returns such) are compared by position. */
#define _GNU_SOURCE
#include <string.h>

#include "base/fault.h"
#include "resp/number.h"
#include "resp/value.h"

/* An argument as a value; `room` and `text` hold it where it is none yet. NULL, with the last error set, where it is
 * not ready or no value at all. */
static const rp_value *value_of(const rp_arg *x, rp_value *room, char text[RPI_FLOAT_TEXT])
{
    rp_kind kind = RP_INT;
    size_t len;

    switch (x->type) {
    case RP_ARG_VALUE:
        return rpi_check_ready(x->v) == RP_OK ? x->v : NULL;
    case RP_ARG_STRING:
        if (!x->s.data && x->s.len) {
            rpi_fail(RP_INVALID_VALUE, "the text to compare with is a NULL pointer");
            return NULL;
        }
        rpi_value_set_text(room, RP_STRING, x->s.data, x->s.len);
        return room;
    case RP_ARG_INT:
        len = rpi_format_int(text, x->i);
        break;
    case RP_ARG_UINT:
        len = rpi_format_uint(text, x->u);
        break;
    case RP_ARG_FLOAT:
    default:
        len = rpi_format_float(text, x->f);
        kind = RP_FLOAT;
        break;
    }
    rpi_value_set_text(room, kind, text, len);
    return room;
}

static bool is_number(const rp_value *v)
{
    return v->kind == RP_INT || v->kind == RP_FLOAT || v->kind == RP_BOOL;
}

static bool is_text(const rp_value *v)
{
    return v->kind == RP_STRING || v->kind == RP_ERROR;
}

/* Where an integer's digits begin, without sign and leading zeros; NULL where the text is no integer. */
static const char *digits_of(const rp_value *v, size_t *len)
{
    const char *end = v->text + v->len;
    const char *start = v->text + (v->len && (*v->text == '-' || *v->text == '+'));

    if (start == end)
        return NULL;
    for (const char *p = start; p < end; p++)
        if (*p < '0' || *p > '9')
            return NULL;
    while (start < end && *start == '0')
        start++;
    *len = (size_t)(end - start);
    return start;
}

/* Two integers of any length. False where one is none. */
static bool order_integers(const rp_value *a, const rp_value *b, int *out)
{
    size_t a_len = 0, b_len = 0;
    const char *a_digits = digits_of(a, &a_len), *b_digits = digits_of(b, &b_len);
    bool a_below, b_below;
    int sign;

    if (!a_digits || !b_digits)
        return false;
    a_below = a_len && *a->text == '-';
    b_below = b_len && *b->text == '-';
    sign = a_len == b_len ? memcmp(a_digits, b_digits, a_len) : a_len < b_len ? -1 : 1;
    *out = a_below != b_below ? b_below - a_below : a_below ? -sign : sign;
    return true;
}

/* Numbers by value where at least one is of a kind of number and both read as one; text byte by byte. False where there
 * is no order between the two. */
static bool order(const rp_value *a, const rp_value *b, int *out)
{
    size_t common = a->len < b->len ? a->len : b->len;
    double fa, fb;
    int bytes;

    if (is_text(a) && a->kind == b->kind) {
        bytes = common ? memcmp(a->text, b->text, common) : 0;
        *out = bytes ? bytes : (a->len > b->len) - (a->len < b->len);
        return true;
    }
    if (!(is_number(a) && (is_number(b) || b->kind == RP_STRING)) && !(is_number(b) && a->kind == RP_STRING))
        return false;
    if (order_integers(a, b, out))
        return true;
    if (!rpi_parse_float(a->text, a->len, &fa) || !rpi_parse_float(b->text, b->len, &fb) || fa != fa || fb != fb)
        return false;
    *out = (fa > fb) - (fa < fb);
    return true;
}

static bool equal_scalars(const rp_value *a, const rp_value *b)
{
    int sign;

    if (a->kind == RP_NULL || b->kind == RP_NULL)
        return a->kind == b->kind;
    return order(a, b, &sign) && sign == 0;
}

/* Item number `i` of every `step` that equals the scalar: at `near`, else the last one. SIZE_MAX: none. */
static size_t find(const rp_value *v, const rp_value *x, size_t near)
{
    size_t step = v->kind == RP_DICT ? 2 : 1;

    if (near < v->len && equal_scalars(&v->items[near * step], x))
        return near;
    for (size_t i = v->len; i-- > 0;)
        if (equal_scalars(&v->items[i * step], x))
            return i;
    return SIZE_MAX;
}

typedef struct pair {
    const rp_value *a, *b;
    size_t next;
} pair;

/* The item of b that the item number `i` of a is to be compared with: the same member or key, a key's value, or what
 * stands at the same place. NULL: b has none, or a has no counterpart of its own. */
static const rp_value *counterpart(const rp_value *a, const rp_value *b, size_t i)
{
    size_t step = a->kind == RP_DICT ? 2 : 1;
    size_t at = i / step;
    const rp_value *key = &a->items[at * step];
    size_t found;

    if (a->kind == RP_LIST || rpi_is_aggregate(key))
        return &b->items[i];
    found = find(b, key, at);
    if (found == SIZE_MAX || rpi_is_aggregate(&b->items[at * step]) || find(a, &b->items[at * step], at) == SIZE_MAX)
        return NULL;
    return &b->items[found * step + i % step];
}

/* Compares what stands at the pair's next place. False: the trees differ. *deeper: two aggregates are to be compared
 * before going on. */
static bool compare_next(pair *open, pair *deeper)
{
    size_t i = open->next++;
    const rp_value *a = &open->a->items[i];
    const rp_value *b = counterpart(open->a, open->b, i);

    if (!b)
        return false;
    if (!rpi_is_aggregate(a) || !rpi_is_aggregate(b))
        return !rpi_is_aggregate(a) && !rpi_is_aggregate(b) && equal_scalars(a, b);
    *deeper = (pair){a, b, 0};
    return true;
}

static bool equal_values(const rp_value *a, const rp_value *b)
{
    pair stack[RPI_MAX_DEPTH];
    int depth = 0;
    pair deeper = {a, b, 0};

    if (!rpi_is_aggregate(a) && !rpi_is_aggregate(b))
        return equal_scalars(a, b);
    for (;;) {
        if (deeper.a) {
            if (deeper.a->kind != deeper.b->kind || deeper.a->len != deeper.b->len)
                return false;
            stack[depth++] = deeper;
        }
        while (depth > 0 && stack[depth - 1].next == rpi_item_count(stack[depth - 1].a))
            depth--;
        if (depth == 0)
            return true;
        deeper.a = NULL;
        if (!compare_next(&stack[depth - 1], &deeper))
            return false;
    }
}

bool rp_equal_arg(const rp_value *v, rp_arg x)
{
    char text[RPI_FLOAT_TEXT];
    rp_value room;
    const rp_value *other = value_of(&x, &room, text);

    return other && rpi_check_ready(v) == RP_OK && equal_values(v, other);
}

/* Lists of scalars, item by item. */
static bool order_lists(const rp_value *a, const rp_value *b, int *out)
{
    size_t common = a->len < b->len ? a->len : b->len;

    for (size_t i = 0; i < common; i++) {
        if (!order(&a->items[i], &b->items[i], out))
            return false;
        if (*out != 0)
            return true;
    }
    *out = (a->len > b->len) - (a->len < b->len);
    return true;
}

int rp_compare_arg(const rp_value *v, rp_arg x)
{
    char text[RPI_FLOAT_TEXT];
    rp_value room;
    const rp_value *other = value_of(&x, &room, text);
    int sign = 0;

    if (!other || rpi_check_ready(v) != RP_OK)
        return 0;
    if (v->kind == RP_LIST && other->kind == RP_LIST ? order_lists(v, other, &sign) : order(v, other, &sign))
        return sign;
    rpi_fail(RP_INVALID_VALUE, "%s and %s have no order", rpi_kind_name((rp_kind)v->kind),
             rpi_kind_name((rp_kind)other->kind));
    return 0;
}

const rp_value *rp_lookup_arg(const rp_value *v, rp_arg key)
{
    char text[RPI_FLOAT_TEXT];
    rp_value room;
    const rp_value *k = value_of(&key, &room, text);

    if (!k || rpi_check_ready(v) != RP_OK)
        return NULL;
    if (v->kind != RP_DICT) {
        rpi_fail(RP_INVALID_VALUE, "%s has no keys", rpi_kind_name((rp_kind)v->kind));
        return NULL;
    }
    for (size_t i = v->len; i-- > 0;)
        if (equal_values(&v->items[2 * i], k))
            return &v->items[2 * i + 1];
    return NULL;
}

bool rp_contains_arg(const rp_value *v, rp_arg x)
{
    char text[RPI_FLOAT_TEXT];
    rp_value room;
    const rp_value *other = value_of(&x, &room, text);
    size_t step;

    if (!other || rpi_check_ready(v) != RP_OK)
        return false;
    if (v->kind == RP_STRING && !rpi_is_aggregate(other) && other->kind != RP_NULL)
        return other->len == 0 || memmem(v->text, v->len, other->text, other->len) != NULL;
    if (!rpi_is_aggregate(v)) {
        rpi_fail(RP_INVALID_VALUE, "%s contains nothing", rpi_kind_name((rp_kind)v->kind));
        return false;
    }
    step = v->kind == RP_DICT ? 2 : 1;
    for (size_t i = 0; i < v->len; i++)
        if (equal_values(&v->items[i * step], other))
            return true;
    return false;
}
