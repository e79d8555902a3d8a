/* Notes. The server writes its log, stdout and stderr into a file of its folder, so that it can neither block nor get
 * SIGPIPE, and the log is there when it fails. inotify tells when to look for the line that says it is ready. The
 * writing end of a pipe is open in the server alone, so that the other end tells when it has died. The free port is
 * learned by binding port 0 and letting go of it again: another process may take it first, then the server ends at
 * once, and another port is tried.
 *
 * PR_SET_PDEATHSIG is set between fork and exec. A parent that died before that is seen by its changed id. */
#define _GNU_SOURCE 1
#include "live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

enum { PATIENCE_MS = 10000, TRIES = 5, MOST_ARGS = 64, LONGEST_LOG = 65536 };

struct live {
    char *folder;
    char socket_path[sizeof((struct sockaddr_un *)0)->sun_path];
    char log_path[160];
    char url[160];
    char tcp_url[64];
    int port;
    pid_t pid;
    int life_fd; /* reads as ended when the server has */
};

/* The full path of a program in PATH, or of one that is named by its path; false where it is not there. */
static bool find_program(const char *name, char *path, size_t size)
{
    const char *folders = getenv("PATH");
    if (strchr(name, '/'))
        return (size_t)snprintf(path, size, "%s", name) < size && access(path, X_OK) == 0;
    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        int n = snprintf(path, size, "%.*s/%s", (int)len, folders, name);
        if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
            return true;
        folders += len + (folders[len] == ':');
    }
    return false;
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* In the child: becomes the server. */
static void exec_server(const char *program, char *const argv[], int log_fd, int life_fd, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) {
        dup2(log_fd, STDOUT_FILENO);
        dup2(log_fd, STDERR_FILENO);
        fcntl(life_fd, F_SETFD, 0);
        execv(program, argv);
    }
    _exit(127);
}

static void spawn(live *l, const char *program, const char *const extra[], int log_fd)
{
    char port[16];
    const char *argv[MOST_ARGS] = {
        program, "--port",    port,     "--bind",     "127.0.0.1",    "--unixsocket", l->socket_path,
        "--dir", l->folder,   "--save", "",           "--appendonly", "no",           "--daemonize",
        "no",    "--logfile", "",       "--loglevel", "notice",
    };
    size_t n = 0;
    int life[2];
    while (argv[n])
        n++;
    for (size_t i = 0; extra && extra[i]; i++) {
        assert_true(n + 1 < MOST_ARGS);
        argv[n++] = extra[i];
    }
    snprintf(port, sizeof port, "%d", l->port);
    assert_int_equal(pipe2(life, O_CLOEXEC), 0);
    pid_t parent = getpid();
    l->pid = fork();
    if (l->pid == 0)
        exec_server(program, (char *const *)argv, log_fd, life[1], parent);
    assert_int_not_equal(l->pid, -1);
    close(life[1]);
    l->life_fd = life[0];
}

static size_t read_log(const live *l, char *text, size_t size)
{
    FILE *in = fopen(l->log_path, "re");
    size_t n = in ? fread(text, 1, size - 1, in) : 0;
    text[n] = '\0';
    if (in)
        fclose(in);
    return n;
}

static bool is_ready(const live *l)
{
    char *log = kit_alloc(LONGEST_LOG);
    read_log(l, log, LONGEST_LOG);
    bool ready = strstr(log, "eady to accept connections") != NULL;
    free(log);
    return ready;
}

/* Waits until the server has said that it is ready. False: it has ended, or says nothing. */
static bool wait_ready(const live *l, int notify_fd)
{
    char events[4096];
    int64_t end = kit_now_ms() + PATIENCE_MS;
    struct pollfd fds[2] = {{.fd = notify_fd, .events = POLLIN}, {.fd = l->life_fd, .events = POLLIN}};
    while (!is_ready(l)) {
        int64_t left = end - kit_now_ms();
        if (left <= 0 || (poll(fds, 2, (int)left) > 0 && fds[1].revents))
            return false;
        while (read(notify_fd, events, sizeof events) > 0)
            ;
    }
    return true;
}

