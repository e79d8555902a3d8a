/* Notes. What can't be queued, command by command: it sticks with the command's index, nothing of the pipeline is
 * sent, and the pipeline can be used again. Then the arguments that can: each type, and the bytes it becomes. The
 * list of cases makes a function of each, since each is a macro call with types of its own. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

/* Values that arrived from elsewhere, and one that has not. */
typedef struct values {
    const rp_value *pending, *none, *text, *number, *real, *yes, *list, *dict, *error;
} values;

#define NONE ((const char *)NULL)

#define CASES(X) \
    X(set_nx_xx, RP_INVALID_OPERATION, "SET", rp_set(p, "k", 1, .nx = true, .xx = true)) \
    X(set_ex_px, RP_INVALID_OPERATION, "SET", rp_set(p, "k", 1, .ex = 1, .px = 1)) \
    X(set_px_exat, RP_INVALID_OPERATION, "SET", rp_set(p, "k", 1, .px = 1, .exat = 1)) \
    X(set_exat_pxat, RP_INVALID_OPERATION, "SET", rp_set(p, "k", 1, .exat = 1, .pxat = 1)) \
    X(set_keepttl_ex, RP_INVALID_OPERATION, "SET", rp_set(p, "k", 1, .keepttl = true, .ex = 1)) \
    X(set_ex_below_zero, RP_INVALID_VALUE, "SET", rp_set(p, "k", 1, .ex = -1)) \
    X(set_px_below_zero, RP_INVALID_VALUE, "SET", rp_set(p, "k", 1, .px = -1)) \
    X(set_exat_below_zero, RP_INVALID_VALUE, "SET", rp_set(p, "k", 1, .exat = INT64_MIN)) \
    X(set_pxat_below_zero, RP_INVALID_VALUE, "SET", rp_set(p, "k", 1, .pxat = -1)) \
    X(mset_odd, RP_INVALID_VALUE, "MSET", rp_mset(p, "a", 1, "b")) \
    X(mset_empty, RP_INVALID_VALUE, "MSET", rp_mset_with(p, 0, NULL)) \
    X(mget_empty, RP_INVALID_VALUE, "MGET", rp_mget_with(p, 0, NULL)) \
    X(del_empty, RP_INVALID_VALUE, "DEL", rp_del_with(p, 0, NULL)) \
    X(exists_empty, RP_INVALID_VALUE, "EXISTS", rp_exists_with(p, 0, NULL)) \
    X(hset_odd, RP_INVALID_VALUE, "HSET", rp_hset(p, "h", "f", 1, "g")) \
    X(hset_empty, RP_INVALID_VALUE, "HSET", rp_hset_with(p, RP_ARG("h"), 0, NULL)) \
    X(lpush_empty, RP_INVALID_VALUE, "LPUSH", rp_lpush_with(p, RP_ARG("l"), 0, NULL)) \
    X(sadd_empty, RP_INVALID_VALUE, "SADD", rp_sadd_with(p, RP_ARG("s"), 0, NULL)) \
    X(zadd_nx_xx, RP_INVALID_OPERATION, "ZADD", rp_zadd(p, "z", 1, "m", .nx = true, .xx = true)) \
    X(zadd_nx_gt, RP_INVALID_OPERATION, "ZADD", rp_zadd(p, "z", 1, "m", .nx = true, .gt = true)) \
    X(zadd_nx_lt, RP_INVALID_OPERATION, "ZADD", rp_zadd(p, "z", 1, "m", .nx = true, .lt = true)) \
    X(zadd_gt_lt, RP_INVALID_OPERATION, "ZADD", rp_zadd(p, "z", 1, "m", .gt = true, .lt = true)) \
    X(zadd_odd, RP_INVALID_VALUE, "ZADD", rp_zadd_with(p, RP_ARG("z"), RP_LIST(1, "m", 2), NULL, 0)) \
    X(zadd_empty, RP_INVALID_VALUE, "ZADD", rp_zadd_with(p, RP_ARG("z"), (rp_list_arg){0}, NULL, 0)) \
    X(zadd_incr_of_two, RP_INVALID_OPERATION, "ZADD", \
      rp_zadd_with(p, RP_ARG("z"), RP_LIST(1, "m", 2, "n"), RP_OPTS_(rp_zadd_opts, .incr = true, ))) \
    X(zrange_score_lex, RP_INVALID_OPERATION, "ZRANGE", rp_zrange(p, "z", 0, 1, .byscore = true, .bylex = true)) \
    X(zrange_start, RP_INVALID_OPERATION, "ZRANGE", rp_zrange(p, "z", 0, 1, .start = 1)) \
    X(zrange_num, RP_INVALID_OPERATION, "ZRANGE", rp_zrange(p, "z", 0, 1, .num = 1)) \
    X(eval_below_zero, RP_INVALID_VALUE, "EVAL", rp_eval(p, "return 1", -1, "k")) \
    X(eval_too_many, RP_INVALID_VALUE, "EVAL", rp_eval(p, "return 1", 2, "k")) \
    X(eval_far_too_many, RP_INVALID_VALUE, "EVAL", rp_eval(p, "return 1", UINT64_MAX, "k")) \
    X(eval_text, RP_INVALID_VALUE, "EVAL", rp_eval(p, "return 1", "one", "k")) \
    X(eval_real, RP_INVALID_VALUE, "EVAL", rp_eval(p, "return 1", 1.0, "k")) \
    X(eval_nothing, RP_INVALID_VALUE, "EVAL", rp_eval_with(p, RP_ARG("return 1"), 0, NULL)) \
    X(eval_no_script, RP_INVALID_VALUE, "EVAL", rp_eval(p, NONE, 0)) \
    X(null_key, RP_INVALID_VALUE, "GET", rp_get(p, NONE)) \
    X(null_value, RP_INVALID_VALUE, "SET", rp_set(p, "k", (char *)NULL, .ex = 1)) \
    X(null_third, RP_INVALID_VALUE, "DEL", rp_del(p, "a", "b", NONE)) \
    X(null_bytes, RP_INVALID_VALUE, "ECHO", rp_echo(p, rp_b(NULL, 1))) \
    X(null_future, RP_INVALID_VALUE, "ECHO", rp_echo(p, (rp_future *)NULL)) \
    X(null_member, RP_INVALID_VALUE, "ZADD", rp_zadd(p, "z", 1, NONE)) \
    X(too_long, RP_INVALID_VALUE, "HGET", rp_hget(p, "k", rp_b("x", ((size_t)512 << 20) + 1))) \
    X(not_ready, RP_NOT_READY, "INCR", rp_incr(p, v->pending)) \
    X(not_ready_member, RP_NOT_READY, "SADD", rp_sadd(p, "s", 1, v->pending)) \
    X(value_none, RP_INVALID_VALUE, "LPUSH", rp_lpush(p, "l", v->none)) \
    X(value_list, RP_INVALID_VALUE, "SETNX", rp_setnx(p, "k", v->list)) \
    X(value_dict, RP_INVALID_VALUE, "MGET", rp_mget(p, v->dict)) \
    X(value_error, RP_INVALID_VALUE, "HSET", rp_hset(p, "h", "f", v->error)) \
    X(unknown_type, RP_INVALID_VALUE, "ECHO", rp_echo(p, ((rp_arg){.type = (rp_arg_type)99, {{NULL, 0}}}))) \
    X(no_words, RP_INVALID_VALUE, "rp_command", rp_command_args(p, 0, NULL)) \
    X(no_name, RP_INVALID_VALUE, "rp_command", rp_command(p, "", "k")) \
    X(null_name, RP_INVALID_VALUE, "rp_command", rp_command(p, NONE)) \
    X(number_as_name, RP_INVALID_VALUE, "rp_command", rp_command(p, 5)) \
    X(value_as_name, RP_INVALID_VALUE, "rp_command", rp_command(p, v->text)) \
    X(blank_in_name, RP_INVALID_VALUE, "rp_command", rp_command(p, "CONFIG GET", "port")) \
    X(two_commands, RP_INVALID_VALUE, "rp_command", rp_command(p, "GET\r\nDEL", "k")) \
    X(nul_in_name, RP_INVALID_VALUE, "rp_command", rp_command(p, rp_b("GET\0", 4), "k")) \
    X(null_word, RP_INVALID_VALUE, "CONFIG", rp_command(p, "CONFIG", NONE))

