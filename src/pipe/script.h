/* Scripts, and what a pipeline keeps of them. */
#ifndef RPI_PIPE_SCRIPT_H
#define RPI_PIPE_SCRIPT_H

#include <redpipe/script.h>

#include <stdatomic.h>

#include "pipe/pipe.h"

enum { RPI_SHA1_TEXT = 40 };

struct rp_script {
    atomic_uint refs;
    uint64_t id; /* what the digest begins with */
    char sha1[RPI_SHA1_TEXT + 1];
    size_t len;
    char source[];
};

/* Those that a root has queued, each once. */
typedef struct rpi_scripts {
    struct rpi_scripts *next;
    rp_script *script;
} rpi_scripts;

/* Notes that the command which was queued last, whose future this is, calls the script. Returns the future. */
rp_future *rpi_scripted(rp_pipe *pipe, rp_future *future, rp_script *script);

/* The one among them with that SHA-1; NULL: there is none. */
rp_script *rpi_scripts_find(const rpi_scripts *scripts, rp_bytes sha1);

/* Gives back what a root has queued. */
void rpi_scripts_release(rpi_scripts *scripts);

#endif
