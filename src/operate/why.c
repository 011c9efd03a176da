/* Decides which reasons keep a job from running, and in which order they are told. Test: tests/unit/operate/test_why.c */
#include "operate/why.h"

#include "convert/conversions.h"
#include "store/record_sql.h"
#include "store/work.h"

#include <inttypes.h>
#include <string.h>

static const EnumRow code_rows[] = {
    {WHY_ENDED, "ended", "It has ended"},
    {WHY_HELD, "held", "Somebody must approve it"},
    {WHY_PAUSED, "paused", "Somebody paused it"},
    {WHY_RUNNING, "running", "It runs"},
    {WHY_LATER, "later", "It is tried at a later time"},
    {WHY_PARTS, "parts", "The jobs that it is split into are not done"},
    {WHY_ROOT, "root", "Its root is frozen"},
    {WHY_NO_WORKER, "no-worker", "No worker has reported of late"},
    {WHY_ABILITY, "ability", "A worker lacks a program or an encoder for it"},
    {WHY_NO_SLOTS, "no-slots", "A worker runs no jobs of its kind"},
    {WHY_NO_SLOT_FREE, "no-slot-free", "A worker is busy with others"},
    {WHY_SCHEDULE, "schedule", "A schedule is closed"},
    {WHY_OVERRIDE, "override", "Somebody holds all work"},
    {WHY_LIMIT, "limit", "A limit of the machine is exceeded"},
    {WHY_NEXT, "next", "Nothing keeps it but what comes before it"},
};
const EnumTable why_code_table = ENUM_TABLE("WhyCode", code_rows);

static const Field reason_fields[] = {
    FIELD_ENUM(WhyReason, code, why_code_table, .help = "Kind of reason."),
    FIELD_TEXT(WhyReason, sentence, .help = "The reason, with the rule and its values."),
    FIELD_TEXT(WhyReason, worker, .flags = FIELD_NULLABLE, .help = "The worker that it holds for; null: all."),
    FIELD_INT(WhyReason, until_ms, .flags = FIELD_NULLABLE, .help = "When it may be over, in ms since 1970; null: not known."),
};
static const FieldTable reason_table = FIELD_TABLE(WhyReason, "WhyReason", NULL, reason_fields);

static const Field why_fields[] = {
    FIELD_INT(JobWhy, job, .help = "Number of the job."),
    FIELD_ENUM(JobWhy, state, job_state_table, .help = "Its state."),
    FIELD_BOOL(JobWhy, runs, .help = "Whether it is worked on right now."),
    FIELD_RECORDS(JobWhy, reasons, reason_table, .help = "Why not, what matters most first; or that it does."),
};
const FieldTable job_why_table = FIELD_TABLE(JobWhy, "JobWhy", NULL, why_fields);

G_GNUC_PRINTF(5, 6)
static void add(JobWhy *why, WhyCode code, const char *worker, int64_t until_ms, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  WhyReason *reason = record_new(&reason_table);
  reason->code = (int)code;
  reason->sentence = (g_free(reason->sentence), g_strdup_vprintf(format, arguments));
  reason->worker = g_strdup(worker);
  reason->until_ms = until_ms;
  va_end(arguments);
  g_ptr_array_add(why->reasons, reason);
}

static const GovernorState *state_of(const GPtrArray *states, const char *worker)
{
  for (guint i = 0; i < states->len; i++)
    if (g_strcmp0(((const GovernorState *)states->pdata[i])->worker, worker) == 0)
      return states->pdata[i];
  return NULL;
}

/* Chunks of films take their turn with the films. */
static const WorkerSlots *slots_of(const GovernorState *state, const char *job_kind)
{
  const char *kind = strcmp(job_kind, "chunk") == 0 ? "transcode" : job_kind;
  for (guint i = 0; state && state->slots && i < state->slots->len; i++)
    if (g_strcmp0(((const WorkerSlots *)state->slots->pdata[i])->kind, kind) == 0)
      return state->slots->pdata[i];
  return NULL;
}

static WhyCode code_of_rule(int rule)
{
  return rule == RULE_SCHEDULE ? WHY_SCHEDULE : rule == RULE_OVERRIDE ? WHY_OVERRIDE : WHY_LIMIT;
}

