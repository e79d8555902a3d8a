/* Which callbacks ran, in which order: each writes its name on a trail.
 *
 *     trail t = {""};
 *     trail_on_execute(&t, pipe, "a");
 *     rp_execute(pipe);
 *     assert_string_equal(t.text, "a");      // names with a blank between them */
#ifndef TESTS_TRAIL_H
#define TESTS_TRAIL_H

#include <redpipe/pipeline.h>

typedef struct trail {
    char text[200];
} trail;

/* Registers a callback that writes the name; then it returns RP_OK, or the status of the second function. The name must
 * live until it runs. */
void trail_on_execute(trail *t, rp_pipe *pipe, const char *name);
void trail_on_execute_fail(trail *t, rp_pipe *pipe, const char *name, rp_status status);

/* Writes a name, from a callback of the test's own. */
void trail_write(trail *t, const char *name);

#endif
