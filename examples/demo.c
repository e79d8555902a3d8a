/* The demonstration: what one round trip instead of many is worth, on a network that takes 1 ms each way.
 *
 * A private server stands behind a proxy that holds every byte for 1 ms and counts round trips (support/delay_proxy.h).
 * All goes through that proxy, the timing too. What is claimed is checked: the values that were read, and the exact
 * numbers of round trips. Times are shown, not checked: they belong to the machine. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <redpipe/redpipe.h>

#include "delay_proxy.h"
#include "support/live.h"

enum { DELAY_MS = 1, USERS = 50, CALLS = 100, SHOWN = 6, KEY_SIZE = 32, NAME_SIZE = 32 };

/* What one way of doing it cost. */
typedef struct cost {
    size_t round_trips;
    double ms;
} cost;

static delay_proxy *proxy;
static bool all_hold = true;

/* A claim of the demonstration. One that does not hold is printed and makes the program fail. */
static void claim(bool holds, const char *text)
{
    if (holds)
        return;
    all_hold = false;
    printf("  DOES NOT HOLD: %s\n", text);
}

static void claim_ok(rp_status status)
{
    if (status != RP_OK)
        claim(false, rp_last_error()->message);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static cost begin(void)
{
    delay_proxy_reset(proxy);
    return (cost){.ms = now_ms()};
}

static cost end(cost begun)
{
    return (cost){.ms = now_ms() - begun.ms, .round_trips = delay_proxy_round_trips(proxy)};
}

/* -- fifty reads ------------------------------------------------------------------------------------------------- */

static const char *user_key(char key[KEY_SIZE], int user)
{
    snprintf(key, KEY_SIZE, "user:%d:name", user);
    return key;
}

static const char *user_name(char name[NAME_SIZE], int user)
{
    static const char *const first[] = {"Ada",     "Alan",  "Barbara", "Dennis", "Edsger",
                                        "Frances", "Grace", "John",    "Ken",    "Radia"};
    static const char *const last[] = {"Allen", "Hopper", "Liskov", "Ritchie", "Turing"};
    snprintf(name, NAME_SIZE, "%s %s", first[user % 10], last[user / 10]);
    return name;
}

/* Also opens the connection: its handshake is a round trip of its own, which is not what is compared here. */
static void fill(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    char key[KEY_SIZE], name[NAME_SIZE];

    for (int i = 0; i < USERS; i++)
        rp_set(pipe, user_key(key, i), user_name(name, i));
    claim_ok(rp_close(pipe));
}

static cost read_one_by_one(rp_pipe *pipe, rp_future *names[USERS])
{
    char key[KEY_SIZE];
    cost c = begin();

    for (int i = 0; i < USERS; i++) {
        names[i] = rp_get(pipe, user_key(key, i));
        claim_ok(rp_execute(pipe));
    }
    return end(c);
}

static cost read_as_one_pipeline(rp_pipe *pipe, rp_future *names[USERS])
{
    char key[KEY_SIZE];
    cost c = begin();

    for (int i = 0; i < USERS; i++)
        names[i] = rp_get(pipe, user_key(key, i));
    claim_ok(rp_execute(pipe));
    return end(c);
}

static void show_reads(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *single[USERS], *piped[USERS];
    char name[NAME_SIZE];

    cost one_by_one = read_one_by_one(pipe, single);
    cost one_pipeline = read_as_one_pipeline(pipe, piped);
    printf("%d independent reads\n\n", USERS);
    printf("                     commands  round trips         time\n");
    printf("  one by one         %8d %12zu %9.2f ms\n", USERS, one_by_one.round_trips, one_by_one.ms);
    printf("  as one pipeline    %8d %12zu %9.2f ms\n", USERS, one_pipeline.round_trips, one_pipeline.ms);
    printf("  ratio                       %12.1f %9.1f\n\n",
           (double)one_by_one.round_trips / (double)one_pipeline.round_trips, one_by_one.ms / one_pipeline.ms);

    int equal = 0;
    for (int i = 0; i < USERS; i++)
        equal += rp_equal(single[i], user_name(name, i)) && rp_equal(piped[i], single[i]);
    printf("  %d of %d values equal both ways: %s ... %s\n\n", equal, USERS, rp_str(piped[0]),
           rp_str(piped[USERS - 1]));
    claim(equal == USERS, "both ways read what was written");
    claim(one_by_one.round_trips == USERS, "one by one, each read is a round trip");
    claim(one_pipeline.round_trips == 1, "as one pipeline, all reads are one round trip");
    rp_free(pipe);
}

/* -- a function that pipelines ----------------------------------------------------------------------------------- */

static rp_future *count_view(rp_pipe *parent, const char *page)
{
    rp_pipe *pipe = rp_autoexec(parent);
    rp_future *views = rp_incr(pipe, page);
    rp_zincrby(pipe, "ranking", 1, page);
    return rp_return(pipe, views);
}

static const char *page_name(char page[KEY_SIZE], int number)
{
    snprintf(page, KEY_SIZE, "/page/%d", number);
    return page;
}

/* How often each page was viewed, so what the server must say. */
static int expected[CALLS];

static void show_calls(const char *label, cost c, rp_future *const results[], int calls)
{
    int right = 0;

    printf("  %-18s %8d %12zu %9.2f ms  ", label, 2 * calls, c.round_trips, c.ms);
    for (int i = 0; i < calls; i++) {
        right += rp_equal(results[i], ++expected[i]);
        if (i < SHOWN)
            printf(" %s", rp_str(results[i]));
    }
    printf("%s\n", calls > SHOWN ? " ..." : "");
    claim(c.round_trips == 1, "however often it is used, it is one round trip");
    claim(right == calls, "each result is the page's own count");
}

static void call_alone(void)
{
    char page[KEY_SIZE];
    cost c = begin();
    rp_future *count = count_view(NULL, page_name(page, 0));

    c = end(c);
    claim_ok(rp_status_of(count));
    show_calls("used alone", c, &count, 1);
    rp_release(count);
}

static void call_in_a_pipeline(const char *label, int calls)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *counts[CALLS];
    char page[KEY_SIZE];
    cost c = begin();

    for (int i = 0; i < calls; i++)
        counts[i] = count_view(pipe, page_name(page, i));
    claim_ok(rp_execute(pipe));
    show_calls(label, end(c), counts, calls);
    rp_free(pipe);
}

