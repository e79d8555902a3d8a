/* Scripts as objects, counted: the program's reference, and one for each root that has queued a call. */
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
