/* What the measures are and what ffmpeg says of them: src/encode/score.c. */
#include "encode/score.h"

#include <math.h>

static void test_parse(void)
{
  static const struct {
    QualityMetric metric;
    const char *line;
    double value; /* negative: not one */
  } rows[] = {
      {METRIC_SSIM, "[Parsed_ssim_0 @ 0x55] SSIM Y:0.987 (19.1) U:0.99 (20) V:0.99 (20) All:0.987654 (19.0843)", 0.987654},
      {METRIC_SSIM, "[Parsed_ssim_0 @ 0x55] SSIM R:1.0 (inf) All:1.000000 (inf)", 1},
      {METRIC_SSIM, "All:0.5", -1},
      {METRIC_SSIM, "SSIM Y:0.9", -1},
      {METRIC_SSIM, "SSIM Y:1 All:nan", -1},
      {METRIC_SSIM, "SSIM Y:1 All:inf", -1},
      {METRIC_SSIM, "SSIM Y:1 All:", -1},
      {METRIC_SSIM, "SSIM Y:1 All:7", -1},
      {METRIC_SSIM, "", -1},
      {METRIC_SSIM, "VMAF score: 95.1", -1},
      {METRIC_VMAF, "[Parsed_libvmaf_5 @ 0x5581] VMAF score: 95.123456", 95.123456},
      {METRIC_VMAF, "[Parsed_libvmaf_5 @ 0x5581] VMAF score: 101", -1},
      {METRIC_VMAF, "[Parsed_libvmaf_5 @ 0x5581] VMAF score: nan", -1},
      {METRIC_VMAF, "SSIM Y:1 All:0.9", -1},
      {METRIC_XPSNR, "[Parsed_xpsnr_4 @ 0x55] XPSNR  y: 37.6012  u: 40.1000  v: 41.2000  (minimum: 37.6012)", 37.6012},
      {METRIC_XPSNR, "[Parsed_xpsnr_4 @ 0x55] XPSNR  y: inf  u: inf  v: inf  (minimum: inf)", 100},
      {METRIC_XPSNR, "XPSNR  y: none", -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    double value = -1;
    if (quality_score_parse(rows[i].metric, rows[i].line, &value) != (rows[i].value >= 0) || value != rows[i].value)
      g_error("\"%s\" gave %g", rows[i].line, value);
  }
}

static void test_missing(void)
{
  static const struct {
    QualityMetric metric;
    const char *filters;
    const char *says; /* NULL: nothing is missing */
  } rows[] = {{METRIC_SSIM, "", NULL},
              {METRIC_VMAF, "", "VMAF needs ffmpeg's filter libvmaf"},
              {METRIC_VMAF, "zscale,libvmaf", NULL},
              {METRIC_XPSNR, "libvmaf", "XPSNR needs ffmpeg's filter xpsnr"},
              {METRIC_XPSNR, "xpsnr", NULL}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) filters = g_strsplit(rows[i].filters, ",", -1);
    g_autofree char *message = quality_metric_missing(rows[i].metric, filters);
    g_assert_cmpint(message != NULL, ==, rows[i].says != NULL);
    if (message)
      g_assert_true(g_str_has_prefix(message, rows[i].says));
  }
  g_autofree char *without = quality_metric_missing(METRIC_VMAF, NULL);
  g_assert_nonnull(without);
}

/* A worse score is a greater loss, and none is out of the numbers. */
static void test_loss(void)
{
  static const struct {
    QualityMetric metric;
    double best, worst;
  } rows[] = {{METRIC_SSIM, 1, -1}, {METRIC_VMAF, 100, 0}, {METRIC_XPSNR, 100, 0}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    double before = -INFINITY;
    for (int k = 0; k <= 20; k++) {
      double loss = quality_loss(rows[i].metric, rows[i].best + (rows[i].worst - rows[i].best) * k / 20);
      g_assert_true(isfinite(loss));
      g_assert_cmpfloat(loss, >, before);
      double score = rows[i].best + (rows[i].worst - rows[i].best) * k / 20;
      g_assert_cmpfloat(fabs(quality_score_of(rows[i].metric, loss) - score), <, 0.06);
      before = loss;
    }
  }
}

static void test_text(void)
{
  g_autofree char *ssim = quality_score_text(METRIC_SSIM, 0.98714), *vmaf = quality_score_text(METRIC_VMAF, 95.2);
  g_assert_cmpstr(ssim, ==, "0.9871");
  g_assert_cmpstr(vmaf, ==, "95.20");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encode/score/parse", test_parse);
  g_test_add_func("/encode/score/missing", test_missing);
  g_test_add_func("/encode/score/loss", test_loss);
  g_test_add_func("/encode/score/text", test_text);
  return g_test_run();
}
