/* Notes. Shapes: what each does to the replies that it is for, of either protocol, and that it leaves all others alone.
 * Replies are written as test_wire.h shows values: L[Sa I1] is a list of a string and an integer, D[Sa=I1] a dict. */
#define _GNU_SOURCE 1
#include "support/memory.h"
#include "test_wire.h"

#include "resp/shape.h"

enum { ROOM = 256 * 1024 };

/* -- replies from what is shown ------------------------------------------------------------------------------------ */

static const char *encode(FILE *out, const char *at);

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Up to a blank, = or ]; \xHH is a byte. */
static const char *read_text(const char *at, char *text, size_t *len)
{
    for (*len = 0; *at && !strchr(" =]", *at); at++) {
        char byte = *at;

        if (byte == '\\') {
            byte = (char)(hex(at[2]) * 16 + hex(at[3]));
            at += 3;
        }
        text[(*len)++] = byte;
    }
    return at;
}

/* The items of an aggregate, behind their count. */
static const char *encode_items(FILE *out, char type, const char *at)
{
    char *items = NULL;
    size_t size, count = 0;
    FILE *inner = open_memstream(&items, &size);

    for (at++; *at != ']'; at += *at == ' ' || *at == '=') {
        at = encode(inner, at);
        count++;
    }
    fclose(inner);
    fprintf(out, "%c%zu\r\n", type, type == '%' ? count / 2 : count);
    fwrite(items, 1, size, out);
    free(items);
    return at + 1;
}

static const char *encode(FILE *out, const char *at)
{
    char text[4096], kind = *at++;
    size_t len;

    if (kind == 'L' || kind == 'Z' || kind == 'D')
        return encode_items(out, kind == 'L' ? '*' : kind == 'Z' ? '~' : '%', at);
    at = read_text(at, text, &len);
    if (kind == 'N')
        fputs("_\r\n", out);
    else if (kind == 'B')
        fprintf(out, "#%c\r\n", *text == '1' ? 't' : 'f');
    else if (kind == 'S')
        fprintf(out, "$%zu\r\n", len);
    else
        putc(kind == 'I' ? ':' : kind == 'F' ? ',' : '-', out);
    if (kind != 'N' && kind != 'B') {
        fwrite(text, 1, len, out);
        fputs("\r\n", out);
    }
    return at;
}

/* The reply that is shown so, parsed. */
static rp_value *reply_of(wire *w, const char *shown)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    const rp_value *v;

    assert_string_equal(encode(out, shown), "");
    fclose(out);
    v = wire_value(w, bytes, size);
    free(bytes);
    return (rp_value *)(uintptr_t)v;
}

static char *dump(const rp_value *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    wire_dump(out, v);
    fclose(out);
    return text;
}

static void check_shape(const char *label, rpi_shape shape, const char *reply, const char *shaped)
{
    wire *w = wire_new(ROOM, NULL);
    rp_value *v = reply_of(w, reply);
    char *shown;

    assert_true(rpi_shape_value(shape, &w->arena, v));
    shown = dump(v);
    if (strcmp(shown, shaped) != 0)
        fail_msg("%s of %s: %s, not %s", label, reply, shown, shaped);
    free(shown);
    wire_free(w);
}

/* -- what each is for ---------------------------------------------------------------------------------------------- */

typedef struct row {
    const char *label;
    rpi_shape shape;
    const char *reply, *shaped; /* NULL: as it came */
} row;

#define ROW(shape, reply, shaped) \
    { \
#shape, RPI_SHAPE_##shape, reply, shaped \
    }

