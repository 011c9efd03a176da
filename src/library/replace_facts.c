/* Reads and writes single keys of a replacement's facts, which are a JSON object for history with a few keys that the journal
 * needs for itself. Test: tests/unit/library/test_replace_plan.c */
#include "library/replace_internal.h"

#include "base/error.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

/* Our own column: what does not parse counts as empty. */
static json_t *parse_own(const char *facts)
{
  json_t *object = facts && facts[0] != '\0' ? json_parse(facts, strlen(facts), NULL) : NULL;
  if (json_is_object(object))
    return object;
  json_decref(object);
  return json_object();
}

char *facts_join(const char *old, const char *facts, GError **error)
{
  g_autoptr(json_t) joined = facts && facts[0] != '\0' ? json_parse(facts, strlen(facts), error) : json_object();
  if (!joined)
    return NULL;
  if (!json_is_object(joined)) {
    fail(error, REEVE_ERROR_INVALID, "The facts of a replacement are not a JSON object.");
    return NULL;
  }
  static const char *const own[] = {FACT_KEEP_DAYS, FACT_RELINK, FACT_NOT_KEPT};
  g_autoptr(json_t) before = parse_own(old);
  for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
    if (json_object_get(before, own[i]))
      json_object_set(joined, own[i], json_object_get(before, own[i]));
  return json_text(joined);
}

static char *with(const char *facts, const char *key, json_t *value)
{
  g_autoptr(json_t) object = parse_own(facts);
  json_object_set_new(object, key, value);
  return json_text(object);
}

char *facts_with_int(const char *facts, const char *key, int64_t value)
{
  return with(facts, key, json_integer(value));
}

/* Paths need not be UTF-8, JSON must be: those that are not are left out by the callers, which count them as not served. */
char *facts_with_text(const char *facts, const char *key, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid(value, -1);
  return with(facts, key, json_string(valid));
}

char *facts_with_texts(const char *facts, const char *key, const char *const *values)
{
  json_t *array = json_array();
  for (; *values; values++)
    if (g_utf8_validate(*values, -1, NULL))
      json_array_append_new(array, json_string(*values));
  return with(facts, key, array);
}

int64_t facts_int(const char *facts, const char *key, int64_t otherwise)
{
  g_autoptr(json_t) object = parse_own(facts);
  const json_t *value = json_object_get(object, key);
  return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

double facts_real(const char *facts, const char *key)
{
  g_autoptr(json_t) object = parse_own(facts);
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : 0;
}

char *facts_text(const char *facts, const char *key)
{
  g_autoptr(json_t) object = parse_own(facts);
  return g_strdup(json_string_value(json_object_get(object, key)));
}

char **facts_texts(const char *facts, const char *key)
{
  g_autoptr(json_t) object = parse_own(facts);
  const json_t *array = json_object_get(object, key);
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  size_t i;
  json_t *item;
  json_array_foreach(array, i, item) if (json_is_string(item)) g_ptr_array_add(texts, g_strdup(json_string_value(item)));
  g_ptr_array_add(texts, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&texts), FALSE);
}
