/* What a series is and how it is written. Test: tests/unit/base/test_metrics.c */
#include "base/metrics.h"

#include <math.h>
#include <string.h>

enum { KEY_BYTES = 128 }; /* enough for most, so that none grows while it is made */

typedef struct {
  const MetricFamily *family;
  char *labels;    /* as they stand between the braces */
  double value;    /* of a counter; of a histogram the sum */
  guint64 count;   /* histogram */
  guint64 *within; /* histogram: values up to each bound that are over the one before */
} Series;

struct Metrics {
  GMutex lock;   /* guards what follows */
  GTree *series; /* "name{labels}" -> Series, in order */
};

static int compare_keys(const void *a, const void *b, void *unused)
{
  (void)unused;
  return strcmp(a, b);
}

static void series_free(void *data)
{
  Series *series = data;
  g_free(series->labels);
  g_free(series->within);
  g_free(series);
}

Metrics *metrics_new(void)
{
  Metrics *metrics = g_new0(Metrics, 1);
  g_mutex_init(&metrics->lock);
  metrics->series = g_tree_new_full(compare_keys, NULL, g_free, series_free);
  return metrics;
}

void metrics_free(Metrics *metrics)
{
  if (!metrics)
    return;
  g_tree_unref(metrics->series);
  g_mutex_clear(&metrics->lock);
  g_free(metrics);
}

/* Backslash, quote and line feed are escaped in a label's value, and nothing else. */
static void append_value(GString *text, const char *value)
{
  if (g_utf8_validate(value, -1, NULL) && !strpbrk(value, "\\\"\n")) {
    g_string_append(text, value);
    return;
  }
  g_autofree char *valid = g_utf8_make_valid(value, -1);
  for (const char *at = valid; *at; at++)
    if (*at == '\\' || *at == '"')
      g_string_append_printf(text, "\\%c", *at);
    else if (*at == '\n')
      g_string_append(text, "\\n");
    else
      g_string_append_c(text, *at);
}

static void append_labels(GString *text, const MetricLabel *labels)
{
  for (const char *before = ""; labels && labels->name; labels++, before = ",") {
    g_string_append(text, before);
    g_string_append(text, labels->name);
    g_string_append(text, "=\"");
    append_value(text, labels->value);
    g_string_append_c(text, '"');
  }
}

/* A brace sorts behind letters, so that a family's series stand together. */
static GString *key_of(const MetricFamily *family, const MetricLabel *labels)
{
  GString *key = g_string_sized_new(KEY_BYTES);
  g_string_append(key, family->name);
  g_string_append_c(key, '{');
  append_labels(key, labels);
  g_string_append_c(key, '}');
  return key;
}

/* With the lock held, which every request wants: the key is made before. */
static Series *find(Metrics *metrics, const MetricFamily *family, const GString *key)
{
  Series *series = g_tree_lookup(metrics->series, key->str);
  if (series)
    return series;
  size_t name = strlen(family->name) + 1;
  series = g_new0(Series, 1);
  series->family = family;
  series->labels = g_strndup(key->str + name, key->len - name - 1);
  series->within = g_new0(guint64, family->n_bounds);
  g_tree_insert(metrics->series, g_strdup(key->str), series);
  return series;
}

void metrics_add(Metrics *metrics, const MetricFamily *family, const MetricLabel *labels, double by)
{
  if (!metrics)
    return;
  g_assert(family->kind == METRIC_COUNTER && by >= 0);
  g_autoptr(GString) key = key_of(family, labels);
  g_mutex_lock(&metrics->lock);
  find(metrics, family, key)->value += by;
  g_mutex_unlock(&metrics->lock);
}

void metrics_observe(Metrics *metrics, const MetricFamily *family, const MetricLabel *labels, double value)
{
  if (!metrics)
    return;
  g_assert(family->kind == METRIC_HISTOGRAM);
  g_autoptr(GString) key = key_of(family, labels);
  g_mutex_lock(&metrics->lock);
  Series *series = find(metrics, family, key);
  series->value += value;
  series->count++;
  size_t i = 0;
  while (i < family->n_bounds && value > family->bounds[i])
    i++;
  if (i < family->n_bounds)
    series->within[i]++;
  g_mutex_unlock(&metrics->lock);
}

static void append_number(GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (isfinite(value))
    g_string_append(text, g_ascii_formatd(buffer, sizeof buffer, "%.15g", value)); /* 0.1 stays 0.1 */
  else
    g_string_append(text, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
}

/* `extra` is one more label, ready made, or NULL. */
static void append_sample(GString *text, const char *name, const char *suffix, const char *labels, const char *extra,
                          double value)
{
  g_string_append_printf(text, "%s%s", name, suffix);
  if (*labels || extra)
    g_string_append_printf(text, "{%s%s%s}", labels, *labels && extra ? "," : "", extra ? extra : "");
  g_string_append_c(text, ' ');
  append_number(text, value);
  g_string_append_c(text, '\n');
}

void metrics_text_family(MetricsText *out, const MetricFamily *family)
{
  static const char *const kinds[] = {[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
  g_string_append_printf(out->text, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                         kinds[family->kind]);
}

void metrics_text_sample(MetricsText *out, const MetricFamily *family, const MetricLabel *labels, double value)
{
  g_autoptr(GString) text = g_string_new(NULL);
  append_labels(text, labels);
  append_sample(out->text, family->name, "", text->str, NULL, value);
}

void metrics_text_one(MetricsText *out, const MetricFamily *family, double value)
{
  metrics_text_family(out, family);
  metrics_text_sample(out, family, NULL, value);
}

static void append_histogram(GString *text, const Series *series)
{
  const MetricFamily *family = series->family;
  guint64 sum = 0;
  for (size_t i = 0; i <= family->n_bounds; i++) {
    g_autoptr(GString) bound = g_string_new("le=\"");
    append_number(bound, i < family->n_bounds ? family->bounds[i] : INFINITY);
    g_string_append_c(bound, '"');
    sum = i < family->n_bounds ? sum + series->within[i] : series->count;
    append_sample(text, family->name, "_bucket", series->labels, bound->str, (double)sum);
  }
  append_sample(text, family->name, "_sum", series->labels, NULL, series->value);
  append_sample(text, family->name, "_count", series->labels, NULL, (double)series->count);
}

typedef struct {
  MetricsText *out;
  const MetricFamily *family; /* the one begun last */
} Writing;

static gboolean write_series(void *key, void *value, void *data)
{
  (void)key;
  const Series *series = value;
  Writing *writing = data;
  if (series->family != writing->family)
    metrics_text_family(writing->out, series->family);
  writing->family = series->family;
  if (series->family->kind == METRIC_HISTOGRAM)
    append_histogram(writing->out->text, series);
  else
    append_sample(writing->out->text, series->family->name, "", series->labels, NULL, series->value);
  return FALSE;
}

void metrics_text_kept(MetricsText *out, Metrics *metrics)
{
  if (!metrics)
    return;
  Writing writing = {.out = out};
  g_mutex_lock(&metrics->lock);
  g_tree_foreach(metrics->series, write_series, &writing);
  g_mutex_unlock(&metrics->lock);
}
