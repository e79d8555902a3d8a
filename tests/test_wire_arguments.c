/* Notes. What the program passes, whatever it holds, arrives as it is, as an argument of just the one command; what
 * cannot be sent makes the pipeline fail before anything of it is. The fake's parser of requests is strict, and
 * counts. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include "pipe/pipe.h"

#define RESP "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"

enum { MIB = 1024 * 1024 };

static fake *serve(void)
{
    fake *f = fake_start("SERVE\n");
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    return f;
}

/* -- W27 ----------------------------------------------------------------------------------------------------------- */

static void test_w27_binary_keys_and_values(void **state)
{
    static const rp_bytes texts[] = {
        {BYTES("\0")},       {BYTES("a\0b")},  {BYTES("\r\n")}, {BYTES("a\r\nb\r\n")}, {BYTES(RESP)},
        {BYTES("\xff\xfe")}, {BYTES("k\0\0")}, {BYTES("k\0")},  {BYTES("k")},
    };
    rp_future *got[COUNT(texts)];
    char all[256];
    fake *f = serve();
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    for (size_t i = 0; i < COUNT(texts); i++)
        rp_set(pipe, texts[i], texts[COUNT(texts) - 1 - i]);
    for (size_t i = 0; i < COUNT(texts); i++)
        got[i] = rp_get(pipe, texts[i]);
    const rp_future *bytes = rp_echo(pipe, rp_b(all, sizeof all));
    assert_int_equal(rp_execute(pipe), RP_OK);
    for (size_t i = 0; i < COUNT(texts); i++) {
        rp_bytes value = rp_string(got[i]), wanted = texts[COUNT(texts) - 1 - i];
        assert_int_equal(value.len, wanted.len);
        assert_memory_equal(value.data, wanted.data, wanted.len);
        assert_int_equal(value.data[value.len], '\0');
    }
    assert_int_equal(rp_len(bytes), sizeof all);
    assert_memory_equal(rp_str(bytes), all, sizeof all);
    assert_string_equal(fake_command(f, 3), "SET \"\\r\\n\" \"k\\x00\\x00\"");
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* -- W31 ----------------------------------------------------------------------------------------------------------- */

/* Each is one ECHO between two others. */
static void test_w31_an_argument_is_no_command(void **state)
{
    static const rp_bytes arguments[] = {
        {BYTES("a\r\nb")},
        {BYTES("\0")},
        {BYTES("")},
        {NULL, 0},
        {BYTES(RESP)},
        {BYTES("$-1\r\n")},
        {BYTES("PING\r\n")},
        {BYTES("\r\n")},
        {BYTES("\n")},
        {BYTES("*1\r\n$8\r\nFLUSHALL\r\n")},
        {BYTES("x\r\n" RESP)},
        {BYTES("%s %n %1$s")},
        {BYTES("\"a b\"")},
        {BYTES("'a' \\x")},
        {BYTES("\r\n$3\r\nabc")},
    };
    rp_future *got[COUNT(arguments)];
    fake *f = serve();
    (void)state;
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    for (size_t i = 0; i < COUNT(arguments); i++) {
        rp_echo(pipe, i);
        got[i] = rp_echo(pipe, arguments[i]);
    }
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(fake_commands(f), 1 + 2 * COUNT(arguments));
    for (size_t i = 0; i < COUNT(arguments); i++) {
        char text[32];
        snprintf(text, sizeof text, "ECHO %zu", i);
        assert_string_equal(fake_command(f, 1 + 2 * i), text);
        assert_int_equal(rp_len(got[i]), arguments[i].len);
        assert_memory_equal(rp_str(got[i]), arguments[i].len ? arguments[i].data : "", arguments[i].len);
    }
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

static void test_w31_argument_of_64_mib(void **state)
{
    enum { SIZE = 64 * MIB };
    char *big = kit_alloc(SIZE);
    fake *f = fake_start("SERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f), .timeout_ms = -1), RP_OK);
    for (size_t i = 0; i < SIZE; i++)
        big[i] = i % 64 < sizeof RESP - 1 ? RESP[i % 64] : (char)(i / 64);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *before = rp_echo(pipe, "before"), *echo = rp_echo(pipe, rp_b(big, SIZE)),
                    *after = rp_echo(pipe, "after");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(fake_commands(f), 4);
    assert_int_equal(rp_len(echo), SIZE);
    assert_memory_equal(rp_str(echo), big, SIZE);
    assert_string_equal(rp_str(before), "before");
    assert_string_equal(rp_str(after), "after");
    rp_free(pipe);
    free(big);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* -- W32, W33: refused --------------------------------------------------------------------------------------------- */

/* A pipeline on the connection "wire" with one command that is good. */
static rp_pipe *begin(rp_future **good)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    *good = rp_incr(pipe, "k");
    return pipe;
}

/* The pipeline holds a second command that was refused: its execute says why, sends nothing, and is over it then. */
static void want_refused(rp_pipe *pipe, const rp_future *good, const rp_future *refused, const char *why)
{
    fake *f = serve();
    assert_int_equal(rp_outcome_of(refused), RP_NOT_SENT);
    assert_int_equal(rp_status_of(refused), RP_INVALID_VALUE);
    rp_incr(pipe, "k");
    assert_int_equal(rp_execute(pipe), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, why);
    wire_want_part(rp_last_error()->message, "command 1: ");
    wire_want_part(rp_last_error()->message, "nothing was sent");
    wire_want_printable(rp_last_error()->message);
    assert_int_equal(rp_last_error()->index, 1);
    assert_int_equal(rp_outcome_of(good), RP_NOT_SENT);
    assert_int_equal(rp_status_of(good), RP_INVALID_VALUE);
    assert_int_equal(fake_connections(f), 0);
    const rp_future *again = rp_incr(pipe, "k");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_int(again), 1);
    rp_free(pipe);
    wire_want_next(f, 1);
    assert_int_equal(fake_count(f, "k"), 1);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void test_w32_no_argument_at_all(void **state)
{
    rp_future *good;
    rp_pipe *pipe = begin(&good);
    (void)state;
    want_refused(pipe, good, rp_command_args(pipe, 0, NULL), "there is no command name");
}

static void test_w32_too_many_arguments(void **state)
{
    enum { MOST = MIB };
    rp_arg *args = kit_alloc((MOST + 1) * sizeof *args);
    rp_future *good;
    rp_pipe *pipe;
    (void)state;
    for (size_t i = 0; i <= MOST; i++)
        args[i] = RP_ARG("x");
    pipe = begin(&good);
    want_refused(pipe, good, rp_command_args(pipe, MOST + 1, args),
                 "1048577 words; a command may have 1048576 at most");
    pipe = begin(&good);
    want_refused(pipe, good, rp_del_with(pipe, MOST, args),
                 "DEL: it has 1048577 words; a command may have 1048576 at most");
    free(args);
}

/* With its name a command of SIZE_MAX arguments has none. */
static void test_w32_count_of_arguments_that_wraps(void **state)
{
    const rp_arg key = RP_ARG("k");
    rp_future *good;
    rp_pipe *pipe;
    (void)state;
    for (size_t count = SIZE_MAX; count > SIZE_MAX - 4; count--) {
        pipe = begin(&good);
        want_refused(pipe, good, rp_del_with(pipe, count, &key), "DEL: ");
        pipe = begin(&good);
        want_refused(pipe, good, rp_sadd_with(pipe, key, count, &key), "SADD: ");
        pipe = begin(&good);
        want_refused(pipe, good, rp_command_args(pipe, count, &key), "k: ");
    }
}

static void test_w32_as_many_arguments_as_may_be(void **state)
{
    enum { MOST = MIB };
    rp_arg *args = kit_alloc(MOST * sizeof *args);
    fake *f = serve();
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        args[i] = RP_ARG((int)i);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    rp_set(pipe, 1048574, "the last key");
    const rp_future *deleted = rp_del_with(pipe, MOST - 1, args);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_int(deleted), 1);
    assert_int_equal(fake_commands(f), 3);
    rp_free(pipe);
    free(args);
    wire_want_next(f, 1);
    fake_stop(f);
}

static void test_w32_argument_over_512_mib(void **state)
{
    static const size_t sizes[] = {(size_t)512 * MIB + 1, (size_t)UINT32_MAX + 1, SIZE_MAX - 23, SIZE_MAX};
    char why[128];
    rp_future *good;
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        rp_pipe *pipe = begin(&good);
        snprintf(why, sizeof why, "ECHO: argument 1 has %zu bytes; a string may have 512 MiB (536870912 bytes)",
                 sizes[i]);
        want_refused(pipe, good, rp_echo(pipe, rp_b("x", sizes[i])), why);
    }
    rp_pipe *pipe = begin(&good);
    want_refused(pipe, good, rp_command(pipe, "SET", "k", rp_b("x", sizes[0])), "SET: argument 2 has 536870913 bytes");
}

/* The bytes of the batch are counted as they are queued; the test sets the counter, and then queues up to 1 MiB: what
 * fits into memory that is there already may still go. */
static void play_over_4_gib(size_t text_size)
{
    char text[1000];
    rp_future *good, *last;
    rp_pipe *pipe = begin(&good);
    fake *f = serve();
    size_t queued = 1;
    memset(text, 'x', sizeof text);
    size_t size = pipe->size;
    pipe->size = RPI_BATCH_MOST - 100;
    for (last = good; rp_outcome_of(last) == RP_QUEUED && queued < MIB / text_size; queued++)
        last = rp_echo(pipe, rp_b(text, text_size));
    assert_int_equal(rp_status_of(last), RP_INVALID_VALUE);
    pipe->size = size;
    assert_int_equal(rp_execute(pipe), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "ECHO: the pipeline would pass 4 GiB of encoded commands");
    assert_int_equal(rp_last_error()->index, queued - 1);
    assert_int_equal(rp_outcome_of(good), RP_NOT_SENT);
    assert_int_equal(fake_connections(f), 0);
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void test_w32_batch_over_4_gib(void **state)
{
    (void)state;
    assert_true(RPI_BATCH_MOST <= UINT32_MAX);
    play_over_4_gib(1000);
    play_over_4_gib(1);
}

/* What a nested pipeline brings counts too: at the latest, the root refuses it. */
static void test_w32_nested_batch_over_4_gib(void **state)
{
    rp_future *good;
    rp_pipe *pipe = begin(&good), *nested = rp_pipeline(pipe, .name = "wire");
    fake *f = serve();
    (void)state;
    const rp_future *second = rp_incr(nested, "k");
    pipe->size = RPI_BATCH_MOST - nested->size + 1;
    assert_int_equal(rp_execute(nested), RP_OK);
    assert_int_equal(rp_execute(pipe), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "the pipeline would pass 4 GiB of encoded commands");
    assert_int_equal(rp_outcome_of(good), RP_NOT_SENT);
    assert_int_equal(rp_outcome_of(second), RP_NOT_SENT);
    assert_int_equal(fake_connections(f), 0);
    const rp_future *again = rp_incr(pipe, "k");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(rp_int(again), 1);
    rp_free(nested);
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

static void test_w33_command_names(void **state)
{
    static const struct {
        rp_bytes name;
        const char *why;
    } rows[] = {
        {{BYTES("GET k\r\nDEL k")}, "holds a space or a control byte"},
        {{BYTES("GET k")}, "holds a space"},
        {{BYTES("GET\r\n")}, "control byte"},
        {{BYTES(" GET")}, "holds a space"},
        {{BYTES("GET\0")}, "control byte"},
        {{BYTES("GET\t")}, "control byte"},
        {{BYTES("G\x1b[2JET")}, "control byte"},
        {{BYTES("G\xc3\x84T")}, "control byte"},
        {{BYTES("\x7f")}, "control byte"},
        {{BYTES("")}, "must be a string that is not empty"},
        {{NULL, 0}, "must be a string that is not empty"},
        {{NULL, 3}, "must be a string that is not empty"},
    };
    const char *null = NULL;
    rp_future *good;
    rp_pipe *pipe;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pipe = begin(&good);
        want_refused(pipe, good, rp_command(pipe, rows[i].name, "k"), rows[i].why);
    }
    pipe = begin(&good);
    want_refused(pipe, good, rp_command(pipe, null, "k"), "must be a string that is not empty");
    pipe = begin(&good);
    want_refused(pipe, good, rp_command(pipe, 5, "k"), "must be a string that is not empty");
}

/* The name of a command is one string, whatever else it holds. */
static void test_w33_odd_names_are_one_string(void **state)
{
    static const char *const names[] = {"$3", "*1", "get", "JSON.GET", "a\"b", "%s%n", "\\r\\n"};
    fake *f = serve();
    (void)state;
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire", .collect = true);
    for (size_t i = 0; i < COUNT(names); i++)
        rp_command(pipe, names[i], "k");
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_int_equal(fake_commands(f), 1 + COUNT(names));
    assert_string_equal(fake_command(f, 1), "$3 k");
    assert_string_equal(fake_command(f, 6), "%s%n k");
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w27_binary_keys_and_values),
        KIT_TEST(test_w31_an_argument_is_no_command),
        KIT_TEST(test_w31_argument_of_64_mib),
        KIT_TEST(test_w32_no_argument_at_all),
        KIT_TEST(test_w32_too_many_arguments),
        KIT_TEST(test_w32_count_of_arguments_that_wraps),
        KIT_TEST(test_w32_as_many_arguments_as_may_be),
        KIT_TEST(test_w32_argument_over_512_mib),
        KIT_TEST(test_w32_batch_over_4_gib),
        KIT_TEST(test_w32_nested_batch_over_4_gib),
        KIT_TEST(test_w33_command_names),
        KIT_TEST(test_w33_odd_names_are_one_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
