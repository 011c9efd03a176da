/* Decides what OpenAPI says about a table's fields. Test: tests/unit/wire/test_json_schema.c */
#include "wire/json.h"

#include <math.h>

static bool is_input(JsonMode mode)
{
  return mode != JSON_TRUSTED;
}

static bool is_in_schema(const Field *field, JsonMode mode)
{
  FieldFlags hidden = FIELD_NO_JSON | (is_input(mode) ? FIELD_KEY | FIELD_READ_ONLY : FIELD_SECRET);
  return !(field->flags & hidden);
}

/* An answer always has all its fields; an input must have what cannot be defaulted, an update nothing. */
static bool is_required(const Field *field, JsonMode mode)
{
  return !is_input(mode) || (mode == JSON_CREATE && (field->flags & FIELD_REQUIRED));
}

static void set_text(json_t *schema, const char *key, const char *text)
{
  if (text)
    json_object_set_new(schema, key, json_string(text));
}

static void set_type(json_t *schema, const Field *field, const char *type)
{
  if (field->flags & FIELD_NULLABLE)
    json_object_set_new(schema, "type", json_pack("[s, s]", type, "null"));
  else
    set_text(schema, "type", type);
}

static void set_bound(json_t *schema, const char *key, double bound)
{
  bool whole = bound == floor(bound) && fabs(bound) < 0x1p63;
  json_object_set_new(schema, key, whole ? json_integer((json_int_t)bound) : json_real(bound));
}

static bool has_max(const Field *field)
{
  return field->max >= field->min && (field->min != 0 || field->max != 0);
}

static void set_range(json_t *schema, const Field *field)
{
  if (field->min == 0 && field->max == 0)
    return;
  set_bound(schema, "minimum", field->min);
  if (has_max(field))
    set_bound(schema, "maximum", field->max);
}

static void set_items(json_t *schema, const Field *field, json_t *items)
{
  set_type(schema, field, "array");
  json_object_set_new(schema, "items", items);
  if (field->min > 0)
    set_bound(schema, "minItems", field->min);
  if (has_max(field))
    set_bound(schema, "maxItems", field->max);
}

/* OpenAPI counts characters and our rules bytes, so these are bounds that every good text keeps, not the rule itself. */
static void set_text_type(json_t *schema, const Field *field)
{
  set_type(schema, field, "string");
  set_text(schema, "format", field->format);
  if (field->min > 0)
    json_object_set_new(schema, "minLength", json_integer(1));
  set_bound(schema, "maxLength", has_max(field) ? field->max : FIELD_TEXT_MAX_BYTES);
}

static void set_enum_type(json_t *schema, const Field *field)
{
  set_type(schema, field, "string");
  set_text(schema, "title", field->values->name);
  json_t *names = json_array(), *helps = json_object();
  for (size_t i = 0; i < field->values->n_rows; i++) {
    const EnumRow *row = &field->values->rows[i];
    json_array_append_new(names, json_string(row->name));
    set_text(helps, row->name, row->help);
  }
  if (field->flags & FIELD_NULLABLE)
    json_array_append_new(names, json_null());
  json_object_set_new(schema, "enum", names);
  if (json_object_size(helps) > 0)
    json_object_set(schema, "x-enum-help", helps);
  json_decref(helps);
}

char *json_schema_name(const FieldTable *table, JsonMode mode)
{
  bool as_it_is = !is_input(mode) || g_str_has_suffix(table->name, "Input");
  return g_strconcat(table->name, as_it_is ? "" : "Input", NULL);
}

static json_t *reference(const FieldTable *table, JsonMode mode)
{
  g_autofree char *name = json_schema_name(table, mode);
  json_t *schema = json_object();
  json_object_set_new(schema, "$ref", json_sprintf("#/components/schemas/%s", name));
  return schema;
}

static json_t *value_schema(const Field *field, JsonMode mode)
{
  if (field->kind == FIELD_KIND_RECORD)
    return reference(field->record, mode);
  json_t *schema = json_object();
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    set_text(schema, "type", "boolean");
    break;
  case FIELD_KIND_INT:
    set_type(schema, field, "integer");
    set_text(schema, "format", field->format ? field->format : "int64");
    set_range(schema, field);
    break;
  case FIELD_KIND_REAL:
    set_type(schema, field, "number");
    set_text(schema, "format", field->format ? field->format : "double");
    set_range(schema, field);
    break;
  case FIELD_KIND_ENUM:
    set_enum_type(schema, field);
    break;
  case FIELD_KIND_TEXT:
    set_text_type(schema, field);
    break;
  case FIELD_KIND_STRINGS:
    set_items(schema, field, json_pack("{s:s}", "type", "string"));
    break;
  case FIELD_KIND_INTS:
    set_items(schema, field, json_pack("{s:s, s:s}", "type", "integer", "format", "int64"));
    break;
  case FIELD_KIND_RECORDS:
    set_items(schema, field, reference(field->record, mode));
    break;
  case FIELD_KIND_JSON: /* any value, but where it is known what it looks like */
    if (field->record && (field->flags & FIELD_NULLABLE))
      json_object_set_new(schema, "anyOf", json_pack("[o, {s:s}]", reference(field->record, mode), "type", "null"));
    else if (field->record)
      json_object_update_new(schema, reference(field->record, mode));
    break;
  case FIELD_KIND_RECORD:
    break;
  }
  return schema;
}

/* The default as JSON, read the way record_init reads it. */
static json_t *preset_value(const Field *field)
{
  Field alone = *field;
  alone.offset = 0;
  const FieldTable table = {.name = field->name, .size = field_size(field), .fields = &alone, .n_fields = 1};
  g_autofree void *member = g_malloc0(table.size);
  record_init(&table, member);
  json_t *value = json_from_field(&alone, member, JSON_FULL);
  record_clear(&table, member);
  return value;
}

static json_t *field_schema(const Field *field, JsonMode mode)
{
  json_t *schema = value_schema(field, mode);
  set_text(schema, "description", field->help);
  if (mode == JSON_CREATE && field->preset)
    json_object_set_new(schema, "default", preset_value(field));
  if (!is_input(mode) && (field->flags & (FIELD_KEY | FIELD_READ_ONLY)))
    json_object_set_new(schema, "readOnly", json_true());
  if (field->flags & FIELD_SECRET)
    json_object_set_new(schema, "writeOnly", json_true());
  if (field->flags & FIELD_ADVANCED)
    json_object_set_new(schema, "x-advanced", json_true());
  return schema;
}

json_t *json_schema(const FieldTable *table, JsonMode mode)
{
  json_t *properties = json_object(), *required = json_array();
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!is_in_schema(field, mode))
      continue;
    json_object_set_new(properties, field->name, field_schema(field, mode));
    if (is_required(field, mode))
      json_array_append_new(required, json_string(field->name));
  }
  json_t *schema = json_object();
  set_text(schema, "type", "object");
  json_object_set_new(schema, "properties", properties);
  if (json_array_size(required) > 0)
    json_object_set(schema, "required", required);
  json_decref(required);
  if (is_input(mode))
    json_object_set_new(schema, "additionalProperties", json_false());
  return schema;
}
