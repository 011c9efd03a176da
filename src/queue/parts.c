/* Decides how a job is split into parts and goes on after them. Test: tests/unit/queue/test_parts.c
 *
 * Invariants:
 *   1. Parts and the end of the lease are one transaction: there is no moment at which a job has some of its parts, or has them
 *      and is claimable before they are done (queue_lease.c's claim passes over jobs with unfinished jobs below them).
 *   2. Nothing needs to happen when the last part ends for the job to become claimable: that is what the rows say. */
#include "queue/parts.h"

#include "queue/queue_internal.h"

#include <inttypes.h>

#define IS_FINAL "('done', 'failed', 'cancelled', 'skipped')"

GPtrArray *queue_parts(Queue *queue, int64_t job_id, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  return conn ? record_list(conn, &job_table, "WHERE parent_id = $1 ORDER BY id", DB_ARGS(DB_INT(job_id)), error) : NULL;
}

/* Parts are the job's own work: they come where it would have come. */
static void take_after(Job *part, const Job *job)
{
  part->parent_id = job->id;
  part->root_id = job->root_id;
  part->file_id = job->file_id;
  part->priority = job->priority;
  part->state = JOB_PENDING;
}

/* The job as it was written, after the caller's own change; its lease is over. NULL on failure. */
static Job *come_back(Queue *queue, QueueWork *work, Job *job, const char *waiting, GError **error)
{
  job_step_wait(job, waiting, clock_now_ms(queue->clock));
  return record_update(work->conn, &job_table, job, error) && queue_work_commit(work, WAKE_ALL, error) ? job : NULL;
}

static Job *lock_leased(DbConn *conn, const LeaseRef *lease, GError **error)
{
  g_autoptr(Job) job = queue_lock_job(conn, lease->job_id, error);
  return job && job_check_lease(job, lease, error) ? g_steal_pointer(&job) : NULL;
}

static void set_text(char **text, const char *value)
{
  g_free(*text);
  *text = g_strdup(value);
}

/* Nothing is begun for a job that is being cancelled or sent back. */
static bool is_wanted(const Job *job)
{
  return job->directive != DIRECTIVE_CANCEL && job->directive != DIRECTIVE_RETURN;
}

bool queue_split(Queue *queue, const LeaseRef *lease, GPtrArray *parts, const char *result, const char *waiting, bool *ret_split,
                 GError **error)
{
  if (!queue_check_json("result", result, error))
    return false;
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? lock_leased(work->conn, lease, error) : NULL;
  if (!job)
    return false;
  bool wanted = is_wanted(job);
  if (wanted) {
    for (guint i = 0; i < parts->len; i++)
      take_after(parts->pdata[i], job);
    set_text(&job->result, result);
    if (!queue_insert_in(queue, work->conn, (Job *const *)parts->pdata, parts->len, error) ||
        !db_exec(work->conn, "UPDATE jobs SET position = $2 WHERE parent_id = $1",
                 DB_ARGS(DB_INT(job->id), DB_REAL(job->position)), NULL, error))
      return false;
  }
  if (!come_back(queue, work, job, wanted ? waiting : NULL, error))
    return false;
  queue_publish_job(queue, job);
  queue_publish_change(queue, parts->len);
  *ret_split = wanted;
  return true;
}

/* Into the queue again; the parts of a paused job wait with it. */
static bool redo_part(QueueWork *work, const Job *job, int64_t part_id, const StepContext *context, GError **error)
{
  g_autoptr(Job) part = queue_lock_job(work->conn, part_id, error);
  if (!part || !job_step_retry(part, context, error))
    return false;
  if (job->state == JOB_PAUSED)
    part->state = JOB_PAUSED;
  return record_update(work->conn, &job_table, part, error);
}

