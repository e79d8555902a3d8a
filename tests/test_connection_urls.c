/* Notes. Every form of url that reaches a server, against a real one, which tells where it was reached and which
 * database was selected. Forms that are refused are tested without a server. */
#define _GNU_SOURCE 1
#include <netinet/in.h>
#include <redpipe/redpipe.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/kit.h"
#include "support/live.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Are there IPv6 addresses on the loopback interface? */
static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return found;
}

static live *start_or_skip(void)
{
    const char *const both[] = {"--bind", "127.0.0.1", "-::1", NULL}; /* the second where there is one */
    live *l = live_start(both);

    live_want(l);
    return l;
}

/* Reaches the server, on the connection that the two words tell of. */
static void check_reaches(const char *url, const char *where, const char *db)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *info = rp_command(p, "CLIENT", "INFO");

    assert_int_equal(rp_connect("users", url), RP_OK);
    if (rp_execute(p) != RP_OK)
        fail_msg("%s: %s", url, rp_last_error()->message);
    if (!rp_contains(info, where) || !rp_contains(info, db))
        fail_msg("%s: '%s' or '%s' is not in: %s", url, where, db, rp_str(info));
    rp_free(p);
    rp_disconnect("users");
}

static void check_unreachable(const char *url)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *pong = rp_ping(p);

    assert_int_equal(rp_connect("users", url), RP_OK);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(pong), RP_NOT_SENT);
    rp_free(p);
    rp_disconnect("users");
}

static void test_url_tcp(void **state)
{
    static const struct {
        const char *format, *db;
    } forms[] = {
        {"redis://127.0.0.1:%d", " db=0 "},      {"redis://127.0.0.1:%d/", " db=0 "},
        {"redis://127.0.0.1:%d/0", " db=0 "},    {"redis://127.0.0.1:%d/3", " db=3 "},
        {"valkey://127.0.0.1:%d/15", " db=15 "}, {"redis://:@127.0.0.1:%d/1", " db=1 "},
    };
    live *l = start_or_skip();
    char url[100], where[64];
    (void)state;

    snprintf(where, sizeof where, "laddr=127.0.0.1:%d ", live_port(l));
    for (size_t i = 0; i < COUNT(forms); i++) {
        snprintf(url, sizeof url, forms[i].format, live_port(l));
        check_reaches(url, where, forms[i].db);
    }
    live_stop(l);
}

/* A name may have several addresses, of which the server listens on one. */
static void test_url_tcp_name(void **state)
{
    const char *const only_ipv4[] = {"--bind", "127.0.0.1", NULL};
    live *l = live_start(only_ipv4);
    char url[100], where[64];
    (void)state;

    live_want(l);
    snprintf(where, sizeof where, "laddr=127.0.0.1:%d ", live_port(l));
    snprintf(url, sizeof url, "redis://localhost:%d/2", live_port(l));
    check_reaches(url, where, " db=2 ");
    snprintf(url, sizeof url, "valkey://LocalHost:%d", live_port(l));
    check_reaches(url, where, " db=0 ");
    live_stop(l);
}

static void test_url_tcp_ipv6(void **state)
{
    live *l = start_or_skip();
    char url[100], where[64];
    (void)state;

    if (!has_ipv6()) { /* then this is all that there is to see */
        snprintf(url, sizeof url, "redis://[::1]:%d", live_port(l));
        check_unreachable(url);
        live_stop(l);
        return;
    }
    snprintf(where, sizeof where, "laddr=[::1]:%d ", live_port(l));
    snprintf(url, sizeof url, "redis://[::1]:%d", live_port(l));
    check_reaches(url, where, " db=0 ");
    snprintf(url, sizeof url, "redis://default:any@[0:0:0:0:0:0:0:1]:%d/7", live_port(l));
    check_reaches(url, where, " db=7 ");
    live_stop(l);
}

static void test_url_unix(void **state)
{
    live *l = start_or_skip();
    char *folder = kit_folder_make();
    char url[300], path[200], where[200];
    (void)state;

    snprintf(where, sizeof where, "laddr=%s:0 ", live_socket_path(l));
    check_reaches(live_url(l), where, " db=0 ");
    snprintf(url, sizeof url, "%s?db=3", live_url(l));
    check_reaches(url, where, " db=3 ");
    snprintf(url, sizeof url, "unix://default:any@%s?db=15", live_socket_path(l));
    check_reaches(url, where, " db=15 ");
    /* A path with characters that mean something in a url. */
    snprintf(path, sizeof path, "%s/a b%%?@#.sock", folder);
    assert_int_equal(symlink(live_socket_path(l), path), 0);
    snprintf(url, sizeof url, "unix://%s/a%%20b%%25%%3f%%40%%23.sock?db=1", folder);
    check_reaches(url, where, " db=1 ");
    kit_folder_remove(folder);
    live_stop(l);
}

