/* Notes. Every typed command with each of its options: the words that are sent, seen by a fake, and the kind and the
 * value that a server answers with, under both protocols. A sheet is a list of commands that depend on each other,
 * with what is expected of each; it is queued anew for each backend. Values are shown as rp_print shows them. */
#define _GNU_SOURCE 1
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/live.h"

enum { MOST_ROWS = 40 };

typedef struct sheet {
    rp_pipe *pipe;
    size_t count;
    struct row {
        rp_future *future;
        const char *wire; /* as fake_command shows it */
        rp_kind kind;
        const char *shown;
    } rows[MOST_ROWS];
} sheet;

static void want(sheet *s, rp_future *future, const char *wire, rp_kind kind, const char *shown)
{
    assert_true(s->count < MOST_ROWS);
    assert_non_null(future);
    s->rows[s->count++] = (struct row){future, wire, kind, shown};
}

#define OK "'OK'"

static void connection_and_keys(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_ping(p), "PING", RP_STRING, "'PONG'");
    want(s, rp_echo(p, rp_b("a\0b\r\n", 5)), "ECHO \"a\\x00b\\r\\n\"", RP_STRING, "'a\\x00b\\r\\n'");
    want(s, rp_echo(p, ""), "ECHO \"\"", RP_STRING, "''");
    want(s, rp_mset(p, "a", 1, "b", 2.5, "c", rp_b("", 0)), "MSET a 1 b 2.5 c \"\"", RP_STRING, OK);
    want(s, rp_exists(p, "a"), "EXISTS a", RP_INT, "1");
    want(s, rp_exists(p, "a", "a", "x", "b"), "EXISTS a a x b", RP_INT, "3");
    want(s, rp_ttl(p, "a"), "TTL a", RP_INT, "-1");
    want(s, rp_ttl(p, "x"), "TTL x", RP_INT, "-2");
    want(s, rp_expire(p, "a", 1000000), "EXPIRE a 1000000", RP_INT, "1");
    want(s, rp_expire(p, "x", 1000000), "EXPIRE x 1000000", RP_INT, "0");
    want(s, rp_expire(p, "b", -1), "EXPIRE b -1", RP_INT, "1");
    want(s, rp_del(p, "a"), "DEL a", RP_INT, "1");
    want(s, rp_del(p, "a", "b", "c", "x"), "DEL a b c x", RP_INT, "1");
}

static void strings(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_get(p, "k"), "GET k", RP_NULL, "None");
    want(s, rp_set(p, "k", "v"), "SET k v", RP_STRING, OK);
    want(s, rp_get(p, "k"), "GET k", RP_STRING, "'v'");
    want(s, rp_set(p, "k", "w", .nx = true), "SET k w NX", RP_NULL, "None");
    want(s, rp_set(p, "x", "w", .xx = true), "SET x w XX", RP_NULL, "None");
    want(s, rp_set(p, "k", "w", .xx = true), "SET k w XX", RP_STRING, OK);
    want(s, rp_set(p, "x", "w", .nx = true), "SET x w NX", RP_STRING, OK);
    want(s, rp_set(p, "k", "z", .get = true), "SET k z GET", RP_STRING, "'w'");
    want(s, rp_set(p, "y", "z", .get = true), "SET y z GET", RP_NULL, "None");
    want(s, rp_set(p, "k", "!", .nx = true, .get = true), "SET k ! NX GET", RP_STRING, "'z'");
    want(s, rp_setnx(p, "k", "no"), "SETNX k no", RP_INT, "0");
    want(s, rp_setnx(p, "new", "yes"), "SETNX new yes", RP_INT, "1");
    want(s, rp_incr(p, "n"), "INCRBY n 1", RP_INT, "1");
    want(s, rp_incrby(p, "n", 41), "INCRBY n 41", RP_INT, "42");
    want(s, rp_incrby(p, "n", -43), "INCRBY n -43", RP_INT, "-1");
    want(s, rp_incrby(p, "max", INT64_MAX), "INCRBY max 9223372036854775807", RP_INT, "9223372036854775807");
    want(s, rp_mget(p, "k", "nowhere", "n"), "MGET k nowhere n", RP_LIST, "['z', None, '-1']");
    want(s, rp_mget(p, "nowhere"), "MGET nowhere", RP_LIST, "[None]");
    want(s, rp_mset(p, "a b", "c d"), "MSET \"a b\" \"c d\"", RP_STRING, OK);
}

