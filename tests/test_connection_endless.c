/* Notes. Peers that never stop: one that sends pushes without end after it has closed for what we send, and one that
 * takes whatever we send, bit by bit. The deadline of the execute holds all the same. What comes first is told by
 * events: the peer ends when the client has closed, or by a watchdog, which is the failure. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_connection.h"

enum { SOON_MS = 300, WATCHDOG_MS = 10000, PIECE = 65536, LARGE = 64 * 1024 * 1024 };

/* -- the peer ------------------------------------------------------------------------------------------------------ */

typedef struct peer {
    pthread_t thread;
    char *folder, url[200];
    struct sockaddr_un address;
    int listener;
    bool closed; /* by the client, before the watchdog */
} peer;

static int armed; /* so many sends, the last of which waits until the peer reads no more, and sends */
static sem_t sending, flooding;

/* Sends pushes until the client has closed. */
static bool flood(int fd)
{
    static const char push[] = ">2\r\n$7\r\nmessage\r\n:12345\r\n";
    int64_t end = kit_now_ms() + WATCHDOG_MS;
    char *piece = kit_alloc(PIECE);
    size_t size = 0;
    bool closed = false;

    for (; size + sizeof push <= PIECE; size += sizeof push - 1)
        memcpy(piece + size, push, sizeof push - 1);
    for (bool first = true; !closed && kit_now_ms() < end; first = false) {
        ssize_t done = 0, n = 0;

        while (n >= 0 && (size_t)done < size) {
            n = send(fd, piece + done, size - (size_t)done, MSG_NOSIGNAL);
            done += n;
        }
        closed = n < 0;
        if (first)
            sem_post(&flooding);
    }
    free(piece);
    return closed;
}

static void *serve(void *arg)
{
    static const char hello[] = "%1\r\n$5\r\nproto\r\n:3\r\n";
    peer *p = arg;
    char words[1000];
    int fd = accept(p->listener, NULL, NULL);

    if (recv(fd, words, sizeof words, 0) > 0 && send(fd, hello, sizeof hello - 1, MSG_NOSIGNAL) > 0) {
        sem_wait(&sending);
        shutdown(fd, SHUT_RD);
        p->closed = flood(fd);
    }
    close(fd);
    return NULL;
}

static void start(peer *p)
{
    *p = (peer){.folder = kit_folder_make(), .address.sun_family = AF_UNIX};
    snprintf(p->address.sun_path, sizeof p->address.sun_path, "%s/peer.sock", p->folder);
    snprintf(p->url, sizeof p->url, "unix://%s", p->address.sun_path);
    sem_init(&sending, 0, 0);
    sem_init(&flooding, 0, 0);
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&p->address, sizeof p->address), 0);
    assert_int_equal(listen(p->listener, 1), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void stop(peer *p)
{
    assert_int_equal(pthread_join(p->thread, NULL), 0);
    close(p->listener);
    kit_folder_remove(p->folder);
    sem_destroy(&sending);
    sem_destroy(&flooding);
}

/* -- the transport ------------------------------------------------------------------------------------------------- */

static bool fast;    /* the peer is always faster than we are: there is something to read */
static bool greedy;  /* it takes a byte of each send */
static size_t taken; /* so many */

static ssize_t odd_send(int fd, struct iovec *parts, size_t count)
{
    if (greedy) {
        taken++;
        return 1;
    }
    if (armed && --armed == 0) {
        sem_post(&sending);
        sem_wait(&flooding);
        fast = true;
    }
    return rpi_plain_transport.send(fd, parts, count);
}

static void wait_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (fast)
        poll(&p, 1, WATCHDOG_MS);
}

static ssize_t late_receive(int fd, void *buffer, size_t size)
{
    wait_readable(fd);
    return rpi_plain_transport.receive(fd, buffer, size);
}

static ssize_t late_peek(int fd, void *buffer, size_t size)
{
    wait_readable(fd);
    return rpi_plain_transport.peek(fd, buffer, size);
}

static int setup(void **state)
{
    static rpi_transport_ops ops;

    ops = rpi_plain_transport;
    ops.send = odd_send;
    ops.receive = late_receive;
    ops.peek = late_peek;
    ops.await = NULL;
    armed = 0;
    fast = greedy = false;
    rpi_set_transport(&ops);
    return kit_setup(state);
}

/* -- the cases ----------------------------------------------------------------------------------------------------- */

static void test_pushes_without_end_after_a_failed_send(void **state)
{
    (void)state;
    for (int parallel = 0; parallel < 2; parallel++) {
        rp_pipe *pipe = rp_pipeline(NULL, .timeout_ms = SOON_MS);
        rp_future *echo;
        peer p;

        rp_set_parallel(parallel);
        start(&p);
        assert_int_equal(rp_connect(NULL, p.url, .protocol = 3), RP_OK);
        armed = 2; /* HELLO, ECHO */
        echo = rp_echo(pipe, "x");
        assert_int_equal(rp_execute(pipe), RP_TIMEOUT);
        fast = false;
        check_says("no answer in time, with 0 of 1 commands answered");
        assert_int_equal(rp_outcome_of(echo), RP_NOT_SENT);
        stop(&p);
        assert_true(p.closed);
        rp_free(pipe);
        rp_disconnect_all();
    }
}

/* What comes before the end of such a connection is still taken, also if it takes many steps: see test_wire_early.c and
 * test_connection_cut.c. Here the peer never says that it has enough. */
static void test_a_peer_that_takes_all_but_slowly(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nSTALL\n");
    char *large = kit_alloc(LARGE);
    rp_pipe *pipe = rp_pipeline(NULL, .timeout_ms = SOON_MS);
    rp_future *set;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    greedy = true;
    taken = 0;
    set = rp_set(pipe, "k", rp_b(large, LARGE));
    assert_int_equal(rp_execute(pipe), RP_TIMEOUT);
    assert_int_equal(rp_outcome_of(set), RP_UNKNOWN);
    assert_in_range(taken, 1, LARGE - 1);
    rp_free(pipe);
    free(large);
    rp_disconnect_all();
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pushes_without_end_after_a_failed_send, setup, hook_teardown),
        cmocka_unit_test_setup_teardown(test_a_peer_that_takes_all_but_slowly, setup, hook_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
