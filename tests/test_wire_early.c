/* Notes. A server that refuses a command before it has all of it: it answers with an error, and hangs up (a string
 * above proto-max-bulk-len, too many arguments). What was answered in front stays answered, the error is that of the
 * command being sent, what stands behind was not sent. An answer to what has not begun is still a broken protocol.
 *
 * The fake's sockets hold far less than the large command, and it reads no more than the script says: so that command
 * is on its way when what it read in front of it is answered, whoever is faster. Where nothing is in front, the fake
 * waits until the transport has sent a part of it. */
#define _GNU_SOURCE 1
#include "net/transport.h"
#include "support/live.h"
#include "test_wire.h"

#define NEXT "CONNECTION *\nSERVE\n"
#define REFUSED "-ERR Protocol error: invalid bulk length\\r\\n"

enum { LARGE = 4 * 1024 * 1024, HUGE_VALUE = 32 * 1024 * 1024, LIMIT = 1024 * 1024 };

static char *large;   /* of HUGE_VALUE bytes */
static fake *waiting; /* until the large command has begun; NULL: none does */

static ssize_t noting_send(int fd, struct iovec *parts, size_t count)
{
    ssize_t n = rpi_plain_transport.send(fd, parts, count);

    if (waiting && n > 1000) {
        fake_release(waiting);
        waiting = NULL;
    }
    return n;
}

static int note_sends(void **state)
{
    static rpi_transport_ops ops;

    ops = rpi_plain_transport;
    ops.send = noting_send;
    rpi_set_transport(&ops);
    return kit_setup(state);
}

static int forget_sends(void **state)
{
    rpi_set_transport(NULL);
    return kit_teardown(state);
}

#define SEND_TEST(name) cmocka_unit_test_setup_teardown(name, note_sends, forget_sends)

/* -- a fake -------------------------------------------------------------------------------------------------------- */

/* Executes a command for each letter: i INCR, L a large SET; a blank: what follows is in a pipeline of its own. */
static void execute(wire_batch *b, const char *commands, size_t size, bool collect)
{
    rp_pipe *p;

    b->pipe = p = rp_pipeline(NULL, .name = "wire", .collect = collect);
    b->count = 0;
    for (; *commands; commands++) {
        if (*commands == ' ') {
            if (p != b->pipe)
                assert_int_equal(rp_close(p), RP_OK);
            p = rp_autoexec(b->pipe, .name = "wire");
        } else {
            b->futures[b->count++] = *commands == 'L' ? rp_set(p, "large", rp_b(large, size)) : rp_incr(p, "k");
        }
    }
    if (p != b->pipe)
        assert_int_equal(rp_close(p), RP_OK);
    b->status = rp_execute(b->pipe);
}

typedef struct row {
    const char *commands, *steps;
    rp_status status; /* of the execute with .collect; without it, `failure` */
    size_t index;
    const char *collected;
    rp_status failure;
    size_t failure_index;
    const char *single, *says;
} row;

static void play(const row *r, fake *start_it(const char *), bool transaction, bool collect)
{
    wire_batch b;
    char script[1024];
    fake *f;

    snprintf(script, sizeof script, "HELLO\n%s" NEXT, r->steps);
    f = waiting = start_it(script);
    assert_int_equal(rp_connect("wire", fake_url(f), .transaction = transaction), RP_OK);
    execute(&b, r->commands, LARGE, collect);
    if (b.status != (collect ? r->status : r->failure))
        fail_msg("%s, then %s: %s: %s", r->commands, r->steps, rp_status_name(b.status), rp_last_error()->message);
    if (b.status != RP_OK)
        wire_want_error(collect ? r->status : r->failure, collect ? r->index : r->failure_index, r->says);
    if (!collect && r->status == RP_CONNECTION_ERROR && r->failure == RP_SERVER_ERROR)
        assert_int_equal(rp_last_error()->next->status, RP_CONNECTION_ERROR); /* the error does not hide it */
    if (b.status == RP_SERVER_ERROR)
        assert_string_equal(rp_last_error()->code, "ERR");
    wire_want_outcomes(&b, collect ? r->collected : r->single);
    for (size_t i = 0; i < b.count; i++) {
        rp_status status = rp_status_of(b.futures[i]);

        if (r->collected[i] == 'E')
            assert_int_equal(status, RP_SERVER_ERROR);
        else if (r->collected[i] != 'V')
            assert_int_equal(status, r->failure == RP_PROTOCOL_ERROR ? RP_PROTOCOL_ERROR : RP_CONNECTION_ERROR);
        if (collect && r->collected[i] == 'E')
            assert_string_equal(rp_str(b.futures[i]), "ERR Protocol error: invalid bulk length");
    }
    waiting = NULL;
    rp_free(b.pipe);
    if (!transaction)
        wire_want_next(f, 2);
    fake_stop_any(f);
    assert_int_equal(rp_disconnect("wire"), RP_OK);
}

