/* Notes. What a pipeline refuses: commands that listen to channels, that make transactions by hand or the connection
 * another, whoever queues them; and calls whose options contradict each other, command by command. Nothing of the
 * pipeline is sent. */
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

static const struct {
    const char *words[3];
    const char *instead; /* a part of what the message says */
} refused[] = {
    {{"SUBSCRIBE", "a"}, "a connection of your own"},
    {{"PSUBSCRIBE", "a"}, "a connection of your own"},
    {{"SSUBSCRIBE", "a"}, "a connection of your own"},
    {{"UNSUBSCRIBE"}, "a connection of your own"},
    {{"PUNSUBSCRIBE", "a"}, "a connection of your own"},
    {{"sunsubscribe", "a"}, "a connection of your own"},
    {{"AUTH", "x"}, "in the url"},
    {{"hello", "3"}, ".protocol"},
    {{"SELECT", "1"}, "in the url"},
    {{"Quit"}, "rp_disconnect"},
    {{"RESET"}, "rp_connect"},
    {{"CLIENT", "REPLY", "OFF"}, "every command's answer is needed"},
    {{"client", "reply", "SKIP"}, "every command's answer is needed"},
    {{"MULTI"}, "rp_multi"},
    {{"exec"}, ".transaction = true"},
    {{"DISCARD"}, "rp_transaction"},
    {{"WATCH", "k"}, "rp_watch"},
    {{"UNWATCH"}, "rp_watch"},
};

static void check_by_name(const char *const words[3], const char *instead)
{
    rp_arg args[3];
    size_t count = 0;
    for (; count < 3 && words[count]; count++)
        args[count] = RP_ARG(words[count]);
    rp_pipe *p = rp_pipeline(NULL);
    rp_ping(p);
    rp_future *f = rp_command_args(p, count, args);
    if (rp_execute(p) != RP_INVALID_OPERATION || rp_last_error()->index != 1 ||
        !strstr(rp_last_error()->message, instead))
        fail_msg("%s: command %zu: %s", words[0], rp_last_error()->index, rp_last_error()->message);
    assert_int_equal(rp_outcome_of(f), RP_NOT_SENT);
    rp_free(p);
}

static void test_commands_not_for_pipelines(void **state)
{
    (void)state;
    fake *f = fake_start("HELLO\nSERVE\n");
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_by_name(refused[i].words, refused[i].instead);
    assert_int_equal(fake_connections(f), 0);
    rp_pipe *p = rp_pipeline(NULL);
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
    fake_stop(f);
}

