/* The readers: from text, which every scalar is, to what the program asks for. A failure sets the last error and
 * returns the harmless value; each reader that coerces is its strict twin with that value in place of the status. */
#include <string.h>

#include "base/fault.h"
#include "resp/number.h"
#include "resp/value.h"

const char *rpi_kind_name(rp_kind kind)
{
    static const char *const names[] = {
        [RP_PENDING] = "a future that has not arrived",
        [RP_NULL] = "null",
        [RP_BOOL] = "a boolean",
        [RP_INT] = "an integer",
        [RP_FLOAT] = "a float",
        [RP_STRING] = "a string",
        [RP_LIST] = "a list",
        [RP_SET] = "a set",
        [RP_DICT] = "a dict",
        [RP_ERROR] = "an error",
    };

    return names[kind];
}

rp_kind rp_kind_of(const rp_value *v)
{
    return v ? (rp_kind)v->kind : RP_PENDING;
}

bool rp_ready(const rp_value *v)
{
    return v && v->kind != RP_PENDING;
}

rp_status rp_status_of(const rp_value *v)
{
    if (!v)
        return RP_INVALID_VALUE;
    if (v->kind == RP_ERROR)
        return RP_SERVER_ERROR;
    if (v->kind != RP_PENDING)
        return RP_OK;
    return v->status ? (rp_status)v->status : RP_NOT_READY;
}

rp_outcome rp_outcome_of(const rp_future *f)
{
    return f ? (rp_outcome)f->outcome : RP_NOT_SENT;
}

void rpi_error_code(const rp_value *error, rpi_fault *fault)
{
    size_t n = 0;

    while (n < error->len && error->text[n] > ' ' && error->text[n] <= '~')
        n++;
    if (n >= sizeof fault->code || (n < error->len && error->text[n] != ' '))
        n = 0;
    memcpy(fault->code, error->text, n);
    fault->code[n] = '\0';
}

/* Is it an error of the server, or the future of a command that has one but failed its execute? */
static bool has_error(const rp_value *v)
{
    return v->kind == RP_ERROR || (v->kind == RP_PENDING && v->status == RP_SERVER_ERROR && v->text);
}

const char *rp_error_code(const rp_value *v)
{
    static _Thread_local char code[sizeof((rpi_fault *)0)->code];
    rpi_fault fault;

    if (!v || !has_error(v))
        return NULL;
    rpi_error_code(v, &fault);
    memcpy(code, fault.code, sizeof code);
    return code[0] ? code : NULL;
}

/* A command that the server answered with an error, in an execute that failed: the text is still there. */
static rp_status raise_refused(const rp_value *v)
{
    char shown[RPI_PRINTABLE_SIZE(80)];
    rpi_fault fault;

    rpi_fault_set(&fault, RP_NOT_READY, "the future will never arrive: the server answered: %s",
                  rpi_printable(shown, sizeof shown, v->text, v->len));
    rpi_error_code(v, &fault);
    return rpi_raise(&fault);
}

static rp_status raise_pending(const rp_value *v)
{
    if (v->flags & RPI_WITHHELD)
        return rpi_fail(RP_NOT_READY, "the value is withheld: command %u of the same execute failed", (unsigned)v->len);
    if (v->flags & RPI_UNSET)
        return rpi_fail(RP_NOT_READY,
                        "the future was never set: its execute is over, and no callback called rp_future_set");
    if (has_error(v))
        return raise_refused(v);
    if (!v->status)
        return rpi_fail(RP_NOT_READY, "the future has not arrived: rp_execute its pipeline first, up to the root");
    return rpi_fail(RP_NOT_READY, "the future will never arrive: its execute failed with %s",
                    rp_status_name((rp_status)v->status));
}

static rp_status raise_error(const rp_value *v)
{
    rpi_fault fault;
    char shown[RPI_PRINTABLE_SIZE(80)];

    rpi_fault_set(&fault, RP_SERVER_ERROR, "the server answered: %s",
                  rpi_printable(shown, sizeof shown, v->text, v->len));
    rpi_error_code(v, &fault);
    return rpi_raise(&fault);
}

rp_status rpi_check_ready(const rp_value *v)
{
    if (!v)
        return rpi_fail(RP_INVALID_VALUE, "the value is a NULL pointer");
    if (v->kind == RP_PENDING)
        return raise_pending(v);
    return v->kind == RP_ERROR ? raise_error(v) : RP_OK;
}

static rp_status refuse(const rp_value *v, const char *wanted)
{
    char shown[RPI_PRINTABLE_SIZE(24)];

    if (v->kind == RP_STRING || v->kind == RP_FLOAT || v->kind == RP_INT)
        return rpi_fail(RP_INVALID_VALUE, "'%s' does not read as %s",
                        rpi_printable(shown, sizeof shown, v->text, v->len), wanted);
    return rpi_fail(RP_INVALID_VALUE, "%s does not read as %s", rpi_kind_name((rp_kind)v->kind), wanted);
}

