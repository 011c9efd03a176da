/* What happens to a record's memory: defaults, freeing, copies and comparison, member by member as the table says.
 * Test: tests/unit/base/test_record.c */
#include "base/field.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Stands before each record made by record_new, because GPtrArray's free function is given the record alone. */
typedef union {
  const FieldTable *table;
  max_align_t align;
} RecordHeader;

size_t field_size(const Field *field)
{
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return sizeof(bool);
  case FIELD_KIND_INT:
    return sizeof(int64_t);
  case FIELD_KIND_REAL:
    return sizeof(double);
  case FIELD_KIND_ENUM:
    return sizeof(int);
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    return sizeof(char *);
  case FIELD_KIND_STRINGS:
    return sizeof(char **);
  case FIELD_KIND_INTS:
    return sizeof(GArray *);
  case FIELD_KIND_RECORD:
    return field->record->size;
  case FIELD_KIND_RECORDS:
    return sizeof(GPtrArray *);
  }
  g_assert_not_reached();
}

void field_clear(const Field *field, void *record)
{
  void *member = field_at(field, record);
  switch (field->kind) {
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    g_free(*(char **)member);
    break;
  case FIELD_KIND_STRINGS:
    g_strfreev(*(char ***)member);
    break;
  case FIELD_KIND_INTS:
    g_clear_pointer((GArray **)member, g_array_unref);
    break;
  case FIELD_KIND_RECORD:
    record_clear(field->record, member);
    break;
  case FIELD_KIND_RECORDS:
    g_clear_pointer((GPtrArray **)member, g_ptr_array_unref);
    break;
  case FIELD_KIND_BOOL:
  case FIELD_KIND_INT:
  case FIELD_KIND_REAL:
  case FIELD_KIND_ENUM:
    break;
  }
  memset(member, 0, field_size(field));
}

static GPtrArray *copy_records(const FieldTable *table, const GPtrArray *from)
{
  GPtrArray *copies = records_new(table);
  for (guint i = 0; i < from->len; i++) {
    g_ptr_array_add(copies, record_new_like(table, from->pdata[i]));
  }
  return copies;
}

void field_copy(const Field *field, const void *from, void *to)
{
  const void *source = field_peek(field, from);
  void *target = field_at(field, to);
  switch (field->kind) {
  case FIELD_KIND_BOOL:
  case FIELD_KIND_INT:
  case FIELD_KIND_REAL:
  case FIELD_KIND_ENUM:
    memcpy(target, source, field_size(field));
    break;
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    *(char **)target = g_strdup(*(char *const *)source);
    break;
  case FIELD_KIND_STRINGS:
    *(char ***)target = g_strdupv(*(char **const *)source);
    break;
  case FIELD_KIND_INTS: {
    GArray *ints = *(GArray *const *)source;
    *(GArray **)target = ints ? g_array_copy(ints) : NULL;
    break;
  }
  case FIELD_KIND_RECORD:
    record_copy(field->record, source, target);
    break;
  case FIELD_KIND_RECORDS: {
    const GPtrArray *records = *(GPtrArray *const *)source;
    *(GPtrArray **)target = records ? copy_records(field->record, records) : NULL;
    break;
  }
  }
}

static bool texts_equal(const Field *field, const char *a, const char *b)
{
  if (!(field->flags & FIELD_NULLABLE)) {
    const char *empty = field->kind == FIELD_KIND_JSON ? "null" : "";
    a = a ? a : empty;
    b = b ? b : empty;
  }
  return g_strcmp0(a, b) == 0;
}

static bool strings_equal(char *const *a, char *const *b)
{
  static const char *const none[] = {NULL};
  return g_strv_equal(a ? (const char *const *)a : none, b ? (const char *const *)b : none);
}

static bool ints_equal(const GArray *a, const GArray *b)
{
  guint n_a = a ? a->len : 0, n_b = b ? b->len : 0;
  return n_a == n_b && (n_a == 0 || memcmp(a->data, b->data, n_a * sizeof(int64_t)) == 0);
}

static bool records_equal(const FieldTable *table, const GPtrArray *a, const GPtrArray *b)
{
  guint n_a = a ? a->len : 0, n_b = b ? b->len : 0;
  if (n_a != n_b)
    return false;
  for (guint i = 0; i < n_a; i++)
    if (!record_equal(table, a->pdata[i], b->pdata[i]))
      return false;
  return true;
}

static bool reals_equal(double a, double b)
{
  return (isnan(a) && isnan(b)) || a == b;
}

