/* Notes. Every answer that MULTI, a command and EXEC can get from a server (P12), under both protocols, with .collect
 * and without: where all is a transaction, and where it stands between others, which go their own way. */
#define _GNU_SOURCE 1
#include "test_transaction.h"

#define WATCH_TEXT "WATCH a watched key was changed, so nothing of the transaction ran"

typedef struct row {
    const char *replies[2];      /* in RESP2 and in RESP3; the second NULL: the same */
    rp_status status, collected; /* of the execute, without and with .collect */
    size_t index;
    const char *code;            /* of the failure; NULL: none */
    const char *says;            /* it */
    const char *shown[COMMANDS]; /* with .collect: the values; an error's text; NULL: it may have run */
    bool closed;
} row;

#define GOOD \
    { \
        "'OK'", "'v'", "{'f': '1'}" \
    }
#define LOST \
    { \
        NULL, NULL, NULL \
    }

static const row rows[] = {
    {{ALL_QUEUED "*3\r\n+OK\r\n$1\r\nv\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n",
      ALL_QUEUED "*3\r\n+OK\r\n$1\r\nv\r\n%1\r\n$1\r\nf\r\n$1\r\n1\r\n"},
     RP_OK,
     RP_OK,
     0,
     NULL,
     NULL,
     GOOD,
     false},
    {{ALL_QUEUED "*3\r\n+OK\r\n$1\r\nv\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n",
      ">1\r\n+x\r\n+OK\r\n" QUEUED ">1\r\n+x\r\n" QUEUED QUEUED
      ">1\r\n+x\r\n*3\r\n+OK\r\n$1\r\nv\r\n%1\r\n$1\r\nf\r\n$1\r\n1\r\n>1\r\n+x\r\n"},
     RP_OK,
     RP_OK,
     0,
     NULL,
     NULL,
     GOOD,
     false},
    /* errors inside */
    {{ALL_QUEUED "*3\r\n+OK\r\n-WRONGTYPE no\r\n*0\r\n", ALL_QUEUED "*3\r\n+OK\r\n!12\r\nWRONGTYPE no\r\n%0\r\n"},
     RP_SERVER_ERROR,
     RP_OK,
     1,
     "WRONGTYPE",
     "(GET) on connection",
     {"'OK'", "WRONGTYPE no", "{}"},
     false},
    {{ALL_QUEUED "*3\r\n-ERR a\r\n-ERR b\r\n-ERR c\r\n", NULL},
     RP_SERVER_ERROR,
     RP_OK,
     0,
     "ERR",
     "(SET) on connection",
     {"ERR a", "ERR b", "ERR c"},
     false},
    /* EXEC refused, with and without a command that was refused before */
    {{"+OK\r\n" QUEUED "-ERR unknown\r\n" QUEUED "-EXECABORT discarded\r\n", NULL},
     RP_SERVER_ERROR,
     RP_OK,
     1,
     "ERR",
     "(GET) on connection",
     {"EXECABORT discarded", "ERR unknown", "EXECABORT discarded"},
     false},
    {{ALL_QUEUED "-EXECABORT later\r\n", NULL},
     RP_SERVER_ERROR,
     RP_OK,
     0,
     "EXECABORT",
     "(SET) on connection",
     {"EXECABORT later", "EXECABORT later", "EXECABORT later"},
     false},
    /* a command refused, and the others ran, as with MULTI in MULTI */
    {{"+OK\r\n" QUEUED "-ERR MULTI calls\r\n" QUEUED "*2\r\n+OK\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n",
      "+OK\r\n" QUEUED "-ERR MULTI calls\r\n" QUEUED "*2\r\n+OK\r\n%1\r\n$1\r\nf\r\n$1\r\n1\r\n"},
     RP_SERVER_ERROR,
     RP_OK,
     1,
     "ERR",
     "(GET) on connection",
     {"'OK'", "ERR MULTI calls", "{'f': '1'}"},
     false},
    /* nothing ran, since a key was changed */
    {{ALL_QUEUED "*-1\r\n", ALL_QUEUED "_\r\n"},
     RP_SERVER_ERROR,
     RP_OK,
     0,
     "WATCH",
     WATCH_TEXT,
     {WATCH_TEXT, WATCH_TEXT, WATCH_TEXT},
     false},
    {{"+OK\r\n-ERR first\r\n" QUEUED QUEUED "*-1\r\n", "+OK\r\n-ERR first\r\n" QUEUED QUEUED "_\r\n"},
     RP_SERVER_ERROR,
     RP_OK,
     0,
     "ERR",
     "(SET) on connection",
     {"ERR first", WATCH_TEXT, WATCH_TEXT},
     false},
    /* MULTI refused: the commands have answers of their own */
    {{"-NOPERM no MULTI\r\n+OK\r\n$1\r\nv\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n-ERR EXEC without MULTI\r\n",
      "-NOPERM no MULTI\r\n+OK\r\n$1\r\nv\r\n%1\r\n$1\r\nf\r\n$1\r\n1\r\n-ERR EXEC without MULTI\r\n"},
     RP_SERVER_ERROR,
     RP_SERVER_ERROR,
     0,
     "NOPERM",
     "MULTI was refused, so the commands were no transaction: NOPERM no",
     GOOD,
     true},
    {{"-NOAUTH a\r\n-NOAUTH b\r\n-NOAUTH c\r\n-NOAUTH d\r\n-NOAUTH e\r\n", NULL},
     RP_SERVER_ERROR,
     RP_SERVER_ERROR,
     0,
     "NOAUTH",
     "MULTI was refused, so the commands were no transaction: NOAUTH a",
     {"NOAUTH b", "NOAUTH c", "NOAUTH d"},
     true},
    /* answers that are none */
    {{ALL_QUEUED "*2\r\n+OK\r\n+v\r\n", NULL}, RP_PROTOCOL_ERROR, RP_PROTOCOL_ERROR, 0, NULL, "EXEC", LOST, true},
    {{ALL_QUEUED "*4\r\n+OK\r\n+v\r\n*0\r\n+x\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "EXEC",
     LOST,
     true},
    {{ALL_QUEUED "*0\r\n", NULL}, RP_PROTOCOL_ERROR, RP_PROTOCOL_ERROR, 0, NULL, "EXEC", LOST, true},
    {{ALL_QUEUED "+OK\r\n", NULL}, RP_PROTOCOL_ERROR, RP_PROTOCOL_ERROR, 0, NULL, "EXEC", LOST, true},
    {{ALL_QUEUED ":3\r\n", "+OK\r\n" QUEUED QUEUED QUEUED "~3\r\n:1\r\n:2\r\n:3\r\n"},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "EXEC",
     LOST,
     true},
    {{"+OK\r\n" QUEUED "-ERR no\r\n" QUEUED "*3\r\n+OK\r\n+v\r\n*0\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "EXEC",
     LOST,
     true},
    {{"+OK\r\n+OK\r\n" QUEUED QUEUED "*3\r\n+OK\r\n+v\r\n*0\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "QUEUED",
     LOST,
     true},
    {{"+OK\r\n" QUEUED QUEUED "*1\r\n+QUEUED\r\n*3\r\n+OK\r\n+v\r\n*0\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "QUEUED",
     LOST,
     true},
    {{QUEUED QUEUED QUEUED QUEUED "*3\r\n+OK\r\n+v\r\n*0\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "MULTI",
     LOST,
     true},
    {{"*-1\r\n" QUEUED QUEUED QUEUED "*3\r\n+OK\r\n+v\r\n*0\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "MULTI",
     LOST,
     true},
    {{ALL_QUEUED "*3\r\n+OK\r\n$1\r\nv\r\n*0\r\n+more\r\n", NULL},
     RP_PROTOCOL_ERROR,
     RP_PROTOCOL_ERROR,
     0,
     NULL,
     "with 0 of 3 commands answered",
     LOST,
     true},
    {{"@", NULL}, RP_PROTOCOL_ERROR, RP_PROTOCOL_ERROR, 0, NULL, "with 0 of 3 commands answered", LOST, true},
};

static void check_values(const row *r, rp_future *const futures[COMMANDS])
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (!r->shown[i]) {
            assert_int_equal(rp_outcome_of(futures[i]), RP_UNKNOWN);
            assert_int_equal(rp_status_of(futures[i]), r->collected);
            continue;
        }
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
        if (rp_kind_of(futures[i]) == RP_ERROR)
            assert_string_equal(rp_str(futures[i]), r->shown[i]);
        else
            check_shown(futures[i], r->shown[i]);
    }
}

/* Without .collect: all values, or none and the outcomes. */
static void check_filled(const row *r, rp_future *const futures[COMMANDS])
{
    if (r->status == RP_OK) {
        check_values(r, futures);
        return;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        assert_int_equal(rp_kind_of(futures[i]), RP_PENDING);
        assert_int_equal(rp_outcome_of(futures[i]), r->shown[i] ? RP_ANSWERED : RP_UNKNOWN);
        if (!r->shown[i]) {
            assert_int_equal(rp_status_of(futures[i]), r->status);
        } else if (rp_error_code(futures[i])) {
            assert_int_equal(rp_status_of(futures[i]), RP_SERVER_ERROR);
            assert_memory_equal(rp_error_code(futures[i]), r->shown[i], strlen(rp_error_code(futures[i])));
        } else {
            assert_int_equal(rp_status_of(futures[i]), RP_NOT_READY);
            assert_int_equal(r->shown[i][0], r->shown[i][0] == '{' ? '{' : '\'');
        }
    }
}

static void check_failure(const row *r, rp_status status, size_t before)
{
    if (status == RP_OK)
        return;
    check_says(r->says);
    assert_null(strstr(rp_last_error()->message, "; also"));
    assert_string_equal(rp_last_error()->connection, "users");
    assert_int_equal(rp_last_error()->index, r->index + before);
    if (r->code)
        assert_string_equal(rp_last_error()->code, r->code);
    else
        assert_null(rp_last_error()->code);
}

static fake *start_row(const row *r, int protocol, bool around)
{
    const char *replies = r->replies[protocol == 3 && r->replies[1]];
    char *script = kit_alloc(SCRIPT_SIZE);
    FILE *out = fmemopen(script, SCRIPT_SIZE, "w");
    fake *f;

    fprintf(out, around ? "HELLO\nEXPECT ECHO first\n%sEXPECT ECHO last\nSEND '+first\\r\\n'\n" : "HELLO\n%s", three);
    print_send(out, replies, strlen(replies));
    fprintf(out, "%s%s%s", around ? "SEND '+last\\r\\n'\n" : "", r->closed ? "CONNECTION\nHELLO\n" : "",
            around ? "EXPECT ECHO 7\nSEND '$1\\r\\n7\\r\\n'\n" : echo_steps);
    assert_int_equal(fclose(out), 0);
    f = fake_start(script);
    free(script);
    return f;
}

/* Commands around the transaction have their own answers, unless no answer of the connection can be trusted. */
static void check_outer(const row *r, const rp_future *outer, const char *text, bool collect)
{
    bool lost = r->collected == RP_PROTOCOL_ERROR;

    assert_int_equal(rp_outcome_of(outer), lost ? RP_UNKNOWN : RP_ANSWERED);
    if (!lost && (collect || r->status == RP_OK))
        assert_true(rp_equal(outer, text));
    else
        assert_int_equal(rp_kind_of(outer), RP_PENDING);
}

/* The transaction is all that the connection runs, or (around) that of a pipeline between other commands. */
static void check_row(const row *r, int protocol, bool collect, bool around)
{
    rp_pipe *p = rp_pipeline(NULL, .name = "users", .collect = collect);
    rp_pipe *part = rp_autoexec(p, .name = "users", .transaction = around);
    rp_future *futures[COMMANDS], *first = NULL, *last = NULL;
    rp_status status = collect ? r->collected : r->status;
    fake *f = start_row(r, protocol, around);

    assert_int_equal(rp_connect("users", fake_url(f), .transaction = !around, .protocol = protocol), RP_OK);
    if (around)
        first = rp_echo(p, "first");
    queue_three(part, futures);
    assert_int_equal(rp_close(part), RP_OK);
    if (around)
        last = rp_echo(p, "last");
    assert_int_equal(rp_execute(p), status);
    check_failure(r, status, around && status != RP_PROTOCOL_ERROR);
    if (around) {
        check_outer(r, first, "first", collect);
        check_outer(r, last, "last", collect);
    }
    if (collect)
        check_values(r, futures);
    else
        check_filled(r, futures);
    rp_free(p);
    check_echo_7("users");
    assert_int_equal(fake_connections(f), r->closed ? 2 : 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void check_each_way(const row *r, bool around)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        check_row(r, protocol, false, around);
        check_row(r, protocol, true, around);
    }
}

static void test_p12_every_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("row %zu: %s\n", i, rows[i].says ? rows[i].says : "values");
        check_each_way(&rows[i], false);
    }
}

/* But for what is wrong with the connection, not with the transaction: the last rows. */
static void test_every_answer_among_other_commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows) && !strstr(rows[i].says ? rows[i].says : "", "commands answered"); i++) {
        print_message("row %zu: %s\n", i, rows[i].says ? rows[i].says : "values");
        check_each_way(&rows[i], true);
    }
}

