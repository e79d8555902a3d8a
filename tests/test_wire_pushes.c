/* Notes. Pushes: they are passed over wherever they stand, cost no memory, and are never counted as a reply or an
 * element; and a server that sends nothing else does not hold an execute beyond its deadline. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

enum { SOON_MS = 200, LONG_MS = 8000 };

#define PUSH ">2\r\n+pubsub\r\n+x\r\n"
#define PUSHES ">2\\r\\n+pubsub\\r\\n+x\\r\\n>1\\r\\n$0\\r\\n\\r\\n" /* as scripts of the fake write it */
#define NEXT "CONNECTION *\nSERVE\n"

typedef struct sample {
    const char *bytes;
    size_t len;
} sample;

static const sample pushes[] = {
    {BYTES(PUSH)},
    {BYTES(">1\r\n+x\r\n")},
    {BYTES(">1\r\n$0\r\n\r\n")},
    {BYTES(">1\r\n=5\r\ntxt:x\r\n")},
    {BYTES(">2\r\n+x\r\n_\r\n")},
    {BYTES(">2\r\n+x\r\n$-1\r\n")},
    {BYTES(">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nfoo\r\n")},
    {BYTES(">2\r\n$10\r\ninvalidate\r\n_\r\n")},
    {BYTES(">2\r\n+x\r\n:7\r\n")},
    {BYTES(">2\r\n+x\r\n*2\r\n%1\r\n+a\r\n~0\r\n#t\r\n")},
    {BYTES(">4\r\n+x\r\n-ERR x\r\n!3\r\nA b\r\n,1.5\r\n")},
    {BYTES(">2\r\n+x\r\n|1\r\n+a\r\n+b\r\n+y\r\n")},
    {BYTES(">1\r\n|1\r\n+a\r\n+b\r\n+x\r\n")},
    {BYTES("|1\r\n+a\r\n+b\r\n" PUSH)},
    {BYTES(PUSH PUSH ">1\r\n+x\r\n" PUSH)},
};

/* What begins like one, and is none. */
static const sample wrong[] = {
    {BYTES(">0\r\n")},
    {BYTES(">-1\r\n")},
    {BYTES(">1\r\n:5\r\n")},
    {BYTES(">1\r\n_\r\n")},
    {BYTES(">1\r\n$-1\r\n")},
    {BYTES(">1\r\n#t\r\n")},
    {BYTES(">1\r\n,1\r\n")},
    {BYTES(">1\r\n(1\r\n")},
    {BYTES(">1\r\n-ERR x\r\n")},
    {BYTES(">1\r\n!3\r\nA b\r\n")},
    {BYTES(">1\r\n*1\r\n+x\r\n")},
    {BYTES(">1\r\n%1\r\n+x\r\n+y\r\n")},
    {BYTES(">2\r\n>1\r\n+x\r\n+y\r\n")},
    {BYTES(">2\r\n+x\r\n" PUSH "+y\r\n")},
    {BYTES("|1\r\n+a\r\n" PUSH "+b\r\n")},
    {BYTES(PUSH ">0\r\n")},
};

static void print_bytes(FILE *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(out, "\\x%02x", (unsigned char)bytes[i]);
}

/* Three INCRs are answered, with the push in front of answer number `place`, or behind them all. */
static fake *start(const sample *sent, size_t place, bool drip)
{
    char *script = NULL;
    size_t size;
    FILE *out = open_memstream(&script, &size);
    fake *f;

    fprintf(out, "HELLO 3\nEXECUTE 3\n%s '", drip ? "SPLIT" : "SEND");
    for (size_t i = 0; i <= 3; i++) {
        if (i == place)
            print_bytes(out, sent->bytes, sent->len);
        if (i < 3)
            fprintf(out, ":%zu\\r\\n", i + 1);
    }
    fputs("'\nSERVE\n" NEXT, out);
    fclose(out);
    f = fake_start(script);
    free(script);
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    return f;
}

/* -- W22 ----------------------------------------------------------------------------------------------------------- */

