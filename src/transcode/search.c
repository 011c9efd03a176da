/* Looks for the quality that holds a target score: encodes samples, compares them, and asks the pure search what to try next.
 * Test: tests/unit/transcode/test_search.c */
#include "transcode/execution.h"

#include "base/error.h"
#include "encode/promise.h"
#include "encode/sample.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <glib/gstdio.h>
#include <math.h>

const double execution_search_share = 0.1;

/* Samples stand for a film that is not looked at as a whole: they are held to a little more, so that the whole holds the floor. A
 * share of what is missing to a perfect score, because that is what places of a film differ in. */
static const double sampled_margin = 0.03;

typedef struct {
  Execution *execution;
  QualityGoal goal;
  GArray *places;
  char *output; /* of the encodes of samples */
} Search;

/* Runs one of the two programs of a trial. */
static bool run_program(Search *search, char *const *argv, int metric, double *ret_score, GError **error)
{
  Execution *execution = search->execution;
  Step step = {.runner = execution->runner, .order = execution->order, .metric = metric, .checks = metric != METRIC_OFF};
  ChildExit exit;
  bool ok = step_run(&step, argv, &exit, error);
  if (ok && !step_went_well(&step, &exit))
    ok = step_fail(&step, argv[0], &exit, error);
  if (ok && metric != METRIC_OFF && isnan(step.score))
    ok = fail(error, REEVE_ERROR_UPSTREAM, "The samples could not be compared with the source: %s", step_last_words(&step));
  if (ok && ret_score)
    *ret_score = step.score;
  step_end(&step, &execution->report->seconds);
  return ok;
}

static void show(Search *search, const char *doing)
{
  guint n = search->execution->probes->len, about = MAX(QUALITY_SEARCH_TYPICAL, n + 1);
  g_autoptr(json_t) detail = json_object();
  json_object_set_new(detail, "phase", json_string("searching"));
  json_object_set_new(detail, "probe", json_integer(n + 1));
  json_object_set_new(detail, "probes", json_integer(about));
  json_object_set_new(detail, "step", json_string(doing));
  g_autofree char *text = json_text(detail);
  double part = (n + (doing[0] == 'c' ? 0.7 : 0)) / about;
  execution_show(search->execution, part * execution_search_share, text);
}

/* Encodes the samples at a quality and compares them. */
static bool try_quality(Search *search, double quality, GError **error)
{
  Execution *execution = search->execution;
  const QualityFound on_trial = QUALITY_ON_TRIAL(quality);
  g_autoptr(EncodePlan) plan = execution_plan(execution, &on_trial, NULL);
  const SampleInput input = {.plan = plan,
                             .media = &execution->order->media,
                             .places = search->places,
                             .source = execution->order->source_path,
                             .output = search->output};
  const char *program = execution->runner->ffmpeg;
  int metric = search->goal.metric;
  g_auto(GStrv) encode = sample_encode(&input, program), compare = sample_compare(&input, metric, program);
  FileStat stat;
  QualityProbe probe = {.quality = quality};
  show(search, "encoding");
  bool ok = run_program(search, encode, METRIC_OFF, NULL, error);
  show(search, "comparing");
  ok = ok && run_program(search, compare, metric, &probe.score, error) && fs_stat(search->output, &stat, error);
  g_unlink(search->output);
  if (!ok)
    return false;
  g_array_append_val(execution->probes, probe);
  g_array_append_val(execution->bytes, stat.size_bytes);
  if (execution->runner->on_log) {
    g_autofree char *score = quality_score_text(metric, probe.score);
    g_autofree char *line = g_strdup_printf("Probe %u: quality %g gives %s %s.", execution->probes->len, quality,
                                            quality_metric_row(metric)->name, score);
    execution->runner->on_log("info", line, execution->runner->user_data);
  }
  return true;
}

static int64_t sampled_ms(const Search *search)
{
  int64_t sum = 0;
  for (guint i = 0; i < search->places->len; i++)
    sum += g_array_index(search->places, SamplePlace, i).length_ms;
  return sum;
}

