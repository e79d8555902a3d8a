/* Notes. The commands of the connection itself. What changes its state is gone after the execute, and that is tried out
 * too. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/raw.h"
#include "support/sheet.h"

#define OK "'OK'"
#define NEW_OK "+OK\r\n", NULL, RP_STRING, OK

static void signs_of_life(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_ping(p), "PING", RP_STRING, "'PONG'");
    want(s, rp_ping(p, .message = "a b"), "PING \"a b\"", RP_STRING, "'a b'");
    want(s, rp_echo(p, rp_b("a\0b\r\n", 5)), "ECHO \"a\\x00b\\r\\n\"", RP_STRING, "'a\\x00b\\r\\n'");
    want(s, rp_echo(p, ""), "ECHO \"\"", RP_STRING, "''");
}

static void clients(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_client_id(p), "CLIENT ID", RP_INT, NULL);
    want(s, rp_client_getname(p), "CLIENT GETNAME", RP_NULL, "None");
    want(s, rp_client_info(p), "CLIENT INFO", RP_DICT, NULL);
    want(s, rp_client_list(p), "CLIENT LIST", RP_LIST, NULL);
    want(s, rp_client_list(p, .type = "normal"), "CLIENT LIST TYPE normal", RP_LIST, NULL);
    want(s, rp_client_list(p, .id = RP_LIST(999998, 999999)), "CLIENT LIST ID 999998 999999", RP_LIST, "[]");
    want(s, rp_client_getredir(p), "CLIENT GETREDIR", RP_INT, "-1");
    want(s, rp_client_help(p), "CLIENT HELP", RP_LIST, NULL);
    want(s, rp_client_unblock(p, 999999), "CLIENT UNBLOCK 999999", RP_BOOL, "False");
    want(s, rp_client_unblock(p, 999999, .timeout = true), "CLIENT UNBLOCK 999999 TIMEOUT", RP_BOOL, "False");
    want(s, rp_client_unblock(p, 999999, .error = true), "CLIENT UNBLOCK 999999 ERROR", RP_BOOL, "False");
    want(s, rp_client_pause(p, 1), "CLIENT PAUSE 1", RP_STRING, OK);
    want(s, rp_client_pause(p, 1, .write = true), "CLIENT PAUSE 1 WRITE", RP_STRING, OK);
    want(s, rp_client_pause(p, 1, .all = true), "CLIENT PAUSE 1 ALL", RP_STRING, OK);
    want(s, rp_client_unpause(p), "CLIENT UNPAUSE", RP_STRING, OK);
}

static void kills(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_client_kill(p, .id = 999999), "CLIENT KILL ID 999999", RP_INT, "0");
    want(s, rp_client_kill(p, .type = "pubsub"), "CLIENT KILL TYPE pubsub", RP_INT, "0");
    want(s, rp_client_kill(p, .addr = "127.0.0.1:1"), "CLIENT KILL ADDR 127.0.0.1:1", RP_INT, "0");
    want(s, rp_client_kill(p, .laddr = "127.0.0.1:1"), "CLIENT KILL LADDR 127.0.0.1:1", RP_INT, "0");
    want(s, rp_client_kill(p, .id = 999999, .user = "default", .skipme = "no"),
         "CLIENT KILL ID 999999 USER default SKIPME no", RP_INT, "0");
    want_new(s, rp_client_kill(p, .maxage = 1000000), "CLIENT KILL MAXAGE 1000000", ":0\r\n", NULL, RP_INT, "0");
}

static void states(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_client_setname(p, "anna"), "CLIENT SETNAME anna", RP_STRING, OK);
    want(s, rp_client_getname(p), "CLIENT GETNAME", RP_STRING, "'anna'");
    want(s, rp_client_no_evict(p, "ON"), "CLIENT NO-EVICT ON", RP_STRING, OK);
    want_new(s, rp_client_no_touch(p, "ON"), "CLIENT NO-TOUCH ON", NEW_OK);
    want_new(s, rp_client_setinfo(p, "LIB-NAME", "mine"), "CLIENT SETINFO LIB-NAME mine", NEW_OK);
    want_new(s, rp_client_capa(p, "redirect"), "CLIENT CAPA redirect", NEW_OK);
    want_new(s, rp_client_capa(p, "redirect", "other"), "CLIENT CAPA redirect other", NEW_OK);
    want_new(s, rp_client_import_source(p, "OFF"), "CLIENT IMPORT-SOURCE OFF", NEW_OK);
}

static void tracking(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_client_trackinginfo(p), "CLIENT TRACKINGINFO", RP_DICT,
         "{'flags': {'off'}, 'redirect': -1, 'prefixes': []}");
    want(s, rp_client_tracking(p, "ON"), "CLIENT TRACKING ON", RP_STRING, OK);
    want(s, rp_client_getredir(p), "CLIENT GETREDIR", RP_INT, "0");
    want(s, rp_client_tracking(p, "OFF"), "CLIENT TRACKING OFF", RP_STRING, OK);
    want(s, rp_client_tracking(p, "ON", .prefix = RP_LIST("pet:", "user:"), .bcast = true, .noloop = true),
         "CLIENT TRACKING ON PREFIX pet: PREFIX user: BCAST NOLOOP", RP_STRING, OK);
    want(s, rp_client_trackinginfo(p), "CLIENT TRACKINGINFO", RP_DICT,
         "{'flags': {'on', 'bcast', 'noloop'}, 'redirect': 0, 'prefixes': ['pet:', 'user:']}");
    want(s, rp_client_tracking(p, "OFF"), "CLIENT TRACKING OFF", RP_STRING, OK);
    want(s, rp_client_tracking(p, "ON", .optin = true), "CLIENT TRACKING ON OPTIN", RP_STRING, OK);
    want(s, rp_client_caching(p, "YES"), "CLIENT CACHING YES", RP_STRING, OK);
    want(s, rp_client_tracking(p, "OFF"), "CLIENT TRACKING OFF", RP_STRING, OK);
    want(s, rp_client_tracking(p, "ON", .optout = true), "CLIENT TRACKING ON OPTOUT", RP_STRING, OK);
    want(s, rp_client_caching(p, "NO"), "CLIENT CACHING NO", RP_STRING, OK);
    want_error(s, rp_client_tracking(p, "ON", .redirect = 999999), "CLIENT TRACKING ON REDIRECT 999999",
               "ERR The client ID you want redirect to does not exist");
}

SHEET_TESTS(signs_of_life, clients, kills, states, tracking)

/* What the server says of this connection. */
static void test_what_is_known_of_it(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *id = rp_client_id(p), *info = rp_client_info(p), *all = rp_client_list(p);
        assert_int_equal(rp_execute(p), RP_OK);
        assert_true(rp_equal(rp_lookup(info, "id"), id));
        assert_true(rp_equal(rp_lookup(info, "name"), ""));
        assert_true(rp_equal(rp_lookup(info, "user"), "default"));
        assert_int_equal(rp_len(all), 1);
        assert_true(rp_equal(rp_lookup(rp_at(all, 0), "id"), id));
        rp_free(p);
        rp_disconnect_all();
    }
}

