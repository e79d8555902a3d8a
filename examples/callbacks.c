/* Callbacks: what a function does with its results once they are there.
 *
 *     callbacks [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

/* What the callback needs. rp_alloc gives memory that lives as long as the futures, so there is nothing to free. */
typedef struct basket {
    rp_future *total;
    size_t count;
    rp_future *prices[];
} basket;

static rp_status add_up(void *arg)
{
    basket *b = arg;
    double total = 0;

    for (size_t i = 0; i < b->count; i++)
        total += rp_float(b->prices[i]);
    return rp_future_set(b->total, total);
}

/* What some products cost together: a value that no single command of the server returns. */
static rp_future *total_price(rp_pipe *parent, size_t count, const char *const products[])
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *total = rp_future_new(pipe);
    basket *b = rp_alloc(pipe, sizeof *b + count * sizeof(rp_future *));

    if (b) { /* else there is no memory, which the execute reports */
        b->total = total;
        b->count = count;
        for (size_t i = 0; i < count; i++)
            b->prices[i] = rp_hget(pipe, "prices", products[i]);
        rp_on_execute(pipe, add_up, b);
    }
    return rp_return(pipe, total);
}

/* By itself. */
static rp_status ask_one_price(void)
{
    rp_future *total = total_price(NULL, 2, (const char *const[]){"assam", "teapot"});

    rp_status status = rp_status_of(total);
    if (status == RP_OK)
        printf("together: %s\n", rp_str(total));
    rp_release(total);
    return status;
}

/* With another call, in one round trip: each hands its callback on with its commands, and all run after the answers. */
static rp_status compare_baskets(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *big = total_price(pipe, 3, (const char *const[]){"teapot", "cup", "cup"});
    rp_future *small = total_price(pipe, 2, (const char *const[]){"sencha", "cup"});

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("big: %s, small: %s\n", rp_str(big), rp_str(small));
    rp_free(pipe);
    return status;
}

/* -- what a callback should leave to the server ------------------------------------------------------------------ */

typedef struct reorder {
    const char *product;
    int64_t least;
    rp_future *stock, *ordered;
} reorder;

/* Works, and is slow: the order is a round trip of its own, for each product again, and no caller can put it into the
 * batch. Its own pipeline it can't use: that one is executing. */
static rp_status order_if_low(void *arg)
{
    reorder *r = arg;

    if (rp_compare(r->stock, r->least) >= 0)
        return rp_future_set(r->ordered, false);
    rp_pipe *orders = rp_autoexec(NULL);
    rp_rpush(orders, "orders", r->product);
    rp_status status = rp_close(orders);
    return status == RP_OK ? rp_future_set(r->ordered, true) : status;
}

/* Orders a product of which less than `least` is left. The name must live until the execute. */
static rp_future *keep_in_stock_slowly(rp_pipe *parent, const char *product, int64_t least)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *ordered = rp_future_new(pipe);
    reorder *r = rp_alloc(pipe, sizeof *r);

    if (r) {
        *r = (reorder){product, least, rp_hget(pipe, "stock", product), ordered};
        rp_on_execute(pipe, order_if_low, r);
    }
    return rp_return(pipe, ordered);
}

/* One round trip, with all that the caller asks: the server looks and decides. */
static rp_future *keep_in_stock(rp_pipe *parent, const char *product, int64_t least)
{
    static const char script[] = "local left = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)\n"
                                 "return left < tonumber(ARGV[2]) and redis.call('RPUSH', KEYS[2], ARGV[1]) or 0";
    rp_pipe *pipe = rp_autoexec(parent);
    return rp_return(pipe, rp_eval(pipe, script, 2, "stock", "orders", product, least));
}

static rp_status check_stock(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *assam = keep_in_stock_slowly(pipe, "assam", 10);
    rp_future *sencha = keep_in_stock_slowly(pipe, "sencha", 10);
    rp_future *cups = keep_in_stock(pipe, "cup", 10);

    rp_status status = rp_execute(pipe);
    if (status == RP_OK)
        printf("ordered: assam %s, sencha %s, cup %s\n", rp_bool(assam) ? "yes" : "no", rp_bool(sencha) ? "yes" : "no",
               rp_bool(cups) ? "yes" : "no");
    rp_free(pipe);
    return status;
}

static rp_status fill_the_shop(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_del(pipe, "orders");
    rp_hset(pipe, "prices", "assam", 4.25, "sencha", 6.5, "teapot", 28, "cup", 5.5);
    rp_hset(pipe, "stock", "assam", 25, "sencha", 3, "cup", 4);
    return rp_close(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || fill_the_shop() != RP_OK || ask_one_price() != RP_OK ||
        compare_baskets() != RP_OK || check_stock() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
