/* What has to be done again and again, from one table: when each task is due next, and who does it where several servers share a
 * database. A schedule runs its tasks one after the other on a thread of its own; what must not wait for slow ones has another
 * schedule.
 *
 * Thread-safety: made and freed by one thread; schedule_poke from any. */
#pragma once

#include "base/clock.h"
#include "store/db.h"
#include "sys/cancel.h"

typedef enum {
  TASK_NO_FLAGS = 0,
  TASK_SINGLETON = 1 << 0, /* one server does it for all: its last run stands in the database, under an advisory lock */
} TaskFlags;

typedef struct {
  const char *name; /* "backup" */
  TaskFlags flags;
  int64_t every_ms; /* between the end of a run and the next; also what is used while next_due is NULL */
  /* When it is due next, given when it last ran (0: never, or not known): for tasks that go by the clock. May be NULL. */
  int64_t (*next_due)(int64_t ran_at_ms, int64_t now_ms, void *user_data);
  /* False with an error, which is logged and, for a singleton, kept. */
  bool (*run)(Cancel *cancel, void *user_data, GError **error);
} Task;

typedef struct Schedule Schedule;

/* Starts; `tasks` is constant. Tasks that know no other time run at once. */
Schedule *schedule_start(const char *name, Db *db, const Clock *clock, const Task *tasks, size_t n_tasks, void *user_data);

/* Cancels what runs and joins. NULL is fine. */
void schedule_stop(Schedule *schedule);

/* Looks at all times anew: a setting they depend on has changed. */
void schedule_poke(Schedule *schedule);

/* The last run of a singleton, by whichever server: when, and how it failed (NULL: well). *ret_ran_at_ms is 0 if it never ran. */
bool task_last_run(Db *db, const char *name, int64_t *ret_ran_at_ms, char **ret_failure, GError **error);

/* For a new database: a task that goes by the clock counts from now, if it never ran. */
bool task_begin_counting(Db *db, const char *name, const Clock *clock, GError **error);
