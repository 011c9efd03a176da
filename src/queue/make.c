/* What a job of this process's own kinds has in common. Test: tests/unit/queue/test_make.c */
#include "queue/make.h"

#include "wire/json.h"

bool queue_make(Queue *queue, DbConn *conn, const QueueMake *request, int64_t *ret_id, GError **error)
{
  static const char *const needs[] = {"server", NULL};
  g_autoptr(json_t) payload = json_from_record(request->payload_table, request->payload, JSON_FULL);
  g_autoptr(Job) job = record_new(&job_table);
  g_free(job->kind);
  job->kind = g_strdup(request->kind);
  g_free(job->title);
  job->title = g_strdup(request->title);
  g_free(job->payload);
  job->payload = json_text(payload);
  g_strfreev(job->needs);
  job->needs = g_strdupv((char **)needs);
  job->waiting = g_strdup(request->waiting);
  job->root_id = request->root_id;
  job->file_id = request->file_id;
  job->priority = request->priority;
  job->run_after_ms = request->run_after_ms;
  if (!queue_add(queue, conn, job, error))
    return false;
  *ret_id = job->id;
  return true;
}
