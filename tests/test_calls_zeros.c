/* Notes. Numbers that a program computes, and that may be 0. Of an option 0 is "not given": so there is a function that
 * takes the number as an argument and sends it whatever it is, or the option takes -1 for 0. */
#include "support/sheet.h"

#define OK "'OK'"

static void lists(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", "a", "b", "c", "d", "e", "f"), "RPUSH l a b c d e f", RP_INT, "6");
    want(s, rp_lpop_count(p, "l", 0), "LPOP l 0", RP_LIST, "[]");
    want(s, rp_lpop_count(p, "l", 1), "LPOP l 1", RP_LIST, "['a']");
    want(s, rp_lpop_count(p, "none", 1), "LPOP none 1", RP_NULL, "None");
    want_error(s, rp_lpop_count(p, "l", -1), "LPOP l -1", "ERR value is out of range");
    want(s, rp_rpop_count(p, "l", 0), "RPOP l 0", RP_LIST, "[]");
    want(s, rp_rpop_count(p, "l", 2), "RPOP l 2", RP_LIST, "['f', 'e']");
    want_error(s, rp_lmpop_count(p, RP_LIST("none", "l"), "LEFT", 0), "LMPOP 2 none l LEFT COUNT 0", "ERR count");
    want(s, rp_lmpop_count(p, RP_LIST("none", "l"), "LEFT", 2), "LMPOP 2 none l LEFT COUNT 2", RP_LIST,
         "['l', ['b', 'c']]");
    want_error(s, rp_blmpop_count(p, 0.5, RP_LIST("l"), "LEFT", 0), "BLMPOP 0.5 1 l LEFT COUNT 0", "ERR count");
    want(s, rp_blmpop_count(p, 0.5, RP_LIST("l"), "RIGHT", 9), "BLMPOP 0.5 1 l RIGHT COUNT 9", RP_LIST, "['l', ['d']]");
    want(s, rp_llen(p, "l"), "LLEN l", RP_INT, "0");
    want(s, rp_slowlog_get_count(p, 0), "SLOWLOG GET 0", RP_LIST, "[]");
    want(s, rp_slowlog_get_count(p, -1), "SLOWLOG GET -1", RP_LIST, NULL);
}

static void sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_sadd(p, "s", "a"), "SADD s a", RP_INT, "1");
    want(s, rp_srandmember_count(p, "s", 0), "SRANDMEMBER s 0", RP_LIST, "[]");
    want(s, rp_srandmember_count(p, "s", -2), "SRANDMEMBER s -2", RP_LIST, "['a', 'a']");
    want(s, rp_spop_count(p, "s", 0), "SPOP s 0", RP_SET, "set()");
    want(s, rp_spop_count(p, "s", 1), "SPOP s 1", RP_SET, "{'a'}");
    want(s, rp_hset(p, "h", "f", 1), "HSET h f 1", RP_INT, "1");
    want(s, rp_hrandfield_count(p, "h", 0), "HRANDFIELD h 0", RP_LIST, "[]");
    want(s, rp_hrandfield_count(p, "h", 1), "HRANDFIELD h 1", RP_LIST, "['f']");
    want(s, rp_hrandfield_count(p, "h", 0, .withvalues = true), "HRANDFIELD h 0 WITHVALUES", RP_LIST, "[]");
    want(s, rp_hrandfield_count(p, "h", -2, .withvalues = true), "HRANDFIELD h -2 WITHVALUES", RP_LIST,
         "[['f', '1'], ['f', '1']]");
    want_new(s, rp_vrandmember_count(p, "v", 0), "VRANDMEMBER v 0", "*0\r\n", NULL, RP_LIST, "[]");
}

static void sorted_sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", 2, "b", 3, "c", 4, "d")), "ZADD z 1 a 2 b 3 c 4 d", RP_INT, "4");
    want(s, rp_zrandmember_count(p, "z", 0), "ZRANDMEMBER z 0", RP_LIST, "[]");
    want(s, rp_zrandmember_count(p, "z", 0, .withscores = true), "ZRANDMEMBER z 0 WITHSCORES", RP_LIST, "[]");
    want(s, rp_zrandmember_count(p, "z", -1, .withscores = true), "ZRANDMEMBER z -1 WITHSCORES", RP_LIST, NULL);
    want(s, rp_zpopmin_count(p, "z", 0), "ZPOPMIN z 0", RP_LIST, "[]");
    want(s, rp_zpopmin_count(p, "z", 1), "ZPOPMIN z 1", RP_LIST, "[['a', 1.0]]");
    want(s, rp_zpopmax_count(p, "z", 0), "ZPOPMAX z 0", RP_LIST, "[]");
    want(s, rp_zpopmax_count(p, "z", 1), "ZPOPMAX z 1", RP_LIST, "[['d', 4.0]]");
    want_error(s, rp_zmpop_count(p, RP_LIST("z"), "MIN", 0), "ZMPOP 1 z MIN COUNT 0", "ERR count");
    want(s, rp_zmpop_count(p, RP_LIST("none", "z"), "MIN", 1), "ZMPOP 2 none z MIN COUNT 1", RP_LIST,
         "['z', [['b', 2.0]]]");
    want_error(s, rp_bzmpop_count(p, 0.5, RP_LIST("z"), "MAX", 0), "BZMPOP 0.5 1 z MAX COUNT 0", "ERR count");
    want(s, rp_bzmpop_count(p, 0.5, RP_LIST("z"), "MAX", 1), "BZMPOP 0.5 1 z MAX COUNT 1", RP_LIST,
         "['z', [['c', 3.0]]]");
    want(s, rp_zcard(p, "z"), "ZCARD z", RP_INT, "0");
}

/* -1 sends 0, which is not what the server does where nothing is given. */
static void options(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_xgroup_create(p, "x", "g", 0, .mkstream = true), "XGROUP CREATE x g 0 MKSTREAM", RP_STRING, OK);
    want(s, rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "1-1"), "XADD x 1-1 f v", RP_STRING, "'1-1'");
    want(s, rp_xrange(p, "x", "-", "+", .count = -1), "XRANGE x - + COUNT 0", RP_NULL, "None");
    want(s, rp_xrevrange(p, "x", "+", "-", .count = -1), "XREVRANGE x + - COUNT 0", RP_NULL, "None");
    want(s, rp_xpending(p, "x", "g", .start = "-", .end = "+", .count = -1), "XPENDING x g - + 0", RP_LIST, "[]");
    want(s, rp_xclaim(p, "x", "g", "me", 0, RP_LIST("1-1"), .time = -1), "XCLAIM x g me 0 1-1 TIME 0", RP_LIST, "[]");
    want(s, rp_acl_log(p, .count = -1), "ACL LOG 0", RP_LIST, "[]");
    want_error(s, rp_cluster_setslot(p, 7, .stable = true, .timeout = -1), "CLUSTER SETSLOT 7 STABLE TIMEOUT 0",
               "ERR This instance has cluster support disabled");
    want_error(s, rp_setex(p, "k", 0, "v"), "SETEX k 0 v", "ERR invalid expire");
    want_error(s, rp_psetex(p, "k", 0, "v"), "PSETEX k 0 v", "ERR invalid expire");
    want(s, rp_set(p, "k", "v"), "SET k v", RP_STRING, OK);
    want(s, rp_expireat(p, "k", 0), "EXPIREAT k 0", RP_BOOL, "True");
    want(s, rp_exists(p, "k"), "EXISTS k", RP_INT, "0");
}

SHEET_TESTS(lists, sets, sorted_sets, options)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
