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

    rp_del(pipe, "ticket", "waiting", "visits"); /* nobody needs this one's result */
    rp_future *ticket = rp_incr(pipe, "ticket");
    rp_future *next = rp_incrby(pipe, "ticket", 1);
    rp_status status = rp_execute(pipe); /* sends all three, waits, fills the futures */
    if (status == RP_OK)
        printf("tickets %s and %s\n", rp_str(ticket), rp_str(next));
    rp_free(pipe);
    return status;
}

/* A function for every use: it takes a pipeline, or NULL. Its result, the place in the queue, may arrive later. */
static rp_future *line_up(rp_pipe *parent, const char *guest)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *place = rp_rpush(pipe, "waiting", guest);
    rp_hincrby(pipe, "visits", guest, 1);
    return rp_return(pipe, place);
}

/* By itself: RPUSH and HINCRBY. */
static rp_status one_guest(void)
{
    rp_future *place = line_up(NULL, "noor");

    rp_status status = rp_status_of(place);
    if (status == RP_OK)
        printf("noor: place %s\n", rp_str(place));
    rp_release(place); /* without a pipeline, the future is ours */
    return status;
}

/* With something else: five commands, one round trip. */
static rp_status more_guests(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *mira = line_up(pipe, "mira");
    rp_future *emil = line_up(pipe, "emil");
    rp_future *first = rp_lpop(pipe, "waiting");

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("mira: place %s, emil: place %s, now: %s\n", rp_str(mira), rp_str(emil), rp_str(first));
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    /* Once, when the program starts. NULL names the default connection; it is opened when it is first needed. */
    if (rp_connect(NULL, url) != RP_OK || use_a_pipeline() != RP_OK || one_guest() != RP_OK || more_guests() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
