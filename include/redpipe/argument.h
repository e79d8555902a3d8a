/* Arguments of commands: any C scalar, string, byte string or ready value.
 *
 * RP_ARG(x) turns an expression into an rp_arg by its type, at compile time: all standard integer types, bool, float,
 * double, char pointers (NUL-terminated text), rp_bytes (any bytes), values and futures that have arrived. Other types do
 * not compile. Text is never interpreted: there are no format strings, and an argument can never become a second
 * command. The bytes are copied when the command is queued, so the caller's buffer is free again at once.
 *
 * A NULL char pointer, a null value, a list, or a future that has not arrived makes the command's pipeline fail. */
#ifndef REDPIPE_ARGUMENT_H
#define REDPIPE_ARGUMENT_H

#include <string.h>

#include <redpipe/types.h>

/* What an rp_arg holds. RP_ARG_STRING with data NULL and a length is the NULL char pointer, which every call refuses. */
typedef enum rp_arg_type { RP_ARG_STRING, RP_ARG_INT, RP_ARG_UINT, RP_ARG_FLOAT, RP_ARG_VALUE } rp_arg_type;

/* One argument. Borrowed: the bytes and the value must live until the call that takes the argument returns. */
typedef struct rp_arg {
    rp_arg_type type;
    union {
        rp_bytes s;
        int64_t i;
        uint64_t u;
        double f;
        const rp_value *v;
    };
} rp_arg;

/* A byte string of any bytes: rp_get(pipe, rp_b(key, key_len)). data may be NULL where len is 0. */
static inline rp_bytes rp_b(const void *data, size_t len)
{
    rp_bytes b;
    b.data = (const char *)data;
    b.len = len;
    return b;
}

/* The same of a string literal, NULs within it included: .match_bytes = RP_BYTES_OF("a\0*"). */
#define RP_BYTES_OF(literal) rp_b("" literal, sizeof(literal) - 1)

/* The constructors behind RP_ARG; bindings call them. */
static inline rp_arg rp_arg_str(const char *s)
{
    rp_arg a;
    a.type = RP_ARG_STRING;
    a.s.data = s;
    a.s.len = s ? strlen(s) : 1;
    return a;
}

static inline rp_arg rp_arg_bytes(rp_bytes x)
{
    rp_arg a;
    a.type = RP_ARG_STRING;
    a.s = x;
    return a;
}

static inline rp_arg rp_arg_int(int64_t x)
{
    rp_arg a;
    a.type = RP_ARG_INT;
    a.i = x;
    return a;
}

static inline rp_arg rp_arg_uint(uint64_t x)
{
    rp_arg a;
    a.type = RP_ARG_UINT;
    a.u = x;
    return a;
}

static inline rp_arg rp_arg_float(double x)
{
    rp_arg a;
    a.type = RP_ARG_FLOAT;
    a.f = x;
    return a;
}

static inline rp_arg rp_arg_value(const rp_value *x)
{
    rp_arg a;
    a.type = RP_ARG_VALUE;
    a.v = x;
    return a;
}

static inline rp_arg rp_arg_self(rp_arg a)
{
    return a;
}

