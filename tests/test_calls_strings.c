/* Notes. The commands of strings. */
#include "support/sheet.h"

#define OK "'OK'"

static void reading_and_writing(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_get(p, "k"), "GET k", RP_NULL, "None");
    want(s, rp_set(p, "k", "v"), "SET k v", RP_STRING, OK);
    want(s, rp_get(p, "k"), "GET k", RP_STRING, "'v'");
    want(s, rp_set(p, "k", "w", .nx = true), "SET k w NX", RP_NULL, "None");
    want(s, rp_set(p, "x", "w", .xx = true), "SET x w XX", RP_NULL, "None");
    want(s, rp_set(p, "k", "w", .xx = true), "SET k w XX", RP_STRING, OK);
    want(s, rp_set(p, "x", "w", .nx = true), "SET x w NX", RP_STRING, OK);
    want(s, rp_set(p, "k", "z", .get = true), "SET k z GET", RP_STRING, "'w'");
    want(s, rp_set(p, "y", "z", .get = true), "SET y z GET", RP_NULL, "None");
    want(s, rp_set(p, "k", "!", .nx = true, .get = true), "SET k ! NX GET", RP_STRING, "'z'");
    want(s, rp_getset(p, "k", "a"), "GETSET k a", RP_STRING, "'z'");
    want(s, rp_getset(p, "nowhere", "a"), "GETSET nowhere a", RP_NULL, "None");
    want(s, rp_getdel(p, "nowhere"), "GETDEL nowhere", RP_STRING, "'a'");
    want(s, rp_getdel(p, "nowhere"), "GETDEL nowhere", RP_NULL, "None");
    want(s, rp_setnx(p, "k", "no"), "SETNX k no", RP_BOOL, "False");
    want(s, rp_setnx(p, "new", "yes"), "SETNX new yes", RP_BOOL, "True");
}

static void conditions(sheet *s)
{
    rp_pipe *p = s->pipe;
    want_new(s, rp_set(p, "k", "v", .ifeq = "a b"), "SET k v IFEQ \"a b\"", "$-1\r\n", "_\r\n", RP_NULL, "None");
    want_new(s, rp_set(p, "k", "v", .ifne = "w"), "SET k v IFNE w", "+OK\r\n", NULL, RP_STRING, OK);
    want_new(s, rp_set(p, "k", "v", .ifdeq = "6b42ca7dfcc27b4f", .get = true), "SET k v IFDEQ 6b42ca7dfcc27b4f GET",
             "$1\r\nv\r\n", NULL, RP_STRING, "'v'");
    want_new(s, rp_set(p, "k", "v", .ex = 60, .ifdne = "6b42ca7dfcc27b4f"), "SET k v EX 60 IFDNE 6b42ca7dfcc27b4f",
             "$-1\r\n", "_\r\n", RP_NULL, "None");
    want_new(s, rp_digest(p, "k"), "DIGEST k", "$16\r\n6b42ca7dfcc27b4f\r\n", NULL, RP_STRING, "'6b42ca7dfcc27b4f'");
    want_new(s, rp_digest(p, "none"), "DIGEST none", "$-1\r\n", "_\r\n", RP_NULL, "None");
    want_new(s, rp_delex(p, "k"), "DELEX k", ":1\r\n", NULL, RP_BOOL, "True");
    want_new(s, rp_delex(p, "k", .ifeq = "v"), "DELEX k IFEQ v", ":0\r\n", NULL, RP_BOOL, "False");
    want_new(s, rp_delex(p, "k", .ifne = "v"), "DELEX k IFNE v", ":0\r\n", NULL, RP_BOOL, "False");
    want_new(s, rp_delex(p, "k", .ifdeq = "00"), "DELEX k IFDEQ 00", ":1\r\n", NULL, RP_BOOL, "True");
    want_new(s, rp_delex(p, "k", .ifdne = "00"), "DELEX k IFDNE 00", ":1\r\n", NULL, RP_BOOL, "True");
    want_new(s, rp_delifeq(p, "k", rp_b("a\0", 2)), "DELIFEQ k \"a\\x00\"", ":1\r\n", NULL, RP_BOOL, "True");
}

