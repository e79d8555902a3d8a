/* A plugin that has the library inside. */
#include <redpipe/redpipe.h>

int use_redpipe(const char *url);

/* Gives memory back to the thread, which keeps it. Nothing else is left. */
int use_redpipe(const char *url)
{
    rp_status status = rp_connect(NULL, url);
    rp_pipe *p = rp_pipeline(NULL);

    for (int i = 0; i < 100; i++)
        rp_echo(p, "some text that takes memory");
    if (status == RP_OK)
        status = rp_execute(p);
    rp_free(p);
    rp_disconnect_all();
    return (int)status;
}
