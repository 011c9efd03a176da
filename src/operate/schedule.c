/* When tasks run. Test: tests/unit/operate/test_schedule.c */
#include "operate/schedule.h"

#include "base/error.h"
#include "store/task.h"

#include <string.h>

enum { LONGEST_WAIT_MS = 60 * 1000 /* wall clocks are set: looked at again */ };

typedef struct {
  int64_t ran_at_ms;     /* by the wall clock, as this process knows it; 0: not yet */
  int64_t not_before_ms; /* by the monotonic clock: when a task without next_due is due, and the pause after trouble */
} TaskState;

struct Schedule {
  Db *db;
  const Clock *clock;
  const Task *tasks;
  size_t n_tasks;
  void *user_data;
  TaskState *states; /* of the thread */
  Cancel *stop;
  GMutex lock;
  GCond poked;
  bool is_poked, ends; /* guarded by lock */
  GThread *thread;
};

bool task_last_run(Db *db, const char *name, int64_t *ret_ran_at_ms, char **ret_failure, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  return conn && task_row_last(conn, name, ret_ran_at_ms, ret_failure, error);
}

bool task_begin_counting(Db *db, const char *name, const Clock *clock, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  return conn && task_row_begin(conn, name, clock_now_ms(clock), error);
}

static bool note_run(Db *db, const char *name, int64_t at_ms, const GError *failure, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  return conn && task_row_note(conn, name, at_ms, failure ? failure->message : NULL, error);
}

/* How long until a task is due; 0: now. */
static int64_t wait_of(const Schedule *schedule, size_t i, int64_t ran_at_ms)
{
  const Task *task = &schedule->tasks[i];
  int64_t wait_ms = MAX(0, schedule->states[i].not_before_ms - clock_monotonic_ms(schedule->clock));
  if (!task->next_due)
    return wait_ms;
  int64_t now_ms = clock_now_ms(schedule->clock);
  return MAX(wait_ms, task->next_due(ran_at_ms, now_ms, schedule->user_data) - now_ms);
}

static void pause_task(Schedule *schedule, size_t i)
{
  schedule->states[i].not_before_ms = clock_monotonic_ms(schedule->clock) + schedule->tasks[i].every_ms;
}

static bool run_task(Schedule *schedule, size_t i, GError **error)
{
  const Task *task = &schedule->tasks[i];
  bool ok = task->run(schedule->stop, schedule->user_data, error);
  schedule->states[i].ran_at_ms = clock_now_ms(schedule->clock);
  if (!task->next_due)
    pause_task(schedule, i);
  return ok;
}

/* With the lock held: another server may have run it since we looked. */
static bool run_if_still_due(Schedule *schedule, size_t i, GError **error)
{
  const Task *task = &schedule->tasks[i];
  int64_t ran_at_ms = 0;
  if (!task_last_run(schedule->db, task->name, &ran_at_ms, NULL, error))
    return false;
  int64_t now_ms = clock_now_ms(schedule->clock);
  bool due = task->next_due ? task->next_due(ran_at_ms, now_ms, schedule->user_data) <= now_ms
                            : ran_at_ms == 0 || now_ms - ran_at_ms >= task->every_ms || ran_at_ms > now_ms;
  schedule->states[i].ran_at_ms = ran_at_ms;
  if (!due) {
    if (!task->next_due)
      schedule->states[i].not_before_ms = clock_monotonic_ms(schedule->clock) + MAX(1000, task->every_ms - (now_ms - ran_at_ms));
    return true;
  }
  g_autoptr(GError) failure = NULL;
  bool ok = run_task(schedule, i, &failure);
  if (!ok && reeve_error_code(failure) == REEVE_ERROR_CANCELLED)
    return true; /* not a run: the next start does it */
  g_autoptr(GError) why = NULL;
  if (!note_run(schedule->db, task->name, schedule->states[i].ran_at_ms, failure, &why))
    g_warning("That the task %s ran could not be noted: %s", task->name, why->message);
  if (failure)
    g_propagate_error(error, g_steal_pointer(&failure));
  return ok;
}

