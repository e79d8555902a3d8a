/* Notes. Pipelines with .transaction inside larger ones, on the wire: each is one MULTI ... EXEC for each connection,
 * in the same round trip (the fake answers when it has seen all), with nothing of others inside; and each future holds
 * its own answer. */
#define _GNU_SOURCE 1
#include "test_transaction_parts.h"

#include "support/trail.h"

enum { SIBLINGS = 200 };

static rp_pipe *transaction_in(rp_pipe *parent)
{
    return rp_autoexec(parent, .transaction = true);
}

/* ECHO of each letter in a transaction of its own. */
static void echo_together(rp_pipe *parent, const char *letters)
{
    rp_pipe *p = transaction_in(parent);

    echo(p, letters);
    assert_int_equal(rp_close(p), RP_OK);
}

static void execute_and_check(rp_pipe *p, const char *letters)
{
    assert_int_equal(rp_execute(p), RP_OK);
    check_answered(letters);
    rp_free(p);
}

static void end(fake *f)
{
    rp_disconnect_all();
    fake_stop(f);
}

static void connect_to(fake *f)
{
    assert_int_equal(rp_connect(NULL, fake_url(f)), RP_OK);
}

/* -- where it is nested -------------------------------------------------------------------------------------------- */

static void test_one_stands_alone(void **state)
{
    fake *f = START_WIRES("( a )", "( b c )", "( d )");
    rp_pipe *p;
    (void)state;

    connect_to(f);
    p = transaction_in(NULL);
    echo(p, "a");
    assert_int_equal(rp_execute(p), RP_OK);
    echo(p, "bc"); /* a root may be used again */
    execute_and_check(p, "abc");
    p = rp_pipeline(NULL, .transaction = true, .collect = true, .timeout_ms = 60000);
    echo(p, "d");
    execute_and_check(p, "d");
    end(f);
}

static void test_one_among_plain_commands(void **state)
{
    fake *f = START_WIRES("a b ( c d ) e f");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    connect_to(f);
    echo(p, "ab");
    echo_together(p, "cd");
    echo(p, "ef");
    execute_and_check(p, "abcdef");
    end(f);
}

/* What follows a transaction directly is another, or none: their runs lie side by side. */
static void test_siblings_are_transactions_of_their_own(void **state)
{
    fake *f = START_WIRES("( a ) ( b c ) d ( e )");
    rp_pipe *p = rp_pipeline(NULL), *plain;
    (void)state;

    connect_to(f);
    echo_together(p, "a");
    echo_together(p, "bc");
    plain = rp_autoexec(p); /* in the memory of the last one */
    echo(plain, "d");
    assert_int_equal(rp_close(plain), RP_OK);
    echo_together(p, "e");
    execute_and_check(p, "abcde");
    end(f);
}

static void test_a_plain_pipeline_around_it(void **state)
{
    fake *f = START_WIRES("a b ( c d ) e f");
    rp_pipe *p = rp_pipeline(NULL), *around = rp_autoexec(p);
    (void)state;

    connect_to(f);
    echo(p, "a");
    echo(around, "b");
    echo_together(around, "cd");
    echo(around, "e");
    assert_int_equal(rp_close(around), RP_OK);
    echo(p, "f");
    execute_and_check(p, "abcdef");
    end(f);
}

/* Where the pipeline around it begins or ends with it, and so do its neighbours. */
static void test_edges_of_a_plain_pipeline_around_it(void **state)
{
    fake *f = START_WIRES("a ( b ) ( c ) d ( e ) f");
    rp_pipe *p = rp_pipeline(NULL), *around;
    (void)state;

    connect_to(f);
    echo(p, "a");
    for (const char *letter = "bc"; *letter; letter++) {
        around = rp_autoexec(p);
        echo_together(around, (char[]){*letter, '\0'});
        assert_int_equal(rp_close(around), RP_OK);
    }
    around = rp_autoexec(p);
    echo(around, "d");
    echo_together(around, "e");
    assert_int_equal(rp_close(around), RP_OK);
    echo(p, "f");
    execute_and_check(p, "abcdef");
    end(f);
}

