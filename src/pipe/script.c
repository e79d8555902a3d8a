/* Scripts as objects, counted: the program's reference, and one for each root that has queued a call.
 *
 * An error of the server is a text, and a script can make any text. It makes an error by returning a table with the
 * field "err", so one without these letters that neither computes names of fields nor gets tables, errors or code from
 * elsewhere makes none: its source shows it. Comments and texts count as if they were code, which costs nothing but a
 * question. */
#include "pipe/script.h"

#include <sha1.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "pipe/special.h"

static void digest(rp_script *script)
{
    uint8_t bytes[SHA1_DIGEST_LENGTH];
    SHA1_CTX sha1;

    SHA1Init(&sha1);
    SHA1Update(&sha1, (const uint8_t *)script->source, script->len);
    SHA1Final(bytes, &sha1);
    memcpy(&script->id, bytes, sizeof script->id);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(script->sha1 + 2 * i, 3, "%02x", bytes[i]);
}

static bool is_behind(const char *source, const char *at, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(at - source) >= len && memcmp(at - len, word, len) == 0;
}

/* May a bracket give a field a name that is not in the source? Not those with a number, nor those of KEYS and ARGV:
 * these tables are never the reply, if they are not told apart from their brackets (or asked for their length)
 * anywhere. */
static bool names_fields(const char *source)
{
    static const char *const tables[] = {"KEYS", "ARGV"};

    for (const char *at = strchr(source, '['); at; at = strchr(at + 1, '[')) {
        size_t digits = strspn(at + 1, "0123456789");

        if (at[1 + digits] != ']' && !is_behind(source, at, tables[0]) && !is_behind(source, at, tables[1]))
            return true;
    }
    for (size_t i = 0; i < 2; i++)
        for (const char *at = strstr(source, tables[i]); at; at = strstr(at + 1, tables[i]))
            if (at[strlen(tables[i])] != '[' && !is_behind(source, at, "#"))
                return true;
    return false;
}

static rpi_script_kind kind_of(const char *source)
{
    /* err, error, error_reply; what catches errors; what makes tables of text, or sets fields by name; what makes code
     * of text; setresp, with which replies are tables. */
    static const char *const suspicious[] = {"err",  "pcall", "coroutine", "cjson", "cmsgpack", "raw",
                                             "meta", "env",   "debug",     "load",  "resp",     "_G"};

    if (strstr(source, "NOSCRIPT"))
        return RPI_SCRIPT_WHOLE;
    for (size_t i = 0; i < sizeof suspicious / sizeof *suspicious; i++)
        if (strstr(source, suspicious[i]))
            return RPI_SCRIPT_ASK;
    /* "#!" names a language, which need not be Lua. */
    return source[0] == '#' || names_fields(source) ? RPI_SCRIPT_ASK : RPI_SCRIPT_PLAIN;
}

rp_script *rp_script_new(const char *source)
{
    size_t len = source ? strlen(source) : 0;
    rp_script *script;

    if (!source) {
        rpi_fail(RP_INVALID_VALUE, "the source of a script is a NULL pointer");
        return NULL;
    }
    if (len > RPI_MAX_BULK) {
        rpi_fail(RP_INVALID_VALUE, "a script of %zu bytes; a string may have 512 MiB at most", len);
        return NULL;
    }
    script = rpi_malloc(sizeof *script + len + 1);
    if (!script) {
        rpi_fail(RP_NO_MEMORY, "no memory for a script of %zu bytes", len);
        return NULL;
    }
    atomic_init(&script->refs, 1);
    script->len = len;
    script->kind = kind_of(source);
    memcpy(script->source, source, len + 1);
    digest(script);
    return script;
}

void rp_script_free(rp_script *script)
{
    if (script && atomic_fetch_sub(&script->refs, 1) == 1)
        rpi_free(script);
}

const char *rp_script_sha1(const rp_script *script)
{
    return script->sha1;
}

/* -- queueing ------------------------------------------------------------------------------------------------------ */

static bool keep(rpi_root *root, rp_script *script)
{
    rpi_scripts *kept = root->scripts;

    while (kept && kept->script != script)
        kept = kept->next;
    if (kept)
        return true;
    kept = rpi_arena_alloc(&root->arena, sizeof *kept);
    if (!kept)
        return false;
    atomic_fetch_add(&script->refs, 1);
    *kept = (rpi_scripts){root->scripts, script};
    root->scripts = kept;
    return true;
}

rp_future *rpi_scripted(rp_pipe *pipe, rp_future *future, rp_script *script)
{
    rpi_special *special = rpi_special_of(pipe);

    if (!special)
        return future;
    special->scripted = true;
    if (!keep(pipe->root, script))
        rpi_refuse_memory(pipe);
    return future;
}

rp_script *rpi_scripts_find(const rpi_scripts *scripts, rp_bytes sha1)
{
    for (; sha1.len == RPI_SHA1_TEXT && scripts; scripts = scripts->next)
        if (memcmp(scripts->script->sha1, sha1.data, RPI_SHA1_TEXT) == 0)
            return scripts->script;
    return NULL;
}

void rpi_scripts_release(rpi_scripts *scripts)
{
    for (; scripts; scripts = scripts->next)
        rp_script_free(scripts->script);
}
