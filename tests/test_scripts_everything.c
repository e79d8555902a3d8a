/* Notes. Commands that name no keys, behind a script that the server has lost (P27): those that touch everything may
 * not run before the script does, so that it goes whole at once; those that touch nothing may. What is listed here was
 * said once more, apart from the table of commands. */
#define _GNU_SOURCE 1
#include "route/spec.h"
#include "test_scripts.h"

#define WRITE "redis.call('SET', KEYS[1], 'x') return 1"
#define CLOCK "redis.call('SET', KEYS[1], 'x') return redis.call('TIME')"

static rp_script *writes;

/* They answer constants, or what only their connection can change. */
static const char *const touch_nothing[] = {
    "ACL CAT",
    "ACL GENPASS",
    "ACL HELP",
    "ACL WHOAMI",
    "CLIENT GETNAME",
    "CLIENT GETREDIR",
    "CLIENT HELP",
    "CLIENT ID",
    "CLIENT TRACKINGINFO",
    "CLUSTER HELP",
    "CLUSTER KEYSLOT",
    "CLUSTER MYID",
    "CLUSTER MYSHARDID",
    "COMMAND",
    "COMMAND COUNT",
    "COMMAND DOCS",
    "COMMAND GETKEYS",
    "COMMAND GETKEYSANDFLAGS",
    "COMMAND HELP",
    "COMMAND INFO",
    "COMMAND LIST",
    "COMMANDLOG HELP",
    "CONFIG HELP",
    "ECHO",
    "FUNCTION HELP",
    "LATENCY HELP",
    "LOLWUT",
    "MEMORY HELP",
    "MODULE HELP",
    "OBJECT HELP",
    "PFSELFTEST",
    "PING",
    "PUBSUB HELP",
    "SCRIPT HELP",
    "SLOWLOG HELP",
    "XGROUP HELP",
    "XINFO HELP",
};

static bool touches_nothing(const char *name)
{
    for (size_t i = 0; i < COUNT(touch_nothing); i++)
        if (strcmp(touch_nothing[i], name) == 0)
            return true;
    return false;
}

/* -- the table ----------------------------------------------------------------------------------------------------- */

/* Is the script, which the connection knows, sent whole where this command is behind it? One round trip, always. */
static bool goes_whole(const char *name)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n'\nREAD 2\nSEND 2 ':1\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    const char *second = strchr(name, ' ');
    bool whole;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_call(NULL, writes, "k", 1);
    rp_script_run(p, writes, .keys = RP_LIST("k"));
    if (second)
        rp_command(p, rp_b(name, (size_t)(second - name)), second + 1);
    else
        rp_command(p, name);
    check_execute(p);
    whole = strncmp(fake_command(f, 2), "EVAL ", 5) == 0;
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
    return whole;
}

static void test_p27_every_command_without_keys(void **state)
{
    size_t nothing = 0, all = 0, wrong = 0;
    (void)state;

    for (size_t i = 1; i <= rpi_spec_count; i++) {
        const rpi_spec *spec = &rpi_specs[i];
        bool expected = !touches_nothing(spec->name);

        if (spec->keys->kind != RPI_KEYS_NONE || (spec->flags & RPI_REFUSED))
            continue;
        nothing += !expected;
        all += expected;
        if (goes_whole(spec->name) == expected)
            continue;
        print_error("%s: it %s\n", spec->name, expected ? "runs before the script" : "makes the script go whole");
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(nothing, COUNT(touch_nothing));
    assert_true(all > 100);
}

/* -- a server ------------------------------------------------------------------------------------------------------ */

/* A pipeline that begins with a script that the connection knows, and the server does not. */
static rp_pipe *begin_lost(rp_script *script, rp_future **future)
{
    rp_pipe *p = rp_pipeline(NULL);

    rp_script_run(p, script, .keys = RP_LIST("before"));
    check_execute(p);
    rp_free(p);
    lose_scripts();
    p = rp_pipeline(NULL);
    *future = rp_script_run(p, script, .keys = RP_LIST("k"));
    return p;
}

static void test_p27_lost_before_info(void **state)
{
    rp_future *script, *info;
    rp_pipe *p;
    (void)state;

    connect_live(NULL);
    p = begin_lost(writes, &script);
    info = rp_info(p, .section = RP_LIST("keyspace"));
    check_execute(p);
    assert_int_equal(rp_int(script), 1);
    assert_memory_equal(rp_str(rp_lookup(info, "db0")), "keys=2,", 7);
    rp_free(p);
    check_calls(1, 0, 0);
}

static int64_t microseconds(const rp_value *time)
{
    return rp_int(rp_at(time, 0)) * 1000000 + rp_int(rp_at(time, 1));
}

static void test_p27_lost_before_time(void **state)
{
    rp_script *clock = rp_script_new(CLOCK);
    rp_future *script, *time;
    rp_pipe *p;
    (void)state;

    connect_live(NULL);
    p = begin_lost(clock, &script);
    time = rp_time(p);
    check_execute(p);
    assert_true(microseconds(script) <= microseconds(time));
    rp_free(p);
    check_calls(1, 0, 0);
    rp_script_free(clock);
}

/* Other commands that keep the state of the whole server, or tell of it: what they do shows nowhere that is quick to
 * see, so it is counted whether the script was asked for by digest. */
static void test_p27_lost_before_what_keeps_the_state(void **state)
{
    static const char *const commands[][3] = {
        {"BGREWRITEAOF"},         {"LASTSAVE"},       {"ROLE"},         {"CONFIG", "GET", "maxmemory"},
        {"MEMORY", "STATS"},      {"CLIENT", "LIST"}, {"ACL", "LIST"},  {"CLIENT", "KILL", "127.0.0.1:1"},
        {"SCRIPT", "EXISTS", ""}, {"SLOWLOG", "LEN"}, {"PUBLISH", "c"},
    };
    (void)state;

    connect_live(NULL);
    for (size_t i = 0; i < COUNT(commands); i++) {
        rp_future *script;
        rp_pipe *p = begin_lost(writes, &script);
        size_t count = 0;
        rp_arg args[3];

        while (count < 3 && commands[i][count])
            args[count] = RP_ARG(commands[i][count]), count++;
        rp_command_args(p, count, args);
        if (rp_execute(p) != RP_OK) /* the kit's server may refuse the command; the script ran before it did */
            assert_int_equal(rp_error_of(p)->status, RP_SERVER_ERROR);
        assert_int_equal(rp_outcome_of(script), RP_ANSWERED);
        check_calls(1, 0, 0);
        rp_free(p);
    }
}

static int begin(void **state)
{
    writes = rp_script_new(WRITE);
    return start_server(state);
}

static int end(void **state)
{
    rp_script_free(writes);
    return stop_server(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p27_every_command_without_keys),
        KIT_TEST(test_p27_lost_before_info),
        KIT_TEST(test_p27_lost_before_time),
        KIT_TEST(test_p27_lost_before_what_keeps_the_state),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