static void numbers(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_incr(p, "n"), "INCR n", RP_INT, "1");
    want(s, rp_incrby(p, "n", 41), "INCRBY n 41", RP_INT, "42");
    want(s, rp_incrby(p, "n", -43), "INCRBY n -43", RP_INT, "-1");
    want(s, rp_incrby(p, "max", INT64_MAX), "INCRBY max 9223372036854775807", RP_INT, "9223372036854775807");
    want(s, rp_decr(p, "n"), "DECR n", RP_INT, "-2");
    want(s, rp_decrby(p, "n", 40), "DECRBY n 40", RP_INT, "-42");
    want(s, rp_decrby(p, "n", -2), "DECRBY n -2", RP_INT, "-40");
    want(s, rp_incrbyfloat(p, "n", 0.5), "INCRBYFLOAT n 0.5", RP_FLOAT, "-39.5");
    want(s, rp_incrbyfloat(p, "n", -0.5), "INCRBYFLOAT n -0.5", RP_FLOAT, "-40.0");
}

static void several(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, "a", 1, "b", 2.5, "c", rp_b("", 0)), "MSET a 1 b 2.5 c \"\"", RP_STRING, OK);
    want(s, rp_mset(p, "a b", "c d"), "MSET \"a b\" \"c d\"", RP_STRING, OK);
    want(s, rp_mget(p, "a", "nowhere", "b", "c"), "MGET a nowhere b c", RP_LIST, "['1', None, '2.5', '']");
    want(s, rp_mget(p, "nowhere"), "MGET nowhere", RP_LIST, "[None]");
    want(s, rp_msetnx(p, "a", 1, "x", 2), "MSETNX a 1 x 2", RP_BOOL, "False");
    want(s, rp_msetnx(p, "x", 1, "y", 2), "MSETNX x 1 y 2", RP_BOOL, "True");
    want_new(s, rp_msetex(p, RP_LIST("a", 1, "b", 2)), "MSETEX 2 a 1 b 2", ":1\r\n", NULL, RP_BOOL, "True");
    want_new(s, rp_msetex(p, RP_LIST("a", 1), .nx = true, .ex = 60), "MSETEX 1 a 1 NX EX 60", ":0\r\n", NULL, RP_BOOL,
             "False");
    want_new(s, rp_msetex(p, RP_LIST("a", 1), .xx = true, .px = 60000), "MSETEX 1 a 1 XX PX 60000", ":1\r\n", NULL,
             RP_BOOL, "True");
    want_new(s, rp_msetex(p, RP_LIST("a", 1), .exat = 33177117420), "MSETEX 1 a 1 EXAT 33177117420", ":1\r\n", NULL,
             RP_BOOL, "True");
    want_new(s, rp_msetex(p, RP_LIST("a", 1), .pxat = 33177117420001), "MSETEX 1 a 1 PXAT 33177117420001", ":1\r\n",
             NULL, RP_BOOL, "True");
    want_new(s, rp_msetex(p, RP_LIST("a", 1), .keepttl = true), "MSETEX 1 a 1 KEEPTTL", ":1\r\n", NULL, RP_BOOL,
             "True");
}