static void test_w22_pushes_between_replies(void **state)
{
    (void)state;
    for (size_t push = 0; push < COUNT(pushes); push++)
        for (size_t place = 0; place < 3; place++)
            for (int drip = 0; drip < 2; drip++) {
                fake *f = start(&pushes[push], place, drip);
                wire_batch b;

                wire_increment(&b, 3, drip);
                if (b.status != RP_OK)
                    fail_msg("push %zu in front of %zu: %s", push, place, rp_last_error()->message);
                for (size_t i = 0; i < 3; i++)
                    assert_int_equal(rp_int(b.futures[i]), i + 1);
                rp_free(b.pipe);
                wire_want_next(f, 1);
                rp_disconnect_all();
                fake_stop(f);
            }
}

/* Behind the last reply: the values are right, whenever it comes. The connection is used again where all of the push is
 * there, and is not where only a part of it came. */
static void test_w22_pushes_behind_the_last_reply(void **state)
{
    (void)state;
    for (size_t push = 0; push < COUNT(pushes); push++) {
        fake *f;
        wire_batch b;

        if (*pushes[push].bytes == '|')
            continue; /* an attribute there is surplus */
        f = start(&pushes[push], 3, false);
        wire_increment(&b, 3, false);
        assert_int_equal(b.status, RP_OK);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(rp_int(b.futures[i]), i + 1);
        rp_free(b.pipe);
        wire_want_next(f, fake_connections(f));
        rp_disconnect_all();
        fake_stop_any(f);
    }
}

/* What is none breaks the protocol, wherever it stands: the answers in front of it are right, and no other is given. */
static void test_w22_pushes_that_are_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        for (size_t place = 0; place < 3; place++)
            for (int drip = 0; drip < 2; drip++) {
                static const char *const outcomes[] = {"UUU", "VUU", "VVU"};
                fake *f = start(&wrong[i], place, drip);
                wire_batch b;

                wire_increment(&b, 3, true);
                if (b.status != RP_PROTOCOL_ERROR)
                    fail_msg("%zu in front of %zu is taken", i, place);
                wire_want_outcomes(&b, outcomes[place]);
                rp_free(b.pipe);
                wire_want_next(f, 2);
                rp_disconnect_all();
                fake_stop_any(f);
            }
}

/* Why, however it is cut; and no more of it is waited for than it takes to know. */
static void test_w22_pushes_without_a_name(void **state)
{
    static const char *const rows[] = {">0\r\n", ">1\r\n:", ">9\r\n$-", ">1\r\n_", ">1\r\n-", ">1\r\n*", ">1\r\n>"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = 1; step < 8; step++) {
            size_t len = strlen(rows[i]);
            wire *w = wire_new(len, NULL);
            rpi_parse_result result = RPI_PARSE_MORE;
            rp_value v;

            for (size_t fed = 0; fed < len; fed += step) {
                assert_int_equal(result, RPI_PARSE_MORE);
                wire_feed(w, rows[i] + fed, step < len - fed ? step : len - fed);
                result = wire_next(w, &v);
            }
            assert_int_equal(result, RPI_PARSE_BAD);
            wire_want_part(w->parser.error, "a push without a name: '>");
            wire_free(w);
        }
}

/* Inside an aggregate, at every place, also in front of its first item and of an inner one: the reply is broken. */
static void test_w22_pushes_inside_aggregates(void **state)
{
    static const char *const forms[] = {"*3\r\n@:1\r\n@:2\r\n@:3\r\n", "*2\r\n:1\r\n@*2\r\n@:2\r\n@:3\r\n",
                                        "%1\r\n@+k\r\n@*2\r\n:1\r\n@:2\r\n", "~2\r\n@:1\r\n@:2\r\n"};
    static const char *const shown[] = {"L[I1 I2 I3]\nend", "L[I1 L[I2 I3]]\nend", "D[Sk=L[I1 I2]]\nend",
                                        "Z[I1 I2]\nend"};
    (void)state;

    for (size_t form = 0; form < COUNT(forms); form++)
        for (unsigned chosen = 0; chosen < 4; chosen++) { /* 3: at none */
            char bytes[200];
            size_t len = 0;
            unsigned place = 0;
            bool put = false;

            for (const char *at = forms[form]; *at; at++) {
                if (*at != '@') {
                    bytes[len++] = *at;
                } else if (chosen < 3 && place++ == chosen) {
                    memcpy(bytes + len, PUSH, sizeof PUSH - 1);
                    len += sizeof PUSH - 1;
                    put = true;
                }
            }
            for (size_t step = 1; step <= 8; step += 7) {
                char *read = wire_read(bytes, len, step, step, NULL);

                assert_string_equal(read, put ? "bad" : shown[form]);
                free(read);
            }
        }
}

