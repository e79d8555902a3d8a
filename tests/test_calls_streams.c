/* Notes. Every typed call on streams. Ids are given, so that answers are the same each time; what tells times varies.
 * How long a call may block is seen in the words, and by waiting for a stream that has nothing. */
#include <string.h>

#include "support/fake.h"
#include "support/sheet.h"

#define OK "'OK'"

static void entries(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_xadd(p, "x", "f", 1), "XADD x * f 1", RP_STRING, NULL);
    want(s, rp_del(p, "x"), "DEL x", RP_INT, "1");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", 1, "g", "two"), .id = "1-1"), "XADD x 1-1 f 1 g two", RP_STRING,
         "'1-1'");
    want(s, rp_xadd_array(p, "y", RP_LIST("f", 1), .nomkstream = true), "XADD y NOMKSTREAM * f 1", RP_NULL, "None");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", 2), .id = "2-*", .maxlen = 9), "XADD x MAXLEN 9 2-* f 2", RP_STRING,
         "'2-0'");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", 3), .id = "3-1", .minid = "1-2"), "XADD x MINID 1-2 3-1 f 3", RP_STRING,
         "'3-1'");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", 4), .id = "4-1", .maxlen = 9, .approximate = true, .limit = 5),
         "XADD x MAXLEN ~ 9 LIMIT 5 4-1 f 4", RP_STRING, "'4-1'");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", 5), .id = "5-1", .minid = "1", .approximate = true, .limit = -1),
         "XADD x MINID ~ 1 LIMIT 0 5-1 f 5", RP_STRING, "'5-1'");
    want(s, rp_xadd_array(p, "y", RP_LIST("f", 1), .id = "1-1", .maxlen = -1), "XADD y MAXLEN 0 1-1 f 1", RP_STRING,
         "'1-1'");
    want(s, rp_xlen(p, "y"), "XLEN y", RP_INT, "0");
    want(s, rp_xlen(p, "x"), "XLEN x", RP_INT, "4");
    want(s, rp_xdel(p, "x", "2-0", "7"), "XDEL x 2-0 7", RP_INT, "1");
    want(s, rp_xdel(p, "x", "3-1"), "XDEL x 3-1", RP_INT, "1");
    want(s, rp_xrange(p, "x", "-", "+"), "XRANGE x - +", RP_LIST, "[['4-1', {'f': '4'}], ['5-1', {'f': '5'}]]");
    want(s, rp_xsetid(p, "x", "9-1"), "XSETID x 9-1", RP_STRING, OK);
    want(s, rp_xsetid(p, "x", "9-2", .entriesadded = 8, .maxdeletedid = "3-1"),
         "XSETID x 9-2 ENTRIESADDED 8 MAXDELETEDID 3-1", RP_STRING, OK);
    want_error(s, rp_xsetid(p, "x", "9-2", .entriesadded = -1), "XSETID x 9-2 ENTRIESADDED 0", "ERR ");
    want_new(s, rp_xdelex(p, "x", RP_LIST("4-1", "7-1")), "XDELEX x IDS 2 4-1 7-1", "*2\r\n:1\r\n:-1\r\n", NULL,
             RP_LIST, "[1, -1]");
    want_new(s, rp_xdelex(p, "x", RP_LIST("5-1"), .ref_policy = "ACKED"), "XDELEX x ACKED IDS 1 5-1", "*1\r\n:2\r\n",
             NULL, RP_LIST, "[2]");
}

/* Five entries: 1-1 to 5-1. */
static void add_five(sheet *s)
{
    static const char *const ids[] = {"1-1", "2-1", "3-1", "4-1", "5-1"};
    static const char *const wires[] = {"XADD x 1-1 f v", "XADD x 2-1 f v", "XADD x 3-1 f v", "XADD x 4-1 f v",
                                        "XADD x 5-1 f v"};
    for (size_t i = 0; i < 5; i++)
        want(s, rp_xadd_array(s->pipe, "x", RP_LIST("f", "v"), .id = ids[i]), wires[i], RP_STRING, NULL);
}

#define ENTRY(id) "['" id "', {'f': 'v'}]"

