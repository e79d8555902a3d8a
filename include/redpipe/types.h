/* The types that every other header needs, and the machinery of keyword arguments.
 *
 * Keyword arguments: rp_set(pipe, "k", "v", .ex = 60) is a macro over a plain function, rp_set_with, which bindings
 * call. The options travel by pointer together with their size, so that a structure can grow without breaking programs
 * that were compiled before: members that a program does not know are zero, and zero always means "the default". Bytes
 * beyond what the library knows must be zero too; otherwise the program asks for something that this library does not
 * have, and the call is refused with RP_INVALID_OPERATION. NULL, 0 stands for no options. */
#ifndef REDPIPE_TYPES_H
#define REDPIPE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RP_API __attribute__((visibility("default")))
#define RP_MUST_CHECK __attribute__((warn_unused_result)) /* its result tells what nothing else tells */
#else
#define RP_API
#define RP_MUST_CHECK
#endif

#ifdef __cplusplus
#define RP_BEGIN_DECLS extern "C" {
#define RP_END_DECLS }
#else
#define RP_BEGIN_DECLS
#define RP_END_DECLS
#endif

/* A pipeline: a queue of commands, root or nested. See pipeline.h. */
typedef struct rp_pipe rp_pipe;

/* A value as the server sent it or as the program built it. See value.h. */
typedef struct rp_value rp_value;

/* A value that may not have arrived yet. The same type: a reader of one reads the other. */
typedef rp_value rp_future;

/* A byte string that somebody else owns. May hold any byte, NUL included; data may be NULL where len is 0. */
typedef struct rp_bytes {
    const char *data;
    size_t len;
} rp_bytes;

/* First member of every options structure, never set by a program: it makes positional options fail to compile. */
struct rp_named_only;

/* Internal: pick the leading arguments of a macro call apart from the options behind them. */
#define RP_1_(a, ...) (a)
#define RP_2_(a, b, ...) (a), (b)
#define RP_AFTER_1_(a, ...) __VA_ARGS__
#define RP_AFTER_2_(a, b, ...) __VA_ARGS__
#define RP_AFTER_3_(a, b, c, ...) __VA_ARGS__
#define RP_AFTER_4_(a, b, c, d, ...) __VA_ARGS__

/* Internal: options as pointer and size; a NULL pointer where none is given. In C++ the keywords need C++20's designated initializers, or fill the
 * structure and call the ..._with function. */
#ifdef __cplusplus
template <class T> inline const T *rp_options_(const T &options) { return &options; }
#define RP_OPTS_(type, ...) (RP_GIVEN_(__VA_ARGS__) ? rp_options_(type{__VA_ARGS__}) : nullptr), sizeof(type)
#else
#define RP_OPTS_(type, ...) \
    (RP_GIVEN_(__VA_ARGS__) ? &(const type){__VA_ARGS__ ._named_only = NULL} : NULL), sizeof(type)
#endif

/* Internal: 1, or 0 where nothing is given: each option has a comma behind it, so that one makes two arguments. Up to 31
 * options. */
#define RP_GIVEN_(...) \
    RP_NTH(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, )

/* Internal: what stands behind 32 arguments. */
#define RP_NTH(_1,_2,_3,_4,_5,_6,_7,_8,_9,_10,_11,_12,_13,_14,_15,_16,_17,_18,_19,_20,_21,_22,_23,_24,_25,_26,_27,_28,_29,_30,_31,_32,n,...) n

#endif
