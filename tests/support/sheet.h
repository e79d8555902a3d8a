/* Sheets: lists of commands with what is expected of each, queued anew for each backend.
 *
 *     static void hashes(sheet *s)
 *     {
 *         rp_pipe *p = s->pipe;
 *         want(s, rp_hset(p, "h", "f", 1), "HSET h f 1", RP_INT, "1");
 *         want(s, rp_hgetall(p, "h"), "HGETALL h", RP_DICT, "{'f': '1'}");
 *         want(s, rp_hrandfield(p, "h"), "HRANDFIELD h", RP_STRING, NULL);
 *         want_error(s, rp_get(p, "h"), "GET h", "WRONGTYPE");
 *         want_new(s, rp_hgetdel(p, "h", "f"), "HGETDEL h FIELDS 1 f", "*1\r\n$1\r\n1\r\n", NULL, RP_LIST,
 *                  "['1']");
 *     }
 *
 *     SHEET_TESTS(hashes)
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {SHEET_LISTED};
 *         return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
 *     }
 *
 * Every command that a sheet queues must be a row of it, in that order. A sheet finds no keys at first; what else it
 * changes in a server (a configuration, a script) it puts back itself, since it runs once for each protocol. */
#ifndef TESTS_SHEET_H
#define TESTS_SHEET_H

#include <redpipe/redpipe.h>

#include "kit.h"
#include "live.h"

typedef struct sheet_row {
    rp_future *future;
    const char *wire;
    rp_kind kind;
    const char *shown;    /* of RP_ERROR: how it begins; NULL: the value varies */
    const char *reply[2]; /* under RESP2, RESP3; NULL: the server has it */
} sheet_row;

typedef struct sheet {
    rp_pipe *pipe;
    size_t count, room;
    sheet_row *rows;
} sheet;

typedef void sheet_queue(sheet *s);

/* A row: the words, as fake_command shows them; the kind; the value, as rp_print shows it. shown NULL: the value varies
 * from run to run, only its kinds are looked at. */
void want(sheet *s, rp_future *future, const char *wire, rp_kind kind, const char *shown);

/* A row that the server answers with an error, which begins so. */
void want_error(sheet *s, rp_future *future, const char *wire, const char *beginning);

/* A row that not every server knows: a live one may say that (unknown command or subcommand, syntax error, wrong number
 * of arguments), else only the kinds of its answer are looked at. The value is what a fake's replies, as they are on
 * the wire, become. resp3 NULL: the same as resp2. */
void want_new(sheet *s, rp_future *future, const char *wire, const char *resp2, const char *resp3, rp_kind kind,
              const char *shown);

/* The words of every row, as a fake sees them. */
void sheet_check_words(sheet_queue *const queues[], size_t count);

/* What the scripted replies of want_new become under RESP2 and RESP3, and that both are the same at every level. */
void sheet_check_replies(sheet_queue *const queues[], size_t count);

/* What the server answers under RESP2 and RESP3, and that both are the same at every level. server NULL: the test is
 * skipped. It may be one of its own: live_start((const char *[]){"--cluster-enabled", "yes", NULL}). */
void sheet_check_values(const live *server, sheet_queue *const queues[], size_t count);

/* Binds the default connection to the server, or skips the test where that is NULL. */
void sheet_connect(const live *server, int protocol);

/* What rp_print shows of a value; fails the test where it is not that. */
void check_shown(const rp_value *v, const char *expected);

/* The setup and teardown of a group: a live server without keys as *state, NULL where none is installed. */
int sheet_start(void **state);
int sheet_stop(void **state);

/* Three tests for these sheets on that server, and their entries of the list of tests. */
#define SHEET_TESTS(...) \
    static sheet_queue *const sheet_queues_[] = {__VA_ARGS__}; \
    enum { SHEET_QUEUES_ = sizeof sheet_queues_ / sizeof *sheet_queues_ }; \
    static void test_words(void **state) \
    { \
        (void)state; \
        sheet_check_words(sheet_queues_, SHEET_QUEUES_); \
    } \
    static void test_replies(void **state) \
    { \
        (void)state; \
        sheet_check_replies(sheet_queues_, SHEET_QUEUES_); \
    } \
    static void test_values(void **state) \
    { \
        sheet_check_values(*state, sheet_queues_, SHEET_QUEUES_); \
    }

#define SHEET_LISTED KIT_TEST(test_words), KIT_TEST(test_replies), KIT_TEST(test_values)

#endif
