/* Jobs that are split into parts: when they wait, when they go on, and what reaches their parts. */
#include "queue/parts.h"
#include "queue_fixture.h"

static GPtrArray *new_parts(guint n)
{
  GPtrArray *parts = records_new(&job_table);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add(parts, new_job("child"));
  return parts;
}

/* A claimed job and its parts; the lease is over. */
static Job *split(Fixture *f, guint n)
{
  g_autoptr(Job) added = new_job("batch");
  added->priority = PRIORITY_HIGH;
  added->file_id = FIELD_NULL_INT;
  add_job(f, g_steal_pointer(&added));
  g_autoptr(Job) job = claim(f);
  g_autoptr(GPtrArray) parts = new_parts(n);
  g_autoptr(GError) error = NULL;
  LeaseRef lease = lease_of(job);
  bool is_split = false;
  g_assert_true(queue_split(f->queue, &lease, parts, "{\"so\":\"far\"}", "It waits for its parts.", &is_split, &error));
  g_assert_no_error(error);
  g_assert_true(is_split);
  return g_steal_pointer(&job);
}

static void test_life(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Job) job = split(&f, 2);
  int64_t later = add_job(&f, ({
    Job *high = new_job("transcode");
    high->priority = PRIORITY_HIGH;
    high;
  }));
  g_autoptr(Job) waits = read_job(&f, job->id);
  g_assert_cmpint(waits->state, ==, JOB_PENDING);
  g_assert_cmpint(waits->attempts, ==, 0);
  g_assert_cmpstr(waits->waiting, ==, "It waits for its parts.");
  g_assert_cmpstr(waits->result, ==, "{\"so\":\"far\"}");

  /* The parts come where the job would have come, before what was added after it; the job itself is not given out. */
  g_autoptr(Job) first = claim(&f), second = claim(&f), third = claim(&f), none = claim(&f);
  g_assert_cmpint(first->parent_id, ==, job->id);
  g_assert_cmpint(first->priority, ==, PRIORITY_HIGH);
  g_assert_cmpint(second->parent_id, ==, job->id);
  g_assert_cmpint(third->id, ==, later);
  g_assert_null(none);

  finish_as(&f, first, JOB_DONE);
  queue_show_parts(f.queue, job->id);
  g_autoptr(Job) half = read_job(&f, job->id);
  g_assert_cmpfloat(half->progress, ==, 0.5);
  g_assert_cmpstr(half->waiting, ==, "1 of its 2 parts are done.");
  g_assert_null(claim(&f));
  uint64_t seen = queue_generation(f.queue);
  finish_as(&f, second, JOB_FAILED);
  g_assert_true(queue_wait(f.queue, seen, NULL, 30000)); /* whoever may go on with the job is woken */
  g_autoptr(Job) again = claim(&f);
  g_assert_cmpint(again->id, ==, job->id);
  g_assert_cmpstr(again->result, ==, "{\"so\":\"far\"}");
  g_autoptr(GPtrArray) parts = queue_parts(f.queue, job->id, NULL);
  g_assert_cmpuint(parts->len, ==, 2);
  g_assert_cmpint(((Job *)parts->pdata[0])->state, ==, JOB_DONE);
  g_assert_cmpint(((Job *)parts->pdata[1])->state, ==, JOB_FAILED);

  /* One of them again; then all are forgotten. */
  g_autoptr(GPtrArray) redo = g_ptr_array_new();
  g_ptr_array_add(redo, parts->pdata[0]);
  LeaseRef lease = lease_of(again);
  g_assert_true(queue_redo_parts(f.queue, &lease, redo, "Again.", NULL));
  g_autoptr(Job) redone = claim(&f);
  g_assert_cmpint(redone->id, ==, ((Job *)parts->pdata[0])->id);
  finish_as(&f, redone, JOB_DONE);
  g_autoptr(Job) last = claim(&f);
  lease = lease_of(last);
  g_assert_true(queue_unsplit(f.queue, &lease, "{\"whole\":true}", NULL, NULL));
  g_autoptr(GPtrArray) gone = queue_parts(f.queue, job->id, NULL);
  g_assert_cmpuint(gone->len, ==, 0);
  g_autoptr(Job) whole = claim(&f);
  g_assert_cmpint(whole->id, ==, job->id);
  g_assert_cmpstr(whole->payload, ==, "{\"whole\":true}");
  g_assert_null(whole->result);
  g_assert_cmpint(whole->attempts, ==, 1);
}

