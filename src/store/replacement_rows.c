/* Which rows of the journal and the trash somebody has to look at. Test: tests/unit/store/test_record_rows.c */
#include "store/record_sql.h"
#include "store/replacement.h"

#define UNFINISHED "state IN ('staged', 'verified', 'intent', 'swapped')"

GPtrArray *replacements_unfinished(DbConn *conn, GError **error)
{
  return record_list(conn, &replacement_table, "WHERE " UNFINISHED " ORDER BY id", DB_NO_ARGS, error);
}

GPtrArray *replacements_open(DbConn *conn, GError **error)
{
  return record_list(conn, &replacement_table, "WHERE " UNFINISHED " OR stage_directory <> '' ORDER BY id", DB_NO_ARGS, error);
}

bool replacements_under_way(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error)
{
  bool found;
  return db_query_int(conn, "SELECT COUNT(*) FROM replacements WHERE root_id = $1 AND " UNFINISHED, DB_ARGS(DB_INT(root_id)),
                      ret_count, &found, error);
}

bool replacement_of_lease(DbConn *conn, int64_t job_id, int64_t lease_epoch, Replacement *ret_replacement, GError **error)
{
  return record_find(conn, &replacement_table, "job_id = $1 AND lease_epoch = $2 AND state IN ('staged', 'verified')",
                     DB_ARGS(DB_INT(job_id), DB_INT(lease_epoch)), ret_replacement, error);
}

bool replacement_of_job(DbConn *conn, int64_t job_id, Replacement *ret_replacement, GError **error)
{
  return record_find(conn, &replacement_table,
                     "id = (SELECT MAX(id) FROM replacements WHERE job_id = $1 AND state IN ('staged', 'verified'))",
                     DB_ARGS(DB_INT(job_id)), ret_replacement, error);
}

bool replacement_of_directory(DbConn *conn, const char *stage_directory, bool *ret_known, GError **error)
{
  int64_t id;
  return db_query_int(conn, "SELECT id FROM replacements WHERE stage_directory = $1 LIMIT 1", DB_ARGS(DB_TEXT(stage_directory)),
                      &id, ret_known, error);
}

bool trash_postpone(DbConn *conn, int64_t by_ms, GError **error)
{
  return db_exec(conn, "UPDATE trash SET expires_at_ms = expires_at_ms + $1 WHERE state = 'kept' AND expires_at_ms IS NOT NULL",
                 DB_ARGS(DB_INT(by_ms)), NULL, error);
}

GPtrArray *trash_kept(DbConn *conn, GError **error)
{
  return record_list(conn, &trash_table, "WHERE state = 'kept' ORDER BY created_at_ms, id", DB_NO_ARGS, error);
}
