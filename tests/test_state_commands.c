/* Notes. Commands that make the connection another (P28): they are executed, and the connection is closed after the
 * execute, so that its next user finds what rp_connect asked for. */
#define _GNU_SOURCE 1
#include <stdio.h>

#include "route/spec.h"
#include "test_connection.h"
#include "test_live.h"

#define CALLS(X) \
    X("CLIENT CACHING", rp_client_caching(p, "YES")) \
    X("CLIENT CACHING", rp_command(p, "client", "caching", "yes")) \
    X("CLIENT CAPA", rp_client_capa(p, "redirect")) \
    X("CLIENT CAPA", rp_command(p, "CLIENT", "CAPA", "redirect")) \
    X("CLIENT IMPORT-SOURCE", rp_client_import_source(p, "ON")) \
    X("CLIENT IMPORT-SOURCE", rp_command(p, "Client", "Import-Source", "on")) \
    X("CLIENT NO-EVICT", rp_client_no_evict(p, "ON")) \
    X("CLIENT NO-EVICT", rp_command(p, "client", "NO-EVICT", "on")) \
    X("CLIENT NO-TOUCH", rp_client_no_touch(p, "ON")) \
    X("CLIENT NO-TOUCH", rp_command(p, "CLIENT", "no-touch", "on")) \
    X("CLIENT SETINFO", rp_client_setinfo(p, "lib-name", "x")) \
    X("CLIENT SETINFO", rp_command(p, "client", "setinfo", "lib-ver", "1")) \
    X("CLIENT SETNAME", rp_client_setname(p, "mine")) \
    X("CLIENT SETNAME", rp_command(p, "CLIENT", rp_b("SETNAMEx", 7), "mine")) \
    X("CLIENT TRACKING", rp_client_tracking(p, "ON")) \
    X("CLIENT TRACKING", rp_client_tracking(p, "ON", .bcast = true, .prefix = RP_LIST("a"))) \
    X("CLIENT TRACKING", rp_command(p, "client", "tracking", "on")) \
    X("READONLY", rp_readonly(p)) \
    X("READONLY", rp_command(p, "readonly")) \
    X("READWRITE", rp_readwrite(p)) \
    X("READWRITE", rp_command(p, "ReadWrite"))

#define ROW(name, call) name,
static const char *const names[] = {CALLS(ROW)};

#define CASE(name, call) \
    if (which == at++) \
        return call;
static rp_future *queue_state(rp_pipe *p, size_t which)
{
    size_t at = 0;
    CALLS(CASE)
    return NULL;
}

static void test_p28_the_table_has_them(void **state)
{
    size_t count = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(names); i++)
        count += i == 0 || strcmp(names[i], names[i - 1]) != 0;
    for (size_t i = 1; i <= rpi_spec_count; i++)
        count -= (rpi_specs[i].flags & RPI_STATE) != 0;
    assert_int_equal(count, 0);
}

/* -- the connection is closed -------------------------------------------------------------------------------------- */

static const char three_each[] = "HELLO\nREAD 3\nSEND ':1\\r\\n+OK\\r\\n:3\\r\\n'\n"
                                 "CONNECTION *\nHELLO\nREAD 3\nSEND ':1\\r\\n+OK\\r\\n:3\\r\\n'\n";

/* As the first, the second or the last of three, that many levels down. */
static void execute_three(size_t which, size_t place, int levels)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_pipe *part = levels ? rp_autoexec(p) : NULL;
    rp_future *futures[3];

    for (size_t i = 0; i < 3; i++)
        futures[i] = i == place ? queue_state(part ? part : p, which) : rp_incr(part ? part : p, "n");
    rp_close(part);
    if (rp_execute(p) != RP_OK)
        fail_msg("%s: %s", names[which], rp_last_error()->message);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(rp_str(futures[i]), i == 1 ? "OK" : i ? "3" : "1");
    rp_free(p);
}

static void test_p28_connection_is_closed(void **state)
{
    (void)state;
    for (size_t which = 0; which < COUNT(names); which++) {
        fake *f = fake_start(three_each);
        unsigned executes = 0;

        assert_int_equal(rp_connect(NULL, fake_url(f), .pool_size = 1), RP_OK);
        for (size_t place = 0; place < 3; place++)
            for (int levels = 0; levels < 2; levels++) {
                execute_three(which, place, levels);
                if (fake_connections(f) != ++executes)
                    fail_msg("%s: a connection was used again", names[which]);
            }
        fake_wait_closed(f);
        rp_disconnect_all();
        fake_stop(f);
    }
}

