/* Notes. What is not there: NULL, futures that have not arrived, those that never will, and the future of a call
 * that was refused. Every reader takes them, gives the harmless value, and tells which of these it was. */
#define _GNU_SOURCE 1
#include "test_wire.h"

/* What each reader must say to a value that cannot be read. */
typedef struct expected {
    rp_status status;
    const char *part; /* of the message */
} expected;

static void clear_error(void)
{
    assert_int_equal(rp_connect(NULL, "none://"), RP_INVALID_VALUE);
    wire_want_part(rp_last_error()->message, "scheme");
}

static void want_error(expected e)
{
    assert_int_equal(rp_last_error()->status, e.status);
    wire_want_part(rp_last_error()->message, e.part);
    wire_want_printable(rp_last_error()->message);
    assert_int_equal(rp_last_error()->index, SIZE_MAX);
    assert_null(rp_last_error()->connection);
    assert_null(rp_last_error()->code);
    clear_error();
}

static void want_no_scalar(const rp_value *v, expected e)
{
    int64_t i = 4711;
    double f = 4711;
    rp_bytes s = {"untouched", 9};
    clear_error();
    assert_int_equal(rp_get_int(v, &i), e.status);
    want_error(e);
    assert_int_equal(rp_get_float(v, &f), e.status);
    want_error(e);
    assert_int_equal(rp_get_string(v, &s), e.status);
    want_error(e);
    assert_int_equal(i, 4711);
    assert_true(f >= 4711 && f <= 4711);
    assert_string_equal(s.data, "untouched");
    assert_int_equal(rp_int(v), 0);
    want_error(e);
    assert_true(rp_float(v) >= 0 && rp_float(v) <= 0);
    want_error(e);
    assert_false(rp_bool(v));
    want_error(e);
    assert_string_equal(rp_str(v), "");
    want_error(e);
    assert_int_equal(rp_string(v).len, 0);
    want_error(e);
    assert_string_equal(rp_string(v).data, "");
    assert_false(rp_is_null(v));
    want_error(e);
}

static void want_no_tree(const rp_value *v, expected e)
{
    clear_error();
    assert_int_equal(rp_len(v), 0);
    want_error(e);
    assert_null(rp_at(v, 0));
    want_error(e);
    assert_null(rp_key_at(v, 0));
    want_error(e);
    assert_null(rp_lookup(v, "k"));
    want_error(e);
    assert_false(rp_contains(v, "k"));
    want_error(e);
    assert_false(rp_equal(v, "k"));
    want_error(e);
    assert_int_equal(rp_compare(v, "k"), 0);
    want_error(e);
    assert_null(rp_json(v));
    want_error(e);
}

/* The same value as the argument, beside one that is there. */
static void want_no_argument(const rp_value *v, expected e)
{
    wire *w = wire_new(64, NULL);
    const rp_value *there = wire_value(w, BYTES("%1\r\n+k\r\n+v\r\n"));
    clear_error();
    assert_false(rp_equal(there, v));
    want_error(e);
    assert_int_equal(rp_compare(there, v), 0);
    want_error(e);
    assert_null(rp_lookup(there, v));
    want_error(e);
    assert_false(rp_contains(there, v));
    want_error(e);
    wire_free(w);
}

static void want_printed_none(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    clear_error();
    rp_print(out, v);
    fclose(out);
    assert_string_equal(text, "None");
    free(text);
    wire_want_part(rp_last_error()->message, "scheme");
}

static void want_missing(const rp_value *v, expected e)
{
    assert_int_equal(rp_kind_of(v), RP_PENDING);
    assert_false(rp_ready(v));
    want_no_scalar(v, e);
    want_no_tree(v, e);
    want_no_argument(v, e);
    want_printed_none(v);
}

static void test_null_pointer(void **state)
{
    (void)state;
    want_missing(NULL, (expected){RP_INVALID_VALUE, "NULL pointer"});
    assert_int_equal(rp_status_of(NULL), RP_INVALID_VALUE);
    assert_int_equal(rp_outcome_of(NULL), RP_NOT_SENT);
}