static void play_all(const row *rows, size_t count, bool transaction)
{
    for (size_t i = 0; i < count; i++) {
        play(&rows[i], fake_start, transaction, true);
        play(&rows[i], fake_start, transaction, false);
        play(&rows[i], fake_start_tcp, transaction, true);
        play(&rows[i], fake_start_tcp, transaction, false);
    }
}

#define HUNG_UP "closed by the server, which refused a command before it had all of it"
#define EARLY(commands, steps, says) \
    { \
        commands, steps, RP_PROTOCOL_ERROR, 0, "UUN", RP_PROTOCOL_ERROR, 0, "UUN", says \
    }

static void test_w29_refused_while_it_is_sent(void **state)
{
    static const row rows[] = {
        {"iLi", "READ 1\nSEND ':1\\r\\n" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 2, "VEN", RP_SERVER_ERROR, 1, "AAN",
         HUNG_UP ", with 2 of 3 commands answered"},
        {"iLi", "READ 1\nSEND ':1\\r\\n" REFUSED "'\nRESET\n", RP_CONNECTION_ERROR, 2, "VEN", RP_SERVER_ERROR, 1, "AAN",
         HUNG_UP},
        {"iLi", "READ 1\nSEND ':1\\r\\n-ER'\nSEND 'R Protocol error: invalid bulk length\\r\\n'\nCLOSE\n",
         RP_CONNECTION_ERROR, 2, "VEN", RP_SERVER_ERROR, 1, "AAN", HUNG_UP},
        /* each in a run of its own */
        {"i L i", "READ 1\nSEND ':1\\r\\n" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 2, "VEN", RP_SERVER_ERROR, 1,
         "AAN", HUNG_UP},
        {"Lii", "WAIT\nSEND '" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 1, "ENN", RP_SERVER_ERROR, 0, "ANN", HUNG_UP},
        {"LL", "WAIT\nSEND '" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 1, "EN", RP_SERVER_ERROR, 0, "AN", HUNG_UP},
        /* the last one: all are answered */
        {"iiL", "READ 2\nSEND ':1\\r\\n:2\\r\\n" REFUSED "'\nSTALL\n", RP_OK, 0, "VVE", RP_SERVER_ERROR, 2, "AAA",
         "invalid bulk length"},
        {"L", "WAIT\nSEND '" REFUSED ">1\\r\\n+push\\r\\n'\nSTALL\n", RP_OK, 0, "E", RP_SERVER_ERROR, 0, "A",
         "invalid bulk length"},
        /* it had all of it, and the commands behind: they may have run, as far as anybody knows */
        {"iii", "READ 3\nSEND ':1\\r\\n" REFUSED "'\nCLOSE\n", RP_CONNECTION_ERROR, 2, "VEU", RP_SERVER_ERROR, 1, "AAU",
         "closed by the server"},
        /* half an error is no answer */
        {"iLi", "READ 1\nSEND ':1\\r\\n-ERR Proto'\nRESET\n", RP_CONNECTION_ERROR, 1, "VUN", RP_CONNECTION_ERROR, 1,
         "AUN", "with 1 of 3 commands answered"},
    };
    (void)state;

    play_all(rows, COUNT(rows), false);
}

static void test_w29_answered_while_it_is_sent(void **state)
{
    static const row rows[] = {
        EARLY("iLi", "READ 1\nSEND ':1\\r\\n+OK\\r\\n'\nSTALL\n", "an answer to a command that was not sent yet"),
        EARLY("iLi", "READ 1\nSEND ':1\\r\\n*1\\r\\n" REFUSED "'\nSTALL\n", "that was not sent yet"),
        EARLY("iLi", "READ 1\nSEND ':1\\r\\n" REFUSED ":3\\r\\n'\nSTALL\n",
              "more replies than commands: ':3\\x0d\\x0a'"),
        EARLY("i L i", "READ 1\nSEND ':1\\r\\n" REFUSED REFUSED "'\nSTALL\n", "more replies than commands"),
        EARLY("iLi", "READ 1\nSEND ':1\\r\\n" REFUSED "?'\nSTALL\n", "the server broke the protocol"),
    };
    (void)state;

    play_all(rows, COUNT(rows), false);
}

