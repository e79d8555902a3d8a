/* Notes. SHUTDOWN is answered by the end of the connection: the command is then answered with null. Anything else is as
 * it is for every command: an error, a connection that ends too early or too late, silence. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>

#include "support/live.h"
#include "test_connection.h"

enum { MOST = 4, SOON_MS = 300, WINDOW = 1024, LARGE = 4 * 1024 * 1024 };

typedef struct row {
    const char *commands; /* i INCR; S SHUTDOWN; s the same as rp_command takes it; a with ABORT; L a large SET */
    const char *steps;
    rp_status status;
    size_t index;
    const char *letters; /* 0 null; V another value; E error; A answered, and not filled; U unknown; N not sent */
} row;

static char *large;

static rp_future *queue_one(rp_pipe *p, char letter)
{
    switch (letter) {
    case 'S':
        return rp_shutdown(p, .nosave = true, .now = true);
    case 's':
        return rp_command(p, "shutDown");
    case 'a':
        return rp_command(p, "shutdown", "Abort");
    case 'L':
        return rp_set(p, "k", rp_b(large, LARGE));
    default:
        return rp_incr(p, "k");
    }
}

static char letter_of(const rp_future *f)
{
    char letter = "QNUA"[rp_outcome_of(f)];

    if (letter != 'A' || !rp_ready(f))
        return letter;
    return rp_kind_of(f) == RP_NULL ? '0' : rp_kind_of(f) == RP_ERROR ? 'E' : 'V';
}

static void play(const row *r, fake *f, bool collect)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = collect, .timeout_ms = r->status == RP_TIMEOUT ? SOON_MS : 0);
    rp_future *futures[MOST];
    rp_status status;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; r->commands[i]; i++)
        futures[i] = queue_one(p, r->commands[i]);
    status = rp_execute(p);
    if (status != r->status)
        fail_msg("%s, then %s: %s", r->commands, r->steps, rp_last_error()->message);
    if (status != RP_OK)
        assert_int_equal(rp_last_error()->index, r->index);
    for (size_t i = 0; r->commands[i]; i++) {
        char wanted = r->letters[i];

        if (status != RP_OK && !collect && (wanted == '0' || wanted == 'V'))
            wanted = 'A';
        if (letter_of(futures[i]) != wanted)
            fail_msg("%s, then %s: command %zu: %c", r->commands, r->steps, i, letter_of(futures[i]));
        if (wanted == '0')
            assert_int_equal(rp_status_of(futures[i]), RP_OK);
    }
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect_all();
    fake_stop_any(f);
}

static void play_all(const row *rows, size_t count)
{
    char script[1000];

    for (size_t i = 0; i < count; i++)
        for (int way = 0; way < 4; way++) {
            snprintf(script, sizeof script, "HELLO\n%sCONNECTION *\nSERVE\n", rows[i].steps);
            play(&rows[i], way & 2 ? fake_start_tcp(script) : fake_start(script), way & 1);
        }
}

