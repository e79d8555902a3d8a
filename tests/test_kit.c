/* Notes. The kit is tested without the library, apart from kit_teardown's rp_disconnect_all. Whether a check of the kit
 * can fail is tried in a child process, which runs a group of one test and returns how many failed. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/kit.h"
#include "support/live.h"
#include "support/raw.h"
#include "support/request.h"

enum { WAIT_MS = 10000 };

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define CMD_PING "*1\r\n$4\r\nPING\r\n"
#define CMD_ECHO "*2\r\n$4\r\nECHO\r\n$5\r\na\r\nb\0\r\n"

/* The parser. */

static request_state feed(request *r, const char *data, size_t len, const word **words, size_t *count)
{
    size_t size;
    char *room = request_room(r, &size);
    assert_true(len <= size);
    memcpy(room, data, len);
    request_fed(r, len);
    return request_next(r, words, count);
}

static void test_request_in_pieces(void **state)
{
    static const char text[] = CMD_ECHO CMD_PING "*2\r\n$0\r\n\r\n$12\r\n123456789012\r\n";
    static const size_t ends[] = {sizeof CMD_ECHO - 2, sizeof CMD_ECHO + sizeof CMD_PING - 3, sizeof text - 2};
    static const char *const texts[] = {"ECHO \"a\\r\\nb\\x00\"", "PING", "\"\" 123456789012"};
    const word *words = NULL;
    size_t count = 0, found = 0;
    char shown[64];
    (void)state;
    request *r = request_new();
    for (size_t i = 0; i < sizeof text - 1; i++) {
        request_state got = feed(r, text + i, 1, &words, &count);
        assert_int_equal(got, found < 3 && i == ends[found] ? REQUEST_READY : REQUEST_MORE);
        assert_int_equal(request_begun(r), got == REQUEST_MORE);
        if (got == REQUEST_READY) {
            words_text(words, count, shown, sizeof shown);
            assert_string_equal(shown, texts[found++]);
        }
    }
    assert_int_equal(found, 3);
    words_text(words, count, shown, 12);
    assert_string_equal(shown, "\"\" 12345...");
    request_free(r);
}

static void test_request_is_strict(void **state)
{
    static const char *const bad[] = {
        "PING\r\n",
        "\r\n",
        "$4\r\nPING\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*01\r\n",
        "*+1\r\n",
        "* 1\r\n",
        "*\r\n",
        "*1\n",
        "*1\rx",
        "*1x\r\n",
        "*1048577\r\n",
        "*99999999999999999999\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*1\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$04\r\nPING\r\n",
        "*1\r\n$536870913\r\n",
        "*1\r\n$4\r\nPINGS\r\n",
        "*1\r\n$4\r\nPIN\r\n\r\n",
        "*1\r\n$4\r\nPING\rx",
        "*1\r\n$4\r\nPING\n",
        CMD_PING "x",
    };
    const word *words;
    size_t count;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        request *whole = request_new(), *pieces = request_new();
        request_state a = feed(whole, bad[i], strlen(bad[i]), &words, &count), b = REQUEST_MORE;
        if (a == REQUEST_READY)
            a = request_next(whole, &words, &count);
        for (size_t k = 0; k < strlen(bad[i]) && b != REQUEST_MALFORMED; k++)
            b = feed(pieces, bad[i] + k, 1, &words, &count);
        if (a != REQUEST_MALFORMED || b != REQUEST_MALFORMED)
            fail_msg("row %zu is taken", i);
        assert_non_null(strstr(request_error(whole), "malformed request at byte "));
        assert_int_equal(request_next(whole, &words, &count), REQUEST_MALFORMED);
        request_free(whole);
        request_free(pieces);
    }
}

/* The kit's own. */

static void *wait_for_end(void *fd)
{
    char byte;
    return read(*(int *)fd, &byte, 1) == 0 ? NULL : fd;
}

static void test_counts(void **state)
{
    int ends[2];
    pthread_t thread;
    void *result;
    size_t fds = kit_open_fds(), threads = kit_thread_count();
    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(kit_open_fds(), fds + 2);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_end, &ends[0]), 0);
    assert_int_equal(kit_thread_count(), threads + 1);
    close(ends[1]);
    pthread_join(thread, &result);
    assert_null(result);
    close(ends[0]);
    assert_int_equal(kit_open_fds(), fds);
}

static void test_memory(void **state)
{
    const size_t size_kb = 65536, most_kb = 57344, size = size_kb * 1024, before = kit_rss_kb();
    (void)state;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    memset(p, 1, size);
    assert_true(kit_rss_kb() >= before + most_kb);
    munmap(p, size);
    assert_true(kit_peak_rss_kb() >= kit_rss_kb() + most_kb);
    kit_peak_rss_reset();
    assert_true(kit_peak_rss_kb() < kit_rss_kb() + most_kb);
}

static void test_clock(void **state)
{
    int64_t before = kit_now_ms();
    (void)state;
    assert_true(before > 0);
    poll(NULL, 0, 20);
    assert_true(kit_now_ms() >= before + 20);
}