/* The server sends a key elsewhere while commands are queued: nothing ran, neither here nor there. */
static void test_k23_redirect_among_queued(void **state)
{
    static const row moved = {{"+OK\r\n" QUEUED QUEUED "-MOVED 1 host:1\r\n-EXECABORT discarded\r\n", NULL},
                              RP_SERVER_ERROR,
                              RP_OK,
                              2,
                              "MOVED",
                              "(HGETALL) on connection",
                              {"EXECABORT discarded", "EXECABORT discarded", "MOVED 1 host:1"},
                              false};
    (void)state;

    check_each_way(&moved, false);
    check_each_way(&moved, true);
}

/* The futures of a transaction are those of its commands, by their place in the whole pipeline. */
static void test_p12_errors_have_the_index_of_the_pipeline(void **state)
{
    fake *plain = fake_start("HELLO\nSERVE\n");
    fake *f = fake_start("HELLO\nREAD 4\nSEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n*2\\r\\n+OK\\r\\n-ERR no\\r\\n'\n"
                         "READ 4\nCLOSE\n");
    rp_pipe *p = rp_pipeline(NULL), *part;
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(plain)), RP_OK);
    assert_int_equal(rp_connect("users", fake_url(f), .transaction = true), RP_OK);
    for (int i = 0; i < 2; i++) {
        rp_incr(p, "n");
        rp_incr(p, "n");
        part = rp_autoexec(p, .name = "users");
        rp_set(part, "k", "v");
        rp_incr(part, "k");
        assert_int_equal(rp_close(part), RP_OK);
        assert_int_equal(rp_execute(p), i ? RP_CONNECTION_ERROR : RP_SERVER_ERROR);
        assert_int_equal(rp_last_error()->index, i ? 2 : 3);
        if (i)
            check_says("with 0 of 2 commands answered");
    }
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
    fake_stop(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_p12_every_answer),
        HOOK_TEST(test_every_answer_among_other_commands),
        HOOK_TEST(test_k23_redirect_among_queued),
        HOOK_TEST(test_p12_errors_have_the_index_of_the_pipeline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
