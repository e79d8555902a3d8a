/* Notes. Replies of another type than the command's (W34), and replies of the right type that hold something else
 * (F06). What came is kept as it came: it is the same as what a command that nobody knows gets for it. Readers that
 * want another kind refuse it, and the connection is used again. */
#define _GNU_SOURCE 1
#include "test_wire.h"

/* -- W34 ----------------------------------------------------------------------------------------------------------- */

/* Every kind of reply, by a letter. */
static const struct {
    char letter;
    const char *bytes;
} replies[] = {
    {'i', ":5\\r\\n"},
    {'o', ":1\\r\\n"},
    {'s', "+text\\r\\n"},
    {'b', "$5\\r\\na b\\0c\\r\\n"},
    {'n', "_\\r\\n"},
    {'N', "*-1\\r\\n"},
    {'f', ",1.5\\r\\n"},
    {'t', "#t\\r\\n"},
    {'(', "(12345678901234567890\\r\\n"},
    {'e', "-MINE no\\r\\n"},
    {'l', "*1\\r\\n:7\\r\\n"},
    {'L', "*3\\r\\n$1\\r\\na\\r\\n*1\\r\\n:7\\r\\n_\\r\\n"},
    {'z', "~1\\r\\n:7\\r\\n"},
    {'d', "%1\\r\\n+k\\r\\n:7\\r\\n"},
    {'0', "*0\\r\\n"},
};

#define ONE RP_LIST("a")

/* A typed command, and the replies that its shape is for, or that it cannot tell from those. */
#define COMMANDS(X) \
    X(hgetall, rp_hgetall(p, "k"), "0") \
    X(config_get, rp_config_get(p, "k"), "0") \
    X(zscore, rp_zscore(p, "k", "m"), "(") \
    X(zmscore, rp_zmscore(p, "k", "m"), "(") \
    X(zincrby, rp_zincrby(p, "k", 1, "m"), "(") \
    X(incrbyfloat, rp_incrbyfloat(p, "k", 1.5), "(") \
    X(smembers, rp_smembers(p, "k"), "0lL") \
    X(sinter, rp_sinter(p, "k"), "0lL") \
    X(hexists, rp_hexists(p, "k", "f"), "o") \
    X(setnx, rp_setnx(p, "k", "v"), "o") \
    X(expire, rp_expire(p, "k", 5), "o") \
    X(smismember, rp_smismember(p, "k", "m"), "z") \
    X(zrange, rp_zrange(p, "k", 0, -1), "") \
    X(zrange_withscores, rp_zrange(p, "k", 0, -1, .withscores = true), "0d") \
    X(zpopmin, rp_zpopmin(p, "k"), "0d") \
    X(hrandfield, rp_hrandfield(p, "k", .count = 2, .withvalues = true), "0d") \
    X(info, rp_info(p), "sb(") \
    X(client_info, rp_client_info(p), "sb(") \
    X(client_list, rp_client_list(p), "sb(") \
    X(xread, rp_xread(p, RP_LIST("k", 0)), "0") \
    X(xrange, rp_xrange(p, "k", "-", "+"), "z") \
    X(xautoclaim, rp_xautoclaim(p, "k", "g", "c", 1, 0), "") \
    X(xinfo_stream, rp_xinfo_stream(p, "k"), "0") \
    X(hscan, rp_hscan(p, "k", 0), "") \
    X(geopos, rp_geopos(p, "k", "m"), "z") \
    X(geosearch, rp_geosearch(p, "k", .member = "m", .radius = 1, .unit = "m", .withcoord = true), "z") \
    X(bzpopmin, rp_bzpopmin_array(p, ONE, 1), "") \
    X(bzmpop, rp_bzmpop(p, 1, ONE, "MIN"), "") \
    X(command_info, rp_command_info(p), "z") \
    X(command_docs, rp_command_docs(p), "0") \
    X(memory_stats, rp_memory_stats(p), "0") \
    X(function_list, rp_function_list(p), "z") \
    X(acl_getuser, rp_acl_getuser(p, "u"), "0") \
    X(lcs, rp_lcs(p, "a", "b", .idx = true), "0") \
    X(get, rp_get(p, "k"), "") \
    X(mget, rp_mget(p, "k"), "") \
    X(del, rp_del(p, "k"), "") \
    X(lrange, rp_lrange(p, "k", 0, -1), "") \
    X(ping, rp_ping(p), "")

#define DEFINE(id, call, own) \
    static rp_future *queue_##id(rp_pipe *p) \
    { \
        return call; \
    }
COMMANDS(DEFINE)

