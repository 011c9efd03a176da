/* Decides how claimed jobs are run, kept alive, paused and ended. Test: tests/unit/worker/test_agent.c
 *
 * A slot is a thread that claims, runs and concludes one job at a time. The keeper renews the leases of all runs, so that a job
 * that is silent for an hour keeps its lease while this process lives, and a lost lease stops the work it belonged to. */
#include "worker/agent_internal.h"

#include "base/error.h"
#include "base/log.h"
#include "worker/status.h"

#include <string.h>

enum {
  IDLE_LOOK_MS = 2000, /* how long a slot waits at most before it looks again by itself: another process may have added a job */
  TROUBLE_WAIT_MS = 2000,   /* after the desk could not be reached */
  PROGRESS_EVERY_MS = 1000, /* progress is sent on no more often */
  DEFAULT_LEASE_MS = 30000,
};

static const double duration_bounds[] = {1, 10, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600};
static const MetricFamily job_seconds = {.name = "reeve_job_duration_seconds",
                                         .help = "Time of jobs that ended on this server, by kind and outcome.",
                                         .kind = METRIC_HISTOGRAM,
                                         .bounds = duration_bounds,
                                         .n_bounds = G_N_ELEMENTS(duration_bounds)};

/* Goes on while the machine sleeps: after that the leases are renewed at once. */
static int64_t monotonic_ms(const Agent *agent)
{
  return clock_monotonic_ms(agent->clock);
}

Cancel *job_run_cancel(JobRun *run)
{
  return run->cancel;
}

Cancel *job_run_halt(JobRun *run)
{
  return run->halt;
}

const Job *job_run_job(JobRun *run)
{
  return &run->job;
}

const LeaseRef *job_run_lease(JobRun *run)
{
  return &run->lease;
}

void job_run_progress(JobRun *run, double fraction, const char *detail)
{
  g_mutex_lock(&run->lock);
  run->progress = fraction;
  g_free(run->detail);
  run->detail = g_strdup(detail);
  run->changed = true;
  g_mutex_unlock(&run->lock);
}

void job_run_log(JobRun *run, const char *level, const char *message)
{
  run->agent->transport->log(run->agent->transport, run->job.id, level, message);
}

void job_run_keep(JobRun *run, const char *report)
{
  run->agent->transport->keep(run->agent->transport, &run->job, report);
}

void job_run_set_child(JobRun *run, Child *child)
{
  g_mutex_lock(&run->lock);
  run->child = child;
  /* A job that was paused, or lowered, between two of its programs stays so. */
  if (child && run->lowered)
    child_lower(child);
  if (child && run->frozen)
    child_freeze(child);
  g_mutex_unlock(&run->lock);
}

/* Does what the desk asked for. */
static void obey(JobRun *run, JobDirective directive)
{
  g_mutex_lock(&run->lock);
  run->directive = directive;
  run->paused = directive == DIRECTIVE_PAUSE;
  agent_settle(run);
  g_mutex_unlock(&run->lock);
  if (directive == DIRECTIVE_PAUSE && run->kind->halts)
    cancel_set(run->halt);
  if (directive == DIRECTIVE_CANCEL || directive == DIRECTIVE_RETURN)
    cancel_set(run->cancel);
}

/* Prolongs one lease. */
static void renew(JobRun *run)
{
  g_mutex_lock(&run->lock);
  double progress = run->progress;
  g_autofree char *detail = g_strdup(run->detail);
  run->changed = false;
  run->renewed_ms = monotonic_ms(run->agent);
  g_mutex_unlock(&run->lock);

  Transport *transport = run->agent->transport;
  JobDirective directive = DIRECTIVE_CONTINUE;
  g_autoptr(GError) why = NULL;
  if (transport->renew(transport, &run->lease, progress, detail, &directive, &why)) {
    obey(run, directive);
    return;
  }
  g_mutex_lock(&run->lock);
  bool concluding = run->concluding;
  bool gone = reeve_error_code(why) == REEVE_ERROR_CONFLICT || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND;
  if (gone && !concluding)
    run->lost = true;
  g_mutex_unlock(&run->lock);
  if (concluding)
    return;
  if (gone) {
    g_warning("Job %" G_GINT64_FORMAT " is no longer ours and is stopped: %s", run->job.id, why->message);
    cancel_set(run->cancel);
  } else {
    g_warning("The lease of job %" G_GINT64_FORMAT " could not be renewed now: %s", run->job.id, why->message);
  }
}

