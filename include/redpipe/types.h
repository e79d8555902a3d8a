/* The types that every other header needs, and the machinery of keyword arguments.
 *
 * Keyword arguments: rp_set(pipe, "k", "v", .ex = 60) is a macro over a plain function, rp_set_with, which bindings
 * call. The options travel by pointer together with their size, so that a structure can grow without breaking programs
 * that were compiled before: members that a program does not know are zero, and zero always means "the default". Bytes
 * beyond what the library knows must be zero too; otherwise the program asks for something that this library does not
 * have, and the call is refused with RP_INVALID_OPERATION. NULL, 0 stands for no options.
 *
 * Options are members of a structure, which C converts to in silence: .ex = 0.5 is .ex = 0, that is not given, and
 * .ex = UINT64_MAX is -1. gcc and clang warn of both with -Wconversion, -Wsign-conversion, clang of a constant 0.5
 * always. In C++ a constant that does not fit is an error, and so is a variable of another type with clang++, of which
 * g++ warns. Numbers that are no options are safe: a float where a whole number is meant does not compile, and one
 * above INT64_MAX makes the pipeline fail with RP_INVALID_VALUE. */
#ifndef REDPIPE_TYPES_H
#define REDPIPE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <redpipe/options.h>

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

/* First member of every options structure, never set by a program. It is why options need their names: one without, as
 * in rp_set(pipe, "k", "v", 60), would be a pointer of a type that nothing has.
 *   C++: g++ and clang++ refuse it.
 *   C: gcc 14 and clang 15 refuse it; those before warn (-Wint-conversion, -Wincompatible-pointer-types), without being
 *   asked to, and refuse it with -Werror. The program then runs with other options than it says.
 * What they let through: 0 or NULL in that place, and what stands behind it then (gcc warns with -Wextra, clang without
 * it, clang++ with -Wextra, g++ does not); and one without a name behind one that has a name, (.ex = 60, 5), in C and
 * in g++'s C++17 (clang++ warns, g++'s C++20 refuses it). */
#define rp_named_only rp_named_only_and_several_go_to_the_array_form /* as messages of compilers show it */
struct rp_named_only;

/* Internal: pick the leading arguments of a macro call apart from the options behind them. */
#define RP_1_(a, ...) (a)
#define RP_2_(a, b, ...) (a), (b)
#define RP_AFTER_1_(a, ...) __VA_ARGS__
#define RP_AFTER_2_(a, b, ...) __VA_ARGS__
#define RP_AFTER_3_(a, b, c, ...) __VA_ARGS__
#define RP_AFTER_4_(a, b, c, d, ...) __VA_ARGS__

/* Internal: 1, or 0 where nothing is given: each option has a comma behind it, so that one makes two arguments. Up to
 * 31 options. */
#define RP_GIVEN_(...) \
    RP_NTH(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, )

/* Internal: what stands behind 32 arguments. */
#define RP_NTH(_1,_2,_3,_4,_5,_6,_7,_8,_9,_10,_11,_12,_13,_14,_15,_16,_17,_18,_19,_20,_21,_22,_23,_24,_25,_26,_27,_28,_29,_30,_31,_32,n,...) n

#endif
