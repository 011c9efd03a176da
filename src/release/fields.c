/* Reads edition, revision, languages, ids and burnt-in subtitles from settled words. Test: tests/unit/release/test_parse.c */
#include "release/fields.h"

#include "release/lexicon.h"

#include <string.h>

static ReleaseSpan span_between(const Scan *scan, int first, int end)
{
  return (ReleaseSpan){scan->tokens[first].start, (uint32_t)(scan->tokens[end - 1].end - scan->tokens[first].start)};
}

static char *raw_text(const Scan *scan, ReleaseSpan span)
{
  return g_strndup(scan->text + span.offset, span.length);
}

void fields_edition(const Scan *scan, const TitlePlace *place, Release *release)
{
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    if (i >= place->first && i < place->end)
      continue;
    int end = edition_end(scan, i, scan->n_tokens);
    if (end == i)
      continue;
    ReleaseSpan span = span_between(scan, i, end);
    g_free(release->edition);
    release->edition = title_text(scan->text, span.offset, span.offset + span.length);
    release->parts[RELEASE_PART_EDITION] = span;
    return;
  }
}

/* The digit at the end of "REPACK2", "v3", "01v4" and "2018v2"; 0 if there is none. */
static int trailing_digit(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  return length > 1 && g_ascii_isdigit(fold[length - 1]) ? fold[length - 1] - '0' : 0;
}

static bool is_versioned_year(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  return scan->tokens[i].kind == TAG_YEAR && length == 6 && fold[4] == 'v';
}

/* "v2" is an issue behind a number ("01v2", "01 v2") or in a bracket of its own; elsewhere it may be of the title. */
static bool version_counts(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  const Token *token = &scan->tokens[i];
  bool boxed = token->bracket && scan->brackets[token->bracket].first == i && scan->brackets[token->bracket].last == i;
  return g_ascii_isdigit(fold[0]) || boxed || (i > 0 && token_number(scan, i - 1) >= 0);
}

void fields_revision(const Scan *scan, Release *release)
{
  QualityRevision revision = {.version = 1};
  for (int i = 0; i < scan->n_tokens; i++) {
    const Token *token = &scan->tokens[i];
    bool year = is_versioned_year(scan, i);
    if (!tag_counts(token) || (token->kind != TAG_REVISION && !year))
      continue;
    int digit = trailing_digit(scan, i);
    RevisionTag tag = year ? REVISION_TAG_VERSION : (RevisionTag)token->value;
    switch (tag) {
    case REVISION_TAG_REAL:
      revision.real += token->letter_case == CASE_SHOUT;
      break;
    case REVISION_TAG_REPACK:
      revision.repack = true;
      /* fallthrough */
    case REVISION_TAG_PROPER:
      revision.version = MAX(revision.version, digit ? digit + 1 : 2);
      break;
    case REVISION_TAG_VERSION:
      if (!year && !version_counts(scan, i))
        continue;
      revision.version = MAX(revision.version, digit);
      break;
    }
    if (!release->parts[RELEASE_PART_REVISION].length)
      release->parts[RELEASE_PART_REVISION] = (ReleaseSpan){token->start, (uint32_t)(token->end - token->start)};
  }
  release->revision = revision;
}

static bool has_language(const GArray *languages, int64_t language)
{
  for (guint i = 0; i < languages->len; i++)
    if (g_array_index(languages, int64_t, i) == language)
      return true;
  return false;
}

static void add_language(Release *release, int64_t language)
{
  if (!has_language(release->languages, language))
    g_array_append_val(release->languages, language);
}

static bool is_soft_subs(const Token *token)
{
  return token->kind == TAG_SUBS && token->value == SUBS_TAG_SOFT && tag_counts(token);
}

/* Whether a language's word tells of the subtitles: "NL Subs" before them, "Sub Ukr/Eng" behind them. `subs_open` is kept from
 * word to word: behind "Sub" with no language of its own, languages are the subtitles' until something else comes. */
