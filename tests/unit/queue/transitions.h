/* Every condition a job can be in, every operation, and what must come of it. Two tests read this table: one on jobs in memory
 * (test_job_step.c), one on rows through the public functions (test_transitions.c). */
#pragma once

#include "base/error.h"
#include "queue/queue.h"

typedef enum {
  HELD,
  PENDING,
  RUNNING,
  RUNNING_CANCEL, /* asked to stop */
  RUNNING_RETURN, /* asked to go back to the queue */
  PAUSED,         /* nobody has it */
  FROZEN,         /* paused, its worker keeps it */
  FROZEN_CANCEL,
  FROZEN_RETURN,
  DONE,
  FAILED,
  CANCELLED,
  SKIPPED,
  N_CONDITIONS,
  NO = N_CONDITIONS, /* refused with CONFLICT, nothing changed */
} Condition;

typedef struct {
  const char *name;
  int state;
  bool leased;
  int directive;
} ConditionRow;

static const ConditionRow condition_rows[N_CONDITIONS] = {
    [HELD] = {"held", JOB_HELD, false, DIRECTIVE_CONTINUE},
    [PENDING] = {"pending", JOB_PENDING, false, DIRECTIVE_CONTINUE},
    [RUNNING] = {"running", JOB_RUNNING, true, DIRECTIVE_CONTINUE},
    [RUNNING_CANCEL] = {"running-cancel", JOB_RUNNING, true, DIRECTIVE_CANCEL},
    [RUNNING_RETURN] = {"running-return", JOB_RUNNING, true, DIRECTIVE_RETURN},
    [PAUSED] = {"paused", JOB_PAUSED, false, DIRECTIVE_CONTINUE},
    [FROZEN] = {"frozen", JOB_PAUSED, true, DIRECTIVE_PAUSE},
    [FROZEN_CANCEL] = {"frozen-cancel", JOB_PAUSED, true, DIRECTIVE_CANCEL},
    [FROZEN_RETURN] = {"frozen-return", JOB_PAUSED, true, DIRECTIVE_RETURN},
    [DONE] = {"done", JOB_DONE, false, DIRECTIVE_CONTINUE},
    [FAILED] = {"failed", JOB_FAILED, false, DIRECTIVE_CONTINUE},
    [CANCELLED] = {"cancelled", JOB_CANCELLED, false, DIRECTIVE_CONTINUE},
    [SKIPPED] = {"skipped", JOB_SKIPPED, false, DIRECTIVE_CONTINUE},
};

typedef enum {
  OP_PAUSE,
  OP_RESUME,
  OP_CANCEL,
  OP_SEND_BACK,
  OP_RETRY,
  OP_RELEASE,
  OP_PRIORITY,
  OP_FINISH_DONE,
  OP_FINISH_SKIPPED,
  OP_FINISH_CANCELLED,
  OP_FAIL_FOR_GOOD, /* a cause that does not pass */
  OP_FAIL_FOR_NOW,  /* a cause that may pass, attempts left */
  OP_FAIL_LAST,     /* a cause that may pass, no attempts left */
  OP_GIVE_BACK,
  OP_LOSE,      /* the lease runs out, attempts left */
  OP_LOSE_LAST, /* the lease runs out, no attempts left */
  N_OPS,
} Op;

static const char *const op_names[N_OPS] = {
    "pause", "resume",        "cancel",        "send-back",    "retry",     "release",   "set-priority", "finish-done",
    "skip",  "finish-cancel", "fail-for-good", "fail-for-now", "fail-last", "give-back", "lose",         "lose-last",
};

