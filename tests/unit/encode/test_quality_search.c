/* The search on curves of every kind: src/encode/quality_search.c. */
#include "encode/quality_search.h"

#include <math.h>
#include <stdlib.h>

/* A film: the score of a quality is 1 - scale * exp(slope * quality), with noise and a floor under what is lost. */
typedef struct {
  const char *name;
  double at_20, slope; /* SSIM at 20, growth of what is missing */
  double noise;        /* amplitude, the same for the same quality */
  double best;         /* no quality gives more */
} Curve;

static double score_of(const Curve *curve, double quality)
{
  double missing = (1 - curve->at_20) * exp(curve->slope * (quality - 20));
  double noise = curve->noise * sin(quality * 12.9898 + curve->at_20 * 78.233);
  return MIN(MAX(1 - missing + noise, 0), curve->best);
}

static SearchStep run(const QualityGoal *goal, const Curve *curve, QualityProbe *probes, size_t *ret_n)
{
  for (*ret_n = 0;; (*ret_n)++) {
    SearchStep step = quality_search_next(goal, probes, *ret_n);
    if (step.state != SEARCH_TRY)
      return step;
    g_assert_cmpuint(*ret_n, <, QUALITY_SEARCH_MOST);
    g_assert_cmpfloat(step.quality, >=, goal->min);
    g_assert_cmpfloat(step.quality, <=, goal->max);
    double steps = (step.quality - goal->min) / goal->step;
    g_assert_cmpfloat(fabs(steps - round(steps)), <, 1e-6);
    for (size_t i = 0; i < *ret_n; i++)
      g_assert_cmpfloat(fabs(probes[i].quality - step.quality), >, goal->step / 2); /* nothing is tried twice */
    probes[*ret_n] = (QualityProbe){step.quality, score_of(curve, step.quality)};
  }
}

static const QualityGoal x265 = {.metric = METRIC_SSIM, .floor = 0.97, .max = 51, .step = 0.25, .start = 22};
static const QualityGoal svt = {.metric = METRIC_SSIM, .floor = 0.97, .max = 63, .step = 1, .start = 30};

static void test_curves(void)
{
  static const Curve curves[] = {
      {"film", 0.985, 0.11, 0, 1},           {"grain", 0.93, 0.07, 0, 1},
      {"drawn", 0.996, 0.09, 0, 1},          {"steep", 0.98, 0.2, 0, 1},
      {"flat", 0.975, 0.02, 0, 1},           {"noisy", 0.985, 0.11, 0.0005, 1},
      {"noisy flat", 0.975, 0.03, 0.001, 1}, {"capped", 0.985, 0.11, 0, 0.9712},
      {"clean", 0.9999, 0.1, 0, 1},
  };
  static const double floors[] = {0.9, 0.95, 0.97};
  const QualityGoal *goals[] = {&x265, &svt};
  int counts[G_N_ELEMENTS(curves) * G_N_ELEMENTS(floors) * 2], n_counts = 0;
  for (size_t c = 0; c < G_N_ELEMENTS(curves); c++)
    for (size_t f = 0; f < G_N_ELEMENTS(floors); f++)
      for (size_t g = 0; g < 2; g++) {
        QualityGoal goal = *goals[g];
        goal.floor = floors[f];
        QualityProbe probes[QUALITY_SEARCH_MOST + 1];
        size_t n;
        SearchStep step = run(&goal, &curves[c], probes, &n);
        if (step.state != SEARCH_FOUND || score_of(&curves[c], step.quality) < goal.floor)
          g_error("%s at %g: %d, quality %g", curves[c].name, goal.floor, step.state, step.quality);
        g_assert_cmpfloat(probes[step.index].quality, ==, step.quality);
        double coarser = score_of(&curves[c], step.quality + goal.step);
        bool near = score_of(&curves[c], step.quality) <= goal.floor + 0.004;
        bool step_is_long = coarser < goal.floor, at_end = step.quality >= goal.max;
        if (!near && !step_is_long && !at_end)
          g_error("%s at %g: quality %g scores %g", curves[c].name, goal.floor, step.quality, score_of(&curves[c], step.quality));
        counts[n_counts++] = (int)n;
      }
  for (int i = 1; i < n_counts; i++) /* in order */
    for (int k = i; k > 0 && counts[k] < counts[k - 1]; k--) {
      int swapped = counts[k];
      counts[k] = counts[k - 1];
      counts[k - 1] = swapped;
    }
  g_assert_cmpint(counts[n_counts / 2], <=, QUALITY_SEARCH_TYPICAL);
}

