/* What people ask for: directives on their way to the worker and back, and parents with their children. */
#include "queue_fixture.h"

/* Pause, resume and cancel as the worker sees them: by renewing, with one lease throughout. */
static void test_directives(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "transcode");
  g_autoptr(Job) job = claim(&f);
  g_assert_cmpint((int)renew(&f, job), ==, DIRECTIVE_CONTINUE);

  g_assert_true(queue_pause(f.queue, id, NULL));
  g_assert_cmpstr(state_of(&f, id), ==, "paused");
  /* Frozen over night: the worker goes on renewing, so it keeps its work. */
  for (int i = 0; i < 5; i++) {
    manual_clock_advance(&f.clock, LEASE_MS / 2);
    g_assert_cmpint((int)renew(&f, job), ==, DIRECTIVE_PAUSE);
    g_assert_true(queue_expire(f.queue, NULL, NULL));
  }
  g_assert_true(queue_resume(f.queue, id, NULL));
  g_assert_cmpint((int)renew(&f, job), ==, DIRECTIVE_CONTINUE);
  g_assert_cmpstr(state_of(&f, id), ==, "running");

  g_assert_true(queue_cancel(f.queue, id, NULL));
  g_assert_cmpint((int)renew(&f, job), ==, DIRECTIVE_CANCEL);
  g_assert_cmpstr(state_of(&f, id), ==, "running");
  finish_as(&f, job, JOB_CANCELLED);
  g_assert_cmpstr(state_of(&f, id), ==, "cancelled");
}

static void test_send_back(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t id = add_kind(&f, "transcode");
  g_autoptr(Job) job = claim(&f);
  g_assert_true(queue_send_back(f.queue, id, NULL));
  g_assert_cmpint((int)renew(&f, job), ==, DIRECTIVE_RETURN);
  LeaseRef lease = lease_of(job);
  g_assert_true(queue_give_back(f.queue, &lease, NULL, 0, NULL));
  g_autoptr(Job) again = claim_as(&f, "worker-b");
  g_assert_cmpint(again->id, ==, id);
  g_assert_cmpint(again->directive, ==, DIRECTIVE_CONTINUE);
}

/* The worker dies after it was asked: what was asked for happens all the same. */
static void test_asked_of_a_dead_worker(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t ids[3];
  for (int i = 0; i < 3; i++) {
    ids[i] = add_kind(&f, "transcode");
    g_autoptr(Job) job = claim(&f);
    g_assert_cmpint(job->id, ==, ids[i]);
  }
  g_assert_true(queue_pause(f.queue, ids[0], NULL));
  g_assert_true(queue_cancel(f.queue, ids[1], NULL));
  manual_clock_advance(&f.clock, LEASE_MS + 1);
  int count = 0;
  g_assert_true(queue_expire(f.queue, &count, NULL));
  g_assert_cmpint(count, ==, 3);
  g_assert_cmpstr(state_of(&f, ids[0]), ==, "paused");
  g_assert_cmpstr(state_of(&f, ids[1]), ==, "cancelled");
  g_assert_cmpstr(state_of(&f, ids[2]), ==, "pending");
  g_autoptr(Job) paused = read_job(&f, ids[0]);
  g_assert_null(paused->lease_owner);
  g_assert_true(queue_resume(f.queue, ids[0], NULL));
  g_assert_cmpstr(state_of(&f, ids[0]), ==, "pending");
}

typedef struct {
  int64_t parent, running, pending, done, grandchild;
} Family;

static Family add_family(Fixture *f)
{
  Family family = {.parent = add_kind(f, "batch")};
  g_autoptr(Job) parent = claim(f);
  g_assert_cmpint(parent->id, ==, family.parent);
  family.done = add_child(f, family.parent);
  g_autoptr(Job) done = claim(f);
  finish_as(f, done, JOB_DONE);
  family.running = add_child(f, family.parent);
  g_autoptr(Job) running = claim(f);
  g_assert_cmpint(running->id, ==, family.running);
  family.pending = add_child(f, family.parent);
  family.grandchild = add_child(f, family.pending);
  return family;
}

