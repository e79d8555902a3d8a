/* Notes. Maps as they come: any keys, repeated ones too, in the order received. There is no hash table that keys
 * could be chosen against: a look-up goes through the pairs, from the last to the first. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

static wire *all;

static int make_wire(void **state)
{
    (void)state;
    all = wire_new(64 * 1024, NULL);
    return 0;
}

static int free_wire(void **state)
{
    (void)state;
    wire_free(all);
    return 0;
}

static char *dump(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    wire_dump(out, v);
    fclose(out);
    return text;
}

static void test_w37_keys_of_all_kinds_in_order(void **state)
{
    const rp_value *v =
        wire_value(all, BYTES("%9\r\n+b\r\n:1\r\n_\r\n:2\r\n*2\r\n:1\r\n+x\r\n:3\r\n:7\r\n:4\r\n,7.5\r\n:5\r\n"
                              "#t\r\n:6\r\n%1\r\n+k\r\n+v\r\n:7\r\n+b\r\n:8\r\n-ERR key\r\n:9\r\n"));
    const rp_value *key = rp_key_at(v, 2), *map = rp_key_at(v, 6), *error = rp_key_at(v, 8);
    char *text = dump(v);
    (void)state;
    assert_string_equal(text, "D[Sb=I1 N=I2 L[I1 Sx]=I3 I7=I4 F7.5=I5 B1=I6 D[Sk=Sv]=I7 Sb=I8 EERR key=I9]");
    free(text);
    assert_int_equal(rp_len(v), 9);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(rp_int(rp_at(v, i)), i + 1);
    assert_int_equal(rp_int(rp_lookup(v, rp_key_at(v, 1))), 2);
    assert_int_equal(rp_int(rp_lookup(v, key)), 3);
    assert_int_equal(rp_int(rp_lookup(v, map)), 7);
    assert_int_equal(rp_int(rp_lookup(v, 7)), 4);
    assert_int_equal(rp_int(rp_lookup(v, "7")), 4);
    assert_int_equal(rp_int(rp_lookup(v, 7.5)), 5);
    assert_int_equal(rp_int(rp_lookup(v, true)), 6);
    assert_int_equal(rp_int(rp_lookup(v, 1)), 6);
    assert_null(rp_lookup(v, 8));
    assert_null(rp_lookup(v, "B"));
    assert_null(rp_lookup(v, error));
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
}

/* As Python's dict: the last pair of a key wins. As a list of pairs all of them are there. */
static void test_w37_repeated_keys(void **state)
{
    const rp_value *v = wire_value(all, BYTES("%4\r\n+a\r\n:1\r\n+b\r\n:2\r\n$1\r\na\r\n:3\r\n+a\r\n:4\r\n"));
    char *json = rp_json(v);
    (void)state;
    assert_int_equal(rp_len(v), 4);
    assert_int_equal(rp_int(rp_lookup(v, "a")), 4);
    assert_int_equal(rp_int(rp_lookup(v, "b")), 2);
    assert_int_equal(rp_int(rp_at(v, 0)), 1);
    assert_string_equal(rp_str(rp_key_at(v, 2)), "a");
    assert_string_equal(json, "{\"a\": 4, \"b\": 2}");
    free(json);
}

/* Keys that no C string holds. */
static void test_w37_binary_keys(void **state)
{
    const rp_value *v =
        wire_value(all, BYTES("%4\r\n$3\r\na\0b\r\n:1\r\n$3\r\na\0c\r\n:2\r\n$2\r\n\r\n\r\n:3\r\n$0\r\n\r\n:4\r\n"));
    (void)state;
    assert_int_equal(rp_int(rp_lookup(v, rp_b("a\0b", 3))), 1);
    assert_int_equal(rp_int(rp_lookup(v, rp_b("a\0c", 3))), 2);
    assert_int_equal(rp_int(rp_lookup(v, "\r\n")), 3);
    assert_int_equal(rp_int(rp_lookup(v, "")), 4);
    assert_int_equal(rp_int(rp_lookup(v, rp_b(NULL, 0))), 4);
    assert_null(rp_lookup(v, "a"));
    assert_null(rp_lookup(v, rp_b("a\0", 2)));
}

/* A flat list of RESP2 becomes a dict with the same rules; one of odd length stays the list that came. */
static void test_w37_maps_of_resp2(void **state)
{
    fake *f = fake_start(
        "HELLO2\nREAD 2\nSEND "
        "'*6\\r\\n+a\\r\\n:1\\r\\n+b\\r\\n:2\\r\\n+a\\r\\n:3\\r\\n*3\\r\\n+a\\r\\n:1\\r\\n+b\\r\\n'\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *dict = rp_hgetall(pipe, "h"), *odd = rp_hgetall(pipe, "i");
    assert_int_equal(rp_execute(pipe), RP_OK);
    char *text = dump(dict);
    assert_string_equal(text, "D[Sa=I1 Sb=I2 Sa=I3]");
    free(text);
    assert_int_equal(rp_int(rp_lookup(dict, "a")), 3);
    assert_int_equal(rp_kind_of(odd), RP_LIST);
    assert_int_equal(rp_len(odd), 3);
    assert_null(rp_lookup(odd, "a"));
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    rp_free(pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

/* 100 000 pairs: all of the same key, and all of different ones. Memory is that of the pairs; equal maps of equal order
 * are compared in one pass. */
static void play_many(bool same)
{
    enum { PAIRS = 100000 };
    char pair[64];
    rp_value v;
    memory_watch();
    wire *w = wire_new((size_t)PAIRS * sizeof pair, NULL);
    wire_feed(w, BYTES("%100000\r\n"));
    for (int i = 0; i < PAIRS; i++)
        wire_feed(w, pair, (size_t)snprintf(pair, sizeof pair, "$9\r\nkey-%05d\r\n:%d\r\n", same ? 0 : i, i));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_DONE);
    assert_int_equal(rp_len(&v), PAIRS);
    assert_in_range(memory_most_bytes(), sizeof v * 2 * PAIRS, 3 * sizeof v * 2 * PAIRS);
    assert_int_equal(rp_int(rp_lookup(&v, "key-00000")), same ? PAIRS - 1 : 0);
    if (!same)
        assert_int_equal(rp_int(rp_lookup(&v, "key-99999")), PAIRS - 1);
    assert_null(rp_lookup(&v, "key"));
    assert_true(rp_equal(&v, &v));
    wire_free(w);
    memory_unwatch();
}

static void test_w37_hundred_thousand_keys(void **state)
{
    (void)state;
    play_many(true);
    play_many(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w37_keys_of_all_kinds_in_order),
        KIT_TEST(test_w37_repeated_keys),
        KIT_TEST(test_w37_binary_keys),
        KIT_TEST(test_w37_maps_of_resp2),
        KIT_TEST(test_w37_hundred_thousand_keys),
    };
    return cmocka_run_group_tests(tests, make_wire, free_wire);
}
