/* One command at a time, each reply read before the next is sent: HELLO first, always, so that what a peer sends unasked
 * (a banner, "-ERR max number of clients reached") is taken for its answer and not for that of the program's first
 * command. A server that does not know HELLO gets AUTH and CLIENT SETNAME; then SELECT, where a database is asked for.
 *
 * Sources: https://redis.io/docs/latest/commands/hello/, .../auth/, .../select/, .../client-setname/. */
#define _GNU_SOURCE
#include "net/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "resp/encode.h"
#include "resp/number.h"
#include "resp/shape.h"

enum { INPUT_SIZE = 64 * 1024, MOST_WORDS = 8 };

typedef enum step { STEP_HELLO, STEP_AUTH, STEP_SETNAME, STEP_SELECT, STEP_END } step;

typedef struct rpi_handshake {
    step step;
    char *output;
    size_t output_size, sent;
    rpi_arena arena;
    char *position, *end; /* of what is received and not parsed */
    rp_value reply;       /* the parser goes on filling it when more has arrived */
    char input[INPUT_SIZE];
} rpi_handshake;

static void drop_output(rpi_handshake *h)
{
    if (h->output)
        explicit_bzero(h->output, h->output_size);
    rpi_free(h->output);
    h->output = NULL;
}

void rpi_handshake_free(rpi_handshake *h)
{
    if (!h)
        return;
    drop_output(h);
    rpi_arena_free(&h->arena);
    rpi_free(h);
}

static void fail_memory(rpi_conn *conn)
{
    rpi_conn_fail(conn, RP_NO_MEMORY, "no memory to connect", NULL);
}

/* The words of the current step's command; 0: it has nothing to say. */
static size_t words_of(const rpi_conn *conn, const char *words[MOST_WORDS], char number[RPI_INT_TEXT])
{
    const rpi_config *config = conn->config;
    const char *user = config->url.user, *password = config->url.password;
    size_t n = 0;

    switch (conn->handshake->step) {
    case STEP_HELLO:
        words[n++] = "HELLO";
        words[n++] = config->protocol == 2 ? "2" : "3";
        if (password) {
            words[n++] = "AUTH";
            words[n++] = user ? user : "default";
            words[n++] = password;
        }
        if (config->client_name) {
            words[n++] = "SETNAME";
            words[n++] = config->client_name;
        }
        return n;
    case STEP_AUTH:
        if (!password)
            return 0;
        words[n++] = "AUTH";
        if (user)
            words[n++] = user;
        words[n++] = password;
        return n;
    case STEP_SETNAME:
        if (!config->client_name)
            return 0;
        words[n++] = "CLIENT";
        words[n++] = "SETNAME";
        words[n++] = config->client_name;
        return n;
    case STEP_SELECT:
        if (!config->url.db)
            return 0;
        number[rpi_format_int(number, config->url.db)] = '\0';
        words[n++] = "SELECT";
        words[n++] = number;
        return n;
    case STEP_END:
        break;
    }
    return 0;
}

/* Encodes the command of this step, or of the next that has one; ready where none has. */
static void begin_step(rpi_conn *conn)
{
    rpi_handshake *h = conn->handshake;
    const char *words[MOST_WORDS];
    char number[RPI_INT_TEXT];
    size_t n = 0, size = RPI_HEADER_MOST;
    char *to;

    drop_output(h);
    h->position = h->end = h->input;
    while (h->step != STEP_END && (n = words_of(conn, words, number)) == 0)
        h->step++;
    if (h->step == STEP_END) {
        conn->state = RPI_CONN_READY;
        return;
    }
    for (size_t i = 0; i < n; i++)
        size += strlen(words[i]) + RPI_HEADER_MOST;
    h->output = to = rpi_malloc(size);
    if (!h->output) {
        fail_memory(conn);
        return;
    }
    to = rpi_put_count(to, '*', n);
    for (size_t i = 0; i < n; i++)
        to = rpi_put_bulk(to, words[i], strlen(words[i]));
    h->output_size = (size_t)(to - h->output);
    h->sent = 0;
}

void rpi_handshake_start(rpi_conn *conn)
{
    rpi_handshake *h = rpi_malloc(sizeof *h);
    rpi_block *block = rpi_block_new(4096);

    conn->state = RPI_CONN_HANDSHAKE;
    if (!h || !block) {
        rpi_free(h);
        rpi_free(block);
        fail_memory(conn);
        return;
    }
    h->step = STEP_HELLO;
    h->output = NULL;
    rpi_arena_init(&h->arena, block, 0);
    conn->handshake = h;
    conn->parser.arena = &h->arena;
    conn->parser.pushes = conn->config->protocol != 2;
    begin_step(conn);
}

bool rpi_handshake_writes(const rpi_conn *conn)
{
    return conn->handshake && conn->handshake->output && conn->handshake->sent < conn->handshake->output_size;
}

static bool starts_with(const rp_value *v, const char *text)
{
    return strncasecmp(v->text, text, strlen(text)) == 0;
}

static bool repeats(const rp_value *reply, const char *secret)
{
    return secret && memmem(reply->text, reply->len, secret, strlen(secret));
}

/* The server's text, made printable; its first word where the rest repeats what we said, as "unknown command" does. */
static const char *shown_text(const rpi_conn *conn, const rp_value *reply, char *to, size_t size)
{
    const rpi_url *url = &conn->config->url;
    bool secret = repeats(reply, url->password) || repeats(reply, url->user) || repeats(reply, "with args beginning");

    return rpi_printable(to, size, reply->text, secret ? strcspn(reply->text, " ") : reply->len);
}

