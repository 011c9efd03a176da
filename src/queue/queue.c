/* Decides how jobs come into the queue and leave it, what is told about them, and what the queue's own transactions look like.
 * Test: tests/unit/queue/test_queue.c */
#include "queue/queue_internal.h"

#include "base/log.h"
#include "queue/job_step.h"
#include "wire/json.h"

#include <inttypes.h>
#include <string.h>

enum {
  PRESET_LEASE_MS = 30 * 1000,
  PRESET_BACKOFF_MS = 10 * 1000,
  EVENTS_MAX = 50,            /* changes at once that are told one by one */
  PROGRESS_INTERVAL_MS = 500, /* between two progress events of a job */
  PROGRESS_JOBS_MAX = 10000,  /* jobs whose last progress event is remembered */
  LOG_LINE_MAX_BYTES = 16 * 1024,
  STATISTICS_MIN_JOBS = 1000,
  PRUNE_BATCH = 200, /* jobs deleted in one transaction, so that claims come between */
};

Queue *queue_new(const QueueParams *params)
{
  Queue *queue = g_new0(Queue, 1);
  queue->db = params->db;
  queue->events = params->events;
  queue->clock = params->clock;
  queue->lease_ms = params->lease_ms > 0 ? params->lease_ms : PRESET_LEASE_MS;
  queue->backoff_ms = params->backoff_ms > 0 ? params->backoff_ms : PRESET_BACKOFF_MS;
  queue->claim_sql = queue_claim_sql(db_kind(params->db));
  g_mutex_init(&queue->lock);
  queue->jitter = params->seed ? g_rand_new_with_seed(params->seed) : g_rand_new();
  queue->progress_shown_ms = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  queue_wait_init(queue);
  return queue;
}

void queue_free(Queue *queue)
{
  if (!queue)
    return;
  queue_wait_clear(queue);
  g_hash_table_unref(queue->progress_shown_ms);
  g_rand_free(queue->jitter);
  g_mutex_clear(&queue->lock);
  g_free(queue->claim_sql);
  g_free(queue);
}

QueueWork *queue_work_begin(Queue *queue, GError **error)
{
  g_autoptr(QueueWork) work = g_new0(QueueWork, 1);
  work->queue = queue;
  work->conn = db_acquire(queue->db, error);
  if (!work->conn)
    return NULL;
  work->transaction = db_begin(work->conn, error);
  return work->transaction ? g_steal_pointer(&work) : NULL;
}

bool queue_work_commit(QueueWork *work, QueueWake wake, GError **error)
{
  if (wake == WAKE_ALL && !queue_wake_others_in(work->queue, work->conn, error))
    return false;
  if (!db_commit(work->transaction, error))
    return false;
  /* The connection goes back first: who is woken needs one. */
  g_clear_pointer(&work->transaction, db_transaction_free);
  g_clear_pointer(&work->conn, db_release);
  if (wake == WAKE_ALL)
    queue_wake_here(work->queue);
  return true;
}

void queue_work_free(QueueWork *work)
{
  if (!work)
    return;
  db_transaction_free(work->transaction);
  db_release(work->conn);
  g_free(work);
}

Job *queue_lock_job(DbConn *conn, int64_t job_id, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  return record_lock(conn, &job_table, job_id, job, error) ? g_steal_pointer(&job) : NULL;
}

bool queue_check_json(const char *what, const char *text, GError **error)
{
  if (!text)
    return true;
  g_autoptr(GError) problem = NULL;
  g_autoptr(json_t) value = json_parse(text, strlen(text), &problem);
  return value || fail(error, REEVE_ERROR_INVALID, "The %s of a job must be JSON: %s", what, problem->message);
}

static bool check_new_job(const Job *job, GError **error)
{
  if (job->state != JOB_HELD && job->state != JOB_PENDING)
    return fail(error, REEVE_ERROR_INVALID, "A new job must be held or pending.");
  if (!job->kind || !*job->kind)
    return fail(error, REEVE_ERROR_INVALID, "A new job must have a kind.");
  if (job->max_attempts < 1)
    return fail(error, REEVE_ERROR_INVALID, "A new job must be allowed one attempt at least.");
  for (size_t i = 0; i < job_table.n_fields; i++)
    if (!field_check(&job_table.fields[i], job, error))
      return false;
  return queue_check_json("payload", job->payload, error) && queue_check_json("result", job->result, error) &&
         queue_check_json("progress detail", job->progress_detail, error);
}

