/* The last error is a fault for each thread, with an rp_error that points into it, and a few more where several servers
 * failed at once. Reading it never allocates, and a fault can be built where no memory is left. */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LAST = 8 };

static _Thread_local rpi_failure last[LAST] = {{.view = {.message = "", .index = SIZE_MAX}}};
static _Thread_local unsigned raised;

static const char *const names[] = {
    [RP_OK] = "RP_OK",
    [RP_NOT_READY] = "RP_NOT_READY",
    [RP_INVALID_OPERATION] = "RP_INVALID_OPERATION",
    [RP_INVALID_VALUE] = "RP_INVALID_VALUE",
    [RP_ALREADY_CONNECTED] = "RP_ALREADY_CONNECTED",
    [RP_INVALID_PIPELINE] = "RP_INVALID_PIPELINE",
    [RP_SERVER_ERROR] = "RP_SERVER_ERROR",
    [RP_CONNECTION_ERROR] = "RP_CONNECTION_ERROR",
    [RP_TIMEOUT] = "RP_TIMEOUT",
    [RP_PROTOCOL_ERROR] = "RP_PROTOCOL_ERROR",
    [RP_CLUSTER_ERROR] = "RP_CLUSTER_ERROR",
    [RP_NO_MEMORY] = "RP_NO_MEMORY",
    [RP_CANCELLED] = "RP_CANCELLED",
};

const char *rp_status_name(rp_status status)
{
    size_t i = (size_t)status;

    return i < sizeof names / sizeof *names ? names[i] : "RP_UNKNOWN_STATUS";
}

const rp_error *rp_last_error(void)
{
    return &last->view;
}

static void set(rpi_fault *fault, rp_status status, const char *format, va_list args)
{
    fault->status = status;
    fault->index = SIZE_MAX;
    fault->named = false;
    fault->code[0] = '\0';
    vsnprintf(fault->message, sizeof fault->message, format, args);
}

void rpi_fault_set(rpi_fault *fault, rp_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(fault, status, format, args);
    va_end(args);
}

void rpi_fault_add(rpi_fault *fault, const char *format, ...)
{
    size_t used = strlen(fault->message);
    va_list args;

    va_start(args, format);
    vsnprintf(fault->message + used, sizeof fault->message - used, format, args);
    va_end(args);
}

void rpi_fault_on(rpi_fault *fault, const char *connection)
{
    fault->named = connection != NULL;
    if (connection)
        snprintf(fault->connection, sizeof fault->connection, "%s", connection);
}

const char *rpi_place_text(char to[RPI_PLACE_SIZE], const char *connection)
{
    char name[RPI_PRINTABLE_SIZE(RPI_NAME_MAX)];

    if (!connection)
        return "the default connection";
    snprintf(to, RPI_PLACE_SIZE, "connection '%s'", rpi_printable(name, sizeof name, connection, strlen(connection)));
    return to;
}

/* Codes of servers that will take the same command, or connection, later. */
static bool is_passing(const char *code)
{
    static const char *const codes[] = {"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN",
                                        "BUSY",    "READONLY", "NOREPLICAS",  "WATCH"};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

/* A connection that was refused with a code says by that whether another try helps; one that has none was lost. A
 * command that is answered with NOAUTH costs its connection, and the next one logs in anew. */
static bool may_help(const rpi_fault *fault)
{
    if (fault->status == RP_TIMEOUT)
        return true;
    if (fault->status == RP_CONNECTION_ERROR)
        return !fault->code[0] || is_passing(fault->code) || strstr(fault->message, "max number of clients");
    return fault->status == RP_SERVER_ERROR && (is_passing(fault->code) || strcmp(fault->code, "NOAUTH") == 0);
}

void rpi_failure_set(rpi_failure *failure, const rpi_fault *fault)
{
    rpi_fault *own = &failure->fault;

    *own = *fault;
    failure->view = (rp_error){.status = own->status,
                               .message = own->message,
                               .connection = own->named ? own->connection : NULL,
                               .code = own->code[0] ? own->code : NULL,
                               .index = own->index,
                               .retry = may_help(own)};
}

rp_status rpi_raise(const rpi_fault *fault)
{
    raised++;
    rpi_failure_set(last, fault);
    return fault->status;
}

rp_status rpi_raise_all(const rpi_failure *first)
{
    const rpi_failure *failure = first;

    raised++;
    for (size_t i = 0; failure && i < LAST; i++) {
        rpi_failure_set(&last[i], &failure->fault);
        if (i)
            last[i - 1].view.next = &last[i].view;
        failure = (const rpi_failure *)(const void *)failure->view.next;
    }
    return first->fault.status;
}

const rpi_fault *rpi_last_fault(void)
{
    return &last->fault;
}

unsigned rpi_raised(void)
{
    return raised;
}

rp_status rpi_fail(rp_status status, const char *format, ...)
{
    rpi_fault fault;
    va_list args;

    va_start(args, format);
    set(&fault, status, format, args);
    va_end(args);
    return rpi_raise(&fault);
}

char *rpi_printable(char *to, size_t size, const char *text, size_t len)
{
    char *w = to;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = c >= 0x20 && c < 0x7f;

        if ((size_t)(to + size - w) < 4 + sizeof "...") {
            w += snprintf(w, sizeof "...", "...");
            break;
        }
        if (plain)
            *w++ = (char)c;
        else
            w += snprintf(w, 5, "\\x%02x", c);
    }
    *w = '\0';
    return to;
}
