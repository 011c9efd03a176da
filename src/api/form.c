/* Decides what a form says: application/x-www-form-urlencoded (WHATWG URL, 5.1) or multipart/form-data.
 * Test: tests/unit/api/test_conversions.c */
#include "api/form.h"

#include "base/error.h"
#include "wire/multipart.h"
#include "wire/url.h"

#include <string.h>

/* "+" is a space, "%2B" a plus. NULL if it is broken. The caller frees it. */
static char *decode(const char *text)
{
  g_autofree char *spaced = g_strdelimit(g_strdup(text), "+", ' ');
  return url_decode(spaced);
}

static bool put(json_t *object, const char *name, const char *value, GError **error)
{
  bool good = name && value && g_utf8_validate(name, -1, NULL) && g_utf8_validate(value, -1, NULL);
  return (good && json_object_set_new(object, name, json_string(value)) == 0) ||
         fail(error, REEVE_ERROR_INVALID, "The form has a field that is not UTF-8 or not encoded as forms are.");
}

static bool read_pairs(const char *body, json_t *object, GError **error)
{
  g_auto(GStrv) pairs = g_strsplit(body, "&", -1);
  for (char **pair = pairs; *pair; pair++) {
    if (!**pair)
      continue;
    char *equals = strchr(*pair, '=');
    if (equals)
      *equals = '\0';
    g_autofree char *name = decode(*pair), *value = decode(equals ? equals + 1 : "");
    if (!put(object, name, value, error))
      return false;
  }
  return true;
}

typedef struct {
  json_t *object;
  char *name;
  GString *value;
} Parts;

static bool on_part(const MultipartPart *part, void *user_data, GError **error)
{
  Parts *parts = user_data;
  if (part->file_name)
    return fail(error, REEVE_ERROR_INVALID, "The form may have no files.");
  g_free(parts->name);
  parts->name = g_strdup(part->name);
  g_string_truncate(parts->value, 0);
  return true;
}

static bool on_data(const void *bytes, size_t length, void *user_data, GError **error)
{
  g_string_append_len(((Parts *)user_data)->value, bytes, (gssize)length);
  return true;
}

static bool on_end(void *user_data, GError **error)
{
  const Parts *parts = user_data;
  bool whole = strlen(parts->value->str) == parts->value->len;
  return put(parts->object, parts->name, whole ? parts->value->str : NULL, error);
}

static bool read_parts(const char *content_type, const GString *body, json_t *object, GError **error)
{
  g_autoptr(GString) value = g_string_new(NULL);
  Parts parts = {.object = object, .value = value};
  const MultipartHandler handler = {.on_part = on_part, .on_data = on_data, .on_end = on_end, .user_data = &parts};
  g_autoptr(MultipartReader) reader = multipart_reader_new(content_type, &handler, error);
  bool ok = reader && multipart_reader_feed(reader, body->str, body->len, error) && multipart_reader_finish(reader, error);
  g_free(parts.name);
  return ok;
}

json_t *form_read(const char *content_type, const GString *body, Response *response, GError **error)
{
  g_autoptr(json_t) object = json_object();
  g_autoptr(GError) why = NULL;
  bool ok = media_type_is(content_type, "multipart/form-data") ? read_parts(content_type, body, object, &why)
            : strlen(body->str) == body->len                   ? read_pairs(body->str, object, &why)
                                                               : fail(&why, REEVE_ERROR_INVALID, "The form holds a zero byte.");
  if (ok)
    return g_steal_pointer(&object);
  response_refuse(response, error, "", "%s", why->message);
  return NULL;
}
