/* Decides whether an output replaces its source. Nothing the runner says is believed where it can be checked: the output is
 * probed again and held to the stream contract of a plan made anew. Test: tests/unit/transcode/test_desk.c */
#include "transcode/chunks.h"

#include "base/error.h"
#include "encode/contract.h"
#include "encode/flattery.h"
#include "queue/parts.h"
#include "store/record_sql.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

enum { SPACE_RETRY_MS = 60 * 1000 };

/* The journal entry of this lease that still waits for its output. */
static bool find_replacement(TranscodeDesk *desk, const LeaseRef *lease, Replacement *ret_replacement, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
  if (!conn)
    return false;
  record_init(&replacement_table, ret_replacement);
  if (replacement_of_lease(conn, lease->job_id, lease->epoch, ret_replacement, error))
    return true;
  record_clear(&replacement_table, ret_replacement);
  return false;
}

/* Gives up the replacement; what cannot be removed now is removed by the journal's recovery. */
static void abandon(TranscodeDesk *desk, Replacement *replacement, const char *reason)
{
  g_autoptr(GError) why = NULL;
  if (!replace_abort(&desk->replace, replacement, reason, &why))
    g_warning("The temporary files of job %" G_GINT64_FORMAT " will be removed later: %s", replacement->job_id, why->message);
}

/* What the output is judged to be. */
typedef enum { OUTPUT_GOOD, OUTPUT_NOT_WORTH_IT, OUTPUT_BROKEN } Judgement;

static Judgement judge(const DeskCase *it, const EncodePlan *plan, const MediaInfo *output, const TranscodeReport *report,
                       char **ret_reason)
{
  if (!report->decoded_clean) {
    *ret_reason = g_strdup("The output was not shown to decode.");
    return OUTPUT_BROKEN;
  }
  g_autoptr(GPtrArray) breaches = contract_check(&(ContractInput){
      .plan = plan, .source = it->media, .output = output, .min_saving_percent = it->profile.min_saving_percent});
  GString *text = g_string_new(NULL);
  bool only_size = true;
  for (guint i = 0; i < breaches->len; i++) {
    const ContractBreach *breach = breaches->pdata[i];
    only_size = only_size && strcmp(breach->rule, "size") == 0;
    g_string_append_printf(text, "%s%s", i ? " " : "", breach->message);
  }
  if (breaches->len > 0) {
    *ret_reason = g_string_free(text, FALSE);
    return only_size ? OUTPUT_NOT_WORTH_IT : OUTPUT_BROKEN;
  }
  g_string_free(text, TRUE);
  if (it->profile.min_ssim > 0 && !(report->ssim >= it->profile.min_ssim)) {
    *ret_reason = g_strdup_printf("The output's similarity to the source (SSIM %.4f) is below the profile's floor of %.4f.",
                                  report->ssim, it->profile.min_ssim);
    return OUTPUT_NOT_WORTH_IT;
  }
  const Profile *profile = &it->profile;
  if (profile->target_metric != METRIC_OFF && !(report->score >= profile->target_score)) {
    g_autofree char *score = quality_score_text(profile->target_metric, report->score);
    g_autofree char *floor = quality_score_text(profile->target_metric, profile->target_score);
    *ret_reason = g_strdup_printf("The output's %s is %s, below the profile's target of %s.",
                                  quality_metric_row(profile->target_metric)->name, score, floor);
    return OUTPUT_NOT_WORTH_IT;
  }
  return OUTPUT_GOOD;
}

static void add_forecast(json_t *facts, const EncodePlan *plan, const DeskCase *it, const Forecast *forecast)
{
  int resolution = (int)resolution_class(plan->width, plan->height);
  json_object_set_new(facts, "resolution", json_string(enum_name(&resolution_class_table, resolution)));
  json_object_set_new(facts, "film_ms", json_integer(it->media->duration_ms));
  json_object_set_new(facts, "predicted_bytes", json_integer(llround(forecast->bytes.likely)));
  if (isfinite(forecast->seconds.likely))
    json_object_set_new(facts, "predicted_seconds", json_real(forecast->seconds.likely));
}

