/* Notes. The commands of channels that may stand in a pipeline, with and without somebody who listens. */
#include <unistd.h>

#include "support/raw.h"
#include "support/sheet.h"

static void channels(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_publish(p, "news", "hello"), "PUBLISH news hello", RP_INT, "0");
    want(s, rp_spublish(p, "news", 1), "SPUBLISH news 1", RP_INT, "0");
    want(s, rp_pubsub_channels(p), "PUBSUB CHANNELS", RP_LIST, "[]");
    want(s, rp_pubsub_channels(p, .pattern = "n*"), "PUBSUB CHANNELS n*", RP_LIST, "[]");
    want(s, rp_pubsub_numpat(p), "PUBSUB NUMPAT", RP_INT, "0");
    want(s, rp_pubsub_numsub(p, "a"), "PUBSUB NUMSUB a", RP_DICT, "{'a': 0}");
    want(s, rp_pubsub_numsub(p, "a", "b c"), "PUBSUB NUMSUB a \"b c\"", RP_DICT, "{'a': 0, 'b c': 0}");
    want(s, rp_pubsub_shardchannels(p), "PUBSUB SHARDCHANNELS", RP_LIST, "[]");
    want(s, rp_pubsub_shardchannels(p, .pattern = "n*"), "PUBSUB SHARDCHANNELS n*", RP_LIST, "[]");
    want(s, rp_pubsub_shardnumsub(p, "a", "b"), "PUBSUB SHARDNUMSUB a b", RP_DICT, "{'a': 0, 'b': 0}");
    want(s, rp_pubsub_help(p), "PUBSUB HELP", RP_LIST, NULL);
}

SHEET_TESTS(channels)

static void test_somebody_listens(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        int fd = raw_connect(live_url(*state));
        RAW_SEND(fd, "SUBSCRIBE news\r\nPSUBSCRIBE n*\r\nSSUBSCRIBE shard\r\n");
        RAW_WANT(fd, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\nn*\r\n:2\r\n");
        RAW_WANT(fd, "*3\r\n$10\r\nssubscribe\r\n$5\r\nshard\r\n:1\r\n");
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *got = rp_publish(p, "news", "hi"), *shard = rp_spublish(p, "shard", "hi"),
                  *names = rp_pubsub_channels(p, .pattern = "n*"), *counts = rp_pubsub_numsub(p, "news", "x"),
                  *patterns = rp_pubsub_numpat(p), *shards = rp_pubsub_shardchannels(p),
                  *shard_counts = rp_pubsub_shardnumsub(p, "shard");
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(got), 2);
        assert_int_equal(rp_int(shard), 1);
        check_shown(names, "['news']");
        check_shown(counts, "{'news': 1, 'x': 0}");
        assert_int_equal(rp_int(patterns), 1);
        check_shown(shards, "['shard']");
        check_shown(shard_counts, "{'shard': 1}");
        RAW_WANT(fd, "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n");
        rp_free(p);
        close(fd);
        rp_disconnect_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_somebody_listens)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
