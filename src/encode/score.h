/* How like its source an encode is: the measures that ffmpeg has, what of them may be asked for, and how two films are compared.
 *
 * The comparison is like with like: the source goes through the plan's filters (crop, scale, denoise, tone map, frame rate) and
 * is brought to the encoder's depth before it is compared, so that only what the encoder lost counts. SSIM is the "All" of
 * ffmpeg's ssim filter (the planes weighted by their size, the mean over all frames), VMAF the mean of libvmaf's default model,
 * XPSNR the luma's value in dB. Pure. */
#pragma once

#include "base/field.h"

typedef enum { METRIC_OFF, METRIC_SSIM, METRIC_VMAF, METRIC_XPSNR } QualityMetric;
extern const EnumTable quality_metric_table;

typedef struct {
  const char *name;            /* for sentences: "SSIM" */
  const char *filter;          /* of ffmpeg */
  double floor_min, floor_max; /* floors that make sense */
  double tolerance;            /* this much above the floor is still at the floor */
  int decimals;                /* worth showing */
} QualityMetricRow;
/* Of any metric but METRIC_OFF. */
const QualityMetricRow *quality_metric_row(QualityMetric metric);

/* "0.9871" for SSIM, "95.20" for VMAF; the caller frees it. */
char *quality_score_text(QualityMetric metric, double score);

/* A sentence that says which filter is missing and what to do, if `filters` (CapabilitySet.filters; NULL: none) lacks what the
 * metric needs; else NULL. The caller frees it. */
char *quality_metric_missing(QualityMetric metric, char *const *filters);

/* Loss on a scale on which an encoder's quality number is about a straight line: it grows by some 0.11 for each step of an
 * H.264 or HEVC CRF (ln of what is missing to a perfect score; for XPSNR a fifth of the dB). Finite for every score. */
double quality_loss(QualityMetric metric, double score);
/* The score of a loss. */
double quality_score_of(QualityMetric metric, double loss);

/* The part of a filter graph that compares the pads "[result]" and "[reference]", both of the same size and format. Pictures are
 * paired by their time since the first: the second input is moved 2 ms ahead, so that a container that rounds times to
 * milliseconds does not pair each picture with its neighbour. Its output is "[compared]". The caller frees it. */
char *quality_comparison(QualityMetric metric);

/* Reads the score from a line that ffmpeg writes at the end of a comparison. False if it is not one. */
bool quality_score_parse(QualityMetric metric, const char *line, double *ret_score);
