/* Decides what of a foreign name may be shown and saved under. Test: tests/unit/convert/test_tus.c */
#include "convert/upload_name.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { ENDING_MAX_BYTES = 16 };

/* Names that Windows takes for devices, whatever follows the first dot. */
static bool is_device(const char *name)
{
  static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
  size_t length = strcspn(name, ".");
  while (length > 0 && name[length - 1] == ' ')
    length--;
  for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
    bool numbered = i >= 4;
    if (length == 3 + (size_t)numbered && g_ascii_strncasecmp(name, devices[i], 3) == 0 &&
        (!numbered || g_ascii_isdigit(name[3])))
      return true;
  }
  return false;
}

/* Cc, Cf (which turn directions or cannot be seen), line and paragraph ends, and what is no character. */
static bool is_hidden(gunichar c)
{
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_UNASSIGNED:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return true;
  default:
    return false;
  }
}

static char *without_hidden(const char *text)
{
  GString *out = g_string_new(NULL);
  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c < 0x80 && strchr("<>:\"|?*", (int)c))
      g_string_append_c(out, '_');
    else if (!is_hidden(c))
      g_string_append_unichar(out, c);
  }
  return g_string_free(out, FALSE);
}

/* No more than so many bytes of whole characters. */
static void cut(char *text, size_t max)
{
  if (strlen(text) <= max)
    return;
  char *end = text + max;
  while (end > text && ((guchar)*end & 0xc0) == 0x80)
    end--;
  *end = '\0';
}

static void trim(char *text)
{
  size_t leading = strspn(text, " .");
  memmove(text, text + leading, strlen(text) - leading + 1);
  for (size_t length = strlen(text); length > 0 && strchr(" .", text[length - 1]); length--)
    text[length - 1] = '\0';
}

/* What fits stays as it is. */
static char *shorten(const char *name, size_t max)
{
  if (strlen(name) <= max)
    return g_strdup(name);
  const char *dot = strrchr(name, '.');
  g_autofree char *ending = g_strdup(dot && strlen(dot) <= ENDING_MAX_BYTES ? dot : "");
  g_autofree char *stem = g_strndup(name, strlen(name) - strlen(ending));
  cut(stem, max - strlen(ending));
  trim(stem);
  return g_strconcat(stem, ending, NULL);
}

char *upload_name(const char *given)
{
  const char *start = given ? given : "";
  for (const char *at = start; *at; at++)
    if (*at == '/' || *at == '\\')
      start = at + 1;
  g_autofree char *valid = g_utf8_make_valid(start, -1);
  g_autofree char *name = without_hidden(valid);
  trim(name);
  g_autofree char *result = shorten(name, UPLOAD_NAME_MAX_BYTES);
  if (is_device(result)) {
    g_autofree char *shorter = shorten(result, UPLOAD_NAME_MAX_BYTES - 1);
    return g_strconcat("_", shorter, NULL);
  }
  return *result ? g_steal_pointer(&result) : g_strdup("upload");
}
