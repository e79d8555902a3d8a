/* Values and futures: reading what the server sent.
 *
 * A value is a tree: of kind list, set or dict with values inside, or a scalar. A future is a value that has not
 * arrived yet; once it has, nothing tells the two apart. Values are borrowed: they live in the arena of the root
 * pipeline that they came from, until that root is freed or cleared. Strings are not copied out of what was received;
 * each is followed by a NUL.
 *
 * The readers that return a value coerce, as int(x) or str(x) would in Python: "12" reads as 12. Where they cannot,
 * they return 0, false, "" or NULL and set rp_last_error: RP_NOT_READY for a future that has not arrived (whether it
 * still may, rp_status_of tells), RP_SERVER_ERROR for a value of kind RP_ERROR, RP_INVALID_VALUE for anything that does
 * not read as what was asked for, and for NULL. The rp_get_ readers do the same and return the status, leaving *out
 * alone on failure.
 *
 * Threads: reading a value from several threads at once is fine once its pipeline has executed. */
#ifndef REDPIPE_VALUE_H
#define REDPIPE_VALUE_H

#include <stdio.h>

#include <redpipe/argument.h>
#include <redpipe/status.h>

RP_BEGIN_DECLS

/* What a value is. RESP3's types map to these (https://redis.io/docs/latest/develop/reference/protocol-spec/): status,
 * bulk, verbatim and big-number replies are RP_STRING, an attribute is skipped, a push never becomes a value. */
typedef enum rp_kind {
    RP_PENDING, /* not arrived */
    RP_NULL,
    RP_BOOL,
    RP_INT,
    RP_FLOAT,
    RP_STRING,
    RP_LIST,
    RP_SET,
    RP_DICT,  /* pairs, in the order received; a repeated key stands more than once */
    RP_ERROR, /* an error from the server, where the pipeline was made with .collect or the error stood inside a list */
} rp_kind;

/* The kind; RP_PENDING for NULL. */
RP_API rp_kind rp_kind_of(const rp_value *v);

/* Has it arrived? */
RP_API bool rp_ready(const rp_value *v);

/* RP_OK: arrived. RP_SERVER_ERROR: the server answered this command with an error; it has arrived as one with .collect
 * only. RP_NOT_READY: its pipeline has not executed, or forgot it; or, where rp_outcome_of is RP_ANSWERED, this command
 * ran, but another one failed, and the value is withheld. Anything else: why it will never arrive, that is, how the
 * execute failed for this command. Of a future of rp_future_new: how its execute or a callback failed;
 * RP_INVALID_OPERATION:
 * the execute went well, and nobody has set it. */
RP_API rp_status rp_status_of(const rp_value *v);

/* After a failed execute: may the command have run? */
typedef enum rp_outcome {
    RP_QUEUED,   /* not executed yet */
    RP_NOT_SENT, /* no byte of it left, or the server had begun a transaction whose EXEC did not leave: it has not run,
                  * and it is safe to queue it again */
    RP_UNKNOWN,  /* sent, at least in part, and no complete answer: it may have run */
    RP_ANSWERED, /* the server answered, with a value or an error */
} rp_outcome;

/* What is known of a command. A future that rp_future_set filled counts as answered; one of rp_future_new that was
 * never set tells of all commands of its execute together: RP_UNKNOWN where any may have run, else RP_ANSWERED where
 * any was. */
RP_API rp_outcome rp_outcome_of(const rp_future *f);

/* The command that a future is of: a list of strings, its name and arguments as they were queued; before the execute
 * and after it, however that ended. Each call makes a list in the arena of the future's root, where it lives as long as
 * the future. NULL, with rp_last_error set: not the future of a command (RP_INVALID_VALUE), or no memory. See
 * rp_queue_again in command.h. */
RP_API const rp_value *rp_command_of(const rp_future *f);

/* The first word of a server's error ("WRONGTYPE"): of a value of kind RP_ERROR, and of the future of a command that
 * was refused. NULL for any other, and where the error has none. The text lives until the thread's next call
 * of this. */
RP_API const char *rp_error_code(const rp_value *v);

/* As a whole number. Reads RP_INT, RP_BOOL, RP_FLOAT (cut towards zero), and text that is a decimal number in range. */
RP_API int64_t rp_int(const rp_value *v);
RP_API rp_status rp_get_int(const rp_value *v, int64_t *out);

