/* Finds a name's title: it begins behind sites and groups and ends at the year or at the first word that no title holds, less the
 * words before that which belong to the tags ("Extended" before "2013"). Test: tests/unit/release/test_parse.c */
#include "release/title.h"

#include "release/language.h"
#include "release/lexicon.h"

typedef enum { BEFORE_YEAR, BEFORE_TAG } Boundary;

typedef struct {
  const Scan *scan;
  bool capitals_tell, all_lower;
  int first;         /* of the title */
  bool year_bracket; /* the year stands in a bracket */
  int year;          /* word, or -1 */
} Finder;

static bool is_noun(const Scan *scan, int i)
{
  return scan->tokens[i].kind == TAG_EDITION_NOUN;
}

/* "15th", "25": before "Anniversary". */
static bool is_ordinal(const Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  size_t digits = 0;
  while (digits < length && g_ascii_isdigit(fold[digits]))
    digits++;
  return digits > 0 && digits <= 3 && (digits == length || (length == digits + 2 && g_ascii_isalpha(fold[digits])));
}

static bool loose_before(const Scan *scan, int i)
{
  return !(scan->tokens[i].gap & ~(unsigned)GAP_LOOSE);
}

int edition_end(const Scan *scan, int i, int end)
{
  int at = i, good = i;
  bool pending = false; /* an adjective waits for its noun */
  while (at < end && (at == i || loose_before(scan, at))) {
    const Token *token = &scan->tokens[at];
    int after = tag_after(scan, at);
    bool anniversary_next = after < end && token_is(scan, after, "anniversary") && loose_before(scan, after);
    if (token->flags & TAG_IS_REJECTED) {
      break;
    } else if (token->kind == TAG_EDITION) {
      bool numbered = token_is(scan, at, "anniversary") && at > i && is_ordinal(scan, at - 1);
      bool alone = token->value == EDITION_TAG_ALONE || numbered ||
                   (token->value == EDITION_TAG_SHORT && token->letter_case == CASE_SHOUT);
      if (!alone && token->value == EDITION_TAG_SHORT)
        break;
      pending = pending || !alone;
      good = alone ? after : good;
    } else if (is_noun(scan, at) && at > i && (pending || good == at)) {
      good = after;
      pending = false;
    } else if (token->kind == TAG_NONE && at == i && anniversary_next && is_ordinal(scan, at)) {
      pending = true;
    } else if (token->kind == TAG_NONE && pending && after < end && is_noun(scan, after) && loose_before(scan, after) &&
               token_is(scan, after, "edition")) {
      /* "Ultimate Rekall Edition": one word between */
    } else {
      break;
    }
    at = after;
  }
  return good;
}

/* Start of the edition that ends right before `end`; `end` if there is none. */
static int edition_start(const Scan *scan, int first, int end)
{
  int start = end, best = end;
  for (int words = 0; start > first + 1 && words < 12; words++) {
    start = tag_head(scan, start - 1);
    if (start <= first)
      break;
    const Token *token = &scan->tokens[start];
    if (token->kind != TAG_EDITION && token->kind != TAG_EDITION_NOUN && token->kind != TAG_NONE)
      break;
    if (edition_end(scan, start, end) == end)
      best = start;
    else if (token->kind == TAG_NONE && best < end)
      break;
  }
  return best;
}

/* Words before a people's name that make it one of the title: "The Good German". */
static bool speaks_of_people(const Scan *scan, int i)
{
  static const char *const words[] = {"the",  "a",    "an",    "my",   "good", "bad", "little", "last", "first",
                                      "big",  "fat",  "young", "old",  "in",   "to",  "of",     "is",   "shes",
                                      "from", "like", "or",    "and",  "your", "his", "her",    "&",    "one",
                                      "some", "our",  "their", "real", "new",  "das", "der",    "die"};
  for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
    if (token_is(scan, i, words[k]))
      return true;
  return false;
}

/* True if a language is named behind the year, so that one before it is of the title. */
static bool language_follows(const Finder *finder)
{
  for (int i = finder->year + 1; i < finder->scan->n_tokens; i++)
    if (finder->scan->tokens[i].kind == TAG_LANGUAGE && finder->scan->tokens[i].end - finder->scan->tokens[i].start > 2)
      return true;
  return false;
}

