/* How a row stands on a line. Test: tests/unit/operate/test_backup.c */
#include "store/dump.h"

#include "base/error.h"

#include <string.h>

enum { COLUMNS_MAX = 500, LOOK_EVERY_ROWS = 256 /* at the cancel token */ };

static char *column_list(const CatalogTable *table)
{
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < table->columns->len; i++)
    g_string_append_printf(names, "%s%s", i ? ", " : "", ((const CatalogColumn *)table->columns->pdata[i])->name);
  return g_string_free(names, FALSE);
}

static json_t *text_value(const char *text)
{
  json_t *value = json_string(text);
  if (value)
    return value;
  g_autofree char *valid = g_utf8_make_valid(text, -1); /* written by another program: kept as well as can be */
  return json_string(valid);
}

static json_t *value_of(const CatalogColumn *column, const DbRows *rows, int index)
{
  if (db_rows_is_null(rows, index))
    return json_null();
  switch ((ColumnType)column->type) {
  case COLUMN_INT:
    return json_integer(db_rows_int(rows, index));
  case COLUMN_REAL:
    return json_real(db_rows_real(rows, index));
  case COLUMN_TEXT:
    break;
  }
  return text_value(db_rows_text(rows, index));
}

static bool give_row(const CatalogTable *table, const DbRows *rows, DumpLine sink, void *user_data, GError **error)
{
  g_autoptr(json_t) row = json_array();
  for (guint i = 0; i < table->columns->len; i++)
    json_array_append_new(row, value_of(table->columns->pdata[i], rows, (int)i));
  g_autofree char *line = json_text(row);
  return sink(line, strlen(line), user_data, error);
}

bool dump_table(DbConn *conn, const CatalogTable *table, Cancel *cancel, DumpLine sink, void *user_data, int64_t *ret_rows,
                GError **error)
{
  g_autofree char *columns = column_list(table);
  g_autofree char *sql =
      g_strdup_printf("SELECT %s FROM %s%s", columns, table->name, table->last_id == FIELD_NULL_INT ? "" : " ORDER BY id");
  g_autoptr(DbRows) rows = db_query_stream(conn, sql, DB_NO_ARGS, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  int64_t n = 0;
  while (!problem && db_rows_next(rows, &problem)) {
    if (n % LOOK_EVERY_ROWS == 0 && !cancel_check(cancel, &problem))
      break;
    n += give_row(table, rows, sink, user_data, &problem);
  }
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  *ret_rows = n;
  return true;
}

char *dump_insert_sql(const CatalogTable *table)
{
  g_autofree char *columns = column_list(table);
  g_autoptr(GString) values = g_string_new(NULL);
  for (guint i = 0; i < table->columns->len; i++)
    g_string_append_printf(values, "%s$%u", i ? ", " : "", i + 1);
  return g_strdup_printf("INSERT INTO %s (%s) VALUES (%s)", table->name, columns, values->str);
}

static bool arg_of(const CatalogColumn *column, const json_t *value, DbArg *ret_arg)
{
  if (json_is_null(value)) {
    *ret_arg = (DbArg){.kind = DB_ARG_NULL};
    return true;
  }
  switch ((ColumnType)column->type) {
  case COLUMN_INT:
    *ret_arg = DB_INT(json_integer_value(value));
    return json_is_integer(value);
  case COLUMN_REAL:
    *ret_arg = DB_REAL(json_number_value(value));
    return json_is_number(value);
  case COLUMN_TEXT:
    *ret_arg = DB_TEXT(json_string_value(value));
    return json_is_string(value);
  }
  return false;
}

bool dump_put_row(DbConn *conn, const CatalogTable *table, const char *insert_sql, const json_t *row, GError **error)
{
  DbArg args[COLUMNS_MAX + 1];
  guint n = table->columns->len;
  if (n > COLUMNS_MAX || !json_is_array(row) || json_array_size(row) != n)
    return fail(error, REEVE_ERROR_CORRUPT, "A row of %s has not as many values as the table has columns.", table->name);
  for (guint i = 0; i < n; i++) {
    const CatalogColumn *column = table->columns->pdata[i];
    if (!arg_of(column, json_array_get(row, i), &args[i]))
      return fail(error, REEVE_ERROR_CORRUPT, "A row of %s has a value for %s that is not %s.", table->name, column->name,
                  enum_name(&column_type_table, column->type));
  }
  args[n] = (DbArg){.kind = DB_ARG_END};
  return db_exec(conn, insert_sql, args, NULL, error);
}