/* A limit may change at any moment; its row's edge is a schedule's. */
static int64_t until_of(const RootRuling *row)
{
  return row->rule == RULE_LIMIT ? FIELD_NULL_INT : row->edge_ms;
}

/* --- a job that a worker has --- */

static void explain_running(const Job *job, const GPtrArray *states, JobWhy *why)
{
  const GovernorState *state = state_of(states, job->lease_owner);
  const RootRuling *row = state ? governor_ruling_of(&state->ruling, job->root_id) : NULL;
  why->runs = !job->waiting;
  if (job->waiting)
    add(why, row && !row->may_start ? code_of_rule(row->rule) : WHY_LIMIT, job->lease_owner,
        row && !row->may_start ? until_of(row) : FIELD_NULL_INT, "%s",
        row && !row->may_start && row->sentence ? row->sentence : job->waiting);
  else
    add(why, WHY_RUNNING, job->lease_owner, FIELD_NULL_INT, "It runs on %s, attempt %" PRId64 " of %" PRId64 ".",
        job->lease_owner ? job->lease_owner : "a worker", job->attempts, job->max_attempts);
  const WorkerSlots *slots = slots_of(state, job->kind);
  if (!job->waiting && state && state->ruling.lowered && slots && slots->governed)
    add(why, WHY_LIMIT, job->lease_owner, FIELD_NULL_INT, "It has less of the machine: %s",
        state->ruling.sentence ? state->ruling.sentence : "a limit is exceeded.");
}

/* --- a job that waits for its turn --- */

/* What the worker cannot do, as a sentence; NULL: nothing. What only a process beside the database can do, every one of those
 * that report can. The caller frees it. */
static char *missing_ability(const Job *job, const GovernorState *state)
{
  for (char **need = job->needs; need && *need; need++) {
    bool placed = g_str_has_prefix(*need, QUEUE_PLACE_WORD);
    const char *place = placed ? *need + strlen(QUEUE_PLACE_WORD) : NULL;
    if (placed && strcmp(place, state->worker) == 0)
      continue;
    if (placed)
      return g_strdup_printf("Its files lie with %s, and only that server can reach them.", place);
    if (strcmp(*need, "server") == 0 || (state->abilities && g_strv_contains((const char *const *)state->abilities, *need)))
      continue;
    if (state->trying)
      return g_strdup_printf("%s is still trying its encoders; the job needs %s.", state->worker, *need);
    if (g_str_has_prefix(*need, "encoder:"))
      return g_strdup_printf(
          "%s cannot encode with %s, which the job needs: ffmpeg there lacks it, or it failed when it was tried.", state->worker,
          *need + strlen("encoder:"));
    return g_strdup_printf("%s has no working %s, which the job needs; install it there.", state->worker, *need);
  }
  return NULL;
}

static const char *slots_setting(const char *kind)
{
  if (strcmp(kind, "transcode") == 0)
    return ": the setting encode_slots is 0";
  return strcmp(kind, CONVERT_JOB) == 0 ? ": the setting convert_slots is 0" : "";
}

/* Why this worker does not take it; true if it would. */
static bool explain_worker(const Job *job, const GovernorState *state, JobWhy *why)
{
  const WorkerSlots *slots = slots_of(state, job->kind);
  const RootRuling *row = slots && slots->governed ? governor_ruling_of(&state->ruling, job->root_id) : NULL;
  g_autofree char *missing = missing_ability(job, state);
  if (missing && !state->trying) {
    add(why, WHY_ABILITY, state->worker, FIELD_NULL_INT, "%s", missing);
  } else if (!slots || slots->slots == 0) {
    add(why, WHY_NO_SLOTS, state->worker, FIELD_NULL_INT, "%s runs no jobs of the kind %s%s.", state->worker, job->kind,
        slots_setting(job->kind));
  } else if (row && !row->may_start) {
    add(why, code_of_rule(row->rule), state->worker, until_of(row), "%s",
        row->sentence ? row->sentence : "The governor holds it back.");
  } else if (missing) { /* that passes by itself, which a schedule does not */
    add(why, WHY_ABILITY, state->worker, FIELD_NULL_INT, "%s", missing);
  } else if (slots->busy >= slots->slots) {
    add(why, WHY_NO_SLOT_FREE, state->worker, FIELD_NULL_INT,
        "%s runs %" PRId64 " of %" PRId64 " jobs of the kind %s that it may run "
        "at once.",
        state->worker, slots->busy, slots->slots, job->kind);
  } else {
    return true;
  }
  return false;
}

