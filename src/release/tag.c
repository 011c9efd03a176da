/* Gives words their meaning: by the lexicon, by their shape (1080p, 1920x804, DDP5.1, S01E02, 1.4GB) and by what stands beside
 * them. Test: tests/unit/release/test_tag.c */
#include "release/tag.h"

#include "release/language.h"
#include "release/lexicon.h"

#include <string.h>

int tag_head(const Scan *scan, int i)
{
  while (i > 0 && (scan->tokens[i].flags & TAG_IS_CONTINUED))
    i--;
  return i;
}

int tag_after(const Scan *scan, int i)
{
  int head = tag_head(scan, i);
  return MAX(i + 1, head + scan->tokens[head].length);
}

/* Takes the phrase that word i is of apart, so that another can take some of its words and none is left behind without a head. */
static void break_phrase(Scan *scan, int i)
{
  int end = tag_after(scan, i);
  for (int k = tag_head(scan, i); k < end; k++) {
    Token *token = &scan->tokens[k];
    token->kind = TAG_NONE;
    token->flags = token->length = 0;
    token->value = 0;
  }
}

static void mark(Scan *scan, int first, int n, TagKind kind, unsigned flags, int value)
{
  break_phrase(scan, first);
  break_phrase(scan, first + n - 1);
  for (int i = first; i < first + n; i++) {
    Token *token = &scan->tokens[i];
    token->kind = (uint8_t)kind;
    token->flags = (uint8_t)(flags | (n > 1 ? TAG_IS_PHRASE : 0) | (i > first ? TAG_IS_CONTINUED : 0));
    token->value = value;
    token->length = (uint8_t)(i == first ? n : 0);
  }
}

/* Lines of the picture that a name's number stands for; 0 if it stands for none. Sizes between those that qualities know count as
 * the next smaller one, save the wide ones of 960 and 1440 lines. */
static int lines_of(int number)
{
  static const struct {
    int number, lines;
  } sizes[] = {{240, 480}, {288, 480}, {352, 480},   {360, 480},   {480, 480},   {540, 480},   {544, 480},  {576, 576},
               {720, 720}, {960, 720}, {1024, 1080}, {1080, 1080}, {1440, 1080}, {2160, 2160}, {4320, 2160}};
  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
    if (sizes[i].number == number)
      return sizes[i].lines;
  return 0;
}

/* Lines for a picture of this size in pixels: films are cut at top and bottom, so the width counts as 16:9 too. */
static int lines_of_frame(int width, int height)
{
  int lines = MAX(height, width * 9 / 16);
  return lines > 1440 ? 2160 : lines > 900 ? 1080 : lines > 620 ? 720 : height == 576 ? 576 : 480;
}

/* Digits at the start of `text`: their value in *ret_number and their count. */
static size_t read_digits(const char *text, size_t length, int *ret_number)
{
  size_t n = 0;
  int number = 0;
  for (; n < length && n < 9 && g_ascii_isdigit(text[n]); n++)
    number = number * 10 + (text[n] - '0');
  *ret_number = number;
  return n;
}

/* "1080p", "1080i", "2160p60"; *ret_length is how many bytes it takes. */
static int read_resolution(const char *text, size_t length, size_t *ret_length)
{
  int number, rate;
  size_t digits = read_digits(text, length, &number);
  if (digits < 3 || digits > 4 || digits == length || (text[digits] != 'p' && text[digits] != 'i'))
    return 0;
  size_t used = digits + 1, more = read_digits(text + used, length - used, &rate);
  *ret_length = used + (more == 2 ? 2 : 0);
  return lines_of(number);
}

/* Cuts word i before byte `at` of its folded form, which must be ASCII letters and digits as long as the word itself. */
static void split_word(Scan *scan, int i, size_t at)
{
  if (scan->n_tokens == SCAN_MAX_TOKENS)
    return;
  Token *token = &scan->tokens[i];
  memmove(token + 1, token, (size_t)(scan->n_tokens - i) * sizeof *token);
  scan->n_tokens++;
  token[0].end = token[1].start = (uint16_t)(token->start + at);
  token[0].fold_end = token[1].fold_start = (uint16_t)(token->fold_start + at);
  token[1].gap = 0;
  for (int b = 1; b <= scan->n_brackets; b++) {
    Bracket *bracket = &scan->brackets[b];
    if (bracket->first > i)
      bracket->first++;
    if (bracket->last >= i)
      bracket->last++;
  }
}

