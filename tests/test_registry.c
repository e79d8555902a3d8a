/* Notes. The registry of names: binding, rebinding, forgetting. Without a server where none is needed; whether a name
 * is bound shows in what its pipeline's execute returns. */
#define _GNU_SOURCE 1
#include <redpipe/redpipe.h>
#include <stdio.h>
#include <string.h>

#include "support/fake.h"
#include "support/kit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define SERVER "CONNECTION *\nHELLO\nSERVE\n"
#define NOWHERE "unix:///no/such/folder/redis.sock"

enum { SOON_MS = 200 };

static rp_status ping(const char *name)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *pong = rp_ping(p);
    rp_status status = rp_execute(p);

    if (status == RP_OK)
        assert_true(rp_equal(pong, "PONG"));
    else
        assert_int_equal(rp_outcome_of(pong), RP_NOT_SENT);
    rp_free(p);
    return status;
}

static void check_unbound(const char *name)
{
    assert_int_equal(ping(name), RP_INVALID_PIPELINE);
    assert_int_equal(rp_last_error()->index, 0);
    if (name)
        assert_string_equal(rp_last_error()->connection, name);
    else
        assert_null(rp_last_error()->connection);
}

/* -- binding ------------------------------------------------------------------------------------------------------- */

static void test_registry_bind_and_disconnect(void **state)
{
    fake *f = fake_start(SERVER);
    (void)state;

    check_unbound(NULL);
    check_unbound("users");
    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(fake_connections(f), 0); /* nothing is opened before it is needed */
    check_unbound(NULL);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(ping(NULL), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(f), 2);
    assert_int_equal(rp_disconnect("users"), RP_OK);
    check_unbound("users");
    assert_int_equal(ping(NULL), RP_OK);
    assert_int_equal(rp_disconnect(NULL), RP_OK);
    check_unbound(NULL);
    fake_wait_closed(f);
    assert_int_equal(fake_connections(f), 2);
    fake_stop(f);
}

static void test_registry_disconnect_of_unknown_names(void **state)
{
    (void)state;
    assert_int_equal(rp_disconnect(NULL), RP_OK);
    assert_int_equal(rp_disconnect("never"), RP_OK);
    assert_int_equal(rp_disconnect(""), RP_OK);
    rp_disconnect_all();
    rp_disconnect_all();
    assert_int_equal(rp_connect("users", NOWHERE), RP_OK);
    assert_int_equal(rp_disconnect("users"), RP_OK);
    assert_int_equal(rp_disconnect("users"), RP_OK);
    check_unbound("users");
}

static void test_registry_disconnect_all(void **state)
{
    fake *f = fake_start(SERVER);
    (void)state;

    assert_int_equal(rp_connect("a", fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("b", fake_url(f)), RP_OK);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(ping("a"), RP_OK);
    assert_int_equal(ping(NULL), RP_OK);
    rp_disconnect_all();
    check_unbound("a");
    check_unbound("b");
    check_unbound(NULL);
    fake_wait_closed(f);
    assert_int_equal(rp_connect("a", fake_url(f)), RP_OK);
    assert_int_equal(ping("a"), RP_OK);
    assert_int_equal(fake_connections(f), 3);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_registry_already_connected(void **state)
{
    fake *a = fake_start(SERVER), *b = fake_start(SERVER);
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(a)), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(rp_connect("users", fake_url(b)), RP_ALREADY_CONNECTED);
    assert_int_equal(rp_last_error()->status, RP_ALREADY_CONNECTED);
    assert_non_null(strstr(rp_last_error()->message, "users"));
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(a), 1);
    assert_int_equal(rp_connect("more users", fake_url(b)), RP_OK);
    rp_disconnect("users");
    assert_int_equal(rp_connect("users", fake_url(b)), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(b), 1);
    rp_disconnect_all();
    fake_stop(a);
    fake_stop(b);
}

/* What counts as the same server: the address, the user and the database, however they are written. */
static void test_registry_same_url(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } rows[] = {
        {"redis://localhost", "redis://localhost:6379/0", true},
        {"redis://localhost", "valkey://localhost/", true},
        {"redis://:s3cret@localhost", "redis://:s%33cret@localhost", true},
        {"unix:///a/b.sock", "unix:///a/b.sock?db=0", true},
        {"unix:///a/b.sock", "unix:///a/%62.sock", true},
        {"redis://localhost", "redis://localhost:6380", false},
        {"redis://localhost", "redis://localhost/1", false},
        {"redis://localhost", "redis://example.com", false},
        {"redis://localhost", "unix:///localhost", false},
        {"redis://:s3cret@localhost", "redis://localhost", false},
        {"redis://:s3cret@localhost", "redis://:s3cre7@localhost", false},
        {"redis://jack:s3cret@localhost", "redis://jill:s3cret@localhost", false},
        {"redis://:s3cret@localhost", "redis://default:s3cret@localhost", false},
        {"unix:///a/b.sock", "unix:///a/c.sock", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_status want = rows[i].same ? RP_OK : RP_ALREADY_CONNECTED;

        assert_int_equal(rp_connect("users", rows[i].first), RP_OK);
        if (rp_connect("users", rows[i].second) != want)
            fail_msg("%s, then %s: not %s", rows[i].first, rows[i].second, rp_status_name(want));
        assert_int_equal(rp_connect("users", rows[i].first), RP_OK);
        if (!rows[i].same)
            assert_null(strstr(rp_last_error()->message, "s3cre"));
        rp_disconnect("users");
    }
}

