/* What the tests of optimistic locking share: the connection "bank" on a real server, and "other", by way of which
 * another client changes the watched key "n", kills connections, and looks at what was written. */
#ifndef TESTS_TEST_WATCH_H
#define TESTS_TEST_WATCH_H

#include "test_connection.h"
#include "test_live.h"

/* Binds "bank" and "other", with a key "n" of 10. */
static inline void connect_bank(const rp_connect_opts *options)
{
    rp_pipe *p;

    live_want(server);
    assert_int_equal(rp_connect_with("bank", live_url(server), options, options ? sizeof *options : 0), RP_OK);
    assert_int_equal(rp_connect("other", live_url(server)), RP_OK);
    p = rp_autoexec(NULL, .name = "other");
    rp_command(p, "FLUSHALL");
    rp_set(p, "n", 10);
    assert_int_equal(rp_close(p), RP_OK);
}

static inline int64_t add_elsewhere(int64_t n)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "other");
    rp_future *sum = rp_return(p, rp_incrby(p, "n", n));
    int64_t value = rp_int(sum);

    rp_release(sum);
    return value;
}

static inline int64_t value_of_n(void)
{
    return add_elsewhere(0);
}

/* The pipeline cannot execute on "bank", and why. */
static inline void check_refused(rp_pipe *p, rp_status status, const char *says)
{
    rp_future *n = rp_incr(p, "n");

    assert_int_equal(rp_execute(p), status);
    check_says(says);
    assert_string_equal(rp_last_error()->connection, "bank");
    assert_int_equal(rp_outcome_of(n), RP_NOT_SENT);
    assert_int_equal(rp_status_of(n), status);
}

#endif
