/* Notes. What a fake server must not let pass. Whether fake_stop fails a test is tried in a child process, which runs a
 * group of one test and returns how many failed. */
#define _GNU_SOURCE 1
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

static const struct {
    const char *script, *sends, *failure;
} misses[] = {
    {"\nEXPECT GET 'k '\n", CMD_GET, "connection 1, line 2 (EXPECT GET \"k \"): got GET k"},
    {"EXPECT GET", CMD_GET, "got GET k"},
    {"EXPECT GET k k", CMD_GET, "got GET k"},
    {"HELLO", CMD_GET, "got GET k"},
    {"HELLO 2", CMD_HELLO3, "got HELLO 3"},
    {"HELLO2", CMD_GET, "got GET k"},
    {"LOCKSTEP 1", CMD_GET, "got GET k"},
    {"READ 2", CMD_PING, "the client closed"},
    {"SERVE 2", CMD_PING, "the client closed"},
    {"EXECUTE 1", "", "the client closed"},
    {"EXPECT PING", "*1\r\n$4\r\nPI", "the client closed within a command"},
};

static void test_unmet_expectations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(misses); i++) {
        fake *f = fake_start(misses[i].script);
        int fd = raw_connect(fake_url(f));
        raw_send(fd, misses[i].sends, strlen(misses[i].sends));
        shutdown(fd, SHUT_WR);
        fake_wait_closed(f);
        close(fd);
        assert_non_null(fake_failure(f));
        assert_non_null(strstr(fake_failure(f), misses[i].failure));
        fake_stop_any(f);
    }
}

/* Runs a script against what a client sends and then ends. */
static void play_once(const char *script, const char *sends, void (*stop)(fake *))
{
    fake *f = fake_start(script);
    int fd = raw_connect(fake_url(f));
    raw_send(fd, sends, strlen(sends));
    shutdown(fd, SHUT_WR);
    fake_wait_closed(f);
    close(fd);
    stop(f);
}

static void fails_on_mismatch(void **state)
{
    (void)state;
    play_once("EXPECT PING", CMD_GET, fake_stop);
}

static void fails_on_malformed(void **state)
{
    (void)state;
    play_once("SERVE", CMD_PING "PING\r\n", fake_stop_any);
}

static void fails_on_malformed_at_the_end(void **state)
{
    (void)state;
    play_once("READ 1", CMD_PING "PING\r\n", fake_stop_any);
}

static void fails_on_missing_connection(void **state)
{
    (void)state;
    play_once("READ 1\nCONNECTION\nSTALL", CMD_PING, fake_stop);
}

static void fails_on_stop_before_command(void **state)
{
    (void)state;
    fake *f = fake_start("EXPECT PING");
    int fd = raw_connect(fake_url(f));
    fake_stop(f);
    close(fd);
}

static void passes(void **state)
{
    (void)state;
    play_once("SERVE", CMD_PING, fake_stop);
}

static void test_fake_can_fail(void **state)
{
    (void)state;
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(passes)), 0);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_mismatch)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_malformed)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_malformed_at_the_end)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_missing_connection)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_stop_before_command)), 1);
}

static const char *bad_script;

static void fails_on_bad_script(void **state)
{
    (void)state;
    fake_stop_any(fake_start(bad_script));
}

static void test_bad_scripts(void **state)
{
    static const char *const bad[] = {
        "NOPE",
        "send a",
        "SEND",
        "SEND x y",
        "SEND 1 2 3",
        "SEND 'a",
        "SEND 'a'b",
        "SEND '\\q'",
        "SEND '\\x1'",
        "READ",
        "READ x",
        "READ -1",
        "EXPECT",
        "CLOSE 1",
        "REPEAT 2",
        "END",
        "REPEAT 2\nCONNECTION\nEND",
        "CONNECTION x",
        "CONNECTION *\nCLOSE\nCONNECTION",
        "DRIP a",
        "BULK 1 2",
        "SERVE x",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        bad_script = bad[i];
        if (kit_failures_of((struct CMUnitTest)KIT_TEST(fails_on_bad_script)) != 1)
            fail_msg("taken: %s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_unmet_expectations),
        KIT_TEST(test_fake_can_fail),
        KIT_TEST(test_bad_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
