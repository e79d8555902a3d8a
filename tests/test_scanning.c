/* Notes. Scanners on a real server, under RESP2 and RESP3. Keys and members are numbered, so that a tally knows which
 * came how often: all must, at least once, and nothing else. How each step looks on the wire, and what goes wrong, is
 * in test_scanning_failures.c. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/memory.h"
#include "support/sheet.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { FEW = 10, MANY = 3000, HUGE_COUNT = 100000 };

typedef rp_scanner *begin_function(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size);

/* -- the server ---------------------------------------------------------------------------------------------------- */

static void check_execute(rp_pipe *p)
{
    if (rp_execute(p) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
}

static void flush(void)
{
    rp_pipe *p = rp_pipeline(NULL);

    rp_flushall(p);
    check_execute(p);
    rp_free(p);
}

static void connect_empty(const live *server, int protocol)
{
    sheet_connect(server, protocol);
    flush();
}

/* Runs a step of Lua for each i below the count. */
static void fill(size_t count, const char *step)
{
    char script[200];
    rp_pipe *p = rp_pipeline(NULL);

    snprintf(script, sizeof script, "for i = 0, ARGV[1] - 1 do %s end", step);
    rp_eval(p, script, 0, count);
    check_execute(p);
    rp_free(p);
}

static void fill_keys(size_t count)
{
    fill(count, "redis.call('SET', 'k:' .. i, i)");
}

/* Which connection an execute gets. */
static int64_t connection_id(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *id = rp_client_id(p);
    int64_t n;

    check_execute(p);
    n = rp_int(id);
    rp_free(p);
    assert_int_not_equal(n, 0);
    return n;
}

/* -- tallies ------------------------------------------------------------------------------------------------------- */

/* How often each number came behind the prefix. */
typedef struct tally {
    const char *prefix;
    size_t count;
    unsigned *times;
} tally;

static tally tally_new(const char *prefix, size_t count)
{
    return (tally){prefix, count, kit_alloc(count * sizeof(unsigned))};
}

/* The number of a name. */
static size_t tally_add(tally *t, const rp_value *name)
{
    size_t len = strlen(t->prefix), i;
    const char *text = rp_str(name);
    char *end;

    assert_int_equal(rp_kind_of(name), RP_STRING);
    if (strncmp(text, t->prefix, len) != 0)
        fail_msg("'%s' does not begin with '%s'", text, t->prefix);
    i = strtoul(text + len, &end, 10);
    assert_ptr_equal(end, text + rp_len(name));
    assert_true(i < t->count);
    t->times[i]++;
    return i;
}

/* Each came, and the tally is freed. */
static void tally_check(tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->times[i] == 0)
            fail_msg("'%s%zu' did not come", t->prefix, i);
    free(t->times);
}

static void check_close(rp_scanner *s)
{
    if (rp_scan_close(s) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
}

/* The scan of so many keys "k:..." is right. */
static void check_scan(rp_scanner *s, size_t count)
{
    tally t = tally_new("k:", count);

    for (const rp_value *key; (key = rp_scan_next(s));)
        tally_add(&t, key);
    assert_null(rp_scan_next(s));
    check_close(s);
    tally_check(&t);
}

/* -- keys ---------------------------------------------------------------------------------------------------------- */

static void test_each_key_comes(void **state)
{
    static const size_t counts[] = {0, 1, FEW, MANY};

    for (int protocol = 2; protocol <= 3; protocol++) {
        for (size_t i = 0; i < COUNT(counts); i++) {
            connect_empty(*state, protocol);
            fill_keys(counts[i]);
            check_scan(rp_scan_iter(NULL), counts[i]);
            check_scan(rp_scan_iter_with(NULL, NULL, 0), counts[i]);
            check_scan(rp_scan_iter(NULL, .count = 1 + (int64_t)counts[i] / 10), counts[i]);
            check_scan(rp_scan_iter(NULL, .count = INT64_MAX), counts[i]);
            rp_disconnect_all();
        }
    }
}

static void test_only_what_fits(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_scanner *s;

        connect_empty(*state, protocol);
        fill(MANY, "redis.call('SET', 'k:' .. i, i); redis.call('SET', 'other:' .. i, i)");
        check_scan(rp_scan_iter(NULL, .match = "k:*"), MANY);
        check_scan(rp_scan_iter(NULL, .match = "k:*", .count = 700), MANY);
        check_scan(rp_scan_iter(NULL, .match = "k:[0-4]"), 5);
        check_scan(rp_scan_iter(NULL, .match = "k:0"), 1);
        check_scan(rp_scan_iter(NULL, .match = "K:*"), 0);
        check_scan(rp_scan_iter(NULL, .match = ""), 0);
        s = rp_scan_iter(NULL, .match = "other:2??9");
        for (size_t i = 0; i < 100; i++)
            assert_non_null(rp_scan_next(s));
        check_close(s);
        rp_disconnect_all();
    }
}

