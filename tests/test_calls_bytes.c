/* Notes. Options that may be of any bytes. Each is given with a NUL inside: what stands behind it must reach the
 * server, and an empty one is given too. (SORT itself looks for the * of BY in front of a NUL only.) The same options
 * as C strings are in the tests of their sections. */
#include "support/sheet.h"

#define OK "'OK'"
#define NUL(text) RP_BYTES_OF("a\0" text)
#define ON_WIRE(text) "\"a\\x00" text "\""
#define SHOWN(text) "'a\\x00" text "'"

static void patterns(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, NUL("b"), 1, NUL("c"), 2), "MSET " ON_WIRE("b") " 1 " ON_WIRE("c") " 2", RP_STRING, OK);
    want(s, rp_scan(p, 0, .match_bytes = NUL("[b]"), .count = 1000), "SCAN 0 MATCH " ON_WIRE("[b]") " COUNT 1000",
         RP_LIST, "['0', [" SHOWN("b") "]]");
    want(s, rp_scan(p, 0, .match_bytes = RP_BYTES_OF(""), .count = 1000), "SCAN 0 MATCH \"\" COUNT 1000", RP_LIST,
         "['0', []]");
    want(s, rp_sadd(p, "s", NUL("b"), NUL("c"), "a"), "SADD s " ON_WIRE("b") " " ON_WIRE("c") " a", RP_INT, "3");
    want(s, rp_sscan(p, "s", 0, .match_bytes = NUL("[c]")), "SSCAN s 0 MATCH " ON_WIRE("[c]"), RP_LIST,
         "['0', [" SHOWN("c") "]]");
    want(s, rp_hset(p, "h", NUL("b"), 1, "a", 2), "HSET h " ON_WIRE("b") " 1 a 2", RP_INT, "2");
    want(s, rp_hscan(p, "h", 0, .match_bytes = NUL("*")), "HSCAN h 0 MATCH " ON_WIRE("*"), RP_LIST,
         "['0', {" SHOWN("b") ": '1'}]");
    want(s, rp_zadd(p, "z", 1, NUL("b")), "ZADD z 1 " ON_WIRE("b"), RP_INT, "1");
    want(s, rp_zscan(p, "z", 0, .match_bytes = NUL("?")), "ZSCAN z 0 MATCH " ON_WIRE("?"), RP_LIST,
         "['0', [[" SHOWN("b") ", 1.0]]]");
    want(s, rp_command_list(p, .pattern_bytes = RP_BYTES_OF("get\0")), "COMMAND LIST FILTERBY PATTERN \"get\\x00\"",
         RP_LIST, "[]");
    want(s, rp_pubsub_channels(p, .pattern_bytes = NUL("*")), "PUBSUB CHANNELS " ON_WIRE("*"), RP_LIST, "[]");
    want(s, rp_pubsub_shardchannels(p, .pattern_bytes = NUL("*")), "PUBSUB SHARDCHANNELS " ON_WIRE("*"), RP_LIST, "[]");
}

static void keys(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", 1, 2), "RPUSH l 1 2", RP_INT, "2");
    want(s, rp_mset(p, RP_BYTES_OF("1\0w"), 9, RP_BYTES_OF("2\0w"), 8), "MSET \"1\\x00w\" 9 \"2\\x00w\" 8", RP_STRING,
         OK);
    want(s, rp_sort(p, "l", .by_bytes = RP_BYTES_OF("*\0w"), .store_bytes = NUL("s")),
         "SORT l BY \"*\\x00w\" STORE " ON_WIRE("s"), RP_INT, "2");
    want(s, rp_lrange(p, NUL("s"), 0, -1), "LRANGE " ON_WIRE("s") " 0 -1", RP_LIST, "['2', '1']");
    want(s, rp_sort_ro(p, "l", .by_bytes = RP_BYTES_OF("*\0w")), "SORT_RO l BY \"*\\x00w\"", RP_LIST, "['2', '1']");
    want(s, rp_geoadd(p, "g", 13.5, 38.1, NUL("b")), "GEOADD g 13.5 38.1 " ON_WIRE("b"), RP_INT, "1");
    want(s, rp_geosearch(p, "g", .member_bytes = NUL("b"), .radius = 1),
         "GEOSEARCH g FROMMEMBER " ON_WIRE("b") " BYRADIUS 1 m", RP_LIST, "[" SHOWN("b") "]");
    want(s, rp_geosearchstore(p, "d", "g", .member_bytes = NUL("b"), .radius = 1),
         "GEOSEARCHSTORE d g FROMMEMBER " ON_WIRE("b") " BYRADIUS 1 m", RP_INT, "1");
    want(s, rp_georadius(p, "g", 13.5, 38.1, 9, "km", .store_bytes = NUL("1")),
         "GEORADIUS g 13.5 38.1 9 km STORE " ON_WIRE("1"), RP_INT, "1");
    want(s, rp_georadius(p, "g", 13.5, 38.1, 9, "km", .store_dist_bytes = NUL("2")),
         "GEORADIUS g 13.5 38.1 9 km STOREDIST " ON_WIRE("2"), RP_INT, "1");
    want(s, rp_georadiusbymember(p, "g", NUL("b"), 9, "km", .store_bytes = NUL("3")),
         "GEORADIUSBYMEMBER g " ON_WIRE("b") " 9 km STORE " ON_WIRE("3"), RP_INT, "1");
    want(s, rp_georadiusbymember(p, "g", NUL("b"), 9, "km", .store_dist_bytes = NUL("4")),
         "GEORADIUSBYMEMBER g " ON_WIRE("b") " 9 km STOREDIST " ON_WIRE("4"), RP_INT, "1");
    want(s, rp_exists(p, NUL("1"), NUL("2"), NUL("3"), NUL("4")),
         "EXISTS " ON_WIRE("1") " " ON_WIRE("2") " " ON_WIRE("3") " " ON_WIRE("4"), RP_INT, "4");
}

