/* Notes. The commands of bitmaps and of HyperLogLogs. */
#include <redpipe/bitfield.h>

#include "support/sheet.h"

#define OK "'OK'"

static void bits(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_setbit(p, "k", 7, 1), "SETBIT k 7 1", RP_INT, "0");
    want(s, rp_setbit(p, "k", 7, 1), "SETBIT k 7 1", RP_INT, "1");
    want(s, rp_setbit(p, "k", 16, true), "SETBIT k 16 1", RP_INT, "0");
    want(s, rp_getbit(p, "k", 7), "GETBIT k 7", RP_INT, "1");
    want(s, rp_getbit(p, "k", 1000), "GETBIT k 1000", RP_INT, "0");
    want(s, rp_bitcount(p, "k"), "BITCOUNT k", RP_INT, "2");
    want(s, rp_bitcount(p, "x"), "BITCOUNT x", RP_INT, "0");
    want(s, rp_bitcount(p, "k", .range = RP_LIST(0, 0)), "BITCOUNT k 0 0", RP_INT, "1");
    want(s, rp_bitcount(p, "k", .range = RP_LIST(-1, -1), .byte = true), "BITCOUNT k -1 -1 BYTE", RP_INT, "1");
    want(s, rp_bitcount(p, "k", .range = RP_LIST(0, 6), .bit = true), "BITCOUNT k 0 6 BIT", RP_INT, "0");
    want(s, rp_bitpos(p, "k", 1), "BITPOS k 1", RP_INT, "7");
    want(s, rp_bitpos(p, "k", 0), "BITPOS k 0", RP_INT, "0");
    want(s, rp_bitpos(p, "x", 1), "BITPOS x 1", RP_INT, "-1");
    want(s, rp_bitpos(p, "k", 1, .range = RP_LIST(1)), "BITPOS k 1 1", RP_INT, "16");
    want(s, rp_bitpos(p, "k", 1, .range = RP_LIST(1, 1)), "BITPOS k 1 1 1", RP_INT, "-1");
    want(s, rp_bitpos(p, "k", 1, .range = RP_LIST(0, -1), .byte = true), "BITPOS k 1 0 -1 BYTE", RP_INT, "7");
    want(s, rp_bitpos(p, "k", 1, .range = RP_LIST(8, 16), .bit = true), "BITPOS k 1 8 16 BIT", RP_INT, "16");
}

static void of_others(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_command(p, "MSET", "a", "abc", "b", "ab"), "MSET a abc b ab", RP_STRING, OK);
    want(s, rp_bitop(p, "AND", "d", "a", "b"), "BITOP AND d a b", RP_INT, "3");
    want(s, rp_command(p, "GET", "d"), "GET d", RP_STRING, "'ab\\x00'");
    want(s, rp_bitop(p, "NOT", "d", "a"), "BITOP NOT d a", RP_INT, "3");
    want(s, rp_bitop(p, "XOR", "d", "a", "a", "b"), "BITOP XOR d a a b", RP_INT, "3");
    want_new(s, rp_bitop(p, "DIFF", "d", "a", "b"), "BITOP DIFF d a b", ":3\r\n", NULL, RP_INT, "3");
}

static void integers(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s,
         rp_bitfield(p, "k", RP_BITFIELD_GET("u8", 0), RP_BITFIELD_SET("u8", 8, 255), RP_BITFIELD_INCRBY("i5", 100, 1)),
         "BITFIELD k GET u8 0 SET u8 8 255 INCRBY i5 100 1", RP_LIST, "[0, 0, 1]");
    want(s,
         rp_bitfield(p, "k", RP_BITFIELD_OVERFLOW("FAIL"), RP_BITFIELD_INCRBY("u8", "#1", 1),
                     RP_BITFIELD_OVERFLOW("SAT"), RP_BITFIELD_INCRBY("i8", 0, -1000)),
         "BITFIELD k OVERFLOW FAIL INCRBY u8 #1 1 OVERFLOW SAT INCRBY i8 0 -1000", RP_LIST, "[None, -128]");
    want(s, rp_bitfield_ro(p, "k", RP_BITFIELD_GET("u8", 8), RP_BITFIELD_GET("i8", 0)),
         "BITFIELD_RO k GET u8 8 GET i8 0", RP_LIST, "[255, -128]");
}

static void hyperloglogs(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_pfadd(p, "a", "x", 1, 2.5), "PFADD a x 1 2.5", RP_BOOL, "True");
    want(s, rp_pfadd(p, "a", 1), "PFADD a 1", RP_BOOL, "False");
    want(s, rp_pfadd(p, "b", "y"), "PFADD b y", RP_BOOL, "True");
    want(s, rp_pfcount(p, "a"), "PFCOUNT a", RP_INT, "3");
    want(s, rp_pfcount(p, "a", "b", "none"), "PFCOUNT a b none", RP_INT, "4");
    want(s, rp_pfmerge(p, "c", "a"), "PFMERGE c a", RP_STRING, OK);
    want(s, rp_pfmerge(p, "c", "a", "b"), "PFMERGE c a b", RP_STRING, OK);
    want(s, rp_pfcount(p, "c"), "PFCOUNT c", RP_INT, "4");
}

SHEET_TESTS(bits, of_others, integers, hyperloglogs)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