static char *time_text(int64_t at_ms)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at_ms / 1000);
  return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup("a time that no calendar has");
}

static void explain_later(const Job *job, JobWhy *why)
{
  g_autofree char *when = time_text(job->run_after_ms);
  const char *cause = job->waiting ? job->waiting : job->error;
  if (job->error && job->attempts > 0)
    add(why, WHY_LATER, NULL, job->run_after_ms, "Attempt %" PRId64 " of %" PRId64 " failed, the next is at %s: %s",
        job->attempts, job->max_attempts, when, job->error);
  else
    add(why, WHY_LATER, NULL, job->run_after_ms, "It is looked at again at %s%s%s", when, cause ? ": " : ".", cause ? cause : "");
}

static void explain_pending(const Job *job, const Root *root, const GPtrArray *states, int64_t now_ms, JobWhy *why)
{
  if (job->run_after_ms > now_ms)
    explain_later(job, why);
  if (root && root->state == ROOT_FROZEN)
    add(why, WHY_ROOT, NULL, FIELD_NULL_INT, "The root %s is frozen, so the job would fail: %s", root->path,
        root->frozen_reason ? root->frozen_reason : "somebody must look at it.");
  if (states->len == 0)
    add(why, WHY_NO_WORKER, NULL, FIELD_NULL_INT,
        "No worker has reported in the last three minutes; see whether `reeve serve` runs.");
  bool taken = false;
  guint before = why->reasons->len;
  for (guint i = 0; i < states->len; i++)
    taken = explain_worker(job, states->pdata[i], why) || taken;
  /* One worker that would take it is all it needs. */
  if (taken)
    g_ptr_array_set_size(why->reasons, (int)before);
  if (taken && before == 0)
    add(why, WHY_NEXT, NULL, FIELD_NULL_INT,
        "Nothing keeps it: it starts as soon as a worker looks, in a moment, after those that come before it in the queue.");
}

void job_why(const Job *job, const Root *root, const GPtrArray *states, int64_t now_ms, JobWhy *ret_why)
{
  *ret_why = (JobWhy){.job = job->id, .state = job->state, .reasons = records_new(&reason_table)};
  switch ((JobState)job->state) {
  case JOB_HELD:
    add(ret_why, WHY_HELD, NULL, FIELD_NULL_INT, "%s", job->waiting ? job->waiting : "It is held until somebody releases it.");
    break;
  case JOB_PAUSED:
    add(ret_why, WHY_PAUSED, job->lease_owner, FIELD_NULL_INT, "Somebody paused it%s; it goes on when it is resumed.",
        job->lease_owner ? ", and its work is frozen" : "");
    break;
  case JOB_RUNNING:
    explain_running(job, states, ret_why);
    break;
  case JOB_PENDING:
    explain_pending(job, root, states, now_ms, ret_why);
    break;
  default:
    add(ret_why, WHY_ENDED, NULL, FIELD_NULL_INT, "It is %s%s%s", enum_name(&job_state_table, job->state),
        job->error ? ": " : ".", job->error ? job->error : "");
    break;
  }
}

bool job_why_read(DbConn *conn, int64_t job_id, Warden *own, int64_t now_ms, JobWhy *ret_why, GError **error)
{
  g_autoptr(Job) job = record_new(&job_table);
  g_autoptr(Root) root = record_new(&root_table);
  if (!record_get(conn, &job_table, job_id, job, error) ||
      (job->root_id != FIELD_NULL_INT && !record_get(conn, &root_table, job->root_id, root, error)))
    return false;
  g_autoptr(GPtrArray) states = governor_states(conn, own, now_ms, error);
  if (!states)
    return false;
  int64_t parts = 0;
  if (!work_count_parts(conn, job_id, &parts, error))
    return false;
  job_why(job, job->root_id == FIELD_NULL_INT ? NULL : root, states, now_ms, ret_why);
  if (job->state == JOB_PENDING && parts > 0) {
    g_ptr_array_set_size(ret_why->reasons, 0);
    add(ret_why, WHY_PARTS, NULL, FIELD_NULL_INT, "It waits for the jobs that it is split into. %s",
        job->waiting ? job->waiting : "");
  }
  return true;
}
