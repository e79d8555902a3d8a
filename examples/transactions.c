/* Transactions: commands that the server runs together, with nobody else's in between.
 *
 *     transactions [url] */
#include <stdio.h>
#include <stdlib.h>

#include <redpipe/redpipe.h>

static rp_status open_accounts(void)
{
    rp_pipe *pipe = rp_autoexec(NULL);
    rp_mset(pipe, "anna", 100, "bert", 20);
    rp_set(pipe, "interest", "2 %");
    return rp_close(pipe);
}

/* What this pipeline holds stays together between MULTI and EXEC, wherever it is nested, and costs no round trip of its
 * own.
 * So nobody ever sees the money on both accounts, or on neither. */
static rp_future *pay(rp_pipe *parent, const char *from, const char *to, int64_t amount)
{
    rp_pipe *pipe = rp_autoexec(parent, .transaction = true);
    rp_future *left = rp_decrby(pipe, from, amount);
    rp_incrby(pipe, to, amount);
    return rp_return(pipe, left);
}

/* Both payments or neither: inside a transaction, those of pay join it. */
static rp_future *pay_and_get_change(rp_pipe *parent, const char *from, const char *to, int64_t amount, int64_t change)
{
    rp_pipe *pipe = rp_autoexec(parent, .transaction = true);
    pay(pipe, from, to, amount);
    return rp_return(pipe, pay(pipe, to, from, change));
}

static rp_status pay_twice(void)
{
    rp_pipe *pipe = rp_pipeline(NULL);
    rp_future *anna = pay(pipe, "anna", "bert", 2);
    rp_future *interest = rp_get(pipe, "interest");
    rp_future *bert = pay_and_get_change(pipe, "anna", "bert", 8, 5);

    rp_status status = rp_execute(pipe); /* one round trip: a transaction of two commands, GET, and one of four */
    if (status == RP_OK)
        printf("anna: %s, then bert: %s, at %s\n", rp_str(anna), rp_str(bert), rp_str(interest));
    rp_free(pipe);
    return status;
}

/* -- what is written depends on what was read -------------------------------------------------------------------- */

typedef struct transfer {
    const char *from, *to;
    int64_t amount;
    int64_t by_card; /* what somebody else takes off the account while we think; in this demonstration */
    int64_t left;    /* the result */
    rp_future *balance;
} transfer;

static rp_status pay_by_card(const char *from, int64_t amount)
{
    rp_pipe *card = rp_autoexec(NULL, .name = "card");
    rp_decrby(card, from, amount);
    return rp_close(card);
}

static rp_status keep_result(void *arg)
{
    transfer *t = arg;
    return rp_get_int(t->balance, &t->left);
}

/* One try: read, decide, queue what is to be written. If the accounts are changed between the reading and the writing,
 * nothing is written, and there is another try. */
static rp_status try_transfer(rp_pipe *reads, rp_pipe *writes, void *arg)
{
    transfer *t = arg;
    rp_future *have = rp_get(reads, t->from);

    rp_status status = rp_execute(reads); /* watches the accounts, and reads one */
    if (status != RP_OK)
        return status;
    printf("%s has %s\n", t->from, rp_str(have));
    if (rp_int(have) < t->amount)
        return RP_INVALID_VALUE; /* no: ends it, and nothing is written */
    if (t->by_card > 0)
        status = pay_by_card(t->from, t->by_card);
    t->by_card = 0;
    t->balance = rp_decrby(writes, t->from, t->amount);
    rp_incrby(writes, t->to, t->amount);
    rp_on_execute(writes, keep_result, t);
    return status; /* yes: MULTI, both commands, EXEC */
}

static rp_status send_money(int64_t amount, int64_t by_card)
{
    transfer t = {.from = "anna", .to = "bert", .amount = amount, .by_card = by_card};

    rp_status status = rp_transaction(NULL, RP_LIST(t.from, t.to), try_transfer, &t);
    if (status == RP_OK)
        printf("sent %d, %d left\n", (int)amount, (int)t.left);
    else if (status == RP_INVALID_VALUE)
        printf("not enough to send %d\n", (int)amount);
    return status == RP_INVALID_VALUE ? RP_OK : status;
}

/* -- errors ------------------------------------------------------------------------------------------------------ */

/* A command that fails while it runs does not undo the others: the server knows no rolling back. */
static void fails_while_it_runs(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .transaction = true, .collect = true);
    rp_future *anna = rp_incrby(pipe, "anna", 1);
    rp_future *interest = rp_incrby(pipe, "interest", 1); /* "2 %" is no number */

    if (rp_execute(pipe) == RP_OK)
        printf("anna: %s\ninterest: %s\n", rp_str(anna), rp_str(interest));
    rp_free(pipe);
}

/* A command that the server cannot even understand: then it runs none. */
static void is_not_understood(void)
{
    rp_pipe *pipe = rp_pipeline(NULL, .transaction = true, .collect = true);
    rp_future *anna = rp_incrby(pipe, "anna", 1);
    rp_future *bert = rp_command(pipe, "INCRBY", "bert"); /* by how much? */

    if (rp_execute(pipe) == RP_OK)
        printf("anna: %s\nbert: %s\n", rp_str(anna), rp_str(bert));
    rp_free(pipe);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "redis://localhost:6379";

    if (rp_connect(NULL, url) != RP_OK || rp_connect("card", url) != RP_OK || open_accounts() != RP_OK ||
        pay_twice() != RP_OK || send_money(50, 40) != RP_OK || send_money(50, 0) != RP_OK) {
        fprintf(stderr, "%s\n", rp_last_error()->message);
        return EXIT_FAILURE;
    }
    fails_while_it_runs();
    is_not_understood();
    rp_disconnect_all();
    return EXIT_SUCCESS;
}
