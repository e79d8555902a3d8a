/* Notes. What is told of each command: errors from the server (P03), before and after the execute (P04), and where
 * the connection fails in the middle (P05, P06). The outcomes of one connection are always some answered, then some
 * unknown, then some not sent. */
#define _GNU_SOURCE 1
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

/* How long silence is listened to: enough for what a fake answers before, on a busy machine too. */
enum { SILENCE_MS = 400 };

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void check_pending(const rp_future *f, rp_outcome outcome, rp_status status)
{
    assert_false(rp_ready(f));
    assert_int_equal(rp_outcome_of(f), outcome);
    assert_int_equal(rp_status_of(f), status);
}

/* P03. The first word is the code. */

static const char *const errors[] = {
    "ERR unknown command",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "NOPERM this user has no permissions",
    "OOM command not allowed when used memory > 'maxmemory'",
    "MOVED 3999 127.0.0.1:6381",
    "ASK 3999 127.0.0.1:6381",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN Hash slot not served",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script",
    "NOSCRIPT No matching script",
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down",
    "MISCONF Redis is configured to save RDB snapshots",
    "EXECABORT Transaction discarded because of previous errors.",
    "BUSYKEY Target key name already exists.",
    "NOREPLICAS Not enough good replicas to write.",
    "UNKILLABLE Sorry the script already executed write commands",
    "BUSYGROUP Consumer Group name already exists",
};

enum { BATCH = 4 };

/* Replies to a batch in which command `at` (BATCH: every one) is answered with the error. */
static void write_replies(FILE *script, const char *error, size_t at, bool blob)
{
    fprintf(script, "READ %d\n", BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        if (i != at && at != BATCH)
            fprintf(script, "SEND '+v%zu\\r\\n'\n", i);
        else if (blob)
            fprintf(script, "SEND \"!%zu\\r\\n%s\\r\\n\"\n", strlen(error), error);
        else
            fprintf(script, "SEND \"-%s\\r\\n\"\n", error);
    }
}

static void check_collected(rp_future *const futures[BATCH], const char *error, size_t at)
{
    char value[8];
    for (size_t i = 0; i < BATCH; i++) {
        bool failed = i == at || at == BATCH;
        snprintf(value, sizeof value, "v%zu", i);
        assert_true(rp_ready(futures[i]));
        assert_int_equal(rp_kind_of(futures[i]), failed ? RP_ERROR : RP_STRING);
        assert_string_equal(rp_str(futures[i]), failed ? error : value);
        assert_int_equal(rp_status_of(futures[i]), failed ? RP_SERVER_ERROR : RP_OK);
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
    }
}

static void check_last_error(const char *error, size_t at)
{
    const rp_error *e = rp_last_error();
    char place[32];
    snprintf(place, sizeof place, "command %zu (ECHO)", at == BATCH ? 0 : at);
    assert_int_equal(e->status, RP_SERVER_ERROR);
    assert_int_equal(e->index, at == BATCH ? 0 : at);
    assert_non_null(e->code);
    assert_int_equal(strlen(e->code), strcspn(error, " "));
    assert_memory_equal(e->code, error, strlen(e->code));
    assert_non_null(e->connection);
    assert_string_equal(e->connection, "n");
    assert_non_null(strstr(e->message, place));
    assert_non_null(strstr(e->message, e->code));
}

/* Without .collect: each command tells of itself. */
static void check_withheld(const rp_future *f, const char *error, size_t at, size_t i)
{
    bool refused = i == at || at == BATCH;
    char says[40];

    check_pending(f, RP_ANSWERED, refused ? RP_SERVER_ERROR : RP_NOT_READY);
    assert_string_equal(rp_str(f), "");
    assert_int_equal(rp_last_error()->status, RP_NOT_READY);
    snprintf(says, sizeof says, "withheld: command %zu", at);
    assert_non_null(strstr(rp_last_error()->message, refused ? "the server answered: " : says));
    if (refused)
        assert_memory_equal(rp_error_code(f), error, strlen(rp_error_code(f)));
    else
        assert_null(rp_error_code(f));
}

static void check_error(bool collect, const char *error, size_t at)
{
    rp_future *futures[BATCH];
    rp_pipe *pipe = rp_pipeline(NULL, .name = "n", .collect = collect);
    for (size_t i = 0; i < BATCH; i++)
        futures[i] = rp_echo(pipe, i);
    assert_int_equal(rp_execute(pipe), collect ? RP_OK : RP_SERVER_ERROR);
    if (collect) {
        check_collected(futures, error, at);
    } else {
        check_last_error(error, at);
        for (size_t i = 0; i < BATCH; i++)
            check_withheld(futures[i], error, at, i);
    }
    rp_free(pipe);
}

/* No other costs the connection; see test_pool_stale.c. */
static bool ends_connection(const char *error)
{
    static const char *const codes[] = {"NOAUTH ", "READONLY ", "MASTERDOWN ", "LOADING "};
    bool ends = false;

    for (size_t i = 0; i < COUNT(codes); i++)
        ends = ends || strncmp(error, codes[i], strlen(codes[i])) == 0;
    return ends;
}

