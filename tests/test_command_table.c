/* Notes. The table of commands that is read at run time, against what a server says of itself: COMMAND INFO, COMMAND
 * DOCS and COMMAND GETKEYS. Every difference is printed; the facts are those of Redis 7.0, so that only there one fails
 * the test. Names are asked for in lower case, as servers have them. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route/keys.h"
#include "route/spec.h"

#include "support/sheet.h"

enum { MOST_WORDS = 24 };

static size_t differences;

/* What the table says otherwise on purpose: WAIT blocks, though it says so only from 7.2 on; ZRANK and ZREVRANK take
 * more from then on; what SORT_RO reads besides its key has no name in the command. */
static const struct {
    const char *name, *what;
} wanted[] = {{"wait", "blocking"}, {"zrank", "arity"}, {"zrevrank", "arity"}, {"sort_ro", "movable keys"}};

static void differs(const char *name, const char *what)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(name, wanted[i].name) == 0 && strcmp(what, wanted[i].what) == 0)
            return;
    print_error("%s: %s\n", name, what);
    differences++;
}

static bool is_redis_7_0(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *info = rp_info(p, .section = RP_LIST("server"));
    assert_int_equal(rp_execute(p), RP_OK);
    const rp_value *version = rp_lookup(info, "redis_version");
    bool same = strncmp(rp_str(version), "7.0.", 4) == 0 && !rp_lookup(info, "valkey_version");
    rp_free(p);
    return same;
}

/* Connects the default connection, and begins to count. */
static void begin(void **state)
{
    sheet_connect(*state, 0);
    differences = 0;
}

static void end(void)
{
    if (is_redis_7_0())
        assert_int_equal(differences, 0);
    else
        print_message("%zu differences, with a server that is not Redis 7.0\n", differences);
}

/* "config|get" as the table has it, but for its case. */
static const rpi_spec *find(const char *server_name)
{
    size_t first = strcspn(server_name, "|");
    const char *word = server_name[first] ? server_name + first + 1 : NULL;
    const rpi_spec *spec = rpi_spec_find(NULL, server_name, first);
    if (spec && word)
        spec = rpi_spec_find(spec, word, strlen(word));
    if (!spec)
        differs(server_name, "it is not in the table");
    return spec;
}

/* What COMMAND INFO says. */

static const struct {
    const char *name;
    unsigned flag;
} flags[] = {
    {"readonly", RPI_READONLY}, {"write", RPI_WRITE},       {"blocking", RPI_BLOCKING},
    {"pubsub", RPI_PUBSUB},     {"no_multi", RPI_NO_MULTI},
};

static void check_flags(const char *name, const rpi_spec *spec, const rp_value *has)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (rp_contains(has, flags[i].name) != ((spec->flags & flags[i].flag) != 0))
            differs(name, flags[i].name);
}

/* The first, the last and the step are those of the first place; the server has no names for the others. */
static void check_places(const char *name, const rpi_spec *spec, const rp_value *info)
{
    rpi_keys range = {0};
    bool movable = false;
    for (size_t i = 0; i < 3; i++) {
        if (spec->keys[i].kind == RPI_KEYS_RANGE && !range.kind)
            range = spec->keys[i];
        movable = movable || spec->keys[i].kind > RPI_KEYS_RANGE;
    }
    if (rp_int(rp_at(info, 3)) != range.first || rp_int(rp_at(info, 4)) != range.last ||
        rp_int(rp_at(info, 5)) != range.step)
        differs(name, "first, last, step");
    if (rp_contains(rp_at(info, 2), "movablekeys") != movable)
        differs(name, "movable keys");
}

static void check_command(const rp_value *info)
{
    const char *name = rp_str(rp_at(info, 0));
    const rpi_spec *spec = find(name);
    if (!spec)
        return;
    bool container = rp_len(rp_at(info, 9)) > 0;
    if (rp_int(rp_at(info, 1)) != spec->arity)
        differs(name, "arity");
    if (((spec->flags & RPI_CONTAINER) != 0) != container)
        differs(name, "container");
    check_flags(name, spec, rp_at(info, 2));
    check_places(name, spec, info);
}