bool queue_redo_parts(Queue *queue, const LeaseRef *lease, const GPtrArray *parts, const char *waiting, GError **error)
{
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? lock_leased(work->conn, lease, error) : NULL;
  if (!job)
    return false;
  const StepContext context = {.now_ms = clock_now_ms(queue->clock)};
  bool wanted = is_wanted(job);
  for (guint i = 0; wanted && i < parts->len; i++)
    if (!redo_part(work, job, ((const Job *)parts->pdata[i])->id, &context, error))
      return false;
  if (!come_back(queue, work, job, wanted ? waiting : NULL, error))
    return false;
  queue_publish_job(queue, job);
  queue_publish_change(queue, parts->len);
  return true;
}

bool queue_unsplit(Queue *queue, const LeaseRef *lease, const char *payload, const char *waiting, GError **error)
{
  if (!queue_check_json("payload", payload, error))
    return false;
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? lock_leased(work->conn, lease, error) : NULL;
  /* With their logs, which refer to them. */
  if (!job ||
      !db_exec(work->conn, "DELETE FROM jobs WHERE parent_id = $1 AND state IN " IS_FINAL, DB_ARGS(DB_INT(job->id)), NULL, error))
    return false;
  set_text(&job->result, NULL);
  if (payload)
    set_text(&job->payload, payload);
  if (!come_back(queue, work, job, waiting, error))
    return false;
  queue_publish_job(queue, job);
  queue_publish_change(queue, 1);
  return true;
}

static bool show(DbConn *conn, int64_t job_id, GError **error)
{
  int64_t all = 0, done = 0;
  bool found;
  if (!db_query_int(conn, "SELECT COUNT(*) FROM jobs WHERE parent_id = $1", DB_ARGS(DB_INT(job_id)), &all, &found, error) ||
      !db_query_int(conn, "SELECT COUNT(*) FROM jobs WHERE parent_id = $1 AND state = 'done'", DB_ARGS(DB_INT(job_id)), &done,
                    &found, error))
    return false;
  if (all == 0)
    return true;
  g_autofree char *waiting = g_strdup_printf("%" PRId64 " of its %" PRId64 " parts are done.", done, all);
  g_autofree char *detail = g_strdup_printf("{\"phase\":\"parts\",\"done\":%" PRId64 ",\"parts\":%" PRId64 "}", done, all);
  return db_exec(
      conn,
      "UPDATE jobs SET progress = $2, progress_detail = $3, waiting = $4 WHERE id = $1 AND lease_owner IS NULL AND state "
      "IN ('pending', 'paused')",
      DB_ARGS(DB_INT(job_id), DB_REAL((double)done / (double)all), DB_TEXT(detail), DB_TEXT(waiting)), NULL, error);
}

void queue_show_parts(Queue *queue, int64_t job_id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(queue->db, &error);
  if (!conn || !show(conn, job_id, &error)) {
    g_warning("How many parts of job %" PRId64 " are done is not shown: %s", job_id, error->message);
    return;
  }
  g_clear_pointer(&conn, db_release);
  queue_publish(queue, job_id);
}

bool queue_work_alive_in(DbConn *conn, int64_t job_id, int64_t epoch, int64_t now_ms, bool *ret_alive, GError **error)
{
  int64_t parts = 0, unfinished = 0;
  bool found;
  if (!queue_lease_alive_in(conn, job_id, epoch, now_ms, ret_alive, error))
    return false;
  if (*ret_alive || job_id == FIELD_NULL_INT)
    return true;
  if (!db_query_int(conn, "SELECT COUNT(*) FROM jobs WHERE parent_id = $1", DB_ARGS(DB_INT(job_id)), &parts, &found, error) ||
      !db_query_int(conn, "SELECT COUNT(*) FROM jobs WHERE (id = $1 OR parent_id = $1) AND state NOT IN " IS_FINAL,
                    DB_ARGS(DB_INT(job_id)), &unfinished, &found, error))
    return false;
  *ret_alive = parts > 0 && unfinished > 0;
  return true;
}
