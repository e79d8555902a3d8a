/* The operations of BITFIELD and BITFIELD_RO, each in place of an argument, in any number:
 *
 *   rp_bitfield(pipe, "flags", RP_BITFIELD_OVERFLOW("SAT"), RP_BITFIELD_INCRBY("u4", "#2", 1),
 *               RP_BITFIELD_GET("u8", 0));
 *
 * type    "i5": signed, of 5 bits, up to "i64"; "u5": unsigned, up to "u63"
 * offset  where it begins, counted in bits; or in its own widths, where there is a # in front: "#2"
 *
 * They stand for two to four arguments each; a call has up to 32 in all. */
#ifndef REDPIPE_BITFIELD_H
#define REDPIPE_BITFIELD_H

#include <redpipe/argument.h>

/* Reads an integer. Its answer: the integer. */
#define RP_BITFIELD_GET(type, offset) "GET", (type), (offset)

/* Writes an integer. Its answer: the old one. */
#define RP_BITFIELD_SET(type, offset, value) "SET", (type), (offset), (value)

/* Adds to an integer. Its answer: the new one. */
#define RP_BITFIELD_INCRBY(type, offset, by) "INCRBY", (type), (offset), (by)

/* What the operations behind it do with a number that is too great for its type: "WRAP" around, as they do without it;
 * "SAT": take the greatest or the least; "FAIL": do nothing, and answer null. It has no answer of its own. */
#define RP_BITFIELD_OVERFLOW(how) "OVERFLOW", (how)

#endif
