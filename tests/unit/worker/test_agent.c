/* The agent against a transport that the test plays: directives, lost leases, stopping, a desk that is away for a while. */
#include "base/error.h"
#include "worker/agent.h"

#include <string.h>

enum { WAIT_S = 20 };

/* A desk with a few jobs. */
typedef struct {
  Transport transport;
  GMutex lock;
  GCond changed;
  uint64_t generation;
  int64_t next_job, jobs; /* ids 1..jobs are handed out once */
  JobDirective directive;
  bool lease_is_lost;
  int conclusions_refused; /* so many times the desk is away */
  int renewals, concluded, given_back, put_down;
  double last_progress;
  ReeveErrorCode last_code;
  bool last_ok;
} Desk;

static bool desk_claim(Transport *transport, const char *const *kinds, const QueueBar *bar, Job *ret_job, char **ret_order,
                       bool *ret_found, GError **error)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  *ret_found = desk->next_job <= desk->jobs;
  if (*ret_found) {
    ret_job->id = desk->next_job++;
    ret_job->lease_epoch = 1;
    *ret_order = g_strdup("{}");
  }
  g_mutex_unlock(&desk->lock);
  return true;
}

static bool desk_renew(Transport *transport, const LeaseRef *lease, double progress, const char *detail,
                       JobDirective *ret_directive, GError **error)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  bool lost = desk->lease_is_lost;
  *ret_directive = desk->directive;
  desk->renewals++;
  desk->last_progress = progress;
  g_cond_broadcast(&desk->changed);
  g_mutex_unlock(&desk->lock);
  return !lost || fail(error, REEVE_ERROR_CONFLICT, "The lease was lost.");
}

static void desk_log(Transport *transport, int64_t job_id, const char *level, const char *message)
{
}

static bool desk_conclude(Transport *transport, const Job *job, const LeaseRef *lease, const char *report,
                          const GError *execution, GError **error)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  bool away = desk->conclusions_refused > 0;
  if (away) {
    desk->conclusions_refused--;
  } else {
    desk->concluded++;
    desk->last_ok = !execution;
    desk->last_code = execution ? reeve_error_code(execution) : REEVE_ERROR_INTERNAL;
  }
  g_cond_broadcast(&desk->changed);
  g_mutex_unlock(&desk->lock);
  return !away || fail(error, REEVE_ERROR_UNAVAILABLE, "The desk is away.");
}

static bool desk_give_back(Transport *transport, const Job *job, const LeaseRef *lease, const char *waiting, GError **error)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  desk->given_back++;
  g_cond_broadcast(&desk->changed);
  g_mutex_unlock(&desk->lock);
  return true;
}

static bool desk_put_down(Transport *transport, const LeaseRef *lease, GError **error)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  desk->put_down++;
  g_cond_broadcast(&desk->changed);
  g_mutex_unlock(&desk->lock);
  return true;
}

static uint64_t desk_generation(Transport *transport)
{
  Desk *desk = (Desk *)transport;
  g_mutex_lock(&desk->lock);
  uint64_t generation = desk->generation;
  g_mutex_unlock(&desk->lock);
  return generation;
}

static void desk_wait(Transport *transport, uint64_t seen, Cancel *cancel, int timeout_ms)
{
  cancel_wait(cancel, MIN(timeout_ms, 20));
}

static void desk_init(Desk *desk, int64_t jobs)
{
  *desk = (Desk){.transport = {.claim = desk_claim,
                               .renew = desk_renew,
                               .log = desk_log,
                               .conclude = desk_conclude,
                               .give_back = desk_give_back,
                               .put_down = desk_put_down,
                               .generation = desk_generation,
                               .wait = desk_wait},
                 .next_job = 1,
                 .jobs = jobs};
  g_mutex_init(&desk->lock);
  g_cond_init(&desk->changed);
}

static void desk_clear(Desk *desk)
{
  g_mutex_clear(&desk->lock);
  g_cond_clear(&desk->changed);
}

/* Waits until a counter has reached a value; the test fails after a generous time. */
static void desk_await(Desk *desk, const int *counter, int value)
{
  gint64 end = g_get_monotonic_time() + WAIT_S * G_TIME_SPAN_SECOND;
  g_mutex_lock(&desk->lock);
  while (*counter < value && g_cond_wait_until(&desk->changed, &desk->lock, end))
    ;
  g_assert_cmpint(*counter, >=, value);
  g_mutex_unlock(&desk->lock);
}

static bool finish_at_once(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error)
{
  *ret_report = g_strdup("{}");
  return true;
}

/* Works until it is told to stop. */
static bool work_until_cancelled(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error)
{
  job_run_progress(run, 0.5, "{}");
  cancel_wait(job_run_cancel(run), WAIT_S * 1000);
  return cancel_check(job_run_cancel(run), error);
}

