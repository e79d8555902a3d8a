/* Notes. Healing that breaks off (P27): what was answered in the first round trip stays answered, and what was sent
 * again is unknown, or was not sent. Each pipeline is three INCR with two lost calls between them. */
#define _GNU_SOURCE 1
#include "test_scripts.h"

#define FIRST "return 1"

enum { COMMANDS = 5, SOON_MS = 500, LONG_MS = 8000 };

static rp_script *first;

static bool is_call(size_t i)
{
    return i % 2;
}

/* The first round trip: the server knows the script, then does not; `more` stands behind the answers. */
static void write_first_round(const steps *s, const char *more)
{
    fputs("HELLO\n", s->out);
    expect_eval(s, FIRST, "1 x");
    fprintf(s->out, "SEND ':0\\r\\n'\nREAD 5\nSEND ':0\\r\\n" NOSCRIPT ":2\\r\\n" NOSCRIPT ":4\\r\\n%s'\n", more);
}

static void queue_five(rp_pipe *p, rp_future *futures[COMMANDS])
{
    for (size_t i = 0; i < COMMANDS; i++)
        futures[i] = is_call(i) ? rp_script_run(p, first, .keys = RP_LIST(i)) : rp_incr(p, i);
}

/* A letter for each command: A answered, U unknown, N not sent; V answered, and the value is its number. */
static void check_outcomes(rp_future *const futures[COMMANDS], const char *letters, rp_status status)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        rp_outcome outcome = rp_outcome_of(futures[i]);
        char letter = "QNUA"[outcome];

        if (letter == 'A' && rp_ready(futures[i])) {
            letter = 'V';
            assert_int_equal(rp_int(futures[i]), i);
        } else {
            assert_int_equal(rp_status_of(futures[i]), letter == 'A' ? RP_NOT_READY : status);
            assert_int_equal(rp_kind_of(futures[i]), RP_PENDING);
        }
        if (letter != letters[i])
            fail_msg("command %zu of %s: %c", i, letters, letter);
    }
}

/* Executes against these steps behind the first round trip; `index`: of the failure. */
static void check_second_round(const char *end, rp_status status, size_t index, const char *says, bool collect,
                               const char *letters)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = collect, .timeout_ms = status == RP_TIMEOUT ? SOON_MS : 0);
    rp_future *futures[COMMANDS];
    int64_t start = kit_now_ms();
    steps s;
    fake *f;

    steps_begin(&s);
    write_first_round(&s, "");
    expect_eval(&s, FIRST, "1 1");
    expect_eval(&s, FIRST, "1 3");
    fprintf(s.out, "%sCONNECTION *\nSERVE\n", end);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "x", 0);
    queue_five(p, futures);
    assert_int_equal(rp_execute(p), status);
    assert_int_equal(rp_last_error()->index, index);
    check_says(says);
    check_outcomes(futures, letters, status);
    assert_true(kit_now_ms() - start < LONG_MS);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 2);
    /* HELLO, the first use, five, two again; HELLO, ECHO */
    assert_int_equal(fake_commands(f), 1 + 1 + 5 + 2 + 2);
    rp_disconnect_all();
    fake_stop(f);
}

