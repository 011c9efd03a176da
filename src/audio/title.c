/* Decides whether a title says that a track is a commentary or something else than the film itself: whole words and stems in a
 * table (title_words.c), and the abbreviation "AD", which is also other things. Test: tests/unit/audio/test_title.c */
#include "audio/title.h"

#include "audio/title_words.h"
#include "base/fold.h"
#include "media/language.h"

#include <glib.h>
#include <string.h>

enum { MAX_TITLE = 1024, MAX_PHRASE = 128 };

/* Stands for letters that have been found, so that no other row finds them again. Folded text has no control characters. */
#define TAKEN '\1'

static gboolean is_negated(const char *title, const char *at)
{
  const char *end = at > title ? at - 1 : at, *begin = end;
  while (begin > title && begin[-1] != ' ')
    begin--;
  for (size_t i = 0; title_negations[i]; i++)
    if (strlen(title_negations[i]) == (size_t)(end - begin) && strncmp(begin, title_negations[i], (size_t)(end - begin)) == 0)
      return TRUE;
  return FALSE;
}

/* Looks for one phrase and takes each place where it stands, with the words around, out of the title. */
static gboolean take_phrase(char *title, const char *phrase, TitleMatch match)
{
  gboolean found = FALSE;
  size_t length = strlen(phrase);
  for (char *at = title; (at = strstr(at, phrase)) != NULL;) {
    char *begin = at, *end = at + length;
    gboolean begins = at == title || at[-1] == ' ', ends = *end == '\0' || *end == ' ';
    at++;
    if ((match != MATCH_PART && !begins) || (match == MATCH_WORD && !ends))
      continue;
    while (begin > title && begin[-1] != ' ')
      begin--;
    while (*end && *end != ' ')
      end++;
    found |= !is_negated(title, begin);
    memset(begin, TAKEN, (size_t)(end - begin));
  }
  return found;
}

static gboolean is_word_byte(char c)
{
  return g_ascii_isalnum(c) || (guchar)c >= 0x80;
}

/* What may follow "AD" when it means audio description: nothing, a number, what sound is made of, or a language. */
static gboolean may_follow_ad(const char *rest)
{
  static const char *const sound[] = {"stereo", "mono", "surround", "track", "audio", "version", "mix",  "dolby", "dts",    "aac",
                                      "ac3",    "eac3", "dd",       "ddp",   "flac",  "opus",    "spur", "ton",   "fassung"};
  if (*rest != ' ' || !is_word_byte(rest[1])) /* the end, or punctuation: (AD), AD - English */
    return TRUE;
  const char *word = rest + 1;
  size_t length = 0;
  char folded[MAX_PHRASE];
  LanguageTag tag;
  while (is_word_byte(word[length]))
    length++;
  fold_words(word, length, folded, sizeof folded);
  for (size_t i = 0; i < G_N_ELEMENTS(sound); i++)
    if (strcmp(folded, sound[i]) == 0)
      return TRUE;
  return g_ascii_isdigit(folded[0]) || (folded[0] && language_parse(folded, &tag));
}

/* A year before it makes it the other AD: "79 AD". */
static gboolean follows_year(const char *title, const char *at)
{
  const char *digits = at > title && at[-1] == ' ' ? at - 1 : at, *begin = digits;
  while (begin > title && g_ascii_isdigit(begin[-1]))
    begin--;
  return digits - begin >= 2;
}

/* "AD" in capitals and for itself. */
static gboolean says_ad(const char *title)
{
  for (const char *at = title; (at = strstr(at, "AD")) != NULL; at += 2)
    if ((at == title || !is_word_byte(at[-1])) && !is_word_byte(at[2]) && may_follow_ad(at + 2) && !follows_year(title, at))
      return TRUE;
  return FALSE;
}

unsigned title_meaning(const char *title)
{
  char folded[MAX_TITLE], phrase[MAX_PHRASE];
  unsigned meaning = TITLE_PLAIN;
  if (!title || !*title)
    return meaning;
  fold_words(title, strlen(title), folded, sizeof folded);
  gboolean is_ascii = g_str_is_ascii(folded);
  for (size_t i = 0; i < title_words_count; i++) {
    const TitleWord *row = &title_words[i];
    const char *wanted = row->phrase;
    if (!g_str_is_ascii(wanted)) {
      if (is_ascii)
        continue;
      fold_words(row->phrase, strlen(row->phrase), phrase, sizeof phrase);
      wanted = phrase;
    }
    if (take_phrase(folded, wanted, row->match))
      meaning |= row->meaning;
  }
  return says_ad(title) ? meaning | TITLE_DESCRIPTIVE : meaning;
}
