/* Notes. Every typed call on sorted sets. */
#include <math.h>

#include "support/sheet.h"

static void members(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd(p, "z", 1, "a"), "ZADD z 1 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 2.5, "b", .ch = true), "ZADD z CH 2.5 b", RP_INT, "1");
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", INFINITY, "c")), "ZADD z 1 a inf c", RP_INT, "1");
    want(s, rp_zadd_array(p, "z", RP_LIST(2, "a", 3, "d"), .xx = true, .ch = true), "ZADD z XX CH 2 a 3 d", RP_INT,
         "1");
    want(s, rp_zadd(p, "z", 9, "a", .nx = true), "ZADD z NX 9 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 9, "x", .xx = true), "ZADD z XX 9 x", RP_INT, "0");
    want(s, rp_zadd(p, "z", 0, "a", .gt = true, .ch = true), "ZADD z GT CH 0 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 9, "a", .lt = true, .ch = true), "ZADD z LT CH 9 a", RP_INT, "0");
    want(s, rp_zadd(p, "z", 3, "a", .gt = true, .ch = true), "ZADD z GT CH 3 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 1, "a", .xx = true, .lt = true, .ch = true), "ZADD z XX LT CH 1 a", RP_INT, "1");
    want(s, rp_zadd(p, "z", 0.5, "a", .incr = true), "ZADD z INCR 0.5 a", RP_FLOAT, "1.5");
    want(s, rp_zadd(p, "z", 1, "a", .nx = true, .incr = true), "ZADD z NX INCR 1 a", RP_NULL, "None");
    want(s, rp_zadd(p, "z", 1, "x", .xx = true, .incr = true), "ZADD z XX INCR 1 x", RP_NULL, "None");
    want(s, rp_zadd(p, "z", "-inf", "d"), "ZADD z -inf d", RP_INT, "1");
    want(s, rp_zincrby(p, "z", 0.5, "a"), "ZINCRBY z 0.5 a", RP_FLOAT, "2.0");
    want(s, rp_zincrby(p, "z", "-2", "n"), "ZINCRBY z -2 n", RP_FLOAT, "-2.0");
    want(s, rp_zcard(p, "z"), "ZCARD z", RP_INT, "5");
    want(s, rp_zcard(p, "x"), "ZCARD x", RP_INT, "0");
    want(s, rp_zscore(p, "z", "b"), "ZSCORE z b", RP_FLOAT, "2.5");
    want(s, rp_zscore(p, "z", "c"), "ZSCORE z c", RP_FLOAT, "inf");
    want(s, rp_zscore(p, "z", "x"), "ZSCORE z x", RP_NULL, "None");
    want(s, rp_zmscore(p, "z", "b"), "ZMSCORE z b", RP_LIST, "[2.5]");
    want(s, rp_zmscore(p, "z", "b", "x", "d"), "ZMSCORE z b x d", RP_LIST, "[2.5, None, -inf]");
    want(s, rp_zrem(p, "z", "b"), "ZREM z b", RP_INT, "1");
    want(s, rp_zrem(p, "z", "b", "c"), "ZREM z b c", RP_INT, "1");
    want_error(s, rp_sadd(p, "z", 1), "SADD z 1", "WRONGTYPE");
}

#define ABC(p) rp_zadd_array(p, "z", RP_LIST(1.5, "a", 2, "b", "inf", "c"))
#define ABC_WIRE "ZADD z 1.5 a 2 b inf c"
#define LEX(p) rp_zadd_array(p, "l", RP_LIST(0, "a", 0, "b", 0, "c", 0, "d"))
#define LEX_WIRE "ZADD l 0 a 0 b 0 c 0 d"

static void ranks_and_counts(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, ABC(p), ABC_WIRE, RP_INT, "3");
    want(s, LEX(p), LEX_WIRE, RP_INT, "4");
    want(s, rp_zrank(p, "z", "b"), "ZRANK z b", RP_INT, "1");
    want(s, rp_zrank(p, "z", "x"), "ZRANK z x", RP_NULL, "None");
    want(s, rp_zrevrank(p, "z", "a"), "ZREVRANK z a", RP_INT, "2");
    want(s, rp_zrevrank(p, "z", "x"), "ZREVRANK z x", RP_NULL, "None");
    want_new(s, rp_zrank(p, "z", "b", .withscore = true), "ZRANK z b WITHSCORE", "*2\r\n:1\r\n$1\r\n2\r\n",
             "*2\r\n:1\r\n,2\r\n", RP_LIST, "[1, 2.0]");
    want_new(s, rp_zrevrank(p, "z", "a", .withscore = true), "ZREVRANK z a WITHSCORE", "*2\r\n:2\r\n$3\r\n1.5\r\n",
             "*2\r\n:2\r\n,1.5\r\n", RP_LIST, "[2, 1.5]");
    want_new(s, rp_zrank(p, "z", "x", .withscore = true), "ZRANK z x WITHSCORE", "*-1\r\n", "_\r\n", RP_NULL, "None");
    want(s, rp_zcount(p, "z", "-inf", "(2"), "ZCOUNT z -inf (2", RP_INT, "1");
    want(s, rp_zcount(p, "z", 1.5, INFINITY), "ZCOUNT z 1.5 inf", RP_INT, "3");
    want(s, rp_zlexcount(p, "l", "[b", "+"), "ZLEXCOUNT l [b +", RP_INT, "3");
}

static void ranges(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, ABC(p), ABC_WIRE, RP_INT, "3");
    want(s, LEX(p), LEX_WIRE, RP_INT, "4");
    want(s, rp_zrange(p, "z", 0, -1), "ZRANGE z 0 -1", RP_LIST, "['a', 'b', 'c']");
    want(s, rp_zrange(p, "z", 1, 1), "ZRANGE z 1 1", RP_LIST, "['b']");
    want(s, rp_zrange(p, "z", 0, 0, .desc = true), "ZRANGE z 0 0 REV", RP_LIST, "['c']");
    want(s, rp_zrange(p, "z", 0, -1, .withscores = true), "ZRANGE z 0 -1 WITHSCORES", RP_LIST,
         "[['a', 1.5], ['b', 2.0], ['c', inf]]");
    want(s, rp_zrange(p, "z", "(1.5", "+inf", .byscore = true), "ZRANGE z (1.5 +inf BYSCORE", RP_LIST, "['b', 'c']");
    want(s, rp_zrange(p, "z", 2, 1.5, .byscore = true, .desc = true, .withscores = true),
         "ZRANGE z 2 1.5 BYSCORE REV WITHSCORES", RP_LIST, "[['b', 2.0], ['a', 1.5]]");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1, .num = 1),
         "ZRANGE z -inf inf BYSCORE LIMIT 1 1", RP_LIST, "['b']");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .num = 2), "ZRANGE z -inf inf BYSCORE LIMIT 0 2", RP_LIST,
         "['a', 'b']");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1, .num = -1, .withscores = true),
         "ZRANGE z -inf inf BYSCORE LIMIT 1 -1 WITHSCORES", RP_LIST, "[['b', 2.0], ['c', inf]]");
    want(s, rp_zrange(p, "z", "-inf", "inf", .byscore = true, .start = 1), "ZRANGE z -inf inf BYSCORE LIMIT 1 0",
         RP_LIST, "[]");
    want(s, rp_zrange(p, "x", 0, -1, .withscores = true), "ZRANGE x 0 -1 WITHSCORES", RP_LIST, "[]");
    want(s, rp_zrange(p, "l", "[b", "+", .bylex = true), "ZRANGE l [b + BYLEX", RP_LIST, "['b', 'c', 'd']");
    want(s, rp_zrange(p, "l", "(c", "-", .bylex = true, .desc = true, .start = 1, .num = 5),
         "ZRANGE l (c - BYLEX REV LIMIT 1 5", RP_LIST, "['a']");
    want(s, rp_zrangestore(p, "d", "z", 0, 1), "ZRANGESTORE d z 0 1", RP_INT, "2");
    want(s, rp_zrange(p, "d", 0, -1), "ZRANGE d 0 -1", RP_LIST, "['a', 'b']");
    want(s, rp_zrangestore(p, "d", "z", "inf", 2, .byscore = true, .desc = true, .start = 1, .num = 1),
         "ZRANGESTORE d z inf 2 BYSCORE REV LIMIT 1 1", RP_INT, "1");
    want(s, rp_zrangestore(p, "d", "l", "(d", "[b", .bylex = true, .desc = true), "ZRANGESTORE d l (d [b BYLEX REV",
         RP_INT, "2");
    want(s, rp_zrange(p, "d", 0, -1), "ZRANGE d 0 -1", RP_LIST, "['b', 'c']");
}

