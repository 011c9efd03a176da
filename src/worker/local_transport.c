/* Turns the worker's calls into calls of the desk. Test: tests/unit/worker/test_agent.c */
#include "worker/local_transport.h"

#include "base/error.h"
#include "convert/conversions.h"
#include "wire/json.h"

#include <string.h>

typedef struct {
  Transport transport; /* first: a Transport * is a LocalTransport * */
  LocalTransportParams params;
} LocalTransport;

static bool is_transcode(const Job *job)
{
  return strcmp(job->kind, "transcode") == 0;
}

static bool is_chunk(const Job *job)
{
  return strcmp(job->kind, "chunk") == 0;
}

/* The capability words of this process: its encoders once they are known, and always what only a process beside the database, or
 * beside its own files, can do. */
static char **words_for(LocalTransport *local, const char *const *kinds, GError **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  g_autofree char *place = g_strconcat(QUEUE_PLACE_WORD, local->params.name, NULL);
  g_strv_builder_add(builder, "server");
  g_strv_builder_add(builder, place);
  if (g_strv_contains(kinds, "transcode")) {
    const CapabilitySet *set = abilities_wait(local->params.abilities, local->params.cancel, error);
    if (!set)
      return NULL;
    g_auto(GStrv) encoders = capability_words(set);
    g_strv_builder_addv(builder, (const char **)encoders);
  }
  return g_strv_builder_end(builder);
}

/* The same for a chunk of a film, whose order is its payload. */
static bool prepare_chunk(LocalTransport *local, const Job *job, char **ret_order, GError **error)
{
  LeaseRef lease = {.job_id = job->id, .owner = local->params.name, .epoch = job->lease_epoch};
  PrepareResult result;
  if (!transcode_prepare_chunk(local->params.desk, job, &lease, &result, error))
    return false;
  if (result == PREPARE_RUN)
    *ret_order = g_strdup(job->payload);
  return true;
}

/* Makes a claimed transcode ready to run. *ret_order stays NULL if the plan ended the job. */
static bool prepare(LocalTransport *local, const Job *job, char **ret_order, GError **error)
{
  const CapabilitySet *set = abilities_wait(local->params.abilities, local->params.cancel, error);
  if (!set)
    return false;
  LeaseRef lease = {.job_id = job->id, .owner = local->params.name, .epoch = job->lease_epoch};
  TranscodeOrder order = {0};
  PrepareResult result;
  if (!transcode_prepare(local->params.desk, job, &lease, set, &order, &result, error))
    return false;
  if (result == PREPARE_RUN) {
    g_autoptr(json_t) json = json_from_record(&transcode_order_table, &order, JSON_FULL);
    *ret_order = json_text(json);
    record_clear(&transcode_order_table, &order);
  }
  return true;
}