static void expiring_strings(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "k", 1, .ex = 60), "SET k 1 EX 60", RP_STRING, OK);
    want(s, rp_set(p, "k", 1, .px = 60000), "SET k 1 PX 60000", RP_STRING, OK);
    want(s, rp_set(p, "k", 1, .exat = 33177117420), "SET k 1 EXAT 33177117420", RP_STRING, OK);
    want(s, rp_command(p, "EXPIRETIME", "k"), "EXPIRETIME k", RP_INT, "33177117420");
    want(s, rp_set(p, "k", 2, .keepttl = true), "SET k 2 KEEPTTL", RP_STRING, OK);
    want(s, rp_command(p, "EXPIRETIME", "k"), "EXPIRETIME k", RP_INT, "33177117420");
    want(s, rp_set(p, "k", 1, .pxat = 33177117420001), "SET k 1 PXAT 33177117420001", RP_STRING, OK);
    want(s, rp_command(p, "PEXPIRETIME", "k"), "PEXPIRETIME k", RP_INT, "33177117420001");
    want(s, rp_set(p, "k", 3), "SET k 3", RP_STRING, OK);
    want(s, rp_ttl(p, "k"), "TTL k", RP_INT, "-1");
    want(s, rp_set(p, "k", 4, .ex = 60, .xx = true, .get = true), "SET k 4 EX 60 XX GET", RP_STRING, "'3'");
}

static void hashes_lists_and_sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hset(p, "h", "f", 1, "g", "two"), "HSET h f 1 g two", RP_INT, "2");
    want(s, rp_hset(p, "h", "f", 3), "HSET h f 3", RP_INT, "0");
    want(s, rp_hget(p, "h", "f"), "HGET h f", RP_STRING, "'3'");
    want(s, rp_hget(p, "h", "x"), "HGET h x", RP_NULL, "None");
    want(s, rp_hgetall(p, "h"), "HGETALL h", RP_DICT, "{'f': '3', 'g': 'two'}");
    want(s, rp_hgetall(p, "x"), "HGETALL x", RP_DICT, "{}");
    want(s, rp_lpush(p, "l", "a"), "LPUSH l a", RP_INT, "1");
    want(s, rp_lpush(p, "l", 2, "c"), "LPUSH l 2 c", RP_INT, "3");
    want(s, rp_lrange(p, "l", 0, -1), "LRANGE l 0 -1", RP_LIST, "['c', '2', 'a']");
    want(s, rp_lrange(p, "l", -2, 1), "LRANGE l -2 1", RP_LIST, "['2']");
    want(s, rp_lrange(p, "x", 0, -1), "LRANGE x 0 -1", RP_LIST, "[]");
    want(s, rp_sadd(p, "s", 3, 1, 2, 1), "SADD s 3 1 2 1", RP_INT, "3");
    want(s, rp_sadd(p, "s", 3), "SADD s 3", RP_INT, "0");
    want(s, rp_smembers(p, "s"), "SMEMBERS s", RP_SET, "{'1', '2', '3'}"); /* integers are kept in order */
    want(s, rp_smembers(p, "x"), "SMEMBERS x", RP_SET, "set()");
}

static void sorted_sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd(p, "z", 1, "a"), "ZADD z 1 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 2.5, "b", .ch = true), "ZADD z CH 2.5 b", RP_INT, "1");
    want(s, rp_zadd_with(p, RP_ARG("z"), RP_ARGS(1, "a", INFINITY, "c"), NULL, 0), "ZADD z 1 a inf c", RP_INT, "1");
    want(s, rp_zadd(p, "z", 9, "a", .nx = true), "ZADD z NX 9 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 9, "x", .xx = true), "ZADD z XX 9 x", RP_INT, "0");
    want(s, rp_zadd(p, "z", 0, "a", .gt = true, .ch = true), "ZADD z GT CH 0 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 9, "a", .lt = true, .ch = true), "ZADD z LT CH 9 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 2, "a", .gt = true, .ch = true), "ZADD z GT CH 2 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 1, "a", .xx = true, .lt = true, .ch = true), "ZADD z XX LT CH 1 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 0.5, "a", .incr = true), "ZADD z INCR 0.5 a", RP_FLOAT, "1.5");
    want(s, rp_zadd(p, "z", 1, "a", .nx = true, .incr = true), "ZADD z NX INCR 1 a", RP_NULL, "None");
    want(s, rp_zadd(p, "z", 1, "x", .xx = true, .incr = true), "ZADD z XX INCR 1 x", RP_NULL, "None");
    want(s, rp_zadd(p, "z", "-inf", "d"), "ZADD z -inf d", RP_INT, "1");
}

