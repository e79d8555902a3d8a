/* Notes. Scanners on a scripted server: the words of each step, what the arguments and options may not be, and answers
 * that are wrong. Whatever goes wrong, the items before it are right, rp_scan_close tells what it was, nothing more is
 * sent, and the next scan works. Then scans that run out of memory, on a real server. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake.h"
#include "support/memory.h"
#include "support/sheet.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A page: the step of a script that sends it. */
#define PAGE(cursor, items) "SEND '*2\\r\\n+" cursor "\\r\\n" items "'\n"
#define EMPTY "*0\\r\\n"
#define TWO "*2\\r\\n+a\\r\\n+1\\r\\n" /* keys, members, or a member with a value or score */

enum { SOON_MS = 300, MOST_STEPS = 20000, PAGES = 2000 };

typedef rp_scanner *begin_function(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size);

static rp_scanner *begin_scan(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size)
{
    (void)key;
    return rp_scan_iter_with(name, opts, opts_size);
}

/* The scanners, and what two words are to them. */
static const struct scan {
    begin_function *begin;
    const char *words; /* in front of the cursor, for the key "k" */
    const char *items[2];
} scans[] = {
    {begin_scan, "SCAN", {"'a'", "'1'"}},
    {rp_sscan_iter_with, "SSCAN k", {"'a'", "'1'"}},
    {rp_hscan_iter_with, "HSCAN k", {"['a', '1']"}},
    {rp_zscan_iter_with, "ZSCAN k", {"['a', 1.0]"}},
};

/* With the options that leave values and scores away. */
static const struct scan fields_only = {rp_hscan_iter_with, "HSCAN k", {"'a'", "'1'"}};
static const struct scan members_only = {rp_zscan_iter_with, "ZSCAN k", {"'a'", "'1'"}};

static rp_scanner *begin(const struct scan *kind, const char *name)
{
    rp_scanner *s = kind->begin(name, RP_ARG("k"), NULL, 0);

    assert_non_null(s);
    return s;
}

/* The next items are those two words. */
static void check_two(rp_scanner *s, const struct scan *kind)
{
    for (size_t i = 0; i < COUNT(kind->items) && kind->items[i]; i++)
        check_shown(rp_scan_next(s), kind->items[i]);
}

static void check_ok(rp_scanner *s)
{
    assert_null(rp_scan_next(s));
    if (rp_scan_close(s) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
}

static void check_says(const char *part)
{
    if (!strstr(rp_last_error()->message, part))
        fail_msg("'%s' is not in: %s", part, rp_last_error()->message);
}

/* The scan has failed: nothing comes, nothing is sent for it, and only closing tells. */
static void check_failed(fake *f, rp_scanner *s, rp_status status, const char *part)
{
    size_t sent = fake_commands(f);

    assert_non_null(s);
    assert_null(rp_scan_next(s));
    assert_null(rp_scan_next(s));
    assert_int_equal(fake_commands(f), sent);
    assert_int_equal(rp_connect("another error", "none://"), RP_INVALID_VALUE);
    assert_int_equal(rp_scan_close(s), status);
    assert_int_equal(rp_last_error()->status, status);
    check_says(part);
}

static fake *connect_fake(const char *script, int protocol)
{
    fake *f = fake_start(script);

    assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = protocol), RP_OK);
    return f;
}

static void disconnect_fake(fake *f)
{
    rp_disconnect_all();
    fake_stop(f);
}

/* -- words --------------------------------------------------------------------------------------------------------- */

/* A copy that the address sanitizer watches. */
static char *copy_of(const char *text)
{
    return text ? strcpy(kit_alloc(strlen(text) + 1), text) : NULL;
}

static void spoil(char *copy)
{
    if (copy)
        memset(copy, 'x', strlen(copy));
    free(copy);
}