/* In one transaction. The parent's row stays locked, so that nobody cancels it while children are added unseen. */
bool queue_insert_in(Queue *queue, DbConn *conn, Job *const *jobs, size_t n_jobs, GError **error)
{
  int64_t now_ms = clock_now_ms(queue->clock);
  g_autoptr(Job) parent = NULL;
  for (size_t i = 0; i < n_jobs; i++) {
    Job *job = jobs[i];
    if (!check_new_job(job, error))
      return false;
    if (job->parent_id != FIELD_NULL_INT) {
      if (!parent || parent->id != job->parent_id) {
        g_clear_pointer(&parent, job_free);
        parent = queue_lock_job(conn, job->parent_id, error);
      }
      if (!parent || !job_step_join_parent(job, parent, error))
        return false;
    }
    job->position = 0;
    job->created_at_ms = job->updated_at_ms = now_ms;
    if (!record_insert(conn, &job_table, job, error))
      return false;
  }
  /* A new job's place is its id: at the end, and with room for others to be put between. */
  if (!db_exec(conn, "UPDATE jobs SET position = id WHERE id >= $1 AND id <= $2 AND position = 0",
               DB_ARGS(DB_INT(jobs[0]->id), DB_INT(jobs[n_jobs - 1]->id)), NULL, error))
    return false;
  for (size_t i = 0; i < n_jobs; i++)
    jobs[i]->position = (double)jobs[i]->id;
  return true;
}

/* PostgreSQL plans by statistics, which it gathers by itself a minute after a large change. Until then, with a queue that has
 * just become long, each claim would sort all of it. */
static bool refresh_statistics(DbConn *conn, size_t n_jobs, GError **error)
{
  return n_jobs < STATISTICS_MIN_JOBS || db_conn_kind(conn) != DB_POSTGRESQL ||
         db_exec(conn, "ANALYZE jobs", DB_NO_ARGS, NULL, error);
}

void queue_publish_change(Queue *queue, size_t n_jobs)
{
  if (!queue->events)
    return;
  g_autofree char *text = g_strdup_printf("{\"changed\":%zu}", n_jobs);
  event_publish(queue->events, "queue", text);
}

static bool insert_in_own_transaction(Queue *queue, Job *const *jobs, size_t n_jobs, GError **error)
{
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  return work && queue_insert_in(queue, work->conn, jobs, n_jobs, error) && refresh_statistics(work->conn, n_jobs, error) &&
         queue_work_commit(work, WAKE_ALL, error);
}

static bool add(Queue *queue, DbConn *conn, Job *const *jobs, size_t n_jobs, GError **error)
{
  if (n_jobs == 0)
    return true;
  /* The request that this is done for, so that its id is found in the log of the work, too. */
  for (size_t i = 0; i < n_jobs; i++)
    if (!jobs[i]->request)
      jobs[i]->request = log_scope_value("request");
  /* Only plain members are touched, so a flat copy is enough to undo it. */
  g_autofree Job *before = g_new(Job, n_jobs);
  for (size_t i = 0; i < n_jobs; i++)
    before[i] = *jobs[i];
  bool added = conn ? queue_insert_in(queue, conn, jobs, n_jobs, error) && queue_wake_in(conn, error)
                    : insert_in_own_transaction(queue, jobs, n_jobs, error);
  if (!added)
    for (size_t i = 0; i < n_jobs; i++)
      *jobs[i] = before[i];
  else if (!conn)
    queue_publish_jobs(queue, jobs, n_jobs);
  return added;
}

bool queue_add(Queue *queue, DbConn *conn, Job *job, GError **error)
{
  return add(queue, conn, &job, 1, error);
}

bool queue_add_all(Queue *queue, GPtrArray *jobs, GError **error)
{
  return add(queue, NULL, (Job *const *)jobs->pdata, jobs->len, error);
}

bool queue_progress_is_due(Queue *queue, int64_t job_id)
{
  int64_t now_ms = clock_monotonic_ms(queue->clock);
  g_mutex_lock(&queue->lock);
  const int64_t *shown_ms = g_hash_table_lookup(queue->progress_shown_ms, &job_id);
  bool due = !shown_ms || now_ms - *shown_ms >= PROGRESS_INTERVAL_MS;
  if (due) {
    /* Jobs that end on other servers leave their entry behind: start afresh at times. */
    if (g_hash_table_size(queue->progress_shown_ms) >= PROGRESS_JOBS_MAX)
      g_hash_table_remove_all(queue->progress_shown_ms);
    g_hash_table_replace(queue->progress_shown_ms, g_memdup2(&job_id, sizeof job_id), g_memdup2(&now_ms, sizeof now_ms));
  }
  g_mutex_unlock(&queue->lock);
  return due;
}

