/* Notes. Every typed call on hashes. What a hash answers in no order is asked of one field, or of small integers. */
#include "support/sheet.h"

#define OK "'OK'"

static void fields(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hset(p, "h", "f", 1, "g", "two"), "HSET h f 1 g two", RP_INT, "2");
    want(s, rp_hset(p, "h", "f", 3), "HSET h f 3", RP_INT, "0");
    want(s, rp_hsetnx(p, "h", "f", 4), "HSETNX h f 4", RP_BOOL, "False");
    want(s, rp_hsetnx(p, "h", "e", ""), "HSETNX h e \"\"", RP_BOOL, "True");
    want(s, rp_hmset(p, "m", "a", 1), "HMSET m a 1", RP_STRING, OK);
    want(s, rp_hmset(p, "m", "a", 1, "b", 2.5), "HMSET m a 1 b 2.5", RP_STRING, OK);
    want(s, rp_hget(p, "h", "f"), "HGET h f", RP_STRING, "'3'");
    want(s, rp_hget(p, "h", "x"), "HGET h x", RP_NULL, "None");
    want(s, rp_hmget(p, "h", "g"), "HMGET h g", RP_LIST, "['two']");
    want(s, rp_hmget(p, "h", "g", "x", "f"), "HMGET h g x f", RP_LIST, "['two', None, '3']");
    want(s, rp_hmget(p, "x", "f"), "HMGET x f", RP_LIST, "[None]");
    want(s, rp_hgetall(p, "m"), "HGETALL m", RP_DICT, "{'a': '1', 'b': '2.5'}");
    want(s, rp_hgetall(p, "x"), "HGETALL x", RP_DICT, "{}");
    want(s, rp_hkeys(p, "m"), "HKEYS m", RP_LIST, "['a', 'b']");
    want(s, rp_hvals(p, "m"), "HVALS m", RP_LIST, "['1', '2.5']");
    want(s, rp_hlen(p, "h"), "HLEN h", RP_INT, "3");
    want(s, rp_hlen(p, "x"), "HLEN x", RP_INT, "0");
    want(s, rp_hstrlen(p, "h", "g"), "HSTRLEN h g", RP_INT, "3");
    want(s, rp_hexists(p, "h", "f"), "HEXISTS h f", RP_BOOL, "True");
    want(s, rp_hexists(p, "h", "x"), "HEXISTS h x", RP_BOOL, "False");
    want(s, rp_hdel(p, "h", "f"), "HDEL h f", RP_INT, "1");
    want(s, rp_hdel(p, "h", "f", "g", "e"), "HDEL h f g e", RP_INT, "2");
}

static void numbers(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hincrby(p, "h", "n", 41), "HINCRBY h n 41", RP_INT, "41");
    want(s, rp_hincrby(p, "h", "n", -42), "HINCRBY h n -42", RP_INT, "-1");
    want(s, rp_hincrbyfloat(p, "h", "f", 0.5), "HINCRBYFLOAT h f 0.5", RP_FLOAT, "0.5");
    want(s, rp_hincrbyfloat(p, "h", "f", -2), "HINCRBYFLOAT h f -2", RP_FLOAT, "-1.5");
    want(s, rp_hincrbyfloat(p, "h", "n", 3), "HINCRBYFLOAT h n 3", RP_FLOAT, "2.0");
    want(s, rp_hset(p, "h", "t", "text"), "HSET h t text", RP_INT, "1");
    want_error(s, rp_hincrby(p, "h", "t", 1), "HINCRBY h t 1", "ERR hash value is not an integer");
    want_error(s, rp_hincrbyfloat(p, "h", "t", 1), "HINCRBYFLOAT h t 1", "ERR hash value is not a float");
    want_error(s, rp_zadd(p, "h", 1, "m"), "ZADD h 1 m", "WRONGTYPE");
}

static void random_fields(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hset(p, "h", "f", 1), "HSET h f 1", RP_INT, "1");
    want(s, rp_hrandfield(p, "h"), "HRANDFIELD h", RP_STRING, "'f'");
    want(s, rp_hrandfield(p, "x"), "HRANDFIELD x", RP_NULL, "None");
    want(s, rp_hrandfield(p, "h", .count = 5), "HRANDFIELD h 5", RP_LIST, "['f']");
    want(s, rp_hrandfield(p, "h", .count = -2), "HRANDFIELD h -2", RP_LIST, "['f', 'f']");
    want(s, rp_hrandfield(p, "x", .count = 5), "HRANDFIELD x 5", RP_LIST, "[]");
    want(s, rp_hrandfield(p, "h", .count = 5, .withvalues = true), "HRANDFIELD h 5 WITHVALUES", RP_LIST,
         "[['f', '1']]");
    want(s, rp_hrandfield(p, "h", .count = -2, .withvalues = true), "HRANDFIELD h -2 WITHVALUES", RP_LIST,
         "[['f', '1'], ['f', '1']]");
    want(s, rp_hrandfield(p, "x", .count = 1, .withvalues = true), "HRANDFIELD x 1 WITHVALUES", RP_LIST, "[]");
}

