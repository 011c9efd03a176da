/* Leases: fencing, expiry, retries with backoff, the last attempt. */
#include "queue_fixture.h"

#include <math.h>

static GError *busy(void)
{
  return g_error_new_literal(REEVE_ERROR, REEVE_ERROR_UPSTREAM, "The other side was busy.");
}

static void fail_job(Fixture *f, const Job *job)
{
  g_autoptr(GError) cause = busy(), error = NULL;
  LeaseRef lease = lease_of(job);
  g_assert_true(queue_finish(f->queue, &lease, &(JobOutcome){.state = JOB_FAILED, .cause = cause}, &error));
}

static void assert_conflict(bool done, GError **error)
{
  g_assert_false(done);
  g_assert_error(*error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_clear_error(error);
}

/* Everything the owner of a lease can do is refused. */
static void assert_fenced(Fixture *f, const LeaseRef *lease)
{
  g_autoptr(Job) before = read_job(f, lease->job_id);
  JobDirective directive = DIRECTIVE_CONTINUE;
  GError *error = NULL;
  assert_conflict(queue_renew(f->queue, lease, 1, "{}", &directive, &error), &error);
  assert_conflict(queue_finish(f->queue, lease, &(JobOutcome){.state = JOB_DONE}, &error), &error);
  assert_conflict(queue_give_back(f->queue, lease, NULL, 0, &error), &error);
  g_autoptr(DbConn) conn = db_acquire(f->db, NULL);
  {
    G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, NULL);
    assert_conflict(queue_check_lease_in(conn, lease, &error), &error);
  }
  {
    G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, NULL);
    assert_conflict(queue_finish_in(f->queue, conn, lease, &(JobOutcome){.state = JOB_DONE}, &error), &error);
  }
  g_clear_pointer(&conn, db_release);
  g_autoptr(Job) after = read_job(f, lease->job_id);
  g_assert_true(record_equal(&job_table, before, after));
}

static int expire(Fixture *f)
{
  int count = -1;
  g_autoptr(GError) error = NULL;
  g_assert_true(queue_expire(f->queue, &count, &error));
  return count;
}

static void test_expiry_and_fencing(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_kind(&f, "scan");
  g_autoptr(Job) first = claim_as(&f, "worker-a");
  LeaseRef old = lease_of(first);

  manual_clock_advance(&f.clock, LEASE_MS - 1);
  renew(&f, first);
  manual_clock_advance(&f.clock, LEASE_MS);
  g_assert_cmpint(expire(&f), ==, 0);
  manual_clock_advance(&f.clock, 1);
  g_assert_cmpint(expire(&f), ==, 1);
  g_assert_cmpint(expire(&f), ==, 0);
  assert_fenced(&f, &old);

  /* The same worker gets the job again: its earlier self is still refused. */
  g_autoptr(Job) second = claim_as(&f, "worker-a");
  g_assert_cmpint(second->id, ==, first->id);
  g_assert_cmpint(second->lease_epoch, >, first->lease_epoch);
  g_assert_cmpint(second->attempts, ==, 2);
  assert_fenced(&f, &old);
  finish_as(&f, second, JOB_DONE);
  assert_fenced(&f, &old);
  LeaseRef done = lease_of(second);
  assert_fenced(&f, &done);
}

/* A late worker whose lease ran out, but which nobody missed yet, keeps it. */
static void test_late_renewal(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  manual_clock_advance(&f.clock, 10 * LEASE_MS);
  renew(&f, job);
  g_assert_cmpint(expire(&f), ==, 0);
}