static void expiring(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "k", 1, .ex = 60), "SET k 1 EX 60", RP_STRING, OK);
    want(s, rp_set(p, "k", 1, .px = 60000), "SET k 1 PX 60000", RP_STRING, OK);
    want(s, rp_set(p, "k", 1, .exat = 33177117420), "SET k 1 EXAT 33177117420", RP_STRING, OK);
    want(s, rp_expiretime(p, "k"), "EXPIRETIME k", RP_INT, "33177117420");
    want(s, rp_set(p, "k", 2, .keepttl = true), "SET k 2 KEEPTTL", RP_STRING, OK);
    want(s, rp_expiretime(p, "k"), "EXPIRETIME k", RP_INT, "33177117420");
    want(s, rp_set(p, "k", 1, .pxat = 33177117420001), "SET k 1 PXAT 33177117420001", RP_STRING, OK);
    want(s, rp_pexpiretime(p, "k"), "PEXPIRETIME k", RP_INT, "33177117420001");
    want(s, rp_set(p, "k", 3), "SET k 3", RP_STRING, OK);
    want(s, rp_ttl(p, "k"), "TTL k", RP_INT, "-1");
    want(s, rp_set(p, "k", 4, .ex = 60, .xx = true, .get = true), "SET k 4 EX 60 XX GET", RP_STRING, "'3'");
    want(s, rp_setex(p, "k", 60, "v"), "SETEX k 60 v", RP_STRING, OK);
    want(s, rp_psetex(p, "k", 60000, "v"), "PSETEX k 60000 v", RP_STRING, OK);
    want(s, rp_getex(p, "k"), "GETEX k", RP_STRING, "'v'");
    want(s, rp_getex(p, "k", .ex = 60), "GETEX k EX 60", RP_STRING, "'v'");
    want(s, rp_getex(p, "k", .px = 60000), "GETEX k PX 60000", RP_STRING, "'v'");
    want(s, rp_getex(p, "k", .exat = 33177117420), "GETEX k EXAT 33177117420", RP_STRING, "'v'");
    want(s, rp_expiretime(p, "k"), "EXPIRETIME k", RP_INT, "33177117420");
    want(s, rp_getex(p, "k", .pxat = 33177117420001), "GETEX k PXAT 33177117420001", RP_STRING, "'v'");
    want(s, rp_pexpiretime(p, "k"), "PEXPIRETIME k", RP_INT, "33177117420001");
    want(s, rp_getex(p, "k", .persist = true), "GETEX k PERSIST", RP_STRING, "'v'");
    want(s, rp_ttl(p, "k"), "TTL k", RP_INT, "-1");
    want(s, rp_getex(p, "x"), "GETEX x", RP_NULL, "None");
}

static void pieces(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_append(p, "k", "hello"), "APPEND k hello", RP_INT, "5");
    want(s, rp_append(p, "k", " you"), "APPEND k \" you\"", RP_INT, "9");
    want(s, rp_strlen(p, "k"), "STRLEN k", RP_INT, "9");
    want(s, rp_strlen(p, "x"), "STRLEN x", RP_INT, "0");
    want(s, rp_getrange(p, "k", 1, -4), "GETRANGE k 1 -4", RP_STRING, "'ello '");
    want(s, rp_getrange(p, "x", 0, 5), "GETRANGE x 0 5", RP_STRING, "''");
    want(s, rp_substr(p, "k", 0, 0), "SUBSTR k 0 0", RP_STRING, "'h'");
    want(s, rp_setrange(p, "k", 6, "her"), "SETRANGE k 6 her", RP_INT, "9");
    want(s, rp_setrange(p, "y", 2, "!"), "SETRANGE y 2 !", RP_INT, "3");
    want(s, rp_get(p, "y"), "GET y", RP_STRING, "'\\x00\\x00!'");
    want(s, rp_get(p, "k"), "GET k", RP_STRING, "'hello her'");
}

static void common_subsequences(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_mset(p, "a", "ohmytext", "b", "mynewtext"), "MSET a ohmytext b mynewtext", RP_STRING, OK);
    want(s, rp_lcs(p, "a", "b"), "LCS a b", RP_STRING, "'mytext'");
    want(s, rp_lcs(p, "a", "x"), "LCS a x", RP_STRING, "''");
    want(s, rp_lcs(p, "a", "b", .len = true), "LCS a b LEN", RP_INT, "6");
    want(s, rp_lcs(p, "a", "b", .idx = true), "LCS a b IDX", RP_DICT,
         "{'matches': [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], 'len': 6}");
    want(s, rp_lcs(p, "a", "b", .idx = true, .minmatchlen = 4), "LCS a b IDX MINMATCHLEN 4", RP_DICT,
         "{'matches': [[[4, 7], [5, 8]]], 'len': 6}");
    want(s, rp_lcs(p, "a", "b", .idx = true, .minmatchlen = 4, .withmatchlen = true),
         "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN", RP_DICT, "{'matches': [[[4, 7], [5, 8], 4]], 'len': 6}");
    want(s, rp_lcs(p, "a", "x", .idx = true), "LCS a x IDX", RP_DICT, "{'matches': [], 'len': 0}");
}

SHEET_TESTS(reading_and_writing, conditions, numbers, several, expiring, pieces, common_subsequences)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
