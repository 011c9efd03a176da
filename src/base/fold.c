/* Which differences in writing do not count when a word is looked up. tools/language_table.py folds the names of languages by the
 * same rules; tests/unit/media/test_language.c holds the two together. Test: tests/unit/base/test_fold.c */
#include "base/fold.h"

#include <glib.h>
#include <string.h>

typedef struct {
  char *buffer;
  size_t used, size; /* size: without the NUL */
  gboolean gap, full;
} Fold;

/* Latin letters that NFKD leaves whole. */
static const char *plain_letter(gunichar c)
{
  switch (c) {
  case 0xdf: /* ß */
    return "ss";
  case 0xe6: /* æ */
    return "ae";
  case 0xf0:  /* ð */
  case 0x111: /* đ */
    return "d";
  case 0xf8: /* ø */
    return "o";
  case 0xfe: /* þ */
    return "th";
  case 0x131: /* ı */
    return "i";
  case 0x142: /* ł */
    return "l";
  case 0x153: /* œ */
    return "oe";
  default:
    return NULL;
  }
}

static gboolean is_apostrophe(gunichar c)
{
  return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2bc;
}

static void append(Fold *fold, const char *bytes, size_t length)
{
  gboolean space = fold->gap && fold->used > 0;
  if (fold->full || fold->used + space + length > fold->size) {
    fold->full = TRUE;
    return;
  }
  if (space)
    fold->buffer[fold->used++] = ' ';
  memcpy(fold->buffer + fold->used, bytes, length);
  fold->used += length;
  fold->gap = FALSE;
}

static void append_char(Fold *fold, gunichar c)
{
  if (c >= 0x300 && c <= 0x36f)
    return;
  c = g_unichar_tolower(c);
  const char *plain = plain_letter(c);
  char bytes[6];
  if (plain)
    append(fold, plain, strlen(plain));
  else if (g_unichar_isalnum(c) || g_unichar_ismark(c))
    append(fold, bytes, (size_t)g_unichar_to_utf8(c, bytes));
  else
    fold->gap = TRUE;
}

size_t fold_words(const char *text, size_t length, char *buffer, size_t size)
{
  Fold fold = {.buffer = buffer, .size = size - 1};
  const char *end = text + length;
  while (text < end && !fold.full) {
    gunichar c = g_utf8_get_char_validated(text, end - text);
    if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0) {
      fold.gap = TRUE;
      text++;
      continue;
    }
    text = g_utf8_next_char(text);
    if (is_apostrophe(c))
      continue;
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize n = g_unichar_fully_decompose(c, TRUE, parts, G_N_ELEMENTS(parts));
    for (gsize i = 0; i < MIN(n, G_N_ELEMENTS(parts)); i++)
      append_char(&fold, parts[i]);
  }
  buffer[fold.used] = '\0';
  return fold.used;
}