/* A lease that is lost, or a job that is not wanted any more, gets no parts. */
static void test_not_split(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  for (int row = 0; row < 3; row++) {
    int64_t id = add_kind(&f, "batch");
    g_autoptr(Job) job = claim(&f);
    g_assert_cmpint(job->id, ==, id);
    g_autoptr(GPtrArray) parts = new_parts(3);
    g_autoptr(GError) error = NULL;
    LeaseRef lease = lease_of(job);
    if (row == 0) {
      lease.epoch--;
      bool is_split = false;
      g_assert_false(queue_split(f.queue, &lease, parts, NULL, NULL, &is_split, &error));
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
      g_assert_cmpstr(state_of(&f, id), ==, "running");
      finish_as(&f, job, JOB_DONE);
    } else {
      bool is_split = true;
      g_assert_true(row == 1 ? queue_cancel(f.queue, id, NULL) : queue_send_back(f.queue, id, NULL));
      g_assert_true(queue_split(f.queue, &lease, parts, NULL, NULL, &is_split, &error));
      g_assert_false(is_split);
      g_assert_cmpstr(state_of(&f, id), ==, row == 1 ? "cancelled" : "pending");
    }
    g_autoptr(GPtrArray) none = queue_parts(f.queue, id, NULL);
    g_assert_cmpuint(none->len, ==, 0);
  }
}

static void assert_alive(Fixture *f, const Job *job, bool expected)
{
  bool alive = !expected;
  g_autoptr(DbConn) conn = db_acquire(f->db, NULL);
  g_assert_true(queue_work_alive_in(conn, job->id, job->lease_epoch, clock_now_ms(&f->clock.clock), &alive, NULL));
  g_assert_cmpint(alive, ==, expected);
}

/* What people do to the job reaches its parts; and what was made for it is kept until all have ended. */
static void test_people(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Job) job = split(&f, 3);
  g_autoptr(Job) running = claim(&f);
  assert_alive(&f, job, true);
  g_assert_true(queue_pause(f.queue, job->id, NULL));
  g_assert_cmpint((int)renew(&f, running), ==, DIRECTIVE_PAUSE);
  g_assert_null(claim(&f));
  g_assert_true(queue_resume(f.queue, job->id, NULL));
  g_assert_cmpint((int)renew(&f, running), ==, DIRECTIVE_CONTINUE);
  g_assert_true(queue_set_priority(f.queue, job->id, PRIORITY_LOW, NULL));
  g_autoptr(Job) lowered = claim(&f);
  g_assert_cmpint(lowered->priority, ==, PRIORITY_LOW);
  finish_as(&f, lowered, JOB_DONE);

  /* Put after another job in the queue, its parts come after that one, too. */
  int64_t other = add_kind(&f, "transcode");
  g_assert_true(queue_move(f.queue, job->id, QUEUE_AFTER, other, NULL));
  g_autoptr(GPtrArray) parts = queue_parts(f.queue, job->id, NULL);
  const Job *last = parts->pdata[2];
  g_autoptr(Job) before = read_job(&f, other);
  g_assert_cmpint(last->priority, ==, PRIORITY_NORMAL);
  g_assert_cmpfloat(last->position, >, before->position);

  g_assert_true(queue_cancel(f.queue, job->id, NULL));
  g_assert_cmpstr(state_of(&f, job->id), ==, "cancelled");
  g_assert_cmpint((int)renew(&f, running), ==, DIRECTIVE_CANCEL);
  assert_alive(&f, job, true); /* one part is still at it */
  finish_as(&f, running, JOB_CANCELLED);
  assert_alive(&f, job, false);
  g_autoptr(Job) next = claim(&f), none = claim(&f);
  g_assert_cmpint(next->id, ==, other);
  g_assert_null(none);

  /* The worker of a job without parts is lost: nothing of it is kept. */
  add_kind(&f, "batch");
  g_autoptr(Job) plain = claim(&f);
  assert_alive(&f, plain, true);
  manual_clock_advance(&f.clock, LEASE_MS + 1);
  assert_alive(&f, plain, false);
}

