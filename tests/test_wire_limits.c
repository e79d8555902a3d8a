/* Notes. Giant replies, announced and real. Memory is what the library's allocator was asked for; that work grows with
 * the bytes, and not with their square, shows in what the parser looks at: bytes that it has seen can be changed behind
 * its back without changing what it says. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

enum { MIB = 1024 * 1024 };

static const rpi_limits most = {RPI_MAX_BULK, INT32_MAX, 4 * MIB};

/* Feeds all at once; what the parser says to the first reply in it. */
static rpi_parse_result verdict(const rpi_limits *limits, const char *data, size_t len, char error[160])
{
    wire *w = wire_new(len, limits);
    rp_value v;
    wire_feed(w, data, len);
    rpi_parse_result result = wire_next(w, &v);
    memcpy(error, w->parser.error, sizeof w->parser.error);
    wire_free(w);
    return result;
}

static void want_verdict(const rpi_limits *limits, const char *text, rpi_parse_result wanted, const char *part)
{
    char error[160];
    rpi_parse_result got = verdict(limits, text, strlen(text), error);
    if (got != wanted)
        fail_msg("%.40s: got %d, wanted %d", text, (int)got, (int)wanted);
    if (wanted == RPI_PARSE_BAD)
        wire_want_part(error, part);
}

/* Runs one INCR against what the script sends for it, with the library's allocations counted. */
static void run_counted(fake *f, wire_batch *b, size_t count)
{
    memory_watch();
    assert_int_equal(rp_connect("wire", fake_url(f), .timeout_ms = -1), RP_OK);
    wire_increment(b, count, true);
}

/* Frees all, after which nothing is left allocated. */
static void end_counted(wire_batch *b)
{
    rp_free(b->pipe);
    rp_disconnect_all();
    memory_unwatch();
}

/* -- W09 ----------------------------------------------------------------------------------------------------------- */