static void test_only_of_a_type(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_empty(*state, protocol);
        fill(500, "redis.call('SET', 'string:' .. i, i); redis.call('HSET', 'k:' .. i, 'f', 'v'); "
                  "redis.call('ZADD', 'sorted:' .. i, i, 'm'); redis.call('SADD', 'set:' .. i, 'm')");
        check_scan(rp_scan_iter(NULL, .type = "hash"), 500);
        check_scan(rp_scan_iter(NULL, .type = "hash", .match = "k:?", .count = 50), 10);
        check_scan(rp_scan_iter(NULL, .type = "stream"), 0);
        check_scan(rp_scan_iter(NULL, .type = "zset", .match = "k:*"), 0);
        rp_disconnect_all();
    }
}

/* Items that are names alone: a server that does not know the option says so, and all is as it was. */
static void check_names(rp_scanner *s, size_t count)
{
    tally t = tally_new("n:", count);

    for (const rp_value *name; (name = rp_scan_next(s));)
        tally_add(&t, name);
    if (rp_scan_close(s) == RP_OK) {
        tally_check(&t);
        return;
    }
    assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
    assert_non_null(strstr(rp_last_error()->message, "syntax error"));
    free(t.times);
}

static void test_names_only(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_empty(*state, protocol);
        fill(MANY, "redis.call('HSET', 'h', 'n:' .. i, i); redis.call('ZADD', 'z', i, 'n:' .. i)");
        check_names(rp_hscan_iter(NULL, "h", .novalues = true), MANY);
        check_names(rp_zscan_iter(NULL, "z", .match = "n:*", .noscores = true), MANY);
        rp_disconnect_all();
    }
}

/* Any bytes, empty keys too. */
static void test_keys_of_any_bytes(void **state)
{
    static const rp_bytes keys[] = {{"", 0}, {"a\0b", 3}, {"\r\n", 2}, {"\xff\xfe", 2}, {"*", 1}};

    for (int protocol = 2; protocol <= 3; protocol++) {
        unsigned found[COUNT(keys)] = {0};
        rp_pipe *p = rp_pipeline(NULL);
        rp_scanner *s;

        connect_empty(*state, protocol);
        for (size_t i = 0; i < COUNT(keys); i++)
            rp_set(p, keys[i], i);
        check_execute(p);
        rp_free(p);
        s = rp_scan_iter(NULL);
        for (const rp_value *key; (key = rp_scan_next(s));)
            for (size_t i = 0; i < COUNT(keys); i++)
                found[i] += rp_len(key) == keys[i].len && memcmp(rp_str(key), keys[i].data, keys[i].len) == 0;
        check_close(s);
        for (size_t i = 0; i < COUNT(keys); i++)
            assert_true(found[i] > 0);
        s = rp_scan_iter(NULL, .match_bytes = RP_BYTES_OF("a\0?"), .count = HUGE_COUNT);
        assert_true(rp_equal(rp_scan_next(s), keys[1]));
        assert_null(rp_scan_next(s));
        check_close(s);
        rp_disconnect_all();
    }
}

