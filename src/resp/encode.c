/* Straight into the caller's buffer, in two passes: rpi_arg_size refuses and adds up, rpi_put_arg writes and cannot
 * fail. So a command is in the buffer whole or not at all. */
#include "resp/encode.h"

#include <inttypes.h>
#include <string.h>

#include "resp/whole.h"

static size_t refuse_pointer(size_t position, rpi_fault *fault)
{
    rpi_fault_set(fault, RP_INVALID_VALUE, "argument %zu is a NULL pointer; for an empty string pass \"\"", position);
    return 0;
}

static size_t bytes_size(rp_bytes bytes, size_t position, rpi_fault *fault)
{
    if (!bytes.data && bytes.len)
        return refuse_pointer(position, fault);
    if (bytes.len > RPI_MAX_BULK) {
        rpi_fault_set(fault, RP_INVALID_VALUE,
                      "argument %zu has %zu bytes; a string may have 512 MiB (%d bytes) at most", position, bytes.len,
                      RPI_MAX_BULK);
        return 0;
    }
    return bytes.len + RPI_HEADER_MOST;
}

static size_t value_size(const rp_value *v, size_t position, rpi_fault *fault)
{
    if (!v)
        return refuse_pointer(position, fault);
    switch ((rp_kind)v->kind) {
    case RP_PENDING:
        rpi_fault_set(fault, RP_NOT_READY,
                      "argument %zu is a future that has not arrived; use it in a callback, or after rp_execute",
                      position);
        return 0;
    case RP_BOOL:
    case RP_INT:
    case RP_FLOAT:
    case RP_STRING:
        return (size_t)v->len + RPI_HEADER_MOST;
    case RP_NULL:
    case RP_LIST:
    case RP_SET:
    case RP_DICT:
    case RP_ERROR:
        break;
    }
    rpi_fault_set(fault, RP_INVALID_VALUE, "argument %zu is %s; an argument is text or a number", position,
                  rpi_kind_name((rp_kind)v->kind));
    return 0;
}

static size_t least_size(size_t position, rpi_fault *fault)
{
    if (!rpi_too_large())
        return RPI_INT_TEXT + RPI_HEADER_MOST;
    rpi_fault_set(fault, RP_INVALID_VALUE, "argument %zu is %" PRIu64 "; a whole number may be %" PRId64 " at most",
                  position, rpi_too_large(), INT64_MAX);
    return 0;
}

size_t rpi_arg_size_slow(const rp_arg *arg, size_t position, rpi_fault *fault)
{
    switch (arg->type) {
    case RP_ARG_STRING:
        return bytes_size(arg->s, position, fault);
    case RP_ARG_INT:
    case RP_ARG_UINT:
        return RPI_INT_TEXT + RPI_HEADER_MOST;
    case RP_ARG_FLOAT:
        return RPI_FLOAT_TEXT + RPI_HEADER_MOST;
    case RP_ARG_VALUE:
        return value_size(arg->v, position, fault);
    }
    if (arg->type == RPI_ARG_LEAST)
        return least_size(position, fault);
    rpi_fault_set(fault, RP_INVALID_VALUE, "argument %zu has the unknown type %d; make it with RP_ARG", position,
                  (int)arg->type);
    return 0;
}

/* A number's text stands behind a header of four bytes, "$2\r\n", as most need: now that and the end are written. */
static char *put_number(char *to, size_t len)
{
    if (len >= 10)
        memmove(to + 5, to + 4, len);
    to = rpi_put_count(to, '$', len) + len;
    memcpy(to, "\r\n", 2);
    return to + 2;
}

char *rpi_put_arg_slow(char *to, const rp_arg *arg)
{
    switch (arg->type) {
    case RP_ARG_STRING:
        return rpi_put_bulk(to, arg->s.data, arg->s.len);
    case RP_ARG_INT:
        break;
    case RP_ARG_UINT:
        return put_number(to, rpi_format_uint(to + 4, arg->u));
    case RP_ARG_FLOAT:
        return put_number(to, rpi_format_float(to + 4, arg->f));
    case RP_ARG_VALUE:
        return rpi_put_bulk(to, arg->v->text, arg->v->len);
    }
    return put_number(to, rpi_format_int(to + 4, arg->i)); /* of RPI_ARG_LEAST too */
}
