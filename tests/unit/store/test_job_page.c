/* Pages of jobs in queue order and by age, their logs, and counts. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/library_rows.h"

#include <string.h>

static JobQuery all_jobs(void)
{
  return (JobQuery){
      .sort = FIELD_NULL_ENUM, .state = FIELD_NULL_ENUM, .parent_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .limit = 5};
}

static GPtrArray *walk(DbConn *conn, JobQuery query)
{
  GPtrArray *all = records_new(&job_table);
  g_autofree char *cursor = NULL;
  for (;;) {
    g_autoptr(GError) error = NULL;
    char *next = NULL;
    query.after = cursor;
    g_autoptr(GPtrArray) jobs = job_page(conn, &query, &next, &error);
    g_assert_no_error(error);
    gsize n;
    g_autofree gpointer *taken = g_ptr_array_steal(jobs, &n);
    g_assert_true(!next || n == (gsize)query.limit);
    for (gsize i = 0; i < n; i++)
      g_ptr_array_add(all, taken[i]);
    g_free(cursor);
    cursor = next;
    if (!next)
      return all;
  }
}

static void fill(DbConn *conn)
{
  static const double positions[] = {3, 1.5, -2, 1.5, 1e-9, 1.0 / 3};
  for (int i = 0; i < 48; i++)
    add_job(conn, i % 3 ? "transcode" : "scan",
            i % 4   ? JOB_PENDING
            : i % 8 ? JOB_DONE
                    : JOB_FAILED,
            i % (PRIORITY_WEBHOOK + 1), positions[i % 6]);
}

static void test_queue_order(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  fill(conn);
  JobQuery query = all_jobs();
  query.state = JOB_PENDING;
  for (query.limit = 1; query.limit < 50; query.limit += 8) {
    g_autoptr(GPtrArray) jobs = walk(conn, query);
    g_assert_cmpuint(jobs->len, ==, 36);
    for (guint i = 1; i < jobs->len; i++) {
      const Job *a = jobs->pdata[i - 1], *b = jobs->pdata[i];
      bool in_order =
          a->priority > b->priority ||
          (a->priority == b->priority && (a->position < b->position || (!(a->position > b->position) && a->id < b->id)));
      g_assert_true(in_order);
    }
  }
}

static void test_newest_first(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  fill(conn);
  JobQuery query = all_jobs();
  g_autoptr(GPtrArray) jobs = walk(conn, query);
  g_assert_cmpuint(jobs->len, ==, 48);
  for (guint i = 1; i < jobs->len; i++)
    g_assert_cmpint(((Job *)jobs->pdata[i - 1])->id, >, ((Job *)jobs->pdata[i])->id);
  query.state = JOB_DONE;
  g_autoptr(GPtrArray) done = walk(conn, query);
  g_assert_cmpuint(done->len, ==, 6);
  query.kind = "scan";
  g_autoptr(GPtrArray) scans = walk(conn, query);
  g_assert_cmpuint(scans->len, ==, 2);
}

static void test_children(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t parent = add_job(conn, "transcode", JOB_RUNNING, PRIORITY_LOW, 0);
  for (int i = 0; i < 3; i++) {
    g_autoptr(Job) child = record_new(&job_table);
    child->parent_id = parent;
    g_assert_true(record_insert(conn, &job_table, child, &error));
  }
  JobQuery query = all_jobs();
  query.parent_id = parent;
  g_autoptr(GPtrArray) children = walk(conn, query);
  g_assert_cmpuint(children->len, ==, 3);
}

static void test_wrong_cursor(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  fill(conn);
  JobQuery query = all_jobs();
  char *next = NULL;
  g_autoptr(GPtrArray) jobs = job_page(conn, &query, &next, &error);
  g_assert_nonnull(jobs);
  g_autofree char *by_age = next;
  query.state = JOB_PENDING;
  query.after = by_age;
  g_assert_null(job_page(conn, &query, &next, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_counts(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  fill(conn);
  int64_t counts[JOB_SKIPPED + 1];
  g_assert_true(job_counts(conn, counts, &error));
  g_assert_cmpint(counts[JOB_PENDING], ==, 36);
  g_assert_cmpint(counts[JOB_DONE], ==, 6);
  g_assert_cmpint(counts[JOB_FAILED], ==, 6);
  g_assert_cmpint(counts[JOB_RUNNING], ==, 0);
}

static void test_log(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t job = add_job(conn, "scan", JOB_RUNNING, PRIORITY_LOW, 0), other = add_job(conn, "scan", JOB_RUNNING, PRIORITY_LOW, 0);
  for (int i = 0; i < 5; i++) {
    JobLogLine line;
    record_init(&job_log_table, &line);
    line.job_id = i == 2 ? other : job;
    line.at_ms = i;
    g_assert_true(record_insert(conn, &job_log_table, &line, &error));
    record_clear(&job_log_table, &line);
  }
  g_autoptr(GPtrArray) first = job_log_page(conn, job, 0, 3, &error);
  g_assert_cmpuint(first->len, ==, 3);
  g_autoptr(GPtrArray) rest = job_log_page(conn, job, ((JobLogLine *)first->pdata[2])->id, 3, &error);
  g_assert_cmpuint(rest->len, ==, 1);
  g_assert_cmpint(((JobLogLine *)rest->pdata[0])->at_ms, ==, 4);
}

/* The order of the queue comes from its index, and is not sorted for each claim. */
static void test_index_used(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  if (test->kind == DB_POSTGRESQL)
    g_assert_true(db_exec_script(conn, "SET enable_seqscan = off; SET enable_sort = off", &error));
  g_autofree char *sql = g_strdup_printf("EXPLAIN %s SELECT id FROM jobs WHERE state = 'pending' AND run_after_ms <= 5 ORDER BY "
                                         "%s LIMIT 1",
                                         test->kind == DB_SQLITE ? "QUERY PLAN" : "", JOB_QUEUE_ORDER);
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_NO_ARGS, &error);
  g_assert_no_error(error);
  g_autoptr(GString) plan = g_string_new(NULL);
  while (db_rows_next(rows, &error))
    g_string_append(plan, db_rows_text(rows, db_rows_columns(rows) - 1));
  g_assert_nonnull(strstr(plan->str, "jobs_queue"));
  g_assert_null(strstr(plan->str, "Sort"));
  g_assert_null(strstr(plan->str, "TEMP B-TREE"));
}