static void ranges(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd_with(p, RP_ARG("z"), RP_ARGS(1.5, "a", 2, "b", "inf", "c"), NULL, 0), "ZADD z 1.5 a 2 b inf c",
         RP_INT, "3");
    want(s, rp_zrange(p, "z", 0, -1), "ZRANGE z 0 -1", RP_LIST, "['a', 'b', 'c']");
    want(s, rp_zrange(p, "z", 1, 1), "ZRANGE z 1 1", RP_LIST, "['b']");
    want(s, rp_zrange(p, "z", 0, 0, .desc = true), "ZRANGE z 0 0 REV", RP_LIST, "['c']");
    want(s, rp_zrange(p, "z", 0, -1, .withscores = true), "ZRANGE z 0 -1 WITHSCORES", RP_LIST,
         "[['a', 1.5], ['b', 2], ['c', inf]]");
    want(s, rp_zrange(p, "z", "(1.5", "+inf", .byscore = true), "ZRANGE z (1.5 +inf BYSCORE", RP_LIST, "['b', 'c']");
    want(s, rp_zrange(p, "z", 2, 1.5, .byscore = true, .desc = true, .withscores = true),
         "ZRANGE z 2 1.5 BYSCORE REV WITHSCORES", RP_LIST, "[['b', 2], ['a', 1.5]]");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1, .num = 1),
         "ZRANGE z -inf inf BYSCORE LIMIT 1 1", RP_LIST, "['b']");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .num = 2), "ZRANGE z -inf inf BYSCORE LIMIT 0 2", RP_LIST,
         "['a', 'b']");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1, .num = -1, .withscores = true),
         "ZRANGE z -inf inf BYSCORE LIMIT 1 -1 WITHSCORES", RP_LIST, "[['b', 2], ['c', inf]]");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1), "ZRANGE z -inf inf BYSCORE LIMIT 1 0",
         RP_LIST, "[]");
    want(s, rp_zrange(p, "x", 0, -1, .withscores = true), "ZRANGE x 0 -1 WITHSCORES", RP_LIST, "[]");
    want(s, rp_zadd_with(p, RP_ARG("l"), RP_ARGS(0, "a", 0, "b", 0, "c"), NULL, 0), "ZADD l 0 a 0 b 0 c", RP_INT, "3");
    want(s, rp_zrange(p, "l", "[b", "+", .bylex = true), "ZRANGE l [b + BYLEX", RP_LIST, "['b', 'c']");
    want(s, rp_zrange(p, "l", "(c", "-", .bylex = true, .desc = true, .start = 1, .num = 5),
         "ZRANGE l (c - BYLEX REV LIMIT 1 5", RP_LIST, "['a']");
}

static void scripts(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_eval(p, "return 7", 0), "EVAL \"return 7\" 0", RP_INT, "7");
    want(s, rp_eval(p, "return {KEYS[1], ARGV[1], {1, 2}}", 1, "k", "a"),
         "EVAL \"return {KEYS[1], ARGV[1], {1, 2}}\" 1 k a", RP_LIST, "['k', 'a', [1, 2]]");
    want(s, rp_eval(p, "return ARGV[2]", 0, "a", 2), "EVAL \"return ARGV[2]\" 0 a 2", RP_STRING, "'2'");
    want(s, rp_eval(p, "return #KEYS", (size_t)2, "a", "b"), "EVAL \"return #KEYS\" 2 a b", RP_INT, "2");
    want(s, rp_eval(p, "return nil", 0), "EVAL \"return nil\" 0", RP_NULL, "None");
    want(s, rp_eval(p, "return {ok='fine'}", 0), "EVAL \"return {ok='fine'}\" 0", RP_STRING, "'fine'");
    want(s, rp_eval(p, "return {}", 0), "EVAL \"return {}\" 0", RP_LIST, "[]");
}

static void any_command(sheet *s)
{
    rp_pipe *p = s->pipe;
    rp_arg words[] = {RP_ARG("strlen"), RP_ARG("k")};
    want(s, rp_command(p, "APPEND", "k", "abc"), "APPEND k abc", RP_INT, "3");
    want(s, rp_command_args(p, 2, words), "strlen k", RP_INT, "3");
    want(s, rp_command(p, "GETRANGE", "k", 1, -1), "GETRANGE k 1 -1", RP_STRING, "'bc'");
    want(s, rp_command(p, rp_b("PINGxx", 4)), "PING", RP_STRING, "'PONG'");
    want(s, rp_command(p, "PING", "a b"), "PING \"a b\"", RP_STRING, "'a b'");
    want(s, rp_command(p, "RPUSH", "r", 1, 2), "RPUSH r 1 2", RP_INT, "2");
    want(s, rp_command(p, "SORT", "r", "DESC"), "SORT r DESC", RP_LIST, "['2', '1']");
}

