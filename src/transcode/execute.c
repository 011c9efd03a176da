/* Runs an order: the encoder's commands as child processes, then the check that the output decodes. Knows no database.
 * Test: tests/unit/transcode/test_execute.c */
#include "transcode/execution.h"

#include "base/error.h"
#include "encode/decode_check.h"
#include "encode/flattery.h"
#include "encode/progress.h"
#include "encode/promise.h"
#include "sys/fs.h"
#include "transcode/crop.h"
#include "wire/json.h"

#include <math.h>

/* The encode ends here in the progress bar, checking the output takes the rest. */
static const double encode_share = 0.97;

void execution_show(Execution *execution, double fraction, const char *detail_json)
{
  execution->fraction = MAX(execution->fraction, fraction);
  if (execution->runner->on_progress)
    execution->runner->on_progress(execution->fraction, detail_json, execution->runner->user_data);
}

/* The encode under way. */
typedef struct {
  Execution *execution;
  Step step;
  ProgressParser *parser;
  EncodeProgress progress;
  double begins; /* in the progress bar */
  PromiseProgress promise;
  bool broken;
} Encoding;

/* Stops the program that can no longer keep the profile's size bound. What the last pass writes counts; others write nothing. */
static bool on_output(const char *line, void *user_data)
{
  Encoding *encoding = user_data;
  Execution *execution = encoding->execution;
  EncodeProgress *progress = &encoding->progress;
  if (!progress_parser_line(encoding->parser, line, child_active_ms(encoding->step.child), progress))
    return true;
  g_autoptr(json_t) detail = json_from_record(&encode_progress_table, progress, JSON_PUBLIC);
  json_object_set_new(detail, "phase", json_string("encoding"));
  g_autofree char *text = json_text(detail);
  execution_show(execution, encoding->begins + progress->fraction * (encode_share - encoding->begins), text);
  encoding->promise.written_bytes = progress->output_bytes;
  encoding->promise.position_ms = progress->position_ms;
  encoding->broken = progress->pass == progress->passes && promise_is_broken(&encoding->promise);
  return !encoding->broken;
}

static bool run_command(Encoding *encoding, size_t index, const EncodePlan *plan, GError **error)
{
  const TranscodeRunner *runner = encoding->execution->runner;
  const TranscodeOrder *order = encoding->execution->order;
  TranscodeReport *report = encoding->execution->report;
  const char *program = plan->engine == ENGINE_HANDBRAKE ? runner->handbrake : runner->ffmpeg;
  g_autofree char *pass_log = g_build_filename(order->write_directory, "pass", NULL);
  g_auto(GStrv) argv = encode_command(plan, index, program, order->source_path, order->output_path, pass_log);
  g_autofree char *shown = g_strjoinv(" ", argv);
  if (runner->on_log)
    runner->on_log("info", shown, runner->user_data);
  encoding->step = (Step){.runner = runner, .order = order, .on_output = on_output, .user_data = encoding};
  ChildExit exit;
  bool ok = step_run(&encoding->step, argv, &exit, error);
  if (encoding->broken) {
    g_autofree char *words = promise_words(&encoding->promise, order->profile.min_saving_percent);
    g_clear_error(error);
    ok = fail(error, REEVE_ERROR_LIMIT, "%s", words);
  } else if (ok && !step_went_well(&encoding->step, &exit))
    ok = step_fail(&encoding->step, program, &exit, error);
  report->fps = encoding->progress.fps;
  g_free(report->log_tail);
  report->log_tail = tail_text(&encoding->step.tail);
  if (!ok && !encoding->broken && runner->on_log && *report->log_tail)
    runner->on_log("error", report->log_tail, runner->user_data);
  step_end(&encoding->step, &report->seconds);
  return ok;
}

bool execution_encode(Execution *execution, const EncodePlan *plan, int64_t from_ms, GError **error)
{
  const TranscodeOrder *order = execution->order;
  const StreamInfo *video = media_info_video(&order->media);
  double frame_rate = frame_rate_value(plan->frame_rate ? plan->frame_rate : video ? video->frame_rate : NULL);
  Encoding encoding = {
      .execution = execution,
      .begins = execution->fraction,
      .promise = {.bound_bytes = promise_bound(order->media.size_bytes, order->profile.min_saving_percent),
                  .duration_ms = order->media.duration_ms},
  };
  encoding.parser = progress_parser_new(plan->engine, order->media.duration_ms, frame_rate, encode_plan_passes(plan));
  progress_parser_start_at(encoding.parser, from_ms);
  bool ok = true;
  for (size_t i = 0; ok && i < plan->commands->len; i++) {
    ok = run_command(&encoding, i, plan, error);
    if (!((const PlanCommand *)plan->commands->pdata[i])->preparatory)
      progress_parser_next_pass(encoding.parser);
  }
  progress_parser_free(encoding.parser);
  return ok;
}

