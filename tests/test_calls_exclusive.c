/* Notes. Options of which only one may be given, for every command: the table's brackets. Two of them are refused
 * before anything is sent, which no connection is needed for; each alone is not refused for that. The calls are in a
 * generated list, which makes a function of each, since each is a macro call with types of its own. */
#include <string.h>

#include <redpipe/redpipe.h>

#include "support/kit.h"

#define DEFINE(id, ...) \
    static void id(rp_pipe *p) \
    { \
        (void)__VA_ARGS__; \
    }
#define ALONE(id, ...) DEFINE(alone_##id, __VA_ARGS__)
#define BOTH(id, ...) DEFINE(both_##id, __VA_ARGS__)
#include "exclusions.def"
#undef ALONE
#undef BOTH

#define ALONE(id, ...) {#id, alone_##id, false},
#define BOTH(id, ...) {#id, both_##id, true},
static const struct {
    const char *label;
    void (*queue)(rp_pipe *p);
    bool two;
} cases[] = {
#include "exclusions.def"
};

static void test_options_that_exclude_each_other(void **state)
{
    size_t twos = 0;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rp_pipe *p = rp_pipeline(NULL);
        cases[i].queue(p);
        rp_status status = rp_execute(p);
        bool one_only = strstr(rp_last_error()->message, "only one may be given") != NULL;
        if (cases[i].two ? status != RP_INVALID_OPERATION : one_only)
            fail_msg("%s: %s: %s", cases[i].label, rp_status_name(status), rp_last_error()->message);
        twos += cases[i].two;
        rp_free(p);
    }
    print_message("%zu options, %zu pairs\n", sizeof cases / sizeof *cases - twos, twos);
}

int main(void)
{
    const struct CMUnitTest tests[] = {KIT_TEST(test_options_that_exclude_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
