/* What an installed library must do without a server: queue, nest, refuse to execute, and say why. */
#include <redpipe/redpipe.h>

static rp_future *count_view(rp_pipe *parent, const char *page)
{
    rp_pipe *p = rp_autoexec(parent);
    rp_future *views = rp_incr(p, page);

    rp_zincrby(p, "ranking", 1, page);
    return rp_return(p, views);
}

int main(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *n = count_view(p, "/teas");
    bool queued = rp_outcome_of(n) == RP_QUEUED;
    bool refused = rp_execute(p) == RP_INVALID_PIPELINE && !rp_ready(n) && rp_outcome_of(n) == RP_NOT_SENT;

    rp_release(n);
    rp_free(p);
    printf("%s\n", rp_status_name(rp_last_error()->status));
    return queued && refused ? 0 : 1;
}