/* What history keeps besides sizes and paths. */
static char *facts_text(const DeskCase *it, const EncodePlan *plan, const Forecast *forecast, const MediaInfo *output,
                        const TranscodeReport *report)
{
  const StreamInfo *before = media_info_video(it->media), *after = media_info_video(output);
  g_autoptr(json_t) facts = json_object();
  json_object_set_new(facts, "profile", json_string(it->profile.name));
  json_object_set_new(facts, "encoder", json_string(plan->encoder ? plan->encoder : ""));
  json_object_set_new(facts, "codec_before", json_string(before && before->codec ? before->codec : ""));
  json_object_set_new(facts, "codec_after", json_string(after && after->codec ? after->codec : ""));
  json_object_set_new(facts, "seconds", json_real(report->seconds));
  json_object_set_new(facts, "fps", json_real(report->fps));
  if (!isnan(report->ssim))
    json_object_set_new(facts, "ssim", json_real(report->ssim));
  if (!isnan(report->score)) {
    json_object_set_new(facts, "target_metric", json_string(enum_name(&quality_metric_table, it->profile.target_metric)));
    json_object_set_new(facts, "target_score", json_real(it->profile.target_score));
    json_object_set_new(facts, "score", json_real(report->score));
    json_object_set_new(facts, "probes", json_integer(report->found.probes));
  }
  if (report->failed_reason)
    json_object_set_new(facts, "fallback", json_string(report->failed_reason));
  add_forecast(facts, plan, it, forecast);
  json_object_set_new(facts, "plan", json_from_record(&encode_plan_table, plan, JSON_PUBLIC));
  return json_text(facts);
}

static char *result_text(const MediaInfo *source, const MediaInfo *output, const TranscodeReport *report, const char *outcome)
{
  g_autoptr(json_t) result = json_from_record(&transcode_report_table, report, JSON_PUBLIC);
  json_object_set_new(result, "outcome", json_string(outcome));
  json_object_set_new(result, "size_before_bytes", json_integer(source->size_bytes));
  if (output)
    json_object_set_new(result, "size_after_bytes", json_integer(output->size_bytes));
  return json_text(result);
}

/* One conclusion under way. */
typedef struct {
  TranscodeDesk *desk;
  const Job *job;
  const LeaseRef *lease;
  GPtrArray *parts; /* the chunks that were joined; empty: it was one run */
  const TranscodeReport *report;
  DeskCase it;
  Replacement replacement;
} Conclusion;

/* What was encoded in chunks stays until the job has ended for good, and then goes by the journal: another attempt needs no more
 * than the join. */
static void let_go(Conclusion *c, const char *reason)
{
  if (c->parts->len == 0)
    abandon(c->desk, &c->replacement, reason);
}

/* The output must not replace the source: remembered, so that it is not tried again with this version of the profile. */
static bool refuse(Conclusion *c, Judgement judgement, const MediaInfo *output, const char *reason, GError **error)
{
  bool broken = judgement == OUTPUT_BROKEN;
  abandon(c->desk, &c->replacement, reason);
  const char *code = broken ? "failed-verification" : "not-worth-it";
  if (!desk_remember(c->desk, &c->it, code, reason, error))
    return false;
  g_autofree char *result = result_text(c->it.media, output, c->report, code);
  g_autoptr(GError) cause = g_error_new_literal(REEVE_ERROR, broken ? REEVE_ERROR_CORRUPT : REEVE_ERROR_INVALID, reason);
  return desk_end_job(c->desk, c->lease, broken ? JOB_FAILED : JOB_SKIPPED, result, cause, error);
}

/* A failed step of the replacement: before the swap the original is untouched and the job may be tried again; after it the
 * journal will finish. */
