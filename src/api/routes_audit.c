/* The audit log (U5). Test: tests/unit/api/test_signing_in.c */
#include "api/route.h"

static const QueryParameter audit_query[] = {
    {"actor", FIELD_KIND_TEXT, NULL, "Done by the user or key of this name."},
    {"action", FIELD_KIND_TEXT, NULL, "Part of what was asked for, such as /users."},
};

static bool get_audit(Request *request, void *input, Response *response, GError **error)
{
  const AuditQuery query = {.actor = request_text(request, "actor"),
                            .action = request_text(request, "action"),
                            .after = request_text(request, "after"),
                            .limit = request_limit(request)};
  g_autofree char *next = NULL;
  g_autoptr(DbConn) conn = db_acquire(request_services(request)->db, error);
  g_autoptr(GPtrArray) entries = conn ? audit_page(conn, &query, &next, error) : NULL;
  if (entries)
    response_list(response, &audit_table, entries, next);
  return entries != NULL;
}

static const Route rows[] = {
    {"GET", "/api/v1/audit", ACCESS_ADMIN, ROUTE_LISTS, .output = &audit_table, .status = 200, .handle = get_audit,
     ROUTE_QUERY(audit_query), .summary = "What was changed, by whom and from where, the newest first."},
};
const RouteSet audit_routes = {rows, G_N_ELEMENTS(rows)};
