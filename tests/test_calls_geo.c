/* Notes. Every typed call on places. Two towns of Sicily, 166 km apart; a coordinate that comes back is one that the
 * server has rounded, and coordinates under RESP2 and RESP3 are the same text. */
#include "support/sheet.h"

#define TOWNS(p) rp_geoadd_array(p, "g", RP_LIST("13.361389", "38.115556", "Palermo", 15.087269, 37.502669, "Catania"))
#define TOWNS_WIRE "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
#define PALERMO "[13.36138933897018433, 38.11555639549629859]"
#define CATANIA "[15.08726745843887329, 37.50266842333162032]"

static void places(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, TOWNS(p), TOWNS_WIRE, RP_INT, "2");
    want(s, rp_geoadd(p, "g", 2.5, 48, "Paris"), "GEOADD g 2.5 48 Paris", RP_INT, "1");
    want(s, rp_geoadd(p, "g", 2.5, 48, "Paris", .nx = true), "GEOADD g NX 2.5 48 Paris", RP_INT, "0");
    want(s, rp_geoadd(p, "g", 2.25, 48, "Paris", .xx = true, .ch = true), "GEOADD g XX CH 2.25 48 Paris", RP_INT, "1");
    want(s, rp_geoadd_array(p, "g", RP_LIST(2.25, 48, "Paris", 0, 0, "Null"), .ch = true),
         "GEOADD g CH 2.25 48 Paris 0 0 Null", RP_INT, "1");
    want(s, rp_geopos(p, "g", "Palermo"), "GEOPOS g Palermo", RP_LIST, "[" PALERMO "]");
    want(s, rp_geopos(p, "g", "x", "Catania"), "GEOPOS g x Catania", RP_LIST, "[None, " CATANIA "]");
    want(s, rp_geohash(p, "g", "Palermo"), "GEOHASH g Palermo", RP_LIST, "['sqc8b49rny0']");
    want(s, rp_geohash(p, "g", "x", "Catania"), "GEOHASH g x Catania", RP_LIST, "[None, 'sqdtr74hyu0']");
    want(s, rp_geodist(p, "g", "Palermo", "Catania"), "GEODIST g Palermo Catania", RP_FLOAT, "166274.1516");
    want(s, rp_geodist(p, "g", "Palermo", "Catania", .unit = "km"), "GEODIST g Palermo Catania km", RP_FLOAT,
         "166.2742");
    want(s, rp_geodist(p, "g", "Palermo", "x"), "GEODIST g Palermo x", RP_NULL, "None");
}

static void searches(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, TOWNS(p), TOWNS_WIRE, RP_INT, "2");
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 1), "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m",
         RP_LIST, "['Palermo']");
    want(s, rp_geosearch(p, "g", .longitude = 15, .latitude = 37, .radius = 200, .unit = "km", .sort = "DESC"),
         "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km DESC", RP_LIST, "['Palermo', 'Catania']");
    want(s, rp_geosearch(p, "g", .width = 400.5, .height = 300, .unit = "mi"),
         "GEOSEARCH g FROMLONLAT 0 0 BYBOX 400.5 300 mi", RP_LIST, "[]");
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 200, .unit = "km", .count = 1),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 1", RP_LIST, "['Palermo']");
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 200, .unit = "km", .count = 2, .any = true),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 2 ANY", RP_LIST, NULL);
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 200, .unit = "km", .sort = "ASC", .withdist = true),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ASC WITHDIST", RP_LIST,
         "[['Palermo', 0.0000], ['Catania', 166.2742]]");
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 1, .withhash = true),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m WITHHASH", RP_LIST, "[['Palermo', 3479099956230698]]");
    want(s, rp_geosearch(p, "g", .member = "Palermo", .radius = 1, .withcoord = true),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m WITHCOORD", RP_LIST, "[['Palermo', " PALERMO "]]");
    want(s,
         rp_geosearch(p, "g", .member = "Palermo", .radius = 1, .withcoord = true, .withdist = true, .withhash = true),
         "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m WITHCOORD WITHDIST WITHHASH", RP_LIST,
         "[['Palermo', 0.0000, 3479099956230698, " PALERMO "]]");
    want_error(s, rp_geosearch(p, "g", .member = "x", .radius = 1), "GEOSEARCH g FROMMEMBER x BYRADIUS 1 m",
               "ERR could not decode requested zset member");
}