static void old_ranges(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, ABC(p), ABC_WIRE, RP_INT, "3");
    want(s, LEX(p), LEX_WIRE, RP_INT, "4");
    want(s, rp_zrangebyscore(p, "z", "(1.5", "inf"), "ZRANGEBYSCORE z (1.5 inf", RP_LIST, "['b', 'c']");
    want(s, rp_zrangebyscore(p, "z", 0, 9, .start = 1, .num = -1, .withscores = true),
         "ZRANGEBYSCORE z 0 9 WITHSCORES LIMIT 1 -1", RP_LIST, "[['b', 2.0]]");
    want(s, rp_zrangebylex(p, "l", "-", "(c"), "ZRANGEBYLEX l - (c", RP_LIST, "['a', 'b']");
    want(s, rp_zrangebylex(p, "l", "-", "+", .start = 1, .num = 2), "ZRANGEBYLEX l - + LIMIT 1 2", RP_LIST,
         "['b', 'c']");
    want(s, rp_zrevrange(p, "z", 0, -1), "ZREVRANGE z 0 -1", RP_LIST, "['c', 'b', 'a']");
    want(s, rp_zrevrange(p, "z", 1, 2, .withscores = true), "ZREVRANGE z 1 2 WITHSCORES", RP_LIST,
         "[['b', 2.0], ['a', 1.5]]");
    want(s, rp_zrevrangebyscore(p, "z", 2, "-inf"), "ZREVRANGEBYSCORE z 2 -inf", RP_LIST, "['b', 'a']");
    want(s, rp_zrevrangebyscore(p, "z", "inf", 0, .withscores = true, .start = 1, .num = 1),
         "ZREVRANGEBYSCORE z inf 0 WITHSCORES LIMIT 1 1", RP_LIST, "[['b', 2.0]]");
    want(s, rp_zrevrangebylex(p, "l", "(c", "-"), "ZREVRANGEBYLEX l (c -", RP_LIST, "['b', 'a']");
    want(s, rp_zrevrangebylex(p, "l", "+", "-", .start = 3, .num = 9), "ZREVRANGEBYLEX l + - LIMIT 3 9", RP_LIST,
         "['a']");
    want(s, rp_zremrangebyrank(p, "z", 0, -3), "ZREMRANGEBYRANK z 0 -3", RP_INT, "1");
    want(s, rp_zremrangebyscore(p, "z", "(2", "inf"), "ZREMRANGEBYSCORE z (2 inf", RP_INT, "1");
    want(s, rp_zremrangebylex(p, "l", "[b", "[c"), "ZREMRANGEBYLEX l [b [c", RP_INT, "2");
    want(s, rp_zrange(p, "z", 0, -1), "ZRANGE z 0 -1", RP_LIST, "['b']");
    want(s, rp_zrange(p, "l", 0, -1), "ZRANGE l 0 -1", RP_LIST, "['a', 'd']");
}