static void test_all_that_is_nested_in_it(void **state)
{
    fake *f = START_WIRES("a ( b c d e f ) g");
    rp_pipe *p = rp_pipeline(NULL), *part, *child, *leaf;
    trail t = {""};
    (void)state;

    connect_to(f);
    echo(p, "a");
    part = transaction_in(p);
    echo(part, "b");
    child = rp_autoexec(part);
    echo(child, "c");
    leaf = rp_autoexec(child);
    echo(leaf, "d");
    trail_on_execute(&t, leaf, "leaf");
    assert_int_equal(rp_close(leaf), RP_OK);
    echo(child, "e");
    assert_int_equal(rp_close(child), RP_OK);
    echo(part, "f");
    trail_on_execute(&t, part, "part");
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "g");
    trail_on_execute(&t, p, "root");
    execute_and_check(p, "abcdefg");
    assert_string_equal(t.text, "leaf part root");
    end(f);
}

/* Others may queue while it is filled: it goes where it is executed, and they do not get inside. */
static void test_commands_queued_in_between(void **state)
{
    fake *f = START_WIRES("c ( d ) f ( a b e )");
    rp_pipe *p = rp_pipeline(NULL), *one, *two;
    (void)state;

    connect_to(f);
    one = transaction_in(p);
    echo(one, "ab");
    echo(p, "c");
    two = transaction_in(p);
    echo(two, "d");
    echo(one, "e");
    assert_int_equal(rp_close(two), RP_OK);
    echo(p, "f");
    assert_int_equal(rp_close(one), RP_OK);
    execute_and_check(p, "abcdef");
    end(f);
}

/* Each of its executes is one transaction, whenever what it holds was queued. */
static void test_each_execute_of_it_is_one(void **state)
{
    fake *f = START_WIRES("( b ) c ( a d ) ( e )");
    rp_pipe *p = rp_pipeline(NULL), *part, *child;
    (void)state;

    connect_to(f);
    part = transaction_in(p);
    child = rp_autoexec(part);
    echo(child, "a");
    echo(part, "b");
    assert_int_equal(rp_execute(part), RP_OK);
    echo(p, "c");
    assert_int_equal(rp_close(child), RP_OK);
    echo(part, "d");
    assert_int_equal(rp_execute(part), RP_OK);
    assert_int_equal(rp_execute(part), RP_OK); /* nothing */
    echo(part, "e");
    assert_int_equal(rp_close(part), RP_OK);
    execute_and_check(p, "abcde");
    end(f);
}

static void test_an_empty_one_sends_nothing(void **state)
{
    fake *f = START_WIRES("a b");
    rp_pipe *p = rp_pipeline(NULL), *part;
    trail t = {""};
    (void)state;

    connect_to(f);
    echo(p, "a");
    part = transaction_in(p);
    trail_on_execute(&t, part, "part");
    assert_int_equal(rp_close(part), RP_OK);
    part = transaction_in(p);
    echo(part, "x");
    rp_clear(part);
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "b");
    execute_and_check(p, "ab");
    assert_string_equal(t.text, "part");
    end(f);
}

/* -- joining ------------------------------------------------------------------------------------------------------- */

static void test_it_joins_another_one(void **state)
{
    fake *f = START_WIRES("a ( b c d e f g ) h");
    rp_pipe *p = rp_pipeline(NULL), *part, *plain;
    (void)state;

    connect_to(f);
    echo(p, "a");
    part = transaction_in(p);
    echo(part, "b");
    echo_together(part, "c");
    plain = rp_autoexec(part);
    echo(plain, "d");
    echo_together(plain, "ef");
    assert_int_equal(rp_close(plain), RP_OK);
    echo(part, "g");
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "h");
    execute_and_check(p, "abcdefgh");
    end(f);
}

static void test_it_joins_that_of_its_root(void **state)
{
    fake *f = START_WIRES("( a b c )");
    rp_pipe *p = transaction_in(NULL);
    (void)state;

    connect_to(f);
    echo(p, "a");
    echo_together(p, "b");
    echo(p, "c");
    execute_and_check(p, "abc");
    end(f);
}