static void test_what_servers_know(void **state)
{
    size_t count = 0;
    begin(state);
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *all = rp_command_info(p);
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < rp_len(all); i++) {
        const rp_value *within = rp_at(rp_at(all, i), 9);
        check_command(rp_at(all, i));
        for (size_t k = 0; k < rp_len(within); k++)
            check_command(rp_at(within, k));
        count += 1 + rp_len(within);
    }
    print_message("%zu commands of the server, %zu of the table\n", count, rpi_spec_count);
    assert_true(count > 300);
    rp_free(p);
    end();
}

static void test_what_is_documented(void **state)
{
    begin(state);
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *docs = rp_command_docs(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_len(docs) > 200);
    for (size_t i = 0; i < rp_len(docs); i++) {
        const rp_value *within = rp_lookup(rp_at(docs, i), "subcommands");
        find(rp_str(rp_key_at(docs, i)));
        for (size_t k = 0; within && k < rp_len(within); k++)
            find(rp_str(rp_key_at(within, k)));
    }
    rp_free(p);
    end();
}

/* Keys. */

typedef struct call {
    size_t count;
    rp_arg words[MOST_WORDS];
    char *text, *copy; /* what is shown, and the words */
} call;

/* A call of words with blanks in between. */
static call call_of(const char *text)
{
    call c = {.text = strdup(text), .copy = strdup(text)};
    char *rest = c.copy;
    for (char *word; (word = strsep(&rest, " "));) {
        assert_true(c.count < MOST_WORDS);
        c.words[c.count++] = RP_ARG(word);
    }
    return c;
}

static void call_free(call *c)
{
    free(c->text);
    free(c->copy);
}

static char *encode(const call *c)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fprintf(out, "*%zu\r\n", c->count);
    for (size_t i = 0; i < c->count; i++)
        fprintf(out, "$%zu\r\n%s\r\n", c->words[i].s.len, c->words[i].s.data);
    fclose(out);
    return text;
}

static bool write_key(void *arg, rp_bytes key)
{
    fprintf(arg, "%.*s ", (int)key.len, key.data);
    return true;
}

/* The keys, each with a blank behind it: what the table says, and what the server answered. To be freed. */

static char *keys_of_table(const call *c)
{
    char *text = NULL, *command = encode(c);
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    const rpi_spec *spec = rpi_spec_of(command);
    if (spec)
        assert_true(rpi_spec_keys(spec, command, write_key, out));
    else
        differs(c->text, "it is not in the table");
    fclose(out);
    free(command);
    return text;
}

/* Where a command has no keys, the server says that as an error. */
static char *keys_of_server(const rp_value *answer)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; rp_kind_of(answer) == RP_LIST && i < rp_len(answer); i++)
        fprintf(out, "%s ", rp_str(rp_at(answer, i)));
    fclose(out);
    return text;
}

static void compare_keys(const call *c, const rp_value *answer)
{
    char *ours = keys_of_table(c), *theirs = keys_of_server(answer);
    if (strcmp(ours, theirs) != 0) {
        differs(c->text, "keys");
        print_error("    the table: %s\n    the server: %s\n", ours, theirs);
    }
    free(ours);
    free(theirs);
}

static void check_keys(const char *text)
{
    call c = call_of(text);
    rp_pipe *p = rp_pipeline(NULL, .collect = true);
    const rp_future *answer = rp_command_getkeys_with(p, c.count, c.words);
    assert_int_equal(rp_execute(p), RP_OK);
    compare_keys(&c, answer);
    rp_free(p);
    call_free(&c);
}

/* Does a channel stand where others have a key? It counts as one in a cluster, but the server does not name it. */
static bool has_channels(const rp_value *info)
{
    const rp_value *places = rp_at(info, 8);
    return rp_len(places) > 0 && rp_contains(rp_lookup(rp_at(places, 0), "flags"), "not_key");
}