static bool replacement_failed(Conclusion *c, const GError *why, GError **error)
{
  if (c->replacement.state >= REPLACEMENT_INTENT && c->replacement.state != REPLACEMENT_ABORTED) {
    g_warning("The replacement of %s will be finished from the journal: %s", c->it.file.path, why->message);
    return fail(error, REEVE_ERROR_UNAVAILABLE, "The replacement of %s will be finished from the journal: %s", c->it.file.path,
                why->message);
  }
  let_go(c, why->message);
  if (reeve_error_code(why) == REEVE_ERROR_NO_SPACE)
    return queue_give_back(c->desk->replace.queue, c->lease, why->message, clock_now_ms(c->desk->replace.clock) + SPACE_RETRY_MS,
                           error);
  return desk_end_job(c->desk, c->lease, JOB_FAILED, NULL, why, error);
}

/* What would have been said of it before the work: by a plan that knows nothing of a search. */
static bool foretell(Conclusion *c, const CapabilitySet *capabilities, Forecast *ret_forecast, GError **error)
{
  DeskPlanOptions options = desk_options_of(c->report);
  options.found = NULL;
  options.forgets = true;
  g_autoptr(EncodePlan) plan = desk_case_plan(c->desk, &c->it, capabilities, &options, error);
  return plan && desk_forecast(c->desk, &c->it, plan, ret_forecast, error);
}

static bool accept(Conclusion *c, const EncodePlan *plan, const CapabilitySet *capabilities, const MediaInfo *output,
                   GError **error)
{
  g_autoptr(GError) why = NULL;
  Forecast forecast;
  if (!foretell(c, capabilities, &forecast, error))
    return false;
  g_autofree char *facts = facts_text(&c->it, plan, &forecast, output, c->report);
  g_autofree char *result = result_text(c->it.media, output, c->report, "replaced");
  int64_t history_id = 0;
  if (!replace_verified(&c->desk->replace, &c->replacement, facts, &why) ||
      !replace_commit(&c->desk->replace, &c->replacement,
                      &(ReplaceCommit){.media = output, .lease = c->lease, .job_result = result}, &history_id, &why))
    return replacement_failed(c, why, error);
  queue_publish(c->desk->replace.queue, c->lease->job_id);
  return true;
}

/* The plan that the runner carried out. */
static EncodePlan *plan_again(Conclusion *c, const CapabilitySet *capabilities, GError **error)
{
  DeskPlanOptions options = desk_options_of(c->report);
  return desk_case_plan(c->desk, &c->it, capabilities, &options, error);
}

/* What is wrong with the joined film; NULL: nothing, or it is none. */
static char *fault_of_join(Conclusion *c, const GError *unreadable)
{
  if (c->parts->len == 0)
    return NULL;
  return unreadable ? g_strdup(unreadable->message) : chunks_fault(c->desk, c->parts, c->it.file.path, c->replacement.stage_path);
}

/* A joined film that misses its target is encoded once more, a little finer, as one run does by itself (execute.c). How much
 * finer goes along, so that nothing is encoded again at the quality that missed. */
static bool encode_again(Conclusion *c, const MediaInfo *output, const char *reason, bool *ret_again, GError **error)
{
  TranscodePayload payload;
  if (!desk_payload(c->job, &payload, error))
    return false;
  *ret_again = flattery_of(&(FlatteryInput){.profile = &c->it.profile,
                                            .found = &c->report->found,
                                            .score = c->report->score,
                                            .source_bytes = c->it.media->size_bytes,
                                            .output_bytes = output->size_bytes,
                                            .flattery = payload.flattery},
                           &payload.flattery);
  return !*ret_again || chunks_again(c->desk, c->job, c->lease, &c->replacement, &payload, reason, error);
}

