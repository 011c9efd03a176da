/* The text of counters and histograms, as Prometheus reads it; its own program judges it where it is installed. */
#include "base/metrics.h"

#include <glib/gstdio.h>

#include <string.h>

static const double bounds[] = {0.1, 1, 10};
static const MetricFamily requests = {"reeve_requests_total", "Requests.", METRIC_COUNTER};
static const MetricFamily seconds = {"reeve_request_duration_seconds", "Time to answer.", METRIC_HISTOGRAM, bounds, 3};
static const MetricFamily queued = {"reeve_queued_jobs", "Jobs that wait.", METRIC_GAUGE};

static char *sample_text(void)
{
  g_autoptr(Metrics) metrics = metrics_new();
  metrics_add(metrics, &requests, METRIC_LABELS({"route", "/b"}), 1);
  metrics_add(metrics, &requests, METRIC_LABELS({"route", "/a\"\\\n"}, {"code", "200"}), 2);
  metrics_add(metrics, &requests, METRIC_LABELS({"route", "/b"}), 1.5);
  metrics_observe(metrics, &seconds, NULL, 0.1);
  metrics_observe(metrics, &seconds, NULL, 0.5);
  metrics_observe(metrics, &seconds, NULL, 11);
  MetricsText out = {g_string_new(NULL)};
  metrics_text_kept(&out, metrics);
  metrics_text_one(&out, &queued, 7);
  return g_string_free(out.text, FALSE);
}

static void test_text(void)
{
  g_autofree char *text = sample_text();
  g_assert_cmpstr(text, ==,
                  "# HELP reeve_request_duration_seconds Time to answer.\n"
                  "# TYPE reeve_request_duration_seconds histogram\n"
                  "reeve_request_duration_seconds_bucket{le=\"0.1\"} 1\n"
                  "reeve_request_duration_seconds_bucket{le=\"1\"} 2\n"
                  "reeve_request_duration_seconds_bucket{le=\"10\"} 2\n"
                  "reeve_request_duration_seconds_bucket{le=\"+Inf\"} 3\n"
                  "reeve_request_duration_seconds_sum 11.6\n"
                  "reeve_request_duration_seconds_count 3\n"
                  "# HELP reeve_requests_total Requests.\n"
                  "# TYPE reeve_requests_total counter\n"
                  "reeve_requests_total{route=\"/a\\\"\\\\\\n\",code=\"200\"} 2\n"
                  "reeve_requests_total{route=\"/b\"} 2.5\n"
                  "# HELP reeve_queued_jobs Jobs that wait.\n"
                  "# TYPE reeve_queued_jobs gauge\n"
                  "reeve_queued_jobs 7\n");
}

static void test_promtool(void)
{
  g_autofree char *program = g_find_program_in_path("promtool");
  if (!program) {
    g_test_skip("promtool (Debian: prometheus) is not installed.");
    return;
  }
  g_autofree char *text = sample_text();
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("reeve-metrics-XXXXXX", &path, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autofree char *command = g_strdup_printf("promtool check metrics < %s", path);
  const char *argv[] = {"/bin/sh", "-c", command, NULL};
  g_autofree char *output = NULL, *errors = NULL;
  int status = -1;
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, NULL));
  g_assert_cmpstr(errors, ==, "");
  g_assert_cmpint(status, ==, 0);
  g_unlink(path);
  g_close(fd, NULL);
}

static void test_nothing_is_counted_without(void)
{
  metrics_add(NULL, &requests, NULL, 1);
  metrics_observe(NULL, &seconds, NULL, 1);
  MetricsText out = {g_string_new(NULL)};
  metrics_text_kept(&out, NULL);
  g_assert_cmpint(out.text->len, ==, 0);
  g_string_free(out.text, TRUE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/metrics/text", test_text);
  g_test_add_func("/metrics/promtool", test_promtool);
  g_test_add_func("/metrics/nothing_is_counted_without", test_nothing_is_counted_without);
  return g_test_run();
}
