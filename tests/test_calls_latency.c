/* Notes. Each command of the section "latency". The server must allow DEBUG: sleeping in it is a slow event. Sheets put
 * back what they configure. */
#include "support/sheet.h"

#define OK "'OK'"

static void events(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_config_set(p, "latency-monitor-threshold", 1), "CONFIG SET latency-monitor-threshold 1", RP_STRING, OK);
    want(s, rp_latency_reset(p), "LATENCY RESET", RP_INT, NULL);
    want(s, rp_debug(p, "SLEEP", 0.002), "DEBUG SLEEP 0.002", RP_STRING, OK);
    want(s, rp_latency_latest(p), "LATENCY LATEST", RP_LIST, NULL);
    want(s, rp_latency_history(p, "command"), "LATENCY HISTORY command", RP_LIST, NULL);
    want(s, rp_latency_history(p, "none"), "LATENCY HISTORY none", RP_LIST, "[]");
    want(s, rp_latency_graph(p, "command"), "LATENCY GRAPH command", RP_STRING, NULL);
    want(s, rp_latency_doctor(p), "LATENCY DOCTOR", RP_STRING, NULL);
    want(s, rp_latency_reset(p, .events = RP_LIST("command", "none")), "LATENCY RESET command none", RP_INT, "1");
    want(s, rp_latency_latest(p), "LATENCY LATEST", RP_LIST, NULL);
    want(s, rp_config_set(p, "latency-monitor-threshold", 0), "CONFIG SET latency-monitor-threshold 0", RP_STRING, OK);
    want(s, rp_latency_help(p), "LATENCY HELP", RP_LIST, NULL);
}

static void histogram(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_config_resetstat(p), "CONFIG RESETSTAT", RP_STRING, OK);
    want(s, rp_echo(p, "x"), "ECHO x", RP_STRING, "'x'");
    want(s, rp_latency_histogram(p), "LATENCY HISTOGRAM", RP_DICT, NULL);
    want(s, rp_latency_histogram(p, .commands = RP_LIST("echo", "get")), "LATENCY HISTOGRAM echo get", RP_DICT, NULL);
    want(s, rp_latency_histogram(p, .commands = RP_LIST("get")), "LATENCY HISTOGRAM get", RP_DICT, "{}");
}

static void slow_commands(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_config_set(p, "slowlog-log-slower-than", 0), "CONFIG SET slowlog-log-slower-than 0", RP_STRING, OK);
    want(s, rp_slowlog_reset(p), "SLOWLOG RESET", RP_STRING, OK);
    want(s, rp_echo(p, "x"), "ECHO x", RP_STRING, "'x'");
    want(s, rp_slowlog_get(p, .count = 1), "SLOWLOG GET 1", RP_LIST, NULL);
    want(s, rp_slowlog_get(p, .count = -1), "SLOWLOG GET -1", RP_LIST, NULL);
    want(s, rp_slowlog_get(p), "SLOWLOG GET", RP_LIST, NULL);
    want(s, rp_config_set(p, "slowlog-log-slower-than", 10000), "CONFIG SET slowlog-log-slower-than 10000", RP_STRING,
         OK);
    want(s, rp_slowlog_len(p), "SLOWLOG LEN", RP_INT, NULL);
    want(s, rp_slowlog_help(p), "SLOWLOG HELP", RP_LIST, NULL);
}

static void commandlog(sheet *s)
{
    rp_pipe *p = s->pipe;
    want_new(s, rp_commandlog_get(p, 2, "large-reply"), "COMMANDLOG GET 2 large-reply",
             "*1\r\n*6\r\n:14\r\n:1700000000\r\n:2000000\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n$11\r\n127.0.0.1:5\r\n"
             "$0\r\n\r\n",
             NULL, RP_LIST, "[[14, 1700000000, 2000000, ['GET', 'k'], '127.0.0.1:5', '']]");
    want_new(s, rp_commandlog_get(p, -1, "slow"), "COMMANDLOG GET -1 slow", "*0\r\n", NULL, RP_LIST, "[]");
    want_new(s, rp_commandlog_len(p, "large-request"), "COMMANDLOG LEN large-request", ":3\r\n", NULL, RP_INT, "3");
    want_new(s, rp_commandlog_reset(p, "slow"), "COMMANDLOG RESET slow", "+OK\r\n", NULL, RP_STRING, OK);
    want_new(s, rp_commandlog_help(p), "COMMANDLOG HELP", "*1\r\n+HELP\r\n", NULL, RP_LIST, "['HELP']");
}

SHEET_TESTS(events, histogram, slow_commands, commandlog)

static void check_calls(const rp_value *histogram)
{
    const rp_value *echo = rp_lookup(histogram, "echo"), *calls = rp_lookup(echo, "histogram_usec");
    assert_int_equal(rp_len(histogram), 1);
    assert_int_equal(rp_int(rp_lookup(echo, "calls")), 1);
    assert_int_equal(rp_kind_of(calls), RP_DICT);
    assert_int_equal(rp_len(calls), 1);
    assert_int_equal(rp_kind_of(rp_key_at(calls, 0)), RP_INT);
    assert_int_equal(rp_int(rp_at(calls, 0)), 1);
}

static void check_slow(const rp_value *log)
{
    assert_int_equal(rp_len(log), 1);
    const rp_value *entry = rp_at(log, 0);
    assert_int_equal(rp_len(entry), 6);
    check_shown(rp_at(entry, 3), "['ECHO', 'x']");
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(rp_kind_of(rp_at(entry, i)), i < 3 ? RP_INT : i == 3 ? RP_LIST : RP_STRING);
}

static void test_what_was_slow(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_config_resetstat(p);
        rp_config_set(p, "slowlog-log-slower-than", 0);
        rp_echo(p, "x");
        const rp_future *log = rp_slowlog_get(p, .count = 1);
        rp_config_set(p, "slowlog-log-slower-than", 10000);
        const rp_future *histogram = rp_latency_histogram(p, .commands = RP_LIST("echo"));
        assert_int_equal(rp_execute(p), RP_OK);
        check_calls(histogram);
        check_slow(log);
        rp_free(p);
        rp_disconnect_all();
    }
}

static int start(void **state)
{
    *state = live_start((const char *[]){"--enable-debug-command", "yes", NULL});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_what_was_slow)};
    return cmocka_run_group_tests(tests, start, sheet_stop);
}
