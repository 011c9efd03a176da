/* One change of many jobs, deleting, and places in the queue. */
#include "queue_fixture.h"

static int64_t change(Fixture *f, const QueueChange *how, const int64_t *ids, size_t n_ids, GPtrArray *refused)
{
  g_autoptr(GError) error = NULL;
  int64_t done = -1;
  queue_change(f->queue, how, ids, n_ids, refused, &done, &error);
  g_assert_no_error(error);
  return done;
}

static void test_each_by_itself(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  enum { JOBS = 120 }; /* more than one transaction takes */
  int64_t ids[JOBS + 2];
  for (int i = 0; i < JOBS; i++)
    ids[JOBS - 1 - i] = add_kind(&f, "transcode");
  ids[JOBS] = 999999;
  ids[JOBS + 1] = ids[0]; /* twice is once */
  g_assert_true(queue_cancel(f.queue, ids[7], NULL));
  g_autoptr(GPtrArray) refused = records_new(&job_refusal_table);
  g_assert_cmpint(change(&f, &(QueueChange){.act = QUEUE_PAUSE}, ids, JOBS + 2, refused), ==, JOBS - 1);
  g_assert_cmpuint(refused->len, ==, 2);
  const JobRefusal *cancelled = refused->pdata[0], *unknown = refused->pdata[1];
  g_assert_cmpint(cancelled->id, ==, ids[7]);
  g_assert_nonnull(strstr(cancelled->error, "cancelled"));
  g_assert_cmpint(unknown->id, ==, 999999);
  g_assert_cmpstr(unknown->error, ==, "There is no job 999999.");
  for (int i = 0; i < JOBS; i++)
    g_assert_cmpstr(state_of(&f, ids[i]), ==, i == 7 ? "cancelled" : "paused");

  g_ptr_array_set_size(refused, 0);
  QueueChange urgent = {.act = QUEUE_SET_PRIORITY, .priority = PRIORITY_HIGH};
  g_assert_cmpint(change(&f, &urgent, ids, 3, refused), ==, 3);
  g_autoptr(Job) job = read_job(&f, ids[2]);
  g_assert_cmpint(job->priority, ==, PRIORITY_HIGH);
}

static bool rewrite(Job *job, void *user_data, GError **error)
{
  if (g_str_equal(job->kind, "scan"))
    return fail(error, REEVE_ERROR_INVALID, "A scan is not rewritten.");
  g_free(job->payload);
  job->payload = g_strdup(user_data);
  return true;
}

static void test_rewrite(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t parent = add_kind(&f, "transcode"), child = add_child(&f, parent), running = add_kind(&f, "urgent"),
          scan = add_kind(&f, "scan");
  g_autoptr(Job) claimed = record_new(&job_table);
  bool found = false;
  g_assert_true(queue_claim(f.queue, "worker", (const char *[]){"urgent", NULL}, NULL, claimed, &found, NULL) && found);
  g_autoptr(GPtrArray) refused = records_new(&job_refusal_table);
  QueueChange how = {.act = QUEUE_REWRITE, .rewrite = rewrite, .user_data = (char *)"{\"new\":1}"};
  g_assert_cmpint(change(&f, &how, (int64_t[]){parent, running, scan}, 3, refused), ==, 1);
  g_assert_cmpuint(refused->len, ==, 2);
  g_autoptr(Job) written = read_job(&f, parent);
  g_assert_cmpstr(written->payload, ==, "{\"new\":1}");
  g_autoptr(Job) below = read_job(&f, child);
  g_assert_cmpstr(below->payload, !=, "{\"new\":1}");
}

