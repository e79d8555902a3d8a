/* The writing half of a lane.
 *
 * `written` follows what the kernel took, and `open` bounds how far writing may go, so that the server never holds more
 * than about WINDOW_BYTES of replies for us, whatever the pipeline's length. How large replies are is learned as they
 * come; before the first, WINDOW_FIRST commands may go. So a pipeline of that length or less is one round trip, and a
 * longer one flows.
 *
 * A step is bounded, however fast the peer reads or sends: between steps the deadline is looked at, and the other lanes
 * have their turn. Where writing fails the lane only reads, step by step, what the server had answered before. */
#define _GNU_SOURCE
#include "pipe/lane.h"

#include <errno.h>
#include <string.h>

enum {
    WINDOW_FIRST = 1024, /* commands */
    WINDOW_LEAST = 16,
    WINDOW_MOST = 16384,
    WINDOW_BYTES = 8 * 1024 * 1024,
    PARTS = 64, /* of one send */
    SENDS = 16, /* of one step */
};

static size_t window(const rpi_lane *lane)
{
    size_t n = lane->answered ? WINDOW_BYTES / (lane->reply_size + 1) : WINDOW_FIRST;

    return n < WINDOW_LEAST ? WINDOW_LEAST : n > WINDOW_MOST ? WINDOW_MOST : n;
}

/* Moves `open` as far as the window lets it. It never stands at the end of a run that has a next one, nor does
 * `written`: so the two meet. */
static void open_window(rpi_lane *lane)
{
    size_t limit = window(lane) + lane->answered;

    while (lane->opened < limit && lane->opened < lane->count) {
        const rpi_run *run = lane->open.run;
        size_t left = run->count - lane->open_index;

        if (left <= limit - lane->opened) {
            lane->open.offset = run->size;
            lane->open_index = run->count;
            lane->opened += left;
        } else {
            lane->open.offset += run->commands[lane->open_index++].size;
            lane->opened++;
        }
        if (lane->open_index == run->count && run->next) {
            lane->open = (rpi_place){run->next, 0};
            lane->open_index = 0;
        }
    }
}

/* The bytes from `written` to `open`. */
static size_t gather(const rpi_lane *lane, struct iovec parts[PARTS])
{
    rpi_place at = lane->written;
    size_t n = 0;

    while (at.run && n < PARTS) {
        size_t end = at.run == lane->open.run ? lane->open.offset : at.run->size;

        if (end > at.offset)
            parts[n++] = (struct iovec){at.run->bytes + at.offset, end - at.offset};
        if (at.run == lane->open.run)
            break;
        at = (rpi_place){at.run->next, 0};
    }
    return n;
}

static void count_written(rpi_lane *lane, size_t n)
{
    while (n) {
        size_t left = lane->written.run->size - lane->written.offset;

        if (n < left) {
            lane->written.offset += n;
            return;
        }
        n -= left;
        if (lane->written.run->next)
            lane->written = (rpi_place){lane->written.run->next, 0};
        else
            lane->written.offset = lane->written.run->size;
    }
}

/* The connection broke while we wrote. What the server answered before may still be there, or its end: then poll says
 * so, and the lane receives it. */
static void drain(rpi_lane *lane)
{
    char byte;

    if (lane->conn->ops->peek(lane->conn->fd, &byte, 1) < 0)
        rpi_lane_lose(lane, "lost while sending", lane->broken);
}

void rpi_lane_send(rpi_lane *lane)
{
    struct iovec parts[PARTS];
    size_t count;

    open_window(lane);
    for (int i = 0; i < SENDS && !lane->broken && (count = gather(lane, parts)) > 0; i++) {
        ssize_t n = lane->conn->ops->send(lane->conn->fd, parts, count);

        if (n >= 0)
            count_written(lane, (size_t)n);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else
            lane->broken = errno;
    }
    if (lane->broken)
        drain(lane);
}