static void test_p03_error_reply_at_each_place(void **state)
{
    const char *last = "";
    unsigned connections = 0;
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *script = open_memstream(&text, &size);
    assert_non_null(script);
    for (size_t i = 0; i < COUNT(errors) * (BATCH + 1) * 2; i++) {
        const char *error = errors[i / 2 / (BATCH + 1)];

        if (i == 0 || ends_connection(last))
            fprintf(script, "%sHELLO\n", connections++ ? "CONNECTION\n" : "");
        write_replies(script, error, i / 2 % (BATCH + 1), i / 2 % 3 == 0);
        last = error;
    }
    fclose(script);
    fake *f = fake_start(text);
    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    for (size_t i = 0; i < COUNT(errors) * (BATCH + 1) * 2; i++)
        check_error(i % 2, errors[i / 2 / (BATCH + 1)], i / 2 % (BATCH + 1));
    assert_int_equal(fake_connections(f), connections);
    rp_disconnect_all();
    fake_stop(f);
    free(text);
}

/* P04. */

static void check_readers(const rp_value *v, rp_status status)
{
    int64_t i = -7;
    double d = -7;
    rp_bytes b = rp_b("unchanged", 9);
    assert_int_equal(rp_kind_of(v), RP_PENDING);
    assert_int_equal(rp_get_int(v, &i), status);
    assert_int_equal(rp_get_float(v, &d), status);
    assert_int_equal(rp_get_string(v, &b), status);
    assert_true(i == -7 && d <= -7 && b.len == 9);
    assert_int_equal(rp_int(v), 0);
    assert_true(fpclassify(rp_float(v)) == FP_ZERO);
    assert_false(rp_bool(v));
    assert_string_equal(rp_str(v), "");
    assert_int_equal(rp_string(v).len, 0);
    assert_false(rp_is_null(v));
    assert_int_equal(rp_len(v), 0);
    assert_null(rp_at(v, 0));
    assert_null(rp_key_at(v, 0));
    assert_null(rp_lookup(v, "k"));
    assert_false(rp_contains(v, "k"));
    assert_false(rp_equal(v, 0));
    assert_null(rp_json(v));
    assert_int_equal(rp_last_error()->status, status);
}

static void test_p04_before_and_after(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\nSERVE 1\nREAD 1\nCLOSE\nCONNECTION\nHELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_pipeline(root);
    rp_future *first = rp_echo(root, 1), *second = rp_echo(nested, 2), *own = rp_future_new(root);
    check_pending(first, RP_QUEUED, RP_NOT_READY);
    check_readers(first, RP_NOT_READY);
    check_readers(own, RP_NOT_READY);
    assert_int_equal(rp_execute(nested), RP_OK);
    rp_free(nested);
    check_pending(second, RP_QUEUED, RP_NOT_READY);
    assert_int_equal(rp_execute(root), RP_CONNECTION_ERROR);
    check_pending(first, RP_ANSWERED, RP_NOT_READY);
    check_pending(second, RP_UNKNOWN, RP_CONNECTION_ERROR);
    check_readers(first, RP_NOT_READY);
    check_readers(second, RP_NOT_READY);
    rp_future *third = rp_echo(root, 3);
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(third), 3);
    check_pending(second, RP_UNKNOWN, RP_CONNECTION_ERROR); /* for good */
    rp_free(root);
    check_readers(NULL, RP_INVALID_VALUE);
    fake_stop(f);
}

static void test_p04_after_the_pipeline_is_freed(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\nREAD 2\nSEND '+v\\r\\n'\nCLOSE\nCONNECTION\nHELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_pipe *failing = rp_autoexec(NULL);
    rp_echo(failing, 1);
    rp_future *failed = rp_return(failing, rp_echo(failing, 2));
    rp_pipe *working = rp_autoexec(NULL);
    rp_future *value = rp_return(working, rp_echo(working, 3));
    rp_disconnect_all();
    fake_stop(f);
    check_pending(failed, RP_UNKNOWN, RP_CONNECTION_ERROR);
    check_readers(failed, RP_NOT_READY);
    assert_int_equal(rp_int(value), 3);
    rp_release(failed);
    rp_release(value);
}

/* P05. */

static void check_partial(rp_future *const *futures, size_t count, size_t answered, rp_status why)
{
    size_t i = 0, unknown = 0;
    for (; i < answered; i++) {
        assert_int_equal(rp_outcome_of(futures[i]), RP_ANSWERED);
        assert_true(strtoull(rp_str(futures[i]), NULL, 10) == i);
    }
    for (; i < count && rp_outcome_of(futures[i]) == RP_UNKNOWN; i++, unknown++)
        check_pending(futures[i], RP_UNKNOWN, why);
    assert_true(unknown >= 1);
    assert_true(i < count);
    for (; i < count; i++)
        check_pending(futures[i], RP_NOT_SENT, why);
}

/* `count` echoes, their number in front of `padding` blanks: some are answered, one more read, and then the connection
 * ends. So many are queued that the last ones can't have been written. */
