/* Choosing a directory of the server's (U6). Test: tests/unit/api/test_signing_in.c, tests/system/access.test.ts */
#include "api/route.h"
#include "library/allowed.h"

static const QueryParameter directories_query[] = {
    {"path", FIELD_KIND_TEXT, NULL, "The directory to look into; without it the places to begin at."},
};

static bool get_directories(Request *request, void *input, Response *response, GError **error)
{
  const ApiServices *services = request_services(request);
  AllowedList list;
  record_init(&allowed_list_table, &list);
  g_autoptr(DbConn) conn = db_acquire(services->db, error);
  bool ok = conn && allowed_list(conn, services->media_directories, request_text(request, "path"), &list, error);
  if (ok)
    response_record(response, &allowed_list_table, &list);
  record_clear(&allowed_list_table, &list);
  return ok;
}

static const Route rows[] = {
    {"GET", "/api/v1/directories", ACCESS_ADMIN, ROUTE_SLOW, .output = &allowed_list_table, .status = 200,
     .handle = get_directories, ROUTE_QUERY(directories_query),
     .summary = "The directories in a directory, among those that may be used."},
};
const RouteSet directory_routes = {rows, G_N_ELEMENTS(rows)};
