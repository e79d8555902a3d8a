/* Runs a program with private Redis servers.
 *
 *     with_server 2 program argument ...
 *
 * starts two, runs `program argument ... url url`, ends the servers, and exits as the program did. Whatever ends it,
 * nothing stays: SIGINT, SIGTERM and SIGHUP go on to the program, and are followed by the clearing away; the end of the
 * process that started it counts as SIGTERM; and should it be killed itself, the kernel ends program and servers. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/live.h"

enum { MAX_SERVERS = 8, MAX_ARGUMENTS = 64, EXIT_NOT_RUN = 127 };

/* Waits for the child and hands on the signals that come meanwhile. All of `signals` are blocked. */
static int wait_for(pid_t child, const sigset_t *signals)
{
    pid_t ended;
    int status, sig;

    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        if (sigwait(signals, &sig) == 0 && sig != SIGCHLD)
            kill(child, sig);
    }
    if (ended < 0)
        return EXIT_NOT_RUN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char *const argv[])
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);

    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(argv[0], argv);
        perror(argv[0]);
        _exit(EXIT_NOT_RUN);
    }
    int result = child < 0 ? EXIT_NOT_RUN : wait_for(child, &signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

int main(int argc, char **argv)
{
    live *servers[MAX_SERVERS];
    char *arguments[MAX_ARGUMENTS + MAX_SERVERS + 1] = {NULL};
    int count = argc > 1 ? atoi(argv[1]) : 0, n = 0;

    if (argc < 3 || argc - 2 > MAX_ARGUMENTS || count < 1 || count > MAX_SERVERS) {
        fprintf(stderr, "usage: %s 1..%d program [argument ...]\n", argv[0], MAX_SERVERS);
        return EXIT_NOT_RUN;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (n < argc - 2) {
        arguments[n] = argv[n + 2];
        n++;
    }
    for (int i = 0; i < count; i++) {
        servers[i] = live_start(NULL);
        if (!servers[i]) {
            fprintf(stderr, "%s: neither redis-server nor valkey-server is in PATH\n", argv[0]);
            return EXIT_NOT_RUN;
        }
        arguments[n++] = (char *)(uintptr_t)live_url(servers[i]); /* execvp takes no const, and changes nothing */
    }
    int result = run(arguments);
    for (int i = 0; i < count; i++)
        live_stop(servers[i]);
    return result;
}