static int64_t key_of(const Job *job, int sort, const int64_t *sizes)
{
  switch (sort) {
  case JOB_SORT_FINISHED:
    return job->finished_at_ms;
  case JOB_SORT_SIZE:
    return job->file_id == FIELD_NULL_INT ? 0 : sizes[job->file_id];
  default:
    return 0;
  }
}

static void test_sorts(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  int64_t sizes[8] = {0}, root = add_root(conn, "/a");
  fill(conn);
  for (int i = 1; i < 8; i++) {
    LibraryFile *file = record_new(&file_table);
    file->size_bytes = sizes[i] = i % 3 * 1000;
    g_autofree char *path = g_strdup_printf("/a/%d", i);
    g_assert_cmpint(add_file(conn, file, root, path), ==, i);
  }
  for (int64_t id = 1; id <= 48; id++) {
    if (id % 8)
      g_assert_true(record_set(conn, &job_table, id, "file_id", DB_INT(id % 8), &error));
    if (id % 4 == 1) /* done and failed */
      g_assert_true(record_set(conn, &job_table, id, "finished_at_ms", DB_INT(100 + id * 7 % 5), &error));
  }
  for (int sort = JOB_SORT_NEWEST; sort <= JOB_SORT_SIZE; sort++) {
    JobQuery query = all_jobs();
    query.sort = sort;
    if (sort == JOB_SORT_QUEUE)
      query.state = JOB_PENDING;
    for (query.limit = 1; query.limit < 50; query.limit += 9) {
      g_autoptr(GPtrArray) jobs = walk(conn, query);
      g_assert_cmpuint(jobs->len, ==, sort == JOB_SORT_FINISHED ? 12 : sort == JOB_SORT_QUEUE ? 36 : 48);
      for (guint i = 1; i < jobs->len && sort != JOB_SORT_QUEUE; i++) {
        const Job *a = jobs->pdata[i - 1], *b = jobs->pdata[i];
        int64_t x = key_of(a, sort, sizes), y = key_of(b, sort, sizes);
        g_assert_true(x > y || (x == y && (sort == JOB_SORT_OLDEST ? a->id < b->id : a->id > b->id)));
      }
    }
  }
  g_autoptr(GArray) done = job_ids(conn, JOB_DONE, "transcode", &error);
  g_autoptr(GArray) all = job_ids(conn, FIELD_NULL_ENUM, NULL, &error);
  g_assert_cmpuint(all->len, ==, 48);
  g_assert_cmpuint(done->len, ==, 4);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/job-page/queue-order", test_queue_order);
  test_db_each("/job-page/newest-first", test_newest_first);
  test_db_each("/job-page/children", test_children);
  test_db_each("/job-page/wrong-cursor", test_wrong_cursor);
  test_db_each("/job-page/counts", test_counts);
  test_db_each("/job-page/log", test_log);
  test_db_each("/job-page/index-used", test_index_used);
  test_db_each("/job-page/sorts", test_sorts);
  return g_test_run();
}
