/* Notes. Errors that scripts make themselves (P27): whatever a script says, it runs once for each call. And the
 * question that tells such an error from the server's own: what is asked, and what follows from each answer. */
#define _GNU_SOURCE 1
#include "pipe/script.h"
#include "test_scripts.h"

#define VALKEY_NOSCRIPT "-NOSCRIPT No matching script.\\r\\n"
#define EXACT "NOSCRIPT No matching script. Please use EVAL."

enum { CALLS = 3, SOON_MS = 400 };

/* Two that may make errors, one that cannot. */
#define FIRST "return ARGV[1] -- or an error"
#define SECOND "return {err = 'MINE'}"
#define PLAIN "return ARGV[1]"

static rp_script *first, *second, *plain;

/* -- which scripts may --------------------------------------------------------------------------------------------- */

static void test_p27_what_a_source_shows(void **state)
{
    static const struct {
        const char *source;
        rpi_script_kind kind;
    } rows[] = {
        {"", RPI_SCRIPT_PLAIN},
        {"return redis.call('INCRBY', KEYS[1], ARGV[12])", RPI_SCRIPT_PLAIN},
        {"for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end return {1, 2}", RPI_SCRIPT_PLAIN},
        {"local t = {} t[1] = ARGV[#ARGV] return t", RPI_SCRIPT_PLAIN},
        {"return redis.error_reply(ARGV[1])", RPI_SCRIPT_ASK},
        {"return {err = ARGV[1]}", RPI_SCRIPT_ASK},
        {"local t = {} t[ARGV[1]] = ARGV[2] return t", RPI_SCRIPT_ASK},
        {"return {[ARGV[1]] = ARGV[2]}", RPI_SCRIPT_ASK},
        {"local t = {} t[1 + 1] = 1 return t", RPI_SCRIPT_ASK},
        {"local t = {} t[12", RPI_SCRIPT_ASK},
        {"return redis[ [[status_reply]] ]('x')", RPI_SCRIPT_ASK},
        {"ARGV[ARGV[1]] = ARGV[2] return ARGV", RPI_SCRIPT_ASK},
        {"KEYS[KEYS[1]] = KEYS[2] return KEYS", RPI_SCRIPT_ASK},
        {"return redis.call('MSET', unpack(ARGV))", RPI_SCRIPT_ASK},
        {"ARGV[ARGV[1]] = ARGV[2] for _, t in pairs(_G) do if t.call == nil then return t end end", RPI_SCRIPT_ASK},
        {"return cjson.decode(ARGV[1])", RPI_SCRIPT_ASK},
        {"return cmsgpack.unpack(ARGV[1])", RPI_SCRIPT_ASK},
        {"return loadstring(ARGV[1])()", RPI_SCRIPT_ASK},
        {"return redis.pcall('GET', KEYS[1])", RPI_SCRIPT_ASK},
        {"redis.setresp(3) return redis.call('HGETALL', KEYS[1]).map", RPI_SCRIPT_ASK},
        {"#!lua\nreturn 1", RPI_SCRIPT_ASK},
        {"return redis.error_reply('NOSCRIPT mine')", RPI_SCRIPT_WHOLE},
        {"return 1 -- NOSCRIPT", RPI_SCRIPT_WHOLE},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_script *script = rp_script_new(rows[i].source);

        if (script->kind != rows[i].kind)
            fail_msg("%s: %d", rows[i].source, (int)script->kind);
        rp_script_free(script);
    }
}

/* -- a real server ------------------------------------------------------------------------------------------------- */

/* Counts the key, and answers with an error: the server's own words, and others. */
static const struct {
    const char *source, *argument, *says;
} makers[] = {
    {"redis.call('INCR', KEYS[1]) return redis.error_reply('NOSCRIPT mine')", "", "NOSCRIPT mine"},
    {"redis.call('INCR', KEYS[1]) return redis.error_reply('" EXACT "')", "", EXACT},
    {"redis.call('INCR', KEYS[1]) return {err = '" EXACT "'}", "", EXACT},
    {"redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])", "NOSCRIPT mine", "NOSCRIPT mine"},
    {"redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])", EXACT, EXACT},
    {"redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])", "NOSCRIPT No matching script.",
     "NOSCRIPT No matching script."},
    {"redis.call('INCR', KEYS[1]) local t = {} t[ARGV[2]] = ARGV[1] return t", EXACT, EXACT},
    {"redis.call('INCR', KEYS[1]) return {err = 'NO' .. 'SCRIPT No matching script. Please use EVAL.'}", "", EXACT},
};

