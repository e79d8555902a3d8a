/* Notes. rp_command: any command by its name. One that the table knows has the shape that its typed function gives it,
 * in either case and wherever the words stand that decide it; of any other the reply stays as the server sent it. */
#include "support/sheet.h"

static void by_name(sheet *s)
{
    rp_pipe *p = s->pipe;
    rp_arg words[] = {RP_ARG("strlen"), RP_ARG("k")};
    want(s, rp_command(p, "APPEND", "k", "abc"), "APPEND k abc", RP_INT, "3");
    want(s, rp_command_args(p, 2, words), "STRLEN k", RP_INT, "3");
    want(s, rp_command(p, "GETRANGE", "k", 1, -1), "GETRANGE k 1 -1", RP_STRING, "'bc'");
    want(s, rp_command(p, rp_b("PINGxx", 4)), "PING", RP_STRING, "'PONG'");
    want(s, rp_command(p, "PING", "a b"), "PING \"a b\"", RP_STRING, "'a b'");
    want(s, rp_command(p, "RPUSH", "r", 1, 2), "RPUSH r 1 2", RP_INT, "2");
    want(s, rp_command(p, "SORT", "r", "DESC"), "SORT r DESC", RP_LIST, "['2', '1']");
    want_error(s, rp_command(p, "NO-SUCH-COMMAND"), "NO-SUCH-COMMAND", "ERR unknown command");
}

static void shaped(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_command(p, "hset", "h", "f", "v"), "HSET h f v", RP_INT, "1");
    want(s, rp_command(p, "HGETALL", "h"), "HGETALL h", RP_DICT, "{'f': 'v'}");
    want(s, rp_command(p, "hgetall", "h"), "HGETALL h", RP_DICT, "{'f': 'v'}");
    want(s, rp_command(p, "Config", "get", "appendonly"), "CONFIG get appendonly", RP_DICT, "{'appendonly': 'no'}");
    want(s, rp_command(p, "ZADD", "z", 1.5, "a"), "ZADD z 1.5 a", RP_INT, "1");
    want(s, rp_command(p, "ZSCORE", "z", "a"), "ZSCORE z a", RP_FLOAT, "1.5");
    want(s, rp_command(p, "ZRANGE", "z", 0, -1), "ZRANGE z 0 -1", RP_LIST, "['a']");
    want(s, rp_command(p, "ZRANGE", "z", 0, -1, "withscores"), "ZRANGE z 0 -1 withscores", RP_LIST, "[['a', 1.5]]");
    want(s, rp_command(p, "SETNX", "k", 1), "SETNX k 1", RP_BOOL, "True");
    want(s, rp_command(p, "CLIENT", "INFO"), "CLIENT INFO", RP_STRING, NULL);
}

/* An error is one where a shape was promised. */
static void wrong_types(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "text", "x"), "SET text x", RP_STRING, "'OK'");
    want_error(s, rp_hgetall(p, "text"), "HGETALL text", "WRONGTYPE");
    want_error(s, rp_smembers(p, "text"), "SMEMBERS text", "WRONGTYPE");
    want_error(s, rp_zadd(p, "text", 1, "m", .incr = true), "ZADD text INCR 1 m", "WRONGTYPE");
    want_error(s, rp_zrange(p, "text", 0, -1, .withscores = true), "ZRANGE text 0 -1 WITHSCORES", "WRONGTYPE");
}

SHEET_TESTS(by_name, shaped, wrong_types)

/* Nothing promises what a script returns. */
static void test_raw_replies(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *raw = rp_command(p, "EVAL", "redis.setresp(3) return {map={f='v'}}", 0);
        assert_int_equal(rp_execute(p), RP_OK);
        check_shown(raw, protocol == 2 ? "['f', 'v']" : "{'f': 'v'}");
        rp_free(p);
        rp_disconnect_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_raw_replies)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
