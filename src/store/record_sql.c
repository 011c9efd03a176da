/* Records <-> rows. The SQL for a table is built from its field table each time: that costs microseconds, and the driver's
 * statement cache knows it again by its text.
 * Test: tests/unit/store/test_record_sql.c */
#include "store/record_sql.h"

#include "base/error.h"
#include "store/db_driver.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

static bool is_column(const Field *field)
{
  return !(field->flags & FIELD_NO_COLUMN);
}

static const Field *key_of(const FieldTable *table)
{
  for (size_t i = 0; i < table->n_fields; i++)
    if (table->fields[i].flags & FIELD_KEY)
      return &table->fields[i];
  g_error("Table %s has no key.", table->name);
}

/* "LibraryFile" -> "library file", for messages; the caller frees it. */
static char *noun(const FieldTable *table)
{
  GString *words = g_string_new(NULL);
  for (const char *p = table->name; *p; p++) {
    if (g_ascii_isupper(*p) && p != table->name)
      g_string_append_c(words, ' ');
    g_string_append_c(words, g_ascii_tolower(*p));
  }
  return g_string_free(words, FALSE);
}

/* --- from rows --- */

static const DbRowsMapping *mapping_of(const FieldTable *table, const DbRows *rows)
{
  DbRowsMapping *mapping = *rows->mapping;
  if (mapping && mapping->table == table)
    return mapping;
  g_free(mapping);
  mapping = g_malloc(sizeof *mapping + table->n_fields * sizeof mapping->columns[0]);
  mapping->table = table;
  int n = db_rows_columns(rows);
  for (size_t i = 0; i < table->n_fields; i++) {
    mapping->columns[i] = -1;
    for (int column = 0; column < n && is_column(&table->fields[i]); column++)
      if (strcmp(db_rows_column_name(rows, column), table->fields[i].name) == 0)
        mapping->columns[i] = column;
  }
  return *rows->mapping = mapping;
}

static bool corrupt(const FieldTable *table, const Field *field, const char *why, GError **error)
{
  return fail(error, REEVE_ERROR_CORRUPT, "The database column %s.%s holds what this Reeve does not understand: %s",
              table->sql_table ? table->sql_table : table->name, field->name, why);
}

static bool read_enum(const FieldTable *table, const Field *field, const char *text, int *ret, GError **error)
{
  return enum_value(field->values, text, ret) || corrupt(table, field, text, error);
}

/* Lists and records, kept as JSON text. */
static bool read_json(const FieldTable *table, const Field *field, const char *text, void *record, GError **error)
{
  if (strcmp(text, "[]") == 0 && !(field->flags & FIELD_NULLABLE)) {
    field_set_null(field, record); /* the usual case, and nothing to parse */
    return true;
  }
  g_autoptr(GError) why = NULL;
  g_autoptr(json_t) value = json_parse(text, strlen(text), &why);
  return (value && json_to_field(field, value, JSON_TRUSTED, record, &why)) || corrupt(table, field, why->message, error);
}

static bool read_column(const FieldTable *table, const Field *field, const DbRows *rows, int column, void *record, GError **error)
{
  if (db_rows_is_null(rows, column)) {
    field_set_null(field, record);
    return true;
  }
  void *member = field_at(field, record);
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    *(bool *)member = db_rows_int(rows, column) != 0;
    return true;
  case FIELD_KIND_INT:
    *(int64_t *)member = db_rows_int(rows, column);
    return true;
  case FIELD_KIND_REAL:
    *(double *)member = db_rows_real(rows, column);
    return true;
  case FIELD_KIND_ENUM:
    return read_enum(table, field, db_rows_text(rows, column), member, error);
  case FIELD_KIND_TEXT:
  case FIELD_KIND_JSON:
    field_clear(field, record);
    *(char **)member = g_strdup(db_rows_text(rows, column));
    return true;
  case FIELD_KIND_STRINGS:
  case FIELD_KIND_INTS:
  case FIELD_KIND_RECORD:
  case FIELD_KIND_RECORDS:
    return read_json(table, field, db_rows_text(rows, column), record, error);
  }
  g_assert_not_reached();
}

bool record_from_row(const FieldTable *table, const DbRows *rows, void *record, GError **error)
{
  const DbRowsMapping *mapping = mapping_of(table, rows);
  for (size_t i = 0; i < table->n_fields; i++)
    if (mapping->columns[i] >= 0 && !read_column(table, &table->fields[i], rows, mapping->columns[i], record, error))
      return false;
  return true;
}

