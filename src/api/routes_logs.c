/* The log's last lines (O3). Test: tests/unit/api/test_operations.c */
#include "api/route.h"
#include "base/error.h"
#include "base/number.h"

#include <inttypes.h>

static bool get_logs(Request *request, void *input, Response *response, GError **error)
{
  LogRing *log = request_services(request)->log;
  const char *after = request_text(request, "after");
  LogQuery query = {.after_id = -1,
                    .level = request_enum(request, "level"),
                    .module = request_text(request, "module"),
                    .limit = (size_t)request_limit(request)};
  if (after && !parse_int(after, 0, INT64_MAX, &query.after_id))
    return response_refuse(response, error, "after", "after must be the id of a line");
  bool more = false;
  g_autoptr(GPtrArray) lines = log_ring_page(log, &query, &more);
  g_autofree char *next = more ? g_strdup_printf("%" PRId64, ((const LogLine *)lines->pdata[lines->len - 1])->id) : NULL;
  response_list(response, &log_line_table, lines, next);
  return true;
}

static const QueryParameter log_query[] = {
    {.name = "level", .kind = FIELD_KIND_ENUM, .values = &log_level_table, .help = "Only lines that are this grave or graver."},
    {.name = "module", .kind = FIELD_KIND_TEXT, .help = "Only lines of this part of Reeve, such as scan."},
};

static const Route rows[] = {
    {"GET", "/api/v1/logs", ACCESS_ADMIN, ROUTE_LISTS, .output = &log_line_table, .status = 200, ROUTE_QUERY(log_query),
     .handle = get_logs,
     .summary = "The last lines of this server's log, the oldest first; with ?after= those after a line, for following."},
};
const RouteSet log_routes = {rows, G_N_ELEMENTS(rows)};
