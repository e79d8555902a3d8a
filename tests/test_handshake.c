/* Notes. What is said before the first command, word for word, and what becomes of each answer. A fake plays the
 * server; the last tests do the same with a real one. Where a handshake fails, none of the program's commands may
 * arrive, and neither user nor password may show in the error, not even where the server's text repeats them. */
#define _GNU_SOURCE 1
#include <redpipe/redpipe.h>
#include <stdio.h>
#include <string.h>

#include "support/fake.h"
#include "support/kit.h"
#include "support/live.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define UNKNOWN_HELLO "-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `jack`, `s3cret`, \\r\\n"
#define WRONG_PASS "-WRONGPASS invalid username-password pair or user is disabled.\\r\\n"

/* fake_url or live_url with a user and a database. */
static void make_url(char *url, size_t size, const char *plain, const char *user, const char *db)
{
    const char *place = strstr(plain, "://") + 3;
    const char *before_db = *place == '/' ? "?db=" : "/";

    assert_in_range(
        snprintf(url, size, "%.*s%s%s%s%s", (int)(place - plain), plain, user, place, *db ? before_db : "", db), 1,
        (int)size - 1);
}

static void check_echo(const char *name, int tag)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *echo = rp_echo(p, tag);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(echo, tag));
    rp_free(p);
}

