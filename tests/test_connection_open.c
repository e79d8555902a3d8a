/* Notes. Connections that never come about, or end before the first command is answered: refused, closed, silent, or
 * greeted with something that nobody asked for. In each case nothing that the program queued may have run, the execute
 * makes one attempt, the error tells where it failed, and the next execute on the same name starts afresh. */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/live.h"
#include "support/raw.h"
#include "test_connection.h"

#define MAX_CLIENTS "-ERR max number of clients reached\\r\\n"
#define DENIED "-DENIED Redis is running in protected mode because protected mode is enabled\\r\\n"

enum { SOON_MS = 200, LONG_MS = 4500 };

/* An execute that fails, with the same outcome for its two commands. */
static void check_fails(const char *name, rp_status status, rp_outcome outcome)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *commands[] = {rp_incr(p, "k"), rp_get(p, "k")};

    assert_int_equal(rp_execute(p), status);
    assert_int_equal(rp_last_error()->status, status);
    assert_int_equal(rp_last_error()->index, 0);
    if (name)
        assert_string_equal(rp_last_error()->connection, name);
    else
        assert_null(rp_last_error()->connection);
    for (size_t i = 0; i < COUNT(commands); i++) {
        assert_false(rp_ready(commands[i]));
        assert_int_equal(rp_outcome_of(commands[i]), outcome);
        assert_int_equal(rp_status_of(commands[i]), status);
    }
    rp_free(p);
}

/* Of the commands that reached the fake, only those of handshakes and the ECHOs of check_echo. */
static void check_none_arrived(fake *f)
{
    for (size_t i = 0; i < fake_commands(f); i++)
        if (strncmp(fake_command(f, i), "HELLO", 5) != 0 && strcmp(fake_command(f, i), "PING") != 0 &&
            strncmp(fake_command(f, i), "ECHO", 4) != 0)
            fail_msg("the server got: %s", fake_command(f, i));
    assert_int_equal(fake_count(f, "k"), 0);
}

static void test_c01_port_refuses(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char url[64];
    int64_t start;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, so that nobody else can listen there */
    (void)state;

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(rp_connect("users", url), RP_OK);
    start = kit_now_ms();
    for (int i = 0; i < 3; i++) {
        check_fails("users", RP_CONNECTION_ERROR, RP_NOT_SENT);
        check_says(url + strlen("redis://"));
        check_says("refused");
    }
    assert_true(kit_now_ms() - start < LONG_MS);
    close(fd);
}

static void test_c04_unix_path_missing(void **state)
{
    char *folder = kit_folder_make();
    char path[100], url[120];
    fake *f = fake_start("CONNECTION *\nSERVE\n");
    (void)state;

    snprintf(path, sizeof path, "%s/redis.sock", folder);
    snprintf(url, sizeof url, "unix://%s", path);
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    check_fails(NULL, RP_CONNECTION_ERROR, RP_NOT_SENT);
    check_says("No such file");
    check_says(path);
    assert_int_equal(symlink(fake_url(f) + strlen("unix://"), path), 0);
    check_echo(NULL, 1);
    fake_stop(f);
    kit_folder_remove(folder);
}

static void test_c04_unix_path_too_long(void **state)
{
    enum { MOST = sizeof((struct sockaddr_un *)0)->sun_path - 1 };
    char *folder = kit_folder_make();
    char url[300];
    fake *f = fake_start("CONNECTION *\nSERVE\n");
    size_t most = strlen("unix://") + MOST;
    (void)state;

    memset(url, 'x', sizeof url);
    assert_in_range(snprintf(url, sizeof url, "unix://%s/", folder), 0, (int)most - 1);
    url[strlen(url)] = 'x';
    url[strlen("unix://") + 200] = '\0';
    assert_int_equal(rp_connect("long", url), RP_INVALID_VALUE);
    check_says("200");
    url[most + 1] = '\0';
    assert_int_equal(rp_connect("long", url), RP_INVALID_VALUE);
    url[most] = '\0';
    assert_int_equal(rp_connect("long", url), RP_OK);
    /* What a path cut short by one would be. */
    url[most - 1] = '\0';
    assert_int_equal(symlink(fake_url(f) + strlen("unix://"), url + strlen("unix://")), 0);
    check_fails("long", RP_CONNECTION_ERROR, RP_NOT_SENT);
    url[most - 1] = 'x';
    assert_int_equal(symlink(fake_url(f) + strlen("unix://"), url + strlen("unix://")), 0);
    check_echo("long", 2);
    fake_stop(f);
    kit_folder_remove(folder);
}