/* Three steps, the second with the largest cursor that there is. The caller's texts are gone before the first. */
static void check_words(const struct scan *kind, const rp_scan_iter_opts *opts, const char *options, int protocol)
{
    static const char steps[] =
        "HELLO %d\nEXPECT %s 0%s\n" PAGE("18446744073709551615", TWO) "EXPECT %s 18446744073709551615%s\n" PAGE(
            "17", EMPTY) "EXPECT %s 17%s\n" PAGE("0", TWO);
    char script[1000];
    char *name = copy_of("mine"), *key = copy_of("k"), *match = copy_of(opts->match), *type = copy_of(opts->type);
    char *bytes = opts->match_bytes.data
                      ? memcpy(kit_alloc(opts->match_bytes.len + 1), opts->match_bytes.data, opts->match_bytes.len + 1)
                      : NULL;
    rp_scan_iter_opts own = {.match = match,
                             .type = type,
                             .count = opts->count,
                             .match_bytes = rp_b(bytes, opts->match_bytes.len),
                             .novalues = opts->novalues,
                             .noscores = opts->noscores};
    rp_scanner *s;
    fake *f;

    snprintf(script, sizeof script, steps, protocol, kind->words, options, kind->words, options, kind->words, options);
    f = fake_start(script);
    assert_int_equal(rp_connect("mine", fake_url(f), .protocol = protocol), RP_OK);
    s = kind->begin(name, RP_ARG(key), &own, sizeof own);
    spoil(name);
    spoil(key);
    spoil(match);
    spoil(type);
    spoil(bytes);
    own = (rp_scan_iter_opts){.count = 99};
    assert_int_equal(fake_connections(f), 0);
    check_two(s, kind);
    assert_int_equal(fake_commands(f), 2);
    check_two(s, kind);
    assert_int_equal(fake_commands(f), 4);
    check_ok(s);
    disconnect_fake(f);
}

static void test_words_of_each_step(void **state)
{
    (void)state;
    for (int protocol = 2; protocol <= 3; protocol++) {
        for (size_t i = 0; i < COUNT(scans); i++) {
            check_words(&scans[i], &(rp_scan_iter_opts){.match = NULL}, "", protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.match = "a *"}, " MATCH 'a *'", protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.match = ""}, " MATCH ''", protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.match_bytes = RP_BYTES_OF("a\0*")}, " MATCH 'a\\0*'",
                        protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.match_bytes = RP_BYTES_OF("")}, " MATCH ''", protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.count = INT64_MAX}, " COUNT 9223372036854775807", protocol);
            check_words(&scans[i], &(rp_scan_iter_opts){.match = "a\r\n%s", .count = 1}, " MATCH 'a\\r\\n%s' COUNT 1",
                        protocol);
        }
        check_words(&scans[0], &(rp_scan_iter_opts){.type = "hash"}, " TYPE hash", protocol);
        check_words(&scans[0], &(rp_scan_iter_opts){.match = "a*", .count = 7, .type = "zset"},
                    " MATCH a* COUNT 7 TYPE zset", protocol);
        check_words(&fields_only, &(rp_scan_iter_opts){.match = "a*", .novalues = true}, " MATCH a* NOVALUES",
                    protocol);
        check_words(&members_only, &(rp_scan_iter_opts){.count = 7, .noscores = true}, " COUNT 7 NOSCORES", protocol);
    }
}

/* One step with this key, of each scanner that takes one. */
static void check_key(rp_arg key)
{
    for (size_t i = 1; i < COUNT(scans); i++) {
        rp_scanner *s = scans[i].begin(NULL, key, NULL, 0);

        check_two(s, &scans[i]);
        check_ok(s);
    }
}

#define STEPS_OF_KEY(word) \
    "EXPECT SSCAN " word " 0\n" PAGE("0", TWO) "EXPECT HSCAN " word " 0\n" PAGE("0", TWO) "EXPECT ZSCAN " word \
                                                                                          " 0\n" PAGE("0", TWO)

