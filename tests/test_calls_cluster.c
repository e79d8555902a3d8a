/* Notes. Each command of the section "cluster", against one node of its own. Each sheet gives back the slots that it
 * takes: keys are stored in no sheet, since a node with keys can't be reset. */
#include "support/sheet.h"

#define OK "'OK'"
#define NOBODY "0123456789012345678901234567890123456789"

static void slots(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_cluster_addslots(p, 1, 3), "CLUSTER ADDSLOTS 1 3", RP_STRING, OK);
    want_error(s, rp_cluster_addslots(p, 1), "CLUSTER ADDSLOTS 1", "ERR Slot 1 is already busy");
    want(s, rp_cluster_addslotsrange(p, 10, 20, 30, 40), "CLUSTER ADDSLOTSRANGE 10 20 30 40", RP_STRING, OK);
    want(s, rp_cluster_slots(p), "CLUSTER SLOTS", RP_LIST, NULL);
    want(s, rp_cluster_shards(p), "CLUSTER SHARDS", RP_LIST, NULL);
    want(s, rp_cluster_countkeysinslot(p, 1), "CLUSTER COUNTKEYSINSLOT 1", RP_INT, "0");
    want(s, rp_cluster_getkeysinslot(p, 1, 5), "CLUSTER GETKEYSINSLOT 1 5", RP_LIST, "[]");
    want(s, rp_cluster_keyslot(p, "a"), "CLUSTER KEYSLOT a", RP_INT, "15495");
    want(s, rp_cluster_delslots(p, 1, 3), "CLUSTER DELSLOTS 1 3", RP_STRING, OK);
    want(s, rp_cluster_delslotsrange(p, 10, 20, 30, 40), "CLUSTER DELSLOTSRANGE 10 20 30 40", RP_STRING, OK);
    want(s, rp_cluster_slots(p), "CLUSTER SLOTS", RP_LIST, "[]");
    want(s, rp_cluster_addslots(p, 5), "CLUSTER ADDSLOTS 5", RP_STRING, OK);
    want_error(s, rp_cluster_setslot(p, 6, .importing = NOBODY), "CLUSTER SETSLOT 6 IMPORTING " NOBODY, "ERR");
    want_error(s, rp_cluster_setslot(p, 5, .migrating = NOBODY), "CLUSTER SETSLOT 5 MIGRATING " NOBODY, "ERR");
    want_error(s, rp_cluster_setslot(p, 5, .node = NOBODY), "CLUSTER SETSLOT 5 NODE " NOBODY, "ERR Unknown node");
    want(s, rp_cluster_setslot(p, 5, .stable = true), "CLUSTER SETSLOT 5 STABLE", RP_STRING, OK);
    want(s, rp_cluster_flushslots(p), "CLUSTER FLUSHSLOTS", RP_STRING, OK);
}

static void node(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_cluster_info(p), "CLUSTER INFO", RP_DICT, NULL);
    want(s, rp_cluster_nodes(p), "CLUSTER NODES", RP_STRING, NULL);
    want(s, rp_cluster_myid(p), "CLUSTER MYID", RP_STRING, NULL);
    want(s, rp_cluster_links(p), "CLUSTER LINKS", RP_LIST, "[]");
    want(s, rp_cluster_bumpepoch(p), "CLUSTER BUMPEPOCH", RP_STRING, NULL);
    want_error(s, rp_cluster_set_config_epoch(p, 7), "CLUSTER SET-CONFIG-EPOCH 7", "ERR Node config epoch is already");
    want(s, rp_cluster_reset(p, .hard = true), "CLUSTER RESET HARD", RP_STRING, OK);
    want(s, rp_cluster_set_config_epoch(p, 7), "CLUSTER SET-CONFIG-EPOCH 7", RP_STRING, OK);
    want(s, rp_cluster_saveconfig(p), "CLUSTER SAVECONFIG", RP_STRING, OK);
    want(s, rp_cluster_meet(p, "127.0.0.1", 1), "CLUSTER MEET 127.0.0.1 1", RP_STRING, OK);
    want(s, rp_cluster_meet(p, "127.0.0.1", 2, .bus_port = 3), "CLUSTER MEET 127.0.0.1 2 3", RP_STRING, OK);
    want(s, rp_cluster_reset(p, .soft = true), "CLUSTER RESET SOFT", RP_STRING, OK);
    want(s, rp_cluster_reset(p), "CLUSTER RESET", RP_STRING, OK);
    want(s, rp_readonly(p), "READONLY", RP_STRING, OK);
    want(s, rp_readwrite(p), "READWRITE", RP_STRING, OK);
    want(s, rp_cluster_help(p), "CLUSTER HELP", RP_LIST, NULL);
}

