/* The statements on tasks. Test: tests/unit/operate/test_schedule.c, on both databases */
#include "store/task.h"

bool task_row_last(DbConn *conn, const char *name, int64_t *ret_ran_at_ms, char **ret_failure, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT ran_at_ms, error FROM tasks WHERE name = $1", DB_ARGS(DB_TEXT(name)), error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  *ret_ran_at_ms = found ? db_rows_int(rows, 0) : 0;
  if (ret_failure)
    *ret_failure = found ? g_strdup(db_rows_text(rows, 1)) : NULL;
  return true;
}

bool task_row_begin(DbConn *conn, const char *name, int64_t at_ms, GError **error)
{
  return db_exec(conn, "INSERT INTO tasks (name, ran_at_ms, error) VALUES ($1, $2, NULL) ON CONFLICT (name) DO NOTHING",
                 DB_ARGS(DB_TEXT(name), DB_INT(at_ms)), NULL, error);
}

bool task_row_note(DbConn *conn, const char *name, int64_t at_ms, const char *failure, GError **error)
{
  static const char sql[] = "INSERT INTO tasks (name, ran_at_ms, error) VALUES ($1, $2, $3) "
                            "ON CONFLICT (name) DO UPDATE SET ran_at_ms = excluded.ran_at_ms, error = excluded.error";
  return db_exec(conn, sql, DB_ARGS(DB_TEXT(name), DB_INT(at_ms), DB_TEXT(failure)), NULL, error);
}

bool task_lock(DbConn *conn, const char *name, bool *ret_taken, GError **error)
{
  int64_t taken = 1;
  bool found;
  if (db_conn_kind(conn) == DB_POSTGRESQL &&
      !db_query_int(conn, "SELECT CASE WHEN pg_try_advisory_lock(hashtextextended($1, 0)) THEN 1 ELSE 0 END",
                    DB_ARGS(DB_TEXT(name)), &taken, &found, error))
    return false;
  *ret_taken = taken;
  return true;
}

void task_unlock(DbConn *conn, const char *name)
{
  g_autoptr(GError) why = NULL;
  if (db_conn_kind(conn) == DB_POSTGRESQL &&
      !db_exec(conn, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", DB_ARGS(DB_TEXT(name)), NULL, &why))
    g_debug("The lock of the task %s goes with its connection: %s", name, why->message);
}
