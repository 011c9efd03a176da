/* The state machine on jobs in memory. */
#include "queue/job_step.h"
#include "transitions.h"

enum { NOW_MS = 5000, BACKOFF_MS = 400 };

static GError *passing_cause(void)
{
  return g_error_new_literal(REEVE_ERROR, REEVE_ERROR_UPSTREAM, "The other side was busy.");
}

static GError *lasting_cause(void)
{
  return g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CORRUPT, "The file is damaged.");
}

static bool apply(Job *job, Op op, GError **error)
{
  static const JobStep steps[] = {
      [OP_PAUSE] = job_step_pause,           [OP_RESUME] = job_step_resume, [OP_CANCEL] = job_step_cancel,
      [OP_SEND_BACK] = job_step_send_back,   [OP_RETRY] = job_step_retry,   [OP_RELEASE] = job_step_release,
      [OP_PRIORITY] = job_step_set_priority,
  };
  if (op < (Op)G_N_ELEMENTS(steps))
    return steps[op](job, &(StepContext){.now_ms = NOW_MS, .priority = PRIORITY_HIGH}, error);
  bool losing = op == OP_LOSE || op == OP_LOSE_LAST;
  if (losing && !job->lease_owner)
    return true;
  if (!job_check_lease(job, &(LeaseRef){.job_id = job->id, .owner = OWNER, .epoch = EPOCH}, error))
    return false;
  if (losing) {
    job_step_lose_lease(job, NOW_MS);
    return true;
  }
  if (op == OP_GIVE_BACK) {
    job_step_give_back(job, "Waits for the night.", 9000, NOW_MS);
    return true;
  }
  g_autoptr(GError) passing = passing_cause(), lasting = lasting_cause();
  JobOutcome outcome = outcome_of(op, passing, lasting);
  return job_step_finish(job, &outcome, BACKOFF_MS, NOW_MS, error);
}

static void test_every_operation_in_every_condition(void)
{
  for (Condition from = HELD; from < N_CONDITIONS; from++)
    for (Op op = OP_PAUSE; op < N_OPS; op++) {
      g_autoptr(Job) job = job_in(from, op);
      Job before;
      record_copy(&job_table, job, &before);
      g_autoptr(GError) error = NULL;
      bool done = apply(job, op, &error);
      Condition expected = transitions[from][op];
      g_test_message("%s, %s: %s", condition_rows[from].name, op_names[op], error ? error->message : "done");
      if (expected == NO) {
        g_assert_false(done);
        g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
        g_assert_true(record_equal(&job_table, job, &before));
      } else {
        g_assert_true(done);
        g_assert_no_error(error);
        g_assert_cmpstr(condition_rows[condition_of(job)].name, ==, condition_rows[expected].name);
        check_invariants(job);
      }
      record_clear(&job_table, &before);
    }
}

static void test_refusal_names_the_state(void)
{
  static const struct {
    Condition from;
    Op op;
    const char *says;
  } rows[] = {
      {DONE, OP_PAUSE, "Job 0 cannot be paused: it is done."},
      {RUNNING_CANCEL, OP_PAUSE, "Job 0 cannot be paused: it is being cancelled."},
      {FROZEN_RETURN, OP_RESUME, "Job 0 cannot be resumed: it is being sent back to the queue."},
      {PENDING, OP_RETRY, "Job 0 cannot be retried: it is pending."},
      {PENDING, OP_GIVE_BACK, "The lease of \"worker-a\" on job 0 is lost: the job is pending."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Job) job = job_in(rows[i].from, rows[i].op);
    g_autoptr(GError) error = NULL;
    g_assert_false(apply(job, rows[i].op, &error));
    g_assert_cmpstr(error->message, ==, rows[i].says);
  }
}

static void test_lease_must_fit(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_GIVE_BACK);
  g_assert_true(job_check_lease(job, &(LeaseRef){.owner = OWNER, .epoch = EPOCH}, NULL));
  g_autoptr(GError) other = NULL, old = NULL;
  g_assert_false(job_check_lease(job, &(LeaseRef){.owner = "worker-b", .epoch = EPOCH}, &other));
  g_assert_error(other, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_false(job_check_lease(job, &(LeaseRef){.owner = OWNER, .epoch = EPOCH - 1}, &old));
  g_assert_error(old, REEVE_ERROR, REEVE_ERROR_CONFLICT);
}

/* Whatever was asked for in the meantime holds, and what was done is still shown. */
static void test_put_down(void)
{
  static const struct {
    Condition from, to;
  } rows[] = {{FROZEN, PAUSED}, {RUNNING, PENDING}, {RUNNING_CANCEL, CANCELLED}, {FROZEN_CANCEL, CANCELLED}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Job) job = job_in(rows[i].from, OP_GIVE_BACK);
    int64_t attempts = job->attempts;
    job->progress = 0.5;
    g_free(job->progress_detail);
    job->progress_detail = g_strdup("{\"looked_at\":5}");
    job_step_put_down(job, NOW_MS);
    g_assert_cmpstr(condition_rows[condition_of(job)].name, ==, condition_rows[rows[i].to].name);
    check_invariants(job);
    g_assert_cmpfloat(job->progress, ==, 0.5);
    g_assert_cmpstr(job->progress_detail, ==, "{\"looked_at\":5}");
    g_assert_cmpint(job->attempts, ==, MAX(attempts - 1, 0));
  }
}

