/* Decides what each operation makes of a job, and when it is refused. Test: tests/unit/queue/test_job_step.c
 *
 *   held       waits for a person (or a rule) to release it
 *   pending    waits for a worker and for run_after_ms
 *   running    has a lease; its directive says what its owner is asked to do
 *   paused     with a lease: its owner keeps the work frozen; without: waits to be resumed
 *   done, failed, cancelled, skipped    final, until somebody retries it
 *
 * Invariants that every step keeps, and the tests check after each:
 *   1. A running job has a lease; a paused one may have; no other has.
 *   2. Without a lease the directive is CONTINUE. A running job's is CONTINUE, CANCEL or RETURN; a paused one's with a lease
 * PAUSE, CANCEL or RETURN.
 *   3. finished_at_ms is set exactly in the final states.
 *   4. A job whose directive was CANCEL does not get back into the queue. */
#include "queue/job_step.h"

#include "base/error.h"

#include <inttypes.h>

static void set_text(char **text, const char *value)
{
  char *copy = g_strdup(value);
  g_free(*text);
  *text = copy;
}

bool job_has_lease(const Job *job)
{
  return job->lease_owner && *job->lease_owner;
}

/* What the job is doing, for a sentence that begins with "it is". */
static const char *condition(const Job *job)
{
  if (job->directive == DIRECTIVE_CANCEL)
    return "being cancelled";
  if (job->directive == DIRECTIVE_RETURN)
    return "being sent back to the queue";
  return enum_name(&job_state_table, job->state);
}

static bool refuse(const Job *job, const char *verb, GError **error)
{
  return fail(error, REEVE_ERROR_CONFLICT, "Job %" PRId64 " cannot be %s: it is %s.", job->id, verb, condition(job));
}

static void drop_lease(Job *job)
{
  set_text(&job->lease_owner, NULL);
  job->lease_until_ms = FIELD_NULL_INT;
  job->directive = DIRECTIVE_CONTINUE;
}

static void drop_progress(Job *job)
{
  job->progress = 0;
  set_text(&job->progress_detail, NULL);
  job->started_at_ms = FIELD_NULL_INT;
}

static void end(Job *job, JobState state, int64_t now_ms)
{
  drop_lease(job);
  job->state = state;
  set_text(&job->waiting, NULL);
  job->finished_at_ms = now_ms;
  job->updated_at_ms = now_ms;
}

static void note_cause(Job *job, const GError *cause)
{
  set_text(&job->error, cause ? cause->message : NULL);
  set_text(&job->error_code, cause ? reeve_error_row(reeve_error_code(cause))->name : NULL);
}

/* Its progress stays. */
static void come_back_with_progress(Job *job, const char *waiting, int64_t run_after_ms, int64_t now_ms)
{
  if (job->directive == DIRECTIVE_CANCEL) {
    end(job, JOB_CANCELLED, now_ms);
    return;
  }
  drop_lease(job);
  if (job->state == JOB_RUNNING)
    job->state = JOB_PENDING;
  set_text(&job->waiting, waiting);
  job->run_after_ms = run_after_ms;
  job->updated_at_ms = now_ms;
}

/* A job with a lease comes back unfinished. What people asked for in the meantime goes first. */
static void come_back(Job *job, const char *waiting, int64_t run_after_ms, int64_t now_ms)
{
  come_back_with_progress(job, waiting, run_after_ms, now_ms);
  if (!job_state_is_final(job->state))
    drop_progress(job);
}

bool job_step_pause(Job *job, const StepContext *context, GError **error)
{
  bool running = job->state == JOB_RUNNING && job->directive == DIRECTIVE_CONTINUE;
  if (job->state != JOB_PENDING && !running)
    return refuse(job, "paused", error);
  if (running)
    job->directive = DIRECTIVE_PAUSE;
  job->state = JOB_PAUSED;
  job->updated_at_ms = context->now_ms;
  return true;
}

bool job_step_resume(Job *job, const StepContext *context, GError **error)
{
  bool frozen = job_has_lease(job);
  if (job->state != JOB_PAUSED || (frozen && job->directive != DIRECTIVE_PAUSE))
    return refuse(job, "resumed", error);
  job->state = frozen ? JOB_RUNNING : JOB_PENDING;
  job->directive = DIRECTIVE_CONTINUE;
  job->updated_at_ms = context->now_ms;
  return true;
}

/* Asking twice is no error: whoever asks wants it gone, and it is going. */
bool job_step_cancel(Job *job, const StepContext *context, GError **error)
{
  if (job_state_is_final(job->state))
    return refuse(job, "cancelled", error);
  if (!job_has_lease(job)) {
    end(job, JOB_CANCELLED, context->now_ms);
    return true;
  }
  job->directive = DIRECTIVE_CANCEL;
  job->updated_at_ms = context->now_ms;
  return true;
}

bool job_step_send_back(Job *job, const StepContext *context, GError **error)
{
  if (!job_has_lease(job) || job->directive == DIRECTIVE_CANCEL)
    return refuse(job, "sent back to the queue", error);
  job->directive = DIRECTIVE_RETURN;
  job->updated_at_ms = context->now_ms;
  return true;
}

/* Into the queue as if it were new, but in its old place. */
bool job_step_retry(Job *job, const StepContext *context, GError **error)
{
  bool again = context->as_child ? job->state == JOB_FAILED || job->state == JOB_CANCELLED : job_state_is_final(job->state);
  if (!again)
    return refuse(job, "retried", error);
  job->state = JOB_PENDING;
  job->attempts = 0;
  job->run_after_ms = context->now_ms;
  job->finished_at_ms = FIELD_NULL_INT;
  job->updated_at_ms = context->now_ms;
  drop_progress(job);
  note_cause(job, NULL);
  set_text(&job->waiting, NULL);
  set_text(&job->result, NULL);
  return true;
}

