/* Scanning: going through all keys, or all that is in one, a page at a time, while the server serves others.
 *
 *     scanning [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

enum { CARTS = 500, PRODUCTS = 1000 };

static rp_status fill_shop(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    char name[32];

    rp_del(pipe, "prices", "ratings");
    for (int i = 0; i < CARTS; i++) {
        snprintf(name, sizeof name, "cart:%s:%d", i % 5 == 0 ? "member" : "guest", i);
        rp_sadd(pipe, name, "teapot", "cup");
    }
    for (int i = 0; i < PRODUCTS; i++) {
        snprintf(name, sizeof name, "product %d", i);
        rp_hset(pipe, "prices", name, i * 37 % PRODUCTS + 0.5);
        rp_zadd(pipe, "ratings", i == 700 ? 4.75 : 1.5, name);
    }
    return rp_close(pipe);
}

/* Keys. What is there the whole time comes at least once, and may come twice: so do with it what does no harm twice. */
static rp_status forget_guests(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *before = rp_dbsize(pipe);
    rp_scanner *carts = rp_scan_iter(NULL, .match = "cart:guest:*", .type = "set", .count = 100);
    for (const rp_value *key; (key = rp_scan_next(carts));) /* asks the server for a page when the last is used up */
        rp_unlink(pipe, key);
    rp_future *after = rp_dbsize(pipe);

    rp_status status = rp_scan_close(carts); /* whether the loop ended well */
    if (status == RP_OK)
        status = rp_execute(pipe);
    if (status == RP_OK)
        printf("%d carts forgotten\n", (int)(rp_int(before) - rp_int(after)));
    rp_free(pipe);
    return status;
}

/* A hash: each item is a list of field and value, which lives until the next one is asked for. */
static rp_status find_dearest(void)
{
    char name[32] = "nothing";
    double dearest = 0;
    rp_scanner *prices = rp_hscan_iter(NULL, "prices", .count = 200);

    for (const rp_value *item; (item = rp_scan_next(prices));) {
        double price = rp_float(rp_at(item, 1));
        if (price > dearest) {
            dearest = price;
            snprintf(name, sizeof name, "%s", rp_str(rp_at(item, 0)));
        }
    }
    rp_status status = rp_scan_close(prices);
    if (status == RP_OK)
        printf("the dearest: %s, %g\n", name, dearest);
    return status;
}

/* A sorted set: items of member and score, in no order. Who has found what he looked for just closes the scanner. */
static rp_status find_a_good_one(void)
{
    rp_scanner *ratings = rp_zscan_iter(NULL, "ratings", .match = "product 7*");
    const rp_value *item;

    while ((item = rp_scan_next(ratings)) && rp_compare(rp_at(item, 1), 4.5) < 0)
        ;
    if (item)
        printf("a good one: %s, %g\n", rp_str(rp_at(item, 0)), rp_float(rp_at(item, 1)));
    return rp_scan_close(ratings);
}

/* After a failure there is no next item, and rp_scan_close says why. */
static void scan_what_cannot_be_scanned(void)
{
    rp_scanner *prices = rp_sscan_iter(NULL, "prices"); /* a hash is no set */
    int items = 0;

    while (rp_scan_next(prices))
        items++;
    rp_status status = rp_scan_close(prices);
    printf("%d items, %s, %s\n", items, rp_status_name(status), rp_last_error()->code);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || fill_shop() != RP_OK || forget_guests() != RP_OK || find_dearest() != RP_OK ||
        find_a_good_one() != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    scan_what_cannot_be_scanned();
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