static void scanning(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hset(p, "h", "a", 1, "b", 2), "HSET h a 1 b 2", RP_INT, "2");
    want(s, rp_hscan(p, "h", 0), "HSCAN h 0", RP_LIST, "['0', {'a': '1', 'b': '2'}]");
    want(s, rp_hscan(p, "h", "0", .match = "[b-c]"), "HSCAN h 0 MATCH [b-c]", RP_LIST, "['0', {'b': '2'}]");
    want(s, rp_hscan(p, "h", 0, .match = "x*", .count = 100), "HSCAN h 0 MATCH x* COUNT 100", RP_LIST, "['0', {}]");
    want(s, rp_hscan(p, "x", 0), "HSCAN x 0", RP_LIST, "['0', {}]");
    want_new(s, rp_hscan(p, "h", 0, .novalues = true), "HSCAN h 0 NOVALUES",
             "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", NULL, RP_LIST, "['0', ['a', 'b']]");
}

#define DONE "*1\r\n:1\r\n"

/* One of the four commands with each of its conditions. */
#define CONDITIONS(call, wire, time) \
    do { \
        want_new(s, call(p, "h", time, RP_LIST("a"), .nx = true), wire " NX FIELDS 1 a", "*1\r\n:0\r\n", NULL, \
                 RP_LIST, "[0]"); \
        want_new(s, call(p, "h", time, RP_LIST("a"), .xx = true), wire " XX FIELDS 1 a", DONE, NULL, RP_LIST, "[1]"); \
        want_new(s, call(p, "h", time, RP_LIST("a"), .gt = true), wire " GT FIELDS 1 a", DONE, NULL, RP_LIST, "[1]"); \
        want_new(s, call(p, "h", time, RP_LIST("a"), .lt = true), wire " LT FIELDS 1 a", DONE, NULL, RP_LIST, "[1]"); \
    } while (0)

static void expiring_on_conditions(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_hset(p, "h", "a", 1, "b", 2), "HSET h a 1 b 2", RP_INT, "2");
    CONDITIONS(rp_hexpire, "HEXPIRE h 60", 60);
    CONDITIONS(rp_hpexpire, "HPEXPIRE h 60000", 60000);
    CONDITIONS(rp_hexpireat, "HEXPIREAT h 33177117420", 33177117420);
    CONDITIONS(rp_hpexpireat, "HPEXPIREAT h 33177117420000", 33177117420000);
}

static void expiring(sheet *s)
{
    rp_pipe *p = s->pipe;
    static const char three[] = "*3\r\n:1\r\n:2\r\n:-2\r\n";
    want(s, rp_hset(p, "h", "a", 1, "b", 2), "HSET h a 1 b 2", RP_INT, "2");
    want_new(s, rp_hexpire(p, "h", 60, RP_LIST("a", "b", "x")), "HEXPIRE h 60 FIELDS 3 a b x", three, NULL, RP_LIST,
             "[1, 2, -2]");
    want_new(s, rp_hpexpire(p, "h", 60000, RP_LIST("a", 5)), "HPEXPIRE h 60000 FIELDS 2 a 5", "*2\r\n:1\r\n:-2\r\n",
             NULL, RP_LIST, "[1, -2]");
    want_new(s, rp_hexpireat(p, "h", 33177117420, RP_LIST("a")), "HEXPIREAT h 33177117420 FIELDS 1 a", DONE, NULL,
             RP_LIST, "[1]");
    want_new(s, rp_hexpireat(p, "h", 0, RP_LIST("a")), "HEXPIREAT h 0 FIELDS 1 a", "*1\r\n:2\r\n", NULL, RP_LIST,
             "[2]");
    want_new(s, rp_hpexpireat(p, "h", 33177117420000, RP_LIST("a")), "HPEXPIREAT h 33177117420000 FIELDS 1 a", DONE,
             NULL, RP_LIST, "[1]");
    want_new(s, rp_hpexpireat(p, "h", -1, RP_LIST("a")), "HPEXPIREAT h -1 FIELDS 1 a", "*1\r\n:2\r\n", NULL, RP_LIST,
             "[2]");
    want_new(s, rp_httl(p, "h", "a", "b", "x"), "HTTL h FIELDS 3 a b x", "*3\r\n:60\r\n:-1\r\n:-2\r\n", NULL, RP_LIST,
             "[60, -1, -2]");
    want_new(s, rp_hpttl(p, "h", "a"), "HPTTL h FIELDS 1 a", "*1\r\n:59999\r\n", NULL, RP_LIST, "[59999]");
    want_new(s, rp_hexpiretime(p, "h", "a"), "HEXPIRETIME h FIELDS 1 a", "*1\r\n:33177117420\r\n", NULL, RP_LIST,
             "[33177117420]");
    want_new(s, rp_hpexpiretime(p, "h", "a"), "HPEXPIRETIME h FIELDS 1 a", "*1\r\n:33177117420000\r\n", NULL, RP_LIST,
             "[33177117420000]");
    want_new(s, rp_hpersist(p, "h", "a", "b", "x"), "HPERSIST h FIELDS 3 a b x", "*3\r\n:1\r\n:-1\r\n:-2\r\n", NULL,
             RP_LIST, "[1, -1, -2]");
}