#define DEFINE(id, status, word, ...) \
    static rp_future *id(rp_pipe *p, const values *v) \
    { \
        (void)v; \
        return __VA_ARGS__; \
    }
CASES(DEFINE)

#define ROW(id, status, word, ...) {#id, id, status, word},
static const struct {
    const char *label;
    rp_future *(*queue)(rp_pipe *p, const values *v);
    rp_status status;
    const char *word; /* which the message names */
} cases[] = {CASES(ROW)};

enum { CASE_COUNT = sizeof cases / sizeof *cases };

static fake *start(void)
{
    fake *f = fake_start("HELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    return f;
}

/* A root pipeline that holds one value of each kind. */
static rp_pipe *get_values(values *v)
{
    fake *f = fake_start("HELLO\nREAD 8\nSEND '_\\r\\n$6\\r\\na\\r\\n\\0\\xff\\x80\\r\\n:-5\\r\\n,0.25\\r\\n#t\\r\\n'\n"
                         "SEND '*1\\r\\n+a\\r\\n%1\\r\\n+a\\r\\n+b\\r\\n-ERR no\\r\\n'\n");
    rp_future *got[8];
    assert_int_equal(rp_connect("values", fake_url(f)), RP_OK);
    rp_pipe *p = rp_pipeline(NULL, .name = "values", .collect = true);
    for (size_t i = 0; i < 8; i++)
        got[i] = rp_ping(p);
    assert_int_equal(rp_execute(p), RP_OK);
    *v = (values){rp_ping(p), got[0], got[1], got[2], got[3], got[4], got[5], got[6], got[7]};
    rp_disconnect("values");
    fake_stop(f);
    return p;
}

static void check_not_sent(const rp_future *f, rp_status status)
{
    assert_non_null(f);
    assert_false(rp_ready(f));
    assert_int_equal(rp_kind_of(f), RP_PENDING);
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    assert_int_equal(rp_status_of(f), status);
}

static void check_refused(size_t i, const values *v)
{
    rp_status status = cases[i].status;
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *before[] = {rp_echo(p, 1), rp_echo(p, 2)};
    rp_future *bad = cases[i].queue(p, v), *after = rp_echo(p, 3);
    rp_status executed = rp_execute(p);
    if (executed != status || rp_last_error()->status != status || rp_last_error()->index != 2 ||
        !strstr(rp_last_error()->message, cases[i].word))
        fail_msg("%s: %s, command %zu: %s", cases[i].label, rp_status_name(executed), rp_last_error()->index,
                 rp_last_error()->message);
    check_not_sent(bad, status);
    check_not_sent(before[0], status);
    check_not_sent(before[1], status);
    check_not_sent(after, status);
    assert_null(rp_last_error()->connection);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
}

static void test_refusals(void **state)
{
    values v;
    (void)state;
    rp_pipe *owner = get_values(&v);
    fake *f = start();
    for (size_t i = 0; i < CASE_COUNT; i++)
        check_refused(i, &v);
    assert_int_equal(fake_connections(f), 0);
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *n = rp_incr(p, "n");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(n), 1);
    rp_free(p);
    rp_free(owner);
    fake_stop(f);
}

