/* Blocks of received bytes. Values point into them, so a block that holds values is never moved or freed: it goes to
 * the arena, and what is left of it, a part of one token, is copied to the next. A block without values (all that
 * arrived was a part of a long string, or pushes) is used again, and grows.
 *
 * Memory follows what has really arrived: a token that announces more than there is room for gets twice what is there,
 * step by step, so a lying header costs nothing and a long string costs time linear in its length. Up to TRUSTED bytes
 * it gets at once, though, where the peer has sent half as many on this connection: then little of it has to move. And
 * the first block of an execute is as large as what the last two received, where they received the same. */
#include "pipe/input.h"

#include <string.h>

enum {
    FIRST = 16 * 1024,
    MOST = 8 * 1024 * 1024,
    TRUSTED = 1024 * 1024,
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
        if (arena)
            rpi_arena_adopt(arena, input->block);
        else
            rpi_blocks_free(input->block, NULL);
    }
    input->block = block;
    input->position = block->data;
    input->end = block->data + left;
    return true;
}

/* A block that no value points into. What is left moves to its front; where it must grow, it is small and another takes
 * its place, or large and the C library may make it larger where it stands. */
static bool reuse_block(rpi_input *input, size_t size)
{
    size_t left = (size_t)(input->end - input->position);
    rpi_block *block = input->block;

    if (left + SPACE > block->size && size <= TRUSTED + SPACE) {
        block->next = NULL;
        return change_block(input, NULL, size);
    }
    memmove(block->data, input->position, left);
    if (left + SPACE > block->size) {
        input->position = block->data;
        input->end = block->data + left;
        block = rpi_block_resize(block, size);
        if (!block)
            return false;
    }
    input->block = block;
    input->position = block->data;
    input->end = block->data + left;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Of the first block. */
static size_t guess(rpi_credit *credit, size_t replies)
{
    size_t usual = least(least(credit->last, credit->before), TRUSTED);

    credit->before = credit->last;
    credit->last = 0;
    return most(most(least(replies * REPLY, MOST), usual + SPACE), FIRST);
}

bool rpi_input_make_room(rpi_input *input, rpi_parser *parser, rpi_arena *arena, size_t replies)
{
    size_t left = (size_t)(input->end - input->position);
    size_t room = rpi_input_room(input);
    size_t want = left * 2, size;

    if (!input->block)
        return change_block(input, arena, guess(&parser->credit, replies));
    if (room >= SPACE || (room && parser->need <= left + room))
        return true;
    if (!parser->scanned) /* how long a line is, nobody knows before its end; a string says */
        want = least(parser->need, most(want, least(parser->credit.total * 2, TRUSTED)));
    size = most(least(most(input->block->size * 2, FIRST), MOST), want + SPACE);
    if (!parser->kept)
        return reuse_block(input, size);
    parser->kept = false;
    return change_block(input, arena, size);
}

void rpi_input_add(rpi_input *input, rpi_parser *parser, size_t n)
{
    input->end += n;
    parser->credit.last += n;
    parser->credit.total += n;
}