static void ranges_and_trimming(sheet *s)
{
    rp_pipe *p = s->pipe;
    add_five(s);
    want(s, rp_xrange(p, "x", "(1-1", 3), "XRANGE x (1-1 3", RP_LIST, "[" ENTRY("2-1") ", " ENTRY("3-1") "]");
    want(s, rp_xrange(p, "x", "-", "+", .count = 1), "XRANGE x - + COUNT 1", RP_LIST, "[" ENTRY("1-1") "]");
    want(s, rp_xrange(p, "y", "-", "+"), "XRANGE y - +", RP_LIST, "[]");
    want(s, rp_xrevrange(p, "x", "+", "4-1"), "XREVRANGE x + 4-1", RP_LIST, "[" ENTRY("5-1") ", " ENTRY("4-1") "]");
    want(s, rp_xrevrange(p, "x", "+", "-", .count = 1), "XREVRANGE x + - COUNT 1", RP_LIST, "[" ENTRY("5-1") "]");
    want(s, rp_xtrim(p, "x", .maxlen = 4), "XTRIM x MAXLEN 4", RP_INT, "1");
    want(s, rp_xtrim(p, "x", .minid = "3-1"), "XTRIM x MINID 3-1", RP_INT, "1");
    want(s, rp_xtrim(p, "x", .maxlen = 1, .approximate = true), "XTRIM x MAXLEN ~ 1", RP_INT, "0");
    want(s, rp_xtrim(p, "x", .minid = "4-1", .approximate = true, .limit = 9), "XTRIM x MINID ~ 4-1 LIMIT 9", RP_INT,
         "0");
    want_new(s, rp_xtrim(p, "x", .maxlen = 3, .ref_policy = "DELREF"), "XTRIM x MAXLEN 3 DELREF", ":0\r\n", NULL,
             RP_INT, "0");
    want(s, rp_xtrim(p, "x", .maxlen = -1), "XTRIM x MAXLEN 0", RP_INT, "3");
}

static void reading(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "1-1"), "XADD x 1-1 f v", RP_STRING, "'1-1'");
    want(s, rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "2-1"), "XADD x 2-1 f v", RP_STRING, "'2-1'");
    want(s, rp_xadd_array(p, "y", RP_LIST("g", 1, "h", 2), .id = "3-1"), "XADD y 3-1 g 1 h 2", RP_STRING, "'3-1'");
    want(s, rp_xread(p, RP_LIST("x", 0)), "XREAD STREAMS x 0", RP_DICT, "{'x': [" ENTRY("1-1") ", " ENTRY("2-1") "]}");
    want(s, rp_xread(p, RP_LIST("x", "1-1", "none", 0, "y", 0)), "XREAD STREAMS x none y 1-1 0 0", RP_DICT,
         "{'x': [" ENTRY("2-1") "], 'y': [['3-1', {'g': '1', 'h': '2'}]]}");
    want(s, rp_xread(p, RP_LIST("x", 0, "y", "$"), .count = 1, .block = 50), "XREAD COUNT 1 BLOCK 50 STREAMS x y 0 $",
         RP_DICT, "{'x': [" ENTRY("1-1") "]}");
    want(s, rp_xread(p, RP_LIST("x", "2-1")), "XREAD STREAMS x 2-1", RP_NULL, "None");
    want(s, rp_xread(p, RP_LIST("x", "$"), .block = 5), "XREAD BLOCK 5 STREAMS x $", RP_NULL, "None");
}

static void groups(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_xgroup_create(p, "x", "g", "$", .mkstream = true), "XGROUP CREATE x g $ MKSTREAM", RP_STRING, OK);
    want_error(s, rp_xgroup_create(p, "x", "g", 0), "XGROUP CREATE x g 0", "BUSYGROUP");
    want(s, rp_xgroup_create(p, "x", "h", 0, .entries_read = 5), "XGROUP CREATE x h 0 ENTRIESREAD 5", RP_STRING, OK);
    want(s, rp_xgroup_setid(p, "x", "h", "0-1"), "XGROUP SETID x h 0-1", RP_STRING, OK);
    want(s, rp_xgroup_setid(p, "x", "h", "0-1", .entries_read = -1), "XGROUP SETID x h 0-1 ENTRIESREAD 0", RP_STRING,
         OK);
    want(s, rp_xgroup_createconsumer(p, "x", "g", "me"), "XGROUP CREATECONSUMER x g me", RP_BOOL, "True");
    want(s, rp_xgroup_createconsumer(p, "x", "g", "me"), "XGROUP CREATECONSUMER x g me", RP_BOOL, "False");
    want(s, rp_xgroup_delconsumer(p, "x", "g", "me"), "XGROUP DELCONSUMER x g me", RP_INT, "0");
    want(s, rp_xgroup_destroy(p, "x", "h"), "XGROUP DESTROY x h", RP_BOOL, "True");
    want(s, rp_xgroup_destroy(p, "x", "h"), "XGROUP DESTROY x h", RP_BOOL, "False");
    want(s, rp_xgroup_help(p), "XGROUP HELP", RP_LIST, NULL);
    want(s, rp_xinfo_help(p), "XINFO HELP", RP_LIST, NULL);
}

