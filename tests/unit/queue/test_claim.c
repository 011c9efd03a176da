/* Which job a claim takes where jobs wait in many lines: of several kinds, of several roots and of none, with roots that are
 * shut; and that no claim looks through the jobs of a root that is shut. */
#include "queue/queue_internal.h"
#include "queue_fixture.h"
#include "store/root.h"

#include <string.h>

enum { ROOT_A = 1, ROOT_B, ROOT_C, N_ROOTS = ROOT_C };

static const char *const two_kinds[] = {"scan", "transcode", NULL};

static void add_roots(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  for (int64_t i = ROOT_A; i <= N_ROOTS; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Root) root = record_new(&root_table);
    g_free(root->path);
    root->path = g_strdup_printf("/%" G_GINT64_FORMAT, i);
    record_insert(conn, &root_table, root, &error);
    g_assert_no_error(error);
    g_assert_cmpint(root->id, ==, i);
  }
}

static int64_t add_to(Fixture *f, int64_t root_id, const char *kind, JobPriority priority)
{
  Job *job = new_job(kind);
  job->root_id = root_id;
  job->priority = priority;
  return add_job(f, job);
}

/* The job's number; 0: there is none. */
static int64_t claim_but(Fixture *f, const char *const *kinds, const QueueBar *bar)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(GError) error = NULL;
  bool found = false;
  queue_claim_but(f->queue, "worker", kinds, NULL, bar, job, &found, &error);
  g_assert_no_error(error);
  return found ? job->id : 0;
}

/* The order of the queue is one, whatever lines the jobs stand in. */
static void test_order(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_roots(test);
  const struct {
    int64_t root_id;
    const char *kind;
    JobPriority priority;
    int place; /* in the order in which they are to be claimed, from 1 */
  } rows[] = {
      {ROOT_A, "transcode", PRIORITY_LOW, 8},
      {ROOT_B, "transcode", PRIORITY_NORMAL, 4},
      {FIELD_NULL_INT, "scan", PRIORITY_NORMAL, 5},
      {ROOT_A, "scan", PRIORITY_HIGH, 2},
      {ROOT_C, "transcode", PRIORITY_NORMAL, 6},
      {ROOT_A, "transcode", PRIORITY_NORMAL, 7},
      {FIELD_NULL_INT, "transcode", PRIORITY_HIGH, 3},
      {ROOT_B, "scan", PRIORITY_WEBHOOK, 1},
      {ROOT_B, "undo", PRIORITY_WEBHOOK, 0 /* nobody wants it */},
  };
  int64_t expected[G_N_ELEMENTS(rows) + 1] = {0};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    expected[rows[i].place] = add_to(&f, rows[i].root_id, rows[i].kind, rows[i].priority);
  for (size_t place = 1; place < G_N_ELEMENTS(rows); place++)
    g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, expected[place]);
  g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, 0);
}

static void test_bar(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_roots(test);
  const int64_t a = ROOT_A, a_and_c[] = {ROOT_A, ROOT_C};
  const struct {
    QueueBar bar;
    int64_t expected; /* root of the job that is claimed; 0: the job of none; -1: there is nothing */
  } rows[] = {
      {{0}, ROOT_A}, /* nothing is shut: the first one */
      {{.roots = &a, .n_roots = 1}, ROOT_B},
      {{.roots = a_and_c, .n_roots = 2}, ROOT_B},
      {{.roots = (const int64_t[]){ROOT_A, ROOT_B}, .n_roots = 2}, 0},
      {{.roots = (const int64_t[]){ROOT_A, ROOT_B, ROOT_C, 99}, .n_roots = 4}, 0},
      {{.roots = &a, .n_roots = 1, .only = true}, ROOT_A},
      {{.roots = a_and_c, .n_roots = 2, .only = true}, ROOT_A},
      {{.roots = (const int64_t[]){ROOT_C}, .n_roots = 1, .only = true}, ROOT_C},
      {{.roots = (const int64_t[]){99}, .n_roots = 1, .only = true}, -1},
      {{.only = true}, -1},
  };
  int64_t by_root[N_ROOTS + 1];
  by_root[ROOT_A] = add_to(&f, ROOT_A, "transcode", PRIORITY_NORMAL);
  by_root[ROOT_B] = add_to(&f, ROOT_B, "transcode", PRIORITY_NORMAL);
  by_root[0] = add_to(&f, FIELD_NULL_INT, "transcode", PRIORITY_NORMAL);
  by_root[ROOT_C] = add_to(&f, ROOT_C, "transcode", PRIORITY_NORMAL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %zu", i);
    int64_t id = claim_but(&f, two_kinds, &rows[i].bar);
    g_assert_cmpint(id, ==, rows[i].expected < 0 ? 0 : by_root[rows[i].expected]);
    if (id) {
      g_autoptr(Job) job = read_job(&f, id);
      LeaseRef lease = lease_of(job);
      g_assert_true(queue_give_back(f.queue, &lease, NULL, 0, NULL));
    }
  }
}

