/* Internal: options as pointer and size; a NULL pointer where none is given. See types.h.
 *
 * In C++, options need the designated initializers of C++20, which g++ and clang++ have in C++17 too. They would be
 * warned of there, and of each member that is not given in every version: so this is a header of the system, to C++,
 * and it holds nothing else. Another compiler, or an earlier standard: fill the structure and call the ..._with
 * function. */
#ifndef REDPIPE_OPTIONS_H
#define REDPIPE_OPTIONS_H

#include <stddef.h>

#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC system_header
#define RP_EXTENSION_ __extension__
#else
#define RP_EXTENSION_
#endif
template <class any> inline const any *rp_options_(const any &options) { return &options; }
#define RP_OPTS_(type, ...) \
    (RP_GIVEN_(__VA_ARGS__) ? rp_options_(RP_EXTENSION_ type{__VA_ARGS__}) : nullptr), sizeof(type)
#else
#define RP_OPTS_(type, ...) \
    (RP_GIVEN_(__VA_ARGS__) ? &(const type){__VA_ARGS__ ._named_only = NULL} : NULL), sizeof(type)
#endif

#endif
