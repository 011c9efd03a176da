/* Kept answers. Test: tests/unit/store/test_lookup_cache.c */
#include "store/lookup_cache.h"

char *lookup_cache_get(DbConn *conn, const char *key, int64_t now_ms, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT value FROM lookup_cache WHERE key = $1 AND expires_at_ms > $2",
                                    DB_ARGS(DB_TEXT(key), DB_INT(now_ms)), error);
  return rows && db_rows_next(rows, error) ? g_strdup(db_rows_text(rows, 0)) : NULL;
}

bool lookup_cache_put(DbConn *conn, const char *key, const char *value, int64_t expires_at_ms, GError **error)
{
  static const char sql[] = "INSERT INTO lookup_cache (key, value, expires_at_ms) VALUES ($1, $2, $3) "
                            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms";
  return db_exec(conn, sql, DB_ARGS(DB_TEXT(key), DB_TEXT(value), DB_INT(expires_at_ms)), NULL, error);
}

bool lookup_cache_purge(DbConn *conn, int64_t now_ms, int64_t *ret_deleted, GError **error)
{
  return db_exec(conn, "DELETE FROM lookup_cache WHERE expires_at_ms <= $1", DB_ARGS(DB_INT(now_ms)), ret_deleted, error);
}
