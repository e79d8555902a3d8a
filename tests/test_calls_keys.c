/* Notes. The commands of keys of any kind. PAYLOAD is what DUMP says of the string "1", in a version of its format that
 * every server since 7.0 takes. */
#include <time.h>

#include "support/sheet.h"

#define OK "'OK'"
#define PAYLOAD rp_b("\x00\xc0\x01\n\x00&x\xe7\xb6\xd1\x01\x11\xfc", 13)
#define PAYLOAD_SHOWN "\"\\x00\\xC0\\x01\\n\\x00&x\\xE7\\xB6\\xD1\\x01\\x11\\xFC\""

static void there_or_not(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_randomkey(p), "RANDOMKEY", RP_NULL, "None");
    want(s, rp_mset(p, "a", 1, "b", 2, "c", 3), "MSET a 1 b 2 c 3", RP_STRING, OK);
    want(s, rp_randomkey(p), "RANDOMKEY", RP_STRING, NULL);
    want(s, rp_exists(p, "a"), "EXISTS a", RP_INT, "1");
    want(s, rp_exists(p, "a", "a", "x", "b"), "EXISTS a a x b", RP_INT, "3");
    want(s, rp_touch(p, "a"), "TOUCH a", RP_INT, "1");
    want(s, rp_touch(p, "a", "x", "b"), "TOUCH a x b", RP_INT, "2");
    want(s, rp_type(p, "a"), "TYPE a", RP_STRING, "'string'");
    want(s, rp_type(p, "x"), "TYPE x", RP_STRING, "'none'");
    want(s, rp_keys(p, "[b]"), "KEYS [b]", RP_LIST, "['b']");
    want(s, rp_keys(p, "*"), "KEYS *", RP_LIST, NULL);
    want(s, rp_scan(p, 0, .match = "[b]", .count = 1000), "SCAN 0 MATCH [b] COUNT 1000", RP_LIST, "['0', ['b']]");
    want(s, rp_scan(p, "0", .count = 1000, .type = "list"), "SCAN 0 COUNT 1000 TYPE list", RP_LIST, "['0', []]");
    want(s, rp_scan(p, 0), "SCAN 0", RP_LIST, NULL);
    want(s, rp_del(p, "a"), "DEL a", RP_INT, "1");
    want(s, rp_del(p, "a", "b", "x"), "DEL a b x", RP_INT, "1");
    want(s, rp_unlink(p, "c"), "UNLINK c", RP_INT, "1");
    want(s, rp_unlink(p, "c", "x"), "UNLINK c x", RP_INT, "0");
}

static void names(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, "a", 1, "b", 2), "MSET a 1 b 2", RP_STRING, OK);
    want(s, rp_copy(p, "a", "b"), "COPY a b", RP_BOOL, "False");
    want(s, rp_copy(p, "a", "c"), "COPY a c", RP_BOOL, "True");
    want(s, rp_copy(p, "a", "b", .replace = true), "COPY a b REPLACE", RP_BOOL, "True");
    want(s, rp_copy(p, "a", "a", .db = 1), "COPY a a DB 1", RP_BOOL, "True");
    want(s, rp_copy(p, "a", "d", .db = -1, .replace = true), "COPY a d DB 0 REPLACE", RP_BOOL, "True");
    want(s, rp_move(p, "a", 1), "MOVE a 1", RP_BOOL, "False");
    want(s, rp_move(p, "b", 1), "MOVE b 1", RP_BOOL, "True");
    want(s, rp_rename(p, "c", "b"), "RENAME c b", RP_STRING, OK);
    want_error(s, rp_rename(p, "c", "b"), "RENAME c b", "ERR no such key");
    want(s, rp_renamenx(p, "b", "a"), "RENAMENX b a", RP_BOOL, "False");
    want(s, rp_renamenx(p, "b", "c"), "RENAMENX b c", RP_BOOL, "True");
}