static bool language_is_of_subs(const Scan *scan, int i, bool subs_open)
{
  int after = tag_after(scan, i);
  if (after < scan->n_tokens && is_soft_subs(&scan->tokens[after]) && !(scan->tokens[after].gap & ~(unsigned)GAP_LOOSE))
    return true;
  return subs_open;
}

void fields_languages(const Scan *scan, Release *release)
{
  bool subs_open = false, owned = false, dual = false, ml = false;
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    if (!tag_counts(token)) {
      subs_open = owned = false;
      continue;
    }
    if (token->kind == TAG_LANGUAGE) {
      if (token->gap & GAP_CLOSE)
        subs_open = false;
      bool of_subs = language_is_of_subs(scan, i, subs_open);
      owned = of_subs && !subs_open;
      if (of_subs)
        continue;
      if (release->languages->len == 0)
        release->parts[RELEASE_PART_LANGUAGES] = span_between(scan, i, tag_after(scan, i));
      add_language(release, token->value);
      continue;
    }
    subs_open = is_soft_subs(token) && !owned;
    owned = false;
    if (token->kind == TAG_MULTI) {
      dual = dual || token->value == MULTI_TAG_DUAL;
      ml = ml || token->value == MULTI_TAG_ML;
      release->multi = release->multi || token->value == MULTI_TAG_AUDIO;
    }
  }
  bool german = release->languages->len == 1 && g_array_index(release->languages, int64_t, 0) == LANGUAGE_GERMAN;
  if (german && (dual || ml)) { /* German groups: DL is the original beside it, ML English too */
    add_language(release, LANGUAGE_ORIGINAL);
    if (ml)
      add_language(release, LANGUAGE_ENGLISH);
  }
  release->multi = release->multi || release->languages->len > 1;
}

void fields_ids(const Scan *scan, Release *release)
{
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    if (token->kind != TAG_ID)
      continue;
    int end = tag_after(scan, i), last = end - 1;
    if (token->value == ID_TAG_TMDB && release->tmdb_id == 0) {
      release->tmdb_id = token_number(scan, last);
      release->parts[RELEASE_PART_TMDB_ID] = span_between(scan, last, end);
    } else if (token->value == ID_TAG_IMDB && !release->imdb_id) {
      ReleaseSpan span = span_between(scan, last, end);
      g_autofree char *text = raw_text(scan, span);
      release->imdb_id = release_imdb_id(text);
      if (release->imdb_id)
        release->parts[RELEASE_PART_IMDB_ID] = span;
    }
  }
}

void fields_hardcoded_subs(const Scan *scan, Release *release)
{
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    if (token->kind != TAG_SUBS || !tag_counts(token) || (token->value != SUBS_TAG_HARD && token->value != SUBS_TAG_LANGUAGE))
      continue;
    ReleaseSpan span = span_between(scan, i, tag_after(scan, i));
    release->parts[RELEASE_PART_HARDCODED_SUBS] = span;
    release->hardcoded_subs = token->value == SUBS_TAG_LANGUAGE ? raw_text(scan, span) : g_strdup("Generic Hardcoded Subs");
    return;
  }
}

void fields_episode(const Scan *scan, Release *release)
{
  for (int i = 0; i < scan->n_tokens && !release->episode; i++)
    release->episode = scan->tokens[i].kind == TAG_EPISODE && tag_counts(&scan->tokens[i]);
}

bool fields_scene(const Scan *scan, const TitlePlace *place, const Release *release)
{
  if (place->end <= place->first || !release->group || scan->n_tokens < 4)
    return false;
  ReleaseSpan group = release->parts[RELEASE_PART_GROUP];
  if (group.offset + group.length != scan->length || scan->text[group.offset - 1] != '-')
    return false;
  bool tagged = false;
  for (int i = 0; i < scan->n_tokens; i++) {
    if (i > 0 && scan->tokens[i].gap & (GAP_SPACE | GAP_COMMA | GAP_SLASH | GAP_OTHER))
      return false;
    tagged = tagged || (i >= place->end && tag_is_strong(&scan->tokens[i]));
  }
  return tagged;
}
