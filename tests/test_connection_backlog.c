/* Notes. A unix socket whose backlog is full: connect says EAGAIN, and nothing tells when there is room. The server is
 * a real one that is stopped, with its backlog filled by sockets of the test; it goes on when the transport has seen as
 * many tries as the test wants, so that nothing depends on time. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/live.h"
#include "test_connection.h"

enum { SOON_MS = 200, LONG_MS = 4500, TRIES = 4, FILLERS = 64 };

static struct {
    live *server;
    int fillers[FILLERS];
    size_t count;
    unsigned tries;  /* that got EAGAIN */
    unsigned wanted; /* after so many the server goes on; 0: it does not */
    fake *other;     /* but not before this one has got two commands */
} full;

static int counting_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    int result = rpi_plain_transport.connect(fd, address, size);
    int error = errno;

    if (result < 0 && error == EAGAIN && ++full.tries >= full.wanted && full.wanted &&
        (!full.other || fake_commands(full.other) >= 2)) {
        full.wanted = 0;
        kill(live_pid(full.server), SIGCONT);
    }
    errno = error;
    return result;
}

/* Stops the server and fills its backlog. False where none is installed. */
static bool fill(void)
{
    static const char *const small[] = {"--tcp-backlog", "1", NULL};
    static rpi_transport_ops counting;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int result = 0;

    memset(&full, 0, sizeof full);
    full.server = live_start(small);
    if (!full.server) {
        print_message("skipped: neither redis-server nor valkey-server is installed\n");
        return false;
    }
    assert_int_equal(kill(live_pid(full.server), SIGSTOP), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", live_socket_path(full.server));
    while (result == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0 && full.count < FILLERS);
        full.fillers[full.count++] = fd;
        result = connect(fd, (const struct sockaddr *)&address, sizeof address);
    }
    assert_int_equal(errno, EAGAIN);
    counting = rpi_plain_transport;
    counting.connect = counting_connect;
    rpi_set_transport(&counting);
    return true;
}

static void empty(void)
{
    rpi_set_transport(NULL);
    rp_disconnect_all();
    for (size_t i = 0; i < full.count; i++)
        close(full.fillers[i]);
    kill(live_pid(full.server), SIGCONT);
    live_stop(full.server);
}

static void test_backlog_has_room_again(void **state)
{
    (void)state;
    if (!fill())
        skip();
    full.wanted = TRIES;
    assert_int_equal(rp_connect("users", live_url(full.server)), RP_OK);
    check_incr("users", "k", 1);
    assert_true(full.tries >= TRIES);
    check_incr("users", "k", 2);
    empty();
}

/* Another server of the same execute is not kept waiting: the full one goes on only when that has its commands. */
static void test_backlog_does_not_hold_others(void **state)
{
    fake *f;
    rp_pipe *p;
    rp_future *here, *there;
    (void)state;

    if (!fill())
        skip();
    f = fake_start("HELLO\nSERVE\n");
    full.wanted = 1;
    full.other = f;
    assert_int_equal(rp_connect("users", live_url(full.server)), RP_OK);
    assert_int_equal(rp_connect("others", fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .name = "users");
    here = rp_incr(p, "k");
    there = nested_incr(p, "others", "k");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(here), 1);
    assert_int_equal(rp_int(there), 1);
    assert_int_equal(full.wanted, 0);
    rp_free(p);
    empty();
    fake_stop(f);
}

/* It is tried until the deadline, and not all the time. */
static void test_backlog_stays_full(void **state)
{
    enum { MOST_TRIES = 60 };
    rp_pipe *p;
    rp_future *count;
    int64_t start;
    (void)state;

    if (!fill())
        skip();
    for (int i = 0; i < 2; i++) {
        p = rp_pipeline(NULL, .name = "users", .timeout_ms = i ? SOON_MS : 0);
        count = rp_incr(p, "k");
        full.tries = 0;
        assert_int_equal(rp_connect("users", live_url(full.server), .connect_timeout_ms = i ? 0 : SOON_MS), RP_OK);
        start = kit_now_ms();
        assert_int_equal(rp_execute(p), RP_TIMEOUT);
        assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
        assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
        check_says("room in the backlog of the unix socket");
        assert_in_range(full.tries, 2, MOST_TRIES);
        rp_free(p);
    }
    empty();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_backlog_has_room_again),
        KIT_TEST(test_backlog_does_not_hold_others),
        KIT_TEST(test_backlog_stays_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
