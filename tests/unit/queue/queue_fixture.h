/* A queue on a fresh database with a clock that the test moves, and short words for what every test does. */
#pragma once

#include "base/error.h"
#include "queue/queue.h"
#include "store/record_sql.h"

#include "store/db_fixture.h"

enum { LEASE_MS = 30000, BACKOFF_MS = 10000, START_MS = 1000000 };

typedef struct {
  Db *db;
  ManualClock clock;
  EventBus *events;
  Queue *queue;
} Fixture;

static inline void fixture_init(Fixture *f, Db *db)
{
  f->db = db;
  manual_clock_init(&f->clock, START_MS);
  f->events = event_bus_new(db, 256);
  f->queue = queue_new(&(QueueParams){.db = db, .events = f->events, .clock = &f->clock.clock, .seed = 1});
}

static inline void fixture_clear(Fixture *f)
{
  queue_free(f->queue);
  event_bus_free(f->events);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static inline Job *new_job(const char *kind)
{
  Job *job = record_new(&job_table);
  g_free(job->kind);
  job->kind = g_strdup(kind);
  return job;
}

/* Adds and frees; returns the id. */
static inline int64_t add_job(Fixture *f, Job *job)
{
  g_autoptr(Job) owned = job;
  g_autoptr(GError) error = NULL;
  g_assert_true(queue_add(f->queue, NULL, owned, &error) || (g_test_message("%s", error->message), false));
  return owned->id;
}

static inline int64_t add_kind(Fixture *f, const char *kind)
{
  return add_job(f, new_job(kind));
}

static inline int64_t add_child(Fixture *f, int64_t parent_id)
{
  Job *job = new_job("child");
  job->parent_id = parent_id;
  return add_job(f, job);
}

/* What a worker for everything in these tests claims. */
static const char *const any_kind[] = {"batch",  "child", "first",    "gpu",       "high",   "held",    "job",   "later",
                                       "low",    "moved", "normal-1", "normal-2",  "order",  "parent",  "plain", "scan",
                                       "second", "test",  "third",    "transcode", "urgent", "webhook", NULL};

/* The next job for a worker without capabilities; NULL if there is none. */
static inline Job *claim_as(Fixture *f, const char *owner)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(GError) error = NULL;
  bool found = false;
  g_assert_true(queue_claim(f->queue, owner, any_kind, NULL, job, &found, &error) ||
                (g_test_message("%s", error->message), false));
  return found ? g_steal_pointer(&job) : NULL;
}

static inline Job *claim(Fixture *f)
{
  return claim_as(f, "worker-a");
}

static inline LeaseRef lease_of(const Job *job)
{
  return (LeaseRef){.job_id = job->id, .owner = job->lease_owner, .epoch = job->lease_epoch};
}

static inline Job *read_job(Fixture *f, int64_t id)
{
  Job *job = record_new(&job_table);
  g_autoptr(GError) error = NULL;
  g_autoptr(DbConn) conn = db_acquire(f->db, &error);
  g_assert_no_error(error);
  g_assert_true(record_get(conn, &job_table, id, job, &error));
  return job;
}

static inline const char *state_of(Fixture *f, int64_t id)
{
  g_autoptr(Job) job = read_job(f, id);
  return enum_name(&job_state_table, job->state);
}

static inline JobDirective renew(Fixture *f, const Job *job)
{
  JobDirective directive = DIRECTIVE_CONTINUE;
  g_autoptr(GError) error = NULL;
  LeaseRef lease = lease_of(job);
  g_assert_true(queue_renew(f->queue, &lease, 0.5, NULL, &directive, &error));
  return directive;
}

static inline void finish_as(Fixture *f, const Job *job, JobState state)
{
  g_autoptr(GError) error = NULL;
  LeaseRef lease = lease_of(job);
  g_assert_true(queue_finish(f->queue, &lease, &(JobOutcome){.state = state}, &error));
}
