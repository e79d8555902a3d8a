/* Notes. What calls on hashes, sets, sorted sets, streams and places refuse before anything is sent: options that
 * exclude or need each other, numbers below zero, lists that are empty or no whole groups. Each reason is looked at,
 * since each is written in the table, or by hand, for one command. */
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/kit.h"
#include "support/memory.h"

#define ONE RP_LIST("a")
#define TWO RP_LIST("a", "b")
#define NOTHING ((rp_list_arg){0})
#define MANY ((rp_list_arg){RP_LIST("a").args, SIZE_MAX - 1})

#define HASHES(X) \
    X(hset_odd, RP_INVALID_VALUE, "HSET: it needs whole groups of field and value", rp_hset(p, "h", "f", 1, "g")) \
    X(hmset_odd, RP_INVALID_VALUE, "HMSET: it needs whole groups", rp_hmset(p, "h", "f")) \
    X(hmget_empty, RP_INVALID_VALUE, "HMGET: it needs at least one field", rp_hmget_with(p, RP_ARG("h"), 0, NULL)) \
    X(hdel_empty, RP_INVALID_VALUE, "HDEL: it needs at least one field", rp_hdel_with(p, RP_ARG("h"), 0, NULL)) \
    X(hrandfield_values, RP_INVALID_OPERATION, "HRANDFIELD: withvalues need", \
      rp_hrandfield(p, "h", .withvalues = true)) \
    X(hscan_count, RP_INVALID_VALUE, "HSCAN: count may not be below zero", rp_hscan(p, "h", 0, .count = -1)) \
    X(hexpire_two, RP_INVALID_OPERATION, "HEXPIRE: of nx, xx, gt and lt only one", \
      rp_hexpire(p, "h", 1, ONE, .nx = true, .lt = true)) \
    X(hexpire_empty, RP_INVALID_VALUE, "HEXPIRE: the list of fields is empty", rp_hexpire(p, "h", 1, NOTHING)) \
    X(httl_empty, RP_INVALID_VALUE, "HTTL: the list of fields is empty", rp_httl_array(p, "h", NOTHING)) \
    X(hgetex_two, RP_INVALID_OPERATION, "HGETEX: of ex, px, exat, pxat and persist only one", \
      rp_hgetex(p, "h", ONE, .ex = 1, .persist = true)) \
    X(hgetex_below, RP_INVALID_VALUE, "HGETEX: ex, px, exat and pxat may not be below", \
      rp_hgetex(p, "h", ONE, .px = -1)) \
    X(hsetex_odd, RP_INVALID_VALUE, "HSETEX: it needs whole groups of field and value", rp_hsetex(p, "h", ONE)) \
    X(hsetex_empty, RP_INVALID_VALUE, "HSETEX: it needs whole groups", rp_hsetex(p, "h", NOTHING)) \
    X(hsetex_fnx_fxx, RP_INVALID_OPERATION, "HSETEX: of fnx and fxx only one", \
      rp_hsetex(p, "h", TWO, .fnx = true, .fxx = true)) \
    X(hsetex_ex_px, RP_INVALID_OPERATION, "HSETEX: of ex, px, exat, pxat and keepttl only one", \
      rp_hsetex(p, "h", TWO, .ex = 1, .px = 1)) \
    X(hsetex_exat_pxat, RP_INVALID_OPERATION, "HSETEX: of ex, px", rp_hsetex(p, "h", TWO, .exat = 1, .pxat = 1)) \
    X(hsetex_ex_keepttl, RP_INVALID_OPERATION, "HSETEX: of ex, px", rp_hsetex(p, "h", TWO, .ex = 1, .keepttl = true)) \
    X(hsetex_ex, RP_INVALID_VALUE, "HSETEX: ex, px, exat and pxat may not be below", rp_hsetex(p, "h", TWO, .ex = -1)) \
    X(hsetex_px, RP_INVALID_VALUE, "HSETEX: ex, px", rp_hsetex(p, "h", TWO, .px = -1)) \
    X(hsetex_exat, RP_INVALID_VALUE, "HSETEX: ex, px", rp_hsetex(p, "h", TWO, .exat = -1)) \
    X(hsetex_pxat, RP_INVALID_VALUE, "HSETEX: ex, px", rp_hsetex(p, "h", TWO, .pxat = -1))