/* The server's socket lies in its folder, by a name that holds spaces: its path is a value in the text that is taken
 * apart. */
static void test_a_path_with_spaces(void **state)
{
    live *l = live_start((const char *[]){"--unixsocket", "my  socket", NULL});
    (void)state;
    if (!l)
        skip();
    for (int protocol = 2; protocol <= 3; protocol++) {
        char url[200];
        snprintf(url, sizeof url, "unix://%.*smy%%20%%20socket",
                 (int)(strrchr(live_socket_path(l), '/') + 1 - live_socket_path(l)), live_socket_path(l));
        assert_int_equal(rp_connect(NULL, url, .protocol = protocol), RP_OK);
        rp_pipe *p = rp_pipeline(NULL);
        rp_future *id = rp_client_id(p), *info = rp_client_info(p), *all = rp_client_list(p);
        assert_int_equal(rp_execute(p), RP_OK);
        check_shown(rp_lookup(info, "addr"), "'my  socket:0'");
        check_shown(rp_lookup(info, "laddr"), "'my  socket:0'");
        assert_true(rp_equal(rp_lookup(info, "id"), id));
        assert_true(rp_equal(rp_lookup(info, "db"), 0));
        check_shown(rp_lookup(rp_at(all, 0), "addr"), "'my  socket:0'");
        assert_true(rp_equal(rp_lookup(rp_at(all, 0), "user"), "default"));
        rp_free(p);
        rp_disconnect_all();
    }
    live_stop(l);
}

static void change_name(rp_pipe *p)
{
    rp_client_setname(p, "anna");
}

static void change_tracking(rp_pipe *p)
{
    rp_client_tracking(p, "ON", .bcast = true);
}

static void change_eviction(rp_pipe *p)
{
    rp_client_no_evict(p, "ON");
}

static void check_closed_after(void (*change)(rp_pipe *p))
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *before = rp_client_id(p);
    assert_int_equal(rp_execute(p), RP_OK);
    change(p);
    rp_future *same = rp_client_id(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(same), rp_int(before));
    rp_future *after = rp_client_id(p);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_not_equal(rp_int(after), rp_int(before));
    rp_free(p);
}

/* The connection whose state was changed is not the next one's. */
static void test_state_is_gone(void **state)
{
    sheet_connect(*state, 0);
    check_closed_after(change_name);
    check_closed_after(change_tracking);
    check_closed_after(change_eviction);
}

/* The number of the connection of that name, once it is blocked. */
static int64_t find_blocked(const char *name)
{
    int64_t id = 0, end = kit_now_ms() + 10000;
    rp_pipe *p = rp_pipeline(NULL);
    while (id == 0 && kit_now_ms() < end) {
        rp_future *all = rp_client_list(p);
        assert_int_equal(rp_execute(p), RP_OK);
        for (size_t i = 0; i < rp_len(all); i++)
            if (rp_equal(rp_lookup(rp_at(all, i), "name"), name) && rp_contains(rp_lookup(rp_at(all, i), "flags"), "b"))
                id = rp_int(rp_lookup(rp_at(all, i), "id"));
    }
    rp_free(p);
    assert_int_not_equal(id, 0);
    return id;
}

static void test_unblock_and_kill(void **state)
{
    sheet_connect(*state, 0);
    int fd = raw_connect(live_url(*state));
    RAW_SEND(fd, "CLIENT SETNAME other\r\nBLPOP none 0\r\n");
    RAW_WANT(fd, "+OK\r\n");
    int64_t id = find_blocked("other");
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *unblocked = rp_client_unblock(p, id, .error = true), *killed = rp_client_kill(p, .id = id);
    assert_int_equal(rp_execute(p), RP_OK);
    check_shown(unblocked, "True");
    assert_int_equal(rp_int(killed), 1);
    rp_free(p);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHEET_LISTED,
        KIT_TEST(test_what_is_known_of_it),
        KIT_TEST(test_a_path_with_spaces),
        KIT_TEST(test_state_is_gone),
        KIT_TEST(test_unblock_and_kill),
    };
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