/* -- the words ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *script, *user, *db, *client_name;
    int protocol;
} dialogs[] = {
    {"HELLO 3\n", "", "", NULL, 0},
    {"HELLO 3\n", "", "0", NULL, 0},
    {"HELLO 3\n", "", "", NULL, 3},
    /* Without HELLO: something is said all the same, and its answer awaited. */
    {"EXPECT PING\nSEND '+PONG\\r\\n'\n", "", "", NULL, 2},
    {"EXPECT AUTH s3cret\nSEND '+OK\\r\\n'\n", ":s3cret@", "", NULL, 2},
    {"EXPECT CLIENT SETNAME app\nSEND '+OK\\r\\n'\n", "", "", "app", 2},
    {"EXPECT SELECT 3\nSEND '+OK\\r\\n'\n", "", "3", NULL, 2},
    {"EXPECT AUTH jack s3cret\nSEND '+OK\\r\\n'\nEXPECT CLIENT SETNAME app\nSEND '+OK\\r\\n'\n"
     "EXPECT SELECT 3\nSEND '+OK\\r\\n'\n",
     "jack:s3cret@", "3", "app", 2},
    {"EXPECT PING\nSEND '-NOPERM this user has no permissions to run the ping command\\r\\n'\n", "", "", NULL, 2},
    {"EXPECT PING\nSEND '-LOADING Redis is loading the dataset in memory\\r\\n'\n", "", "", NULL, 2},
    {"EXPECT PING\nSEND '-MASTERDOWN Link with MASTER is down\\r\\n'\n", "", "", NULL, 2},
    {"EXPECT PING\nSEND '-ERR unknown command\\r\\n'\n", "", "", NULL, 2},
    {"HELLO 3 AUTH default s3cret\n", ":s3cret@", "", NULL, 0},
    {"HELLO 3 AUTH jack s3cret\n", "jack:s3cret@", "", NULL, 0},
    {"HELLO 3 AUTH default ''\n", ":@", "", NULL, 0},
    {"HELLO 3 AUTH 'j@ck' 'p:w d%/\\r\\n%20'\n", "j%40ck:p%3Aw%20d%25%2f%0d%0a%2520@", "", NULL, 0},
    {"HELLO 3 SETNAME app\n", "", "", "app", 0},
    {"HELLO 3 AUTH jack s3cret SETNAME app\nEXPECT SELECT 3\nSEND '+OK\\r\\n'\n", "jack:s3cret@", "3", "app", 0},
    {"HELLO 3\nEXPECT SELECT 15\nSEND '+OK\\r\\n'\n", "", "15", NULL, 0},
    /* A server that does not know HELLO. */
    {"HELLO2\n", "", "", NULL, 0},
    {"READ 1\nSEND '" UNKNOWN_HELLO "'\nEXPECT AUTH s3cret\nSEND '+OK\\r\\n'\n", ":s3cret@", "", NULL, 0},
    {"HELLO2\nEXPECT AUTH s3cret\nSEND '+OK\\r\\n'\n", ":s3cret@", "", NULL, 0},
    {"HELLO2\nEXPECT AUTH jack s3cret\nSEND '+OK\\r\\n'\n", "jack:s3cret@", "", NULL, 0},
    {"HELLO2\nEXPECT CLIENT SETNAME app\nSEND '+OK\\r\\n'\n", "", "", "app", 0},
    {"HELLO2\nEXPECT SELECT 3\nSEND '+OK\\r\\n'\n", "", "3", NULL, 0},
    {"HELLO2\nEXPECT AUTH jack s3cret\nSEND '+OK\\r\\n'\nEXPECT CLIENT SETNAME app\nSEND '+OK\\r\\n'\n"
     "EXPECT SELECT 3\nSEND '+OK\\r\\n'\n",
     "jack:s3cret@", "3", "app", 0},
    {"EXPECT HELLO 3\nSEND '-NOPROTO unsupported protocol version\\r\\n'\n", "", "", NULL, 0},
    /* Whatever its words: but then it is made sure that they were the answer. */
    {"EXPECT HELLO 3\nSEND '-unsupported command\\r\\n'\nEXPECT PING\nSEND '+PONG\\r\\n'\n", "", "", NULL, 0},
    {"EXPECT HELLO 3\nSEND '-\\r\\n'\nEXPECT PING\nSEND '+PONG\\r\\n'\n", "", "", NULL, 0},
    {"EXPECT HELLO 3 AUTH default s3cret\nSEND '-ERR unsupported command\\r\\n'\nEXPECT AUTH s3cret\nSEND "
     "'+OK\\r\\n'\n",
     ":s3cret@", "", NULL, 0},
    {"EXPECT HELLO 3\nSEND '-ERR unsupported command\\r\\n'\nEXPECT SELECT 3\nSEND '+OK\\r\\n'\n", "", "3", NULL, 0},
    /* Answers that look different and are good. */
    {"EXPECT HELLO 3\nSPLIT '%2\\r\\n+proto\\r\\n:3\\r\\n+new\\r\\n%1\\r\\n+a\\r\\n*2\\r\\n:1\\r\\n_\\r\\n'\n", "", "",
     NULL, 3},
    {"EXPECT HELLO 3\nDRIP 1 '*2\\r\\n$5\\r\\nproto\\r\\n:2\\r\\n'\n", "", "", NULL, 0},
    {"EXPECT HELLO 3\nSEND '>2\\r\\n+a\\r\\n+b\\r\\n%1\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n>1\\r\\n+c\\r\\n'\n", "", "",
     NULL, 0},
    {"EXPECT HELLO 3\nSEND '|1\\r\\n+ttl\\r\\n:1\\r\\n%1\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n'\n", "", "", NULL, 0},
};

static void check_dialog(size_t i, fake *start_it(const char *))
{
    char script[400], url[300];
    fake *f;

    snprintf(script, sizeof script, "%sSERVE\n", dialogs[i].script);
    f = start_it(script);
    make_url(url, sizeof url, fake_url(f), dialogs[i].user, dialogs[i].db);
    assert_int_equal(rp_connect("users", url, .client_name = dialogs[i].client_name, .protocol = dialogs[i].protocol),
                     RP_OK);
    check_echo("users", (int)i);
    check_echo("users", (int)i + 1);
    assert_int_equal(fake_connections(f), 1);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_handshake_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(dialogs); i++) {
        check_dialog(i, fake_start);
        check_dialog(i, fake_start_tcp);
    }
}