static void test_delete(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(GError) error = NULL;
  int64_t running = add_kind(&f, "first"), waiting = add_kind(&f, "second"), parent = add_kind(&f, "third"),
          child = add_child(&f, parent);
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpint(job->id, ==, running);
  g_assert_true(queue_log(f.queue, waiting, "info", "A line.", NULL));
  g_assert_false(queue_delete(f.queue, running, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  g_assert_true(queue_delete(f.queue, waiting, &error));
  g_assert_no_error(error);
  g_assert_false(queue_delete(f.queue, waiting, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error(&error);

  /* No part of a job is deleted under the hands of its worker. */
  g_autoptr(Job) working = record_new(&job_table);
  bool found = false;
  g_assert_true(queue_claim(f.queue, "worker", (const char *[]){"child", NULL}, NULL, working, &found, NULL) && found);
  g_assert_false(queue_delete(f.queue, parent, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(&error);
  finish_as(&f, working, JOB_DONE);
  g_autoptr(GPtrArray) refused = records_new(&job_refusal_table);
  g_assert_cmpint(change(&f, &(QueueChange){.act = QUEUE_DELETE}, (int64_t[]){parent, running}, 2, refused), ==, 1);
  g_assert_cmpuint(refused->len, ==, 1);
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(Job) gone = record_new(&job_table);
  g_assert_false(record_get(conn, &job_table, child, gone, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

/* The numbers of what waits, as the queue will run them. */
static char *order_of(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  char *next = NULL;
  JobQuery query = {
      .sort = JOB_SORT_QUEUE, .state = JOB_PENDING, .parent_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT, .limit = 500};
  g_autoptr(GPtrArray) jobs = job_page(conn, &query, &next, NULL);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < jobs->len; i++)
    g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i ? " " : "", ((const Job *)jobs->pdata[i])->id);
  return g_string_free(text, FALSE);
}

static void test_move(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (int i = 1; i <= 5; i++)
    g_assert_cmpint(add_kind(&f, "transcode"), ==, i);
  static const struct {
    int64_t job;
    QueueSide side;
    int64_t other;
    const char *order;
  } moves[] = {
      {5, QUEUE_BEFORE, 1, "5 1 2 3 4"}, {1, QUEUE_AFTER, 4, "5 2 3 4 1"},  {3, QUEUE_AFTER, 5, "5 3 2 4 1"},
      {4, QUEUE_BEFORE, 3, "5 4 3 2 1"}, {2, QUEUE_BEFORE, 1, "5 4 3 2 1"}, {5, QUEUE_AFTER, 4, "4 5 3 2 1"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
    g_autoptr(GError) error = NULL;
    queue_move(f.queue, moves[i].job, moves[i].side, moves[i].other, &error);
    g_assert_no_error(error);
    g_autofree char *order = order_of(test);
    g_assert_cmpstr(order, ==, moves[i].order);
  }
  /* Between the same two again and again: more often than a real number can be halved. */
  for (int i = 0; i < 150; i++)
    g_assert_true(queue_move(f.queue, i % 2 ? 1 : 2, QUEUE_AFTER, 4, NULL));
  g_autofree char *crowded = order_of(test);
  g_assert_cmpstr(crowded, ==, "4 1 2 5 3");
  /* A new one still comes last, and another priority is taken on. */
  add_kind(&f, "transcode");
  g_assert_true(queue_set_priority(f.queue, 3, PRIORITY_HIGH, NULL));
  g_autofree char *before = order_of(test);
  g_assert_cmpstr(before, ==, "3 4 1 2 5 6");
  g_assert_true(queue_move(f.queue, 6, QUEUE_BEFORE, 3, NULL));
  g_assert_true(queue_move(f.queue, 3, QUEUE_AFTER, 5, NULL));
  g_autofree char *after = order_of(test);
  g_assert_cmpstr(after, ==, "6 4 1 2 5 3");
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpint(job->id, ==, 6);
  g_assert_cmpint(job->priority, ==, PRIORITY_HIGH);
}

static void test_no_place(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t running = add_kind(&f, "transcode"), waiting = add_kind(&f, "transcode"), ended = add_kind(&f, "transcode");
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpint(job->id, ==, running);
  g_assert_true(queue_cancel(f.queue, ended, NULL));
  const struct {
    int64_t job, other;
    ReeveErrorCode code;
  } rows[] = {
      {running, waiting, REEVE_ERROR_CONFLICT}, {waiting, running, REEVE_ERROR_CONFLICT}, {waiting, ended, REEVE_ERROR_CONFLICT},
      {waiting, waiting, REEVE_ERROR_INVALID},  {waiting, 999, REEVE_ERROR_NOT_FOUND},    {999, waiting, REEVE_ERROR_NOT_FOUND},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(queue_move(f.queue, rows[i].job, QUEUE_BEFORE, rows[i].other, &error));
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/queue-change/each-by-itself", test_each_by_itself);
  test_db_each("/queue-change/rewrite", test_rewrite);
  test_db_each("/queue-change/delete", test_delete);
  test_db_each("/queue-move/order", test_move);
  test_db_each("/queue-move/no-place", test_no_place);
  return g_test_run();
}