static void test_null_text_to_compare_with(void **state)
{
    const expected e = {RP_INVALID_VALUE, "NULL pointer"};
    const char *null = NULL;
    wire *w = wire_new(64, NULL);
    const rp_value *text = wire_value(w, BYTES("+v\r\n")), *dict = wire_value(w, BYTES("%1\r\n+k\r\n+v\r\n"));
    (void)state;
    clear_error();
    assert_false(rp_equal(text, null));
    want_error(e);
    assert_int_equal(rp_compare(text, null), 0);
    want_error(e);
    assert_null(rp_lookup(dict, null));
    want_error(e);
    assert_false(rp_contains(dict, rp_b(NULL, 3)));
    want_error(e);
    assert_true(rp_contains(text, rp_b(NULL, 0)));
    wire_free(w);
}

static void test_future_that_has_not_arrived(void **state)
{
    const expected e = {RP_NOT_READY, "the future has not arrived: rp_execute its pipeline first"};
    rp_pipe *pipe = rp_pipeline(NULL), *nested = rp_pipeline(pipe);
    (void)state;
    const rp_future *queued = rp_ping(pipe), *deeper = rp_ping(nested), *own = rp_future_new(pipe);
    want_missing(queued, e);
    want_missing(deeper, e);
    want_missing(own, e);
    assert_int_equal(rp_execute(nested), RP_OK);
    want_missing(deeper, e);
    assert_int_equal(rp_status_of(queued), RP_NOT_READY);
    assert_int_equal(rp_outcome_of(queued), RP_QUEUED);
    assert_int_equal(rp_status_of(own), RP_NOT_READY);
    rp_free(nested);
    rp_free(pipe);
}

static void test_future_that_was_forgotten(void **state)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    (void)state;
    const rp_future *forgotten = rp_ping(pipe);
    rp_clear(pipe);
    want_missing(forgotten, (expected){RP_NOT_READY, "the future has not arrived"});
    assert_int_equal(rp_status_of(forgotten), RP_NOT_READY);
    assert_int_equal(rp_outcome_of(forgotten), RP_NOT_SENT);
    rp_free(pipe);
}

static void test_future_of_a_failed_execute(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nREAD 2\nCLOSE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 2, false);
    assert_int_equal(b.status, RP_CONNECTION_ERROR);
    want_missing(b.futures[0],
                 (expected){RP_NOT_READY, "will never arrive: its execute failed with RP_CONNECTION_ERROR"});
    assert_int_equal(rp_status_of(b.futures[0]), RP_CONNECTION_ERROR);
    assert_int_equal(rp_outcome_of(b.futures[0]), RP_UNKNOWN);
    rp_free(b.pipe);
    fake_stop(f);
}

static void test_future_without_a_connection(void **state)
{
    rp_pipe *pipe = rp_pipeline(NULL, .name = "nowhere");
    (void)state;
    const rp_future *lost = rp_ping(pipe);
    assert_int_equal(rp_execute(pipe), RP_INVALID_PIPELINE);
    want_missing(lost, (expected){RP_NOT_READY, "will never arrive: its execute failed with RP_INVALID_PIPELINE"});
    assert_int_equal(rp_status_of(lost), RP_INVALID_PIPELINE);
    assert_int_equal(rp_outcome_of(lost), RP_NOT_SENT);
    rp_free(pipe);
}

static void test_future_of_a_call_that_was_refused(void **state)
{
    const char *null = NULL;
    rp_pipe *pipe = rp_pipeline(NULL);
    (void)state;
    const rp_future *refused = rp_get(pipe, null), *after = rp_ping(pipe), *without = rp_ping(NULL);
    want_missing(refused, (expected){RP_NOT_READY, "will never arrive: its execute failed with RP_INVALID_VALUE"});
    want_missing(after, (expected){RP_NOT_READY, "will never arrive"});
    want_missing(without, (expected){RP_NOT_READY, "RP_INVALID_OPERATION"});
    assert_int_equal(rp_status_of(refused), RP_INVALID_VALUE);
    assert_int_equal(rp_status_of(without), RP_INVALID_OPERATION);
    assert_int_equal(rp_outcome_of(refused), RP_NOT_SENT);
    rp_free(pipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_null_pointer),
        KIT_TEST(test_null_text_to_compare_with),
        KIT_TEST(test_future_that_has_not_arrived),
        KIT_TEST(test_future_that_was_forgotten),
        KIT_TEST(test_future_of_a_failed_execute),
        KIT_TEST(test_future_without_a_connection),
        KIT_TEST(test_future_of_a_call_that_was_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