static void test_keys_of_any_type(void **state)
{
    fake *f =
        connect_fake("HELLO\n" STEPS_OF_KEY("text") STEPS_OF_KEY("'a\\0b\\r\\n'") STEPS_OF_KEY("''") STEPS_OF_KEY("''")
                         STEPS_OF_KEY("-5") STEPS_OF_KEY("18446744073709551615") STEPS_OF_KEY("1.5") STEPS_OF_KEY("1"),
                     0);
    (void)state;

    check_key(RP_ARG("text"));
    check_key(RP_ARG(rp_b("a\0b\r\n", 5)));
    check_key(RP_ARG(""));
    check_key(RP_ARG(rp_b(NULL, 0)));
    check_key(RP_ARG(-5));
    check_key(RP_ARG(UINT64_MAX));
    check_key(RP_ARG(1.5));
    check_key(RP_ARG((bool)true));
    disconnect_fake(f);
}

/* The value is gone before the first step. */
static void test_keys_that_are_values(void **state)
{
    static const char *const words[] = {"'a\\0b'", "7", "2.5", "1", "''"};
    char script[1000];
    fake *f;
    (void)state;

    for (size_t i = 0; i < COUNT(words); i++) {
        for (size_t k = 1; k < COUNT(scans); k++) {
            rp_pipe *p = rp_pipeline(NULL);
            rp_future *list;
            rp_scanner *s;

            snprintf(
                script, sizeof script,
                "HELLO 3\nEXPECT PING\nSEND '*5\\r\\n$3\\r\\na\\0b\\r\\n:7\\r\\n,2.5\\r\\n#t\\r\\n$0\\r\\n\\r\\n'\n"
                "EXPECT %.5s %s 0\n" PAGE("0", TWO),
                scans[k].words, words[i]);
            f = connect_fake(script, 3);
            list = rp_command(p, "PING");
            assert_int_equal(rp_execute(p), RP_OK);
            s = scans[k].begin(NULL, RP_ARG(rp_at(list, i)), NULL, 0);
            rp_free(p);
            check_two(s, &scans[k]);
            check_ok(s);
            disconnect_fake(f);
        }
    }
}

/* -- what is refused ----------------------------------------------------------------------------------------------- */

static void test_keys_that_are_none(void **state)
{
    fake *f = connect_fake("HELLO 3\nEXPECT PING\nSEND '*5\\r\\n*0\\r\\n_\\r\\n-ERR no\\r\\n%0\\r\\n~0\\r\\n'\n"
                           "EXPECT PING\nSEND '-ERR no\\r\\n'\n",
                           3);
    rp_pipe *p = rp_pipeline(NULL), *failed = rp_pipeline(NULL), *later = rp_pipeline(NULL);
    rp_future *list = rp_command(p, "PING"), *never = rp_command(failed, "PING"), *not_yet = rp_get(later, "k");
    (void)state;

    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_execute(failed), RP_SERVER_ERROR);
    const struct {
        rp_arg key;
        rp_status status;
        const char *part;
    } rows[] = {
        {RP_ARG(not_yet), RP_NOT_READY, "has not arrived"},
        {RP_ARG(never), RP_NOT_READY, "has not arrived"},
        {RP_ARG((const char *)NULL), RP_INVALID_VALUE, "NULL"},
        {RP_ARG((const rp_value *)NULL), RP_INVALID_VALUE, "NULL"},
        {RP_ARG(rp_b(NULL, 3)), RP_INVALID_VALUE, "NULL"},
        {RP_ARG(rp_b("long", (size_t)513 << 20)), RP_INVALID_VALUE, "512 MiB"},
        {RP_ARG(list), RP_INVALID_VALUE, "list"},
        {RP_ARG(rp_at(list, 0)), RP_INVALID_VALUE, "list"},
        {RP_ARG(rp_at(list, 1)), RP_INVALID_VALUE, "null"},
        {RP_ARG(rp_at(list, 2)), RP_INVALID_VALUE, "error"},
        {RP_ARG(rp_at(list, 3)), RP_INVALID_VALUE, "dict"},
        {RP_ARG(rp_at(list, 4)), RP_INVALID_VALUE, "set"},
        {{.type = (rp_arg_type)99}, RP_INVALID_VALUE, "type"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t k = 1; k < COUNT(scans); k++)
            check_failed(f, scans[k].begin(NULL, rows[i].key, NULL, 0), rows[i].status, rows[i].part);
    rp_free(p);
    rp_free(failed);
    rp_free(later);
    assert_int_equal(fake_commands(f), 3);
    disconnect_fake(f);
}

