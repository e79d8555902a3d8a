/* Automatic pipeline execution: a pipeline that executes when its block ends.
 *
 *     autoexec [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* rp_close ends the block. With autoexec it executes first; a block that needs no result is complete with it. */
static rp_status begin_the_day(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .autoexec = true);
    rp_set(pipe, "cups", 0);
    return rp_close(pipe);
}

/* rp_autoexec is the same in short; rp_return is rp_close for a block that has a result. */
static rp_future *serve(rp_pipe *parent, int64_t cups)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *served = rp_incrby(pipe, "cups", cups);
    return rp_return(pipe, served);
}

static rp_status serve_a_table(int64_t cups)
{
    rp_future *served = serve(NULL, cups);

    rp_status status = rp_status_of(served);
    if (status == RP_OK)
        printf("cups: %s\n", rp_str(served));
    rp_release(served);
    return status;
}

/* rp_free ends a block without executing, autoexec or not: the way out where something went wrong in the middle. */
static void send_back(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_set(pipe, "cups", -1);
    rp_free(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || begin_the_day() != RP_OK || serve_a_table(2) != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    send_back();
    if (serve_a_table(3) != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
