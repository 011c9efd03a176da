/* Decides how what people ask for reaches a job and the jobs below it. Test: tests/unit/queue/test_queue_control.c */
#include "queue/job_step.h"
#include "queue/queue_internal.h"

#include <inttypes.h>

/* All below `job_id`, however deep, by growing id. UNION and not UNION ALL: it ends even if rows pointed at each other. */
static bool list_descendants(DbConn *conn, int64_t job_id, GArray *ret_ids, GError **error)
{
  return queue_ids(conn,
                   "WITH RECURSIVE family(id) AS (SELECT jobs.id FROM jobs WHERE jobs.parent_id = $1 "
                   "UNION SELECT jobs.id FROM jobs JOIN family ON jobs.parent_id = family.id) "
                   "SELECT id FROM family WHERE id <> $1 ORDER BY id",
                   DB_ARGS(DB_INT(job_id)), ret_ids, error);
}

/* A child that the step does not fit is left as it is. */
static bool step_child(DbConn *conn, int64_t job_id, JobStep step, const StepContext *context, GPtrArray *changed, GError **error)
{
  g_autoptr(Job) job = queue_lock_job(conn, job_id, error);
  if (!job)
    return false;
  if (!step(job, context, NULL))
    return true;
  if (!record_update(conn, &job_table, job, error))
    return false;
  g_ptr_array_add(changed, g_steal_pointer(&job));
  return true;
}

/* The job itself must allow the step; its children go along as far as they can. All in one transaction: the parent's lock keeps
 * new children away (queue_add takes it, too). */
static bool control(Queue *queue, int64_t job_id, JobStep step, JobPriority priority, GError **error)
{
  StepContext context = {.now_ms = clock_now_ms(queue->clock), .priority = priority};
  g_autoptr(GPtrArray) changed = records_new(&job_table);
  g_autoptr(GArray) children = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? queue_lock_job(work->conn, job_id, error) : NULL;
  if (!job || !step(job, &context, error) || !record_update(work->conn, &job_table, job, error))
    return false;
  g_ptr_array_add(changed, g_steal_pointer(&job));
  if (!list_descendants(work->conn, job_id, children, error))
    return false;
  context.as_child = true;
  for (guint i = 0; i < children->len; i++)
    if (!step_child(work->conn, g_array_index(children, int64_t, i), step, &context, changed, error))
      return false;
  if (!queue_work_commit(work, WAKE_ALL, error))
    return false;
  queue_publish_jobs(queue, (Job *const *)changed->pdata, changed->len);
  return true;
}

bool queue_pause(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_pause, PRIORITY_LOW, error);
}

bool queue_resume(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_resume, PRIORITY_LOW, error);
}

bool queue_cancel(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_cancel, PRIORITY_LOW, error);
}

bool queue_send_back(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_send_back, PRIORITY_LOW, error);
}

bool queue_retry(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_retry, PRIORITY_LOW, error);
}

bool queue_release_held(Queue *queue, int64_t job_id, GError **error)
{
  return control(queue, job_id, job_step_release, PRIORITY_LOW, error);
}

bool queue_set_priority(Queue *queue, int64_t job_id, JobPriority priority, GError **error)
{
  if (!enum_name(&job_priority_table, (int)priority))
    return fail(error, REEVE_ERROR_INVALID, "There is no priority %d.", (int)priority);
  return control(queue, job_id, job_step_set_priority, priority, error);
}