static bool ended_within(const live *l, int ms)
{
    struct pollfd fd = {.fd = l->life_fd, .events = POLLIN};
    int64_t end = kit_now_ms() + ms;
    int n = -1;
    while (n < 0) {
        int64_t left = end - kit_now_ms();
        n = poll(&fd, 1, left > 0 ? (int)left : 0);
    }
    return n > 0;
}

/* Ends and reaps the server. A stopped one is continued, or it would not see the signal. */
static void reap(live *l)
{
    kill(l->pid, SIGTERM);
    kill(l->pid, SIGCONT);
    if (!ended_within(l, PATIENCE_MS))
        kill(l->pid, SIGKILL);
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(l->life_fd);
}

/* One try. False: the server ended before it was ready, perhaps because its port was taken. */
static bool try_start(live *l, const char *program, const char *const extra[])
{
    int log_fd = open(l->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    int notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    assert_int_not_equal(log_fd, -1);
    assert_int_not_equal(inotify_add_watch(notify_fd, l->log_path, IN_MODIFY), -1);
    l->port = free_port();
    snprintf(l->tcp_url, sizeof l->tcp_url, "redis://127.0.0.1:%d", l->port);
    spawn(l, program, extra, log_fd);
    close(log_fd);
    bool ready = wait_ready(l, notify_fd);
    close(notify_fd);
    if (!ready)
        reap(l);
    return ready;
}

static void discard(live *l)
{
    kit_folder_remove(l->folder);
    free(l);
}

/* Prints the log, if there is one, and fails the test. */
static live *give_up(live *l, const char *why)
{
    char *log = kit_alloc(LONGEST_LOG);
    if (read_log(l, log, LONGEST_LOG) > 0)
        print_error("%s", log);
    free(log);
    discard(l);
    fail_msg("live: %s", why);
    return NULL;
}

live *live_start_program(const char *program, const char *const extra_args[])
{
    char path[512];
    if (!find_program(program, path, sizeof path))
        return NULL;
    live *l = kit_alloc(sizeof *l);
    l->folder = kit_folder_make();
    size_t size = sizeof l->socket_path;
    if ((size_t)snprintf(l->socket_path, size, "%s/redis.sock", l->folder) >= size)
        return give_up(l, "the folder's path is too long for a unix socket: set TMPDIR");
    snprintf(l->log_path, sizeof l->log_path, "%s/log", l->folder);
    snprintf(l->url, sizeof l->url, "unix://%s", l->socket_path);
    for (int i = 0; i < TRIES; i++) {
        if (try_start(l, path, extra_args))
            return l;
    }
    return give_up(l, "the server does not start");
}

live *live_start(const char *const extra_args[])
{
    const char *chosen = getenv(LIVE_CHOICE);
    if (chosen && *chosen) {
        live *l = live_start_program(chosen, extra_args);
        if (!l)
            fail_msg("live: " LIVE_CHOICE "=%s: there is no such program", chosen);
        return l;
    }
    live *l = live_start_program("redis-server", extra_args);
    return l ? l : live_start_program("valkey-server", extra_args);
}

void live_want(const live *l)
{
    if (l)
        return;
    print_message("skipped: neither redis-server nor valkey-server is installed\n");
    skip();
}

const char *live_url(const live *l)
{
    return l->url;
}

const char *live_tcp_url(const live *l)
{
    return l->tcp_url;
}

const char *live_socket_path(const live *l)
{
    return l->socket_path;
}

int live_port(const live *l)
{
    return l->port;
}

pid_t live_pid(const live *l)
{
    return l->pid;
}

void live_stop(live *l)
{
    if (!l)
        return;
    reap(l);
    discard(l);
}
