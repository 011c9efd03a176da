/* How text is made fit for a terminal. Test: tests/unit/cli/test_output.c */
#include "cli/text.h"

#include "base/field.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NEAREST_MAX_BYTES = 64 };

static int char_width(gunichar c)
{
  return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

int text_width(const char *text)
{
  int width = 0;
  for (const char *at = text; *at; at = g_utf8_next_char(at))
    width += char_width(g_utf8_get_char(at));
  return width;
}

/* Controls, line and paragraph separators, direction marks and overrides, the byte order mark. */
static bool is_unsafe(gunichar c)
{
  if (c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
    return true;
  return g_unichar_iscntrl(c) || c == 0xfeff;
}

char *text_escape(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *escaped = g_string_sized_new(strlen(valid));
  for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c == '\n')
      g_string_append(escaped, "\\n");
    else if (c == '\t')
      g_string_append(escaped, "\\t");
    else if (is_unsafe(c))
      g_string_append_printf(escaped, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
    else
      g_string_append_unichar(escaped, c);
  }
  return g_string_free(escaped, FALSE);
}

/* The longest start of `text` that takes at most `columns`. */
static const char *fit_start(const char *text, int columns)
{
  const char *at = text;
  for (int used = 0; *at; at = g_utf8_next_char(at)) {
    used += char_width(g_utf8_get_char(at));
    if (used > columns)
      break;
  }
  return at;
}

/* The start of the longest end of `text` that takes at most `columns`. */
static const char *fit_end(const char *text, int columns)
{
  const char *at = text;
  for (int over = text_width(text) - columns; *at && over > 0; at = g_utf8_next_char(at))
    over -= char_width(g_utf8_get_char(at));
  while (*at && char_width(g_utf8_get_char(at)) == 0) /* no mark without the letter it belongs to */
    at = g_utf8_next_char(at);
  return at;
}

char *text_shorten(const char *text, int columns)
{
  if (text_width(text) <= columns)
    return g_strdup(text);
  if (columns < 1)
    return g_strdup("");
  /* The end of a path says more than its start. */
  int head = (columns - 1) / 3;
  return g_strdup_printf("%.*s…%s", (int)(fit_start(text, head) - text), text, fit_end(text, columns - 1 - head));
}

const char *colour_start(Colour colour)
{
  static const char *const starts[] = {
      [COLOUR_NONE] = "",          [COLOUR_BOLD] = "\033[1m",   [COLOUR_DIM] = "\033[2m",
      [COLOUR_RED] = "\033[1;31m", [COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
  };
  return starts[colour];
}

const char *colour_end(Colour colour)
{
  return colour == COLOUR_NONE ? "" : "\033[0m";
}

bool text_coloured(FILE *stream)
{
  const char *no_colour = g_getenv("NO_COLOR"), *term = g_getenv("TERM");
  return isatty(fileno(stream)) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

int text_columns(FILE *stream)
{
  struct winsize size;
  return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

char *text_time(int64_t at_ms)
{
  if (at_ms == FIELD_NULL_INT)
    return g_strdup("–");
  g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(at_ms / 1000);
  return at ? g_date_time_format(at, "%Y-%m-%d %H:%M") : g_strdup("?");
}

char *text_change(int64_t before, int64_t after)
{
  if (before <= 0)
    return g_strdup("–");
  double percent = ((double)after - (double)before) * 100.0 / (double)before;
  if (fabs(percent) < 0.5)
    return g_strdup("±0 %");
  return g_strdup_printf("%s%.0f %%", percent < 0 ? "−" : "+", fabs(percent));
}

const char *text_plural(int64_t n)
{
  return n == 1 ? "" : "s";
}

/* Steps from a to b, a step being a letter put in, left out or changed, or two neighbours exchanged (optimal string alignment).
 * Over bytes: commands and options are ASCII. */
static size_t distance(const char *a, const char *b)
{
  size_t n = strlen(b), m = strlen(a);
  g_autofree size_t *table = g_new(size_t, (m + 1) * (n + 1));
#define STEPS(i, j) table[(i) * (n + 1) + (j)]
  for (size_t i = 0; i <= m; i++)
    for (size_t j = 0; j <= n; j++) {
      if (i == 0 || j == 0) {
        STEPS(i, j) = i + j;
        continue;
      }
      STEPS(i, j) = MIN(STEPS(i - 1, j - 1) + (a[i - 1] != b[j - 1]), MIN(STEPS(i - 1, j), STEPS(i, j - 1)) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        STEPS(i, j) = MIN(STEPS(i, j), STEPS(i - 2, j - 2) + 1);
    }
  return STEPS(m, n);
#undef STEPS
}

const char *text_nearest(const char *word, const char *const *choices)
{
  const char *nearest = NULL;
  if (strlen(word) > NEAREST_MAX_BYTES)
    return NULL;
  size_t best = MAX((size_t)1, strlen(word) / 3) + 1;
  for (; *choices; choices++) {
    size_t steps = distance(word, *choices);
    /* Who stops in the middle of a long word has not misspelt it. */
    if (strlen(word) >= 3 && g_str_has_prefix(*choices, word))
      steps = 1;
    if (steps < best) {
      best = steps;
      nearest = *choices;
    }
  }
  return nearest;
}
