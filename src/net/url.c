/* scheme://[user[:password]@]rest, taken apart in a copy that is cut up in place. Percent codes (RFC 3986, section 2.1)
 * are decoded once, in the user, the password, a socket's path and a zone; a decoded text is never longer than the
 * encoded one. Passwords are often pasted as they are: characters that should have been encoded are taken where they
 * can't be anything else, and refused with that advice where they can.
 * Messages name what is wrong and where, never the text around it: that may be a password. */
#define _DEFAULT_SOURCE
#include "net/url.h"

#include <string.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "resp/number.h"

static rp_status bad(const char *what)
{
    return rpi_fail(RP_INVALID_VALUE,
                    "the url %s; write redis://[[user]:password@]host[:port][/db] or unix:///path?db=0", what);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; false for a broken code, or one that stands for NUL. */
static bool decode(char *text)
{
    char *w = text;

    for (char *r = text; *r; r++, w++) {
        *w = *r;
        if (*r == '%') {
            int high = hex(r[1]), low = high < 0 ? -1 : hex(r[2]);

            if (low < 0 || high + low == 0)
                return false;
            *w = (char)(high * 16 + low);
            r += 2;
        }
    }
    *w = '\0';
    return true;
}

static rp_status set_db(rpi_url *url, const char *text)
{
    int64_t db;

    if (!rpi_parse_int(text, strlen(text), &db) || text[0] == '+' || text[0] == '-' || db > INT32_MAX)
        return bad("has a database that is no number");
    url->db = (int)db;
    return RP_OK;
}

/* Cuts [user][:password]@ off the front; *rest is what follows. */
static rp_status take_user(rpi_url *url, char **rest, char *end)
{
    char *at = NULL;
    char *colon;

    for (char *p = *rest; p < end; p++)
        if (*p == '@')
            at = p;
    if (!at)
        return RP_OK;
    *at = '\0';
    colon = strchr(*rest, ':');
    if (colon) {
        *colon = '\0';
        url->password = colon + 1;
        if (!decode(colon + 1))
            return bad("has a broken percent code in its password");
    }
    if (!decode(*rest))
        return bad("has a broken percent code in its user");
    if (**rest)
        url->user = *rest;
    if (url->user && !url->password)
        return bad("has a user without a password; for a password alone write redis://:password@host");
    *rest = at + 1;
    return RP_OK;
}

static rp_status set_port(rpi_url *url, const char *text)
{
    int64_t port;

    if (!rpi_parse_int(text, strlen(text), &port) || port < 1 || port > 65535 || text[0] == '+')
        return bad("has a port that is no number from 1 to 65535");
    url->port = text;
    return RP_OK;
}

/* Where the path of a unix socket begins; NULL: nowhere. User and password end in front of it with an @; a / in them is
 * taken where there is one such place only. */
static char *find_path(char *rest)
{
    char *slash = strchr(rest, '/');
    char *at = strstr(rest, "@/");

    if (!slash || !at || slash == rest || at == slash - 1 || !memchr(rest, ':', (size_t)(slash - rest)))
        return slash;
    return strstr(at + 1, "@/") ? NULL : at + 1;
}

static rp_status parse_unix(rpi_url *url, char *rest)
{
    struct sockaddr_un address;
    char *slash = find_path(rest);
    char *query = slash ? strchr(slash, '?') : NULL;
    rp_status status;

    if (!slash)
        return strchr(rest, '/') ? bad("has several @/: percent-encode / (%2F) and @ (%40) in the password")
                                 : bad("has no path");
    status = take_user(url, &rest, slash);
    if (status != RP_OK)
        return status;
    if (rest != slash)
        return bad("has a host in front of the path of a unix socket");
    if (query)
        *query = '\0';
    if (!decode(rest))
        return bad("has a broken percent code in its path");
    if (strlen(rest) >= sizeof address.sun_path)
        return rpi_fail(RP_INVALID_VALUE, "the url's path has %zu bytes; a unix socket's may have %zu at most",
                        strlen(rest), sizeof address.sun_path - 1);
    url->path = rest;
    if (!query)
        return RP_OK;
    if (strncmp(query + 1, "db=", 3) != 0)
        return bad("has an unknown query; only ?db=N is known");
    return set_db(url, query + 4);
}

/* An IPv6 address in brackets; *end is behind them. A zone stands behind %25 (RFC 6874), or behind a bare %. */
static rp_status take_address(char *text, char **end)
{
    char *close = strchr(text, ']');
    char *zone;

    if (!close || (close[1] && close[1] != ':'))
        return bad("has an IPv6 address without its closing bracket");
    *close = '\0';
    *end = close + 1;
    zone = strchr(text, '%');
    if (zone && strncmp(zone, "%25", 3) == 0 && zone[3] && !decode(zone))
        return bad("has a broken percent code in the zone of its address");
    return RP_OK;
}

/* host[:port] */
static rp_status parse_place(rpi_url *url, char *rest)
{
    char *host_end = NULL;

    if (*rest == '[') {
        rp_status status = take_address(++rest, &host_end);

        if (status != RP_OK)
            return status;
    } else {
        host_end = strchr(rest, ':');
        if (host_end && strchr(host_end + 1, ':'))
            return bad("has several colons in its host; write an IPv6 address in brackets");
    }
    if (!*rest || rest == host_end)
        return bad("has no host");
    url->host = rest;
    url->port = "6379";
    if (!host_end || !*host_end)
        return RP_OK;
    *host_end = '\0';
    return set_port(url, host_end + 1);
}

static rp_status parse_tcp(rpi_url *url, char *rest)
{
    char *at = strrchr(rest, '@');
    char *query = strchr(rest, '?');
    char *slash;
    rp_status status;

    if (query && at && query < at && memchr(query, '=', (size_t)(at - query)))
        return bad(
            "has ? and = in front of an @: percent-encode ? (%3F) in a password; of a TCP url no query is known");
    if (strchr(at ? at : rest, '?'))
        return bad("has a query; of a TCP url none is known");
    slash = strchr(at ? at : rest, '/');
    status = take_user(url, &rest, slash ? slash : rest + strlen(rest));
    if (slash)
        *slash = '\0';
    if (status == RP_OK && slash && slash[1])
        status = set_db(url, slash + 1);
    return status == RP_OK ? parse_place(url, rest) : status;
}

/* unix:/path, which other libraries take. The path is shown where no part of it can be a password. */
static rp_status no_scheme(const char *text)
{
    char path[RPI_PRINTABLE_SIZE(40)];
    bool plain = !strpbrk(text, "@?") && strlen(text) < 40;

    if (strncmp(text, "unix:/", 6) != 0)
        return bad("has no scheme");
    return rpi_fail(RP_INVALID_VALUE, "the url of a unix socket has three slashes: write unix://%s",
                    plain ? rpi_printable(path, sizeof path, text + 5, strlen(text + 5)) : "/path");
}

static rp_status parse_scheme(rpi_url *url)
{
    static const char *const later[] = {"rediss",          "valkeys",         "redis+cluster",  "rediss+cluster",
                                        "valkey+cluster",  "valkeys+cluster", "redis+sentinel", "rediss+sentinel",
                                        "valkey+sentinel", "valkeys+sentinel"};
    char *rest = strstr(url->text, "://");

    if (!rest)
        return no_scheme(url->text);
    *rest = '\0';
    rest += 3;
    if (strcmp(url->text, "redis") == 0 || strcmp(url->text, "valkey") == 0)
        return parse_tcp(url, rest);
    if (strcmp(url->text, "unix") == 0)
        return parse_unix(url, rest);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(url->text, later[i]) == 0)
            return rpi_fail(RP_INVALID_OPERATION, "%s:// is not available in this version; use redis:// or unix://",
                            later[i]);
    return bad("has an unknown scheme");
}

rp_status rpi_url_parse(rpi_url *url, const char *text)
{
    rp_status status;

    *url = (rpi_url){0};
    if (!text)
        return bad("is a NULL pointer");
    url->text_size = strlen(text);
    url->text = rpi_copy_text(text, url->text_size);
    if (!url->text)
        return rpi_fail(RP_NO_MEMORY, "no memory for the url");
    status = parse_scheme(url);
    if (status != RP_OK)
        rpi_url_free(url);
    return status;
}

void rpi_url_free(rpi_url *url)
{
    if (url->text)
        explicit_bzero(url->text, url->text_size);
    rpi_free(url->text);
    *url = (rpi_url){0};
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool rpi_url_equal(const rpi_url *a, const rpi_url *b)
{
    return same(a->path, b->path) && same(a->host, b->host) && same(a->port, b->port) && same(a->user, b->user) &&
           same(a->password, b->password) && a->db == b->db;
}
