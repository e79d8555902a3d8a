/* What the tests of scripts share: scripts with what a fake reads and answers for them, and a real server. */
#ifndef TESTS_TEST_SCRIPTS_H
#define TESTS_TEST_SCRIPTS_H

#include <stdio.h>
#include <stdlib.h>

#include "test_connection.h"
#include "test_live.h"

#define NOSCRIPT "-NOSCRIPT No matching script. Please use EVAL.\\r\\n"

/* -- the script of a fake ------------------------------------------------------------------------------------------ */

typedef struct steps {
    FILE *out;
    char *text;
    size_t size;
} steps;

static inline void steps_begin(steps *s)
{
    s->out = open_memstream(&s->text, &s->size);
    assert_non_null(s->out);
}

/* Starts the fake, and forgets the steps. */
static inline fake *steps_start(steps *s)
{
    fake *f;

    assert_int_equal(fclose(s->out), 0);
    f = fake_start(s->text);
    free(s->text);
    return f;
}

/* Reads a call of the script, whole or by its digest, with these words behind it. */
static inline void expect_eval(const steps *s, const char *source, const char *words)
{
    fprintf(s->out, "EXPECT EVAL \"%s\" %s\n", source, words);
}

static inline void expect_sha(const steps *s, const rp_script *script, const char *words)
{
    fprintf(s->out, "EXPECT EVALSHA %s %s\n", rp_script_sha1(script), words);
}

/* -- executes ------------------------------------------------------------------------------------------------------ */

/* The script alone, with one key, on the connection of that name. */
static inline void check_call(const char *name, rp_script *script, const char *key, int64_t value)
{
    rp_pipe *p = rp_pipeline(NULL, .name = name);
    rp_future *f = rp_script_run(p, script, .keys = RP_LIST(key));

    if (rp_execute(p) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
    assert_int_equal(rp_int(f), value);
    rp_free(p);
}

/* Executes, and frees what was executed. */
static inline void check_execute(rp_pipe *p)
{
    if (rp_execute(p) != RP_OK)
        fail_msg("%s", rp_last_error()->message);
}

/* -- a real server ------------------------------------------------------------------------------------------------- */

/* Binds the default connection, and "other" for what another client does; the server has neither keys nor scripts. */
static inline void connect_live(const rp_connect_opts *options)
{
    rp_pipe *p;

    live_want(server);
    assert_int_equal(rp_connect_with(NULL, live_url(server), options, options ? sizeof *options : 0), RP_OK);
    assert_int_equal(rp_connect("other", live_url(server)), RP_OK);
    p = rp_autoexec(NULL, .name = "other");
    rp_flushall(p);
    rp_script_flush(p);
    rp_config_resetstat(p);
    assert_int_equal(rp_close(p), RP_OK);
}

/* The server loses its scripts, and counts calls anew. */
static inline void lose_scripts(void)
{
    rp_pipe *p = rp_autoexec(NULL, .name = "other");

    rp_script_flush(p);
    rp_config_resetstat(p);
    assert_int_equal(rp_close(p), RP_OK);
}

/* One number of what the server counts of a command: "calls", "failed_calls". */
static inline int64_t stat_of(const char *command, const char *what)
{
    char name[64];
    rp_pipe *p = rp_pipeline(NULL, .name = "other");
    rp_future *info = rp_info(p, .section = RP_LIST("commandstats"));
    const rp_value *line;
    const char *at = NULL;
    int64_t n;

    snprintf(name, sizeof name, "cmdstat_%s", command);
    check_execute(p);
    line = rp_lookup(info, name);
    snprintf(name, sizeof name, "%s=", what);
    for (at = line ? rp_str(line) : ""; *at && strncmp(at, name, strlen(name)) != 0; at += *at == ',')
        at += strcspn(at, ",");
    n = *at ? strtoll(at + strlen(name), NULL, 10) : 0;
    rp_free(p);
    return n;
}

/* How often the server was called whole and by digest since it began to count, and how often it knew no such script. */
static inline void check_calls(int64_t whole, int64_t by_digest, int64_t unknown)
{
    assert_int_equal(stat_of("eval", "calls"), whole);
    assert_int_equal(stat_of("evalsha", "calls"), by_digest);
    assert_int_equal(stat_of("evalsha", "failed_calls"), unknown);
}

#endif
