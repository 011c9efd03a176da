/* The statements on records that are the same for every table, so that callers need no SQL for them.
 * Test: tests/unit/store/test_record_rows.c */
#include "store/record_sql.h"

#include "base/error.h"

/* Columns stand in SQL as they are, so they must be the table's own. */
static const char *column_of(const FieldTable *table, const char *name)
{
  const Field *field = field_find(table, name);
  g_assert(field && !(field->flags & FIELD_NO_COLUMN));
  return field->name;
}

GPtrArray *record_all(DbConn *conn, const FieldTable *table, const char *column, GError **error)
{
  g_autofree char *tail = g_strdup_printf("ORDER BY %s", column_of(table, column ? column : "id"));
  return record_list(conn, table, tail, DB_NO_ARGS, error);
}

GPtrArray *record_with(DbConn *conn, const FieldTable *table, const char *column, DbArg value, GError **error)
{
  g_autofree char *tail = g_strdup_printf("WHERE %s = $1 ORDER BY id", column_of(table, column));
  return record_list(conn, table, tail, DB_ARGS(value), error);
}

bool record_by(DbConn *conn, const FieldTable *table, const char *column, DbArg value, void *record, GError **error)
{
  g_autofree char *where = g_strdup_printf("%s = $1", column_of(table, column));
  return record_find(conn, table, where, DB_ARGS(value), record, error);
}

/* SQLite's transactions lock the whole database from the start. */
bool record_lock(DbConn *conn, const FieldTable *table, int64_t id, void *record, GError **error)
{
  if (db_conn_kind(conn) != DB_POSTGRESQL)
    return record_get(conn, table, id, record, error);
  g_autoptr(GError) why = NULL;
  if (record_find(conn, table, "id = $1 FOR UPDATE", DB_ARGS(DB_INT(id)), record, &why))
    return true;
  if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return record_get(conn, table, id, record, error); /* the same error, with the number in it */
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

GPtrArray *record_page(DbConn *conn, const FieldTable *table, int64_t after_id, int64_t limit, int64_t *ret_next, GError **error)
{
  /* One more than asked for tells whether there is a next page. */
  GPtrArray *records =
      record_list(conn, table, "WHERE id > $1 ORDER BY id LIMIT $2", DB_ARGS(DB_INT(after_id), DB_INT(limit + 1)), error);
  if (!records)
    return NULL;
  *ret_next = 0;
  if (records->len > limit) {
    g_ptr_array_set_size(records, (gint)limit);
    *ret_next = *(const int64_t *)field_peek(field_find(table, "id"), records->pdata[limit - 1]);
  }
  return records;
}

bool record_set(DbConn *conn, const FieldTable *table, int64_t id, const char *column, DbArg value, GError **error)
{
  g_autofree char *sql = g_strdup_printf("UPDATE %s SET %s = $1 WHERE id = $2", table->sql_table, column_of(table, column));
  int64_t changed = 0;
  if (!db_exec(conn, sql, DB_ARGS(value, DB_INT(id)), &changed, error))
    return false;
  return changed > 0 || record_missing(table, id, error);
}
