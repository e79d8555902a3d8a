/* Notes. The options of rp_connect: which are refused, structures of other versions, and what the timeouts do. */
#define _GNU_SOURCE 1
#include <limits.h>
#include <redpipe/redpipe.h>
#include <string.h>

#include "support/fake.h"
#include "support/kit.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define NOWHERE "unix:///no/such/folder/redis.sock"

enum { SOON_MS = 200, LONG_MS = 20000 };

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

static void test_registry_options_are_checked(void **state)
{
    static const struct {
        rp_connect_opts options;
        rp_status status;
        const char *word; /* in the message */
    } rows[] = {
        {{.tls_ca = "ca.pem"}, RP_INVALID_OPERATION, "TLS"},
        {{.tls_cert = "cert.pem"}, RP_INVALID_OPERATION, "TLS"},
        {{.tls_key = "key.pem"}, RP_INVALID_OPERATION, "TLS"},
        {{.tls_server_name = "localhost"}, RP_INVALID_OPERATION, "TLS"},
        {{.protocol = 1}, RP_INVALID_VALUE, "protocol"},
        {{.protocol = 4}, RP_INVALID_VALUE, "protocol"},
        {{.protocol = -2}, RP_INVALID_VALUE, "protocol"},
        {{.connect_timeout_ms = -1}, RP_INVALID_VALUE, "connect_timeout_ms"},
        {{.timeout_ms = -2}, RP_INVALID_VALUE, "timeout_ms"},
        {{.timeout_ms = INT_MIN}, RP_INVALID_VALUE, "timeout_ms"},
        {{.pool_size = -1}, RP_INVALID_VALUE, "pool_size"},
        {{.client_name = "two words"}, RP_INVALID_VALUE, "client_name"},
        {{.client_name = "line\r\nfeed"}, RP_INVALID_VALUE, "client_name"},
        {{.client_name = "\xc3\xa9"}, RP_INVALID_VALUE, "client_name"},
        {{.max_bulk_bytes = 512u * 1024 * 1024 + 1}, RP_INVALID_VALUE, "max_bulk_bytes"},
        {{.max_bulk_bytes = SIZE_MAX}, RP_INVALID_VALUE, "max_bulk_bytes"},
        {{.max_elements = SIZE_MAX}, RP_INVALID_VALUE, "max_elements"},
        {{.max_line_bytes = SIZE_MAX}, RP_INVALID_VALUE, "max_line_bytes"},
        {{.transaction = true}, RP_OK, ""},
        {{.protocol = 2, .connect_timeout_ms = INT_MAX, .timeout_ms = -1, .pool_size = INT_MAX, .client_name = "!~"},
         RP_OK,
         ""},
        {{.max_bulk_bytes = 512u * 1024 * 1024, .max_elements = 1, .max_line_bytes = 1, .timeout_ms = INT_MAX},
         RP_OK,
         ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_status status = rp_connect_with("users", NOWHERE, &rows[i].options, sizeof rows[i].options);

        if (status != rows[i].status)
            fail_msg("row %zu (%s): %s", i, rows[i].word, rp_status_name(status));
        if (status != RP_OK && !strstr(rp_last_error()->message, rows[i].word))
            fail_msg("row %zu: '%s' is not in: %s", i, rows[i].word, rp_last_error()->message);
        assert_int_equal(ping("users"), status == RP_OK ? RP_CONNECTION_ERROR : RP_INVALID_PIPELINE);
        rp_disconnect("users");
    }
}

/* Structures of an older and of a newer program. */
static void test_registry_options_of_other_versions(void **state)
{
    struct {
        rp_connect_opts known;
        char more[16];
    } newer = {.known = {.protocol = 2}};
    rp_connect_opts older = {.protocol = 2, .timeout_ms = -5};
    fake *f = fake_start("CONNECTION *\nHELLO 2\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect_with("users", fake_url(f), (const void *)&newer, sizeof newer), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    newer.more[15] = 1;
    assert_int_equal(rp_connect_with("users", fake_url(f), (const void *)&newer, sizeof newer), RP_INVALID_OPERATION);
    assert_int_equal(rp_connect_with("other", fake_url(f), (const void *)&newer, sizeof newer), RP_INVALID_OPERATION);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(ping("other"), RP_INVALID_PIPELINE);
    /* What lies behind the end of the older structure is not looked at. */
    assert_int_equal(rp_connect_with("users", fake_url(f), &older, offsetof(rp_connect_opts, timeout_ms)), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(rp_connect_with("other", NOWHERE, NULL, 0), RP_OK);
    assert_int_equal(ping("other"), RP_CONNECTION_ERROR);
    rp_disconnect_all();
    fake_stop(f);
}

/* After any refusal the name is bound as it was, and the connection that was idle is still used. */
static void test_registry_failures_keep_the_binding(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(rp_connect("users", NULL), RP_INVALID_VALUE);
    assert_int_equal(rp_connect("users", "nonsense"), RP_INVALID_VALUE);
    assert_int_equal(rp_connect("users", "rediss://localhost"), RP_INVALID_OPERATION);
    assert_int_equal(rp_connect("users", fake_url(f), .pool_size = -1), RP_INVALID_VALUE);
    assert_int_equal(rp_connect("users", fake_url(f), .tls_ca = "ca.pem"), RP_INVALID_OPERATION);
    assert_int_equal(rp_connect("users", NOWHERE), RP_ALREADY_CONNECTED);
    assert_int_equal(ping("users"), RP_OK);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect_all();
    fake_stop(f);
}

/* The pipeline's timeout takes the place of the connection's, whichever is the longer. */
static void test_registry_timeouts(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        fake *f = fake_start("HELLO\nREAD 1\nSTALL\n");
        rp_pipe *p = rp_pipeline(NULL, .timeout_ms = i ? SOON_MS : 0);
        int64_t start = kit_now_ms();

        assert_int_equal(rp_connect(NULL, fake_url(f), .timeout_ms = i ? -1 : SOON_MS), RP_OK);
        rp_ping(p);
        assert_int_equal(rp_execute(p), RP_TIMEOUT);
        assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
        rp_free(p);
        rp_disconnect(NULL);
        fake_stop_any(f);
    }
}

static void test_registry_no_timeout(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nDRIP 100 '+PONG\\r\\n'\n");
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = -1);
    rp_future *pong = rp_ping(p);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f), .timeout_ms = SOON_MS), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(pong, "PONG"));
    rp_free(p);
    rp_disconnect(NULL);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_registry_options_are_checked),
        KIT_TEST(test_registry_options_of_other_versions),
        KIT_TEST(test_registry_failures_keep_the_binding),
        KIT_TEST(test_registry_timeouts),
        KIT_TEST(test_registry_no_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
