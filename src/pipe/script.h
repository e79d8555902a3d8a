/* Scripts, and what a pipeline keeps of them. */
#ifndef RPI_PIPE_SCRIPT_H
#define RPI_PIPE_SCRIPT_H

#include <redpipe/script.h>

#include <stdatomic.h>

#include "pipe/pipe.h"

enum { RPI_SHA1_TEXT = 40 };

/* What it means that a call by digest is answered just as a server does that does not know the script. */
typedef enum rpi_script_kind {
    RPI_SCRIPT_PLAIN, /* that it does not: the script makes no errors of its own */
    RPI_SCRIPT_ASK,   /* it may make some: whether the server knows it is to be asked */
    RPI_SCRIPT_WHOLE, /* its source has the word: it is not called by digest */
} rpi_script_kind;

struct rp_script {
    atomic_uint refs;
    uint64_t id; /* what the digest begins with */
    rpi_script_kind kind;
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
