/* Notes. Transactions inside a larger pipeline that breaks off: at every byte of the answers, by silence, and before
 * all of it has left. What was answered stays so; a transaction is answered as a whole, when the answer of its EXEC is
 * whole. */
#define _GNU_SOURCE 1
#include "test_transaction_parts.h"

enum { LARGE = 1024 * 1024, SOON_MS = 300, PARTS = 5 };

static const char wire[] = "a ( b c ) d ( e ) f", letters[] = "abcdef";

static void queue_wire(rp_pipe *p)
{
    const char *inside = NULL;
    rp_pipe *part = NULL;

    for (const char *at = wire; *at; at++) {
        if (*at == '(') {
            part = rp_autoexec(p, .transaction = true);
            inside = at;
        } else if (*at == ')') {
            assert_int_equal(rp_close(part), RP_OK);
            inside = NULL;
        } else if (*at != ' ') {
            echo(inside ? part : p, (char[]){*at, '\0'});
        }
    }
}

/* So many bytes of the answers came. */
static void check_outcomes(size_t bytes, const size_t ends[LETTERS], bool collect)
{
    char says[60];
    size_t answered = 0;

    for (const char *letter = letters; *letter; letter++) {
        const rp_future *f = echoes[*letter - 'a'];

        if (ends[*letter - 'a'] > bytes) {
            assert_int_equal(rp_outcome_of(f), RP_UNKNOWN);
            assert_int_equal(rp_status_of(f), RP_CONNECTION_ERROR);
            continue;
        }
        answered++;
        assert_int_equal(rp_outcome_of(f), RP_ANSWERED);
        assert_int_equal(rp_status_of(f), collect ? RP_OK : RP_NOT_READY);
        if (collect)
            assert_true(rp_equal(f, rp_b(letter, 1)));
    }
    snprintf(says, sizeof says, "with %zu of %zu commands answered", answered, strlen(letters));
    check_says(says);
    assert_int_equal(rp_last_error()->index, answered);
}

static void check_cut_everywhere(const char *how, bool collect)
{
    char *script = kit_alloc(SCRIPT_SIZE), answers[SCRIPT_SIZE / 16];
    FILE *out = fmemopen(script, SCRIPT_SIZE, "w");
    size_t ends[LETTERS], whole = print_answers(answers, wire, ends);
    fake *f;

    for (size_t bytes = 0; bytes < whole; bytes++) {
        fputs("HELLO\nEXPECT ECHO 7\nSEND ':7\\r\\n'\n", out);
        print_commands(out, wire);
        print_bytes(out, answers, bytes);
        fprintf(out, "%s\n%s", how, bytes + 1 < whole ? "CONNECTION\n" : "");
    }
    assert_int_equal(fclose(out), 0);
    f = fake_start(script);
    free(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t bytes = 0; bytes < whole; bytes++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = collect);

        check_echo(NULL, 7);
        queue_wire(p);
        hook.receive_late = true;
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        check_outcomes(bytes, ends, collect);
        rp_free(p);
    }
    rp_disconnect_all();
    fake_stop(f);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    check_cut_everywhere("CLOSE", false);
    check_cut_everywhere("RESET", true);
}

/* A script is sent whole, so that its transaction falls into more runs: what was queued is answered in none of them. */
static void test_cut_behind_a_script(void **state)
{
    rp_script *script = rp_script_new("return 1");
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *part;
    fake *f = fake_start("HELLO\nEXPECT ECHO a\nEXPECT MULTI\nEXPECT ECHO b\nEXPECT EVAL 'return 1' 0\nEXPECT ECHO c\n"
                         "EXPECT ECHO d\nEXPECT EXEC\n"
                         "SEND '$1\\r\\na\\r\\n+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n'\nCLOSE\n");
    rp_future *called;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    echo(p, "a");
    part = rp_autoexec(p, .transaction = true);
    echo(part, "b");
    called = rp_script_run(part, script);
    echo(part, "cd");
    assert_int_equal(rp_close(part), RP_OK);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    check_says("with 1 of 5 commands answered");
    assert_int_equal(rp_last_error()->index, 1);
    check_answered("a");
    assert_int_equal(rp_outcome_of(called), RP_UNKNOWN);
    for (const char *letter = "bcd"; *letter; letter++)
        assert_int_equal(rp_outcome_of(echoes[*letter - 'a']), RP_UNKNOWN);
    rp_free(p);
    rp_script_free(script);
    rp_disconnect_all();
    fake_stop(f);
}