/* The second command of each call has run too. */
static void check_ranking(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *scores[CALLS];
    char page[KEY_SIZE];
    int right = 0;

    for (int i = 0; i < CALLS; i++)
        scores[i] = rp_zscore(pipe, "ranking", page_name(page, i));
    claim_ok(rp_execute(pipe));
    for (int i = 0; i < CALLS; i++)
        right += rp_equal(scores[i], expected[i]);
    printf("\n  %d of %d pages are ranked by their views\n\n", right, CALLS);
    claim(right == CALLS, "each page is ranked by its views");
    rp_free(pipe);
}

static void show_function(void)
{
    printf("count_view: INCR and ZINCRBY, in a pipeline of its own or nested in its caller's\n\n");
    printf("                     commands  round trips         time   results\n");
    call_alone();
    call_in_a_pipeline("nested twice", 2);
    call_in_a_pipeline("nested 100 times", CALLS);
    check_ranking();
}

/* -- all of it --------------------------------------------------------------------------------------------------- */

static void show_all(const char *server_socket)
{
    char url[256];

    proxy = delay_proxy_start(server_socket, DELAY_MS);
    claim(proxy, "the proxy starts");
    if (!proxy)
        return;
    snprintf(url, sizeof url, "unix://%s", delay_proxy_path(proxy));
    claim_ok(rp_connect(NULL, url));
    printf("libredpipe, through a network that takes %d ms each way\n\n", DELAY_MS);
    fill();
    show_reads();
    show_function();
    rp_disconnect_all();
    delay_proxy_stop(proxy);
}

static volatile sig_atomic_t interrupted;

static void note(int sig)
{
    interrupted = sig;
}

/* An interrupt waits until all is cleared away: that takes less than a second. */
static void handle_interrupts(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

int main(void)
{
    handle_interrupts(note);
    live *server = live_start(NULL);
    if (!server) {
        fprintf(stderr, "demo: neither redis-server nor valkey-server is in PATH\n");
        return EXIT_FAILURE;
    }
    show_all(live_socket_path(server));
    live_stop(server);
    handle_interrupts(SIG_DFL);
    if (interrupted)
        raise(interrupted);
    puts(all_hold ? "Every count is as claimed." : "NOT as claimed.");
    return all_hold ? EXIT_SUCCESS : EXIT_FAILURE;
}