/* As a double. Reads RP_INT, RP_BOOL, RP_FLOAT, and text: decimal, "inf", "-inf", "nan". The locale has no say. */
RP_API double rp_float(const rp_value *v);
RP_API rp_status rp_get_float(const rp_value *v, double *out);

/* Truth, as in Python: false for null, 0, an empty string, list, set or dict; else true. So the string "0", which GET
 * of a counter gives, is true: it is text, and text is true where there is any. Of a number in text ask rp_int(v)
 * != 0. */
RP_API bool rp_bool(const rp_value *v);

/* As text, followed by a NUL: any scalar but null, numbers as the server wrote them, booleans as "1" and "0". rp_str
 * stops short where the string holds a NUL itself; rp_string has the length. Of RP_ERROR, rp_str and rp_string return
 * the server's text and set rp_last_error; rp_get_string refuses it. */
RP_API const char *rp_str(const rp_value *v);
RP_API rp_bytes rp_string(const rp_value *v);
RP_API rp_status rp_get_string(const rp_value *v, rp_bytes *out);

/* Is it null? False, with rp_last_error set, where it has not arrived. */
RP_API bool rp_is_null(const rp_value *v);

/* Bytes of a string, items of a list or set, pairs of a dict. */
RP_API size_t rp_len(const rp_value *v);

/* Item i of a list or set; of a dict, the i-th value, and the i-th key. NULL past the end: loop while i < rp_len(v). */
RP_API const rp_value *rp_at(const rp_value *v, size_t i);
RP_API const rp_value *rp_key_at(const rp_value *v, size_t i);

/* Comparing with anything that RP_ARG takes, ready values included: rp_equal(v, 1), rp_equal(v, "Jack"), rp_equal(v,
 * w).
 * A number compares by value with a number or text that reads as one; text compares byte by byte; lists item by item,
 * sets and dicts in any order: in linear time where the order is the same, else in quadratic. Null equals null only. */
RP_API bool rp_equal_arg(const rp_value *v, rp_arg x);
#define rp_equal(v, x) rp_equal_arg((v), RP_ARG(x))

/* Less than 0, 0, or more than 0, by the same rules; lists of scalars item by item. What has no order (null, nan, sets,
 * dicts, a number and text that does not read as one) is 0 with rp_last_error set to RP_INVALID_VALUE. */
RP_API int rp_compare_arg(const rp_value *v, rp_arg x);
#define rp_compare(v, x) rp_compare_arg((v), RP_ARG(x))

/* Of a dict: the value of the last pair with this key, as in Python. NULL, without an error, where there is none. Takes
 * time linear in the number of pairs. */
RP_API const rp_value *rp_lookup_arg(const rp_value *v, rp_arg key);
#define rp_lookup(v, key) rp_lookup_arg((v), RP_ARG(key))

/* Is x an item of the list or set, a key of the dict, or a part of the string? Linear. */
RP_API bool rp_contains_arg(const rp_value *v, rp_arg x);
#define rp_contains(v, x) rp_contains_arg((v), RP_ARG(x))

/* The value as JSON (RFC 8259), UTF-8, on one line; free() it. NULL, with rp_last_error set: not ready, an error from
 * the server, text that is not UTF-8, a number that JSON does not have (inf, nan), a key that is no scalar, or no
 * memory. */
RP_API char *rp_json(const rp_value *v);

/* Writes what Python's repr() would show: [1, 'a', None]. Of a future that has not arrived: None, as in RedPipe.
 * Control bytes are escaped, so that data cannot drive a terminal. Errors of the stream are left to ferror. */
RP_API void rp_print(FILE *out, const rp_value *v);

/* A future of the program's own, to be filled in a callback: how a function returns something that it works out from
 * several replies. Belongs to the pipeline's root, as every future. Never NULL. */
RP_API rp_future *rp_future_new(rp_pipe *pipe);

/* Fills it with a copy of x: a scalar, text, or a ready value of any pipeline. RP_OK; RP_NOT_READY: x is a future that
 * has not arrived; RP_INVALID_OPERATION: f is not of rp_future_new, or is filled already; RP_NO_MEMORY. */
RP_API rp_status rp_future_set_arg(rp_future *f, rp_arg x);
#define rp_future_set(f, x) rp_future_set_arg((f), RP_ARG(x))

RP_END_DECLS

#endif
