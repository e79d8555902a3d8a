/* Notes. Each command of the section "command_info". What a server says about all of its commands is compared at every
 * level under both protocols; for some of it the kinds that the documentation names are checked. */
#include "support/sheet.h"

static void commands(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_command_count(p), "COMMAND COUNT", RP_INT, NULL);
    want(s, rp_command_info(p), "COMMAND INFO", RP_LIST, NULL);
    want(s, rp_command_info(p, .commands = RP_LIST("get", "config|get", "none")), "COMMAND INFO get config|get none",
         RP_LIST, NULL);
    want(s, rp_command_info(p, .commands = RP_LIST("none")), "COMMAND INFO none", RP_LIST, "[None]");
    want(s, rp_command_docs(p), "COMMAND DOCS", RP_DICT, NULL);
    want(s, rp_command_docs(p, .commands = RP_LIST("set", "config")), "COMMAND DOCS set config", RP_DICT, NULL);
    want(s, rp_command_docs(p, .commands = RP_LIST("none")), "COMMAND DOCS none", RP_DICT, "{}");
    want(s, rp_command_help(p), "COMMAND HELP", RP_LIST, NULL);
    want(s, rp_command(p, "COMMAND"), "COMMAND", RP_LIST, NULL);
}

static void keys_and_lists(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_command_getkeys(p, "MSET", "a", 1, "b", 2), "COMMAND GETKEYS MSET a 1 b 2", RP_LIST, "['a', 'b']");
    want_error(s, rp_command_getkeys(p, "GET", "a", "b"), "COMMAND GETKEYS GET a b", "ERR Invalid number of arguments");
    want(s, rp_command_getkeysandflags(p, "GET", "a"), "COMMAND GETKEYSANDFLAGS GET a", RP_LIST,
         "[['a', {'RO', 'access'}]]");
    want(s, rp_command_list(p), "COMMAND LIST", RP_LIST, NULL);
    want(s, rp_command_list(p, .module = "none"), "COMMAND LIST FILTERBY MODULE none", RP_LIST, "[]");
    want(s, rp_command_list(p, .aclcat = "hyperloglog"), "COMMAND LIST FILTERBY ACLCAT hyperloglog", RP_LIST, NULL);
    want(s, rp_command_list(p, .pattern = "ge?"), "COMMAND LIST FILTERBY PATTERN ge?", RP_LIST, "['get']");
}

SHEET_TESTS(commands, keys_and_lists)

static void check_kinds(const rp_value *list, const rp_kind *kinds, size_t count)
{
    assert_int_equal(rp_kind_of(list), RP_LIST);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rp_kind_of(rp_at(list, i)), kinds[i]);
}

/* Of CONFIG: a container, with GET in it. Of LPUSH: a key. */
static void check_info(const rp_value *info)
{
    static const rp_kind kinds[] = {RP_STRING, RP_INT, RP_SET, RP_INT,  RP_INT,
                                    RP_INT,    RP_SET, RP_SET, RP_LIST, RP_LIST};
    const rp_value *config = rp_at(info, 0), *lpush = rp_at(info, 1);
    check_kinds(config, kinds, 10);
    check_kinds(lpush, kinds, 10);
    check_kinds(rp_at(rp_at(config, 9), 0), kinds, 10);
    const rp_value *place = rp_at(rp_at(lpush, 8), 0);
    assert_int_equal(rp_kind_of(place), RP_DICT);
    assert_int_equal(rp_kind_of(rp_lookup(place, "flags")), RP_SET);
    assert_int_equal(rp_int(rp_lookup(rp_lookup(rp_lookup(place, "begin_search"), "spec"), "index")), 1);
    assert_int_equal(rp_int(rp_lookup(rp_lookup(rp_lookup(place, "find_keys"), "spec"), "keystep")), 1);
}

static const rp_value *last_argument(const rp_value *of)
{
    const rp_value *list = rp_lookup(of, "arguments");
    assert_int_equal(rp_kind_of(list), RP_LIST);
    assert_int_equal(rp_kind_of(rp_at(list, rp_len(list) - 1)), RP_DICT);
    return rp_at(list, rp_len(list) - 1);
}

/* Of BITFIELD: arguments in arguments. Of SLAVEOF: that it is old. Of CONFIG: its subcommands. */
static void check_docs(const rp_value *docs)
{
    const rp_value *of = rp_lookup(docs, "bitfield");
    size_t depth = 0;
    for (; rp_lookup(of, "arguments"); of = last_argument(of))
        depth++;
    assert_in_range(depth, 3, 6);
    assert_string_equal(rp_str(rp_lookup(of, "type")), "integer");
    of = rp_lookup(docs, "slaveof");
    assert_int_equal(rp_kind_of(rp_lookup(of, "doc_flags")), RP_SET);
    assert_true(rp_contains(rp_lookup(of, "doc_flags"), "deprecated"));
    of = rp_lookup(rp_lookup(rp_lookup(docs, "config"), "subcommands"), "config|get");
    assert_string_equal(rp_str(rp_lookup(of, "since")), "2.0.0");
    assert_int_equal(rp_kind_of(rp_lookup(of, "history")), RP_SET);
    assert_string_equal(rp_str(rp_at(rp_at(rp_lookup(of, "history"), 0), 0)), "7.0.0");
}

static void test_what_servers_say(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        const rp_future *info = rp_command_info(p, .commands = RP_LIST("config", "lpush"));
        const rp_future *docs = rp_command_docs(p, .commands = RP_LIST("bitfield", "slaveof", "config"));
        assert_int_equal(rp_execute(p), RP_OK);
        check_info(info);
        check_docs(docs);
        rp_free(p);
        rp_disconnect_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_what_servers_say)};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
