/* Notes. What a message shows of a server's words: everything but the user and the password, where they stand
 * as words. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include "net/mask.h"

static const struct {
    const char *user, *password, *text, *shown;
} rows[] = {
    {NULL, NULL, "ERR unknown command", "ERR unknown command"},
    {NULL, NULL, "", ""},
    {NULL, "s3cret", "", ""},
    {NULL, "s3cret", "s3cret", "***"},
    {NULL, "s3cret", "no s3cret here, s3cret!", "no *** here, ***!"},
    {"jack", "s3cret", "jack:s3cret (jack)", "***:*** (***)"},
    {"jack", "s3cret", "hijack s3crets s3cret3 jacks", "hijack s3crets s3cret3 jacks"},
    /* too short to be looked for */
    {"h", "", "ERR unknown command `HELLO`", "ERR unknown command `HELLO`"},
    {"usr", "pwd", "usr pwd", "usr pwd"},
    {"user", "pass", "WRONGPASS invalid username-password pair or user is disabled.",
     "WRONGPASS invalid username-password pair or *** is disabled."},
    {"default", "password", "WRONGPASS invalid username-password pair", "WRONGPASS invalid username-password pair"},
    /* one is a part of the other */
    {"jack", "jack-2", "jack-2 and jack", "*** and ***"},
    {"abcd-e", "abcd", "abcd-e and abcd", "*** and ***"},
    /* bytes that are no letters */
    {NULL, "$ecret!", "a$ecret!b", "a***b"},
    {NULL, "p w d!", "the p w d! is wrong", "the *** is wrong"},
    {NULL, "\xff\xfe\xfd\xfc", "'\xff\xfe\xfd\xfc'", "'***'"},
    {NULL, "ab\r\ncd", "no ab  cd", "no ***"},
    /* the server cuts what it repeats */
    {"jack", "s3cret", "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `jack`, `s3cr",
     "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `***`, `***"},
    {"jack", "s3cret", "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'jack' 's3cre' ",
     "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' '***' '***' "},
    {NULL, "beginning", "with args beginning with: `begin`", "with args *** with: `***`"},
    {NULL, "s3cret", "`s3cr` stands in no list", "`s3cr` stands in no list"},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const rpi_url url = {.user = rows[i].user, .password = rows[i].password};
        char shown[200];
        size_t len = rpi_mask(shown, sizeof shown, rows[i].text, strlen(rows[i].text), &url);

        assert_in_range(len, 0, sizeof shown - 1);
        shown[len] = '\0';
        assert_string_equal(shown, rows[i].shown);
    }
}

/* Wherever the room ends, no part of the secret is shown, and nothing is written behind it. */
static void test_room(void **state)
{
    static const rpi_url url = {.password = "s3cret"};
    static const char text[] = "a s3cret b s3cret c s3cret";
    (void)state;
    for (size_t size = 0; size < 40; size++) {
        char *room = kit_alloc(size + 1);
        size_t len;

        room[size] = '#';
        len = rpi_mask(room, size, text, sizeof text - 1, &url);
        assert_in_range(len, 0, size);
        assert_int_equal(room[size], '#');
        assert_null(memmem(room, len, "s3", 2));
        free(room);
    }
}

/* No byte behind the text is looked at. */
static void test_end_of_text(void **state)
{
    static const rpi_url url = {.password = "s3cret"};
    (void)state;
    for (size_t len = 1; len <= 6; len++) {
        char *text = kit_alloc(len), shown[20];

        memcpy(text, "s3cret", len);
        assert_int_equal(rpi_mask(shown, sizeof shown, text, len, &url), len == 6 ? 3 : len);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_words),
        KIT_TEST(test_room),
        KIT_TEST(test_end_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