/* Each new connection of a pool is introduced anew. */
static void test_handshake_after_reconnect(void **state)
{
    static const char script[] =
        "HELLO 3 AUTH jack s3cret SETNAME app\nEXPECT SELECT 3\nSEND '+OK\\r\\n'\nREAD 1\nCLOSE\n"
        "CONNECTION\nHELLO 3 AUTH jack s3cret SETNAME app\nEXPECT SELECT 3\nSEND '+OK\\r\\n'\nSERVE\n";
    char url[300];
    fake *f = fake_start(script);
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    (void)state;

    make_url(url, sizeof url, fake_url(f), "jack:s3cret@", "3");
    assert_int_equal(rp_connect("users", url, .client_name = "app"), RP_OK);
    rp_ping(p);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    rp_free(p);
    check_echo("users", 1);
    rp_disconnect("users");
    fake_stop(f);
}

/* The client believes the version in the answer: a push is none where RESP2 is spoken. */
static void check_version(const char *hello, int protocol, bool pushes)
{
    char script[200];
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *yes = rp_command(p, "YES");
    fake *f;

    snprintf(script, sizeof script, "%s\nEXPECT YES\nSEND '>1\\r\\n+a\\r\\n#t\\r\\n'\n", hello);
    f = fake_start(script);
    assert_int_equal(rp_connect(NULL, fake_url(f), .protocol = protocol), RP_OK);
    assert_int_equal(rp_execute(p), pushes ? RP_OK : RP_PROTOCOL_ERROR);
    assert_int_equal(rp_kind_of(yes), pushes ? RP_BOOL : RP_PENDING);
    rp_free(p);
    rp_disconnect(NULL);
    fake_stop(f);
}

static void test_handshake_version(void **state)
{
    (void)state;
    check_version("HELLO 3", 0, true);
    check_version("HELLO 3", 3, true);
    check_version("EXPECT PING\nSEND '+PONG\\r\\n'", 2, false);
    check_version("EXPECT HELLO 3\nSEND '-unsupported command\\r\\n'\nEXPECT PING\nSEND '+PONG\\r\\n'", 0, false);
    check_version("HELLO2", 0, false);
    check_version("EXPECT HELLO 3\nSEND '*2\\r\\n+proto\\r\\n:2\\r\\n'", 0, false);
}

/* -- failures ------------------------------------------------------------------------------------------------------ */

#define HELLO3 "SEND '%1\\r\\n+proto\\r\\n:3\\r\\n'\n"
#define NO_HELLO "SEND '" UNKNOWN_HELLO "'\n"
#define SAID "in the handshake: "

