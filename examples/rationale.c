/* Rationale: many commands in one round trip, also when they come from many functions.
 *
 *     rationale [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

enum { SHELVES = 40, PAGES = 30 };

/* Forty commands: one round trip instead of forty. */
static rp_status count_stock(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *jars[SHELVES];
    int64_t total = 0;
    char key[16];

    for (int i = 0; i < SHELVES; i++) {
        snprintf(key, sizeof key, "shelf:%d", i);
        jars[i] = rp_incrby(pipe, key, i); /* queued; the key is copied */
    }
    rp_status status = rp_execute(pipe); /* sends all, and waits for all answers */
    for (int i = 0; status == RP_OK && i < SHELVES; i++)
        total += rp_int(jars[i]);
    if (status == RP_OK)
        printf("%d jars on %d shelves\n", (int)total, SHELVES);
    rp_free(pipe); /* the futures go with it */
    return status;
}

/* Different commands: each result has a name of its own, so that nothing depends on its place among the answers. */
static rp_status open_the_shop(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *day = rp_incr(pipe, "days");
    rp_future *guests = rp_sadd(pipe, "guests", "mira", "noor");
    rp_future *length = rp_append(pipe, "diary", "open. ");
    rp_future *first = rp_srandmember(pipe, "guests");

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("day %s: %s new guests, a diary of %s letters, %s\n", rp_str(day), rp_str(guests), rp_str(length),
               rp_is_null(first) ? "nobody there" : "somebody there");
    rp_free(pipe);
    return status;
}

/* A building block: counts a view of a page, and keeps the ranking of all pages. Both commands always travel together:
 * by themselves where parent is NULL, else with all that the parent sends. What it returns is a future, which has no
 * value yet when the function is part of something larger. */
static rp_future *count_view(rp_pipe *parent, const char *page)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *views = rp_incr(pipe, page);
    rp_zincrby(pipe, "ranking", 1, page);
    return rp_return(pipe, views);
}

/* Two calls in one pipeline, and one command more. */
static rp_status with_others(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *teas = count_view(pipe, "/teas");
    rp_future *cups = count_view(pipe, "/cups");
    rp_future *pages = rp_zcard(pipe, "ranking");

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("/teas: %s, /cups: %s, pages: %s\n", rp_str(teas), rp_str(cups), rp_str(pages));
    rp_free(pipe);
    return status;
}

/* The same function without a pipeline: it returns when the result is there, and the result is the caller's. */
static rp_status by_itself(void)
{
    rp_future *teas = count_view(NULL, "/teas");

    rp_status status = rp_status_of(teas);
    if (status == RP_OK)
        printf("/teas: %s\n", rp_str(teas));
    rp_release(teas);
    return status;
}

/* In a loop: sixty commands, and still one round trip. */
static rp_status in_a_loop(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *views[PAGES];
    char page[16];

    for (int i = 0; i < PAGES; i++) {
        snprintf(page, sizeof page, "/tea/%d", i % 7);
        views[i] = count_view(pipe, page);
    }
    rp_status status = rp_execute(pipe);
    for (int i = 0; status == RP_OK && i < PAGES; i++)
        printf("%s%s", rp_str(views[i]), i < PAGES - 1 ? " " : "\n");
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || count_stock() != RP_OK || open_the_shop() != RP_OK ||
        with_others() != RP_OK || by_itself() != RP_OK || in_a_loop() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
