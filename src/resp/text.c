/* By the table of well-formed byte sequences in RFC 3629, section 4: the first byte gives the length, and the bounds of
 * the second. */
#include "resp/text.h"

/* Length of the sequence that starts here, 0 where it is malformed. */
static size_t sequence(const unsigned char *s, size_t left)
{
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

    if (len > left || (len > 1 && (s[1] < low || s[1] > high)))
        return 0;
    for (size_t i = 2; i < len; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return len;
}

bool rpi_is_utf8(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;

    for (size_t i = 0, n; i < len; i += n) {
        n = sequence(s + i, len - i);
        if (n == 0)
            return false;
    }
    return true;
}
