/* Transactions in a lane: stretches of its runs, each between a MULTI and an EXEC of its own. See transaction.c. */
#ifndef RPI_PIPE_TRANSACTION_H
#define RPI_PIPE_TRANSACTION_H

#include "pipe/lane.h"

typedef struct rpi_transaction {
    rpi_run multi, exec; /* around the commands, in the lane's list */
    rpi_command brackets[2];
    rpi_run *last; /* in front of EXEC, while the lane is planned */
    size_t number;
    bool over;  /* the answer to EXEC was given to its commands */
    bool never; /* the lane failed, and the server has certainly run none of them */
} rpi_transaction;

/* The run is the lane's next: in the transaction with this number, which begins with the first such run; 0: in none.
 * False without memory; the lane has the run all the same. */
bool rpi_transaction_take(rpi_lane *lane, rpi_run *run, size_t number);

/* All replies to the run at `read`, which is in a transaction, are there. Where that is its EXEC, each command gets
 * what EXEC brought for it. As a parse does: DONE, BAD with the parser's error set, or NO_MEMORY. */
rpi_parse_result rpi_transaction_answer(rpi_lane *lane);

/* The lane has failed: its counts and places are then as if MULTI and EXEC had never been in it. What they tell of the
 * commands between them is in `answered` and in the transactions. */
void rpi_transaction_fail(rpi_lane *lane);

/* The fault of the lane's first transaction that was none, since MULTI was refused. */
void rpi_transaction_describe(const rpi_lane *lane, rpi_fault *fault);

#endif
