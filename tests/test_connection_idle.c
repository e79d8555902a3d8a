/* Notes. What happens to a connection while it is idle, what the program's other processes see of it, and what happens
 * when it breaks just as we send. Through the hooks in the transport a test knows the socket, can wait until the
 * peer's bytes or its end have arrived, and can let that end come right before a send. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_connection.h"

/* -- closed while idle --------------------------------------------------------------------------------------------- */

static void check_reopened(fake *f)
{
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    for (int i = 1; i <= 4; i++) {
        check_incr("users", "k", i);
        assert_int_equal(fake_connections(f), i);
        if (i < 4) {
            fake_release(f);
            hook_wait_end(hook.fd);
        }
    }
    assert_int_equal(fake_count(f, "k"), 4);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_c12_closed_while_idle(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nWAIT\nCLOSE\n"
                                 "CONNECTION\nHELLO\nSERVE 1\nWAIT\nRESET\n"
                                 "CONNECTION\nHELLO\nSERVE 1\nWAIT\nHALFCLOSE\nSTALL\n"
                                 "CONNECTION *\nSERVE\n";
    (void)state;
    check_reopened(fake_start(script));
    check_reopened(fake_start_tcp(script));
}

/* The close comes after the last look and before the send. Nothing is sent a second time: not the command that no byte
 * was taken of, let alone the one that the kernel took and nobody read. */
static void check_close_races_send(fake *f, rp_outcome outcome)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *count;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_incr("users", "k", 1);
    count = rp_incr(p, "k");
    hook.send_late = true;
    hook.release = f;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_false(hook.send_late);
    assert_int_equal(rp_outcome_of(count), outcome);
    assert_int_equal(rp_status_of(count), RP_CONNECTION_ERROR);
    assert_int_equal(rp_last_error()->index, 0);
    assert_string_equal(rp_last_error()->connection, "users");
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(fake_count(f, "k"), 1);
    rp_free(p);
    check_incr("users", "k", 2);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_c12_close_races_the_send(void **state)
{
    static const char script[] = "HELLO\nSERVE 1\nWAIT\nCLOSE\nCONNECTION *\nSERVE\n";
    (void)state;
    check_close_races_send(fake_start(script), RP_NOT_SENT);
    check_close_races_send(fake_start_tcp(script), RP_UNKNOWN);
}

/* -- something arrives while idle ---------------------------------------------------------------------------------- */

static const struct {
    const char *step;
    size_t bytes;
    int protocol;
    bool stays; /* pushes are passed over; after anything else the connection is dropped before anything is sent */
} arrivals[] = {
    {"SEND '>2\\r\\n+a\\r\\n+b\\r\\n'", 12, 3, true},
    {"SEND 3 '>2\\r\\n$10\\r\\ninvalidate\\r\\n*1\\r\\n$1\\r\\nk\\r\\n'", 96, 3, true},
    {"SEND '>2\\r\\n+a\\r\\n+b\\r\\n'", 12, 2, false},
    {"SEND '>2\\r\\n+a\\r\\n'", 8, 3, false},
    {"SEND '>2\\r\\n+a\\r\\n+b\\r\\n:1\\r\\n'", 16, 3, false},
    {"SEND '-ERR idle for too long\\r\\n'", 24, 3, false},
    {"SEND '-ERR idle for too long\\r\\n'", 24, 2, false},
    {"SEND '+OK\\r\\n'", 5, 3, false},
    {"SEND '$1\\r\\n1\\r\\n'", 7, 3, false},
    {"SEND '\\r\\n'", 2, 3, false},
    {"SEND '$'", 1, 3, false},
    {"SEND '\\0'", 1, 2, false},
};

static void check_arrival(size_t i, fake *start_it(const char *))
{
    char script[200];
    fake *f;

    snprintf(script, sizeof script, "HELLO\nSERVE 1\nWAIT\n%s\n%s\nCONNECTION *\nSERVE\n", arrivals[i].step,
             arrivals[i].stays ? "SERVE" : "STALL");
    f = start_it(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = arrivals[i].protocol), RP_OK);
    check_incr(NULL, "k", 1);
    fake_release(f);
    hook_wait_bytes(hook.fd, arrivals[i].bytes);
    check_incr(NULL, "k", 2);
    assert_int_equal(fake_connections(f), arrivals[i].stays ? 1 : 2);
    check_echo(NULL, 3);
    assert_int_equal(fake_count(f, "k"), 2);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c13_bytes_arrive_while_idle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(arrivals); i++) {
        check_arrival(i, fake_start);
        check_arrival(i, fake_start_tcp);
    }
}