/* What EXEC says is final: a call in it that the server does not know is not sent again. */
static void test_noscript_is_final(void **state)
{
    rp_script *script = rp_script_new("return 1");
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *part;
    fake *f = fake_start("HELLO\nEXPECT MULTI\nEXPECT EVAL 'return 1' 0\nREAD 1\nEXPECT EXEC\nEXPECT ECHO a\n"
                         "SEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n*2\\r\\n:1\\r\\n-NOSCRIPT no\\r\\n+a\\r\\n'\n"
                         "EXPECT ECHO 7\nSEND ':7\\r\\n'\n");
    rp_future *calls[2];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    part = rp_autoexec(p, .transaction = true);
    calls[0] = rp_script_run(part, script);
    calls[1] = rp_script_run(part, script);
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "a");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(calls[0]), 1);
    assert_string_equal(rp_error_code(calls[1]), "NOSCRIPT");
    check_answered("a");
    rp_free(p);
    check_echo(NULL, 7);
    rp_script_free(script);
    rp_disconnect_all();
    fake_stop(f);
}

/* -- before all has left ------------------------------------------------------------------------------------------- */

#define SENT_BEFORE "HELLO\nEXPECT ECHO a\nEXPECT MULTI\nEXPECT ECHO b\nEXPECT EXEC\nEXPECT MULTI\n"
#define ONE "$1\\r\\na\\r\\n+OK\\r\\n+QUEUED\\r\\n"
#define BOTH ONE "*1\\r\\n$1\\r\\nb\\r\\n"

typedef struct cut {
    const char *steps;
    rp_status why;
    rp_outcome outcomes[PARTS]; /* a; b in a transaction; two large ones in another; and one behind */
    size_t index;
    const char *says;
} cut;

static const cut cuts[] = {
    /* the second MULTI was accepted: nothing of it runs without EXEC */
    {SENT_BEFORE "SEND '" BOTH "+OK\\r\\n'\nHALFCLOSE\nSTALL\n",
     RP_CONNECTION_ERROR,
     {RP_ANSWERED, RP_ANSWERED, RP_NOT_SENT, RP_NOT_SENT, RP_NOT_SENT},
     2,
     "with 2 of 5 commands answered"},
    {SENT_BEFORE "SEND '" BOTH "+OK\\r\\n@'\nSTALL\n",
     RP_PROTOCOL_ERROR,
     {RP_ANSWERED, RP_ANSWERED, RP_NOT_SENT, RP_NOT_SENT, RP_NOT_SENT},
     2,
     "with 2 of 5 commands answered"},
    /* that is not known, or it was refused */
    {SENT_BEFORE "SEND '" BOTH "+O'\nHALFCLOSE\nSTALL\n",
     RP_CONNECTION_ERROR,
     {RP_ANSWERED, RP_ANSWERED, RP_UNKNOWN, RP_NOT_SENT, RP_NOT_SENT},
     2,
     "with 2 of 5 commands answered"},
    {SENT_BEFORE "SEND '" BOTH "-ERR no\\r\\n'\nHALFCLOSE\nSTALL\n",
     RP_CONNECTION_ERROR,
     {RP_ANSWERED, RP_ANSWERED, RP_UNKNOWN, RP_NOT_SENT, RP_NOT_SENT},
     2,
     "with 2 of 5 commands answered"},
    /* the first EXEC has left, and has no answer */
    {SENT_BEFORE "SEND '" ONE "'\nHALFCLOSE\nSTALL\n",
     RP_CONNECTION_ERROR,
     {RP_ANSWERED, RP_UNKNOWN, RP_UNKNOWN, RP_NOT_SENT, RP_NOT_SENT},
     1,
     "with 1 of 5 commands answered"},
    /* more answers than commands were sent: which one was accepted is not known either */
    {SENT_BEFORE "SEND '" BOTH "+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n'\nSTALL\n",
     RP_PROTOCOL_ERROR,
     {RP_UNKNOWN, RP_UNKNOWN, RP_UNKNOWN, RP_NOT_SENT, RP_NOT_SENT},
     0,
     "with 0 of 5 commands answered"},
};

/* One command of the second transaction is more than fits into the sockets, so that its EXEC never leaves. */
static void check_cut(const cut *c)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *part;
    char *large = memset(kit_alloc(LARGE), 'x', LARGE);
    rp_future *futures[PARTS];
    fake *f = fake_start(c->steps);

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    futures[0] = rp_echo(p, "a");
    part = rp_autoexec(p, .transaction = true);
    futures[1] = rp_return(part, rp_echo(part, "b"));
    part = rp_autoexec(p, .transaction = true);
    futures[2] = rp_set(part, "k", rp_b(large, LARGE));
    futures[3] = rp_return(part, rp_set(part, "k", rp_b(large, LARGE)));
    futures[4] = rp_echo(p, "c");
    assert_int_equal(rp_execute(p), c->why);
    assert_int_equal(rp_last_error()->index, c->index);
    check_says(c->says);
    for (size_t i = 0; i < PARTS; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), c->outcomes[i]);
        assert_int_equal(rp_status_of(futures[i]), c->outcomes[i] == RP_ANSWERED ? RP_OK : c->why);
    }
    rp_free(p);
    free(large);
    rp_disconnect_all();
    fake_stop_any(f);
}