#define ROW(id, call, own) {#id, queue_##id, own},
static const struct {
    const char *label;
    rp_future *(*queue)(rp_pipe *p);
    const char *own;
} commands[] = {COMMANDS(ROW)};

static char *dump(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    wire_dump(out, v);
    fclose(out);
    return text;
}

static bool is_aggregate(const rp_value *v)
{
    return rp_kind_of(v) == RP_LIST || rp_kind_of(v) == RP_SET || rp_kind_of(v) == RP_DICT;
}

/* Readers that want another kind say so, and leave alone what they would write to. */
static void check_strict_readers(const rp_value *v)
{
    int64_t i = 42;
    double f = 42;
    rp_bytes text = {"kept", 4};
    bool none = rp_kind_of(v) == RP_NULL;

    if (is_aggregate(v) || none) {
        assert_int_equal(rp_get_int(v, &i), RP_INVALID_VALUE);
        assert_int_equal(rp_get_float(v, &f), RP_INVALID_VALUE);
        assert_int_equal(rp_get_string(v, &text), RP_INVALID_VALUE);
        assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
        assert_int_equal(rp_int(v), 0);
        assert_string_equal(rp_str(v), "");
    }
    if (rp_kind_of(v) == RP_STRING && rp_string(v).data[0] > '9') {
        assert_int_equal(rp_get_int(v, &i), RP_INVALID_VALUE);
        assert_int_equal(rp_get_float(v, &f), RP_INVALID_VALUE);
    }
    if (!is_aggregate(v)) {
        assert_null(rp_at(v, 0));
        assert_null(rp_key_at(v, 0));
    }
    if (rp_kind_of(v) != RP_DICT)
        assert_null(rp_lookup(v, "k"));
    assert_int_equal(i, 42);
    assert_true(f == 42);
    assert_string_equal(text.data, "kept");
}

/* All commands, each answered with the same, and one that nobody knows. */
static void check_reply(size_t reply)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "wire", .collect = true);
    rp_future *futures[COUNT(commands)], *raw;
    char script[300], *wanted;
    fake *f;

    snprintf(script, sizeof script, "HELLO 3\nREAD %zu\nSEND %zu '%s'\nSERVE\n", COUNT(commands) + 1,
             COUNT(commands) + 1, replies[reply].bytes);
    f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    for (size_t i = 0; i < COUNT(commands); i++)
        futures[i] = commands[i].queue(p);
    raw = rp_command(p, "NOBODYKNOWS");
    assert_int_equal(rp_execute(p), RP_OK);
    wanted = dump(raw);
    for (size_t i = 0; i < COUNT(commands); i++) {
        char *got = dump(futures[i]);

        if (!strchr(commands[i].own, replies[reply].letter) && strcmp(got, wanted) != 0)
            fail_msg("%s: %s, not %s", commands[i].label, got, wanted);
        free(got);
        if (rp_kind_of(futures[i]) != RP_ERROR)
            check_strict_readers(futures[i]);
        got = dump(futures[i]); /* it is still what it was */
        assert_true(strchr(commands[i].own, replies[reply].letter) || strcmp(got, wanted) == 0);
        free(got);
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
    }
    free(wanted);
    rp_free(p);
    wire_want_next(f, 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_w34_replies_of_another_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++)
        check_reply(i);
}

/* Without .collect it is the same: only an error from the server fails an execute. */
static void test_w34_is_no_failure(void **state)
{
    fake *f = fake_start("HELLO 3\nREAD 3\nSEND ':5\\r\\n*1\\r\\n+x\\r\\n%1\\r\\n+a\\r\\n:1\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "wire");
    rp_future *dict = rp_hgetall(p, "h"), *score = rp_zscore(p, "z", "m"), *text = rp_get(p, "k");
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(dict), 5);
    assert_null(rp_lookup(dict, "f"));
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    assert_true(rp_equal(rp_at(score, 0), "x"));
    assert_true(rp_equal(rp_lookup(text, "a"), 1));
    rp_free(p);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* -- F06 ----------------------------------------------------------------------------------------------------------- */

/* One command is answered; what it becomes. */
static void check_becomes(rp_future *(*queue)(rp_pipe *p), int protocol, const char *reply, const char *shown)
{
    char script[400], *got;
    rp_pipe *p = rp_pipeline(NULL, .name = "wire");
    rp_future *v = queue(p);
    fake *f;

    snprintf(script, sizeof script, "HELLO %d\nREAD 1\nSEND '%s'\nSERVE\n", protocol, reply);
    f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .protocol = protocol), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    got = dump(v);
    assert_string_equal(got, shown);
    free(got);
    check_strict_readers(v);
    rp_free(p);
    wire_want_next(f, 1);
    rp_disconnect_all();
    fake_stop(f);
}

