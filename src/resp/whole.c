/* The ..._with functions take whole numbers as int64_t, and a macro's argument may be an unsigned number above that.
 * Then the macro calls rp_too_large_, which notes the number for this thread, and passes INT64_MIN. The function, which
 * comes next, makes an argument of its own type of that, and where its size is asked for, the note is looked at. So a
 * number costs a comparison or two, and the functions stay as bindings know them.
 *
 * Invariant: no note outlives the call that it was made for, since a call that is refused returns a future that never
 * arrives, and making that one forgets the note. */
#include "resp/whole.h"

static _Thread_local uint64_t too_large; /* 0: none */

int64_t rp_too_large_(uint64_t x)
{
    too_large = x;
    return INT64_MIN;
}

uint64_t rpi_too_large(void)
{
    return too_large;
}

void rpi_forget_too_large(void)
{
    too_large = 0;
}