/* --- to rows --- */

/* Arguments of one statement, and the texts made for them. */
typedef struct {
  GArray *args; /* DbArg, with DB_ARG_END at the end */
  GPtrArray *texts;
} ArgList;

static void arg_list_init(ArgList *list)
{
  list->args = g_array_new(TRUE, FALSE, sizeof(DbArg)); /* the zeroed element is DB_ARG_END */
  list->texts = g_ptr_array_new_with_free_func(g_free);
}

static void arg_list_clear(ArgList *list)
{
  g_array_unref(list->args);
  g_ptr_array_unref(list->texts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ArgList, arg_list_clear)

static DbArg json_arg(ArgList *list, const Field *field, const void *record)
{
  g_autoptr(json_t) value = json_from_field(field, record, JSON_FULL);
  char *text = json_text(value);
  g_ptr_array_add(list->texts, text);
  return DB_TEXT(text);
}

static DbArg field_arg(ArgList *list, const Field *field, const void *record)
{
  if (field_is_null(field, record))
    return (DbArg){.kind = DB_ARG_NULL};
  const void *member = field_peek(field, record);
  const char *text;
  switch (field->kind) {
  case FIELD_KIND_BOOL:
    return DB_INT(*(const bool *)member);
  case FIELD_KIND_INT:
    return DB_INT(*(const int64_t *)member);
  case FIELD_KIND_REAL:
    return DB_REAL(*(const double *)member);
  case FIELD_KIND_ENUM:
    return DB_TEXT(enum_name(field->values, *(const int *)member));
  case FIELD_KIND_TEXT:
    text = *(char *const *)member;
    return DB_TEXT(text ? text : "");
  case FIELD_KIND_JSON:
    text = *(char *const *)member;
    return DB_TEXT(text ? text : "null");
  case FIELD_KIND_STRINGS:
  case FIELD_KIND_INTS:
  case FIELD_KIND_RECORD:
  case FIELD_KIND_RECORDS:
    return json_arg(list, field, record);
  }
  g_assert_not_reached();
}

/* Adds the arguments of all columns but the key. False with INTERNAL if an enum holds no value of its table, or a number that
 * must be there is none: a defect of the caller that NOT NULL would report less clearly. */
static bool add_args(ArgList *list, const FieldTable *table, const void *record, GError **error)
{
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!is_column(field) || (field->flags & FIELD_KEY))
      continue;
    DbArg arg = field_arg(list, field, record);
    bool absent = (arg.kind == DB_ARG_TEXT && !arg.text) || (arg.kind == DB_ARG_REAL && isnan(arg.real)) ||
                  (field->kind == FIELD_KIND_INT && arg.kind == DB_ARG_INT && arg.integer == FIELD_NULL_INT);
    if (absent)
      return fail(error, REEVE_ERROR_INTERNAL, "A %s was to be stored without a value for %s.", table->name, field->name);
    g_array_append_val(list->args, arg);
  }
  return true;
}

char *record_columns(const FieldTable *table, const char *alias)
{
  GString *columns = g_string_new(NULL);
  for (size_t i = 0; i < table->n_fields; i++)
    if (is_column(&table->fields[i]))
      g_string_append_printf(columns, "%s%s%s%s", columns->len ? ", " : "", alias ? alias : "", alias ? "." : "",
                             table->fields[i].name);
  return g_string_free(columns, FALSE);
}

static char *insert_sql(const FieldTable *table)
{
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GString) values = g_string_new(NULL);
  int n = 0;
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!is_column(field) || (field->flags & FIELD_KEY))
      continue;
    const char *comma = n++ ? ", " : "";
    g_string_append_printf(names, "%s%s", comma, field->name);
    g_string_append_printf(values, "%s$%d", comma, n);
  }
  return g_strdup_printf("INSERT INTO %s (%s) VALUES (%s) RETURNING %s", table->sql_table, names->str, values->str,
                         key_of(table)->name);
}

bool record_insert(DbConn *conn, const FieldTable *table, void *record, GError **error)
{
  g_auto(ArgList) list;
  arg_list_init(&list);
  if (!add_args(&list, table, record, error))
    return false;
  g_autofree char *sql = insert_sql(table);
  int64_t id;
  bool found;
  if (!db_query_int(conn, sql, (const DbArg *)list.args->data, &id, &found, error))
    return false;
  if (!found)
    return fail(error, REEVE_ERROR_INTERNAL, "The database gave no number to a new row of %s.", table->sql_table);
  *(int64_t *)field_at(key_of(table), record) = id;
  return true;
}