static const struct {
    const char *end;
    rp_status status;
    size_t index;
    const char *says, *collected, *plain;
} ends[] = {
    {"CLOSE\n", RP_CONNECTION_ERROR, 1, "with 3 of 5 commands answered", "VUVUV", "AUAUA"},
    {"RESET\n", RP_CONNECTION_ERROR, 1, "with 3 of 5 commands answered", "VUVUV", "AUAUA"},
    {"STALL\n", RP_TIMEOUT, 1, "with 3 of 5 commands answered", "VUVUV", "AUAUA"},
    {"SEND ':1\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, 3, "with 4 of 5 commands answered", "VVVUV", "AAAUA"},
    {"SEND ':1\\r\\n:3\\r'\nCLOSE\n", RP_CONNECTION_ERROR, 3, "with 4 of 5", "VVVUV", "AAAUA"},
    {"SEND ':1\\r\\n*2\\r\\n:1\\r\\n'\nSTALL\n", RP_TIMEOUT, 3, "with 4 of 5", "VVVUV", "AAAUA"},
    {"SEND '?'\nSTALL\n", RP_PROTOCOL_ERROR, 1, "no reply begins like this", "VUVUV", "AUAUA"},
    {"SEND ':1\\r\\n\\r\\n'\nSTALL\n", RP_PROTOCOL_ERROR, 3, "no reply begins like this", "VVVUV", "AAAUA"},
    /* more answers than commands: none can be trusted */
    {"SEND ':1\\r\\n:3\\r\\n:5\\r\\n'\nSTALL\n", RP_PROTOCOL_ERROR, 0, "more replies than commands", "UUUUU", "UUUUU"},
    {"SEND ':1\\r\\n:3\\r\\n-ERR x\\r\\n'\nSTALL\n", RP_PROTOCOL_ERROR, 0, "more replies", "UUUUU", "UUUUU"},
};

static void test_p27_second_round_trip_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        check_second_round(ends[i].end, ends[i].status, ends[i].index, ends[i].says, true, ends[i].collected);
        check_second_round(ends[i].end, ends[i].status, ends[i].index, ends[i].says, false, ends[i].plain);
    }
}