bool job_step_release(Job *job, const StepContext *context, GError **error)
{
  if (job->state != JOB_HELD)
    return refuse(job, "released", error);
  job->state = JOB_PENDING;
  set_text(&job->waiting, NULL);
  job->updated_at_ms = context->now_ms;
  return true;
}

bool job_step_set_priority(Job *job, const StepContext *context, GError **error)
{
  if (job_state_is_final(job->state))
    return refuse(job, "given another priority", error);
  job->priority = (int)context->priority;
  job->updated_at_ms = context->now_ms;
  return true;
}

bool job_check_waits(const Job *job, const char *verb, GError **error)
{
  return (!job_state_is_final(job->state) && !job_has_lease(job)) || refuse(job, verb, error);
}

/* The jobs below are other work, which the change knows nothing of. */
bool job_step_rewrite(Job *job, const StepContext *context, GError **error)
{
  if (context->as_child || !job_check_waits(job, "changed", error) ||
      !context->change->rewrite(job, context->change->user_data, error))
    return false;
  job->updated_at_ms = context->now_ms;
  return true;
}

bool job_check_lease(const Job *job, const LeaseRef *lease, GError **error)
{
  if (!job_has_lease(job))
    return fail(error, REEVE_ERROR_CONFLICT, "The lease of \"%s\" on job %" PRId64 " is lost: the job is %s.", lease->owner,
                job->id, condition(job));
  if (!g_str_equal(job->lease_owner, lease->owner))
    return fail(error, REEVE_ERROR_CONFLICT, "The lease of \"%s\" on job %" PRId64 " is lost: \"%s\" has it now.", lease->owner,
                job->id, job->lease_owner);
  if (job->lease_epoch != lease->epoch)
    return fail(error, REEVE_ERROR_CONFLICT,
                "The lease of \"%s\" on job %" PRId64 " is lost: the job was given out again since (epoch %" PRId64
                ", now %" PRId64 ").",
                lease->owner, job->id, lease->epoch, job->lease_epoch);
  return true;
}

static void finish_failed(Job *job, const JobOutcome *outcome, int64_t backoff_ms, int64_t now_ms)
{
  g_autoptr(GError) unknown = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_INTERNAL, "The job failed without giving a reason.");
  const GError *cause = outcome->cause ? outcome->cause : unknown;
  note_cause(job, cause);
  if (!reeve_error_row(reeve_error_code(cause))->retryable || job->attempts >= job->max_attempts) {
    end(job, JOB_FAILED, now_ms);
    return;
  }
  g_autofree char *waiting =
      g_strdup_printf("Attempt %" PRId64 " of %" PRId64 " failed; the next one starts after a pause of %" PRId64 " seconds.",
                      job->attempts, job->max_attempts, (backoff_ms + 999) / 1000);
  come_back(job, waiting, now_ms + backoff_ms, now_ms);
}

bool job_step_finish(Job *job, const JobOutcome *outcome, int64_t backoff_ms, int64_t now_ms, GError **error)
{
  if (!job_state_is_final((int)outcome->state))
    return fail(error, REEVE_ERROR_INVALID, "A job ends as done, skipped, failed or cancelled.");
  if (outcome->result)
    set_text(&job->result, outcome->result);
  if (outcome->state == JOB_FAILED) {
    finish_failed(job, outcome, backoff_ms, now_ms);
    return true;
  }
  note_cause(job, outcome->state == JOB_DONE ? NULL : outcome->cause);
  if (outcome->state == JOB_DONE)
    job->progress = 1;
  end(job, outcome->state, now_ms);
  return true;
}

void job_step_give_back(Job *job, const char *waiting, int64_t run_after_ms, int64_t now_ms)
{
  job->attempts = MAX(job->attempts - 1, 0);
  come_back(job, waiting, run_after_ms, now_ms);
}

void job_step_put_down(Job *job, int64_t now_ms)
{
  job->attempts = MAX(job->attempts - 1, 0);
  come_back_with_progress(job, NULL, now_ms, now_ms);
}

void job_step_wait(Job *job, const char *waiting, int64_t now_ms)
{
  job->attempts = MAX(job->attempts - 1, 0);
  come_back_with_progress(job, waiting, now_ms, now_ms);
}

void job_step_lose_lease(Job *job, int64_t now_ms)
{
  bool last = job->state == JOB_RUNNING && job->directive != DIRECTIVE_CANCEL && job->attempts >= job->max_attempts;
  job->lease_epoch++; /* the owner may be alive after all, and is refused from here on */
  if (last) {
    g_autoptr(GError) cause =
        g_error_new(REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                    "The worker \"%s\" was lost while it ran this job, and that was the last of %" PRId64 " attempts.",
                    job->lease_owner, job->attempts);
    note_cause(job, cause);
    end(job, JOB_FAILED, now_ms);
    return;
  }
  g_autofree char *waiting = g_strdup_printf("The worker \"%s\" was lost; another one takes over.", job->lease_owner);
  come_back(job, waiting, now_ms, now_ms);
}

bool job_step_join_parent(Job *job, const Job *parent, GError **error)
{
  if (job_state_is_final(parent->state) || parent->directive == DIRECTIVE_CANCEL)
    return fail(error, REEVE_ERROR_CONFLICT, "No job can be added under job %" PRId64 ": it is %s.", parent->id,
                condition(parent));
  if (parent->state == JOB_PAUSED && job->state == JOB_PENDING)
    job->state = JOB_PAUSED;
  return true;
}
