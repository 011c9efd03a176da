/* What the dashboard shows: totals, savings over time, codecs, the machine, the worker. Test: tests/unit/api/test_server_stats.c
 */
#include "api/route.h"
#include "store/file_sums.h"
#include "store/replacement.h"
#include "worker/status.h"

#include <string.h>

enum { PRESET_DAYS = 30, MAX_DAYS = 3660 };

static bool get_stats(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  LibraryStats stats;
  record_init(&library_stats_table, &stats);
  int slots = services->agent ? agent_slots(services->agent, "transcode") : 1;
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  bool ok = conn && library_stats(conn, slots, &stats, error);
  if (ok)
    response_record(response, &library_stats_table, &stats);
  record_clear(&library_stats_table, &stats);
  return ok;
}

static const QueryParameter savings_query[] = {
    {"days", FIELD_KIND_INT, NULL, "How many days, today's the last, from 1 to 3660; 30 unless given."},
    {"zone", FIELD_KIND_TEXT, NULL, "Time zone whose days are meant, such as Europe/Berlin; UTC unless given."},
};

static bool get_savings(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  int64_t days = request_int(request, "days");
  if (days == FIELD_NULL_INT)
    days = PRESET_DAYS;
  if (days < 1 || days > MAX_DAYS)
    return response_refuse(response, error, "days", "days must be from 1 to %d", MAX_DAYS);
  const char *name = request_text(request, "zone");
  g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name ? name : "UTC");
  if (!zone)
    return response_refuse(response, error, "zone", "zone must be the name of a time zone, such as Europe/Berlin");
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  g_autoptr(GPtrArray) savings = conn ? history_savings(conn, clock_now_ms(services->clock), (int)days, zone, error) : NULL;
  if (savings)
    response_list(response, &saving_table, savings, NULL);
  return savings != NULL;
}

static bool get_codecs(Request *request, void *input, Response *response, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) sums = conn ? file_sums_by_codec(conn, error) : NULL;
  if (sums)
    response_list(response, &codec_sum_table, sums, NULL);
  return sums != NULL;
}

static bool get_system(Request *request, void *input, Response *response, GError **error)
{
  SystemUse use;
  record_init(&system_use_table, &use);
  system_sampler_read(request_services(request)->sampler, &use);
  response_record(response, &system_use_table, &use);
  record_clear(&system_use_table, &use);
  return true;
}

static bool get_workers(Request *request, void *input, Response *response, GError **error)
{
  Agent *agent = request_services(request)->agent;
  g_autoptr(GPtrArray) workers = records_new(&worker_status_table);
  if (agent) {
    WorkerStatus *status = record_new(&worker_status_table);
    agent_status(agent, status);
    g_ptr_array_add(workers, status);
  }
  response_list(response, &worker_status_table, workers, NULL);
  return true;
}

static const Route rows[] = {
    {"GET", "/api/v1/stats", ACCESS_READ, ROUTE_SLOW, .output = &library_stats_table, .status = 200, .handle = get_stats,
     .summary = "Files, sizes, bytes saved, trash and the queue in figures."},
    {"GET", "/api/v1/stats/savings", ACCESS_READ, ROUTE_WHOLE_LIST | ROUTE_SLOW, .output = &saving_table, .status = 200,
     .handle = get_savings, ROUTE_QUERY(savings_query), .summary = "What was saved on each day."},
    {"GET", "/api/v1/stats/codecs", ACCESS_READ, ROUTE_WHOLE_LIST | ROUTE_SLOW, .output = &codec_sum_table, .status = 200,
     .handle = get_codecs, .summary = "How many files there are of each video codec, and their size."},
    {"GET", "/api/v1/system", ACCESS_READ, .output = &system_use_table, .status = 200, .handle = get_system,
     .summary = "Processors, memory and disks, as they were a moment ago."},
    {"GET", "/api/v1/workers", ACCESS_READ, ROUTE_WHOLE_LIST, .output = &worker_status_table, .status = 200,
     .handle = get_workers, .summary = "The workers, and what they are doing."},
};
const RouteSet stats_routes = {rows, G_N_ELEMENTS(rows)};
