/* Callbacks: what a function does with its results once they are there.
 *
 *     callbacks [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* What the callback needs. rp_alloc gives memory that lives as long as the futures, so there is nothing to free. */
typedef struct sum {
    rp_future *total;
    size_t count;
    rp_future *parts[];
} sum;

static rp_status add_up(void *arg)
{
    sum *s = arg;
    int64_t total = 0;

    for (size_t i = 0; i < s->count; i++)
        total += rp_int(s->parts[i]);
    return rp_future_set(s->total, total);
}

/* Increments the keys from key<first> to key<last - 1>. The future: the sum of their values. */
static rp_future *incr_sum(rp_pipe *parent, size_t first, size_t last)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *total = rp_future_new(pipe);
    sum *s = rp_alloc(pipe, sizeof *s + (last - first) * sizeof(rp_future *));

    if (s) { /* else there is no memory, which the execute reports */
        char key[32];
        s->total = total;
        for (size_t i = first; i < last; i++) {
            snprintf(key, sizeof key, "key%zu", i);
            s->parts[s->count++] = rp_incr(pipe, key);
        }
        rp_on_execute(pipe, add_up, s);
    }
    return rp_return(pipe, total);
}

/* Once, so no need for a pipeline. */
static rp_status once(void)
{
    rp_future *total = incr_sum(NULL, 0, 100);

    rp_status status = rp_status_of(total);
    if (status == RP_OK)
        printf("sum: %s\n", rp_str(total));
    rp_release(total);
    return status;
}

/* Twice, in one round trip. Each callback climbs to the root with its commands, and runs when all replies are in. */
static rp_status twice(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *first = incr_sum(pipe, 0, 100);
    rp_future *second = incr_sum(pipe, 100, 200);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("first: %s, second: %s\n", rp_str(first), rp_str(second));
    rp_free(pipe);
    return status;
}

/* -- how not to do it -------------------------------------------------------------------------------------------- */

typedef struct decision {
    const char *key;
    int64_t threshold;
    rp_future *value, *result;
} decision;

/* Bad programmer, no cookie: a callback may use another pipeline, but that is a second round trip, and nobody can put
 * it into one with anything else. Its own pipeline is executing and takes no more commands. */
static rp_status incr_after_all(void *arg)
{
    decision *d = arg;

    if (rp_compare(d->value, d->threshold) <= 0)
        return rp_future_set(d->result, rp_int(d->value));
    rp_pipe *another = rp_pipeline(NULL);
    rp_future *incremented = rp_incr(another, d->key);
    rp_status status = rp_execute(another);
    if (status == RP_OK)
        status = rp_future_set(d->result, incremented);
    rp_free(another);
    return status;
}

/* Increments the key if its value is greater than the threshold. The key must live until the execute. */
static rp_future *incr_if_gt(rp_pipe *parent, const char *key, int64_t threshold)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *result = rp_future_new(pipe);
    decision *d = rp_alloc(pipe, sizeof *d);

    if (d) {
        *d = (decision){.key = key, .threshold = threshold, .value = rp_get(pipe, key), .result = result};
        rp_on_execute(pipe, incr_after_all, d);
    }
    return rp_return(pipe, result);
}

/* One round trip: the server decides. */
static rp_future *incr_if_gt_on_the_server(rp_pipe *parent, const char *key, int64_t threshold)
{
    static const char script[] = "local n = tonumber(redis.call('GET', KEYS[1]) or 0)\n"
                                 "return n > tonumber(ARGV[1]) and redis.call('INCR', KEYS[1]) or n";
    rp_pipe *pipe = rp_autoexec(parent);
    return rp_return(pipe, rp_eval(pipe, script, 1, key, threshold));
}

static rp_status decide(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *below = incr_if_gt(pipe, "key0", 10);
    rp_future *above = incr_if_gt(pipe, "key1", 1);
    rp_future *better = incr_if_gt_on_the_server(pipe, "key2", 1);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("key0: %s, key1: %s, key2: %s\n", rp_str(below), rp_str(above), rp_str(better));
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || once() != RP_OK || twice() != RP_OK || decide() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
