/* The totals. Test: tests/unit/api/test_server.c */
#include "api/route.h"
#include "store/replacement.h"

static bool get_stats(Request *request, void *input, Response *response, GError **error)
{
  LibraryStats stats;
  record_init(&library_stats_table, &stats);
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  bool ok = conn && library_stats(conn, &stats, error);
  if (ok)
    response_record(response, &library_stats_table, &stats);
  record_clear(&library_stats_table, &stats);
  return ok;
}

static const Route rows[] = {
    {"GET", "/api/v1/stats", ACCESS_READ, .output = &library_stats_table, .status = 200, .handle = get_stats,
     .summary = "Files, sizes, bytes saved, trash and the queue in figures."},
};
const RouteSet stats_routes = {rows, G_N_ELEMENTS(rows)};
