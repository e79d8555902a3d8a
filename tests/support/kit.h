/* What the tests share: cmocka itself, temporary folders, a clock, and counts of what a process holds.
 *
 *     static void test_something(void **state) { ... }
 *     const struct CMUnitTest tests[] = {KIT_TEST(test_something)};
 *
 * A test listed with KIT_TEST is checked for what it leaves behind: after it, and after rp_disconnect_all, the process
 * must have as many open files and threads as before it. */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A test with kit_setup and kit_teardown around it. The test's *state is left to the test and its group. */
#define KIT_TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

/* Notes how many files and threads there are. 0 always. */
int kit_setup(void **state);

/* Calls rp_disconnect_all, then fails the test where files or threads are left over, or missing. Threads that are just
 * ending get up to 2 s for it. */
int kit_teardown(void **state);

/* A new, empty folder (mode 0700) under $TMPDIR, or /tmp. Never NULL. One that is still there when the process exits is
 * removed then. */
char *kit_folder_make(void);

/* Removes the folder with all that is in it, and frees the path. */
void kit_folder_remove(char *path);

/* Milliseconds of the monotonic clock. */
int64_t kit_now_ms(void);

/* Open files and threads of this process, now. */
size_t kit_open_fds(void);
size_t kit_thread_count(void);

/* Resident memory in KiB: now, and the most since the process began or kit_peak_rss_reset was called. The fake server
 * and sanitizers count too. */
size_t kit_rss_kb(void);
size_t kit_peak_rss_kb(void);
void kit_peak_rss_reset(void);

/* Runs a test as a group of its own in a child process, silently: how many failed. For trying whether a check can
 * fail. */
int kit_failures_of(struct CMUnitTest test);

/* malloc of zeroed memory, and realloc, for the kit: they end the process where there is no memory. */
void *kit_alloc(size_t size);
void *kit_realloc(void *old, size_t size);

#endif
