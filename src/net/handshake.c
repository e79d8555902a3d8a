/* One command at a time, each reply read before the next is sent: HELLO, and SELECT where a database is asked for. A
 * server that does not know HELLO, and one that is not to be asked (conn->plain), gets AUTH, CLIENT SETNAME and SELECT,
 * as far as there is something to say. Something is always said, PING if nothing else, and its answer awaited: what a
 * peer sends unasked (a banner, "-ERR max number of clients reached") is so taken for the answer of the handshake and
 * never for that of the program's first command. docs/decisions/0014 has the reasons.
 *
 * Sources: https://redis.io/docs/latest/commands/hello/, .../auth/, .../select/, .../client-setname/. */
#define _GNU_SOURCE
#include "net/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "net/mask.h"
#include "resp/encode.h"
#include "resp/number.h"
#include "resp/shape.h"

enum { INPUT_SIZE = 64 * 1024, MOST_WORDS = 8, MASKED = 1000, SHOWN = 250 };

typedef enum step { STEP_HELLO, STEP_AUTH, STEP_SETNAME, STEP_SELECT, STEP_PING, STEP_END } step;

static const char *const step_names[] = {"HELLO", "AUTH", "CLIENT SETNAME", "SELECT", "PING", ""};

typedef struct rpi_handshake {
    step step;
    bool in_step; /* something was answered that only our command is answered with */
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

const char *rpi_handshake_step_name(const rpi_conn *conn)
{
    return step_names[conn->handshake->step];
}

/* Fails with the name of the step in the text, where it says %s. */
__attribute__((format(printf, 3, 0))) static void fail_step(rpi_conn *conn, rp_status status, const char *format,
                                                            const char *detail)
{
    const rpi_handshake *h = conn->handshake;
    char name[40], what[200];

    if (h->step == STEP_SELECT)
        snprintf(name, sizeof name, "SELECT %d", conn->config->url.db);
    else
        snprintf(name, sizeof name, "%s", step_names[h->step]);
    snprintf(what, sizeof what, format, name);
    rpi_conn_fail(conn, status, what, detail);
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
        words[n++] = "3";
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
    case STEP_PING:
        if (!conn->handshake->in_step)
            words[n++] = "PING";
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
    h->step = conn->plain ? STEP_AUTH : STEP_HELLO;
    h->in_step = false;
    h->output = NULL;
    rpi_arena_init(&h->arena, block, 0);
    conn->handshake = h;
    conn->parser.arena = &h->arena;
    conn->parser.pushes = !conn->plain;
    begin_step(conn);
}

bool rpi_handshake_writes(const rpi_conn *conn)
{
    return conn->handshake && conn->handshake->output && conn->handshake->sent < conn->handshake->output_size;
}

/* Errors that mean something else than that the command is not known. Of PING they may be the answer, where a server
 * says the same to others: that is for each of the program's commands to find out. */
static const struct {
    const char *begins, *advice;
    bool of_ping;
} known[] = {
    {"NOAUTH", "; the server wants a password", false},
    {"WRONGPASS", "; check user and password of the url", false},
    {"NOPERM", "; the user may not do that", true},
    {"LOADING", "", true},
    {"MASTERDOWN", "", true},
    {"BUSY", "", true},
    {"DENIED", "", false},
    {"ERR max number of clients", "", false},
};

enum { KNOWN = sizeof known / sizeof *known };

static bool starts_with(const rp_value *v, const char *text)
{
    return strncasecmp(v->text, text, strlen(text)) == 0;
}

static size_t find_known(const rp_value *reply)
{
    size_t i = 0;

    while (i < KNOWN && !starts_with(reply, known[i].begins))
        i++;
    return i;
}

/* Fails with what the server said, printable and without secrets. */
static void fail_with_text(rpi_conn *conn, const char *format, const rp_value *reply)
{
    char masked[MASKED], room[SHOWN];
    size_t len = rpi_mask(masked, sizeof masked, reply->text, reply->len, &conn->config->url);
    rp_value shown;

    fail_step(conn, RP_CONNECTION_ERROR, format, rpi_printable(room, sizeof room, masked, len));
    if (reply->kind != RP_ERROR)
        return;
    rpi_value_set_text(&shown, RP_ERROR, masked, len);
    rpi_error_code(&shown, &conn->fault);
}

static void next_step(rpi_conn *conn, step next)
{
    conn->handshake->step = next;
    begin_step(conn);
}

/* An error from the server ends the handshake, but for HELLO, without which there is another way. */
static void refused(rpi_conn *conn, const rp_value *reply)
{
    rpi_handshake *h = conn->handshake;
    size_t i = find_known(reply);
    bool unknown = starts_with(reply, "ERR unknown command") || starts_with(reply, "NOPROTO");
    bool hello = h->step == STEP_HELLO && i == KNOWN;
    char format[120];

    if (hello && conn->config->protocol == 0) {
        conn->parser.pushes = false;
        h->in_step = unknown;
        next_step(conn, STEP_AUTH);
        return;
    }
    if (h->step == STEP_PING && (unknown || (i < KNOWN && known[i].of_ping))) {
        next_step(conn, STEP_END);
        return;
    }
    snprintf(format, sizeof format, "%%s was refused in the handshake%s",
             hello       ? "; without it there is no RESP3, which .protocol = 3 asks for"
             : i < KNOWN ? known[i].advice
                         : "");
    fail_with_text(conn, format, reply);
}

static const char no_answer[] = "the answer to %s in the handshake is none; is it a Redis server?";

/* HELLO's answer is a map, or under RESP2 a flat list, with the version that the server now speaks. NULL, or what is
 * wrong with it. */
static const char *accept_hello(rpi_conn *conn, rp_value *reply)
{
    const rp_value *proto = NULL;

    rpi_shape_value(RPI_SHAPE_DICT, conn->parser.arena, reply);
    if (reply->kind == RP_DICT)
        proto = rp_lookup(reply, "proto");
    if (!proto || !(rp_equal(proto, 2) || rp_equal(proto, 3)))
        return no_answer;
    conn->protocol = rp_equal(proto, 3) ? 3 : 2;
    conn->parser.pushes = conn->protocol == 3;
    if (conn->config->protocol == 0 || conn->protocol == conn->config->protocol)
        return NULL;
    return "in the handshake the server chose another version of the protocol than .protocol asks for";
}

static void accept_reply(rpi_conn *conn, rp_value *reply)
{
    step done = conn->handshake->step;
    const char *why = NULL;

    if (reply->kind == RP_ERROR) {
        refused(conn, reply);
        return;
    }
    if (done == STEP_HELLO)
        why = accept_hello(conn, reply);
    else if (reply->kind != RP_STRING || (done == STEP_PING && strcmp(reply->text, "PONG") != 0))
        why = no_answer;
    if (why) {
        fail_step(conn, RP_PROTOCOL_ERROR, why, NULL);
        return;
    }
    conn->handshake->in_step = true;
    next_step(conn, done == STEP_HELLO ? STEP_SELECT : done + 1);
}

/* The peer has closed the connection. One that did so on HELLO, without a word, may be one that takes it
 * for nonsense. */
static void closed(rpi_conn *conn, int error)
{
    const rpi_handshake *h = conn->handshake;
    bool silent = h->step == STEP_HELLO && h->end == h->input && (!error || error == ECONNRESET || error == EPIPE);

    if (silent && conn->config->protocol == 0)
        conn->hung_up = true;
    else
        fail_step(conn, RP_CONNECTION_ERROR, "closed by the server during the handshake, at %s",
                  error ? strerrordesc_np(error) : NULL);
}

static void fail_broken(rpi_conn *conn)
{
    fail_step(conn, RP_PROTOCOL_ERROR, "does not speak RESP, or said too much, during the handshake, at %s",
              conn->parser.error[0] ? conn->parser.error : NULL);
    rpi_parse_code(&conn->parser, &conn->fault);
}

/* True when a reply was handled, or the peer has closed. */
static bool receive_reply(rpi_conn *conn)
{
    rpi_handshake *h = conn->handshake;
    size_t room = (size_t)(h->input + sizeof h->input - h->end);
    ssize_t n = conn->ops->receive(conn->fd, h->end, room);
    rpi_parse_result result;

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return false;
    if (n <= 0) {
        closed(conn, n < 0 ? errno : 0);
        return true;
    }
    h->end += n;
    result = rpi_parse(&conn->parser, &h->position, h->end, &h->reply);
    if (result == RPI_PARSE_MORE && h->end < h->input + sizeof h->input)
        return false;
    if (result == RPI_PARSE_DONE && h->step == STEP_HELLO && h->reply.kind == RP_STRING)
        fail_with_text(conn, "the server said something else than an answer to %s in the handshake", &h->reply);
    else if (result == RPI_PARSE_DONE &&
             (h->position == h->end || rpi_parse_rest(&conn->parser, &h->position, h->end) == RPI_PARSE_DONE))
        accept_reply(conn, &h->reply);
    else if (result == RPI_PARSE_NO_MEMORY)
        fail_memory(conn);
    else
        fail_broken(conn);
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
        fail_step(conn, RP_CONNECTION_ERROR, "lost during the handshake, at %s", strerrordesc_np(error));
}

bool rpi_handshake_hung_up(const rpi_conn *conn)
{
    return conn->hung_up && !conn->plain;
}

static bool is_over(const rpi_conn *conn)
{
    return conn->state != RPI_CONN_HANDSHAKE || rpi_handshake_hung_up(conn);
}

void rpi_handshake_step(rpi_conn *conn)
{
    bool going = true;

    while (going && !is_over(conn)) {
        if (rpi_handshake_writes(conn))
            send_output(conn);
        going = !is_over(conn) && !rpi_handshake_writes(conn) && receive_reply(conn);
    }
    if (conn->state == RPI_CONN_READY) {
        rpi_handshake_free(conn->handshake);
        conn->handshake = NULL;
        conn->parser.arena = NULL;
    }
}