static void test_options_that_are_none(void **state)
{
    fake *f = connect_fake("", 0);
    (void)state;

    for (size_t i = 0; i < COUNT(scans); i++) {
        const rp_scan_iter_opts negative = {.count = -1}, least = {.count = INT64_MIN}, type = {.type = "set"};
        const rp_scan_iter_opts novalues = {.novalues = true}, noscores = {.noscores = true};
        const rp_scan_iter_opts large = {.match_bytes = rp_b("long", (size_t)513 << 20)};
        const rp_scan_iter_opts both = {.match = "", .match_bytes = RP_BYTES_OF("a")};

        check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &large, sizeof large), RP_INVALID_VALUE, "512 MiB");
        check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &both, sizeof both), RP_INVALID_OPERATION,
                     "of match and match_bytes");
        check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &negative, sizeof negative), RP_INVALID_VALUE, "below zero");
        check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &least, sizeof least), RP_INVALID_VALUE, "below zero");
        if (i > 0)
            check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &type, sizeof type), RP_INVALID_OPERATION, "type");
        if (scans[i].begin != rp_hscan_iter_with)
            check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &novalues, sizeof novalues), RP_INVALID_OPERATION,
                         "novalues is an option of rp_hscan_iter only");
        if (scans[i].begin != rp_zscan_iter_with)
            check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &noscores, sizeof noscores), RP_INVALID_OPERATION,
                         "noscores is an option of rp_zscan_iter only");
    }
    assert_int_equal(fake_connections(f), 0);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* As programs pass them that were compiled with another version of the library. */
static void test_options_of_another_size(void **state)
{
    struct {
        rp_scan_iter_opts known;
        char more[24];
    } larger;
    char script[200];
    (void)state;

    for (size_t i = 0; i < COUNT(scans); i++) {
        rp_scanner *s;
        fake *f;

        memset(&larger, 0, sizeof larger);
        larger.known = (rp_scan_iter_opts){.match = "a*", .count = 5};
        snprintf(script, sizeof script, "HELLO\nEXPECT %s 0 MATCH a* COUNT 5\n%sEXPECT %s 0 MATCH a*\n%s",
                 scans[i].words, PAGE("0", TWO), scans[i].words, PAGE("0", EMPTY));
        f = connect_fake(script, 0);
        s = scans[i].begin(NULL, RP_ARG("k"), &larger.known, sizeof larger);
        check_two(s, &scans[i]);
        check_ok(s);
        s = scans[i].begin(NULL, RP_ARG("k"), &larger.known, offsetof(rp_scan_iter_opts, count));
        check_ok(s);
        larger.more[sizeof larger.more - 1] = 1;
        check_failed(f, scans[i].begin(NULL, RP_ARG("k"), &larger.known, sizeof larger), RP_INVALID_OPERATION,
                     "does not have");
        disconnect_fake(f);
    }
}

static void test_names_that_are_none(void **state)
{
    char long_name[200];
    fake *f = fake_start("");
    (void)state;

    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    for (size_t i = 0; i < COUNT(scans); i++) {
        check_failed(f, begin(&scans[i], "nobody"), RP_INVALID_PIPELINE, "'nobody' is not bound");
        assert_string_equal(rp_last_error()->connection, "nobody");
        check_failed(f, begin(&scans[i], NULL), RP_INVALID_PIPELINE, "default connection");
        assert_null(rp_last_error()->connection);
        check_failed(f, begin(&scans[i], ""), RP_INVALID_PIPELINE, "");
        check_failed(f, begin(&scans[i], long_name), RP_INVALID_PIPELINE, "");
    }
    fake_stop_any(f);
}