static rp_future *queue_hmget(rp_pipe *p)
{
    return rp_hmget(p, "h", "a", "b", "c");
}

static void test_f06_hgetall(void **state)
{
    (void)state;
    check_becomes(queue_hgetall, 2, "*4\\r\\n$1\\r\\na\\r\\n$1\\r\\n1\\r\\n$1\\r\\nb\\r\\n$1\\r\\n2\\r\\n",
                  "D[Sa=S1 Sb=S2]");
    check_becomes(queue_hgetall, 3, "%2\\r\\n$1\\r\\na\\r\\n$1\\r\\n1\\r\\n$1\\r\\nb\\r\\n$1\\r\\n2\\r\\n",
                  "D[Sa=S1 Sb=S2]");
    /* an odd count is no dict */
    check_becomes(queue_hgetall, 2, "*3\\r\\n$1\\r\\na\\r\\n$1\\r\\n1\\r\\n$1\\r\\nb\\r\\n", "L[Sa S1 Sb]");
    check_becomes(queue_hgetall, 2, "*1\\r\\n$1\\r\\na\\r\\n", "L[Sa]");
    check_becomes(queue_hgetall, 3, "*1\\r\\n_\\r\\n", "L[N]");
    /* fields that are no strings */
    check_becomes(queue_hgetall, 2, "*4\\r\\n:1\\r\\n$1\\r\\na\\r\\n$-1\\r\\n$1\\r\\nb\\r\\n", "D[I1=Sa N=Sb]");
    check_becomes(queue_hgetall, 2, "*4\\r\\n*1\\r\\n:1\\r\\n$1\\r\\na\\r\\n*0\\r\\n*-1\\r\\n", "D[L[I1]=Sa L[]=N]");
    check_becomes(queue_hgetall, 3, "%2\\r\\n#t\\r\\n:1\\r\\n%1\\r\\n+a\\r\\n:1\\r\\n_\\r\\n", "D[B1=I1 D[Sa=I1]=N]");
}

/* A field that comes twice: both are there, in order, and the last one counts. */
static void test_f06_repeated_field(void **state)
{
    static const char *const scripts[] = {
        "HELLO 2\nREAD 1\nSEND '*6\\r\\n+a\\r\\n:1\\r\\n+b\\r\\n:2\\r\\n+a\\r\\n:3\\r\\n'\n",
        "HELLO 3\nREAD 1\nSEND '%3\\r\\n+a\\r\\n:1\\r\\n+b\\r\\n:2\\r\\n+a\\r\\n:3\\r\\n'\n",
    };
    (void)state;

    for (size_t i = 0; i < COUNT(scripts); i++) {
        fake *f = fake_start(scripts[i]);
        rp_pipe *p = rp_pipeline(NULL, .name = "wire");
        rp_future *v = rp_hgetall(p, "h");

        assert_int_equal(rp_connect("wire", fake_url(f), .protocol = 2 + (int)i), RP_OK);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_len(v), 3);
        assert_int_equal(rp_int(rp_lookup(v, "a")), 3);
        assert_int_equal(rp_int(rp_at(v, 0)), 1);
        assert_string_equal(rp_str(rp_key_at(v, 2)), "a");
        rp_free(p);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* Fewer values than fields, and more: nothing is read past the end. */
static void test_f06_hmget_short_and_long(void **state)
{
    (void)state;
    check_becomes(queue_hmget, 2, "*3\\r\\n$1\\r\\n1\\r\\n$-1\\r\\n$1\\r\\n3\\r\\n", "L[S1 N S3]");
    check_becomes(queue_hmget, 2, "*2\\r\\n$1\\r\\n1\\r\\n$-1\\r\\n", "L[S1 N]");
    check_becomes(queue_hmget, 3, "*0\\r\\n", "L[]");
    check_becomes(queue_hmget, 3, "*4\\r\\n:1\\r\\n:2\\r\\n:3\\r\\n:4\\r\\n", "L[I1 I2 I3 I4]");
    check_becomes(queue_hmget, 3, "%1\\r\\n+a\\r\\n:1\\r\\n", "D[Sa=I1]");
    check_becomes(queue_hmget, 3, "_\\r\\n", "N");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w34_replies_of_another_type), KIT_TEST(test_w34_is_no_failure),        KIT_TEST(test_f06_hgetall),
        KIT_TEST(test_f06_repeated_field),          KIT_TEST(test_f06_hmget_short_and_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
