/* A dict's items lie as a flat list's do, and a pair of a flat list is a list of two where it stands: so shaping changes
 * headers and never moves an item. */
#include "resp/shape.h"

#include "resp/number.h"

static void to_float(rp_value *v)
{
    double f;

    if (v->kind == RP_STRING && rpi_parse_float(v->text, v->len, &f))
        v->kind = RP_FLOAT;
}

static bool to_scored_pairs(rpi_arena *arena, rp_value *v)
{
    rp_value *pairs;

    if (v->kind != RP_LIST || v->len % 2 || v->len == 0)
        return true;
    for (uint32_t i = 0; i < v->len; i++)
        if (rpi_is_aggregate(&v->items[i]))
            return true;
    pairs = rpi_arena_alloc(arena, v->len / 2 * sizeof *pairs);
    if (!pairs)
        return false;
    for (uint32_t i = 0; i < v->len / 2; i++) {
        to_float(&v->items[2 * i + 1]);
        rpi_value_set_items(&pairs[i], RP_LIST, &v->items[2 * i], 2);
    }
    v->items = pairs;
    v->len /= 2;
    return true;
}

bool rpi_shape_value(rpi_shape shape, rpi_arena *arena, rp_value *v)
{
    switch (shape) {
    case RPI_RAW:
        return true;
    case RPI_SHAPE_DICT:
        if (v->kind == RP_LIST && v->len % 2 == 0) {
            v->kind = RP_DICT;
            v->len /= 2;
        }
        return true;
    case RPI_SHAPE_SET:
        if (v->kind == RP_LIST)
            v->kind = RP_SET;
        return true;
    case RPI_SHAPE_FLOAT:
        to_float(v);
        return true;
    case RPI_SHAPE_SCORED_PAIRS:
        return to_scored_pairs(arena, v);
    }
    return true;
}
