/* Arguments of commands: any C scalar, string, byte string or ready value.
 *
 * RP_ARG(x) turns an expression into an rp_arg by its type, at compile time: all standard integer types, bool, float,
 * double, char pointers (NUL-terminated text), rp_bytes (any bytes), values and futures that have arrived. Other types
 * do not compile: bytes behind another pointer, of which nobody knows the length, are rp_b(data, length). Text is never
 * interpreted: there are no format strings, and an argument can never become a second command. The bytes are copied
 * when the command is queued, so the caller's buffer is free again at once.
 *
 * A NULL char pointer, a null value, a list, or a future that has not arrived makes the command's pipeline fail. */
#ifndef REDPIPE_ARGUMENT_H
#define REDPIPE_ARGUMENT_H

#include <string.h>

#include <redpipe/types.h>

/* What an rp_arg holds. RP_ARG_STRING with data NULL and a length is the NULL char pointer, which every
 * call refuses. */
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

/* A list of arguments as one argument: rp_zunion(pipe, RP_LIST("a", "b"), .weights = RP_LIST(1, 2)). Borrowed like an
 * rp_arg. All zero: no list. For an array of one's own: (rp_list_arg){args, n}. */
typedef struct rp_list_arg {
    const rp_arg *args;
    size_t count;
} rp_list_arg;

#ifdef __cplusplus
#include <initializer_list>
template <class type> inline rp_arg rp_arg_of_(type *)
{
    static_assert(sizeof(type *) == 0, "rp_use_rp_b_with_a_length");
    return rp_arg();
}
template <int no = 0> inline rp_arg rp_arg_of_(decltype(nullptr))
{
    static_assert(no, "rp_use_rp_b_with_a_length");
    return rp_arg();
}
template <int no = 0> inline rp_arg rp_arg_of_(rp_list_arg)
{
    static_assert(no, "rp_a_list_goes_to_the_array_form");
    return rp_arg();
}
inline rp_arg rp_arg_of_(const char *x) { return rp_arg_str(x); }
inline rp_arg rp_arg_of_(char *x) { return rp_arg_str(x); }
inline rp_arg rp_arg_of_(rp_bytes x) { return rp_arg_bytes(x); }
inline rp_arg rp_arg_of_(bool x) { return rp_arg_int(x); }
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
inline rp_arg rp_arg_of_(rp_value *x) { return rp_arg_value(x); }
inline rp_arg rp_arg_of_(rp_arg x) { return x; }
/* NULL is a number to C++: only its text tells. */
constexpr bool rp_same_text_(const char *a, const char *b)
{
    return *a == *b && (*a == '\0' || rp_same_text_(a + 1, b + 1));
}
template <bool null> struct rp_not_null_ {
    static_assert(!null, "rp_use_rp_b_with_a_length");
    static rp_arg arg(rp_arg x) { return x; }
};
#define RP_ARG(x) rp_not_null_<rp_same_text_(#x, "__null") || rp_same_text_(#x, "NULL")>::arg(rp_arg_of_(x))
#else
/* Internal: functions that nobody has, of what nothing is, so that the compiler's first error shows their names. */
struct rp_use_rp_b_with_a_length { char any; };
struct rp_a_list_goes_to_the_array_form { char any; };
struct rp_a_float_where_a_whole_number_is_meant { char any; };
rp_arg rp_use_rp_b_with_a_length(struct rp_use_rp_b_with_a_length);
rp_arg rp_a_list_goes_to_the_array_form(struct rp_a_list_goes_to_the_array_form);
int64_t rp_a_float_where_a_whole_number_is_meant(struct rp_a_float_where_a_whole_number_is_meant);

#define RP_ARG(x) \
    _Generic((x), \
        char *: rp_arg_str, const char *: rp_arg_str, rp_bytes: rp_arg_bytes, \
        bool: rp_arg_int, signed char: rp_arg_int, short: rp_arg_int, int: rp_arg_int, long: rp_arg_int, \
        long long: rp_arg_int, unsigned char: rp_arg_uint, unsigned short: rp_arg_uint, unsigned: rp_arg_uint, \
        unsigned long: rp_arg_uint, unsigned long long: rp_arg_uint, float: rp_arg_float, double: rp_arg_float, \
        rp_value *: rp_arg_value, const rp_value *: rp_arg_value, rp_arg: rp_arg_self, \
        void *: rp_use_rp_b_with_a_length, const void *: rp_use_rp_b_with_a_length, \
        unsigned char *: rp_use_rp_b_with_a_length, const unsigned char *: rp_use_rp_b_with_a_length, \
        signed char *: rp_use_rp_b_with_a_length, const signed char *: rp_use_rp_b_with_a_length, \
        rp_list_arg: rp_a_list_goes_to_the_array_form)(x)
#endif

/* Internal: a whole number, of any integer type, as an int64_t. One that is too large is noted for the call that it is
 * an argument of, which refuses it with RP_INVALID_VALUE. */
