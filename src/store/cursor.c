/* What a page's cursor looks like. It says nothing that the page did not show, so it is not signed; it is checked, because it
 * comes back from outside. Test: tests/unit/store/test_cursor.c */
#include "store/cursor.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

enum { CURSOR_MAX_BYTES = 16 * 1024, PARTS = 3 };

static void translate(char *text, const char *from, const char *to)
{
  for (; *text; text++) {
    const char *found = strchr(from, *text);
    if (found)
      *text = to[found - from];
  }
}

char *cursor_new(const char *order, const char *value, int64_t id)
{
  g_autofree char *text = g_strdup_printf("%s\n%" G_GINT64_FORMAT "\n%s", order, id, value);
  char *cursor = g_base64_encode((const guchar *)text, strlen(text));
  translate(cursor, "+/", "-_");
  cursor[strcspn(cursor, "=")] = '\0';
  return cursor;
}

bool cursor_fail(GError **error)
{
  return fail(error, REEVE_ERROR_INVALID,
              "The cursor is not one that this list gave: leave it out to start from the first page.");
}

/* The text inside, or NULL; the caller frees it. */
static char *decode(const char *cursor)
{
  size_t length = strlen(cursor);
  if (!length || length > CURSOR_MAX_BYTES ||
      strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != length)
    return NULL;
  g_autofree char *padded = g_strconcat(cursor, length % 4 == 2 ? "==" : length % 4 == 3 ? "=" : "", NULL);
  translate(padded, "-_", "+/");
  gsize n = 0;
  g_autofree guchar *bytes = g_base64_decode(padded, &n);
  return g_utf8_validate((const char *)bytes, (gssize)n, NULL) ? g_strndup((const char *)bytes, n) : NULL;
}

bool cursor_parse(const char *cursor, const char *order, char **ret_value, int64_t *ret_id, GError **error)
{
  g_autofree char *text = decode(cursor);
  g_auto(GStrv) parts = text ? g_strsplit(text, "\n", PARTS) : NULL;
  int64_t id;
  if (!parts || g_strv_length(parts) != PARTS || strcmp(parts[0], order) != 0 || !parse_int(parts[1], 0, INT64_MAX, &id))
    return cursor_fail(error);
  *ret_value = g_strdup(parts[2]);
  *ret_id = id;
  return true;
}

bool cursor_parse_int(const char *cursor, const char *order, int64_t *ret_value, int64_t *ret_id, GError **error)
{
  g_autofree char *text = NULL;
  int64_t id, value;
  if (!cursor_parse(cursor, order, &text, &id, error))
    return false;
  if (!parse_int(text, INT64_MIN, INT64_MAX, &value))
    return cursor_fail(error);
  *ret_value = value;
  *ret_id = id;
  return true;
}
