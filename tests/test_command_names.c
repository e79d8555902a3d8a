/* Notes. Names of commands: what the table finds, in any case, and nothing that differs from a name in one byte; and
 * what rp_command does with names that it knows, does not know, or cannot send. */
#define _GNU_SOURCE 1
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipe/pipe.h"
#include "route/keys.h"
#include "support/sheet.h"
#include "test_connection.h"

enum { ROOM = sizeof rpi_specs->name };

/* -- the table ----------------------------------------------------------------------------------------------------- */

static int compare_names(const void *name, const void *spec)
{
    return strcmp(name, ((const rpi_spec *)spec)->name);
}

/* By another way: the table is in order. */
static const rpi_spec *find_slowly(const rpi_spec *container, const char *word, size_t len)
{
    char upper[ROOM] = "";
    size_t before = container ? (size_t)snprintf(upper, sizeof upper, "%s ", container->name) : 0;

    if (before + len >= ROOM || memchr(word, '\0', len) || memchr(word, ' ', len))
        return NULL;
    for (size_t i = 0; i < len; i++)
        upper[before + i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 32) : word[i];
    return bsearch(upper, rpi_specs + 1, rpi_spec_count, sizeof *rpi_specs, compare_names);
}

static void check_word(const rpi_spec *container, const char *word, size_t len)
{
    const rpi_spec *found = rpi_spec_find(container, word, len);

    if (found != find_slowly(container, word, len))
        fail_msg("'%s' '%.*s': %s", container ? container->name : "", (int)len, word,
                 found ? found->name : "not found");
}

/* A name of one word or two. */
static const rpi_spec *find_any(const char *name)
{
    const char *blank = strchr(name, ' ');

    return blank ? rpi_spec_find(rpi_spec_find(NULL, name, (size_t)(blank - name)), blank + 1, strlen(blank + 1))
                 : rpi_spec_find(NULL, name, strlen(name));
}

static void test_names_in_any_case(void **state)
{
    char name[ROOM];
    (void)state;

    for (size_t i = 1; i <= rpi_spec_count; i++) {
        size_t len = strlen(rpi_specs[i].name);

        for (unsigned style = 0; style < 4; style++) {
            for (size_t k = 0; k <= len; k++) {
                bool lower = style & 1 ? k % 2 == style / 2 : style / 2;

                name[k] = (char)(lower ? tolower(rpi_specs[i].name[k]) : rpi_specs[i].name[k]);
            }
            assert_ptr_equal(find_any(name), &rpi_specs[i]);
        }
    }
}

/* One byte changed, left out, or added: every byte at every place of the last word. */
static void test_names_that_are_nearly_right(void **state)
{
    char word[ROOM + 1];
    (void)state;

    for (size_t i = 1; i <= rpi_spec_count; i++) {
        const rpi_spec *container = rpi_specs[i].container;
        const char *right = rpi_specs[i].name + (container ? strlen(container->name) + 1 : 0);
        size_t len = strlen(right);

        for (size_t place = 0; place <= len; place++)
            for (int byte = 0; byte < 256; byte++) {
                memset(word, 0, sizeof word);
                memcpy(word, right, len);
                word[place] = (char)byte;
                check_word(container, word, place < len ? len : len + 1);
            }
        for (size_t most = 0; most < len; most++) {
            check_word(container, right, most);
            check_word(container, right + len - most, most);
        }
        check_word(container ? NULL : &rpi_specs[i], right, len);
    }
}

static void test_names_of_every_length(void **state)
{
    char name[100];
    (void)state;

    for (size_t len = 0; len <= sizeof name; len++) {
        memset(name, 'A', sizeof name);
        assert_null(rpi_spec_find(NULL, name, len));
        memset(name, 0, sizeof name);
        assert_null(rpi_spec_find(NULL, name, len));
        memcpy(name, "GET", 3);
        assert_int_equal(rpi_spec_find(NULL, name, len) != NULL, len == 3);
    }
}

