/* Notes. Commands that may not stand in a pipeline (P14, P15, P28, P29, S08): each of them, however its name is
 * written, wherever it stands, is refused before anything of the pipeline is sent, with the reason, and the pipeline
 * works afterwards. And an answer that stays out all the same. */
#define _GNU_SOURCE 1
#include <ctype.h>
#include <stdio.h>

#include "route/spec.h"
#include "test_connection.h"

enum { SOON_MS = 200, LONG_MS = 8000, MOST_WORDS = 4 };

/* All that must be refused, and a part of what the message says to use instead. */
static const struct {
    const char *name, *instead;
} refused[] = {
    {"SUBSCRIBE", "a connection of your own"},
    {"PSUBSCRIBE", "a connection of your own"},
    {"SSUBSCRIBE", "a connection of your own"},
    {"UNSUBSCRIBE", "a connection of your own"},
    {"PUNSUBSCRIBE", "a connection of your own"},
    {"SUNSUBSCRIBE", "a connection of your own"},
    {"MONITOR", "a connection of your own"},
    {"SYNC", "REPLICAOF"},
    {"PSYNC", "REPLICAOF"},
    {"QUIT", "rp_disconnect"},
    {"RESET", "rp_disconnect and rp_connect"},
    {"HELLO", ".protocol"},
    {"AUTH", "url of rp_connect"},
    {"SELECT", "url of rp_connect"},
    {"ASKING", "the library sends it"},
    {"CLIENT REPLY", "every command's answer is needed"},
    {"SCRIPT DEBUG", "redis-cli"},
    {"MULTI", ".transaction = true"},
    {"EXEC", "rp_multi"},
    {"DISCARD", "rp_multi"},
    {"WATCH", "rp_watch"},
    {"UNWATCH", "rp_watch"},
};

/* The table refuses these and no others. */
static void test_p15_the_table_has_them(void **state)
{
    size_t count = 0;
    (void)state;

    for (size_t i = 1; i <= rpi_spec_count; i++)
        count += (rpi_specs[i].flags & RPI_REFUSED) != 0;
    assert_int_equal(count, COUNT(refused));
}

/* -- ways to write it ---------------------------------------------------------------------------------------------- */

typedef struct call {
    char name[40];
    rp_arg words[MOST_WORDS];
    size_t count;
} call;

static void change_case(char *name, int style)
{
    for (size_t i = 0; name[i]; i++)
        if (style == 1 || (style == 2 && i % 2))
            name[i] = (char)tolower(name[i]);
}

/* The words of the name, and more behind them. */
static void make_call(call *c, const char *name, int style, size_t more)
{
    char *rest = c->name;

    snprintf(c->name, sizeof c->name, "%s", name);
    change_case(c->name, style);
    c->count = 0;
    for (char *word; (word = strsep(&rest, " "));)
        c->words[c->count++] = RP_ARG(word);
    if (more > 0)
        c->words[c->count++] = RP_ARG("OFF");
    if (more > 1)
        c->words[c->count++] = RP_ARG(1);
}

/* -- places -------------------------------------------------------------------------------------------------------- */

/* Queues the command as number `place` of `count`, that many levels down, by way of the named connection. */
static rp_future *queue_at(rp_pipe *p, const call *c, size_t place, size_t count, int levels, const char *name)
{
    rp_future *found = NULL;
    rp_pipe *parts[3] = {p};

    for (int i = 0; i < levels; i++)
        parts[i + 1] = rp_pipeline(parts[i], .name = name);
    for (size_t i = 0; i < count; i++) {
        if (i == place)
            found = rp_command_args(parts[levels], c->count, c->words);
        else
            rp_incr(parts[levels], "n");
    }
    for (int i = levels; i > 0; i--) {
        assert_int_equal(rp_execute(parts[i]), RP_INVALID_OPERATION);
        rp_free(parts[i]);
    }
    return found;
}

