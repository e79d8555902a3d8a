/* The walk gives each value after its parent, so the parent's copied items are there to be filled. */
#include "resp/copy.h"

#include "resp/walk.h"

static bool copy_node(rpi_arena *arena, rp_value *to, const rp_value *from)
{
    if (!rpi_is_aggregate(from)) {
        const char *text = rpi_arena_text(arena, from->text, from->len);

        rpi_value_set_text(to, (rp_kind)from->kind, text, from->len);
        return text != NULL;
    }
    rpi_value_set_items(to, (rp_kind)from->kind, rpi_arena_alloc(arena, rpi_item_count(from) * sizeof *to), from->len);
    return to->items != NULL;
}

bool rpi_value_copy(rpi_arena *arena, rp_value *to, const rp_value *from)
{
    rp_value *copies[RPI_MAX_DEPTH]; /* of the aggregates that are open */
    rpi_walk walk;
    rpi_step step;

    rpi_walk_start(&walk, from);
    while ((step = rpi_walk_next(&walk, &from)) != RPI_END) {
        int level = walk.depth - (step == RPI_ENTER);
        rp_value *copy = level == 0 ? to : NULL;

        if (step == RPI_LEAVE)
            continue;
        if (!copy)
            copy = &copies[level - 1]->items[rpi_walk_position(&walk, step)];
        if (!copy_node(arena, copy, from))
            return false;
        if (step == RPI_ENTER)
            copies[level] = copy;
    }
    return true;
}