#define GROUP(p) rp_xgroup_create(p, "x", "g", 0)
#define GROUP_WIRE "XGROUP CREATE x g 0"
#define NEW(p) rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"))
#define NEW_WIRE "XREADGROUP GROUP g me STREAMS x >"

/* An entry that was claimed, and a new one. */
#define CLAIMED \
    "*2\r\n*4\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n:5000\r\n:2\r\n" \
    "*4\r\n$3\r\n6-1\r\n*2\r\n$1\r\nf\r\n$1\r\n6\r\n:0\r\n:0\r\n"

static void reading_in_groups(sheet *s)
{
    rp_pipe *p = s->pipe;
    add_five(s);
    want(s, GROUP(p), GROUP_WIRE, RP_STRING, OK);
    want(s, rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .count = 2), "XREADGROUP GROUP g me COUNT 2 STREAMS x >",
         RP_DICT, "{'x': [" ENTRY("1-1") ", " ENTRY("2-1") "]}");
    want(s, rp_xreadgroup(p, "g", "you", RP_LIST("x", ">"), .count = 1, .block = 50, .noack = true),
         "XREADGROUP GROUP g you COUNT 1 BLOCK 50 NOACK STREAMS x >", RP_DICT, "{'x': [" ENTRY("3-1") "]}");
    want(s, rp_xdel(p, "x", "2-1"), "XDEL x 2-1", RP_INT, "1");
    want(s, rp_xreadgroup(p, "g", "me", RP_LIST("x", 0)), "XREADGROUP GROUP g me STREAMS x 0", RP_DICT,
         "{'x': [" ENTRY("1-1") ", ['2-1', None]]}");
    want(s, NEW(p), NEW_WIRE, RP_DICT, "{'x': [" ENTRY("4-1") ", " ENTRY("5-1") "]}");
    want(s, NEW(p), NEW_WIRE, RP_NULL, "None");
    want(s, rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .block = 5), "XREADGROUP GROUP g me BLOCK 5 STREAMS x >",
         RP_NULL, "None");
    want(s, rp_xack(p, "x", "g", "1-1"), "XACK x g 1-1", RP_INT, "1");
    want(s, rp_xack(p, "x", "g", "1-1", "2-1", "9"), "XACK x g 1-1 2-1 9", RP_INT, "1");
    want_new(s, rp_xackdel(p, "x", "g", RP_LIST("4-1", "9-1")), "XACKDEL x g IDS 2 4-1 9-1", "*2\r\n:1\r\n:-1\r\n",
             NULL, RP_LIST, "[1, -1]");
    want_new(s, rp_xackdel(p, "x", "g", RP_LIST("5-1"), .ref_policy = "DELREF"), "XACKDEL x g DELREF IDS 1 5-1",
             "*1\r\n:2\r\n", NULL, RP_LIST, "[2]");
    want_new(s, rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .count = 2, .block = 5, .claim = 1000, .noack = true),
             "XREADGROUP GROUP g me COUNT 2 BLOCK 5 CLAIM 1000 NOACK STREAMS x >", "*1\r\n*2\r\n$1\r\nx\r\n" CLAIMED,
             "%1\r\n$1\r\nx\r\n" CLAIMED, RP_DICT, "{'x': [['1-1', {'f': '1'}, 5000, 2], ['6-1', {'f': '6'}, 0, 0]]}");
    want_new(s, rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .claim = -1),
             "XREADGROUP GROUP g me CLAIM 0 STREAMS x >", "*-1\r\n", "_\r\n", RP_NULL, "None");
    want_error(s, rp_xreadgroup(p, "none", "me", RP_LIST("x", ">")), "XREADGROUP GROUP none me STREAMS x >", "NOGROUP");
}

