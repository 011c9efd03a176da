/* The table of what workers report. Test: tests/unit/operate/test_warden.c */
#include "store/worker_state.h"

bool worker_state_put(DbConn *conn, const char *worker, const char *state, int64_t now_ms, GError **error)
{
  return db_exec(conn,
                 "INSERT INTO governor_states (worker, state, updated_at_ms) VALUES ($1, $2, $3) "
                 "ON CONFLICT (worker) DO UPDATE SET state = $2, updated_at_ms = $3",
                 DB_ARGS(DB_TEXT(worker), DB_TEXT(state), DB_INT(now_ms)), NULL, error);
}

bool worker_state_each(DbConn *conn, int64_t since_ms, void (*each)(const char *worker, const char *state, void *user_data),
                       void *user_data, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT worker, state FROM governor_states WHERE updated_at_ms >= $1 ORDER BY worker",
                                    DB_ARGS(DB_INT(since_ms)), error);
  g_autoptr(GError) problem = NULL;
  if (!rows)
    return false;
  while (db_rows_next(rows, &problem))
    each(db_rows_text(rows, 0), db_rows_text(rows, 1), user_data);
  if (!problem)
    return true;
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}

bool worker_state_purge(DbConn *conn, int64_t before_ms, GError **error)
{
  return db_exec(conn, "DELETE FROM governor_states WHERE updated_at_ms < $1", DB_ARGS(DB_INT(before_ms)), NULL, error);
}