/* Two names of one server are two connections, each with its database. */
static void test_url_databases_apart(void **state)
{
    live *l = start_or_skip();
    rp_pipe *p = rp_pipeline(NULL), *other = rp_pipeline(p, .name = "three");
    rp_future *gets[2];
    char url[200];
    (void)state;

    snprintf(url, sizeof url, "%s/3", live_tcp_url(l));
    assert_int_equal(rp_connect("three", url), RP_OK);
    assert_int_equal(rp_connect(NULL, live_tcp_url(l)), RP_OK);
    rp_set(p, "k", "in 0");
    rp_set(other, "k", "in 3");
    gets[0] = rp_get(p, "k");
    gets[1] = rp_get(other, "k");
    assert_int_equal(rp_execute(other), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(gets[0], "in 0"));
    assert_true(rp_equal(gets[1], "in 3"));
    rp_free(other);
    rp_free(p);
    rp_disconnect_all();
    live_stop(l);
}

static void test_url_refused(void **state)
{
    static const struct {
        const char *url;
        rp_status status;
    } rows[] = {
        {NULL, RP_INVALID_VALUE},
        {"", RP_INVALID_VALUE},
        {"localhost", RP_INVALID_VALUE},
        {"localhost:6379", RP_INVALID_VALUE},
        {"http://localhost", RP_INVALID_VALUE},
        {"REDIS//localhost", RP_INVALID_VALUE},
        {"redis://", RP_INVALID_VALUE},
        {"redis://:6379", RP_INVALID_VALUE},
        {"redis://jack@localhost", RP_INVALID_VALUE},
        {"redis://localhost:", RP_INVALID_VALUE},
        {"redis://localhost:0", RP_INVALID_VALUE},
        {"redis://localhost:65536", RP_INVALID_VALUE},
        {"redis://localhost:6379x", RP_INVALID_VALUE},
        {"redis://localhost:-1", RP_INVALID_VALUE},
        {"redis://localhost: 6379", RP_INVALID_VALUE},
        {"redis://localhost/x", RP_INVALID_VALUE},
        {"redis://localhost/-1", RP_INVALID_VALUE},
        {"redis://localhost/1/2", RP_INVALID_VALUE},
        {"redis://localhost/99999999999", RP_INVALID_VALUE},
        {"redis://localhost?db=1", RP_INVALID_VALUE},
        {"redis://::1:6379", RP_INVALID_VALUE},
        {"redis://[::1:6379", RP_INVALID_VALUE},
        {"redis://[::1]6379", RP_INVALID_VALUE},
        {"redis://[]:6379", RP_INVALID_VALUE},
        {"redis://:s3cret%zz@localhost", RP_INVALID_VALUE},
        {"redis://:s3cret%00@localhost", RP_INVALID_VALUE},
        {"redis://:s3cret@", RP_INVALID_VALUE},
        {"redis://:s3cret@localhost:99999", RP_INVALID_VALUE},
        {"unix://", RP_INVALID_VALUE},
        {"unix://redis.sock", RP_INVALID_VALUE},
        {"unix://host/redis.sock", RP_INVALID_VALUE},
        {"unix:///redis.sock?db=", RP_INVALID_VALUE},
        {"unix:///redis.sock?db=x", RP_INVALID_VALUE},
        {"unix:///redis.sock?timeout=1", RP_INVALID_VALUE},
        {"unix:///redis%0.sock", RP_INVALID_VALUE},
        {"rediss://:s3cret@localhost", RP_INVALID_OPERATION},
        {"valkeys://localhost", RP_INVALID_OPERATION},
        {"redis+cluster://localhost", RP_INVALID_OPERATION},
    };
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_status status = rp_connect("users", rows[i].url);

        if (status != rows[i].status)
            fail_msg("%s: %s", rows[i].url, rp_status_name(status));
        assert_int_equal(rp_last_error()->status, status);
        if (strstr(rp_last_error()->message, "s3cret") || strstr(rp_last_error()->message, "jack"))
            fail_msg("%s: %s", rows[i].url, rp_last_error()->message);
    }
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_INVALID_PIPELINE);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_url_tcp),  KIT_TEST(test_url_tcp_name),        KIT_TEST(test_url_tcp_ipv6),
        KIT_TEST(test_url_unix), KIT_TEST(test_url_databases_apart), KIT_TEST(test_url_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
