/* Nested pipelines: functions that call functions, and still one round trip.
 *
 *     nested_pipelines [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* Takes a beer from the fridge. Whatever parent is (a root, a nested pipeline, NULL), the function is the same. */
static rp_future *get_beer_from_fridge(rp_pipe *parent, const char *beer_id, int64_t quantity)
{
    rp_pipe *pipe = rp_autoexec(parent);
    char key[64];

    snprintf(key, sizeof key, "B{%s}", beer_id);
    rp_command(pipe, "HINCRBY", key, "consumed", quantity); /* any command that has no function of its own */
    rp_future *beer = rp_hgetall(pipe, key);
    return rp_return(pipe, beer);
}

/* One in each hand: a function made of another, two levels below the root. */
static void one_in_each_hand(rp_pipe *parent, const char *beer_id, rp_future *hands[2])
{
    rp_pipe *pipe = rp_autoexec(parent);
    hands[0] = get_beer_from_fridge(pipe, beer_id, 1);
    hands[1] = get_beer_from_fridge(pipe, beer_id, 1);
    rp_close(pipe);
}

/* A nested pipeline that is freed takes what was handed to it along: nothing of this is sent. */
static void change_your_mind(rp_pipe *parent)
{
    rp_pipe *pipe = rp_autoexec(parent);
    get_beer_from_fridge(pipe, "guinness", 24);
    rp_free(pipe);
}

static rp_status fill_fridge(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_del(pipe, "B{schlitz}", "B{guinness}");
    rp_hset(pipe, "B{schlitz}", "beer_name", "Schlitz");
    rp_hset(pipe, "B{guinness}", "beer_name", "Guinness");
    return rp_close(pipe);
}

static rp_status one_at_a_time(void)
{
    rp_future *drink = get_beer_from_fridge(NULL, "schlitz", 1);

    rp_status status = rp_status_of(drink);
    if (status == RP_OK) {
        rp_print(stdout, drink);
        printf("\n");
    }
    rp_release(drink);
    return status;
}

static rp_status party(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *drinks[4];

    drinks[0] = get_beer_from_fridge(pipe, "schlitz", 1);
    one_in_each_hand(pipe, "schlitz", &drinks[1]);
    drinks[3] = get_beer_from_fridge(pipe, "guinness", 6);
    change_your_mind(pipe);
    printf("before: %s\n", rp_ready(drinks[0]) ? "here" : "not yet"); /* the functions sent nothing */

    rp_status status = rp_execute(pipe); /* the commands of all levels, in the order of the calls */
    for (size_t i = 0; status == RP_OK && i < 4; i++) {
        rp_print(stdout, drinks[i]);
        printf("\n");
    }
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || fill_fridge() != RP_OK || one_at_a_time() != RP_OK || party() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