/* How many steps the server has answered since this was asked last. */
static size_t steps(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *info = rp_info(p, .section = RP_LIST("commandstats"));
    const rp_value *line;
    size_t calls = 0;

    rp_config_resetstat(p);
    check_execute(p);
    line = rp_lookup(info, "cmdstat_scan");
    if (line)
        assert_int_equal(sscanf(rp_str(line), "calls=%zu", &calls), 1);
    rp_free(p);
    return calls;
}

/* Each round trip looks at about so many. */
static void test_count_says_how_many_steps(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_empty(*state, protocol);
        fill_keys(MANY);
        steps();
        check_scan(rp_scan_iter(NULL), MANY);
        assert_in_range(steps(), MANY / 20, MANY / 10 + 10);
        check_scan(rp_scan_iter(NULL, .count = 100), MANY);
        assert_in_range(steps(), MANY / 200, MANY / 100 + 10);
        check_scan(rp_scan_iter(NULL, .count = 10 * MANY), MANY);
        assert_int_equal(steps(), 1);
        assert_int_equal(steps(), 0);
        rp_disconnect_all();
    }
}

/* -- connections --------------------------------------------------------------------------------------------------- */

static void test_names_and_databases(void **state)
{
    char url[300];

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p, *part;

        connect_empty(*state, protocol);
        snprintf(url, sizeof url, "%s?db=3", live_url(*state));
        assert_int_equal(rp_connect("three", url, .protocol = protocol), RP_OK);
        assert_int_equal(rp_connect("same", live_url(*state), .protocol = protocol), RP_OK);
        fill_keys(70);
        p = rp_pipeline(NULL);
        part = rp_autoexec(p, .name = "three");
        rp_copy(p, "k:0", "k:0", .db = 3);
        rp_set(part, "k:1", 1);
        rp_sadd(part, "set", "k:0", "k:1", "k:2");
        rp_close(part);
        check_execute(p);
        rp_free(p);
        check_scan(rp_scan_iter(NULL), 70);
        check_scan(rp_scan_iter("same"), 70);
        check_scan(rp_scan_iter("three", .type = "string"), 2);
        check_scan(rp_sscan_iter("three", "set"), 3);
        check_scan(rp_sscan_iter("same", "set"), 0);
        rp_disconnect_all();
    }
}

/* Between two pages the connection is free for others, though there is only one; and it stays the same one. */
static void test_connection_is_free_between_pages(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        tally t = tally_new("k:", MANY);
        int64_t id;
        rp_scanner *s;

        connect_empty(*state, protocol);
        fill_keys(MANY);
        assert_int_equal(rp_connect(NULL, live_url(*state), .protocol = protocol, .pool_size = 1), RP_OK);
        id = connection_id();
        s = rp_scan_iter(NULL, .count = 300);
        for (const rp_value *key; (key = rp_scan_next(s));) {
            rp_pipe *p = rp_pipeline(NULL);
            rp_future *value = rp_get(p, key);
            size_t i = tally_add(&t, key);

            check_execute(p);
            assert_true(rp_equal(value, i));
            rp_free(p);
        }
        assert_int_equal(connection_id(), id);
        check_close(s);
        tally_check(&t);
        assert_int_equal(connection_id(), id);
        rp_disconnect_all();
    }
}

static void test_closing_early(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        int64_t id;

        connect_empty(*state, protocol);
        fill_keys(MANY);
        assert_int_equal(rp_connect(NULL, live_url(*state), .protocol = protocol, .pool_size = 1), RP_OK);
        id = connection_id();
        steps();
        for (size_t items = 0; items < 30; items++) {
            rp_scanner *s = rp_scan_iter(NULL, .count = FEW);

            for (size_t i = 0; i < items; i++)
                assert_non_null(rp_scan_next(s));
            check_close(s);
            assert_int_equal(connection_id(), id);
            assert_in_range(steps(), items > 0, items);
        }
        rp_disconnect_all();
    }
}