static void test_registry_rebind_with_other_options(void **state)
{
    fake *f = fake_start("HELLO 3\nSERVE\nCONNECTION\nEXPECT CLIENT SETNAME app\nSEND "
                         "'+OK\\r\\n'\nSERVE\nCONNECTION\nHELLO 3\nREAD 1\nSTALL\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *pong = rp_ping(p);
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(rp_connect("users", fake_url(f), .client_name = "app", .protocol = 2), RP_OK);
    fake_wait_closed(f); /* those of the old options, that were idle */
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(f), 2);
    assert_int_equal(rp_connect("users", fake_url(f), .timeout_ms = SOON_MS), RP_OK);
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_false(rp_ready(pong));
    assert_int_equal(fake_connections(f), 3);
    rp_free(p);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* -- names --------------------------------------------------------------------------------------------------------- */

static void test_registry_name_length(void **state)
{
    char name[130];
    fake *f = fake_start(SERVER);
    (void)state;

    memset(name, 'n', sizeof name);
    name[128] = '\0';
    assert_int_equal(rp_connect("", NOWHERE), RP_INVALID_VALUE);
    assert_int_equal(rp_connect(name, NOWHERE), RP_INVALID_VALUE);
    check_unbound("");
    name[127] = '\0';
    assert_int_equal(rp_connect(name, fake_url(f)), RP_OK);
    assert_int_equal(ping(name), RP_OK);
    name[126] = '\0';
    check_unbound(name);
    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    assert_int_equal(ping("n"), RP_OK);
    rp_disconnect_all();
    /* A pipeline may have any name; one that is too long is just not bound. */
    memset(name, 'n', sizeof name);
    name[129] = '\0';
    assert_int_equal(ping(name), RP_INVALID_PIPELINE);
    fake_stop(f);
}

/* The name is copied, and compared byte by byte. */
static void test_registry_names_are_bytes(void **state)
{
    char name[] = "Users", url[] = NOWHERE;
    (void)state;

    assert_int_equal(rp_connect(name, url), RP_OK);
    memset(name, 'x', strlen(name));
    memset(url, 'x', strlen(url));
    check_unbound("xxxxx");
    check_unbound("users");
    assert_int_equal(ping("Users"), RP_CONNECTION_ERROR);
    assert_string_equal(rp_last_error()->connection, "Users");
    assert_int_equal(rp_connect("\xff\x01 {}'", NOWHERE), RP_OK);
    assert_int_equal(ping("\xff\x01 {}'"), RP_CONNECTION_ERROR);
}

static void check_printable(void)
{
    for (const char *c = rp_last_error()->message; *c; c++)
        if (*c < ' ' || *c > '~')
            fail_msg("byte 0x%02x in: %s", (unsigned char)*c, rp_last_error()->message);
}

static void test_registry_names_in_messages_are_printable(void **state)
{
    static const char name[] = "a\n\x1b[31mred\xff";
    fake *f = fake_start("HELLO\nREAD 1\nCLOSE\nCONNECTION\nHELLO\nREAD 1\nSEND '-ERR no\\r\\n'\n");
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    (void)state;

    check_unbound(name);
    check_printable();
    assert_int_equal(rp_connect(name, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect(name, NOWHERE), RP_ALREADY_CONNECTED);
    check_printable();
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_string_equal(rp_last_error()->connection, name);
    check_printable();
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    check_printable();
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_registry_many_names(void **state)
{
    enum { NAMES = 2000 };
    char name[16];
    (void)state;

    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "name %d", i * 7919 % NAMES);
        assert_int_equal(rp_connect(name, NOWHERE), RP_OK);
    }
    for (int i = 0; i < NAMES; i += 2) {
        snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(rp_disconnect(name), RP_OK);
    }
    for (int i = 0; i < NAMES; i += 97) {
        snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(ping(name), i % 2 ? RP_CONNECTION_ERROR : RP_INVALID_PIPELINE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_registry_bind_and_disconnect),
        KIT_TEST(test_registry_disconnect_of_unknown_names),
        KIT_TEST(test_registry_disconnect_all),
        KIT_TEST(test_registry_already_connected),
        KIT_TEST(test_registry_same_url),
        KIT_TEST(test_registry_rebind_with_other_options),
        KIT_TEST(test_registry_name_length),
        KIT_TEST(test_registry_names_are_bytes),
        KIT_TEST(test_registry_names_in_messages_are_printable),
        KIT_TEST(test_registry_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