#ifdef __cplusplus
#include <initializer_list>
inline rp_arg rp_arg_of_(const char *x) { return rp_arg_str(x); }
inline rp_arg rp_arg_of_(rp_bytes x) { return rp_arg_bytes(x); }
inline rp_arg rp_arg_of_(bool x) { return rp_arg_int(x); }
rp_arg rp_arg_of_(const void *) = delete; /* else any pointer would be a bool */
inline rp_arg rp_arg_of_(signed char x) { return rp_arg_int(x); }
inline rp_arg rp_arg_of_(short x) { return rp_arg_int(x); }
inline rp_arg rp_arg_of_(int x) { return rp_arg_int(x); }
inline rp_arg rp_arg_of_(long x) { return rp_arg_int(x); }
inline rp_arg rp_arg_of_(long long x) { return rp_arg_int(x); }
inline rp_arg rp_arg_of_(unsigned char x) { return rp_arg_uint(x); }
inline rp_arg rp_arg_of_(unsigned short x) { return rp_arg_uint(x); }
inline rp_arg rp_arg_of_(unsigned x) { return rp_arg_uint(x); }
inline rp_arg rp_arg_of_(unsigned long x) { return rp_arg_uint(x); }
inline rp_arg rp_arg_of_(unsigned long long x) { return rp_arg_uint(x); }
inline rp_arg rp_arg_of_(double x) { return rp_arg_float(x); }
inline rp_arg rp_arg_of_(const rp_value *x) { return rp_arg_value(x); }
inline rp_arg rp_arg_of_(rp_arg x) { return x; }
#define RP_ARG(x) rp_arg_of_(x)
#else
#define RP_ARG(x) \
    _Generic((x), \
        char *: rp_arg_str, const char *: rp_arg_str, rp_bytes: rp_arg_bytes, \
        bool: rp_arg_int, signed char: rp_arg_int, short: rp_arg_int, int: rp_arg_int, long: rp_arg_int, \
        long long: rp_arg_int, unsigned char: rp_arg_uint, unsigned short: rp_arg_uint, unsigned: rp_arg_uint, \
        unsigned long: rp_arg_uint, unsigned long long: rp_arg_uint, float: rp_arg_float, double: rp_arg_float, \
        rp_value *: rp_arg_value, const rp_value *: rp_arg_value, rp_arg: rp_arg_self)(x)
#endif

/* Internal: RP_ARG over up to 32 expressions, and their count. For more arguments, call the ..._with function with an
 * array. */
