/* Decides how a record looks in JSON. Nothing here can fail: a value that JSON cannot say becomes null, bytes that are not UTF-8
 * become U+FFFD. Test: tests/unit/wire/test_json_from_record.c */
#include "wire/json.h"

#include <math.h>
#include <string.h>

static json_t *from_text(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
  return json_string(valid);
}

static json_t *from_json_text(const char *text)
{
  json_t *value = text ? json_parse(text, strlen(text), NULL) : NULL;
  return value ? value : json_null();
}

static json_t *from_enum(const EnumTable *values, int value)
{
  const char *name = enum_name(values, value);
  return name ? json_string(name) : json_null();
}

static json_t *from_strings(char *const *strings)
{
  json_t *array = json_array();
  for (; strings && *strings; strings++)
    json_array_append_new(array, from_text(*strings));
  return array;
}

static json_t *from_ints(const GArray *ints)
{
  json_t *array = json_array();
  for (guint i = 0; ints && i < ints->len; i++)
    json_array_append_new(array, json_integer(g_array_index(ints, int64_t, i)));
  return array;
}

json_t *json_from_field(const Field *field, const void *record, JsonView view)
{
  if (field_is_null(field, record))
    return json_null();
  const void *member = field_peek(field, record);
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return json_boolean(*(const bool *)member);
  case FIELD_KIND_INT:
    return json_integer(*(const int64_t *)member);
  case FIELD_KIND_REAL: {
    double value = *(const double *)member;
    return isfinite(value) ? json_real(value) : json_null();
  }
  case FIELD_KIND_ENUM:
    return from_enum(field->values, *(const int *)member);
  case FIELD_KIND_TEXT:
    return from_text(*(char *const *)member);
  case FIELD_KIND_JSON:
    return from_json_text(*(char *const *)member);
  case FIELD_KIND_STRINGS:
    return from_strings(*(char **const *)member);
  case FIELD_KIND_INTS:
    return from_ints(*(GArray *const *)member);
  case FIELD_KIND_RECORD:
    return json_from_record(field->record, member, view);
  case FIELD_KIND_RECORDS:
    return json_from_records(field->record, *(GPtrArray *const *)member, view);
  }
  g_assert_not_reached();
}

json_t *json_from_record(const FieldTable *table, const void *record, JsonView view)
{
  json_t *object = json_object();
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (view == JSON_FULL || !(field->flags & (FIELD_NO_JSON | FIELD_SECRET)))
      json_object_set_new(object, field->name, json_from_field(field, record, view));
  }
  return object;
}

json_t *json_from_records(const FieldTable *table, const GPtrArray *records, JsonView view)
{
  json_t *array = json_array();
  for (guint i = 0; records && i < records->len; i++)
    json_array_append_new(array, json_from_record(table, records->pdata[i], view));
  return array;
}
