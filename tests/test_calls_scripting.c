/* Notes. Each command of the section "scripting". What a dump restores is no part of a sheet, which knows no values
 * while it is queued. */
#include <string.h>

#include "support/sheet.h"

#define OK "'OK'"
#define ONE "return {KEYS[1], ARGV[1]}"
#define ONE_SHA1 "d006f1a90249474274c76f5be725b8f5804a346b"
#define LIBRARY_FIRST "#!lua name=mine"
#define LIBRARY_REST \
    "redis.register_function{function_name=[[f]], description=[[d]], flags={[[no-writes]]}," \
    " callback=function(keys, args) return {keys[1], args[1]} end}"
#define LIBRARY LIBRARY_FIRST "\n" LIBRARY_REST
#define LIBRARY_SHOWN LIBRARY_FIRST "\\n" LIBRARY_REST

static void scripts(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_eval(p, ONE, 1, "k", "a"), "EVAL \"" ONE "\" 1 k a", RP_LIST, "['k', 'a']");
    want(s, rp_eval(p, "return 7", 0), "EVAL \"return 7\" 0", RP_INT, "7");
    want(s, rp_eval(p, "return #KEYS", (size_t)2, "a", "b"), "EVAL \"return #KEYS\" 2 a b", RP_INT, "2");
    want(s, rp_eval(p, "return {KEYS[1], ARGV[1], {1, 2}}", 1, "k", "a"),
         "EVAL \"return {KEYS[1], ARGV[1], {1, 2}}\" 1 k a", RP_LIST, "['k', 'a', [1, 2]]");
    want(s, rp_eval(p, "return ARGV[2]", 0, "a", 2), "EVAL \"return ARGV[2]\" 0 a 2", RP_STRING, "'2'");
    want(s, rp_eval(p, "return nil", 0), "EVAL \"return nil\" 0", RP_NULL, "None");
    want(s, rp_eval(p, "return {ok='fine'}", 0), "EVAL \"return {ok='fine'}\" 0", RP_STRING, "'fine'");
    want(s, rp_eval(p, "return {}", 0), "EVAL \"return {}\" 0", RP_LIST, "[]");
    want(s, rp_eval_ro(p, ONE, 1, "k", 3), "EVAL_RO \"" ONE "\" 1 k 3", RP_LIST, "['k', '3']");
    want_error(s, rp_eval_ro(p, "return redis.call('set', KEYS[1], 1)", 1, "k"),
               "EVAL_RO \"return redis.call('set', KEYS[1], 1)\" 1 k", "ERR Write commands are not allowed");
    want(s, rp_script_load(p, ONE), "SCRIPT LOAD \"" ONE "\"", RP_STRING, "'" ONE_SHA1 "'");
    want(s, rp_evalsha(p, ONE_SHA1, 1, "k", "a"), "EVALSHA " ONE_SHA1 " 1 k a", RP_LIST, "['k', 'a']");
    want(s, rp_evalsha_ro(p, ONE_SHA1, 1, "k", "a"), "EVALSHA_RO " ONE_SHA1 " 1 k a", RP_LIST, "['k', 'a']");
    want(s, rp_script_exists(p, ONE_SHA1, "none"), "SCRIPT EXISTS " ONE_SHA1 " none", RP_LIST, "[True, False]");
    want_new(s, rp_script_show(p, ONE_SHA1), "SCRIPT SHOW " ONE_SHA1, "$8\r\nreturn 1\r\n", NULL, RP_STRING,
             "'return 1'");
    want(s, rp_script_flush(p), "SCRIPT FLUSH", RP_STRING, OK);
    want(s, rp_script_flush(p, .async = true), "SCRIPT FLUSH ASYNC", RP_STRING, OK);
    want(s, rp_script_flush(p, .sync = true), "SCRIPT FLUSH SYNC", RP_STRING, OK);
    want_error(s, rp_evalsha(p, ONE_SHA1, 0), "EVALSHA " ONE_SHA1 " 0", "NOSCRIPT");
    want_error(s, rp_script_kill(p), "SCRIPT KILL", "NOTBUSY");
    want(s, rp_script_help(p), "SCRIPT HELP", RP_LIST, NULL);
}