static void test_nothing_to_scan_with(void **state)
{
    (void)state;
    assert_int_equal(rp_connect("another error", "none://"), RP_INVALID_VALUE);
    assert_null(rp_scan_next(NULL));
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    assert_int_equal(rp_scan_close(NULL), RP_NO_MEMORY);
    assert_int_equal(rp_last_error()->status, RP_NO_MEMORY);
}

/* Neither its connection nor its name need be there. */
static void test_closed_before_it_began(void **state)
{
    fake *f = connect_fake("", 0);
    (void)state;

    for (size_t i = 0; i < COUNT(scans); i++) {
        assert_int_equal(rp_scan_close(begin(&scans[i], NULL)), RP_OK);
        assert_int_equal(rp_scan_close(begin(&scans[i], "nobody")), RP_OK);
    }
    assert_int_equal(fake_connections(f), 0);
    rp_disconnect_all();
    fake_stop_any(f);
}

/* What was received still comes. */
static void test_disconnected_in_the_middle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scans); i++) {
        fake *f = connect_fake("HELLO\nREAD 1\n" PAGE("17", TWO), 0);
        rp_scanner *s = begin(&scans[i], NULL);

        check_shown(rp_scan_next(s), scans[i].items[0]);
        rp_disconnect_all();
        if (scans[i].items[1])
            check_shown(rp_scan_next(s), scans[i].items[1]);
        check_failed(f, s, RP_INVALID_PIPELINE, "not bound");
        fake_stop(f);
    }
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

/* The end of a scan is its end. */
static void test_nothing_after_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scans); i++) {
        fake *f = connect_fake("HELLO\nREAD 1\n" PAGE("0", TWO) "READ 1\n" PAGE("0", TWO), 0);

        for (int again = 0; again < 2; again++) {
            rp_scanner *s = begin(&scans[i], NULL);

            check_two(s, &scans[i]);
            for (int k = 0; k < 5; k++)
                assert_null(rp_scan_next(s));
            check_ok(s);
        }
        assert_int_equal(fake_commands(f), 3);
        disconnect_fake(f);
    }
}

static void test_many_empty_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scans); i++) {
        char *script = NULL;
        size_t size;
        FILE *out = open_memstream(&script, &size);
        rp_scanner *s;
        fake *f;

        fprintf(out, "HELLO\n");
        for (int page = 1; page < PAGES; page++)
            fprintf(out, "READ 1\n" PAGE("%d", "%s"), page, page == PAGES / 2 ? TWO : EMPTY);
        fprintf(out, "READ 1\n" PAGE("0", EMPTY));
        fclose(out);
        f = connect_fake(script, 0);
        free(script);
        s = begin(&scans[i], NULL);
        check_two(s, &scans[i]);
        assert_int_equal(fake_commands(f), 1 + PAGES / 2);
        check_ok(s);
        assert_int_equal(fake_commands(f), 1 + PAGES);
        disconnect_fake(f);
    }
}

