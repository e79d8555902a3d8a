/* Nested pipelines: functions that call functions, and still one round trip.
 *
 *     nested_pipelines [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* Sells seats of a hall. Whatever parent is (a root, a nested pipeline, NULL), the function is the same. */
static rp_future *sell(rp_pipe *parent, const char *hall, int64_t seats)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *left = rp_command(pipe, "HINCRBY", "free", hall, -seats); /* as rp_hincrby; any command goes so */
    rp_rpush(pipe, "sold", hall, seats);
    return rp_return(pipe, left);
}

/* A function made of another: both evenings of a guest, two levels below the root. */
static rp_status sell_both_evenings(rp_pipe *parent, int64_t seats, rp_future *left[2])
{
    rp_pipe *pipe = rp_autoexec(parent);
    left[0] = sell(pipe, "friday", seats);
    left[1] = sell(pipe, "saturday", seats);
    return rp_close(pipe);
}

/* A nested pipeline that is freed takes what was handed to it along: nothing of this is sent. */
static void hesitate(rp_pipe *parent)
{
    rp_pipe *pipe = rp_autoexec(parent);
    sell(pipe, "saturday", 30);
    rp_free(pipe);
}

static rp_status open_the_box_office(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_del(pipe, "free", "sold");
    rp_hset(pipe, "free", "friday", 80, "saturday", 40);
    return rp_close(pipe);
}

static rp_status one_guest(void)
{
    rp_future *left = sell(NULL, "friday", 1);

    rp_status status = rp_status_of(left);
    if (status == RP_OK)
        printf("friday: %s left\n", rp_str(left));
    rp_release(left);
    return status;
}

static rp_status a_family(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *left[2];

    rp_status status = sell_both_evenings(pipe, 5, left);
    hesitate(pipe);
    rp_future *sold = rp_lrange(pipe, "sold", 0, -1);
    printf("before: %s\n", rp_ready(left[0]) ? "here" : "not yet"); /* the functions sent nothing */

    if (status == RP_OK)
        status = rp_execute(pipe); /* the commands of all levels, in the order of the calls */
    if (status == RP_OK) {
        printf("friday: %s left, saturday: %s left\n", rp_str(left[0]), rp_str(left[1]));
        rp_print(stdout, sold);
        printf("\n");
    }
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || open_the_box_office() != RP_OK || one_guest() != RP_OK ||
        a_family() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
