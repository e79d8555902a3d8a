/* Cancelling: one thread waits for work without a deadline, another ends the wait.
 *
 *     cancelling [url]
 *
 * The server ends a blocking command when it is asked so on another connection: CLIENT UNBLOCK, with the id of the one
 * that waits. With .pool_size = 1 there is a single connection behind a name, so its id is that of the next execute
 * too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

typedef struct worker {
    int64_t id; /* of its connection */
    atomic_bool cancelled, ended;
    rp_status status;
} worker;

static rp_status learn_id(worker *w)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "work");
    rp_future *id = rp_client_id(pipe);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        w->id = rp_int(id);
    rp_free(pipe);
    return status;
}

/* Waits for ever, which an execute may only without a deadline. Where the wait is ended there is no item: null. */
static rp_status take_one(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "work", .timeout_ms = -1);
    rp_future *item = rp_blmove(pipe, "to do", "taken", "LEFT", "RIGHT", 0);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK && !rp_is_null(item))
        printf("works on: %s\n", rp_str(item));
    rp_free(pipe);
    return status;
}

static void *work(void *arg)
{
    worker *w = arg;

    while (w->status == RP_OK && !w->cancelled)
        w->status = take_one();
    printf("the work is %s\n", w->status == RP_OK ? "cancelled" : rp_last_error()->message);
    w->ended = true;
    return NULL;
}

/* Asks again until the worker has ended: it may just be on its way into another wait. */
static rp_status cancel(worker *w)
{
    rp_status status = RP_OK;

    w->cancelled = true;
    while (status == RP_OK && !w->ended) {
        rp_pipe *pipe = rp_autoexec(NULL);
        rp_client_unblock(pipe, w->id);
        status = rp_close(pipe);
    }
    return status;
}

static rp_status hand_out_work(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_del(pipe, "to do", "taken", "seen");
    rp_rpush(pipe, "to do", "wash the cups");
    rp_blmove(pipe, "taken", "seen", "LEFT", "RIGHT", 10); /* seconds; comes back when the worker has it */
    return rp_close(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";
    worker w = {.status = RP_OK};
    pthread_t thread;

    if (rp_connect(NULL, url) != RP_OK || rp_connect("work", url, .pool_size = 1) != RP_OK || learn_id(&w) != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    if (pthread_create(&thread, NULL, work, &w) != 0)
        return EXIT_FAILURE;
    rp_status status = hand_out_work();
    if (status == RP_OK)
        status = cancel(&w);
    if (status != RP_OK) { /* the process ends, and the thread with it */
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    pthread_join(thread, NULL);
    rp_disconnect_all();
    return w.status == RP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
