/* Notes. Scripts that the server may have lost, and the order of commands (P27): where that could show in a key, the
 * script goes whole at once, in one round trip. The last test compares many pipelines with a model of what the keys
 * must hold. */
#define _GNU_SOURCE 1
#include "test_scripts.h"

#define FIRST "return 1"
#define SECOND "return 2"
#define APPEND "for i = 1, #KEYS do redis.call('APPEND', KEYS[i], ARGV[1]) end return ARGV[1]"

static rp_script *first, *second;

/* -- what goes whole at once --------------------------------------------------------------------------------------- */

static rp_future *queue_words(rp_pipe *p, const char *text)
{
    rp_arg args[12];
    size_t count = 0;
    char *copy = strdup(text), *rest = copy;
    rp_future *f;

    for (char *word; (word = strsep(&rest, " "));)
        args[count++] = RP_ARG(word);
    if (strcmp(args[0].s.data, "FIRST") == 0)
        f = rp_script_run(p, first, .keys = {args + 1, count - 1});
    else if (strcmp(args[0].s.data, "SECOND") == 0)
        f = rp_script_run(p, second, .keys = {args + 1, count - 1});
    else
        f = rp_command_args(p, count, args);
    free(copy);
    return f;
}

/* Commands on a connection that knows both scripts. `whole`: one letter for each call, W whole or D by digest. */
static const struct {
    const char *commands[4];
    const char *whole;
} orders[] = {
    /* one that touches the key behind the call */
    {{"FIRST k", "GET k"}, "W"},
    {{"FIRST k", "get k"}, "W"},
    {{"FIRST k", "PING", "APPEND k x"}, "W"},
    {{"FIRST k", "MGET a b k"}, "W"},
    {{"FIRST a b k", "GET k"}, "W"},
    {{"FIRST k", "XREAD COUNT 1 STREAMS a k 0 0"}, "W"},
    {{"FIRST k", "OBJECT ENCODING k"}, "W"},
    {{"FIRST k", "ZUNION 2 a k"}, "W"},
    {{"FIRST k", "SORT a STORE k"}, "W"},
    {{"FIRST k", "FCALL f 1 k"}, "W"},
    {{"FIRST k", "EVAL x 1 k"}, "W"},
    {{"FIRST k", "EVALSHA 0000000000000000000000000000000000000000 1 k"}, "W"},
    {{"FIRST k", "MEMORY USAGE k"}, "W"},
    {{"FIRST k", "BITOP AND k a b"}, "W"},
    {{"FIRST k", "MIGRATE h 1 k 0 1000"}, "W"},
    {{"FIRST k", "GEORADIUS a 1 2 3 km STORE k"}, "W"},
    {{"FIRST k", "XREADGROUP GROUP streams me STREAMS k >"}, "W"},
    /* one of which nobody can tell what it touches */
    {{"FIRST k", "FLUSHALL"}, "W"},
    {{"FIRST k", "FLUSHDB"}, "W"},
    {{"FIRST k", "SWAPDB 0 1"}, "W"},
    {{"FIRST k", "NOSUCH"}, "W"},
    {{"FIRST k", "NOSUCH other"}, "W"},
    {{"FIRST k", "EVAL x 0"}, "W"},
    {{"FIRST k", "EVAL_RO x 0"}, "W"},
    {{"FIRST k", "FCALL f 0"}, "W"},
    {{"FIRST k", "KEYS *"}, "W"},
    {{"FIRST k", "SCAN 0"}, "W"},
    {{"FIRST k", "DBSIZE"}, "W"},
    {{"FIRST k", "RANDOMKEY"}, "W"},
    {{"FIRST k", "WAIT 1 5"}, "W"},
    {{"FIRST k", "SORT a"}, "W"},
    {{"FIRST k", "SORT a BY w_* GET v_*"}, "W"},
    {{"FIRST k", "SORT_RO a GET v_*"}, "W"},
    {{"FIRST k", "PUBLISH channel k"}, "W"},
    {{"FIRST k", "SPUBLISH channel k"}, "W"},
    {{"FIRST k", "BGREWRITEAOF"}, "W"},
    {{"FIRST k", "PING", "INFO"}, "W"},
    {{"FIRST", "TIME"}, "W"},
    {{"FIRST k", "CONFIG GET k"}, "W"},
    {{"FIRST k", "client info"}, "W"},
    {{"FIRST", "GET k"}, "W"},
    {{"FIRST", "PING", "DEL k"}, "W"},
    /* calls of two scripts */
    {{"FIRST k", "SECOND k"}, "WW"},
    {{"FIRST a k", "SECOND k b"}, "WW"},
    {{"FIRST", "SECOND"}, "WW"},
    {{"FIRST", "SECOND k"}, "WW"},
    {{"FIRST k", "SECOND"}, "WW"},
    {{"FIRST a", "SECOND b", "FIRST b"}, "WWD"},
    {{"FIRST a", "SECOND b", "FIRST c", "GET c"}, "WWD"},
    /* nothing that matters */
    {{"FIRST k"}, "D"},
    {{"FIRST"}, "D"},
    {{"FIRST k", "GET other"}, "D"},
    {{"FIRST k", "GET K"}, "D"},
    {{"FIRST k", "ECHO k"}, "D"},
    {{"FIRST k", "PING"}, "D"},
    {{"FIRST k", "CONFIG HELP"}, "D"},
    {{"FIRST k", "CLIENT ID"}, "D"},
    {{"FIRST k", "CLUSTER KEYSLOT k"}, "D"},
    {{"FIRST k", "FCALL f 1 other k"}, "D"},
    {{"FIRST k", "XREAD STREAMS other k"}, "D"},
    {{"FIRST k", "MSET a k b k"}, "D"},
    {{"FIRST", "PING"}, "D"},
    {{"GET k", "FIRST k"}, "D"},
    {{"FLUSHALL", "KEYS *", "NOSUCH", "FIRST k"}, "D"},
    {{"SECOND k", "FIRST a"}, "DD"},
    {{"FIRST k", "FIRST k"}, "DD"},
    {{"FIRST a k", "FIRST k b", "FIRST b"}, "DDD"},
    {{"FIRST", "FIRST"}, "DD"},
    {{"FIRST", "FIRST k"}, "DD"},
};

