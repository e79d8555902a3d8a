/* What the tests of transactions on a scripted server share: three commands, the last of which has a shape. */
#ifndef TESTS_TEST_TRANSACTION_H
#define TESTS_TEST_TRANSACTION_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_connection.h"

enum { COMMANDS = 3, SCRIPT_SIZE = 65536 };

#define QUEUED "+QUEUED\r\n"
#define ALL_QUEUED "+OK\r\n" QUEUED QUEUED QUEUED

static inline void queue_three(rp_pipe *p, rp_future *futures[COMMANDS])
{
    futures[0] = rp_set(p, "k", "v");
    futures[1] = rp_get(p, "k");
    futures[2] = rp_hgetall(p, "h");
}

static const char three[] = "EXPECT MULTI\nEXPECT SET k v\nEXPECT GET k\nEXPECT HGETALL h\nEXPECT EXEC\n";

/* A step that sends the first `size` bytes of the text. */
static inline void print_send(FILE *out, const char *text, size_t size)
{
    fputs("SEND '", out);
    for (size_t i = 0; i < size; i++)
        fprintf(out, "\\x%02x", (unsigned char)text[i]);
    fputs("'\n", out);
}

/* The connection is in step: one tagged ECHO, which is a transaction too. */
static const char echo_steps[] = "EXPECT MULTI\nEXPECT ECHO 7\nEXPECT EXEC\n"
                                 "SEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n$1\\r\\n7\\r\\n'\n";

static inline void check_echo_7(const char *name)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *echo = rp_echo(p, 7);

    assert_int_equal(rp_execute(p), RP_OK);
    assert_int_equal(rp_int(echo), 7);
    rp_free(p);
}

static inline void check_shown(const rp_value *v, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    rp_print(out, v);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

#endif
