/* Notes. The commands of lists. Those that block find something at once, or wait for as little as the server takes. */
#include "support/sheet.h"

#define OK "'OK'"

static void both_ends(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_lpushx(p, "l", "a"), "LPUSHX l a", RP_INT, "0");
    want(s, rp_rpushx(p, "l", "a"), "RPUSHX l a", RP_INT, "0");
    want(s, rp_lpush(p, "l", "a"), "LPUSH l a", RP_INT, "1");
    want(s, rp_lpush(p, "l", 2, "c"), "LPUSH l 2 c", RP_INT, "3");
    want(s, rp_rpush(p, "l", "d", -1), "RPUSH l d -1", RP_INT, "5");
    want(s, rp_lpushx(p, "l", "e", "f"), "LPUSHX l e f", RP_INT, "7");
    want(s, rp_rpushx(p, "l", "g", ""), "RPUSHX l g \"\"", RP_INT, "9");
    want(s, rp_llen(p, "l"), "LLEN l", RP_INT, "9");
    want(s, rp_llen(p, "x"), "LLEN x", RP_INT, "0");
    want(s, rp_lpop(p, "l"), "LPOP l", RP_STRING, "'f'");
    want(s, rp_rpop(p, "l"), "RPOP l", RP_STRING, "''");
    want(s, rp_lpop(p, "l", .count = 2), "LPOP l 2", RP_LIST, "['e', 'c']");
    want(s, rp_rpop(p, "l", .count = 2), "RPOP l 2", RP_LIST, "['g', '-1']");
    want(s, rp_lrange(p, "l", 0, -1), "LRANGE l 0 -1", RP_LIST, "['2', 'a', 'd']");
    want(s, rp_lrange(p, "l", -2, 1), "LRANGE l -2 1", RP_LIST, "['a']");
    want(s, rp_lrange(p, "x", 0, -1), "LRANGE x 0 -1", RP_LIST, "[]");
    want(s, rp_lpop(p, "x"), "LPOP x", RP_NULL, "None");
    want(s, rp_rpop(p, "x"), "RPOP x", RP_NULL, "None");
    want(s, rp_lpop(p, "x", .count = 2), "LPOP x 2", RP_NULL, "None");
    want(s, rp_rpop(p, "x", .count = 2), "RPOP x 2", RP_NULL, "None");
}

static void in_the_middle(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", "a", "b", "a", "c", "a"), "RPUSH l a b a c a", RP_INT, "5");
    want(s, rp_lindex(p, "l", 1), "LINDEX l 1", RP_STRING, "'b'");
    want(s, rp_lindex(p, "l", -2), "LINDEX l -2", RP_STRING, "'c'");
    want(s, rp_lindex(p, "l", 5), "LINDEX l 5", RP_NULL, "None");
    want(s, rp_lpos(p, "l", "a"), "LPOS l a", RP_INT, "0");
    want(s, rp_lpos(p, "l", "x"), "LPOS l x", RP_NULL, "None");
    want(s, rp_lpos(p, "l", "a", .rank = 2), "LPOS l a RANK 2", RP_INT, "2");
    want(s, rp_lpos(p, "l", "a", .rank = -1, .count = 2), "LPOS l a RANK -1 COUNT 2", RP_LIST, "[4, 2]");
    want(s, rp_lpos(p, "l", "a", .count = -1), "LPOS l a COUNT 0", RP_LIST, "[0, 2, 4]");
    want(s, rp_lpos(p, "l", "a", .count = -1, .maxlen = 3), "LPOS l a COUNT 0 MAXLEN 3", RP_LIST, "[0, 2]");
    want(s, rp_lpos(p, "l", "x", .count = 1), "LPOS l x COUNT 1", RP_LIST, "[]");
    want(s, rp_linsert(p, "l", "BEFORE", "b", 1), "LINSERT l BEFORE b 1", RP_INT, "6");
    want(s, rp_linsert(p, "l", "AFTER", "b", 2), "LINSERT l AFTER b 2", RP_INT, "7");
    want(s, rp_linsert(p, "l", "AFTER", "x", 2), "LINSERT l AFTER x 2", RP_INT, "-1");
    want(s, rp_linsert(p, "x", "AFTER", "b", 2), "LINSERT x AFTER b 2", RP_INT, "0");
    want(s, rp_lrem(p, "l", -1, "a"), "LREM l -1 a", RP_INT, "1");
    want(s, rp_lrem(p, "l", 0, "a"), "LREM l 0 a", RP_INT, "2");
    want(s, rp_lset(p, "l", 1, "B"), "LSET l 1 B", RP_STRING, OK);
    want_error(s, rp_lset(p, "l", 9, "B"), "LSET l 9 B", "ERR index out of range");
    want(s, rp_ltrim(p, "l", 1, -2), "LTRIM l 1 -2", RP_STRING, OK);
    want(s, rp_lrange(p, "l", 0, -1), "LRANGE l 0 -1", RP_LIST, "['B', '2']");
}

