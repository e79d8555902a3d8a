/* Notes. Urls, taken apart or refused. No message may show what could be a password: the secrets of the refused urls
 * are looked for in it. What is freed is wiped before: the allocator looks at it. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <malloc.h>

#include "base/alloc.h"
#include "net/url.h"
#include "support/memory.h"

#define SECRET "s3cret"

typedef struct row {
    const char *text, *path, *host, *port, *user, *password;
    int db;
} row;

static const row good[] = {
    {"redis://localhost", NULL, "localhost", "6379", NULL, NULL, 0},
    {"valkey://localhost", NULL, "localhost", "6379", NULL, NULL, 0},
    {"redis://localhost/", NULL, "localhost", "6379", NULL, NULL, 0},
    {"redis://localhost:1", NULL, "localhost", "1", NULL, NULL, 0},
    {"redis://localhost:65535/15", NULL, "localhost", "65535", NULL, NULL, 15},
    {"redis://127.0.0.1:6380/2147483647", NULL, "127.0.0.1", "6380", NULL, NULL, 2147483647},
    {"redis://[::1]", NULL, "::1", "6379", NULL, NULL, 0},
    {"redis://[::1]:7000/2", NULL, "::1", "7000", NULL, NULL, 2},
    {"redis://[fe80::1%eth0]:7000", NULL, "fe80::1%eth0", "7000", NULL, NULL, 0},
    {"redis://[fe80::1%25lo]", NULL, "fe80::1%lo", "6379", NULL, NULL, 0},
    {"redis://u:p@[fe80::1%25eth0%2e1]:7000/2", NULL, "fe80::1%eth0.1", "7000", "u", "p", 2},
    {"redis://[fe80::1%2525]", NULL, "fe80::1%25", "6379", NULL, NULL, 0},
    {"redis://[fe80::1%25]", NULL, "fe80::1%25", "6379", NULL, NULL, 0}, /* interface 25 */
    {"redis://[fe80::1%2]", NULL, "fe80::1%2", "6379", NULL, NULL, 0},
    {"redis://:a?b@host", NULL, "host", "6379", NULL, "a?b", 0},
    {"redis://u?:?@host:1/2", NULL, "host", "1", "u?", "?", 2},
    {"redis://:a/b?c@d@host/3", NULL, "host", "6379", NULL, "a/b?c@d", 3},
    {"redis://:a=b?c@host", NULL, "host", "6379", NULL, "a=b?c", 0},
    {"redis://user:pass@host", NULL, "host", "6379", "user", "pass", 0},
    {"redis://:pass@host:7000/1", NULL, "host", "7000", NULL, "pass", 1},
    {"redis://:@host", NULL, "host", "6379", NULL, "", 0},
    {"redis://user:@host", NULL, "host", "6379", "user", "", 0},
    {"redis://u:p@ss:w@rd@host", NULL, "host", "6379", "u", "p@ss:w@rd", 0},
    {"redis://u:p/w@host/3", NULL, "host", "6379", "u", "p/w", 3},
    {"redis://u:p@[::1]:1", NULL, "::1", "1", "u", "p", 0},
    {"redis://%75ser:p%40%3a%2F%25@host", NULL, "host", "6379", "user", "p@:/%", 0},
    {"redis://:%2525@host", NULL, "host", "6379", NULL, "%25", 0},
    {"redis://:%ff%01@host", NULL, "host", "6379", NULL, "\xff\x01", 0},
    {"unix:///run/redis.sock", "/run/redis.sock", NULL, NULL, NULL, NULL, 0},
    {"unix:///run/redis.sock?db=7", "/run/redis.sock", NULL, NULL, NULL, NULL, 7},
    {"unix://:pass@/run/redis.sock", "/run/redis.sock", NULL, NULL, NULL, "pass", 0},
    {"unix://u:p@/r.sock?db=1", "/r.sock", NULL, NULL, "u", "p", 1},
    {"unix:///run/a%20b%3fc%25", "/run/a b?c%", NULL, NULL, NULL, NULL, 0},
    {"unix:///run/with@at:and", "/run/with@at:and", NULL, NULL, NULL, NULL, 0},
    {"unix:///run/with:a@/b", "/run/with:a@/b", NULL, NULL, NULL, NULL, 0},
    {"unix://:a/b@/r.sock?db=2", "/r.sock", NULL, NULL, NULL, "a/b", 2},
    {"unix://u:/a//b/@/r.sock", "/r.sock", NULL, NULL, "u", "/a//b/", 0},
    {"unix://:a?b=c@/r.sock?db=2", "/r.sock", NULL, NULL, NULL, "a?b=c", 2},
    {"unix://:a/b?c@d@/r.sock", "/r.sock", NULL, NULL, NULL, "a/b?c@d", 0},
    {"unix://:a@/b@/r.sock", "/b@/r.sock", NULL, NULL, NULL, "a", 0},
};

