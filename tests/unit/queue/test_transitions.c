/* The table of transitions.h on rows, through the public functions: what is allowed happens in the database, what is not is
 * CONFLICT and leaves the row alone. */
#include "queue_fixture.h"
#include "transitions.h"

static int64_t insert(TestDb *test, Job *job)
{
  g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(record_insert(conn, &job_table, job, &error));
  return job->id;
}

static bool finish(Queue *queue, const LeaseRef *lease, Op op, GError **error)
{
  g_autoptr(GError) passing = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_UPSTREAM, "The other side was busy.");
  g_autoptr(GError) lasting = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CORRUPT, "The file is damaged.");
  JobOutcome outcome = outcome_of(op, passing, lasting);
  return queue_finish(queue, lease, &outcome, error);
}

static bool apply(Fixture *f, int64_t id, Op op, GError **error)
{
  LeaseRef lease = {.job_id = id, .owner = OWNER, .epoch = EPOCH};
  switch (op) {
  case OP_PAUSE:
    return queue_pause(f->queue, id, error);
  case OP_RESUME:
    return queue_resume(f->queue, id, error);
  case OP_CANCEL:
    return queue_cancel(f->queue, id, error);
  case OP_SEND_BACK:
    return queue_send_back(f->queue, id, error);
  case OP_RETRY:
    return queue_retry(f->queue, id, error);
  case OP_RELEASE:
    return queue_release_held(f->queue, id, error);
  case OP_PRIORITY:
    return queue_set_priority(f->queue, id, PRIORITY_HIGH, error);
  case OP_GIVE_BACK:
    return queue_give_back(f->queue, &lease, NULL, 0, error);
  case OP_LOSE:
  case OP_LOSE_LAST:
    return queue_expire(f->queue, NULL, error);
  default:
    return finish(f->queue, &lease, op, error);
  }
}

static void test_table(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (Condition from = HELD; from < N_CONDITIONS; from++)
    for (Op op = OP_PAUSE; op < N_OPS; op++) {
      g_autoptr(Job) before = job_in(from, op);
      int64_t id = insert(test, before);
      g_autoptr(GError) error = NULL;
      bool done = apply(&f, id, op, &error);
      Condition expected = transitions[from][op];
      g_test_message("%s, %s: %s", condition_rows[from].name, op_names[op], error ? error->message : "done");
      g_autoptr(Job) after = read_job(&f, id);
      if (expected == NO) {
        g_assert_false(done);
        g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
        g_assert_true(record_equal(&job_table, before, after));
      } else {
        g_assert_true(done);
        g_assert_cmpstr(condition_rows[condition_of(after)].name, ==, condition_rows[expected].name);
        check_invariants(after);
      }
      /* Out of the way of the next OP_LOSE. */
      g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
      g_assert_true(record_delete(conn, &job_table, id, NULL));
    }
}

/* Renewing and checking do not move a job; they need the lease. */
static void test_lease_is_needed(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (Condition from = HELD; from < N_CONDITIONS; from++)
    for (int wrong = 0; wrong <= 2; wrong++) {
      g_autoptr(Job) job = job_in(from, OP_GIVE_BACK);
      int64_t id = insert(test, job);
      LeaseRef lease = {.job_id = id, .owner = wrong == 1 ? "worker-b" : OWNER, .epoch = wrong == 2 ? EPOCH - 1 : EPOCH};
      bool expected = condition_rows[from].leased && wrong == 0;
      JobDirective directive = DIRECTIVE_CONTINUE;
      g_autoptr(GError) renew_error = NULL, check_error = NULL;
      g_assert_cmpint(queue_renew(f.queue, &lease, 0.25, NULL, &directive, &renew_error), ==, expected);
      g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
      G_GNUC_UNUSED g_autoptr(DbTransaction) transaction = db_begin(conn, NULL);
      g_assert_cmpint(queue_check_lease_in(conn, &lease, &check_error), ==, expected);
      if (expected) {
        g_assert_cmpint((int)directive, ==, condition_rows[from].directive);
      } else {
        g_assert_error(renew_error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
        g_assert_error(check_error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
      }
    }
}

static void test_no_such_job(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (Op op = OP_PAUSE; op < OP_LOSE; op++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(apply(&f, 4711, op, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/transitions/table", test_table);
  test_db_each("/transitions/lease_is_needed", test_lease_is_needed);
  test_db_each("/transitions/no_such_job", test_no_such_job);
  return g_test_run();
}
