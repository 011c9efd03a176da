/* Writes a title as a person would, and takes double titles apart. Test: tests/unit/release/test_parse.c */
#include "release/title.h"

#include <string.h>

/* Length of the UTF-8 letter at `at` if it stands alone between dots or the text's ends: "U" in "U.N.C.L.E."; else 0. */
static size_t lone_letter(const char *text, size_t at, size_t stop)
{
  gunichar c = g_utf8_get_char(text + at);
  if (!g_unichar_isalpha(c))
    return 0;
  size_t size = (size_t)(g_utf8_next_char(text + at) - (text + at));
  return at + size == stop || text[at + size] == '.' ? size : 0;
}

/* Bytes of the acronym at `at`, with its last dot: "U.N.C.L.E." ; 0 if none starts here. */
static size_t acronym_length(const char *text, size_t at, size_t stop)
{
  size_t letters = 0, end = at;
  while (end < stop) {
    size_t size = lone_letter(text, end, stop);
    if (!size)
      break;
    letters++;
    end += size;
    if (end < stop && text[end] == '.')
      end++;
    else
      break;
  }
  return letters >= 2 ? end - at : 0;
}

/* A dot that stays: in names written with spaces, where a space or a digit follows ("Dr. Who", "1.11"); "Dr." always. */
static bool dot_stays(const char *text, size_t start, size_t at, size_t stop, bool spaced)
{
  char after = at + 1 < stop ? text[at + 1] : '\0', before = at > start ? text[at - 1] : '\0';
  if (spaced)
    return after == ' ' ? before != '.' : g_ascii_isdigit(before) && g_ascii_isdigit(after);
  bool title = at >= start + 2 && (strncmp(text + at - 2, "Dr", 2) == 0 || strncmp(text + at - 2, "Mr", 2) == 0) &&
               (at == start + 2 || !g_ascii_isalnum(text[at - 3]));
  return title && after != '\0' && after != '.';
}

static bool is_trimmed(char c)
{
  return c == ' ' || c == '-' || c == ':' || c == ',' || c == ';' || c == '/' || c == '|' || c == '~' || c == '=' || c == '+';
}

static bool is_invisible(gunichar c)
{
  return c == 0xFEFF || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069);
}

char *title_text(const char *name, size_t start, size_t stop)
{
  size_t dots = 0, spaces = 0;
  for (size_t i = start; i < stop; i++) {
    dots += name[i] == '.';
    spaces += name[i] == ' ';
  }
  bool spaced = spaces > 0 && spaces >= dots;
  if (stop > start && name[stop] == '.' && lone_letter(name, stop - 1, stop)) /* the dot behind an acronym's last letter */
    stop++;
  GString *text = g_string_sized_new(stop - start + 2);
  for (size_t i = start; i < stop;) {
    size_t acronym = i == start || !g_ascii_isalnum(name[i - 1]) ? acronym_length(name, i, stop) : 0;
    if (acronym) {
      g_string_append_len(text, name + i, (gssize)acronym);
      i += acronym;
      if (i < stop)
        g_string_append_c(text, ' ');
      continue;
    }
    gunichar c = g_utf8_get_char(name + i);
    size_t size = (size_t)(g_utf8_next_char(name + i) - (name + i));
    if (c == '.' && dot_stays(name, start, i, stop, spaced))
      g_string_append(text, spaced ? "." : ". ");
    else if (c == '.' || c == '_' || g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
      if (text->len > 0 && text->str[text->len - 1] != ' ')
        g_string_append_c(text, ' ');
    } else if (!is_invisible(c)) {
      g_string_append_len(text, name + i, (gssize)size);
    }
    i += size;
  }
  while (text->len > 0 && is_trimmed(text->str[text->len - 1]))
    g_string_truncate(text, text->len - 1);
  size_t skip = 0;
  while (skip < text->len && is_trimmed(text->str[skip]))
    skip++;
  g_string_erase(text, 0, (gssize)skip);
  return g_string_free(text, FALSE);
}

/* The next " AKA ", " a.k.a. " or " / " in the text from `from` on; its length in *ret_length. */
static const char *find_joint(const char *from, size_t *ret_length)
{
  static const char *const joints[] = {" aka ", " a.k.a. ", " a.k.a ", " / ", " | "};
  for (const char *at = strchr(from, ' '); at; at = strchr(at + 1, ' '))
    for (size_t k = 0; k < G_N_ELEMENTS(joints); k++)
      if (g_ascii_strncasecmp(at, joints[k], strlen(joints[k])) == 0) {
        *ret_length = strlen(joints[k]);
        return at;
      }
  return NULL;
}

char **title_split(const char *text)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GString) whole = g_string_new(NULL);
  const char *from = text;
  size_t length;
  for (const char *joint; (joint = find_joint(from, &length)); from = joint + length) {
    g_ptr_array_add(parts, g_strstrip(g_strndup(from, (gsize)(joint - from))));
    g_string_append_len(whole, from, joint - from);
    g_string_append(whole, joint[1] == '/' || joint[1] == '|' ? " / " : " AKA ");
  }
  g_string_append(whole, from);
  if (parts->len > 0)
    g_ptr_array_add(parts, g_strstrip(g_strdup(from)));
  GPtrArray *titles = g_ptr_array_new();
  g_ptr_array_add(titles, g_string_free(g_steal_pointer(&whole), FALSE));
  for (guint i = 0; i < parts->len; i++)
    if (*(const char *)parts->pdata[i])
      g_ptr_array_add(titles, g_strdup(parts->pdata[i]));
  g_ptr_array_add(titles, NULL);
  return (char **)g_ptr_array_free(titles, FALSE);
}
