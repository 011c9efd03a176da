/* What was done to files, and taking it back. Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "api/stored.h"
#include "base/error.h"
#include "store/record_sql.h"
#include "store/work.h"
#include "worker/executors.h"

#include <string.h>

static const QueryParameter history_query[] = {
    {"q", FIELD_KIND_TEXT, NULL, "Part of the path."},
    {"root", FIELD_KIND_INT, NULL, "What was done to files of this root."},
    {"file", FIELD_KIND_INT, NULL, "What was done to this file."},
};

static bool get_history(Request *request, void *input, Response *response, GError **error)
{
  HistoryQuery query = {
      .text = request_text(request, "q"),
      .root_id = request_int(request, "root"),
      .file_id = request_int(request, "file"),
      .after = request_text(request, "after"),
      .limit = request_limit(request),
  };
  g_autofree char *next = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) entries = conn ? history_page(conn, &query, &next, error) : NULL;
  if (entries)
    response_list(response, &history_table, entries, next);
  return entries != NULL;
}

/* The unfinished undo of this very entry. An undo of another entry of the same file must end first: what it leaves decides
 * whether this one is possible. */
static bool find_undo(DbConn *conn, const HistoryEntry *entry, int64_t *ret_id, bool *ret_found, GError **error)
{
  *ret_found = false;
  if (entry->file_id == FIELD_NULL_INT)
    return true;
  if (!work_find_job(conn, "undo", entry->file_id, ret_id, ret_found, error))
    return false;
  if (!*ret_found)
    return true;
  g_autoptr(Job) job = record_new(&job_table);
  if (!record_get(conn, &job_table, *ret_id, job, error))
    return false;
  g_autoptr(json_t) payload = json_parse(job->payload, strlen(job->payload), error);
  if (!payload)
    return false;
  if (json_integer_value(json_object_get(payload, "history_id")) == entry->id)
    return true;
  return fail(error, REEVE_ERROR_CONFLICT, "Job %" G_GINT64_FORMAT " is undoing something else on %s; wait for it.", *ret_id,
              entry->path);
}

static bool make_undo(Request *request, DbConn *conn, const HistoryEntry *entry, int64_t *ret_id, bool *ret_found, GError **error)
{
  if (!find_undo(conn, entry, ret_id, ret_found, error))
    return false;
  if (*ret_found)
    return true;
  const UndoPayload payload = {.history_id = entry->id};
  const QueueMake job = {
      .kind = "undo",
      .title = entry->path,
      .root_id = entry->root_id,
      .file_id = entry->file_id,
      .payload_table = &undo_payload_table,
      .payload = &payload,
      .priority = PRIORITY_HIGH,
  };
  return queue_make(request_services(request)->queue, conn, &job, ret_id, error);
}

/* The lock on the entry keeps two requests from both finding no undo. */
static bool undo_in(Request *request, DbConn *conn, int64_t *ret_id, bool *ret_found, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  HistoryEntry entry;
  record_init(&history_table, &entry);
  bool ok = transaction && record_lock(conn, &history_table, request_id(request), &entry, error) &&
            make_undo(request, conn, &entry, ret_id, ret_found, error) && db_commit(transaction, error);
  record_clear(&history_table, &entry);
  return ok;
}

static bool undo(Request *request, int64_t *ret_id, GError **error)
{
  const ApiServices *services = request_services(request);
  bool found = false;
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  if (!conn || !undo_in(request, conn, ret_id, &found, error))
    return false;
  g_clear_pointer(&conn, db_release);
  if (!found)
    queue_publish(services->queue, *ret_id);
  return true;
}

static bool post_undo(Request *request, void *input, Response *response, GError **error)
{
  JobMade made = {0};
  if (!tune_can_undo(request_services(request)->tune, request_id(request), error) || !undo(request, &made.job, error))
    return false;
  response_record(response, &job_made_table, &made);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/history", ACCESS_READ, ROUTE_LISTS | ROUTE_KEPT, .output = &history_table, .status = 200,
     .handle = get_history, ROUTE_QUERY(history_query), .summary = "What was done to files, the newest first."},
    {"POST", "/api/v1/history/{id}/undo", ACCESS_OPERATE, ROUTE_SLOW | ROUTE_ONCE, .output = &job_made_table, .status = 202,
     .handle = post_undo, .summary = "Brings the original back; 409 with the reason where that cannot be."},
};
const RouteSet history_routes = {rows, G_N_ELEMENTS(rows)};
