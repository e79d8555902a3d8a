/* Notes. Each word of a script is a function here; the table at the end has them all. A step that fails or closes sets
 * `over`; then the connection ends after that step. */
#define _GNU_SOURCE 1
#include "play.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

static bool same_words(const step *s, const word *words, size_t count)
{
    bool same = s->count == count;
    for (size_t i = 0; i < count && same; i++)
        same = s->words[i].len == words[i].len && memcmp(s->words[i].data, words[i].data, words[i].len) == 0;
    return same;
}

static void fail_got(peer *p, const word *words, size_t count)
{
    char text[200] = "got ";
    words_text(words, count, text + 4, sizeof text - 4);
    peer_fail(p, false, text);
}

static void do_hello(peer *p, const step *s)
{
    static const word resp2 = {"2", 1};
    const word *words;
    size_t count;
    bool may_ping = s->kind == STEP_HELLO && (s->count == 0 || same_words(s, &resp2, 1));
    if (!peer_want(p, &words, &count))
        return;
    if (may_ping && count == 1 && tiny_is(words, count, "PING"))
        peer_answer(p, words, count);
    else if (!tiny_is(words, count, "HELLO") || (s->count > 0 && !same_words(s, words + 1, count - 1)))
        fail_got(p, words, count);
    else if (s->kind == STEP_HELLO)
        peer_answer(p, words, count);
    else
        fputs("-ERR unknown command 'HELLO'\r\n", p->out);
}

static void do_expect(peer *p, const step *s)
{
    const word *words;
    size_t count;
    if (peer_want(p, &words, &count) && !same_words(s, words, count))
        fail_got(p, words, count);
}

static void do_read(peer *p, const step *s)
{
    const word *words;
    size_t count;
    for (size_t i = 0; i < s->number && peer_want(p, &words, &count); i++)
        ;
}

static void do_lockstep(peer *p, const step *s)
{
    const word *words;
    size_t count;
    for (size_t i = 0; i < s->number && peer_want(p, &words, &count); i++) {
        if (count != 2 || !tiny_is(words, count, "ECHO")) {
            fail_got(p, words, count);
            return;
        }
        peer_answer(p, words, count);
        peer_flush(p);
    }
}

static void do_serve(peer *p, const step *s)
{
    const word *words;
    size_t count;
    bool all = s->number == SIZE_MAX;
    for (size_t i = 0; i < s->number && (all ? peer_take : peer_want)(p, &words, &count); i++)
        peer_answer(p, words, count);
}

static void do_execute(peer *p, const step *s)
{
    const word *words;
    size_t count;
    for (size_t i = 0; i < s->number && peer_want(p, &words, &count); i++) {
        tiny_run(p->stage->server, words, count, &p->protocol, p->number, p->out);
        rewind(p->out);
    }
}

static void do_send(peer *p, const step *s)
{
    word text = s->words[0];
    if (text.len == 0)
        return;
    size_t copies = text.len < PIECE ? PIECE / text.len : 1;
    if (copies > s->number)
        copies = s->number;
    char *piece = kit_alloc(copies * text.len);
    for (size_t i = 0; i < copies; i++)
        memcpy(piece + i * text.len, text.data, text.len);
    for (size_t left = s->number; left > 0 && !p->gone && !p->over; left -= copies) {
        if (copies > left)
            copies = left;
        peer_send(p, piece, copies * text.len);
    }
    free(piece);
}

static void do_split(peer *p, const step *s)
{
    for (size_t i = 0; i < s->words[0].len; i++)
        peer_send(p, s->words[0].data + i, 1);
}

/* Lets time pass. False: the client has closed, or the fake is to stop. */
static bool idle(peer *p, int ms)
{
    p->gone = p->gone || stage_wait(p->stage, p->fd, POLLRDHUP, ms) != WAIT_LATE;
    return !p->gone;
}

static void do_drip(peer *p, const step *s)
{
    for (size_t i = 0; i < s->words[0].len; i++) {
        if (i > 0 && !idle(p, (int)s->number))
            return;
        peer_send(p, s->words[0].data + i, 1);
    }
}