static void check_count(rp_arg key, int64_t count)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    rp_future *n = rp_incrby_with(p, key, 0);

    check_execute(p);
    assert_int_equal(rp_int(n), count);
    rp_free(p);
}

static void call_maker(rp_script *script, size_t i, bool collect)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = collect);
    rp_future *call = rp_script_run(p, script, .keys = RP_LIST("k"), .args = RP_LIST(makers[i].argument, "err"));
    rp_future *echo = rp_echo(p, "x");

    assert_int_equal(rp_execute(p), collect ? RP_OK : RP_SERVER_ERROR);
    if (collect) {
        assert_int_equal(rp_kind_of(call), RP_ERROR);
        assert_string_equal(rp_str(call), makers[i].says);
        assert_string_equal(rp_str(echo), "x");
    } else {
        assert_int_equal(rp_last_error()->index, 0);
        assert_string_equal(rp_last_error()->code, "NOSCRIPT");
    }
    assert_int_equal(rp_status_of(call), RP_SERVER_ERROR);
    assert_int_equal(rp_outcome_of(call), RP_ANSWERED);
    rp_free(p);
}

static void test_p27_own_errors_run_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(makers); i++)
        for (int collect = 0; collect < 2; collect++) {
            rp_script *script = rp_script_new(makers[i].source);

            connect_live(NULL);
            for (int64_t n = 1; n <= CALLS; n++) {
                call_maker(script, i, collect);
                check_count(RP_ARG("k"), n);
            }
            rp_script_free(script);
            rp_disconnect_all();
        }
}

/* All of them and one that is lost, many times each in one pipeline: all run once, what is lost comes again, whole. */
static void test_p27_own_errors_beside_a_lost_script(void **state)
{
    rp_script *scripts[COUNT(makers)], *lost = rp_script_new("return redis.call('INCR', KEYS[1]) -- no error");
    rp_future *calls[CALLS][COUNT(makers)], *found[CALLS];
    rp_pipe *p;
    (void)state;

    for (size_t i = 0; i < COUNT(makers); i++)
        scripts[i] = rp_script_new(makers[i].source);
    for (int collect = 0; collect < 2; collect++) {
        connect_live(NULL);
        check_call(NULL, lost, "n", 1);
        lose_scripts();
        p = rp_pipeline(NULL, .collect = collect);
        for (size_t n = 0; n < CALLS; n++) {
            for (size_t i = 0; i < COUNT(makers); i++)
                calls[n][i] = rp_script_run(p, scripts[i], .keys = RP_LIST(n * COUNT(makers) + i),
                                            .args = RP_LIST(makers[i].argument, "err"));
            found[n] = rp_script_run(p, lost, .keys = RP_LIST(n + 1000));
        }
        assert_int_equal(rp_execute(p), collect ? RP_OK : RP_SERVER_ERROR);
        for (size_t n = 0; n < CALLS; n++) {
            for (size_t i = 0; i < COUNT(makers); i++) {
                assert_int_equal(rp_status_of(calls[n][i]), RP_SERVER_ERROR);
                assert_int_equal(rp_outcome_of(calls[n][i]), RP_ANSWERED);
                check_count(RP_ARG(n * COUNT(makers) + i), 1);
            }
            assert_int_equal(rp_int(found[n]), collect);
        }
        rp_free(p);
        rp_disconnect_all();
    }
    for (size_t i = 0; i < COUNT(makers); i++)
        rp_script_free(scripts[i]);
    rp_script_free(lost);
}

/* A source that has the word is never called by digest, so that no SCRIPT FLUSH can lead to a call that comes again. */
static void test_p27_source_with_the_word(void **state)
{
    rp_script *script = rp_script_new(makers[1].source);
    rp_pipe *p;
    (void)state;

    connect_live(NULL);
    for (int64_t n = 1; n <= CALLS; n++) {
        p = rp_pipeline(NULL, .collect = true);
        rp_script_run(p, script, .keys = RP_LIST("k"));
        rp_script_run(p, script, .keys = RP_LIST("k"));
        check_execute(p);
        check_count(RP_ARG("k"), 2 * n);
        rp_free(p);
    }
    check_calls(2 * CALLS, 0, 0);
    assert_int_equal(stat_of("script|exists", "calls"), 0);
    rp_script_free(script);
}

