#include "release/quality.h"

#include <math.h>

static void test_rows(void)
{
  g_assert_cmpuint(n_quality_rows, ==, 30);
  g_assert_cmpuint(quality_table.n_rows, ==, n_quality_rows);
  for (size_t i = 0; i < n_quality_rows; i++) {
    const Quality *row = &quality_rows[i];
    g_assert_cmpint(quality_table.rows[i].value, ==, row->id);
    g_assert_cmpstr(quality_table.rows[i].name, ==, row->name);
    g_assert_true(quality_find(row->id) == row);
    g_assert_true(quality_named(row->name) == row);
    g_assert_true(i == 0 || row->weight - quality_rows[i - 1].weight ==
                                (row->group && i > 0 && row->group == quality_rows[i - 1].group ? 0 : 1));
    g_assert_cmpint(quality_nearest((QualitySource)row->source, row->resolution, (QualityModifier)row->modifier), ==, row->id);
  }
  g_assert_cmpint(quality_find(999)->id, ==, QUALITY_UNKNOWN);
  g_assert_null(quality_named("WEBDL"));
}

static void test_nearest(void)
{
  static const struct {
    QualitySource source;
    int resolution;
    QualityModifier modifier;
    QualityId want;
  } rows[] = {
      {QUALITY_SOURCE_CAM, 480, QUALITY_MODIFIER_NONE, QUALITY_CAM},
      {QUALITY_SOURCE_CAM, 1080, QUALITY_MODIFIER_NONE, QUALITY_CAM},
      {QUALITY_SOURCE_DVD, 480, QUALITY_MODIFIER_REMUX, QUALITY_DVD_R},
      {QUALITY_SOURCE_DVD, 480, QUALITY_MODIFIER_NONE, QUALITY_DVD},
      {QUALITY_SOURCE_UNKNOWN, 1080, QUALITY_MODIFIER_NONE, QUALITY_UNKNOWN},
      {QUALITY_SOURCE_WEBDL, 576, QUALITY_MODIFIER_NONE, QUALITY_BLURAY_576P},
      {QUALITY_SOURCE_WEBDL, 123, QUALITY_MODIFIER_NONE, QUALITY_UNKNOWN},
      {QUALITY_SOURCE_WEBDL, 1080, QUALITY_MODIFIER_REMUX, QUALITY_REMUX_1080P},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(quality_nearest(rows[i].source, rows[i].resolution, rows[i].modifier), ==, rows[i].want);
}

static void test_revision(void)
{
  static const struct {
    QualityRevision a, b;
    int want;
  } rows[] = {
      {{1, 0, false}, {1, 0, true}, 0},   {{2, 0, false}, {1, 0, false}, 1},  {{1, 1, false}, {3, 0, false}, 1},
      {{1, 0, false}, {2, 0, false}, -1}, {{2, 1, false}, {2, 2, false}, -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(quality_revision_compare(&rows[i].a, &rows[i].b), ==, rows[i].want);
}

static void test_sizes(void)
{
  const int64_t mib = 1048576;
  QualityDefinition definition = {.min_mb = 2, .preferred_mb = 5, .max_mb = 10};
  static const struct {
    int64_t minutes, mebibytes;
    QualitySizeVerdict want;
  } rows[] = {
      {30, 250, QUALITY_SIZE_FITS}, {30, 500, QUALITY_SIZE_TOO_LARGE}, {60, 100, QUALITY_SIZE_TOO_SMALL},
      {30, 300, QUALITY_SIZE_FITS}, {30, 60, QUALITY_SIZE_FITS},       {30, 59, QUALITY_SIZE_TOO_SMALL},
      {30, 0, QUALITY_SIZE_FITS},   {0, 1100, QUALITY_SIZE_FITS},      {0, 1101, QUALITY_SIZE_TOO_LARGE},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(quality_size_check(&definition, rows[i].mebibytes * mib, rows[i].minutes, NULL, NULL), ==, rows[i].want);
  int64_t smallest, largest;
  definition.max_mb = NAN;
  g_assert_cmpint(quality_size_check(&definition, 900000 * mib, 100, &smallest, &largest), ==, QUALITY_SIZE_FITS);
  g_assert_cmpint(smallest, ==, 200 * mib);
  g_assert_cmpint(largest, ==, INT64_MAX);
}

static void test_definition_seeds(void)
{
  g_autoptr(GPtrArray) seeds = quality_definition_seeds();
  g_assert_cmpuint(seeds->len, ==, n_quality_rows);
  for (guint i = 0; i < seeds->len; i++) {
    const QualityDefinition *definition = seeds->pdata[i];
    g_assert_cmpint(definition->quality, ==, quality_rows[i].id);
    g_assert_true(isnan(definition->max_mb) == (bool)isinf(quality_rows[i].max_mb));
    for (size_t f = 0; f < quality_definition_table.n_fields; f++)
      g_assert_true(field_check(&quality_definition_table.fields[f], definition, NULL));
  }
}

static void test_picture(void)
{
  static const struct {
    int64_t width, height;
    int want;
  } rows[] = {{3840, 1600, 2160}, {1920, 800, 1080}, {1440, 1080, 1080}, {1280, 536, 720}, {1024, 576, 576},
              {720, 576, 576},    {720, 480, 480},   {608, 1080, 1080},  {0, 0, 0}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(quality_picture_lines(rows[i].width, rows[i].height), ==, rows[i].want);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quality/rows", test_rows);
  g_test_add_func("/quality/nearest", test_nearest);
  g_test_add_func("/quality/picture", test_picture);
  g_test_add_func("/quality/revision", test_revision);
  g_test_add_func("/quality/sizes", test_sizes);
  g_test_add_func("/quality/definition-seeds", test_definition_seeds);
  return g_test_run();
}
