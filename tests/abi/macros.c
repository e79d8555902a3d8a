/* Uses every public macro once, as C11, C++17 and C++20, and checks that each queues its command. No server is needed:
 * nothing is bound, so the execute at the end fails, and says so. */
#include <redpipe/redpipe.h>

static int failures;

static void expect(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "does not hold: %s\n", what);
        failures++;
    }
}

#define EXPECT(truth) expect((truth), #truth)
#define QUEUES(call) expect(rp_outcome_of(call) == RP_QUEUED, #call)

static void every_type(rp_pipe *p, const rp_value *ready)
{
    char text[] = "text";
    rp_arg array[] = {RP_ARG("GET"), RP_ARG("key")};

    QUEUES(rp_command(p, "X", true, (signed char)-1, (short)-2, -3, -4L, -5LL));
    QUEUES(rp_command(p, "X", (unsigned char)1, (unsigned short)2, 3U, 4UL, 5ULL, 1.5F, 2.5));
    QUEUES(rp_command(p, text, (const char *)text, rp_b("a\0b", 3), RP_BYTES_OF("a\0b"), ready, array[1]));
    QUEUES(rp_command(p, "X", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                      26, 27, 28, 29, 30, 31, 32));
    QUEUES(rp_command_args(p, RP_ARGS("GET", text)));
    QUEUES(rp_command_args(p, 2, array));
    QUEUES(rp_command_array(p, RP_LIST("GET", text)));
}

static void every_command(rp_pipe *p)
{
    QUEUES(rp_ping(p));
    QUEUES(rp_echo(p, "hello"));
    QUEUES(rp_del(p, "a", "b"));
    QUEUES(rp_exists(p, "a"));
    QUEUES(rp_expire(p, "a", 60));
    QUEUES(rp_ttl(p, "a"));
    QUEUES(rp_get(p, "a"));
    QUEUES(rp_set(p, "a", 1));
    QUEUES(rp_setnx(p, "a", 1));
    QUEUES(rp_incr(p, "a"));
    QUEUES(rp_incrby(p, "a", 2));
    QUEUES(rp_mget(p, "a", "b"));
    QUEUES(rp_mget_array(p, RP_LIST("a", "b")));
    QUEUES(rp_blpop(p, "a", "b", 1.5));
    QUEUES(rp_blpop_array(p, RP_LIST("a", "b"), 1.5));
    QUEUES(rp_xadd(p, "s", "f", 1, "g", 2));
    QUEUES(rp_xadd_array(p, "s", RP_LIST("f", 1), .maxlen = 100));
    QUEUES(rp_mset(p, "a", 1, "b", 2));
    QUEUES(rp_hset(p, "h", "a", 1, "b", 2.5));
    QUEUES(rp_hget(p, "h", "a"));
    QUEUES(rp_hgetall(p, "h"));
    QUEUES(rp_lpush(p, "l", 1, 2, 3));
    QUEUES(rp_lrange(p, "l", 0, -1));
    QUEUES(rp_sadd(p, "s", "a", "b"));
    QUEUES(rp_smembers(p, "s"));
    QUEUES(rp_zadd(p, "z", 1.5, "a"));
    QUEUES(rp_zrange(p, "z", 0, -1));
    QUEUES(rp_eval(p, "return 1", 0));
    QUEUES(rp_eval(p, "return ARGV[1]", 1, "a", 2));
    QUEUES(rp_bitfield(p, "b", RP_BITFIELD_GET("u8", 0), RP_BITFIELD_SET("u8", 8, 255)));
    QUEUES(rp_bitfield(p, "b", RP_BITFIELD_OVERFLOW("SAT"), RP_BITFIELD_INCRBY("i5", "#1", 1)));
}

static void every_whole_number(rp_pipe *p)
{
    QUEUES(rp_incrby(p, "a", true));
    QUEUES(rp_incrby(p, "a", (signed char)1));
    QUEUES(rp_incrby(p, "a", (unsigned short)1));
    QUEUES(rp_incrby(p, "a", 'a'));
    QUEUES(rp_incrby(p, "a", 1U));
    QUEUES(rp_incrby(p, "a", 1L));
    QUEUES(rp_incrby(p, "a", 1UL));
    QUEUES(rp_incrby(p, "a", 1LL));
    QUEUES(rp_incrby(p, "a", 1ULL));
    QUEUES(rp_incrby(p, "a", RP_NULL));
    QUEUES(rp_incrbyfloat(p, "a", 1));
    QUEUES(rp_incrbyfloat(p, "a", 1.5F));
    QUEUES(rp_incrbyfloat(p, "a", 1UL));
}