static void other_nodes(sheet *s)
{
    rp_pipe *p = s->pipe;
    const char *unknown = "ERR Unknown node " NOBODY, *master = "ERR You should send CLUSTER FAILOVER to a replica";
    want_error(s, rp_cluster_count_failure_reports(p, NOBODY), "CLUSTER COUNT-FAILURE-REPORTS " NOBODY, unknown);
    want_error(s, rp_cluster_replicas(p, NOBODY), "CLUSTER REPLICAS " NOBODY, unknown);
    want_error(s, rp_cluster_slaves(p, NOBODY), "CLUSTER SLAVES " NOBODY, unknown);
    want_error(s, rp_cluster_replicate(p, NOBODY), "CLUSTER REPLICATE " NOBODY, unknown);
    want_error(s, rp_cluster_forget(p, NOBODY), "CLUSTER FORGET " NOBODY, unknown);
    want_error(s, rp_cluster_failover(p), "CLUSTER FAILOVER", master);
    want_error(s, rp_cluster_failover(p, .force = true), "CLUSTER FAILOVER FORCE", master);
    want_error(s, rp_cluster_failover(p, .takeover = true), "CLUSTER FAILOVER TAKEOVER", master);
}

#define STATS "$9\r\nkey-count\r\n:3\r\n$8\r\ncpu-usec\r\n:70\r\n"

static void newer(sheet *s)
{
    rp_pipe *p = s->pipe;
    const char *two = "*1\r\n*2\r\n:5\r\n*4\r\n" STATS, *three = "*1\r\n*2\r\n:5\r\n%2\r\n" STATS;
    const char *shown = "[[5, {'key-count': 3, 'cpu-usec': 70}]]";
    want_new(s, rp_cluster_slot_stats(p, .slotsrange = RP_LIST(0, 9)), "CLUSTER SLOT-STATS SLOTSRANGE 0 9", two, three,
             RP_LIST, shown);
    want_new(s, rp_cluster_slot_stats(p, .orderby = "key-count", .limit = 1, .asc = true),
             "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 1 ASC", two, three, RP_LIST, shown);
    want_new(s, rp_cluster_slot_stats(p, .orderby = "key-count", .desc = true),
             "CLUSTER SLOT-STATS ORDERBY key-count DESC", "*0\r\n", NULL, RP_LIST, "[]");
    want_new(s, rp_cluster_myshardid(p), "CLUSTER MYSHARDID", "$3\r\nabc\r\n", NULL, RP_STRING, "'abc'");
}

/* What a node alone has none of. */
static void links(sheet *s)
{
    want_new(s, rp_cluster_links(s->pipe), "CLUSTER LINKS",
             "*1\r\n*6\r\n$9\r\ndirection\r\n$2\r\nto\r\n$4\r\nnode\r\n$1\r\nx\r\n$11\r\ncreate-time\r\n:17\r\n",
             "*1\r\n%3\r\n$9\r\ndirection\r\n$2\r\nto\r\n$4\r\nnode\r\n$1\r\nx\r\n$11\r\ncreate-time\r\n:17\r\n",
             RP_LIST, "[{'direction': 'to', 'node': 'x', 'create-time': 17}]");
}

