/* Notes. Each command of the section "server". What ends or disturbs a server runs against one of its own, or is seen
 * by a fake only; a sheet that says FLUSHALL is among the latter, since a sheet's keys are another's. Saving takes a
 * process of the server's and must end before the next begins. */
#define _GNU_SOURCE 1
#include <string.h>

#include "support/sheet.h"

#define OK "'OK'"

static void keys_and_time(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "k", "v"), "SET k v", RP_STRING, OK);
    want(s, rp_dbsize(p), "DBSIZE", RP_INT, "1");
    want(s, rp_swapdb(p, 0, 1), "SWAPDB 0 1", RP_STRING, OK);
    want(s, rp_dbsize(p), "DBSIZE", RP_INT, "0");
    want(s, rp_swapdb(p, 1, 0), "SWAPDB 1 0", RP_STRING, OK);
    want(s, rp_flushdb(p, .async = true), "FLUSHDB ASYNC", RP_STRING, OK);
    want(s, rp_dbsize(p), "DBSIZE", RP_INT, "0");
    want(s, rp_flushdb(p, .sync = true), "FLUSHDB SYNC", RP_STRING, OK);
    want(s, rp_flushdb(p), "FLUSHDB", RP_STRING, OK);
    want(s, rp_flushall(p), "FLUSHALL", RP_STRING, OK);
    want(s, rp_flushall(p, .async = true), "FLUSHALL ASYNC", RP_STRING, OK);
    want(s, rp_flushall(p, .sync = true), "FLUSHALL SYNC", RP_STRING, OK);
    want(s, rp_time(p), "TIME", RP_LIST, NULL);
    want(s, rp_lastsave(p), "LASTSAVE", RP_INT, NULL);
    want(s, rp_save(p), "SAVE", RP_STRING, OK);
    want(s, rp_lolwut(p), "LOLWUT", RP_STRING, NULL);
    want(s, rp_lolwut(p, .version = 5), "LOLWUT VERSION 5", RP_STRING, NULL);
}

static void info(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_info(p), "INFO", RP_DICT, NULL);
    want(s, rp_info(p, .section = RP_LIST("server")), "INFO server", RP_DICT, NULL);
    want(s, rp_info(p, .section = RP_LIST("memory", "cpu")), "INFO memory cpu", RP_DICT, NULL);
    want(s, rp_info(p, .section = RP_LIST("keyspace")), "INFO keyspace", RP_DICT, "{}");
    want(s, rp_info(p, .section = RP_LIST("none")), "INFO none", RP_DICT, "{}");
    want_new(s, rp_info(p), "INFO", "$48\r\n# A\r\nrole:master\r\n\r\n# Keyspace\r\ndb0:keys=1,x=:\r\n\r\n",
             "=52\r\ntxt:# A\r\nrole:master\r\n\r\n# Keyspace\r\ndb0:keys=1,x=:\r\n\r\n", RP_DICT,
             "{'role': 'master', 'db0': 'keys=1,x=:'}");
}

static void replication(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_role(p), "ROLE", RP_LIST, NULL);
    want(s, rp_replicaof(p, "127.0.0.1", 1), "REPLICAOF 127.0.0.1 1", RP_STRING, OK);
    want(s, rp_replicaof(p, "NO", "ONE"), "REPLICAOF NO ONE", RP_STRING, OK);
    want(s, rp_slaveof(p, "127.0.0.1", 1), "SLAVEOF 127.0.0.1 1", RP_STRING, OK);
    want(s, rp_slaveof(p, "NO", "ONE"), "SLAVEOF NO ONE", RP_STRING, OK);
    want_error(s, rp_failover(p), "FAILOVER", "ERR FAILOVER requires connected replicas");
    want_error(s, rp_failover(p, .timeout = 10), "FAILOVER TIMEOUT 10", "ERR FAILOVER requires connected replicas");
    want_error(s, rp_failover(p, .host = "127.0.0.1", .port = 1, .force = true, .timeout = 10),
               "FAILOVER TO 127.0.0.1 1 FORCE TIMEOUT 10", "ERR FAILOVER requires connected replicas");
    want_error(s, rp_failover(p, .abort = true), "FAILOVER ABORT", "ERR No failover in progress");
    want_error(s, rp_shutdown(p, .abort = true), "SHUTDOWN ABORT", "ERR No shutdown in progress");
    want_error(s, rp_debug(p, "SLEEP", 0), "DEBUG SLEEP 0", "ERR DEBUG command not allowed");
}

