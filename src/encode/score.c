/* What each measure is called, asks for and prints. Test: tests/unit/encode/test_score.c */
#include "encode/score.h"

#include <math.h>
#include <string.h>

static const EnumRow quality_metric_rows[] = {
    {METRIC_OFF, "off", "Take the quality as it is set"},
    {METRIC_SSIM, "ssim", "SSIM, from 0 to 1; every ffmpeg has it"},
    {METRIC_VMAF, "vmaf", "VMAF, from 0 to 100; needs an ffmpeg with libvmaf"},
    {METRIC_XPSNR, "xpsnr", "XPSNR in dB; needs ffmpeg 7.1 or later"},
};
const EnumTable quality_metric_table = ENUM_TABLE("QualityMetric", quality_metric_rows);

static const QualityMetricRow metrics[] = {
    [METRIC_SSIM] = {"SSIM", "ssim", 0.7, 0.9995, 0.004, 4},
    [METRIC_VMAF] = {"VMAF", "libvmaf", 30, 99.5, 1, 2},
    [METRIC_XPSNR] = {"XPSNR", "xpsnr", 20, 60, 0.3, 2},
};

const QualityMetricRow *quality_metric_row(QualityMetric metric)
{
  g_assert(metric > METRIC_OFF && metric < G_N_ELEMENTS(metrics));
  return &metrics[metric];
}

char *quality_score_text(QualityMetric metric, double score)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[] = "%.4f";
  format[2] = (char)('0' + quality_metric_row(metric)->decimals);
  return g_strdup(g_ascii_formatd(text, sizeof text, format, score));
}

char *quality_metric_missing(QualityMetric metric, char *const *filters)
{
  const QualityMetricRow *row = quality_metric_row(metric);
  if (metric == METRIC_SSIM || (filters && g_strv_contains((const char *const *)filters, row->filter)))
    return NULL;
  return g_strdup_printf("%s needs ffmpeg's filter %s, which the ffmpeg here lacks; choose ssim, or another ffmpeg.", row->name,
                         row->filter);
}

double quality_loss(QualityMetric metric, double score)
{
  switch (metric) {
  case METRIC_VMAF:
    return log(MAX(100 - score, 0.05));
  case METRIC_XPSNR:
    return -CLAMP(score, 0, 100) / 5;
  default:
    return log(MAX(1 - score, 1e-6));
  }
}

double quality_score_of(QualityMetric metric, double loss)
{
  switch (metric) {
  case METRIC_VMAF:
    return 100 - exp(loss);
  case METRIC_XPSNR:
    return -5 * loss;
  default:
    return 1 - exp(loss);
  }
}

/* The xpsnr filter takes the original first, the others the encode. */
char *quality_comparison(QualityMetric metric)
{
  bool reference_first = metric == METRIC_XPSNR;
  return g_strdup_printf("[%s]settb=AVTB,setpts=PTS-STARTPTS[first];[%s]settb=AVTB,setpts=PTS-STARTPTS-2000[second];"
                         "[first][second]%s[compared]",
                         reference_first ? "reference" : "result", reference_first ? "result" : "reference",
                         quality_metric_row(metric)->filter);
}

bool quality_score_parse(QualityMetric metric, const char *line, double *ret_score)
{
  static const struct {
    const char *after, *then;
    double min, max;
  } words[] = {[METRIC_SSIM] = {"SSIM ", " All:", -1, 1},
               [METRIC_VMAF] = {"VMAF score", ":", 0, 100},
               [METRIC_XPSNR] = {"XPSNR ", " y: ", 0, 1000}};
  const char *at = strstr(line, words[metric].after);
  at = at ? strstr(at, words[metric].then) : NULL;
  if (!at)
    return false;
  char *end = NULL;
  at += strlen(words[metric].then);
  double value = g_ascii_strtod(at, &end);
  if (end == at || isnan(value) || (isinf(value) && metric != METRIC_XPSNR))
    return false;
  value = isinf(value) ? 100 : value; /* nothing differs */
  if (value < words[metric].min || value > words[metric].max)
    return false;
  *ret_score = value;
  return true;
}
