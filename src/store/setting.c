/* Settings by name. Test: tests/unit/store/test_tables.c */
#include "store/setting.h"

char *setting_get(DbConn *conn, const char *name, bool *ret_found, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT value FROM settings WHERE name = $1", DB_ARGS(DB_TEXT(name)), error);
  if (!rows)
    return NULL;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  *ret_found = found;
  return found ? g_strdup(db_rows_text(rows, 0)) : NULL;
}

bool setting_put(DbConn *conn, const char *name, const char *json, const Clock *clock, GError **error)
{
  static const char sql[] = "INSERT INTO settings (name, value, updated_at_ms) VALUES ($1, $2, $3) "
                            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at_ms = excluded.updated_at_ms";
  return db_exec(conn, sql, DB_ARGS(DB_TEXT(name), DB_TEXT(json), DB_INT(clock_now_ms(clock))), NULL, error);
}

bool setting_remove(DbConn *conn, const char *name, GError **error)
{
  return db_exec(conn, "DELETE FROM settings WHERE name = $1", DB_ARGS(DB_TEXT(name)), NULL, error);
}

bool setting_each(DbConn *conn, const char *prefix, void (*each)(const char *name, const char *json, void *user_data),
                  void *user_data, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn, "SELECT name, value FROM settings WHERE substr(name, 1, CAST($1 AS INTEGER)) = $2 ORDER BY name",
               DB_ARGS(DB_INT(g_utf8_strlen(prefix, -1)), DB_TEXT(prefix)), error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem))
    each(db_rows_text(rows, 0), db_rows_text(rows, 1), user_data);
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return !problem;
}

/* SQLite's transactions lock the whole database from the start. */
bool settings_lock(DbConn *conn, GError **error)
{
  return db_conn_kind(conn) != DB_POSTGRESQL || db_exec_script(conn, "LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE", error);
}