/* What does not change it: other commands with the same words, and what is forgotten before it executes. */
static void test_p28_connection_is_kept(void **state)
{
    fake *f = fake_start("HELLO\nREAD 5\nSEND 5 '+OK\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL), *part = rp_pipeline(p);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_client_setname(p, "mine");
    rp_clear(p);
    rp_client_setname(part, "mine");
    rp_free(part);
    rp_client_getname(p);
    rp_command(p, "CLIENT", "INFO");
    rp_command(p, "CLIENT", "NOSUCH", "SETNAME");
    rp_command(p, "CLIENT");
    rp_command(p, "SETNAME", "x");
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* One that the server refuses may have changed something all the same. */
static void test_p28_closed_after_an_error(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '-ERR no\\r\\n'\nCONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_client_setname(p, "a b");
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 2);
    fake_stop(f);
}

/* Of two connections of one execute only the one that was changed. */
static void test_p28_other_connections_are_kept(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '+OK\\r\\n'\nCONNECTION *\nHELLO\nSERVE\n"),
         *g = fake_start("HELLO\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL), *part = rp_autoexec(p, .name = "other");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("other", fake_url(g)), RP_OK);
    rp_readonly(p);
    rp_incr(part, "n");
    rp_close(part);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    check_echo(NULL, 1);
    check_echo("other", 1);
    assert_int_equal(fake_connections(f), 2);
    assert_int_equal(fake_connections(g), 1);
    fake_stop(f);
    fake_stop(g);
}

static void test_p28_in_transactions(void **state)
{
    static const char steps[] =
        "HELLO\nEXPECT MULTI\nEXPECT CLIENT NO-EVICT on\nEXPECT EXEC\nSEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n+OK\\r\\n'\n";
    char script[400];
    fake *f;
    (void)state;

    snprintf(script, sizeof script, "%sCONNECTION *\n%s", steps, steps);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    for (unsigned i = 1; i <= 3; i++) {
        rp_pipe *p = rp_pipeline(NULL);

        rp_client_no_evict(p, "on");
        assert_int_equal(rp_execute(p), RP_OK);
        rp_free(p);
        assert_int_equal(fake_connections(f), i);
    }
    fake_stop(f);
}

/* A watched connection that was changed is lost, and so is what was watched. */
static void test_p28_while_watching(void **state)
{
    fake *f = fake_start("HELLO\nREAD 2\nSEND '+OK\\r\\n+OK\\r\\n'\nCONNECTION *\nHELLO\nSERVE\n");
    rp_pipe *watch, *multi;
    rp_future *n;
    (void)state;

    assert_int_equal(rp_connect("bank", fake_url(f)), RP_OK);
    watch = rp_watch("bank", "k");
    multi = rp_multi(watch);
    rp_client_setname(watch, "mine");
    assert_int_equal(rp_execute(watch), RP_OK);
    n = rp_incr(multi, "k");
    assert_int_equal(rp_execute(multi), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(n), RP_NOT_SENT);
    rp_free(multi);
    rp_free(watch);
    check_echo("bank", 1);
    assert_int_equal(fake_connections(f), 2);
    fake_stop(f);
}

/* -- what the next user finds -------------------------------------------------------------------------------------- */

static void check_next_user(const char *name, int64_t db, int protocol)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "mine");
    rp_future *info = rp_client_info(p);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(rp_lookup(info, "name"), name));
    assert_true(rp_equal(rp_lookup(info, "db"), db));
    assert_true(rp_equal(rp_lookup(info, "resp"), protocol));
    assert_null(strpbrk(rp_str(rp_lookup(info, "flags")), "te")); /* neither tracking nor no-evict */
    rp_free(p);
}

static void test_p28_next_user_finds_what_was_asked_for(void **state)
{
    char url[300];
    (void)state;

    live_want(server);
    snprintf(url, sizeof url, "%s?db=3", live_url(server));
    for (int protocol = 2; protocol <= 3; protocol++) {
        assert_int_equal(rp_connect("mine", url, .client_name = "configured", .protocol = protocol, .pool_size = 1),
                         RP_OK);
        assert_int_equal(rp_connect("other", live_url(server)), RP_OK);
        for (int i = 0; i < 4; i++) {
            rp_pipe *p = rp_pipeline(NULL, .name = "mine");
            rp_future *info, *list;

            check_next_user("configured", 3, protocol);
            rp_client_setname(p, "changed");
            if (protocol == 3)
                rp_command(p, "client", "tracking", "on");
            rp_client_no_evict(p, "on");
            info = rp_client_info(p);
            assert_int_equal(rp_execute(p), RP_OK);
            assert_true(rp_equal(rp_lookup(info, "name"), "changed"));
            rp_free(p);
            check_next_user("configured", 3, protocol);
            p = rp_pipeline(NULL, .name = "other");
            list = rp_client_list(p);
            assert_int_equal(rp_execute(p), RP_OK);
            for (size_t k = 0; k < rp_len(list); k++)
                assert_false(rp_equal(rp_lookup(rp_at(list, k), "name"), "changed"));
            rp_free(p);
        }
        rp_disconnect_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p28_the_table_has_them),
        KIT_TEST(test_p28_connection_is_closed),
        KIT_TEST(test_p28_connection_is_kept),
        KIT_TEST(test_p28_closed_after_an_error),
        KIT_TEST(test_p28_other_connections_are_kept),
        KIT_TEST(test_p28_in_transactions),
        KIT_TEST(test_p28_while_watching),
        KIT_TEST(test_p28_next_user_finds_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
