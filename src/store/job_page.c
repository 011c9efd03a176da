/* Pages of jobs and their logs, and how many there are. What waits is shown in the order in which it will run, all else by age.
 * Test: tests/unit/store/test_job_page.c */
#include "base/number.h"
#include "store/condition.h"
#include "store/cursor.h"
#include "store/job.h"
#include "store/record_sql.h"

#include <string.h>

enum { PAGE_MAX = 500 };

static bool in_queue_order(const JobQuery *query)
{
  return query->state == JOB_PENDING;
}

static const char *order_name(const JobQuery *query)
{
  return in_queue_order(query) ? "job-queue" : "job-newest";
}

/* As JOB_PRIORITY_RANK has it. */
static int priority_rank(int priority)
{
  return PRIORITY_WEBHOOK - priority;
}

/* What an order compares before the id: "RANK POSITION", or nothing. The caller frees it. */
static char *sort_value(const JobQuery *query, const Job *job)
{
  char position[G_ASCII_DTOSTR_BUF_SIZE];
  if (!in_queue_order(query))
    return g_strdup("");
  return g_strdup_printf("%d %s", priority_rank(job->priority), g_ascii_dtostr(position, sizeof position, job->position));
}

static void add_filters(Condition *condition, const JobQuery *query)
{
  if (query->state != FIELD_NULL_ENUM)
    condition_add(condition, "state = ?", DB_ARGS(DB_ENUM(job_state_table, query->state)));
  if (query->kind)
    condition_add(condition, "kind = ?", DB_ARGS(DB_TEXT(query->kind)));
  if (query->parent_id != FIELD_NULL_INT)
    condition_add(condition, "parent_id = ?", DB_ARGS(DB_INT(query->parent_id)));
  if (query->file_id != FIELD_NULL_INT)
    condition_add(condition, "file_id = ?", DB_ARGS(DB_INT(query->file_id)));
}

/* One more than `limit` where there are more; the rows that also fit `place` (NULL: all), by `order`. */
static GPtrArray *list(DbConn *conn, const JobQuery *query, const char *order, const char *place, const DbArg *args, guint limit,
                       GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  add_filters(&condition, query);
  if (place)
    condition_add(&condition, place, args);
  g_autofree char *tail = g_strdup_printf("%s ORDER BY %s LIMIT %u", condition.sql->str, order, limit + 1);
  return record_list(conn, &job_table, tail, condition_args(&condition), error);
}

/* What comes after a place in the queue: first the rest of its priority, then the lower ones. In one comparison of (rank,
 * position, id) SQLite would not find the place through the index, and each page would cost more than the one before. */
static GPtrArray *list_queue_after(DbConn *conn, const JobQuery *query, guint limit, GError **error)
{
  g_autofree char *value = NULL;
  int64_t id, rank;
  double position;
  if (!cursor_parse(query->after, order_name(query), &value, &id, error))
    return NULL;
  g_auto(GStrv) parts = g_strsplit(value, " ", 2);
  if (g_strv_length(parts) != 2 || !parse_int(parts[0], 0, PRIORITY_WEBHOOK, &rank) || !parse_real(parts[1], &position)) {
    cursor_fail(error);
    return NULL;
  }
  g_autoptr(GPtrArray) jobs = list(conn, query, "position, id", JOB_PRIORITY_RANK " = ? AND (position, id) > (?, ?)",
                                   DB_ARGS(DB_INT(rank), DB_REAL(position), DB_INT(id)), limit, error);
  if (!jobs || jobs->len > limit)
    return g_steal_pointer(&jobs);
  g_autoptr(GPtrArray) lower =
      list(conn, query, JOB_QUEUE_ORDER, JOB_PRIORITY_RANK " > ?", DB_ARGS(DB_INT(rank)), limit - jobs->len, error);
  if (!lower)
    return NULL;
  g_ptr_array_extend_and_steal(jobs, g_steal_pointer(&lower));
  return g_steal_pointer(&jobs);
}

static GPtrArray *list_newest_after(DbConn *conn, const JobQuery *query, guint limit, GError **error)
{
  g_autofree char *value = NULL;
  int64_t id;
  if (!cursor_parse(query->after, order_name(query), &value, &id, error))
    return NULL;
  return list(conn, query, "id DESC", "id < ?", DB_ARGS(DB_INT(id)), limit, error);
}

GPtrArray *job_page(DbConn *conn, const JobQuery *query, char **ret_next, GError **error)
{
  guint limit = (guint)CLAMP(query->limit, 1, PAGE_MAX);
  g_autoptr(GPtrArray) jobs =
      !query->after           ? list(conn, query, in_queue_order(query) ? JOB_QUEUE_ORDER : "id DESC", NULL, NULL, limit, error)
      : in_queue_order(query) ? list_queue_after(conn, query, limit, error)
                              : list_newest_after(conn, query, limit, error);
  if (!jobs)
    return NULL;
  char *next = NULL;
  if (jobs->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(jobs, (gint)limit);
    const Job *last = jobs->pdata[limit - 1];
    g_autofree char *value = sort_value(query, last);
    next = cursor_new(order_name(query), value, last->id);
  }
  *ret_next = next;
  return g_steal_pointer(&jobs);
}

bool job_counts(DbConn *conn, int64_t ret_counts[JOB_SKIPPED + 1], GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT state, COUNT(*) FROM jobs GROUP BY state", DB_NO_ARGS, error);
  if (!rows)
    return false;
  int64_t counts[JOB_SKIPPED + 1] = {0};
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem)) {
    int state;
    if (enum_value(&job_state_table, db_rows_text(rows, 0), &state))
      counts[state] = db_rows_int(rows, 1);
  }
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  memcpy(ret_counts, counts, sizeof counts);
  return true;
}

GPtrArray *job_log_page(DbConn *conn, int64_t job_id, int64_t after_id, int64_t limit, GError **error)
{
  return record_list(conn, &job_log_table, "WHERE job_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                     DB_ARGS(DB_INT(job_id), DB_INT(after_id), DB_INT(CLAMP(limit, 1, PAGE_MAX))), error);
}
