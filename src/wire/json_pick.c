/* Decides when a foreign value counts as absent. Test: tests/unit/wire/test_json_pick.c */
#include "wire/json_pick.h"

#include <string.h>

const json_t *json_pick(const json_t *object, const char *path)
{
  for (const char *key = path;;) {
    size_t length = strcspn(key, ".");
    object = json_object_getn(object, key, length); /* NULL for what is no object */
    if (!key[length])
      return json_is_null(object) ? NULL : object;
    key += length + 1;
  }
}

char *json_pick_text(const json_t *object, const char *path, size_t max_bytes)
{
  const json_t *value = json_pick(object, path);
  size_t length = json_string_length(value); /* 0 for what is no text */
  return length > 0 && length <= max_bytes ? g_strdup(json_string_value(value)) : NULL;
}

int64_t json_pick_int(const json_t *object, const char *path)
{
  const json_t *value = json_pick(object, path);
  return json_is_integer(value) ? json_integer_value(value) : FIELD_NULL_INT;
}

int64_t json_pick_positive(const json_t *object, const char *path)
{
  int64_t value = json_pick_int(object, path);
  return value > 0 ? value : FIELD_NULL_INT;
}

bool json_pick_bool(const json_t *object, const char *path)
{
  return json_is_true(json_pick(object, path));
}

const json_t *json_pick_array(const json_t *object, const char *path)
{
  const json_t *value = json_pick(object, path);
  return json_is_array(value) ? value : NULL;
}
