/* Notes. The fake server is tested with plain sockets, without the library. What it must not let pass is tested in
 * test_kit_fake_failures.c. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/raw.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define CMD_PING "*1\r\n$4\r\nPING\r\n"
#define CMD_HELLO3 "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"
#define CMD_GET "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
#define CMD_SET "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n10\r\n"
#define CMD_INCR "*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"
#define CMD_ECHO "*2\r\n$4\r\nECHO\r\n$5\r\na\r\nb\0\r\n"
#define HELLO_BODY \
    "$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:%d\r\n$2\r\nid\r\n:1\r\n" \
    "$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"

/* Scripts: what the client sends, and what it must get. */

static const struct {
    const char *script, *sends;
    size_t sends_len;
    const char *gets;
    size_t gets_len;
    bool ends; /* the client reads EOF after that */
} plays[] = {
#define ROW(script, sends, gets, ends) \
    { \
        script, sends, sizeof(sends) - 1, gets, sizeof(gets) - 1, ends \
    }
    ROW("HELLO\n", "*1\r\n$5\r\nHELLO\r\n", "*14\r\n", false),
    ROW("HELLO 3\n", CMD_HELLO3, "%7\r\n", false),
    ROW("HELLO\n", "*2\r\n$5\r\nHELLO\r\n$1\r\n4\r\n", "-NOPROTO unsupported protocol version\r\n", false),
    ROW("HELLO2\nCLOSE\n", CMD_HELLO3, "-ERR unknown command 'HELLO'\r\n", true),
    ROW("# a remark\n\n  EXPECT 'ECHO' \"a\\r\\nb\\x00\"\nSEND +OK\nCLOSE", CMD_ECHO, "+OK", true),
    ROW("READ 2\nSEND 3 '+a\\r\\n'\nSEND 0 x\nSEND 5\nCLOSE", CMD_GET CMD_PING, "+a\r\n+a\r\n+a\r\n5", true),
    ROW("SEND '\\0\\\\\\'\\t'\nCLOSE", "", "\0\\'\t", true),
    ROW("LOCKSTEP 2\nCLOSE", CMD_ECHO CMD_ECHO, "$5\r\na\r\nb\0\r\n$5\r\na\r\nb\0\r\n", true),
    ROW("SERVE 2\nEXPECT PING\nCLOSE", CMD_ECHO CMD_INCR CMD_PING, "$5\r\na\r\nb\0\r\n:1\r\n", true),
    ROW("EXECUTE 2\nSERVE 1\nCLOSE", CMD_SET CMD_INCR CMD_INCR, ":12\r\n", true),
    ROW("SERVE\n", CMD_GET CMD_SET CMD_GET CMD_INCR CMD_PING, "$-1\r\n+OK\r\n$2\r\n10\r\n:11\r\n+PONG\r\n", false),
    ROW("SERVE\n",
        "*3\r\n$3\r\nDEL\r\n$1\r\nk\r\n$1\r\nl\r\n" CMD_SET "*3\r\n$6\r\nexpire\r\n$1\r\nk\r\n$1\r\n9\r\n"
        "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n" CMD_INCR "*3\r\n$6\r\nINCRBY\r\n$1\r\nk\r\n$2\r\n-3\r\n",
        ":0\r\n+OK\r\n:1\r\n:1\r\n:1\r\n:-2\r\n", false),
    ROW("SERVE\n",
        "*1\r\n$3\r\nGET\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*1\r\n$4\r\nNOPE\r\n*2\r\n$4\r\nPING\r\n$1\r\nx\r\n",
        "-ERR wrong number of arguments for 'get' command\r\n$0\r\n\r\n-ERR unknown command 'NOPE'\r\n$1\r\nx\r\n",
        false),
    ROW("SERVE\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nx\r\n" CMD_INCR "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nx\r\n$1\r\ny\r\n",
        "+OK\r\n-ERR value is not an integer or out of range\r\n-ERR syntax error\r\n", false),
    ROW("SPLIT '+OK\\r\\n'\nDRIP 1 '+OK\\r\\n'\nHALFCLOSE\nEXPECT PING\n", CMD_PING, "+OK\r\n+OK\r\n", true),
    ROW("BULK 30\nBULK 0\n", "", "$30\r\nabcdefghijklmnopqrstuvwxyzabcd\r\n$0\r\n\r\n", false),
    ROW("SLOWREAD 7\nREAD 3\nSEND +\n", CMD_ECHO CMD_ECHO CMD_ECHO, "+", false),
    ROW("REPEAT 2\nREPEAT 3\nSEND a\nEND\nEXPECT PING\nSEND b\nEND\nREPEAT 0\nSEND c\nEND\nCLOSE", CMD_PING CMD_PING,
        "aaabaaab", true),
#undef ROW
};