/* "BD1080p", "1080pWEB", "TC1080P": a resolution grown together with another word of the trade. */
static void split_glued(Scan *scan, int i)
{
  size_t length, used;
  const char *fold = token_fold(scan, i, &length);
  if (length < 6 || length != (size_t)(scan->tokens[i].end - scan->tokens[i].start))
    return;
  if (g_ascii_isdigit(fold[0])) {
    if (read_resolution(fold, length, &used) && used < length && lexicon_word(fold + used, length - used))
      split_word(scan, i, used);
    return;
  }
  size_t digits = length - 1;
  if (fold[digits] != 'p' && fold[digits] != 'i')
    return;
  while (digits > 0 && g_ascii_isdigit(fold[digits - 1]))
    digits--;
  digits = MAX(digits, length - 5); /* "x2642160p": four digits at most */
  if (digits > 0 && read_resolution(fold + digits, length - digits, &used) && lexicon_word(fold, digits))
    split_word(scan, i, digits);
}

static bool ends_with(const char *text, size_t length, const char *end, size_t *ret_rest)
{
  size_t n = strlen(end);
  if (length <= n || memcmp(text + length - n, end, n) != 0)
    return false;
  *ret_rest = length - n;
  return true;
}

/* "DDP5", "FLACx2", "AC3": the word before the number is one for sound. */
static bool is_audio_with_number(const char *fold, size_t length, bool *ret_number)
{
  size_t stem = length;
  while (stem > 0 && g_ascii_isdigit(fold[stem - 1]))
    stem--;
  *ret_number = stem < length;
  if (stem == length || length - stem > 2)
    return false;
  const Word *word = lexicon_word(fold, stem);
  if (!word && stem > 1 && fold[stem - 1] == 'x')
    word = lexicon_word(fold, stem - 1);
  return word && word->kind == TAG_AUDIO;
}

/* "S01", "S01E02", "S01D03", "1x02"; "s1" alone is not one. */
static bool is_episode(const Scan *scan, int i, const char *fold, size_t length)
{
  int season, episode;
  if (fold[0] == 's') {
    size_t digits = read_digits(fold + 1, length - 1, &season);
    if (digits == 0 || digits > 4)
      return false;
    if (1 + digits == length) {
      if (digits == 2)
        return true;
      size_t next_length = 0;
      const char *next = i + 1 < scan->n_tokens ? token_fold(scan, i + 1, &next_length) : "";
      return digits == 1 && next_length == 3 && (next[0] == 'd' || next[0] == 'e') && g_ascii_isdigit(next[1]);
    }
    char mark = fold[1 + digits];
    return (mark == 'e' || mark == 'd') && 2 + digits < length && g_ascii_isdigit(fold[2 + digits]);
  }
  size_t digits = read_digits(fold, length, &season);
  if (digits == 0 || digits > 2 || digits + 3 > length || fold[digits] != 'x')
    return false;
  size_t more = read_digits(fold + digits + 1, length - digits - 1, &episode);
  return more >= 2 && more <= 3 && digits + 1 + more == length;
}

static bool is_checksum(const Scan *scan, int i, const char *fold, size_t length)
{
  const Token *token = &scan->tokens[i];
  if (length != 8 || !token->bracket || scan->brackets[token->bracket].first != i || scan->brackets[token->bracket].last != i)
    return false;
  for (size_t k = 0; k < length; k++)
    if (!g_ascii_isxdigit(fold[k]))
      return false;
  return true;
}

/* "999MB", "4GB", "640kbps", and the units alone. */
static bool is_size(const char *fold, size_t length, bool *ret_unit_only)
{
  static const char *const units[] = {"mb",  "gb",  "tb", "mib",   "gib",    "kbps", "mbps",
                                      "kbs", "fps", "ch", "audio", "audios", "ac3"};
  int number;
  size_t digits = read_digits(fold, length, &number);
  *ret_unit_only = digits == 0;
  for (size_t u = 0; u < G_N_ELEMENTS(units); u++)
    if (strlen(units[u]) == length - digits && memcmp(units[u], fold + digits, length - digits) == 0)
      return digits > 0 || u < 8;
  return false;
}