static void functions(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_function_flush(p), "FUNCTION FLUSH", RP_STRING, OK);
    want(s, rp_function_load(p, LIBRARY), "FUNCTION LOAD \"" LIBRARY_SHOWN "\"", RP_STRING, "'mine'");
    want_error(s, rp_function_load(p, LIBRARY), "FUNCTION LOAD \"" LIBRARY_SHOWN "\"",
               "ERR Library 'mine' already exists");
    want(s, rp_function_load(p, LIBRARY, .replace = true), "FUNCTION LOAD REPLACE \"" LIBRARY_SHOWN "\"", RP_STRING,
         "'mine'");
    want(s, rp_fcall(p, "f", 1, "k", "a"), "FCALL f 1 k a", RP_LIST, "['k', 'a']");
    want(s, rp_fcall_ro(p, "f", 1, "k", "a"), "FCALL_RO f 1 k a", RP_LIST, "['k', 'a']");
    want(s, rp_function_list(p), "FUNCTION LIST", RP_LIST,
         "[{'library_name': 'mine', 'engine': 'LUA', "
         "'functions': [{'name': 'f', 'description': 'd', 'flags': {'no-writes'}}]}]");
    want(s, rp_function_list(p, .library = "m*", .withcode = true), "FUNCTION LIST LIBRARYNAME m* WITHCODE", RP_LIST,
         "[{'library_name': 'mine', 'engine': 'LUA', "
         "'functions': [{'name': 'f', 'description': 'd', 'flags': {'no-writes'}}], 'library_code': '" LIBRARY_SHOWN
         "'}]");
    want(s, rp_function_list(p, .library = "x"), "FUNCTION LIST LIBRARYNAME x", RP_LIST, "[]");
    want(s, rp_function_stats(p), "FUNCTION STATS", RP_DICT,
         "{'running_script': None, 'engines': {'LUA': {'libraries_count': 1, 'functions_count': 1}}}");
    want(s, rp_function_dump(p), "FUNCTION DUMP", RP_STRING, NULL);
    want_error(s, rp_function_restore(p, "x"), "FUNCTION RESTORE x", "ERR DUMP payload version or checksum are wrong");
    want_error(s, rp_function_kill(p), "FUNCTION KILL", "NOTBUSY");
    want(s, rp_function_delete(p, "mine"), "FUNCTION DELETE mine", RP_STRING, OK);
    want(s, rp_function_flush(p, .async = true), "FUNCTION FLUSH ASYNC", RP_STRING, OK);
    want(s, rp_function_flush(p, .sync = true), "FUNCTION FLUSH SYNC", RP_STRING, OK);
    want(s, rp_function_help(p), "FUNCTION HELP", RP_LIST, NULL);
}

static void restoring(sheet *s)
{
    rp_pipe *p = s->pipe;
    const char *wrong = "ERR DUMP payload version or checksum are wrong";
    want_error(s, rp_function_restore(p, "x", .flush = true), "FUNCTION RESTORE x FLUSH", wrong);
    want_error(s, rp_function_restore(p, "x", .append = true), "FUNCTION RESTORE x APPEND", wrong);
    want_error(s, rp_function_restore(p, "x", .replace = true), "FUNCTION RESTORE x REPLACE", wrong);
}

SHEET_TESTS(scripts, functions, restoring)

static void running(sheet *s)
{
    want_new(s, rp_function_stats(s->pipe), "FUNCTION STATS",
             "*4\r\n$14\r\nrunning_script\r\n*6\r\n$4\r\nname\r\n$1\r\nf\r\n$7\r\ncommand\r\n*2\r\n$5\r\nFCALL\r\n"
             "$1\r\nf\r\n$11\r\nduration_ms\r\n:5\r\n$7\r\nengines\r\n*2\r\n$3\r\nLUA\r\n*0\r\n",
             "%2\r\n$14\r\nrunning_script\r\n%3\r\n$4\r\nname\r\n$1\r\nf\r\n$7\r\ncommand\r\n*2\r\n$5\r\nFCALL\r\n"
             "$1\r\nf\r\n$11\r\nduration_ms\r\n:5\r\n$7\r\nengines\r\n%1\r\n$3\r\nLUA\r\n%0\r\n",
             RP_DICT,
             "{'running_script': {'name': 'f', 'command': ['FCALL', 'f'], 'duration_ms': 5}, 'engines': {'LUA': {}}}");
}

/* A function that runs while this is asked would hold up the server for too long. */
static void test_running(void **state)
{
    (void)state;
    sheet_check_replies((sheet_queue *[]){running}, 1);
}

static void test_restore(void **state)
{
    sheet_connect(*state, 0);
    rp_pipe *p = rp_pipeline(NULL), *q = rp_pipeline(NULL, .collect = true);
    rp_function_load(p, LIBRARY, .replace = true);
    const rp_future *dump = rp_function_dump(p);
    assert_int_equal(rp_execute(p), RP_OK);
    const rp_future *answers[] = {
        rp_function_restore(q, dump),
        rp_function_restore(q, dump, .append = true),
        rp_function_restore(q, dump, .replace = true),
        rp_function_restore(q, dump, .flush = true),
        rp_function_flush(q),
        rp_function_restore(q, dump),
        rp_fcall(q, "f", 0),
    };
    assert_int_equal(rp_execute(q), RP_OK);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(rp_kind_of(answers[i]), i < 2 ? RP_ERROR : RP_STRING);
    assert_int_equal(rp_kind_of(answers[6]), RP_LIST);
    rp_free(p);
    rp_free(q);
}

#define REFUSED(call) \
    (call); \
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE); \
    assert_non_null(strstr(rp_last_error()->message, "number of keys"))

static void test_refused(void **state)
{
    (void)state;
    rp_pipe *p = rp_pipeline(NULL);
    REFUSED(rp_eval(p, ONE, 2, "k"));
    REFUSED(rp_eval_ro(p, ONE, -1, "k"));
    REFUSED(rp_evalsha(p, ONE_SHA1, "1", "k"));
    REFUSED(rp_evalsha_ro(p, ONE_SHA1, 1));
    REFUSED(rp_fcall(p, "f", UINT64_MAX, "k"));
    REFUSED(rp_fcall_ro_with(p, RP_ARG("f"), 0, NULL));
    rp_command(p, "script", "debug", "YES");
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_running), KIT_TEST(test_restore),
                                       KIT_TEST(test_refused)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
