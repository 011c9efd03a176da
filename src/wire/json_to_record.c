/* Decides whether a JSON object is a record of a table, and says everything that is wrong with it. The record is built beside
 * the caller's and takes its place only if all of it is right. Test: tests/unit/wire/test_json_to_record.c */
#include "wire/json.h"

#include "base/error.h"
#include "wire/json_path.h"

#include <stdarg.h>
#include <string.h>

typedef struct {
  GPtrArray *errors;   /* of FieldError, or NULL */
  GString *path;       /* of the value being read */
  char *first_message; /* NULL: nothing wrong so far */
} Input;

static void complain(Input *input, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* `format` goes on after the field's path. */
static void complain(Input *input, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *rule = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *message = g_strdup_printf("%s %s", input->path->len > 0 ? input->path->str : "The input", rule);
  if (input->errors)
    field_errors_add(input->errors, input->path->str, "%s", message);
  if (!input->first_message)
    input->first_message = g_steal_pointer(&message);
}

static void read_record(Input *input, const FieldTable *table, const json_t *object, JsonMode mode, void *record);

static bool read_bool(Input *input, const json_t *value, bool *ret)
{
  if (!json_is_boolean(value)) {
    complain(input, "must be true or false");
    return false;
  }
  *ret = json_is_true(value);
  return true;
}

static bool read_int(Input *input, const json_t *value, int64_t *ret)
{
  if (!json_is_integer(value)) {
    complain(input, "must be a whole number");
    return false;
  }
  *ret = json_integer_value(value);
  return true;
}

/* In a member of its own this number means that there is no value; in a list it is a number. */
static bool check_not_null_int(Input *input, int64_t value)
{
  if (value == FIELD_NULL_INT)
    complain(input, "must be more than %" G_GINT64_FORMAT, FIELD_NULL_INT);
  return value != FIELD_NULL_INT;
}

static bool read_real(Input *input, const json_t *value, double *ret)
{
  if (!json_is_number(value)) {
    complain(input, "must be a number");
    return false;
  }
  *ret = json_number_value(value);
  return true;
}

static bool read_enum(Input *input, const EnumTable *values, const json_t *value, int *ret)
{
  if (json_is_string(value) && enum_value(values, json_string_value(value), ret))
    return true;
  g_autofree char *choices = enum_choices(values);
  complain(input, "must be %s", choices);
  return false;
}

/* On success *ret is a new string; what it held is the caller's to free. */
static bool read_string(Input *input, const json_t *value, char **ret)
{
  if (!json_is_string(value)) {
    complain(input, "must be text");
    return false;
  }
  const char *text = json_string_value(value);
  if (strlen(text) != json_string_length(value)) {
    complain(input, "must not contain the NUL character");
    return false;
  }
  *ret = g_strdup(text);
  return true;
}

/* True if the value has more than `levels` arrays and objects inside each other. Goes no deeper than it must. */
static bool is_deeper_than(const json_t *value, size_t levels)
{
  if (!json_is_array(value) && !json_is_object(value))
    return false;
  if (levels == 0)
    return true;
  for (size_t i = 0; i < json_array_size(value); i++)
    if (is_deeper_than(json_array_get(value, i), levels - 1))
      return true;
  const char *key;
  json_t *item;
  json_object_foreach((json_t *)value, key, item) if (is_deeper_than(item, levels - 1)) return true;
  return false;
}

static bool read_json(Input *input, const json_t *value, char **ret)
{
  if (is_deeper_than(value, JSON_MAX_INNER_DEPTH)) {
    complain(input, "must not nest deeper than %d levels", JSON_MAX_INNER_DEPTH);
    return false;
  }
  *ret = json_text(value);
  return true;
}

/* Lists are judged by their length before their items are built. */
static bool check_list(Input *input, const Field *field, const json_t *value)
{
  if (!json_is_array(value)) {
    complain(input, "must be a list");
    return false;
  }
  g_autofree char *complaint = field_length_complaint(field, json_array_size(value));
  if (complaint)
    complain(input, "%s", complaint);
  return !complaint;
}

static void read_strings(Input *input, const Field *field, const json_t *value, char ***ret)
{
  if (!check_list(input, field, value))
    return;
  size_t n = json_array_size(value);
  char **strings = g_new0(char *, n + 1);
  for (size_t i = 0; i < n; i++) {
    gsize before = json_path_push_index(input->path, i);
    if (!read_string(input, json_array_get(value, i), &strings[i]))
      strings[i] = g_strdup("");
    json_path_pop(input->path, before);
  }
  *ret = strings;
}

static void read_ints(Input *input, const Field *field, const json_t *value, GArray **ret)
{
  if (!check_list(input, field, value))
    return;
  size_t n = json_array_size(value);
  GArray *ints = g_array_sized_new(FALSE, FALSE, sizeof(int64_t), (guint)n);
  for (size_t i = 0; i < n; i++) {
    gsize before = json_path_push_index(input->path, i);
    int64_t item = 0;
    read_int(input, json_array_get(value, i), &item);
    g_array_append_val(ints, item);
    json_path_pop(input->path, before);
  }
  *ret = ints;
}

static void read_records(Input *input, const Field *field, const json_t *value, JsonMode mode, GPtrArray **ret)
{
  if (!check_list(input, field, value))
    return;
  /* The items of a list have no older self to keep values from. */
  JsonMode item_mode = mode == JSON_UPDATE ? JSON_CREATE : mode;
  GPtrArray *records = records_new(field->record);
  for (size_t i = 0; i < json_array_size(value); i++) {
    gsize before = json_path_push_index(input->path, i);
    void *item = record_new(field->record);
    g_ptr_array_add(records, item);
    read_record(input, field->record, json_array_get(value, i), item_mode, item);
    json_path_pop(input->path, before);
  }
  *ret = records;
}

/* Puts the value into an emptied member. False if it is of the wrong type; rules come later. */
static bool read_value(Input *input, const Field *field, const json_t *value, JsonMode mode, void *member)
{
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return read_bool(input, value, member);
  case FIELD_KIND_INT:
    return read_int(input, value, member) && check_not_null_int(input, *(int64_t *)member);
  case FIELD_KIND_REAL:
    return read_real(input, value, member);
  case FIELD_KIND_ENUM:
    return read_enum(input, field->values, value, member);
  case FIELD_KIND_TEXT:
    return read_string(input, value, member);
  case FIELD_KIND_JSON:
    return read_json(input, value, member);
  case FIELD_KIND_STRINGS:
    read_strings(input, field, value, member);
    return *(char ***)member != NULL;
  case FIELD_KIND_INTS:
    read_ints(input, field, value, member);
    return *(GArray **)member != NULL;
  case FIELD_KIND_RECORDS:
    read_records(input, field, value, mode, member);
    return *(GPtrArray **)member != NULL;
  case FIELD_KIND_RECORD:
    read_record(input, field->record, value, mode, member);
    return true;
  }
  g_assert_not_reached();
}

