/* Notes. Each command of the section "acl". The server has a file of users, so that they can be saved. What was refused
 * is logged for a user of the server who may do nothing but GET; that user has a connection of its own. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "support/sheet.h"

#define OK "'OK'"

static void users(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_acl_whoami(p), "ACL WHOAMI", RP_STRING, "'default'");
    want(s, rp_acl_users(p), "ACL USERS", RP_LIST, "['default']");
    want(s, rp_acl_setuser(p, "jack", "on", ">secret", "~a*", "&c*", "+get", "(~b* +set)"),
         "ACL SETUSER jack on >secret ~a* &c* +get \"(~b* +set)\"", RP_STRING, OK);
    want(s, rp_acl_users(p), "ACL USERS", RP_LIST, "['default', 'jack']");
    want(s, rp_acl_getuser(p, "jack"), "ACL GETUSER jack", RP_DICT, NULL);
    want(s, rp_acl_getuser(p, "nobody"), "ACL GETUSER nobody", RP_NULL, "None");
    want(s, rp_acl_list(p), "ACL LIST", RP_LIST, NULL);
    want(s, rp_acl_dryrun(p, "jack", "GET", "a1"), "ACL DRYRUN jack GET a1", RP_STRING, OK);
    want(s, rp_acl_dryrun(p, "jack", "PING"), "ACL DRYRUN jack PING", RP_STRING, NULL);
    want(s, rp_acl_save(p), "ACL SAVE", RP_STRING, OK);
    want(s, rp_acl_setuser(p, "jack", "off"), "ACL SETUSER jack off", RP_STRING, OK);
    want(s, rp_acl_load(p), "ACL LOAD", RP_STRING, OK);
    want(s, rp_acl_deluser(p, "jack", "nobody"), "ACL DELUSER jack nobody", RP_INT, "1");
    want(s, rp_acl_deluser(p, "jack"), "ACL DELUSER jack", RP_INT, "0");
    want_error(s, rp_acl_setuser(p, "jack", "!"), "ACL SETUSER jack !", "ERR Error in ACL SETUSER modifier '!'");
}

static void categories_and_passwords(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_acl_cat(p), "ACL CAT", RP_LIST, NULL);
    want(s, rp_acl_cat(p, .category = "hyperloglog"), "ACL CAT hyperloglog", RP_LIST, NULL);
    want_error(s, rp_acl_cat(p, .category = "none"), "ACL CAT none", "ERR Unknown category 'none'");
    want(s, rp_acl_genpass(p), "ACL GENPASS", RP_STRING, NULL);
    want(s, rp_acl_genpass(p, .bits = 5), "ACL GENPASS 5", RP_STRING, NULL);
    want(s, rp_acl_help(p), "ACL HELP", RP_LIST, NULL);
    want(s, rp_acl_log(p), "ACL LOG", RP_LIST, "[]");
    want(s, rp_acl_log(p, .count = 3), "ACL LOG 3", RP_LIST, "[]");
    want(s, rp_acl_log(p, .reset = true), "ACL LOG RESET", RP_STRING, OK);
}

SHEET_TESTS(users, categories_and_passwords)

static void check_user(const rp_value *user)
{
    const rp_value *selectors = rp_lookup(user, "selectors");
    assert_int_equal(rp_kind_of(rp_lookup(user, "flags")), RP_SET);
    assert_true(rp_contains(rp_lookup(user, "flags"), "on"));
    assert_int_equal(rp_kind_of(rp_lookup(user, "passwords")), RP_LIST);
    assert_int_equal(rp_len(rp_at(rp_lookup(user, "passwords"), 0)), 64);
    assert_string_equal(rp_str(rp_lookup(user, "keys")), "~a*");
    assert_int_equal(rp_kind_of(selectors), RP_LIST);
    assert_int_equal(rp_kind_of(rp_at(selectors, 0)), RP_DICT);
    assert_string_equal(rp_str(rp_lookup(rp_at(selectors, 0), "keys")), "~b*");
}

static void test_user(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_acl_setuser(p, "jack", "on", ">secret", "~a*", "(~b* +set)");
        const rp_future *user = rp_acl_getuser(p, "jack"), *word = rp_acl_genpass(p), *short_word;
        short_word = rp_acl_genpass(p, .bits = 5);
        rp_acl_deluser(p, "jack");
        assert_int_equal(rp_execute(p), RP_OK);
        check_user(user);
        assert_int_equal(rp_len(word), 64);
        assert_int_equal(rp_len(short_word), 2);
        rp_free(p);
        rp_disconnect_all();
    }
}

/* Lets a user try what is forbidden. */
static void be_refused(const live *server)
{
    char url[256];
    snprintf(url, sizeof url, "unix://jack:secret@%s", live_socket_path(server));
    assert_int_equal(rp_connect("jack", url), RP_OK);
    rp_pipe *p = rp_pipeline(NULL, .name = "jack", .collect = true);
    const rp_future *set = rp_set(p, "a", 1);
    assert_int_equal(rp_execute(p), RP_OK);
    assert_memory_equal(rp_str(set), "NOPERM", 6);
    rp_free(p);
}

static void check_logged(const rp_value *log)
{
    assert_int_equal(rp_kind_of(log), RP_LIST);
    assert_int_equal(rp_len(log), 1);
    const rp_value *entry = rp_at(log, 0);
    assert_int_equal(rp_kind_of(entry), RP_DICT);
    assert_int_equal(rp_kind_of(rp_lookup(entry, "count")), RP_INT);
    assert_string_equal(rp_str(rp_lookup(entry, "object")), "set");
    assert_string_equal(rp_str(rp_lookup(entry, "username")), "jack");
    assert_int_equal(rp_kind_of(rp_lookup(entry, "age-seconds")), RP_FLOAT);
}

static void test_log(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_acl_setuser(p, "jack", "on", ">secret", "~*", "+get", "+hello", "+client");
        assert_int_equal(rp_execute(p), RP_OK);
        be_refused(*state);
        const rp_future *log = rp_acl_log(p);
        rp_acl_log(p, .reset = true);
        rp_acl_deluser(p, "jack");
        assert_int_equal(rp_execute(p), RP_OK);
        check_logged(log);
        rp_free(p);
        rp_disconnect_all();
    }
}

static char *folder;

static int start(void **state)
{
    char path[128];
    folder = kit_folder_make();
    snprintf(path, sizeof path, "%s/users", folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    *state = live_start((const char *[]){"--aclfile", path, NULL});
    return 0;
}

static int stop(void **state)
{
    live_stop(*state);
    kit_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_user), KIT_TEST(test_log)};
    return cmocka_run_group_tests(tests, start, stop);
}