/* A command whose keys stand where they always do: with words that show their places. */
static void check_keys_of(const rp_value *info)
{
    if (has_channels(info) || rp_contains(rp_at(info, 2), "movablekeys"))
        return;
    int64_t arity = rp_int(rp_at(info, 1)), count = arity < 0 ? 5 - arity : arity;
    char text[512], *name = strdup(rp_str(rp_at(info, 0)));
    char *bar = strchr(name, '|');
    if (bar)
        *bar = ' ';
    int n = snprintf(text, sizeof text, "%s", name);
    for (int64_t i = bar ? 2 : 1; i < count; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " w%d", (int)i);
    check_keys(text);
    free(name);
}

static void test_fixed_keys(void **state)
{
    begin(state);
    rp_pipe *p = rp_pipeline(NULL);
    const rp_future *all = rp_command_info(p);
    assert_int_equal(rp_execute(p), RP_OK);
    for (size_t i = 0; i < rp_len(all); i++) {
        const rp_value *info = rp_at(all, i), *within = rp_at(info, 9);
        if (rp_len(within) == 0)
            check_keys_of(info);
        for (size_t k = 0; k < rp_len(within); k++)
            check_keys_of(rp_at(within, k));
    }
    assert_true(rp_len(all) > 200);
    rp_free(p);
    end();
}

static const char *const movable[] = {
    "eval x 0",
    "EVAL x 0 a b",
    "EVAL x 2 k1 k2 a",
    "EVAL_RO x 1 k1",
    "EVALSHA x 1 k1 a",
    "EVALSHA_RO x 2 k1 k2",
    "FCALL f 2 k1 k2 a",
    "FCALL_RO f 1 k1",
    "ZUNION 2 k1 k2 WEIGHTS 1 2",
    "ZINTER 1 k1 WITHSCORES",
    "ZDIFF 2 k1 k2",
    "ZUNIONSTORE to 2 k1 k2 AGGREGATE MAX",
    "ZINTERSTORE to 1 k1",
    "zdiffstore to 3 k1 k2 k3",
    "ZINTERCARD 2 k1 k2 LIMIT 1",
    "SINTERCARD 2 k1 k2 LIMIT 1",
    "LMPOP 2 k1 k2 LEFT COUNT 3",
    "BLMPOP 0 2 k1 k2 RIGHT",
    "ZMPOP 1 k1 MIN",
    "BZMPOP 1.5 2 k1 k2 MAX COUNT 3",
    "XREAD STREAMS k1 0",
    "xread count 2 block 100 streams k1 k2 0 $",
    "XREADGROUP GROUP g c COUNT 1 NOACK STREAMS k1 k2 > >",
    "XREADGROUP GROUP g c STREAMS k1 >",
    "SORT k1",
    "SORT k1 BY w GET # LIMIT 0 1 DESC ALPHA",
    "SORT k1 ALPHA STORE to",
    "SORT_RO k1 BY w GET #",
    "MIGRATE 127.0.0.1 6379 k1 0 1000",
    "MIGRATE 127.0.0.1 6379 k1 0 1000 COPY REPLACE AUTH2 u p",
    "GEORADIUS k1 1 2 3 km WITHDIST",
    "GEORADIUS k1 1 2 3 km STORE to",
    "GEORADIUS k1 1 2 3 km COUNT 3 ASC STOREDIST to",
    "GEORADIUSBYMEMBER k1 m 3 km STORE to",
    "georadiusbymember k1 m 3 km storedist to",
    "GEORADIUS_RO k1 1 2 3 km",
    "GEOSEARCHSTORE to k1 FROMMEMBER m BYRADIUS 1 km STOREDIST",
    "BITOP AND to k1 k2",
    "BLPOP k1 k2 0",
    "OBJECT ENCODING k1",
    "MEMORY USAGE k1 SAMPLES 0",
    "XGROUP CREATE k1 g $",
    "XINFO STREAM k1 FULL",
    "PING",
};

static void test_movable_keys(void **state)
{
    begin(state);
    for (size_t i = 0; i < sizeof movable / sizeof *movable; i++)
        check_keys(movable[i]);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_what_servers_know),
        KIT_TEST(test_what_is_documented),
        KIT_TEST(test_fixed_keys),
        KIT_TEST(test_movable_keys),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
