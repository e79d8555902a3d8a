/* Notes. Every typed call on sets. Sets of integers answer in order. */
#include "support/sheet.h"

static void members(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_sadd(p, "s", 3), "SADD s 3", RP_INT, "1");
    want(s, rp_sadd(p, "s", 3, 1, "2", 1), "SADD s 3 1 2 1", RP_INT, "2");
    want(s, rp_smembers(p, "s"), "SMEMBERS s", RP_SET, "{'1', '2', '3'}");
    want(s, rp_smembers(p, "x"), "SMEMBERS x", RP_SET, "set()");
    want(s, rp_scard(p, "s"), "SCARD s", RP_INT, "3");
    want(s, rp_sismember(p, "s", 1), "SISMEMBER s 1", RP_BOOL, "True");
    want(s, rp_sismember(p, "s", 4), "SISMEMBER s 4", RP_BOOL, "False");
    want(s, rp_smismember(p, "s", 1), "SMISMEMBER s 1", RP_LIST, "[True]");
    want(s, rp_smismember(p, "s", 4, 1), "SMISMEMBER s 4 1", RP_LIST, "[False, True]");
    want(s, rp_smismember(p, "x", 4), "SMISMEMBER x 4", RP_LIST, "[False]");
    want(s, rp_smove(p, "s", "t", 1), "SMOVE s t 1", RP_BOOL, "True");
    want(s, rp_smove(p, "s", "t", 1), "SMOVE s t 1", RP_BOOL, "False");
    want(s, rp_srem(p, "s", 2), "SREM s 2", RP_INT, "1");
    want(s, rp_srem(p, "s", 2, 3), "SREM s 2 3", RP_INT, "1");
    want(s, rp_scard(p, "s"), "SCARD s", RP_INT, "0");
    want_error(s, rp_hset(p, "t", "f", 1), "HSET t f 1", "WRONGTYPE");
}

static void random_members(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_srandmember(p, "s"), "SRANDMEMBER s", RP_NULL, "None");
    want(s, rp_srandmember(p, "s", .count = 1), "SRANDMEMBER s 1", RP_LIST, "[]");
    want(s, rp_spop(p, "s"), "SPOP s", RP_NULL, "None");
    want(s, rp_spop(p, "s", .count = 1), "SPOP s 1", RP_SET, "set()");
    want(s, rp_sadd(p, "s", 1), "SADD s 1", RP_INT, "1");
    want(s, rp_srandmember(p, "s"), "SRANDMEMBER s", RP_STRING, "'1'");
    want(s, rp_srandmember(p, "s", .count = 9), "SRANDMEMBER s 9", RP_LIST, "['1']");
    want(s, rp_srandmember(p, "s", .count = -2), "SRANDMEMBER s -2", RP_LIST, "['1', '1']");
    want(s, rp_spop(p, "s"), "SPOP s", RP_STRING, "'1'");
    want(s, rp_sadd(p, "s", 1, 2), "SADD s 1 2", RP_INT, "2");
    want(s, rp_spop(p, "s", .count = 9), "SPOP s 9", RP_SET, "{'1', '2'}");
}

static void scanning(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_sadd(p, "s", 1, 2, 13), "SADD s 1 2 13", RP_INT, "3");
    want(s, rp_sscan(p, "s", 0), "SSCAN s 0", RP_LIST, "['0', ['1', '2', '13']]");
    want(s, rp_sscan(p, "s", "0", .match = "1*"), "SSCAN s 0 MATCH 1*", RP_LIST, "['0', ['1', '13']]");
    want(s, rp_sscan(p, "s", 0, .match = "?", .count = 100), "SSCAN s 0 MATCH ? COUNT 100", RP_LIST,
         "['0', ['1', '2']]");
    want(s, rp_sscan(p, "x", 0), "SSCAN x 0", RP_LIST, "['0', []]");
}

static void several_sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_sadd(p, "s", 1, 2, 3), "SADD s 1 2 3", RP_INT, "3");
    want(s, rp_sadd(p, "t", 2, 3, 4), "SADD t 2 3 4", RP_INT, "3");
    want(s, rp_sdiff(p, "s"), "SDIFF s", RP_SET, "{'1', '2', '3'}");
    want(s, rp_sdiff(p, "s", "t"), "SDIFF s t", RP_SET, "{'1'}");
    want(s, rp_sinter(p, "s", "t"), "SINTER s t", RP_SET, "{'2', '3'}");
    want(s, rp_sinter(p, "s", "x"), "SINTER s x", RP_SET, "set()");
    want(s, rp_sunion(p, "s", "t", "x"), "SUNION s t x", RP_SET, "{'1', '2', '3', '4'}");
    want(s, rp_sintercard(p, RP_LIST("s", "t")), "SINTERCARD 2 s t", RP_INT, "2");
    want(s, rp_sintercard(p, RP_LIST("s", "t"), .limit = 1), "SINTERCARD 2 s t LIMIT 1", RP_INT, "1");
    want(s, rp_sdiffstore(p, "d", "s", "t"), "SDIFFSTORE d s t", RP_INT, "1");
    want(s, rp_smembers(p, "d"), "SMEMBERS d", RP_SET, "{'1'}");
    want(s, rp_sinterstore(p, "d", "s", "t"), "SINTERSTORE d s t", RP_INT, "2");
    want(s, rp_smembers(p, "d"), "SMEMBERS d", RP_SET, "{'2', '3'}");
    want(s, rp_sunionstore(p, "d", "s", "t"), "SUNIONSTORE d s t", RP_INT, "4");
    want(s, rp_smembers(p, "d"), "SMEMBERS d", RP_SET, "{'1', '2', '3', '4'}");
}

SHEET_TESTS(members, random_members, scanning, several_sets)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
