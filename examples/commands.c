/* Commands: each is a function with the server's name, its arguments in the server's order, its options by name.
 *
 *     commands [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* Options. Several workers could write tonight's report, and one of them should: the first that gets this lock. */
static rp_status write_report_once(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_del(pipe, "lock:report");
    rp_future *first = rp_set(pipe, "lock:report", "worker 1", .nx = true, .ex = 60);
    rp_future *second = rp_set(pipe, "lock:report", "worker 2", .nx = true, .ex = 60);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("worker 1 %s, worker 2 %s\n", rp_is_null(first) ? "waits" : "writes",
               rp_is_null(second) ? "waits" : "writes");
    rp_free(pipe);
    return status;
}

/* Repeated arguments: as many as there are; from an array; and as a list, where other arguments stand around them. */
static rp_status count_sales(void)
{
    static const int free_tables[] = {2, 5, 7};
    rp_arg tables[3];
    rp_pipe *pipe = rp_pipeline(NULL);

    rp_del(pipe, "tea:assam", "tables", "sold:week1", "sold:week2");
    rp_hset(pipe, "tea:assam", "origin", "India", "price", 3.5, "stock", 40);
    for (size_t i = 0; i < 3; i++)
        tables[i] = RP_ARG(free_tables[i]);
    rp_sadd_with(pipe, RP_ARG("tables"), 3, tables); /* under each rp_x there is a function rp_x_with */
    rp_zadd(pipe, "sold:week1", 12.5, "assam");      /* one member; kilograms */
    rp_zadd_array(pipe, "sold:week2", RP_LIST(20, "assam", 31.25, "sencha"));
    rp_future *trend =
        rp_zunion(pipe, RP_LIST("sold:week1", "sold:week2"), .weights = RP_LIST(1, 2), .withscores = true);

    rp_status status = rp_execute(pipe);
    for (size_t i = 0; status == RP_OK && i < rp_len(trend); i++)
        printf("%s: %g\n", rp_str(rp_at(rp_at(trend, i), 0)), rp_float(rp_at(rp_at(trend, i), 1)));
    rp_free(pipe);
    return status;
}

/* What a command returns is of one kind, whether the server speaks RESP2, which has only lists, or RESP3. */
static rp_status print_shop(const char *connection)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = connection);
    rp_future *answers[] = {
        rp_hgetall(pipe, "tea:assam"),                            /* a dict */
        rp_smembers(pipe, "tables"),                              /* a set */
        rp_sismember(pipe, "tables", 5),                          /* a bool */
        rp_zrange(pipe, "sold:week2", 0, -1, .withscores = true), /* a list of pairs */
        rp_zscore(pipe, "sold:week2", "sencha"),                  /* a float */
    };

    rp_status status = rp_execute(pipe);
    for (size_t i = 0; status == RP_OK && i < sizeof answers / sizeof *answers; i++) {
        rp_print(stdout, answers[i]);
        printf("\n");
    }
    rp_free(pipe);
    return status;
}

/* By name: commands of modules, those that are newer than the library, those that a user types. Where the library knows
 * the command after all, what arrives is of the same kind. */
static rp_status by_name(void)
{
    const rp_arg typed[] = {RP_ARG("object"), RP_ARG("encoding"), RP_ARG("tables")};
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *stock = rp_command(pipe, "HINCRBY", "tea:assam", "stock", -2);
    rp_future *is_free = rp_command(pipe, "sismember", "tables", 6);
    rp_future *encoding = rp_command_args(pipe, 3, typed);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("stock: %s, table 6: %s, tables: %s\n", rp_str(stock), rp_bool(is_free) ? "free" : "taken",
               rp_str(encoding));
    rp_free(pipe);
    return status;
}

/* Waits for an order, urgent ones first. The time that a command may block is added to the execute's own, .timeout_ms,
 * which so remains what the server and the network may take. */
static rp_future *next_order(double seconds)
{
    rp_pipe *pipe = rp_autoexec(NULL, .timeout_ms = 5000);
    return rp_return(pipe, rp_blpop(pipe, "orders:urgent", "orders", seconds));
}

/* Works until no order has come for a tenth of a second. */
static rp_status work(void)
{
    bool idle = false;
    rp_pipe *shop = rp_autoexec(NULL);
    rp_rpush(shop, "orders", "sencha", "assam");
    rp_rpush(shop, "orders:urgent", "darjeeling");

    rp_status status = rp_close(shop);
    while (status == RP_OK && !idle) {
        rp_future *order = next_order(0.1);
        status = rp_status_of(order);
        if (status == RP_OK) {
            idle = rp_is_null(order);
            printf("%s\n", idle ? "no more orders" : rp_str(rp_at(order, 1))); /* at 0 is the list's name */
        }
        rp_release(order);
    }
    return status;
}

static void print_failure(rp_pipe *pipe)
{
    if (rp_execute(pipe) != RP_OK)
        printf("%s\n", rp_error_of(pipe)->message);
}

/* Some commands would put the answers behind them out of step, or change the connection for those who use it next. They
 * are refused before anything is sent, and the message says what to do instead. */
static void refused(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);

    rp_command(pipe, "SUBSCRIBE", "news");
    print_failure(pipe);
    rp_command(pipe, "SELECT", 1);
    print_failure(pipe);
    rp_blpop(pipe, "orders", 0); /* for ever */
    print_failure(pipe);
    rp_free(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || rp_connect("resp2", url, .protocol = 2) != RP_OK ||
        rp_connect("resp3", url, .protocol = 3) != RP_OK || write_report_once() != RP_OK || count_sales() != RP_OK ||
        print_shop("resp2") != RP_OK || print_shop("resp3") != RP_OK || by_name() != RP_OK || work() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    refused();
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