static bool shouts(const Finder *finder, int i)
{
  return finder->capitals_tell && finder->scan->tokens[i].letter_case == CASE_SHOUT;
}

static bool language_is_tag(const Finder *finder, int i, Boundary boundary)
{
  const Scan *scan = finder->scan;
  const Token *token = &scan->tokens[i];
  bool is_short = token->end - token->start <= 3;
  if (shouts(finder, i))
    return true;
  if (speaks_of_people(scan, i - 1))
    return false;
  if (is_short) {
    bool beside =
        scan->tokens[i - 1].kind == TAG_LANGUAGE || (i + 1 < scan->n_tokens && scan->tokens[i + 1].kind == TAG_LANGUAGE);
    return boundary == BEFORE_TAG && beside && token->end - token->start == 3;
  }
  if (boundary == BEFORE_TAG)
    return true;
  if (token->value == LANGUAGE_GERMAN) /* German groups write it before the year */
    return !finder->year_bracket;
  return !finder->year_bracket && (token->gap & GAP_DOT) && !language_follows(finder);
}

/* True if the weak word i, which stands right before tags or the year, belongs to them and not to the title. */
static bool weak_is_tag(const Finder *finder, int i, Boundary boundary)
{
  const Token *token = &finder->scan->tokens[i];
  bool loud = shouts(finder, i) || (boundary == BEFORE_TAG && finder->all_lower && !(token->flags & TAG_IS_LATE));
  if (token->flags & TAG_IS_REJECTED)
    return false;
  switch (token->kind) {
  case TAG_LANGUAGE:
    return language_is_tag(finder, i, boundary);
  case TAG_PICTURE:
    return token->value == PICTURE_TAG_3D ? !finder->year_bracket : loud && boundary == BEFORE_TAG;
  case TAG_SOURCE:
    return boundary == BEFORE_TAG && (loud || token->bracket);
  case TAG_RESOLUTION:
  case TAG_DISC:
  case TAG_AUDIO:
  case TAG_SERVICE:
  case TAG_CODEC:
    return boundary == BEFORE_TAG && loud;
  case TAG_MULTI:
    return loud || (boundary == BEFORE_TAG && token->value == MULTI_TAG_AUDIO && !(token->flags & TAG_IS_LATE));
  case TAG_SUBS:
    return loud || boundary == BEFORE_TAG;
  case TAG_SCENE:
  case TAG_REVISION:
    if (token->kind == TAG_REVISION && token->value != REVISION_TAG_REAL && boundary == BEFORE_TAG)
      return true;
    return loud;
  default:
    return false;
  }
}

/* Takes words off the title's end that belong to what follows it. Never the first word, and not all but an article. */
static int trim_end(const Finder *finder, int end, Boundary boundary)
{
  const Scan *scan = finder->scan;
  int trimmed = end;
  while (trimmed - 1 > finder->first) {
    int edition = edition_start(scan, finder->first, trimmed);
    if (edition < trimmed) {
      trimmed = edition;
      continue;
    }
    int head = tag_head(scan, trimmed - 1);
    if (head <= finder->first)
      break;
    bool strong = tag_is_strong(&scan->tokens[head]) && scan->tokens[head].kind != TAG_EDITION;
    if (!strong && !weak_is_tag(finder, head, boundary))
      break;
    trimmed = head;
  }
  bool article = trimmed == finder->first + 1 && (token_is(scan, finder->first, "the") || token_is(scan, finder->first, "a") ||
                                                  token_is(scan, finder->first, "an") || token_is(scan, finder->first, "der") ||
                                                  token_is(scan, finder->first, "die") || token_is(scan, finder->first, "das"));
  return article ? end : trimmed;
}

/* True if every word of the bracket is a tag of any strength, and at least one is strong. */
static bool bracket_is_tagged(const Scan *scan, const Bracket *bracket)
{
  bool strong = false;
  for (int i = bracket->first; i <= bracket->last; i++) {
    if (scan->tokens[i].kind == TAG_NONE)
      return false;
    strong = strong || tag_is_strong(&scan->tokens[i]);
  }
  return strong;
}

