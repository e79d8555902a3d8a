/* Notes. What a connection does when its server breaks the protocol: replies before the break keep their values, all
 * others are unknown, the connection is dropped, and the next execute has a new one and its own answers. The commands
 * are INCRs, which the fake really runs: afterwards none has run twice. */
#define _GNU_SOURCE 1
#include "test_wire.h"

/* Three INCRs; the server sends `bytes` in place of the answers, behind good ones to the first `answered`. */
static void play_broken(const char *step, size_t answered, const char *error, bool collect)
{
    static const char *const kept[] = {"UUU", "VUU", "VVU"}, *const dropped[] = {"UUU", "AUU", "AAU"};
    wire_batch b;
    char script[512];
    snprintf(script, sizeof script, "HELLO\nEXECUTE 3\n%s\nSTALL\nCONNECTION *\nSERVE\n", step);
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 3, collect);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, answered, error);
    wire_want_outcomes(&b, (collect ? kept : dropped)[answered]);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rp_int(b.futures[i]), collect && i < answered ? (int)i + 1 : 0);
        assert_int_equal(rp_status_of(b.futures[i]), i >= answered ? RP_PROTOCOL_ERROR
                                                     : collect     ? RP_OK
                                                                   : RP_NOT_READY);
    }
    rp_free(b.pipe);
    wire_want_next(f, 2);
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void want_broken(const char *step, size_t answered, const char *error)
{
    play_broken(step, answered, error, true);
    play_broken(step, answered, error, false);
}

static void test_w03_thousand_replies_and_a_half(void **state)
{
    enum { REPLIES = 1000 };
    wire_batch b;
    fake *f = fake_start(
        "HELLO\nEXECUTE 1001\nSEND 1000 ':7\\r\\n'\nCLOSE\n"
        "CONNECTION\nHELLO\nEXECUTE 1001\nSEND 1000 ':7\\r\\n'\nSEND '$5\\r\\nha'\nCLOSE\n"
        "CONNECTION\nHELLO\nEXECUTE 1001\nSEND 1000 ':7\\r\\n'\nSEND '$5\\r\\nha'\nSEND 'lf.\\r\\n'\nSERVE\n");
    char letters[REPLIES + 2];
    (void)state;
    memset(letters, 'V', REPLIES);
    memcpy(letters + REPLIES, "U", 2);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    for (unsigned i = 0; i < 3; i++) {
        wire_increment(&b, REPLIES + 1, true);
        assert_int_equal(b.status, i == 2 ? RP_OK : RP_CONNECTION_ERROR);
        letters[REPLIES] = i == 2 ? 'V' : 'U';
        wire_want_outcomes(&b, letters);
        assert_int_equal(rp_int(b.futures[REPLIES - 1]), 7);
        if (i == 2)
            assert_string_equal(rp_str(b.futures[REPLIES]), "half.");
        else
            wire_want_error(RP_CONNECTION_ERROR, REPLIES, "closed by the server, with 1000 of 1001 commands answered");
        rp_free(b.pipe);
    }
    wire_want_next(f, 3);
    fake_stop(f);
}

static void test_w04_unknown_type(void **state)
{
    (void)state;
    want_broken("SEND '@1\\r\\n'", 0, "no reply begins like this: '@1\\x0d\\x0a'");
    want_broken("SEND ':1\\r\\n\\0'", 1, "'\\x00'");
    want_broken("SEND ':1\\r\\n:2\\r\\n\\r\\n'", 2, "'\\x0d\\x0a'");
    want_broken("SEND 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'", 0, "'HTTP/1.1 400 Bad'");
    want_broken("SEND ':1\\r\\n\\x1b[2J'", 1, "'\\x1b[2J'");
}

static void test_w05_bulk_length(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n$-2\\r\\n'", 1, "a length that is no number: '$-2'");
    want_broken("SEND ':1\\r\\n$18446744073709551615\\r\\n'", 1, "no number");
    want_broken("SEND ':1\\r\\n$9223372036854775807\\r\\n'", 1, "a string passes the limit of 536870912");
}