SHEET_TESTS(slots, node, other_nodes, newer, links)

static void check_node(const rp_value *of)
{
    assert_int_equal(rp_len(of), 4);
    assert_int_equal(rp_kind_of(rp_at(of, 1)), RP_INT);
    assert_int_equal(rp_len(rp_at(of, 2)), 40);
    assert_int_equal(rp_kind_of(rp_at(of, 3)), RP_DICT);
    assert_string_equal(rp_str(rp_lookup(rp_at(of, 3), "hostname")), "node.example");
}

static void check_slots(const rp_value *of)
{
    assert_int_equal(rp_len(of), 2);
    for (size_t i = 0; i < 2; i++) {
        const rp_value *range = rp_at(of, i);
        assert_int_equal(rp_len(range), 3);
        assert_int_equal(rp_int(rp_at(range, 0)), i ? 30 : 10);
        assert_int_equal(rp_int(rp_at(range, 1)), i ? 40 : 20);
        check_node(rp_at(range, 2));
    }
}

static void check_shards(const rp_value *shards)
{
    assert_int_equal(rp_len(shards), 1);
    const rp_value *shard = rp_at(shards, 0);
    assert_int_equal(rp_kind_of(shard), RP_DICT);
    check_shown(rp_lookup(shard, "slots"), "[10, 20, 30, 40]");
    assert_int_equal(rp_kind_of(rp_lookup(shard, "nodes")), RP_LIST);
    const rp_value *master = rp_at(rp_lookup(shard, "nodes"), 0);
    assert_int_equal(rp_kind_of(master), RP_DICT);
    assert_string_equal(rp_str(rp_lookup(master, "role")), "master");
    assert_int_equal(rp_kind_of(rp_lookup(master, "port")), RP_INT);
}

static void test_topology(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_cluster_addslotsrange(p, 10, 20, 30, 40);
        const rp_future *all = rp_cluster_slots(p), *shards = rp_cluster_shards(p), *now = rp_cluster_info(p);
        rp_cluster_flushslots(p);
        assert_int_equal(rp_execute(p), RP_OK);
        check_slots(all);
        check_shards(shards);
        assert_string_equal(rp_str(rp_lookup(now, "cluster_slots_assigned")), "22");
        rp_free(p);
        rp_disconnect_all();
    }
}

#define REFUSED(call, status) \
    (call); \
    assert_int_equal(rp_execute(p), status)

/* A server that is older has its own words for a mistake. */
static void timeout(sheet *s)
{
    want(s, rp_cluster_setslot(s->pipe, 5, .stable = true, .timeout = 9), "CLUSTER SETSLOT 5 STABLE TIMEOUT 9",
         RP_STRING, OK);
}

static void test_timeout(void **state)
{
    (void)state;
    sheet_check_words((sheet_queue *[]){timeout}, 1);
}

static void test_refused(void **state)
{
    (void)state;
    rp_pipe *p = rp_pipeline(NULL);
    REFUSED(rp_cluster_setslot(p, 5, .stable = true, .node = NOBODY), RP_INVALID_OPERATION);
    REFUSED(rp_cluster_slot_stats(p, .slotsrange = RP_LIST(0, 1), .limit = 3), RP_INVALID_OPERATION);
    REFUSED(rp_cluster_slot_stats(p, .slotsrange = RP_LIST(0, 1), .orderby = "key-count"), RP_INVALID_OPERATION);
    REFUSED(rp_cluster_addslotsrange(p, 1, 2, 3), RP_INVALID_VALUE);
    REFUSED(rp_command(p, "ASKING"), RP_INVALID_OPERATION);
    rp_free(p);
}

static int start(void **state)
{
    *state =
        live_start((const char *[]){"--cluster-enabled", "yes", "--cluster-announce-hostname", "node.example", NULL});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_topology), KIT_TEST(test_timeout),
                                       KIT_TEST(test_refused)};
    return cmocka_run_group_tests(tests, start, sheet_stop);
}
