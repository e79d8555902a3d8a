/* Named connections: several servers, each function naming the one that it needs.
 *
 *     named_connections [url of users [url of messages]] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static rp_status save_user(const char *name)
{
    rp_pipe *users = rp_autoexec(NULL, .name = "users");
    rp_hset(users, "u{1}", "name", name);
    return rp_close(users);
}

static rp_status save_message(const char *body)
{
    rp_pipe *messages = rp_autoexec(NULL, .name = "messages");
    rp_hset(messages, "m{1}", "body", body);
    return rp_close(messages);
}

/* Functions that give their connection's name work in any pipeline, whatever connection that one is for. */
static rp_future *user_name(rp_pipe *parent)
{
    rp_pipe *users = rp_autoexec(parent, .name = "users");
    return rp_return(users, rp_hget(users, "u{1}", "name"));
}

static rp_future *message_body(rp_pipe *parent)
{
    rp_pipe *messages = rp_autoexec(parent, .name = "messages");
    return rp_return(messages, rp_hget(messages, "m{1}", "body"));
}

/* One execute, one batch for each server. The servers work at the same time, without any thread. */
static rp_status read_both(void)
{
    rp_pipe *pipe = rp_pipeline(NULL); /* of the default connection, which is the users' server here */
    rp_future *keys = rp_exists(pipe, "u{1}", "m{1}");
    rp_future *name = user_name(pipe);
    rp_future *body = message_body(pipe);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("%s: %s\nkeys on the default connection: %s\n", rp_str(name), rp_str(body), rp_str(keys));
    rp_free(pipe);
    return status;
}

/* The servers one after the other, for the whole process. Slower; the results are the same. */
static rp_status read_one_by_one(void)
{
    rp_set_parallel(false);
    rp_status status = read_both();
    rp_set_parallel(true);
    return status;
}

int main(int argc, char **argv)
{
    const char *users_url = argc > 1 ? argv[1] : "redis://localhost:6379";
    const char *messages_url = argc > 2 ? argv[2] : users_url; /* two names for one server: handy until it is split */

    if (rp_connect("users", users_url) != RP_OK || rp_connect("messages", messages_url) != RP_OK ||
        rp_connect(NULL, users_url) != RP_OK || save_user("joe") != RP_OK || save_message("hi there") != RP_OK ||
        read_both() != RP_OK || read_one_by_one() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    /* A name keeps its server, so nobody redirects it by mistake. To move it, rp_disconnect first. */
    printf("%s\n", rp_status_name(rp_connect("users", "redis://elsewhere:6379")));
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