/* Rows by condition, columns by operation. OP_LOSE on a job without a lease is no error: there is nothing to lose. */
/* clang-format off */
static const Condition transitions[N_CONDITIONS][N_OPS] = {
    /*                  pause   resume   cancel         send_back      retry    release  priority        */
    [HELD] = {          NO,     NO,      CANCELLED,     NO,            NO,      PENDING, HELD,
    /* done  skip     cancelled  for_good for_now  last    give_back lose     lose_last */
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       HELD,    HELD},
    [PENDING] = {       PAUSED, NO,      CANCELLED,     NO,            NO,      NO,      PENDING,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       PENDING, PENDING},
    [RUNNING] = {       FROZEN, NO,      RUNNING_CANCEL, RUNNING_RETURN, NO,    NO,      RUNNING,
       DONE, SKIPPED, CANCELLED, FAILED,  PENDING, FAILED, PENDING,  PENDING, FAILED},
    [RUNNING_CANCEL] = {NO,     NO,      RUNNING_CANCEL, NO,           NO,      NO,      RUNNING_CANCEL,
       DONE, SKIPPED, CANCELLED, FAILED,  CANCELLED, FAILED, CANCELLED, CANCELLED, CANCELLED},
    [RUNNING_RETURN] = {NO,     NO,      RUNNING_CANCEL, RUNNING_RETURN, NO,    NO,      RUNNING_RETURN,
       DONE, SKIPPED, CANCELLED, FAILED,  PENDING, FAILED, PENDING,  PENDING, FAILED},
    [PAUSED] = {        NO,     PENDING, CANCELLED,     NO,            NO,      NO,      PAUSED,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       PAUSED,  PAUSED},
    [FROZEN] = {        NO,     RUNNING, FROZEN_CANCEL, FROZEN_RETURN, NO,      NO,      FROZEN,
       DONE, SKIPPED, CANCELLED, FAILED,  PAUSED,  FAILED, PAUSED,   PAUSED,  PAUSED},
    [FROZEN_CANCEL] = { NO,     NO,      FROZEN_CANCEL, NO,            NO,      NO,      FROZEN_CANCEL,
       DONE, SKIPPED, CANCELLED, FAILED,  CANCELLED, FAILED, CANCELLED, CANCELLED, CANCELLED},
    [FROZEN_RETURN] = { NO,     NO,      FROZEN_CANCEL, FROZEN_RETURN, NO,      NO,      FROZEN_RETURN,
       DONE, SKIPPED, CANCELLED, FAILED,  PAUSED,  FAILED, PAUSED,   PAUSED,  PAUSED},
    [DONE] = {          NO,     NO,      NO,            NO,            PENDING, NO,      NO,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       DONE,    DONE},
    [FAILED] = {        NO,     NO,      NO,            NO,            PENDING, NO,      NO,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       FAILED,  FAILED},
    [CANCELLED] = {     NO,     NO,      NO,            NO,            PENDING, NO,      NO,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       CANCELLED, CANCELLED},
    [SKIPPED] = {       NO,     NO,      NO,            NO,            PENDING, NO,      NO,
       NO,   NO,      NO,        NO,      NO,      NO,     NO,       SKIPPED, SKIPPED},
};
/* clang-format on */

enum { MAX_ATTEMPTS = 3, EPOCH = 7 };
#define OWNER "worker-a"

/* A job in a condition, as an earlier operation would have left it. */
static inline Job *job_in(Condition condition, Op op)
{
  const ConditionRow *row = &condition_rows[condition];
  Job *job = record_new(&job_table);
  job->kind = (g_free(job->kind), g_strdup("test"));
  job->state = row->state;
  job->directive = row->directive;
  job->max_attempts = MAX_ATTEMPTS;
  job->attempts = op == OP_FAIL_LAST || op == OP_LOSE_LAST ? MAX_ATTEMPTS : row->leased ? 1 : 0;
  job->lease_epoch = EPOCH;
  job->created_at_ms = job->updated_at_ms = 1;
  if (row->leased) {
    job->lease_owner = g_strdup(OWNER);
    job->lease_until_ms = 1000;
    job->started_at_ms = 1;
  }
  if (job_state_is_final(row->state))
    job->finished_at_ms = 1;
  return job;
}

static inline Condition condition_of(const Job *job)
{
  bool leased = job->lease_owner && *job->lease_owner;
  for (int i = 0; i < N_CONDITIONS; i++)
    if (condition_rows[i].state == job->state && condition_rows[i].leased == leased &&
        condition_rows[i].directive == job->directive)
      return (Condition)i;
  g_test_message("state %d, leased %d, directive %d is no condition", job->state, leased, job->directive);
  return NO;
}

/* What job_step.c promises beyond the condition itself. */
static inline void check_invariants(const Job *job)
{
  g_assert_cmpint(condition_of(job), !=, NO);
  bool leased = job->lease_owner && *job->lease_owner;
  g_assert_cmpint(leased, ==, job->lease_until_ms != FIELD_NULL_INT);
  g_assert_cmpint(job_state_is_final(job->state), ==, job->finished_at_ms != FIELD_NULL_INT);
  g_assert_cmpint(job->attempts, >=, 0);
}

static inline JobOutcome outcome_of(Op op, const GError *passing, const GError *lasting)
{
  switch (op) {
  case OP_FINISH_DONE:
    return (JobOutcome){.state = JOB_DONE, .result = "{\"ok\":true}"};
  case OP_FINISH_SKIPPED:
    return (JobOutcome){.state = JOB_SKIPPED, .cause = lasting};
  case OP_FINISH_CANCELLED:
    return (JobOutcome){.state = JOB_CANCELLED};
  case OP_FAIL_FOR_GOOD:
    return (JobOutcome){.state = JOB_FAILED, .cause = lasting};
  default:
    return (JobOutcome){.state = JOB_FAILED, .cause = passing};
  }
}