static void test_w22_pushes_inside_a_reply(void **state)
{
    fake *f = fake_start("HELLO 3\nREAD 2\n"
                         "SEND '*2\\r\\n:1\\r\\n>2\\r\\n+invalidate\\r\\n*1\\r\\n+k\\r\\n:2\\r\\n:5\\r\\n'\n" NEXT);
    rp_pipe *p;
    rp_future *list, *next;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .name = "wire");
    list = rp_lrange(p, "l", 0, -1);
    next = rp_incr(p, "k");
    assert_int_equal(rp_execute(p), RP_PROTOCOL_ERROR);
    wire_want_part(rp_last_error()->message, "a push inside a reply: '>2'");
    assert_int_equal(rp_outcome_of(list), RP_UNKNOWN);
    assert_int_equal(rp_outcome_of(next), RP_UNKNOWN);
    rp_free(p);
    wire_want_next(f, 2);
    fake_stop(f);
}

/* Before the handshake is over: passed over where RESP3 was asked for, and a broken protocol where it was not. */
static void test_w22_pushes_before_hello(void **state)
{
    static const char *const scripts[] = {
        "SEND '%s'\nHELLO 3\nSERVE\n" NEXT,
        "EXPECT HELLO 3\nSEND '%s%%2\\r\\n+proto\\r\\n:3\\r\\n+x\\r\\n*0\\r\\n'\nSERVE\n" NEXT,
    };
    static const char push[] = ">2\\r\\n+pubsub\\r\\n*1\\r\\n:1\\r\\n";
    char script[500];
    (void)state;

    for (size_t i = 0; i < COUNT(scripts); i++) {
        fake *f;

        snprintf(script, sizeof script, scripts[i], push);
        f = fake_start(script);
        assert_int_equal(rp_connect("wire", fake_url(f), .protocol = 3), RP_OK);
        wire_want_next(f, 1);
        rp_disconnect_all();
        fake_stop(f);
    }
}

static void test_w22_pushes_before_resp2(void **state)
{
    fake *f = fake_start("EXPECT PING\nSEND '>1\\r\\n+x\\r\\n+PONG\\r\\n'\nSTALL\n");
    wire_batch b;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f), .protocol = 2), RP_OK);
    wire_increment(&b, 2, false);
    assert_int_equal(b.status, RP_PROTOCOL_ERROR);
    wire_want_outcomes(&b, "NN");
    rp_free(b.pipe);
    fake_stop_any(f);
}

/* -- W23 ----------------------------------------------------------------------------------------------------------- */

/* 200,000 of them before one reply take no more memory than a receive buffer. */
static void test_w23_many_pushes_before_one_reply(void **state)
{
    enum { MOST_BYTES = 1024 * 1024 };
    fake *f = fake_start(
        "HELLO 3\nSERVE 1\nREAD 1\nSEND 200000 '>2\\r\\n$10\\r\\ninvalidate\\r\\n*1\\r\\n$3\\r\\nfoo\\r\\n'\n"
        "SEND ':7\\r\\n'\nSERVE\n");
    rp_pipe *p;
    rp_future *n;
    (void)state;

    memory_watch();
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .name = "wire");
    rp_echo(p, "before");
    assert_int_equal(rp_execute(p), RP_OK);
    memory_mark();
    n = rp_incr(p, "k");
    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(n), 7);
    print_message("%zu bytes at most\n", memory_most_bytes());
    assert_in_range(memory_most_bytes(), 1, MOST_BYTES);
    rp_free(p);
    wire_want_next(f, 1);
    rp_disconnect_all();
    memory_unwatch();
    fake_stop(f);
}

