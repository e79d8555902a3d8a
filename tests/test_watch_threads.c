/* Notes. Two clients contend for one counter: each reads it and writes what it read and 1 more. Without the lock they
 * would overwrite each other; with it the sum is exact, and every try that lost is made again. */
#define _GNU_SOURCE 1
#include <pthread.h>

#include "test_watch.h"

enum { CLIENTS = 2, ROUNDS = 150, ATTEMPTS = 1000000 };

typedef struct client {
    pthread_t thread;
    rp_future *n;
    rp_status status; /* the first that was not RP_OK */
    int tries, written;
} client;

static rp_status read_and_add(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    client *c = arg;
    rp_future *n = rp_get(reads, "n");
    rp_status status = rp_execute(reads);

    c->tries++;
    if (status == RP_OK)
        rp_set(writes, "n", rp_int(n) + 1);
    return status;
}

static void *contend(void *arg)
{
    client *c = arg;

    for (int i = 0; i < ROUNDS && c->status == RP_OK; i++) {
        c->status = rp_transaction("bank", RP_LIST("n"), read_and_add, c, .attempts = ATTEMPTS);
        c->written += c->status == RP_OK;
    }
    return NULL;
}

static void check_contention(const rp_connect_opts *options)
{
    client clients[CLIENTS] = {{.status = RP_OK}};

    connect_bank(options);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i].thread, NULL, contend, &clients[i]), 0);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(clients[i].status, RP_OK);
        assert_int_equal(clients[i].written, ROUNDS);
        assert_true(clients[i].tries >= ROUNDS);
    }
    assert_int_equal(value_of_n(), 10 + CLIENTS * ROUNDS);
    print_message("%d tries for %d writes\n", clients[0].tries + clients[1].tries, CLIENTS * ROUNDS);
    rp_disconnect_all();
}

static void test_two_clients_on_one_counter(void **state)
{
    (void)state;
    check_contention(&(rp_connect_opts){.protocol = 2});
    check_contention(&(rp_connect_opts){.protocol = 3, .transaction = true});
    check_contention(&(rp_connect_opts){.pool_size = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_two_clients_on_one_counter),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