/* A script that may make errors, but did not: it is found lost, and comes again in its order. */
static void test_p27_lost_script_that_may_make_errors(void **state)
{
    rp_script *add = rp_script_new("if not ARGV[1] then return redis.error_reply(ARGV[1]) end "
                                   "return redis.call('APPEND', KEYS[1], ARGV[1])");
    rp_future *text;
    rp_pipe *p;
    (void)state;

    connect_live(NULL);
    p = rp_pipeline(NULL);
    rp_script_run(p, add, .keys = RP_LIST("t"), .args = RP_LIST("a"));
    check_execute(p);
    lose_scripts();
    for (const char *tag = "bcd"; *tag; tag++)
        rp_script_run(p, add, .keys = RP_LIST("t"), .args = RP_LIST(rp_b(tag, 1)));
    check_execute(p);
    check_calls(CALLS, CALLS, CALLS);
    assert_int_equal(stat_of("script|exists", "calls"), 1);
    text = rp_get(p, "t");
    check_execute(p);
    assert_string_equal(rp_str(text), "abcd");
    rp_free(p);
    rp_script_free(add);
}

/* -- the question -------------------------------------------------------------------------------------------------- */

/* other: may be NULL. */
static void expect_question(const steps *s, const rp_script *one, const rp_script *other)
{
    fprintf(s->out, "EXPECT SCRIPT EXISTS %s %s\n", rp_script_sha1(one), other ? rp_script_sha1(other) : "");
}

/* The connection knows the three. Then [INCRBY, first, INCRBY, second, plain], of which each call is answered as if the
 * script were lost; `more` behind it. */
static void write_first_rounds(const steps *s, const char *more)
{
    fprintf(s->out, "HELLO\nREAD 3\nSEND '+a\\r\\n+b\\r\\n+c\\r\\n'\nEXPECT INCRBY n 1\n");
    expect_sha(s, first, "1 a");
    fputs("EXPECT INCRBY m 1\n", s->out);
    expect_sha(s, second, "1 b");
    expect_sha(s, plain, "1 c");
    fprintf(s->out, "SEND ':0\\r\\n" NOSCRIPT ":2\\r\\n" VALKEY_NOSCRIPT VALKEY_NOSCRIPT "%s'\n", more);
}

enum { FIVE = 5 };

static void queue_calls(rp_pipe *p, rp_future *futures[FIVE])
{
    futures[0] = rp_incrby(p, "n", 1);
    futures[1] = rp_script_run(p, first, .keys = RP_LIST("a"));
    futures[2] = rp_incrby(p, "m", 1);
    futures[3] = rp_script_run(p, second, .keys = RP_LIST("b"));
    futures[4] = rp_script_run(p, plain, .keys = RP_LIST("c"));
}

static rp_pipe *prepare(fake *f, const rp_pipeline_opts *options)
{
    rp_pipe *p = rp_pipeline_with(NULL, options, sizeof *options);

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_script_run(p, first, .keys = RP_LIST("a"));
    rp_script_run(p, second, .keys = RP_LIST("b"));
    rp_script_run(p, plain, .keys = RP_LIST("c"));
    check_execute(p);
    return p;
}

/* A letter for each command: V a value, which is its number; E an error; A answered, and not filled; U unknown. */
static void check_letters(rp_future *const futures[FIVE], const char *letters)
{
    for (size_t i = 0; i < FIVE; i++) {
        char letter = "QNUA"[rp_outcome_of(futures[i])];

        if (letter == 'A' && rp_ready(futures[i]))
            letter = rp_kind_of(futures[i]) == RP_ERROR ? 'E' : 'V';
        if (letter == 'V')
            assert_int_equal(rp_int(futures[i]), i);
        if (letter != letters[i])
            fail_msg("command %zu of %s: %c", i, letters, letter);
    }
}

typedef struct question {
    const char *answer;  /* steps */
    const char *again;   /* which of the calls are sent again: 'f', 's', 'p' */
    const char *answers; /* of those */
    rp_status status;    /* with .collect */
    size_t index;
    const char *collected, *single; /* letters, with and without .collect */
    bool lost;                      /* the connection is */
    const char *next;               /* how the first is sent next on a connection that lives: whole, or by digest */
} question;

static void write_question(const steps *s, const question *q)
{
    expect_question(s, second, first);
    fputs(q->answer, s->out);
    for (const char *c = q->again; *c; c++)
        expect_eval(s, *c == 'f' ? FIRST : *c == 's' ? SECOND : PLAIN, *c == 'f' ? "1 a" : *c == 's' ? "1 b" : "1 c");
    if (*q->again)
        fprintf(s->out, "SEND '%s'\n", q->answers);
    if (q->lost) {
        fputs("STALL\nCONNECTION *\nSERVE\n", s->out);
        return;
    }
    if (*q->next == 'w')
        expect_eval(s, FIRST, "1 a");
    else
        expect_sha(s, first, "1 a");
    fputs("SEND ':7\\r\\n'\nSERVE\n", s->out);
}

