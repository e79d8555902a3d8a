/* Notes. Each command of the sections "config", "memory" and "modules". No module is at hand: what a list of modules
 * looks like, a fake says. */
#include "support/sheet.h"

#define OK "'OK'"

static void config(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_config_set(p, "maxmemory", 1 << 30), "CONFIG SET maxmemory 1073741824", RP_STRING, OK);
    want(s, rp_config_get(p, "maxmemory"), "CONFIG GET maxmemory", RP_DICT, "{'maxmemory': '1073741824'}");
    want(s, rp_config_set(p, "maxmemory", 0, "lfu-decay-time", 1), "CONFIG SET maxmemory 0 lfu-decay-time 1", RP_STRING,
         OK);
    want(s, rp_config_get(p, "maxm*", "appendonly"), "CONFIG GET maxm* appendonly", RP_DICT, NULL);
    want(s, rp_config_get(p, "no-such-parameter"), "CONFIG GET no-such-parameter", RP_DICT, "{}");
    want_error(s, rp_config_set(p, "maxmemory", "much"), "CONFIG SET maxmemory much", "ERR CONFIG SET failed");
    want(s, rp_config_resetstat(p), "CONFIG RESETSTAT", RP_STRING, OK);
    want_error(s, rp_config_rewrite(p), "CONFIG REWRITE", "ERR The server is running without a config file");
    want(s, rp_config_help(p), "CONFIG HELP", RP_LIST, NULL);
}

static void memory(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, rp_set(p, "k", "v"), "SET k v", RP_STRING, OK);
    want(s, rp_memory_usage(p, "k"), "MEMORY USAGE k", RP_INT, NULL);
    want(s, rp_memory_usage(p, "k", .samples = 3), "MEMORY USAGE k SAMPLES 3", RP_INT, NULL);
    want(s, rp_memory_usage(p, "k", .samples = -1), "MEMORY USAGE k SAMPLES 0", RP_INT, NULL);
    want(s, rp_memory_usage(p, "x"), "MEMORY USAGE x", RP_NULL, "None");
    want(s, rp_memory_stats(p), "MEMORY STATS", RP_DICT, NULL);
    want(s, rp_memory_doctor(p), "MEMORY DOCTOR", RP_STRING, NULL);
    want(s, rp_memory_malloc_stats(p), "MEMORY MALLOC-STATS", RP_STRING, NULL);
    want(s, rp_memory_purge(p), "MEMORY PURGE", RP_STRING, OK);
    want(s, rp_memory_help(p), "MEMORY HELP", RP_LIST, NULL);
}

static void modules(sheet *s)
{
    rp_pipe *p = s->pipe;
    const char *failed = "ERR Error loading the extension";
    want(s, rp_module_list(p), "MODULE LIST", RP_LIST, "[]");
    want_error(s, rp_module_load(p, "/none"), "MODULE LOAD /none", failed);
    want_error(s, rp_module_load(p, "/none", .args = RP_LIST("a", 1)), "MODULE LOAD /none a 1", failed);
    want_error(s, rp_module_loadex(p, "/none"), "MODULE LOADEX /none", failed);
    want_error(s, rp_module_loadex(p, "/none", .args = RP_LIST("a", 1)), "MODULE LOADEX /none ARGS a 1", failed);
    want_error(s, rp_module_loadex(p, "/none", .config = RP_LIST("m.a", 1, "m.b", "x y"), .args = RP_LIST("b")),
               "MODULE LOADEX /none CONFIG m.a 1 CONFIG m.b \"x y\" ARGS b", failed);
    want_error(s, rp_module_unload(p, "none"), "MODULE UNLOAD none", "ERR Error unloading module");
    want(s, rp_module_help(p), "MODULE HELP", RP_LIST, NULL);
}

static void loaded_modules(sheet *s)
{
    want_new(s, rp_module_list(s->pipe), "MODULE LIST",
             "*1\r\n*8\r\n$4\r\nname\r\n$1\r\nm\r\n$3\r\nver\r\n:7\r\n$4\r\npath\r\n$3\r\n/m1\r\n$4\r\nargs\r\n"
             "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
             "*1\r\n%4\r\n$4\r\nname\r\n$1\r\nm\r\n$3\r\nver\r\n:7\r\n$4\r\npath\r\n$3\r\n/m1\r\n$4\r\nargs\r\n"
             "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
             RP_LIST, "[{'name': 'm', 'ver': 7, 'path': '/m1', 'args': ['a', 'b']}]");
}

SHEET_TESTS(config, memory, modules, loaded_modules)

static void check_stats(const rp_value *stats)
{
    static const char *const floats[] = {
        "dataset.percentage",  "peak.percentage",    "allocator-fragmentation.ratio",
        "allocator-rss.ratio", "rss-overhead.ratio", "fragmentation",
    };
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        assert_int_equal(rp_kind_of(rp_lookup(stats, floats[i])), RP_FLOAT);
    assert_int_equal(rp_kind_of(rp_lookup(stats, "total.allocated")), RP_INT);
    assert_int_equal(rp_kind_of(rp_lookup(stats, "db.0")), RP_DICT);
}

static void test_stats(void **state)
{
    for (int protocol = 2; protocol <= 3; protocol++) {
        sheet_connect(*state, protocol);
        rp_pipe *p = rp_pipeline(NULL);
        rp_set(p, "k", "v");
        const rp_future *stats = rp_memory_stats(p);
        assert_int_equal(rp_execute(p), RP_OK);
        check_stats(stats);
        rp_free(p);
        rp_disconnect_all();
    }
}

static void test_refused(void **state)
{
    rp_arg many[66];
    (void)state;
    for (size_t i = 0; i < 66; i++)
        many[i] = RP_ARG("x");
    rp_pipe *p = rp_pipeline(NULL);
    rp_module_loadex(p, "/none", .config = RP_LIST("a", 1, "b"));
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    rp_module_loadex(p, "/none", .config = {many, 66});
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    rp_config_set(p, "a", 1, "b");
    assert_int_equal(rp_execute(p), RP_INVALID_VALUE);
    rp_free(p);
}

static int start(void **state)
{
    *state = live_start((const char *[]){"--enable-module-command", "yes", NULL});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED, KIT_TEST(test_stats), KIT_TEST(test_refused)};
    return cmocka_run_group_tests(tests, start, sheet_stop);
}