static bool renewal_is_due(JobRun *run, bool woken)
{
  g_mutex_lock(&run->lock);
  int64_t age_ms = monotonic_ms(run->agent) - run->renewed_ms;
  bool due = age_ms >= run->agent->lease_ms / 4 || (age_ms >= PROGRESS_EVERY_MS && run->changed) ||
             (woken && age_ms >= PROGRESS_EVERY_MS / 4);
  g_mutex_unlock(&run->lock);
  return due;
}

static gpointer keep_leases(gpointer data)
{
  Agent *agent = data;
  bool woken = false;
  for (;;) {
    g_mutex_lock(&agent->lock);
    while (agent->runs->len == 0 && !agent->keeper_ends)
      g_cond_wait(&agent->runs_changed, &agent->lock);
    bool ends = agent->keeper_ends;
    uint64_t seen = agent->transport->generation(agent->transport);
    /* News that come right after a renewal must not wait for the next one by time: they may be a resume or a cancel. */
    bool too_soon = false;
    /* Runs are renewed under the lock: a run is not freed while its lease is being renewed. */
    for (guint i = 0; i < agent->runs->len && !ends; i++) {
      agent_write_note(agent->runs->pdata[i]);
      if (renewal_is_due(agent->runs->pdata[i], woken))
        renew(agent->runs->pdata[i]);
      else
        too_soon = too_soon || woken;
    }
    g_mutex_unlock(&agent->lock);
    if (ends)
      return NULL;
    int64_t before = clock_monotonic_ms(clock_system());
    int pause_ms = too_soon ? PROGRESS_EVERY_MS / 4 : PROGRESS_EVERY_MS;
    agent->transport->wait(agent->transport, seen, agent->stop_keeper, pause_ms);
    woken = too_soon || clock_monotonic_ms(clock_system()) - before < pause_ms;
  }
}

static void register_run(JobRun *run, bool add)
{
  Agent *agent = run->agent;
  g_mutex_lock(&agent->lock);
  if (add)
    g_ptr_array_add(agent->runs, run);
  else
    g_ptr_array_remove(agent->runs, run);
  agent_apply_ruling(agent); /* another one may have come since the claim; or one that is frozen is the next to go on */
  g_cond_broadcast(&agent->runs_changed);
  g_mutex_unlock(&agent->lock);
}

/* What becomes of work that was stopped. */
typedef enum { STOPPED_FOR_GOOD, STOPPED_TO_RETURN, STOPPED_TO_PAUSE } Stopped;

static Stopped stopped_how(JobRun *run)
{
  g_mutex_lock(&run->lock);
  bool by_desk = run->directive == DIRECTIVE_RETURN || run->returns, by_person = run->directive == DIRECTIVE_CANCEL;
  g_mutex_unlock(&run->lock);
  if (by_person)
    return STOPPED_FOR_GOOD;
  if (cancel_is_set(run->halt))
    return STOPPED_TO_PAUSE;
  return by_desk || cancel_is_set(run->agent->stop_running) ? STOPPED_TO_RETURN : STOPPED_FOR_GOOD;
}

/* The last progress goes out first: nobody else will tell it. */
static bool put_down(JobRun *run, GError **error)
{
  renew(run);
  return run->agent->transport->put_down(run->agent->transport, &run->lease, error);
}