/* Languages grown together with what is said of them: "HebDubbed", "KORSUB", "NLsubs", "ENSub". */
static bool tag_glued_language(Scan *scan, int i, const char *fold, size_t length)
{
  static const char *const subs[] = {"subs", "sub", "subbed", "subtitle"};
  static const char *const dubs[] = {"dubbed", "dub", "audio", "dublado"};
  size_t rest;
  for (size_t k = 0; k < G_N_ELEMENTS(subs); k++)
    if (ends_with(fold, length, subs[k], &rest)) {
      const Word *word = lexicon_word(fold, rest);
      if (word && word->kind == TAG_LANGUAGE) {
        mark(scan, i, 1, TAG_SUBS, 0, SUBS_TAG_LANGUAGE);
        return true;
      }
    }
  for (size_t k = 0; k < G_N_ELEMENTS(dubs); k++)
    if (ends_with(fold, length, dubs[k], &rest)) {
      const Word *word = lexicon_word(fold, rest);
      if (word && word->kind == TAG_LANGUAGE) {
        mark(scan, i, 1, TAG_LANGUAGE, 0, word->value);
        return true;
      }
    }
  return false;
}

/* Years, also "2018v2" and the Russian "2006г". */
static bool tag_year(Scan *scan, int i, const char *fold, size_t length)
{
  int year;
  if (read_digits(fold, length, &year) != 4 || year < 1870 || year > scan->last_year)
    return false;
  static const char russian[] = "\xD0\xB3";
  bool plain = length == 4, version = length == 6 && fold[4] == 'v' && g_ascii_isdigit(fold[5]);
  if (!plain && !version && !(length == 6 && memcmp(fold + 4, russian, 2) == 0))
    return false;
  mark(scan, i, 1, TAG_YEAR, TAG_IS_WEAK, year);
  return true;
}

/* Words that begin with a digit. */
static bool tag_number_word(Scan *scan, int i, const char *fold, size_t length)
{
  size_t used;
  int number, second;
  if (tag_year(scan, i, fold, length))
    return true;
  int lines = read_resolution(fold, length, &used);
  if (lines && used == length) {
    mark(scan, i, 1, TAG_RESOLUTION, 0, lines);
    return true;
  }
  size_t digits = read_digits(fold, length, &number);
  if (digits >= 3 && digits <= 4 && digits < length && fold[digits] == 'x') {
    size_t more = read_digits(fold + digits + 1, length - digits - 1, &second);
    if (more >= 3 && more <= 4 && digits + 1 + more == length) {
      mark(scan, i, 1, TAG_RESOLUTION, 0, lines_of_frame(number, second));
      return true;
    }
  }
  if (digits == 1 && length > 4) { /* 2DVD5, 3xDVD9 */
    size_t skip = fold[1] == 'x' ? 2 : 1;
    const Word *word = lexicon_word(fold + skip, length - skip);
    if (word && word->kind == TAG_SOURCE && word->value == SOURCE_TAG_DVD_R) {
      mark(scan, i, 1, TAG_SOURCE, 0, SOURCE_TAG_DVD_R);
      return true;
    }
  }
  if (digits <= 3 && length == digits + 2 && fold[digits] == 'v' && g_ascii_isdigit(fold[digits + 1])) { /* 01v2 */
    mark(scan, i, 1, TAG_REVISION, TAG_IS_WEAK, REVISION_TAG_VERSION);
    return true;
  }
  return false;
}

/* Words with digits behind letters. */
static bool tag_lettered_word(Scan *scan, int i, const char *fold, size_t length)
{
  bool number;
  int id;
  if (is_audio_with_number(fold, length, &number)) {
    int n = 1;
    if (i + 1 < scan->n_tokens && !(scan->tokens[i + 1].gap & ~(unsigned)GAP_LOOSE)) {
      int low = token_number(scan, i + 1);
      n = low >= 0 && low <= 2 && scan->tokens[i + 1].fold_end - scan->tokens[i + 1].fold_start == 1 ? 2 : 1;
    }
    mark(scan, i, n, TAG_AUDIO, 0, 0);
    return true;
  }
  if (length == 2 && fold[0] == 'v' && fold[1] >= '2' && fold[1] <= '9') {
    mark(scan, i, 1, TAG_REVISION, TAG_IS_WEAK, REVISION_TAG_VERSION);
    return true;
  }
  if (length > 4 && g_ascii_isdigit(fold[length - 1])) {
    const Word *word = lexicon_word(fold, length - 1);
    if (word && word->kind == TAG_REVISION && word->value != REVISION_TAG_REAL) {
      mark(scan, i, 1, TAG_REVISION, word->flags, word->value);
      return true;
    }
  }
  if (length >= 9 && length <= 11 && fold[0] == 't' && fold[1] == 't' && read_digits(fold + 2, length - 2, &id) == length - 2) {
    mark(scan, i, 1, TAG_ID, 0, ID_TAG_IMDB);
    return true;
  }
  return false;
}

