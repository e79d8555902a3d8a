/* Replies that are text made of names and values: INFO, CLIENT LIST. */
#ifndef RPI_RESP_SHAPE_TEXT_H
#define RPI_RESP_SHAPE_TEXT_H

#include "base/arena.h"
#include "resp/value.h"

/* Each turns a string into what it says, in place; another kind stays as it is. What has no separator goes on with the
 * value in front of it; where there is none it is passed over, as are headings. False without memory. */
bool rpi_shape_lines(rpi_arena *arena, rp_value *v);          /* lines "name:value", headings begin with #: a dict */
bool rpi_shape_words(rpi_arena *arena, rp_value *v);          /* words "name=value": a dict */
bool rpi_shape_lines_of_words(rpi_arena *arena, rp_value *v); /* lines of such words: a list of dicts */

#endif