static void test_renew_stores(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  LeaseRef lease = lease_of(job);
  JobDirective directive = DIRECTIVE_CANCEL;
  manual_clock_advance(&f.clock, 10);
  g_assert_true(queue_renew(f.queue, &lease, 0.25, "{\"fps\":24}", &directive, NULL));
  g_assert_cmpint((int)directive, ==, DIRECTIVE_CONTINUE);
  g_assert_true(queue_renew(f.queue, &lease, 7, NULL, &directive, NULL));
  g_autoptr(Job) row = read_job(&f, job->id);
  g_assert_cmpfloat(row->progress, ==, 1);
  g_assert_cmpstr(row->progress_detail, ==, "{\"fps\":24}");
  g_assert_cmpint(row->lease_until_ms, ==, START_MS + 10 + LEASE_MS);

  g_autoptr(GError) detail_error = NULL, nan_error = NULL;
  g_assert_false(queue_renew(f.queue, &lease, 0.5, "{", &directive, &detail_error));
  g_assert_error(detail_error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_false(queue_renew(f.queue, &lease, NAN, NULL, &directive, &nan_error));
  g_assert_error(nan_error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

static void test_worker_lost_each_time(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  for (int attempt = 1; attempt <= 3; attempt++) {
    g_autoptr(Job) job = claim(&f);
    g_assert_nonnull(job);
    g_assert_cmpint(job->attempts, ==, attempt);
    manual_clock_advance(&f.clock, LEASE_MS + 1);
    g_assert_cmpint(expire(&f), ==, 1);
  }
  g_assert_null(claim(&f));
  g_autoptr(Job) row = read_job(&f, id);
  g_assert_cmpint(row->state, ==, JOB_FAILED);
  g_assert_cmpstr(row->error_code, ==, "unavailable");
  g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
  g_autoptr(GPtrArray) lines = record_list(conn, &job_log_table, "ORDER BY id", DB_NO_ARGS, NULL);
  g_assert_cmpint(lines->len, ==, 3);
  g_assert_cmpstr(((JobLogLine *)lines->pdata[2])->message, ==, "The worker \"worker-a\" was lost in attempt 3 of 3.");
}

static void test_backoff(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  Job *made = new_job("scan");
  made->max_attempts = 14;
  int64_t id = add_job(&f, made);
  int64_t expected_ms = BACKOFF_MS;
  for (int attempt = 1; attempt < 14; attempt++) {
    g_autoptr(Job) job = claim(&f);
    g_assert_nonnull(job);
    int64_t now_ms = clock_now_ms(&f.clock.clock);
    fail_job(&f, job);
    g_autoptr(Job) row = read_job(&f, id);
    int64_t pause_ms = row->run_after_ms - now_ms;
    g_test_message("attempt %d: %d ms", attempt, (int)pause_ms);
    g_assert_cmpint(pause_ms, >=, expected_ms * 4 / 5);
    g_assert_cmpint(pause_ms, <=, MIN(expected_ms * 6 / 5, 3600 * 1000));
    g_assert_cmpint(row->state, ==, JOB_PENDING);
    g_assert_cmpstr(row->error, ==, "The other side was busy.");
    g_assert_null(claim(&f));
    manual_clock_advance(&f.clock, pause_ms - 1);
    g_assert_null(claim(&f));
    manual_clock_advance(&f.clock, 1);
    expected_ms = MIN(2 * expected_ms, 3600 * 1000);
  }
  g_autoptr(Job) last = claim(&f);
  fail_job(&f, last);
  g_autoptr(Job) row = read_job(&f, id);
  g_assert_cmpint(row->state, ==, JOB_FAILED);
  g_assert_cmpstr(row->error, ==, "The other side was busy.");
  g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
  g_autoptr(GPtrArray) lines = record_list(conn, &job_log_table, "ORDER BY id", DB_NO_ARGS, NULL);
  g_assert_cmpint(lines->len, ==, 14);
  const JobLogLine *line = lines->pdata[13];
  g_assert_cmpstr(line->level, ==, "error");
  g_assert_cmpstr(line->message, ==, "Attempt 14 of 14 failed: The other side was busy.");
}

/* The same seed gives the same pauses; another gives others. */
static void test_jitter_is_seeded(TestDb *test)
{
  static const guint32 seeds[] = {5, 5, 6};
  int64_t pauses_ms[3];
  for (int i = 0; i < 3; i++) {
    ManualClock clock;
    manual_clock_init(&clock, START_MS);
    g_autoptr(Queue) queue = queue_new(&(QueueParams){.db = test->db, .clock = &clock.clock, .seed = seeds[i]});
    Fixture f = {.db = test->db, .queue = queue};
    int64_t id = add_kind(&f, "scan");
    g_autoptr(Job) job = claim(&f);
    g_assert_cmpint(job->id, ==, id);
    fail_job(&f, job);
    g_autoptr(Job) row = read_job(&f, id);
    pauses_ms[i] = row->run_after_ms - START_MS;
  }
  g_assert_cmpint(pauses_ms[0], ==, pauses_ms[1]);
  g_assert_cmpint(pauses_ms[0], !=, pauses_ms[2]);
}

/* Results and state are committed together or not at all. */
static void test_finish_in_a_transaction(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  LeaseRef lease = lease_of(job);
  JobOutcome outcome = {.state = JOB_DONE, .result = "{\"files\":3}"};
  for (int commit = 0; commit <= 1; commit++) {
    g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
    {
      G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, NULL);
      g_assert_true(queue_check_lease_in(conn, &lease, NULL));
      g_assert_true(queue_finish_in(f.queue, conn, &lease, &outcome, NULL));
      g_assert_true(!commit || db_commit(transaction, NULL));
    }
    g_clear_pointer(&conn, db_release);
    queue_publish(f.queue, id);
    g_assert_cmpstr(state_of(&f, id), ==, commit ? "done" : "running");
  }
  g_autoptr(Job) row = read_job(&f, id);
  g_assert_cmpstr(row->result, ==, "{\"files\":3}");
}

static void test_bad_result_is_refused(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  LeaseRef lease = lease_of(job);
  g_autoptr(GError) error = NULL;
  g_assert_false(queue_finish(f.queue, &lease, &(JobOutcome){.state = JOB_DONE, .result = "no"}, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_cmpstr(state_of(&f, id), ==, "running");
}

static void test_give_back(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  LeaseRef lease = lease_of(job);
  g_assert_true(queue_give_back(f.queue, &lease, "The server is stopping.", START_MS + 100, NULL));
  assert_fenced(&f, &lease);
  g_autoptr(Job) row = read_job(&f, id);
  g_assert_cmpint(row->attempts, ==, 0);
  g_assert_cmpstr(row->waiting, ==, "The server is stopping.");
  g_assert_null(claim(&f));
  manual_clock_advance(&f.clock, 100);
  g_autoptr(Job) again = claim(&f);
  g_assert_cmpint(again->attempts, ==, 1);
  g_assert_null(again->waiting);
  assert_fenced(&f, &lease);
}

static void test_put_down(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "scan");
  g_autoptr(Job) job = claim(&f);
  LeaseRef lease = lease_of(job);
  JobDirective directive;
  g_assert_true(queue_pause(f.queue, id, NULL));
  g_assert_true(queue_renew(f.queue, &lease, 0.25, "{\"done\":1}", &directive, NULL));
  g_assert_cmpint(directive, ==, DIRECTIVE_PAUSE);
  g_assert_true(queue_put_down(f.queue, &lease, NULL));
  assert_fenced(&f, &lease);
  g_autoptr(Job) row = read_job(&f, id);
  g_assert_cmpstr(state_of(&f, id), ==, "paused");
  g_assert_null(row->lease_owner);
  g_assert_cmpfloat(row->progress, ==, 0.25);
  g_assert_cmpstr(row->progress_detail, ==, "{\"done\":1}");
  g_assert_cmpint(row->attempts, ==, 0);
  g_assert_null(claim(&f));
  int count = -1;
  manual_clock_advance(&f.clock, 24 * 3600 * 1000);
  g_assert_true(queue_expire(f.queue, &count, NULL));
  g_assert_cmpint(count, ==, 0);
  g_assert_true(queue_resume(f.queue, id, NULL));
  g_autoptr(Job) again = claim(&f);
  g_assert_cmpint(again->id, ==, id);
}

static void test_lapse_owner(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (int i = 0; i < 3; i++)
    add_kind(&f, "scan");
  g_autoptr(Job) a = claim_as(&f, "server-1"), b = claim_as(&f, "server-2"), c = claim_as(&f, "server-1");
  LeaseRef old = lease_of(a);
  int count = 0;
  g_assert_true(queue_lapse_owner(f.queue, "server-1", &count, NULL));
  g_assert_cmpint(count, ==, 2);
  g_assert_cmpstr(state_of(&f, a->id), ==, "running"); /* until it is seen to, so that the journal may end it first */
  g_assert_true(queue_expire(f.queue, &count, NULL));
  g_assert_cmpint(count, ==, 2);
  g_assert_cmpstr(state_of(&f, a->id), ==, "pending");
  g_assert_cmpstr(state_of(&f, b->id), ==, "running");
  g_assert_cmpstr(state_of(&f, c->id), ==, "pending");
  assert_fenced(&f, &old);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/lease/expiry_and_fencing", test_expiry_and_fencing);
  test_db_each("/lease/late_renewal", test_late_renewal);
  test_db_each("/lease/renew_stores", test_renew_stores);
  test_db_each("/lease/worker_lost_each_time", test_worker_lost_each_time);
  test_db_each("/lease/backoff", test_backoff);
  test_db_each("/lease/jitter_is_seeded", test_jitter_is_seeded);
  test_db_each("/lease/finish_in_a_transaction", test_finish_in_a_transaction);
  test_db_each("/lease/bad_result_is_refused", test_bad_result_is_refused);
  test_db_each("/lease/give_back", test_give_back);
  test_db_each("/lease/put_down", test_put_down);
  test_db_each("/lease/lapse_owner", test_lapse_owner);
  return g_test_run();
}
