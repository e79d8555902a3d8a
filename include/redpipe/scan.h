/* Scanning: all keys of a server, or all members of a set, a hash or a sorted set, a page at a time.
 *
 *   rp_scanner *users = rp_scan_iter(NULL, .match = "user:*", .count = 100);
 *   for (const rp_value *key; (key = rp_scan_next(users));)
 *       puts(rp_str(key));
 *   rp_status status = rp_scan_close(users);
 *
 * A scanner asks for a page when the last one is used up, each in a round trip of its own: so it takes the name of a
 * connection, and no pipeline. What is there from the first page to the last comes at least once; what is added or
 * removed meanwhile may come or not; anything may come twice. For single steps with a cursor see rp_scan, rp_sscan,
 * rp_hscan and rp_zscan, which go into pipelines.
 *
 * Threads: a scanner belongs to one thread at a time. Source: https://redis.io/docs/latest/commands/scan/. */
#ifndef REDPIPE_SCAN_H
#define REDPIPE_SCAN_H

#include <redpipe/argument.h>
#include <redpipe/commands/pick.h>
#include <redpipe/status.h>

RP_BEGIN_DECLS

typedef struct rp_scanner rp_scanner;

/* Options of the four below. The texts are copied. At most one of match and match_bytes, and none that is of another
 * scanner only; else RP_INVALID_OPERATION. */
typedef struct rp_scan_iter_opts {
    const struct rp_named_only *_named_only;
    const char *match;    /* only what this pattern fits: *, ?, [a-c] */
    int64_t count;        /* about how many to look at for a page; 0: the server's default, 10. Not below zero */
    const char *type;     /* rp_scan_iter only: only keys of this type, as TYPE names it */
    rp_bytes match_bytes; /* as match, of any bytes; data NULL: not given */
    bool novalues;        /* rp_hscan_iter only: the items are fields, not pairs; since 7.4.0 and Valkey 8.0 */
    bool noscores;        /* rp_zscan_iter only: the items are members, not pairs; since Valkey 8.0 */
} rp_scan_iter_opts;

/* Each begins to scan; nothing is sent before the first rp_scan_next. name: of the connection, NULL for the default
 * one. key: copied. rp_scan_close it in the end, always. What is wrong with the arguments, rp_scan_next and
 * rp_scan_close tell. NULL without memory, which those two take. Items: of rp_scan_iter keys; of rp_sscan_iter
 * members; of rp_hscan_iter lists [field, value]; of rp_zscan_iter lists [member, float]. */
RP_API rp_scanner *rp_scan_iter_with(const char *name, const rp_scan_iter_opts *opts, size_t opts_size);
RP_API rp_scanner *rp_sscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size);
RP_API rp_scanner *rp_hscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size);
RP_API rp_scanner *rp_zscan_iter_with(const char *name, rp_arg key, const rp_scan_iter_opts *opts, size_t opts_size);
#define rp_scan_iter(...) \
    rp_scan_iter_with(RP_1_(__VA_ARGS__, ), RP_OPTS_(rp_scan_iter_opts, RP_AFTER_1_(__VA_ARGS__, )))
#define rp_sscan_iter(...) \
    rp_sscan_iter_with(RP_PA_(__VA_ARGS__, RP_MISSING_, RP_MISSING_), \
        RP_OPTS_(rp_scan_iter_opts, RP_AFTER_2_(__VA_ARGS__, )))
#define rp_hscan_iter(...) \
    rp_hscan_iter_with(RP_PA_(__VA_ARGS__, RP_MISSING_, RP_MISSING_), \
        RP_OPTS_(rp_scan_iter_opts, RP_AFTER_2_(__VA_ARGS__, )))
#define rp_zscan_iter(...) \
    rp_zscan_iter_with(RP_PA_(__VA_ARGS__, RP_MISSING_, RP_MISSING_), \
        RP_OPTS_(rp_scan_iter_opts, RP_AFTER_2_(__VA_ARGS__, )))

/* The next item, or NULL at the end and after a failure, which rp_scan_close tells apart. It is the scanner's, and
 * lives until the next call with that scanner. */
RP_API const rp_value *rp_scan_next(rp_scanner *scanner);

/* Ends the scan, before its end too, and frees the scanner. RP_OK, or the failure that ended it: as rp_execute
 * returns it, or RP_INVALID_VALUE for an argument; it is then the last error. NULL is RP_NO_MEMORY. */
RP_API rp_status rp_scan_close(rp_scanner *scanner);

RP_END_DECLS

#endif