static void check_refused(const call *c, const char *name, const char *instead, size_t place, int levels,
                          const char *connection)
{
    enum { COMMANDS = 3 };
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *before = rp_incr(p, "n");
    rp_future *f = queue_at(p, c, place, COMMANDS, levels, connection);
    rp_future *after = rp_incr(p, "n");

    if (rp_execute(p) != RP_INVALID_OPERATION)
        fail_msg("%s: not refused", c->name);
    assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->index, 1 + place);
    check_says(name);
    check_says(instead);
    check_says("nothing was sent");
    assert_int_equal(rp_status_of(f), RP_INVALID_OPERATION);
    assert_int_equal(rp_outcome_of(before), RP_NOT_SENT);
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_outcome_of(after), RP_NOT_SENT);
    assert_int_equal(rp_execute(p), RP_OK); /* nothing is left */
    rp_free(p);
}

static void check_everywhere(const char *name, const char *instead)
{
    call c;

    for (int style = 0; style < 3; style++)
        for (size_t more = 0; more < 3; more++)
            for (size_t place = 0; place < 3; place++)
                for (int levels = 0; levels < 3; levels++) {
                    make_call(&c, name, style, more);
                    check_refused(&c, name, instead, place, levels, levels == 2 ? "other" : NULL);
                }
}

static void test_p15_refused_everywhere(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n"), *g = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(g)), RP_OK);
    for (size_t i = 0; i < COUNT(refused); i++)
        check_everywhere(refused[i].name, refused[i].instead);
    assert_int_equal(fake_connections(f), 0);
    assert_int_equal(fake_connections(g), 0);
    check_incr(NULL, "n", 1);
    check_echo("other", 1);
    fake_stop(f);
    fake_stop(g);
}

/* Also on a connection that is there, in transactions, in a pipeline of rp_watch, and with .collect. */
static void check_on(rp_pipe *p, size_t i)
{
    call c;
    rp_future *f;

    make_call(&c, refused[i].name, (int)(i % 3), i % 3);
    rp_incr(p, "n");
    f = rp_command_args(p, c.count, c.words);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    check_says(refused[i].instead);
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    rp_free(p);
}

static void test_p15_refused_on_any_connection(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n"), *g = fake_start("HELLO\n");
    size_t bytes;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("bank", fake_url(g), .transaction = true), RP_OK);
    check_incr(NULL, "n", 1);
    bytes = fake_bytes(f);
    for (size_t i = 0; i < COUNT(refused); i++) {
        check_on(rp_pipeline(NULL), i);
        check_on(rp_pipeline(NULL, .collect = true), i);
        check_on(rp_pipeline(NULL, .name = "bank"), i);
        check_on(rp_watch("bank", "k"), i);
    }
    check_incr(NULL, "n", 2);
    assert_in_range(fake_bytes(f), bytes + 1, bytes + 100);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(fake_connections(g), 0);
    fake_stop(f);
    fake_stop_any(g);
}

/* The word behind a container's name may be any argument that is text. */
static void test_p14_client_reply_as_values(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    rp_pipe *owner = rp_pipeline(NULL), *p = rp_pipeline(NULL);
    rp_future *reply = rp_future_new(owner), *off = rp_future_new(owner);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_future_set(reply, "Reply");
    rp_future_set(off, "OFF");
    rp_command(p, "client", reply, off);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    rp_command(p, "client", rp_b("REPLYxx", 5), off);
    assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
    assert_int_equal(fake_connections(f), 0);
    rp_free(p);
    rp_free(owner);
    fake_stop_any(f);
}

/* Secrets are in no message. */
static void test_s08_auth_and_hello(void **state)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (int way = 0; way < 4; way++) {
        rp_pipe *p = rp_pipeline(NULL);

        rp_incr(p, "n");
        if (way % 2)
            rp_command(p, way / 2 ? "auth" : "AUTH", "somebody", "sesame");
        else
            rp_command(p, way / 2 ? "hello" : "HELLO", 3, "AUTH", "somebody", "sesame", "SETNAME", "x");
        assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
        assert_null(strstr(rp_last_error()->message, "sesame"));
        assert_null(strstr(rp_last_error()->message, "somebody"));
        check_says("rp_connect");
        rp_free(p);
    }
    assert_int_equal(fake_connections(f), 0);
    fake_stop_any(f);
}