static void living(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, "a", 1, "b", 2), "MSET a 1 b 2", RP_STRING, OK);
    want(s, rp_ttl(p, "a"), "TTL a", RP_INT, "-1");
    want(s, rp_ttl(p, "x"), "TTL x", RP_INT, "-2");
    want(s, rp_pttl(p, "a"), "PTTL a", RP_INT, "-1");
    want(s, rp_pttl(p, "x"), "PTTL x", RP_INT, "-2");
    want(s, rp_persist(p, "a"), "PERSIST a", RP_BOOL, "False");
    want(s, rp_expire(p, "a", 1000000), "EXPIRE a 1000000", RP_BOOL, "True");
    want(s, rp_expire(p, "x", 1000000), "EXPIRE x 1000000", RP_BOOL, "False");
    want(s, rp_expire(p, "a", 1, .nx = true), "EXPIRE a 1 NX", RP_BOOL, "False");
    want(s, rp_expire(p, "a", 2000000, .xx = true), "EXPIRE a 2000000 XX", RP_BOOL, "True");
    want(s, rp_expire(p, "a", 1, .gt = true), "EXPIRE a 1 GT", RP_BOOL, "False");
    want(s, rp_expire(p, "a", 3000000, .lt = true), "EXPIRE a 3000000 LT", RP_BOOL, "False");
    want(s, rp_pttl(p, "a"), "PTTL a", RP_INT, NULL);
    want(s, rp_persist(p, "a"), "PERSIST a", RP_BOOL, "True");
    want(s, rp_pexpire(p, "a", 1000000), "PEXPIRE a 1000000", RP_BOOL, "True");
    want(s, rp_pexpire(p, "a", 1, .nx = true), "PEXPIRE a 1 NX", RP_BOOL, "False");
    want(s, rp_pexpire(p, "b", 1, .xx = true), "PEXPIRE b 1 XX", RP_BOOL, "False");
    want(s, rp_pexpire(p, "a", 1, .gt = true), "PEXPIRE a 1 GT", RP_BOOL, "False");
    want(s, rp_pexpire(p, "a", 900000, .lt = true), "PEXPIRE a 900000 LT", RP_BOOL, "True");
    want(s, rp_expire(p, "b", -1), "EXPIRE b -1", RP_BOOL, "True");
    want(s, rp_pexpire(p, "a", 0), "PEXPIRE a 0", RP_BOOL, "True");
    want(s, rp_exists(p, "a", "b"), "EXISTS a b", RP_INT, "0");
}

static void dying(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, "a", 1, "b", 2), "MSET a 1 b 2", RP_STRING, OK);
    want(s, rp_expiretime(p, "a"), "EXPIRETIME a", RP_INT, "-1");
    want(s, rp_pexpiretime(p, "x"), "PEXPIRETIME x", RP_INT, "-2");
    want(s, rp_expireat(p, "a", 33177117420), "EXPIREAT a 33177117420", RP_BOOL, "True");
    want(s, rp_expiretime(p, "a"), "EXPIRETIME a", RP_INT, "33177117420");
    want(s, rp_expireat(p, "a", 1, .nx = true), "EXPIREAT a 1 NX", RP_BOOL, "False");
    want(s, rp_expireat(p, "b", 1, .xx = true), "EXPIREAT b 1 XX", RP_BOOL, "False");
    want(s, rp_expireat(p, "a", 1, .gt = true), "EXPIREAT a 1 GT", RP_BOOL, "False");
    want(s, rp_expireat(p, "a", 33177117419, .lt = true), "EXPIREAT a 33177117419 LT", RP_BOOL, "True");
    want(s, rp_pexpireat(p, "a", 33177117420001), "PEXPIREAT a 33177117420001", RP_BOOL, "True");
    want(s, rp_pexpiretime(p, "a"), "PEXPIRETIME a", RP_INT, "33177117420001");
    want(s, rp_pexpireat(p, "a", 1, .nx = true), "PEXPIREAT a 1 NX", RP_BOOL, "False");
    want(s, rp_pexpireat(p, "b", 1, .xx = true), "PEXPIREAT b 1 XX", RP_BOOL, "False");
    want(s, rp_pexpireat(p, "a", 1, .gt = true), "PEXPIREAT a 1 GT", RP_BOOL, "False");
    want(s, rp_pexpireat(p, "a", 33177117420000, .lt = true), "PEXPIREAT a 33177117420000 LT", RP_BOOL, "True");
    want(s, rp_pexpireat(p, "a", -5), "PEXPIREAT a -5", RP_BOOL, "True");
    want(s, rp_expireat(p, "a", 1), "EXPIREAT a 1", RP_BOOL, "False");
}

