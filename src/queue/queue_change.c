/* Decides how one change reaches many jobs, and what it takes to delete one. Test: tests/unit/queue/test_queue_change.c */
#include "queue/queue_internal.h"

#include <inttypes.h>

enum { BATCH = 50 /* jobs in one transaction, so that claims come between */ };

static const Field job_refusal_fields[] = {
    FIELD_INT(JobRefusal, id, .help = "Number of the job."),
    FIELD_TEXT(JobRefusal, error, .help = "Why it was left as it is."),
};
const FieldTable job_refusal_table = FIELD_TABLE(JobRefusal, "JobRefusal", NULL, job_refusal_fields);

static JobStep step_of(QueueAct act)
{
  static const JobStep steps[] = {
      [QUEUE_PAUSE] = job_step_pause,     [QUEUE_RESUME] = job_step_resume,
      [QUEUE_CANCEL] = job_step_cancel,   [QUEUE_RETRY] = job_step_retry,
      [QUEUE_RELEASE] = job_step_release, [QUEUE_SET_PRIORITY] = job_step_set_priority,
      [QUEUE_REWRITE] = job_step_rewrite, [QUEUE_DELETE] = NULL,
  };
  return steps[act];
}

static void refuse(GPtrArray *refused, int64_t id, const GError *why)
{
  JobRefusal *refusal = record_new(&job_refusal_table);
  refusal->id = id;
  g_free(refusal->error);
  refusal->error = g_strdup(why->message);
  g_ptr_array_add(refused, refusal);
}

/* Nobody must be at work on it or on anything below it. True with *ret_refusal if somebody is. */
static bool check_at_rest(DbConn *conn, int64_t job_id, GError **ret_refusal, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(Job) job = queue_lock_job(conn, job_id, &why);
  if (!job && !g_error_matches(why, REEVE_ERROR, REEVE_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (!job)
    *ret_refusal = g_steal_pointer(&why);
  else if (job_has_lease(job))
    fail(ret_refusal, REEVE_ERROR_CONFLICT, "Job %" PRId64 " cannot be deleted: the worker \"%s\" has it. Cancel it first.",
         job_id, job->lease_owner);
  return true;
}

/* The rows below it, and the logs, go with it. */
static bool delete_in(DbConn *conn, int64_t job_id, GError **ret_refusal, GError **error)
{
  if (!check_at_rest(conn, job_id, ret_refusal, error))
    return false;
  if (*ret_refusal)
    return true;
  g_autoptr(GArray) children = queue_descendants(conn, job_id, error);
  if (!children)
    return false;
  for (guint i = 0; i < children->len && !*ret_refusal; i++)
    if (!check_at_rest(conn, g_array_index(children, int64_t, i), ret_refusal, error))
      return false;
  return *ret_refusal || record_delete(conn, &job_table, job_id, error);
}

static bool change_one(Queue *queue, DbConn *conn, const QueueChange *change, int64_t id, GPtrArray *changed,
                       GError **ret_refusal, GError **error)
{
  if (change->act == QUEUE_DELETE)
    return delete_in(conn, id, ret_refusal, error);
  StepContext context = {.now_ms = clock_now_ms(queue->clock), .priority = change->priority, .change = change};
  return queue_step_in(conn, id, step_of(change->act), &context, changed, ret_refusal, error);
}

static bool change_batch(Queue *queue, const QueueChange *change, const int64_t *ids, size_t n_ids, GPtrArray *refused,
                         int64_t *done, GError **error)
{
  g_autoptr(GPtrArray) changed = records_new(&job_table);
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  int64_t n_done = 0;
  for (size_t i = 0; work && i < n_ids; i++) {
    g_autoptr(GError) refusal = NULL;
    if (!change_one(queue, work->conn, change, ids[i], changed, &refusal, error))
      return false;
    if (refusal)
      refuse(refused, ids[i], refusal);
    else
      n_done++;
  }
  if (!work || !queue_work_commit(work, WAKE_ALL, error))
    return false;
  *done += n_done;
  if (change->act == QUEUE_DELETE && n_done > 0)
    queue_publish_change(queue, (size_t)n_done);
  queue_publish_jobs(queue, (Job *const *)changed->pdata, changed->len);
  return true;
}

static int by_number(gconstpointer a, gconstpointer b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* By growing number and each once, so that two changes at a time never wait for each other in a circle. */
static GArray *sorted(const int64_t *ids, size_t n_ids)
{
  GArray *order = g_array_sized_new(FALSE, FALSE, sizeof(int64_t), (guint)n_ids);
  g_array_append_vals(order, ids, (guint)n_ids);
  g_array_sort(order, by_number);
  guint kept = 0;
  for (guint i = 0; i < order->len; i++)
    if (i == 0 || g_array_index(order, int64_t, i) != g_array_index(order, int64_t, kept - 1))
      g_array_index(order, int64_t, kept++) = g_array_index(order, int64_t, i);
  g_array_set_size(order, kept);
  return order;
}

bool queue_change(Queue *queue, const QueueChange *change, const int64_t *ids, size_t n_ids, GPtrArray *refused,
                  int64_t *ret_done, GError **error)
{
  g_autoptr(GArray) order = sorted(ids, n_ids);
  int64_t done = 0;
  for (guint i = 0; i < order->len; i += BATCH)
    if (!change_batch(queue, change, &g_array_index(order, int64_t, i), MIN(BATCH, order->len - i), refused, &done, error))
      return false;
  *ret_done = done;
  return true;
}

bool queue_delete(Queue *queue, int64_t job_id, GError **error)
{
  g_autoptr(GError) refusal = NULL;
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  if (!work || !delete_in(work->conn, job_id, &refusal, error))
    return false;
  if (refusal) {
    g_propagate_error(error, g_steal_pointer(&refusal));
    return false;
  }
  if (!queue_work_commit(work, WAKE_ALL, error))
    return false;
  queue_publish_change(queue, 1);
  return true;
}
