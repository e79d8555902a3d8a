/* What Python's repr() shows, with one difference: a byte string is shown as text, without the b. Control bytes are
 * escaped, and so is every byte of a string that is not UTF-8. */
#include "resp/text.h"
#include "resp/walk.h"

static void print_text(FILE *out, const char *text, size_t len)
{
    bool utf8 = rpi_is_utf8(text, len);

    putc('\'', out);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        /* C2 80 to C2 9F are the control characters of ISO 8859-1 in UTF-8. */
        bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && utf8 && (unsigned char)text[i + 1] < 0xa0);

        if (c == '\'' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            fprintf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (control && c == 0xc2)
            fprintf(out, "\\x%02x", (unsigned char)text[++i]);
        else if (control || (c >= 0x80 && !utf8))
            fprintf(out, "\\x%02x", c);
        else
            putc(c, out);
    }
    putc('\'', out);
}

static void print_leaf(FILE *out, const rp_value *v)
{
    switch ((rp_kind)v->kind) {
    case RP_BOOL:
        fputs(v->text[0] == '1' ? "True" : "False", out);
        break;
    case RP_INT:
    case RP_FLOAT:
        fwrite(v->text, 1, v->len, out);
        if (v->kind == RP_FLOAT && strspn(v->text, "-0123456789") == v->len)
            fputs(".0", out); /* the server leaves it out */
        break;
    case RP_STRING:
        print_text(out, v->text, v->len);
        break;
    case RP_ERROR:
        fputs("ResponseError(", out);
        print_text(out, v->text, v->len);
        putc(')', out);
        break;
    default:
        fputs("None", out);
        break;
    }
}

/* An empty set is set(), since {} is the empty dict. */
static const char *bracket(const rp_value *v, bool open)
{
    if (v->kind == RP_LIST)
        return open ? "[" : "]";
    if (v->kind == RP_SET && v->len == 0)
        return open ? "set(" : ")";
    return open ? "{" : "}";
}

void rp_print(FILE *out, const rp_value *v)
{
    rpi_walk walk;
    rpi_step step;

    if (!v) {
        fputs("None", out);
        return;
    }
    rpi_walk_start(&walk, v);
    while ((step = rpi_walk_next(&walk, &v)) != RPI_END) {
        const rp_value *parent = step == RPI_LEAVE ? NULL : rpi_walk_parent(&walk, step);
        size_t position = parent ? rpi_walk_position(&walk, step) : 0;

        if (position)
            fputs(parent->kind == RP_DICT && position % 2 ? ": " : ", ", out);
        if (step == RPI_LEAF)
            print_leaf(out, v);
        else
            fputs(bracket(v, step == RPI_ENTER), out);
    }
}
