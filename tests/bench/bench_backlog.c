/* What a backlog of a root that is shut costs those who claim jobs of another: bench_backlog [JOBS], 10,000 unless given. */
#include "base/error.h"
#include "base/number.h"
#include "queue/queue.h"
#include "store/db_fixture.h"
#include "store/pg_fixture.h"
#include "store/record_sql.h"
#include "store/root.h"

#include <stdio.h>

enum { OPEN_JOBS = 500, SHUT_ROOT = 1, OPEN_ROOT = 2 /* in the order in which they are made */ };

static int64_t add_root(TestDb *test, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Root) root = record_new(&root_table);
  g_free(root->path);
  root->path = g_strdup(path);
  record_insert(conn, &root_table, root, &error);
  g_assert_no_error(error);
  return root->id;
}

static void add_jobs(Queue *queue, int64_t n, int64_t root_id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  for (int64_t i = 0; i < n; i++) {
    Job *job = record_new(&job_table);
    g_free(job->kind);
    job->kind = g_strdup("transcode");
    job->root_id = root_id;
    g_ptr_array_add(jobs, job);
  }
  queue_add_all(queue, jobs, &error);
  g_assert_no_error(error);
}

/* One claim; false if there was none. */
static bool claim(Queue *queue)
{
  const int64_t shut = SHUT_ROOT;
  const QueueBar bar = {.roots = &shut, .n_roots = 1};
  g_autoptr(GError) error = NULL;
  g_autoptr(Job) job = record_new(&job_table);
  bool found = false;
  queue_claim_but(queue, "bench", (const char *[]){"transcode", NULL}, (const char *[]){"server", NULL}, &bar, job, &found,
                  &error);
  g_assert_no_error(error);
  g_assert_true(!found || job->root_id == OPEN_ROOT);
  return found;
}

static void measure(Queue *queue, const char *what)
{
  add_jobs(queue, OPEN_JOBS, OPEN_ROOT);
  int64_t start_us = g_get_monotonic_time(), n = 0;
  while (claim(queue))
    n++;
  g_assert_cmpint(n, ==, OPEN_JOBS);
  double claim_ms = (double)(g_get_monotonic_time() - start_us) / 1e3 / (double)n;
  start_us = g_get_monotonic_time();
  g_assert_false(claim(queue));
  printf("  %-44s %.2f ms a claim, %.2f ms to find that there is none\n", what, claim_ms,
         (double)(g_get_monotonic_time() - start_us) / 1e3);
}

static void bench_database(DbKind kind, int64_t jobs)
{
  if (kind == DB_POSTGRESQL && !pg_fixture_available()) {
    printf("PostgreSQL: its programs are not installed\n");
    return;
  }
  TestDb *test = test_db_new(kind, true);
  Queue *queue = queue_new(&(QueueParams){.db = test->db, .clock = clock_system()});
  g_assert_cmpint(add_root(test, "/shut"), ==, SHUT_ROOT);
  g_assert_cmpint(add_root(test, "/open"), ==, OPEN_ROOT);
  printf("%s:\n", kind == DB_SQLITE ? "SQLite" : "PostgreSQL");
  measure(queue, "no backlog");
  add_jobs(queue, jobs, SHUT_ROOT);
  g_autofree char *what = g_strdup_printf("behind %d jobs of a root that is shut", (int)jobs);
  measure(queue, what);
  queue_free(queue);
  test_db_free(test);
}

int main(int argc, char **argv)
{
  int64_t jobs = 10000;
  if (argc > 1 && !parse_int(argv[1], 1, 10000000, &jobs)) {
    fprintf(stderr, "usage: bench_backlog [JOBS]\n");
    return 2;
  }
  bench_database(DB_SQLITE, jobs);
  bench_database(DB_POSTGRESQL, jobs);
  return 0;
}