static void do_bulk(peer *p, const step *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    enum { CHUNK = 26 * 2500 };
    char *chunk = kit_alloc(CHUNK);
    for (size_t i = 0; i < CHUNK; i++)
        chunk[i] = letters[i % 26];
    fprintf(p->out, "$%zu\r\n", s->number);
    peer_flush(p);
    for (size_t left = s->number; left > 0 && !p->gone && !p->over; left -= left < CHUNK ? left : CHUNK)
        peer_send(p, chunk, left < CHUNK ? left : CHUNK);
    peer_send(p, "\r\n", 2);
    free(chunk);
}

static void do_slowread(peer *p, const step *s)
{
    p->most = s->number;
}

static void do_stall(peer *p, const step *s)
{
    (void)s;
    if (idle(p, PATIENCE_MS))
        peer_fail(p, false, "the client did not close within 60 s");
}

static void do_wait(peer *p, const step *s)
{
    uint64_t one;
    wait_result result;
    (void)s;
    do
        result = stage_wait(p->stage, p->stage->release_fd, POLLIN, PATIENCE_MS);
    while (result == WAIT_READY && read(p->stage->release_fd, &one, sizeof one) < 0);
    if (result == WAIT_LATE)
        peer_fail(p, false, "no fake_release for 60 s");
    p->gone = p->gone || result == WAIT_STOPPED;
}

/* Over TCP, closing with something unread would be a reset. */
static void do_close(peer *p, const step *s)
{
    const word *words;
    size_t count;
    int there = 0;
    (void)s;
    ioctl(p->fd, FIONREAD, &there);
    for (ssize_t n = 1; there > 0 && n > 0; there -= (int)n)
        n = peer_receive(p, (size_t)there);
    request_state state = request_next(p->in, &words, &count);
    for (; state == REQUEST_READY; state = request_next(p->in, &words, &count))
        journal_command(p->stage->journal, words, count);
    if (state == REQUEST_MALFORMED)
        peer_fail(p, true, request_error(p->in));
    p->over = true;
}

static void do_halfclose(peer *p, const step *s)
{
    (void)s;
    shutdown(p->fd, SHUT_WR);
}

static void do_reset(peer *p, const step *s)
{
    struct linger now = {.l_onoff = 1};
    (void)s;
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    p->over = true;
}

static void do_repeat(peer *p, const step *s)
{
    if (s->number == 0)
        p->next = s->other + 1;
}

static void do_end(peer *p, const step *s)
{
    const step *repeat = &p->stage->script->steps[s->other];
    size_t *rounds = &p->rounds[s->other];
    if (++*rounds < repeat->number && !p->gone)
        p->next = s->other + 1;
    else
        *rounds = 0;
}

static void (*const actions[])(peer *p, const step *s) = {
    [STEP_HELLO] = do_hello,       [STEP_HELLO2] = do_hello,
    [STEP_EXPECT] = do_expect,     [STEP_READ] = do_read,
    [STEP_LOCKSTEP] = do_lockstep, [STEP_SERVE] = do_serve,
    [STEP_EXECUTE] = do_execute,   [STEP_SEND] = do_send,
    [STEP_SPLIT] = do_split,       [STEP_DRIP] = do_drip,
    [STEP_BULK] = do_bulk,         [STEP_SLOWREAD] = do_slowread,
    [STEP_STALL] = do_stall,       [STEP_WAIT] = do_wait,
    [STEP_CLOSE] = do_close,       [STEP_HALFCLOSE] = do_halfclose,
    [STEP_RESET] = do_reset,       [STEP_REPEAT] = do_repeat,
    [STEP_END] = do_end,
};

static void play_steps(peer *p, const section *steps)
{
    const word *words;
    size_t count;
    for (p->next = steps->begin; p->next < steps->end && !p->over;) {
        p->step = &p->stage->script->steps[p->next++];
        actions[p->step->kind](p, p->step);
        peer_flush(p);
    }
    p->step = NULL;
    while (!p->over && peer_take(p, &words, &count))
        ;
}

void play(const stage *s, const section *steps, int fd, unsigned number)
{
    peer *p = peer_new(s, fd, number);
    play_steps(p, steps);
    peer_free(p);
}