/* True if words of a title may follow: one that is neither strong nor in a square bracket. */
static bool title_may_follow(const Scan *scan, int from)
{
  for (int i = from; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    if (tag_is_strong(token) || token->kind == TAG_YEAR || (token->bracket && scan->brackets[token->bracket].kind != '('))
      return false;
    if (token->fold_end > token->fold_start)
      return true;
  }
  return false;
}

static bool is_year(const Scan *scan, int i)
{
  return scan->tokens[i].kind == TAG_YEAR;
}

/* Passes by what stands before a title: sites, "[Group]", brackets of tags, tags. Returns the title's first word. */
static int find_first(const Scan *scan, int *ret_lead_bracket)
{
  int i = 0;
  while (i < scan->n_tokens) {
    const Token *token = &scan->tokens[i];
    const Bracket *bracket = token->bracket ? &scan->brackets[token->bracket] : NULL;
    while (bracket && bracket->parent && scan->brackets[bracket->parent].first == i)
      bracket = &scan->brackets[bracket->parent];
    bool opens = bracket && bracket->first == i;
    if (token->kind == TAG_SITE) {
      i = tag_after(scan, i);
      if (opens)
        i = MAX(i, bracket->last + 1);
    } else if (opens && bracket->kind != '(' && bracket_is_tagged(scan, bracket)) {
      i = bracket->last + 1;
    } else if (opens && bracket->kind != '(' && title_may_follow(scan, bracket->last + 1)) {
      if (bracket->first == bracket->last && token->kind == TAG_YEAR) /* "[1995] Movie Name" */
        break;
      *ret_lead_bracket = *ret_lead_bracket ? *ret_lead_bracket : token->bracket;
      i = bracket->last + 1;
    } else if (!opens && tag_is_strong(token) && token->kind != TAG_EDITION && title_may_follow(scan, tag_after(scan, i))) {
      i = tag_after(scan, i);
    } else {
      break;
    }
  }
  return i;
}

/* The first word from `from` on, a head of a phrase, that no title holds. Editions may stand before the year: `editions` says
 * whether they count. */
static int first_strong(const Scan *scan, int from, bool editions)
{
  for (int i = from; i < scan->n_tokens; i = tag_after(scan, i))
    if (tag_is_strong(&scan->tokens[i]) && (editions || scan->tokens[i].kind != TAG_EDITION))
      return i;
  return scan->n_tokens;
}

/* The same for a number at the start: "2012.German.DL.1080p" is the film 2012, "2008 The Incredible Hulk" is one of 2008. */
static bool title_follows_number(const Scan *scan, int number)
{
  for (int i = number + 1; i < scan->n_tokens; i = tag_after(scan, i)) {
    if (scan->tokens[i].kind == TAG_NONE && scan->tokens[i].fold_end > scan->tokens[i].fold_start)
      return title_may_follow(scan, number + 1);
    if (tag_is_strong(&scan->tokens[i]) || is_year(scan, i))
      return false;
  }
  return title_may_follow(scan, number + 1);
}

/* True if only tags stand between two years, so that the second is not the film's. */
static bool only_tags_between(const Scan *scan, int a, int b)
{
  for (int i = a + 1; i < b; i++)
    if (scan->tokens[i].kind == TAG_NONE || scan->tokens[i].kind == TAG_YEAR)
      return false;
  return b > a + 1;
}

/* The film's year: in brackets before all others, else the last one before the first strong tag, else the first behind it. A
 * number that is all there could be of a title is no year. */
static int find_year(const Scan *scan, int first, int strong)
{
  int found = -1;
  for (int i = first; i < strong; i++)
    if (is_year(scan, i) && scan->tokens[i].bracket && (i > first || title_follows_number(scan, i)))
      found = i;
  if (found >= 0)
    return found;
  for (int i = first; i < strong; i++) {
    if (!is_year(scan, i) || (i == first && !title_follows_number(scan, i)))
      continue;
    if (found > first && only_tags_between(scan, found, i))
      continue;
    found = i;
  }
  for (int i = strong; i < scan->n_tokens && found < 0; i++)
    if (is_year(scan, i))
      found = i;
  return found;
}

/* The outermost bracket that word i stands in and that opens behind word `first`; 0 if none. */
static int outer_bracket(const Scan *scan, int i, int first)
{
  int found = 0;
  for (int b = scan->tokens[i].bracket; b; b = scan->brackets[b].parent)
    if (scan->brackets[b].first > first)
      found = b;
  return found;
}

