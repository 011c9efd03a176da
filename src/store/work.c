/* Decides which files a root-wide request means. Test: tests/unit/store/test_work.c */
#include "store/work.h"

#include "store/file.h"
#include "store/job.h"

GArray *work_files_of_root(DbConn *conn, int64_t root_id, int64_t profile_id, int64_t profile_version, GError **error)
{
  static const char all[] = "SELECT id FROM files WHERE root_id = $1 AND state = $2 ORDER BY path";
  static const char untried[] =
      "SELECT f.id FROM files f WHERE f.root_id = $1 AND f.state = $2 AND NOT EXISTS (SELECT 1 FROM verdicts v "
      "WHERE v.fingerprint = f.fingerprint AND v.profile_id = $3 AND v.profile_version = $4) ORDER BY f.path";
  const char *ready = enum_name(&file_state_table, FILE_READY);
  if (profile_version < 0)
    return db_query_ids(conn, all, DB_ARGS(DB_INT(root_id), DB_TEXT(ready)), error);
  return db_query_ids(conn, untried, DB_ARGS(DB_INT(root_id), DB_TEXT(ready), DB_INT(profile_id), DB_INT(profile_version)),
                      error);
}

#define UNFINISHED "state IN ('held', 'pending', 'running', 'paused')"

bool work_find_job(DbConn *conn, const char *kind, int64_t file_id, int64_t *ret_job_id, bool *ret_found, GError **error)
{
  return db_query_int(conn, "SELECT id FROM jobs WHERE file_id = $1 AND kind = $2 AND " UNFINISHED " ORDER BY id LIMIT 1",
                      DB_ARGS(DB_INT(file_id), DB_TEXT(kind)), ret_job_id, ret_found, error);
}

bool work_find_root_job(DbConn *conn, const char *kind, int64_t root_id, int64_t *ret_job_id, bool *ret_found, GError **error)
{
  return db_query_int(conn, "SELECT id FROM jobs WHERE root_id = $1 AND kind = $2 AND " UNFINISHED " ORDER BY id LIMIT 1",
                      DB_ARGS(DB_INT(root_id), DB_TEXT(kind)), ret_job_id, ret_found, error);
}

bool work_count_others(DbConn *conn, const char *kind, int64_t job_id, int64_t *ret_count, GError **error)
{
  bool found;
  return db_query_int(
      conn,
      "SELECT COUNT(*) FROM jobs WHERE kind = $1 AND state IN ('pending', 'running') AND id <> $2 AND NOT EXISTS "
      "(SELECT 1 FROM jobs part WHERE part.parent_id = jobs.id AND part.state IN ('pending', 'running', 'paused'))",
      DB_ARGS(DB_TEXT(kind), DB_INT(job_id)), ret_count, &found, error);
}

bool work_count_parts(DbConn *conn, int64_t job_id, int64_t *ret_count, GError **error)
{
  bool found;
  return db_query_int(conn, "SELECT COUNT(*) FROM jobs WHERE parent_id = $1 AND " UNFINISHED, DB_ARGS(DB_INT(job_id)), ret_count,
                      &found, error);
}