static bool not_found(const FieldTable *table, int64_t id, GError **error)
{
  g_autofree char *thing = noun(table);
  return fail(error, REEVE_ERROR_NOT_FOUND, "There is no %s %" G_GINT64_FORMAT ".", thing, id);
}

bool record_update(DbConn *conn, const FieldTable *table, const void *record, GError **error)
{
  g_auto(ArgList) list;
  arg_list_init(&list);
  if (!add_args(&list, table, record, error))
    return false;
  const Field *key = key_of(table);
  int64_t id = *(const int64_t *)field_peek(key, record);
  g_autoptr(GString) sql = g_string_new(NULL);
  g_string_printf(sql, "UPDATE %s SET ", table->sql_table);
  int n = 0;
  for (size_t i = 0; i < table->n_fields; i++) {
    const Field *field = &table->fields[i];
    if (!is_column(field) || field == key)
      continue;
    g_string_append_printf(sql, "%s%s = $%d", n ? ", " : "", field->name, n + 1);
    n++;
  }
  g_string_append_printf(sql, " WHERE %s = $%d", key->name, n + 1);
  g_array_append_val(list.args, DB_INT(id));
  int64_t changed;
  if (!db_exec(conn, sql->str, (const DbArg *)list.args->data, &changed, error))
    return false;
  return changed > 0 || not_found(table, id, error);
}

/* One row by a condition. *ret_found false if there is none; `record` is then untouched. */
static bool find_one(DbConn *conn, const FieldTable *table, const char *where, const DbArg *args, void *record, bool *ret_found,
                     GError **error)
{
  g_autofree char *columns = record_columns(table, NULL);
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM %s WHERE %s", columns, table->sql_table, where);
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem) && record_from_row(table, rows, record, &problem);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  *ret_found = found;
  return true;
}

bool record_get(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error)
{
  g_autofree char *where = g_strdup_printf("%s = $1", key_of(table)->name);
  bool found;
  if (!find_one(conn, table, where, DB_ARGS(DB_INT(id)), record, &found, error))
    return false;
  return found || not_found(table, id, error);
}

bool record_find(DbConn *conn, const FieldTable *table, const char *where, const DbArg *args, void *record, GError **error)
{
  bool found;
  if (!find_one(conn, table, where, args, record, &found, error))
    return false;
  if (found)
    return true;
  g_autofree char *thing = noun(table);
  return fail(error, REEVE_ERROR_NOT_FOUND, "There is no such %s.", thing);
}

/* What each record of a list starts as: the defaults, read once, but for what every row brings itself. */
static void *start_of_rows(const FieldTable *table, const DbRows *rows)
{
  void *start = record_new(table);
  const DbRowsMapping *mapping = mapping_of(table, rows);
  for (size_t i = 0; i < table->n_fields; i++)
    if (mapping->columns[i] >= 0)
      field_clear(&table->fields[i], start);
  return start;
}

GPtrArray *record_query(DbConn *conn, const FieldTable *table, const char *sql, const DbArg *args, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return NULL;
  g_autoptr(GPtrArray) records = records_new(table);
  void *start = start_of_rows(table, rows);
  g_autoptr(GError) problem = NULL;
  while (!problem && db_rows_next(rows, &problem)) {
    void *record = record_new_like(table, start);
    g_ptr_array_add(records, record);
    record_from_row(table, rows, record, &problem);
  }
  record_free(table, start);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  return g_steal_pointer(&records);
}

GPtrArray *record_list(DbConn *conn, const FieldTable *table, const char *tail, const DbArg *args, GError **error)
{
  g_autofree char *columns = record_columns(table, NULL);
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM %s %s", columns, table->sql_table, tail);
  return record_query(conn, table, sql, args, error);
}

bool record_delete(DbConn *conn, const FieldTable *table, int64_t id, GError **error)
{
  g_autofree char *sql = g_strdup_printf("DELETE FROM %s WHERE %s = $1", table->sql_table, key_of(table)->name);
  int64_t changed;
  if (!db_exec(conn, sql, DB_ARGS(DB_INT(id)), &changed, error))
    return false;
  return changed > 0 || not_found(table, id, error);
}