static void test_w09_announced_elements_cost_nothing(void **state)
{
    rp_value v;
    (void)state;
    memory_watch();
    wire *w = wire_new(1024, &most);
    wire_feed(w, BYTES("*2147483647\r\n:1\r\n:2\r\n:3\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_in_range(memory_most_bytes(), 1, 64 * 1024);
    wire_free(w);
    memory_unwatch();
    want_verdict(NULL, "*2147483647\r\n:1\r\n:2\r\n:3\r\n", RPI_PARSE_BAD,
                 "elements of a reply passes the limit of 16777216");
}

static void test_w09_nested_headers_of_a_million(void **state)
{
    rp_value v;
    char headers[1000 * 10 + 1] = "";
    (void)state;
    for (int i = 0; i < 1000; i++)
        memcpy(headers + i * 10, "*1000000\r\n", 11);
    want_verdict(NULL, headers, RPI_PARSE_BAD, "elements of a reply passes the limit of 16777216");
    memory_watch();
    wire *w = wire_new(16 * 1024, &most);
    wire_feed(w, headers, 10 * RPI_MAX_DEPTH);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    assert_in_range(memory_most_bytes(), 1, MIB - 1);
    wire_feed(w, headers, 10);
    assert_int_equal(wire_next(w, &v), RPI_PARSE_BAD);
    wire_want_part(w->parser.error, "the nesting of a reply passes the limit of 128");
    wire_free(w);
    memory_unwatch();
}

static void test_w09_peer_that_announces_and_closes(void **state)
{
    wire_batch b;
    fake *f = fake_start(
        "HELLO\nEXECUTE 2\nSEND ':1\\r\\n*16777216\\r\\n:1\\r\\n:2\\r\\n:3\\r\\n'\nCLOSE\nCONNECTION *\nSERVE\n");
    (void)state;
    run_counted(f, &b, 2);
    assert_int_equal(b.status, RP_CONNECTION_ERROR);
    wire_want_error(RP_CONNECTION_ERROR, 1, "with 1 of 2 commands answered");
    wire_want_outcomes(&b, "VU");
    assert_in_range(memory_most_bytes(), 1, MIB - 1);
    wire_want_next(f, 2);
    assert_int_equal(fake_count(f, "k"), 2);
    end_counted(&b);
    fake_stop(f);
}

/* -- W10 ----------------------------------------------------------------------------------------------------------- */

static void test_w10_bulk_at_the_limit(void **state)
{
    static const rpi_limits eight = {8, 100, 100};
    (void)state;
    want_verdict(&eight, "$7\r\n1234567\r\n", RPI_PARSE_DONE, NULL);
    want_verdict(&eight, "$8\r\n12345678\r\n", RPI_PARSE_DONE, NULL);
    want_verdict(&eight, "$9\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(&eight, "$9\r\n123456789\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(&eight, "*1\r\n$9\r\n123456789\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(&eight, "*2\r\n$9\r\n123456789\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(&eight, "=8\r\ntxt:1234\r\n", RPI_PARSE_DONE, NULL);
    want_verdict(&eight, "=9\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(&eight, "!9\r\n", RPI_PARSE_BAD, "a string passes the limit of 8");
    want_verdict(NULL, "$8589934592\r\n0123456789abcdef", RPI_PARSE_BAD, "a string passes the limit of 536870912");
    want_verdict(NULL, "$536870912\r\n0123456789abcdef", RPI_PARSE_MORE, NULL);
}

static void test_w10_bulk_over_the_limit_of_the_connection(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 3\nSEND ':1\\r\\n'\nBULK 1001\nSEND ':3\\r\\n'\nSTALL\nCONNECTION *\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f), .max_bulk_bytes = 1000), RP_OK);
    wire_increment(&b, 3, true);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 1, "a string passes the limit of 1000");
    wire_want_outcomes(&b, "VUU");
    wire_want_next(f, 2);
    rp_free(b.pipe);
    fake_stop(f);
}

/* Memory for it grows in steps, which are few, and no larger than what was announced; while it is resized, there are
 * two of them. */
static void test_w10_bulk_of_128_mib(void **state)
{
    enum { SIZE = 128 * MIB };
    wire_batch b;
    char script[64];
    size_t wrong = 0;
    (void)state;
    snprintf(script, sizeof script, "HELLO\nEXECUTE 1\nBULK %d\nSERVE\n", SIZE);
    fake *f = fake_start(script);
    run_counted(f, &b, 1);
    assert_int_equal(b.status, RP_OK);
    assert_int_equal(rp_len(b.futures[0]), SIZE);
    rp_bytes text = rp_string(b.futures[0]);
    for (size_t i = 0; i < SIZE; i++)
        wrong += text.data[i] != 'a' + (char)(i % 26);
    assert_int_equal(wrong, 0);
    assert_in_range(memory_allocations(), 1, 40);
    assert_in_range(memory_bytes(), SIZE, SIZE + MIB);
    assert_in_range(memory_most_bytes(), SIZE, 2 * (size_t)SIZE);
    wire_want_next(f, 1);
    end_counted(&b);
    fake_stop(f);
}

/* A header is believed up to 1 MiB, where the peer has sent half of that before; but not where it has sent little. */
static void test_w10_room_is_earned(void **state)
{
    static const struct {
        const char *script;
        size_t least, most;
    } cases[] = {
        {"HELLO\nEXECUTE 2\nSEND ':1\\r\\n$1000000\\r\\n'\nSEND 1000 x\nCLOSE\nCONNECTION *\nSERVE\n", 1, MIB / 8},
        {"HELLO\nEXECUTE 2\nBULK 100000\nSEND '$1000000\\r\\n'\nSEND 1000 x\nCLOSE\nCONNECTION *\nSERVE\n", 1, MIB / 2},
        {"HELLO\nEXECUTE 2\nBULK 600000\nSEND '$1000000\\r\\n'\nSEND 600000 x\nCLOSE\nCONNECTION *\nSERVE\n", MIB,
         4 * MIB},
        {"HELLO\nEXECUTE 2\nBULK 600000\nSEND '$500000000\\r\\n'\nSEND 1000 x\nCLOSE\nCONNECTION *\nSERVE\n", MIB,
         4 * MIB},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        wire_batch b;
        fake *f = fake_start(cases[i].script);
        run_counted(f, &b, 2);
        assert_int_equal(b.status, RP_CONNECTION_ERROR);
        wire_want_outcomes(&b, "VU");
        assert_in_range(memory_most_bytes(), cases[i].least, cases[i].most);
        wire_want_next(f, 2);
        end_counted(&b);
        fake_stop(f);
    }
}

static void test_w10_bulk_that_is_cut(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 3\nSEND ':1\\r\\n:2\\r\\n$10485760\\r\\n'\nSEND 5000000 x\nCLOSE\n"
                         "CONNECTION *\nSERVE\n");
    (void)state;
    run_counted(f, &b, 3);
    assert_int_equal(b.status, RP_CONNECTION_ERROR);
    wire_want_error(RP_CONNECTION_ERROR, 2, "closed by the server, with 2 of 3 commands answered");
    wire_want_outcomes(&b, "VVU");
    assert_in_range(memory_bytes(), 5000000, 2 * 5000000 + MIB);
    assert_in_range(memory_most_bytes(), 5000000, 3 * 5000000 + MIB);
    wire_want_next(f, 2);
    assert_int_equal(fake_count(f, "k"), 3);
    end_counted(&b);
    fake_stop(f);
}