/* Nothing that was queued with it runs in another database, or in a transaction that nobody ends. */
static void test_p29_nothing_is_left_open(void **state)
{
    static const char *const names[] = {"MULTI", "multi", "WATCH", "watch", "SELECT", "select"};
    fake *f = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_incr(NULL, "n", 1);
    for (size_t i = 0; i < COUNT(names); i++) {
        const rp_arg words[] = {RP_ARG(names[i]), RP_ARG("1")};
        rp_pipe *p = rp_pipeline(NULL);

        rp_incr(p, "n");
        rp_command_args(p, i < 2 ? 1 : 2, words);
        rp_incr(p, "n");
        assert_int_equal(rp_execute(p), RP_INVALID_OPERATION);
        rp_free(p);
    }
    check_incr(NULL, "n", 2);
    assert_int_equal(fake_commands(f), 3);
    fake_stop(f);
}

/* What only begins like one of them is sent. */
static void test_p15_names_that_are_others(void **state)
{
    static const char *const names[][2] = {
        {"MULTIX", NULL}, {"EXE", NULL},     {"AUTH2", NULL},      {"HELL", NULL},       {"SELECTED", NULL},
        {"QUITS", NULL},  {"CLIENT", "REP"}, {"CLIENT", "REPLYX"}, {"SCRIPT", "DEBUGS"}, {"CLIENTREPLY", NULL},
    };
    fake *f = fake_start("HELLO\nREAD 10\nSEND 10 ':1\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        const rp_arg words[] = {RP_ARG(names[i][0]), RP_ARG(names[i][1] ? names[i][1] : "x")};

        rp_command_args(p, 2, words);
    }
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* -- an answer stays out ------------------------------------------------------------------------------------------- */

/* As after CLIENT REPLY OFF, or SKIP: none of the answers, or one too few. */
static void check_silence(const char *answers, size_t answered, bool collect)
{
    enum { COMMANDS = 3 };
    char script[300];
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = SOON_MS, .collect = collect);
    rp_future *futures[COMMANDS];
    int64_t start;
    fake *f;

    snprintf(script, sizeof script, "HELLO\nSERVE 1\nEXECUTE 3\n%sSTALL\nCONNECTION *\nSERVE\n", answers);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    for (size_t i = 0; i < COMMANDS; i++)
        futures[i] = rp_incr(p, "n");
    hook_owe(answered * strlen(":1\r\n"));
    hook_await_owed();
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_last_error()->index, answered);
    for (size_t i = 0; i < COMMANDS; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), i < answered ? RP_ANSWERED : RP_UNKNOWN);
        assert_int_equal(rp_ready(futures[i]), collect && i < answered);
    }
    rp_free(p);
    check_echo(NULL, 2);
    assert_int_equal(fake_connections(f), 2);
    assert_int_equal(fake_count(f, "n"), 3);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p14_answers_stay_out(void **state)
{
    (void)state;
    check_silence("", 0, false);
    check_silence("SEND ':1\\r\\n'\n", 1, true);
    check_silence("SEND ':1\\r\\n:2\\r\\n'\n", 2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p15_the_table_has_them),
        KIT_TEST(test_p15_refused_everywhere),
        KIT_TEST(test_p15_refused_on_any_connection),
        KIT_TEST(test_p14_client_reply_as_values),
        KIT_TEST(test_s08_auth_and_hello),
        KIT_TEST(test_p29_nothing_is_left_open),
        KIT_TEST(test_p15_names_that_are_others),
        HOOK_TEST(test_p14_answers_stay_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