static void test_words_of_containers(void **state)
{
    const rpi_spec *config = rpi_spec_find(NULL, "Config", 6), *get = find_any("CONFIG GET");
    char name[100];
    (void)state;

    assert_non_null(config);
    assert_non_null(get);
    assert_null(rpi_spec_find(NULL, "CONFIG GET", 10));
    assert_ptr_equal(rpi_spec_find(config, "get", 3), get);
    assert_ptr_equal(rpi_spec_find(config, "GETxx", 3), get);
    assert_null(rpi_spec_find(config, "", 0));
    assert_null(rpi_spec_find(config, "GET\0", 4));
    assert_null(rpi_spec_find(config, "REPLY", 5));
    memset(name, 'A', sizeof name);
    for (size_t len = 0; len <= sizeof name; len++)
        assert_null(rpi_spec_find(config, name, len));
}

/* -- keys behind words --------------------------------------------------------------------------------------------- */

static bool write_key(void *arg, rp_bytes key)
{
    fprintf(arg, "%.*s ", (int)key.len, key.data);
    return true;
}

/* Keys and arguments that are spelled as the words in front of keys are. */
static void test_words_that_are_arguments(void **state)
{
    static const char *const rows[][2] = {
        {"*4 XREAD STREAMS streams 0", "streams "},
        {"*6 XREAD STREAMS streams b 0 0", "streams b "},
        {"*7 XREADGROUP GROUP streams me STREAMS k >", "k "},
        {"*7 XREADGROUP GROUP g STREAMS STREAMS k >", "k "},
        {"*9 XREADGROUP GROUP streams streams COUNT 1 STREAMS k >", "k "},
        {"*2 SORT store", "store "},
        {"*4 SORT store STORE to", "store to "},
        {"*7 MIGRATE h 1 keys 0 1000 COPY", "keys "},
        {"*5 GEORADIUSBYMEMBER store store 1 m", "store "},
        {"*7 GEORADIUSBYMEMBER store store 1 m STORE to", "store to "},
        {"*3 EVAL x 1", ""},
        {"*4 EVAL x 2 a", ""},
        {"*4 EVAL x -1 a", ""},
        {"*4 EVAL x 99999999999999999999 a", ""},
        {"*4 EVAL x one a", ""},
        {"*3 XREAD STREAMS k", ""},
        {"*1 XREAD", ""},
        {"*1 GET", ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *copy = strdup(rows[i][0]), *rest = copy, *command = NULL, *keys = NULL;
        size_t size;
        FILE *out = open_memstream(&command, &size), *found;

        fprintf(out, "%s\r\n", strsep(&rest, " "));
        for (char *word; (word = strsep(&rest, " "));)
            fprintf(out, "$%zu\r\n%s\r\n", strlen(word), word);
        fclose(out);
        found = open_memstream(&keys, &size);
        assert_non_null(rpi_spec_of(command));
        rpi_spec_keys(rpi_spec_of(command), command, write_key, found);
        fclose(found);
        if (strcmp(keys, rows[i][1]) != 0)
            fail_msg("%s: '%s', not '%s'", rows[i][0], keys, rows[i][1]);
        free(copy);
        free(command);
        free(keys);
    }
}

/* -- rp_command ---------------------------------------------------------------------------------------------------- */

/* Names that nobody knows: what is sent is one command of just that name, and the reply stays as it came. */
static void unknown(sheet *s)
{
    rp_pipe *p = s->pipe;

    want_error(s, rp_command(p, "GETX", "k"), "GETX k", "ERR unknown command");
    want_error(s, rp_command(p, "hgetal", "k"), "hgetal k", "ERR unknown command");
    want_error(s, rp_command(p, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ERR unknown");
    want_error(s, rp_command(p, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ERR unknown");
    want_error(s, rp_command(p, "CONFIG"), "CONFIG", "ERR wrong number of arguments");
    want_error(s, rp_command(p, "config", "nosuch", "x"), "CONFIG nosuch x", "ERR unknown subcommand");
    want_error(s, rp_command(p, "CONFIG", 7), "CONFIG 7", "ERR unknown subcommand");
    want_error(s, rp_command(p, "CONFIG", ""), "CONFIG \"\"", "ERR unknown subcommand");
    want_error(s, rp_command(p, "CONFIG", "get"), "CONFIG get", "ERR wrong number of arguments");
    want_error(s, rp_command(p, "GET"), "GET", "ERR wrong number of arguments");
    want_error(s, rp_command(p, "GET", 1, 2, 3, 4, 5), "GET 1 2 3 4 5", "ERR wrong number of arguments");
}

SHEET_TESTS(unknown)

/* What a server of tomorrow may answer: nothing of it is changed. */
static void check_raw(int protocol, const char *reply, const char *shown)
{
    static const char *const names[] = {"NEWCMD", "newcmd", "CONFIG", "HGETALLX"};
    char script[400];
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *futures[COUNT(names)];
    fake *f;

    snprintf(script, sizeof script, "HELLO %d\nREAD 4\nSEND 4 '%s'\nSERVE\n", protocol, reply);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = protocol), RP_OK);
    for (size_t i = 0; i < COUNT(names); i++)
        futures[i] = rp_command(p, names[i], "a", 1);
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < COUNT(names); i++)
        check_shown(futures[i], shown);
    rp_free(p);
    check_echo(NULL, 1);
    rp_disconnect_all();
    fake_stop(f);
}

static void test_replies_to_unknown_commands(void **state)
{
    (void)state;
    check_raw(2, "*2\\r\\n$1\\r\\na\\r\\n$1\\r\\n1\\r\\n", "['a', '1']");
    check_raw(3, "%1\\r\\n$1\\r\\na\\r\\n$1\\r\\n1\\r\\n", "{'a': '1'}");
    check_raw(3, "~1\\r\\n:1\\r\\n", "{1}");
    check_raw(3, ",1.5\\r\\n", "1.5");
    check_raw(2, ":1\\r\\n", "1");
    check_raw(3, "#t\\r\\n", "True");
    check_raw(2, "$8\\r\\na:b\\r\\nc:d\\r\\n", "'a:b\\r\\nc:d'");
    check_raw(3, "*0\\r\\n", "[]");
}

/* Names that cannot be sent: nothing is. Names of known commands with a byte that nobody sees are among them. */
static void test_names_that_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"", 0},
        {"GET\0", 4},
        {"\0GET", 4},
        {"G\0T", 3},
        {"GET ", 4},
        {" GET", 4},
        {"GET\r\n", 5},
        {"CONFIG GET", 10},
        {"GET\x7f", 4},
        {"EVAL\x7fRO", 7},
        {"SORT\x7fRO", 7},
        {"\xc7"
         "ET",
         3},
        {"GET\xa0", 4},
        {"\x07"
         "ET",
         3},
        {"SET\t", 4},
        {"\x1b[0m", 4},
        {"CLIENT\x7f", 7},
    };
    fake *f = fake_start("HELLO\nSERVE\n");
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *bad;

        rp_ping(p);
        bad = rp_command(p, rp_b(rows[i].text, rows[i].len), "k");
        assert_int_equal(rp_outcome_of(bad), RP_NOT_SENT);
        if (rp_execute(p) != RP_INVALID_VALUE)
            fail_msg("row %zu is not refused", i);
        assert_int_equal(rp_last_error()->index, 1);
        for (const char *c = rp_last_error()->message; *c; c++)
            assert_in_range(*c, ' ', '~');
        rp_free(p);
    }
    assert_int_equal(fake_connections(f), 0);
    check_echo(NULL, 1);
    fake_stop(f);
}