static void objects(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "a", 100000), "SET a 100000", RP_STRING, OK);
    want(s, rp_object_encoding(p, "a"), "OBJECT ENCODING a", RP_STRING, "'int'");
    want(s, rp_object_encoding(p, "x"), "OBJECT ENCODING x", RP_NULL, "None");
    want(s, rp_object_refcount(p, "a"), "OBJECT REFCOUNT a", RP_INT, "1");
    want(s, rp_object_refcount(p, "x"), "OBJECT REFCOUNT x", RP_NULL, "None");
    want(s, rp_object_idletime(p, "a"), "OBJECT IDLETIME a", RP_INT, NULL);
    want(s, rp_object_idletime(p, "x"), "OBJECT IDLETIME x", RP_NULL, "None");
    want(s, rp_command(p, "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"),
         "CONFIG SET maxmemory-policy allkeys-lfu", RP_STRING, OK);
    want(s, rp_object_freq(p, "a"), "OBJECT FREQ a", RP_INT, NULL);
    want(s, rp_object_freq(p, "x"), "OBJECT FREQ x", RP_NULL, "None");
    want(s, rp_command(p, "CONFIG", "SET", "maxmemory-policy", "noeviction"), "CONFIG SET maxmemory-policy noeviction",
         RP_STRING, OK);
    want(s, rp_object_help(p), "OBJECT HELP", RP_LIST, NULL);
}

static void dumps(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_restore(p, "a", 0, PAYLOAD), "RESTORE a 0 " PAYLOAD_SHOWN, RP_STRING, OK);
    want(s, rp_get(p, "a"), "GET a", RP_STRING, "'1'");
    want(s, rp_dump(p, "a"), "DUMP a", RP_STRING, NULL);
    want(s, rp_dump(p, "x"), "DUMP x", RP_NULL, "None");
    want_error(s, rp_restore(p, "a", 0, PAYLOAD), "RESTORE a 0 " PAYLOAD_SHOWN, "BUSYKEY");
    want(s, rp_restore(p, "a", 60000, PAYLOAD, .replace = true), "RESTORE a 60000 " PAYLOAD_SHOWN " REPLACE", RP_STRING,
         OK);
    want(s, rp_restore(p, "b", 33177117420001, PAYLOAD, .absttl = true),
         "RESTORE b 33177117420001 " PAYLOAD_SHOWN " ABSTTL", RP_STRING, OK);
    want(s, rp_pexpiretime(p, "b"), "PEXPIRETIME b", RP_INT, "33177117420001");
    want(s, rp_restore(p, "c", 0, PAYLOAD, .idletime = 1000), "RESTORE c 0 " PAYLOAD_SHOWN " IDLETIME 1000", RP_STRING,
         OK);
    want(s, rp_restore(p, "d", 0, PAYLOAD, .idletime = -1), "RESTORE d 0 " PAYLOAD_SHOWN " IDLETIME 0", RP_STRING, OK);
    want(s, rp_restore(p, "e", 0, PAYLOAD, .frequency = 9), "RESTORE e 0 " PAYLOAD_SHOWN " FREQ 9", RP_STRING, OK);
    want(s, rp_restore(p, "f", 0, PAYLOAD, .frequency = -1), "RESTORE f 0 " PAYLOAD_SHOWN " FREQ 0", RP_STRING, OK);
}

static void sorted(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", 3, 1, 2), "RPUSH l 3 1 2", RP_INT, "3");
    want(s, rp_mset(p, "w_1", 9, "w_2", 8, "w_3", 7, "n_1", "one", "n_2", "two"),
         "MSET w_1 9 w_2 8 w_3 7 n_1 one n_2 two", RP_STRING, OK);
    want(s, rp_sort(p, "l"), "SORT l", RP_LIST, "['1', '2', '3']");
    want(s, rp_sort(p, "l", .desc = true), "SORT l DESC", RP_LIST, "['3', '2', '1']");
    want(s, rp_sort(p, "l", .num = 2), "SORT l LIMIT 0 2", RP_LIST, "['1', '2']");
    want(s, rp_sort(p, "l", .start = 1, .num = 5), "SORT l LIMIT 1 5", RP_LIST, "['2', '3']");
    want(s, rp_sort(p, "l", .by = "w_*"), "SORT l BY w_*", RP_LIST, "['3', '2', '1']");
    want(s, rp_sort(p, "l", .get = RP_LIST("n_*", "#")), "SORT l GET n_* GET #", RP_LIST,
         "['one', '1', 'two', '2', None, '3']");
    want(s, rp_sort(p, "l", .alpha = true, .store = "m"), "SORT l ALPHA STORE m", RP_INT, "3");
    want(s, rp_sort(p, "x"), "SORT x", RP_LIST, "[]");
    want(s, rp_sort_ro(p, "m"), "SORT_RO m", RP_LIST, "['1', '2', '3']");
    want(s, rp_sort_ro(p, "l", .by = "w_*", .start = 0, .num = 2, .get = RP_LIST("w_*"), .desc = true, .alpha = true),
         "SORT_RO l BY w_* LIMIT 0 2 GET w_* DESC ALPHA", RP_LIST, "['9', '8']");
}