#define VALUE_AND_NULL2 "*2\r\n$1\r\n1\r\n$-1\r\n"
#define VALUE_AND_NULL3 "*2\r\n$1\r\n1\r\n_\r\n"
#define ONE "*1\r\n$1\r\n1\r\n"

static void values_with_a_time_to_live(sheet *s)
{
    rp_pipe *p = s->pipe;
    rp_list_arg a = RP_LIST("a");
    rp_list_arg pair = RP_LIST("a", 1);
    want(s, rp_hset(p, "h", "a", 1), "HSET h a 1", RP_INT, "1");
    want_new(s, rp_hgetex(p, "h", RP_LIST("a", "x")), "HGETEX h FIELDS 2 a x", VALUE_AND_NULL2, VALUE_AND_NULL3,
             RP_LIST, "['1', None]");
    want_new(s, rp_hgetex(p, "h", a, .ex = 60), "HGETEX h EX 60 FIELDS 1 a", ONE, NULL, RP_LIST, "['1']");
    want_new(s, rp_hgetex(p, "h", a, .px = 60000), "HGETEX h PX 60000 FIELDS 1 a", ONE, NULL, RP_LIST, "['1']");
    want_new(s, rp_hgetex(p, "h", a, .exat = 33177117420), "HGETEX h EXAT 33177117420 FIELDS 1 a", ONE, NULL, RP_LIST,
             "['1']");
    want_new(s, rp_hgetex(p, "h", a, .pxat = 33177117420000), "HGETEX h PXAT 33177117420000 FIELDS 1 a", ONE, NULL,
             RP_LIST, "['1']");
    want_new(s, rp_hgetex(p, "h", a, .persist = true), "HGETEX h PERSIST FIELDS 1 a", ONE, NULL, RP_LIST, "['1']");
    want_new(s, rp_hsetex(p, "h", RP_LIST("a", 1, "b", "two")), "HSETEX h FIELDS 2 a 1 b two", ":1\r\n", NULL, RP_BOOL,
             "True");
    want_new(s, rp_hsetex(p, "h", pair, .fnx = true), "HSETEX h FNX FIELDS 1 a 1", ":0\r\n", NULL, RP_BOOL, "False");
    want_new(s, rp_hsetex(p, "h", pair, .fxx = true, .ex = 60), "HSETEX h FXX EX 60 FIELDS 1 a 1", ":1\r\n", NULL,
             RP_BOOL, "True");
    want_new(s, rp_hsetex(p, "h", pair, .px = 60000), "HSETEX h PX 60000 FIELDS 1 a 1", ":1\r\n", NULL, RP_BOOL,
             "True");
    want_new(s, rp_hsetex(p, "h", pair, .exat = 33177117420), "HSETEX h EXAT 33177117420 FIELDS 1 a 1", ":1\r\n", NULL,
             RP_BOOL, "True");
    want_new(s, rp_hsetex(p, "h", pair, .pxat = 33177117420000), "HSETEX h PXAT 33177117420000 FIELDS 1 a 1", ":1\r\n",
             NULL, RP_BOOL, "True");
    want_new(s, rp_hsetex(p, "h", pair, .keepttl = true), "HSETEX h KEEPTTL FIELDS 1 a 1", ":1\r\n", NULL, RP_BOOL,
             "True");
    want_new(s, rp_hgetdel(p, "h", "a", "x"), "HGETDEL h FIELDS 2 a x", VALUE_AND_NULL2, VALUE_AND_NULL3, RP_LIST,
             "['1', None]");
}

SHEET_TESTS(fields, numbers, random_fields, scanning, expiring_on_conditions, expiring, values_with_a_time_to_live)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
