/* The keys are made once, before the first of them is needed, so that making them is not measured. */
#include "backend.h"

#include <stdio.h>

enum { KEY_SIZE = 32 };

const char *bench_key(size_t i)
{
    static char keys[BENCH_KEYS][KEY_SIZE];
    if (!keys[0][0])
        for (int k = 0; k < BENCH_KEYS; k++)
            snprintf(keys[k], KEY_SIZE, "key:%d", k);
    return keys[i % BENCH_KEYS];
}