static void test_w06_no_crlf_behind_bulk(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n$5\\r\\nhelloXY:3\\r\\n'", 1, "a string that does not end where it said: '$5'");
    want_broken("SEND ':1\\r\\n$5\\r\\nhello\\n\\n:3\\r\\n'", 1, "a string that does not end where it said");
    want_broken("SPLIT ':1\\r\\n:2\\r\\n$5\\r\\nhelloXY'", 2, "a string that does not end where it said");
}

static void test_w07_bulk_longer_than_announced(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n$3\\r\\nabcdef\\r\\n'", 1, "a string that does not end where it said: '$3'");
    want_broken("SEND '$1\\r\\n1\\r\\ndef\\r\\n'", 1, "no reply begins like this: 'def\\x0d\\x0a'");
}

static void test_w08_aggregate_length(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n*2305843009213693954\\r\\n'", 1,
                "the number of elements of a reply passes the limit of 16777216");
    want_broken("SEND ':1\\r\\n~-2\\r\\n'", 1, "a length that is no number");
}

static void test_w11_nesting_bomb(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n'\nSEND 100000 '*1\\r\\n'", 1, "the nesting of a reply passes the limit of 128");
}

static void test_w14_map_length(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n:2\\r\\n%4611686018427387904\\r\\n'", 2, "the number of elements");
    want_broken("SEND '%-1\\r\\n'", 0, "a null where there is none");
}

static void test_w25_line_ends(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n+OK\\n+OK\\n'", 1, "a line that ends in LF without CR");
    want_broken("SEND ':1\\r\\n:2\\r\\n+a\\rb\\r\\n'", 2, "a line with CR inside");
}

static void test_w39_two_replies_then_garbage(void **state)
{
    (void)state;
    want_broken("SEND ':1\\r\\n:2\\r\\n?garbage'", 2, "no reply begins like this: '?garbage'");
    want_broken("SEND ':1\\r\\n:2\\r\\n*1\\r\\n$3\\r\\nabcd\\r\\n'", 2, "a string that does not end where it said");
}

/* -- other connections --------------------------------------------------------------------------------------------- */

/* A server that breaks the protocol changes nothing for the others of the same execute. */
static void test_w39_other_connections_are_not_touched(void **state)
{
    fake *bad = fake_start("HELLO\nREAD 2\nSEND ':1\\r\\n?garbage'\nSTALL\nCONNECTION *\nSERVE\n");
    fake *good = fake_start("SERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(bad)), RP_OK);
    assert_int_equal(rp_connect("good", fake_url(good)), RP_OK);
    for (int parallel = 0; parallel < 2; parallel++) {
        rp_set_parallel(parallel);
        rp_pipe *root = rp_pipeline(NULL, .name = "good", .collect = true);
        const rp_future *before = rp_echo(root, "before");
        rp_pipe *nested = rp_pipeline(root, .name = "wire");
        const rp_future *first = rp_incr(nested, "k"), *second = rp_incr(nested, "k");
        assert_int_equal(rp_execute(nested), RP_OK);
        const rp_future *after = rp_echo(root, "after");
        assert_int_equal(rp_execute(root), parallel ? RP_OK : RP_PROTOCOL_ERROR);
        if (!parallel)
            wire_want_error(RP_PROTOCOL_ERROR, 2, "'?garbage'");
        assert_string_equal(rp_str(before), "before");
        assert_string_equal(rp_str(after), "after");
        assert_int_equal(rp_int(first), 1);
        assert_int_equal(rp_outcome_of(second), parallel ? RP_ANSWERED : RP_UNKNOWN);
        rp_free(nested);
        rp_free(root);
    }
    wire_want_next(bad, 2);
    assert_int_equal(fake_connections(good), 1);
    fake_stop(bad);
    fake_stop(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w03_thousand_replies_and_a_half),
        KIT_TEST(test_w04_unknown_type),
        KIT_TEST(test_w05_bulk_length),
        KIT_TEST(test_w06_no_crlf_behind_bulk),
        KIT_TEST(test_w07_bulk_longer_than_announced),
        KIT_TEST(test_w08_aggregate_length),
        KIT_TEST(test_w11_nesting_bomb),
        KIT_TEST(test_w14_map_length),
        KIT_TEST(test_w25_line_ends),
        KIT_TEST(test_w39_two_replies_then_garbage),
        KIT_TEST(test_w39_other_connections_are_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