static void check_question(const question *q, bool collect)
{
    const rp_pipeline_opts options = {.collect = collect, .timeout_ms = q->status == RP_TIMEOUT ? SOON_MS : 0};
    rp_future *futures[FIVE];
    rp_status status;
    rp_pipe *p;
    steps s;
    fake *f;

    steps_begin(&s);
    write_first_rounds(&s, "");
    write_question(&s, q);
    f = steps_start(&s);
    p = prepare(f, &options);
    queue_calls(p, futures);
    status = rp_execute(p);
    if (status != (collect || q->status != RP_OK ? q->status : strchr(q->collected, 'E') ? RP_SERVER_ERROR : RP_OK))
        fail_msg("%s: %s", q->answer, rp_last_error()->message);
    if (status != RP_OK)
        assert_int_equal(rp_last_error()->index, q->index);
    check_letters(futures, collect ? q->collected : q->single);
    rp_free(p);
    if (!q->lost)
        check_call(NULL, first, "a", 7);
    check_echo(NULL, 5);
    assert_int_equal(fake_connections(f), q->lost ? 2 : 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p27_question(void **state)
{
    static const question rows[] = {
        /* the second has run, the first has not; and the other way round; both; none */
        {"SEND '*2\\r\\n:1\\r\\n:0\\r\\n'\n", "fp", ":1\\r\\n:4\\r\\n", RP_OK, 3, "VVVEV", "AAAAA", false, "digest"},
        {"SEND '*2\\r\\n:0\\r\\n:1\\r\\n'\n", "sp", ":3\\r\\n:4\\r\\n", RP_OK, 1, "VEVVV", "AAAAA", false, "digest"},
        {"SEND '*2\\r\\n:1\\r\\n:1\\r\\n'\n", "p", ":4\\r\\n", RP_OK, 1, "VEVEV", "AAAAA", false, "digest"},
        {"SEND '*2\\r\\n:0\\r\\n:0\\r\\n'\n", "fsp", ":1\\r\\n:3\\r\\n:4\\r\\n", RP_OK, 0, "VVVVV", "VVVVV", false,
         "digest"},
        /* no telling: only the one that makes no errors */
        {"SEND '-NOPERM no\\r\\n'\n", "p", ":4\\r\\n", RP_OK, 1, "VEVEV", "AAAAA", false, "whole"},
        /* not an answer to that */
        {"SEND ':0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '+OK\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '*0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '*1\\r\\n:0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '*3\\r\\n:0\\r\\n:0\\r\\n:0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '*2\\r\\n:0\\r\\n+0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '%1\\r\\n:0\\r\\n:0\\r\\n'\n", "", "", RP_OK, 1, "VEVEE", "AAAAA", true, ""},
        /* no answer */
        {"CLOSE\n", "", "", RP_CONNECTION_ERROR, 1, "VEVEE", "AAAAA", true, ""},
        {"RESET\n", "", "", RP_CONNECTION_ERROR, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '*2\\r\\n:0\\r\\n'\nCLOSE\n", "", "", RP_CONNECTION_ERROR, 1, "VEVEE", "AAAAA", true, ""},
        {"STALL\n", "", "", RP_TIMEOUT, 1, "VEVEE", "AAAAA", true, ""},
        {"SEND '?'\n", "", "", RP_PROTOCOL_ERROR, 1, "VEVEE", "AAAAA", true, ""},
        /* more than one answer: none can be trusted */
        {"SEND '*2\\r\\n:0\\r\\n:0\\r\\n:0\\r\\n'\n", "", "", RP_PROTOCOL_ERROR, 0, "UUUUU", "UUUUU", true, ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_question(&rows[i], true);
        check_question(&rows[i], false);
    }
}

/* Other words than the servers' are an error like any, of a script that makes none itself too: the call is not sent
 * again. But where they may mean the same, the next one is whole. */
static void test_p27_other_words(void **state)
{
    static const char *const words[] = {"NOSCRIPT",
                                        "NOSCRIPT No matching script",
                                        "NOSCRIPT No matching script. ",
                                        (EXACT " "),
                                        (EXACT "."),
                                        (" " EXACT),
                                        "noscript No matching script. Please use EVAL."};
    (void)state;

    for (size_t i = 0; i < COUNT(words); i++) {
        const rp_pipeline_opts options = {.collect = true};
        rp_future *calls[2];
        rp_pipe *p;
        steps s;
        fake *f;

        steps_begin(&s);
        fputs("HELLO\nREAD 3\nSEND '+a\\r\\n+b\\r\\n+c\\r\\n'\n", s.out);
        expect_sha(&s, plain, "1 a");
        expect_sha(&s, first, "1 b");
        fprintf(s.out, "SEND '-%s\\r\\n-%s\\r\\n'\n", words[i], words[i]);
        if (strncmp(words[i], "NOSCRIPT", strlen("NOSCRIPT")) == 0)
            expect_eval(&s, FIRST, "1 b");
        else
            expect_sha(&s, first, "1 b");
        fputs("SEND ':7\\r\\n'\nSERVE\n", s.out);
        f = steps_start(&s);
        p = prepare(f, &options);
        calls[0] = rp_script_run(p, plain, .keys = RP_LIST("a"));
        calls[1] = rp_script_run(p, first, .keys = RP_LIST("b"));
        check_execute(p);
        assert_string_equal(rp_str(calls[0]), words[i]);
        assert_string_equal(rp_str(calls[1]), words[i]);
        rp_free(p);
        check_call(NULL, first, "b", 7);
        check_echo(NULL, 1);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* Where a command behind touches the key, nothing can be sent again, so nothing is asked. */
static void test_p27_no_question_where_the_order_matters(void **state)
{
    const rp_pipeline_opts options = {.collect = true};
    rp_future *calls[2], *get;
    rp_pipe *p;
    steps s;
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\nREAD 3\nSEND '+a\\r\\n+b\\r\\n+c\\r\\n'\n", s.out);
    expect_eval(&s, FIRST, "1 a");
    expect_sha(&s, first, "1 a");
    fputs("EXPECT GET a\nSEND ':1\\r\\n" NOSCRIPT "+x\\r\\n'\nSERVE\n", s.out);
    f = steps_start(&s);
    p = prepare(f, &options);
    calls[0] = rp_script_run(p, first, .keys = RP_LIST("a"));
    calls[1] = rp_script_run(p, first, .keys = RP_LIST("a"));
    get = rp_get(p, "a");
    check_execute(p);
    assert_int_equal(rp_int(calls[0]), 1);
    assert_string_equal(rp_str(calls[1]), EXACT);
    assert_string_equal(rp_str(get), "x");
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_commands(f), 1 + 3 + 3 + 1);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* An error of the first round trip, and one of a call that came again and stands in front of it; then the end. */
static void test_p27_first_error_after_the_end(void **state)
{
    const rp_pipeline_opts options = {0};
    rp_future *calls[3];
    rp_pipe *p;
    steps s;
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\nREAD 3\nSEND '+a\\r\\n+b\\r\\n+c\\r\\n'\nREAD 3\nSEND '" NOSCRIPT "-OTHER x\\r\\n" NOSCRIPT "'\n",
          s.out);
    expect_question(&s, first, NULL);
    fputs("SEND '*1\\r\\n:0\\r\\n'\nREAD 2\nSEND '-MINE no\\r\\n'\nCLOSE\n", s.out);
    f = steps_start(&s);
    p = prepare(f, &options);
    calls[0] = rp_script_run(p, first, .keys = RP_LIST("a"));
    calls[1] = rp_incr(p, "n");
    calls[2] = rp_script_run(p, first, .keys = RP_LIST("b"));
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, 0);
    check_says("MINE no");
    assert_int_equal(rp_outcome_of(calls[0]), RP_ANSWERED);
    assert_int_equal(rp_outcome_of(calls[1]), RP_ANSWERED);
    assert_int_equal(rp_outcome_of(calls[2]), RP_UNKNOWN);
    rp_free(p);
    fake_stop(f);
}

static int begin(void **state)
{
    first = rp_script_new(FIRST);
    second = rp_script_new(SECOND);
    plain = rp_script_new(PLAIN);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(first);
    rp_script_free(second);
    rp_script_free(plain);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p27_what_a_source_shows),
        KIT_TEST(test_p27_own_errors_run_once),
        KIT_TEST(test_p27_own_errors_beside_a_lost_script),
        KIT_TEST(test_p27_lost_script_that_may_make_errors),
        KIT_TEST(test_p27_source_with_the_word),
        KIT_TEST(test_p27_question),
        KIT_TEST(test_p27_other_words),
        KIT_TEST(test_p27_no_question_where_the_order_matters),
        KIT_TEST(test_p27_first_error_after_the_end),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
