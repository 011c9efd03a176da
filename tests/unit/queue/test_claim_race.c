/* Many claimers at once: no job twice, none lost. The full number of jobs, with the time it takes: tests/bench/bench_queue.c */
#include "queue_fixture.h"

#include <stdatomic.h>

enum { CLAIMERS = 64, JOBS = 2000 };

typedef struct {
  Fixture *f;
  int number;
  atomic_int *claims; /* by job, in the order in which they were added */
  int64_t first_id;
} Claimer;

static void *claim_until_empty(void *data)
{
  Claimer *claimer = data;
  g_autofree char *owner = g_strdup_printf("worker-%d", claimer->number);
  while (true) {
    g_autoptr(Job) job = claim_as(claimer->f, owner);
    if (!job)
      return NULL;
    atomic_fetch_add(&claimer->claims[job->id - claimer->first_id], 1);
    finish_as(claimer->f, job, JOB_DONE);
  }
}

static void test_claimed_once(TestDb *test)
{
  g_auto(Fixture) f = {0};
  fixture_init(&f, test->db);
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  for (int i = 0; i < JOBS; i++)
    g_ptr_array_add(jobs, new_job("scan"));
  g_assert_true(queue_add_all(f.queue, jobs, NULL));
  int64_t first_id = ((Job *)jobs->pdata[0])->id;
  g_assert_cmpint(((Job *)jobs->pdata[JOBS - 1])->id, ==, first_id + JOBS - 1);

  g_autofree atomic_int *claims = g_new0(atomic_int, JOBS);
  Claimer claimers[CLAIMERS];
  GThread *threads[CLAIMERS];
  for (int i = 0; i < CLAIMERS; i++) {
    claimers[i] = (Claimer){.f = &f, .number = i, .claims = claims, .first_id = first_id};
    threads[i] = g_thread_new("claimer", claim_until_empty, &claimers[i]);
  }
  for (int i = 0; i < CLAIMERS; i++)
    g_thread_join(threads[i]);
  for (int i = 0; i < JOBS; i++)
    g_assert_cmpint(claims[i], ==, 1);
  g_autoptr(DbConn) conn = db_acquire(test->db, NULL);
  int64_t done = 0;
  bool found = false;
  g_assert_true(db_query_int(conn, "SELECT count(*) FROM jobs WHERE state = 'done'", DB_NO_ARGS, &done, &found, NULL));
  g_assert_cmpint(done, ==, JOBS);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/claim_race/claimed_once", test_claimed_once);
  return g_test_run();
}