static const row rows[] = {
    ROW(RAW, "L[Sa L[I1 D[Sb=Z[Sc]]]]", NULL),
    ROW(BOOL, "I0", "B0"),
    ROW(BOOL, "I1", "B1"),
    ROW(BOOL, "B1", "B1"),
    ROW(BOOL, "I2", NULL),
    ROW(BOOL, "I-1", NULL),
    ROW(BOOL, "I01", NULL),
    ROW(BOOL, "I+1", NULL),
    ROW(BOOL, "S1", NULL),
    ROW(BOOL, "F1", NULL),
    ROW(BOOLS, "L[I0 I1 I1]", "L[B0 B1 B1]"),
    ROW(BOOLS, "L[B0 B1]", "L[B0 B1]"),
    ROW(BOOLS, "Z[I1 I0]", "L[B1 B0]"),
    ROW(BOOLS, "L[I1 N Ex Sy I7 L[I1]]", "L[B1 N Ex Sy I7 L[I1]]"),
    ROW(BOOLS, "I1", NULL),
    ROW(FLOAT, "S1.5", "F1.5"),
    ROW(FLOAT, "S10", "F10"),
    ROW(FLOAT, "Sinf", "Finf"),
    ROW(FLOAT, "S-inf", "F-inf"),
    ROW(FLOAT, "Snan", "Fnan"),
    ROW(FLOAT, "S1e300", "F1e300"),
    ROW(FLOAT, "F1.5", "F1.5"),
    ROW(FLOAT, "L[S1 N F2 Sx]", "L[F1 N F2 Sx]"),
    ROW(FLOAT, "L[L[S1] S2]", "L[L[S1] F2]"),
    ROW(FLOAT, "S", NULL),
    ROW(FLOAT, "Sx", NULL),
    ROW(FLOAT, "S1x", NULL),
    ROW(FLOAT, "S\\x091", NULL),
    ROW(FLOAT, "S1\\x00", NULL),
    ROW(FLOAT, "I7", NULL),
    ROW(FLOAT, "Z[S1]", NULL),
    ROW(FLOAT, "D[Sa=S1]", NULL),
    ROW(DICT, "L[Sa S1 Sb S2]", "D[Sa=S1 Sb=S2]"),
    ROW(DICT, "D[Sa=S1]", "D[Sa=S1]"),
    ROW(DICT, "L[]", "D[]"),
    ROW(DICT, "D[]", "D[]"),
    ROW(DICT, "L[Sa S1 Sa S2]", "D[Sa=S1 Sa=S2]"),
    ROW(DICT, "L[I1 N L[] Z[]]", "D[I1=N L[]=Z[]]"),
    ROW(DICT, "L[Sa L[Sb S1]]", "D[Sa=L[Sb S1]]"),
    ROW(DICT, "L[Sa S1 Sb]", NULL),
    ROW(DICT, "L[Sa]", NULL),
    ROW(DICT, "Z[Sa S1]", NULL),
    ROW(DICTS, "L[L[Sa S1] L[] L[Sb S2 Sc S3]]", "L[D[Sa=S1] D[] D[Sb=S2 Sc=S3]]"),
    ROW(DICTS, "L[D[Sa=S1] L[Sb S2]]", "L[D[Sa=S1] D[Sb=S2]]"),
    ROW(DICTS, "L[]", "L[]"),
    ROW(DICTS, "L[N I1 L[Sa] Ex Sy]", NULL),
    ROW(DICTS, "D[Sa=L[Sb S1]]", NULL),
    ROW(SET, "L[Sa Sb Sa]", "Z[Sa Sb Sa]"),
    ROW(SET, "Z[Sa]", "Z[Sa]"),
    ROW(SET, "L[]", "Z[]"),
    ROW(SET, "D[Sa=S1]", NULL),
    ROW(PAIRS, "L[Sa S1 Sb S2]", "L[L[Sa S1] L[Sb S2]]"),
    ROW(PAIRS, "L[L[Sa S1] L[Sb S2]]", "L[L[Sa S1] L[Sb S2]]"),
    ROW(PAIRS, "D[Sa=S1 Sb=S2]", "L[L[Sa S1] L[Sb S2]]"),
    ROW(PAIRS, "L[]", "L[]"),
    ROW(PAIRS, "D[]", "L[]"),
    ROW(PAIRS, "L[Sa S1 Sb]", NULL),
    ROW(PAIRS, "L[Sa L[Sb S1]]", NULL),
    ROW(PAIRS, "L[L[Sa] L[Sb S1 S2]]", NULL),
    ROW(PAIRS, "Z[Sa S1]", NULL),
    ROW(PAIRS, "Sa", NULL),
    ROW(SCORED_PAIRS, "L[Sa S1 Sb S2.5]", "L[L[Sa F1] L[Sb F2.5]]"),
    ROW(SCORED_PAIRS, "L[L[Sa F1] L[Sb F2.5]]", "L[L[Sa F1] L[Sb F2.5]]"),
    ROW(SCORED_PAIRS, "L[L[Sa S1]]", "L[L[Sa F1]]"),
    ROW(SCORED_PAIRS, "L[L[Sa S1] L[Sb] N I3]", "L[L[Sa F1] L[Sb] N I3]"),
    ROW(SCORED_PAIRS, "L[S1 S2]", "L[L[S1 F2]]"),
    ROW(SCORED_PAIRS, "L[Sa Sx]", "L[L[Sa Sx]]"),
    ROW(SCORED_PAIRS, "L[N N]", "L[L[N N]]"),
    ROW(SCORED_PAIRS, "L[Sa]", NULL),
    ROW(SCORED_PAIRS, "L[]", "L[]"),
    ROW(LINKS, "L[L[Sa S1 Sb S2.5] L[]]", "L[L[L[Sa F1] L[Sb F2.5]] L[]]"),
    ROW(LINKS, "L[D[Sa=F1] D[]]", "L[L[L[Sa F1]] L[]]"),
    ROW(KEY_MEMBER_SCORE, "L[Sk Sm S1.5]", "L[Sk Sm F1.5]"),
    ROW(KEY_MEMBER_SCORE, "L[Sk Sm F1.5]", "L[Sk Sm F1.5]"),
    ROW(KEY_MEMBER_SCORE, "L[S1 S2 S3 S4]", "L[S1 S2 F3 S4]"),
    ROW(KEY_MEMBER_SCORE, "L[S1 S2]", NULL),
    ROW(KEY_MEMBER_SCORE, "L[]", NULL),
    ROW(KEY_MEMBER_SCORE, "N", NULL),
    ROW(KEY_MEMBER_SCORE, "Z[S1 S2 S3]", NULL),
    ROW(KEY_SCORED_PAIRS, "L[Sk L[L[Sa S1] L[Sb S2]]]", "L[Sk L[L[Sa F1] L[Sb F2]]]"),
    ROW(KEY_SCORED_PAIRS, "L[Sk L[Sa S1]]", "L[Sk L[L[Sa F1]]]"),
    ROW(KEY_SCORED_PAIRS, "L[Sk N]", NULL),
    ROW(KEY_SCORED_PAIRS, "L[Sk]", NULL),
    ROW(RANK_SCORE, "L[I3 S1.5]", "L[I3 F1.5]"),
    ROW(RANK_SCORE, "I3", NULL),
    ROW(RANK_SCORE, "N", NULL),
    ROW(CURSOR_DICT, "L[S0 L[Sa S1]]", "L[S0 D[Sa=S1]]"),
    ROW(CURSOR_DICT, "L[S0 L[]]", "L[S0 D[]]"),
    ROW(CURSOR_DICT, "L[S0 L[Sa]]", NULL),
    ROW(CURSOR_DICT, "L[S0]", NULL),
    ROW(GEO_MEMBERS, "L[Sa Sb]", NULL),
    ROW(GEO_MEMBERS, "L[L[Sa S1.5] L[Sb S2]]", "L[L[Sa F1.5] L[Sb F2]]"),
    ROW(GEO_MEMBERS, "L[L[Sa S1.5 I7 L[S1 S2]]]", "L[L[Sa F1.5 I7 L[F1 F2]]]"),
    ROW(GEO_MEMBERS, "L[L[Sa F1.5 I7 L[F1 F2]]]", NULL),
    ROW(GEO_MEMBERS, "L[L[Sa L[S1 S2]]]", "L[L[Sa L[F1 F2]]]"),
    ROW(GEO_MEMBERS, "I3", NULL),
    ROW(ENTRIES, "L[L[S1-0 L[Sa S1]] L[S2-0 L[]]]", "L[L[S1-0 D[Sa=S1]] L[S2-0 D[]]]"),
    ROW(ENTRIES, "L[L[S1-0 N]]", NULL),
    ROW(ENTRIES, "L[N L[] L[S1-0]]", NULL),
    ROW(STREAMS, "L[L[Sx L[L[S1-0 L[Sa S1]]]] L[Sy L[]]]", "D[Sx=L[L[S1-0 D[Sa=S1]]] Sy=L[]]"),
    ROW(STREAMS, "D[Sx=L[L[S1-0 L[Sa S1]]]]", "D[Sx=L[L[S1-0 D[Sa=S1]]]]"),
    ROW(STREAMS, "L[]", "D[]"),
    ROW(STREAMS, "D[]", "D[]"),
    ROW(STREAMS, "N", NULL),
    ROW(STREAMS, "L[L[Sx L[]] Sy]", NULL),
    ROW(STREAMS, "L[L[Sx] L[Sy L[] L[]]]", NULL),
    ROW(STREAMS, "L[Sx L[]]", NULL),
    ROW(CLAIMED, "L[S0-0 L[L[S1-0 L[Sa S1]]] L[S2-0]]", "L[S0-0 L[L[S1-0 D[Sa=S1]]] L[S2-0]]"),
    ROW(CLAIMED, "L[S0-0 L[N] L[]]", NULL),
    ROW(CLAIMED, "L[S0-0 L[S1-0 S2-0] L[]]", NULL),
    ROW(ACL_USER, "L[Sflags L[Son] Scommands S+@all Sselectors L[L[Skeys S~*]]]",
        "D[Sflags=Z[Son] Scommands=S+@all Sselectors=L[D[Skeys=S~*]]]"),
    ROW(ACL_USER, "D[Sflags=Z[Son] Sselectors=L[D[Skeys=S~*]]]", NULL),
    ROW(ACL_USER, "D[SFlags=L[Son] Sflag=L[Sx] Sflagss=L[Sy]]", NULL),
    ROW(ACL_USER, "L[L[Sflags] L[Son]]", "D[L[Sflags]=L[Son]]"),
    ROW(ACL_USER, "N", NULL),
    ROW(ACL_LOG, "L[L[Scount I1 Sage-seconds S0.5] D[Sage-seconds=F1]]",
        "L[D[Scount=I1 Sage-seconds=F0.5] D[Sage-seconds=F1]]"),
    ROW(COMMAND_INFO,
        "L[L[Sget I2 L[Sreadonly Sfast] I1 I1 I1 L[S@read] L[Stip] L[L[Snotes Sx Sflags L[SRO] "
        "Sbegin_search L[Stype Sindex Sspec L[Sindex I1]]]] L[]] N]",
        "L[L[Sget I2 Z[Sreadonly Sfast] I1 I1 I1 Z[S@read] Z[Stip] L[D[Snotes=Sx Sflags=Z[SRO] "
        "Sbegin_search=D[Stype=Sindex Sspec=D[Sindex=I1]]]] L[]] N]"),
    ROW(COMMAND_INFO, "L[L[Sget I2 L[Sfast]]]", "L[L[Sget I2 Z[Sfast]]]"),
    ROW(COMMAND_DOCS,
        "L[Sget L[Ssummary Sx Shistory L[L[S1 Sa]] Sarguments L[L[Sname Sk Sflags L[Sm]]] Ssubcommands "
        "L[Sa|b L[Shistory L[]]]]]",
        "D[Sget=D[Ssummary=Sx Shistory=Z[L[S1 Sa]] Sarguments=L[D[Sname=Sk Sflags=Z[Sm]]] Ssubcommands=D[Sa|b=D["
        "Shistory=Z[]]]]]"),
    ROW(KEYS_AND_FLAGS, "L[L[Sk L[SRO Saccess]]]", "L[L[Sk Z[SRO Saccess]]]"),
    ROW(LATENCY_HISTOGRAM, "L[Sget L[Scalls I1 Shistogram_usec L[I1 I2]]]",
        "D[Sget=D[Scalls=I1 Shistogram_usec=D[I1=I2]]]"),
    ROW(MEMORY_STATS, "L[Stotal I1 Sfragmentation S1.5 Sdb.0 L[Sx I1] Sdataset.percentage S50]",
        "D[Stotal=I1 Sfragmentation=F1.5 Sdb.0=D[Sx=I1] Sdataset.percentage=F50]"),
    ROW(CLUSTER_SHARDS, "L[L[Sslots L[I1 I2] Snodes L[L[Sid Sx]]]]", "L[D[Sslots=L[I1 I2] Snodes=L[D[Sid=Sx]]]]"),
    ROW(CLUSTER_SLOTS, "L[L[I0 I5 L[Sip I1 Sid L[Shost Sx]] L[Sip I2 Sid L[]]]]",
        "L[L[I0 I5 L[Sip I1 Sid D[Shost=Sx]] L[Sip I2 Sid D[]]]]"),
    ROW(FUNCTION_LIST, "L[L[Slibrary_name Sx Sfunctions L[L[Sname Sf Sflags L[Sno-writes]]]]]",
        "L[D[Slibrary_name=Sx Sfunctions=L[D[Sname=Sf Sflags=Z[Sno-writes]]]]]"),
    ROW(FUNCTION_STATS, "L[Srunning_script N Sengines L[SLUA L[Slibraries_count I1]]]",
        "D[Srunning_script=N Sengines=D[SLUA=D[Slibraries_count=I1]]]"),
    ROW(FUNCTION_STATS, "L[Srunning_script L[Sname Sf Scommand L[Sfcall Sf]]]",
        "D[Srunning_script=D[Sname=Sf Scommand=L[Sfcall Sf]]]"),
    ROW(POSITIONS, "L[L[S1 S2] N L[F3 F4]]", "L[L[F1 F2] N L[F3 F4]]"),
    ROW(STREAM_INFO,
        "L[Slength I1 Sfirst-entry L[S1-0 L[Sa S1]] Slast-entry N Sgroups L[L[Sname Sg Sconsumers L[L["
        "Sname Sc]]]]]",
        "D[Slength=I1 Sfirst-entry=L[S1-0 D[Sa=S1]] Slast-entry=N Sgroups=L[D[Sname=Sg Sconsumers=L[D[Sname=Sc]]]]]"),
    ROW(STREAM_INFO, "L[Slength I1 Sgroups I2]", "D[Slength=I1 Sgroups=I2]"),
    ROW(TRACKING, "L[Sflags L[Soff] Sredirect I-1 Sprefixes L[]]", "D[Sflags=Z[Soff] Sredirect=I-1 Sprefixes=L[]]"),
    ROW(TRACKING, "D[Sflags=Z[Soff] Sprefixes=L[]]", NULL),
};