static void check_play(size_t i, fake *f, bool in_pieces)
{
    int fd = raw_connect(fake_url(f));
    for (size_t k = 0; in_pieces && k < plays[i].sends_len; k++)
        raw_send(fd, plays[i].sends + k, 1);
    if (!in_pieces)
        raw_send(fd, plays[i].sends, plays[i].sends_len);
    raw_want(fd, plays[i].gets, plays[i].gets_len);
    if (plays[i].ends)
        raw_want_end(fd);
    close(fd);
    fake_wait_closed(f);
    assert_int_equal(fake_bytes(f), plays[i].sends_len);
    fake_stop(f);
}

static void test_each_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plays); i++) {
        check_play(i, fake_start(plays[i].script), true);
        check_play(i, fake_start_tcp(plays[i].script), false);
    }
}

static void test_hello_is_complete(void **state)
{
    char answer[300];
    (void)state;
    fake *f = fake_start("HELLO 3 AUTH u 'p w' SETNAME n\nSERVE\n");
    int fd = raw_connect(fake_url(f));
    RAW_SEND(fd, "*7\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$3\r\np w\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n");
    snprintf(answer, sizeof answer, "%%7\r\n" HELLO_BODY, 3);
    raw_want(fd, answer, strlen(answer));
    RAW_SEND(fd, CMD_GET "*2\r\n$5\r\nhello\r\n$1\r\n2\r\n" CMD_GET);
    RAW_WANT(fd, "_\r\n");
    snprintf(answer, sizeof answer, "*14\r\n" HELLO_BODY, 2);
    raw_want(fd, answer, strlen(answer));
    RAW_WANT(fd, "$-1\r\n");
    assert_string_equal(fake_command(f, 0), "HELLO 3 AUTH u \"p w\" SETNAME n");
    assert_string_equal(fake_command(f, 2), "hello 2");
    close(fd);
    fake_stop(f);
}

