/* Decides which requests are remembered (U5): from the route's row, at one point, so that no handler can forget it. What was
 * tried and refused is remembered too; what strangers try is only logged, or they could fill the database. Test:
 * tests/unit/api/test_signing_in.c, tests/system/access.test.ts */
#include "api/http.h"
#include "auth/audit.h"
#include "store/record_sql.h"

static bool is_audited(const Request *request)
{
  if (!request->route || !request->services || !request->has_caller || request_is_reading(request) ||
      (request->route->flags & (ROUTE_HOOK | ROUTE_PART))) /* messages are kept by themselves, and an upload is in it once */
    return false;
  return request->route->access >= ACCESS_OPERATE || (request->route->flags & ROUTE_AUDITED);
}

static AuditEntry entry_of(const Request *request)
{
  const Caller *caller = &request->caller;
  return (AuditEntry){.at_ms = clock_now_ms(request->server->clock),
                      .actor_kind = (int)caller->kind,
                      .actor_id = caller->kind == ACTOR_USER ? caller->user_id : caller->id,
                      .actor = g_strdup(caller->name),
                      .address = g_strdup(request->client),
                      .action = g_strdup_printf("%s %s", request->route->method, request->route->path),
                      .target = g_utf8_make_valid(request->path, -1),
                      .status = request->response.status,
                      .request = g_strdup(request->name),
                      .detail = audit_detail(request->route->input, request->json)};
}

void audited_note(Request *request)
{
  if (!is_audited(request))
    return;
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(request->services->db, &why);
  AuditEntry entry = entry_of(request);
  if (!conn || !record_insert(conn, &audit_table, &entry, &why))
    g_warning("%s %s by %s is missing in the audit log: %s", request->method, entry.target, entry.actor, why->message);
  record_clear(&audit_table, &entry);
}
