/* What a program costs that connects, sends one PING, and ends: hiredis. */
#include <err.h>
#include <string.h>

#include <hiredis/hiredis.h>

int main(int argc, char **argv)
{
    if (argc != 2 || strncmp(argv[1], "unix://", 7) != 0)
        errx(2, "usage: bench_start_hiredis unix://PATH");
    redisContext *c = redisConnectUnix(argv[1] + 7);
    if (!c || c->err)
        errx(1, "%s", c ? c->errstr : "no memory");
    redisReply *answer = redisCommand(c, "PING");
    if (!answer || answer->len != 4)
        errx(1, "%s", c->errstr);
    freeReplyObject(answer);
    redisFree(c);
    return 0;
}