#define SETS(X) \
    X(spop_count, RP_INVALID_VALUE, "SPOP: count may not be below zero", rp_spop(p, "s", .count = -1)) \
    X(sintercard_empty, RP_INVALID_VALUE, "SINTERCARD: the list of keys is empty", rp_sintercard(p, NOTHING)) \
    X(sdiffstore_empty, RP_INVALID_VALUE, "SDIFFSTORE: it needs at least one key", \
      rp_sdiffstore_with(p, RP_ARG("d"), 0, NULL)) \
    X(zrange_limit, RP_INVALID_OPERATION, "ZRANGE: start and num need byscore or bylex", \
      rp_zrange(p, "z", 0, 1, .num = 1)) \
    X(zrangestore_limit, RP_INVALID_OPERATION, "ZRANGESTORE: start and num need byscore or bylex", \
      rp_zrangestore(p, "d", "z", 0, 1, .start = 1)) \
    X(zrangestore_two, RP_INVALID_OPERATION, "ZRANGESTORE: of byscore and bylex only one", \
      rp_zrangestore(p, "d", "z", 0, 1, .byscore = true, .bylex = true)) \
    X(zrandmember_scores, RP_INVALID_OPERATION, "ZRANDMEMBER: withscores need", \
      rp_zrandmember(p, "z", .withscores = true)) \
    X(zpopmin_count, RP_INVALID_VALUE, "ZPOPMIN: count may not be below zero", rp_zpopmin(p, "z", .count = -1)) \
    X(zmpop_empty, RP_INVALID_VALUE, "ZMPOP: the list of keys is empty", rp_zmpop(p, NOTHING, "MIN")) \
    X(bzpopmin_empty, RP_INVALID_VALUE, "BZPOPMIN: the list of keys is empty", rp_bzpopmin_array(p, NOTHING, 1)) \
    X(zunionstore_empty, RP_INVALID_VALUE, "ZUNIONSTORE: the list of keys is empty", rp_zunionstore(p, "d", NOTHING)) \
    X(zadd_array_odd, RP_INVALID_VALUE, "ZADD: it needs whole groups of score and member", rp_zadd_array(p, "z", ONE))

#define STREAMS(X) \
    X(xadd_odd, RP_INVALID_VALUE, "XADD: it needs whole groups of field and value", rp_xadd_array(p, "x", ONE)) \
    X(xadd_empty, RP_INVALID_VALUE, "XADD: it needs whole groups", rp_xadd_array(p, "x", NOTHING)) \
    X(xadd_two, RP_INVALID_OPERATION, "XADD: of maxlen and minid only one", \
      rp_xadd_array(p, "x", TWO, .maxlen = 1, .minid = "1")) \
    X(xadd_approximate, RP_INVALID_OPERATION, "XADD: approximate needs maxlen or minid", \
      rp_xadd_array(p, "x", TWO, .approximate = true)) \
    X(xadd_limit, RP_INVALID_OPERATION, "XADD: limit needs approximate", \
      rp_xadd_array(p, "x", TWO, .maxlen = 1, .limit = 1)) \
    X(xtrim_nothing, RP_INVALID_OPERATION, "XTRIM: it needs maxlen or minid", rp_xtrim(p, "x", .approximate = true)) \
    X(xtrim_two, RP_INVALID_OPERATION, "XTRIM: of maxlen and minid only one", \
      rp_xtrim(p, "x", .maxlen = 1, .minid = "1")) \
    X(xtrim_limit, RP_INVALID_OPERATION, "XTRIM: limit needs approximate", rp_xtrim(p, "x", .minid = "1", .limit = 1)) \
    X(xread_odd, RP_INVALID_VALUE, "XREAD: it needs whole groups of stream and id", rp_xread(p, ONE)) \
    X(xread_empty, RP_INVALID_VALUE, "XREAD: it needs whole groups", rp_xread(p, NOTHING)) \
    X(xread_many, RP_INVALID_VALUE, "1048576", rp_xread(p, MANY)) \
    X(xread_count, RP_INVALID_VALUE, "XREAD: count may not be below zero", rp_xread(p, TWO, .count = -1)) \
    X(xread_block, RP_INVALID_VALUE, "XREAD: block may not be below -1", rp_xread(p, TWO, .block = -2)) \
    X(xreadgroup_odd, RP_INVALID_VALUE, "XREADGROUP: it needs whole groups", rp_xreadgroup(p, "g", "me", ONE)) \
    X(xreadgroup_count, RP_INVALID_VALUE, "XREADGROUP: count may not", rp_xreadgroup(p, "g", "me", TWO, .count = -1)) \
    X(xreadgroup_block, RP_INVALID_VALUE, "XREADGROUP: block may not", rp_xreadgroup(p, "g", "me", TWO, .block = -2)) \
    X(xpending_idle, RP_INVALID_OPERATION, "XPENDING: idle, consumer, start and end need count", \
      rp_xpending(p, "x", "g", .idle = 1)) \
    X(xpending_start, RP_INVALID_OPERATION, "XPENDING: count need", rp_xpending(p, "x", "g", .count = 1)) \
    X(xpending_end, RP_INVALID_OPERATION, "XPENDING: start need", rp_xpending(p, "x", "g", .count = 1, .start = "-")) \
    X(xclaim_empty, RP_INVALID_VALUE, "XCLAIM: the list of ids is empty", rp_xclaim(p, "x", "g", "me", 0, NOTHING)) \
    X(xdelex_empty, RP_INVALID_VALUE, "XDELEX: the list of ids is empty", rp_xdelex(p, "x", NOTHING)) \
    X(xinfo_count, RP_INVALID_OPERATION, "XINFO STREAM: count need", rp_xinfo_stream(p, "x", .count = 1))