static void every_script(rp_pipe *p)
{
    rp_script *script = rp_script_new("return 1");

    QUEUES(rp_script_run(p, script));
    QUEUES(rp_script_run(p, script, .keys = RP_LIST("a", 1), .args = RP_LIST(2.5)));
    rp_script_free(script);
}

static void every_scan(void)
{
    EXPECT(rp_scan_close(rp_scan_iter("other")) == RP_OK);
    EXPECT(rp_scan_close(rp_sscan_iter("other", "a")) == RP_OK);
    EXPECT(rp_scan_close(rp_hscan_iter("other", 1)) == RP_OK);
    EXPECT(rp_scan_close(rp_zscan_iter("other", "a")) == RP_OK);
    EXPECT(rp_scan_close(rp_scan_iter("other", .match = "a*", .count = 100, .type = "hash")) == RP_OK);
    EXPECT(rp_scan_close(rp_sscan_iter("other", "a", .match = "a*")) == RP_OK);
    EXPECT(rp_scan_close(rp_hscan_iter("other", "a", .count = 100)) == RP_OK);
    EXPECT(rp_scan_close(rp_zscan_iter("other", "a", .count = 100)) == RP_OK);
}

static rp_status no_transaction(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    (void)arg;
    QUEUES(rp_get(reads, "a"));
    QUEUES(rp_incr(writes, "a"));
    return RP_INVALID_VALUE;
}

static void every_transaction(void)
{
    rp_pipe *watch = rp_watch("other", "a", 1), *another = rp_watch_array("other", RP_LIST("a", 1));
    rp_pipe *multi = rp_multi(watch);

    QUEUES(rp_get(watch, "a"));
    QUEUES(rp_incr(multi, "a"));
    rp_free(multi);
    rp_free(watch);
    rp_free(another);
    EXPECT(rp_transaction(NULL, RP_LIST("a"), no_transaction, NULL) == RP_INVALID_VALUE);
}

static void every_keyword(rp_pipe *p)
{
    rp_pipe *nested = rp_pipeline(p, .name = "other", .collect = false);
    rp_pipe *automatic = rp_autoexec(p, .name = "other", .timeout_ms = 0);

    QUEUES(rp_set(p, "a", "v", .ex = 60, .nx = true));
    QUEUES(rp_set(p, "a", "v", .xx = true, .get = true, .pxat = 1));
    QUEUES(rp_zadd(p, "z", 1, "a", .gt = true, .ch = true));
    QUEUES(rp_zrange(p, "z", "-inf", "+inf", .byscore = true, .desc = true, .withscores = true, .start = 1, .num = 2));
    QUEUES(rp_zunion(p, RP_LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
                     .weights = RP_LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)));
    EXPECT(rp_transaction("other", RP_LIST("a", 1), no_transaction, &failures, .attempts = 2) == RP_INVALID_VALUE);
    rp_free(nested);
    rp_free(automatic);
    EXPECT(rp_connect("spare", "redis://localhost", .timeout_ms = 500, .client_name = "macros") == RP_OK);
    EXPECT(rp_disconnect("spare") == RP_OK);
}

static void every_comparison(rp_pipe *p)
{
    rp_future *f = rp_future_new(p);

    EXPECT(rp_future_set(f, "12") == RP_OK);
    EXPECT(rp_equal(f, 12));
    EXPECT(rp_compare(f, 13L) < 0);
    EXPECT(rp_contains(f, "2"));
    EXPECT(rp_lookup(f, "12") == NULL);
    EXPECT(rp_int(f) == 12);
    every_type(p, f);
}

int main(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_pipe *nested = rp_autoexec(p);

    every_command(nested);
    every_whole_number(nested);
    every_script(nested);
    every_scan();
    EXPECT(rp_close(nested) == RP_OK);
    every_comparison(p);
    every_transaction();
    EXPECT(rp_connect("spare", "redis://localhost") == RP_OK);
    every_keyword(p);
    EXPECT(rp_execute(p) == RP_INVALID_PIPELINE);
    rp_free(p);
    rp_disconnect_all();
    return failures ? 1 : 0;
}
