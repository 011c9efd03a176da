/* Decides which language a tag or name means and when two mean the same. Codes win over names ("dan" is Danish, not the Dan
 * language), names are looked up as base/fold.h folds them. Test: tests/unit/media/test_language.c */
#include "media/language.h"

#include "base/fold.h"
#include "media/language_table.h"

#include <string.h>

enum { MAX_CODE = 3, MAX_SUGGESTED = 32 };

static const Language *find_code(const char *code, size_t length)
{
  guint32 key = 0;
  if (length < 2 || length > MAX_CODE)
    return NULL;
  for (size_t i = 0; i < 4; i++)
    key = key << 8 | (guint32)(i < length ? (guchar)g_ascii_tolower(code[i]) : 0);
  size_t low = 0, high = language_codes_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (language_codes[middle].key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low < language_codes_count && language_codes[low].key == key ? &language_rows[language_codes[low].row] : NULL;
}

static bool find_name(const char *text, size_t length, LanguageTag *ret_tag)
{
  char name[LANGUAGE_MAX_NAME];
  fold_words(text, length, name, sizeof name);
  size_t low = 0, high = language_names_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(language_pool + language_names[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low >= language_names_count || strcmp(language_pool + language_names[low].name, name) != 0)
    return false;
  ret_tag->language = &language_rows[language_names[low].row];
  memcpy(ret_tag->region, language_names[low].region, sizeof ret_tag->region);
  return true;
}

static size_t subtag_length(const char *text)
{
  size_t length = 0;
  while (g_ascii_isalnum(text[length]))
    length++;
  return length;
}

static const Language *macro_of(const Language *language)
{
  return language->macro == LANGUAGE_NO_MACRO ? NULL : &language_rows[language->macro];
}

static bool all_digits(const char *text, size_t length)
{
  while (length > 0 && g_ascii_isdigit(text[length - 1]))
    length--;
  return length == 0;
}

/* What follows the primary part: extended languages, a script, a region, and then nothing that counts here (RFC 5646, 2.1). */
static void read_subtags(const char *text, LanguageTag *tag)
{
  while (*text == '-' || *text == '_') {
    size_t length = subtag_length(++text);
    const Language *extended = length == MAX_CODE ? find_code(text, length) : NULL;
    if (length == 2 || (length == 3 && all_digits(text, length))) {
      for (size_t i = 0; i < length; i++)
        tag->region[i] = g_ascii_toupper(text[i]);
      return;
    }
    if (length < 3) /* a singleton begins extensions and private use */
      return;
    if (extended && macro_of(extended) == tag->language)
      tag->language = extended;
    text += length;
  }
}

static bool parse_code(const char *text, LanguageTag *ret_tag)
{
  size_t length = subtag_length(text);
  LanguageTag tag = {.language = find_code(text, length)};
  if (!tag.language || (text[length] && !strchr("-_.@", text[length])))
    return false;
  read_subtags(text + length, &tag);
  *ret_tag = tag;
  return true;
}

/* "French (Québec)" is French when the whole is no name. */
static bool parse_name(const char *text, LanguageTag *ret_tag)
{
  const char *parenthesis = strchr(text, '(');
  return find_name(text, strlen(text), ret_tag) ||
         (parenthesis && parenthesis > text && find_name(text, (size_t)(parenthesis - text), ret_tag));
}

bool language_parse(const char *text, LanguageTag *ret_tag)
{
  while (text && g_ascii_isspace(*text))
    text++;
  if (!text || !*text)
    text = "und";
  char trimmed[LANGUAGE_MAX_NAME];
  size_t length = strlen(text);
  while (g_ascii_isspace(text[length - 1]))
    length--;
  if (length >= sizeof trimmed) /* longer than any name, and than any tag that counts */
    return false;
  memcpy(trimmed, text, length);
  trimmed[length] = '\0';
  return parse_code(trimmed, ret_tag) || parse_name(trimmed, ret_tag);
}

static LanguageMatch match_members(const Language *a, const Language *b)
{
  if (a == b)
    return LANGUAGE_EQUAL;
  const Language *member = macro_of(a) == b ? a : macro_of(b) == a ? b : NULL;
  if (!member)
    return LANGUAGE_DIFFERENT;
  return member->is_chief ? LANGUAGE_EQUAL : LANGUAGE_RELATED;
}

LanguageMatch language_match(LanguageTag wanted, LanguageTag have)
{
  LanguageMatch match = match_members(wanted.language, have.language);
  bool regions_differ = wanted.region[0] && have.region[0] && strcmp(wanted.region, have.region) != 0;
  return match == LANGUAGE_EQUAL && regions_differ ? LANGUAGE_RELATED : match;
}

LanguageKind language_kind(const Language *language)
{
  return (LanguageKind)language->kind;
}

const char *language_code(const Language *language)
{
  return language->code;
}

const char *language_short_code(const Language *language)
{
  const Language *macro = *language->two ? language : macro_of(language);
  return macro && *macro->two ? macro->two : NULL;
}

const char *language_name(const Language *language)
{
  return language_pool + language->name;
}

/* Insertions, deletions, replacements and swaps of neighbours between two short texts (the restricted Damerau-Levenshtein
 * distance), counted in bytes, which for folded names of Latin letters are characters. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
  size_t rows[3][MAX_SUGGESTED + 1], *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= b_length; j++)
    last[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    now[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = MIN(replaced, MIN(last[j], now[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = MIN(now[j], before[j - 2] + 1);
    }
    size_t *oldest = before;
    before = last;
    last = now;
    now = oldest;
  }
  return last[b_length];
}

const Language *language_suggest(const char *text)
{
  char typed[MAX_SUGGESTED + 2];
  size_t length = fold_words(text, strlen(text), typed, sizeof typed);
  size_t nearest = length <= 4 ? 1 : 2; /* of four letters, two others are another word */
  const Language *found = NULL;
  if (length < 3 || length > MAX_SUGGESTED)
    return NULL;
  for (size_t i = 0; i < language_names_count; i++) {
    const char *name = language_pool + language_names[i].name;
    size_t name_length = strlen(name);
    if (!language_names[i].is_common || name_length > MAX_SUGGESTED || name_length + nearest < length ||
        length + nearest < name_length)
      continue;
    size_t distance = edit_distance(typed, length, name, name_length);
    if (distance < nearest || (distance == nearest && !found)) {
      nearest = distance;
      found = &language_rows[language_names[i].row];
    }
  }
  return found;
}

bool language_unknown(const char *text)
{
  LanguageTag tag;
  return language_parse(text, &tag) && tag.language->kind == LANGUAGE_UNDETERMINED;
}

bool language_same(const char *a, const char *b)
{
  LanguageTag x, y;
  bool a_known = language_parse(a, &x), b_known = language_parse(b, &y);
  if (a_known || b_known)
    return a_known && b_known && x.language == y.language;
  size_t length = strcspn(a, "-_");
  return length == strcspn(b, "-_") && g_ascii_strncasecmp(a, b, length) == 0;
}

bool language_in(char *const *wanted, const char *text)
{
  LanguageTag want, have;
  bool known = language_parse(text, &have);
  for (; wanted && *wanted; wanted++)
    if (known ? language_parse(*wanted, &want) && language_match(want, have) != LANGUAGE_DIFFERENT : language_same(*wanted, text))
      return true;
  return false;
}

char *language_terminology(const char *text)
{
  LanguageTag tag;
  if (language_parse(text, &tag))
    return g_strdup(language_code(tag.language));
  return g_ascii_strdown(text, (gssize)strcspn(text, "-_"));
}