static QualityFound found_at(const Search *search, size_t index)
{
  const Execution *execution = search->execution;
  const QualityProbe *probe = &g_array_index(execution->probes, QualityProbe, index);
  bool whole = sample_is_whole(search->places);
  double bytes = (double)g_array_index(execution->bytes, int64_t, index);
  if (!whole)
    bytes *= (double)execution->order->media.duration_ms / (double)sampled_ms(search);
  return (QualityFound){.quality = probe->quality,
                        .score = probe->score,
                        .video_bytes = (int64_t)bytes,
                        .probes = execution->probes->len,
                        .whole = whole};
}

static bool fail_unreachable(const Search *search, size_t index, GError **error)
{
  const Profile *profile = &search->execution->order->profile;
  const QualityProbe *probe = &g_array_index(search->execution->probes, QualityProbe, index);
  g_autofree char *floor = quality_score_text(profile->target_metric, profile->target_score);
  g_autofree char *best = quality_score_text(profile->target_metric, probe->score);
  return fail(error, REEVE_ERROR_LIMIT, "No quality holds %s %s: at %g, the best, it is %s; the file is left as it is.",
              quality_metric_row(profile->target_metric)->name, floor, probe->quality, best);
}

/* Floor and ceiling contradict each other where even the least that is predicted is too much. */
static bool check_ceiling(const Search *search, const QualityFound *found, GError **error)
{
  const TranscodeOrder *order = search->execution->order;
  g_autoptr(EncodePlan) plan = execution_plan(search->execution, found, NULL);
  int64_t bound = promise_bound(order->media.size_bytes, order->profile.min_saving_percent);
  if (plan->predicted_min_bytes <= bound)
    return true;
  g_autofree char *floor = quality_score_text(order->profile.target_metric, order->profile.target_score);
  return fail(error, REEVE_ERROR_LIMIT,
              "%s %s needs quality %g, at which the film takes about %.0f %% of its size; the profile's saving of %g %% allows "
              "%.0f %%. The file is left as it is.",
              quality_metric_row(order->profile.target_metric)->name, floor, found->quality,
              100 * (double)plan->predicted_bytes / (double)order->media.size_bytes, order->profile.min_saving_percent,
              100 - order->profile.min_saving_percent);
}

static QualityGoal goal_of(const Execution *execution, const EncodePlan *plan, bool whole)
{
  const Profile *profile = &execution->order->profile;
  const EncoderRow *encoder = encoder_find(plan->encoder);
  const QualityMetricRow *metric = quality_metric_row(profile->target_metric);
  double margin = 0;
  if (!whole) /* no more than half of what counts as hitting the floor */
    margin = profile->target_metric == METRIC_SSIM ? MIN(sampled_margin * (1 - profile->target_score), metric->tolerance / 2)
                                                   : metric->tolerance / 4;
  return (QualityGoal){
      .metric = profile->target_metric,
      .floor = quality_score_of(profile->target_metric,
                                quality_loss(profile->target_metric, profile->target_score + margin) - execution->flattery),
      .min = encoder->quality_min,
      .max = encoder->quality_max,
      .step = encoder_quality_step(encoder),
      .start = plan->quality,
  };
}

bool execution_search(Execution *execution, GError **error)
{
  const TranscodeOrder *order = execution->order;
  g_autoptr(EncodePlan) plan = execution_plan(execution, NULL, NULL);
  g_autoptr(GArray) places = sample_places(order->media.duration_ms);
  Search search = {.execution = execution,
                   .goal = goal_of(execution, plan, sample_is_whole(places)),
                   .places = places,
                   .output = g_build_filename(order->write_directory, "sample.mkv", NULL)};
  bool ok = true;
  SearchStep step;
  while (ok) {
    step = quality_search_next(&search.goal, (const QualityProbe *)(void *)execution->probes->data, execution->probes->len);
    if (step.state != SEARCH_TRY)
      break;
    ok = try_quality(&search, step.quality, error);
  }
  if (ok && step.state == SEARCH_UNREACHABLE)
    ok = fail_unreachable(&search, step.index, error);
  if (ok) {
    QualityFound found = found_at(&search, step.index);
    ok = check_ceiling(&search, &found, error);
    if (ok) {
      execution->report->found = found;
      if (execution->runner->on_found)
        execution->runner->on_found(execution->report, execution->runner->user_data);
    }
  }
  g_free(search.output);
  return ok;
}