SHEET_TESTS(keys_and_time, info, replication)

/* For a fake only. */
static void disturbing(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_shutdown(p), "SHUTDOWN", RP_STRING, OK);
    want(s, rp_shutdown(p, .nosave = true, .now = true), "SHUTDOWN NOSAVE NOW", RP_STRING, OK);
    want(s, rp_shutdown(p, .save = true, .force = true), "SHUTDOWN SAVE FORCE", RP_STRING, OK);
    want(s, rp_bgsave(p), "BGSAVE", RP_STRING, OK);
    want(s, rp_bgsave(p, .schedule = true), "BGSAVE SCHEDULE", RP_STRING, OK);
    want(s, rp_bgsave(p, .cancel = true), "BGSAVE CANCEL", RP_STRING, OK);
    want(s, rp_bgrewriteaof(p), "BGREWRITEAOF", RP_STRING, OK);
}

static void test_words_that_disturb(void **state)
{
    (void)state;
    sheet_check_words((sheet_queue *[]){disturbing}, 1);
}

/* Waits, in the server, until it neither saves nor rewrites. */
static void wait_saved(void)
{
    int64_t end = kit_now_ms() + 10000;
    bool busy = true;
    while (busy) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_command(p, "WAIT", 1, 10);
        const rp_future *now = rp_info(p, .section = RP_LIST("persistence"));
        assert_int_equal(rp_execute(p), RP_OK);
        busy = rp_int(rp_lookup(now, "rdb_bgsave_in_progress")) || rp_int(rp_lookup(now, "aof_rewrite_in_progress")) ||
               rp_int(rp_lookup(now, "aof_rewrite_scheduled"));
        rp_free(p);
        assert_true(kit_now_ms() < end);
    }
}

static void check_saving(rp_future *(*queue)(rp_pipe *p))
{
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *answer = queue(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_kind_of(answer), RP_STRING);
    assert_memory_equal(rp_str(answer), "Background", 10);
    rp_free(p);
    wait_saved();
}

static rp_future *save(rp_pipe *p)
{
    return rp_bgsave(p);
}

static rp_future *save_later(rp_pipe *p)
{
    return rp_bgsave(p, .schedule = true);
}

static rp_future *rewrite(rp_pipe *p)
{
    return rp_bgrewriteaof(p);
}

static void test_saving(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        check_saving(save);
        check_saving(save_later);
        check_saving(rewrite);
        rp_disconnect_all();
    }
}

static void test_shutdown(void **state)
{
    (void)state;
    live *server = live_start(NULL);
    sheet_connect(server, 0);
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *pong = rp_ping(p), *end = rp_shutdown(p, .nosave = true);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_status_of(pong), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(end), RP_UNKNOWN);
    rp_free(p);
    rp_disconnect_all();
    live_stop(server);
}

#define REFUSED(call) \
    (call); \
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION)

static void test_refused(void **state)
{
    (void)state;
    rp_pipe *p = rp_pipeline(NULL);
    REFUSED(rp_failover(p, .force = true, .timeout = 1));
    REFUSED(rp_failover(p, .force = true, .host = "h", .port = 1));
    REFUSED(rp_failover(p, .abort = true, .timeout = 1));
    REFUSED(rp_shutdown(p, .abort = true, .now = true));
    REFUSED(rp_shutdown(p, .save = true, .nosave = true));
    REFUSED(rp_flushall(p, .async = true, .sync = true));
    REFUSED(rp_bgsave(p, .schedule = true, .cancel = true));
    REFUSED(rp_command(p, "MONITOR"));
    REFUSED(rp_command(p, "psync", "?", -1));
    REFUSED(rp_command(p, "Sync"));
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_words_that_disturb), KIT_TEST(test_saving),
                                       KIT_TEST(test_shutdown), KIT_TEST(test_refused)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
