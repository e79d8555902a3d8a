/* A tree of jansson's beside the tree of ours, built by the walk. jansson prints all floats of a document with one
 * number of digits, so the most that any of them needs to read back exactly is found on the way. */
#include <jansson.h>
#include <math.h>

#include "base/fault.h"
#include "resp/number.h"
#include "resp/text.h"
#include "resp/walk.h"

typedef struct build {
    json_t *open[RPI_MAX_DEPTH];
    json_t *root;
    int digits;
    bool refused; /* the last error says why */
} build;

/* Why a value has no JSON. */
static void refuse(build *b, const char *why)
{
    b->refused = true;
    rpi_fail(RP_INVALID_VALUE, "no JSON for this value: %s", why);
}

static json_t *leaf(const rp_value *v, build *b)
{
    double f = 0;

    switch ((rp_kind)v->kind) {
    case RP_NULL:
        return json_null();
    case RP_BOOL:
        return json_boolean(v->text[0] == '1');
    case RP_INT:
        return json_integer(rp_int(v));
    case RP_FLOAT:
        f = rp_float(v);
        if (isfinite(f)) {
            b->digits = rpi_float_digits(f) > b->digits ? rpi_float_digits(f) : b->digits;
            return json_real(f);
        }
        refuse(b, "JSON has neither inf nor nan");
        return NULL;
    case RP_STRING:
        if (rpi_is_utf8(v->text, v->len))
            return json_stringn(v->text, v->len);
        refuse(b, "a string in it is not UTF-8");
        return NULL;
    default:
        refuse(b, "there is an error from the server inside");
        return NULL;
    }
}

/* Keys are text in JSON; numbers become text. */
static bool check_key(const rp_value *key, build *b)
{
    if (rpi_is_aggregate(key) || key->kind == RP_NULL || key->kind == RP_ERROR)
        refuse(b, "a key of a dict in it is no scalar");
    else if (!rpi_is_utf8(key->text, key->len))
        refuse(b, "a key of a dict in it is not UTF-8");
    return !b->refused;
}

/* Hangs a new node into the one above; takes the reference, also without memory. */
static bool attach(const rp_value *parent, size_t position, json_t *above, json_t *json)
{
    rp_bytes key;

    if (parent->kind != RP_DICT)
        return json_array_append_new(above, json) == 0;
    key = rp_string(&parent->items[position - 1]);
    return json_object_setn_new(above, key.data, key.len, json) == 0;
}

/* One step of the walk; false ends it. */
static bool add(build *b, rpi_walk *walk, rpi_step step, const rp_value *v)
{
    const rp_value *parent = rpi_walk_parent(walk, step);
    size_t position = rpi_walk_position(walk, step);
    int level = walk->depth - (step == RPI_ENTER);
    json_t *json;

    if (parent && parent->kind == RP_DICT && position % 2 == 0)
        return check_key(v, b);
    json = step == RPI_LEAF ? leaf(v, b) : v->kind == RP_DICT ? json_object() : json_array();
    if (!json)
        return false;
    if (step == RPI_ENTER)
        b->open[level] = json;
    if (parent)
        return attach(parent, position, b->open[level - 1], json);
    b->root = json;
    return true;
}

char *rp_json(const rp_value *v)
{
    build b = {.digits = 1};
    rpi_walk walk;
    rpi_step step;
    char *text = NULL;

    if (rpi_check_ready(v) != RP_OK)
        return NULL;
    rpi_walk_start(&walk, v);
    while ((step = rpi_walk_next(&walk, &v)) != RPI_END)
        if (step != RPI_LEAVE && !add(&b, &walk, step, v))
            break;
    if (step == RPI_END)
        text = json_dumps(b.root, JSON_ENCODE_ANY | JSON_REAL_PRECISION((size_t)b.digits));
    if (!text && !b.refused)
        rpi_fail(RP_NO_MEMORY, "no memory for the JSON text");
    json_decref(b.root);
    return text;
}
