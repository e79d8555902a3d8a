/* Notes. Every typed call on vector sets, which Redis 8 has: the words, and what becomes of replies as it
 * sends them. */
#include "support/sheet.h"

#define VECTOR RP_LIST(1, 0.5)
#define YES ":1\r\n", "#t\r\n", RP_BOOL, "True"
#define NO ":0\r\n", "#f\r\n", RP_BOOL, "False"

static void adding(sheet *s)
{
    rp_pipe *p = s->pipe;
    want_new(s, rp_vadd(p, "v", VECTOR, "a"), "VADD v VALUES 2 1 0.5 a", YES);
    want_new(s, rp_vadd(p, "v", VECTOR, "a", .cas = true), "VADD v VALUES 2 1 0.5 a CAS", NO);
    want_new(s, rp_vadd(p, "r", VECTOR, "a", .reduce = 1), "VADD r REDUCE 1 VALUES 2 1 0.5 a", YES);
    want_new(s, rp_vadd(p, "n", VECTOR, "a", .noquant = true), "VADD n VALUES 2 1 0.5 a NOQUANT", YES);
    want_new(s, rp_vadd(p, "q", VECTOR, "a", .q8 = true), "VADD q VALUES 2 1 0.5 a Q8", YES);
    want_new(s, rp_vadd(p, "b", VECTOR, "a", .bin = true, .ef = 100), "VADD b VALUES 2 1 0.5 a BIN EF 100", YES);
    want_new(s, rp_vadd(p, "v", VECTOR, "b", .setattr = "{\"year\": 1984}", .m = 8),
             "VADD v VALUES 2 1 0.5 b SETATTR \"{\\\"year\\\": 1984}\" M 8", YES);
    want_new(s, rp_vsetattr(p, "v", "b", ""), "VSETATTR v b \"\"", YES);
    want_new(s, rp_vrem(p, "v", "b"), "VREM v b", YES);
    want_new(s, rp_vrem(p, "v", "x"), "VREM v x", NO);
}

static void looking(sheet *s)
{
    rp_pipe *p = s->pipe;
    want_new(s, rp_vcard(p, "v"), "VCARD v", ":2\r\n", NULL, RP_INT, "2");
    want_new(s, rp_vdim(p, "v"), "VDIM v", ":2\r\n", NULL, RP_INT, "2");
    want_new(s, rp_vemb(p, "v", "a"), "VEMB v a", "*2\r\n$1\r\n1\r\n$3\r\n0.5\r\n", "*2\r\n,1\r\n,0.5\r\n", RP_LIST,
             "[1.0, 0.5]");
    want_new(s, rp_vemb(p, "v", "x"), "VEMB v x", "*-1\r\n", "_\r\n", RP_NULL, "None");
    want_new(s, rp_vgetattr(p, "v", "a"), "VGETATTR v a", "$2\r\n{}\r\n", NULL, RP_STRING, "'{}'");
    want_new(s, rp_vinfo(p, "v"), "VINFO v", "*2\r\n+size\r\n:2\r\n", "%1\r\n+size\r\n:2\r\n", RP_DICT, "{'size': 2}");
    want_new(s, rp_vlinks(p, "v", "a"), "VLINKS v a", "*1\r\n*1\r\n$1\r\nb\r\n", NULL, RP_LIST, "[['b']]");
    want_new(s, rp_vlinks(p, "v", "a", .withscores = true), "VLINKS v a WITHSCORES",
             "*1\r\n*2\r\n$1\r\nb\r\n$3\r\n0.5\r\n", "*1\r\n%1\r\n$1\r\nb\r\n,0.5\r\n", RP_LIST, "[[['b', 0.5]]]");
    want_new(s, rp_vrandmember(p, "v"), "VRANDMEMBER v", "$1\r\na\r\n", NULL, RP_STRING, "'a'");
    want_new(s, rp_vrandmember(p, "v", .count = -2), "VRANDMEMBER v -2", "*2\r\n$1\r\na\r\n$1\r\na\r\n", NULL, RP_LIST,
             "['a', 'a']");
}

static void searching(sheet *s)
{
    rp_pipe *p = s->pipe;
    want_new(s, rp_vsim(p, "v", .ele = "a"), "VSIM v ELE a", "*1\r\n$1\r\na\r\n", NULL, RP_LIST, "['a']");
    want_new(s, rp_vsim(p, "v", .values = VECTOR, .withscores = true, .count = 2),
             "VSIM v VALUES 2 1 0.5 WITHSCORES COUNT 2", "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$3\r\n0.5\r\n",
             "%2\r\n$1\r\na\r\n,1\r\n$1\r\nb\r\n,0.5\r\n", RP_LIST, "[['a', 1.0], ['b', 0.5]]");
    want_new(s, rp_vsim(p, "v", .ele = "a", .ef = 9, .filter = ".year > 1980", .filter_ef = 50),
             "VSIM v ELE a EF 9 FILTER \".year > 1980\" FILTER-EF 50", "*0\r\n", NULL, RP_LIST, "[]");
    want_new(s, rp_vsim(p, "v", .ele = "a", .truth = true, .nothread = true), "VSIM v ELE a TRUTH NOTHREAD", "*0\r\n",
             NULL, RP_LIST, "[]");
}

SHEET_TESTS(adding, looking, searching)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