static void test_what_each_shape_is_for(void **state)
{
    bool seen[RPI_SHAPE_COUNT] = {false};
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_shape(rows[i].label, rows[i].shape, rows[i].reply, rows[i].shaped ? rows[i].shaped : rows[i].reply);
        seen[rows[i].shape] = true;
    }
    for (size_t i = 0; i < RPI_SHAPE_COUNT; i++)
        if (!seen[i] && i != RPI_SHAPE_INFO && i != RPI_SHAPE_CLIENT && i != RPI_SHAPE_CLIENTS)
            fail_msg("shape %zu has no row", i);
}

/* Every shape over replies that none is for. */
static void test_other_replies_stay_as_they_are(void **state)
{
    static const char *const replies[] = {
        "N",     "EERR\\x09no", "E",          "I5",     "I-9223372036854775808", "B0", "F1.5", "Finf", "L[N]",
        "L[Ex]", "L[I7]",       "L[L[L[N]]]", "D[N=N]",
    };
    (void)state;

    for (size_t shape = 0; shape < RPI_SHAPE_COUNT; shape++)
        for (size_t i = 0; i < COUNT(replies); i++) {
            bool set = shape == RPI_SHAPE_SET && *replies[i] == 'L';
            bool pairs = (shape == RPI_SHAPE_PAIRS || shape == RPI_SHAPE_SCORED_PAIRS) && *replies[i] == 'D';
            char shaped[80];

            snprintf(shaped, sizeof shaped, "%s", pairs ? "L[L[N N]]" : replies[i]);
            *shaped = set ? 'Z' : *shaped;
            check_shape("a shape", (rpi_shape)shape, replies[i], shaped);
        }
}