static void pending(sheet *s)
{
    rp_pipe *p = s->pipe;
    add_five(s);
    want(s, GROUP(p), GROUP_WIRE, RP_STRING, OK);
    want(s, rp_xpending(p, "x", "g"), "XPENDING x g", RP_LIST, "[0, None, None, None]");
    want(s, NEW(p), NEW_WIRE, RP_DICT, NULL);
    want(s, rp_xpending(p, "x", "g"), "XPENDING x g", RP_LIST, "[5, '1-1', '5-1', [['me', '5']]]");
    want(s, rp_xpending(p, "x", "g", .start = "-", .end = "(3", .count = 9), "XPENDING x g - (3 9", RP_LIST, NULL);
    want(s, rp_xpending(p, "x", "g", .start = "-", .end = "+", .count = 9, .idle = 1000000, .consumer = "me"),
         "XPENDING x g IDLE 1000000 - + 9 me", RP_LIST, "[]");
    want(s, rp_xclaim(p, "x", "g", "you", 0, RP_LIST("1-1", "2-1")), "XCLAIM x g you 0 1-1 2-1", RP_LIST,
         "[" ENTRY("1-1") ", " ENTRY("2-1") "]");
    want(s, rp_xclaim(p, "x", "g", "you", 1000000, RP_LIST("3-1")), "XCLAIM x g you 1000000 3-1", RP_LIST, "[]");
    want(s, rp_xclaim(p, "x", "g", "you", 0, RP_LIST("3-1"), .idle = 500, .retrycount = -1, .justid = true),
         "XCLAIM x g you 0 3-1 IDLE 500 RETRYCOUNT 0 JUSTID", RP_LIST, "['3-1']");
    want(s,
         rp_xclaim(p, "x", "g", "you", 0, RP_LIST("3-1"), .time = 1, .retrycount = 7, .force = true, .lastid = "6-1"),
         "XCLAIM x g you 0 3-1 TIME 1 RETRYCOUNT 7 FORCE LASTID 6-1", RP_LIST, "[" ENTRY("3-1") "]");
    want(s, rp_xautoclaim(p, "x", "g", "me", 0, "0-0", .count = 2), "XAUTOCLAIM x g me 0 0-0 COUNT 2", RP_LIST,
         "['3-1', [" ENTRY("1-1") ", " ENTRY("2-1") "], []]");
    want(s, rp_xdel(p, "x", "4-1"), "XDEL x 4-1", RP_INT, "1");
    want(s, rp_xautoclaim(p, "x", "g", "me", 0, "3-1"), "XAUTOCLAIM x g me 0 3-1", RP_LIST,
         "['0-0', [" ENTRY("3-1") ", " ENTRY("5-1") "], ['4-1']]");
    want(s, rp_xautoclaim(p, "x", "g", "me", 0, 5, .justid = true), "XAUTOCLAIM x g me 0 5 JUSTID", RP_LIST,
         "['0-0', ['5-1'], []]");
    want(s, rp_xgroup_delconsumer(p, "x", "g", "me"), "XGROUP DELCONSUMER x g me", RP_INT, "4");
}

/* A reply of Redis 7.0 to XINFO STREAM FULL, its times and tree aside: D(n) begins a dict of n pairs. */
#define FULL(D, NONE) \
    D(3) \
    "$6\r\nlength\r\n:1\r\n$7\r\nentries\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n$6\r\ngroups\r\n" \
    "*1\r\n" D(3) "$4\r\nname\r\n$1\r\ng\r\n$7\r\npending\r\n*1\r\n*4\r\n$3\r\n1-1\r\n$2\r\nme\r\n:5\r\n:1\r\n" \
                  "$9\r\nconsumers\r\n*1\r\n" D(2) "$4\r\nname\r\n$2\r\nme\r\n$3\r\nlag\r\n" NONE
#define D_2(n) "*" D_2_##n "\r\n"
#define D_2_2 "4"
#define D_2_3 "6"
#define D_3(n) "%" #n "\r\n"