/* Several scanners at a time, of which each has its own place, on one connection. */
static void test_scanners_side_by_side(void **state)
{
    rp_scanner *scanners[4];
    tally tallies[COUNT(scanners)];
    size_t open = COUNT(scanners);

    connect_empty(*state, 0);
    fill(MANY, "redis.call('SET', 'k:' .. i, i); redis.call('SADD', 'set', 'k:' .. i)");
    assert_int_equal(rp_connect(NULL, live_url(*state), .pool_size = 1), RP_OK);
    for (size_t i = 0; i < COUNT(scanners); i++) {
        tallies[i] = tally_new("k:", MANY);
        scanners[i] =
            i % 2 ? rp_sscan_iter(NULL, "set", .count = 100) : rp_scan_iter(NULL, .match = "k:*", .count = 33);
    }
    while (open > 0) {
        open = 0;
        for (size_t i = 0; i < COUNT(scanners); i++) {
            const rp_value *item = rp_scan_next(scanners[i]);

            if (item)
                tally_add(&tallies[i], item);
            open += item != NULL;
        }
    }
    for (size_t i = 0; i < COUNT(scanners); i++) {
        check_close(scanners[i]);
        tally_check(&tallies[i]);
    }
}

static rp_status scan_all(void *arg)
{
    (void)arg;
    check_scan(rp_scan_iter(NULL, .count = 100), MANY);
    return RP_OK;
}

static void test_in_a_callback(void **state)
{
    rp_pipe *p = rp_pipeline(NULL);

    connect_empty(*state, 0);
    fill_keys(MANY);
    rp_get(p, "k:0");
    rp_on_execute(p, scan_all, NULL);
    check_execute(p);
    rp_free(p);
}

/* Each step is a transaction of its own then; the shapes stay. */
static void test_in_transactions(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_scanner *s;

        connect_empty(*state, protocol);
        fill_keys(MANY);
        fill(1, "redis.call('HSET', 'h', 'f', 1); redis.call('ZADD', 'z', 1, 'm')");
        assert_int_equal(rp_connect(NULL, live_url(*state), .protocol = protocol, .transaction = true), RP_OK);
        check_scan(rp_scan_iter(NULL, .match = "k:*"), MANY);
        s = rp_hscan_iter(NULL, "h");
        check_shown(rp_scan_next(s), "['f', '1']");
        check_close(s);
        s = rp_zscan_iter(NULL, "z");
        check_shown(rp_scan_next(s), "['m', 1.0]");
        check_close(s);
        rp_disconnect_all();
    }
}

/* A scanner may go from thread to thread; the failure that it ended with is the last error where it is closed. */

typedef struct visit {
    rp_scanner *scanner;
    tally *found;
    bool last; /* scans to the end */
} visit;

static void *scan_elsewhere(void *arg)
{
    visit *v = arg;

    for (int i = 0; i < 500 || v->last; i++) {
        const rp_value *key = rp_scan_next(v->scanner);

        if (!key)
            break;
        tally_add(v->found, key);
    }
    return NULL;
}

static void run_elsewhere(visit *v)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, scan_elsewhere, v), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_from_thread_to_thread(void **state)
{
    tally t;
    visit v = {.found = &t};

    connect_empty(*state, 0);
    fill_keys(MANY);
    t = tally_new("k:", MANY);
    v.scanner = rp_scan_iter(NULL, .count = 100);
    run_elsewhere(&v);
    v.last = true;
    run_elsewhere(&v);
    check_close(v.scanner);
    tally_check(&t);

    assert_int_equal(rp_connect("mine", live_url(*state)), RP_OK);
    v.scanner = rp_sscan_iter("mine", "k:0");
    run_elsewhere(&v);
    assert_int_equal(rp_scan_close(v.scanner), RP_SERVER_ERROR);
    assert_string_equal(rp_last_error()->code, "WRONGTYPE");
    assert_string_equal(rp_last_error()->connection, "mine");
}

