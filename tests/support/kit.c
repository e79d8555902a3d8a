/* Notes. What a process holds is read from /proc. The folders that are still there are kept in a list, so that a test
 * which fails half-way leaves nothing behind on the disk; a child of fork removes only those that it made itself.
 *
 * A thread that was joined can be seen in /proc for a moment longer: the kernel wakes the joiner first. So the count of
 * threads is given time to fall, and only then compared. */
#define _GNU_SOURCE 1
#include "kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <redpipe/redpipe.h>

enum { THREADS_END_MS = 2000 };

typedef struct folder {
    struct folder *next;
    pid_t owner;
    char path[];
} folder;

static pthread_mutex_t folders_lock = PTHREAD_MUTEX_INITIALIZER;
static folder *folders;
static bool folders_at_exit;

static size_t fds_before;
static size_t threads_before;

void *kit_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        abort();
    return p;
}

void *kit_realloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        abort();
    return p;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
        fprintf(stderr, "kit: %s is not removed\n", path);
}

static void remove_folders_left(void)
{
    pthread_mutex_lock(&folders_lock);
    while (folders) {
        folder *d = folders;
        folders = d->next;
        if (d->owner == getpid())
            remove_tree(d->path);
        free(d);
    }
    pthread_mutex_unlock(&folders_lock);
}

char *kit_folder_make(void)
{
    static const char name[] = "/redpipe-XXXXXX";
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    size_t size = strlen(parent) + sizeof name;
    folder *d = kit_alloc(sizeof *d + size);
    snprintf(d->path, size, "%s%s", parent, name);
    if (!mkdtemp(d->path)) {
        perror(d->path);
        abort();
    }
    pthread_mutex_lock(&folders_lock);
    if (!folders_at_exit)
        folders_at_exit = atexit(remove_folders_left) == 0;
    d->owner = getpid();
    d->next = folders;
    folders = d;
    pthread_mutex_unlock(&folders_lock);
    return d->path;
}

void kit_folder_remove(char *path)
{
    folder *found = NULL;
    pthread_mutex_lock(&folders_lock);
    for (folder **p = &folders; *p && !found; p = &(*p)->next) {
        if ((*p)->path == path) {
            found = *p;
            *p = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&folders_lock);
    assert_non_null(found);
    remove_tree(path);
    free(found);
}

int64_t kit_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t count_entries(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        perror(path);
        abort();
    }
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

size_t kit_open_fds(void)
{
    return count_entries("/proc/self/fd") - 1; /* the folder itself is open while it is read */
}

size_t kit_thread_count(void)
{
    return count_entries("/proc/self/task");
}

static size_t status_kb(const char *name)
{
    char line[256];
    size_t kb = 0;
    FILE *in = fopen("/proc/self/status", "re");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtoul(line + strlen(name), NULL, 10);
    }
    fclose(in);
    assert_int_not_equal(kb, 0);
    return kb;
}

size_t kit_rss_kb(void)
{
    return status_kb("VmRSS:");
}

size_t kit_peak_rss_kb(void)
{
    return status_kb("VmHWM:");
}

void kit_peak_rss_reset(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    assert_int_not_equal(fd, -1);
    assert_int_equal(write(fd, "5", 1), 1);
    close(fd);
}

static void *no_work(void *arg)
{
    return arg;
}

/* Sanitizers start a thread of their own together with the program's first: it must be there before anything counts. */
static void warm_up(void)
{
    static bool warm;
    pthread_t thread;
    if (warm)
        return;
    assert_int_equal(pthread_create(&thread, NULL, no_work, NULL), 0);
    pthread_join(thread, NULL);
    warm = true;
}

static size_t threads_after(size_t expected)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int64_t end = kit_now_ms() + THREADS_END_MS;
    size_t n = kit_thread_count();
    while (n > expected && kit_now_ms() < end) {
        nanosleep(&pause, NULL);
        n = kit_thread_count();
    }
    return n;
}

int kit_setup(void **state)
{
    (void)state;
    if (threads_before == 0) {
        warm_up();
        threads_after(1);
    }
    fds_before = kit_open_fds();
    threads_before = kit_thread_count();
    return 0;
}

int kit_teardown(void **state)
{
    (void)state;
    rp_disconnect_all();
    size_t threads = threads_after(threads_before);
    size_t fds = kit_open_fds();
    if (fds != fds_before)
        fail_msg("%zu open files before the test, %zu after it", fds_before, fds);
    if (threads != threads_before)
        fail_msg("%zu threads before the test, %zu after it", threads_before, threads);
    return 0;
}

int kit_failures_of(struct CMUnitTest test)
{
    int failed = -1, report[2];
    fflush(NULL);
    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const struct CMUnitTest tests[] = {test};
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        remove_folders_left();
        _exit(write(report[1], &failed, sizeof failed) < 0);
    }
    close(report[1]);
    assert_int_equal(read(report[0], &failed, sizeof failed), sizeof failed);
    close(report[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return failed;
}