/* "tmdb-123", "tmdbid=123", "imdbid-tt…". */
static bool tag_id(Scan *scan, int i)
{
  if (i + 1 >= scan->n_tokens || (scan->tokens[i + 1].gap & (GAP_BRACKET | GAP_SPACE)))
    return false;
  if (token_is(scan, i, "tmdb") || token_is(scan, i, "tmdbid")) {
    if (token_number(scan, i + 1) <= 0)
      return false;
    mark(scan, i, 2, TAG_ID, 0, ID_TAG_TMDB);
    return true;
  }
  if (token_is(scan, i, "imdb") || token_is(scan, i, "imdbid")) {
    size_t length;
    const char *fold = token_fold(scan, i + 1, &length);
    if (length < 9 || fold[0] != 't' || fold[1] != 't')
      return false;
    mark(scan, i, 2, TAG_ID, 0, ID_TAG_IMDB);
    return true;
  }
  return false;
}

static bool is_digit_word(const Scan *scan, int i, char low, char high)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  return length == 1 && fold[0] >= low && fold[0] <= high;
}

/* "5.1" and "5 1": behind a word for sound with any loose gap, elsewhere with a dot only. */
static bool tag_channels(Scan *scan, int i)
{
  if (i + 1 >= scan->n_tokens || !is_digit_word(scan, i, '1', '9') || !is_digit_word(scan, i + 1, '0', '2'))
    return false;
  unsigned gap = scan->tokens[i + 1].gap;
  bool after_audio = i > 0 && scan->tokens[i - 1].kind == TAG_AUDIO && !(scan->tokens[i].gap & GAP_BRACKET);
  if (gap & ~(unsigned)GAP_LOOSE || (!after_audio && gap != GAP_DOT))
    return false;
  mark(scan, i, 2, TAG_CHANNELS, after_audio ? 0 : TAG_IS_WEAK | TAG_IS_LATE, 0);
  return true;
}

static void tag_word(Scan *scan, int i)
{
  size_t length;
  const char *fold = token_fold(scan, i, &length);
  if (length == 0)
    return;
  int n = 1;
  const Word *word = lexicon_longest(scan, i, &n);
  if (word) {
    unsigned flags = word->flags;
    if (word->kind == TAG_LANGUAGE && n == 1 && length > 3 && !(flags & TAG_IS_SHOUTED))
      flags &= ~(unsigned)TAG_IS_LATE;
    mark(scan, i, n, word->kind, flags, word->value);
    return;
  }
  bool unit_only;
  if (tag_id(scan, i) || tag_channels(scan, i))
    return;
  if (is_checksum(scan, i, fold, length)) {
    mark(scan, i, 1, TAG_CHECKSUM, 0, 0);
  } else if (is_episode(scan, i, fold, length)) {
    mark(scan, i, 1, TAG_EPISODE, 0, 0);
  } else if (g_ascii_isdigit(fold[0]) ? tag_number_word(scan, i, fold, length) : tag_lettered_word(scan, i, fold, length)) {
    return;
  } else if (is_size(fold, length, &unit_only)) {
    bool number_before = i > 0 && token_number(scan, i - 1) >= 0 && !(scan->tokens[i].gap & GAP_BRACKET);
    if (unit_only && !number_before)
      return;
    bool fraction = !unit_only && number_before && scan->tokens[i].gap == GAP_DOT && scan->tokens[i - 1].kind == TAG_NONE;
    if (unit_only || fraction)
      mark(scan, i - 1, 2, TAG_SIZE, 0, 0);
    else
      mark(scan, i, 1, TAG_SIZE, 0, 0);
  } else {
    tag_glued_language(scan, i, fold, length);
  }
}

