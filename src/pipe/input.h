/* Where the bytes of a connection arrive. See input.c. */
#ifndef RPI_PIPE_INPUT_H
#define RPI_PIPE_INPUT_H

#include "base/arena.h"
#include "resp/parse.h"

typedef struct rpi_input {
    rpi_block *block;     /* NULL: none yet */
    char *position, *end; /* in it: received and not parsed */
} rpi_input;

/* Makes room to receive into, behind `end`. The arena gets the blocks that values point into; `replies` are still to
 * come. False without memory. */
bool rpi_input_make_room(rpi_input *input, rpi_parser *parser, rpi_arena *arena, size_t replies);

/* So many bytes were received into it. */
void rpi_input_add(rpi_input *input, rpi_parser *parser, size_t n);

/* How many bytes. */
static inline size_t rpi_input_room(const rpi_input *input)
{
    return input->block ? (size_t)(input->block->data + input->block->size - input->end) : 0;
}

#endif
