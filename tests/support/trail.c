/* Notes. A mark lies in the pipeline's memory: it lives as long as the callback may run. */
#include "trail.h"

#include <string.h>

#include "kit.h"

typedef struct mark {
    trail *t;
    const char *name;
    rp_status status;
} mark;

void trail_write(trail *t, const char *name)
{
    size_t used = strlen(t->text), len = strlen(name);
    if (used + len + 2 > sizeof t->text)
        return;
    if (used)
        t->text[used++] = ' ';
    memcpy(t->text + used, name, len + 1);
}

static rp_status write_mark(void *arg)
{
    const mark *m = arg;
    trail_write(m->t, m->name);
    return m->status;
}

void trail_on_execute_fail(trail *t, rp_pipe *pipe, const char *name, rp_status status)
{
    mark *m = rp_alloc(pipe, sizeof *m);
    assert_non_null(m);
    *m = (mark){t, name, status};
    assert_int_equal(rp_on_execute(pipe, write_mark, m), RP_OK);
}

void trail_on_execute(trail *t, rp_pipe *pipe, const char *name)
{
    trail_on_execute_fail(t, pipe, name, RP_OK);
}