/* -- limits -------------------------------------------------------------------------------------------------------- */

/* A command within a command, so many levels deep. */
static void write_nested_info(FILE *out, int levels)
{
    for (int i = 0; i < levels; i++)
        fputs("L[L[Sx I1 L[Sf] I0 I0 I0 L[] L[] L[] ", out);
    fputs("L[]", out);
    for (int i = 0; i < levels; i++)
        fputs("]]", out);
}

/* A shape that repeats itself goes so deep and no further; what is deeper stays as it came. */
static void test_repeating_has_an_end(void **state)
{
    enum { DEEPEST = 16, LEVELS = 40 };
    wire *w = wire_new(ROOM, NULL);
    const rp_value *v;
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    (void)state;

    write_nested_info(out, LEVELS);
    fclose(out);
    v = reply_of(w, shown);
    assert_true(rpi_shape_value(RPI_SHAPE_COMMAND_INFO, &w->arena, (rp_value *)(uintptr_t)v));
    for (int level = 0; level < LEVELS; level++) {
        const rp_value *info = rp_at(v, 0);

        assert_int_equal(rp_len(info), 10);
        assert_int_equal(rp_kind_of(rp_at(info, 2)), level <= DEEPEST ? RP_SET : RP_LIST);
        v = rp_at(info, 9);
    }
    free(shown);
    wire_free(w);
}

