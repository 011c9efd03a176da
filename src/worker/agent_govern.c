/* How the agent holds to the governor's ruling: before a claim, and for what runs. Test: tests/unit/worker/test_agent_govern.c
 *
 * Nothing is killed. What may not go on is frozen with its whole process group, its lease is kept, and why is written into the
 * job and its log; only where a stop waits for what runs, a frozen job goes back to the queue, since the stop would wait for the
 * next window. */
#include "worker/agent_internal.h"

#include <string.h>

void claim_leave_clear(ClaimLeave *leave)
{
  g_clear_pointer(&leave->roots, g_array_unref);
}

static int64_t count_governed(const Agent *agent)
{
  int64_t n = 0;
  for (guint i = 0; i < agent->runs->len; i++)
    n += ((const JobRun *)agent->runs->pdata[i])->kind->governed;
  return n;
}

ClaimLeave agent_ask_to_claim(Agent *agent, const AgentKind *kind)
{
  ClaimLeave leave = {.may_claim = true};
  if (!kind->governed)
    return leave;
  leave.roots = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_mutex_lock(&agent->lock);
  const GovernorRuling *ruling = &agent->ruling;
  const RootRuling *others = governor_ruling_of(ruling, FIELD_NULL_INT);
  leave.bar.only = others && !others->may_start;
  for (guint i = 0; ruling->roots && i < ruling->roots->len; i++) {
    const RootRuling *row = ruling->roots->pdata[i];
    if (row != others && row->may_start == leave.bar.only)
      g_array_append_val(leave.roots, row->root_id);
  }
  bool full = ruling->slots != FIELD_NULL_INT && count_governed(agent) >= ruling->slots;
  leave.may_claim = ruling->may_start && !full && !(leave.bar.only && leave.roots->len == 0);
  g_mutex_unlock(&agent->lock);
  leave.bar.roots = (const int64_t *)(void *)leave.roots->data;
  leave.bar.n_roots = leave.roots->len;
  return leave;
}

bool agent_lets_start(Agent *agent, const AgentKind *kind, const Job *job)
{
  if (!kind->governed)
    return true;
  g_mutex_lock(&agent->lock);
  const char *sentence = NULL;
  bool may = governor_may_start(&agent->ruling, job->root_id, &sentence);
  g_autofree char *why = g_strdup(sentence);
  g_mutex_unlock(&agent->lock);
  if (may)
    return true;
  LeaseRef lease = {.job_id = job->id, .owner = agent->name, .epoch = job->lease_epoch};
  g_autoptr(GError) problem = NULL;
  if (!agent->transport->give_back(agent->transport, job, &lease, why, &problem))
    g_warning("Job %" G_GINT64_FORMAT " was claimed while a window closed and returns when its lease ends: %s", job->id,
              problem->message);
  return false;
}

void agent_settle(JobRun *run)
{
  bool frozen = run->paused || run->held;
  if (frozen == run->frozen)
    return;
  run->frozen = frozen;
  if (run->child && frozen)
    child_freeze(run->child);
  else if (run->child)
    child_thaw(run->child);
}

/* With each ruling anew, whether it is another or not: an encoder may have begun its threads meanwhile (child_lower). */
static void lower(JobRun *run, bool lowered)
{
  bool was_lowered = run->lowered;
  run->lowered = lowered;
  if (run->child && lowered)
    child_lower(run->child);
  else if (run->child && was_lowered)
    child_raise(run->child);
}

/* With the run's lock held. */
static void hold(JobRun *run, bool held, const char *why)
{
  if (held != run->held) {
    run->held = held;
    run->note_due = true;
    if (held)
      run->held_since_ms = clock_monotonic_ms(run->agent->clock);
  }
  /* Another reading of the same sensor is no news for the log: what is written down is why it was frozen. */
  if (held && g_strcmp0(run->why, why) != 0) {
    g_free(run->why);
    run->why = g_strdup(why);
  }
  agent_settle(run);
  if (held && run->agent->finishing) {
    run->returns = true;
    cancel_set(run->cancel);
  }
}

void agent_apply_ruling(Agent *agent)
{
  const GovernorRuling *ruling = &agent->ruling;
  int64_t going = 0;
  for (guint i = 0; i < agent->runs->len; i++) {
    JobRun *run = agent->runs->pdata[i];
    if (!run->kind->governed)
      continue;
    const RootRuling *row = governor_ruling_of(ruling, run->job.root_id);
    bool by_row = row && row->frozen, by_slots = ruling->slots != FIELD_NULL_INT && going >= ruling->slots;
    g_mutex_lock(&run->lock);
    lower(run, ruling->lowered);
    hold(run, by_row || by_slots, by_row ? row->sentence : ruling->sentence);
    going += !run->frozen;
    g_mutex_unlock(&run->lock);
  }
}

void agent_write_note(JobRun *run)
{
  Transport *transport = run->agent->transport;
  g_mutex_lock(&run->lock);
  bool due = run->note_due && !run->lost && !run->concluding, held = run->held;
  g_autofree char *why = g_strdup(run->why);
  double minutes = (double)(clock_monotonic_ms(run->agent->clock) - run->held_since_ms) / 60000;
  run->note_due = run->note_due && !due;
  g_mutex_unlock(&run->lock);
  if (!due)
    return;
  g_autofree char *line = held ? g_strdup_printf("Frozen: %s", why) : g_strdup_printf("May go on after %.1f min.", minutes);
  g_autoptr(GError) problem = NULL;
  g_message("Job %" G_GINT64_FORMAT ": %s", run->job.id, line);
  transport->log(transport, run->job.id, "info", line);
  if (!transport->note(transport, &run->lease, held ? why : NULL, &problem))
    g_debug("Why job %" G_GINT64_FORMAT " is frozen was not kept: %s", run->job.id, problem->message);
}

void agent_govern(Agent *agent, const GovernorRuling *ruling)
{
  g_mutex_lock(&agent->lock);
  record_clear(&governor_ruling_table, &agent->ruling);
  record_copy(&governor_ruling_table, ruling, &agent->ruling);
  agent_apply_ruling(agent);
  g_mutex_unlock(&agent->lock);
}

int agent_governed(Agent *agent)
{
  g_mutex_lock(&agent->lock);
  int n = (int)count_governed(agent);
  g_mutex_unlock(&agent->lock);
  return n;
}