/* clang-format off */
#define RP_MAP_1(a0) RP_ARG(a0)
#define RP_MAP_2(a0,...) RP_ARG(a0), RP_MAP_1(__VA_ARGS__)
#define RP_MAP_3(a0,...) RP_ARG(a0), RP_MAP_2(__VA_ARGS__)
#define RP_MAP_4(a0,...) RP_ARG(a0), RP_MAP_3(__VA_ARGS__)
#define RP_MAP_5(a0,...) RP_ARG(a0), RP_MAP_4(__VA_ARGS__)
#define RP_MAP_6(a0,...) RP_ARG(a0), RP_MAP_5(__VA_ARGS__)
#define RP_MAP_7(a0,...) RP_ARG(a0), RP_MAP_6(__VA_ARGS__)
#define RP_MAP_8(a0,...) RP_ARG(a0), RP_MAP_7(__VA_ARGS__)
#define RP_MAP_9(a0,...) RP_ARG(a0), RP_MAP_8(__VA_ARGS__)
#define RP_MAP_10(a0,...) RP_ARG(a0), RP_MAP_9(__VA_ARGS__)
#define RP_MAP_11(a0,...) RP_ARG(a0), RP_MAP_10(__VA_ARGS__)
#define RP_MAP_12(a0,...) RP_ARG(a0), RP_MAP_11(__VA_ARGS__)
#define RP_MAP_13(a0,...) RP_ARG(a0), RP_MAP_12(__VA_ARGS__)
#define RP_MAP_14(a0,...) RP_ARG(a0), RP_MAP_13(__VA_ARGS__)
#define RP_MAP_15(a0,...) RP_ARG(a0), RP_MAP_14(__VA_ARGS__)
#define RP_MAP_16(a0,...) RP_ARG(a0), RP_MAP_15(__VA_ARGS__)
#define RP_MAP_17(a0,...) RP_ARG(a0), RP_MAP_16(__VA_ARGS__)
#define RP_MAP_18(a0,...) RP_ARG(a0), RP_MAP_17(__VA_ARGS__)
#define RP_MAP_19(a0,...) RP_ARG(a0), RP_MAP_18(__VA_ARGS__)
#define RP_MAP_20(a0,...) RP_ARG(a0), RP_MAP_19(__VA_ARGS__)
#define RP_MAP_21(a0,...) RP_ARG(a0), RP_MAP_20(__VA_ARGS__)
#define RP_MAP_22(a0,...) RP_ARG(a0), RP_MAP_21(__VA_ARGS__)
#define RP_MAP_23(a0,...) RP_ARG(a0), RP_MAP_22(__VA_ARGS__)
#define RP_MAP_24(a0,...) RP_ARG(a0), RP_MAP_23(__VA_ARGS__)
#define RP_MAP_25(a0,...) RP_ARG(a0), RP_MAP_24(__VA_ARGS__)
#define RP_MAP_26(a0,...) RP_ARG(a0), RP_MAP_25(__VA_ARGS__)
#define RP_MAP_27(a0,...) RP_ARG(a0), RP_MAP_26(__VA_ARGS__)
#define RP_MAP_28(a0,...) RP_ARG(a0), RP_MAP_27(__VA_ARGS__)
#define RP_MAP_29(a0,...) RP_ARG(a0), RP_MAP_28(__VA_ARGS__)
#define RP_MAP_30(a0,...) RP_ARG(a0), RP_MAP_29(__VA_ARGS__)
#define RP_MAP_31(a0,...) RP_ARG(a0), RP_MAP_30(__VA_ARGS__)
#define RP_MAP_32(a0,...) RP_ARG(a0), RP_MAP_31(__VA_ARGS__)
#define RP_MAP(...) \
    RP_NTH(__VA_ARGS__, RP_MAP_32, RP_MAP_31, RP_MAP_30, RP_MAP_29, RP_MAP_28, RP_MAP_27, RP_MAP_26, RP_MAP_25, RP_MAP_24, RP_MAP_23, RP_MAP_22, RP_MAP_21, RP_MAP_20, RP_MAP_19, RP_MAP_18, RP_MAP_17, RP_MAP_16, RP_MAP_15, RP_MAP_14, RP_MAP_13, RP_MAP_12, RP_MAP_11, RP_MAP_10, RP_MAP_9, RP_MAP_8, RP_MAP_7, RP_MAP_6, RP_MAP_5, RP_MAP_4, RP_MAP_3, RP_MAP_2, RP_MAP_1, 0)(__VA_ARGS__)
#define RP_COUNT(...) \
    RP_NTH(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
/* clang-format on */

/* A count and an array of arguments, as two arguments of a call. The array lives to the end of the enclosing block in
 * C, of the full expression in C++. */
#ifdef __cplusplus
#define RP_ARGS(...) RP_COUNT(__VA_ARGS__), std::initializer_list<rp_arg>{RP_MAP(__VA_ARGS__)}.begin()
#else
#define RP_ARGS(...) RP_COUNT(__VA_ARGS__) + RP_SOME_(__VA_ARGS__), (const rp_arg[]){RP_MAP(__VA_ARGS__)}
/* Internal: 0, where there is a first argument. */
#define RP_SOME_(...) RP_SOME_1_(__VA_ARGS__, )
#define RP_SOME_1_(first, ...) \
    0 * sizeof(struct { _Static_assert(sizeof(#first) > 1, "an argument is missing"); char any; })
#endif

/* A list of arguments as one argument: rp_zunion(pipe, RP_LIST("a", "b"), .weights = RP_LIST(1, 2)). Borrowed like an
 * rp_arg. All zero: no list. For an array of one's own: (rp_list_arg){args, n}. */
typedef struct rp_list_arg {
    const rp_arg *args;
    size_t count;
} rp_list_arg;

static inline rp_list_arg rp_list_of_(size_t count, const rp_arg *args)
{
    rp_list_arg list;
    list.count = count;
    list.args = args;
    return list;
}

#define RP_LIST(...) rp_list_of_(RP_ARGS(__VA_ARGS__))

#endif
