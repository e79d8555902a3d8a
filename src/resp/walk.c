/* An explicit stack of RPI_MAX_DEPTH levels: the parser refuses deeper trees, and so does everything that
 * builds them. */
#include "resp/walk.h"

void rpi_walk_start(rpi_walk *walk, const rp_value *root)
{
    walk->root = root;
    walk->depth = 0;
}

static rpi_step visit(rpi_walk *walk, const rp_value *v)
{
    if (!rpi_is_aggregate(v))
        return RPI_LEAF;
    walk->open[walk->depth] = v;
    walk->next[walk->depth] = 0;
    walk->depth++;
    return RPI_ENTER;
}

rpi_step rpi_walk_next(rpi_walk *walk, const rp_value **v)
{
    const rp_value *open;
    size_t *next;

    if (walk->root) {
        *v = walk->root;
        walk->root = NULL;
        return visit(walk, *v);
    }
    if (walk->depth == 0)
        return RPI_END;
    open = walk->open[walk->depth - 1];
    next = &walk->next[walk->depth - 1];
    if (*next == rpi_item_count(open)) {
        *v = open;
        walk->depth--;
        return RPI_LEAVE;
    }
    *v = &open->items[(*next)++];
    return visit(walk, *v);
}

/* The level that the value just given hangs on; -1 for the root. */
static int level(const rpi_walk *walk, rpi_step step)
{
    return walk->depth - 1 - (step == RPI_ENTER);
}

size_t rpi_walk_position(const rpi_walk *walk, rpi_step step)
{
    int i = level(walk, step);

    return i < 0 ? 0 : walk->next[i] - 1;
}

const rp_value *rpi_walk_parent(const rpi_walk *walk, rpi_step step)
{
    int i = level(walk, step);

    return i < 0 ? NULL : walk->open[i];
}
