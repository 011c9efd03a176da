/* Records compared by what a row of a test says of them. */
#pragma once

#include "wire/json.h"

#include <string.h>

/* JSON written with single quotes, which need no escaping in C. */
static inline char *quoted(const char *text)
{
  char *json = g_strdup(text);
  return g_strdelimit(json, "'", '"');
}

static inline json_t *parse_quoted(const char *text)
{
  g_autofree char *json = quoted(text);
  g_autoptr(GError) error = NULL;
  json_t *value = json_parse(json, strlen(json), &error);
  if (!value)
    g_error("%s: %s", error->message, json);
  return value;
}

/* Whether `have` says all that `wanted` says: objects may have more keys, lists have as many items. */
static inline bool says(const json_t *have, const json_t *wanted)
{
  if (json_is_object(wanted)) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value) if (!says(json_object_get(have, key), value)) return false;
    return json_is_object(have);
  }
  if (json_is_array(wanted)) {
    if (!json_is_array(have) || json_array_size(have) != json_array_size(wanted))
      return false;
    for (size_t i = 0; i < json_array_size(wanted); i++)
      if (!says(json_array_get(have, i), json_array_get(wanted, i)))
        return false;
    return true;
  }
  return json_equal(have, wanted);
}

static inline void assert_says(const FieldTable *table, const void *record, const char *wanted)
{
  g_autoptr(json_t) have = json_from_record(table, record, JSON_FULL), expected = parse_quoted(wanted);
  if (!says(have, expected)) {
    g_autofree char *text = json_text(have);
    g_error("wanted %s\nhave %s", wanted, text);
  }
}
