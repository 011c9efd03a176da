/* Titles and names as file systems and people take them. Test: tests/unit/release/test_naming_text.c */
#include "release/naming_text.h"

#include <string.h>

enum { ELLIPSIS_BYTES = 3 };

/* Contractions before which an apostrophe vanishes: "I'm" becomes "Im". */
static bool is_contraction(const char *at)
{
  static const char *const endings[] = {"s", "m", "t", "ve", "ll", "d", "re"};
  for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
    size_t length = strlen(endings[i]);
    if (strncmp(at, endings[i], length) == 0 && g_ascii_isspace(at[length]))
      return true;
  }
  return false;
}

/* Without accents, the letters of other scripts left whole. */
static char *without_accents(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autofree char *apart = g_utf8_normalize(valid, -1, G_NORMALIZE_DEFAULT);
  g_autoptr(GString) plain = g_string_sized_new(strlen(apart));
  for (const char *at = apart; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c < 0x300 || c > 0x36F)
      g_string_append_unichar(plain, c);
  }
  return g_utf8_normalize(plain->str, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

char *naming_clean_title(const char *title)
{
  g_autofree char *valid = g_utf8_make_valid(title, -1);
  g_autoptr(GString) text = g_string_new(NULL);
  for (const char *at = valid; *at; at++) {
    if (*at == '&')
      g_string_append(text, "and");
    else
      g_string_append_c(text, *at == '/' || *at == '\\' ? ' ' : *at);
  }
  g_autoptr(GString) clean = g_string_sized_new(text->len);
  gunichar before = 0;
  for (const char *at = text->str, *next; *at; at = next) {
    gunichar c = g_utf8_get_char(at);
    next = g_utf8_next_char(at);
    bool at_end = !*next || g_ascii_isspace(*next);
    bool lone = before && g_unichar_isspace(before) && g_ascii_isspace(*next) &&
                (c < 0x80 ? strchr(",<>;:'\"|`~!?@$%^*-_=", (int)c) != NULL : c == 0x2019);
    bool mark = (c < 0x80 ? strchr("'`:?,", (int)c) != NULL : c == 0x2019) && (at_end || is_contraction(next));
    bool bracket = c < 0x80 && strchr("()[]{}", (int)c);
    before = c;
    if (!lone && !mark && !bracket)
      g_string_append_len(clean, at, next - at);
  }
  return without_accents(clean->str);
}

/* Where a text's trailing "(…)" groups, with the blanks before them, begin. */
static const char *parentheses_start(const char *text)
{
  const char *start = text + strlen(text);
  while (start > text && start[-1] == ')') {
    const char *open = start - 1;
    while (open > text && *open != '(')
      open--;
    if (*open != '(' || open + 1 >= start - 1 || memchr(open + 1, ')', (size_t)(start - open - 2)))
      break;
    while (open > text && open[-1] == ' ')
      open--;
    start = open;
  }
  return start;
}

char *naming_title_the(const char *title, NamingCleaning cleaning)
{
  static const char *const articles[] = {"The ", "An ", "A "};
  size_t article = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(articles) && !article; i++)
    if (g_ascii_strncasecmp(title, articles[i], strlen(articles[i])) == 0)
      article = strlen(articles[i]);
  const char *rest = title + article, *tail = parentheses_start(rest);
  if (!article || tail == rest)
    return cleaning == NAMING_CLEAN ? naming_clean_title(title) : g_strdup(title);
  g_autofree char *middle = g_strndup(rest, (gsize)(tail - rest));
  g_autofree char *clean_middle = cleaning == NAMING_CLEAN ? naming_clean_title(middle) : g_strdup(middle);
  g_autofree char *clean_tail = cleaning == NAMING_CLEAN ? naming_clean_title(tail) : g_strdup(tail);
  return g_strdup_printf("%s, %.*s%s", clean_middle, (int)article - 1, title, clean_tail);
}

char *naming_first_character(const char *title)
{
  g_autofree char *turned = naming_title_the(title, NAMING_AS_IS);
  g_autofree char *plain = without_accents(turned);
  for (const char *at = plain; *at; at = g_utf8_next_char(at))
    if (g_unichar_isalnum(g_utf8_get_char(at))) {
      char first[8] = {0};
      g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(at)), first);
      return g_strdup(first);
    }
  return g_strdup("_");
}

/* Writes the words "imax" and so on of the text in capitals. */
static void capitals(char *text)
{
  static const char *const words[] = {"imax", "3d", "hdr", "sdr", "dv"};
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    size_t length = strlen(words[i]);
    for (char *at = text; *at; at++)
      if (g_ascii_strncasecmp(at, words[i], length) == 0 && (at == text || !g_ascii_isalnum(at[-1])) &&
          !g_ascii_isalnum(at[length]))
        for (size_t k = 0; k < length; k++)
          at[k] = g_ascii_toupper(at[k]);
  }
}

char *naming_edition(const char *edition)
{
  g_autofree char *valid = g_utf8_make_valid(edition, -1);
  g_autofree char *low = g_utf8_strdown(valid, -1);
  g_autoptr(GString) title = g_string_sized_new(strlen(low));
  bool inside = false;
  for (const char *at = low; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(title, inside ? c : g_unichar_totitle(c));
    inside = g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '\'' || c == 0x2019;
  }
  capitals(title->str);
  return g_string_free(g_steal_pointer(&title), FALSE);
}