static void random_members_and_scanning(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd(p, "z", 1.5, "a"), "ZADD z 1.5 a", RP_INT, "1");
    want(s, rp_zrandmember(p, "z"), "ZRANDMEMBER z", RP_STRING, "'a'");
    want(s, rp_zrandmember(p, "x"), "ZRANDMEMBER x", RP_NULL, "None");
    want(s, rp_zrandmember(p, "z", .count = 5), "ZRANDMEMBER z 5", RP_LIST, "['a']");
    want(s, rp_zrandmember(p, "z", .count = -2), "ZRANDMEMBER z -2", RP_LIST, "['a', 'a']");
    want(s, rp_zrandmember(p, "z", .count = -2, .withscores = true), "ZRANDMEMBER z -2 WITHSCORES", RP_LIST,
         "[['a', 1.5], ['a', 1.5]]");
    want(s, rp_zrandmember(p, "x", .count = 1, .withscores = true), "ZRANDMEMBER x 1 WITHSCORES", RP_LIST, "[]");
    want(s, rp_zadd(p, "z", "inf", "b"), "ZADD z inf b", RP_INT, "1");
    want(s, rp_zscan(p, "z", 0), "ZSCAN z 0", RP_LIST, "['0', [['a', 1.5], ['b', inf]]]");
    want(s, rp_zscan(p, "z", "0", .match = "[b]"), "ZSCAN z 0 MATCH [b]", RP_LIST, "['0', [['b', inf]]]");
    want(s, rp_zscan(p, "z", 0, .match = "x*", .count = 9), "ZSCAN z 0 MATCH x* COUNT 9", RP_LIST, "['0', []]");
    want(s, rp_zscan(p, "x", 0), "ZSCAN x 0", RP_LIST, "['0', []]");
    want_new(s, rp_zscan(p, "z", 0, .match = "*", .count = 9, .noscores = true), "ZSCAN z 0 MATCH * COUNT 9 NOSCORES",
             "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", NULL, RP_LIST, "['0', ['a', 'b']]");
}

