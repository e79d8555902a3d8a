/* Runs a program beside private servers, which end with it:
 *
 *     bench_serve COUNT PROGRAM [ARGUMENT...]
 *
 * The program finds them in BENCH_URLS (unix sockets) and BENCH_TCP_URLS (the same servers over TCP), separated by
 * spaces. The exit status is the program's. A signal that asks to end is handed on to the program, so that the servers
 * and their folders are gone whichever way this ends. */
#define _GNU_SOURCE

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/live.h"

enum { MOST = 16, URLS_SIZE = 4096 };

static volatile sig_atomic_t program;

static void hand_on(int signal)
{
    if (program > 0)
        kill((pid_t)program, signal);
}

static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = hand_on;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

static void export_urls(const char *variable, live *const servers[], int count, const char *(*url)(const live *))
{
    char urls[URLS_SIZE] = "";
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        int n = snprintf(urls + used, sizeof urls - used, i ? " %s" : "%s", url(servers[i]));
        used += (size_t)n;
        if (used >= sizeof urls)
            errx(1, "the urls of the servers are too long");
    }
    if (setenv(variable, urls, 1) != 0)
        err(1, "setenv");
}

static int run(char **argv)
{
    pid_t child = fork();
    if (child < 0)
        err(1, "fork");
    if (child == 0) {
        execvp(argv[0], argv);
        warn("%s", argv[0]);
        _exit(127);
    }
    program = (sig_atomic_t)child;
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            err(1, "waitpid");
    program = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MOST)
        errx(2, "usage: bench_serve COUNT PROGRAM [ARGUMENT...]    (1 to %d servers)", MOST);
    catch_signals();
    live *servers[MOST];
    const char *const options[] = {"--enable-debug-command", "yes", NULL};
    for (int i = 0; i < count; i++)
        if (!(servers[i] = live_start(options)))
            errx(1, "neither redis-server nor valkey-server is installed");
    export_urls("BENCH_URLS", servers, count, live_url);
    export_urls("BENCH_TCP_URLS", servers, count, live_tcp_url);
    int status = run(argv + 2);
    for (int i = 0; i < count; i++)
        live_stop(servers[i]);
    return status;
}
