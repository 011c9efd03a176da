/* Claims per second over 10,000 jobs with 64 claimers, on both databases, and the proof that each job was claimed once.
 * With arguments: bench_queue JOBS CLAIMERS. Exit status 1 if a job was claimed twice or not at all. */
#include "base/error.h"
#include "base/number.h"
#include "queue/queue.h"
#include "store/db_fixture.h"
#include "store/pg_fixture.h"

#include <stdatomic.h>
#include <stdio.h>

typedef struct {
  int64_t jobs, claimers;
  Queue *queue;
  atomic_int *claims; /* by job, in the order in which they were added */
  int64_t first_id;
  GMutex lock;
  GArray *waits_us; /* how long each claim took; guarded by lock */
} Bench;

typedef struct {
  Bench *bench;
  int64_t number;
  bool finish; /* end each job at once, instead of only claiming it */
} Claimer;

static void finish(Queue *queue, const Job *job)
{
  g_autoptr(GError) error = NULL;
  LeaseRef lease = {.job_id = job->id, .owner = job->lease_owner, .epoch = job->lease_epoch};
  queue_finish(queue, &lease, &(JobOutcome){.state = JOB_DONE, .result = "{}"}, &error);
  g_assert_no_error(error);
}

static void *claim_until_empty(void *data)
{
  const Claimer *claimer = data;
  Bench *bench = claimer->bench;
  g_autofree char *owner = g_strdup_printf("worker-%d", (int)claimer->number);
  g_autoptr(GArray) waits_us = g_array_new(FALSE, FALSE, sizeof(int64_t));
  for (bool found = true; found;) {
    g_autoptr(Job) job = record_new(&job_table);
    g_autoptr(GError) error = NULL;
    int64_t start_us = g_get_monotonic_time();
    queue_claim(bench->queue, owner, (const char *[]){"scan", "transcode", NULL},
                (const char *[]){"mount", "encoder:libx265", NULL}, job, &found, &error);
    g_assert_no_error(error);
    if (!found)
      break;
    int64_t wait_us = g_get_monotonic_time() - start_us;
    g_array_append_val(waits_us, wait_us);
    atomic_fetch_add(&bench->claims[job->id - bench->first_id], 1);
    if (claimer->finish)
      finish(bench->queue, job);
  }
  g_mutex_lock(&bench->lock);
  g_array_append_vals(bench->waits_us, waits_us->data, waits_us->len);
  g_mutex_unlock(&bench->lock);
  return NULL;
}

static void add_jobs(Bench *bench)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  for (int64_t i = 0; i < bench->jobs; i++) {
    Job *job = record_new(&job_table);
    g_free(job->kind);
    job->kind = g_strdup("transcode");
    job->priority = (int)(i % 4);
    if (i % 2)
      job->needs = g_strdupv((char *[]){"mount", "encoder:libx265", NULL});
    g_ptr_array_add(jobs, job);
  }
  int64_t start_us = g_get_monotonic_time();
  queue_add_all(bench->queue, jobs, &error);
  g_assert_no_error(error);
  bench->first_id = ((Job *)jobs->pdata[0])->id;
  printf("  added: %.0f a second\n", (double)bench->jobs * 1e6 / (double)(g_get_monotonic_time() - start_us));
}

static int compare_int64(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void print_speed(Bench *bench, const char *what, int64_t elapsed_us)
{
  g_array_sort(bench->waits_us, compare_int64);
  const int64_t *waits_us = (const int64_t *)(void *)bench->waits_us->data;
  guint n = bench->waits_us->len;
  printf("  %s: %.0f a second; one claim waits %.1f ms (median), %.1f ms (99 of 100), %.1f ms (longest)\n", what,
         (double)n * 1e6 / (double)elapsed_us, (double)waits_us[n / 2] / 1e3, (double)waits_us[(gsize)n * 99 / 100] / 1e3,
         (double)waits_us[n - 1] / 1e3);
}

static bool run(Bench *bench, const char *what, bool finish_too)
{
  add_jobs(bench);
  bench->claims = g_new0(atomic_int, (gsize)bench->jobs);
  bench->waits_us = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_autofree Claimer *claimers = g_new0(Claimer, (gsize)bench->claimers);
  g_autofree GThread **threads = g_new0(GThread *, (gsize)bench->claimers);
  int64_t start_us = g_get_monotonic_time();
  for (int64_t i = 0; i < bench->claimers; i++) {
    claimers[i] = (Claimer){.bench = bench, .number = i, .finish = finish_too};
    threads[i] = g_thread_new("claimer", claim_until_empty, &claimers[i]);
  }
  for (int64_t i = 0; i < bench->claimers; i++)
    g_thread_join(threads[i]);
  print_speed(bench, what, g_get_monotonic_time() - start_us);
  bool once = true;
  for (int64_t i = 0; i < bench->jobs; i++)
    once = once && bench->claims[i] == 1;
  printf("  claimed once: %s\n", once ? "yes" : "NO");
  g_clear_pointer(&bench->claims, g_free);
  g_array_unref(bench->waits_us);
  return once;
}

static bool bench_database(Bench *bench, DbKind kind)
{
  if (kind == DB_POSTGRESQL && !pg_fixture_available()) {
    printf("PostgreSQL: its programs are not installed\n");
    return true;
  }
  TestDb *test = test_db_new(kind, true);
  EventBus *events = event_bus_new(test->db, 0);
  bench->queue = queue_new(&(QueueParams){.db = test->db, .events = events, .clock = clock_system()});
  printf("%s, %d jobs, %d claimers:\n", kind == DB_SQLITE ? "SQLite" : "PostgreSQL", (int)bench->jobs, (int)bench->claimers);
  bool once = run(bench, "claimed", false);
  once = run(bench, "claimed and finished", true) && once;
  queue_free(bench->queue);
  event_bus_free(events);
  test_db_free(test);
  return once;
}

int main(int argc, char **argv)
{
  Bench bench = {.jobs = 10000, .claimers = 64};
  if ((argc > 1 && !parse_int(argv[1], 1, 10000000, &bench.jobs)) ||
      (argc > 2 && !parse_int(argv[2], 1, 1000, &bench.claimers))) {
    fprintf(stderr, "usage: bench_queue [JOBS [CLAIMERS]]\n");
    return 2;
  }
  g_mutex_init(&bench.lock);
  bool sqlite = bench_database(&bench, DB_SQLITE), postgresql = bench_database(&bench, DB_POSTGRESQL);
  g_mutex_clear(&bench.lock);
  return sqlite && postgresql ? 0 : 1;
}
