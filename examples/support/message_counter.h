/* Counts the complete RESP messages in a stream of bytes, however it is cut: commands one way, replies the other.
 *
 * It keeps a few numbers and no data. Pushes are not counted, since no command asked for them. */
#ifndef MESSAGE_COUNTER_H
#define MESSAGE_COUNTER_H

#include <stdbool.h>
#include <stddef.h>

/* Start with all zero. Only `messages` is for others to read. */
typedef struct message_counter {
    size_t messages; /* complete ones so far */
    size_t missing;  /* values that the message under way lacks; 0 between messages */
    size_t bulk;     /* bytes of a bulk string still to come, with its CRLF */
    size_t number;   /* of the line under way: what its digits say so far */
    char type;       /* of the line under way: its first byte; 0 between lines */
    bool null;       /* of the line under way: a length of -1 */
    bool push;       /* the message under way is one */
} message_counter;

void message_counter_feed(message_counter *counter, const char *data, size_t len);

/* Has it seen whole messages only? */
bool message_counter_between(const message_counter *counter);

#endif