static void (*const sheets[])(sheet *s) = {
    connection_and_keys, strings, expiring_strings, hashes_lists_and_sets, sorted_sets, ranges, scripts, any_command,
};

enum { SHEETS = sizeof sheets / sizeof *sheets };

/* The words. */

static void test_words_of_every_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHEETS; i++) {
        fake *f = fake_start("HELLO\nSERVE\n");
        assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
        sheet s = {.pipe = rp_pipeline(NULL, .collect = true)};
        sheets[i](&s);
        assert_int_equal(rp_execute(s.pipe), RP_OK);
        assert_int_equal(fake_commands(f), 1 + s.count);
        for (size_t k = 0; k < s.count; k++)
            assert_string_equal(fake_command(f, 1 + k), s.rows[k].wire);
        rp_free(s.pipe);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* The values. */

static void check_shown(const rp_value *v, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    rp_print(out, v);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void check_sheet(void (*queue)(sheet *s))
{
    sheet s = {.pipe = rp_pipeline(NULL)};
    rp_command(s.pipe, "FLUSHALL");
    queue(&s);
    if (rp_execute(s.pipe) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
    for (size_t i = 0; i < s.count; i++) {
        if (rp_kind_of(s.rows[i].future) != s.rows[i].kind)
            fail_msg("%s is of kind %d", s.rows[i].wire, (int)rp_kind_of(s.rows[i].future));
        check_shown(s.rows[i].future, s.rows[i].shown);
    }
    rp_free(s.pipe);
}

static live *server;

/* Binds the default connection to the server, or skips the test. */
static void connect_live(int protocol)
{
    if (!server) {
        print_message("skipped: neither redis-server nor valkey-server is installed\n");
        skip();
    }
    assert_int_equal(rp_connect(NULL, live_url(server), .protocol = protocol), RP_OK);
}

static void test_values_of_every_command(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_live(protocol);
        for (size_t i = 0; i < SHEETS; i++)
            check_sheet(sheets[i]);
        rp_disconnect_all();
    }
}

static void check_left(const rp_future *ttl)
{
    assert_in_range(rp_int(ttl), 999000, 1000000);
}

static void test_times_to_live(void **state)
{
    (void)state;
    connect_live(0);
    rp_pipe *p = rp_pipeline(NULL);
    int64_t now = (int64_t)time(NULL);
    rp_set(p, "ex", 1, .ex = 1000000);
    rp_set(p, "px", 1, .px = 1000000000);
    rp_set(p, "exat", 1, .exat = now + 1000000);
    rp_set(p, "pxat", 1, .pxat = (now + 1000000) * 1000);
    rp_set(p, "expire", 1);
    rp_expire(p, "expire", 1000000);
    rp_set(p, "kept", 1, .ex = 1000000);
    rp_set(p, "kept", 2, .keepttl = true);
    rp_future *const left[] = {rp_ttl(p, "ex"),   rp_ttl(p, "px"),     rp_ttl(p, "exat"),
                               rp_ttl(p, "pxat"), rp_ttl(p, "expire"), rp_ttl(p, "kept")};
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        check_left(left[i]);
    rp_free(p);
}

/* The kind is the server's where no shape was promised, and an error is an error where one was. */
static void test_raw_replies_and_errors(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_live(protocol);
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        rp_command(p, "FLUSHALL");
        rp_set(p, "text", "x");
        rp_hset(p, "hash", "f", "v");
        rp_future *raw = rp_command(p, "HGETALL", "hash"), *shaped = rp_hgetall(p, "hash");
        rp_future *const wrong[] = {rp_hgetall(p, "text"), rp_smembers(p, "text"),
                                    rp_zadd(p, "text", 1, "m", .incr = true),
                                    rp_zrange(p, "text", 0, -1, .withscores = true), rp_command(p, "NO-SUCH-COMMAND")};
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_kind_of(raw), protocol == 2 ? RP_LIST : RP_DICT);
        check_shown(raw, protocol == 2 ? "['f', 'v']" : "{'f': 'v'}");
        check_shown(shaped, "{'f': 'v'}");
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(rp_kind_of(wrong[i]), RP_ERROR);
            assert_memory_equal(rp_str(wrong[i]), i < 4 ? "WRONGTYPE" : "ERR unkno", 9);
        }
        rp_free(p);
        rp_disconnect_all();
    }
}

static int start_server(void **state)
{
    (void)state;
    server = live_start(NULL);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    live_stop(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_words_of_every_command),
        KIT_TEST(test_values_of_every_command),
        KIT_TEST(test_times_to_live),
        KIT_TEST(test_raw_replies_and_errors),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
