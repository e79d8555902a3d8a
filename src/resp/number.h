/* Numbers as text, exactly and whatever the locale. */
#ifndef RPI_RESP_NUMBER_H
#define RPI_RESP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RPI_FEW_DIGITS = 18, /* so many fit 64 bits, whatever they are */
    RPI_INT_TEXT = 21,   /* room for any 64-bit integer and its NUL */
    RPI_FLOAT_TEXT = 32, /* room for any double in shortest form and its NUL */
};

/* All of the text as a decimal integer, sign allowed: false where it is not one or does not fit. */
bool rpi_parse_int(const char *text, size_t len, int64_t *out);

/* All of the text as a decimal floating-point number, or [+-]inf, nan in any case. No hexadecimal, no blanks. Text
 * that is out of range (1e999) does not parse; what is too small becomes 0. */
bool rpi_parse_float(const char *text, size_t len, double *out);

/* Writes without a NUL; returns how many bytes. */
size_t rpi_format_uint(char *to, uint64_t u);
size_t rpi_format_int(char *to, int64_t i);

/* The shortest text that reads back as the same double; "inf", "-inf", "nan". With a NUL; returns the length. */
size_t rpi_format_float(char to[RPI_FLOAT_TEXT], double f);

/* With how many significant digits %g gives that text: 15 at least, but for denormals; 17 at most. */
int rpi_float_digits(double f);

#endif