/* The server has read one command, which is HELLO, or AUTH with .protocol = 2. */
static const struct {
    const char *script;
    int protocol;
    rp_status status;
    const char *text, *code; /* that the message shows, and the error has */
} failures[] = {
    {"SEND '" WRONG_PASS "'\n", 0, RP_CONNECTION_ERROR,
     "HELLO was refused in the handshake; check user and password of the url: WRONGPASS invalid username-password pair "
     "or "
     "user is disabled.",
     "WRONGPASS"},
    {"SEND '" WRONG_PASS "'\n", 2, RP_CONNECTION_ERROR, "AUTH was refused in the handshake; check user and password",
     "WRONGPASS"},
    {"SEND '-NOAUTH HELLO must be called authenticated\\r\\n'\n", 0, RP_CONNECTION_ERROR, "NOAUTH HELLO must",
     "NOAUTH"},
    {"SEND '-NOPERM this user has no permissions\\r\\n'\n", 0, RP_CONNECTION_ERROR, "NOPERM this", "NOPERM"},
    {"SEND '-NOPERM User jack has no permissions to run the \\'hello\\' command\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     "NOPERM User *** has no permissions to run the 'hello' command", "NOPERM"},
    {"SEND '-LOADING Redis is loading the dataset in memory\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     "HELLO was refused in the handshake: LOADING Redis", "LOADING"},
    {"SEND '-MASTERDOWN Link with MASTER is down\\r\\n'\n", 0, RP_CONNECTION_ERROR, SAID "MASTERDOWN", "MASTERDOWN"},
    {"SEND '-ERR max number of clients + cluster connections reached\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     SAID "ERR max number of clients + cluster", "ERR"},
    {"SEND '-DENIED Redis is running in protected mode\\r\\n'\n", 2, RP_CONNECTION_ERROR,
     "AUTH was refused in the handshake: DENIED Redis", "DENIED"},
    {"SEND '-\\r\\n'\n", 2, RP_CONNECTION_ERROR, "AUTH was refused", NULL},
    {"SEND '-ERR '\nSEND 50 'a text that is long '\nSEND '\\r\\n'\n", 2, RP_CONNECTION_ERROR,
     "a text that is long..., with", "ERR"},
    {"SEND '-ERR %s%n\\x1b[31m \\xff\\r\\n'\n", 2, RP_CONNECTION_ERROR, "ERR %s%n\\x1b[31m \\xff", "ERR"},
    /* RESP3 or nothing. */
    {"SEND '-ERR unknown command\\r\\n'\n", 3, RP_CONNECTION_ERROR,
     "HELLO was refused in the handshake; without it there is no RESP3, which .protocol = 3 asks for: ERR unknown "
     "command",
     "ERR"},
    {NO_HELLO, 3, RP_CONNECTION_ERROR, "with args beginning with: `3`, `AUTH`, `***`, `***`", "ERR"},
    {"SEND '-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `s3cre\\r\\n'\n", 3,
     RP_CONNECTION_ERROR, "`AUTH`, `***", "ERR"},
    {"SEND '-NOPROTO unsupported protocol version\\r\\n'\n", 3, RP_CONNECTION_ERROR, "RESP3", "NOPROTO"},
    {"SEND '-unsupported command\\r\\n'\n", 3, RP_CONNECTION_ERROR, "RESP3", "unsupported"},
    {"CLOSE\n", 3, RP_CONNECTION_ERROR, "closed by the server during the handshake, at HELLO", NULL},
    {"RESET\n", 3, RP_CONNECTION_ERROR, "during the handshake, at HELLO", NULL},
    /* Secrets. */
    {"SEND '-ERR cannot take jack with s3cret\\r\\n'\n", 2, RP_CONNECTION_ERROR, SAID "ERR cannot take *** with ***",
     "ERR"},
    {"SEND '-s3cret jack\\r\\n'\n", 2, RP_CONNECTION_ERROR, SAID "*** ***", "***"},
    {NO_HELLO "EXPECT AUTH jack s3cret\nSEND '-ERR invalid password\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     "AUTH was refused in the handshake: ERR invalid password", "ERR"},
    {NO_HELLO "EXPECT AUTH jack s3cret\nSEND '-ERR s3cret is not the password of jack\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     SAID "ERR *** is not the password of ***", "ERR"},
    {"SEND '+Welcome jack, s3cret!\\r\\n'\n", 0, RP_CONNECTION_ERROR, SAID "Welcome ***, ***!", NULL},
    /* Later steps. */
    {NO_HELLO "EXPECT AUTH jack s3cret\nSEND ':1\\r\\n'\n", 0, RP_PROTOCOL_ERROR,
     "the answer to AUTH in the handshake is none", NULL},
    {NO_HELLO "EXPECT AUTH jack s3cret\nCLOSE\n", 0, RP_CONNECTION_ERROR, "during the handshake, at AUTH", NULL},
    {HELLO3 "EXPECT SELECT 3\nSEND '-ERR DB index is out of range\\r\\n'\n", 0, RP_CONNECTION_ERROR,
     "SELECT 3 was refused in the handshake: ERR DB index is out of range", "ERR"},
    {HELLO3 "EXPECT SELECT 3\nSEND '-NOPERM User jack has no permissions to run the \\'select\\' command\\r\\n'\n", 0,
     RP_CONNECTION_ERROR, "SELECT 3 was refused in the handshake; the user may not do that: NOPERM User *** has no",
     "NOPERM"},
    {HELLO3 "EXPECT SELECT 3\nCLOSE\n", 0, RP_CONNECTION_ERROR,
     "closed by the server during the handshake, at SELECT 3", NULL},
    /* What came first was no answer. */
    {"SEND '-ERR some words\\r\\n%1\\r\\n+proto\\r\\n:3\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '-ERR some words\\r\\n'\nREAD 1\nSEND '%1\\r\\n+proto\\r\\n:3\\r\\n'\n", 0, RP_PROTOCOL_ERROR,
     "the answer to AUTH in the handshake is none", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n:3\\r\\n+OK\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    /* Answers that are none. */
    {"SEND '+OK\\r\\n'\n", 0, RP_CONNECTION_ERROR, SAID "OK", NULL},
    {"SEND ':3\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "the answer to HELLO in the handshake is none", NULL},
    {"SEND '_\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '$-1\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '*0\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%0\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '*1\\r\\n+proto\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '*3\\r\\n+proto\\r\\n:3\\r\\n+x\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+version\\r\\n:3\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n:4\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n*1\\r\\n:3\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n_\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n:2\\r\\n'\n", 3, RP_PROTOCOL_ERROR, "chose another version", NULL},
    {"SEND '%-1\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "during the handshake, at HELLO", NULL},
    {"SEND '\\x16\\x03\\x01'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '+'\nSEND 100000 x\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
    {"SEND '%1\\r\\n+proto\\r\\n$1000000000\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "a string passes the limit", "LIMIT"},
    {"SEND 100000 '>1\\r\\n+a\\r\\n'\nSEND '+OK\\r\\n'\n", 0, RP_PROTOCOL_ERROR, "handshake", NULL},
};

static void check_message(size_t row, const char *shown)
{
    const char *message = rp_last_error()->message;

    if (!strstr(message, shown))
        fail_msg("row %zu: '%s' is not in: %s", row, shown, message);
    if (strstr(message, "s3c") || strstr(message, "jack"))
        fail_msg("row %zu: user or password in: %s", row, message);
    for (const char *c = message; *c; c++)
        if (*c < ' ' || *c > '~')
            fail_msg("row %zu: not printable: %s", row, message);
}

static void check_code(size_t row, const char *code)
{
    const char *got = rp_last_error()->code;

    if (code ? !got || strcmp(got, code) != 0 : got != NULL)
        fail_msg("row %zu: the code is %s", row, got ? got : "NULL");
}

static void check_failure(size_t i, fake *start_it(const char *))
{
    char script[600], url[300];
    rp_pipe *p = rp_pipeline(NULL, .name = "users");
    rp_future *count = rp_incr(p, "k");
    fake *f;

    snprintf(script, sizeof script, "READ 1\n%sCONNECTION *\nREAD 1\n%sEXPECT SELECT 3\nSEND '+OK\\r\\n'\nSERVE\n",
             failures[i].script, failures[i].protocol == 2 ? "SEND '+OK\\r\\n'\n" : HELLO3);
    f = start_it(script);
    make_url(url, sizeof url, fake_url(f), "jack:s3cret@", "3");
    assert_int_equal(rp_connect("users", url, .protocol = failures[i].protocol), RP_OK);
    if (rp_execute(p) != failures[i].status)
        fail_msg("row %zu: %s", i, rp_last_error()->message);
    check_message(i, failures[i].text);
    check_code(i, failures[i].code);
    assert_string_equal(rp_last_error()->connection, "users");
    assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
    assert_int_equal(rp_status_of(count), failures[i].status);
    assert_int_equal(fake_connections(f), 1);
    assert_int_equal(fake_count(f, "k"), 0);
    for (size_t k = 0; k < fake_commands(f); k++)
        assert_null(strstr(fake_command(f, k), "INCR"));
    rp_free(p);
    check_echo("users", (int)i);
    assert_int_equal(fake_connections(f), 2);
    rp_disconnect("users");
    fake_stop(f);
}

static void test_handshake_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        check_failure(i, fake_start);
        check_failure(i, fake_start_tcp);
    }
}

/* One attempt for each execute: a wrong password must not lock the account. */
static void test_handshake_wrong_password_is_tried_once(void **state)
{
    fake *f = fake_start("CONNECTION *\nREAD 1\nSEND '" WRONG_PASS "'\n");
    char url[300];
    (void)state;

    make_url(url, sizeof url, fake_url(f), "jack:s3cret@", "");
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    for (int i = 1; i <= 5; i++) {
        rp_pipe *p = rp_pipeline(NULL);

        rp_incr(p, "k");
        assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
        rp_free(p);
        assert_int_equal(fake_connections(f), i);
        assert_int_equal(fake_commands(f), i);
    }
    rp_disconnect(NULL);
    fake_stop(f);
}

/* -- live ---------------------------------------------------------------------------------------------------------- */

/* What the server says of our connection: contains all of these words. */
static void check_client_info(const char *url, const char *client_name, int protocol, const char *const words[3])
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *info = rp_command(p, "CLIENT", "INFO");

    assert_int_equal(rp_connect(NULL, url, .client_name = client_name, .protocol = protocol), RP_OK);
    assert_int_equal(rp_execute(p), RP_OK);
    for (int i = 0; i < 3; i++)
        if (!rp_contains(info, words[i]))
            fail_msg("'%s' is not in: %s", words[i], rp_str(info));
    rp_free(p);
    rp_disconnect(NULL);
}

static void check_refused(const char *plain, const char *user, const char *shown)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *count = rp_incr(p, "k");
    char url[300];

    make_url(url, sizeof url, plain, user, "3");
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    check_message(0, shown);
    assert_int_equal(strncmp(strstr(shown, "NOPERM") ? "NOPERM" : shown, rp_last_error()->code, 6), 0);
    assert_int_equal(rp_outcome_of(count), RP_NOT_SENT);
    rp_free(p);
    rp_disconnect(NULL);
}

static void check_live(const char *plain)
{
    static const char *const anyone[] = {"user=default", "db=0", "resp=3"};
    static const char *const old[] = {"user=default", "db=0", "resp=2"};
    static const char *const jack[] = {"user=jack", "db=3", "name=app"};
    char url[300];

    make_url(url, sizeof url, plain, ":p%20w@", "");
    check_client_info(url, NULL, 0, anyone);
    check_client_info(url, NULL, 2, old);
    check_client_info(url, NULL, 3, anyone);
    make_url(url, sizeof url, plain, "jack:s3cret@", "3");
    check_client_info(url, "app", 0, jack);
    check_client_info(url, "app", 2, jack);
    check_refused(plain, "", "NOAUTH");
    check_refused(plain, ":s3cret@", "WRONGPASS");
    check_refused(plain, "jack:wrong@", "WRONGPASS");
    check_refused(plain, "default:@", "WRONGPASS");
    check_refused(plain, ":@", "WRONGPASS invalid username-password pair or user is disabled");
    check_refused(plain, "jill:s3cret@", "SELECT 3 was refused in the handshake; the user may not do that: NOPERM");
}

static void test_handshake_live(void **state)
{
    const char *const users[] = {"--requirepass", "p w",  "--user", "jack",    "on", ">s3cret", "~*",      "+@all",
                                 "--user",        "jill", "on",     ">s3cret", "~*", "+@all",   "-select", NULL};
    live *l = live_start(users);
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *dbs[2];
    char url[300];
    (void)state;

    live_want(l);
    check_live(live_url(l));
    check_live(live_tcp_url(l));
    /* None of the commands that were refused has run, in any database. */
    make_url(url, sizeof url, live_url(l), "jack:s3cret@", "3");
    assert_int_equal(rp_connect(NULL, url), RP_OK);
    rp_set(p, "only in", 3);
    dbs[0] = rp_command(p, "DBSIZE");
    dbs[1] = rp_command(p, "INFO", "keyspace");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_true(rp_equal(dbs[0], 1));
    assert_true(rp_contains(dbs[1], "db3:keys=1"));
    assert_false(rp_contains(dbs[1], "db0:"));
    rp_free(p);
    rp_disconnect(NULL);
    live_stop(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_handshake_words),
        KIT_TEST(test_handshake_after_reconnect),
        KIT_TEST(test_handshake_version),
        KIT_TEST(test_handshake_failures),
        KIT_TEST(test_handshake_wrong_password_is_tried_once),
        KIT_TEST(test_handshake_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
