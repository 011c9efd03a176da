/* Decides the place of a job that somebody drags. Places are reals, so there is nearly always room between two; where there is
 * none left, all of that priority get whole numbers again. Test: tests/unit/queue/test_queue_change.c */
#include "queue/queue_internal.h"

#include <inttypes.h>

/* The place of the neighbour of `other` on that side, among those it stands with; the moved job does not count. *ret_found false
 * where `other` is the first or last. */
static bool find_neighbour(DbConn *conn, const Job *job, const Job *other, QueueSide side, double *ret_position, bool *ret_found,
                           GError **error)
{
  g_autofree char *sql = g_strdup_printf("SELECT position FROM jobs WHERE state = $1 AND " JOB_PRIORITY_RANK
                                         " = $2 AND (position, id) %s ($3, $4) AND id <> $5 ORDER BY position %s, id %s LIMIT 1",
                                         side == QUEUE_BEFORE ? "<" : ">", side == QUEUE_BEFORE ? "DESC" : "ASC",
                                         side == QUEUE_BEFORE ? "DESC" : "ASC");
  g_autoptr(DbRows) rows = db_query(conn, sql,
                                    DB_ARGS(DB_ENUM(job_state_table, other->state), DB_INT(PRIORITY_WEBHOOK - other->priority),
                                            DB_REAL(other->position), DB_INT(other->id), DB_INT(job->id)),
                                    error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  *ret_found = db_rows_next(rows, &problem);
  if (*ret_found)
    *ret_position = db_rows_real(rows, 0);
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return !problem;
}

/* A place strictly between `other` and its neighbour. *ret_has_room false if no real number lies between them. */
static bool find_place(DbConn *conn, const Job *job, const Job *other, QueueSide side, double *ret_position, bool *ret_has_room,
                       GError **error)
{
  double neighbour = 0, step = side == QUEUE_BEFORE ? -1 : 1;
  bool found;
  if (!find_neighbour(conn, job, other, side, &neighbour, &found, error))
    return false;
  double place = found ? neighbour + (other->position - neighbour) / 2 : other->position + step;
  *ret_position = place;
  *ret_has_room = place != other->position && (!found || place != neighbour);
  return true;
}

/* New jobs are put at their own number, which is larger than how many there are: they still come last. */
static bool make_room(DbConn *conn, Job *other, GError **error)
{
  static const char sql[] =
      "UPDATE jobs SET position = places.place FROM (SELECT id AS place_of, ROW_NUMBER() OVER (ORDER BY position, id) AS place "
      "FROM jobs WHERE state = $1 AND " JOB_PRIORITY_RANK " = $2) AS places WHERE jobs.id = places.place_of";
  return db_exec(conn, sql, DB_ARGS(DB_ENUM(job_state_table, other->state), DB_INT(PRIORITY_WEBHOOK - other->priority)), NULL,
                 error) &&
         record_get(conn, &job_table, other->id, other, error);
}

static bool move_in(DbConn *conn, Job *job, QueueSide side, Job *other, GError **error)
{
  double place = 0;
  bool has_room = false;
  if (!find_place(conn, job, other, side, &place, &has_room, error))
    return false;
  if (!has_room && (!make_room(conn, other, error) || !find_place(conn, job, other, side, &place, &has_room, error)))
    return false;
  job->priority = other->priority;
  job->position = place;
  /* Its parts come where it would (parts.h). */
  return record_update(conn, &job_table, job, error) &&
         db_exec(conn,
                 "UPDATE jobs SET priority = $2, position = $3 WHERE parent_id = $1 AND state IN ('held', 'pending', 'paused')",
                 DB_ARGS(DB_INT(job->id), DB_ENUM(job_priority_table, job->priority), DB_REAL(job->position)), NULL, error);
}

bool queue_move(Queue *queue, int64_t job_id, QueueSide side, int64_t other_id, GError **error)
{
  if (job_id == other_id)
    return fail(error, REEVE_ERROR_INVALID, "Job %" PRId64 " cannot be put beside itself.", job_id);
  g_autoptr(QueueWork) work = queue_work_begin(queue, error);
  /* By growing number, as everywhere. */
  g_autoptr(Job) first = work ? queue_lock_job(work->conn, MIN(job_id, other_id), error) : NULL;
  g_autoptr(Job) second = first ? queue_lock_job(work->conn, MAX(job_id, other_id), error) : NULL;
  if (!second)
    return false;
  Job *job = first->id == job_id ? first : second, *other = first->id == job_id ? second : first;
  if (!job_check_waits(job, "moved", error) || !job_check_waits(other, "a place to move to", error))
    return false;
  job->updated_at_ms = clock_now_ms(queue->clock);
  if (!move_in(work->conn, job, side, other, error) || !queue_work_commit(work, WAKE_ALL, error))
    return false;
  queue_publish_job(queue, job);
  return true;
}
