/* Notes. Scripts that the server has lost (P27): every call that it does not know is sent once more, whole, and nothing
 * else is; values and errors are those of their commands. */
#define _GNU_SOURCE 1
#include "test_scripts.h"

#define FIRST "return 1"

enum { MOST = 6 };

static rp_script *first;

/* Bit i of the mask: command i is a call, which the server does not know; the others are INCR. No key is shared. */
static void write_lost_calls(const steps *s, unsigned mask)
{
    char words[16];

    fputs("HELLO\n", s->out);
    expect_eval(s, FIRST, "1 x");
    fputs("SEND ':0\\r\\n'\n", s->out);
    for (unsigned i = 0; i < MOST; i++) {
        snprintf(words, sizeof words, "1 %u", i);
        if (mask >> i & 1)
            expect_sha(s, first, words);
        else
            fprintf(s->out, "EXPECT INCR %u\n", i);
    }
    for (unsigned i = 0; i < MOST; i++)
        fprintf(s->out, mask >> i & 1 ? "SEND '" NOSCRIPT "'\n" : "SEND ':%u\\r\\n'\n", 100 + i);
    for (unsigned i = 0; i < MOST; i++) {
        snprintf(words, sizeof words, "1 %u", i);
        if (mask >> i & 1)
            expect_eval(s, FIRST, words);
    }
    for (unsigned i = 0; i < MOST; i++)
        if (mask >> i & 1)
            fprintf(s->out, "SEND ':%u\\r\\n'\n", 100 + i);
    expect_sha(s, first, "1 x");
    fputs("SEND ':7\\r\\n'\n", s->out);
}

static void check_lost_calls(unsigned mask)
{
    rp_future *futures[MOST];
    rp_pipe *p = rp_pipeline(NULL, .collect = mask & 1);
    steps s;
    fake *f;

    steps_begin(&s);
    write_lost_calls(&s, mask);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "x", 0);
    for (unsigned i = 0; i < MOST; i++)
        futures[i] = mask >> i & 1 ? rp_script_run(p, first, .keys = RP_LIST(i)) : rp_incr(p, i);
    check_execute(p);
    for (unsigned i = 0; i < MOST; i++) {
        assert_int_equal(rp_int(futures[i]), 100 + i);
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
    }
    rp_free(p);
    check_call(NULL, first, "x", 7);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p27_noscript_at_every_position(void **state)
{
    (void)state;
    for (unsigned mask = 1; mask < 1U << MOST; mask++)
        check_lost_calls(mask);
}

/* A part of a push has arrived with the last answer: the rest comes between the two round trips. */
static void test_p27_push_between_the_round_trips(void **state)
{
    static const char push[] = ">2\r\n$7\r\nmessage\r\n*1\r\n:5\r\n";
    (void)state;

    for (size_t cut = 0; cut < sizeof push; cut++) {
        steps s;
        fake *f;

        steps_begin(&s);
        fputs("HELLO\n", s.out);
        expect_eval(&s, FIRST, "1 k");
        fputs("SEND ':1\\r\\n'\n", s.out);
        expect_sha(&s, first, "1 k");
        fprintf(s.out, "SEND \"" NOSCRIPT);
        for (size_t i = 0; i < cut; i++)
            fprintf(s.out, "\\x%02x", (unsigned char)push[i]);
        fputs("\"\n", s.out);
        expect_eval(&s, FIRST, "1 k");
        fputs("SEND \"", s.out);
        for (size_t i = cut; push[i]; i++)
            fprintf(s.out, "\\x%02x", (unsigned char)push[i]);
        fputs(":2\\r\\n\"\n", s.out);
        expect_sha(&s, first, "1 k");
        fputs("SEND ':3\\r\\n'\n", s.out);
        f = steps_start(&s);
        assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = 3), RP_OK);
        for (int i = 1; i <= 3; i++)
            check_call(NULL, first, "k", i);
        assert_int_equal(fake_connections(f), 1);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* A server that knows no script, whatever is sent. */
static void test_p27_noscript_for_ever(void **state)
{
    fake *f = fake_start("HELLO\nREPEAT 3\nREAD 1\nSEND '" NOSCRIPT "'\nEND\n"
                         "REPEAT 2\nREAD 3\nSEND ':1\\r\\n" NOSCRIPT ":3\\r\\n'\nREAD 1\nSEND '" NOSCRIPT "'\nEND\n"
                         "SERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (int i = 0; i < 2; i++) {
        rp_pipe *p = rp_pipeline(NULL);

        rp_script_run(p, first, .keys = RP_LIST("k"));
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_string_equal(rp_last_error()->code, "NOSCRIPT");
        assert_int_equal(rp_last_error()->index, 0);
        rp_free(p);
    }
    for (int i = 0; i < 2; i++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = i);
        rp_future *before = rp_incr(p, "a"), *call = rp_script_run(p, first, .keys = RP_LIST("k"));
        rp_future *after = rp_incr(p, "b");

        assert_int_equal(rp_execute(p), i ? RP_OK : RP_SERVER_ERROR);
        assert_true(i || rp_last_error()->index == 1);
        assert_int_equal(rp_outcome_of(before), RP_ANSWERED);
        assert_int_equal(rp_outcome_of(call), RP_ANSWERED);
        assert_int_equal(rp_ready(after), i);
        assert_int_equal(rp_int(after), i ? 3 : 0);
        rp_free(p);
    }
    check_echo(NULL, 5);
    /* HELLO; EVAL; EVALSHA, EVAL; twice three and EVAL; ECHO */
    assert_int_equal(fake_commands(f), 1 + 1 + 2 + 2 * 4 + 1);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* Errors of other commands, and of calls that were sent again, are told by their place in the program. */