#define PLACES(X) \
    X(geoadd_two, RP_INVALID_OPERATION, "GEOADD: of nx and xx only one", \
      rp_geoadd(p, "g", 0, 0, "m", .nx = true, .xx = true)) \
    X(geoadd_groups, RP_INVALID_VALUE, "GEOADD: it needs whole groups of longitude, latitude and member", \
      rp_geoadd_array(p, "g", TWO)) \
    X(search_nothing, RP_INVALID_OPERATION, "GEOSEARCH: it needs radius, or width and height", rp_geosearch(p, "g")) \
    X(search_width, RP_INVALID_OPERATION, "GEOSEARCH: width and height need each other", \
      rp_geosearch(p, "g", .width = 1)) \
    X(search_height, RP_INVALID_OPERATION, "GEOSEARCH: width and height need each other", \
      rp_geosearch(p, "g", .height = 1)) \
    X(search_radius_width, RP_INVALID_OPERATION, "GEOSEARCH: of radius and width, height only one", \
      rp_geosearch(p, "g", .radius = 1, .width = 1)) \
    X(search_radius_height, RP_INVALID_OPERATION, "GEOSEARCH: of radius and width, height only one", \
      rp_geosearch(p, "g", .radius = 1, .height = 1)) \
    X(search_longitude, RP_INVALID_OPERATION, "GEOSEARCH: of member and longitude, latitude only one", \
      rp_geosearch(p, "g", .member = "m", .longitude = 1, .radius = 1)) \
    X(search_latitude, RP_INVALID_OPERATION, "GEOSEARCH: of member and longitude, latitude only one", \
      rp_geosearch(p, "g", .member = "m", .latitude = 1, .radius = 1)) \
    X(search_member_bytes, RP_INVALID_OPERATION, "GEOSEARCH: of member and longitude, latitude only one", \
      rp_geosearch(p, "g", .member_bytes = RP_BYTES_OF("m"), .latitude = 1, .radius = 1)) \
    X(search_member_both, RP_INVALID_OPERATION, "GEOSEARCHSTORE: of member and member_bytes only one", \
      rp_geosearchstore(p, "d", "g", .member = "m", .member_bytes = RP_BYTES_OF("m"), .radius = 1)) \
    X(search_any, RP_INVALID_OPERATION, "GEOSEARCH: any needs count", rp_geosearch(p, "g", .radius = 1, .any = true)) \
    X(search_count, RP_INVALID_VALUE, "GEOSEARCH: count may not be below zero", \
      rp_geosearch(p, "g", .radius = 1, .count = -1)) \
    X(store_nothing, RP_INVALID_OPERATION, "GEOSEARCHSTORE: it needs radius", rp_geosearchstore(p, "d", "g")) \
    X(radius_store_two, RP_INVALID_OPERATION, \
      "GEORADIUS: of store, store_bytes, store_dist and store_dist_bytes only one", \
      rp_georadius(p, "g", 0, 0, 1, "m", .store = "a", .store_dist = "b")) \
    X(radius_store_with, RP_INVALID_OPERATION, "GEORADIUS: store and store_dist and withcoord, withdist and withhash", \
      rp_georadius(p, "g", 0, 0, 1, "m", .store = "a", .withhash = true)) \
    X(radius_store_bytes_with, RP_INVALID_OPERATION, \
      "GEORADIUS: store and store_dist and withcoord, withdist and withhash", \
      rp_georadius(p, "g", 0, 0, 1, "m", .store_bytes = RP_BYTES_OF("a"), .withhash = true)) \
    X(radius_any, RP_INVALID_OPERATION, "GEORADIUSBYMEMBER_RO: any need", \
      rp_georadiusbymember_ro(p, "g", "m", 1, "m", .any = true))

#define CASES(X) HASHES(X) SETS(X) STREAMS(X) PLACES(X)

#include "test_calls_refusal.h"

/* The streams of XREAD are put in order in memory of their own. */
static void test_no_memory_for_streams(void **state)
{
    bool failed = true;
    size_t nth = 0;
    (void)state;
    memory_watch();
    while (failed) {
        memory_fail(++nth, false);
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *f = rp_xread(p, RP_LIST("x", 0, "y", 0), .count = 1);
        failed = memory_failures() > 0;
        memory_fail(0, false);
        assert_int_equal(rp_status_of(f), failed ? RP_NO_MEMORY : RP_NOT_READY);
        rp_free(p);
    }
    assert_true(nth > 2);
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_calls_that_contradict), KIT_TEST(test_no_memory_for_streams)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