static Agent *start(Desk *desk, bool (*execute)(JobRun *, const char *, void *, char **, GError **), int slots)
{
  AgentKind kind = {.kind = "test", .slots = slots, .execute = execute};
  return agent_start(&(AgentParams){.transport = &desk->transport, .name = "me", .kinds = &kind, .n_kinds = 1, .lease_ms = 400});
}

static void test_runs_all(void)
{
  Desk desk;
  desk_init(&desk, 50);
  Agent *agent = start(&desk, finish_at_once, 4);
  desk_await(&desk, &desk.concluded, 50);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  g_assert_cmpint(desk.concluded, ==, 50);
  g_assert_cmpint(desk.given_back, ==, 0);
  desk_clear(&desk);
}

static void test_cancel_directive(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.directive = DIRECTIVE_CANCEL;
  Agent *agent = start(&desk, work_until_cancelled, 1);
  desk_await(&desk, &desk.concluded, 1);
  g_assert_false(desk.last_ok);
  g_assert_cmpint(desk.last_code, ==, REEVE_ERROR_CANCELLED);
  agent_stop(agent, AGENT_RETURN_JOBS);
  agent_free(agent);
  desk_clear(&desk);
}

static void test_return_directive(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.directive = DIRECTIVE_RETURN;
  Agent *agent = start(&desk, work_until_cancelled, 1);
  desk_await(&desk, &desk.given_back, 1);
  agent_stop(agent, AGENT_RETURN_JOBS);
  agent_free(agent);
  g_assert_cmpint(desk.concluded, ==, 0);
  desk_clear(&desk);
}

/* Finishes what is in hand once it is told to halt, and says how far it got. */
static bool work_until_halted(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error)
{
  cancel_wait(job_run_halt(run), WAIT_S * 1000);
  job_run_progress(run, 0.75, "{}");
  g_assert_false(cancel_is_set(job_run_cancel(run)));
  return cancel_check(job_run_halt(run), error);
}

static void test_pause_directive(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.directive = DIRECTIVE_PAUSE;
  AgentKind kind = {.kind = "test", .slots = 1, .halts = true, .execute = work_until_halted};
  Agent *agent =
      agent_start(&(AgentParams){.transport = &desk.transport, .name = "me", .kinds = &kind, .n_kinds = 1, .lease_ms = 400});
  desk_await(&desk, &desk.put_down, 1);
  agent_stop(agent, AGENT_RETURN_JOBS);
  agent_free(agent);
  g_assert_cmpint(desk.concluded + desk.given_back, ==, 0);
  g_assert_cmpint(desk.put_down, ==, 1);
  g_assert_cmpfloat(desk.last_progress, ==, 0.75);
  desk_clear(&desk);
}

/* Other kinds are frozen where they are, and keep their lease. */
static void test_pause_freezes(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.directive = DIRECTIVE_PAUSE;
  Agent *agent = start(&desk, work_until_cancelled, 1);
  desk_await(&desk, &desk.renewals, 3);
  g_assert_cmpint(desk.put_down, ==, 0);
  agent_stop(agent, AGENT_RETURN_JOBS);
  agent_free(agent);
  g_assert_cmpint(desk.given_back, ==, 1);
  desk_clear(&desk);
}

static void test_lost_lease(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.lease_is_lost = true;
  Agent *agent = start(&desk, work_until_cancelled, 1);
  desk_await(&desk, &desk.renewals, 1);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  /* Nothing is said about a job that is somebody else's. */
  g_assert_cmpint(desk.concluded + desk.given_back, ==, 0);
  desk_clear(&desk);
}

static void test_stop_returns(void)
{
  Desk desk;
  desk_init(&desk, 1);
  Agent *agent = start(&desk, work_until_cancelled, 1);
  desk_await(&desk, &desk.renewals, 3); /* a silent job's lease is kept */
  agent_stop(agent, AGENT_RETURN_JOBS);
  agent_free(agent);
  g_assert_cmpint(desk.given_back, ==, 1);
  g_assert_cmpint(desk.concluded, ==, 0);
  desk_clear(&desk);
}

static void test_desk_is_away(void)
{
  Desk desk;
  desk_init(&desk, 1);
  desk.conclusions_refused = 1;
  Agent *agent = start(&desk, finish_at_once, 1);
  desk_await(&desk, &desk.concluded, 1); /* offered again */
  g_assert_true(desk.last_ok);
  agent_stop(agent, AGENT_FINISH_JOBS);
  agent_free(agent);
  desk_clear(&desk);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL); /* warnings are part of what is tested */
  g_test_add_func("/agent/runs-all", test_runs_all);
  g_test_add_func("/agent/directive/cancel", test_cancel_directive);
  g_test_add_func("/agent/directive/return", test_return_directive);
  g_test_add_func("/agent/directive/pause", test_pause_directive);
  g_test_add_func("/agent/directive/pause-freezes", test_pause_freezes);
  g_test_add_func("/agent/lost-lease", test_lost_lease);
  g_test_add_func("/agent/stop-returns", test_stop_returns);
  g_test_add_func("/agent/desk-is-away", test_desk_is_away);
  return g_test_run();
}