/* What an output is compared by: the profile's target, or SSIM where it sets a floor for it. */
static int comparing_metric(const Profile *profile)
{
  if (profile->target_metric != METRIC_OFF)
    return profile->target_metric;
  return profile->min_ssim > 0 ? METRIC_SSIM : METRIC_OFF;
}

static void note_score(Execution *execution, double score)
{
  int metric = comparing_metric(&execution->order->profile);
  if (metric == METRIC_SSIM)
    execution->report->ssim = score;
  if (execution->order->profile.target_metric != METRIC_OFF)
    execution->report->score = score;
}

bool execution_check(Execution *execution, const EncodePlan *plan, GError **error)
{
  const TranscodeOrder *order = execution->order;
  const TranscodeRunner *runner = execution->runner;
  int metric = comparing_metric(&order->profile);
  execution_show(execution, encode_share, "{\"phase\":\"checking\"}");
  const SamplePlace whole = {0};
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof whole);
  g_array_append_val(places, whole);
  const SampleInput against = {
      .plan = plan, .media = &order->media, .places = places, .source = order->source_path, .output = order->output_path};
  g_auto(GStrv) arguments = decode_check_arguments(&(DecodeCheckInput){
      .output = order->output_path,
      .against = metric != METRIC_OFF ? &against : NULL,
      .metric = metric,
      .check = order->profile.decode_check,
      .duration_ms = order->media.duration_ms,
      .actions = plan->actions,
  });
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)runner->ffmpeg);
  for (char **argument = arguments; *argument; argument++)
    g_ptr_array_add(argv, *argument);
  g_ptr_array_add(argv, NULL);
  Step step = {.runner = runner, .order = order, .metric = metric, .checks = true};
  ChildExit exit;
  bool ok = step_run(&step, (char **)argv->pdata, &exit, error);
  if (ok && (exit.exit_code != 0 || exit.signal != 0)) {
    g_autofree char *how = child_exit_describe(&exit);
    ok = fail(error, REEVE_ERROR_CORRUPT, "The output does not decode (%s): %s", how, step_last_words(&step));
  }
  if (ok && step.fault)
    ok = fail(error, REEVE_ERROR_CORRUPT, "The output is broken: %s", step.fault);
  if (ok && metric != METRIC_OFF && isnan(step.score))
    ok = fail(error, REEVE_ERROR_UPSTREAM, "The similarity to the source was asked for but ffmpeg did not report it.");
  note_score(execution, step.score);
  execution->report->decoded_clean = ok;
  step_end(&step, &execution->report->seconds);
  return ok;
}

EncodePlan *execution_plan(const Execution *execution, const QualityFound *found, const PlanPart *part)
{
  const TranscodeOrder *order = execution->order;
  const TranscodeReport *report = execution->report;
  g_autofree char *name = g_path_get_basename(order->source_path);
  return encode_plan(&(PlanInput){
      .media = &order->media,
      .profile = &order->profile,
      .capabilities = execution->runner->capabilities,
      .file_name = name,
      .age_s = G_MAXINT32,
      .link_count = 1,
      .links_allowed = true,
      .force = true,
      .exclude_family = report->failed_family == FIELD_NULL_ENUM ? NULL : enum_name(&encoder_family_table, report->failed_family),
      .crop = report->crop,
      .found = found,
      .part = part,
  });
}

/* A failure of the hardware, as opposed to one of the disk or of the person who cancelled. */
static bool may_fall_back(const TranscodeOrder *order, const EncodePlan *plan, const GError *why)
{
  const EncoderRow *encoder = plan->encoder ? encoder_find(plan->encoder) : NULL;
  ReeveErrorCode code = reeve_error_code(why);
  return encoder && encoder->family != ENCODER_CPU && order->profile.cpu_fallback &&
         (code == REEVE_ERROR_UPSTREAM || code == REEVE_ERROR_TIMEOUT);
}

EncodePlan *execution_first_plan(Execution *execution, GError **error)
{
  const TranscodeOrder *order = execution->order;
  TranscodeReport *report = execution->report;
  const QualityFound *found = quality_is_found(&order->found) ? &order->found : NULL;
  if (order->profile.crop_black_bars) {
    if (!crop_measure(execution->runner->ffmpeg, order->source_path, order->media.duration_ms, execution->runner->cancel,
                      &report->crop, error))
      return NULL;
    if (report->crop)
      return execution_plan(execution, found, NULL);
  }
  EncodePlan *plan = record_new(&encode_plan_table);
  record_clear(&encode_plan_table, plan);
  record_copy(&encode_plan_table, &order->plan, plan);
  return plan;
}