static void test_c04_unix_path_of_no_socket(void **state)
{
    char *folder = kit_folder_make();
    char url[120];
    (void)state;

    snprintf(url, sizeof url, "unix://%s", folder);
    assert_int_equal(rp_connect("folder", url), RP_OK);
    check_fails("folder", RP_CONNECTION_ERROR, RP_NOT_SENT);
    check_says(folder);
    kit_folder_remove(folder);
}

static void test_c04_unix_path_not_permitted(void **state)
{
    enum { NOBODY = 65534 };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *folder = kit_folder_make();
    char url[120];
    uid_t user = geteuid();
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)state;

    snprintf(address.sun_path, sizeof address.sun_path, "%s/redis.sock", folder);
    snprintf(url, sizeof url, "unix://%s", address.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(chmod(address.sun_path, 0), 0);
    assert_int_equal(rp_connect("closed", url), RP_OK);
    if (user == 0) /* root may connect to anything */
        assert_int_equal(seteuid(NOBODY), 0);
    check_fails("closed", RP_CONNECTION_ERROR, RP_NOT_SENT);
    check_says("Permission denied");
    assert_int_equal(seteuid(user), 0);
    close(fd);
    kit_folder_remove(folder);
}

/* How a connection ends before the first answer, and what that makes of the two commands. With RESP3 asked for, HELLO
 * must be answered; see test_connection_plain.c for servers that need not. */
static const struct {
    const char *script;
    rp_outcome outcome;
} ends[] = {
    {"CLOSE\n", RP_NOT_SENT},
    {"RESET\n", RP_NOT_SENT},
    {"READ 1\nCLOSE\n", RP_NOT_SENT},
    {"READ 1\nRESET\n", RP_NOT_SENT},
    {"HALFCLOSE\nREAD 1\n", RP_NOT_SENT},
    {"READ 1\nSEND '%7\\r\\n$6\\r\\nserver\\r\\n'\nCLOSE\n", RP_NOT_SENT},
    {"HELLO\nREAD 2\nCLOSE\n", RP_UNKNOWN},
    {"HELLO\nREAD 2\nRESET\n", RP_UNKNOWN},
    {"HELLO\nREAD 1\nHALFCLOSE\nREAD 1\n", RP_UNKNOWN},
};

static void check_end(size_t i, fake *f(const char *))
{
    char script[200];
    fake *server;

    snprintf(script, sizeof script, "%sCONNECTION *\nSERVE\n", ends[i].script);
    server = f(script);
    assert_int_equal(rp_connect("users", fake_url(server), .protocol = 3), RP_OK);
    check_fails("users", RP_CONNECTION_ERROR, ends[i].outcome);
    assert_int_equal(fake_connections(server), 1);
    check_echo("users", (int)i);
    assert_int_equal(fake_connections(server), 2);
    assert_int_equal(fake_count(server, "k"), 0);
    rp_disconnect("users");
    fake_stop(server);
}

static void test_c05_closed_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        check_end(i, fake_start);
        check_end(i, fake_start_tcp);
    }
}

static void check_silence(const char *script)
{
    fake *f = fake_start(script);
    int64_t start = kit_now_ms();

    assert_int_equal(rp_connect("users", fake_url(f), .connect_timeout_ms = SOON_MS), RP_OK);
    check_fails("users", RP_TIMEOUT, RP_NOT_SENT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 3);
    check_none_arrived(f);
    rp_disconnect("users");
    fake_stop_any(f);
}

static void test_c06_handshake_never_answered(void **state)
{
    (void)state;
    check_silence("STALL\nCONNECTION *\nSERVE\n");
    check_silence("READ 1\nSTALL\nCONNECTION *\nSERVE\n");
    check_silence("READ 1\nSEND '%7\\r\\n$6\\r\\nser'\nSTALL\nCONNECTION *\nSERVE\n");
    /* Bytes come all the time: the deadline is one for the whole handshake. */
    check_silence(
        "READ 1\nDRIP 100 '+01234567890123456789012345678901234567890123456789012345678901234567890123456789'\n"
        "CONNECTION *\nSERVE\n");
    /* And whatever they are: pushes are passed over, and attributes stand before something. */
    check_silence("READ 1\nREPEAT 1000\nDRIP 20 '>1\\r\\n+a\\r\\n'\nEND\nCONNECTION *\nSERVE\n");
    check_silence("READ 1\nREPEAT 1000\nDRIP 20 '|1\\r\\n+a\\r\\n+b\\r\\n'\nEND\nCONNECTION *\nSERVE\n");
}