static void test_it_joins_that_of_the_connection(void **state)
{
    fake *f = START_WIRES("( a b c )", "( d e )");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    assert_int_equal(rp_connect(NULL, fake_url(f), .transaction = true), RP_OK);
    echo(p, "a");
    echo_together(p, "b");
    echo_together(p, "c");
    assert_int_equal(rp_execute(p), RP_OK);
    echo_together(p, "d");
    echo(p, "e");
    execute_and_check(p, "abcde");
    end(f);
}

static void test_it_joins_that_of_rp_multi(void **state)
{
    fake *f =
        fake_start("HELLO\nEXPECT WATCH k\nSEND '+OK\\r\\n'\nEXPECT MULTI\nEXPECT ECHO a\nEXPECT ECHO b\nEXPECT EXEC\n"
                   "SEND '+OK\\r\\n+QUEUED\\r\\n+QUEUED\\r\\n*2\\r\\n$1\\r\\na\\r\\n$1\\r\\nb\\r\\n'\n");
    rp_pipe *reads = rp_watch(NULL, "k"), *writes = rp_multi(reads);
    (void)state;

    connect_to(f);
    assert_int_equal(rp_execute(reads), RP_OK);
    echo(writes, "a");
    echo_together(writes, "b");
    execute_and_check(writes, "ab");
    rp_free(reads);
    end(f);
}

/* EXEC would end the watch behind the back of rp_multi. */
static void test_a_watched_connection_refuses_it(void **state)
{
    fake *f = fake_start("HELLO\nEXPECT WATCH k\nSEND '+OK\\r\\n'\nEXPECT ECHO d\nSEND '$1\\r\\nd\\r\\n'\n");
    rp_pipe *reads = rp_watch("users", "k");
    (void)state;

    assert_int_equal(rp_connect("users", fake_url(f)), RP_OK);
    assert_int_equal(rp_execute(reads), RP_OK);
    for (int before = 0; before < 2; before++) {
        if (before)
            echo(reads, "a");
        rp_pipe *part = rp_autoexec(reads, .name = "users", .transaction = true);
        echo(part, "b");
        assert_int_equal(rp_close(part), RP_OK);
        echo(reads, "c");
        assert_int_equal(rp_execute(reads), RP_INVALID_OPERATION);
        check_says("rp_multi");
        assert_int_equal(rp_last_error()->index, before);
        assert_string_equal(rp_last_error()->connection, "users");
        assert_int_equal(rp_outcome_of(echoes['b' - 'a']), RP_NOT_SENT);
        assert_int_equal(rp_outcome_of(echoes['c' - 'a']), RP_NOT_SENT);
    }
    echo(reads, "d"); /* and goes on watching */
    execute_and_check(reads, "d");
    end(f);
}

/* -- several connections ------------------------------------------------------------------------------------------- */

static void test_one_for_each_connection(void **state)
{
    fake *f = START_WIRES("a ( b d ) f"), *users = START_WIRES("( c e ) g");
    rp_pipe *p = rp_pipeline(NULL), *part, *other;
    (void)state;

    connect_to(f);
    assert_int_equal(rp_connect("users", fake_url(users)), RP_OK);
    echo(p, "a");
    part = transaction_in(p);
    echo(part, "b");
    for (const char *letter = "ce"; *letter; letter++) {
        other = rp_autoexec(part, .name = "users");
        echo(other, (char[]){*letter, '\0'});
        assert_int_equal(rp_close(other), RP_OK);
        if (*letter == 'c')
            echo(part, "d");
    }
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "f");
    other = rp_autoexec(p, .name = "users");
    echo(other, "g");
    assert_int_equal(rp_close(other), RP_OK);
    execute_and_check(p, "abcdefg");
    end(f);
    fake_stop(users);
}

