/* Wake-ups: at once in this process, within a second on another server, never missed between the look and the wait. */
#include "queue_fixture.h"

enum { LONG_MS = 20000, SOON_MS = 1000 };

typedef struct {
  Queue *queue;
  uint64_t seen;
  Cancel *cancel;
  int timeout_ms;
  bool woken;
  int64_t waited_ms;
} Waiting;

static void *wait_in_thread(void *data)
{
  Waiting *waiting = data;
  int64_t start_ms = clock_monotonic_ms(clock_system());
  waiting->woken = queue_wait(waiting->queue, waiting->seen, waiting->cancel, waiting->timeout_ms);
  waiting->waited_ms = clock_monotonic_ms(clock_system()) - start_ms;
  return NULL;
}

static GThread *start_waiting(Waiting *waiting, Queue *queue)
{
  *waiting = (Waiting){.queue = queue, .seen = queue_generation(queue), .cancel = waiting->cancel, .timeout_ms = LONG_MS};
  return g_thread_new("waiter", wait_in_thread, waiting);
}

static void test_times_out(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_assert_false(queue_wait(f.queue, queue_generation(f.queue), NULL, 0));
  g_assert_false(queue_wait(f.queue, queue_generation(f.queue), NULL, 20));
}

static void test_change_before_the_wait(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  uint64_t seen = queue_generation(f.queue);
  g_assert_null(claim(&f));
  add_kind(&f, "scan");
  g_assert_true(queue_wait(f.queue, seen, NULL, 0));
}

static void test_cancel_ends_the_wait(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(Cancel) cancel = cancel_new(NULL);
  Waiting waiting = {.cancel = cancel};
  GThread *thread = start_waiting(&waiting, f.queue);
  cancel_set(cancel);
  g_thread_join(thread);
  g_assert_false(waiting.woken);
  g_assert_cmpint(waiting.waited_ms, <, LONG_MS);
  g_assert_false(queue_wait(f.queue, queue_generation(f.queue) + 1, cancel, LONG_MS));
}

static void add_one(Fixture *f, int64_t id)
{
  add_kind(f, "scan");
}

static void pause_it(Fixture *f, int64_t id)
{
  g_assert_true(queue_pause(f->queue, id, NULL));
}

static void cancel_it(Fixture *f, int64_t id)
{
  g_assert_true(queue_cancel(f->queue, id, NULL));
}

static void finish_child(Fixture *f, int64_t id)
{
  g_autoptr(Job) row = read_job(f, id);
  finish_as(f, row, JOB_DONE);
}

static void give_back(Fixture *f, int64_t id)
{
  g_autoptr(Job) row = read_job(f, id);
  LeaseRef lease = lease_of(row);
  g_assert_true(queue_give_back(f->queue, &lease, NULL, 0, NULL));
}

static void lose(Fixture *f, int64_t id)
{
  manual_clock_advance(&f->clock, LEASE_MS + 1);
  g_assert_true(queue_expire(f->queue, NULL, NULL));
}

/* Each change is made through one queue; a waiter on it, and one on another queue of the same database, hear of it. */
static void test_what_wakes(TestDb *test)
{
  static void (*const changes[])(Fixture * f, int64_t id) = {add_one, pause_it, cancel_it, finish_child, give_back, lose};
  for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_auto(Fixture) here = {0}, there = {0};
    fixture_init(&here, test->db);
    fixture_init(&there, test->db);
    int64_t parent = add_kind(&here, "batch");
    G_GNUC_UNUSED g_autoptr(Job) claimed = claim(&here);
    int64_t child = add_child(&here, parent);
    while (true) {
      g_autoptr(Job) job = claim(&here);
      g_assert_nonnull(job);
      if (job->id == child)
        break;
    }
    /* The other queue hears of its own making, too, but late: first let that be over. */
    uint64_t before = queue_generation(there.queue);
    add_kind(&here, "mark");
    g_assert_true(queue_wait(there.queue, before, NULL, LONG_MS));

    Waiting own = {0}, other = {0};
    GThread *own_thread = start_waiting(&own, here.queue), *other_thread = start_waiting(&other, there.queue);
    changes[i](&here, child);
    g_thread_join(own_thread);
    g_thread_join(other_thread);
    g_test_message("change %zu: %d ms here, %d ms there", i, (int)own.waited_ms, (int)other.waited_ms);
    g_assert_true(own.woken);
    g_assert_true(other.woken);
    g_assert_cmpint(own.waited_ms, <, SOON_MS);
    g_assert_cmpint(other.waited_ms, <, SOON_MS);
  }
}

/* Another server: its own connections to the database. */
static void test_other_server(TestDb *test)
{
  if (test->kind == DB_SQLITE) {
    g_test_skip("SQLite has one server.");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(Db) other_db = db_open(&(DbParams){.url = test->url}, &error);
  g_assert_no_error(error);
  g_auto(Fixture) here = {0}, there = {0};
  fixture_init(&here, test->db);
  fixture_init(&there, other_db);
  Waiting waiting = {0};
  GThread *thread = start_waiting(&waiting, there.queue);
  int64_t id = add_kind(&here, "scan");
  g_thread_join(thread);
  g_assert_true(waiting.woken);
  g_assert_cmpint(waiting.waited_ms, <, SOON_MS);
  g_autoptr(Job) job = claim(&there);
  g_assert_cmpint(job->id, ==, id);
}

enum { ROUNDS = 200 };

static void *claim_all(void *data)
{
  Fixture *f = data;
  for (int claimed = 0; claimed < ROUNDS;) {
    uint64_t seen = queue_generation(f->queue);
    g_autoptr(Job) job = claim(f);
    if (job)
      claimed++;
    else
      g_assert_true(queue_wait(f->queue, seen, NULL, LONG_MS));
  }
  return NULL;
}

/* A claimer that only ever waits for wake-ups gets every job: none came between its look and its wait. */
static void test_none_missed(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  GThread *thread = g_thread_new("claimer", claim_all, &f);
  for (int i = 0; i < ROUNDS; i++)
    add_kind(&f, "scan");
  g_thread_join(thread);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/wait/times_out", test_times_out);
  test_db_each("/wait/change_before_the_wait", test_change_before_the_wait);
  test_db_each("/wait/cancel_ends_the_wait", test_cancel_ends_the_wait);
  test_db_each("/wait/what_wakes", test_what_wakes);
  test_db_each("/wait/other_server", test_other_server);
  test_db_each("/wait/none_missed", test_none_missed);
  return g_test_run();
}
