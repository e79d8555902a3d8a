/* The memory of a root pipeline, and of all that hangs on it.
 *
 * The root lies in the first block of its own arena, which so lives as long as anybody needs it: the pipeline itself,
 * those nested in it, and futures that rp_return gave away.
 *
 * rp_clear gives the rest back. Futures that it forgets can still be asked what became of them, until the next
 * rp_clear: so what was queued is kept apart for that long, and where it begins in the first block, what comes after it
 * begins in another. While a nested pipeline or a future that somebody owns is alive, all stays: nobody knows what it
 * points to. */
#include <string.h>

#include "base/alloc.h"
#include "pipe/script.h"
#include "pipe/session.h"

enum { FIRST_BLOCK = 4000 };

struct rpi_name {
    rpi_name *next;
    char text[];
};

rp_pipe *rpi_root_new(void)
{
    rpi_block *block = rpi_block_new(FIRST_BLOCK);
    rpi_root *root;

    if (!block)
        return NULL;
    root = (rpi_root *)(void *)block->data;
    memset(root, 0, offsetof(rpi_root, failure));
    rpi_arena_init(&root->arena, block, sizeof *root);
    root->refs = 1;
    root->old = block;
    root->pipe.root = root;
    root->pipe.refs = 1;
    return &root->pipe;
}

const char *rpi_intern(rp_pipe *pipe, const char *name)
{
    size_t size = strlen(name) + 1;
    rpi_root *root = pipe->root;
    rpi_name *known;

    for (known = root->names; known; known = known->next)
        if (strcmp(known->text, name) == 0)
            return known->text;
    known = pipe->parent ? rpi_arena_alloc(&root->arena, sizeof *known + size) : rpi_malloc(sizeof *known + size);
    if (!known)
        return NULL;
    memcpy(known->text, name, size);
    known->next = root->names;
    root->names = known;
    if (!pipe->parent)
        root->own_name = known;
    return known->text;
}

static rpi_block *first_block(rpi_root *root)
{
    return (rpi_block *)(void *)((char *)root - offsetof(rpi_block, data));
}

/* Nothing of the root points into its arena any more. */
static void begin_anew(rpi_root *root)
{
    root->scripts = NULL;
    root->names = root->own_name;
    root->spare_runs = NULL;
    root->spare_pipes = NULL;
    root->tail = NULL;
    root->commands = root->commands_end = NULL;
    root->output = root->output_end = root->spare = root->spare_end = NULL;
    root->commands_grow = root->output_grow = 0;
    root->failure.view.next = NULL;
    if (root->session && !root->multi) /* what is watched is the other one's */
        root->session->watch = NULL;
}

void rpi_root_clear(rpi_root *root, bool queued)
{
    rpi_block *first = first_block(root), *younger;
    bool apart = queued && !root->apart;

    if (root->refs > 1 || root->pipe.refs > 1)
        return;
    rpi_scripts_release(root->old_scripts); /* which lie in the old blocks */
    rpi_blocks_free(root->old, first);
    younger = rpi_arena_restart(&root->arena, first, apart ? first->size : sizeof *root);
    root->apart = apart;
    root->old = queued ? younger : first;
    root->old_scripts = queued ? root->scripts : NULL;
    if (!queued) {
        rpi_scripts_release(root->scripts);
        rpi_blocks_free(younger, first);
    }
    begin_anew(root);
}

void rpi_root_release(rpi_root *root)
{
    rpi_arena arena = root->arena;

    if (--root->refs)
        return;
    rpi_scripts_release(root->scripts);
    rpi_scripts_release(root->old_scripts);
    rpi_blocks_free(root->old, first_block(root));
    rpi_free(root->own_name);
    rpi_arena_free(&arena);
}