/* -- shapes by words ----------------------------------------------------------------------------------------------- */

/* Words that decide the shape are looked for among the options only. */
static void keys_like_options(sheet *s)
{
    rp_pipe *p = s->pipe;

    want(s, rp_zadd(p, "withscores", 1.5, "a"), "ZADD withscores 1.5 a", RP_INT, "1");
    want(s, rp_zadd_array(p, "withscores", RP_LIST(2.5, "withscores")), "ZADD withscores 2.5 withscores", RP_INT, "1");
    want(s, rp_command(p, "ZRANGE", "withscores", 0, -1), "ZRANGE withscores 0 -1", RP_LIST, "['a', 'withscores']");
    want(s, rp_command(p, "ZRANGE", "withscores", 0, -1, "WithScores"), "ZRANGE withscores 0 -1 WithScores", RP_LIST,
         "[['a', 1.5], ['withscores', 2.5]]");
    want(s, rp_command(p, "ZRANK", "withscores", "withscores"), "ZRANK withscores withscores", RP_INT, "1");
    want(s, rp_hset(p, "withvalues", "f", "v"), "HSET withvalues f v", RP_INT, "1");
    want(s, rp_hset(p, "withvalues", "g", "w"), "HSET withvalues g w", RP_INT, "1");
    want(s, rp_command(p, "HRANDFIELD", "withvalues", 2), "HRANDFIELD withvalues 2", RP_LIST, NULL);
    want(s, rp_command(p, "hscan", "withvalues", 0), "HSCAN withvalues 0", RP_LIST, NULL);
}

