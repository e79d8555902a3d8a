/* What an installed library must do without a server: queue, nest, refuse to execute, and say why. */
#include <redpipe/redpipe.h>

static rp_future *increment_and_expire(rp_pipe *parent, const char *key)
{
    rp_pipe *p = rp_autoexec(parent);
    rp_future *n = rp_incr(p, key);

    rp_expire(p, key, 60);
    return rp_return(p, n);
}

int main(void)
{
    rp_pipe *p = rp_pipeline(NULL);
    rp_future *n = increment_and_expire(p, "key");
    bool queued = rp_outcome_of(n) == RP_QUEUED;
    bool refused = rp_execute(p) == RP_INVALID_PIPELINE && !rp_ready(n) && rp_outcome_of(n) == RP_NOT_SENT;

    rp_release(n);
    rp_free(p);
    printf("%s\n", rp_status_name(rp_last_error()->status));
    return queued && refused ? 0 : 1;
}