static bool hand_in_once(JobRun *run, const char *report, const GError *execution, GError **error)
{
  Transport *transport = run->agent->transport;
  bool stopped = execution && reeve_error_code(execution) == REEVE_ERROR_CANCELLED;
  switch (stopped ? stopped_how(run) : STOPPED_FOR_GOOD) {
  case STOPPED_TO_RETURN:
    return transport->give_back(transport, &run->job, &run->lease, "The worker was stopped.", error);
  case STOPPED_TO_PAUSE:
    return put_down(run, error);
  default:
    return transport->conclude(transport, &run->job, &run->lease, report, execution, error);
  }
}

static bool is_lost(JobRun *run)
{
  g_mutex_lock(&run->lock);
  bool lost = run->lost;
  g_mutex_unlock(&run->lock);
  return lost;
}

/* Hands in the outcome. The desk may be away for a while: the work of hours is not thrown away for that, it is offered again as
 * long as the lease is ours. */
static void hand_in(JobRun *run, const char *report, const GError *execution)
{
  for (;;) {
    g_autoptr(GError) why = NULL;
    if (is_lost(run)) {
      g_warning("The outcome of job %" G_GINT64_FORMAT " was not handed in: the lease was lost.", run->job.id);
      return;
    }
    g_mutex_lock(&run->lock);
    run->concluding = true;
    g_mutex_unlock(&run->lock);
    if (hand_in_once(run, report, execution, &why))
      return;
    g_mutex_lock(&run->lock);
    run->concluding = false;
    g_mutex_unlock(&run->lock);
    g_warning("The outcome of job %" G_GINT64_FORMAT " could not be handed in: %s", run->job.id, why->message);
    if (reeve_error_code(why) != REEVE_ERROR_UNAVAILABLE || cancel_wait(run->agent->stop_running, TROUBLE_WAIT_MS))
      return;
  }
}

static void count_job(const JobRun *run, int64_t began_ms, const GError *failure)
{
  const char *outcome = !failure ? "done" : reeve_error_code(failure) == REEVE_ERROR_CANCELLED ? "cancelled" : "failed";
  metrics_observe(run->agent->metrics, &job_seconds, METRIC_LABELS({"kind", run->job.kind}, {"outcome", outcome}),
                  (double)(monotonic_ms(run->agent) - began_ms) / 1000);
}

static void run_job(Agent *agent, const AgentKind *kind, Job *job, const char *order)
{
  JobRun run = {.agent = agent, .kind = kind, .job = *job, .progress = job->progress, .renewed_ms = monotonic_ms(agent)};
  run.lease = (LeaseRef){.job_id = job->id, .owner = agent->name, .epoch = job->lease_epoch};
  run.cancel = cancel_new(agent->stop_running);
  run.halt = cancel_new(NULL);
  g_mutex_init(&run.lock);
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, job->id);
  /* Who asked for it is found by the same word as in the log of the request. */
  G_GNUC_UNUSED g_autoptr(LogScope) request = job->request ? log_scope_begin("request", job->request) : NULL;
  LOG_SCOPE("job", number);
  int64_t began_ms = monotonic_ms(agent);
  register_run(&run, true);
  g_info("%s of %s begins", job->kind, job->title ? job->title : "");

  g_autofree char *report = NULL;
  g_autoptr(GError) execution = NULL;
  bool ok = kind->execute(&run, order, kind->user_data, &report, &execution);
  if (!ok && !is_lost(&run) && reeve_error_code(execution) != REEVE_ERROR_CANCELLED)
    job_run_log(&run, "error", execution->message);
  hand_in(&run, report, ok ? NULL : execution);
  count_job(&run, began_ms, execution);

  register_run(&run, false);
  g_info("%s of %s ended%s%s", job->kind, job->title ? job->title : "", ok ? "" : ": ", ok ? "" : execution->message);
  g_mutex_clear(&run.lock);
  g_free(run.detail);
  g_free(run.why);
  cancel_unref(run.cancel);
  cancel_unref(run.halt);
}