bool field_equal(const Field *field, const void *record_a, const void *record_b)
{
  if (field_is_null(field, record_a) != field_is_null(field, record_b))
    return false;
  const void *a = field_peek(field, record_a), *b = field_peek(field, record_b);
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return *(const bool *)a == *(const bool *)b;
  case FIELD_KIND_INT:
    return *(const int64_t *)a == *(const int64_t *)b;
  case FIELD_KIND_REAL:
    return reals_equal(*(const double *)a, *(const double *)b);
  case FIELD_KIND_ENUM:
    return *(const int *)a == *(const int *)b;
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    return texts_equal(field, *(char *const *)a, *(char *const *)b);
  case FIELD_KIND_STRINGS:
    return strings_equal(*(char **const *)a, *(char **const *)b);
  case FIELD_KIND_INTS:
    return ints_equal(*(GArray *const *)a, *(GArray *const *)b);
  case FIELD_KIND_RECORD:
    return record_equal(field->record, a, b);
  case FIELD_KIND_RECORDS:
    return records_equal(field->record, *(GPtrArray *const *)a, *(GPtrArray *const *)b);
  }
  g_assert_not_reached();
}

bool field_is_null(const Field *field, const void *record)
{
  if (!(field->flags & FIELD_NULLABLE))
    return false;
  const void *member = field_peek(field, record);
  switch (field->kind) {
  case FIELD_KIND_INT:
    return *(const int64_t *)member == FIELD_NULL_INT;
  case FIELD_KIND_REAL:
    return isnan(*(const double *)member);
  case FIELD_KIND_ENUM:
    return *(const int *)member == FIELD_NULL_ENUM;
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
  case FIELD_KIND_STRINGS:
  case FIELD_KIND_INTS:
  case FIELD_KIND_RECORDS:
    return *(void *const *)member == NULL;
  case FIELD_KIND_BOOL:
  case FIELD_KIND_RECORD:
    return false;
  }
  g_assert_not_reached();
}

void field_set_null(const Field *field, void *record)
{
  bool nullable = field->flags & FIELD_NULLABLE;
  field_clear(field, record);
  void *member = field_at(field, record);
  switch (field->kind) {
  case FIELD_KIND_INT:
    *(int64_t *)member = nullable ? FIELD_NULL_INT : 0;
    break;
  case FIELD_KIND_REAL:
    *(double *)member = nullable ? NAN : 0;
    break;
  case FIELD_KIND_ENUM:
    *(int *)member = nullable ? FIELD_NULL_ENUM : field->values->rows[0].value;
    break;
  case FIELD_KIND_TEXT:
    *(char **)member = nullable ? NULL : g_strdup("");
    break;
  case FIELD_KIND_RECORD:
    record_init(field->record, member);
    break;
  case FIELD_KIND_BOOL:
  case FIELD_KIND_JSON:
  case FIELD_KIND_STRINGS:
  case FIELD_KIND_INTS:
  case FIELD_KIND_RECORDS:
    break;
  }
}

void record_init(const FieldTable *table, void *record)
{
  memset(record, 0, table->size);
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    field_set_null(field, record);
    g_autoptr(GError) error = NULL;
    if (field->preset && !field_set_text(field, record, field->preset, &error))
      g_error("The default \"%s\" in table %s is wrong: %s", field->preset, table->name, error->message);
  }
}

void record_clear(const FieldTable *table, void *record)
{
  for (size_t i = 0; i < table->n_fields; i++)
    field_clear(&table->fields[i], record);
  memset(record, 0, table->size);
}

static void *with_header(const FieldTable *table)
{
  RecordHeader *header = g_malloc0(sizeof *header + table->size);
  header->table = table;
  return header + 1;
}

void *record_new(const FieldTable *table)
{
  void *record = with_header(table);
  record_init(table, record);
  return record;
}

void *record_new_like(const FieldTable *table, const void *from)
{
  void *record = with_header(table);
  record_copy(table, from, record);
  return record;
}

static void free_with_header(void *record)
{
  RecordHeader *header = (RecordHeader *)record - 1;
  record_clear(header->table, record);
  g_free(header);
}

void record_free(const FieldTable *table, void *record)
{
  if (!record)
    return;
  g_assert(((RecordHeader *)record - 1)->table == table);
  free_with_header(record);
}

void record_copy(const FieldTable *table, const void *from, void *ret_to)
{
  memset(ret_to, 0, table->size);
  for (size_t i = 0; i < table->n_fields; i++)
    field_copy(&table->fields[i], from, ret_to);
}

bool record_equal(const FieldTable *table, const void *a, const void *b)
{
  for (size_t i = 0; i < table->n_fields; i++)
    if (!field_equal(&table->fields[i], a, b))
      return false;
  return true;
}

GPtrArray *records_new(const FieldTable *table)
{
  (void)table; /* each record knows its own */
  return g_ptr_array_new_with_free_func(free_with_header);
}
