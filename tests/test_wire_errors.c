/* Notes. Errors from the server are data: their text reaches the program byte by byte, messages show a part of it
 * that can be printed and is never taken for a format string, and the connection goes on. */
#define _GNU_SOURCE 1
#include "test_wire.h"

typedef struct row {
    const char *sent; /* as the script of the fake has it */
    const char *text; /* what the program reads */
    size_t len;
    const char *code;  /* rp_error.code; NULL: any that can be printed, or none */
    const char *shown; /* a part of the message */
} row;

#define LONG_WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const row rows[] = {
    {"-\\r\\n", BYTES(""), NULL, ""},
    {"-MO\\r\\n", BYTES("MO"), "MO", "MO"},
    {"-ASK\\r\\n", BYTES("ASK"), "ASK", "ASK"},
    {"-MOVED \\r\\n", BYTES("MOVED "), "MOVED", "MOVED "},
    {"-MOVED 99999 x\\r\\n", BYTES("MOVED 99999 x"), "MOVED", "MOVED 99999 x"},
    {"-ERR wrong\\r\\n", BYTES("ERR wrong"), "ERR", "ERR wrong"},
    {"- leading\\r\\n", BYTES(" leading"), NULL, " leading"},
    {"-ERR %s%n%s%n %1$s %%\\r\\n", BYTES("ERR %s%n%s%n %1$s %%"), "ERR", "ERR %s%n%s%n %1$s %%"},
    {"-%s%n\\r\\n", BYTES("%s%n"), "%s%n", "%s%n"},
    {"-ERR \\x1b[2J\\x1b]0;x\\x07\\r\\n", BYTES("ERR \x1b[2J\x1b]0;x\x07"), "ERR", "ERR \\x1b[2J\\x1b]0;x\\x07"},
    {"-\\x1b[31mERR x\\r\\n", BYTES("\x1b[31mERR x"), NULL, "\\x1b[31mERR x"},
    {"-ERR a\\0b\\r\\n", BYTES("ERR a\0b"), "ERR", "ERR a\\x00b"},
    {"-ERR\\0 b\\r\\n", BYTES("ERR\0 b"), NULL, "ERR\\x00 b"},
    {"-ERR \\xff\\xc3(\\xe2\\x82\\r\\n", BYTES("ERR \xff\xc3(\xe2\x82"), "ERR", "ERR \\xff\\xc3(\\xe2\\x82"},
    {"-\\xe2\\x82\\xac x\\r\\n", BYTES("\xe2\x82\xac x"), NULL, "\\xe2\\x82\\xac x"},
    {"-" LONG_WORD " x\\r\\n", BYTES(LONG_WORD " x"), NULL, LONG_WORD " x"},
    {"!12\\r\\nERR two\\r\\nrow\\r\\n", BYTES("ERR two\r\nrow"), "ERR", "ERR two\\x0d\\x0arow"},
    {"!0\\r\\n\\r\\n", BYTES(""), NULL, ""},
};

static void want_printable_error(const row *r)
{
    const rp_error *e = rp_last_error();
    assert_int_equal(e->status, RP_SERVER_ERROR);
    wire_want_part(e->message, r->shown);
    wire_want_printable(e->message);
    assert_true(strlen(e->message) < 384);
    if (r->code) {
        assert_non_null(e->code);
        assert_string_equal(e->code, r->code);
    }
    if (e->code)
        wire_want_printable(e->code);
}