static void test_failure_that_may_pass_waits(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_FAIL_FOR_NOW);
  g_assert_true(apply(job, OP_FAIL_FOR_NOW, NULL));
  g_assert_cmpint(job->run_after_ms, ==, NOW_MS + BACKOFF_MS);
  g_assert_cmpint(job->attempts, ==, 1);
  g_assert_cmpstr(job->error, ==, "The other side was busy.");
  g_assert_cmpstr(job->error_code, ==, "upstream");
  g_assert_nonnull(job->waiting);
}

static void test_failure_without_cause(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_FAIL_FOR_GOOD);
  g_assert_true(job_step_finish(job, &(JobOutcome){.state = JOB_FAILED}, BACKOFF_MS, NOW_MS, NULL));
  g_assert_cmpint(job->state, ==, JOB_FAILED);
  g_assert_cmpstr(job->error_code, ==, "internal");
}

static void test_finish_takes_final_states_only(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_FINISH_DONE);
  g_autoptr(GError) error = NULL;
  g_assert_false(job_step_finish(job, &(JobOutcome){.state = JOB_PENDING}, BACKOFF_MS, NOW_MS, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_cmpint(condition_of(job), ==, RUNNING);
}

static void test_done_is_complete(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_FINISH_DONE);
  job->error = g_strdup("left over");
  g_assert_true(apply(job, OP_FINISH_DONE, NULL));
  g_assert_cmpfloat(job->progress, ==, 1);
  g_assert_cmpstr(job->result, ==, "{\"ok\":true}");
  g_assert_null(job->error);
  g_assert_cmpint(job->finished_at_ms, ==, NOW_MS);
}

static void test_giving_back_costs_no_attempt(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_GIVE_BACK);
  g_assert_true(apply(job, OP_GIVE_BACK, NULL));
  g_assert_cmpint(job->attempts, ==, 0);
  g_assert_cmpint(job->run_after_ms, ==, 9000);
  g_assert_cmpstr(job->waiting, ==, "Waits for the night.");
}

static void test_losing_a_lease_moves_the_epoch(void)
{
  g_autoptr(Job) job = job_in(RUNNING, OP_LOSE);
  g_assert_true(apply(job, OP_LOSE, NULL));
  g_assert_cmpint(job->lease_epoch, ==, EPOCH + 1);
  g_assert_cmpint(job->attempts, ==, 1);

  g_autoptr(Job) last = job_in(RUNNING, OP_LOSE_LAST);
  g_assert_true(apply(last, OP_LOSE_LAST, NULL));
  g_assert_cmpstr(last->error, ==,
                  "The worker \"worker-a\" was lost while it ran this job, and that was the last of 3 attempts.");
  g_assert_cmpstr(last->error_code, ==, "unavailable");
}

static void test_retry_is_a_fresh_start(void)
{
  g_autoptr(Job) job = job_in(FAILED, OP_FAIL_LAST);
  job->error = g_strdup("It broke.");
  job->error_code = g_strdup("io");
  job->result = g_strdup("{}");
  job->progress = 0.7;
  job->position = 12;
  g_assert_true(apply(job, OP_RETRY, NULL));
  g_assert_cmpint(job->attempts, ==, 0);
  g_assert_cmpint(job->run_after_ms, ==, NOW_MS);
  g_assert_cmpfloat(job->progress, ==, 0);
  g_assert_cmpfloat(job->position, ==, 12);
  g_assert_null(job->error);
  g_assert_null(job->error_code);
  g_assert_null(job->result);
}

/* A parent is retried for what went wrong in it: children that ended well stay as they are. */
static void test_retry_as_child(void)
{
  for (Condition from = HELD; from < N_CONDITIONS; from++) {
    g_autoptr(Job) job = job_in(from, OP_RETRY);
    bool expected = from == FAILED || from == CANCELLED;
    g_assert_cmpint(job_step_retry(job, &(StepContext){.now_ms = NOW_MS, .as_child = true}, NULL), ==, expected);
  }
}

static void test_joining_a_parent(void)
{
  for (Condition under = HELD; under < N_CONDITIONS; under++) {
    g_autoptr(Job) parent = job_in(under, OP_PAUSE);
    g_autoptr(Job) child = job_in(PENDING, OP_PAUSE);
    g_autoptr(GError) error = NULL;
    bool gone = job_state_is_final(parent->state) || parent->directive == DIRECTIVE_CANCEL;
    g_assert_cmpint(job_step_join_parent(child, parent, &error), ==, !gone);
    if (gone)
      g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
    else
      g_assert_cmpint(condition_of(child), ==, parent->state == JOB_PAUSED ? PAUSED : PENDING);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/job_step/every_operation_in_every_condition", test_every_operation_in_every_condition);
  g_test_add_func("/job_step/refusal_names_the_state", test_refusal_names_the_state);
  g_test_add_func("/job_step/lease_must_fit", test_lease_must_fit);
  g_test_add_func("/job_step/failure_that_may_pass_waits", test_failure_that_may_pass_waits);
  g_test_add_func("/job_step/failure_without_cause", test_failure_without_cause);
  g_test_add_func("/job_step/finish_takes_final_states_only", test_finish_takes_final_states_only);
  g_test_add_func("/job_step/done_is_complete", test_done_is_complete);
  g_test_add_func("/job_step/giving_back_costs_no_attempt", test_giving_back_costs_no_attempt);
  g_test_add_func("/job_step/put_down", test_put_down);
  g_test_add_func("/job_step/losing_a_lease_moves_the_epoch", test_losing_a_lease_moves_the_epoch);
  g_test_add_func("/job_step/retry_is_a_fresh_start", test_retry_is_a_fresh_start);
  g_test_add_func("/job_step/retry_as_child", test_retry_as_child);
  g_test_add_func("/job_step/joining_a_parent", test_joining_a_parent);
  return g_test_run();
}