/* -- W12 ----------------------------------------------------------------------------------------------------------- */

static void test_w12_elements_of_the_whole_tree(void **state)
{
    static const rpi_limits ten = {100, 10, 100};
    static const char full[] = "*2\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n";
    static const char aside[] = ">10\r\n+1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:0\r\n"
                                "|5\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:0\r\n";
    wire *w = wire_new(1024, &ten);
    rp_value v;
    (void)state;
    want_verdict(&ten, "*10\r\n", RPI_PARSE_MORE, NULL);
    want_verdict(&ten, "*11\r\n", RPI_PARSE_BAD, "passes the limit of 10");
    want_verdict(&ten, "%5\r\n", RPI_PARSE_MORE, NULL);
    want_verdict(&ten, "%6\r\n", RPI_PARSE_BAD, "passes the limit of 10");
    want_verdict(&ten, "*2\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n*5\r\n", RPI_PARSE_BAD, "passes the limit of 10");
    want_verdict(&ten, "*2\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n|3\r\n", RPI_PARSE_BAD, "passes the limit of 10");
    want_verdict(&ten, ">10\r\n+1\r\n", RPI_PARSE_MORE, NULL);
    want_verdict(&ten, ">11\r\n+1\r\n", RPI_PARSE_BAD, "passes the limit of 10");
    for (int i = 0; i < 3; i++) {
        wire_feed(w, full, sizeof full - 1);
        assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
        wire_feed(w, aside, sizeof aside - 1);
        assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
    }
    wire_free(w);
}

/* Five million of them, really sent: so much memory as 16 bytes for each takes, in steps that double, and what was
 * received. */
static void want_five_million(const char *item, rp_kind kind)
{
    enum { ITEMS = 5000000 };
    wire_batch b;
    char script[160];
    size_t wrong = 0;
    assert_int_equal(sizeof(rp_value), 16);
    snprintf(script, sizeof script, "HELLO\nEXECUTE 1\nSEND '*%d\\r\\n'\nSEND %d '%s\\r\\n'\nSERVE\n", ITEMS, ITEMS,
             item);
    fake *f = fake_start(script);
    run_counted(f, &b, 1);
    assert_int_equal(b.status, RP_OK);
    assert_int_equal(rp_len(b.futures[0]), ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        const rp_value *v = rp_at(b.futures[0], i);
        wrong += rp_kind_of(v) != kind || (kind == RP_INT && rp_int(v) != 1);
    }
    assert_int_equal(wrong, 0);
    assert_in_range(memory_most_bytes(), 16 * ITEMS, 3 * 16 * ITEMS + 2 * ITEMS * (strlen(item) + 2));
    wire_want_next(f, 1);
    end_counted(&b);
    fake_stop(f);
}

static void test_w12_five_million_integers(void **state)
{
    (void)state;
    want_five_million(":1", RP_INT);
}

static void test_w12_five_million_nils(void **state)
{
    (void)state;
    want_five_million("$-1", RP_NULL);
}

static void test_w12_elements_over_the_limit_of_the_connection(void **state)
{
    wire_batch b;
    fake *f =
        fake_start("HELLO\nEXECUTE 2\nSEND ':1\\r\\n*1001\\r\\n'\nSEND 5000000 ':1\\r\\n'\nCONNECTION *\nSERVE\n");
    (void)state;
    memory_watch();
    assert_int_equal(rp_connect("wire", fake_url(f), .max_elements = 1000), RP_OK);
    wire_increment(&b, 2, true);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 1, "the number of elements of a reply passes the limit of 1000");
    wire_want_outcomes(&b, "VU");
    assert_in_range(memory_most_bytes(), 1, MIB);
    wire_want_next(f, 2);
    end_counted(&b);
    fake_stop(f);
}

