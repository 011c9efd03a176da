/* Figures for Prometheus: counters and histograms that are kept, and the text format (exposition format 0.0.4,
 * https://prometheus.io/docs/instrumenting/exposition_formats/) in which they and figures of the moment are shown.
 *
 * The number of series stays small because labels come from tables of the program (a route's pattern, a job's kind), never from
 * what a request holds.
 *
 * Thread-safety: Metrics from any thread; a MetricsText belongs to one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } MetricKind;

typedef struct {
  const char *name; /* with the unit: "reeve_http_request_duration_seconds"; counters end in _total */
  const char *help;
  MetricKind kind;
  const double *bounds; /* HISTOGRAM: upper bounds, growing, without +Inf */
  size_t n_bounds;
} MetricFamily;

/* One label. Arrays of them end with a NULL name; NULL is none. */
typedef struct {
  const char *name, *value;
} MetricLabel;
#define METRIC_LABELS(...) ((const MetricLabel[]){__VA_ARGS__, {NULL, NULL}})

typedef struct Metrics Metrics;
Metrics *metrics_new(void);
void metrics_free(Metrics *metrics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Metrics, metrics_free)

/* Adds to a counter, which begins at 0. `metrics` may be NULL here and below: nothing is counted. */
void metrics_add(Metrics *metrics, const MetricFamily *family, const MetricLabel *labels, double by);

/* Counts a value in a histogram. */
void metrics_observe(Metrics *metrics, const MetricFamily *family, const MetricLabel *labels, double value);

/* The text under way. */
typedef struct {
  GString *text;
} MetricsText;

/* "# HELP" and "# TYPE", once before a family's samples. */
void metrics_text_family(MetricsText *out, const MetricFamily *family);
void metrics_text_sample(MetricsText *out, const MetricFamily *family, const MetricLabel *labels, double value);
/* A family of one sample without labels. */
void metrics_text_one(MetricsText *out, const MetricFamily *family, double value);
/* Everything that `metrics` keeps, families and series in order of their names. */
void metrics_text_kept(MetricsText *out, Metrics *metrics);