static bool conclude_output(Conclusion *c, const CapabilitySet *capabilities, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(MediaInfo) output = probe_file(c->desk->scan->probes, c->replacement.stage_path, NULL, &why);
  g_autofree char *fault = fault_of_join(c, why);
  if (fault)
    return chunks_give_up(c->desk, c->job, c->lease, &c->replacement, fault, error);
  if (!output) {
    g_autofree char *reason = g_strdup_printf("The output cannot be read back: %s", why->message);
    return refuse(c, OUTPUT_BROKEN, NULL, reason, error);
  }
  g_autoptr(EncodePlan) plan = plan_again(c, capabilities, error);
  if (!plan)
    return false;
  g_autofree char *reason = NULL;
  Judgement judgement = judge(&c->it, plan, output, c->report, &reason);
  if (c->parts->len > 0 && judgement == OUTPUT_BROKEN)
    return chunks_give_up(c->desk, c->job, c->lease, &c->replacement, reason, error);
  bool again = false;
  if (c->parts->len > 0 && judgement == OUTPUT_NOT_WORTH_IT && !encode_again(c, output, reason, &again, error))
    return false;
  if (again)
    return true;
  return judgement == OUTPUT_GOOD ? accept(c, plan, capabilities, output, error) : refuse(c, judgement, output, reason, error);
}

static bool conclude_split(Conclusion *c, const CapabilitySet *capabilities, GError **error)
{
  g_autoptr(EncodePlan) plan = plan_again(c, capabilities, error);
  return plan && chunks_split(c->desk, c->lease, &c->it, plan, c->report, error);
}

/* The runner could not do it. */
static bool conclude_failure(Conclusion *c, const GError *execution, GError **error)
{
  if (c->parts->len > 0 && reeve_error_code(execution) == REEVE_ERROR_CORRUPT)
    return chunks_give_up(c->desk, c->job, c->lease, &c->replacement, execution->message, error);
  let_go(c, execution->message);
  switch (reeve_error_code(execution)) {
  case REEVE_ERROR_CANCELLED:
    return desk_end_job(c->desk, c->lease, JOB_CANCELLED, NULL, execution, error);
  case REEVE_ERROR_NO_SPACE:
    return queue_give_back(c->desk->replace.queue, c->lease, execution->message,
                           clock_now_ms(c->desk->replace.clock) + SPACE_RETRY_MS, error);
  default:
    return desk_end_job(c->desk, c->lease, JOB_FAILED, NULL, execution, error);
  }
}

/* The runner saw before the end that it would not be worth it. */
static bool conclude_hopeless(Conclusion *c, const GError *execution, GError **error)
{
  return refuse(c, OUTPUT_NOT_WORTH_IT, NULL, execution->message, error);
}

bool transcode_conclude(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const CapabilitySet *capabilities,
                        const TranscodeReport *report, const GError *execution, GError **error)
{
  Conclusion c = {.desk = desk, .job = job, .lease = lease, .report = report};
  g_autoptr(GPtrArray) parts = c.parts = queue_parts(desk->replace.queue, job->id, error);
  if (!parts || !find_replacement(desk, lease, &c.replacement, error))
    return false;
  TranscodePayload payload;
  g_autoptr(GError) why = NULL;
  bool ok;
  bool is_hopeless = execution && reeve_error_code(execution) == REEVE_ERROR_LIMIT;
  if (execution && !is_hopeless)
    ok = conclude_failure(&c, execution, error);
  else if (!desk_payload(job, &payload, &why) || !desk_case_load(desk, payload.file_id, payload.profile_id, &c.it, &why))
    ok = replacement_failed(&c, why, error);
  else if (report->chunks && report->chunks->len > 0)
    ok = conclude_split(&c, capabilities, error);
  else
    ok = is_hopeless ? conclude_hopeless(&c, execution, error) : conclude_output(&c, capabilities, error);
  desk_case_clear(&c.it);
  record_clear(&replacement_table, &c.replacement);
  return ok;
}

bool transcode_return(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const char *waiting, GError **error)
{
  Replacement replacement;
  g_autoptr(GError) why = NULL;
  g_autoptr(GPtrArray) parts = queue_parts(desk->replace.queue, job->id, error);
  if (!parts)
    return false;
  if (find_replacement(desk, lease, &replacement, &why)) {
    if (parts->len == 0)
      abandon(desk, &replacement, waiting ? waiting : "The job went back to the queue.");
    record_clear(&replacement_table, &replacement);
  } else if (reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return queue_give_back(desk->replace.queue, lease, waiting, 0, error);
}
