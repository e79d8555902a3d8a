/* A plain client without any library: a blocking socket. What is not as wanted within 10 s fails the test. */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include <stddef.h>

/* Connects to a url of fake_url, live_url or live_tcp_url: unix:///path, or redis://127.0.0.1:port. */
int raw_connect(const char *url);

/* Sends all. */
void raw_send(int fd, const char *data, size_t len);

/* Reads len bytes, which must be these; or the end of what the server sends. */
void raw_want(int fd, const char *data, size_t len);
void raw_want_end(int fd);

/* The same with a literal, which may hold NUL. */
#define RAW_SEND(fd, literal) raw_send((fd), (literal), sizeof(literal) - 1)
#define RAW_WANT(fd, literal) raw_want((fd), (literal), sizeof(literal) - 1)

#endif
