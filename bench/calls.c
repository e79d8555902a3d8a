/* The worker for calls: what a command costs to queue, by its typed function and by its name with rp_command.
 *
 * Keys and values are fixed texts, so that nothing is measured but the call. A round is a root pipeline, DEPTH calls,
 * and the end of the pipeline: nothing is sent, and no connection is needed. --check makes sure that the two ways get
 * the same answers. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <redpipe/redpipe.h>

enum { DEPTH = 1000 };

/* Keys of one length, since a call's cost depends on it. */
#define NAME "user:1001:name"
#define COUNT "user:1001:seen"
#define HASH "user:1001:data"
#define LIST "user:1001:mail"
#define LOG "user:1001:logs"
#define RANKING "ranking:weekly"
#define OTHERS "ranking:yearly"

/* Queues one command so many times; the future of the last one. */
typedef rp_future *queuer(rp_pipe *p, size_t times);

/* By name, a call may cost so many times what it costs typed. A typed function with options asks for each of them,
 * which rp_command need not; and a name that is long, or two words, takes longer to find. */
typedef struct call {
    const char *name;
    double least, most;
    queuer *typed, *by_name;
} call;

#define REPEAT(function, one) \
    static rp_future *function(rp_pipe *p, size_t times) \
    { \
        rp_future *last = NULL; \
        while (times-- > 0) \
            last = one; \
        return last; \
    }

/* clang-format off */
REPEAT(get_typed, rp_get(p, NAME))
REPEAT(get_by_name, rp_command(p, "GET", NAME))
REPEAT(set_typed, rp_set(p, NAME, "Jack"))
REPEAT(set_by_name, rp_command(p, "SET", NAME, "Jack"))
REPEAT(set_ex_typed, rp_set(p, NAME, "Jack", .ex = 60))
REPEAT(set_ex_by_name, rp_command(p, "SET", NAME, "Jack", "EX", 60))
REPEAT(incrby_typed, rp_incrby(p, COUNT, 3))
REPEAT(incrby_by_name, rp_command(p, "INCRBY", COUNT, 3))
REPEAT(hset_typed, rp_hset(p, HASH, "name", "Jack", "town", "Rome"))
REPEAT(hset_by_name, rp_command(p, "HSET", HASH, "name", "Jack", "town", "Rome"))
REPEAT(hgetall_typed, rp_hgetall(p, HASH))
REPEAT(hgetall_by_name, rp_command(p, "HGETALL", HASH))
REPEAT(lrange_typed, rp_lrange(p, LIST, 0, 9))
REPEAT(lrange_by_name, rp_command(p, "LRANGE", LIST, 0, 9))
REPEAT(zadd_typed, rp_zadd(p, RANKING, 12, "Jack"))
REPEAT(zadd_by_name, rp_command(p, "ZADD", RANKING, 12, "Jack"))
REPEAT(zrange_typed, rp_zrange(p, RANKING, 0, 9, .withscores = true))
REPEAT(zrange_by_name, rp_command(p, "ZRANGE", RANKING, 0, 9, "WITHSCORES"))
REPEAT(expire_typed, rp_expire(p, HASH, 60))
REPEAT(expire_by_name, rp_command(p, "EXPIRE", HASH, 60))
REPEAT(del_typed, rp_del(p, HASH, LIST))
REPEAT(del_by_name, rp_command(p, "DEL", HASH, LIST))
REPEAT(config_get_typed, rp_config_get(p, "maxmemory"))
REPEAT(config_get_by_name, rp_command(p, "CONFIG", "GET", "maxmemory"))
REPEAT(set_nx_typed, rp_set(p, NAME, "Jack", .nx = true))
REPEAT(set_nx_by_name, rp_command(p, "SET", NAME, "Jack", "NX"))
REPEAT(xadd_typed, rp_xadd_array(p, LOG, RP_LIST("name", "Jack", "town", "Rome"), .id = "1-1"))
REPEAT(xadd_by_name, rp_command(p, "XADD", LOG, "1-1", "name", "Jack", "town", "Rome"))
REPEAT(zmpop_typed, rp_zmpop(p, RP_LIST(OTHERS, RANKING), "MIN"))
REPEAT(zmpop_by_name, rp_command(p, "ZMPOP", 2, OTHERS, RANKING, "MIN"))
REPEAT(expiretime_typed, rp_expiretime(p, HASH))
REPEAT(expiretime_by_name, rp_command(p, "EXPIRETIME", HASH))
/* clang-format on */

