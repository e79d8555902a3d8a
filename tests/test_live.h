/* What tests with one real server share: it is started before a program's first test, and ended behind its last. */
#ifndef TEST_LIVE_H
#define TEST_LIVE_H

#include "support/kit.h"
#include "support/live.h"

static live *server;

static inline int start_server(void **state)
{
    (void)state;
    server = live_start(NULL);
    return 0;
}

static inline int stop_server(void **state)
{
    (void)state;
    live_stop(server);
    return 0;
}

#endif
