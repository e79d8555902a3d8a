/* Automatic pipeline execution: a pipeline that executes when its block ends.
 *
 *     autoexec [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* rp_close ends the block. With autoexec it executes first; a block that needs no result is complete with it. */
static rp_status start_at_zero(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .autoexec = true);
    rp_set(pipe, "foo", 0);
    return rp_close(pipe);
}

/* rp_autoexec is the same in short; rp_return is rp_close for a block that has a result. */
static rp_future *count_foo(rp_pipe *parent)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *foo_count = rp_incr(pipe, "foo");
    return rp_return(pipe, foo_count);
}

static rp_status print_count(void)
{
    rp_future *foo_count = count_foo(NULL);

    rp_status status = rp_status_of(foo_count);
    if (status == RP_OK)
        printf("foo: %s\n", rp_str(foo_count));
    rp_release(foo_count);
    return status;
}

/* rp_free forgets what was queued, with autoexec too: the way out where something went wrong in the middle of a block.
 * Without autoexec, and without rp_execute, rp_close forgets it as well, but says so. Neither SET reaches the server. */
static rp_status forget(void)
{
    rp_pipe *given_up = rp_autoexec(NULL);
    rp_set(given_up, "foo", 1000);
    rp_free(given_up);

    rp_pipe *pipe = rp_pipeline(NULL);
    rp_set(pipe, "foo", 2000);
    return rp_close(pipe) == RP_INVALID_OPERATION ? RP_OK : RP_INVALID_VALUE;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || start_at_zero() != RP_OK || print_count() != RP_OK || forget() != RP_OK ||
        print_count() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
