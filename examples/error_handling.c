/* Error handling: an execute succeeds as a whole, or it fails and says which command, where, and what may have run.
 *
 *     error_handling [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static const char *outcome_name(rp_outcome outcome)
{
    static const char *const names[] = {"queued", "not sent", "unknown", "answered"};
    return names[outcome];
}

/* The usual way: hand the status on to whoever can do something about it. */
static rp_status is_server_there(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_ping(pipe);
    return rp_close(pipe);
}

static rp_status say_done(void *arg)
{
    (void)arg;
    printf("done\n");
    return RP_OK;
}

/* The server refuses one command: the others have run all the same, but no future is filled and no callback runs. */
static void refused_by_the_server(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_set(pipe, "name", "Noor");
    rp_future *name = rp_get(pipe, "name");
    rp_future *length = rp_lpush(pipe, "name", "Mira"); /* a string is no list */
    rp_on_execute(pipe, say_done, NULL);

    rp_status status = rp_execute(pipe);
    const rp_error *error = rp_error_of(pipe); /* error->message is the same, in a line for a person */
    printf("%s: command %zu, %s\n", rp_status_name(status), error->index, error->code ? error->code : "no code");
    printf("name: %s, %s\n", outcome_name(rp_outcome_of(name)), rp_status_name(rp_status_of(name)));
    printf("length: %s, %s\n", outcome_name(rp_outcome_of(length)), rp_status_name(rp_status_of(length)));
    rp_free(pipe);
}

/* With .collect each command keeps its own result, and an error is a result. */
static void each_its_own(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .collect = true);
    rp_future *name = rp_get(pipe, "name");
    rp_future *length = rp_lpush(pipe, "name", "Mira");
    rp_on_execute(pipe, say_done, NULL);

    printf("%s\n", rp_status_name(rp_execute(pipe)));
    printf("name: %s\n", rp_str(name));
    if (rp_kind_of(length) == RP_ERROR)
        printf("length: %s\n", rp_str(length));
    rp_free(pipe);
}

/* A mistake while queueing needs no check on the spot: it sticks, and the execute reports it and sends nothing. */
static void mistakes_stick(void)
{
    const char *key = NULL;
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *before = rp_set(pipe, "name", "Mira");
    rp_get(pipe, key);

    rp_status status = rp_execute(pipe);
    printf("%s: command %zu\n", rp_status_name(status), rp_error_of(pipe)->index);
    printf("before: %s\n", outcome_name(rp_outcome_of(before)));

    rp_future *name = rp_get(pipe, "name"); /* a failed execute leaves the pipeline empty, and as good as new */
    if (rp_execute(pipe) == RP_OK)
        printf("name: %s\n", rp_str(name));
    rp_free(pipe);
}

/* Nobody is there. What was not sent has not run: it is safe to do it again, on any pipeline. What is "unknown" may
 * have run, so write such commands in a way that a second run does no harm (SET, not INCR). */
static void nobody_there(const char *url)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "away");
    rp_future *greeting = rp_set(pipe, "greeting", "hello");

    rp_status status = rp_connect("away", "redis://127.0.0.1:1");
    if (status == RP_OK) /* a binding, so far; nothing was opened */
        status = rp_execute(pipe);
    const rp_error *error = rp_error_of(pipe);
    printf("%s on %s; it may help to try again: %s\n", rp_status_name(status), error->connection,
           error->retry ? "yes" : "no");
    rp_print(stdout, rp_command_of(greeting));
    printf(": %s\n", outcome_name(rp_outcome_of(greeting)));

    rp_disconnect("away"); /* the server has moved */
    if (rp_outcome_of(greeting) == RP_NOT_SENT && rp_connect("away", url) == RP_OK) {
        rp_future *again = rp_queue_again(pipe, greeting);
        if (rp_execute(pipe) == RP_OK)
            printf("again: %s\n", rp_str(again));
    }
    rp_free(pipe);
}

/* Errors of the library's own: a future that is read too early, a connection that nobody set up. */
static void mistakes_of_the_program(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "typo");
    rp_future *count = rp_incr(pipe, "count");
    int64_t n;

    printf("%s\n", rp_status_name(rp_get_int(count, &n)));
    printf("%s\n", rp_status_name(rp_execute(pipe)));
    rp_free(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || is_server_there() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    printf("-- refused by the server\n");
    refused_by_the_server();
    printf("-- each command its own result\n");
    each_its_own();
    printf("-- a mistake while queueing\n");
    mistakes_stick();
    printf("-- nobody there\n");
    nobody_there(url);
    printf("-- mistakes of the program\n");
    mistakes_of_the_program();
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
