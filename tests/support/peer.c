/* Notes. A peer is used by one thread. Its socket is only ever used without blocking, after stage_wait, so that
 * fake_stop and the patience of ten seconds reach every step.
 *
 * Answers gather in `out` and are sent when a step ends or when more has to be read: a server that has 64 KiB of
 * commands before it answers them together, as Redis does. `gone` says that sending is pointless, because the client
 * has closed or the fake is to stop: from then on sending does nothing, while reading still gets what had arrived.
 * `over` says that the socket shall be closed now. */
#define _GNU_SOURCE 1
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

/* How reading a command ended. */
typedef enum got { GOT_COMMAND, GOT_END, GOT_STOP, GOT_NOTHING, GOT_MALFORMED } got;

wait_result stage_wait(const stage *s, int fd, short events, int ms)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = s->stop_fd, .events = POLLIN}};
    int64_t end = kit_now_ms() + ms;
    for (;;) {
        int64_t left = end - kit_now_ms();
        int n = poll(fds, 2, left > 0 ? (int)left : 0);
        if (n > 0 && fds[1].revents && !(fds[0].revents && (events & POLLIN)))
            return WAIT_STOPPED;
        if (n > 0)
            return WAIT_READY;
        if (n == 0)
            return WAIT_LATE;
    }
}

peer *peer_new(const stage *s, int fd, unsigned number)
{
    peer *p = kit_alloc(sizeof *p);
    *p = (peer){.stage = s, .fd = fd, .number = number, .in = request_new(), .most = PIECE, .protocol = 2};
    p->out = open_memstream(&p->out_data, &p->out_size);
    p->rounds = kit_alloc(s->script->step_count * sizeof *p->rounds);
    if (!p->out)
        abort();
    return p;
}

void peer_free(peer *p)
{
    close(p->fd);
    fclose(p->out);
    free(p->out_data);
    free(p->rounds);
    request_free(p->in);
    free(p);
}

void peer_fail(peer *p, bool malformed, const char *what)
{
    char text[120] = "after the last step";
    if (p->step)
        step_text(p->step, text, sizeof text);
    journal_fail(p->stage->journal, malformed, "connection %u, line %u (%s): %s", p->number,
                 p->step ? p->step->line : 0, text, what);
    p->over = true;
}

void peer_send(peer *p, const char *data, size_t len)
{
    while (len > 0 && !p->gone && !p->over) {
        wait_result result = stage_wait(p->stage, p->fd, POLLOUT, PATIENCE_MS);
        if (result == WAIT_LATE) {
            peer_fail(p, false, "the client does not read");
        } else if (result == WAIT_STOPPED) {
            p->gone = true;
        } else {
            ssize_t n = send(p->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) {
                data += n;
                len -= (size_t)n;
            } else if (errno != EAGAIN && errno != EINTR) {
                p->gone = true;
            }
        }
    }
}

void peer_flush(peer *p)
{
    fflush(p->out);
    peer_send(p, p->out_data, p->out_size);
    rewind(p->out);
}

ssize_t peer_receive(peer *p, size_t most)
{
    size_t size;
    char *room = request_room(p->in, &size);
    ssize_t n = recv(p->fd, room, size < most ? size : most, MSG_DONTWAIT);
    if (n > 0) {
        request_fed(p->in, (size_t)n);
        journal_bytes(p->stage->journal, (size_t)n);
    }
    return n;
}

static got peer_next(peer *p, const word **words, size_t *count)
{
    for (;;) {
        request_state state = request_next(p->in, words, count);
        if (state == REQUEST_READY) {
            journal_command(p->stage->journal, *words, *count);
            return GOT_COMMAND;
        }
        if (state == REQUEST_MALFORMED)
            return GOT_MALFORMED;
        peer_flush(p);
        wait_result result = stage_wait(p->stage, p->fd, POLLIN, PATIENCE_MS);
        if (result != WAIT_READY)
            return result == WAIT_LATE ? GOT_NOTHING : GOT_STOP;
        ssize_t n = peer_receive(p, p->most);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return GOT_END;
    }
}

bool peer_want(peer *p, const word **words, size_t *count)
{
    got result = peer_next(p, words, count);
    if (result == GOT_END)
        peer_fail(p, false, request_begun(p->in) ? "the client closed within a command" : "the client closed");
    else if (result == GOT_STOP)
        peer_fail(p, false, "fake_stop came first");
    else if (result == GOT_NOTHING)
        peer_fail(p, false, "nothing came for 60 s");
    else if (result == GOT_MALFORMED)
        peer_fail(p, true, request_error(p->in));
    return result == GOT_COMMAND;
}

bool peer_take(peer *p, const word **words, size_t *count)
{
    got result = peer_next(p, words, count);
    if (result == GOT_NOTHING)
        peer_fail(p, false, "nothing came for 60 s");
    else if (result == GOT_MALFORMED)
        peer_fail(p, true, request_error(p->in));
    p->gone = p->gone || result == GOT_END || result == GOT_STOP;
    return result == GOT_COMMAND;
}

void peer_answer(peer *p, const word *words, size_t count)
{
    tiny_run(p->stage->server, words, count, &p->protocol, p->number, p->out);
    if (ftello(p->out) > PIECE)
        peer_flush(p);
}