static void replicas(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_wait(p, 0, 1000), "WAIT 0 1000", RP_INT, "0");
    want(s, rp_wait(p, 1, 1), "WAIT 1 1", RP_INT, "0");
    want_new(s, rp_waitaof(p, 0, 1, 10), "WAITAOF 0 1 10", "*2\r\n:1\r\n:0\r\n", NULL, RP_LIST, "[1, 0]");
}

static void migrating(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_migrate(p, "127.0.0.1", 1, "x", 0, 100), "MIGRATE 127.0.0.1 1 x 0 100", RP_STRING, "'NOKEY'");
    want(s, rp_migrate(p, "127.0.0.1", 1, "x", 2, 100, .copy = true, .replace = true, .auth = "secret"),
         "MIGRATE 127.0.0.1 1 x 2 100 COPY REPLACE AUTH secret", RP_STRING, "'NOKEY'");
    want(s, rp_migrate(p, "127.0.0.1", 1, "", 0, 100, .user = "anna", .password = "secret", .keys = RP_LIST("x", "y")),
         "MIGRATE 127.0.0.1 1 \"\" 0 100 AUTH2 anna secret KEYS x y", RP_STRING, "'NOKEY'");
}

SHEET_TESTS(there_or_not, names, living, dying, objects, dumps, sorted, replicas, migrating)

static void check_left(const rp_future *ttl)
{
    assert_in_range(rp_int(ttl), 999000, 1000000);
}

static void test_times_to_live(void **state)
{
    sheet_connect(*state, 0);
    rp_pipe *p = rp_pipeline(NULL);
    int64_t now = (int64_t)time(NULL);
    rp_set(p, "ex", 1, .ex = 1000000);
    rp_set(p, "px", 1, .px = 1000000000);
    rp_set(p, "exat", 1, .exat = now + 1000000);
    rp_set(p, "pxat", 1, .pxat = (now + 1000000) * 1000);
    rp_set(p, "expire", 1);
    rp_expire(p, "expire", 1000000);
    rp_set(p, "pexpire", 1);
    rp_pexpire(p, "pexpire", 1000000000);
    rp_set(p, "kept", 1, .ex = 1000000);
    rp_set(p, "kept", 2, .keepttl = true);
    rp_future *const left[] = {rp_ttl(p, "ex"),     rp_ttl(p, "px"),      rp_ttl(p, "exat"), rp_ttl(p, "pxat"),
                               rp_ttl(p, "expire"), rp_ttl(p, "pexpire"), rp_ttl(p, "kept")};
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        check_left(left[i]);
    rp_free(p);
}

static void test_migrate(void **state)
{
    sheet_connect(*state, 0);
    live *other = live_start(NULL);
    assert_int_equal(rp_connect("other", live_url(other)), RP_OK);
    rp_pipe *p = rp_pipeline(NULL);
    rp_mset(p, "a", 1, "b", 2, "c", 3);
    rp_future *one = rp_migrate(p, "127.0.0.1", live_port(other), "a", 0, 5000);
    rp_future *two = rp_migrate(p, "127.0.0.1", live_port(other), "", 0, 5000, .copy = true, .keys = RP_LIST("b", "c"));
    rp_future *left = rp_mget(p, "a", "b", "c");
    assert_int_equal(rp_execute(p), RP_OK);
    check_shown(one, OK);
    check_shown(two, OK);
    check_shown(left, "[None, '2', '3']");
    rp_pipe *q = rp_pipeline(NULL, .name = "other");
    rp_future *there = rp_mget(q, "a", "b", "c");
    assert_int_equal(rp_execute(q), RP_OK);
    check_shown(there, "['1', '2', '3']");
    rp_free(p);
    rp_free(q);
    rp_disconnect("other");
    live_stop(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_times_to_live), KIT_TEST(test_migrate)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