static void assert_family(Fixture *f, const Family *family, const char *parent, const char *running, const char *pending)
{
  g_assert_cmpstr(state_of(f, family->parent), ==, parent);
  g_assert_cmpstr(state_of(f, family->running), ==, running);
  g_assert_cmpstr(state_of(f, family->pending), ==, pending);
  g_assert_cmpstr(state_of(f, family->grandchild), ==, pending);
  g_assert_cmpstr(state_of(f, family->done), ==, "done");
}

static void test_family(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  Family family = add_family(&f);
  assert_family(&f, &family, "running", "running", "pending");
  g_assert_true(queue_pause(f.queue, family.parent, NULL));
  assert_family(&f, &family, "paused", "paused", "paused");
  int64_t late = add_child(&f, family.parent);
  g_assert_cmpstr(state_of(&f, late), ==, "paused");
  g_assert_true(queue_resume(f.queue, family.parent, NULL));
  assert_family(&f, &family, "running", "running", "pending");
  g_assert_cmpstr(state_of(&f, late), ==, "pending");

  g_assert_true(queue_set_priority(f.queue, family.parent, PRIORITY_HIGH, NULL));
  g_autoptr(Job) raised = read_job(&f, family.grandchild), done = read_job(&f, family.done);
  g_assert_cmpint(raised->priority, ==, PRIORITY_HIGH);
  g_assert_cmpint(done->priority, ==, PRIORITY_NORMAL);

  g_assert_true(queue_cancel(f.queue, family.parent, NULL));
  assert_family(&f, &family, "running", "running", "cancelled");
  g_autoptr(Job) running = read_job(&f, family.running);
  g_assert_cmpint(running->directive, ==, DIRECTIVE_CANCEL);

  /* No child slips in behind the cancellation. */
  g_autoptr(Job) child = new_job("child");
  child->parent_id = family.parent;
  g_autoptr(GError) error = NULL;
  g_assert_false(queue_add(f.queue, NULL, child, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);

  g_autoptr(Job) parent = read_job(&f, family.parent);
  finish_as(&f, running, JOB_CANCELLED);
  finish_as(&f, parent, JOB_CANCELLED);
  assert_family(&f, &family, "cancelled", "cancelled", "cancelled");
  g_assert_true(queue_retry(f.queue, family.parent, NULL));
  assert_family(&f, &family, "pending", "pending", "pending");
}

static void test_held_family(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  Job *made = new_job("batch");
  made->state = JOB_HELD;
  int64_t parent = add_job(&f, made);
  Job *child = new_job("child");
  child->state = JOB_HELD;
  child->parent_id = parent;
  int64_t child_id = add_job(&f, child);
  g_assert_true(queue_release_held(f.queue, parent, NULL));
  g_assert_cmpstr(state_of(&f, parent), ==, "pending");
  g_assert_cmpstr(state_of(&f, child_id), ==, "pending");
}

/* A refused step moves no child either. */
static void test_refused_parent(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  int64_t parent = add_kind(&f, "batch");
  int64_t child = add_child(&f, parent);
  g_autoptr(GError) error = NULL;
  g_assert_false(queue_resume(f.queue, parent, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_cmpstr(state_of(&f, child), ==, "pending");
}

static void test_no_such_parent(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Job) child = new_job("child");
  child->parent_id = 4711;
  g_autoptr(GError) error = NULL;
  g_assert_false(queue_add(f.queue, NULL, child, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/control/directives", test_directives);
  test_db_each("/control/send_back", test_send_back);
  test_db_each("/control/asked_of_a_dead_worker", test_asked_of_a_dead_worker);
  test_db_each("/control/family", test_family);
  test_db_each("/control/held_family", test_held_family);
  test_db_each("/control/refused_parent", test_refused_parent);
  test_db_each("/control/no_such_parent", test_no_such_parent);
  return g_test_run();
}