static bool bracket_has_words(const Scan *scan, const Bracket *bracket)
{
  for (int i = bracket->first; i <= bracket->last; i++)
    if (scan->tokens[i].kind == TAG_NONE && scan->tokens[i].fold_end > scan->tokens[i].fold_start)
      return true;
  return false;
}

/* Ends the title before a square bracket inside it, and before a round one at its end; what that holds may be another title. */
static void cut_brackets(const Scan *scan, TitlePlace *place)
{
  for (int i = place->first + 1; i < place->end; i++) {
    int b = scan->tokens[i].bracket;
    const Bracket *bracket = &scan->brackets[b];
    if (!b || bracket->first != i)
      continue;
    bool last = bracket->last >= place->end - 1;
    bool joined =
        i > place->first && (token_is(scan, i - 1, "or") || token_is(scan, i - 1, "of") || token_is(scan, i - 1, "and"));
    if (bracket->kind == '(' && (!last || joined))
      continue;
    if (bracket_has_words(scan, bracket))
      place->other_title = b;
    place->end = i;
    return;
  }
}

static void measure(const Scan *scan, TitlePlace *place)
{
  if (place->end <= place->first) {
    place->start = place->stop = 0;
    return;
  }
  const Token *first = &scan->tokens[place->first], *last = &scan->tokens[place->end - 1];
  place->start = first->start;
  place->stop = last->end;
  for (int b = first->bracket; b; b = scan->brackets[b].parent)
    if (scan->brackets[b].first == place->first && scan->brackets[b].last < place->end - 1)
      place->start = MIN(place->start, scan->brackets[b].start);
  for (int b = last->bracket; b; b = scan->brackets[b].parent)
    if (scan->brackets[b].last == place->end - 1 && scan->brackets[b].first > place->first)
      place->stop = MAX(place->stop, scan->brackets[b].end);
}

void title_find(const Scan *scan, TitlePlace *ret_place)
{
  TitlePlace place = {.year_word = -1};
  place.first = find_first(scan, &place.lead_bracket);
  if (place.first >= scan->n_tokens) {
    *ret_place = (TitlePlace){.year_word = -1, .lead_bracket = place.lead_bracket};
    return;
  }
  bool lower = true;
  for (int i = 0; i < scan->n_tokens; i++)
    lower = lower && (scan->tokens[i].letter_case == CASE_LOWER || scan->tokens[i].letter_case == CASE_NONE);
  int behind = tag_after(scan, place.first);
  int strong = first_strong(scan, behind, true), strong_tag = first_strong(scan, behind, false);
  if (tag_is_strong(&scan->tokens[place.first]) && scan->tokens[place.first].kind != TAG_EDITION)
    strong = strong_tag = place.first;
  int year = find_year(scan, place.first, strong_tag);
  Finder finder = {.scan = scan,
                   .capitals_tell = tag_capitals_tell(scan),
                   .all_lower = lower,
                   .first = place.first,
                   .year_bracket = year >= 0 && scan->tokens[year].bracket,
                   .year = year};
  if (year >= 0) {
    place.year_word = year;
    place.year = scan->tokens[year].value;
  }
  Boundary boundary = BEFORE_TAG;
  if (year == place.first) {
    place.year_leads = true;
    finder.first = place.first = year + 1;
    place.end = year + 1 < scan->n_tokens ? first_strong(scan, tag_after(scan, year + 1), true) : scan->n_tokens;
  } else if (year >= 0 && year < strong_tag) {
    place.end = year;
    boundary = BEFORE_YEAR;
  } else {
    place.end = strong;
  }
  if (place.end < scan->n_tokens) {
    int outer = outer_bracket(scan, place.end, place.first);
    if (outer && scan->brackets[outer].first < place.end)
      place.end = scan->brackets[outer].first;
  }
  if (place.end < scan->n_tokens || boundary == BEFORE_YEAR)
    place.end = trim_end(&finder, place.end, boundary);
  cut_brackets(scan, &place);
  if (place.other_title)
    place.end = trim_end(&finder, place.end, boundary);
  measure(scan, &place);
  *ret_place = place;
}