/* The worker that goes on after the parts is lost: the parts stay done. */
static void test_lost_at_the_end(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Job) job = split(&f, 1);
  g_autoptr(Job) part = claim(&f);
  finish_as(&f, part, JOB_DONE);
  g_autoptr(Job) joins = claim(&f);
  g_assert_cmpint(joins->id, ==, job->id);
  manual_clock_advance(&f.clock, LEASE_MS + 1);
  assert_alive(&f, job, true);
  g_assert_true(queue_expire(f.queue, NULL, NULL));
  g_autoptr(Job) again = claim(&f);
  g_assert_cmpint(again->id, ==, job->id);
  g_assert_nonnull(again->result);
  finish_as(&f, again, JOB_DONE);
  assert_alive(&f, job, false);
}

/* A job of two parts that are done, claimed to be put together. */
static Job *claim_after_parts(Fixture *f)
{
  g_autoptr(Job) job = split(f, 2);
  for (int i = 0; i < 2; i++) {
    g_autoptr(Job) part = claim(f);
    finish_as(f, part, JOB_DONE);
  }
  g_autoptr(Job) again = claim(f);
  g_assert_cmpint(again->id, ==, job->id);
  return g_steal_pointer(&again);
}

/* Parts are done again only for a job that is wanted still, and wait as it does. */
static void test_redo(TestDb *test)
{
  static const struct {
    const char *name;
    bool (*ask)(Queue *queue, int64_t job_id, GError **error);
    const char *job, *part;
    bool says; /* what it waits for */
  } rows[] = {
      {"wanted", NULL, "pending", "pending", true},
      {"cancelled", queue_cancel, "cancelled", "done", false},
      {"sent back", queue_send_back, "pending", "done", false},
      {"paused", queue_pause, "paused", "paused", true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Fixture) f = {0};
    fixture_init(&f, test->db);
    g_test_message("%s", rows[i].name);
    g_autoptr(Job) job = claim_after_parts(&f);
    g_autoptr(GPtrArray) parts = queue_parts(f.queue, job->id, NULL);
    g_autoptr(GError) error = NULL;
    LeaseRef lease = lease_of(job);
    if (rows[i].ask)
      g_assert_true(rows[i].ask(f.queue, job->id, NULL));
    queue_redo_parts(f.queue, &lease, parts, "Again.", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(state_of(&f, job->id), ==, rows[i].job);
    g_autoptr(Job) now = read_job(&f, job->id);
    g_assert_cmpstr(now->waiting, ==, rows[i].says ? "Again." : NULL);
    for (guint part = 0; part < parts->len; part++)
      g_assert_cmpstr(state_of(&f, ((Job *)parts->pdata[part])->id), ==, rows[i].part);
    if (rows[i].ask == queue_pause) {
      g_assert_null(claim(&f));
      g_assert_true(queue_resume(f.queue, job->id, &error));
      g_autoptr(Job) part = claim(&f);
      g_assert_cmpint(part->parent_id, ==, job->id);
    }
    g_autoptr(DbConn) conn = db_acquire(f.db, NULL);
    g_assert_true(db_exec(conn, "DELETE FROM jobs", DB_NO_ARGS, NULL, NULL));
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/queue/parts/life", test_life);
  test_db_each("/queue/parts/not-split", test_not_split);
  test_db_each("/queue/parts/people", test_people);
  test_db_each("/queue/parts/redo", test_redo);
  test_db_each("/queue/parts/lost-at-the-end", test_lost_at_the_end);
  return g_test_run();
}
