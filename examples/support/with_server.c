/* Runs a program with private Redis servers.
 *
 *     with_server 2 program argument ...
 *
 * starts two, runs `program argument ... url url`, ends the servers, and exits as the program did. Whatever ends it,
 * nothing runs on: SIGINT, SIGTERM and SIGHUP go on to the program, and are followed by the clearing away; the end of
 * the process that started it counts as SIGTERM; should it be killed itself, the kernel ends program and servers. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/live.h"

enum { MAX_SERVERS = 8, MAX_ARGUMENTS = 64, EXIT_NOT_RUN = 127 };

static volatile sig_atomic_t child, caught;

static void hand_on(int sig)
{
    caught = sig;
    if (child > 0)
        kill(child, sig);
}

/* Handlers, not a mask: a program that is started inherits the mask. */
static void on_signals(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* A signal that came before the child had its own handlers back is in its copy of `caught`. */
static void become(char *const argv[])
{
    on_signals(SIG_DFL);
    if (caught)
        raise(caught);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(EXIT_NOT_RUN);
}

static int run(char *const argv[])
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        become(argv);
    child = pid;
    if (pid > 0 && caught)
        kill(pid, caught);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return EXIT_NOT_RUN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
    on_signals(hand_on);
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
        arguments[n++] = (char *)live_url(servers[i]); /* execvp takes no const, and changes nothing */
    }
    int result = run(arguments);
    for (int i = 0; i < count; i++)
        live_stop(servers[i]);
    return result;
}