static void test_one_under_another_name(void **state)
{
    fake *f = START_WIRES("a d"), *users = START_WIRES("( b c )");
    rp_pipe *p = rp_pipeline(NULL), *part;
    (void)state;

    connect_to(f);
    assert_int_equal(rp_connect("users", fake_url(users)), RP_OK);
    echo(p, "a");
    part = rp_autoexec(p, .name = "users", .transaction = true);
    echo(part, "bc");
    assert_int_equal(rp_close(part), RP_OK);
    echo(p, "d");
    execute_and_check(p, "abcd");
    end(f);
    fake_stop(users);
}

/* An error has the index of the program's command: MULTI and EXEC do not count. */
static void test_errors_have_the_index_of_the_pipeline(void **state)
{
    fake *f = fake_start("HELLO\nREAD 9\nSEND '+1\\r\\n+OK\\r\\n+QUEUED\\r\\n*1\\r\\n+2\\r\\n+OK\\r\\n+QUEUED\\r\\n"
                         "*1\\r\\n-ERR no\\r\\n'\nSEND '+4\\r\\n+5\\r\\n'\nREAD 5\nSEND '+1\\r\\n+OK\\r\\n'\nCLOSE\n");
    rp_pipe *p = rp_pipeline(NULL);
    (void)state;

    connect_to(f);
    echo(p, "a");
    echo_together(p, "b");
    echo_together(p, "c");
    echo(p, "de");
    assert_int_equal(rp_execute(p), RP_SERVER_ERROR);
    assert_int_equal(rp_last_error()->index, 2);
    check_says("command 2 (ECHO)");
    echo(p, "a");
    echo_together(p, "bc");
    hook.receive_late = true;
    assert_int_equal(rp_execute(p), RP_CONNECTION_ERROR);
    assert_int_equal(rp_last_error()->index, 1);
    check_says("with 1 of 3 commands answered");
    rp_free(p);
    end(f);
}

/* As many runs as pipelines, and more than one send takes. */
static void test_many_siblings(void **state)
{
    rp_future **counts = kit_alloc(SIBLINGS * sizeof *counts);
    FILE *out;
    char *script = NULL;
    size_t size;
    fake *f;
    rp_pipe *p = rp_pipeline(NULL), *part;
    (void)state;

    out = open_memstream(&script, &size);
    fputs("HELLO\n", out);
    for (int i = 0; i < SIBLINGS; i++)
        fprintf(out, "EXPECT MULTI\nEXPECT ECHO %d\nEXPECT EXEC\nEXPECT PING\n", i);
    for (int i = 0; i < SIBLINGS; i++)
        fprintf(out, "SEND '+OK\\r\\n+QUEUED\\r\\n*1\\r\\n:%d\\r\\n+PONG\\r\\n'\n", i);
    fclose(out);
    f = fake_start(script);
    free(script);
    connect_to(f);
    for (int i = 0; i < SIBLINGS; i++) {
        part = transaction_in(p);
        counts[i] = rp_return(part, rp_echo(part, i));
        rp_ping(p);
    }
    assert_int_equal(rp_execute(p), RP_OK);
    for (int i = 0; i < SIBLINGS; i++)
        assert_int_equal(rp_int(counts[i]), i);
    rp_free(p);
    free(counts);
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_one_stands_alone),
        HOOK_TEST(test_one_among_plain_commands),
        HOOK_TEST(test_siblings_are_transactions_of_their_own),
        HOOK_TEST(test_a_plain_pipeline_around_it),
        HOOK_TEST(test_edges_of_a_plain_pipeline_around_it),
        HOOK_TEST(test_all_that_is_nested_in_it),
        HOOK_TEST(test_commands_queued_in_between),
        HOOK_TEST(test_each_execute_of_it_is_one),
        HOOK_TEST(test_an_empty_one_sends_nothing),
        HOOK_TEST(test_it_joins_another_one),
        HOOK_TEST(test_it_joins_that_of_its_root),
        HOOK_TEST(test_it_joins_that_of_the_connection),
        HOOK_TEST(test_it_joins_that_of_rp_multi),
        HOOK_TEST(test_a_watched_connection_refuses_it),
        HOOK_TEST(test_one_for_each_connection),
        HOOK_TEST(test_one_under_another_name),
        HOOK_TEST(test_errors_have_the_index_of_the_pipeline),
        HOOK_TEST(test_many_siblings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
