/* Getting started: connect once, queue, execute, read; then put it into a function that others can use.
 *
 *     cc getting_started.c $(pkg-config --cflags --libs redpipe)
 *     ./a.out [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static rp_status use_a_pipeline(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);

    rp_del(pipe, "foo", "bar"); /* nobody needs this one's result */
    rp_future *foo = rp_incr(pipe, "foo");
    rp_future *bar = rp_incr(pipe, "bar");
    rp_del(pipe, "foo");
    rp_status status = rp_execute(pipe); /* sends all four, waits, fills the futures */
    if (status == RP_OK)
        printf("[%s, %s]\n", rp_str(foo), rp_str(bar));
    rp_free(pipe);
    return status;
}

/* A reusable function: it takes a pipeline, or NULL, and returns its result before that has arrived. */
static rp_future *get_foo(rp_pipe *parent)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_setnx(pipe, "foo", "bar");
    rp_future *foo = rp_get(pipe, "foo");
    return rp_return(pipe, foo);
}

/* By itself: SETNX foo bar, GET foo. */
static rp_status call_it_alone(void)
{
    rp_future *foo = get_foo(NULL);

    rp_status status = rp_status_of(foo);
    if (status == RP_OK)
        printf("foo: %s\n", rp_str(foo));
    rp_release(foo); /* without a pipeline, the future is ours */
    return status;
}

/* With something else, in one round trip: SETNX foo bar, GET foo, GET bar. */
static rp_status call_it_in_a_pipeline(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *foo = get_foo(pipe);
    rp_future *bar = rp_get(pipe, "bar");

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("foo: %s, bar: %s\n", rp_str(foo), rp_str(bar));
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    /* Once, when the program starts. NULL names the default connection; it is opened when it is first needed. */
    if (rp_connect(NULL, url) != RP_OK || use_a_pipeline() != RP_OK || call_it_alone() != RP_OK ||
        call_it_in_a_pipeline() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