static void test_folder(void **state)
{
    char path[256], file[300];
    struct stat st;
    (void)state;
    char *folder = kit_folder_make(), *other = kit_folder_make();
    assert_string_not_equal(folder, other);
    snprintf(path, sizeof path, "%s", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(file, sizeof file, "%s/inner", path);
    assert_int_equal(mkdir(file, 0700), 0);
    snprintf(file, sizeof file, "%s/inner/file", path);
    assert_int_equal(symlink("/", file), 0);
    kit_folder_remove(folder);
    kit_folder_remove(other);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(errno, ENOENT);
}

static void leaks_a_file(void **state)
{
    (void)state;
    assert_int_not_equal(dup(STDERR_FILENO), -1);
}

static void closes_a_file_too_many(void **state)
{
    (void)state;
    close(STDERR_FILENO);
}

static void *wait_for_ever(void *arg)
{
    pause();
    return arg;
}

static void leaks_a_thread(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
}

static void leaves_nothing(void **state)
{
    test_counts(state);
}

static void test_teardown_can_fail(void **state)
{
    (void)state;
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(leaves_nothing)), 0);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(leaks_a_file)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(closes_a_file_too_many)), 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(leaks_a_thread)), 1);
}

/* The private server. */

static void check_ping(const char *url)
{
    int fd = raw_connect(url);
    RAW_SEND(fd, CMD_PING);
    RAW_WANT(fd, "+PONG\r\n");
    close(fd);
}

static void check_gone(pid_t pid, const char *path)
{
    struct stat st;
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(stat(path, &st), -1);
}

static live *start_or_skip(void)
{
    live *l = live_start(NULL);
    live_want(l);
    return l;
}

static void test_live(void **state)
{
    const char *const databases[] = {"--databases", "7", NULL};
    char path[256];
    (void)state;
    live *l = start_or_skip(), *other = live_start(databases);
    check_ping(live_url(l));
    check_ping(live_tcp_url(l));
    assert_int_not_equal(live_port(l), live_port(other));
    assert_string_not_equal(live_socket_path(l), live_socket_path(other));
    int fd = raw_connect(live_url(other));
    RAW_SEND(fd, "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$9\r\ndatabases\r\n");
    RAW_WANT(fd, "*2\r\n$9\r\ndatabases\r\n$1\r\n7\r\n");
    pid_t pid = live_pid(l);
    snprintf(path, sizeof path, "%s", live_socket_path(l));
    live_stop(l);
    check_gone(pid, path);
    pid = live_pid(other);
    snprintf(path, sizeof path, "%s", live_socket_path(other));
    kill(pid, SIGSTOP);
    live_stop(other);
    raw_want_end(fd);
    close(fd);
    check_gone(pid, path);
}

static void fails_to_start(void **state)
{
    const char *const nonsense[] = {"--no-such-option", "1", NULL};
    (void)state;
    live_stop(live_start(nonsense));
}

static void test_live_that_does_not_start(void **state)
{
    (void)state;
    assert_null(live_start_program("no-such-server", NULL));
    live_stop(start_or_skip());
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(fails_to_start)), 1);
}

static void starts_the_chosen_server(void **state)
{
    (void)state;
    live_stop(live_start(NULL));
}

/* The one that the environment names, by its path, and no other instead. */
static void test_live_is_chosen(void **state)
{
    char path[256], *before = getenv(LIVE_CHOICE) ? strdup(getenv(LIVE_CHOICE)) : NULL;
    struct stat st;
    (void)state;
    live_stop(start_or_skip());
    char *folder = kit_folder_make();
    snprintf(path, sizeof path, "%s/server", folder);
    FILE *out = fopen(path, "wx");
    assert_non_null(out);
    fprintf(out, "#!/bin/sh\n: >%s/was_started\nexec \"$(command -v '%s' || command -v valkey-server)\" \"$@\"\n",
            folder, before && *before ? before : "redis-server");
    assert_int_equal(fchmod(fileno(out), 0700), 0);
    fclose(out);
    setenv(LIVE_CHOICE, path, 1);
    starts_the_chosen_server(NULL);
    snprintf(path, sizeof path, "%s/was_started", folder);
    assert_int_equal(stat(path, &st), 0);
    setenv(LIVE_CHOICE, "no-such-server", 1);
    assert_int_equal(kit_failures_of((struct CMUnitTest)KIT_TEST(starts_the_chosen_server)), 1);
    if (before)
        setenv(LIVE_CHOICE, before, 1);
    else
        unsetenv(LIVE_CHOICE);
    free(before);
    kit_folder_remove(folder);
}

static void test_live_dies_with_its_parent(void **state)
{
    int ends[2];
    pid_t server = 0;
    (void)state;
    live_stop(start_or_skip());
    char *folder = kit_folder_make();
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* the server becomes this process's child, and is reaped */
    assert_int_equal(pipe(ends), 0); /* which the server inherits: it reads as ended when both are dead */
    pid_t pid = fork();
    if (pid == 0) {
        setenv("TMPDIR", folder, 1);
        server = live_pid(live_start(NULL));
        if (write(ends[1], &server, sizeof server) > 0)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &server, sizeof server), sizeof server);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    struct pollfd death = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&death, 1, WAIT_MS), 1);
    assert_int_equal(waitpid(server, NULL, 0), server);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    close(ends[0]);
    kit_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_request_in_pieces),
        KIT_TEST(test_request_is_strict),
        KIT_TEST(test_counts),
        KIT_TEST(test_memory),
        KIT_TEST(test_clock),
        KIT_TEST(test_folder),
        KIT_TEST(test_teardown_can_fail),
        KIT_TEST(test_live),
        KIT_TEST(test_live_that_does_not_start),
        KIT_TEST(test_live_is_chosen),
        KIT_TEST(test_live_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