/* -- members ------------------------------------------------------------------------------------------------------- */

static void check_member(tally *t, begin_function *begin, const rp_value *item)
{
    size_t i;

    if (begin == rp_sscan_iter_with) {
        tally_add(t, item);
        return;
    }
    assert_int_equal(rp_kind_of(item), RP_LIST);
    assert_int_equal(rp_len(item), 2);
    i = tally_add(t, rp_at(item, 0));
    if (begin == rp_hscan_iter_with) {
        assert_int_equal(rp_kind_of(rp_at(item, 1)), RP_STRING);
        assert_true(rp_equal(rp_at(item, 1), i * i));
    } else {
        assert_int_equal(rp_kind_of(rp_at(item, 1)), RP_FLOAT);
        assert_true(rp_float(rp_at(item, 1)) == (double)i + 0.5);
    }
}

/* The first `count` of the members are all that fits. */
static void check_members(begin_function *begin, const char *prefix, size_t count, const rp_scan_iter_opts *opts)
{
    tally t = tally_new(prefix, count);
    rp_scanner *s = begin(NULL, RP_ARG("c"), opts, sizeof *opts);

    for (const rp_value *item; (item = rp_scan_next(s));)
        check_member(&t, begin, item);
    check_close(s);
    tally_check(&t);
}

static void check_encoding(const char *expected)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *encoding = rp_object_encoding(p, "c");

    check_execute(p);
    assert_string_equal(rp_str(encoding), expected);
    rp_free(p);
}

static void test_members_of_all_encodings(void **state)
{
    static const struct {
        begin_function *begin;
        const char *step, *prefix;
        size_t count;
        const char *encoding; /* NULL: of each version another */
    } rows[] = {
        {rp_sscan_iter_with, "redis.call('SADD', 'c', i)", "", 300, "intset"},
        {rp_sscan_iter_with, "redis.call('SADD', 'c', 'm:' .. i)", "m:", 60, NULL},
        {rp_sscan_iter_with, "redis.call('SADD', 'c', 'm:' .. i)", "m:", MANY, "hashtable"},
        {rp_hscan_iter_with, "redis.call('HSET', 'c', 'm:' .. i, i * i)", "m:", 60, "listpack"},
        {rp_hscan_iter_with, "redis.call('HSET', 'c', 'm:' .. i, i * i)", "m:", MANY, "hashtable"},
        {rp_zscan_iter_with, "redis.call('ZADD', 'c', i + 0.5, 'm:' .. i)", "m:", 60, "listpack"},
        {rp_zscan_iter_with, "redis.call('ZADD', 'c', i + 0.5, 'm:' .. i)", "m:", MANY, "skiplist"},
    };

    for (int protocol = 2; protocol <= 3; protocol++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            char match[10];

            connect_empty(*state, protocol);
            fill(rows[i].count, rows[i].step);
            if (rows[i].encoding)
                check_encoding(rows[i].encoding);
            snprintf(match, sizeof match, "%s?", rows[i].prefix);
            check_members(rows[i].begin, rows[i].prefix, rows[i].count, &(rp_scan_iter_opts){.match = NULL});
            check_members(rows[i].begin, rows[i].prefix, rows[i].count, &(rp_scan_iter_opts){.count = 100});
            check_members(rows[i].begin, rows[i].prefix, 10, &(rp_scan_iter_opts){.match = match});
            check_members(rows[i].begin, rows[i].prefix, 0, &(rp_scan_iter_opts){.match = "none", .count = 7});
            rp_disconnect_all();
        }
    }
}