static bool local_claim(Transport *transport, const char *const *kinds, const QueueBar *bar, Job *ret_job, char **ret_order,
                        bool *ret_found, GError **error)
{
  LocalTransport *local = (LocalTransport *)transport;
  g_autoptr(GError) unable = NULL;
  g_auto(GStrv) words = words_for(local, kinds, &unable);
  if (!words && reeve_error_code(unable) == REEVE_ERROR_NOT_FOUND) {
    *ret_found = false; /* no ffmpeg: said once when it was looked for; transcodes wait */
    return true;
  }
  if (!words) {
    g_propagate_error(error, g_steal_pointer(&unable));
    return false;
  }
  for (;;) {
    bool found = false;
    if (!queue_claim_but(local->params.queue, local->params.name, kinds, (const char *const *)words, bar, ret_job, &found, error))
      return false;
    *ret_found = found;
    if (!found)
      return true;
    if (!is_transcode(ret_job) && !is_chunk(ret_job)) {
      *ret_order = g_strdup(ret_job->payload);
      return true;
    }
    char *order = NULL;
    g_autoptr(GError) why = NULL;
    if (is_chunk(ret_job) ? !prepare_chunk(local, ret_job, &order, &why) : !prepare(local, ret_job, &order, &why)) {
      /* The desk's own trouble: the job goes back and is tried again later. */
      LeaseRef lease = {.job_id = ret_job->id, .owner = local->params.name, .epoch = ret_job->lease_epoch};
      g_autoptr(GError) ignored = NULL;
      if (!transport->give_back(transport, ret_job, &lease, why->message, &ignored))
        g_debug("Job %" G_GINT64_FORMAT " returns when its lease ends: %s", ret_job->id, ignored->message);
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    if (order) {
      *ret_order = order;
      return true;
    }
    record_clear(&job_table, ret_job);
    record_init(&job_table, ret_job);
  }
}

static bool local_renew(Transport *transport, const LeaseRef *lease, double progress, const char *detail,
                        JobDirective *ret_directive, GError **error)
{
  return queue_renew(((LocalTransport *)transport)->params.queue, lease, progress, detail, ret_directive, error);
}

static bool local_note(Transport *transport, const LeaseRef *lease, const char *waiting, GError **error)
{
  return queue_note(((LocalTransport *)transport)->params.queue, lease, waiting, error);
}

static void local_log(Transport *transport, int64_t job_id, const char *level, const char *message)
{
  g_autoptr(GError) why = NULL;
  if (!queue_log(((LocalTransport *)transport)->params.queue, job_id, level, message, &why))
    g_warning("A line of the log of job %" G_GINT64_FORMAT " was not kept (%s): %s", job_id, why->message, message);
}

/* Into one that was initialised. */
static bool read_report(const char *text, TranscodeReport *report, GError **error)
{
  g_autoptr(json_t) json = json_parse(text, strlen(text), error);
  return json && json_to_record(&transcode_report_table, json, JSON_TRUSTED, report, NULL, error);
}

static void local_keep(Transport *transport, const Job *job, const char *text)
{
  LocalTransport *local = (LocalTransport *)transport;
  g_autoptr(GError) why = NULL;
  TranscodeReport report = {0};
  record_init(&transcode_report_table, &report);
  const CapabilitySet *set = abilities_wait(local->params.abilities, local->params.cancel, &why);
  if (!set || !read_report(text, &report, &why) || !transcode_keep_found(local->params.desk, job, set, &report, &why))
    g_warning("What was found for job %" G_GINT64_FORMAT " is not kept, another attempt looks for it anew: %s", job->id,
              why->message);
  record_clear(&transcode_report_table, &report);
}

static bool conclude_transcode(LocalTransport *local, const Job *job, const LeaseRef *lease, const char *text,
                               const GError *execution, GError **error)
{
  const CapabilitySet *set = abilities_wait(local->params.abilities, local->params.cancel, error);
  if (!set)
    return false;
  TranscodeReport report = {0};
  record_init(&transcode_report_table, &report);
  bool ok = (execution || read_report(text, &report, error)) &&
            transcode_conclude(local->params.desk, job, lease, set, &report, execution, error);
  record_clear(&transcode_report_table, &report);
  return ok;
}

static bool conclude_chunk(LocalTransport *local, const Job *job, const LeaseRef *lease, const char *text,
                           const GError *execution, GError **error)
{
  ChunkResult result = {0};
  record_init(&chunk_result_table, &result);
  bool ok = true;
  if (!execution) {
    g_autoptr(json_t) json = json_parse(text, strlen(text), error);
    ok = json && json_to_record(&chunk_result_table, json, JSON_TRUSTED, &result, NULL, error);
  }
  ok = ok && transcode_conclude_chunk(local->params.desk, job, lease, &result, execution, error);
  record_clear(&chunk_result_table, &result);
  return ok;
}

/* An undo that went through has ended its job in the transaction that committed it. One that stopped in the middle is left to the
 * journal's recovery, which ends the job when it has finished the swap: a verdict now would be a guess. */
static bool conclude_undo(LocalTransport *local, const Job *job, const GError *execution, GError **error)
{
  queue_publish(local->params.queue, job->id);
  return !execution || fail(error, REEVE_ERROR_INTERNAL, "The journal will finish it: %s", execution->message);
}

static bool local_conclude(Transport *transport, const Job *job, const LeaseRef *lease, const char *report,
                           const GError *execution, GError **error)
{
  LocalTransport *local = (LocalTransport *)transport;
  if (is_transcode(job))
    return conclude_transcode(local, job, lease, report, execution, error);
  if (strcmp(job->kind, CONVERT_JOB) == 0)
    return conversion_conclude(local->params.conversions, lease, report, execution, error);
  if (is_chunk(job))
    return conclude_chunk(local, job, lease, report, execution, error);
  if (strcmp(job->kind, "undo") == 0 && (!execution || reeve_error_code(execution) == REEVE_ERROR_UNAVAILABLE))
    return conclude_undo(local, job, execution, error);
  JobOutcome outcome = {.state = JOB_DONE, .result = report};
  if (execution) {
    outcome.state = reeve_error_code(execution) == REEVE_ERROR_CANCELLED ? JOB_CANCELLED : JOB_FAILED;
    outcome.cause = execution;
  }
  return queue_finish(local->params.queue, lease, &outcome, error);
}

static bool local_give_back(Transport *transport, const Job *job, const LeaseRef *lease, const char *waiting, GError **error)
{
  LocalTransport *local = (LocalTransport *)transport;
  return is_transcode(job) ? transcode_return(local->params.desk, job, lease, waiting, error)
                           : queue_give_back(local->params.queue, lease, waiting, 0, error);
}

static bool local_put_down(Transport *transport, const LeaseRef *lease, GError **error)
{
  return queue_put_down(((LocalTransport *)transport)->params.queue, lease, error);
}

static uint64_t local_generation(Transport *transport)
{
  return queue_generation(((LocalTransport *)transport)->params.queue);
}

static void local_wait(Transport *transport, uint64_t seen, Cancel *cancel, int timeout_ms)
{
  queue_wait(((LocalTransport *)transport)->params.queue, seen, cancel, timeout_ms);
}

static void local_free(Transport *transport)
{
  g_free(transport);
}

Transport *local_transport_new(const LocalTransportParams *params)
{
  LocalTransport *local = g_new0(LocalTransport, 1);
  local->params = *params;
  local->transport = (Transport){.claim = local_claim,
                                 .renew = local_renew,
                                 .note = local_note,
                                 .log = local_log,
                                 .keep = local_keep,
                                 .conclude = local_conclude,
                                 .give_back = local_give_back,
                                 .put_down = local_put_down,
                                 .generation = local_generation,
                                 .wait = local_wait,
                                 .free = local_free};
  return &local->transport;
}