static void test_too_many_words(void **state)
{
    enum { MOST = 1024 * 1024 };
    (void)state;
    fake *f = start();
    rp_arg *args = kit_alloc((MOST + 1) * sizeof *args);
    for (size_t i = 0; i <= MOST; i++)
        args[i] = RP_ARG("DEL");
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *const bad[] = {rp_command_args(p, MOST + 1, args), rp_del_with(p, MOST, args),
                              rp_del_with(p, SIZE_MAX, args)};
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    assert_non_null(strstr(rp_last_error()->message, "1048576"));
    for (size_t i = 0; i < 3; i++)
        check_not_sent(bad[i], RP_INVALID_VALUE);
    assert_int_equal(fake_connections(f), 0);
    rp_future *const most[] = {rp_command_args(p, MOST, args), rp_del_with(p, MOST - 1, args)};
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(most[0]), 0);
    assert_int_equal(rp_int(most[1]), 0);
    rp_free(p);
    free(args);
    fake_stop(f);
}

/* Without a pipeline every call gives a future all the same, and nothing happens. */
static void test_no_pipeline(void **state)
{
    values v;
    (void)state;
    rp_pipe *owner = get_values(&v);
    for (size_t i = 0; i < CASE_COUNT; i++) {
        rp_future *f = cases[i].queue(NULL, &v);
        assert_non_null(f);
        assert_false(rp_ready(f));
        assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
        assert_true(rp_status_of(f) == RP_INVALID_OPERATION || rp_status_of(f) == cases[i].status);
    }
    check_not_sent(rp_ping(NULL), RP_INVALID_OPERATION);
    check_not_sent(rp_future_new(NULL), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(NULL), RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
    assert_int_equal(rp_on_execute(NULL, NULL, NULL), RP_INVALID_OPERATION);
    assert_null(rp_alloc(NULL, 1));
    rp_free(NULL);
    rp_pipe *p = rp_pipeline(NULL);
    assert_int_equal(rp_on_execute(p, NULL, NULL), RP_INVALID_VALUE);
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    rp_free(p);
    rp_free(owner);
}

/* Arguments that can be queued. */

static void test_words_of_every_argument_type(void **state)
{
    char text[] = "text", expected[80];
    values v;
    (void)state;
    rp_pipe *owner = get_values(&v);
    const struct {
        rp_arg arg;
        const char *word;
    } rows[] = {
        {RP_ARG((signed char)-128), "-128"},
        {RP_ARG((short)-32768), "-32768"},
        {RP_ARG((int)INT32_MIN), "-2147483648"},
        {RP_ARG((long)INT64_MIN), "-9223372036854775808"},
        {RP_ARG((long long)INT64_MIN), "-9223372036854775808"},
        {RP_ARG((unsigned char)255), "255"},
        {RP_ARG((unsigned short)65535), "65535"},
        {RP_ARG((unsigned)UINT32_MAX), "4294967295"},
        {RP_ARG((unsigned long)UINT64_MAX), "18446744073709551615"},
        {RP_ARG((unsigned long long)UINT64_MAX), "18446744073709551615"},
        {RP_ARG((bool)true), "1"},
        {RP_ARG((bool)false), "0"},
        {RP_ARG(1.5F), "1.5"},
        {RP_ARG(0.1), "0.1"},
        {RP_ARG(3.0), "3"},
        {RP_ARG(HUGE_VAL), "inf"},
        {RP_ARG(-HUGE_VAL), "-inf"},
        {RP_ARG(DBL_MAX), "1.7976931348623157e+308"},
        {RP_ARG(4.9406564584124654e-324), "5e-324"},
        {RP_ARG(text), "text"},
        {RP_ARG(""), "\"\""},
        {RP_ARG(rp_b(NULL, 0)), "\"\""},
        {RP_ARG(rp_b("a\0\r\n", 4)), "\"a\\x00\\r\\n\""},
        {RP_ARG(v.text), "\"a\\r\\n\\x00\\xFF\\x80\""},
        {RP_ARG(v.number), "-5"},
        {RP_ARG(v.real), "0.25"},
        {RP_ARG(v.yes), "1"},
        {RP_ARG(RP_ARG("%s%n")), "%s%n"},
    };
    const size_t count = sizeof rows / sizeof *rows;
    fake *f = start();
    rp_pipe *p = rp_pipeline(NULL);
    for (size_t i = 0; i < count; i++)
        rp_echo(p, rows[i].arg);
    rp_free(owner); /* the values are copied */
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(fake_commands(f), 1 + count);
    for (size_t i = 0; i < count; i++) {
        snprintf(expected, sizeof expected, "ECHO %s", rows[i].word);
        assert_string_equal(fake_command(f, 1 + i), expected);
    }
    rp_free(p);
    fake_stop(f);
}

static void test_thirty_two_arguments(void **state)
{
    (void)state;
    fake *f = start();
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *deleted = rp_del(p, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                                24, 25, 26, 27, 28, 29, 30, 31, 32);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(deleted), 0);
    assert_string_equal(fake_command(f, 1),
                        "DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 "
                        "28 29 30 31 32");
    rp_free(p);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_refusals),
        KIT_TEST(test_too_many_words),
        KIT_TEST(test_no_pipeline),
        KIT_TEST(test_words_of_every_argument_type),
        KIT_TEST(test_thirty_two_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