static void popping(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", 2.5, "b", 3, "c", 4, "d", 5, "e", 6, "f")),
         "ZADD z 1 a 2.5 b 3 c 4 d 5 e 6 f", RP_INT, "6");
    want(s, rp_zpopmin(p, "z"), "ZPOPMIN z", RP_LIST, "[['a', 1.0]]");
    want(s, rp_zpopmin(p, "z", .count = 2), "ZPOPMIN z 2", RP_LIST, "[['b', 2.5], ['c', 3.0]]");
    want(s, rp_zpopmin(p, "x"), "ZPOPMIN x", RP_LIST, "[]");
    want(s, rp_zpopmax(p, "z"), "ZPOPMAX z", RP_LIST, "[['f', 6.0]]");
    want(s, rp_zpopmax(p, "z", .count = 1), "ZPOPMAX z 1", RP_LIST, "[['e', 5.0]]");
    want(s, rp_zpopmax(p, "x", .count = 2), "ZPOPMAX x 2", RP_LIST, "[]");
    want(s, rp_zmpop(p, RP_LIST("x", "z"), "MIN"), "ZMPOP 2 x z MIN", RP_LIST, "['z', [['d', 4.0]]]");
    want(s, rp_zmpop(p, RP_LIST("x", "z"), "MAX"), "ZMPOP 2 x z MAX", RP_NULL, "None");
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", 2, "b")), "ZADD z 1 a 2 b", RP_INT, "2");
    want(s, rp_zmpop(p, RP_LIST("z"), "MAX", .count = 9), "ZMPOP 1 z MAX COUNT 9", RP_LIST,
         "['z', [['b', 2.0], ['a', 1.0]]]");
}

static void waiting(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", 2, "b", 3, "c", 4.5, "d")), "ZADD z 1 a 2 b 3 c 4.5 d", RP_INT, "4");
    want(s, rp_bzpopmin(p, "z", 1), "BZPOPMIN z 1", RP_LIST, "['z', 'a', 1.0]");
    want(s, rp_bzpopmin(p, "x", "z", 0.5), "BZPOPMIN x z 0.5", RP_LIST, "['z', 'b', 2.0]");
    want(s, rp_bzpopmax(p, "x", "z", 0.5), "BZPOPMAX x z 0.5", RP_LIST, "['z', 'd', 4.5]");
    want(s, rp_bzmpop(p, 0.5, RP_LIST("x", "z"), "MIN"), "BZMPOP 0.5 2 x z MIN", RP_LIST, "['z', [['c', 3.0]]]");
    want(s, rp_zadd_array(p, "z", RP_LIST(1, "a", 2, "b")), "ZADD z 1 a 2 b", RP_INT, "2");
    want(s, rp_bzmpop(p, 0.5, RP_LIST("z"), "MAX", .count = 2), "BZMPOP 0.5 1 z MAX COUNT 2", RP_LIST,
         "['z', [['b', 2.0], ['a', 1.0]]]");
    want(s, rp_bzpopmin(p, "z", 0.01), "BZPOPMIN z 0.01", RP_NULL, "None");
    want(s, rp_bzpopmax(p, "z", 0.01), "BZPOPMAX z 0.01", RP_NULL, "None");
    want(s, rp_bzmpop(p, 0.01, RP_LIST("z"), "MIN"), "BZMPOP 0.01 1 z MIN", RP_NULL, "None");
}