static void information(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "1-1"), "XADD x 1-1 f v", RP_STRING, "'1-1'");
    want(s, GROUP(p), GROUP_WIRE, RP_STRING, OK);
    want(s, rp_xinfo_stream(p, "x"), "XINFO STREAM x", RP_DICT, NULL);
    want(s, rp_xinfo_stream(p, "x", .full = true), "XINFO STREAM x FULL", RP_DICT, NULL);
    want(s, rp_xinfo_groups(p, "x"), "XINFO GROUPS x", RP_LIST, NULL);
    want(s, rp_xinfo_consumers(p, "x", "g"), "XINFO CONSUMERS x g", RP_LIST, "[]");
    want(s, NEW(p), NEW_WIRE, RP_DICT, NULL);
    want(s, rp_xinfo_stream(p, "x", .full = true, .count = -1), "XINFO STREAM x FULL COUNT 0", RP_DICT, NULL);
    want(s, rp_xinfo_stream(p, "x", .full = true, .count = 1), "XINFO STREAM x FULL COUNT 1", RP_DICT, NULL);
    want(s, rp_xinfo_consumers(p, "x", "g"), "XINFO CONSUMERS x g", RP_LIST, NULL);
    want_new(s, rp_xinfo_stream(p, "x", .full = true, .count = 2), "XINFO STREAM x FULL COUNT 2", FULL(D_2, "$-1\r\n"),
             FULL(D_3, "_\r\n"), RP_DICT,
             "{'length': 1, 'entries': [" ENTRY("1-1") "], 'groups': [{'name': 'g', 'pending': [['1-1', 'me', 5, 1]], "
                                                       "'consumers': [{'name': 'me', 'lag': None}]}]}");
}

SHEET_TESTS(entries, ranges_and_trimming, reading, groups, reading_in_groups, pending, information)

/* What is inside of information. */
static void test_information(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_command(p, "FLUSHALL");
        rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "1-1");
        rp_xadd_array(p, "x", RP_LIST("f", "v"), .id = "2-1");
        GROUP(p);
        NEW(p);
        rp_future *stream = rp_xinfo_stream(p, "x"), *full = rp_xinfo_stream(p, "x", .full = true);
        rp_future *of_groups = rp_xinfo_groups(p, "x"), *of_consumers = rp_xinfo_consumers(p, "x", "g");
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_int(rp_lookup(stream, "length")), 2);
        check_shown(rp_lookup(stream, "first-entry"), ENTRY("1-1"));
        check_shown(rp_lookup(stream, "last-entry"), ENTRY("2-1"));
        check_shown(rp_lookup(full, "entries"), "[" ENTRY("1-1") ", " ENTRY("2-1") "]");
        const rp_value *group = rp_at(rp_lookup(full, "groups"), 0);
        check_shown(rp_lookup(group, "name"), "'g'");
        check_shown(rp_lookup(rp_at(rp_lookup(group, "consumers"), 0), "name"), "'me'");
        assert_int_equal(rp_int(rp_lookup(rp_at(of_groups, 0), "pending")), 2);
        assert_int_equal(rp_int(rp_lookup(rp_at(of_consumers, 0), "pending")), 2);
        rp_free(p);
        rp_disconnect_all();
    }
}

/* A server that does not know the policy takes it for the id. */
static void test_policy_of_references(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\nEXPECT XADD x NOMKSTREAM ACKED MAXLEN 9 * f 1\nSEND '$3\\r\\n6-1\\r\\n'\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *id = rp_xadd_array(p, "x", RP_LIST("f", 1), .nomkstream = true, .maxlen = 9, .ref_policy = "ACKED");
    assert_int_equal(rp_execute(p), RP_OK);
    check_shown(id, "'6-1'");
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

/* -1 blocks for ever, which an execute does that has no deadline. */
static void test_blocking_for_ever(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\nEXPECT XREAD BLOCK 0 STREAMS x $\nSEND '*-1\\r\\n'\n"
                         "EXPECT XREADGROUP GROUP g me BLOCK 0 STREAMS x >\nSEND '*-1\\r\\n'\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_pipe *p = rp_pipeline(NULL);
    rp_xread(p, RP_LIST("x", "$"), .block = -1);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .block = -1);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    rp_free(p);
    p = rp_pipeline(NULL, .timeout_ms = -1);
    rp_future *one = rp_xread(p, RP_LIST("x", "$"), .block = -1);
    rp_future *two = rp_xreadgroup(p, "g", "me", RP_LIST("x", ">"), .block = -1);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_is_null(one) && rp_is_null(two));
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

/* The time that each call blocks is added to the deadline. */
static void test_blocking_beyond_the_deadline(void **state)
{
    sheet_connect(*state, 0);
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = 400);
    int64_t begin = kit_now_ms();
    rp_future *one = rp_xread(p, RP_LIST("none", "$"), .block = 600);
    rp_future *two = rp_bzpopmin(p, "none", 0.6);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_is_null(one) && rp_is_null(two));
    assert_true(kit_now_ms() - begin >= 1200);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHEET_LISTED,
        KIT_TEST(test_information),
        KIT_TEST(test_policy_of_references),
        KIT_TEST(test_blocking_for_ever),
        KIT_TEST(test_blocking_beyond_the_deadline),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