static const call calls[] = {
    {"get", 1, 1.4, get_typed, get_by_name},
    {"set", 1, 1.3, set_typed, set_by_name},
    {"set_with_ex", 0.85, 1.3, set_ex_typed, set_ex_by_name},
    {"set_with_nx", 0.8, 1.3, set_nx_typed, set_nx_by_name},
    {"incrby", 1, 1.4, incrby_typed, incrby_by_name},
    {"hset_of_2_fields", 1, 1.3, hset_typed, hset_by_name},
    {"hgetall", 1, 1.4, hgetall_typed, hgetall_by_name},
    {"lrange", 1, 1.3, lrange_typed, lrange_by_name},
    {"zadd", 1, 1.3, zadd_typed, zadd_by_name},
    {"zrange_with_scores", 1, 1.3, zrange_typed, zrange_by_name},
    {"zmpop_of_2_keys", 0.9, 1.3, zmpop_typed, zmpop_by_name},
    {"xadd_with_id", 0.8, 1.3, xadd_typed, xadd_by_name},
    {"expire", 1, 1.3, expire_typed, expire_by_name},
    {"del_of_2_keys", 1, 1.4, del_typed, del_by_name},
    {"expiretime", 1, 1.8, expiretime_typed, expiretime_by_name},
    {"config_get", 1, 1.7, config_get_typed, config_get_by_name},
};

enum { CALLS = sizeof calls / sizeof *calls };

static const char usage[] =
    "usage: bench_calls typed|by_name CALL ROUNDS    queues, and sends nothing\n"
    "       bench_calls --check URL                 compares answers; keys user:1001:*, ranking:*\n"
    "       bench_calls --list                      the calls, with the bounds of the ratio of by_name to typed\n";

static void must(rp_status status)
{
    if (status != RP_OK)
        errx(1, "libredpipe: %s", rp_last_error()->message);
}

static void measure(bool typed, const char *name, size_t rounds)
{
    const call *c = calls;
    while (c < calls + CALLS && strcmp(c->name, name) != 0)
        c++;
    if (c == calls + CALLS)
        errx(2, "no call is named %s\n%s", name, usage);
    queuer *queue = typed ? c->typed : c->by_name;
    while (rounds-- > 0) {
        rp_pipe *p = rp_pipeline(NULL);
        queue(p, DEPTH);
        rp_free(p);
    }
}

/* Each call once, one way, on the same data. */
static rp_pipe *try_all(bool typed, rp_future *answers[CALLS])
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_del(p, NAME, COUNT, HASH, LIST, LOG, RANKING, OTHERS);
    rp_set(p, NAME, "Jill");
    rp_rpush(p, LIST, "Good morning", "Good night");
    for (size_t i = 0; i < CALLS; i++)
        answers[i] = (typed ? calls[i].typed : calls[i].by_name)(p, 1);
    must(rp_execute(p));
    return p;
}

static void check(const char *url)
{
    rp_future *typed[CALLS], *by_name[CALLS];
    must(rp_connect(NULL, url));
    rp_pipe *first = try_all(true, typed);
    rp_pipe *second = try_all(false, by_name);
    for (size_t i = 0; i < CALLS; i++)
        if (rp_kind_of(typed[i]) != rp_kind_of(by_name[i]) || !rp_equal(typed[i], by_name[i]))
            errx(1, "%s: by name, the answer is another", calls[i].name);
    rp_free(first);
    rp_free(second);
    rp_disconnect_all();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        for (size_t i = 0; i < CALLS; i++)
            printf("row=%s least=%g most=%g\n", calls[i].name, calls[i].least, calls[i].most);
    else if (argc == 3 && strcmp(argv[1], "--check") == 0)
        check(argv[2]);
    else if (argc == 4 && (strcmp(argv[1], "typed") == 0 || strcmp(argv[1], "by_name") == 0))
        measure(strcmp(argv[1], "typed") == 0, argv[2], strtoul(argv[3], NULL, 10));
    else
        errx(2, "%s", usage);
    return 0;
}