static void test_keys_like_options(void **state)
{
    sheet_queue *const queues[] = {keys_like_options};
    rp_pipe *p;
    rp_future *fields;

    sheet_check_words(queues, 1);
    sheet_check_values(*state, queues, 1);
    sheet_connect(*state, 2);
    p = rp_pipeline(NULL);
    fields = rp_command(p, "HRANDFIELD", "withvalues", 2);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_kind_of(rp_at(fields, 0)), RP_STRING);
    rp_free(p);
}

#define PLACE .member = "m", .radius = 1, .unit = "m"

/* Calls by hand, and with words that decide the shape: typed, by name, and by name in the other case. */
#define PAIRS(X) \
    X(rp_get(p, "k"), rp_command(p, "GET", "k"), rp_command(p, "get", "k")) \
    X(rp_hgetall(p, "k"), rp_command(p, "HGETALL", "k"), rp_command(p, "hgetall", "k")) \
    X(rp_config_get(p, "k"), rp_command(p, "CONFIG", "GET", "k"), rp_command(p, "config", "get", "k")) \
    X(rp_xinfo_stream(p, "k"), rp_command(p, "XINFO", "STREAM", "k"), rp_command(p, "xinfo", "stream", "k")) \
    X(rp_geosearch(p, "k", PLACE), rp_command(p, "GEOSEARCH", "k", "FROMMEMBER", "m", "BYRADIUS", 1, "m"), \
      rp_command(p, "geosearch", "k", "frommember", "m", "byradius", 1, "m")) \
    X(rp_xread(p, RP_LIST("k", 0)), rp_command(p, "XREAD", "STREAMS", "k", 0), \
      rp_command(p, "xread", "streams", "k", 0)) \
    X(rp_xreadgroup(p, "g", "me", RP_LIST("k", ">")), \
      rp_command(p, "XREADGROUP", "GROUP", "g", "me", "STREAMS", "k", ">"), \
      rp_command(p, "xreadgroup", "group", "g", "me", "streams", "k", ">")) \
    X(rp_hrandfield(p, "k", .count = 2), rp_command(p, "HRANDFIELD", "k", 2), rp_command(p, "hrandfield", "k", 2)) \
    X(rp_hrandfield(p, "k", .count = 2, .withvalues = true), rp_command(p, "HRANDFIELD", "k", 2, "WITHVALUES"), \
      rp_command(p, "hrandfield", "k", 2, "withvalues")) \
    X(rp_hscan(p, "k", 0), rp_command(p, "HSCAN", "k", 0), rp_command(p, "hscan", "k", 0)) \
    X(rp_hscan(p, "k", 0, .novalues = true), rp_command(p, "HSCAN", "k", 0, "NOVALUES"), \
      rp_command(p, "hscan", "k", 0, "novalues")) \
    X(rp_zscan(p, "k", 0), rp_command(p, "ZSCAN", "k", 0), rp_command(p, "zscan", "k", 0)) \
    X(rp_zscan(p, "k", 0, .noscores = true), rp_command(p, "ZSCAN", "k", 0, "NOSCORES"), \
      rp_command(p, "zscan", "k", 0, "noscores")) \
    X(rp_zrank(p, "k", "m"), rp_command(p, "ZRANK", "k", "m"), rp_command(p, "zrank", "k", "m")) \
    X(rp_zrank(p, "k", "m", .withscore = true), rp_command(p, "ZRANK", "k", "m", "WITHSCORE"), \
      rp_command(p, "zrank", "k", "m", "withscore")) \
    X(rp_zrevrank(p, "k", "m", .withscore = true), rp_command(p, "ZREVRANK", "k", "m", "WITHSCORE"), \
      rp_command(p, "zrevrank", "k", "m", "withscore")) \
    X(rp_zrange(p, "k", 0, 1), rp_command(p, "ZRANGE", "k", 0, 1), rp_command(p, "zrange", "k", 0, 1)) \
    X(rp_zrange(p, "k", 0, 1, .desc = true, .withscores = true), \
      rp_command(p, "ZRANGE", "k", 0, 1, "REV", "WITHSCORES"), \
      rp_command(p, "zrange", "k", 0, 1, "rev", "withscores")) \
    X(rp_zrandmember(p, "k", .count = 1, .withscores = true), rp_command(p, "ZRANDMEMBER", "k", 1, "WITHSCORES"), \
      rp_command(p, "zrandmember", "k", 1, "withscores")) \
    X(rp_zunion(p, RP_LIST("a", "b")), rp_command(p, "ZUNION", 2, "a", "b"), rp_command(p, "zunion", 2, "a", "b")) \
    X(rp_zunion(p, RP_LIST("a", "b"), .withscores = true), rp_command(p, "ZUNION", 2, "a", "b", "WITHSCORES"), \
      rp_command(p, "zunion", 2, "a", "b", "withscores")) \
    X(rp_zinter(p, RP_LIST("a"), .withscores = true), rp_command(p, "ZINTER", 1, "a", "WITHSCORES"), \
      rp_command(p, "zinter", 1, "a", "withscores")) \
    X(rp_zdiff(p, RP_LIST("a"), .withscores = true), rp_command(p, "ZDIFF", 1, "a", "WITHSCORES"), \
      rp_command(p, "zdiff", 1, "a", "withscores")) \
    X(rp_lcs(p, "a", "b"), rp_command(p, "LCS", "a", "b"), rp_command(p, "lcs", "a", "b")) \
    X(rp_lcs(p, "a", "b", .idx = true), rp_command(p, "LCS", "a", "b", "IDX"), rp_command(p, "lcs", "a", "b", "idx"))

static uint8_t shape_of(const rp_future *f)
{
    return ((const rpi_command *)(const void *)f)->shape; /* its first member is the future */
}

static void check_shapes(const char *call, const rp_future *typed, const rp_future *upper, const rp_future *lower)
{
    if (shape_of(upper) != shape_of(typed) || shape_of(lower) != shape_of(typed))
        fail_msg("%s: shape %d, by name %d and %d", call, shape_of(typed), shape_of(upper), shape_of(lower));
}

#define CHECK(typed, upper, lower) check_shapes(#typed, typed, upper, lower);

static void test_typed_and_by_name_have_one_shape(void **state)
{
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    PAIRS(CHECK)
    assert_null(p->fault);
    rp_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHEET_LISTED,
        KIT_TEST(test_names_in_any_case),
        KIT_TEST(test_names_that_are_nearly_right),
        KIT_TEST(test_names_of_every_length),
        KIT_TEST(test_words_of_containers),
        KIT_TEST(test_words_that_are_arguments),
        KIT_TEST(test_replies_to_unknown_commands),
        KIT_TEST(test_names_that_are_refused),
        KIT_TEST(test_keys_like_options),
        KIT_TEST(test_typed_and_by_name_have_one_shape),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