/* Behind what must wait in a line, and in a line of which nothing is left to claim, comes the next of the same line. */
static void test_waits_in_line(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_roots(test);
  Job *later = new_job("transcode"), *able = new_job("transcode");
  later->root_id = able->root_id = ROOT_A;
  later->run_after_ms = START_MS + 1;
  able->needs = g_strdupv((char *[]){"gpu", NULL});
  int64_t later_id = add_job(&f, later);
  add_job(&f, able);
  int64_t parent = add_to(&f, ROOT_A, "transcode", PRIORITY_NORMAL);
  add_child(&f, parent);
  int64_t third = add_to(&f, ROOT_A, "transcode", PRIORITY_NORMAL), other = add_to(&f, ROOT_B, "transcode", PRIORITY_NORMAL);
  g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, third);
  g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, other);
  g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, 0);
  manual_clock_advance(&f.clock, 1);
  g_assert_cmpint(claim_but(&f, two_kinds, NULL), ==, later_id);
}

/* What the database says about its plan of a claim while ROOT_A is shut, a line each; on PostgreSQL with what running it showed.
 */
static char *explain(TestDb *test)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autofree char *claim = queue_claim_sql(test->kind);
  g_autofree char *sql =
      g_strconcat(test->kind == DB_SQLITE ? "EXPLAIN QUERY PLAN " : "EXPLAIN (ANALYZE, COSTS OFF) ", claim, NULL);
  g_autoptr(GString) plan = g_string_new(NULL);
  G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, &error); /* never committed: the claim is undone */
  g_assert_no_error(error);
  g_autoptr(DbRows) rows = db_query(conn, sql,
                                    DB_ARGS(DB_TEXT("worker"), DB_INT(START_MS + LEASE_MS), DB_INT(START_MS), DB_TEXT("[]"),
                                            DB_TEXT("[\"scan\",\"transcode\"]"), DB_TEXT("[1]"), DB_INT(0)),
                                    &error);
  g_assert_no_error(error);
  while (db_rows_next(rows, &error))
    g_string_append_printf(plan, "%s\n", db_rows_text(rows, db_rows_columns(rows) - 1));
  g_assert_no_error(error);
  return g_string_free(g_steal_pointer(&plan), FALSE);
}

/* Sums the numbers behind `word`. */
static int64_t sum_of(const char *text, const char *word)
{
  int64_t sum = 0;
  for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
    sum += g_ascii_strtoll(at + strlen(word), NULL, 10);
  return sum;
}

/* SQLite says which columns it looks jobs up by: kind and line, never the kind alone. PostgreSQL counts the rows that it read and
 * did not want. */
static void test_looks_at_few(TestDb *test)
{
  enum { SHUT = 2000 };
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_roots(test);
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  for (int i = 0; i < SHUT; i++) {
    Job *job = new_job("transcode");
    job->root_id = ROOT_A;
    g_ptr_array_add(jobs, job);
  }
  g_assert_true(queue_add_all(f.queue, jobs, NULL));
  for (int has_other = 0; has_other < 2; has_other++) {
    if (has_other)
      add_to(&f, ROOT_B, "transcode", PRIORITY_LOW);
    g_autofree char *plan = explain(test);
    g_test_message("%s", plan);
    g_assert_nonnull(strstr(plan, "jobs_claim"));
    if (test->kind == DB_SQLITE) {
      g_assert_nonnull(strstr(plan, "(kind=? AND <expr>=?"));
      g_assert_null(strstr(plan, "(kind=?)"));
      g_assert_null(strstr(plan, "SCAN jobs"));
    } else {
      g_assert_cmpint(sum_of(plan, "Rows Removed by Filter: "), <, 20);
      g_assert_null(strstr(plan, "Seq Scan on jobs"));
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/claim/order", test_order);
  test_db_each("/claim/bar", test_bar);
  test_db_each("/claim/waits-in-line", test_waits_in_line);
  test_db_each("/claim/looks-at-few", test_looks_at_few);
  return g_test_run();
}
