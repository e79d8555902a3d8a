/* Notes. rp_error_of: how a pipeline's last execute failed, whatever fails afterwards; whether the same again may help;
 * and the failures of several servers in one execute. */
#define _GNU_SOURCE 1
#include <stdio.h>

#include "support/memory.h"
#include "test_connection.h"

/* What rp_error_of shows is what the last error was, and stays when that is another. */
static void check_kept(const rp_pipe *p, rp_status status, const char *code, size_t index)
{
    const rp_error *e = rp_error_of(p);

    assert_int_equal(rp_last_error()->status, status);
    assert_string_equal(e->message, rp_last_error()->message);
    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    assert_int_equal(e->status, status);
    assert_int_equal(e->index, index);
    if (code)
        assert_string_equal(e->code, code);
    else
        assert_null(e->code);
    assert_null(strstr(e->message, "none"));
}

static void check_none(const rp_pipe *p)
{
    const rp_error *e = rp_error_of(p);

    assert_int_equal(e->status, RP_OK);
    assert_string_equal(e->message, "");
    assert_int_equal(e->index, SIZE_MAX);
    assert_null(e->connection);
    assert_null(e->code);
    assert_null(e->next);
    assert_false(e->retry);
}

static void test_error_of_an_execute_stays_until_the_next(void **state)
{
    fake *f = fake_start("HELLO\nREAD 2\nSEND '+v\\r\\n-WRONGTYPE no\\r\\n'\nSERVE\n");
    rp_pipe *p = rp_pipeline(NULL, .name = "n");
    (void)state;

    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    check_none(p);
    check_none(NULL);
    rp_echo(p, 1);
    rp_future *refused = rp_echo(p, 2);
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_string_equal(rp_error_of(p)->connection, "n");
    check_kept(p, RP_SERVER_ERROR, "WRONGTYPE", 1);
    assert_string_equal(rp_error_code(refused), "WRONGTYPE");
    assert_string_equal(rp_str(refused), "");
    assert_int_equal(rp_last_error()->status, RP_NOT_READY);
    assert_string_equal(rp_last_error()->code, "WRONGTYPE");
    rp_get(p, (const char *)NULL);
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    check_kept(p, RP_INVALID_VALUE, NULL, 0);
    rp_clear(p);
    assert_int_equal(rp_error_of(p)->status, RP_INVALID_VALUE);
    assert_int_equal(rp_execute(p), RP_OK);
    check_none(p);
    rp_free(p);
    fake_stop(f);
}

/* In its own count of commands; the parent has its own error, in its count. */
static void test_error_of_a_nested_pipeline(void **state)
{
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root), *orphan;
    (void)state;

    rp_ping(root);
    rp_ping(nested);
    rp_get(nested, (const char *)NULL);
    check_none(nested);
    assert_int_equal(rp_execute(nested), RP_INVALID_VALUE);
    assert_int_equal(rp_error_of(nested)->status, RP_INVALID_VALUE);
    assert_int_equal(rp_error_of(nested)->index, 1);
    assert_int_equal(rp_execute(root), RP_INVALID_VALUE);
    assert_int_equal(rp_error_of(root)->index, 2);
    assert_int_equal(rp_error_of(nested)->index, 1);
    assert_int_equal(rp_execute(nested), RP_OK);
    check_none(nested);
    rp_get(nested, (const char *)NULL);
    assert_int_equal(rp_execute(nested), RP_INVALID_VALUE);
    rp_free(nested);
    nested = rp_pipeline(root); /* the same memory again */
    check_none(nested);
    orphan = rp_pipeline(nested);
    rp_free(nested);
    assert_int_equal(rp_execute(orphan), RP_INVALID_OPERATION);
    assert_int_equal(rp_error_of(orphan)->status, RP_INVALID_OPERATION);
    assert_non_null(strstr(rp_error_of(orphan)->message, "freed"));
    rp_free(orphan);
    rp_free(root);
}

