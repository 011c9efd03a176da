/* The state machine: what each operation makes of a job. Pure: a Job in memory, already locked by the caller, is changed or the
 * step is refused; nothing is read or written. The one step that is not here is the claim, which is one statement
 * (queue_lease.c).
 *
 * Thread-safety: no shared state. */
#pragma once

#include "queue/queue.h"

typedef struct {
  int64_t now_ms;
  JobPriority priority;      /* for job_step_set_priority */
  bool as_child;             /* the step was asked for the job's parent */
  const QueueChange *change; /* for job_step_rewrite */
} StepContext;

/* CONFLICT, with the state in the message and the job unchanged, if the state does not allow it. */
typedef bool (*JobStep)(Job *job, const StepContext *context, GError **error);
bool job_step_pause(Job *job, const StepContext *context, GError **error);
bool job_step_resume(Job *job, const StepContext *context, GError **error);
bool job_step_cancel(Job *job, const StepContext *context, GError **error);
bool job_step_send_back(Job *job, const StepContext *context, GError **error);
bool job_step_retry(Job *job, const StepContext *context, GError **error);
bool job_step_release(Job *job, const StepContext *context, GError **error);
bool job_step_rewrite(Job *job, const StepContext *context, GError **error);
bool job_step_set_priority(Job *job, const StepContext *context, GError **error);

/* Whether a worker has it. */
bool job_has_lease(const Job *job);

/* CONFLICT unless nobody works on it and it has not ended. `verb` is a participle for the message: "moved". */
bool job_check_waits(const Job *job, const char *verb, GError **error);

/* CONFLICT unless `lease` is the job's. */
bool job_check_lease(const Job *job, const LeaseRef *lease, GError **error);

/* What the owner of the lease does; the lease was checked. `backoff_ms` is the pause before another attempt, if there is one. */
bool job_step_finish(Job *job, const JobOutcome *outcome, int64_t backoff_ms, int64_t now_ms, GError **error);
void job_step_give_back(Job *job, const char *waiting, int64_t run_after_ms, int64_t now_ms);
void job_step_put_down(Job *job, int64_t now_ms);
void job_step_wait(Job *job, const char *waiting, int64_t now_ms); /* for its parts: its progress stays */

/* The lease ran out, or its owner is known to be gone. */
void job_step_lose_lease(Job *job, int64_t now_ms);

/* A job about to be added under `parent`. */
bool job_step_join_parent(Job *job, const Job *parent, GError **error);