static void test_shutdown_is_answered_by_the_end(void **state)
{
    static const row rows[] = {
        {"S", "EXPECT SHUTDOWN NOSAVE NOW\nCLOSE\n", RP_OK, 0, "0"},
        {"s", "EXPECT SHUTDOWN\nCLOSE\n", RP_OK, 0, "0"},
        {"S", "READ 1\nRESET\n", RP_OK, 0, "0"},
        {"iS", "EXECUTE 1\nREAD 1\nSEND ':1\\r\\n'\nCLOSE\n", RP_OK, 0, "V0"},
        {"iS", "READ 2\nSEND ':1\\r\\n>1\\r\\n+push\\r\\n'\nCLOSE\n", RP_OK, 0, "V0"},
        /* what stands behind it */
        {"Si", "READ 2\nCLOSE\n", RP_CONNECTION_ERROR, 1, "0U"},
        {"iSLi", "READ 2\nSEND ':1\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, 2, "V0UN"},
        {"SS", "READ 2\nCLOSE\n", RP_CONNECTION_ERROR, 1, "0U"},
    };
    (void)state;

    play_all(rows, COUNT(rows));
}

static void test_other_ends_are_none(void **state)
{
    static const row rows[] = {
        {"a", "EXPECT SHUTDOWN Abort\nCLOSE\n", RP_CONNECTION_ERROR, 0, "U"},
        {"i", "READ 1\nCLOSE\n", RP_CONNECTION_ERROR, 0, "U"},
        {"iS", "READ 2\nCLOSE\n", RP_CONNECTION_ERROR, 0, "UU"},
        {"S", "READ 1\nSEND '-ERR'\nCLOSE\n", RP_CONNECTION_ERROR, 0, "U"},
        {"S", "READ 1\nSEND '*2\\r\\n:1\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, 0, "U"},
        {"S", "READ 1\nSTALL\n", RP_TIMEOUT, 0, "U"},
        {"Si", "READ 2\nSTALL\n", RP_TIMEOUT, 0, "UU"},
    };
    (void)state;

    play_all(rows, COUNT(rows));
}

/* An error is an error, and the connection goes on. */
static void test_shutdown_is_refused(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND '-ERR Errors trying to SHUTDOWN.\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *end;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    end = rp_shutdown(p);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_int_equal(rp_status_of(end), RP_SERVER_ERROR);
    rp_free(p);
    check_echo(NULL, 1);
    assert_int_equal(fake_connections(f), 1);
    fake_stop(f);
}

/* Inside a transaction no server ends, so that its end is that of the connection. */
static void test_end_inside_a_transaction(void **state)
{
    fake *f = fake_start("HELLO\nREAD 3\nSEND '+OK\\r\\n'\nCLOSE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *end;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    end = rp_shutdown(p);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    check_says("closed by the server, with 0 of 1 commands answered");
    assert_int_equal(rp_outcome_of(end), RP_UNKNOWN);
    rp_free(p);
    fake_stop(f);
}

/* The server ends before SHUTDOWN was sent, which waits for the window to open. */
static void test_end_before_it_is_sent(void **state)
{
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1024\nSEND 1024 ':1\\r\\n'\nCLOSE\n");
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *end;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    check_echo(NULL, 1);
    for (int i = 0; i < WINDOW; i++)
        rp_incr(p, "k");
    end = rp_shutdown(p);
    hook.receive_late = true;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_last_error()->index, WINDOW);
    assert_int_equal(rp_outcome_of(end), RP_NOT_SENT);
    rp_free(p);
    fake_stop(f);
}

/* A lost script in front: nothing can be sent again, the server has ended. */
static void test_end_behind_a_lost_script(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n'\nREAD 2\n"
                         "SEND '-NOSCRIPT No matching script. Please use EVAL.\\r\\n'\nCLOSE\n");
    rp_script *script = rp_script_new("return 1");
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    rp_future *call, *end;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_script_run(p, script, .keys = RP_LIST("a"));
    assert_int_equal(rp_execute(p), RP_OK);
    call = rp_script_run(p, script, .keys = RP_LIST("a"));
    end = rp_shutdown(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_kind_of(call), RP_ERROR);
    assert_int_equal(rp_kind_of(end), RP_NULL);
    rp_free(p);
    rp_script_free(script);
    fake_stop(f);
}

/* -- a real server ------------------------------------------------------------------------------------------------- */

static live *start_live(void)
{
    live *server = live_start(NULL);

    live_want(server);
    return server;
}

static void test_shutdown_of_a_server(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        live *server = start_live();
        rp_pipe *p = rp_pipeline(NULL, .collect = way & 1);
        rp_future *end;

        assert_int_equal(rp_connect(NULL, way & 2 ? live_tcp_url(server) : live_url(server)), RP_OK);
        end = way & 1 ? rp_command(p, "SHUTDOWN", "NOSAVE") : rp_shutdown(p, .nosave = true);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_int_equal(rp_kind_of(end), RP_NULL);
        assert_int_equal(rp_outcome_of(end), RP_ANSWERED);
        assert_int_equal(rp_status_of(end), RP_OK);
        rp_incr(p, "k");
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        rp_free(p);
        rp_disconnect_all();
        live_stop(server);
    }
}

static void test_shutdown_inside_a_transaction_of_a_server(void **state)
{
    live *server = start_live();
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *end;
    (void)state;

    assert_int_equal(rp_connect(NULL, live_url(server), .transaction = true), RP_OK);
    end = rp_shutdown(p, .nosave = true);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_int_equal(rp_status_of(end), RP_SERVER_ERROR);
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    rp_disconnect_all();
    live_stop(server);
}

static int begin(void **state)
{
    (void)state;
    large = kit_alloc(LARGE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(large);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_shutdown_is_answered_by_the_end),
        KIT_TEST(test_other_ends_are_none),
        KIT_TEST(test_shutdown_is_refused),
        KIT_TEST(test_end_inside_a_transaction),
        HOOK_TEST(test_end_before_it_is_sent),
        KIT_TEST(test_end_behind_a_lost_script),
        KIT_TEST(test_shutdown_of_a_server),
        KIT_TEST(test_shutdown_inside_a_transaction_of_a_server),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
