/* The ..._with functions take whole numbers as int64_t, and a macro's argument may be an unsigned number above that. Then
 * the macro calls rp_too_large_, which notes the number for this thread, and passes INT64_MIN; the function, which comes
 * next, finds the note where it makes an argument of that number. So a number costs one comparison, and the functions stay
 * as bindings know them.
 *
 * Invariant: no note outlives the call that it was made for. Each function makes arguments of its numbers before it looks
 * at its pipeline, or refuses the call, which forgets the note. */
#include "command/whole.h"

static _Thread_local uint64_t too_large; /* 0: none */

int64_t rp_too_large_(uint64_t x)
{
    too_large = x;
    return INT64_MIN;
}

rp_arg rpi_whole_least(void)
{
    rp_arg arg = rp_arg_int(INT64_MIN);

    if (too_large) {
        arg = rp_arg_uint(too_large);
        arg.type = RPI_ARG_TOO_LARGE;
        too_large = 0;
    }
    return arg;
}

void rpi_whole_forget(void)
{
    too_large = 0;
}
