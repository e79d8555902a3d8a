/* Where keys stand follows from the table; here they are found in one pass over the words for each place that the table
 * names, three at most. A count or a word that does not fit the command yields no keys: the server will refuse it. */
#include "route/keys.h"

#include <string.h>
#include <strings.h>

/* The words from `first` to before `end`, every `step`-th. */
typedef struct range {
    size_t first, end, step;
} range;

static size_t number(const char **at)
{
    size_t n = 0;

    for ((*at)++; **at != '\r'; (*at)++)
        n = n * 10 + (size_t)(**at - '0');
    *at += 2;
    return n;
}

rpi_encoded rpi_encoded_words(const char *command)
{
    rpi_encoded words = {.at = command};

    words.count = number(&words.at);
    return words;
}

rp_bytes rpi_encoded_next(rpi_encoded *words)
{
    size_t len = number(&words->at);
    rp_bytes word = {words->at, len};

    words->at += len + 2;
    return word;
}

const rpi_spec *rpi_spec_of(const char *command)
{
    rpi_encoded words = rpi_encoded_words(command);
    rp_bytes word = rpi_encoded_next(&words);
    const rpi_spec *spec = rpi_spec_find(NULL, word.data, word.len);

    if (!spec || !(spec->flags & RPI_CONTAINER) || words.count < 2)
        return spec;
    word = rpi_encoded_next(&words);
    return rpi_spec_find(spec, word.data, word.len);
}

static bool is_word(rp_bytes word, const char *text)
{
    return word.len == strlen(text) && strncasecmp(word.data, text, word.len) == 0;
}

/* The place of a word, from `first` on; the count of words where it is not there. */
static size_t find_word(rpi_encoded words, size_t first, const char *text)
{
    size_t i = 0;

    for (; i < words.count; i++)
        if (is_word(rpi_encoded_next(&words), text) && i >= first)
            break;
    return i;
}

/* The number that stands at a place; 0 where there is none. */
static size_t count_at(rpi_encoded words, size_t place)
{
    rp_bytes word = {0};
    size_t n = 0;

    for (size_t i = 0; i <= place && i < words.count; i++)
        word = rpi_encoded_next(&words);
    if (place >= words.count || word.len > 9)
        return 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return 0;
        n = n * 10 + (size_t)(word.data[i] - '0');
    }
    return n;
}

static size_t from_either_end(int place, size_t count)
{
    size_t back = (size_t)-place;

    if (place >= 0)
        return (size_t)place;
    return back <= count ? count - back : 0;
}

static range range_of(const rpi_spec *spec, const rpi_keys *keys, rpi_encoded words)
{
    range r = {.step = 1};

    switch ((rpi_keys_kind)keys->kind) {
    case RPI_KEYS_RANGE:
        r.first = from_either_end(keys->first, words.count);
        r.end = from_either_end(keys->last, words.count) + 1;
        r.step = (size_t)keys->step;
        break;
    case RPI_KEYS_COUNTED:
        r.first = (size_t)keys->first + 1;
        r.step = (size_t)keys->step;
        r.end = r.first + count_at(words, (size_t)keys->first) * r.step;
        break;
    case RPI_KEYS_HALF:
        r.first = find_word(words, rpi_spec_options(spec), keys->word) + 1;
        r.end = r.first < words.count ? r.first + (words.count - r.first) / 2 : 0;
        break;
    case RPI_KEYS_ONE:
        r.first = find_word(words, rpi_spec_options(spec), keys->word) + 1;
        r.end = r.first + 1;
        break;
    case RPI_KEYS_REST:
        r.first = find_word(words, rpi_spec_options(spec), keys->word) + 1;
        r.end = words.count;
        break;
    case RPI_KEYS_NONE:
        break;
    }
    return r.end <= words.count ? r : (range){.step = 1};
}

static bool take_range(rpi_encoded words, range r, bool (*take)(void *arg, rp_bytes key), void *arg)
{
    for (size_t i = 0; i < r.end; i++) {
        rp_bytes word = rpi_encoded_next(&words);

        if (i >= r.first && (i - r.first) % r.step == 0 && !take(arg, word))
            return false;
    }
    return true;
}

bool rpi_spec_keys(const rpi_spec *spec, const char *command, bool (*take)(void *arg, rp_bytes key), void *arg)
{
    rpi_encoded words = rpi_encoded_words(command);

    for (size_t i = 0; i < sizeof spec->keys / sizeof *spec->keys; i++)
        if (!take_range(words, range_of(spec, &spec->keys[i], words), take, arg))
            return false;
    return true;
}