static void moving(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", 1, 2, 3, 4, 5), "RPUSH l 1 2 3 4 5", RP_INT, "5");
    want(s, rp_lmove(p, "l", "m", "LEFT", "RIGHT"), "LMOVE l m LEFT RIGHT", RP_STRING, "'1'");
    want(s, rp_lmove(p, "x", "m", "LEFT", "RIGHT"), "LMOVE x m LEFT RIGHT", RP_NULL, "None");
    want(s, rp_rpoplpush(p, "l", "m"), "RPOPLPUSH l m", RP_STRING, "'5'");
    want(s, rp_rpoplpush(p, "x", "m"), "RPOPLPUSH x m", RP_NULL, "None");
    want(s, rp_lmpop(p, RP_LIST("x", "l"), "RIGHT"), "LMPOP 2 x l RIGHT", RP_LIST, "['l', ['4']]");
    want(s, rp_lmpop(p, RP_LIST("m"), "LEFT", .count = 9), "LMPOP 1 m LEFT COUNT 9", RP_LIST, "['m', ['5', '1']]");
    want(s, rp_lmpop(p, RP_LIST("x"), "LEFT"), "LMPOP 1 x LEFT", RP_NULL, "None");
}

static void blocking(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_rpush(p, "l", 1, 2, 3, 4, 5, 6, 7), "RPUSH l 1 2 3 4 5 6 7", RP_INT, "7");
    want(s, rp_blpop(p, "x", "l", 1), "BLPOP x l 1", RP_LIST, "['l', '1']");
    want(s, rp_blpop(p, "x", 0.001), "BLPOP x 0.001", RP_NULL, "None");
    want(s, rp_brpop(p, "l", "x", 0.5), "BRPOP l x 0.5", RP_LIST, "['l', '7']");
    want(s, rp_brpop(p, "x", "y", 0.001), "BRPOP x y 0.001", RP_NULL, "None");
    want(s, rp_brpoplpush(p, "l", "m", 1), "BRPOPLPUSH l m 1", RP_STRING, "'6'");
    want(s, rp_brpoplpush(p, "x", "m", 0.001), "BRPOPLPUSH x m 0.001", RP_NULL, "None");
    want(s, rp_blmove(p, "l", "m", "LEFT", "LEFT", 1), "BLMOVE l m LEFT LEFT 1", RP_STRING, "'2'");
    want(s, rp_blmove(p, "x", "m", "LEFT", "LEFT", 0.001), "BLMOVE x m LEFT LEFT 0.001", RP_NULL, "None");
    want(s, rp_blmpop(p, 1, RP_LIST("x", "l"), "LEFT"), "BLMPOP 1 2 x l LEFT", RP_LIST, "['l', ['3']]");
    want(s, rp_blmpop(p, 0.5, RP_LIST("m"), "RIGHT", .count = 2), "BLMPOP 0.5 1 m RIGHT COUNT 2", RP_LIST,
         "['m', ['6', '2']]");
    want(s, rp_blmpop(p, 0.001, RP_LIST("x"), "LEFT"), "BLMPOP 0.001 1 x LEFT", RP_NULL, "None");
}

SHEET_TESTS(both_ends, in_the_middle, moving, blocking)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