static void test_exec_has_not_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++)
        check_cut(&cuts[i]);
}

/* The plain command behind it is what is too large: EXEC has left, and all of it may have run. */
static void test_what_follows_has_not_left(void **state)
{
    rp_pipe *p = rp_pipeline(NULL), *part;
    char *large = memset(kit_alloc(LARGE), 'x', LARGE);
    fake *f = fake_start(
        "HELLO\nEXPECT MULTI\nEXPECT ECHO a\nEXPECT EXEC\nSEND '+OK\\r\\n+QUEUED\\r\\n'\nHALFCLOSE\nSTALL\n");
    rp_future *behind[2];
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    part = rp_autoexec(p, .transaction = true);
    echo(part, "a");
    assert_int_equal(rp_close(part), RP_OK);
    for (int i = 0; i < 2; i++)
        behind[i] = rp_set(p, "k", rp_b(large, LARGE));
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(echoes[0]), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(behind[0]), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(behind[1]), RP_NOT_SENT);
    rp_free(p);
    free(large);
    rp_disconnect_all();
    fake_stop_any(f);
}

static void test_silence(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true, .timeout_ms = SOON_MS), *part;
    fake *f = fake_start("HELLO\nREAD 4\nSEND '" BOTH "'\nREAD 3\nSEND '+OK\\r\\n+QUEUED\\r\\n'\nSTALL\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    echo(p, "a");
    for (const char *letter = "bc"; *letter; letter++) {
        part = rp_autoexec(p, .transaction = true);
        echo(part, (char[]){*letter, '\0'});
        assert_int_equal(rp_close(part), RP_OK);
    }
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    check_answered("ab");
    assert_int_equal(rp_outcome_of(echoes['c' - 'a']), RP_UNKNOWN);
    check_says("with 2 of 3 commands answered");
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

/* A command was refused in place of being queued, and the connection lost before EXEC's answer: the server would refuse
 * EXEC too. So nothing of it ran, although all of it has left; what stands behind it may have run. */
static void test_a_command_is_refused_and_the_connection_lost(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *part;
    fake *f = fake_start("HELLO\nREAD 6\nSEND '+a\\r\\n+OK\\r\\n+QUEUED\\r\\n-ERR no\\r\\n'\nCLOSE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    echo(p, "a");
    part = rp_autoexec(p, .transaction = true);
    echo(part, "bc");
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "d");
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    check_answered("a");
    assert_int_equal(rp_outcome_of(echoes[1]), RP_NOT_SENT);
    assert_int_equal(rp_outcome_of(echoes[2]), RP_ANSWERED);
    assert_string_equal(rp_error_code(echoes[2]), "ERR");
    assert_int_equal(rp_outcome_of(echoes[3]), RP_UNKNOWN);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

/* A transaction that was none, on a connection that then fails too: both are told, and which command meets which. */
static void test_multi_is_refused_and_the_connection_lost(void **state)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = true), *part;
    fake *f = fake_start("HELLO\nREAD 4\nSEND '-NOPERM no\\r\\n$1\\r\\na\\r\\n-ERR EXEC without MULTI\\r\\n'\nCLOSE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    part = rp_autoexec(p, .transaction = true);
    echo(part, "a");
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "b");
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "NOPERM");
    assert_int_equal(rp_last_error()->index, 0);
    check_says("; also the default connection: closed by the server, with 1 of 2 commands answered");
    check_answered("a");
    assert_int_equal(rp_outcome_of(echoes[1]), RP_UNKNOWN);
    assert_int_equal(rp_status_of(echoes[1]), RP_CONNECTION_ERROR);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_cut_at_every_byte),
        HOOK_TEST(test_cut_behind_a_script),
        HOOK_TEST(test_noscript_is_final),
        HOOK_TEST(test_exec_has_not_left),
        HOOK_TEST(test_what_follows_has_not_left),
        HOOK_TEST(test_silence),
        HOOK_TEST(test_a_command_is_refused_and_the_connection_lost),
        HOOK_TEST(test_multi_is_refused_and_the_connection_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