/* It would never end. One that only begins as the last one did is another. */
static void test_cursor_that_repeats(void **state)
{
    static const struct {
        const char *steps;
        size_t count;
    } rows[] = {
        {"READ 1\n" PAGE("5", TWO) "READ 1\n" PAGE("5", EMPTY), 2},
        {"READ 1\n" PAGE("5", TWO) "READ 1\n" PAGE("5", TWO), 2},
        {"READ 1\n" PAGE("50", TWO) "READ 1\n" PAGE("5", EMPTY) "READ 1\n" PAGE("50", EMPTY) "READ 1\n" PAGE("50", TWO),
         4},
        {"READ 1\n" PAGE("18446744073709551615", TWO) "READ 1\n" PAGE("18446744073709551615", TWO), 2},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(scans); i++) {
        for (size_t k = 0; k < COUNT(rows); k++) {
            char script[600];
            rp_scanner *s;
            fake *f;

            snprintf(script, sizeof script, "HELLO\n%sREAD 1\n" PAGE("0", TWO), rows[k].steps);
            f = connect_fake(script, 0);
            s = begin(&scans[i], NULL);
            check_two(s, &scans[i]);
            assert_null(rp_scan_next(s));
            assert_int_equal(fake_commands(f), 1 + rows[k].count);
            check_failed(f, s, RP_PROTOCOL_ERROR, "cursor");
            s = begin(&scans[i], NULL);
            check_two(s, &scans[i]);
            check_ok(s);
            assert_int_equal(fake_connections(f), 1);
            disconnect_fake(f);
        }
    }
}

/* How an answer is wrong. */
typedef struct answer {
    const char *steps; /* of the script */
    rp_status status;
    const char *code, *part; /* of the last error; NULL: none */
} answer;

/* As the first page, and as the second. Then another scan, on the same connection or on a new one. */
static void check_answer(const answer *wrong, const struct scan *kind, bool second, bool same)
{
    char script[2000];
    rp_scanner *s;
    fake *f;

    snprintf(script, sizeof script, "HELLO 3\n%sREAD 1\n%s%sREAD 1\n" PAGE("0", TWO),
             second ? "READ 1\n" PAGE("5", TWO) : "", wrong->steps, same ? "" : "CONNECTION\nHELLO 3\n");
    f = fake_start(script);
    assert_int_equal(rp_connect("mine", fake_url(f), .timeout_ms = wrong->status == RP_TIMEOUT ? SOON_MS : 0), RP_OK);
    s = begin(kind, "mine");
    if (second)
        check_two(s, kind);
    assert_null(rp_scan_next(s));
    check_failed(f, s, wrong->status, wrong->part);
    assert_string_equal(rp_last_error()->connection, "mine");
    if (wrong->code)
        assert_string_equal(rp_last_error()->code, wrong->code);
    else
        assert_null(rp_last_error()->code);
    s = begin(kind, "mine");
    check_two(s, kind);
    check_ok(s);
    assert_int_equal(fake_connections(f), same ? 1 : 2);
    disconnect_fake(f);
}

static void check_answers(const answer *answers, size_t count, bool same)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < COUNT(scans); k++)
            for (int second = 0; second < 2; second++)
                check_answer(&answers[i], &scans[k], second, same);
}

#define WRONG(reply) \
    { \
        "SEND '" reply "'\n", RP_PROTOCOL_ERROR, NULL, "not a cursor and its items" \
    }

static void test_answers_that_are_no_page(void **state)
{
    static const answer answers[] = {
        WRONG("+OK\\r\\n"),
        WRONG(":0\\r\\n"),
        WRONG("_\\r\\n"),
        WRONG("$-1\\r\\n"),
        WRONG("*-1\\r\\n"),
        WRONG("*0\\r\\n"),
        WRONG("*1\\r\\n+0\\r\\n"),
        WRONG("*3\\r\\n+0\\r\\n*0\\r\\n*0\\r\\n"),
        WRONG("~2\\r\\n+0\\r\\n*0\\r\\n"),
        WRONG("%1\\r\\n+0\\r\\n*0\\r\\n"),
        WRONG("*2\\r\\n+0\\r\\n+a\\r\\n"),
        WRONG("*2\\r\\n+0\\r\\n$-1\\r\\n"),
        WRONG("*2\\r\\n+0\\r\\n_\\r\\n"),
        WRONG("*2\\r\\n+0\\r\\n-ERR no\\r\\n"),
        WRONG("*2\\r\\n_\\r\\n*0\\r\\n"),
        WRONG("*2\\r\\n*0\\r\\n*0\\r\\n"),
        WRONG("*2\\r\\n-ERR no\\r\\n*0\\r\\n"),
        WRONG("*2\\r\\n+111111111111111111111111\\r\\n*0\\r\\n"),
    };
    (void)state;

    check_answers(answers, COUNT(answers), true);
}

