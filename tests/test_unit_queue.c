/* Notes. The short ways into the queue against the general one: the same commands, queued by functions that know how
 * many arguments there are and by the one that does not, are the same bytes, whatever the arguments and wherever the
 * memory for them ends. Nothing is sent. */
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

#include "pipe/pipe.h"
#include "support/kit.h"

static const rpi_head head = RPI_HEAD("4", "TEST", 0);

static rp_future *queue_general(rp_pipe *p, size_t count, const rp_arg *args)
{
    return rpi_queue(p, &head, count, args, 0, NULL);
}

static rp_future *queue_counted(rp_pipe *p, size_t count, const rp_arg *args)
{
    switch (count) {
    case 1:
        return rpi_queue_1(p, &head, args);
    case 2:
        return rpi_queue_2(p, &head, args);
    default:
        return rpi_queue_3(p, &head, args);
    }
}

/* All that is queued; free() it. */
static char *encoded(const rp_pipe *p, size_t *size)
{
    char *bytes = kit_alloc(p->size + 1), *to = bytes;
    size_t commands = 0;
    for (const rpi_run *run = p->runs.first; run; run = run->next) {
        const char *at = run->bytes;
        for (size_t i = 0; i < run->count; at += run->commands[i++].size)
            assert_ptr_equal(run->commands[i].bytes, at);
        assert_ptr_equal(at, run->bytes + run->size);
        memcpy(to, run->bytes, run->size);
        to += run->size;
        commands += run->count;
    }
    assert_int_equal(commands, p->count);
    *size = (size_t)(to - bytes);
    assert_int_equal(*size, p->size);
    return bytes;
}

static void want_same(rp_pipe *counted, rp_pipe *general)
{
    size_t a, b;
    char *first = encoded(counted, &a), *second = encoded(general, &b);
    assert_int_equal(counted->count, general->count);
    assert_int_equal(a, b);
    assert_memory_equal(first, second, a);
    free(first);
    free(second);
}

/* Every argument that the short way takes, and those next to them. */
enum { LENGTHS = 70, NUMBERS = 12, ALL = LENGTHS + NUMBERS };

static rp_arg argument(size_t i)
{
    static const char text[] = "\0a\r\n$defghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;-_#+";
    static const int64_t numbers[NUMBERS - 2] = {0, 9, 10, 11, 99, 100, -1, -10, INT64_MAX, INT64_MIN};
    rp_arg a = {.type = RP_ARG_STRING};
    if (i < LENGTHS) {
        a.s = rp_b(text + i % 3, i);
    } else if (i < ALL - 2) {
        a.type = RP_ARG_INT;
        a.i = numbers[i - LENGTHS];
    } else if (i == ALL - 2) {
        a.type = RP_ARG_UINT;
        a.u = 7;
    } else {
        a.type = RP_ARG_FLOAT;
        a.f = 2.5;
    }
    return a;
}

/* Each argument at each place, the others of any kind; in one pipeline, so that its memory ends at any of them. */
static void test_the_same_bytes(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        rp_pipe *counted = rp_pipeline(NULL), *general = rp_pipeline(NULL);
        for (size_t i = 0; i < ALL; i++)
            for (size_t k = 0; k < ALL; k++) {
                rp_arg args[3] = {argument(i), argument(k), argument((i * 7 + k) % ALL)};
                rp_future *f = queue_counted(counted, count, args);
                queue_general(general, count, args);
                assert_int_equal(rp_outcome_of(f), RP_QUEUED);
                assert_int_equal(rp_status_of(f), RP_NOT_READY);
            }
        want_same(counted, general);
        rp_free(counted);
        rp_free(general);
    }
}

/* What is refused is refused by both, and sticks. */
static void test_the_same_refusals(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 3; count++)
        for (size_t bad = 0; bad < count; bad++) {
            rp_arg args[3] = {argument(3), argument(5), argument(7)};
            rp_pipe *counted = rp_pipeline(NULL), *general = rp_pipeline(NULL);
            queue_counted(counted, count, args); /* now there is a run that the next could continue */
            queue_general(general, count, args);
            args[bad].s = (rp_bytes){NULL, bad + 1};
            assert_int_equal(rp_status_of(queue_counted(counted, count, args)), RP_INVALID_VALUE);
            assert_int_equal(rp_status_of(queue_general(general, count, args)), RP_INVALID_VALUE);
            args[bad] = argument(1);
            assert_int_equal(rp_status_of(queue_counted(counted, count, args)), RP_INVALID_VALUE);
            assert_string_equal(counted->fault->message, general->fault->message);
            assert_int_equal(counted->count, 1);
            rp_free(counted);
            rp_free(general);
        }
    assert_int_equal(rp_status_of(rp_get(NULL, "k")), RP_INVALID_OPERATION);
}

/* Pipelines of one root take turns: each command goes to its own, whatever stands at the end of the memory. */
static void test_pipelines_that_take_turns(void **state)
{
    rp_pipe *roots[2], *nested[2][2];
    (void)state;
    for (int way = 0; way < 2; way++) {
        roots[way] = rp_pipeline(NULL);
        for (int i = 0; i < 2; i++)
            nested[way][i] = rp_pipeline(roots[way]);
    }
    for (size_t round = 0; round < 300; round++)
        for (int way = 0; way < 2; way++) {
            rp_pipe *p = round % 5 == 0 ? roots[way] : nested[way][round / 3 % 2];
            rp_arg args[2] = {argument(round % LENGTHS), argument(round % ALL)};
            way ? queue_counted(p, 2, args) : queue_general(p, 2, args);
            if (round % 50 == 49)
                assert_int_equal(rp_execute(nested[way][round / 50 % 2]), RP_OK);
        }
    for (int i = 0; i < 2; i++) {
        want_same(nested[1][i], nested[0][i]);
        assert_int_equal(rp_execute(nested[0][i]), RP_OK);
        assert_int_equal(rp_execute(nested[1][i]), RP_OK);
    }
    want_same(roots[1], roots[0]);
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 2; i++)
            rp_free(nested[way][i]);
        rp_free(roots[way]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_the_same_bytes),
        KIT_TEST(test_the_same_refusals),
        KIT_TEST(test_pipelines_that_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
