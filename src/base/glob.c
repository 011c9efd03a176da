/* Decides which paths a glob takes in; the rules are written at glob_match and tested as a table.
 * Test: tests/unit/base/test_glob.c */
#include "base/glob.h"

#include <glib.h>
#include <string.h>

/* The character at `text` and where the next one begins. A byte that is no UTF-8 counts as a character of its own, so that no
 * name can lead past its end. */
static const char *next_char(const char *text, gunichar *ret_char)
{
  gunichar c = g_utf8_get_char_validated(text, -1);
  bool is_valid = c != (gunichar)-1 && c != (gunichar)-2;
  *ret_char = is_valid ? c : (guchar)*text;
  return is_valid ? g_utf8_next_char(text) : text + 1;
}

/* A class as in "[a-z!x]" at `*pattern` (behind the bracket). Moves *pattern behind the closing bracket; false leaves it, for a
 * bracket that is never closed and therefore stands for itself. */
static bool match_class(const char **pattern, gunichar c, bool *ret_matches)
{
  const char *p = *pattern;
  bool is_negated = *p == '!' || *p == '^';
  p += is_negated;
  bool matches = false;
  for (bool is_first = true; *p != ']' || is_first; is_first = false) {
    if (!*p)
      return false;
    gunichar low, high;
    p = next_char(p, &low);
    high = low;
    if (*p == '-' && p[1] && p[1] != ']')
      p = next_char(p + 1, &high);
    matches |= c >= low && c <= high;
  }
  *pattern = p + 1;
  *ret_matches = matches != is_negated && c != '/';
  return true;
}

/* One pattern element that is no star against one character; both move on if it fits. */
static bool match_one(const char **pattern, const char **text)
{
  const char *p = *pattern, *behind = p + 1;
  gunichar c, wanted;
  const char *next = next_char(*text, &c);
  bool matches;
  if (*p == '?') {
    matches = c != '/';
  } else if (*p != '[' || !match_class(&behind, c, &matches)) {
    p += *p == '\\' && p[1];
    behind = next_char(p, &wanted);
    matches = wanted == c;
  }
  if (!matches)
    return false;
  *pattern = behind;
  *text = next;
  return true;
}

/* Where to go on after a mismatch: the star, and the text that it has not swallowed yet. */
typedef struct {
  const char *pattern, *text;
  bool is_by_component; /* a double star and a slash: swallows whole directories only, or none */
} Retry;

/* Lets the last star swallow one character more; the one before needs no second look, as whatever it could swallow the last one
 * can too. Only when a single star meets a slash does the last double star take over. */
static bool retry(Retry *single, Retry *twofold, const char **pattern, const char **text)
{
  gunichar swallowed;
  Retry *star = single;
  if (single->text && *single->text && *single->text != '/') {
    single->text = next_char(single->text, &swallowed);
  } else {
    star = twofold;
    single->text = NULL;
    do {
      if (!twofold->text || !*twofold->text)
        return false;
      twofold->text = next_char(twofold->text, &swallowed);
    } while (twofold->is_by_component && swallowed != '/');
  }
  *pattern = star->pattern;
  *text = star->text;
  return true;
}

/* Whether the pattern fits the whole text, or a directory above it. */
static bool match_path(const char *pattern, const char *text)
{
  const char *start = text;
  Retry single = {0}, twofold = {0};
  for (;;) {
    if (pattern[0] == '*' && pattern[1] == '*') {
      while (*pattern == '*')
        pattern++;
      bool is_by_component = *pattern == '/' && (text == start || text[-1] == '/');
      pattern += is_by_component;
      twofold = (Retry){pattern, text, is_by_component};
      single.text = NULL;
    } else if (*pattern == '*') {
      single = (Retry){++pattern, text, false};
    } else if (!*pattern && (!*text || (*text == '/' && text > start))) {
      return true;
    } else if (!*pattern || !*text || !match_one(&pattern, &text)) {
      if (!retry(&single, &twofold, &pattern, &text))
        return false;
    }
  }
}

bool glob_match(const char *pattern, const char *path)
{
  g_autofree char *trimmed = NULL;
  size_t length = strlen(pattern);
  if (length > 1 && pattern[length - 1] == '/') /* "Extras/" means the directory, as "Extras" does */
    pattern = trimmed = g_strndup(pattern, length - 1);
  if (*pattern == '/') /* anchored, which is what a slash says anyway */
    return match_path(pattern + 1, path);
  if (strchr(pattern, '/'))
    return match_path(pattern, path);
  for (const char *component = path; component; component = strchr(component, '/')) {
    component += *component == '/';
    if (match_path(pattern, component))
      return true;
  }
  return false;
}

const char *glob_complaint(const char *pattern)
{
  if (!*pattern)
    return "is empty";
  if (!g_utf8_validate(pattern, -1, NULL))
    return "is not valid UTF-8";
  while (*pattern) {
    bool matches;
    char c = *pattern++;
    if (c == '\\' && !*pattern++)
      return "ends with a backslash that has nothing to take as it is";
    if (c == '[' && !match_class(&pattern, 'a', &matches))
      return "has a bracket that is never closed; write \\[ for the character itself";
  }
  return NULL;
}

GlobShape glob_shape(const char *pattern)
{
  GlobShape shape = {.length = strlen(pattern)};
  while (*pattern) {
    const char *behind = pattern + 1;
    bool matches, is_wild = *pattern == '*' || *pattern == '?' || (*pattern == '[' && match_class(&behind, 'a', &matches));
    if (*pattern == '*')
      while (*behind == '*')
        behind++;
    else if (*pattern == '\\' && pattern[1])
      behind++;
    shape.wildcards += is_wild;
    shape.literal_prefix += shape.wildcards == 0;
    pattern = behind;
  }
  return shape;
}
