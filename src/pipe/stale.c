/* The same name may lead to another server, or to one in another state, while a connection stays open: a token runs
 * out, a proxy restarts and forgets who logged in, a master becomes a replica and its address moves on. The server then
 * answers each command with an error, for as long as the connection is used. So such an answer ends the connection
 * after its execute; where the others of the pool are as old, it ends them too, or the next execute would take one of
 * them.
 *
 * Scripts may return errors that begin the same. Those cost connections, and nothing else: nothing is sent
 * again here. */
#include "pipe/stale.h"

#include <string.h>

static const struct {
    const char *code;
    bool all; /* the other connections of the name are suspect as well */
} codes[] = {
    {"NOAUTH", true}, {"READONLY", true}, {"MASTERDOWN", true}, {"LOADING", false}, /* those that come later find out */
};

void rpi_lane_note_error(rpi_lane *lane, const rp_value *error)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t len = strlen(codes[i].code);

        if (error->len < len || memcmp(error->text, codes[i].code, len) != 0)
            continue;
        if (error->len > len && error->text[len] != ' ')
            continue;
        lane->spent = true;
        lane->suspect = lane->suspect || codes[i].all;
    }
}