/* Finds the quality if the plan asks for it, encodes and checks. *plan becomes the one that was carried out. */
static bool carry_out(Execution *execution, EncodePlan **plan, GError **error)
{
  if ((*plan)->searches) {
    if (!execution_search(execution, error))
      return false;
    encode_plan_free(*plan);
    *plan = execution_plan(execution, &execution->report->found, NULL);
    if (execution->runner->on_log)
      execution->runner->on_log("info", (*plan)->reason, execution->runner->user_data);
  }
  return execution_encode(execution, *plan, 0, error) && execution_check(execution, *plan, error);
}

static bool with_fallback(Execution *execution, EncodePlan **plan, GError **error)
{
  TranscodeReport *report = execution->report;
  g_autoptr(GError) why = NULL;
  if (carry_out(execution, plan, &why))
    return true;
  if (!may_fall_back(execution->order, *plan, why)) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  report->failed_family = (int)encoder_find((*plan)->encoder)->family;
  report->failed_reason = g_strdup(why->message);
  report->found = (QualityFound){0}; /* another encoder has another scale */
  g_array_set_size(execution->probes, 0);
  g_array_set_size(execution->bytes, 0);
  g_autofree char *said = g_strdup_printf("%s failed, going on with the next encoder: %s", (*plan)->encoder, why->message);
  if (execution->runner->on_log)
    execution->runner->on_log("warning", said, execution->runner->user_data);
  EncodePlan *other = execution_plan(execution, NULL, NULL);
  encode_plan_free(*plan);
  *plan = other;
  if (other->decision != PLAN_ENCODE) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return carry_out(execution, plan, error);
}

/* A film whose samples were better than the whole is encoded once more, a little finer: the score that counts is that of the
 * film. What lies below the floor even then is the desk's to judge. */
static bool hold_floor(Execution *execution, EncodePlan **plan, GError **error)
{
  const TranscodeOrder *order = execution->order;
  const Profile *profile = &order->profile;
  TranscodeReport *report = execution->report;
  FileStat output;
  if (!fs_stat(order->output_path, &output, error))
    return false;
  const FlatteryInput input = {.profile = profile,
                               .found = &report->found,
                               .score = report->score,
                               .source_bytes = order->media.size_bytes,
                               .output_bytes = output.size_bytes,
                               .flattery = execution->flattery};
  if (!flattery_of(&input, &execution->flattery))
    return true;
  g_autofree char *got = quality_score_text(profile->target_metric, report->score);
  g_autofree char *said =
      g_strdup_printf("The whole film scores %s, less than its samples; once more with a finer quality.", got);
  if (execution->runner->on_log)
    execution->runner->on_log("info", said, execution->runner->user_data);
  EncodePlan *again = execution_plan(execution, NULL, NULL);
  encode_plan_free(*plan);
  *plan = again;
  return carry_out(execution, plan, error);
}

static bool in_one_run(Execution *execution, GError **error)
{
  g_autoptr(EncodePlan) plan = execution_first_plan(execution, error);
  return plan && with_fallback(execution, &plan, error) && hold_floor(execution, &plan, error);
}

bool transcode_execute(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *ret_report, GError **error)
{
  TranscodeReport report = {.ssim = NAN, .score = NAN, .found = order->found, .failed_family = FIELD_NULL_ENUM};
  g_autoptr(GArray) probes = g_array_new(FALSE, FALSE, sizeof(QualityProbe)), bytes = g_array_new(FALSE, FALSE, sizeof(int64_t));
  Execution execution = {
      .order = order, .runner = runner, .report = &report, .probes = probes, .bytes = bytes, .flattery = order->flattery};
  FileStat output = {0};
  bool joins = order->parts && order->parts->len > 0, cuts = !joins && chunk_plan_splits(&order->chunks), ok;
  if (joins)
    record_copy(&transcode_report_table, &order->so_far, &report);
  if (cuts)
    ok = execution_order_chunks(&execution, error);
  else
    ok = (joins ? execution_join(&execution, error) : in_one_run(&execution, error)) &&
         fs_stat(order->output_path, &output, error);
  if (!ok) {
    record_clear(&transcode_report_table, &report);
    return false;
  }
  report.output_bytes = output.size_bytes;
  *ret_report = report;
  return true;
}
