/* Notes. The kernel bounds each wait: SO_RCVTIMEO and SO_SNDTIMEO. */
#define _GNU_SOURCE 1
#include "raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "kit.h"

enum { PATIENCE_S = 10 };

int raw_connect(const char *url)
{
    struct timeval limit = {.tv_sec = PATIENCE_S};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_unix = strncmp(url, "unix://", 7) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (is_unix)
        snprintf(un.sun_path, sizeof un.sun_path, "%s", url + 7);
    else
        in.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (is_unix)
        assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof un), 0);
    else
        assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

void raw_send(int fd, const char *data, size_t len)
{
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

void raw_want(int fd, const char *data, size_t len)
{
    char *got = kit_alloc(len);
    size_t n = 0;
    for (ssize_t more = 1; n < len && more > 0; n += more > 0 ? (size_t)more : 0)
        more = recv(fd, got + n, len - n, 0);
    assert_int_equal(n, len);
    assert_memory_equal(got, data, len);
    free(got);
}

void raw_want_end(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
}