/* The fake answers when all are there: so they are one round trip. False where the calls are sent otherwise. */
static bool check_order(size_t row)
{
    char script[400], letters[5] = "";
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *prime = rp_pipeline(NULL);
    rp_future *futures[4];
    int count = 0;
    fake *f;

    while (count < 4 && orders[row].commands[count])
        count++;
    snprintf(script, sizeof script, "HELLO\nREAD 2\nSEND 2 ':1\\r\\n'\nREAD %d\nSEND %d ':1\\r\\n'\nSERVE\n", count,
             count);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    queue_words(prime, "FIRST p");
    queue_words(prime, "SECOND q");
    check_execute(prime);
    rp_free(prime);
    for (int i = 0; i < count; i++)
        futures[i] = queue_words(p, orders[row].commands[i]);
    check_execute(p);
    for (int i = 0; i < count; i++) {
        assert_int_equal(rp_int(futures[i]), 1);
        if (strncmp(orders[row].commands[i], "FIRST", 5) == 0 || strncmp(orders[row].commands[i], "SECOND", 6) == 0)
            strcat(letters, strncmp(fake_command(f, 3 + (size_t)i), "EVAL ", 5) == 0 ? "W" : "D");
    }
    if (strcmp(letters, orders[row].whole) != 0)
        print_error("%s, %s: %s, not %s\n", orders[row].commands[0], orders[row].commands[1], letters,
                    orders[row].whole);
    rp_free(p);
    check_echo(NULL, 1);
    rp_disconnect_all();
    fake_stop(f);
    return strcmp(letters, orders[row].whole) == 0;
}

