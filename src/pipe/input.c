/* Blocks of received bytes. Values point into them, so a block that holds values is never moved or freed: it goes to the
 * arena, and what is left of it, a part of one token, is copied to the next. A block without values (all that arrived was
 * a part of a long string, or pushes) is used again, and grows.
 *
 * Memory follows what has really arrived: a token that announces more than there is room for gets twice what is there,
 * step by step, so a lying header costs nothing and a long string costs time linear in its length. */
#include "pipe/input.h"

#include <string.h>

enum {
    FIRST = 16 * 1024,
    MOST = 256 * 1024,
    REPLY = 64,  /* guess of a reply's bytes */
    SPACE = 256, /* less room than this is not worth a system call */
};

/* A new block for what follows. */
static bool change_block(rpi_input *input, rpi_arena *arena, size_t size)
{
    size_t left = (size_t)(input->end - input->position);
    rpi_block *block = rpi_block_new(size);

    if (!block)
        return false;
    if (input->block) {
        memcpy(block->data, input->position, left);
        rpi_arena_adopt(arena, input->block);
    }
    input->block = block;
    input->position = block->data;
    input->end = block->data + left;
    return true;
}

/* The same block: what is left moves to its front, and it grows where that is not enough. */
static bool reuse_block(rpi_input *input, size_t size)
{
    size_t left = (size_t)(input->end - input->position);
    rpi_block *block = input->block;

    memmove(block->data, input->position, left);
    input->position = block->data;
    input->end = block->data + left;
    if (left + SPACE <= block->size)
        return true;
    block = rpi_block_resize(block, size);
    if (!block)
        return false;
    input->block = block;
    input->position = block->data;
    input->end = block->data + left;
    return true;
}

bool rpi_input_make_room(rpi_input *input, rpi_parser *parser, rpi_arena *arena, size_t replies)
{
    size_t left = (size_t)(input->end - input->position);
    size_t room = rpi_input_room(input);
    size_t size = input->block ? input->block->size * 2 : replies * REPLY;
    /* How long a line is, nobody knows before its end; a string says. */
    size_t want = parser->scanned || left * 2 < parser->need ? left * 2 : parser->need;

    if (room >= SPACE || (room && parser->need <= left + room))
        return true;
    if (size < FIRST)
        size = FIRST;
    if (size > MOST)
        size = MOST;
    if (size < want + SPACE)
        size = want + SPACE;
    if (input->block && !parser->kept)
        return reuse_block(input, size);
    parser->kept = false;
    return change_block(input, arena, size);
}