/* The limit is for one reply, however many come. */
static void test_w12_elements_of_one_reply(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nREPEAT 3\nEXECUTE 20\nSEND 20 '*3\\r\\n:1\\r\\n*1\\r\\n:2\\r\\n:3\\r\\n'\nEND\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f), .max_elements = 30), RP_OK);
    for (int i = 0; i < 3; i++) {
        wire_increment(&b, 20, true);
        assert_int_equal(b.status, RP_OK);
        wire_want_outcomes(&b, "VVVVVVVVVVVVVVVVVVVV");
        rp_free(b.pipe);
    }
    rp_disconnect_all();
    fake_stop(f);
}

/* -- W13 ----------------------------------------------------------------------------------------------------------- */

static void test_w13_line_at_the_limit(void **state)
{
    static const rpi_limits eight = {100, 100, 8}, thirty = {100, 100, 30};
    (void)state;
    for (const char *type = "+-:,("; *type; type++) {
        char text[64];
        snprintf(text, sizeof text, "%c1234567\r\n", *type);
        want_verdict(&eight, text, RPI_PARSE_DONE, NULL);
        snprintf(text, sizeof text, "%c12345678\r\n", *type);
        want_verdict(&eight, text, RPI_PARSE_DONE, NULL);
        snprintf(text, sizeof text, "%c123456789\r\n", *type);
        want_verdict(&eight, text, RPI_PARSE_BAD, "a line passes the limit of 8");
        snprintf(text, sizeof text, "*2\r\n%c123456789\r\n", *type);
        want_verdict(&eight, text, RPI_PARSE_BAD, "a line passes the limit of 8");
        snprintf(text, sizeof text, "%c123456789", *type);
        want_verdict(&eight, text, RPI_PARSE_BAD, "a line passes the limit of 8");
    }
    want_verdict(&thirty, "+123456789012345678901234567890\r\n", RPI_PARSE_DONE, NULL);
    want_verdict(&thirty, "+1234567890123456789012345678901\r\n", RPI_PARSE_BAD, "a line passes the limit of 30");
}

/* Feeds one byte after the other, and changes each that was looked at to half a line end. But for the first few, which
 * the parser may try as a short line. */
static void test_w13_no_byte_is_looked_at_twice(void **state)
{
    enum { LENGTH = 100000 };
    wire *w = wire_new(LENGTH + 16, NULL);
    rp_value v;
    (void)state;
    wire_feed(w, BYTES("+"));
    for (size_t i = 0; i < LENGTH; i++) {
        wire_feed(w, BYTES("x"));
        assert_int_equal(wire_next(w, &v), RPI_PARSE_MORE);
        if (i >= 32)
            w->end[-1] = i % 2 ? '\n' : '\r';
    }
    wire_feed(w, BYTES("\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_int_equal(rp_len(&v), LENGTH);
    assert_ptr_equal(w->position, w->end);
    wire_free(w);
}

static void test_w13_line_of_32_mib(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 2\nSEND ':1\\r\\n+'\nSEND 33554432 a\nCONNECTION *\nSERVE\n");
    (void)state;
    run_counted(f, &b, 2);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_error(RP_PROTOCOL_ERROR, 1, "a line passes the limit of 4194304");
    wire_want_outcomes(&b, "VU");
    assert_in_range(memory_most_bytes(), 4 * MIB, 9 * MIB);
    assert_in_range(memory_allocations(), 1, 64);
    wire_want_next(f, 2);
    end_counted(&b);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w09_announced_elements_cost_nothing),
        KIT_TEST(test_w09_nested_headers_of_a_million),
        KIT_TEST(test_w09_peer_that_announces_and_closes),
        KIT_TEST(test_w10_bulk_at_the_limit),
        KIT_TEST(test_w10_bulk_over_the_limit_of_the_connection),
        KIT_TEST(test_w10_bulk_of_128_mib),
        KIT_TEST(test_w10_room_is_earned),
        KIT_TEST(test_w10_bulk_that_is_cut),
        KIT_TEST(test_w12_elements_of_the_whole_tree),
        KIT_TEST(test_w12_five_million_integers),
        KIT_TEST(test_w12_five_million_nils),
        KIT_TEST(test_w12_elements_of_one_reply),
        KIT_TEST(test_w12_elements_over_the_limit_of_the_connection),
        KIT_TEST(test_w13_line_at_the_limit),
        KIT_TEST(test_w13_no_byte_is_looked_at_twice),
        KIT_TEST(test_w13_line_of_32_mib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
