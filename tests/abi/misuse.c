/* Mistakes that a compiler finds, one for each CASE: USE(wrong, right) is the one or the other. What a case "says"
 * stands in the first line of the error that gcc and clang print for C; what it "says, everywhere" in that of g++ and
 * clang++ too. */
#include <redpipe/redpipe.h>

#ifdef RIGHT
#define USE(wrong, right) right
#else
#define USE(wrong, right) wrong
#endif

/* Fifteen of them. */
#define ALL(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x

rp_status right_callback(void *arg);
void wrong_callback(int *arg);
rp_status right_transaction(rp_pipe *reads, rp_pipe *writes, void *arg);
void use(rp_pipe *p, rp_future *f, char *text, unsigned char *octets, int number);

void use(rp_pipe *p, rp_future *f, char *text, unsigned char *octets, int number)
{
    (void)p, (void)f, (void)text, (void)octets, (void)number;
#if CASE == 1 /* options have names; says: named_only */
    rp_set(p, "k", "v", USE(60, .ex = 60));
#elif CASE == 2  /* says: named_only */
    rp_zrange(p, "z", 0, -1, USE(true, .desc = true));
#elif CASE == 3  /* says: named_only */
    number = rp_connect("a", "redis://localhost", USE("me", .client_name = "me"));
#elif CASE == 4  /* says: named_only */
    rp_free(rp_pipeline(NULL, USE("a", .name = "a")));
#elif CASE == 5  /* of that command; says: withscores */
    rp_set(p, "k", "v", USE(.withscores = true, .nx = true));
#elif CASE == 6  /* arguments are scalars, strings and values; says: int \* */
    rp_get(p, USE(&number, number));
#elif CASE == 7  /* bytes have a length; says, everywhere: rp_use_rp_b_with_a_length */
    rp_get(p, USE((void *)text, text));
#elif CASE == 8  /* says, everywhere: rp_use_rp_b_with_a_length */
    rp_get(p, USE(octets, rp_b(octets, 2)));
#elif CASE == 9  /* says: rp_pipe|struct rp_pipe */
    rp_mset(p, "k", USE(p, f));
#elif CASE == 10 /* says: rp_future \*|rp_value */
    (void)rp_equal(f, USE(&f, f));
#elif CASE == 11 /* a pipeline comes first; says: rp_get_with|rp_pipe */
    rp_get(USE(text, p), "k");
#elif CASE == 12 /* says: rp_int|rp_value */
    rp_int(USE(p, f));
#elif CASE == 13 /* callbacks say how they ended; says: rp_on_execute|rp_callback|rp_status */
    rp_on_execute(p, USE(wrong_callback, right_callback), NULL);
#elif CASE == 14 /* what is borrowed is not written to; says: read-only|const */
    USE(*rp_str(f) = 'x', (void)*rp_str(f));
#elif CASE == 15 /* the macros take 32 arguments; says, everywhere: rp_more_than_32_arguments_use_the_array_form */
#define TWO_MORE 32, 33
    rp_del(p, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
           30, 31, USE(TWO_MORE, 32));
#elif CASE == 16 /* keys are a list; says: rp_list_arg|rp_transaction_with */
    rp_transaction("a", USE("k", RP_LIST("k")), right_transaction, NULL);
#elif CASE == 17 /* a try gets two pipelines; says: rp_transaction_with|rp_transaction_callback|rp_status */
    rp_transaction("a", RP_LIST("k"), USE(right_callback, right_transaction), NULL);
#elif CASE == 18 /* says: named_only */
    rp_transaction("a", RP_LIST("k"), right_transaction, NULL, USE(5, .attempts = 5));
#elif CASE == 19 /* a watch has keys; says: rp_pipe */
    rp_free(rp_watch(NULL, USE(p, "k")));
#elif CASE == 20 /* an argument is missing; says: rp_an_argument_is_missing */
    USE(rp_set(p, "k"), rp_set(p, "k", "v"));
#elif CASE == 21 /* says: rp_an_argument_is_missing */
    USE(rp_zadd(p, "z", 1), rp_zadd(p, "z", 1, "m"));
#elif CASE == 22 /* says: argument is missing */
    USE(rp_del(p), rp_del(p, "k"));
#elif CASE == 23 /* says: rp_get. requires 2|too few arguments */
    USE(rp_get(p), rp_get(p, "k"));
#elif CASE == 24 /* numbers are no text; says: unary */
    rp_lrange(p, "k", USE(text, number), 0);
#elif CASE == 25 /* says: unary */
    rp_expire(p, "k", USE(text, number));
#elif CASE == 26 /* options have types; says: integer */
    rp_set(p, "k", "v", .ex = USE(text, number));
#elif CASE == 27 /* says: integer */
    rp_scan(p, 0, .match = USE(number, text));
#elif CASE == 28 /* a list is RP_LIST; says: rp_list_arg|rp_zunion_with */
    rp_zunion(p, USE("a", RP_LIST("a")));
#elif CASE == 29 /* says: rp_list_arg|rp_zunion_with|initializ */
    rp_zunion(p, RP_LIST("a"), .weights = USE(2, RP_LIST(2)));
#elif CASE == 30 /* says: no_such_keyword */
    rp_script_run(p, NULL, USE(.no_such_keyword = 1, .keys = RP_LIST("k")));
#elif CASE == 31 /* a scan takes a name, no pipeline; says: rp_scan_iter_with|char */
    rp_scan_close(rp_scan_iter(USE(p, NULL)));
#elif CASE == 32 /* says, everywhere: rp_use_rp_b_with_a_length */
    rp_get(p, USE((const void *)text, text));
#elif CASE == 33 /* says, everywhere: rp_use_rp_b_with_a_length */
    rp_set(p, "k", USE((const unsigned char *)octets, rp_b(octets, 2)), .ex = 60);
#elif CASE == 34 /* says, everywhere: rp_use_rp_b_with_a_length */
    rp_mset(p, "k", USE((signed char *)text, text));
#elif CASE == 35 /* says, everywhere: rp_use_rp_b_with_a_length */
    uint8_t digest[20] = {0};
    rp_sadd(p, "k", USE(digest, rp_b(digest, sizeof digest)));
#elif CASE == 36 /* says, everywhere: rp_use_rp_b_with_a_length */
    rp_set(p, "k", USE(NULL, ""));
#elif CASE == 37 /* says, everywhere: rp_more_than_32_arguments_use_the_array_form */
    rp_mset(p, ALL("a"), ALL("b"), 1, USE(ALL("c"), 2));
#elif CASE == 38 /* says, everywhere: rp_more_than_32_arguments_use_the_array_form */
    rp_zunion(p, RP_LIST(ALL(text), ALL(text), 1, USE(ALL(text), 2)), .withscores = true);
#elif CASE == 39 /* says, everywhere: rp_a_list_goes_to_the_array_form */
    rp_blpop(p, USE(RP_LIST("a"), "a"), 1.5);
#elif CASE == 40 /* says, everywhere: rp_a_float_where_a_whole_number_is_meant */
    rp_expire(p, "k", USE(0.5, 1));
#elif CASE == 41 /* says, everywhere: rp_a_float_where_a_whole_number_is_meant */
    rp_incrby(p, "k", USE(1.5F, 1U));
#elif CASE == 42 /* says, everywhere: rp_a_float_where_a_whole_number_is_meant */
    rp_lrange(p, "k", 0, USE((long double)number, number));
#elif CASE == 43 /* of one with options; says, everywhere: rp_a_float_where_a_whole_number_is_meant */
    rp_xclaim(p, "s", "g", "c", USE(1e3, 1000), RP_LIST("1-1"), .justid = true);
#elif CASE == 44 /* numbers are no pointers; says: unary */
    rp_expire(p, "k", USE(&number, number));
#elif CASE == 45 /* says: unary */
    rp_incrbyfloat(p, "k", USE(text, 0.5));
#endif
}