/* An error from the server ends the handshake, but for a HELLO that it does not know. */
static void refused(rpi_conn *conn, const rp_value *reply)
{
    rpi_handshake *h = conn->handshake;
    bool unknown = starts_with(reply, "ERR unknown command") || starts_with(reply, "NOPROTO");
    bool login = h->step == STEP_AUTH || starts_with(reply, "NOAUTH") || starts_with(reply, "WRONGPASS") ||
                 starts_with(reply, "NOPERM");
    char room[RPI_PRINTABLE_SIZE(40)];
    const char *shown = shown_text(conn, reply, room, sizeof room);

    if (h->step == STEP_HELLO && unknown && conn->config->protocol != 3) {
        conn->parser.pushes = false;
        h->step++;
        begin_step(conn);
    } else if (h->step == STEP_HELLO && unknown) {
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "the server does not speak RESP3, which .protocol = 3 asks for",
                      shown);
    } else if (login) {
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "authentication refused; check user and password of the url", shown);
    } else {
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "the server refused the connection", shown);
    }
}

/* HELLO's answer is a map, or under RESP2 a flat list, with the version that the server now speaks. NULL, or what is wrong
 * with it. */
static const char *accept_hello(rpi_conn *conn, rp_value *reply)
{
    const rp_value *proto = NULL;

    rpi_shape_value(RPI_SHAPE_DICT, conn->parser.arena, reply);
    if (reply->kind == RP_DICT)
        proto = rp_lookup(reply, "proto");
    if (!proto || !(rp_equal(proto, 2) || rp_equal(proto, 3)))
        return "the answer to the handshake is none; is it a Redis server?";
    conn->protocol = rp_equal(proto, 3) ? 3 : 2;
    conn->parser.pushes = conn->protocol == 3;
    if (conn->config->protocol == 0 || conn->protocol == conn->config->protocol)
        return NULL;
    return "in the handshake the server chose another version of the protocol than .protocol asks for";
}

/* A line instead of an answer: a banner, or the end of another conversation. */
static void fail_with_text(rpi_conn *conn, const rp_value *reply)
{
    char room[RPI_PRINTABLE_SIZE(40)];

    rpi_conn_fail(conn, RP_CONNECTION_ERROR, "the server said something else than an answer in the handshake",
                  shown_text(conn, reply, room, sizeof room));
}

static void accept_reply(rpi_conn *conn, rp_value *reply)
{
    rpi_handshake *h = conn->handshake;
    step done = h->step;
    const char *why;

    if (reply->kind == RP_ERROR) {
        refused(conn, reply);
        return;
    }
    why = done == STEP_HELLO         ? accept_hello(conn, reply)
          : reply->kind != RP_STRING ? "the answer to the handshake is none; is it a Redis server?"
                                     : NULL;
    if (why) {
        rpi_conn_fail(conn, RP_PROTOCOL_ERROR, why, NULL);
        return;
    }
    h->step = done == STEP_HELLO ? STEP_SELECT : done + 1;
    begin_step(conn);
}

/* True when a reply was handled. */
static bool receive_reply(rpi_conn *conn)
{
    rpi_handshake *h = conn->handshake;
    size_t room = (size_t)(h->input + sizeof h->input - h->end);
    ssize_t n = conn->ops->receive(conn->fd, h->end, room);
    rpi_parse_result result;

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return false;
    if (n <= 0) {
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "closed by the server during the handshake",
                      n < 0 ? strerrordesc_np(errno) : NULL);
        return true;
    }
    h->end += n;
    result = rpi_parse(&conn->parser, &h->position, h->end, &h->reply);
    if (result == RPI_PARSE_MORE && h->end < h->input + sizeof h->input)
        return false;
    if (result == RPI_PARSE_DONE && h->step == STEP_HELLO && h->reply.kind == RP_STRING)
        fail_with_text(conn, &h->reply);
    else if (result == RPI_PARSE_DONE &&
             (h->position == h->end || rpi_parse_rest(&conn->parser, &h->position, h->end) == RPI_PARSE_DONE))
        accept_reply(conn, &h->reply);
    else if (result == RPI_PARSE_NO_MEMORY)
        fail_memory(conn);
    else
        rpi_conn_fail(conn, RP_PROTOCOL_ERROR, "does not speak RESP, or said too much, during the handshake",
                      conn->parser.error[0] ? conn->parser.error : NULL);
    return true;
}

static void send_output(rpi_conn *conn)
{
    rpi_handshake *h = conn->handshake;
    struct iovec part = {h->output + h->sent, h->output_size - h->sent};
    ssize_t n = conn->ops->send(conn->fd, &part, 1);

    int error = errno;

    if (n >= 0)
        h->sent += (size_t)n;
    else if (error != EAGAIN && error != EWOULDBLOCK && !receive_reply(conn)) /* it may have said why it closed */
        rpi_conn_fail(conn, RP_CONNECTION_ERROR, "lost during the handshake", strerrordesc_np(error));
}

void rpi_handshake_step(rpi_conn *conn)
{
    bool going = true;

    while (going && conn->state == RPI_CONN_HANDSHAKE) {
        if (rpi_handshake_writes(conn))
            send_output(conn);
        going = conn->state == RPI_CONN_HANDSHAKE && !rpi_handshake_writes(conn) && receive_reply(conn);
    }
    if (conn->state == RPI_CONN_READY) {
        rpi_handshake_free(conn->handshake);
        conn->handshake = NULL;
        conn->parser.arena = NULL;
    }
}