static bool takes_null(const Field *field)
{
  if (field->kind == FIELD_KIND_JSON)
    return true;
  return (field->flags & FIELD_NULLABLE) && field->kind != FIELD_KIND_BOOL && field->kind != FIELD_KIND_RECORD;
}

static void read_field(Input *input, const Field *field, const json_t *value, JsonMode mode, void *record)
{
  if (json_is_null(value)) {
    if (takes_null(field))
      field_set_null(field, record);
    else
      complain(input, "must not be null");
    return;
  }
  if (field->kind != FIELD_KIND_RECORD) /* a record is read over its old self */
    field_clear(field, record);
  if (!read_value(input, field, value, mode, field_at(field, record)))
    return;
  g_autofree char *complaint = field_complaint(field, record);
  if (complaint)
    complain(input, "%s", complaint);
}

static bool is_known(const Field *field, JsonMode mode)
{
  return field && (mode == JSON_TRUSTED || !(field->flags & FIELD_NO_JSON));
}

static bool is_writable(const Field *field, JsonMode mode)
{
  return mode == JSON_TRUSTED || !(field->flags & (FIELD_KEY | FIELD_READ_ONLY | FIELD_NO_JSON));
}

static void refuse_unknown_fields(Input *input, const FieldTable *table, const json_t *object, JsonMode mode)
{
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)object, key, value)
  {
    if (is_known(field_find(table, key), mode))
      continue;
    gsize before = json_path_push(input->path, key);
    complain(input, "is not a known field");
    json_path_pop(input->path, before);
  }
}

static void read_record(Input *input, const FieldTable *table, const json_t *object, JsonMode mode, void *record)
{
  if (!json_is_object(object)) {
    complain(input, "must be an object");
    return;
  }
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    const json_t *value = json_object_get(object, field->name);
    if (!is_known(field, mode))
      continue;
    gsize before = json_path_push(input->path, field->name);
    if (value && !is_writable(field, mode))
      complain(input, "is read-only");
    else if (value)
      read_field(input, field, value, mode, record);
    else if (mode == JSON_CREATE && (field->flags & FIELD_REQUIRED) && is_writable(field, mode))
      complain(input, "is required");
    json_path_pop(input->path, before);
  }
  if (mode != JSON_TRUSTED)
    refuse_unknown_fields(input, table, object, mode);
}

bool json_to_record(const FieldTable *table, const json_t *object, JsonMode mode, void *record, GPtrArray *errors, GError **error)
{
  Input input = {.errors = errors, .path = g_string_new(NULL)};
  g_autofree void *draft = g_malloc0(table->size);
  record_copy(table, record, draft);
  read_record(&input, table, object, mode, draft);
  g_string_free(input.path, TRUE);
  if (input.first_message) {
    record_clear(table, draft);
    fail(error, REEVE_ERROR_INVALID, "%s", input.first_message);
    g_free(input.first_message);
    return false;
  }
  record_clear(table, record);
  memcpy(record, draft, table->size);
  return true;
}

bool json_to_field(const Field *field, const json_t *value, JsonMode mode, void *record, GError **error)
{
  /* The member alone, as a record of one field. */
  Field alone = *field;
  alone.offset = 0;
  const FieldTable table = {.name = field->name, .size = field_size(field), .fields = &alone, .n_fields = 1};
  g_autoptr(json_t) object = json_object();
  json_object_set(object, field->name, (json_t *)value); /* takes a reference, changes nothing */
  return json_to_record(&table, object, mode, field_at(field, record), NULL, error);
}