static void several_sets(sheet *s)
{
    rp_pipe *p = s->pipe;
    rp_list_arg yz = RP_LIST("y", "z");
    want(s, rp_zadd_array(p, "y", RP_LIST(1, "a", 2, "b")), "ZADD y 1 a 2 b", RP_INT, "2");
    want(s, rp_zadd_array(p, "z", RP_LIST(3, "b", 5, "c")), "ZADD z 3 b 5 c", RP_INT, "2");
    want(s, rp_zunion(p, yz), "ZUNION 2 y z", RP_LIST, "['a', 'b', 'c']");
    want(s, rp_zunion(p, yz, .withscores = true), "ZUNION 2 y z WITHSCORES", RP_LIST,
         "[['a', 1.0], ['b', 5.0], ['c', 5.0]]");
    want(s, rp_zunion(p, yz, .weights = RP_LIST(10, 0.5), .aggregate = "MAX", .withscores = true),
         "ZUNION 2 y z WEIGHTS 10 0.5 AGGREGATE MAX WITHSCORES", RP_LIST, "[['c', 2.5], ['a', 10.0], ['b', 20.0]]");
    want(s, rp_zinter(p, yz), "ZINTER 2 y z", RP_LIST, "['b']");
    want(s, rp_zinter(p, yz, .weights = RP_LIST(1, 2), .aggregate = "MIN", .withscores = true),
         "ZINTER 2 y z WEIGHTS 1 2 AGGREGATE MIN WITHSCORES", RP_LIST, "[['b', 2.0]]");
    want(s, rp_zdiff(p, yz), "ZDIFF 2 y z", RP_LIST, "['a']");
    want(s, rp_zdiff(p, RP_LIST("z", "y"), .withscores = true), "ZDIFF 2 z y WITHSCORES", RP_LIST, "[['c', 5.0]]");
    want(s, rp_zintercard(p, yz), "ZINTERCARD 2 y z", RP_INT, "1");
    want(s, rp_zintercard(p, RP_LIST("y", "y"), .limit = 1), "ZINTERCARD 2 y y LIMIT 1", RP_INT, "1");
    want(s, rp_zunionstore(p, "d", yz), "ZUNIONSTORE d 2 y z", RP_INT, "3");
    want(s, rp_zunionstore(p, "d", yz, .weights = RP_LIST(2, 1), .aggregate = "MIN"),
         "ZUNIONSTORE d 2 y z WEIGHTS 2 1 AGGREGATE MIN", RP_INT, "3");
    want(s, rp_zrange(p, "d", 0, -1, .withscores = true), "ZRANGE d 0 -1 WITHSCORES", RP_LIST,
         "[['a', 2.0], ['b', 3.0], ['c', 5.0]]");
    want(s, rp_zinterstore(p, "d", yz), "ZINTERSTORE d 2 y z", RP_INT, "1");
    want(s, rp_zinterstore(p, "d", yz, .weights = RP_LIST(2, -1), .aggregate = "SUM"),
         "ZINTERSTORE d 2 y z WEIGHTS 2 -1 AGGREGATE SUM", RP_INT, "1");
    want(s, rp_zscore(p, "d", "b"), "ZSCORE d b", RP_FLOAT, "1.0");
    want(s, rp_zdiffstore_array(p, "d", yz), "ZDIFFSTORE d 2 y z", RP_INT, "1");
}

SHEET_TESTS(members, ranks_and_counts, ranges, old_ranges, random_members_and_scanning, popping, waiting, several_sets)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
