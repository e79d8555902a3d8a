/* A message is done when nothing is missing: one value at first; each header of a list adds as many as it has items,
 * each value takes one away. So a single number replaces the stack that nesting seems to ask for.
 *
 * It trusts its input, a server's and a client's that work: broken bytes give a wrong count, no harm. */
#include "message_counter.h"

static void value_done(message_counter *counter)
{
    counter->missing--;
    if (counter->missing == 0 && !counter->push)
        counter->messages++;
}

static void line_done(message_counter *counter)
{
    size_t length = counter->null ? 0 : counter->number;

    switch (counter->type) {
    case '$':
    case '=':
    case '!':
        if (counter->null)
            value_done(counter);
        else
            counter->bulk = length + 2;
        break;
    case '|': /* an attribute stands before a value, in place of none */
        counter->missing += 2 * length;
        break;
    case '%':
        counter->missing += 2 * length;
        value_done(counter);
        break;
    case '*':
    case '~':
    case '>':
        counter->missing += length;
        value_done(counter);
        break;
    default:
        value_done(counter);
    }
    counter->type = 0;
}

static void line_byte(message_counter *counter, char byte)
{
    if (counter->type == 0) {
        if (counter->missing == 0) {
            counter->missing = 1;
            counter->push = byte == '>';
        }
        counter->type = byte;
        counter->number = 0;
        counter->null = false;
    } else if (byte == '\n') {
        line_done(counter);
    } else if (byte == '-') {
        counter->null = true;
    } else if (byte >= '0' && byte <= '9') {
        counter->number = counter->number * 10 + (size_t)(byte - '0');
    }
}

void message_counter_feed(message_counter *counter, const char *data, size_t len)
{
    while (len > 0) {
        size_t n = 1;
        if (counter->bulk > 0) {
            n = counter->bulk < len ? counter->bulk : len;
            counter->bulk -= n;
            if (counter->bulk == 0)
                value_done(counter);
        } else {
            line_byte(counter, *data);
        }
        data += n;
        len -= n;
    }
}

bool message_counter_between(const message_counter *counter)
{
    return counter->missing == 0;
}
