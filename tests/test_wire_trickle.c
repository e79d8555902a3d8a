/* Notes. A transport that wraps the plain one: it gives and takes one byte at a time, and says "would block" before
 * each. What is counted are its calls: a reader that waits for poll needs two for each byte, one that spins needs
 * any number. */
#define _GNU_SOURCE 1
#include "test_wire.h"

#include <errno.h>

#include "net/transport.h"

/* Calls, and bytes that went through. */
typedef struct flow {
    size_t calls, bytes;
    bool now; /* the next call gets its byte */
} flow;

static flow in, out;

static bool would_block(flow *f)
{
    f->calls++;
    f->now = !f->now;
    errno = EAGAIN;
    return f->now;
}

static ssize_t count(flow *f, ssize_t n)
{
    if (n > 0)
        f->bytes += (size_t)n;
    return n;
}

static ssize_t trickle_receive(int fd, void *buffer, size_t size)
{
    assert_true(size > 0);
    return would_block(&in) ? -1 : count(&in, rpi_plain_transport.receive(fd, buffer, 1));
}

static ssize_t trickle_send(int fd, struct iovec *parts, size_t parts_count)
{
    struct iovec first = {parts[0].iov_base, 1};
    assert_true(parts_count > 0 && parts[0].iov_len > 0);
    return would_block(&out) ? -1 : count(&out, rpi_plain_transport.send(fd, &first, 1));
}

static ssize_t counted_receive(int fd, void *buffer, size_t size)
{
    in.calls++;
    return count(&in, rpi_plain_transport.receive(fd, buffer, size));
}

static int use_trickle(void **state)
{
    static rpi_transport_ops ops;
    ops = rpi_plain_transport;
    ops.await = NULL; /* so that all bytes come through receive */
    ops.receive = trickle_receive;
    ops.send = trickle_send;
    in = out = (flow){0};
    rpi_set_transport(&ops);
    return kit_setup(state);
}

static int use_counted(void **state)
{
    static rpi_transport_ops ops;
    ops = rpi_plain_transport;
    ops.await = NULL; /* so that all bytes come through receive */
    ops.receive = counted_receive;
    in = out = (flow){0};
    rpi_set_transport(&ops);
    return kit_setup(state);
}

static int end(void **state)
{
    int result = kit_teardown(state);
    rpi_set_transport(NULL);
    return result;
}

/* Two calls for each byte, and some to begin and to end with. */
static void want_no_spinning(const flow *f)
{
    assert_true(f->bytes > 0);
    assert_in_range(f->calls, f->bytes, 2 * f->bytes + 16);
}

/* The handshake and all kinds of replies, byte by byte. */
static void play_trickle(fake *f)
{
    static const char *const texts[] = {"", "a", "some text", "with\r\n inside",
                                        "a text that is longer than the others are"};
    rp_future *futures[COUNT(texts)];
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    for (int round = 0; round < 3; round++) {
        rp_pipe *pipe = rp_pipeline(NULL, .name = "wire");
        for (size_t i = 0; i < COUNT(texts); i++)
            futures[i] = rp_echo(pipe, texts[i]);
        const rp_future *number = rp_incr(pipe, "k");
        assert_int_equal(rp_execute(pipe), RP_OK);
        for (size_t i = 0; i < COUNT(texts); i++)
            assert_string_equal(rp_str(futures[i]), texts[i]);
        assert_int_equal(rp_int(number), round + 1);
        rp_free(pipe);
    }
    wire_want_next(f, 1);
    want_no_spinning(&in);
    want_no_spinning(&out);
    assert_int_equal(out.bytes, fake_bytes(f));
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
}

static void test_w38_eagain_between_all_bytes(void **state)
{
    (void)state;
    play_trickle(fake_start("SERVE\n"));
}

static void test_w38_eagain_between_all_bytes_over_tcp(void **state)
{
    (void)state;
    play_trickle(fake_start_tcp("SERVE\n"));
}

static void test_w38_eagain_and_resp2(void **state)
{
    (void)state;
    play_trickle(fake_start("HELLO2\nSERVE\n"));
}

/* The end of the stream, behind as many EAGAINs, is the end: what came before it is kept. */
static void test_w38_end_after_eagain(void **state)
{
    wire_batch b;
    fake *f =
        fake_start("HELLO\nEXECUTE 3\nSEND ':1\\r\\n$3\\r\\nabc\\r\\n*2\\r\\n:3\\r\\n'\nCLOSE\nCONNECTION *\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 3, true);
    assert_int_equal(b.status, RP_CONNECTION_ERROR);
    wire_want_error(RP_CONNECTION_ERROR, 2, "closed by the server, with 2 of 3 commands answered");
    wire_want_outcomes(&b, "VVU");
    assert_string_equal(rp_str(b.futures[1]), "abc");
    rp_free(b.pipe);
    wire_want_next(f, 2);
    want_no_spinning(&in);
    assert_int_equal(fake_count(f, "k"), 3);
    fake_stop(f);
}

/* A server that says a byte from time to time is waited for: as many reads as there are bytes, at most. */
static void test_w38_waits_between_bytes(void **state)
{
    wire_batch b;
    fake *f = fake_start("HELLO\nEXECUTE 2\nDRIP 2 '$5\\r\\nhello\\r\\n*2\\r\\n+a\\r\\n#t\\r\\n'\nSERVE\n");
    (void)state;
    assert_int_equal(rp_connect("wire", fake_url(f)), RP_OK);
    wire_increment(&b, 2, false);
    assert_int_equal(b.status, RP_OK);
    assert_string_equal(rp_str(b.futures[0]), "hello");
    assert_true(rp_bool(rp_at(b.futures[1], 1)));
    assert_in_range(in.calls, 1, in.bytes);
    rp_free(b.pipe);
    wire_want_next(f, 1);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_w38_eagain_between_all_bytes, use_trickle, end),
        cmocka_unit_test_setup_teardown(test_w38_eagain_between_all_bytes_over_tcp, use_trickle, end),
        cmocka_unit_test_setup_teardown(test_w38_eagain_and_resp2, use_trickle, end),
        cmocka_unit_test_setup_teardown(test_w38_end_after_eagain, use_trickle, end),
        cmocka_unit_test_setup_teardown(test_w38_waits_between_bytes, use_counted, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
