/* Reads custom formats and matches releases with them. Test: tests/unit/release/test_custom_format.c */
#include "release/custom_format.h"

#include "base/error.h"

#include <string.h>

void custom_format_free(CustomFormat *format)
{
  if (!format)
    return;
  g_free(format->name);
  g_clear_pointer(&format->conditions, g_ptr_array_unref);
  json_decref(format->document);
  g_free(format);
}

/* By kind, and of a kind the required ones first: they decide alone. */
static gint by_cost(gconstpointer a, gconstpointer b)
{
  const FormatCondition *x = *(FormatCondition *const *)a, *y = *(FormatCondition *const *)b;
  return x->kind != y->kind ? x->kind - y->kind : (int)y->required - (int)x->required;
}

static bool read_conditions(CustomFormat *format, const json_t *list, GError **error)
{
  if (!json_is_array(list) || json_array_size(list) == 0)
    return fail(error, REEVE_ERROR_INVALID, "\"specifications\" must be a list of at least one condition.");
  if (json_array_size(list) > CUSTOM_FORMAT_MAX_CONDITIONS)
    return fail(error, REEVE_ERROR_LIMIT, "\"specifications\" has %zu conditions; at most %d are read.", json_array_size(list),
                CUSTOM_FORMAT_MAX_CONDITIONS);
  size_t i;
  const json_t *json;
  json_array_foreach(list, i, json)
  {
    FormatCondition *condition = format_condition_from_json(json, error);
    if (!condition)
      return false;
    g_ptr_array_add(format->conditions, condition);
  }
  g_ptr_array_sort(format->conditions, by_cost);
  return true;
}

CustomFormat *custom_format_from_json(json_t *json, int64_t id, GError **error)
{
  const json_t *name = json_object_get(json, "name");
  if (!json_is_object(json) || !json_is_string(name) || json_string_length(name) == 0 ||
      json_string_length(name) > CUSTOM_FORMAT_NAME_MAX_BYTES) {
    fail(error, REEVE_ERROR_INVALID, "A custom format must be an object with a \"name\" of 1 to %d bytes.",
         CUSTOM_FORMAT_NAME_MAX_BYTES);
    return NULL;
  }
  g_autoptr(CustomFormat) format = g_new0(CustomFormat, 1);
  format->id = id;
  format->name = g_strdup(json_string_value(name));
  format->include_when_renaming = json_is_true(json_object_get(json, "includeCustomFormatWhenRenaming"));
  format->conditions = g_ptr_array_new_with_free_func((GDestroyNotify)format_condition_free);
  format->document = json_incref(json);
  g_autoptr(GError) why = NULL;
  if (!read_conditions(format, json_object_get(json, "specifications"), &why)) {
    fail(error, reeve_error_code(why), "The custom format \"%s\" cannot be used. %s", format->name, why->message);
    return NULL;
  }
  return g_steal_pointer(&format);
}

GPtrArray *custom_formats_parse(const char *text, size_t length, int64_t first_id, GError **error)
{
  g_autoptr(json_t) json = json_parse(text, length, error);
  if (!json)
    return NULL;
  g_autoptr(GPtrArray) formats = g_ptr_array_new_with_free_func((GDestroyNotify)custom_format_free);
  bool list = json_is_array(json);
  size_t n = list ? json_array_size(json) : 1;
  if (n > CUSTOM_FORMATS_MAX) {
    fail(error, REEVE_ERROR_LIMIT, "The file holds %zu custom formats; at most %d are read.", n, CUSTOM_FORMATS_MAX);
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    CustomFormat *format = custom_format_from_json(list ? json_array_get(json, i) : json, first_id + (int64_t)i, error);
    if (!format)
      return NULL;
    g_ptr_array_add(formats, format);
  }
  return g_steal_pointer(&formats);
}

json_t *custom_format_json(const CustomFormat *format)
{
  return json_incref(format->document);
}

static void add_problem(GPtrArray *problems, const CustomFormat *format, const FormatCondition *condition)
{
  if (problems)
    g_ptr_array_add(problems, g_strdup_printf("The condition \"%s\" of the custom format \"%s\" was stopped, because its "
                                              "expression tries too many ways to match; the format counts as not matched. "
                                              "Simplify nested repeats such as (a+)+.",
                                              condition->name, format->name));
}

bool custom_format_matches(const CustomFormat *format, const FormatFacts *facts, PatternScratch *scratch, GPtrArray *problems)
{
  const GPtrArray *conditions = format->conditions;
  for (guint i = 0; i < conditions->len;) {
    int kind = ((const FormatCondition *)conditions->pdata[i])->kind;
    bool holds = false;
    for (; i < conditions->len; i++) {
      const FormatCondition *condition = conditions->pdata[i];
      if (condition->kind != kind)
        break;
      if (holds && !condition->required)
        continue;
      PatternOutcome outcome = format_condition_test(condition, facts, scratch);
      if (outcome == PATTERN_STOPPED) {
        add_problem(problems, format, condition);
        return false;
      }
      if (outcome == PATTERN_MISSES && condition->required)
        return false;
      holds = holds || outcome == PATTERN_MATCHES;
    }
    if (!holds)
      return false;
  }
  return true;
}

GArray *custom_formats_match(const GPtrArray *formats, const FormatFacts *facts, PatternScratch *scratch, GPtrArray *problems)
{
  GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (guint i = 0; formats && i < formats->len; i++) {
    const CustomFormat *format = formats->pdata[i];
    if (custom_format_matches(format, facts, scratch, problems))
      g_array_append_val(ids, format->id);
  }
  return ids;
}

const CustomFormat *custom_format_find(const GPtrArray *formats, int64_t id)
{
  for (guint i = 0; formats && i < formats->len; i++) {
    const CustomFormat *format = formats->pdata[i];
    if (format->id == id)
      return format;
  }
  return NULL;
}
