/* A lane whose commands stand between MULTI and EXEC. See transaction.c. */
#ifndef RPI_PIPE_TRANSACTION_H
#define RPI_PIPE_TRANSACTION_H

#include "pipe/lane.h"

/* Puts MULTI before the lane's commands, and EXEC behind them. */
void rpi_transaction_wrap(rpi_lane *lane);

/* Takes them away. The lane is then as one whose commands have no answer, and may or cannot have run. */
void rpi_transaction_unwrap(rpi_lane *lane);

/* All replies are in: gives each command what EXEC brought for it. False: the lane has failed instead. */
bool rpi_transaction_finish(rpi_lane *lane);

#endif