static void test_scores_and_values_as_they_are(void **state)
{
    static const char *const scored[] = {"['low', -inf]", "['minus', -2.5]", "['m', 3.0]",
                                         "['1', 17.0]",   "['far', 1e+20]",  "['top', inf]"};

    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_scanner *s;

        connect_empty(*state, protocol);
        rp_command(p, "ZADD", "z", "inf", "top", 1e20, "far", 17, "1", 3, "m", -2.5, "minus", "-inf", "low");
        rp_command(p, "HSET", "h", "number", 12, rp_b("a\0b", 3), "", "f", rp_b("\r\n\0", 3));
        check_execute(p);
        rp_free(p);
        s = rp_zscan_iter(NULL, "z");
        for (size_t i = 0; i < COUNT(scored); i++) {
            const rp_value *item = rp_scan_next(s);

            check_shown(item, scored[i]);
            assert_int_equal(rp_kind_of(rp_at(item, 0)), RP_STRING);
            assert_int_equal(rp_kind_of(rp_at(item, 1)), RP_FLOAT);
        }
        assert_null(rp_scan_next(s));
        check_close(s);
        s = rp_hscan_iter(NULL, "h");
        check_shown(rp_scan_next(s), "['number', '12']");
        check_shown(rp_scan_next(s), "['a\\x00b', '']");
        check_shown(rp_scan_next(s), "['f', '\\r\\n\\x00']");
        assert_null(rp_scan_next(s));
        check_close(s);
        rp_disconnect_all();
    }
}

static begin_function *const of_members[] = {rp_sscan_iter_with, rp_hscan_iter_with, rp_zscan_iter_with};

static void test_missing_key(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        connect_empty(*state, protocol);
        assert_int_equal(rp_connect("", "none://"), RP_INVALID_VALUE);
        for (size_t i = 0; i < COUNT(of_members); i++) {
            rp_scanner *s = of_members[i](NULL, RP_ARG("nothing"), NULL, 0);

            assert_null(rp_scan_next(s));
            assert_null(rp_scan_next(s));
            check_close(s);
        }
        assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE); /* as it was */
        rp_disconnect_all();
    }
}

static void test_key_of_another_type(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        int64_t id;

        connect_empty(*state, protocol);
        fill(1, "redis.call('RPUSH', 'list', 1)");
        assert_int_equal(rp_connect("mine", live_url(*state), .protocol = protocol), RP_OK);
        id = connection_id();
        for (size_t i = 0; i < 2 * COUNT(of_members); i++) {
            const char *name = i % 2 ? "mine" : NULL;
            rp_scanner *s = of_members[i / 2](name, RP_ARG("list"), NULL, 0);

            assert_null(rp_scan_next(s));
            assert_null(rp_scan_next(s));
            assert_int_equal(rp_connect("", "none://"), RP_INVALID_VALUE); /* another error meanwhile */
            assert_int_equal(rp_scan_close(s), RP_SERVER_ERROR);
            assert_int_equal(rp_last_error()->status, RP_SERVER_ERROR);
            assert_string_equal(rp_last_error()->code, "WRONGTYPE");
            assert_non_null(strstr(rp_last_error()->message, "WRONGTYPE"));
            if (name)
                assert_string_equal(rp_last_error()->connection, name);
            else
                assert_null(rp_last_error()->connection);
        }
        assert_int_equal(connection_id(), id);
        rp_disconnect_all();
    }
}

/* -- while others write -------------------------------------------------------------------------------------------- */

/* What is there the whole time comes, though the server rebuilds its tables meanwhile; what was deleted, or what is
 * new, may come or not. */
static void test_others_delete_and_add(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_scanner *s;
        tally t = tally_new("stays:", MANY);
        size_t n = 0;

        connect_empty(*state, protocol);
        fill(MANY, "redis.call('SET', 'stays:' .. i, i)");
        fill(5 * MANY, "redis.call('SET', 'gone:' .. i, i)");
        s = rp_scan_iter(NULL, .count = 500);
        for (const rp_value *key; (key = rp_scan_next(s)); n++) {
            if (strncmp(rp_str(key), "stays:", 6) == 0)
                tally_add(&t, key);
            if (n == 2000)
                fill(5 * MANY, "redis.call('DEL', 'gone:' .. i)");
            if (n == 4000)
                fill(4 * MANY, "redis.call('SET', 'new:' .. i, i)");
        }
        check_close(s);
        tally_check(&t);
        rp_disconnect_all();
    }
}

