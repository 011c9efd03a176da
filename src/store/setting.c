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