/* The longest head of `text` of at most `max_bytes` that ends before a base character. */
static size_t head_length(const char *text, size_t max_bytes)
{
  size_t length = strlen(text);
  if (length <= max_bytes)
    return length;
  const char *at = text + max_bytes;
  while (at > text && ((*at & 0xC0) == 0x80 || g_unichar_ismark(g_utf8_get_char(at)) || g_utf8_get_char(at) == 0x200D))
    at--;
  return (size_t)(at - text);
}

char *naming_cut(const char *text, size_t max_bytes)
{
  return g_strndup(text, head_length(text, max_bytes));
}

static bool is_trailing(char c)
{
  return c == ' ' || c == '.';
}

char *naming_truncate(const char *text, int64_t max_bytes)
{
  size_t limit = (size_t)ABS(CLAMP(max_bytes, -NAMING_TEMPLATE_MAX_BYTES, NAMING_TEMPLATE_MAX_BYTES)), length = strlen(text);
  if (limit == 0 || length <= limit)
    return g_strdup(text);
  size_t room = limit > ELLIPSIS_BYTES ? limit - ELLIPSIS_BYTES : 0;
  if (max_bytes > 0) {
    size_t end = head_length(text, room);
    while (end > 0 && is_trailing(text[end - 1]))
      end--;
    return g_strdup_printf("%.*s" NAMING_ELLIPSIS, (int)end, text);
  }
  const char *start = text + length - room;
  while (*start && ((*start & 0xC0) == 0x80 || g_unichar_ismark(g_utf8_get_char(start)) || is_trailing(*start)))
    start++;
  return g_strdup_printf(NAMING_ELLIPSIS "%s", start);
}

/* What stands for a character that names may not hold; NULL: it may. */
static const char *replacement(char c, const NamingOptions *options)
{
  static const struct {
    char illegal;
    const char *good;
  } rows[] = {{'\\', "+"}, {'/', "+"}, {'<', ""}, {'>', ""}, {'?', "!"}, {'*', "-"}, {'|', ""}, {'"', ""}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (rows[i].illegal == c && (options->target != NAMING_POSIX || c == '/'))
      return options->drop_illegal ? "" : rows[i].good;
  return NULL;
}

static const char *colon(const char *at, const NamingOptions *options)
{
  if (options->target == NAMING_POSIX)
    return ":";
  if (options->drop_illegal)
    return "";
  switch ((NamingColon)options->colon) {
  case NAMING_COLON_DELETE:
    return "";
  case NAMING_COLON_DASH:
    return "-";
  case NAMING_COLON_SPACE_DASH:
    return " -";
  case NAMING_COLON_SPACE_DASH_SPACE:
    return " - ";
  case NAMING_COLON_SMART:
    break;
  }
  return at[1] == ' ' ? " -" : "-";
}

/* Controls, and the marks that turn the direction of what follows: they make a name look like another one. */
static bool is_unseen(gunichar c)
{
  return g_unichar_iscntrl(c) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F ||
         c == 0xFEFF;
}

char *naming_clean_value(const char *value, const NamingOptions *options)
{
  g_autoptr(GString) clean = g_string_sized_new(strlen(value));
  for (const char *at = value; *at; at = g_utf8_next_char(at)) {
    const char *good = *at == ':' ? colon(at, options) : replacement(*at, options);
    if (*at == NAMING_ELLIPSIS[0])
      g_string_append_c(clean, *at);
    else if (good)
      g_string_append(clean, good);
    else if (!is_unseen(g_utf8_get_char(at)))
      g_string_append_len(clean, at, g_utf8_next_char(at) - at);
  }
  size_t start = strspn(clean->str, " ."), end = clean->len;
  while (end > start && clean->str[end - 1] == ' ')
    end--;
  return g_strndup(clean->str + start, end - start);
}

static bool is_separator(char c)
{
  return c == ' ' || c == '-' || c == '.' || c == '_';
}

/* Windows keeps these names, whatever extension they have, for devices. */
static size_t device_length(const char *name)
{
  static const char *const devices[] = {"aux", "con", "nul", "prn", "com", "lpt"};
  for (size_t i = 0; i < G_N_ELEMENTS(devices); i++)
    if (g_ascii_strncasecmp(name, devices[i], 3) == 0) {
      bool numbered = i >= 4;
      if (numbered && (name[3] < '1' || name[3] > '9'))
        return 0;
      return numbered ? 4 : 3;
    }
  return 0;
}

char *naming_finish(const char *component, const NamingOptions *options)
{
  g_autoptr(GString) name = g_string_sized_new(strlen(component));
  for (const char *at = component + strspn(component, " "); *at; at++)
    if (name->len == 0 || !is_separator(*at) || name->str[name->len - 1] != *at)
      g_string_append_c(name, *at);
  while (name->len > 0 && is_separator(name->str[name->len - 1]))
    g_string_truncate(name, name->len - 1);
  g_string_replace(name, NAMING_ELLIPSIS, "...", 0);
  size_t device = options->target == NAMING_POSIX ? 0 : device_length(name->str);
  if (device && name->str[device] == '.')
    name->str[device] = '_';
  if (options->target == NAMING_WINDOWS) {
    while (name->len > 0 && is_trailing(name->str[name->len - 1]))
      g_string_truncate(name, name->len - 1);
    if (device && name->len == device)
      g_string_append_c(name, '_');
  }
  return g_string_free(g_steal_pointer(&name), FALSE);
}
