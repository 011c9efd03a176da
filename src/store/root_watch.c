/* The table of watches. Test: tests/unit/operate/test_watcher.c, on both databases */
#include "store/root_watch.h"

bool root_watch_take(DbConn *conn, int64_t root_id, const char *owner, int64_t now_ms, int64_t until_ms, bool *ret_taken,
                     GError **error)
{
  static const char sql[] = "INSERT INTO root_watches (root_id, owner, until_ms, state, updated_at_ms) "
                            "VALUES ($1, $2, $3, NULL, $4) ON CONFLICT (root_id) DO UPDATE SET owner = $2, until_ms = $3 "
                            "WHERE root_watches.owner = $2 OR root_watches.until_ms < $4 OR $5 = 1";
  int64_t changed = 0;
  if (!db_exec(
          conn, sql,
          DB_ARGS(DB_INT(root_id), DB_TEXT(owner), DB_INT(until_ms), DB_INT(now_ms), DB_INT(db_conn_kind(conn) == DB_SQLITE)),
          &changed, error))
    return false;
  *ret_taken = changed > 0;
  return true;
}

bool root_watch_say(DbConn *conn, int64_t root_id, const char *owner, const char *state, int64_t now_ms, GError **error)
{
  return db_exec(conn, "UPDATE root_watches SET state = $1, updated_at_ms = $2 WHERE root_id = $3 AND owner = $4",
                 DB_ARGS(DB_TEXT(state), DB_INT(now_ms), DB_INT(root_id), DB_TEXT(owner)), NULL, error);
}

bool root_watch_leave(DbConn *conn, int64_t root_id, const char *owner, GError **error)
{
  return db_exec(conn, "DELETE FROM root_watches WHERE root_id = $1 AND owner = $2", DB_ARGS(DB_INT(root_id), DB_TEXT(owner)),
                 NULL, error);
}

bool root_watch_each(DbConn *conn, int64_t now_ms, void (*each)(int64_t root_id, const char *state, void *user_data),
                     void *user_data, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn,
               "SELECT root_id, state FROM root_watches WHERE state IS NOT NULL AND (until_ms >= $1 OR $2 = 1) "
               "ORDER BY root_id",
               DB_ARGS(DB_INT(now_ms), DB_INT(db_conn_kind(conn) == DB_SQLITE)), error);
  g_autoptr(GError) problem = NULL;
  if (!rows)
    return false;
  while (db_rows_next(rows, &problem))
    each(db_rows_int(rows, 0), db_rows_text(rows, 1), user_data);
  if (!problem)
    return true;
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}