static rp_status fail_silently(void *arg)
{
    return *(rp_status *)arg;
}

static rp_status fail_as_a_reader(void *arg)
{
    int64_t i;

    return rp_get_int(arg, &i);
}

/* A callback's status is the execute's; what it raised is told, and else that it was a callback. */
static void test_error_of_a_callback(void **state)
{
    rp_status wanted = RP_NOT_READY;
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_int(NULL), 0);
    rp_on_execute(p, fail_silently, &wanted);
    assert_int_equal(rp_execute(p), RP_NOT_READY);
    assert_non_null(strstr(rp_error_of(p)->message, "callback"));
    check_says("RP_NOT_READY");
    assert_int_equal(rp_execute(p), RP_OK);
    rp_on_execute(p, fail_as_a_reader, rp_future_new(p));
    assert_int_equal(rp_execute(p), RP_NOT_READY);
    assert_non_null(strstr(rp_error_of(p)->message, "not arrived"));
    rp_free(p);
}

static void test_error_of_a_pipeline_without_memory(void **state)
{
    (void)state;

    memory_watch();
    memory_fail(1, false);
    rp_pipe *p = rp_pipeline(NULL);
    assert_int_equal(rp_error_of(p)->status, RP_NO_MEMORY);
    assert_int_equal(rp_execute(p), RP_NO_MEMORY);
    assert_int_equal(rp_error_of(p)->status, RP_NO_MEMORY);
    rp_free(p);
    memory_unwatch();
}

/* -- several servers ----------------------------------------------------------------------------------------------- */

enum { SERVERS = 11 };

/* Each refuses its own commands, in turn; all are told, each with its name and its first command. */
static void check_several(bool parallel, bool collect)
{
    rp_pipe *p = rp_pipeline(NULL, .collect = collect);
    char names[SERVERS][8];
    const rp_error *e, *last;
    size_t failed = 0;
    fake *good = fake_start("CONNECTION *\nHELLO\nSERVE\n"),
         *broken = fake_start("CONNECTION *\nHELLO\nREAD 2\nCLOSE\n");

    rp_set_parallel(parallel);
    for (size_t i = 0; i < SERVERS; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        assert_int_equal(rp_connect(names[i], fake_url(i == 4 ? good : broken)), RP_OK);
    }
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < SERVERS; i++)
            nested_incr(p, names[i], "k");
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    last = rp_last_error();
    for (e = rp_error_of(p); e; e = e->next) {
        size_t place = failed + (failed >= 4);

        assert_int_equal(e->status, RP_CONNECTION_ERROR);
        assert_string_equal(e->connection, names[place]);
        assert_int_equal(e->index, place);
        assert_true(e->retry);
        assert_non_null(strstr(e->message, names[place]));
        if (failed < 8) {
            assert_string_equal(last->message, e->message);
            assert_int_equal(last->index, e->index);
            last = last->next;
        }
        failed++;
    }
    assert_int_equal(failed, SERVERS - 1);
    assert_null(last);
    assert_non_null(strstr(rp_error_of(p)->message, "; also connection 's1'"));
    rp_clear(p);
    assert_null(rp_error_of(p)->next);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(good);
    fake_stop(broken);
}

static void test_errors_of_several_servers(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++)
        check_several(mode & 1, mode & 2);
}

