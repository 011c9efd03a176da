/* Decides what the lease of a job is good for: renewals, ends, and what becomes of jobs whose worker is gone. How leases are
 * given out is queue_claim.c's. Test: tests/unit/queue/test_queue_lease.c
 *
 * Invariants:
 *   1. A job has at most one lease, and lease_epoch is another number each time it is given out.
 *   2. A write in the name of a lease happens only in a transaction that has seen owner and epoch in the locked row (or in the
 *      very statement that compares them). So after a lease is lost, nothing its owner writes takes effect.
 *   3. A lease ends in one of three ways: its owner finishes, its owner gives it back, it runs out. Nothing that people do
 *      takes it away; they set the directive, which says what the end will be.
 *   4. Each claim counts as an attempt, whatever becomes of it; only giving back takes it off again. So a job that kills its
 *      workers comes to its max_attempts, too.
 *   5. A finished job's results are committed together with its state, or neither is. */
#include "queue/queue_internal.h"

#include "queue/job_step.h"
#include "wire/json.h"

#include <inttypes.h>
#include <math.h>

enum { BACKOFF_MAX_MS = 60 * 60 * 1000 };

/* The row did not fit the lease: says why. Never succeeds. */
static bool explain_lost_lease(DbConn *conn, const LeaseRef *lease, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  if (!record_get(conn, &job_table, lease->job_id, job, error) || !job_check_lease(job, lease, error))
    return false;
  return fail(error, REEVE_ERROR_CONFLICT, "The lease of \"%s\" on job %" PRId64 " is lost.", lease->owner, lease->job_id);
}

bool queue_renew(Queue *queue, const LeaseRef *lease, double progress, const char *detail, JobDirective *ret_directive,
                 GError **error)
{
  if (isnan(progress))
    return fail(error, REEVE_ERROR_INVALID, "The progress of a job must be a number from 0 to 1.");
  if (!queue_check_json("progress detail", detail, error))
    return false;
  int64_t now_ms = clock_now_ms(queue->clock);
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  if (!conn)
    return false;
  g_autoptr(DbRows) rows =
      db_query(conn,
               "UPDATE jobs SET lease_until_ms = $4, progress = $5, progress_detail = COALESCE($6, progress_detail), "
               "updated_at_ms = $7 WHERE id = $1 AND lease_owner = $2 AND lease_epoch = $3 AND state IN ('running', 'paused') "
               "RETURNING directive",
               DB_ARGS(DB_INT(lease->job_id), DB_TEXT(lease->owner), DB_INT(lease->epoch), DB_INT(now_ms + queue->lease_ms),
                       DB_REAL(CLAMP(progress, 0, 1)), DB_TEXT(detail), DB_INT(now_ms)),
               error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem);
  if (problem || (found && !record_from_row(&job_table, rows, job, &problem))) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  g_clear_pointer(&rows, db_rows_free);
  if (!found)
    return explain_lost_lease(conn, lease, error);
  g_clear_pointer(&conn, db_release);
  *ret_directive = (JobDirective)job->directive;
  if (queue->events && queue_progress_is_due(queue, lease->job_id))
    queue_publish(queue, lease->job_id);
  return true;
}

bool queue_note(Queue *queue, const LeaseRef *lease, const char *waiting, GError **error)
{
  int64_t count = 0;
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  if (!conn ||
      !db_exec(
          conn,
          "UPDATE jobs SET waiting = $4, updated_at_ms = $5 WHERE id = $1 AND lease_owner = $2 AND lease_epoch = $3 AND state IN "
          "('running', 'paused')",
          DB_ARGS(DB_INT(lease->job_id), DB_TEXT(lease->owner), DB_INT(lease->epoch), DB_TEXT(waiting),
                  DB_INT(clock_now_ms(queue->clock))),
          &count, error))
    return false;
  if (count == 0)
    return explain_lost_lease(conn, lease, error);
  g_clear_pointer(&conn, db_release);
  queue_publish(queue, lease->job_id);
  return true;
}