/* Items go into another pipeline, which keeps what it needs of them. */
static void test_items_as_arguments(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *left;
        rp_scanner *s;

        connect_empty(*state, protocol);
        fill(MANY, "redis.call('SET', 'k:' .. i, i); redis.call('ZADD', 'z', i, 'k:' .. i)");
        s = rp_zscan_iter(NULL, "z");
        for (const rp_value *item; (item = rp_scan_next(s));) {
            rp_unlink(p, rp_at(item, 0));
            rp_incrbyfloat(p, "sum", rp_float(rp_at(item, 1)));
            rp_hset(p, "scores", rp_at(item, 0), rp_at(item, 1));
        }
        check_close(s);
        left = rp_exists(p, "k:0", "k:1", "k:2999");
        check_execute(p);
        assert_int_equal(rp_int(left), 0);
        rp_free(p);
        s = rp_hscan_iter(NULL, "scores", .match = "k:2999");
        check_shown(rp_scan_next(s), "['k:2999', '2999']");
        check_close(s);
        rp_disconnect_all();
    }
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

/* A scan takes no more memory for many pages than for a few. */
static void test_memory_of_a_long_scan(void **state)
{
    sheet_connect(*state, 0);
    flush();
    fill(HUGE_COUNT, "redis.call('SET', 'k:' .. i, i); redis.call('HSET', 'c', 'm:' .. i, i * i)");
    rp_disconnect_all();
    memory_watch();
    for (int protocol = 2; protocol <= 3; protocol++) {
        tally t = tally_new("k:", HUGE_COUNT);
        size_t n = 0, of_few = 0, held = 0;
        rp_scanner *s;

        sheet_connect(*state, protocol);
        memory_mark();
        s = rp_scan_iter(NULL, .match = "k:*", .count = 1000);
        for (const rp_value *key; (key = rp_scan_next(s)); n++) {
            tally_add(&t, key);
            if (n == 5000) {
                of_few = memory_most_bytes();
                memory_mark();
            }
            held = memory_bytes();
        }
        assert_in_range(memory_most_bytes(), 1, of_few + of_few / 4);
        assert_in_range(held, 1, of_few);
        check_close(s);
        tally_check(&t);
        memory_mark();
        check_members(rp_hscan_iter_with, "m:", HUGE_COUNT, &(rp_scan_iter_opts){.count = 1000});
        assert_in_range(memory_most_bytes(), 1, 4 * of_few);
        rp_disconnect_all();
    }
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_each_key_comes),
        KIT_TEST(test_only_what_fits),
        KIT_TEST(test_only_of_a_type),
        KIT_TEST(test_names_only),
        KIT_TEST(test_keys_of_any_bytes),
        KIT_TEST(test_count_says_how_many_steps),
        KIT_TEST(test_names_and_databases),
        KIT_TEST(test_connection_is_free_between_pages),
        KIT_TEST(test_closing_early),
        KIT_TEST(test_scanners_side_by_side),
        KIT_TEST(test_in_a_callback),
        KIT_TEST(test_in_transactions),
        KIT_TEST(test_from_thread_to_thread),
        KIT_TEST(test_members_of_all_encodings),
        KIT_TEST(test_scores_and_values_as_they_are),
        KIT_TEST(test_missing_key),
        KIT_TEST(test_key_of_another_type),
        KIT_TEST(test_others_delete_and_add),
        KIT_TEST(test_items_as_arguments),
        KIT_TEST(test_memory_of_a_long_scan),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
