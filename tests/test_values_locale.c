/* Notes. Numbers under a locale with a decimal comma, of which the process gets one for the test: a file as localedef
 * would compile it, found through LOCPATH. So the test needs no locale to be installed. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <locale.h>
#include <sys/stat.h>

#include "resp/encode.h"

/* LC_NUMERIC as glibc reads it: a magic number, how many items there are, where each begins, and the items. */
typedef struct comma_file {
    uint32_t magic, count, at[6];
    uint32_t point_wide, separator_wide;
    char point[4], separator[4], grouping[4], codeset[8];
} comma_file;

static char *folder;

/* Writes the locale "comma" to a folder of its own. */
static int make_locale(void **state)
{
    static const comma_file file = {
        .magic = 0x20031115 ^ LC_NUMERIC,
        .count = 6,
        .at = {offsetof(comma_file, point), offsetof(comma_file, separator), offsetof(comma_file, grouping),
               offsetof(comma_file, point_wide), offsetof(comma_file, separator_wide), offsetof(comma_file, codeset)},
        .point_wide = ',',
        .separator_wide = '.',
        .point = ",",
        .separator = ".",
        .grouping = "\3\3",
        .codeset = "UTF-8",
    };
    char path[256];
    FILE *out;
    (void)state;
    folder = kit_folder_make();
    snprintf(path, sizeof path, "%s/comma", folder);
    if (mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/comma/LC_NUMERIC", folder);
    out = fopen(path, "wbe");
    if (!out || fwrite(&file, sizeof file, 1, out) != 1 || fclose(out) != 0)
        return -1;
    return setenv("LOCPATH", folder, 1);
}

static int remove_locale(void **state)
{
    (void)state;
    kit_folder_remove(folder);
    return unsetenv("LOCPATH");
}

/* Before each test: the comma is the process's; and it works, or the tests below would tell nothing. */
static int use_comma(void **state)
{
    char text[16];
    if (!setlocale(LC_NUMERIC, "comma"))
        return -1;
    snprintf(text, sizeof text, "%.1f", 1.5);
    assert_string_equal(text, "1,5");
    return kit_setup(state);
}

/* After it: the library has not changed the locale of the process, nor that of the thread. */
static int use_point(void **state)
{
    assert_string_equal(setlocale(LC_NUMERIC, NULL), "comma");
    assert_ptr_equal(uselocale((locale_t)0), LC_GLOBAL_LOCALE);
    setlocale(LC_NUMERIC, "C");
    return kit_teardown(state);
}

#define COMMA_TEST(name) cmocka_unit_test_setup_teardown(name, use_comma, use_point)

static void want_double(double got, double wanted)
{
    assert_memory_equal(&got, &wanted, sizeof got);
}

static void test_comma_parse(void **state)
{
    double f;
    (void)state;
    assert_true(rpi_parse_float("1.5", 3, &f));
    want_double(f, 1.5);
    assert_true(rpi_parse_float("-1234.25e-2", 11, &f));
    want_double(f, -12.3425);
    assert_false(rpi_parse_float("1,5", 3, &f));
    assert_false(rpi_parse_float("1.234,5", 7, &f));
}

static void test_comma_format(void **state)
{
    char text[RPI_FLOAT_TEXT];
    (void)state;
    assert_int_equal(rpi_format_float(text, 1.5), 3);
    assert_string_equal(text, "1.5");
    assert_int_equal(rpi_format_float(text, 1234567.125), 11);
    assert_string_equal(text, "1234567.125");
    rpi_format_float(text, 5e-324);
    assert_string_equal(text, "5e-324");
    rpi_format_float(text, 0.1 + 0.2);
    assert_string_equal(text, "0.30000000000000004");
    assert_int_equal(rpi_format_int(text, -1234567), 8);
}

static void test_comma_replies(void **state)
{
    char *printed = NULL, *json;
    size_t size;
    wire *w = wire_new(256, NULL);
    const rp_value *v = wire_value(w, BYTES("*4\r\n,1.5\r\n+2.5\r\n+3,5\r\n,1234567.125\r\n"));
    FILE *out = open_memstream(&printed, &size);
    (void)state;
    want_double(rp_float(rp_at(v, 0)), 1.5);
    assert_int_equal(rp_int(rp_at(v, 0)), 1);
    want_double(rp_float(rp_at(v, 1)), 2.5);
    want_double(rp_float(rp_at(v, 2)), 0);
    assert_int_equal(rp_last_error()->status, RP_INVALID_VALUE);
    assert_true(rp_equal(rp_at(v, 0), 1.5));
    assert_true(rp_equal(rp_at(v, 1), 2.5));
    assert_false(rp_equal(rp_at(v, 2), 3.5));
    assert_true(rp_compare(rp_at(v, 3), 1234567.0) > 0);
    assert_string_equal(rp_str(rp_at(v, 3)), "1234567.125");
    rp_print(out, v);
    fclose(out);
    assert_string_equal(printed, "[1.5, '2.5', '3,5', 1234567.125]");
    json = rp_json(v);
    assert_string_equal(json, "[1.5, \"2.5\", \"3,5\", 1234567.125]");
    free(json);
    free(printed);
    wire_free(w);
}

static void test_comma_malformed_reply(void **state)
{
    wire *w = wire_new(16, NULL);
    rp_value v;
    (void)state;
    wire_feed(w, BYTES(",1,5\r\n"));
    assert_int_equal(wire_next(w, &v), RPI_PARSE_BAD);
    wire_free(w);
}

/* Out and back. */
static void test_comma_arguments(void **state)
{
    fake *f = fake_start("SERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
    const rp_future *echo = rp_echo(pipe, 1234.5);
    rp_future *own = rp_future_new(pipe);
    rp_set(pipe, "k", 0.1F);
    assert_int_equal(rp_execute(pipe), RP_OK);
    assert_string_equal(fake_command(f, 1), "ECHO 1234.5");
    assert_string_equal(fake_command(f, 2), "SET k 0.10000000149011612");
    want_double(rp_float(echo), 1234.5);
    assert_int_equal(rp_future_set(own, 2.5), RP_OK);
    assert_string_equal(rp_str(own), "2.5");
    rp_free(pipe);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMA_TEST(test_comma_parse),           COMMA_TEST(test_comma_format),    COMMA_TEST(test_comma_replies),
        COMMA_TEST(test_comma_malformed_reply), COMMA_TEST(test_comma_arguments),
    };
    return cmocka_run_group_tests(tests, make_locale, remove_locale);
}