/* The lock belongs to a connection, which is held while the task takes others: a schedule is one thread, and the pool is larger
 * than there are schedules. On SQLite there is one server, and nothing to be locked. */
static bool run_singleton(Schedule *schedule, size_t i, GError **error)
{
  const Task *task = &schedule->tasks[i];
  if (db_kind(schedule->db) == DB_SQLITE)
    return run_if_still_due(schedule, i, error);
  g_autoptr(DbConn) conn = db_acquire(schedule->db, error);
  bool taken = false;
  if (!conn || !task_lock(conn, task->name, &taken, error))
    return false;
  if (!taken) {
    pause_task(schedule, i);
    return true;
  }
  bool ok = run_if_still_due(schedule, i, error);
  task_unlock(conn, task->name);
  return ok;
}

static void do_task(Schedule *schedule, size_t i)
{
  const Task *task = &schedule->tasks[i];
  g_autoptr(GError) why = NULL;
  bool ok = task->flags & TASK_SINGLETON ? run_singleton(schedule, i, &why) : run_task(schedule, i, &why);
  if (ok)
    return;
  /* Not at once again, whatever went wrong. */
  pause_task(schedule, i);
  if (reeve_error_code(why) != REEVE_ERROR_CANCELLED)
    g_warning("The task %s failed and is tried again later: %s", task->name, why->message);
}

static gpointer keep_house(gpointer data)
{
  Schedule *schedule = data;
  for (;;) {
    int64_t wait_ms = LONGEST_WAIT_MS;
    for (size_t i = 0; i < schedule->n_tasks && !cancel_is_set(schedule->stop); i++) {
      if (wait_of(schedule, i, schedule->states[i].ran_at_ms) == 0)
        do_task(schedule, i);
      wait_ms = MIN(wait_ms, MAX(wait_of(schedule, i, schedule->states[i].ran_at_ms), 10));
    }
    g_mutex_lock(&schedule->lock);
    gint64 until_us = g_get_monotonic_time() + wait_ms * 1000;
    while (!schedule->is_poked && !schedule->ends && g_cond_wait_until(&schedule->poked, &schedule->lock, until_us))
      ;
    bool ends = schedule->ends;
    schedule->is_poked = false;
    g_mutex_unlock(&schedule->lock);
    if (ends)
      return NULL;
  }
}

Schedule *schedule_start(const char *name, Db *db, const Clock *clock, const Task *tasks, size_t n_tasks, void *user_data)
{
  Schedule *schedule = g_new0(Schedule, 1);
  *schedule = (Schedule){.db = db, .clock = clock, .tasks = tasks, .n_tasks = n_tasks, .user_data = user_data};
  schedule->states = g_new0(TaskState, n_tasks);
  for (size_t i = 0; i < n_tasks; i++)
    schedule->states[i].not_before_ms = clock_monotonic_ms(clock);
  schedule->stop = cancel_new(NULL);
  g_mutex_init(&schedule->lock);
  g_cond_init(&schedule->poked);
  schedule->thread = g_thread_new(name, keep_house, schedule);
  return schedule;
}

void schedule_poke(Schedule *schedule)
{
  g_mutex_lock(&schedule->lock);
  schedule->is_poked = true;
  g_cond_signal(&schedule->poked);
  g_mutex_unlock(&schedule->lock);
}

void schedule_stop(Schedule *schedule)
{
  if (!schedule)
    return;
  cancel_set(schedule->stop);
  g_mutex_lock(&schedule->lock);
  schedule->ends = true;
  g_cond_signal(&schedule->poked);
  g_mutex_unlock(&schedule->lock);
  g_thread_join(schedule->thread);
  cancel_unref(schedule->stop);
  g_mutex_clear(&schedule->lock);
  g_cond_clear(&schedule->poked);
  g_free(schedule->states);
  g_free(schedule);
}