/* Three commands, of which the second is answered with the error. */
static void play_error(const row *r, bool collect)
{
    wire_batch b;
    char script[512];
    snprintf(script, sizeof script, "HELLO\nEXECUTE 3\nSEND ':1\\r\\n%s:3\\r\\n'\nSERVE\n", r->sent);
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 3, collect);
    assert_int_equal(b.status, collect ? RP_OK : RP_SERVER_ERROR);
    wire_want_outcomes(&b, collect ? "VEV" : "AAA");
    assert_int_equal(rp_status_of(b.futures[1]), RP_SERVER_ERROR);
    if (collect) {
        rp_bytes text = rp_string(b.futures[1]);
        assert_int_equal(text.len, r->len);
        assert_memory_equal(text.data, r->text, r->len);
        assert_int_equal(text.data[text.len], '\0');
        assert_int_equal(rp_int(b.futures[2]), 3);
        assert_int_equal(rp_int(b.futures[1]), 0);
    } else {
        wire_want_error(RP_SERVER_ERROR, 1, "command 1 (INCR)");
    }
    want_printable_error(r);
    rp_free(b.pipe);
    wire_want_next(f, 1);
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void test_w26_error_as_a_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        play_error(&rows[i], true);
}

static void test_w26_error_that_fails_the_execute(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        play_error(&rows[i], false);
}

/* The text is kept whole; the message shows its beginning. */
static void test_w26_error_of_1_mib(void **state)
{
    enum { MIB = 1024 * 1024 };
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 2\nSEND '-ERR '\nSEND 1048576 x\nSEND '\\r\\n:2\\r\\n'\n"
                         "EXECUTE 1\nSEND '-'\nSEND 1048576 Y\nSEND '\\r\\n'\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 2, true);
    assert_int_equal(b.status, RP_OK);
    wire_want_outcomes(&b, "EV");
    rp_bytes text = rp_string(b.futures[0]);
    assert_int_equal(text.len, MIB + 4);
    assert_int_equal(strspn(text.data + 4, "x"), MIB);
    want_printable_error(&(row){.code = "ERR", .shown = "ERR xxxxxxxxxxxxxxxxxxxx"});
    rp_free(b.pipe);
    wire_increment(&b, 1, false);
    assert_int_equal(b.status, RP_SERVER_ERROR);
    want_printable_error(&(row){.shown = "YYYYYYYYYYYYYYYYYYYY"});
    wire_want_part(rp_last_error()->message, "...");
    rp_free(b.pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* The code of an error is the same whether the execute tells it or a reader of the future. */
static void test_w26_code_is_the_same_both_ways(void **state)
{
    char code[64];
    wire_batch b;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char script[512];
        snprintf(script, sizeof script, "HELLO\nREPEAT 2\nREAD 1\nSEND '%s'\nEND\nSERVE\n", rows[i].sent);
        fake *f = fake_start(script);
        assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
        wire_increment(&b, 1, false);
        assert_int_equal(b.status, RP_SERVER_ERROR);
        snprintf(code, sizeof code, "%s", rp_last_error()->code ? rp_last_error()->code : "");
        rp_free(b.pipe);
        wire_increment(&b, 1, true);
        assert_int_equal(b.status, RP_OK);
        assert_int_equal(rp_get_string(b.futures[0], &(rp_bytes){0}), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code ? rp_last_error()->code : "", code);
        rp_free(b.pipe);
        fake_stop(f);
        assert_int_equal(rp_disconnect("wire"), RP_OK);
    }
}

/* An error inside a list is a value of that list. */
static void test_w26_error_inside_a_list(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '*3\\r\\n:1\\r\\n-ERR in\\x1b[0m\\r\\n:2\\r\\n'\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *list = rp_command(pipe, "EVAL", "return 1", 0);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_kind_of(rp_at(list, 1)), RP_ERROR);
    assert_string_equal(rp_str(rp_at(list, 1)), "ERR in\x1b[0m");
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
    wire_want_part(rp_last_error()->message, "ERR in\\x1b[0m");
    assert_int_equal(rp_int(rp_at(list, 2)), 2);
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w26_error_as_a_value),    KIT_TEST(test_w26_error_that_fails_the_execute),
        KIT_TEST(test_w26_error_of_1_mib),      KIT_TEST(test_w26_code_is_the_same_both_ways),
        KIT_TEST(test_w26_error_inside_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