static void test_unreachable(void)
{
  static const Curve poor = {"poor", 0.9, 0.1, 0, 0.96}, lost = {"lost", 0, 0, 0, 0};
  const Curve *curves[] = {&poor, &lost};
  for (size_t i = 0; i < G_N_ELEMENTS(curves); i++) {
    QualityProbe probes[QUALITY_SEARCH_MOST + 1];
    size_t n;
    SearchStep step = run(&x265, curves[i], probes, &n);
    g_assert_cmpint(step.state, ==, SEARCH_UNREACHABLE);
    g_assert_cmpfloat(step.quality, ==, 0);
    g_assert_cmpuint(n, <=, 6);
  }
}

/* What is tried next, and when it ends, after trials that are given. */
static void test_steps(void)
{
  static const struct {
    const char *name;
    QualityProbe probes[4];
    size_t n;
    SearchState state;
    double from, to; /* the quality lies there */
  } rows[] = {
      {"nothing yet: the start", {{0}}, 0, SEARCH_TRY, 22, 22},
      {"one that holds: coarser", {{22, 0.98}}, 1, SEARCH_TRY, 24, 28},
      {"one that fails: finer", {{22, 0.96}}, 1, SEARCH_TRY, 17, 21},
      {"one that just holds", {{22, 0.9702}}, 1, SEARCH_FOUND, 22, 22},
      {"both sides: between", {{22, 0.98}, {28, 0.96}}, 2, SEARCH_TRY, 24, 26},
      {"a step apart", {{22, 0.985}, {22.25, 0.96}}, 2, SEARCH_FOUND, 22, 22},
      {"two steps apart", {{22, 0.985}, {22.5, 0.96}}, 2, SEARCH_TRY, 22.25, 22.25},
      {"the fourth within the tolerance", {{22, 0.98}, {28, 0.96}, {24, 0.9735}, {26, 0.965}}, 4, SEARCH_FOUND, 24, 24},
      {"a finer one that fails is noise", {{22, 0.969}, {24, 0.9702}}, 2, SEARCH_FOUND, 24, 24},
      {"two equal scores", {{22, 0.98}, {30, 0.98}}, 2, SEARCH_TRY, 40, 45.25},
      {"the worst quality holds", {{51, 0.98}}, 1, SEARCH_FOUND, 51, 51},
      {"the best quality fails", {{0, 0.96}}, 1, SEARCH_UNREACHABLE, 0, 0},
      {"a perfect score", {{22, 1}}, 1, SEARCH_TRY, 36, 38},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    SearchStep step = quality_search_next(&x265, rows[i].probes, rows[i].n);
    if (step.state != rows[i].state || step.quality < rows[i].from || step.quality > rows[i].to)
      g_error("%s: state %d, quality %g", rows[i].name, step.state, step.quality);
  }
}

/* What a record starts with, and what a zeroed one says, is that there was no search. */
static void test_record(void)
{
  QualityFound none = {0}, on_trial = QUALITY_ON_TRIAL(22), found = {.quality = 0, .score = 1, .probes = 1}, fresh;
  record_init(&quality_found_table, &fresh);
  g_assert_false(quality_is_found(&none));
  g_assert_false(quality_is_found(&fresh));
  g_assert_false(quality_is_found(&on_trial));
  g_assert_true(quality_is_found(&found));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/quality-search/curves", test_curves);
  g_test_add_func("/encode/quality-search/unreachable", test_unreachable);
  g_test_add_func("/encode/quality-search/steps", test_steps);
  g_test_add_func("/encode/quality-search/record", test_record);
  return g_test_run();
}