/* A float is cut towards zero; nothing else reads as an integer but its text. */
__attribute__((noinline)) static rp_status int_of_other(const rp_value *v, int64_t *out)
{
    rp_status status = rpi_check_ready(v);
    double f;

    if (status != RP_OK)
        return status;
    if (v->kind != RP_FLOAT || !rpi_parse_float(v->text, v->len, &f) || !(f >= -0x1p63 && f < 0x1p63))
        return refuse(v, "a 64-bit integer");
    *out = (int64_t)f;
    return RP_OK;
}

rp_status rp_get_int(const rp_value *v, int64_t *out)
{
    if (v && rpi_is_scalar(v) && rpi_parse_int(v->text, v->len, out))
        return RP_OK;
    return int_of_other(v, out);
}

rp_status rp_get_float(const rp_value *v, double *out)
{
    rp_status status = rpi_check_ready(v);

    if (status != RP_OK)
        return status;
    return rpi_is_scalar(v) && rpi_parse_float(v->text, v->len, out) ? RP_OK : refuse(v, "a float");
}

rp_status rp_get_string(const rp_value *v, rp_bytes *out)
{
    rp_status status;

    if (v && rpi_is_scalar(v)) {
        *out = rp_b(v->text, v->len);
        return RP_OK;
    }
    status = rpi_check_ready(v);
    return status != RP_OK ? status : refuse(v, "text");
}

/* Apart, so that the short way through rp_int saves no registers. */
__attribute__((noinline)) static int64_t int_of_any(const rp_value *v)
{
    int64_t i;

    return rp_get_int(v, &i) == RP_OK ? i : 0;
}

int64_t rp_int(const rp_value *v)
{
    const char *text, *end;
    int64_t i = 0;
    bool negative;

    if (!v || !rpi_is_scalar(v) || v->len - 1 >= RPI_FEW_DIGITS)
        return int_of_any(v);
    text = v->text;
    end = text + v->len;
    negative = *text == '-';
    text += negative && v->len > 1;
    do {
        unsigned digit = (unsigned)(unsigned char)*text - '0';

        if (digit > 9)
            return int_of_any(v);
        i = i * 10 + (int64_t)digit;
    } while (++text < end);
    return negative ? -i : i;
}

double rp_float(const rp_value *v)
{
    double f;

    if (v && rpi_is_scalar(v) && rpi_parse_float(v->text, v->len, &f))
        return f;
    return rp_get_float(v, &f) == RP_OK ? f : 0;
}

/* Of what is no scalar. Apart, so that the short way through rp_string saves no registers. */
__attribute__((noinline)) static rp_bytes string_of_other(const rp_value *v)
{
    rp_bytes bytes = {"", 0};

    /* As str() of an exception: the text, with the last error to tell that it is one. */
    if (rp_get_string(v, &bytes) == RP_SERVER_ERROR)
        bytes = rp_b(v->text, v->len);
    return bytes;
}

rp_bytes rp_string(const rp_value *v)
{
    return v && rpi_is_scalar(v) ? rp_b(v->text, v->len) : string_of_other(v);
}

const char *rp_str(const rp_value *v)
{
    return rp_string(v).data;
}

bool rp_bool(const rp_value *v)
{
    double f;

    if (rpi_check_ready(v) != RP_OK || v->kind == RP_NULL)
        return false;
    if (v->kind == RP_BOOL || v->kind == RP_INT || v->kind == RP_FLOAT)
        return rpi_parse_float(v->text, v->len, &f) && f != 0;
    return v->len != 0;
}

bool rp_is_null(const rp_value *v)
{
    return rpi_check_ready(v) == RP_OK && v->kind == RP_NULL;
}

size_t rp_len(const rp_value *v)
{
    if (rpi_check_ready(v) != RP_OK)
        return 0;
    if (v->kind == RP_STRING || rpi_is_aggregate(v))
        return v->len;
    refuse(v, "something with a length");
    return 0;
}

/* Item `i * step + offset` of an aggregate; NULL past its end, without an error. */
static inline const rp_value *item(const rp_value *v, size_t i, size_t step, size_t offset)
{
    return i < v->len ? &v->items[i * step + offset] : NULL;
}

/* Of what has none. */
__attribute__((noinline)) static const rp_value *refuse_item(const rp_value *v, const char *wanted)
{
    if (rpi_check_ready(v) == RP_OK)
        refuse(v, wanted);
    return NULL;
}

const rp_value *rp_at(const rp_value *v, size_t i)
{
    if (v && (v->kind == RP_LIST || v->kind == RP_SET))
        return item(v, i, 1, 0);
    return v && v->kind == RP_DICT ? item(v, i, 2, 1) : refuse_item(v, "something with items");
}

const rp_value *rp_key_at(const rp_value *v, size_t i)
{
    return v && v->kind == RP_DICT ? item(v, i, 2, 0) : refuse_item(v, "a dict");
}