#define CASES(X) \
    X(expire_nx_xx, RP_INVALID_OPERATION, "EXPIRE: of nx, xx, gt and lt only one", \
      rp_expire(p, "k", 1, .nx = true, .xx = true)) \
    X(expireat_gt_lt, RP_INVALID_OPERATION, "EXPIREAT: of nx, xx, gt and lt only one", \
      rp_expireat(p, "k", 1, .gt = true, .lt = true)) \
    X(pexpire_nx_lt, RP_INVALID_OPERATION, "PEXPIRE: of nx, xx, gt and lt only one", \
      rp_pexpire(p, "k", 1, .nx = true, .lt = true)) \
    X(pexpireat_xx_gt, RP_INVALID_OPERATION, "PEXPIREAT: of nx, xx, gt and lt only one", \
      rp_pexpireat(p, "k", 1, .xx = true, .gt = true)) \
    X(migrate_both, RP_INVALID_OPERATION, "MIGRATE: of auth, auth_bytes, user and user_bytes only one", \
      rp_migrate(p, "h", 1, "k", 0, 1, .auth = "a", .password = "b")) \
    X(scan_match_both, RP_INVALID_OPERATION, "SCAN: of match and match_bytes only one", \
      rp_scan(p, 0, .match = "", .match_bytes = RP_BYTES_OF(""))) \
    X(ping_both, RP_INVALID_OPERATION, "PING: of message and message_bytes only one", \
      rp_ping(p, .message = "a", .message_bytes = RP_BYTES_OF("a"))) \
    X(migrate_half, RP_INVALID_VALUE, "MIGRATE: ", rp_migrate(p, "h", 1, "k", 0, 1, .user = "a")) \
    X(scan_count, RP_INVALID_VALUE, "SCAN: count may not be below zero", rp_scan(p, 0, .count = -1)) \
    X(touch_empty, RP_INVALID_VALUE, "TOUCH: it needs at least one key", rp_touch_with(p, 0, NULL)) \
    X(unlink_empty, RP_INVALID_VALUE, "UNLINK: it needs at least one key", rp_unlink_with(p, 0, NULL)) \
    X(getex_ex_persist, RP_INVALID_OPERATION, "GETEX: of ex, px, exat, pxat and persist only one", \
      rp_getex(p, "k", .ex = 1, .persist = true)) \
    X(getex_below_zero, RP_INVALID_VALUE, "GETEX: ex, px, exat and pxat may not be below zero", \
      rp_getex(p, "k", .pxat = -1)) \
    X(set_nx_ifeq, RP_INVALID_OPERATION, \
      "SET: of nx, xx, ifeq, ifeq_bytes, ifne, ifne_bytes, ifdeq and ifdne only one", \
      rp_set(p, "k", "v", .nx = true, .ifeq = "w")) \
    X(set_ifdeq_ifdne, RP_INVALID_OPERATION, \
      "SET: of nx, xx, ifeq, ifeq_bytes, ifne, ifne_bytes, ifdeq and ifdne only one", \
      rp_set(p, "k", "v", .ifdeq = "0", .ifdne = "1")) \
    X(delex_ifeq_ifne, RP_INVALID_OPERATION, "DELEX: of ifeq, ifeq_bytes, ifne, ifne_bytes, ifdeq and ifdne only one", \
      rp_delex(p, "k", .ifeq = "v", .ifne = "w")) \
    X(lcs_len_idx, RP_INVALID_OPERATION, "LCS: len and idx exclude each other", \
      rp_lcs(p, "a", "b", .len = true, .idx = true)) \
    X(lcs_minmatchlen, RP_INVALID_OPERATION, "LCS: minmatchlen and withmatchlen need idx", \
      rp_lcs(p, "a", "b", .minmatchlen = 2)) \
    X(lcs_withmatchlen, RP_INVALID_OPERATION, "LCS: minmatchlen and withmatchlen need idx", \
      rp_lcs(p, "a", "b", .withmatchlen = true)) \
    X(msetnx_odd, RP_INVALID_VALUE, "MSETNX: it needs whole groups", rp_msetnx(p, "a", 1, "b")) \
    X(msetex_odd, RP_INVALID_VALUE, "MSETEX: it needs whole", rp_msetex(p, RP_LIST("a", 1, "b"))) \
    X(msetex_empty, RP_INVALID_VALUE, "MSETEX: it needs whole", rp_msetex(p, ((rp_list_arg){0}))) \
    X(msetex_nx_xx, RP_INVALID_OPERATION, "MSETEX: of nx and xx only one", \
      rp_msetex(p, RP_LIST("a", 1), .nx = true, .xx = true)) \
    X(msetex_ex_keepttl, RP_INVALID_OPERATION, "MSETEX: of ex, px, exat, pxat and keepttl only one", \
      rp_msetex(p, RP_LIST("a", 1), .ex = 1, .keepttl = true)) \
    X(msetex_px_exat, RP_INVALID_OPERATION, "MSETEX: of ex, px, exat, pxat and keepttl only one", \
      rp_msetex(p, RP_LIST("a", 1), .px = 1, .exat = 1)) \
    X(msetex_below_zero, RP_INVALID_VALUE, "MSETEX: ex, px, exat and pxat may not be below zero", \
      rp_msetex(p, RP_LIST("a", 1), .pxat = -1)) \
    X(bitcount_byte_bit, RP_INVALID_OPERATION, "BITCOUNT: of byte and bit only one", \
      rp_bitcount(p, "k", .range = RP_LIST(0, 1), .byte = true, .bit = true)) \
    X(bitpos_byte_bit, RP_INVALID_OPERATION, "BITPOS: of byte and bit only one", \
      rp_bitpos(p, "k", 1, .range = RP_LIST(0, 1), .byte = true, .bit = true)) \
    X(bitfield_empty, RP_INVALID_VALUE, "BITFIELD: it needs at least one operation", \
      rp_bitfield_with(p, RP_ARG("k"), 0, NULL)) \
    X(pfadd_empty, RP_INVALID_VALUE, "PFADD: it needs at least one element", rp_pfadd_with(p, RP_ARG("k"), 0, NULL)) \
    X(rpush_empty, RP_INVALID_VALUE, "RPUSH: it needs at least one element", rp_rpush_with(p, RP_ARG("k"), 0, NULL)) \
    X(blpop_empty, RP_INVALID_VALUE, "BLPOP: the list of keys is empty", rp_blpop_array(p, ((rp_list_arg){0}), 1)) \
    X(blpop_no_timeout, RP_INVALID_VALUE, "BLPOP: it needs keys, then the timeout, a number", rp_blpop(p, "a", "b")) \
    X(blpop_no_key, RP_INVALID_VALUE, "BLPOP: it needs keys, then the timeout, a number", rp_blpop(p, 1.5)) \
    X(blpop_nothing, RP_INVALID_VALUE, "BLPOP: it needs keys, then the timeout", rp_blpop_args(p, 0, NULL)) \
    X(brpop_text, RP_INVALID_VALUE, "BRPOP: it needs keys, then the timeout", rp_brpop(p, "a", "1.5")) \
    X(bzpopmin_no_timeout, RP_INVALID_VALUE, "BZPOPMIN: it needs keys, then the timeout", rp_bzpopmin(p, "a", "b")) \
    X(bzpopmax_bytes, RP_INVALID_VALUE, "BZPOPMAX: it needs keys, then the timeout", \
      rp_bzpopmax(p, "a", rp_b("1", 1))) \
    X(lmpop_empty, RP_INVALID_VALUE, "LMPOP: the list of keys is empty", rp_lmpop(p, ((rp_list_arg){0}), "LEFT")) \
    X(lmpop_count, RP_INVALID_VALUE, "LMPOP: count may not be below zero", \
      rp_lmpop(p, RP_LIST("l"), "LEFT", .count = -1)) \
    X(lpop_count, RP_INVALID_VALUE, "LPOP: count may not be below zero", rp_lpop(p, "l", .count = -1)) \
    X(lpos_maxlen, RP_INVALID_VALUE, "LPOS: maxlen may not be below zero", rp_lpos(p, "l", "e", .maxlen = -1)) \
    X(pause_write_all, RP_INVALID_OPERATION, "CLIENT PAUSE: of write and all only one", \
      rp_client_pause(p, 1, .write = true, .all = true)) \
    X(unblock_timeout_error, RP_INVALID_OPERATION, "CLIENT UNBLOCK: of timeout and error only one", \
      rp_client_unblock(p, 1, .timeout = true, .error = true)) \
    X(kill_maxage, RP_INVALID_VALUE, "CLIENT KILL: maxage may not be below zero", rp_client_kill(p, .maxage = -1))

#include "test_calls_refusal.h"

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_commands_not_for_pipelines),
        KIT_TEST(test_calls_that_contradict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