static bool is_domain_end(const Scan *scan, int i, bool any)
{
  static const char *const certain[] = {"com", "net", "org", "info", "ru", "io", "cc", "to", "me", "tv", "se", "nl", "de", "lt"};
  static const char *const possible[] = {"au",  "nz",  "uk",   "co",   "fr",    "it",   "es",  "pl",     "eu",  "biz",
                                         "xyz", "vip", "link", "phd",  "world", "lat",  "cam", "tel",    "ms",  "rodeo",
                                         "cz",  "gov", "nu",   "club", "site",  "pro",  "ws",  "gratis", "art", "app",
                                         "fun", "bz",  "mx",   "am",   "ag",    "life", "top"};
  for (size_t k = 0; k < G_N_ELEMENTS(certain); k++)
    if (token_is(scan, i, certain[k]))
      return true;
  for (size_t k = 0; any && k < G_N_ELEMENTS(possible); k++)
    if (token_is(scan, i, possible[k]))
      return true;
  return false;
}

/* From word i on, the words of one address "host.name.com"; 0 if it is none. `spaced`: the dots became spaces. */
static int site_length(const Scan *scan, int i, bool known, bool spaced)
{
  int end = 0;
  for (int n = 1; n <= 5 && i + n < scan->n_tokens; n++) {
    unsigned gap = scan->tokens[i + n].gap;
    if (gap != GAP_DOT && gap != GAP_HYPHEN && !(spaced && gap == GAP_SPACE))
      break;
    if (gap != GAP_HYPHEN && is_domain_end(scan, i + n, known))
      end = n + 1;
    else if (end)
      break;
  }
  return end;
}

/* Addresses: "www.…" anywhere, "[host.com]", "host.com - " at the start, ".host.com" at the end. */
static void tag_sites(Scan *scan)
{
  for (int i = 0; i < scan->n_tokens; i++) {
    const Token *token = &scan->tokens[i];
    bool www = token_is(scan, i, "www");
    if (www) {
      bool spaced = i + 1 < scan->n_tokens && scan->tokens[i + 1].gap == GAP_SPACE;
      int n = site_length(scan, i, true, spaced);
      mark(scan, i, n > 0 ? n : MIN(3, scan->n_tokens - i), TAG_SITE, 0, 0);
      continue;
    }
    if (token->kind == TAG_GROUP || token->kind == TAG_SITE || (token->flags & TAG_IS_CONTINUED))
      continue;
    bool opens = token->bracket && scan->brackets[token->bracket].first == i;
    if (!opens && i > 0 && i + 2 != scan->n_tokens)
      continue;
    int n = site_length(scan, i, opens, false);
    if (n == 0)
      continue;
    int after = i + n;
    bool at_end = after == scan->n_tokens;
    unsigned gap = at_end ? 0 : scan->tokens[after].gap;
    bool whole_bracket = opens && scan->brackets[token->bracket].last == after - 1;
    bool leads = i == 0 && !opens && (gap & GAP_SPACE) && (gap & GAP_HYPHEN);
    bool trails = at_end && i > 1 &&
                  (token_is(scan, after - 1, "com") || token_is(scan, after - 1, "net") || token_is(scan, after - 1, "org"));
    if (whole_bracket || leads || trails)
      mark(scan, i, n, TAG_SITE, 0, 0);
  }
  for (int i = 1; i < scan->n_tokens; i++) /* an address at the end of a bracket with other words */
    if (scan->tokens[i].bracket && scan->brackets[scan->tokens[i].bracket].last == i && scan->tokens[i].gap == GAP_DOT &&
        scan->tokens[i].kind == TAG_NONE && scan->tokens[i - 1].kind == TAG_NONE &&
        (token_is(scan, i, "com") || token_is(scan, i, "net") || token_is(scan, i, "org")))
      mark(scan, i - 1, 2, TAG_SITE, TAG_IS_WEAK, 0);
}

void tag_words(Scan *scan)
{
  for (int i = 0; i < scan->n_tokens; i++)
    split_glued(scan, i);
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i))
    tag_word(scan, i);
  tag_sites(scan);
}

