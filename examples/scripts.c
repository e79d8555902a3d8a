/* Scripts: decisions that the server makes itself, between one command and the next, in one round trip.
 *
 *     scripts [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* Takes from the stock, and returns what is left; null, and nothing is taken, where there is not enough. */
static const char take_source[] = "local stock = tonumber(redis.call('GET', KEYS[1]) or 0)\n"
                                  "if stock < tonumber(ARGV[1]) then return nil end\n"
                                  "return redis.call('DECRBY', KEYS[1], ARGV[1])";

/* The script as an object, made once for all threads: its source crosses the network once for each connection, its
 * digest from then on. */
static rp_script *take;

/* A building block like any other. The caller does not see that it is a script. */
static rp_future *take_from_stock(rp_pipe *parent, const char *item, int64_t quantity)
{
    rp_pipe *pipe = rp_autoexec(parent);
    char key[64];

    snprintf(key, sizeof key, "stock:%s", item);
    return rp_return(pipe, rp_script_run(pipe, take, .keys = RP_LIST(key), .args = RP_LIST(quantity)));
}

static rp_status fill_stock(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_mset(pipe, "stock:teapot", 10, "stock:cup", 5);
    rp_del(pipe, "orders", "visits:mira");
    return rp_close(pipe);
}

static void print_left(const char *item, const rp_future *left)
{
    if (rp_is_null(left))
        printf("%s: not enough\n", item);
    else
        printf("%s: %s left\n", item, rp_str(left));
}

/* By itself. */
static rp_status sell_a_teapot(void)
{
    rp_future *left = take_from_stock(NULL, "teapot", 1);

    rp_status status = rp_status_of(left);
    if (status == RP_OK)
        print_left("teapot", left);
    rp_release(left);
    return status;
}

/* In a batch with others, and with other commands. */
static rp_status sell_a_tea_set(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *teapots = take_from_stock(pipe, "teapot", 1);
    rp_future *cups = take_from_stock(pipe, "cup", 6);
    rp_future *orders = rp_incr(pipe, "orders");

    rp_status status = rp_execute(pipe);
    if (status == RP_OK) {
        print_left("teapot", teapots);
        print_left("cup", cups);
        printf("orders: %s\n", rp_str(orders));
    }
    rp_free(pipe);
    return status;
}

/* Servers forget scripts: after a restart, or when told to. The next call is sent again with the source, which the
 * program does not notice. */
static rp_status make_the_server_forget(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_script_flush(pipe);
    rp_future *known = rp_script_exists(pipe, rp_script_sha1(take));

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("the server knows the script: %s\n", rp_bool(rp_at(known, 0)) ? "yes" : "no");
    rp_free(pipe);
    return status;
}

/* Functions (since Redis 7.0) are scripts that the server keeps, under a name, like its data. Load them when the
 * program is installed. This one counts visits, and says whether there were too many within the time. */
static rp_status install_functions(void)
{
    static const char library[] = "#!lua name=limits\n"
                                  "redis.register_function('visit', function(keys, args)\n"
                                  "    local visits = redis.call('INCR', keys[1])\n"
                                  "    if visits == 1 then redis.call('EXPIRE', keys[1], args[2]) end\n"
                                  "    return visits <= tonumber(args[1]) and 'welcome' or 'come back later'\n"
                                  "end)";
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_function_load(pipe, library, .replace = true);
    return rp_close(pipe);
}

/* Up to two visits a minute. */
static rp_future *visit(rp_pipe *parent, const char *visitor)
{
    rp_pipe *pipe = rp_autoexec(parent);
    char key[64];

    snprintf(key, sizeof key, "visits:%s", visitor);
    return rp_return(pipe, rp_fcall(pipe, "visit", 1, key, 2, 60)); /* one key, then what else the function gets */
}

static rp_status three_visits(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *answers[3];

    for (size_t i = 0; i < 3; i++)
        answers[i] = visit(pipe, "mira");
    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("%s, %s, %s\n", rp_str(answers[0]), rp_str(answers[1]), rp_str(answers[2]));
    rp_free(pipe);
    return status;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    take = rp_script_new(take_source);
    if (!take || rp_connect(NULL, url) != RP_OK || fill_stock() != RP_OK || sell_a_teapot() != RP_OK ||
        sell_a_tea_set() != RP_OK || make_the_server_forget() != RP_OK || sell_a_teapot() != RP_OK ||
        install_functions() != RP_OK || three_visits() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_script_free(take);
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
