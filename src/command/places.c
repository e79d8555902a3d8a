/* Searches for places. What is asked for is told by options of which some must be given: that the notation of the table
 * cannot say. A longitude and a latitude of 0 are a place as any other, so it is taken where no member is named. */
#include <redpipe/commands/geo.h>

#include "command/words.h"

/* Where to search, and how much to find: the options that both searches have. */
typedef struct area {
    const char *member, *unit, *sort;
    rp_bytes member_bytes;
    double longitude, latitude, radius, width, height;
    int64_t count;
    bool any;
} area;

#define AREA(o) \
    ((area){(o)->member, (o)->unit, (o)->sort, (o)->member_bytes, (o)->longitude, (o)->latitude, (o)->radius, \
            (o)->width, (o)->height, (o)->count, (o)->any})

static const char *bad_area(const area *a)
{
    bool named = a->member || a->member_bytes.data;
    bool circle = a->radius != 0, wide = a->width != 0, high = a->height != 0;

    if (a->member && a->member_bytes.data)
        return "of member and member_bytes only one may be given";
    if (named && (a->longitude != 0 || a->latitude != 0))
        return "of member and longitude, latitude only one may be given";
    if (circle && (wide || high))
        return "of radius and width, height only one may be given";
    if (wide != high)
        return "width and height need each other";
    if (!circle && !wide)
        return "it needs radius, or width and height";
    if (a->any && !a->count)
        return "any needs count";
    return NULL;
}

/* NULL: the area is right. */
static rp_future *refuse_area(rp_pipe *pipe, const char *command, const area *a)
{
    const char *why = bad_area(a);

    if (why)
        return rpi_refuse_call(pipe, command, RP_INVALID_OPERATION, why);
    if (a->count < 0)
        return rpi_refuse_call(pipe, command, RP_INVALID_VALUE, "count may not be below zero");
    return NULL;
}

static inline rp_arg *add_area(rp_arg *to, const area *a)
{
    if (a->member || a->member_bytes.data) {
        to = rpi_add_text(to, RPI_WORD("10", "FROMMEMBER"), a->member);
        to = rpi_add_bytes(to, RPI_WORD("10", "FROMMEMBER"), a->member_bytes);
    } else {
        to = rpi_add(to, RPI_WORD("10", "FROMLONLAT"));
        to = rpi_add(to, rp_arg_float(a->longitude));
        to = rpi_add(to, rp_arg_float(a->latitude));
    }
    to = rpi_add_float(to, RPI_WORD("8", "BYRADIUS"), a->radius);
    to = rpi_add_float(to, RPI_WORD("5", "BYBOX"), a->width);
    to = rpi_add_float(to, RPI_NO_WORD, a->height);
    to = rpi_add(to, a->unit ? rp_arg_str(a->unit) : RPI_WORD("1", "m"));
    to = rpi_add_text(to, RPI_NO_WORD, a->sort);
    to = rpi_add_number(to, RPI_WORD("5", "COUNT"), a->count);
    return rpi_add_flag(to, RPI_WORD("3", "ANY"), a->any);
}

rp_future *rp_geosearch_with(rp_pipe *pipe, rp_arg key, const rp_geosearch_opts *opts, size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("9", "GEOSEARCH", RPI_SHAPE_GEO_MEMBERS);
    rp_geosearch_opts room;
    rpi_fault fault;
    const rp_geosearch_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rp_future *refused;
    rp_arg words[RPI_MOST_WORDS], *to = words;
    area a;

    if (!o)
        return rpi_refuse_call(pipe, "GEOSEARCH", fault.status, fault.message);
    a = AREA(o);
    refused = refuse_area(pipe, "GEOSEARCH", &a);
    if (refused)
        return refused;
    to = rpi_add(to, key);
    to = add_area(to, &a);
    to = rpi_add_flag(to, RPI_WORD("9", "WITHCOORD"), o->withcoord);
    to = rpi_add_flag(to, RPI_WORD("8", "WITHDIST"), o->withdist);
    to = rpi_add_flag(to, RPI_WORD("8", "WITHHASH"), o->withhash);
    return rpi_queue_to(pipe, &head, words, to);
}

rp_future *rp_geosearchstore_with(rp_pipe *pipe, rp_arg destination, rp_arg source, const rp_geosearchstore_opts *opts,
                                  size_t opts_size)
{
    static const rpi_head head = RPI_HEAD("14", "GEOSEARCHSTORE", RPI_SHAPE_RAW);
    rp_geosearchstore_opts room;
    rpi_fault fault;
    const rp_geosearchstore_opts *o = rpi_options(&room, sizeof room, opts, opts_size, &fault);
    rp_future *refused;
    rp_arg words[RPI_MOST_WORDS], *to = words;
    area a;

    if (!o)
        return rpi_refuse_call(pipe, "GEOSEARCHSTORE", fault.status, fault.message);
    a = AREA(o);
    refused = refuse_area(pipe, "GEOSEARCHSTORE", &a);
    if (refused)
        return refused;
    to = rpi_add(to, destination);
    to = rpi_add(to, source);
    to = add_area(to, &a);
    to = rpi_add_flag(to, RPI_WORD("9", "STOREDIST"), o->storedist);
    return rpi_queue_to(pipe, &head, words, to);
}
