/* Pages of jobs and their logs, and how many there are. What waits is shown in the order in which it will run, all else by age.
 * Test: tests/unit/store/test_job_page.c */
#include "base/number.h"
#include "store/condition.h"
#include "store/cursor.h"
#include "store/job.h"
#include "store/record_sql.h"

#include <string.h>

enum { PAGE_MAX = 500 };

static const EnumRow job_sort_rows[] = {
    {JOB_SORT_NEWEST, "newest", "The newest first"},
    {JOB_SORT_OLDEST, "oldest", "The oldest first"},
    {JOB_SORT_QUEUE, "queue", "In the order in which they will run; of one state"},
    {JOB_SORT_FINISHED, "finished", "Those that ended, the last first"},
    {JOB_SORT_SIZE, "size", "By the size of the file they work on, the largest first"},
};
const EnumTable job_sort_table = ENUM_TABLE("JobSort", job_sort_rows);

static JobSort sort_of(const JobQuery *query)
{
  if (query->sort != FIELD_NULL_ENUM)
    return (JobSort)query->sort;
  return query->state == JOB_PENDING ? JOB_SORT_QUEUE : JOB_SORT_NEWEST;
}

#define FILE_SIZE "COALESCE((SELECT size_bytes FROM files WHERE files.id = jobs.file_id), 0)"

/* How each order but the queue's is asked for: what it compares (NULL: the id alone), what belongs in it, which way it goes. */
typedef struct {
  const char *name; /* of its cursors */
  const char *key, *condition;
  const char *direction, *past;
} Order;

static const Order orders[] = {
    [JOB_SORT_NEWEST] = {"job-newest", NULL, NULL, "DESC", "<"},
    [JOB_SORT_OLDEST] = {"job-oldest", NULL, NULL, "ASC", ">"},
    [JOB_SORT_QUEUE] = {"job-queue", NULL, NULL, NULL, NULL},
    [JOB_SORT_FINISHED] = {"job-finished", "finished_at_ms", "finished_at_ms IS NOT NULL", "DESC", "<"},
    [JOB_SORT_SIZE] = {"job-size", FILE_SIZE, NULL, "DESC", "<"},
};

/* As JOB_PRIORITY_RANK has it. */
static int priority_rank(int priority)
{
  return PRIORITY_WEBHOOK - priority;
}

/* What an order compares before the id: "RANK POSITION", a number, or nothing. The caller frees it; NULL on error. */
static char *sort_value(DbConn *conn, const JobQuery *query, const Job *job, GError **error)
{
  char position[G_ASCII_DTOSTR_BUF_SIZE];
  JobSort sort = sort_of(query);
  if (sort == JOB_SORT_QUEUE)
    return g_strdup_printf("%d %s", priority_rank(job->priority), g_ascii_dtostr(position, sizeof position, job->position));
  if (!orders[sort].key)
    return g_strdup("0");
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM jobs WHERE id = $1", orders[sort].key);
  int64_t value = 0;
  bool found;
  return db_query_int(conn, sql, DB_ARGS(DB_INT(job->id)), &value, &found, error) ? g_strdup_printf("%" G_GINT64_FORMAT, value)
                                                                                  : NULL;
}

static void add_filters(Condition *condition, const JobQuery *query)
{
  if (query->state != FIELD_NULL_ENUM)
    condition_add(condition, "state = ?", DB_ARGS(DB_ENUM(job_state_table, query->state)));
  if (query->kind)
    condition_add(condition, "kind = ?", DB_ARGS(DB_TEXT(query->kind)));
  if (query->parent_id != FIELD_NULL_INT)
    condition_add(condition, "parent_id = ?", DB_ARGS(DB_INT(query->parent_id)));
  else if (!query->kind)
    condition_add(condition, "(parent_id IS NULL OR state = 'running')", DB_NO_ARGS);
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
  if (!cursor_parse(query->after, orders[JOB_SORT_QUEUE].name, &value, &id, error))
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

static GPtrArray *list_queue(DbConn *conn, const JobQuery *query, guint limit, GError **error)
{
  return query->after ? list_queue_after(conn, query, limit, error)
                      : list(conn, query, JOB_QUEUE_ORDER, NULL, NULL, limit, error);
}

/* Every order but the queue's. */
static GPtrArray *list_sorted(DbConn *conn, const JobQuery *query, guint limit, GError **error)
{
  const Order *order = &orders[sort_of(query)];
  int64_t value = 0, id = 0;
  if (query->after && !cursor_parse_int(query->after, order->name, &value, &id, error))
    return NULL;
  const char *key = order->key ? order->key : "id";
  g_autofree char *sorted = order->key ? g_strdup_printf("%s %s, id %s", key, order->direction, order->direction)
                                       : g_strdup_printf("id %s", order->direction);
  if (!query->after)
    return list(conn, query, sorted, order->condition, DB_NO_ARGS, limit, error);
  if (!order->key) {
    g_autofree char *place = g_strdup_printf("id %s ?", order->past);
    return list(conn, query, sorted, place, DB_ARGS(DB_INT(id)), limit, error);
  }
  g_autofree char *place = g_strdup_printf("(%s, id) %s (?, ?)", key, order->past);
  return list(conn, query, sorted, place, DB_ARGS(DB_INT(value), DB_INT(id)), limit, error);
}

GPtrArray *job_page(DbConn *conn, const JobQuery *query, char **ret_next, GError **error)
{
  guint limit = (guint)CLAMP(query->limit, 1, PAGE_MAX);
  JobSort sort = sort_of(query);
  g_autoptr(GPtrArray) jobs =
      sort == JOB_SORT_QUEUE ? list_queue(conn, query, limit, error) : list_sorted(conn, query, limit, error);
  if (!jobs)
    return NULL;
  char *next = NULL;
  if (jobs->len > limit) { /* one more than asked for: there is a next page */
    g_ptr_array_set_size(jobs, (gint)limit);
    const Job *last = jobs->pdata[limit - 1];
    g_autofree char *value = sort_value(conn, query, last, error);
    if (!value)
      return NULL;
    next = cursor_new(orders[sort].name, value, last->id);
  }
  *ret_next = next;
  return g_steal_pointer(&jobs);
}

GArray *job_ids(DbConn *conn, int state, const char *kind, GError **error)
{
  const JobQuery query = {
      .sort = JOB_SORT_OLDEST, .state = state, .kind = kind, .parent_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT};
  g_auto(Condition) condition;
  condition_init(&condition);
  add_filters(&condition, &query);
  g_autofree char *sql = g_strdup_printf("SELECT id FROM jobs %s ORDER BY id", condition.sql->str);
  return db_query_ids(conn, sql, condition_args(&condition), error);
}

bool job_open(DbConn *conn, const char *kind, const char *title, int64_t *ret_id, GError **error)
{
  int64_t id;
  bool found = false;
  if (!db_query_int(conn,
                    "SELECT id FROM jobs WHERE kind = $1 AND title = $2 AND state IN ('held', 'pending', 'running', 'paused') "
                    "ORDER BY id LIMIT 1",
                    DB_ARGS(DB_TEXT(kind), DB_TEXT(title)), &id, &found, error))
    return false;
  *ret_id = found ? id : FIELD_NULL_INT;
  return true;
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