/* An error of a command, and a connection that is lost: whichever stands first in the program. */
static void test_errors_in_program_order(void **state)
{
    (void)state;
    for (int refused_first = 0; refused_first < 2; refused_first++) {
        fake *refuses = fake_start("HELLO\nREAD 1\nSEND '-NOPERM no\\r\\n'\nSTALL\n");
        fake *closes = fake_start("HELLO\nREAD 1\nCLOSE\n");
        rp_pipe *p = rp_pipeline(NULL);
        const rp_error *first, *second;

        assert_int_equal(rp_connect("refuses", fake_url(refuses)), RP_OK);
        assert_int_equal(rp_connect("closes", fake_url(closes)), RP_OK);
        nested_incr(p, refused_first ? "refuses" : "closes", "k");
        nested_incr(p, refused_first ? "closes" : "refuses", "k");
        assert_int_equal(rp_execute(p), refused_first ? RP_SERVER_ERROR : RP_CONNECTION_ERROR);
        first = rp_error_of(p);
        second = first->next;
        assert_non_null(second);
        assert_null(second->next);
        assert_int_equal(first->index, 0);
        assert_int_equal(second->index, 1);
        assert_int_equal(second->status, refused_first ? RP_CONNECTION_ERROR : RP_SERVER_ERROR);
        assert_int_equal(first->retry, !refused_first);
        assert_int_equal(second->retry, refused_first);
        rp_free(p);
        rp_disconnect_all();
        fake_stop(refuses);
        fake_stop(closes);
    }
}

/* -- may the same again help? -------------------------------------------------------------------------------------- */

static void check_retry(const char *script, rp_status status, const char *code, bool retry)
{
    fake *f = fake_start(script);
    rp_pipe *p = rp_pipeline(NULL, .timeout_ms = status == RP_TIMEOUT ? 50 : 0);

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_incr(p, "k");
    assert_int_equal(rp_execute(p), status);
    if (rp_error_of(p)->retry != retry)
        fail_msg("retry is %d: %s", !retry, rp_error_of(p)->message);
    assert_int_equal(rp_last_error()->retry, retry);
    if (code)
        assert_string_equal(rp_error_of(p)->code, code);
    rp_free(p);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_retry_by_code(void **state)
{
    static const struct {
        const char *code;
        bool retry;
    } rows[] = {
        {"LOADING", true},   {"TRYAGAIN", true},   {"CLUSTERDOWN", true}, {"MASTERDOWN", true}, {"BUSY", true},
        {"READONLY", true},  {"NOREPLICAS", true}, {"ERR", false},        {"WRONGTYPE", false}, {"NOPERM", false},
        {"NOAUTH", true},    {"OOM", false},       {"BUSYKEY", false},    {"BUSYGROUP", false}, {"NOSCRIPT", false},
        {"LOADINGS", false}, {"EXECABORT", false}, {"MISCONF", false},
    };
    char script[100];
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(script, sizeof script, "HELLO\nREAD 1\nSEND '-%s text\\r\\n'\nSTALL\n", rows[i].code);
        check_retry(script, RP_SERVER_ERROR, rows[i].code, rows[i].retry);
    }
}

static void test_retry_by_status(void **state)
{
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    check_retry("HELLO\nREAD 1\nCLOSE\n", RP_CONNECTION_ERROR, NULL, true);
    check_retry("HELLO\nREAD 1\nRESET\n", RP_CONNECTION_ERROR, NULL, true);
    check_retry("HELLO\nREAD 1\nSTALL\n", RP_TIMEOUT, NULL, true);
    check_retry("HELLO\nREAD 1\nSEND '@\\r\\n'\nSTALL\n", RP_PROTOCOL_ERROR, NULL, false);
    rp_get(p, (const char *)NULL);
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    assert_false(rp_error_of(p)->retry);
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_INVALID_PIPELINE);
    assert_false(rp_error_of(p)->retry);
    rp_free(p);
    assert_int_equal(rp_connect(NULL, "unix:///no/such/folder/redis.sock"), RP_OK);
    p = rp_pipeline(NULL);
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_true(rp_error_of(p)->retry);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_error_of_an_execute_stays_until_the_next),
        KIT_TEST(test_error_of_a_nested_pipeline),
        KIT_TEST(test_error_of_a_callback),
        KIT_TEST(test_error_of_a_pipeline_without_memory),
        HOOK_TEST(test_errors_of_several_servers),
        KIT_TEST(test_errors_in_program_order),
        KIT_TEST(test_retry_by_code),
        KIT_TEST(test_retry_by_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