/* The pause after the attempt that has just failed. Jitter keeps jobs that failed together from coming back together. */
static int64_t next_backoff_ms(Queue *queue, int64_t attempts)
{
  int64_t doublings = CLAMP(attempts - 1, 0, 30);
  double pause_ms = MIN(ldexp((double)queue->backoff_ms, (int)doublings), BACKOFF_MAX_MS);
  g_mutex_lock(&queue->lock);
  double factor = g_rand_double_range(queue->jitter, 0.8, 1.2);
  g_mutex_unlock(&queue->lock);
  return (int64_t)MIN(pause_ms * factor, BACKOFF_MAX_MS);
}

/* The job of a lease, its row locked; NULL with CONFLICT if the lease is lost. */
static Job *lock_leased(DbConn *conn, const LeaseRef *lease, GError **error)
{
  g_autoptr(Job) job = queue_lock_job(conn, lease->job_id, error);
  return job && job_check_lease(job, lease, error) ? g_steal_pointer(&job) : NULL;
}

bool queue_check_lease_in(DbConn *conn, const LeaseRef *lease, GError **error)
{
  g_autoptr(Job) job = lock_leased(conn, lease, error);
  return job != NULL;
}

bool queue_lease_alive_in(DbConn *conn, int64_t job_id, int64_t epoch, int64_t now_ms, bool *ret_alive, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(GError) cause = NULL;
  *ret_alive = false;
  if (job_id == FIELD_NULL_INT)
    return true;
  if (record_get(conn, &job_table, job_id, job, &cause)) {
    *ret_alive = (job->state == JOB_RUNNING || job->state == JOB_PAUSED) && job->lease_owner &&
                 job->lease_until_ms != FIELD_NULL_INT && job->lease_until_ms > now_ms && job->lease_epoch == epoch;
    return true;
  }
  if (reeve_error_code(cause) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&cause));
  return false;
}

/* Writes a job that has just lost or ended its lease, and wakes whom that concerns: claimers if it is free again, its parent's
 * owner if it has one. */
static bool save_unleased(DbConn *conn, const Job *job, GError **error)
{
  if (!record_update(conn, &job_table, job, error))
    return false;
  bool concerns_others = job->state == JOB_PENDING || job->parent_id != FIELD_NULL_INT;
  return !concerns_others || queue_wake_in(conn, error);
}

static bool log_failure(Queue *queue, DbConn *conn, const Job *job, GError **error)
{
  g_autofree char *line =
      g_strdup_printf("Attempt %" PRId64 " of %" PRId64 " failed: %s", job->attempts, job->max_attempts, job->error);
  return queue_log_in(queue, conn, job->id, job->state == JOB_FAILED ? "error" : "warning", line, error);
}

/* The job as it was written; NULL on failure. */
static Job *finish(Queue *queue, DbConn *conn, const LeaseRef *lease, const JobOutcome *outcome, GError **error)
{
  if (!queue_check_json("result", outcome->result, error))
    return NULL;
  g_autoptr(Job) job = lock_leased(conn, lease, error);
  if (!job || !job_step_finish(job, outcome, next_backoff_ms(queue, job->attempts), clock_now_ms(queue->clock), error) ||
      !save_unleased(conn, job, error))
    return NULL;
  if (outcome->state == JOB_FAILED && !log_failure(queue, conn, job, error))
    return NULL;
  return g_steal_pointer(&job);
}

bool queue_finish_in(Queue *queue, DbConn *conn, const LeaseRef *lease, const JobOutcome *outcome, GError **error)
{
  g_autoptr(Job) job = finish(queue, conn, lease, outcome, error);
  return job != NULL;
}