static void want_text(const char *got, const char *wanted)
{
    assert_int_equal(got == NULL, wanted == NULL);
    if (wanted)
        assert_string_equal(got, wanted);
}

static void test_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        rpi_url url;
        if (rpi_url_parse(&url, good[i].text) != RP_OK)
            fail_msg("%s: %s", good[i].text, rp_last_error()->message);
        want_text(url.path, good[i].path);
        want_text(url.host, good[i].host);
        want_text(url.port, good[i].port);
        want_text(url.user, good[i].user);
        want_text(url.password, good[i].password);
        assert_int_equal(url.db, good[i].db);
        rpi_url_free(&url);
        assert_null(url.text);
    }
}

#define BAD_CODE "has a broken percent code in its "

static const struct {
    const char *text, *why;
} refused[] = {
    {"", "has no scheme"},
    {"localhost", "has no scheme"},
    {"localhost:6379", "has no scheme"},
    {"redis:/localhost", "has no scheme"},
    {"://localhost", "has an unknown scheme"},
    {"REDIS://localhost", "has an unknown scheme"},
    {"http://user:" SECRET "@host", "has an unknown scheme"},
    {"redis", "has no scheme"},
    {"redis://", "has no host"},
    {"redis:///3", "has no host"},
    {"redis://:6379", "has no host"},
    {"redis://user:" SECRET "@", "has no host"},
    {"redis://user:" SECRET "@/1", "has no host"},
    {"redis://[]", "has no host"},
    {"redis://host:", "has a port that is no number from 1 to 65535"},
    {"redis://host:0", "has a port that is no number from 1 to 65535"},
    {"redis://host:65536", "has a port that is no number from 1 to 65535"},
    {"redis://host:-1", "has a port that is no number from 1 to 65535"},
    {"redis://host:+80", "has a port that is no number from 1 to 65535"},
    {"redis://host:6379x", "has a port that is no number from 1 to 65535"},
    {"redis://host: 80", "has a port that is no number from 1 to 65535"},
    {"redis://user:" SECRET "@host:x", "has a port that is no number from 1 to 65535"},
    {"redis://host:99999999999999999999", "has a port that is no number from 1 to 65535"},
    {"redis://::1", "has several colons in its host; write an IPv6 address in brackets"},
    {"redis://::1:7000", "has several colons in its host"},
    {"redis://[::1", "has an IPv6 address without its closing bracket"},
    {"redis://[::1]7000", "has an IPv6 address without its closing bracket"},
    {"redis://host/x", "has a database that is no number"},
    {"redis://host/-1", "has a database that is no number"},
    {"redis://host/+1", "has a database that is no number"},
    {"redis://host/1/2", "has a database that is no number"},
    {"redis://host/2147483648", "has a database that is no number"},
    {"redis://host?db=1", "has a query"},
    {"redis://host?db=1/2", "has a query"},
    {"redis://u:" SECRET "@host?db=1", "has a query"},
    {"redis://u:" SECRET "?a=b@host", "percent-encode ? (%3F) in a password"},
    {"redis://host:6379/0?mail=" SECRET "@host", "percent-encode ? (%3F) in a password"},
    {"redis://[fe80::1%25%zz]", "has a broken percent code in the zone of its address"},
    {"redis://[fe80::1%25lo%0]", "has a broken percent code in the zone of its address"},
    {"redis://user@host", "has a user without a password"},
    {"redis://u:" SECRET "%@host", BAD_CODE "password"},
    {"redis://u:" SECRET "%4@host", BAD_CODE "password"},
    {"redis://u:" SECRET "%zz@host", BAD_CODE "password"},
    {"redis://u:" SECRET "%00@host", BAD_CODE "password"},
    {"redis://%g0:" SECRET "@host", BAD_CODE "user"},
    {"unix://", "has no path"},
    {"unix://relative.sock", "has no path"},
    {"unix://host/run/redis.sock", "has a host in front of the path"},
    {"unix://host/run/a@/redis.sock", "has a host in front of the path"},
    {"unix://:" SECRET "/@/run/a@/redis.sock", "percent-encode / (%2F) and @ (%40) in the password"},
    {"unix:/tmp/s", "write unix:///tmp/s"},
    {"unix:/tmp/s\x01", "write unix:///tmp/s\\x01"},
    {"unix:/:" SECRET "@/tmp/s", "write unix:///path"},
    {"unix:/tmp/s?password=" SECRET, "write unix:///path"},
    {"unix:tmp/s", "has no scheme"},
    {"unix:", "has no scheme"},
    {"unix://u:" SECRET "@host/run/redis.sock", "has a host in front of the path"},
    {"unix:///run/%2", BAD_CODE "path"},
    {"unix:///run/%00", BAD_CODE "path"},
    {"unix:///run/redis.sock?", "has an unknown query"},
    {"unix:///run/redis.sock?db", "has an unknown query"},
    {"unix:///run/redis.sock?db=", "has a database that is no number"},
    {"unix:///run/redis.sock?db=x", "has a database that is no number"},
    {"unix:///run/redis.sock?password=" SECRET, "has an unknown query"},
    {"rediss://u:" SECRET "@host", "rediss:// is not available in this version"},
    {"valkeys://host", "valkeys:// is not available in this version"},
    {"redis+cluster://host", "redis+cluster:// is not available in this version"},
    {"rediss+cluster://host", "rediss+cluster:// is not available in this version"},
    {"valkey+cluster://host", "valkey+cluster:// is not available in this version"},
    {"valkeys+cluster://host", "valkeys+cluster:// is not available in this version"},
    {"redis+sentinel://u:" SECRET "@host:26379/mymaster/0", "redis+sentinel:// is not available in this version"},
    {"rediss+sentinel://host", "rediss+sentinel:// is not available in this version"},
    {"valkey+sentinel://host", "valkey+sentinel:// is not available in this version"},
    {"valkeys+sentinel://host", "valkeys+sentinel:// is not available in this version"},
    {"redis+other://host", "has an unknown scheme"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        rpi_url url;
        rp_status wanted = strstr(refused[i].why, "not available") ? RP_INVALID_OPERATION : RP_INVALID_VALUE;
        if (rpi_url_parse(&url, refused[i].text) != wanted)
            fail_msg("\"%s\" is not refused", refused[i].text);
        wire_want_part(rp_last_error()->message, refused[i].why);
        wire_want_printable(rp_last_error()->message);
        assert_int_equal(rp_last_error()->status, wanted);
        assert_null(strstr(rp_last_error()->message, SECRET));
        assert_null(url.text);
    }
}

