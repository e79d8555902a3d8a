/* The parser on any bytes, twice: whole, and in pieces whose lengths the input's first byte seeds. Both must give the same values and the same verdict, and what they give must survive every reader.
 * The second byte chooses the protocol. */
#define _GNU_SOURCE
#include <redpipe/redpipe.h>

#include <stdlib.h>
#include <string.h>

#include "resp/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const rpi_limits limits = {64 * 1024, 4096, 1024};

typedef struct run {
    FILE *printed; /* every value, as rp_print shows it */
    char *text;
    size_t text_size;
    rpi_parse_result result;
} run;

static void use(const rp_value *v)
{
    rp_int(v);
    rp_float(v);
    rp_bool(v);
    rp_str(v);
    free(rp_json(v));
    if (rp_kind_of(v) != RP_ERROR && !rp_equal(v, v) && rp_len(v) == 0 && rp_kind_of(v) == RP_STRING)
        abort();
}

/* Feeds `size` bytes in pieces of 1 + random % most. */
static run parse(const uint8_t *data, size_t size, bool pushes, unsigned seed, size_t most)
{
    run r = {.result = RPI_PARSE_MORE};
    rpi_parser *parser = malloc(sizeof *parser);
    rpi_arena arena;
    char *buffer = malloc(size + 1); /* values point into it, so it stays where it is */
    char *position = buffer, *end = buffer;
    rp_value v;

    r.printed = open_memstream(&r.text, &r.text_size);
    if (!parser || !buffer || !r.printed)
        abort();
    rpi_arena_init(&arena, rpi_block_new(4096), 0);
    rpi_parser_init(parser, &arena, &limits);
    parser->pushes = pushes;
    while (r.result == RPI_PARSE_MORE && end < buffer + size) {
        size_t left = (size_t)(buffer + size - end);
        size_t piece;

        seed = seed * 1103515245 + 12345;
        piece = 1 + (seed >> 8) % most;
        piece = piece < left ? piece : left;
        memcpy(end, data + (end - buffer), piece);
        end += piece;
        while ((r.result = rpi_parse(parser, &position, end, &v)) == RPI_PARSE_DONE) {
            rp_print(r.printed, &v);
            use(&v);
        }
    }
    fclose(r.printed);
    rpi_arena_free(&arena);
    free(buffer);
    free(parser);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run whole, pieces;

    if (size < 2)
        return 0;
    whole = parse(data + 2, size - 2, data[1] & 1, 0, SIZE_MAX);
    pieces = parse(data + 2, size - 2, data[1] & 1, data[0], 1 + data[0] % 16);
    if (whole.result != pieces.result || whole.text_size != pieces.text_size ||
        memcmp(whole.text, pieces.text, whole.text_size) != 0)
        abort();
    free(whole.text);
    free(pieces.text);
    return 0;
}
