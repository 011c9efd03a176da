/* Decides which scan a request means. Test: tests/unit/api/test_server.c */
#include "api/stored.h"
#include "base/error.h"
#include "store/record_sql.h"
#include "store/work.h"
#include "worker/executors.h"

static bool make_scan(Request *request, DbConn *conn, const Root *root, int64_t *ret_id, bool *ret_found, GError **error)
{
  if (!root->enabled)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s is disabled; enable it first.", root->path);
  if (root->state == ROOT_FROZEN)
    return fail(error, REEVE_ERROR_CONFLICT, "The root %s is frozen: %s Look, and confirm it before it is scanned again.",
                root->path, root->frozen_reason ? root->frozen_reason : "");
  if (!work_find_root_job(conn, "scan", root->id, ret_id, ret_found, error))
    return false;
  if (*ret_found)
    return true;
  const ScanPayload payload = {.root_id = root->id};
  const QueueMake job = {
      .kind = "scan",
      .title = root->path,
      .root_id = root->id,
      .file_id = FIELD_NULL_INT,
      .payload_table = &scan_payload_table,
      .payload = &payload,
      .priority = PRIORITY_NORMAL,
  };
  return queue_make(request_services(request)->queue, conn, &job, ret_id, error);
}

/* The lock on the root's row keeps two requests from both finding no scan. */
bool stored_scan(Request *request, int64_t root_id, int64_t *ret_job_id, GError **error)
{
  const ApiServices *services = request_services(request);
  bool found = false;
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  if (!transaction || !record_lock(conn, &root_table, root_id, root, error) ||
      !make_scan(request, conn, root, ret_job_id, &found, error) || !db_commit(transaction, error))
    return false;
  g_clear_pointer(&transaction, db_transaction_free);
  g_clear_pointer(&conn, db_release);
  if (!found)
    queue_publish(services->queue, *ret_job_id);
  return true;
}