/* Each kind of scan has its own items. */
static void test_items_of_another_kind(void **state)
{
    static const answer dict = WRONG("*2\\r\\n+0\\r\\n%1\\r\\n+a\\r\\n+1\\r\\n"),
                        odd = WRONG("*2\\r\\n+0\\r\\n*3\\r\\n+a\\r\\n+1\\r\\n+b\\r\\n"),
                        three = WRONG("*2\\r\\n+0\\r\\n*1\\r\\n*3\\r\\n+a\\r\\n+1\\r\\n+b\\r\\n"),
                        set = WRONG("*2\\r\\n+0\\r\\n~2\\r\\n+a\\r\\n+1\\r\\n");
    static const struct {
        const answer *wrong;
        size_t kind;
    } rows[] = {{&dict, 0}, {&dict, 1}, {&odd, 2}, {&three, 2}, {&set, 2}, {&odd, 3}, {&three, 3}, {&set, 3}};
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int second = 0; second < 2; second++)
            check_answer(rows[i].wrong, &scans[rows[i].kind], second, true);
}

static void test_cursor_that_is_long(void **state)
{
    char steps[1200], digits[1001];
    const answer wrong = {steps, RP_PROTOCOL_ERROR, NULL, "not a cursor and its items"};
    (void)state;

    memset(digits, '7', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    snprintf(steps, sizeof steps, PAGE("%s", EMPTY), digits);
    check_answers(&wrong, 1, true);
}

static void test_errors(void **state)
{
    static const answer answers[] = {
        {"SEND '-ERR no\\r\\n'\n", RP_SERVER_ERROR, "ERR", "ERR no"},
        {"SEND '-WRONGTYPE no\\r\\n'\n", RP_SERVER_ERROR, "WRONGTYPE", "WRONGTYPE no"},
        {"SEND '!9\\r\\nNOPERM no\\r\\n'\n", RP_SERVER_ERROR, "NOPERM", "NOPERM no"},
    };
    (void)state;

    check_answers(answers, COUNT(answers), true);
}

static void test_broken_off(void **state)
{
    static const answer answers[] = {
        {"CLOSE\n", RP_CONNECTION_ERROR, NULL, "'mine'"},
        {"SEND '*2\\r\\n+0\\r\\n*2\\r\\n+a\\r\\n+1'\nCLOSE\n", RP_CONNECTION_ERROR, NULL, "'mine'"},
        {"SEND '*2\\r\\n+0\\r\\n'\nRESET\n", RP_CONNECTION_ERROR, NULL, "'mine'"},
        {"SEND '*2\\r\\n+0\\r\\n*2\\r\\n+a\\r\\n@'\n", RP_PROTOCOL_ERROR, NULL, "'mine'"},
        {"SEND '*2\\r\\n+0\\r\\n*2\\r\\n+a\\r\\n'\nSTALL\n", RP_TIMEOUT, NULL, "'mine'"},
    };
    (void)state;

    check_answers(answers, COUNT(answers), false);
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

/* Large members, so that a page has about ten of them in each encoding. */
enum { MEMBERS = 15, MEMBER_SIZE = 100 };

static void fill_server(void)
{
    static const char script[] =
        "for i = 1, tonumber(ARGV[1]) do local m = string.rep('m', ARGV[2]) .. i redis.call('SET', m, i) "
        "redis.call('SADD', 'set', m) redis.call('HSET', 'hash', m, i) redis.call('ZADD', 'sorted', i, m) end";
    rp_pipe *p = rp_pipeline(NULL);

    rp_flushall(p);
    rp_eval(p, script, 0, MEMBERS, MEMBER_SIZE);
    assert_int_equal(rp_execute(p), RP_OK);
    rp_free(p);
}

/* The scanner of each kind, with every text that is copied. */
static rp_scanner *begin_with_texts(size_t kind)
{
    switch (kind) {
    case 0:
        return rp_scan_iter("mine", .match = "m*", .type = "string");
    case 1:
        return rp_sscan_iter("mine", "set", .match = "m*");
    case 2:
        return rp_hscan_iter("mine", "hash", .match = "m*");
    default:
        return rp_zscan_iter("mine", "sorted", .match = "m*");
    }
}

/* Scans: RP_OK means that all was there. */
static rp_status scan(size_t kind)
{
    rp_scanner *s = begin_with_texts(kind);
    unsigned found = 0;
    rp_status status;

    if (!s)
        assert_int_equal(rp_last_error()->status, RP_NO_MEMORY);
    for (const rp_value *item; (item = rp_scan_next(s));) {
        const rp_value *name = kind < 2 ? item : rp_at(item, 0);
        int number = atoi(rp_str(name) + MEMBER_SIZE);

        assert_in_range(number, 1, MEMBERS);
        assert_int_equal(strspn(rp_str(name), "m"), MEMBER_SIZE);
        if (kind >= 2)
            assert_int_equal(rp_int(rp_at(item, 1)), number);
        found |= 1U << number;
    }
    assert_null(rp_scan_next(s));
    status = rp_scan_close(s);
    if (status == RP_OK)
        assert_int_equal(found, (1U << (MEMBERS + 1)) - 2);
    else
        assert_int_equal(rp_last_error()->status, status);
    return status;
}

/* With the nth allocation failing; false: there is no such one. `cold`: on a connection that is not open yet. */
static bool step(const live *server, int protocol, size_t kind, size_t nth, bool forever, bool cold)
{
    rp_status status;
    bool failed;

    assert_int_equal(rp_connect("mine", live_url(server), .protocol = protocol), RP_OK);
    if (!cold)
        assert_int_equal(scan(kind), RP_OK);
    memory_fail(nth, forever);
    status = scan(kind);
    failed = memory_failures() > 0;
    memory_fail(0, false);
    if (status != RP_OK && (status != RP_NO_MEMORY || !failed))
        fail_msg("allocation %zu: %s: %s", nth, rp_status_name(status), rp_last_error()->message);
    assert_int_equal(scan(kind), RP_OK);
    rp_disconnect_all();
    assert_int_equal(memory_bytes(), 0);
    return failed;
}

static void test_m01_no_memory_to_scan(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        fill_server();
        rp_disconnect_all();
        memory_watch();
        for (size_t kind = 0; kind < COUNT(scans); kind++) {
            for (int way = 0; way < 4; way++) {
                size_t nth = 1;

                while (nth < MOST_STEPS && step(*state, protocol, kind, nth, way / 2, way % 2))
                    nth++;
                assert_in_range(nth, 6, MOST_STEPS - 1);
            }
        }
        memory_unwatch();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_words_of_each_step),
        KIT_TEST(test_keys_of_any_type),
        KIT_TEST(test_keys_that_are_values),
        KIT_TEST(test_keys_that_are_none),
        KIT_TEST(test_options_that_are_none),
        KIT_TEST(test_options_of_another_size),
        KIT_TEST(test_names_that_are_none),
        KIT_TEST(test_nothing_to_scan_with),
        KIT_TEST(test_closed_before_it_began),
        KIT_TEST(test_disconnected_in_the_middle),
        KIT_TEST(test_nothing_after_the_end),
        KIT_TEST(test_many_empty_pages),
        KIT_TEST(test_cursor_that_repeats),
        KIT_TEST(test_answers_that_are_no_page),
        KIT_TEST(test_items_of_another_kind),
        KIT_TEST(test_cursor_that_is_long),
        KIT_TEST(test_errors),
        KIT_TEST(test_broken_off),
        KIT_TEST(test_m01_no_memory_to_scan),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
