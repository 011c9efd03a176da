/* What changes of roots beside their settings, column by column: somebody may edit the settings at the same time.
 * Test: tests/unit/store/test_record_rows.c */
#include "store/file.h"
#include "store/record_sql.h"
#include "store/root.h"

bool root_note_scan(DbConn *conn, int64_t root_id, int64_t device, int64_t now_ms, GError **error)
{
  return db_exec(conn,
                 "UPDATE roots SET device = $1, scanned_at_ms = $2, "
                 "file_count = (SELECT COALESCE(SUM(files), 0) FROM file_sums WHERE root_id = $3 AND state <> $4) WHERE id = $3",
                 DB_ARGS(DB_INT(device), DB_INT(now_ms), DB_INT(root_id), DB_ENUM(file_state_table, FILE_MISSING)), NULL, error);
}

#define COUNT_FILES "(SELECT COALESCE(SUM(files), 0) FROM file_sums WHERE root_id = $1 AND state <> $2)"

bool root_note_files(DbConn *conn, int64_t root_id, GError **error)
{
  return db_exec(conn, "UPDATE roots SET file_count = " COUNT_FILES " WHERE id = $1",
                 DB_ARGS(DB_INT(root_id), DB_ENUM(file_state_table, FILE_MISSING)), NULL, error);
}

bool root_count_files(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error)
{
  bool found;
  return db_query_int(conn, "SELECT " COUNT_FILES, DB_ARGS(DB_INT(root_id), DB_ENUM(file_state_table, FILE_MISSING)), ret_count,
                      &found, error);
}

bool root_set_frozen(DbConn *conn, int64_t root_id, const char *reason, int64_t now_ms, GError **error)
{
  if (reason)
    return db_exec(conn, "UPDATE roots SET state = $1, frozen_reason = $2, updated_at_ms = $3 WHERE id = $4",
                   DB_ARGS(DB_ENUM(root_state_table, ROOT_FROZEN), DB_TEXT(reason), DB_INT(now_ms), DB_INT(root_id)), NULL,
                   error);
  return db_exec(conn, "UPDATE roots SET state = $1, frozen_reason = NULL, device = NULL, updated_at_ms = $2 WHERE id = $3",
                 DB_ARGS(DB_ENUM(root_state_table, ROOT_ACTIVE), DB_INT(now_ms), DB_INT(root_id)), NULL, error);
}

bool root_take_over(DbConn *conn, int64_t from, int64_t to, GError **error)
{
  static const char *const statements[] = {
      "UPDATE files SET root_id = $1 WHERE root_id = $2",   "UPDATE jobs SET root_id = $1 WHERE root_id = $2",
      "UPDATE trash SET root_id = $1 WHERE root_id = $2",   "UPDATE replacements SET root_id = $1 WHERE root_id = $2",
      "UPDATE history SET root_id = $1 WHERE root_id = $2",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(statements); i++)
    if (!db_exec(conn, statements[i], DB_ARGS(DB_INT(to), DB_INT(from)), NULL, error))
      return false;
  return record_delete(conn, &root_table, from, error);
}

bool root_take_over_below(DbConn *conn, int64_t from, const Root *to, GError **error)
{
  g_autofree char *prefix = g_strconcat(to->path, "/", NULL);
  return db_exec(conn, "UPDATE files SET root_id = $1 WHERE root_id = $2 AND substr(path, 1, CAST($3 AS INTEGER)) = $4",
                 DB_ARGS(DB_INT(to->id), DB_INT(from), DB_INT(g_utf8_strlen(prefix, -1)), DB_TEXT(prefix)), NULL, error);
}

static bool first_with(DbConn *conn, const char *tail, int64_t id, char **ret_path, GError **error)
{
  g_autoptr(GPtrArray) roots = record_list(conn, &root_table, tail, DB_ARGS(DB_INT(id)), error);
  if (!roots)
    return false;
  *ret_path = roots->len ? g_strdup(((const Root *)roots->pdata[0])->path) : NULL;
  return true;
}

bool root_of_profile(DbConn *conn, int64_t profile_id, char **ret_path, GError **error)
{
  return first_with(conn, "WHERE profile_id = $1 ORDER BY id LIMIT 1", profile_id, ret_path, error);
}

bool root_of_schedule(DbConn *conn, int64_t schedule_id, char **ret_path, GError **error)
{
  return first_with(conn, "WHERE schedule_id = $1 ORDER BY id LIMIT 1", schedule_id, ret_path, error);
}
