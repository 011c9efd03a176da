/* Decides which files a root-wide request means. Test: tests/unit/store/test_work.c */
#include "store/work.h"

#include "store/file.h"
#include "store/job.h"

static GArray *collect_ids(DbRows *rows, GError **error)
{
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_autoptr(GError) why = NULL;
  while (db_rows_next(rows, &why)) {
    int64_t id = db_rows_int(rows, 0);
    g_array_append_val(ids, id);
  }
  if (why) {
    g_propagate_error(error, g_steal_pointer(&why));
    return NULL;
  }
  return g_steal_pointer(&ids);
}

GArray *work_files_of_root(DbConn *conn, int64_t root_id, int64_t profile_id, int64_t profile_version, GError **error)
{
  static const char all[] = "SELECT id FROM files WHERE root_id = $1 AND state = $2 ORDER BY path";
  static const char untried[] =
      "SELECT f.id FROM files f WHERE f.root_id = $1 AND f.state = $2 AND NOT EXISTS (SELECT 1 FROM verdicts v "
      "WHERE v.fingerprint = f.fingerprint AND v.profile_id = $3 AND v.profile_version = $4) ORDER BY f.path";
  g_autoptr(DbRows) rows =
      profile_version < 0
          ? db_query(conn, all, DB_ARGS(DB_INT(root_id), DB_TEXT(enum_name(&file_state_table, FILE_READY))), error)
          : db_query(conn, untried,
                     DB_ARGS(DB_INT(root_id), DB_TEXT(enum_name(&file_state_table, FILE_READY)), DB_INT(profile_id),
                             DB_INT(profile_version)),
                     error);
  return rows ? collect_ids(rows, error) : NULL;
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