static void test_null(void **state)
{
    rpi_url url;
    (void)state;
    assert_int_equal(rpi_url_parse(&url, NULL), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "is a NULL pointer");
    rpi_url_free(&url);
}

/* A unix socket's path has an end: 107 bytes. One that is longer is refused, and never cut. */
static void test_length_of_path(void **state)
{
    char text[512];
    (void)state;
    for (int len = 100; len <= 300; len++) {
        rpi_url url;
        snprintf(text, sizeof text, "unix:///%0*d", len - 1, 0);
        if (len <= 107) {
            assert_int_equal(rpi_url_parse(&url, text), RP_OK);
            assert_int_equal(strlen(url.path), len);
            rpi_url_free(&url);
        } else {
            char why[64];
            assert_int_equal(rpi_url_parse(&url, text), RP_INVALID_VALUE);
            snprintf(why, sizeof why, "path has %d bytes; a unix socket's may have 107 at most", len);
            wire_want_part(rp_last_error()->message, why);
        }
    }
}

static void test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"redis://h", "redis://h:6379/0", true},   {"redis://h", "valkey://h", true},
        {"redis://h", "redis://i", false},         {"redis://h", "redis://h:6380", false},
        {"redis://h", "redis://h/1", false},       {"redis://u:p@h", "redis://u:p@h", true},
        {"redis://u:p@h", "redis://u:q@h", false}, {"redis://u:p@h", "redis://v:p@h", false},
        {"redis://:p@h", "redis://h", false},      {"redis://:p@h", "redis://:%70@h", true},
        {"unix:///a", "unix:///a?db=0", true},     {"unix:///a", "unix:///b", false},
        {"unix:///a", "unix:///a?db=1", false},    {"unix:///a", "redis://a", false},
        {"unix:///a", "unix://:p@/a", false},      {"redis://[::1]", "redis://[::1]:6379", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rpi_url a, b;
        assert_int_equal(rpi_url_parse(&a, rows[i].a), RP_OK);
        assert_int_equal(rpi_url_parse(&b, rows[i].b), RP_OK);
        if (rpi_url_equal(&a, &b) != rows[i].equal || rpi_url_equal(&b, &a) != rows[i].equal)
            fail_msg("%s and %s are %s", rows[i].a, rows[i].b, rows[i].equal ? "not equal" : "equal");
        rpi_url_free(&a);
        rpi_url_free(&b);
    }
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

