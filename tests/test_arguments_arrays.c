/* Notes. Whatever repeats in a command can be told one by one, or as a list: both put the same on the wire. The calls
 * are in a generated list, which makes functions of each, since each is a macro call with types of its own. */
#include <redpipe/redpipe.h>

#include "support/fake.h"
#include "support/kit.h"

#define ARRAY(id, one_by_one, list) \
    static void id##_one_by_one(rp_pipe *p) \
    { \
        (void)one_by_one; \
    } \
    static void id##_list(rp_pipe *p) \
    { \
        (void)list; \
    }
#include "arrays.def"
ARRAY(command, rp_command(p, "GET", "a"), rp_command_array(p, RP_LIST("GET", "a")))
#undef ARRAY

#define ARRAY(id, one_by_one, list) {id##_one_by_one, id##_list},
static const struct {
    void (*one_by_one)(rp_pipe *p);
    void (*list)(rp_pipe *p);
} cases[] = {
#include "arrays.def"
    ARRAY(command, , )};

/* The server refuses all. After some commands the connection is closed. */
#define REFUSALS "HELLO\nREPEAT 1000\nREAD 2\nSEND 2 '-ERR no\\r\\n'\nEND\n"

static void test_lists_say_the_same(void **state)
{
    fake *f = fake_start(REFUSALS "CONNECTION *\n" REFUSALS);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rp_pipe *p = rp_pipeline(NULL, .collect = true);
        size_t count;

        cases[i].one_by_one(p);
        cases[i].list(p);
        assert_int_equal(rp_execute(p), RP_OK);
        rp_free(p);
        count = fake_commands(f);
        assert_string_equal(fake_command(f, count - 1), fake_command(f, count - 2));
    }
    rp_disconnect_all();
    fake_stop_any(f); /* the client closes in the midst of the script */
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_lists_say_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