/* Whether the slot is still wanted; decided under the lock of those who start slots, so that a thread that ends is known to. */
static bool stays(Slot *slot)
{
  g_mutex_lock(&slot->agent->slots_lock);
  slot->ended = slot->number >= *slot->wanted;
  bool stays = !slot->ended;
  g_mutex_unlock(&slot->agent->slots_lock);
  return stays;
}

static gpointer work(gpointer data)
{
  Slot *slot = data;
  Agent *agent = slot->agent;
  const char *kinds[] = {slot->kind->kind, slot->kind->also, NULL};
  while (!cancel_is_set(agent->stop_claiming) && stays(slot)) {
    uint64_t seen = agent->transport->generation(agent->transport);
    Job job = {0};
    record_init(&job_table, &job);
    g_autofree char *order = NULL;
    bool found = false;
    g_autoptr(GError) why = NULL;
    g_auto(ClaimLeave) leave = agent_ask_to_claim(agent, slot->kind);
    if (leave.may_claim && !agent->transport->claim(agent->transport, kinds, &leave.bar, &job, &order, &found, &why)) {
      if (reeve_error_code(why) != REEVE_ERROR_CANCELLED)
        g_warning("No job could be claimed: %s", why->message);
      cancel_wait(agent->stop_claiming, TROUBLE_WAIT_MS);
    } else if (found) {
      if (agent_lets_start(agent, slot->kind, &job))
        run_job(agent, slot->kind, &job, order);
    } else {
      agent->transport->wait(agent->transport, seen, agent->stop_claiming, IDLE_LOOK_MS);
    }
    record_clear(&job_table, &job);
  }
  return NULL;
}

/* With slots_lock held. */
static Slot *find_slot(Agent *agent, const AgentKind *kind, int number)
{
  for (guint i = 0; i < agent->slots->len; i++) {
    Slot *slot = agent->slots->pdata[i];
    if (slot->kind == kind && slot->number == number)
      return slot;
  }
  return NULL;
}

/* Starts what is missing. One that was to end and has not noticed yet goes on by itself. */
static void want_slots(Agent *agent, size_t kind, int wanted)
{
  g_mutex_lock(&agent->slots_lock);
  if (!agent->stops)
    agent->wanted[kind] = MAX(wanted, 0);
  for (int number = 0; !agent->stops && number < agent->wanted[kind]; number++) {
    Slot *slot = find_slot(agent, &agent->kinds[kind], number);
    if (slot && !slot->ended)
      continue;
    if (slot) {
      g_thread_join(slot->thread);
    } else {
      slot = g_new0(Slot, 1);
      *slot = (Slot){.agent = agent, .kind = &agent->kinds[kind], .wanted = &agent->wanted[kind], .number = number};
      g_ptr_array_add(agent->slots, slot);
    }
    slot->ended = false;
    slot->thread = g_thread_new(agent->kinds[kind].kind, work, slot);
  }
  g_mutex_unlock(&agent->slots_lock);
}

void agent_set_slots(Agent *agent, const char *kind, int slots)
{
  for (size_t i = 0; i < agent->n_kinds; i++)
    if (strcmp(agent->kinds[i].kind, kind) == 0)
      want_slots(agent, i, slots);
}

Agent *agent_start(const AgentParams *params)
{
  Agent *agent = g_new0(Agent, 1);
  agent->transport = params->transport;
  agent->name = g_strdup(params->name);
  agent->lease_ms = params->lease_ms > 0 ? params->lease_ms : DEFAULT_LEASE_MS;
  agent->clock = params->clock ? params->clock : clock_system();
  governor_ruling_init(&agent->ruling);
  if (params->ruling) {
    record_clear(&governor_ruling_table, &agent->ruling);
    record_copy(&governor_ruling_table, params->ruling, &agent->ruling);
  }
  agent->stop_claiming = cancel_new(NULL);
  agent->stop_running = cancel_new(NULL);
  agent->stop_keeper = cancel_new(NULL);
  g_mutex_init(&agent->lock);
  g_cond_init(&agent->runs_changed);
  agent->runs = g_ptr_array_new();
  agent->slots = g_ptr_array_new_with_free_func(g_free);
  agent->kinds = g_memdup2(params->kinds, params->n_kinds * sizeof *params->kinds);
  agent->n_kinds = params->n_kinds;
  agent->wanted = g_new0(int, params->n_kinds);
  agent->metrics = params->metrics;
  g_mutex_init(&agent->slots_lock);
  agent->keeper = g_thread_new("leases", keep_leases, agent);
  for (size_t i = 0; i < params->n_kinds; i++)
    want_slots(agent, i, params->kinds[i].slots);
  return agent;
}

