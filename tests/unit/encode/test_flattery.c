/* When a film that misses its floor is encoded once more: src/encode/flattery.c. */
#include "encode/flattery.h"

#include "encode/fixture.h"

#include <math.h>

typedef struct {
  const char *name, *settings;
  double found, score; /* of the samples, of the film */
  int64_t probes, source_bytes, output_bytes;
  double before, flattery; /* 0: no other encode */
} Row;

static const Row rows[] = {
    {"holds the floor", "target_metric=ssim;target_score=0.96", 0.961, 0.96, 3, 1000, 500, 0, 0},
    {"misses it", "target_metric=ssim;target_score=0.96", 0.98, 0.95, 3, 1000, 500, 0, 0.916291},
    {"by VMAF", "target_metric=vmaf;target_score=90", 92, 84, 3, 1000, 500, 0, 0.693147},
    {"as large as it may be", "target_metric=ssim;target_score=0.96;min_saving_percent=10", 0.98, 0.95, 3, 1000, 900, 0,
     0.916291},
    {"too large already", "target_metric=ssim;target_score=0.96;min_saving_percent=10", 0.98, 0.95, 3, 1000, 901, 0, 0},
    {"larger than its source", "target_metric=ssim;target_score=0.96;min_saving_percent=0", 0.98, 0.95, 3, 1000, 1000, 0, 0},
    {"once was enough", "target_metric=ssim;target_score=0.96", 0.98, 0.95, 3, 1000, 500, 0.2, 0},
    {"not looked for", "target_metric=ssim;target_score=0.96", NAN, 0.95, 0, 1000, 500, 0, 0},
    {"samples no better than the film", "target_metric=ssim;target_score=0.96", 0.95, 0.95, 3, 1000, 500, 0, 0},
    {"not measured", "target_metric=ssim;target_score=0.96", 0.98, NAN, 3, 1000, 500, 0, 0},
    {"no target", "min_saving_percent=5", 0.98, 0.95, 3, 1000, 500, 0, 0},
};

static void test_table(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    g_autoptr(Profile) profile = fixture_profile(row->settings);
    const QualityFound found = {.quality = 24, .score = row->found, .probes = row->probes};
    double flattery = 0;
    bool again = flattery_of(&(FlatteryInput){.profile = profile,
                                              .found = &found,
                                              .score = row->score,
                                              .source_bytes = row->source_bytes,
                                              .output_bytes = row->output_bytes,
                                              .flattery = row->before},
                             &flattery);
    if (again != (row->flattery > 0) || fabs(flattery - row->flattery) > 1e-5)
      g_error("%s: %d with %g", row->name, again, flattery);
    if (again && flattery_is_covered(profile, flattery, &found))
      g_error("%s: what flattered is taken for what allows for it", row->name);
  }
}

/* What is remembered of an earlier search, and whether it was made with the flattery in mind. */
static void test_covered(void)
{
  static const struct {
    double flattery, score;
    bool covered;
  } of[] = {{0, 0.9, true}, {0.5, 0.96, false}, {0.5, 0.975, false}, {0.5, 0.976, true}, {0.5, 0.99, true}};
  g_autoptr(Profile) profile = fixture_profile("target_metric=ssim;target_score=0.96");
  for (size_t i = 0; i < G_N_ELEMENTS(of); i++) {
    const QualityFound found = {.score = of[i].score, .probes = 1};
    if (flattery_is_covered(profile, of[i].flattery, &found) != of[i].covered)
      g_error("%g with samples of %g", of[i].flattery, of[i].score);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/flattery/table", test_table);
  g_test_add_func("/flattery/covered", test_covered);
  return g_test_run();
}