/* More pushes than are read at once: whether the connection is kept or not, the next answer is the right one. */
static void test_c13_many_pushes_arrive_while_idle(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nWAIT\nSEND 1000 '>2\\r\\n+a\\r\\n+b\\r\\n'\nSERVE\nCONNECTION *\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_incr(NULL, "k", 1);
    fake_release(f);
    hook_wait_bytes(hook.fd, 12000);
    check_incr(NULL, "k", 2);
    check_echo(NULL, 3);
    assert_int_equal(fake_count(f, "k"), 2);
    rp_disconnect(NULL);
    fake_stop(f);
}

/* -- other processes, signals -------------------------------------------------------------------------------------- */

/* Does a program that system() starts hold the socket made last? */
static bool child_holds_it(void)
{
    char link[64], target[64], command[200];
    ssize_t size;
    int status;

    snprintf(link, sizeof link, "/proc/self/fd/%d", hook.fd);
    size = readlink(link, target, sizeof target - 1);
    assert_true(size > 0);
    target[size] = '\0';
    snprintf(command, sizeof command, "ls -l /proc/self/fd | grep -qF '%s'", target);
    status = system(command);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, 1);
    return WEXITSTATUS(status) == 0;
}

static void check_closed_on_exec(fake *f)
{
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    assert_int_equal(fcntl(hook.fd, F_GETFD), FD_CLOEXEC);
    assert_false(child_holds_it());
    check_echo(NULL, 2);
    assert_int_equal(fake_connections(f), 1);
    /* That this way of looking finds one. */
    assert_int_equal(fcntl(hook.fd, F_SETFD, 0), 0);
    assert_true(child_holds_it());
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c28_sockets_are_closed_on_exec(void **state)
{
    (void)state;
    check_closed_on_exec(fake_start("SERVE\n"));
    check_closed_on_exec(fake_start_tcp("SERVE\n"));
}

/* A batch that takes several writes, to a peer that has ended as told: the first or the second of them gets EPIPE. */
static void check_broken_pipe(fake *f)
{
    enum { SIZE = 256 * 1024 };
    char *value = kit_alloc(SIZE);
    rp_pipe *p = rp_pipeline(NULL);
    struct sigaction action;

    memset(value, 'v', SIZE);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    for (int i = 0; i < 32; i++)
        rp_set(p, "k", rp_b(value, SIZE));
    hook.send_late = true;
    hook.release = f;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_false(hook.send_late);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
    assert_ptr_equal(action.sa_handler, SIG_DFL);
    check_echo(NULL, 2);
    rp_free(p);
    free(value);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_c29_write_to_a_broken_connection(void **state)
{
    static const char *const scripts[] = {
        "HELLO\nSERVE 1\nWAIT\nCLOSE\nCONNECTION *\nSERVE\n",
        "HELLO\nSERVE 1\nWAIT\nRESET\nCONNECTION *\nSERVE\n",
    };
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; i < COUNT(scripts); i++) {
        check_broken_pipe(fake_start(scripts[i]));
        check_broken_pipe(fake_start_tcp(scripts[i]));
    }
}

/* The same in the handshake; see test_connection_plain.c for a HELLO that need not be answered. */
static void test_c29_hello_to_a_broken_connection(void **state)
{
    static const char script[] = "WAIT\nCLOSE\nCONNECTION *\nSERVE\n";
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        fake *f = i ? fake_start(script) : fake_start_tcp(script);
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *count = rp_incr(p, "k");

        assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = 3), RP_OK);
        hook.send_late = true;
        hook.release = f;
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        assert_false(hook.send_late);
        assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
        rp_free(p);
        check_incr(NULL, "k", 1);
        rp_disconnect(NULL);
        fake_stop(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_c12_closed_while_idle),
        HOOK_TEST(test_c12_close_races_the_send),
        HOOK_TEST(test_c13_bytes_arrive_while_idle),
        HOOK_TEST(test_c13_many_pushes_arrive_while_idle),
        HOOK_TEST(test_c28_sockets_are_closed_on_exec),
        HOOK_TEST(test_c29_write_to_a_broken_connection),
        HOOK_TEST(test_c29_hello_to_a_broken_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