static void check_error_at(unsigned place, unsigned call)
{
    rp_pipe *p = rp_pipeline(NULL);
    steps s;
    fake *f;

    steps_begin(&s);
    fputs("HELLO\n", s.out);
    expect_eval(&s, FIRST, "1 x");
    fputs("SEND ':0\\r\\n'\nREAD 4\n", s.out);
    for (unsigned i = 0; i < 4; i++)
        fputs(i == call                     ? "SEND '" NOSCRIPT "'\n"
              : i >= place && call != place ? "SEND '-MINE no\\r\\n'\n"
                                            : "SEND ':1\\r\\n'\n",
              s.out);
    expect_eval(&s, FIRST, "1 k");
    fputs(call == place ? "SEND '-MINE no\\r\\n'\nSERVE\n" : "SEND ':1\\r\\n'\nSERVE\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "x", 0);
    for (unsigned i = 0; i < 4; i++) {
        if (i == call)
            rp_script_run(p, first, .keys = RP_LIST("k"));
        else
            rp_incr(p, i);
    }
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "MINE");
    assert_int_equal(rp_last_error()->index, place);
    check_says(call == place ? "(EVAL)" : "(INCR)");
    rp_free(p);
    check_echo(NULL, 1);
    rp_disconnect_all();
    fake_stop(f);
}

/* Two errors: of a call in the second round trip, and of a command behind it in the first. */
static void test_p27_error_of_the_second_round_trip_is_first(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n'\nREAD 3\nSEND ':1\\r\\n" NOSCRIPT "-OTHER x\\r\\n'\n"
                         "READ 1\nSEND '-MINE y\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, first, "k", 1);
    rp_incr(p, "a");
    rp_script_run(p, first, .keys = RP_LIST("k"));
    rp_incr(p, "b");
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "MINE");
    assert_int_equal(rp_last_error()->index, 1);
    rp_free(p);
    check_echo(NULL, 1);
    fake_stop(f);
}

static void test_p27_errors_keep_their_place(void **state)
{
    (void)state;
    for (unsigned call = 0; call < 4; call++)
        for (unsigned place = 0; place < 4; place++)
            check_error_at(place, call);
}

/* A digest that is called by hand is an error, and stays one: nobody knows its source. */
static void test_p27_evalsha_by_hand(void **state)
{
    rp_pipe *p;
    rp_future *before, *call, *typed, *after, *known;
    (void)state;

    connect_live(NULL);
    p = rp_pipeline(NULL, .collect = true);
    before = rp_incr(p, "a");
    call = rp_command(p, "EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", 1, "k");
    typed = rp_evalsha(p, "0000000000000000000000000000000000000000", 1, "k");
    after = rp_incr(p, "b");
    known = rp_script_run(p, first);
    check_execute(p);
    assert_int_equal(rp_kind_of(call), RP_ERROR);
    assert_int_equal(rp_kind_of(typed), RP_ERROR);
    assert_memory_equal(rp_str(call), "NOSCRIPT", 8);
    assert_memory_equal(rp_str(typed), "NOSCRIPT", 8);
    assert_int_equal(rp_int(before), 1);
    assert_int_equal(rp_int(after), 1);
    assert_int_equal(rp_int(known), 1);
    rp_free(p);
    check_calls(1, 2, 2);
    p = rp_pipeline(NULL);
    rp_incr(p, "a");
    rp_evalsha(p, "0000000000000000000000000000000000000000", 0);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "NOSCRIPT");
    assert_int_equal(rp_last_error()->index, 1);
    rp_free(p);
    check_calls(1, 3, 3);
}

static void test_p27_two_thousand_calls(void **state)
{
    enum { CALLS = 2000 };
    rp_script *add = rp_script_new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    rp_future **futures = kit_alloc(CALLS * sizeof(rp_future *));
    (void)state;

    connect_live(NULL);
    for (int round = 1; round <= 3; round++) {
        rp_pipe *p = rp_pipeline(NULL);

        lose_scripts();
        for (int i = 0; i < CALLS; i++)
            futures[i] = i % 3 == 2 ? rp_echo(p, i) : rp_script_run(p, add, .keys = RP_LIST(i), .args = RP_LIST(i));
        check_execute(p);
        for (int i = 0; i < CALLS; i++)
            assert_int_equal(rp_int(futures[i]), i % 3 == 2 ? i : i * round);
        rp_free(p);
        check_calls(round == 1 ? 1 : CALLS - CALLS / 3, round == 1 ? CALLS - CALLS / 3 - 1 : CALLS - CALLS / 3,
                    round == 1 ? 0 : CALLS - CALLS / 3);
    }
    free(futures);
    rp_script_free(add);
}

static int begin(void **state)
{
    first = rp_script_new(FIRST);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(first);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p27_noscript_at_every_position), KIT_TEST(test_p27_push_between_the_round_trips),
        KIT_TEST(test_p27_noscript_for_ever),          KIT_TEST(test_p27_error_of_the_second_round_trip_is_first),
        KIT_TEST(test_p27_errors_keep_their_place),    KIT_TEST(test_p27_evalsha_by_hand),
        KIT_TEST(test_p27_two_thousand_calls),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