static void test_p27_order_of_keys(void **state)
{
    size_t wrong = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(orders); i++)
        wrong += !check_order(i);
    assert_int_equal(wrong, 0);
}

/* The keys of one connection are not those of another. */
static void test_p27_keys_of_another_connection(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n'\nREAD 1\nSEND ':1\\r\\n'\n");
    fake *g = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL), *part = rp_autoexec(p, .name = "second");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("second", fake_url(g)), RP_OK);
    check_call(NULL, first, "k", 1);
    rp_script_run(p, first, .keys = RP_LIST("k"));
    rp_incr(part, "k");
    rp_close(part);
    check_execute(p);
    assert_memory_equal(fake_command(f, 2), "EVALSHA ", 8);
    rp_free(p);
    fake_stop(f);
    fake_stop(g);
}

/* The server loses the script in the middle of an execute in which the order matters: the call is not sent again, and
 * the next execute knows. */
static void test_p27_lost_where_the_order_matters(void **state)
{
    rp_pipe *p;
    rp_future *one, *two, *value;
    (void)state;

    connect_live(NULL);
    p = rp_pipeline(NULL, .collect = true);
    one = rp_script_run(p, first, .keys = RP_LIST("k"));
    rp_command(p, "SCRIPT", "FLUSH");
    two = rp_script_run(p, first, .keys = RP_LIST("k"));
    value = rp_incr(p, "k");
    check_execute(p);
    assert_int_equal(rp_int(one), 1);
    assert_int_equal(rp_kind_of(two), RP_ERROR);
    assert_memory_equal(rp_str(two), "NOSCRIPT", 8);
    assert_int_equal(rp_int(value), 1);
    check_calls(1, 1, 1);
    two = rp_script_run(p, first, .keys = RP_LIST("k"));
    check_execute(p);
    assert_int_equal(rp_int(two), 1);
    check_calls(2, 1, 1);
    rp_free(p);
}

/* The same where it does not: it is healed. */
static void test_p27_lost_in_the_middle(void **state)
{
    rp_pipe *p;
    rp_future *one, *two, *three;
    (void)state;

    connect_live(NULL);
    p = rp_pipeline(NULL);
    one = rp_script_run(p, first, .keys = RP_LIST("k"));
    rp_command(p, "SCRIPT", "FLUSH");
    two = rp_script_run(p, first, .keys = RP_LIST("k"));
    three = rp_script_run(p, second, .keys = RP_LIST("other"));
    check_execute(p);
    assert_int_equal(rp_int(one), 1);
    assert_int_equal(rp_int(two), 1);
    assert_int_equal(rp_int(three), 2);
    check_calls(3, 1, 1);
    rp_free(p);
}

/* -- a model ------------------------------------------------------------------------------------------------------- */

enum { KEYS = 3, PIPELINES = 400, LONGEST = 12, VALUE_SIZE = PIPELINES * LONGEST * 3 };

typedef struct model {
    uint32_t random;
    rp_script *scripts[3];
    char values[KEYS][VALUE_SIZE];
    size_t lens[KEYS];
} model;

static uint32_t draw(model *m, uint32_t below)
{
    m->random = m->random * 1664525 + 1013904223;
    return (m->random >> 16) % below;
}

static void append(model *m, uint32_t key, char tag)
{
    m->values[key][m->lens[key]++] = tag;
}

/* A call of one of the scripts, each of which appends a letter to all of its keys; the last to one that it is
 * not told. */
static rp_future *queue_call(model *m, rp_pipe *p, char tag)
{
    const char text[] = {tag, '\0'};
    uint32_t which = draw(m, 3), key = draw(m, KEYS), other = draw(m, KEYS);

    append(m, key, tag);
    if (which == 2)
        return rp_script_run(p, m->scripts[2], .args = RP_LIST(text, key));
    if (key == other)
        return rp_script_run(p, m->scripts[which], .keys = RP_LIST(key), .args = RP_LIST(text));
    append(m, other, tag);
    return rp_script_run(p, m->scripts[which], .keys = RP_LIST(key, other), .args = RP_LIST(text));
}