bool tag_capitals_tell(const Scan *scan)
{
  bool lower = false, upper = false;
  for (int i = 0; i < scan->n_tokens; i++) {
    WordCase letter_case = scan->tokens[i].letter_case;
    lower = lower || letter_case == CASE_LOWER || letter_case == CASE_TITLE;
    upper = upper || letter_case == CASE_TITLE || letter_case == CASE_SHOUT;
  }
  return lower && upper;
}

bool tag_case_fits(const Scan *scan, int i, bool capitals_tell)
{
  const Token *token = &scan->tokens[i];
  return !(token->flags & TAG_IS_SHOUTED) || !capitals_tell || token->letter_case == CASE_SHOUT ||
         token->letter_case == CASE_NONE;
}

static bool is_language_word(const Scan *scan, int i)
{
  return i >= 0 && i < scan->n_tokens && scan->tokens[i].kind == TAG_LANGUAGE && !(scan->tokens[i].flags & TAG_IS_REJECTED);
}

/* Two-letter languages need capitals, or a language beside them; in a name without capitals always the latter. */
static bool short_language_fits(const Scan *scan, int i, bool capitals_tell)
{
  const Token *token = &scan->tokens[i];
  if (capitals_tell && token->letter_case == CASE_SHOUT)
    return true;
  bool before = is_language_word(scan, i - 1) && !(token->gap & GAP_BRACKET);
  bool after = is_language_word(scan, i + 1) && !(scan->tokens[i + 1].gap & GAP_BRACKET);
  return before || after;
}

/* True if every word of bracket b is a tag so far. */
static bool bracket_is_tags(const Scan *scan, int b)
{
  const Bracket *bracket = &scan->brackets[b];
  if (bracket->last < bracket->first)
    return false;
  for (int i = bracket->first; i <= bracket->last; i++)
    if (!tag_counts(&scan->tokens[i]))
      return false;
  return true;
}

/* Words that need nobody to speak for them once the year has been said. */
static bool stands_alone_after_year(const Token *token)
{
  switch (token->kind) {
  case TAG_LANGUAGE:
    return !(token->flags & TAG_IS_SHOUTED) && token->end - token->start > 3;
  case TAG_SUBS:
  case TAG_MULTI:
  case TAG_EDITION:
  case TAG_EDITION_NOUN:
  case TAG_CONTAINER:
  case TAG_GROUP:
  case TAG_REPOSTER:
    return true;
  default:
    return false;
  }
}

/* A run of tags from `first` to before `end`: what is weak in it counts if something strong or a whole bracket is in it. */
static void settle_run(Scan *scan, int first, int end, int year)
{
  bool anchored = false;
  for (int i = first; i < end && !anchored; i++) {
    const Token *token = &scan->tokens[i];
    bool opens = token->bracket && scan->brackets[token->bracket].first == i;
    anchored = tag_is_strong(token) || i == year || (opens && bracket_is_tags(scan, token->bracket));
  }
  anchored = anchored || (year >= 0 && first == year + 1);
  for (int i = first; i < end && !anchored; i++)
    if (!(year >= 0 && i > year && stands_alone_after_year(&scan->tokens[tag_head(scan, i)])))
      scan->tokens[i].flags |= TAG_IS_REJECTED;
}

void tag_settle(Scan *scan, int title_first, int title_end, int year)
{
  bool capitals_tell = tag_capitals_tell(scan);
  for (int i = 0; i < scan->n_tokens; i = tag_after(scan, i)) {
    const Token *token = &scan->tokens[i];
    int end = tag_after(scan, i);
    bool in_title = i >= title_first && i < title_end && i != year;
    bool short_language = token->kind == TAG_LANGUAGE && (token->flags & TAG_IS_SHOUTED);
    bool fits = short_language ? short_language_fits(scan, i, capitals_tell) : tag_case_fits(scan, i, capitals_tell);
    if (in_title || !fits)
      for (int k = i; k < end; k++)
        scan->tokens[k].flags |= TAG_IS_REJECTED;
  }
  int first = -1;
  for (int i = 0; i <= scan->n_tokens; i++) {
    bool in_run = i < scan->n_tokens && tag_counts(&scan->tokens[i]) && scan->tokens[i].kind != TAG_EPISODE;
    if (in_run && first < 0)
      first = i;
    if (!in_run && first >= 0) {
      settle_run(scan, first, i, year);
      first = -1;
    }
  }
}