/* Many items: each shape goes over them once. */
static void test_many_items(void **state)
{
    enum { PAIRS = 20000 };
    wire *w = wire_new(ROOM * 4, NULL);
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    rp_value *v;
    (void)state;

    fputs("L[", out);
    for (int i = 0; i < PAIRS; i++)
        fprintf(out, "%sS%d S%d.5", i ? " " : "", i, i);
    fputs("]", out);
    fclose(out);
    v = reply_of(w, shown);
    assert_true(rpi_shape_value(RPI_SHAPE_SCORED_PAIRS, &w->arena, v));
    assert_int_equal(rp_len(v), PAIRS);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_int_equal(rp_int(rp_at(rp_at(v, i), 0)), i);
        assert_int_equal(rp_kind_of(rp_at(rp_at(v, i), 1)), RP_FLOAT);
        assert_true(rp_float(rp_at(rp_at(v, i), 1)) == (double)i + 0.5);
    }
    free(shown);
    wire_free(w);
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

/* Each allocation fails in turn: false, and nothing worse. Headers alone need none. */
static void test_m01_shapes_without_memory(void **state)
{
    (void)state;
    memory_watch();
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool failed = true;

        for (size_t nth = 1; failed; nth++) {
            wire *w = wire_new(ROOM, NULL);
            rp_value *v = reply_of(w, rows[i].reply);
            bool done;
            char *shown;

            memory_fail(nth, true);
            done = rpi_shape_value(rows[i].shape, &w->arena, v);
            failed = memory_failures() > 0;
            memory_fail(0, false);
            assert_int_equal(done, !failed);
            shown = dump(v); /* whatever it is, it can be read */
            if (done)
                assert_string_equal(shown, rows[i].shaped ? rows[i].shaped : rows[i].reply);
            free(shown);
            wire_free(w);
        }
    }
    memory_unwatch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_what_each_shape_is_for),    KIT_TEST(test_other_replies_stay_as_they_are),
        KIT_TEST(test_repeating_has_an_end),      KIT_TEST(test_many_items),
        KIT_TEST(test_m01_shapes_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