/* A server that never stops sending them, as fast as it can: the deadline holds, and memory does not grow. */
static void check_for_ever(const char *before)
{
    enum { MOST_BYTES = 1024 * 1024 };
    char script[300];
    rp_pipe *p;
    rp_future *n;
    int64_t start;
    fake *f;

    snprintf(
        script, sizeof script,
        "HELLO 3\nSERVE 1\nREAD 1\n%sSEND 1000000000 '>3\\r\\n+message\\r\\n+channel\\r\\n+text\\r\\n'\nCONNECTION *\n"
        "SERVE\n",
        before);
    f = fake_start(script);
    memory_watch();
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    p = rp_pipeline(NULL, .name = "wire", .timeout_ms = SOON_MS);
    rp_echo(p, "before");
    assert_int_equal(rp_execute(p), RP_OK);
    memory_mark();
    n = rp_incr(p, "k");
    start = kit_now_ms();
    assert_int_equal(rp_execute(p), RP_TIMEOUT);
    assert_in_range(kit_now_ms() - start, SOON_MS, LONG_MS);
    assert_int_equal(rp_outcome_of(n), RP_UNKNOWN);
    assert_in_range(memory_most_bytes(), 1, MOST_BYTES);
    rp_free(p);
    wire_want_next(f, 2);
    rp_disconnect_all();
    memory_unwatch();
    fake_stop_any(f);
}

static void test_w23_pushes_for_ever(void **state)
{
    (void)state;
    check_for_ever("");
    check_for_ever("SEND '|1\\r\\n+a\\r\\n:1\\r\\n'\n");
}

/* -- P13 ----------------------------------------------------------------------------------------------------------- */

typedef struct running {
    rp_pipe *pipe;
    rp_future *other;
} running;

static rp_status use_both(void *arg)
{
    running *r = arg;
    rp_pipe *p = rp_autoexec(NULL, .name = "wire");

    assert_int_equal(rp_status_of(rp_incr(r->pipe, "n")), RP_INVALID_OPERATION);
    r->other = rp_return(p, rp_incr(p, "n"));
    return RP_OK;
}

/* No handler of the program's sees pushes; what of the program runs in an execute is its callbacks. One that queues on
 * their own pipeline is refused, and another one's replies are right, while pushes come on the connection. */
static void test_p13_callbacks_while_pushes_come(void **state)
{
    fake *f = fake_start("HELLO 3\nEXECUTE 2\nSEND '" PUSHES ":1\\r\\n" PUSHES ":2\\r\\n'\n"
                         "EXECUTE 1\nSEND '" PUSHES ":3\\r\\n'\nSERVE\n" NEXT);
    running r = {0};
    rp_future *first, *second;
    (void)state;

    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    r.pipe = rp_pipeline(NULL, .name = "wire");
    first = rp_incr(r.pipe, "n");
    second = rp_incr(r.pipe, "n");
    assert_int_equal(rp_on_execute(r.pipe, use_both, &r), RP_OK);
    assert_int_equal(rp_execute(r.pipe), RP_INVALID_OPERATION); /* of the command that was queued */
    assert_int_equal(rp_int(first), 1);
    assert_int_equal(rp_int(second), 2);
    assert_int_equal(rp_int(r.other), 3);
    assert_int_equal(fake_connections(f), 1);
    rp_release(r.other);
    rp_free(r.pipe);
    rp_disconnect_all();
    fake_stop_any(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_w22_pushes_between_replies),       KIT_TEST(test_w22_pushes_behind_the_last_reply),
        KIT_TEST(test_w22_pushes_that_are_none),         KIT_TEST(test_w22_pushes_without_a_name),
        KIT_TEST(test_w22_pushes_inside_aggregates),     KIT_TEST(test_w22_pushes_inside_a_reply),
        KIT_TEST(test_w22_pushes_before_hello),          KIT_TEST(test_w22_pushes_before_resp2),
        KIT_TEST(test_w23_many_pushes_before_one_reply), KIT_TEST(test_w23_pushes_for_ever),
        KIT_TEST(test_p13_callbacks_while_pushes_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