bool queue_finish(Queue *queue, const LeaseRef *lease, const JobOutcome *outcome, GError **error)
{
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? finish(queue, work->conn, lease, outcome, error) : NULL;
  if (!job || !queue_work_commit(work, WAKE_NOBODY, error))
    return false;
  queue_publish_job(queue, job);
  return true;
}

typedef struct {
  bool put_down;
  const char *waiting;
  int64_t run_after_ms;
} Return;

static bool come_back(Queue *queue, const LeaseRef *lease, const Return *how, GError **error)
{
  int64_t now_ms = clock_now_ms(queue->clock);
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? lock_leased(work->conn, lease, error) : NULL;
  if (!job)
    return false;
  if (how->put_down)
    job_step_put_down(job, now_ms);
  else
    job_step_give_back(job, how->waiting, how->run_after_ms, now_ms);
  if (!save_unleased(work->conn, job, error) || !queue_work_commit(work, WAKE_NOBODY, error))
    return false;
  queue_publish_job(queue, job);
  return true;
}

bool queue_give_back(Queue *queue, const LeaseRef *lease, const char *waiting, int64_t run_after_ms, GError **error)
{
  return come_back(queue, lease, &(Return){.waiting = waiting, .run_after_ms = run_after_ms}, error);
}

bool queue_put_down(Queue *queue, const LeaseRef *lease, GError **error)
{
  return come_back(queue, lease, &(Return){.put_down = true}, error);
}

static bool is_lost(const Job *job, int64_t now_ms)
{
  return job->lease_owner && *job->lease_owner && job->lease_until_ms < now_ms;
}

/* In a transaction of its own, so that one slow row holds up nothing else. The lease may have been renewed since the job was
 * listed: then nothing is done. */
static bool expire_job(Queue *queue, int64_t job_id, int64_t now_ms, int *count, GError **error)
{
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  g_autoptr(Job) job = work ? queue_lock_job(work->conn, job_id, error) : NULL;
  if (!job)
    return false;
  if (!is_lost(job, now_ms))
    return true;
  g_autofree char *line = g_strdup_printf("The worker \"%s\" was lost in attempt %" PRId64 " of %" PRId64 ".", job->lease_owner,
                                          job->attempts, job->max_attempts);
  job_step_lose_lease(job, now_ms);
  if (!save_unleased(work->conn, job, error) || !queue_log_in(queue, work->conn, job_id, "warning", line, error) ||
      !queue_work_commit(work, WAKE_NOBODY, error))
    return false;
  queue_publish_job(queue, job);
  (*count)++;
  return true;
}

static GArray *list_lost(Queue *queue, int64_t now_ms, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  return conn ? db_query_ids(conn, "SELECT id FROM jobs WHERE state IN ('running', 'paused') AND lease_until_ms < $1 ORDER BY id",
                             DB_ARGS(DB_INT(now_ms)), error)
              : NULL;
}

bool queue_expire(Queue *queue, int *ret_count, GError **error)
{
  int64_t now_ms = clock_now_ms(queue->clock);
  g_autoptr(GArray) ids = list_lost(queue, now_ms, error);
  if (!ids)
    return false;
  int count = 0;
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr(GError) problem = NULL;
    if (!expire_job(queue, g_array_index(ids, int64_t, i), now_ms, &count, &problem) &&
        !g_error_matches(problem, REEVE_ERROR, REEVE_ERROR_NOT_FOUND)) {
      g_propagate_error(error, g_steal_pointer(&problem));
      return false;
    }
  }
  if (ret_count)
    *ret_count = count;
  return true;
}

bool queue_lapse_owner(Queue *queue, const char *owner, int *ret_count, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  int64_t count = 0;
  if (!conn || !db_exec(conn, "UPDATE jobs SET lease_until_ms = $1 WHERE lease_owner = $2 AND lease_until_ms > $1",
                        DB_ARGS(DB_INT(clock_now_ms(queue->clock) - 1), DB_TEXT(owner)), &count, error))
    return false;
  if (ret_count)
    *ret_count = (int)count;
  return true;
}
