/* Notes. Scripts by digest: what a connection sends the first time and later, with several scripts and several
 * connections, and what comes back. Whose memory it is, see test_scripts_owned.c; how NOSCRIPT is healed, see
 * test_scripts_lost.c and test_scripts_order.c. */
#define _GNU_SOURCE 1
#include "test_scripts.h"

#define COUNTER "return redis.call('INCR', KEYS[1])"

static rp_script *counter;

/* -- what is sent -------------------------------------------------------------------------------------------------- */

static void test_first_use_is_whole(void **state)
{
    steps s;
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\n", s.out);
    expect_eval(&s, COUNTER, "1 k");
    fputs("SEND ':1\\r\\n'\n", s.out);
    expect_sha(&s, counter, "1 k");
    fputs("SEND ':2\\r\\n'\n", s.out);
    expect_sha(&s, counter, "1 \"a b\"");
    fputs("SEND ':3\\r\\n'\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, counter, "k", 1);
    check_call(NULL, counter, "k", 2);
    check_call(NULL, counter, "a b", 3);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* All words: keys, then what is no key, of every type; none of either; more than a short list holds. */
static void test_words(void **state)
{
    static const char twenty[] = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20";
    steps s;
    rp_arg many[20];
    rp_pipe *p = rp_pipeline(NULL);
    rp_pipe *owner = rp_pipeline(NULL);
    rp_future *value = rp_future_new(owner);
    char words[200];
    fake *f;
    (void)state;

    steps_begin(&s);
    for (int i = 0; i < 20; i++)
        many[i] = RP_ARG(i + 1);
    assert_int_equal(rp_future_set(value, "a value"), RP_OK);
    fputs("HELLO\n", s.out);
    expect_eval(&s, COUNTER, "0");
    expect_sha(&s, counter, "0 x");
    expect_sha(&s, counter, "2 k \"a\\r\\n\\0b\" -7 1.5 1 \"a value\" \"\"");
    snprintf(words, sizeof words, "20 %s %s", twenty, twenty);
    expect_sha(&s, counter, words);
    fputs("SEND 4 ':1\\r\\n'\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_script_run(p, counter);
    rp_script_run(p, counter, .args = RP_LIST("x"));
    rp_script_run(p, counter, .keys = RP_LIST("k", rp_b("a\r\n\0b", 5)), .args = RP_LIST(-7, 1.5, true, value, ""));
    rp_script_run(p, counter, .keys = {many, 20}, .args = {many, 20});
    rp_free(owner);
    check_execute(p);
    rp_free(p);
    fake_stop(f);
}

/* Each script goes whole once; the calls of all are one batch. */
static void test_several_scripts(void **state)
{
    static const char *const sources[] = {"return 'a'", "return 'b'", "return 'c'"};
    rp_script *scripts[COUNT(sources)];
    steps s;
    rp_pipe *p = rp_pipeline(NULL);
    char key[8];
    fake *f;
    (void)state;

    steps_begin(&s);
    fputs("HELLO\n", s.out);
    for (size_t i = 0; i < COUNT(sources); i++) {
        scripts[i] = rp_script_new(sources[i]);
        assert_non_null(scripts[i]);
    }
    for (size_t i = 0; i < 9; i++) {
        snprintf(key, sizeof key, "1 %zu", i);
        if (i < 3)
            expect_eval(&s, sources[i], key);
        else
            expect_sha(&s, scripts[i % 3], key);
    }
    fputs("SEND 9 ':1\\r\\n'\n", s.out);
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < 9; i++)
        rp_script_run(p, scripts[i % 3], .keys = RP_LIST(i));
    check_execute(p);
    rp_free(p);
    for (size_t i = 0; i < COUNT(sources); i++)
        rp_script_free(scripts[i]);
    fake_stop(f);
}

/* A call of a new script at each place between other commands, which may lie in one run or in many. */
static void test_first_use_at_every_place(void **state)
{
    enum { MOST = 6 };
    (void)state;

    for (size_t place = 0; place < MOST; place++) {
        steps s;
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *futures[MOST];
        fake *f;

        steps_begin(&s);
        fputs("HELLO\n", s.out);
        for (size_t i = 0; i < MOST; i++) {
            if (i == place)
                expect_eval(&s, COUNTER, "1 k");
            else
                fprintf(s.out, "EXPECT INCR %zu\n", i);
        }
        fputs("SEND ':0\\r\\n:1\\r\\n:2\\r\\n:3\\r\\n:4\\r\\n:5\\r\\n'\n", s.out);
        f = steps_start(&s);
        assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
        for (size_t i = 0; i < MOST; i++)
            futures[i] = i == place ? rp_script_run(p, counter, .keys = RP_LIST("k")) : rp_incr(p, i);
        check_execute(p);
        for (size_t i = 0; i < MOST; i++)
            assert_int_equal(rp_int(futures[i]), i);
        rp_free(p);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* Each connection is told once: two names in one execute, and the one that takes the place of a lost one. */
static void test_each_connection_is_told(void **state)
{
    steps s;
    rp_pipe *p = rp_pipeline(NULL), *part;
    rp_future *one, *two;
    int first;
    fake *f;
    (void)state;

    steps_begin(&s);
    for (int i = 0; i < 3; i++) {
        fputs(i ? "CONNECTION\nHELLO\n" : "HELLO\n", s.out);
        expect_eval(&s, COUNTER, "1 k");
        fprintf(s.out, "SEND ':%d\\r\\n'\n", i + 1);
        expect_sha(&s, counter, "1 k");
        fprintf(s.out, "SEND ':%d\\r\\n'\n%s", i + 11, i ? "STALL\n" : "CLOSE\n");
    }
    f = steps_start(&s);
    assert_int_equal(rp_connect(NULL, fake_url(f), .pool_size = 1), RP_OK);
    assert_int_equal(rp_connect("second", fake_url(f), .pool_size = 1), RP_OK);
    check_call(NULL, counter, "k", 1);
    first = hook.fd;
    check_call("second", counter, "k", 2);
    part = rp_pipeline(p, .name = "second");
    one = rp_script_run(p, counter, .keys = RP_LIST("k"));
    two = rp_script_run(part, counter, .keys = RP_LIST("k"));
    assert_int_equal(rp_execute(part), RP_OK);
    check_execute(p);
    assert_int_equal(rp_int(one), 11);
    assert_int_equal(rp_int(two), 12);
    rp_free(part);
    rp_free(p);
    hook_wait_end(first);
    check_call(NULL, counter, "k", 3);
    check_call(NULL, counter, "k", 13);
    fake_stop(f);
}

static void test_nested_pipelines(void **state)
{
    enum { PARTS = 5 };
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *futures[PARTS + 1];
    (void)state;

    connect_live(NULL);
    for (int i = 0; i < PARTS; i++) {
        rp_pipe *part = rp_autoexec(p);

        futures[i] = rp_script_run(part, counter, .keys = RP_LIST("k"));
        rp_echo(part, i);
        assert_int_equal(rp_close(part), RP_OK);
    }
    futures[PARTS] = rp_script_run(p, counter, .keys = RP_LIST("k"));
    check_execute(p);
    for (int i = 0; i <= PARTS; i++)
        assert_int_equal(rp_int(futures[i]), i + 1);
    rp_free(p);
    check_calls(1, PARTS, 0);
}

/* Connections of a pool: one is held by rp_watch while another is used. */
static void test_connections_of_a_pool(void **state)
{
    rp_pipe *watch;
    rp_future *n;
    (void)state;

    connect_live(NULL);
    watch = rp_watch(NULL, "other key");
    n = rp_script_run(watch, counter, .keys = RP_LIST("k"));
    check_execute(watch);
    assert_int_equal(rp_int(n), 1);
    check_calls(1, 0, 0);
    check_call(NULL, counter, "k", 2);
    check_calls(2, 0, 0);
    check_call(NULL, counter, "k", 3);
    n = rp_script_run(watch, counter, .keys = RP_LIST("k"));
    check_execute(watch);
    assert_int_equal(rp_int(n), 4);
    check_calls(2, 2, 0);
    rp_free(watch);
}

/* More than a connection remembers: what comes after them is sent whole, and is right. Later servers forget scripts
 * too: then it is sent once more. */
static void test_more_scripts_than_are_remembered(void **state)
{
    enum { SCRIPTS = 600, REMEMBERED = 512 };
    rp_script **scripts = kit_alloc(SCRIPTS * sizeof(rp_script *));
    rp_future **futures = kit_alloc(SCRIPTS * sizeof(rp_future *));
    char source[40];
    (void)state;

    connect_live(NULL);
    for (int i = 0; i < SCRIPTS; i++) {
        snprintf(source, sizeof source, "return %d", i);
        scripts[i] = rp_script_new(source);
    }
    for (int round = 0; round < 2; round++) {
        rp_pipe *p = rp_pipeline(NULL);

        for (int i = 0; i < SCRIPTS; i++)
            futures[i] = rp_script_run(p, scripts[i], .keys = RP_LIST(i));
        check_execute(p);
        for (int i = 0; i < SCRIPTS; i++)
            assert_int_equal(rp_int(futures[i]), i);
        rp_free(p);
    }
    int64_t unknown = stat_of("evalsha", "failed_calls");
    check_calls(2 * SCRIPTS - REMEMBERED + unknown, REMEMBERED, unknown);
    for (int i = 0; i < SCRIPTS; i++)
        rp_script_free(scripts[i]);
    free(scripts);
    free(futures);
}

/* -- what comes back ----------------------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    rp_script *script = rp_script_new("if ARGV[1] == 'fail' then return redis.error_reply('MINE no') end "
                                      "return {KEYS[1] or false, #KEYS, #ARGV, {ok = 'fine'}}");
    rp_pipe *p;
    rp_future *all, *none, *bad;
    (void)state;

    connect_live(NULL);
    p = rp_pipeline(NULL, .collect = true);
    all = rp_script_run(p, script, .keys = RP_LIST("a", "b"), .args = RP_LIST(1, 2, 3));
    none = rp_script_run(p, script);
    bad = rp_script_run(p, script, .args = RP_LIST("fail"));
    check_execute(p);
    assert_string_equal(rp_str(rp_at(all, 0)), "a");
    assert_int_equal(rp_int(rp_at(all, 1)), 2);
    assert_int_equal(rp_int(rp_at(all, 2)), 3);
    assert_string_equal(rp_str(rp_at(all, 3)), "fine");
    assert_true(rp_is_null(rp_at(none, 0)));
    assert_int_equal(rp_kind_of(bad), RP_ERROR);
    rp_free(p);
    p = rp_pipeline(NULL);
    rp_script_run(p, script);
    rp_script_run(p, script, .args = RP_LIST("fail"));
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, 1);
    assert_string_equal(rp_last_error()->code, "MINE");
    rp_free(p);
    rp_script_free(script);
}

/* What does not compile is an error each time, and the connection stays in step. */
static void test_script_that_does_not_compile(void **state)
{
    rp_script *script = rp_script_new("return return");
    (void)state;

    connect_live(NULL);
    for (int i = 0; i < 3; i++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        rp_future *before = rp_incr(p, "before"), *bad = rp_script_run(p, script, .keys = RP_LIST("k"));
        rp_future *after = rp_incr(p, "after"), *again = rp_script_run(p, script, .keys = RP_LIST("k"));

        check_execute(p);
        assert_int_equal(rp_int(before), i + 1);
        assert_int_equal(rp_int(after), i + 1);
        assert_int_equal(rp_kind_of(bad), RP_ERROR);
        assert_int_equal(rp_kind_of(again), RP_ERROR);
        rp_get_int(bad, &(int64_t){0});
        check_says("compil");
        rp_get_int(again, &(int64_t){0});
        check_says("compil");
        rp_free(p);
        p = rp_pipeline(NULL);
        rp_incr(p, "x");
        rp_script_run(p, script);
        assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
        assert_int_equal(rp_last_error()->index, 1);
        check_says("compil");
        rp_free(p);
    }
    rp_script_free(script);
}

static void test_digests(void **state)
{
    static const char *const sources[] = {"", "return 1", "return 'a\t\\r\\n\xff'", COUNTER};
    (void)state;

    connect_live(NULL);
    for (size_t i = 0; i < COUNT(sources); i++) {
        rp_script *script = rp_script_new(sources[i]);
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        rp_future *digest = rp_script_load(p, sources[i]);

        assert_int_equal(strlen(rp_script_sha1(script)), 40);
        check_execute(p);
        assert_string_equal(rp_str(digest), rp_script_sha1(script));
        rp_free(p);
        rp_script_free(script);
    }
}

static int begin(void **state)
{
    counter = rp_script_new(COUNTER);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(counter);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_first_use_is_whole),
        KIT_TEST(test_words),
        KIT_TEST(test_several_scripts),
        KIT_TEST(test_first_use_at_every_place),
        HOOK_TEST(test_each_connection_is_told),
        KIT_TEST(test_nested_pipelines),
        KIT_TEST(test_connections_of_a_pool),
        KIT_TEST(test_more_scripts_than_are_remembered),
        KIT_TEST(test_values),
        KIT_TEST(test_script_that_does_not_compile),
        KIT_TEST(test_digests),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
