/* Notes. A table of chains, never resized: tests use few keys. An entry stays when its key is deleted (`exists` tells),
 * because it also counts how often the key was incremented. One lock is held while a command runs. */
#include "tiny.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kit.h"

enum { CHAINS = 4096 };

typedef struct entry {
    struct entry *next;
    word key, value; /* owned */
    bool exists;
    int64_t increments;
} entry;

struct tiny {
    pthread_mutex_t lock;
    entry *chains[CHAINS];
};

/* One command that runs. */
typedef struct call {
    tiny *server;
    const word *words;
    size_t count;
    int *protocol;
    unsigned number;
    FILE *out;
} call;

tiny *tiny_new(void)
{
    tiny *t = kit_alloc(sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void tiny_free(tiny *t)
{
    for (size_t i = 0; i < CHAINS; i++) {
        while (t->chains[i]) {
            entry *e = t->chains[i];
            t->chains[i] = e->next;
            free((char *)e->key.data);
            free((char *)e->value.data);
            free(e);
        }
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void assign(word *to, word from)
{
    char *copy = kit_alloc(from.len);
    memcpy(copy, from.data, from.len);
    free((char *)to->data);
    *to = (word){copy, from.len};
}

static entry *find(tiny *t, word key, bool create)
{
    uint32_t hash = 2166136261;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.data[i]) * 16777619;
    entry **chain = &t->chains[hash % CHAINS];
    for (entry *e = *chain; e; e = e->next) {
        if (e->key.len == key.len && memcmp(e->key.data, key.data, key.len) == 0)
            return e;
    }
    if (!create)
        return NULL;
    entry *new = kit_alloc(sizeof *new);
    assign(&new->key, key);
    new->next = *chain;
    return *chain = new;
}

static bool equals(word w, const char *text)
{
    return w.len == strlen(text) && strncasecmp(w.data, text, w.len) == 0;
}

int tiny_is(const word *words, size_t count, const char *name)
{
    return count > 0 && equals(words[0], name);
}

static bool to_int(word w, int64_t *out)
{
    char text[24], *end;
    if (w.len == 0 || w.len >= sizeof text || (w.data[0] != '-' && (w.data[0] < '0' || w.data[0] > '9')))
        return false;
    memcpy(text, w.data, w.len);
    text[w.len] = '\0';
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && end == text + w.len;
}

static void bulk(FILE *out, word w)
{
    fprintf(out, "$%zu\r\n", w.len);
    fwrite(w.data, 1, w.len, out);
    fputs("\r\n", out);
}

static void run_hello(call *c)
{
    static const char map[] = "$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:%d\r\n"
                              "$2\r\nid\r\n:%u\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
                              "$7\r\nmodules\r\n*0\r\n";
    if (c->count > 1 && !equals(c->words[1], "2") && !equals(c->words[1], "3")) {
        fputs("-NOPROTO unsupported protocol version\r\n", c->out);
        return;
    }
    if (c->count > 1)
        *c->protocol = c->words[1].data[0] - '0';
    fputs(*c->protocol == 3 ? "%7\r\n" : "*14\r\n", c->out);
    fprintf(c->out, map, *c->protocol, c->number);
}

static void run_ping(call *c)
{
    if (c->count > 1)
        bulk(c->out, c->words[1]);
    else
        fputs("+PONG\r\n", c->out);
}

static void run_echo(call *c)
{
    bulk(c->out, c->words[1]);
}

static void run_get(call *c)
{
    const entry *e = find(c->server, c->words[1], false);
    if (e && e->exists)
        bulk(c->out, e->value);
    else
        fputs(*c->protocol == 3 ? "_\r\n" : "$-1\r\n", c->out);
}

static void run_set(call *c)
{
    int64_t time;
    bool plain = c->count == 3;
    bool expires = c->count == 5 && (equals(c->words[3], "EX") || equals(c->words[3], "PX"));
    if (!plain && !(expires && to_int(c->words[4], &time))) {
        fputs("-ERR syntax error\r\n", c->out);
        return;
    }
    entry *e = find(c->server, c->words[1], true);
    assign(&e->value, c->words[2]);
    e->exists = true;
    fputs("+OK\r\n", c->out);
}

static void run_increment(call *c)
{
    char text[24];
    int64_t n = 0, by = 1;
    entry *e = find(c->server, c->words[1], true);
    if ((c->count > 2 && !to_int(c->words[2], &by)) || (e->exists && !to_int(e->value, &n)) ||
        __builtin_add_overflow(n, by, &n)) {
        fputs("-ERR value is not an integer or out of range\r\n", c->out);
        return;
    }
    snprintf(text, sizeof text, "%" PRId64, n);
    assign(&e->value, (word){text, strlen(text)});
    e->exists = true;
    e->increments++;
    fprintf(c->out, ":%" PRId64 "\r\n", n);
}

static void run_expire(call *c)
{
    int64_t time;
    const entry *e = find(c->server, c->words[1], false);
    if (to_int(c->words[2], &time))
        fprintf(c->out, ":%d\r\n", e && e->exists);
    else
        fputs("-ERR value is not an integer or out of range\r\n", c->out);
}

static void run_del(call *c)
{
    int deleted = 0;
    for (size_t i = 1; i < c->count; i++) {
        entry *e = find(c->server, c->words[i], false);
        deleted += e && e->exists;
        if (e)
            e->exists = false;
    }
    fprintf(c->out, ":%d\r\n", deleted);
}

static const struct {
    const char *name;
    size_t least, most; /* words, with the name */
    void (*run)(call *c);
} commands[] = {
    {"hello", 1, SIZE_MAX, run_hello}, {"ping", 1, 2, run_ping},
    {"echo", 2, 2, run_echo},          {"get", 2, 2, run_get},
    {"set", 3, SIZE_MAX, run_set},     {"incr", 2, 2, run_increment},
    {"incrby", 3, 3, run_increment},   {"expire", 3, 3, run_expire},
    {"del", 2, SIZE_MAX, run_del},
};

void tiny_run(tiny *t, const word *words, size_t count, int *protocol, unsigned number, FILE *out)
{
    call c = {t, words, count, protocol, number, out};
    char name[64];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!tiny_is(words, count, commands[i].name))
            continue;
        if (count < commands[i].least || count > commands[i].most) {
            fprintf(out, "-ERR wrong number of arguments for '%s' command\r\n", commands[i].name);
            return;
        }
        pthread_mutex_lock(&t->lock);
        commands[i].run(&c);
        pthread_mutex_unlock(&t->lock);
        return;
    }
    words_text(words, 1, name, sizeof name);
    fprintf(out, "-ERR unknown command '%s'\r\n", name);
}

int64_t tiny_count(tiny *t, const char *key)
{
    pthread_mutex_lock(&t->lock);
    const entry *e = find(t, (word){key, strlen(key)}, false);
    int64_t n = e ? e->increments : 0;
    pthread_mutex_unlock(&t->lock);
    return n;
}