static void test_wait_release_and_counts(void **state)
{
    (void)state;
    fake *f = fake_start("WAIT\nSEND a\nWAIT\nSEND b\nCONNECTION *\nSERVE\n");
    int first = raw_connect(fake_url(f)), second;
    fake_release(f);
    RAW_WANT(first, "a");
    assert_int_equal(recv(first, &(char){0}, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    second = raw_connect(fake_url(f));
    RAW_SEND(second, CMD_INCR CMD_INCR);
    fake_wait_commands(f, 2);
    RAW_WANT(second, ":1\r\n:2\r\n");
    fake_release(f);
    RAW_WANT(first, "b");
    close(second);
    second = raw_connect(fake_url(f));
    RAW_SEND(second, CMD_INCR);
    RAW_WANT(second, ":3\r\n");
    assert_int_equal(fake_connections(f), 3);
    assert_int_equal(fake_count(f, "k"), 3);
    assert_int_equal(fake_count(f, "other"), 0);
    assert_int_equal(fake_commands(f), 3);
    assert_string_equal(fake_command(f, 2), "INCR k");
    assert_null(fake_command(f, 3));
    close(first);
    close(second);
    fake_wait_closed(f);
    fake_stop(f);
}

static void test_reset_stall_and_surplus_connection(void **state)
{
    (void)state;
    fake *f = fake_start_tcp("READ 1\nRESET\nCONNECTION\nSTALL\n");
    int first = raw_connect(fake_url(f)), second = raw_connect(fake_url(f)), third = raw_connect(fake_url(f));
    RAW_SEND(first, CMD_PING);
    assert_int_equal(recv(first, &(char){0}, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    raw_want_end(third);
    RAW_SEND(second, CMD_PING);
    close(first);
    close(second);
    close(third);
    fake_wait_closed(f);
    assert_int_equal(fake_connections(f), 3);
    assert_int_equal(fake_commands(f), 2);
    fake_stop(f);
}

/* Stopping in the middle of what waits or sends is no failure, and ends it at once. */
static void test_stop_while_busy(void **state)
{
    static const char *const scripts[] = {
        "STALL", "SERVE", "WAIT", "DRIP 1000 abc", "BULK 9999999999", "REPEAT 1000000000\nSEND 100000 'abcdefgh'\nEND",
        ""};
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        fake *f = i % 2 ? fake_start(scripts[i]) : fake_start_tcp(scripts[i]);
        int fd = raw_connect(fake_url(f));
        fake_stop(f);
        close(fd);
    }
}

/* A client that goes away ends what sends; the rest of the script does not matter then. */
static void test_client_goes_away(void **state)
{
    (void)state;
    fake *f = fake_start(
        "REPEAT 1000000000\nSEND 100 '+OK\\r\\n'\nEND\nDRIP 9999 ab\nBULK 100\nSTALL\nCONNECTION\nDRIP 1 ab");
    int fd = raw_connect(fake_url(f));
    RAW_WANT(fd, "+OK\r\n");
    close(fd);
    close(raw_connect(fake_url(f)));
    fake_wait_closed(f);
    fake_stop(f);
}

/* Ten thousand commands of 4 KiB, answered one by one: only a client that reads while it writes gets through. */

enum { LOCKSTEPS = 10000, ECHO_BYTES = 4096 };

static size_t echo_commands(char **out)
{
    const char header[] = "*2\r\n$4\r\nECHO\r\n$4096\r\n";
    size_t size = sizeof header - 1 + ECHO_BYTES + 2;
    char *at = *out = kit_alloc(size * LOCKSTEPS);
    for (size_t i = 0; i < LOCKSTEPS; i++, at += size) {
        memcpy(at, header, sizeof header - 1);
        memset(at + sizeof header - 1, 'x', ECHO_BYTES);
        memcpy(at + size - 2, "\r\n", 2);
    }
    return size * LOCKSTEPS;
}

/* Sends without reading until the socket takes no more for a while. */
static size_t send_blindly(int fd, const char *data, size_t len)
{
    size_t sent = 0;
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    while (sent < len && poll(&writable, 1, 300) > 0) {
        ssize_t n = send(fd, data + sent, len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    return sent;
}

/* Sends the rest and reads so many bytes, at the same time. */
static void send_and_read(int fd, const char *data, size_t len, size_t answers)
{
    char *piece = kit_alloc(65536);
    struct pollfd both = {.fd = fd};
    while (answers > 0) {
        both.events = (short)(POLLIN | (len > 0 ? POLLOUT : 0));
        assert_int_equal(poll(&both, 1, 10000), 1);
        ssize_t in = recv(fd, piece, 65536, MSG_DONTWAIT);
        assert_int_not_equal(in, 0);
        if (in > 0)
            answers -= (size_t)in;
        ssize_t out = len > 0 ? send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (out > 0) {
            data += out;
            len -= (size_t)out;
        }
    }
    assert_int_equal(len, 0);
    free(piece);
}

static void check_lockstep(fake *f)
{
    char *data;
    size_t len = echo_commands(&data);
    int fd = raw_connect(fake_url(f));
    size_t sent = send_blindly(fd, data, len);
    assert_true(sent < len / 2);
    send_and_read(fd, data + sent, len - sent, (size_t)LOCKSTEPS * (sizeof "$4096\r\n" - 1 + ECHO_BYTES + 2));
    raw_want_end(fd);
    close(fd);
    assert_int_equal(fake_commands(f), LOCKSTEPS);
    assert_int_equal(strlen(fake_command(f, LOCKSTEPS - 1)), 253);
    assert_string_equal(fake_command(f, 0) + 249, "x...");
    fake_stop(f);
    free(data);
}

static void test_lockstep(void **state)
{
    (void)state;
    check_lockstep(fake_start("LOCKSTEP 10000\nCLOSE"));
    check_lockstep(fake_start_tcp("LOCKSTEP 10000\nCLOSE"));
}

/* Many connections, one after the other and at once, and two fakes. */
static void test_many_connections(void **state)
{
    enum { MANY = 300, AT_ONCE = 30 };
    int fds[AT_ONCE];
    (void)state;
    fake *f = fake_start("CONNECTION *\nSERVE"), *other = fake_start_tcp("CONNECTION *\nSERVE");
    for (size_t i = 0; i < MANY; i++) {
        int fd = raw_connect(fake_url(i % 2 ? f : other));
        RAW_SEND(fd, CMD_INCR);
        close(fd);
    }
    for (size_t i = 0; i < AT_ONCE; i++)
        fds[i] = raw_connect(fake_url(f));
    for (size_t i = AT_ONCE; i-- > 0; close(fds[i])) {
        RAW_SEND(fds[i], CMD_PING);
        RAW_WANT(fds[i], "+PONG\r\n");
    }
    fake_wait_closed(f);
    fake_wait_closed(other);
    assert_int_equal(fake_connections(f), MANY / 2 + AT_ONCE);
    assert_int_equal(fake_count(f, "k"), MANY / 2);
    assert_int_equal(fake_count(other, "k"), MANY / 2);
    fake_stop(f);
    fake_stop(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_each_word),
        KIT_TEST(test_hello_is_complete),
        KIT_TEST(test_wait_release_and_counts),
        KIT_TEST(test_reset_stall_and_surplus_connection),
        KIT_TEST(test_stop_while_busy),
        KIT_TEST(test_client_goes_away),
        KIT_TEST(test_many_connections),
        KIT_TEST(test_lockstep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
