/* Rationale: many commands in one round trip, also when they come from many functions.
 *
 *     rationale [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* Fifty commands: one round trip instead of fifty. */
static rp_status fifty_counters(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *counts[50];
    char key[16];

    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "foo%d", i);
        counts[i] = rp_incr(pipe, key); /* queued; the key is copied */
    }
    rp_status status = rp_execute(pipe); /* the one round trip happens here */
    if (status == RP_OK)
        printf("foo0: %s, foo49: %s\n", rp_str(counts[0]), rp_str(counts[49]));
    rp_free(pipe); /* the futures go with it */
    return status;
}

/* Different commands: each result has a name of its own, so no position in a list of results can be mixed up. */
static rp_status different_commands(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *key1 = rp_incr(pipe, "key1");
    rp_future *expires1 = rp_expire(pipe, "key1", 60);
    rp_future *key2 = rp_incrby(pipe, "key2", 3);
    rp_future *expires2 = rp_expire(pipe, "key2", 60);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("key1: %s (%s), key2: %s (%s)\n", rp_str(key1), rp_str(expires1), rp_str(key2), rp_str(expires2));
    rp_free(pipe);
    return status;
}

/* A building block. It always sends both commands together: by itself where parent is NULL, else with all that the
 * parent sends. The result is a future: the function returns it before there is anything in it. */
static rp_future *increment_and_expire(rp_pipe *parent, const char *key, int64_t num, int64_t seconds)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *count = rp_incrby(pipe, key, num);
    rp_expire(pipe, key, seconds);
    return rp_return(pipe, count);
}

/* Two calls in one pipeline: four commands, one round trip. */
static rp_status together(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *key1 = increment_and_expire(pipe, "key1", 1, 60);
    rp_future *key2 = increment_and_expire(pipe, "key2", 1, 60);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("key1: %s, key2: %s\n", rp_str(key1), rp_str(key2));
    rp_free(pipe);
    return status;
}

/* The same function without a pipeline: it returns when the result is there, and the result is the caller's. */
static rp_status alone(void)
{
    rp_future *key3 = increment_and_expire(NULL, "key3", 1, 60);

    rp_status status = rp_status_of(key3);
    if (status == RP_OK)
        printf("key3: %s\n", rp_str(key3));
    rp_release(key3);
    return status;
}

/* A hundred calls: 200 commands, still one round trip. */
static rp_status a_hundred(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *results[100];
    char key[16];

    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "key%d", i);
        results[i] = increment_and_expire(pipe, key, 1, 60);
    }
    rp_status status = rp_execute(pipe);
    for (int i = 0; status == RP_OK && i < 100; i++)
        printf("%s%s", rp_str(results[i]), i < 99 ? " " : "\n");
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || fifty_counters() != RP_OK || different_commands() != RP_OK ||
        together() != RP_OK || alone() != RP_OK || a_hundred() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