void queue_publish_job(Queue *queue, const Job *job)
{
  if (job_state_is_final(job->state)) {
    g_mutex_lock(&queue->lock);
    g_hash_table_remove(queue->progress_shown_ms, &job->id);
    g_mutex_unlock(&queue->lock);
  }
  if (!queue->events)
    return;
  g_autoptr(json_t) data = json_from_record(&job_table, job, JSON_PUBLIC);
  /* Whoever wants these asks for the job; they can be large. */
  json_object_del(data, "payload");
  json_object_del(data, "result");
  g_autofree char *text = json_text(data);
  event_publish(queue->events, "job", text);
}

void queue_publish_jobs(Queue *queue, Job *const *jobs, size_t n_jobs)
{
  if (n_jobs <= EVENTS_MAX) {
    for (size_t i = 0; i < n_jobs; i++)
      queue_publish_job(queue, jobs[i]);
  } else {
    queue_publish_change(queue, n_jobs);
  }
}

void queue_publish(Queue *queue, int64_t job_id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(DbConn) conn = queue->events ? db_acquire(queue->db, &error) : NULL;
  bool found = conn && record_get(conn, &job_table, job_id, job, &error);
  g_clear_pointer(&conn, db_release);
  if (found)
    queue_publish_job(queue, job);
  else if (error && !g_error_matches(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
    g_warning("Job %" PRId64 " has changed, but its watchers were not told: %s", job_id, error->message);
}

bool queue_log_in(Queue *queue, DbConn *conn, int64_t job_id, const char *level, const char *message, GError **error)
{
  g_autofree char *kept = g_utf8_make_valid(message, (gssize)strnlen(message, LOG_LINE_MAX_BYTES));
  g_autoptr(GError) problem = NULL;
  if (db_exec(conn, "INSERT INTO job_log (job_id, at_ms, level, message) VALUES ($1, $2, $3, $4)",
              DB_ARGS(DB_INT(job_id), DB_INT(clock_now_ms(queue->clock)), DB_TEXT(level), DB_TEXT(kept)), NULL, &problem))
    return true;
  if (g_error_matches(problem, REEVE_ERROR, REEVE_ERROR_CONFLICT))
    return fail(error, REEVE_ERROR_NOT_FOUND, "There is no job %" PRId64 " to log for.", job_id);
  g_propagate_error(error, g_steal_pointer(&problem));
  return false;
}

bool queue_log(Queue *queue, int64_t job_id, const char *level, const char *message, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  return conn && queue_log_in(queue, conn, job_id, level, message, error);
}

bool queue_next_due(Queue *queue, int64_t *ret_at_ms, bool *ret_found, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(queue->db, error);
  return conn && db_query_int(conn, "SELECT MIN(run_after_ms) FROM jobs WHERE state = 'pending' AND run_after_ms > $1",
                              DB_ARGS(DB_INT(clock_now_ms(queue->clock))), ret_at_ms, ret_found, error);
}

#define IS_FINAL "IN ('done', 'failed', 'cancelled', 'skipped')"

static bool prune_batch(Queue *queue, int64_t before_ms, int64_t *ret_count, GError **error)
{
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  if (!work)
    return false;
  g_autofree char *sql = g_strdup_printf(
      "SELECT old.id FROM jobs old WHERE old.state " IS_FINAL " AND old.finished_at_ms < $1 "
      "AND NOT EXISTS (SELECT 1 FROM jobs child WHERE child.parent_id = old.id) "
      "AND NOT EXISTS (SELECT 1 FROM jobs parent WHERE parent.id = old.parent_id AND NOT parent.state " IS_FINAL ") "
      "ORDER BY old.id LIMIT %d%s",
      PRUNE_BATCH, db_kind(queue->db) == DB_POSTGRESQL ? " FOR UPDATE OF old SKIP LOCKED" : "");
  g_autoptr(GArray) ids = db_query_ids(work->conn, sql, DB_ARGS(DB_INT(before_ms)), error);
  if (!ids)
    return false;
  for (guint i = 0; i < ids->len; i++) {
    const DbArg *args = DB_ARGS(DB_INT(g_array_index(ids, int64_t, i)));
    if (!db_exec(work->conn, "DELETE FROM job_log WHERE job_id = $1", args, NULL, error) ||
        !db_exec(work->conn, "DELETE FROM jobs WHERE id = $1", args, NULL, error))
      return false;
  }
  if (!queue_work_commit(work, WAKE_NOBODY, error))
    return false;
  *ret_count = ids->len;
  return true;
}

bool queue_prune(Queue *queue, int64_t before_ms, int64_t *ret_count, GError **error)
{
  int64_t total = 0;
  for (int64_t count = 1; count > 0; total += count)
    if (!prune_batch(queue, before_ms, &count, error))
      return false;
  if (ret_count)
    *ret_count = total;
  return true;
}
