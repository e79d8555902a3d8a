/* Notes. Options travel by pointer and size (types.h): a program that is older than the library passes less than it
 * knows, a newer one more. Structures of every size lie in memory of exactly that size here, so that the address
 * sanitizer sees a read past their end. */
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

enum { NEWER = 40 }; /* bytes that the library does not know */

static fake *start(void)
{
    fake *f = fake_start("HELLO\nSERVE\nCONNECTION *\nHELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    return f;
}

/* A copy of `size` bytes: of the `known` ones, and zeros behind them, the last of which is `last`. */
static void *sized(const void *options, size_t known, size_t size, char last)
{
    char *copy = kit_alloc(size);
    memcpy(copy, options, size < known ? size : known);
    if (size > known)
        copy[size - 1] = last;
    return copy;
}

/* One way to pass options: queues or opens something with them, and executes. */
typedef rp_status try_options(const void *options, size_t size);

/* What is passed in full takes effect (`with`), what is not passed does not (`without`): at each size. */
static void check_sizes(try_options *try, const void *options, size_t known, size_t needed, rp_status with,
                        rp_status without)
{
    for (size_t size = 0; size <= known + NEWER; size++) {
        void *copy = sized(options, known, size, 0);
        assert_int_equal(try(copy, size), size >= needed ? with : without);
        free(copy);
    }
    for (size_t size = known + 1; size <= known + NEWER; size++) {
        void *copy = sized(options, known, size, 1);
        assert_int_equal(try(copy, size), RP_INVALID_OPERATION);
        assert_int_equal(rp_last_error()->status, RP_INVALID_OPERATION);
        free(copy);
    }
    assert_int_equal(try(NULL, 0), without);
    assert_int_equal(try(NULL, known), without);
}

static rp_status execute_and_free(rp_pipe *pipe)
{
    rp_status status = rp_execute(pipe);
    rp_free(pipe);
    return status;
}

static rp_status try_pipeline(const void *options, size_t size)
{
    rp_pipe *pipe = rp_pipeline_with(NULL, options, size);
    rp_incr(pipe, "text");
    return execute_and_free(pipe);
}

static rp_status try_autoexec(const void *options, size_t size)
{
    rp_pipe *pipe = rp_autoexec_with(NULL, options, size);
    rp_incr(pipe, "text");
    return rp_close(pipe);
}

static rp_status try_nested(const void *options, size_t size)
{
    rp_pipe *root = rp_pipeline(NULL), *nested = rp_autoexec_with(root, options, size);
    rp_echo(nested, 1);
    rp_status closed = rp_close(nested), executed = execute_and_free(root);
    assert_true(closed == RP_OK || closed == executed);
    return executed;
}

static rp_status try_set(const void *options, size_t size)
{
    rp_pipe *pipe = rp_pipeline(NULL, .collect = true);
    rp_set_with(pipe, RP_ARG("k"), RP_ARG("v"), options, size);
    return execute_and_free(pipe);
}

static rp_status try_zadd(const void *options, size_t size)
{
    rp_pipe *pipe = rp_pipeline(NULL, .collect = true);
    rp_zadd_with(pipe, RP_ARG("k"), RP_LIST(1, "m"), options, size);
    return execute_and_free(pipe);
}

static rp_status try_zrange(const void *options, size_t size)
{
    rp_pipe *pipe = rp_pipeline(NULL, .collect = true);
    rp_zrange_with(pipe, RP_ARG("k"), RP_ARG(0), RP_ARG(-1), options, size);
    return execute_and_free(pipe);
}

static rp_status try_connect(const void *options, size_t size)
{
    rp_status status = rp_connect_with("tried", "redis://localhost", options, size);
    assert_int_equal(rp_disconnect("tried"), RP_OK);
    return status;
}

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

static void test_pipeline_options_of_every_size(void **state)
{
    const rp_pipeline_opts collect = {.collect = true}, elsewhere = {.name = "not bound"};
    (void)state;
    fake *f = start();
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_set(pipe, "text", "x");
    assert_int_equal(rp_close(pipe), RP_OK);
    size_t size = sizeof(rp_pipeline_opts);
    check_sizes(try_pipeline, &collect, size, END_OF(rp_pipeline_opts, collect), RP_OK, RP_SERVER_ERROR);
    check_sizes(try_autoexec, &collect, size, END_OF(rp_pipeline_opts, collect), RP_OK, RP_SERVER_ERROR);
    fake_stop(f);
    rp_disconnect_all();
    f = start();
    const rp_pipeline_opts refused = {.timeout_ms = 1};
    check_sizes(try_nested, &refused, size, offsetof(rp_pipeline_opts, timeout_ms) + 1, RP_INVALID_OPERATION, RP_OK);
    for (size_t part = END_OF(rp_pipeline_opts, name); part <= size; part++) {
        void *copy = sized(&elsewhere, size, part, 0);
        assert_int_equal(try_nested(copy, part), RP_INVALID_PIPELINE);
        free(copy);
    }
    fake_stop(f);
}

/* Refusals tell whether an option was read. */
static void test_command_options_of_every_size(void **state)
{
    const rp_set_opts both = {.nx = true, .xx = true};
    const rp_zadd_opts exclusive = {.nx = true, .lt = true};
    const rp_zrange_opts lost = {.num = 1};
    (void)state;
    fake *f = start();
    check_sizes(try_set, &both, sizeof both, END_OF(rp_set_opts, xx), RP_INVALID_OPERATION, RP_OK);
    check_sizes(try_zadd, &exclusive, sizeof exclusive, END_OF(rp_zadd_opts, lt), RP_INVALID_OPERATION, RP_OK);
    check_sizes(try_zrange, &lost, sizeof lost, offsetof(rp_zrange_opts, num) + 1, RP_INVALID_OPERATION, RP_OK);
    fake_stop(f);
}

static void test_connect_options_of_every_size(void **state)
{
    const rp_connect_opts protocol = {.protocol = 1}, wrong = {.max_line_bytes = SIZE_MAX};
    (void)state;
    check_sizes(try_connect, &protocol, sizeof protocol, offsetof(rp_connect_opts, protocol) + 1, RP_INVALID_VALUE,
                RP_OK);
    void *copy = sized(&wrong, sizeof wrong, offsetof(rp_connect_opts, max_line_bytes), 0);
    assert_int_equal(try_connect(copy, offsetof(rp_connect_opts, max_line_bytes)), RP_OK);
    assert_int_equal(try_connect(&wrong, sizeof wrong), RP_INVALID_VALUE);
    free(copy);
}

/* What a newer program asks for in vain sticks, like every other refusal: nothing is sent. */
static void test_unknown_options_stick(void **state)
{
    struct {
        rp_pipeline_opts known;
        const char *newer;
    } options = {.newer = "x"};
    struct {
        rp_set_opts known;
        int64_t newer;
    } set = {.newer = 1};
    (void)state;
    fake *f = start();
    rp_pipe *root = rp_pipeline(NULL);
    rp_future *before = rp_incr(root, "n");
    rp_pipe *nested = rp_autoexec_with(root, &options.known, sizeof options);
    rp_future *inside = rp_incr(nested, "n");
    assert_int_equal(rp_close(nested), RP_INVALID_OPERATION);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    assert_int_equal(rp_status_of(before), RP_INVALID_OPERATION);
    assert_int_equal(rp_outcome_of(before), RP_NOT_SENT);
    assert_int_equal(rp_status_of(inside), RP_INVALID_OPERATION);
    rp_incr(root, "n");
    rp_set_with(root, RP_ARG("k"), RP_ARG("v"), &set.known, sizeof set);
    assert_int_equal(rp_execute(root), RP_INVALID_OPERATION);
    assert_int_equal(rp_last_error()->index, 1);
    assert_non_null(strstr(rp_last_error()->message, "SET"));
    assert_int_equal(fake_connections(f), 0);
    rp_future *n = rp_incr(root, "n");
    assert_int_equal(rp_execute(root), RP_OK);
    assert_int_equal(rp_int(n), 1);
    rp_free(root);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_pipeline_options_of_every_size),
        KIT_TEST(test_command_options_of_every_size),
        KIT_TEST(test_connect_options_of_every_size),
        KIT_TEST(test_unknown_options_stick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