static void test_w29_refused_in_a_transaction(void **state)
{
    static const row rows[] = {
        {"iLi", "READ 2\nSEND '+OK\\r\\n+QUEUED\\r\\n" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 0, "NEN",
         RP_SERVER_ERROR, 1, "NAN", ""},
        {"i i L", "READ 3\nSEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n" REFUSED "'\nRESET\n", RP_CONNECTION_ERROR, 0,
         "NNE", RP_SERVER_ERROR, 2, "NNA", ""},
        /* it had all of it, and EXEC too, which it would refuse as well */
        {"iii", "READ 5\nSEND '+OK\\r\\n+QUEUED\\r\\n" REFUSED "'\nCLOSE\n", RP_CONNECTION_ERROR, 0, "NEN",
         RP_SERVER_ERROR, 1, "NAN", ""},
        {"i i i", "READ 5\nSEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n" REFUSED "*-1\\r'\nCLOSE\n", RP_CONNECTION_ERROR,
         0, "NNE", RP_SERVER_ERROR, 2, "NNA", ""},
        {"iii", "READ 5\nSEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, 0,
         "UUU", RP_CONNECTION_ERROR, 0, "UUU", "closed by the server"},
        /* without MULTI they run one by one */
        {"iLi", "READ 2\nSEND '-ERR no MULTI\\r\\n:1\\r\\n" REFUSED "'\nSTALL\n", RP_CONNECTION_ERROR, 0, "UEN",
         RP_SERVER_ERROR, 1, "UAN", ""},
        {"iii", "READ 5\nSEND '-ERR no MULTI\\r\\n:1\\r\\n" REFUSED "'\nCLOSE\n", RP_CONNECTION_ERROR, 0, "UEU",
         RP_SERVER_ERROR, 1, "UAU", ""},
        {"iii", "READ 5\nSEND '-ERR no MULTI\\r\\n'\nCLOSE\n", RP_CONNECTION_ERROR, 0, "UUU", RP_CONNECTION_ERROR, 0,
         "UUU", "closed by the server"},
        {"iii", "READ 5\nSEND '+OK\\r\\n" REFUSED "+QUEUED\\r\\n+QUEUED\\r\\n-EXECABORT\\r\\n:1\\r\\n'\nSTALL\n",
         RP_PROTOCOL_ERROR, 0, "UUU", RP_PROTOCOL_ERROR, 0, "UUU", "more replies than commands"},
        EARLY("iLi", "READ 2\nSEND '+OK\\r\\n+QUEUED\\r\\n" REFUSED "+QUEUED\\r\\n'\nSTALL\n",
              "more replies than commands"),
    };
    (void)state;

    play_all(rows, COUNT(rows) - 1, true);
    for (int collect = 0; collect < 2; collect++) {
        row nothing = rows[COUNT(rows) - 1];

        nothing.collected = nothing.single = "NNN"; /* MULTI was accepted, and EXEC did not leave */
        play(&nothing, fake_start, true, collect);
    }
}

/* The place of the failure is that of the connection's next command, not of another's. */
static void test_w29_refused_in_front_of_another_connection(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n" REFUSED "'\nSTALL\n" NEXT), *good = fake_start("SERVE\n");
    rp_pipe *root = rp_pipeline(NULL, .name = "wire", .collect = true), *nested;
    rp_future *echo, *behind;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    assert_int_equal(rp_connect("good", fake_url(good)), RP_OK);
    rp_incr(root, "k");
    rp_set(root, "large", rp_b(large, LARGE));
    nested = rp_autoexec(root, .name = "good");
    echo = rp_echo(nested, "x");
    assert_int_equal(rp_close(nested), RP_OK);
    behind = rp_incr(root, "k");
    assert_int_equal(rp_execute(root), RP_CONNECTION_ERROR);
    wire_want_error(RP_CONNECTION_ERROR, 3, HUNG_UP);
    assert_string_equal(rp_str(echo), "x");
    assert_int_equal(rp_outcome_of(behind), RP_NOT_SENT);
    rp_free(root);
    fake_stop_any(f);
    fake_stop(good);
}

/* Errors to commands of which no byte was sent: the window is open for the first 1024 only. */
static void test_w29_refused_before_it_is_sent(void **state)
{
    enum { COMMANDS = 1100, WINDOW = 1024 };
    static wire_batch b;
    char letters[COMMANDS + 1] = "";
    fake *f = fake_start("HELLO\nREAD 1\nSEND 1025 '-ERR x\\r\\n'\nSTALL\n" NEXT);
    (void)state;

    memset(letters, 'U', WINDOW);
    memset(letters + WINDOW, 'N', COMMANDS - WINDOW);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, COMMANDS, true);
    wire_want_error(RP_PROTOCOL_ERROR, 0, "an answer to a command that was not sent yet");
    wire_want_outcomes(&b, letters);
    rp_free(b.pipe);
    wire_want_next(f, 2);
    fake_stop(f);
}

