/* The statements on checks. Test: tests/unit/operate/test_checks.c, on both databases */
#include "store/file_check.h"

#include "store/record_sql.h"
#include "wire/json.h"

#define CHECKED_AT "COALESCE(checked_at_ms, 0)"

bool file_check_put(DbConn *conn, const FileCheck *check, bool *ret_kept, GError **error)
{
  LibraryFile found = {.faults = (GPtrArray *)check->faults};
  g_autoptr(json_t) array = json_from_field(field_find(&file_table, "faults"), &found, JSON_FULL);
  g_autofree char *faults = json_text(array);
  int64_t changed = 0;
  if (!db_exec(conn,
               "UPDATE files SET health = $1, checked_at_ms = $2, fault_count = $3, faults = $4, updated_at_ms = $2 "
               "WHERE id = $5 AND size_bytes = $6 AND mtime_ns = $7",
               DB_ARGS(DB_ENUM(file_health_table, check->health), DB_INT(check->now_ms), DB_INT(check->fault_count),
                       DB_TEXT(faults), DB_INT(check->file_id), DB_INT(check->size_bytes), DB_INT(check->mtime_ns)),
               &changed, error))
    return false;
  *ret_kept = changed > 0;
  return true;
}

GArray *file_check_due(DbConn *conn, int64_t root_id, int64_t before_ms, int64_t tried_after_ms, int64_t limit, GError **error)
{
  return db_query_ids(conn,
                      "SELECT id FROM files WHERE root_id = $1 AND " CHECKED_AT " < $2 AND state IN ('ready', 'failed') "
                      "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.file_id = files.id AND jobs.kind = '" FILE_CHECK_JOB "' AND "
                      "(jobs.finished_at_ms IS NULL OR jobs.finished_at_ms > $3)) "
                      "ORDER BY " CHECKED_AT ", id LIMIT $4",
                      DB_ARGS(DB_INT(root_id), DB_INT(before_ms), DB_INT(tried_after_ms), DB_INT(limit)), error);
}

bool file_check_bytes_since(DbConn *conn, int64_t root_id, int64_t since_ms, int64_t *ret_bytes, GError **error)
{
  bool found;
  return db_query_int(conn, "SELECT COALESCE(SUM(size_bytes), 0) FROM files WHERE root_id = $1 AND " CHECKED_AT " >= $2",
                      DB_ARGS(DB_INT(root_id), DB_INT(since_ms)), ret_bytes, &found, error);
}

bool file_check_is_open(DbConn *conn, bool *ret_open, GError **error)
{
  int64_t some = 0;
  bool found;
  if (!db_query_int(conn,
                    "SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE kind = '" FILE_CHECK_JOB
                    "' AND state IN ('held', 'pending', 'running', 'paused') LIMIT 1) AS unfinished",
                    DB_NO_ARGS, &some, &found, error))
    return false;
  *ret_open = some > 0;
  return true;
}
