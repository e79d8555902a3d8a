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

static void numbers(const rp_future *future)
{
    printf("-- a number\n");
    SHOW(rp_equal(future, 1));
    SHOW(rp_equal(future, 2));
    SHOW(rp_compare(future, 0) > 0);
    SHOW(rp_compare(future, 2) < 0);
    SHOW(rp_compare(future, 1) >= 0);
    SHOW(rp_compare(future, 1) <= 0);
    SHOW(rp_bool(future));
    SHOW(rp_float(future) == 1.0);
    SHOW(rp_int(future) + 1 == 2);
    SHOW(rp_int(future) * 2 == 2);
    SHOW((rp_int(future) ^ 1) == 0);
}

static void lists(const rp_future *future)
{
    int64_t sum = 0;

    printf("-- a list\n");
    for (size_t i = 0; i < rp_len(future); i++)
        sum += rp_int(rp_at(future, i));
    SHOW(rp_len(future) == 3);
    SHOW(sum == 6);
    SHOW(rp_contains(future, 2));
}

static void dicts(const rp_future *future)
{
    printf("-- a dict\n");
    for (size_t i = 0; i < rp_len(future); i++)
        printf("%s: %s\n", rp_str(rp_key_at(future, i)), rp_str(rp_at(future, i)));
    SHOW(rp_equal(rp_lookup(future, "a"), 1));
    SHOW(rp_lookup(future, "z") == NULL);

    char *json = rp_json(future); /* of any value */
    if (json)
        printf("%s\n", json);
    free(json);
}

/* What a future is not: a variable. Ask for its kind, for null, for a number of your own to count on with. */
static void gotchas(const rp_future *one, const rp_future *nothing)
{
    int64_t n = rp_int(one);

    printf("-- gotchas\n");
    n += 1;
    SHOW(n == 2);
    SHOW(rp_equal(one, 1));
    SHOW(rp_kind_of(one) == RP_INT);
    SHOW(rp_is_null(nothing));
    SHOW(nothing == NULL); /* a null that has arrived is a value too */
}

/* What Python would show, for a log. */
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

    rp_del(pipe, "one", "list");
    rp_future *one = rp_incr(pipe, "one");
    rp_lpush(pipe, "list", 3, 2, 1);
    rp_future *list = rp_lrange(pipe, "list", 0, -1);
    rp_hset(pipe, "dict", "a", 1, "b", "two");
    rp_future *dict = rp_hgetall(pipe, "dict");
    rp_future *nothing = rp_get(pipe, "no such key");
    rp_future *own = rp_future_new(pipe); /* the program fills this one itself: see callbacks.c */

    too_early(one);
    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        status = rp_future_set(own, "anything");
    if (status == RP_OK) {
        numbers(one);
        lists(list);
        dicts(dict);
        gotchas(one, nothing);
        print_all((const rp_future *const[]){one, list, dict, nothing, own}, 5);
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
