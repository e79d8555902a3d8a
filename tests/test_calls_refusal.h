/* Calls that are refused, and nothing of their pipeline is sent. A program defines CASES(X) before it includes this:
 * for each call a name, the status, a part of what the message says, and the call. Each becomes a function, since it is
 * a macro call with types of its own. */
#ifndef TEST_CALLS_REFUSAL_H
#define TEST_CALLS_REFUSAL_H

#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

#define DEFINE(id, status, reason, ...) \
    static rp_future *id(rp_pipe *p) \
    { \
        return __VA_ARGS__; \
    }
CASES(DEFINE)

#define ROW(id, status, reason, ...) {#id, id, status, reason},
static const struct {
    const char *label;
    rp_future *(*queue)(rp_pipe *p);
    rp_status status;
    const char *reason;
} cases[] = {CASES(ROW)};

static void check_refusal(size_t i)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_ping(p);
    rp_future *f = cases[i].queue(p);
    rp_status status = rp_execute(p);
    if (status != cases[i].status || rp_last_error()->index != 1 || !strstr(rp_last_error()->message, cases[i].reason))
        fail_msg("%s: %s, command %zu: %s", cases[i].label, rp_status_name(status), rp_last_error()->index,
                 rp_last_error()->message);
    assert_int_equal(rp_status_of(f), status);
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    rp_free(p);
}

static void test_calls_that_contradict(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refusal(i);
    assert_int_equal(fake_connections(f), 0);
    fake_stop_any(f);
}

#endif