/* Any command that changes keys, or shows them: *wanted is what an integer answer must be; -1: it is text. */
static rp_future *queue_any(model *m, rp_pipe *p, char tag, int64_t *wanted)
{
    const char text[] = {tag, '\0'};
    uint32_t key = draw(m, KEYS);

    *wanted = -1;
    switch (draw(m, 8)) {
    case 0:
        append(m, key, tag);
        *wanted = (int64_t)m->lens[key];
        return rp_append(p, key, text);
    case 1:
        *wanted = (int64_t)m->lens[key];
        return rp_strlen(p, key);
    case 2:
        return rp_echo(p, text);
    case 3:
        append(m, key, tag);
        return rp_eval(p, APPEND, 1, key, text);
    default:
        return queue_call(m, p, tag);
    }
}

static void run_one(model *m)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *futures[LONGEST], *values[KEYS];
    int64_t wanted[LONGEST];
    uint32_t count = 1 + draw(m, LONGEST);

    for (uint32_t i = 0; i < count; i++)
        futures[i] = queue_any(m, p, (char)('a' + i), &wanted[i]);
    check_execute(p);
    for (uint32_t i = 0; i < count; i++) {
        if (wanted[i] >= 0)
            assert_int_equal(rp_int(futures[i]), wanted[i]);
        else
            assert_int_equal(rp_str(futures[i])[0], 'a' + i);
    }
    for (uint32_t i = 0; i < KEYS; i++)
        values[i] = rp_get(p, i);
    check_execute(p);
    for (uint32_t i = 0; i < KEYS; i++)
        if (!rp_equal(values[i], rp_b(m->values[i], m->lens[i])))
            fail_msg("key %u: '%s', not '%s'", i, rp_str(values[i]), m->values[i]);
    rp_free(p);
}

static void test_p27_pipelines_keep_the_order_of_keys(void **state)
{
    static const char *const sources[] = {APPEND, APPEND " -- another",
                                          "redis.call('APPEND', ARGV[2], ARGV[1]) return ARGV[1]"};
    model *m = kit_alloc(sizeof *m);
    int64_t failed;
    (void)state;

    connect_live(NULL);
    m->random = 20240607;
    for (size_t i = 0; i < COUNT(sources); i++)
        m->scripts[i] = rp_script_new(sources[i]);
    for (int i = 0; i < KEYS; i++) {
        rp_pipe *p = rp_autoexec(NULL, .name = "other");

        rp_set(p, i, "");
        assert_int_equal(rp_close(p), RP_OK);
    }
    for (int i = 0; i < PIPELINES; i++) {
        if (draw(m, 2)) {
            rp_pipe *p = rp_autoexec(NULL, .name = "other");

            rp_script_flush(p);
            assert_int_equal(rp_close(p), RP_OK);
        }
        run_one(m);
    }
    failed = stat_of("evalsha", "failed_calls");
    print_message("%d pipelines, %d calls healed\n", PIPELINES, (int)failed);
    assert_true(failed > 10);
    for (size_t i = 0; i < COUNT(sources); i++)
        rp_script_free(m->scripts[i]);
    free(m);
}

static int begin(void **state)
{
    first = rp_script_new(FIRST);
    second = rp_script_new(SECOND);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(first);
    rp_script_free(second);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p27_order_of_keys),
        KIT_TEST(test_p27_keys_of_another_connection),
        KIT_TEST(test_p27_lost_where_the_order_matters),
        KIT_TEST(test_p27_lost_in_the_middle),
        KIT_TEST(test_p27_pipelines_keep_the_order_of_keys),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
