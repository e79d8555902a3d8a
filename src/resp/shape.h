/* The shape of a command's reply: what the program gets is the same whichever version of the protocol the server
 * speaks, and whatever text it packs a list of names and values into. */
#ifndef RPI_RESP_SHAPE_H
#define RPI_RESP_SHAPE_H

#include "base/arena.h"
#include "resp/value.h"

/* See shapes.def for what each does. RPI_SHAPE_RAW is 0: the reply stays as it is. */
typedef enum rpi_shape {
#define RPI_SHAPE(name, program) RPI_SHAPE_##name,
#include "resp/shapes.def"
#undef RPI_SHAPE
    RPI_SHAPE_COUNT
} rpi_shape;

/* Gives a reply its shape, in place. A reply of another kind than the shape is for stays as it is. False without
 * memory. */
bool rpi_shape_value(rpi_shape shape, rpi_arena *arena, rp_value *v);

#endif
