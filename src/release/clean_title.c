/* Reduces titles to what decides whether two are the same film, and finds IMDb's numbers in text. Test:
 * tests/unit/release/test_clean_title.c */
#include "release/release.h"

#include "release/token.h"

#include <string.h>

/* German letters that people without them write as two. */
static const char *spelled_out(gunichar c)
{
  switch (c) {
  case 0xE4:
  case 0xC4:
    return "ae";
  case 0xF6:
  case 0xD6:
    return "oe";
  case 0xFC:
  case 0xDC:
    return "ue";
  case 0xDF:
    return "ss";
  case 0xE6:
  case 0xC6:
    return "ae";
  case 0xF8:
  case 0xD8:
    return "o";
  case 0x153:
  case 0x152:
    return "oe";
  default:
    return NULL;
  }
}

/* Words that count at a title's ends only. */
static bool is_small_word(const char *word, size_t length)
{
  static const char *const words[] = {"a", "an", "the", "and", "or", "of"};
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
      return true;
  return false;
}

/* True if a capital stands alone on either side of the letter, with no space between: it is part of an acronym, and no article.
 */
static bool beside_lone_letter(const char *title, const char *at)
{
  size_t before = (size_t)(at - title);
  if (before >= 2 && g_ascii_ispunct(at[-1]) && g_ascii_isupper(at[-2]) && (before == 2 || !g_ascii_isalnum(at[-3])))
    return true;
  return g_ascii_ispunct(at[1]) && g_ascii_isupper(at[2]) && !g_ascii_isalnum(at[3]);
}

char *release_clean_title(const char *title)
{
  bool letters = false;
  for (const char *at = title; *at && !letters; at = g_utf8_next_char(at))
    letters = g_unichar_isalpha(g_utf8_get_char(at));
  if (!letters)
    return g_strdup(title);
  GString *clean = g_string_sized_new(strlen(title) + 8);
  gsize word_start = 0;
  const char *word_at = title;
  bool in_word = false;
  for (const char *at = title;; at = g_utf8_next_char(at)) {
    gunichar c = *at ? g_utf8_get_char(at) : 0;
    bool apostrophe = c == '\'' || c == 0x2019;
    bool inside = c && (g_unichar_isalnum(c) || g_unichar_ismark(c) || (apostrophe && in_word));
    if (inside && !in_word) {
      word_start = clean->len;
      word_at = at;
      in_word = true;
    }
    if (inside) {
      const char *spelled = spelled_out(c);
      gunichar folded = fold_char(c);
      if (spelled)
        g_string_append(clean, spelled);
      else if (folded)
        g_string_append_unichar(clean, folded);
    } else if (in_word) {
      in_word = false;
      const char *rest = at;
      while (*rest && !g_unichar_isalnum(g_utf8_get_char(rest)))
        rest = g_utf8_next_char(rest);
      bool middle = word_start > 0 && *rest;
      if (middle && is_small_word(clean->str + word_start, clean->len - word_start) &&
          !(clean->len - word_start == 1 && beside_lone_letter(title, word_at)))
        g_string_truncate(clean, word_start);
    }
    if (!c)
      break;
  }
  return g_string_free(clean, FALSE);
}

char *release_imdb_id(const char *text)
{
  const char *digits = text;
  for (const char *at = strstr(text, "tt"); at; at = strstr(at + 1, "tt"))
    if (g_ascii_isdigit(at[2])) {
      digits = at + 2;
      break;
    }
  size_t n = strspn(digits, "0123456789");
  bool alone = digits == text && digits[n] != '\0';
  if (n == 0 || n > 9 || alone || g_ascii_isalpha(digits[n]))
    return NULL;
  return g_strdup_printf("tt%07" G_GINT64_FORMAT, g_ascii_strtoll(digits, NULL, 10));
}
