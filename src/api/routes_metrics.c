/* Figures for Prometheus (O4). Test: tests/unit/api/test_operations.c */
#include "api/route.h"

static const MetricFamily streams = {
    .name = "reeve_event_streams", .help = "Readers of the event stream of this server.", .kind = METRIC_GAUGE};

static void write_films(TmdbShared *films, MetricsText *out)
{
  UpstreamFigures figures = {0};
  Tmdb *tmdb = tmdb_shared_borrow(films);
  tmdb_figures(tmdb, &figures);
  tmdb_shared_return(films, tmdb);
  figures_write_upstream(&figures, out);
  record_clear(&upstream_figures_table, &figures);
}

static void write_governor(const ApiServices *services, MetricsText *out)
{
  GovernorState state;
  warden_state(services->warden, &state);
  figures_write_governor(services->db, &state, services->agent, watch_is_on(services->settings), out);
  record_clear(&governor_state_table, &state);
}

static bool get_metrics(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  MetricsText out = {g_string_new(NULL)};
  metrics_text_kept(&out, services->metrics);
  figures_write(services->figures, &out);
  figures_write_probes(services->probes, &out);
  if (services->tune->films)
    write_films(services->tune->films, &out);
  if (services->warden)
    write_governor(services, &out);
  metrics_text_one(&out, &streams, request_streams(request));
  figures_write_process(&out);
  response_text(response, "text/plain; version=0.0.4; charset=utf-8", g_string_free(out.text, FALSE));
  return true;
}

static const Route rows[] = {
    {"GET", "/metrics", ACCESS_READ, ROUTE_SLOW | ROUTE_MAYBE_OPEN, .produces = "text/plain", .status = 200,
     .handle = get_metrics,
     .summary = "Figures in Prometheus' text format. Without a key only where the setting metrics_open allows it."},
};
const RouteSet metrics_routes = {rows, G_N_ELEMENTS(rows)};