RP_BEGIN_DECLS
RP_API int64_t rp_too_large_(uint64_t x);
RP_END_DECLS

static inline int64_t rp_whole_(int64_t x)
{
    return x;
}

static inline int64_t rp_whole_unsigned_(uint64_t x)
{
    return x <= INT64_MAX ? (int64_t)x : rp_too_large_(x);
}

#ifdef __cplusplus
inline int64_t rp_whole_of_(int x) { return x; }
inline int64_t rp_whole_of_(long x) { return x; }
inline int64_t rp_whole_of_(long long x) { return x; }
inline int64_t rp_whole_of_(unsigned x) { return x; }
inline int64_t rp_whole_of_(unsigned long x) { return rp_whole_unsigned_(x); }
inline int64_t rp_whole_of_(unsigned long long x) { return rp_whole_unsigned_(x); }
template <int no = 0> inline int64_t rp_whole_of_(double)
{
    static_assert(no, "rp_a_float_where_a_whole_number_is_meant");
    return 0;
}
template <int no = 0> inline int64_t rp_whole_of_(long double)
{
    return rp_whole_of_<no>(0.0);
}
#define RP_WHOLE_(x) rp_whole_of_(x)
#else
#define RP_WHOLE_(x) \
    _Generic(+(x), \
        int: rp_whole_, long: rp_whole_, long long: rp_whole_, unsigned: rp_whole_, \
        unsigned long: rp_whole_unsigned_, unsigned long long: rp_whole_unsigned_, \
        float: rp_a_float_where_a_whole_number_is_meant, double: rp_a_float_where_a_whole_number_is_meant, \
        long double: rp_a_float_where_a_whole_number_is_meant)(x)
#endif

/* Internal: RP_ARG over up to 32 expressions, and their count. */
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

/* Internal: what stands behind the 32nd, as text: "" where nothing does. */
#define RP_BEHIND_32_(...) \
    RP_TEXT_(RP_NTH(__VA_ARGS__,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,, ))
#define RP_TEXT_(...) RP_TEXT_1_(__VA_ARGS__)
#define RP_TEXT_1_(...) #__VA_ARGS__
#define RP_FIRST_TEXT_(first, ...) #first

/* A count and an array of arguments, as two arguments of a call. The array lives to the end of the enclosing block in
 * C, of the full expression in C++. */
#ifdef __cplusplus
#define RP_ARGS(...) \
    rp_some_<(sizeof(RP_FIRST_TEXT_(__VA_ARGS__, )) > 1), (sizeof(RP_BEHIND_32_(__VA_ARGS__)) == 1)>::zero + \
        RP_COUNT(__VA_ARGS__), std::initializer_list<rp_arg>{RP_MAP(__VA_ARGS__)}.begin()
template <bool any, bool few> struct rp_some_ {
    static_assert(any, "an argument is missing");
    static_assert(few, "rp_more_than_32_arguments_use_the_array_form");
    enum { zero };
};
#else
#define RP_ARGS(...) RP_SOME_(__VA_ARGS__) + RP_COUNT(__VA_ARGS__), (const rp_arg[]){RP_MAP(__VA_ARGS__)}
/* Internal: 0, where there is a first argument and no 33rd. */
#define RP_SOME_(...) \
    0 * sizeof(struct { \
        _Static_assert(sizeof(RP_FIRST_TEXT_(__VA_ARGS__, )) > 1, "an argument is missing"); \
        _Static_assert(sizeof(RP_BEHIND_32_(__VA_ARGS__)) == 1, "rp_more_than_32_arguments_use_the_array_form"); \
        char any; \
    })
#endif

static inline rp_list_arg rp_list_of_(size_t count, const rp_arg *args)
{
    rp_list_arg list;
    list.count = count;
    list.args = args;
    return list;
}

/* A list where it stands: see rp_list_arg. For more than 32, an array of one's own. */
#define RP_LIST(...) rp_list_of_(RP_ARGS(__VA_ARGS__))

/* Internal: for the ..._array forms of functions that take count and array. */
static inline rp_future *rp_spread_0_(rp_future *(*call)(rp_pipe *, size_t, const rp_arg *), rp_pipe *pipe,
                                      rp_list_arg list)
{
    return call(pipe, list.count, list.args);
}

static inline rp_future *rp_spread_1_(rp_future *(*call)(rp_pipe *, rp_arg, size_t, const rp_arg *), rp_pipe *pipe,
                                      rp_arg a, rp_list_arg list)
{
    return call(pipe, a, list.count, list.args);
}

static inline rp_future *rp_spread_2_(rp_future *(*call)(rp_pipe *, rp_arg, rp_arg, size_t, const rp_arg *),
                                      rp_pipe *pipe, rp_arg a, rp_arg b, rp_list_arg list)
{
    return call(pipe, a, b, list.count, list.args);
}

#endif