static void test_c06_command_never_answered(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 2\nSTALL\nCONNECTION *\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .timeout_ms = SOON_MS);
    rp_future *commands[] = {rp_incr(p, "k"), rp_get(p, "k")};
    int64_t start;
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    check_echo("users", 1);
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_outcome_of(commands[0]), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(commands[1]), RP_UNKNOWN);
    assert_int_equal(rp_last_error()->index, 0);
    rp_free(p);
    check_echo("users", 2);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop_any(f);
}

/* A server that says something before it is asked: whether HELLO comes first, or PING. */
static const struct {
    const char *script;
    rp_status with_hello, without;
    const char *text;
    bool gone; /* it has closed before we send anything */
} greetings[] = {
    {"SEND '" MAX_CLIENTS "'\nCLOSE\n", RP_CONNECTION_ERROR, RP_CONNECTION_ERROR, "max number of clients", true},
    {"SEND '" DENIED "'\nCLOSE\n", RP_CONNECTION_ERROR, RP_CONNECTION_ERROR,
     "DENIED Redis is running in protected mode", true},
    {"SEND '" MAX_CLIENTS "'\nREAD 1\nCLOSE\n", RP_CONNECTION_ERROR, RP_CONNECTION_ERROR, "max number of clients",
     false},
    {"SEND '" DENIED "'\nREAD 1\nCLOSE\n", RP_CONNECTION_ERROR, RP_CONNECTION_ERROR,
     "DENIED Redis is running in protected mode", false},
    {"SEND '+OK\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, RP_PROTOCOL_ERROR, "handshake", true},
    {"SEND '+OK\\r\\n'\nSERVE\n", RP_CONNECTION_ERROR, RP_PROTOCOL_ERROR, "handshake", false},
    {"SEND '220 mail.example.com ESMTP\\r\\n'\nREAD 1\nSTALL\n", RP_PROTOCOL_ERROR, RP_PROTOCOL_ERROR, "handshake",
     false},
};

static void check_greeting(size_t i, fake *f(const char *), int protocol)
{
    char script[300];
    fake *server;

    snprintf(script, sizeof script, "%sCONNECTION *\nSERVE\n", greetings[i].script);
    server = f(script);
    assert_int_equal(rp_connect("users", fake_url(server), .protocol = protocol), RP_OK);
    hook.send_late = greetings[i].gone;
    check_fails("users", protocol == 2 ? greetings[i].without : greetings[i].with_hello, RP_NOT_SENT);
    assert_false(hook.send_late);
    check_says(greetings[i].text);
    assert_int_equal(fake_connections(server), 1);
    check_echo("users", (int)i);
    assert_int_equal(fake_connections(server), 2);
    check_none_arrived(server);
    rp_disconnect("users");
    fake_stop(server);
}

static void test_c07_greeted_by_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(greetings); i++)
        for (int protocol = 0; protocol <= 2; protocol += 2) {
            check_greeting(i, fake_start, protocol);
            check_greeting(i, fake_start_tcp, protocol);
        }
}

static void test_c07_too_many_clients(void **state)
{
    const char *const one_client[] = {"--maxclients", "1", NULL};
    live *l = live_start(one_client);
    int fd;
    (void)state;

    live_want(l);
    fd = raw_connect(live_url(l));
    RAW_SEND(fd, "PING\r\n");
    RAW_WANT(fd, "+PONG\r\n");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rp_connect("users", i % 2 ? live_tcp_url(l) : live_url(l), .protocol = i % 4 < 2 ? 0 : 2),
                         RP_OK);
        check_fails("users", RP_CONNECTION_ERROR, RP_NOT_SENT);
        rp_disconnect("users");
        check_says("max number of clients reached");
    }
    close(fd);
    rp_disconnect_all();
    live_stop(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_c01_port_refuses),
        KIT_TEST(test_c04_unix_path_missing),
        KIT_TEST(test_c04_unix_path_too_long),
        KIT_TEST(test_c04_unix_path_of_no_socket),
        KIT_TEST(test_c04_unix_path_not_permitted),
        KIT_TEST(test_c05_closed_at_once),
        KIT_TEST(test_c06_handshake_never_answered),
        KIT_TEST(test_c06_command_never_answered),
        HOOK_TEST(test_c07_greeted_by_an_error),
        KIT_TEST(test_c07_too_many_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