static size_t released, with_secret;

static void look_and_release(void *memory)
{
    size_t size = malloc_usable_size(memory);
    released += memory != NULL;
    with_secret += memory && memmem(memory, size, SECRET, sizeof SECRET - 1);
    free(memory);
}

/* Of a url that was good, and of one that was not. */
static void test_wiped(void **state)
{
    static const rpi_allocator looking = {realloc, look_and_release};
    rpi_url url;
    (void)state;
    released = with_secret = 0;
    rpi_set_allocator(&looking);
    assert_int_equal(rpi_url_parse(&url, "redis://user:" SECRET "@host"), RP_OK);
    assert_string_equal(url.password, SECRET);
    rpi_url_free(&url);
    assert_int_equal(rpi_url_parse(&url, "redis://user:" SECRET "@host:port"), RP_INVALID_VALUE);
    rpi_set_allocator(NULL);
    assert_int_equal(released, 2);
    assert_int_equal(with_secret, 0);
}

static void test_no_memory(void **state)
{
    rpi_url url;
    (void)state;
    memory_watch();
    memory_fail(1, true);
    assert_int_equal(rpi_url_parse(&url, "redis://user:" SECRET "@host"), RP_NO_MEMORY);
    assert_int_equal(memory_failures(), 1);
    assert_int_equal(rp_last_error()->status, RP_NO_MEMORY);
    assert_null(url.text);
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_taken_apart), KIT_TEST(test_refused), KIT_TEST(test_null),      KIT_TEST(test_length_of_path),
        KIT_TEST(test_equal),       KIT_TEST(test_wiped),   KIT_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