/* A lost script in front: nothing can be sent again on a connection that ends. */
static void test_w29_refused_behind_a_lost_script(void **state)
{
    fake *f = fake_start("HELLO\nREAD 1\nSEND ':1\\r\\n'\nREAD 1\n"
                         "SEND '-NOSCRIPT No matching script. Please use EVAL.\\r\\n" REFUSED "'\nSTALL\n" NEXT);
    rp_script *script = rp_script_new("return 1");
    rp_pipe *p = rp_pipeline(NULL, .name = "wire", .collect = true);
    rp_future *call, *set;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_script_run(p, script, .keys = RP_LIST("a"));
    assert_int_equal(rp_execute(p), RP_OK);
    call = rp_script_run(p, script, .keys = RP_LIST("a"));
    set = rp_set(p, "large", rp_b(large, LARGE));
    assert_int_equal(rp_execute(p), RP_OK);
    assert_string_equal(rp_str(call), "NOSCRIPT No matching script. Please use EVAL.");
    assert_string_equal(rp_str(set), "ERR Protocol error: invalid bulk length");
    rp_free(p);
    rp_script_free(script);
    wire_want_next(f, 2);
    fake_stop_any(f);
}

/* -- a real server ------------------------------------------------------------------------------------------------- */

static live *server;

static void connect_live(const char *url, bool transaction)
{
    rp_pipe *p;

    assert_int_equal(rp_connect("wire", url, .transaction = transaction), RP_OK);
    assert_int_equal(rp_connect("other", url), RP_OK);
    p = rp_autoexec(NULL, .name = "other");
    rp_flushall(p);
    rp_config_set(p, "proto-max-bulk-len", "1mb");
    assert_int_equal(rp_close(p), RP_OK);
}

static void check_server(int64_t count)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    rp_future *n = rp_incrby(p, "k", 0), *there = rp_exists(p, "large");

    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(n), count);
    assert_int_equal(rp_int(there), 0);
    rp_free(p);
}

/* A value of that size between two INCRs. What is not larger than sockets hold may be sent whole, and more. */
static void check_live(const char *url, size_t size, bool transaction, bool collect)
{
    wire_batch b;
    rp_outcome behind, before = transaction ? RP_NOT_SENT : RP_ANSWERED;

    connect_live(url, transaction);
    execute(&b, "iLi", size, collect);
    assert_int_equal(b.status, collect ? RP_CONNECTION_ERROR : RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, !collect ? 1 : transaction ? 0 : 2);
    assert_int_equal(rp_outcome_of(b.futures[0]), before);
    assert_int_equal(rp_ready(b.futures[0]), collect && !transaction);
    assert_int_equal(rp_outcome_of(b.futures[1]), RP_ANSWERED);
    assert_int_equal(rp_status_of(b.futures[1]), RP_SERVER_ERROR);
    if (collect)
        wire_want_part(rp_str(b.futures[1]), "ERR Protocol error");
    behind = rp_outcome_of(b.futures[2]);
    assert_true(behind == RP_NOT_SENT || (behind == RP_UNKNOWN && size < HUGE_VALUE && !transaction));
    assert_int_equal(rp_status_of(b.futures[2]), RP_CONNECTION_ERROR);
    rp_free(b.pipe);
    check_server(!transaction);
    rp_disconnect_all();
}

static void test_w29_value_above_the_limit(void **state)
{
    static const size_t sizes[] = {LIMIT + 1, LARGE, HUGE_VALUE};
    (void)state;

    live_want(server);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (int collect = 0; collect < 2; collect++) {
            check_live(live_url(server), sizes[i], false, collect);
            check_live(live_tcp_url(server), sizes[i], false, collect);
            check_live(live_url(server), sizes[i], true, collect);
            check_live(live_tcp_url(server), sizes[i], true, collect);
        }
}

static int begin(void **state)
{
    (void)state;
    large = kit_alloc(HUGE_VALUE);
    server = live_start(NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(large);
    live_stop(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEND_TEST(test_w29_refused_while_it_is_sent),
        KIT_TEST(test_w29_answered_while_it_is_sent),
        KIT_TEST(test_w29_refused_in_a_transaction),
        KIT_TEST(test_w29_refused_before_it_is_sent),
        KIT_TEST(test_w29_refused_in_front_of_another_connection),
        KIT_TEST(test_w29_refused_behind_a_lost_script),
        KIT_TEST(test_w29_value_above_the_limit),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