/* The place that is told is that of the first command, also where that was sent again, behind the others. */
static void test_p27_surplus_where_the_first_is_sent_again(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    steps s;
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\n", s.out);
    expect_eval(&s, FIRST, "1 x");
    fputs("SEND ':0\\r\\n'\nREAD 2\nSEND '" NOSCRIPT ":2\\r\\n'\nREAD 1\nSEND ':1\\r\\n:9\\r\\n'\nSTALL\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "x", 0);
    rp_script_run(p, first, .keys = RP_LIST("k"));
    rp_incr(p, "n");
    assert_int_equal(rp_execute(p), RP_PROTOCOL_ERROR);
    assert_int_equal(rp_last_error()->index, 0);
    rp_free(p);
    fake_stop(f);
}

/* A surplus answer in the first round trip: nothing is healed, since nothing can be trusted. */
static void test_p27_surplus_in_the_first_round_trip(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *futures[COMMANDS];
    steps s;
    fake *f;
    (void)state;

    steps_begin(&s);
    write_first_round(&s, ":5\\r\\n");
    fputs("STALL\nCONNECTION *\nSERVE\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "x", 0);
    queue_five(p, futures);
    assert_int_equal(rp_execute(p), RP_PROTOCOL_ERROR);
    check_outcomes(futures, "UUUUU", RP_PROTOCOL_ERROR);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_commands(f), 1 + 1 + 5 + 2);
    fake_stop(f);
}

/* The connection ends at every byte of the second answers; at the last one all is well. */
static void test_p27_cut_at_every_byte(void **state)
{
    static const char answers[] = ":1\\r\\n:3\\r\\n"; /* as the fake's script has it: \r and \n are one byte */
    const size_t whole = 8;
    rp_future *futures[COMMANDS];
    (void)state;

    for (size_t bytes = 0; bytes <= whole; bytes++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        const char *at = answers;
        steps s;
        fake *f;

        steps_begin(&s);
        write_first_round(&s, "");
        fputs("READ 2\nSEND '", s.out);
        for (size_t i = 0; i < bytes; i++) {
            if (*at == '\\')
                putc(*at++, s.out);
            putc(*at++, s.out);
        }
        fputs("'\nCLOSE\n", s.out);
        f = steps_start(&s);
        assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
        check_call(NULL, first, "x", 0);
        queue_five(p, futures);
        assert_int_equal(rp_execute(p), bytes == whole ? RP_OK : RP_CONNECTION_ERROR);
        check_outcomes(futures, bytes == whole ? "VVVVV" : bytes >= 4 ? "VVVUV" : "VUVUV", RP_CONNECTION_ERROR);
        rp_free(p);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* The server reads nothing of the second round trip, which is larger than the sockets hold: what no byte was written of
 * was not sent. */
static void test_p27_second_round_trip_is_not_read(void **state)
{
    enum { CALLS = 8, LARGE = 4 * 1024 * 1024 };
    char *source = kit_alloc(LARGE + 1);
    rp_future *futures[CALLS], *value;
    rp_script *large;
    size_t unknown = 0;
    rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS), *prime = rp_pipeline(NULL);
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':0\\r\\n'\nREAD 9\nSEND 4 '" NOSCRIPT "'\nSEND ':7\\r\\n'\n"
                         "SEND 4 '" NOSCRIPT "'\nSTALL\n");
    (void)state;

    memset(source, ' ', LARGE);
    memcpy(source, "return 1", 8);
    large = rp_script_new(source);
    free(source);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_script_run(prime, large, .keys = RP_LIST("x"));
    check_execute(prime);
    rp_free(prime);
    for (size_t i = 0; i < CALLS / 2; i++)
        futures[i] = rp_script_run(p, large, .keys = RP_LIST(i));
    value = rp_incr(p, "n");
    for (size_t i = CALLS / 2; i < CALLS; i++)
        futures[i] = rp_script_run(p, large, .keys = RP_LIST(i));
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_int_equal(rp_last_error()->index, 0);
    check_says("with 1 of 9 commands answered");
    assert_int_equal(rp_int(value), 7);
    for (size_t i = 0; i < CALLS; i++) {
        assert_true(rp_outcome_of(futures[i]) == RP_UNKNOWN || rp_outcome_of(futures[i]) == RP_NOT_SENT);
        assert_int_equal(rp_status_of(futures[i]), RP_TIMEOUT);
        if (rp_outcome_of(futures[i]) == RP_UNKNOWN)
            assert_int_equal(++unknown, i + 1);
    }
    assert_in_range(unknown, 1, CALLS - 1);
    rp_free(p);
    rp_script_free(large);
    fake_stop_any(f);
}

/* An error of a command that stands before what the second round trip loses is the first failure. */
static void test_p27_error_before_the_loss(void **state)
{
    (void)state;
    for (size_t place = 0; place < 3; place += 2) {
        rp_pipe *p = rp_pipeline(NULL);
        steps s;
        fake *f;

        steps_begin(&s);
        fputs("HELLO\n", s.out);
        expect_eval(&s, FIRST, "1 x");
        fprintf(s.out, "SEND ':0\\r\\n'\nREAD 3\nSEND '%s\\r\\n" NOSCRIPT "%s\\r\\n'\nREAD 1\nCLOSE\n",
                place == 0 ? "-MINE no" : ":1", place == 2 ? "-MINE no" : ":1");
        f = steps_start(&s);
        assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
        check_call(NULL, first, "x", 0);
        rp_incr(p, "a");
        rp_script_run(p, first, .keys = RP_LIST("k"));
        rp_incr(p, "b");
        assert_int_equal(rp_execute(p), place == 0 ? RP_SERVER_ERROR : RP_CONNECTION_ERROR);
        assert_int_equal(rp_last_error()->index, place == 0 ? 0 : 1);
        check_says("(INCR) on the default connection: MINE no");
        check_says("with 2 of 3 commands answered");
        rp_free(p);
        rp_disconnect_all();
        fake_stop(f);
    }
}

static int begin(void **state)
{
    (void)state;
    first = rp_script_new(FIRST);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rp_script_free(first);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p27_second_round_trip_fails),
        KIT_TEST(test_p27_surplus_in_the_first_round_trip),
        KIT_TEST(test_p27_surplus_where_the_first_is_sent_again),
        KIT_TEST(test_p27_cut_at_every_byte),
        KIT_TEST(test_p27_second_round_trip_is_not_read),
        KIT_TEST(test_p27_error_before_the_loss),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