static void add_run(JobRun *run, WorkerStatus *status)
{
  WorkerRun *it = worker_run_new(&run->job);
  g_mutex_lock(&run->lock);
  it->progress = run->progress;
  it->detail = g_strdup(run->detail);
  it->frozen = run->frozen;
  it->lowered = run->lowered;
  it->waiting = g_strdup(run->held ? run->why : NULL);
  g_mutex_unlock(&run->lock);
  g_ptr_array_add(status->running, it);
  for (guint i = 0; i < status->slots->len; i++) {
    WorkerSlots *slots = status->slots->pdata[i];
    slots->busy += g_str_equal(slots->kind, run->kind->kind);
  }
}

void agent_status(Agent *agent, WorkerStatus *ret_status)
{
  worker_status_begin(ret_status, agent->name);
  g_mutex_lock(&agent->slots_lock);
  for (size_t i = 0; i < agent->n_kinds; i++)
    g_ptr_array_add(ret_status->slots, worker_slots_new(&agent->kinds[i], agent->wanted[i]));
  g_mutex_unlock(&agent->slots_lock);
  g_mutex_lock(&agent->lock);
  for (guint i = 0; i < agent->runs->len; i++)
    add_run(agent->runs->pdata[i], ret_status);
  g_mutex_unlock(&agent->lock);
}

void agent_stop(Agent *agent, AgentStop how)
{
  if (!agent)
    return;
  cancel_set(agent->stop_claiming);
  if (how == AGENT_RETURN_JOBS)
    cancel_set(agent->stop_running);
  g_mutex_lock(&agent->slots_lock);
  agent->stops = true;
  g_mutex_unlock(&agent->slots_lock);
  g_mutex_lock(&agent->lock);
  agent->finishing = true;
  agent_apply_ruling(agent);
  g_mutex_unlock(&agent->lock);
  for (guint i = 0; i < agent->slots->len; i++)
    g_thread_join(((Slot *)agent->slots->pdata[i])->thread);
  g_mutex_lock(&agent->lock);
  agent->keeper_ends = true;
  g_cond_broadcast(&agent->runs_changed);
  g_mutex_unlock(&agent->lock);
  cancel_set(agent->stop_keeper);
  g_thread_join(agent->keeper);
}

int agent_slots(Agent *agent, const char *kind)
{
  int slots = 0;
  g_mutex_lock(&agent->slots_lock);
  for (size_t i = 0; i < agent->n_kinds; i++)
    if (g_str_equal(agent->kinds[i].kind, kind))
      slots += agent->wanted[i];
  g_mutex_unlock(&agent->slots_lock);
  return slots;
}

void agent_free(Agent *agent)
{
  if (!agent)
    return;
  g_ptr_array_unref(agent->slots);
  g_ptr_array_unref(agent->runs);
  record_clear(&governor_ruling_table, &agent->ruling);
  cancel_unref(agent->stop_claiming);
  cancel_unref(agent->stop_running);
  cancel_unref(agent->stop_keeper);
  g_mutex_clear(&agent->lock);
  g_cond_clear(&agent->runs_changed);
  g_free(agent->kinds);
  g_free(agent->wanted);
  g_mutex_clear(&agent->slots_lock);
  g_free(agent->name);
  g_free(agent);
}
