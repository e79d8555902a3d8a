/* Mistakes that a compiler finds, one for each CASE: USE(wrong, right) is the one or the other. */
#include <redpipe/redpipe.h>

#ifdef RIGHT
#define USE(wrong, right) right
#else
#define USE(wrong, right) wrong
#endif

rp_status right_callback(void *arg);
void wrong_callback(int *arg);
void use(rp_pipe *p, rp_future *f, char *text, unsigned char *octets, int number);

void use(rp_pipe *p, rp_future *f, char *text, unsigned char *octets, int number)
{
    (void)p, (void)f, (void)text, (void)octets, (void)number;
#if CASE == 1 /* options have names */
    rp_set(p, "k", "v", USE(60, .ex = 60));
#elif CASE == 2
    rp_zrange(p, "z", 0, -1, USE(true, .desc = true));
#elif CASE == 3
    rp_connect("a", "redis://localhost", USE("me", .client_name = "me"));
#elif CASE == 4
    rp_free(rp_pipeline(NULL, USE("a", .name = "a")));
#elif CASE == 5 /* of that command */
    rp_set(p, "k", "v", USE(.withscores = true, .nx = true));
#elif CASE == 6 /* arguments are scalars, strings and values */
    rp_get(p, USE(&number, number));
#elif CASE == 7
    rp_get(p, USE((void *)text, text));
#elif CASE == 8
    rp_get(p, USE(octets, rp_b(octets, 2)));
#elif CASE == 9
    rp_mset(p, "k", USE(p, f));
#elif CASE == 10
    (void)rp_equal(f, USE(&f, f));
#elif CASE == 11 /* a pipeline comes first */
    rp_get(USE(text, p), "k");
#elif CASE == 12
    rp_int(USE(p, f));
#elif CASE == 13 /* callbacks say how they ended */
    rp_on_execute(p, USE(wrong_callback, right_callback), NULL);
#elif CASE == 14 /* what is borrowed is not written to */
    USE(*rp_str(f) = 'x', (void)*rp_str(f));
#elif CASE == 15 /* the macros take 32 arguments */
#define TWO_MORE 32, 33
    rp_del(p, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
           30, 31, USE(TWO_MORE, 32));
#endif
}