static void check_p05(const char *end, size_t answered, size_t count, size_t padding, rp_status why)
{
    static char argument[64 * 1024];
    char script[200];
    rp_future **futures = kit_alloc(count * sizeof *futures);
    snprintf(script, sizeof script, "HELLO\nLOCKSTEP %zu\nREAD 1\n%s\nCONNECTION\nHELLO\nSERVE\n", answered, end);
    fake *f = fake_start(script);
    assert_int_equal(rp_connect("n", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "n", .collect = true, .timeout_ms = why == RP_TIMEOUT ? SILENCE_MS : 0);
    memset(argument, ' ', sizeof argument);
    for (size_t i = 0; i < count; i++) {
        int digits = snprintf(argument, 24, "%zu", i);
        argument[digits] = ' ';
        futures[i] = rp_echo(pipe, rp_b(argument, (size_t)digits + padding));
    }
    assert_int_equal(rp_execute(pipe), why);
    assert_int_equal(rp_last_error()->index, answered);
    assert_string_equal(rp_last_error()->connection, "n");
    check_partial(futures, count, answered, why);
    rp_free(pipe);
    pipe = rp_autoexec(NULL, .name = "n");
    rp_future *tag = rp_return(pipe, rp_echo(pipe, "tag"));
    assert_string_equal(rp_str(tag), "tag");
    rp_release(tag);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect_all();
    fake_stop(f);
    free(futures);
}

static void test_p05_partial_completion(void **state)
{
    static const size_t answered[] = {0, 1, 7, 100};
    (void)state;
    for (size_t i = 0; i < COUNT(answered); i++) {
        check_p05("CLOSE", answered[i], 40000, 0, RP_CONNECTION_ERROR);
        check_p05("RESET", answered[i], answered[i] + 200, 60000, RP_CONNECTION_ERROR);
        check_p05("SEND '@\\r\\n'\nSTALL", answered[i], answered[i] + 200, 60000, RP_PROTOCOL_ERROR);
    }
    check_p05("STALL", 7, 40000, 0, RP_TIMEOUT);
    check_p05("STALL", 7, 207, 60000, RP_TIMEOUT);
}

/* P06. */

enum { INCREMENTS = 6 };

/* Increments the keys k0, k1 ... of which each must then have been incremented `ran` times. */
static void increment_all(fake *f, rp_pipe *pipe, rp_future *futures[INCREMENTS], rp_status expected, int ran)
{
    char key[8];
    for (size_t i = 0; i < INCREMENTS; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        futures[i] = rp_incr(pipe, key);
    }
    assert_int_equal(rp_execute(pipe), expected);
    for (size_t i = 0; i < INCREMENTS; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        assert_int_equal(fake_count(f, key), ran);
    }
}

/* All are executed, `answered` of them answered, then the connection ends; once more with a new one. */
static void check_p06(const char *end, size_t answered, bool collect, rp_status why, fake *(*start)(const char *))
{
    rp_future *futures[INCREMENTS];
    char script[200];
    snprintf(script, sizeof script, "HELLO\nSERVE %zu\nEXECUTE %zu\n%s\nCONNECTION\nHELLO\nSERVE\n", answered,
             INCREMENTS - answered, end);
    fake *f = start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .collect = collect, .timeout_ms = why == RP_TIMEOUT ? SILENCE_MS : 0);
    rp_pipe *again = rp_pipeline(NULL);
    increment_all(f, pipe, futures, why, 1);
    assert_int_equal(rp_last_error()->index, answered);
    for (size_t i = 0; i < INCREMENTS; i++) {
        if (collect && i < answered)
            assert_int_equal(rp_int(futures[i]), 1);
        else if (i < answered)
            check_pending(futures[i], RP_ANSWERED, RP_NOT_READY);
        else
            check_pending(futures[i], RP_UNKNOWN, why);
    }
    increment_all(f, again, futures, RP_OK, 2);
    for (size_t i = 0; i < INCREMENTS; i++)
        assert_int_equal(rp_int(futures[i]), 2);
    rp_free(pipe);
    rp_free(again);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_p06_executed_but_unanswered(void **state)
{
    (void)state;
    for (size_t answered = 0; answered < INCREMENTS; answered++) {
        for (int collect = 0; collect < 2; collect++) {
            check_p06("CLOSE", answered, collect, RP_CONNECTION_ERROR, fake_start);
            check_p06("CLOSE", answered, collect, RP_CONNECTION_ERROR, fake_start_tcp);
            check_p06("RESET", answered, collect, RP_CONNECTION_ERROR, fake_start);
            check_p06("HALFCLOSE", answered, collect, RP_CONNECTION_ERROR, fake_start_tcp);
        }
    }
}

static void test_p06_executed_and_then_silence(void **state)
{
    (void)state;
    for (size_t answered = 0; answered < INCREMENTS; answered += 2)
        check_p06("STALL", answered, answered != 2, RP_TIMEOUT, fake_start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_p03_error_reply_at_each_place),   KIT_TEST(test_p04_before_and_after),
        KIT_TEST(test_p04_after_the_pipeline_is_freed), KIT_TEST(test_p05_partial_completion),
        KIT_TEST(test_p06_executed_but_unanswered),     KIT_TEST(test_p06_executed_and_then_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
