/* Named connections: several servers, each function naming the one that it needs.
 *
 *     named_connections [url of guests [url of letters]] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static rp_status save_guest(const char *name)
{
    rp_pipe *guests = rp_autoexec(NULL, .name = "guests");
    rp_hset(guests, "guest:7", "name", name, "tea", "sencha");
    return rp_close(guests);
}

static rp_status save_letter(const char *text)
{
    rp_pipe *letters = rp_autoexec(NULL, .name = "letters");
    rp_set(letters, "letter:7", text);
    return rp_close(letters);
}

/* Functions that give their connection's name work in any pipeline, whatever connection that one is for. */
static rp_future *guest_name(rp_pipe *parent)
{
    rp_pipe *guests = rp_autoexec(parent, .name = "guests");
    return rp_return(guests, rp_hget(guests, "guest:7", "name"));
}

static rp_future *letter_text(rp_pipe *parent)
{
    rp_pipe *letters = rp_autoexec(parent, .name = "letters");
    return rp_return(letters, rp_get(letters, "letter:7"));
}

/* One execute, one batch for each server. The servers work at the same time, without any thread. */
static rp_status read_both(void)
{
    rp_pipe *pipe = rp_pipeline(NULL); /* of the default connection, which is the guests' server here */
    rp_future *keys = rp_exists(pipe, "guest:7", "letter:7");
    rp_future *name = guest_name(pipe);
    rp_future *text = letter_text(pipe);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("to %s: %s\nkeys on the default connection: %s\n", rp_str(name), rp_str(text), rp_str(keys));
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
    const char *guests_url = argc > 1 ? argv[1] : "redis://localhost:6379";
    const char *letters_url = argc > 2 ? argv[2] : guests_url; /* two names for one server: handy until it is split */

    if (rp_connect("guests", guests_url) != RP_OK || rp_connect("letters", letters_url) != RP_OK ||
        rp_connect(NULL, guests_url) != RP_OK || save_guest("Mira") != RP_OK ||
        save_letter("your teapot has arrived") != RP_OK || read_both() != RP_OK || read_one_by_one() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    /* A name keeps its server, so nobody redirects it by mistake. To move it, rp_disconnect first. */
    printf("%s\n", rp_status_name(rp_connect("guests", "redis://elsewhere:6379")));
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