static void values(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_ping(p, .message_bytes = NUL("b")), "PING " ON_WIRE("b"), RP_STRING, SHOWN("b"));
    want(s, rp_ping(p, .message_bytes = RP_BYTES_OF("")), "PING \"\"", RP_STRING, "''");
    want_new(s, rp_set(p, "k", "v", .ifeq_bytes = NUL("b")), "SET k v IFEQ " ON_WIRE("b"), "$-1\r\n", "_\r\n", RP_NULL,
             "None");
    want_new(s, rp_set(p, "k", "v", .ifne_bytes = NUL("b")), "SET k v IFNE " ON_WIRE("b"), "+OK\r\n", NULL, RP_STRING,
             OK);
    want_new(s, rp_delex(p, "k", .ifeq_bytes = NUL("b")), "DELEX k IFEQ " ON_WIRE("b"), ":0\r\n", NULL, RP_BOOL,
             "False");
    want_new(s, rp_delex(p, "k", .ifne_bytes = RP_BYTES_OF("")), "DELEX k IFNE \"\"", ":1\r\n", NULL, RP_BOOL, "True");
    want(s, rp_xgroup_create(p, "x", "g", 0, .mkstream = true), "XGROUP CREATE x g 0 MKSTREAM", RP_STRING, OK);
    want(s, rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "1-1"), "XADD x 1-1 f v", RP_STRING, "'1-1'");
    want(s, rp_xreadgroup(p, "g", NUL("b"), RP_LIST("x", ">")), "XREADGROUP GROUP g " ON_WIRE("b") " STREAMS x >",
         RP_DICT, NULL);
    want(s, rp_xpending(p, "x", "g", .start = "-", .end = "+", .count = 9, .consumer = "a"), "XPENDING x g - + 9 a",
         RP_LIST, "[]");
    want(s, rp_xpending(p, "x", "g", .start = "-", .end = "+", .count = 9, .consumer_bytes = NUL("b")),
         "XPENDING x g - + 9 " ON_WIRE("b"), RP_LIST, NULL);
    want(s, rp_migrate(p, "127.0.0.1", 1, "none", 0, 100, .auth_bytes = NUL("b")),
         "MIGRATE 127.0.0.1 1 none 0 100 AUTH " ON_WIRE("b"), RP_STRING, "'NOKEY'");
    want(s, rp_migrate(p, "127.0.0.1", 1, "none", 0, 100, .user_bytes = NUL("u"), .password_bytes = NUL("b")),
         "MIGRATE 127.0.0.1 1 none 0 100 AUTH2 " ON_WIRE("u") " " ON_WIRE("b"), RP_STRING, "'NOKEY'");
    want_new(s, rp_vadd(p, "v", RP_LIST(1, 0), "a", .setattr_bytes = NUL("b")),
             "VADD v VALUES 2 1 0 a SETATTR " ON_WIRE("b"), ":1\r\n", "#t\r\n", RP_BOOL, "True");
    want_new(s, rp_vsim(p, "v", .ele_bytes = NUL("b")), "VSIM v ELE " ON_WIRE("b"), "*0\r\n", NULL, RP_LIST, "[]");
}

SHEET_TESTS(patterns, keys, values)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