static void stored_searches(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, TOWNS(p), TOWNS_WIRE, RP_INT, "2");
    want(s, rp_geosearchstore(p, "d", "g", .member = "Palermo", .radius = 1),
         "GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m", RP_INT, "1");
    want(s, rp_geopos(p, "d", "Palermo"), "GEOPOS d Palermo", RP_LIST, "[" PALERMO "]");
    want(s,
         rp_geosearchstore(p, "d", "g", .longitude = 15, .latitude = 37, .width = 400, .height = 400, .unit = "km",
                           .sort = "ASC", .count = 1, .any = true, .storedist = true),
         "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km ASC COUNT 1 ANY STOREDIST", RP_INT, "1");
    want(s,
         rp_geosearchstore(p, "d", "g", .longitude = 15, .latitude = 37, .radius = 60, .unit = "km", .storedist = true),
         "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 60 km STOREDIST", RP_INT, "1");
    want(s, rp_zrange(p, "d", 0, -1), "ZRANGE d 0 -1", RP_LIST, "['Catania']");
    want(s, rp_zcount(p, "d", 56.4, 56.5), "ZCOUNT d 56.4 56.5", RP_INT, "1");
}

static void circles(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, TOWNS(p), TOWNS_WIRE, RP_INT, "2");
    want(s, rp_georadius(p, "g", 15, 37, 100, "km"), "GEORADIUS g 15 37 100 km", RP_LIST, "['Catania']");
    want(s, rp_georadius(p, "g", 15, 37, 200.5, "km", .withdist = true, .sort = "ASC"),
         "GEORADIUS g 15 37 200.5 km WITHDIST ASC", RP_LIST, "[['Catania', 56.4413], ['Palermo', 190.4424]]");
    want(s, rp_georadius(p, "g", 15, 37, 100, "km", .withcoord = true, .withhash = true, .count = 1),
         "GEORADIUS g 15 37 100 km WITHCOORD WITHHASH COUNT 1", RP_LIST,
         "[['Catania', 3479447370796909, " CATANIA "]]");
    want(s, rp_georadius(p, "g", 15, 37, 200, "km", .count = 1, .any = true, .store = "d"),
         "GEORADIUS g 15 37 200 km COUNT 1 ANY STORE d", RP_INT, "1");
    want(s, rp_georadius(p, "g", 15, 37, 200, "km", .store_dist = "d"), "GEORADIUS g 15 37 200 km STOREDIST d", RP_INT,
         "2");
    want(s, rp_georadius_ro(p, "g", 15, 37, 100, "km"), "GEORADIUS_RO g 15 37 100 km", RP_LIST, "['Catania']");
    want(s,
         rp_georadius_ro(p, "g", 15, 37, 200, "km", .withcoord = true, .withdist = true, .withhash = true, .count = 2,
                         .any = true, .sort = "DESC"),
         "GEORADIUS_RO g 15 37 200 km WITHCOORD WITHDIST WITHHASH COUNT 2 ANY DESC", RP_LIST,
         "[['Palermo', 190.4424, 3479099956230698, " PALERMO "], ['Catania', 56.4413, 3479447370796909, " CATANIA "]]");
}

static void circles_around_members(sheet *s)
{
    rp_pipe *p = s->pipe;
    want(s, TOWNS(p), TOWNS_WIRE, RP_INT, "2");
    want(s, rp_georadiusbymember(p, "g", "Palermo", 1, "m"), "GEORADIUSBYMEMBER g Palermo 1 m", RP_LIST, "['Palermo']");
    want(s,
         rp_georadiusbymember(p, "g", "Palermo", 200, "km", .withcoord = true, .withdist = true, .withhash = true,
                              .count = 1, .sort = "DESC"),
         "GEORADIUSBYMEMBER g Palermo 200 km WITHCOORD WITHDIST WITHHASH COUNT 1 DESC", RP_LIST,
         "[['Catania', 166.2742, 3479447370796909, " CATANIA "]]");
    want(s, rp_georadiusbymember(p, "g", "Palermo", 200, "km", .count = 9, .any = true, .store = "d"),
         "GEORADIUSBYMEMBER g Palermo 200 km COUNT 9 ANY STORE d", RP_INT, "2");
    want(s, rp_georadiusbymember(p, "g", "Palermo", 200, "km", .store_dist = "d"),
         "GEORADIUSBYMEMBER g Palermo 200 km STOREDIST d", RP_INT, "2");
    want(s, rp_georadiusbymember_ro(p, "g", "Palermo", 1, "ft"), "GEORADIUSBYMEMBER_RO g Palermo 1 ft", RP_LIST,
         "['Palermo']");
    want(s,
         rp_georadiusbymember_ro(p, "g", "Palermo", 1, "mi", .withcoord = true, .withdist = true, .withhash = true,
                                 .count = 1, .any = true, .sort = "ASC"),
         "GEORADIUSBYMEMBER_RO g Palermo 1 mi WITHCOORD WITHDIST WITHHASH COUNT 1 ANY ASC", RP_LIST,
         "[['Palermo', 0.0000, 3479099956230698, " PALERMO "]]");
}

SHEET_TESTS(places, searches, stored_searches, circles, circles_around_members)

int main(void)
{
    const struct CMUnitTest tests[] = {SHEET_LISTED};
    return cmocka_run_group_tests(tests, sheet_start, sheet_stop);
}
