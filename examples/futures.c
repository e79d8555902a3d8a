/* Futures: values that have not arrived yet. Once they have, they read like any value.
 *
 *     futures [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

#define SHOW(expression) printf("%-38s %s\n", #expression, (expression) ? "true" : "false")

/* Reading too early is an error, not a wrong answer. rp_get_int tells so by its result; rp_int returns 0 and leaves the
 * reason in rp_last_error. */
static void too_early(const rp_future *future)
{
    int64_t n = 5;

    printf("-- too early\n");
    SHOW(rp_ready(future));
    SHOW(rp_get_int(future, &n) == RP_NOT_READY);
    SHOW(n == 5);
    SHOW(rp_int(future) == 0);
    SHOW(rp_last_error()->status == RP_NOT_READY);
}

static void numbers(const rp_future *cups, const rp_future *guests)
{
    printf("-- numbers\n");
    SHOW(rp_int(cups) / rp_int(guests) == 3);
    SHOW(rp_float(cups) / 8 == 1.5);
    SHOW(rp_equal(cups, 12));
    SHOW(rp_equal(cups, "12")); /* the server does not tell numbers from their text, and nor does this */
    SHOW(rp_compare(cups, 20) < 0);
    SHOW(rp_compare(cups, guests) > 0);
    SHOW(rp_bool(cups));
}

static void lists(const rp_future *teas)
{
    printf("-- a list\n");
    for (size_t i = 0; i < rp_len(teas); i++)
        printf("%s%s", rp_str(rp_at(teas, i)), i + 1 < rp_len(teas) ? ", " : "\n");
    SHOW(rp_contains(teas, "assam"));
    SHOW(rp_at(teas, 99) == NULL);
}

static void dicts(const rp_future *pot)
{
    printf("-- a dict\n");
    for (size_t i = 0; i < rp_len(pot); i++)
        printf("%s: %s\n", rp_str(rp_key_at(pot, i)), rp_str(rp_at(pot, i)));
    SHOW(rp_equal(rp_lookup(pot, "colour"), "green"));
    SHOW(rp_lookup(pot, "lid") == NULL);

    char *json = rp_json(pot); /* of any value */
    if (json)
        printf("%s\n", json);
    free(json);
}

/* What a future is not: a variable. Ask for its kind, for null, for a number of your own to count on with. */
static void no_variables(const rp_future *cups, const rp_future *nothing)
{
    int64_t n = rp_int(cups);

    printf("-- no variables\n");
    n -= 2;
    SHOW(n == 10);
    SHOW(rp_equal(cups, 12));
    SHOW(rp_kind_of(cups) == RP_INT);
    SHOW(rp_is_null(nothing));
    SHOW(nothing == NULL); /* a null that has arrived is a value too */
}

/* For a log. */
static void print_all(const rp_future *const futures[], size_t count)
{
    printf("-- printed\n");
    for (size_t i = 0; i < count; i++) {
        rp_print(stdout, futures[i]);
        printf("\n");
    }
}

static rp_status run(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);

    rp_del(pipe, "cups", "guests", "teas");
    rp_future *cups = rp_incrby(pipe, "cups", 12);
    rp_sadd(pipe, "guests", "mira", "noor", "emil", "ida");
    rp_future *guests = rp_scard(pipe, "guests");
    rp_rpush(pipe, "teas", "assam", "sencha", "darjeeling");
    rp_future *teas = rp_lrange(pipe, "teas", 0, -1);
    rp_hset(pipe, "pot", "colour", "green", "litres", 1.5);
    rp_future *pot = rp_hgetall(pipe, "pot");
    rp_future *nothing = rp_get(pipe, "no such key");
    rp_future *own = rp_future_new(pipe); /* the program fills this one itself: see callbacks.c */

    too_early(cups);
    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        status = rp_future_set(own, "anything");
    if (status == RP_OK) {
        numbers(cups, guests);
        lists(teas);
        dicts(pot);
        no_variables(cups, nothing);
        print_all((const rp_future *const[]){cups, teas, pot, nothing, own}, 5);
    }
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || run() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
