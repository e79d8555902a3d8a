/* What a program costs that connects, sends one PING, and ends: libredpipe. */
#include <err.h>

#include <redpipe/redpipe.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: bench_start_redpipe URL");
    if (rp_connect(NULL, argv[1]) != RP_OK)
        errx(1, "%s", rp_last_error()->message);
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *answer = rp_ping(p);
    if (rp_execute(p) != RP_OK || rp_string(answer).len != 4)
        errx(1, "%s", rp_last_error()->message);
    rp_free(p);
    rp_disconnect_all();
    return 0;
}
