/* The table of the audit log, and its pages, the newest first. Test: tests/unit/auth/test_audit.c */
#include "store/audit.h"

#include "store/newest_page.h"

static const EnumRow actor_kind_rows[] = {
    {ACTOR_USER, "user", "Somebody who signed in"},
    {ACTOR_KEY, "key", "The holder of an API key"},
    {ACTOR_CONSOLE, "console", "The command line, on the server's machine"},
};
const EnumTable actor_kind_table = ENUM_TABLE("ActorKind", actor_kind_rows);

static const Field audit_fields[] = {
    FIELD_INT(AuditEntry, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the entry."),
    FIELD_INT(AuditEntry, at_ms, .flags = FIELD_READ_ONLY, .help = "When, in ms since 1970."),
    FIELD_ENUM(AuditEntry, actor_kind, actor_kind_table, .flags = FIELD_READ_ONLY, .help = "What kind of caller did it."),
    FIELD_INT(AuditEntry, actor_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Number of the user or key; null for the console."),
    FIELD_TEXT(AuditEntry, actor, .flags = FIELD_READ_ONLY, .help = "Name of the user or key at that time."),
    FIELD_TEXT(AuditEntry, address, .flags = FIELD_READ_ONLY, .help = "Address it came from; empty for the console."),
    FIELD_TEXT(AuditEntry, action, .flags = FIELD_READ_ONLY, .help = "What was asked for: a route, or a command."),
    FIELD_TEXT(AuditEntry, target, .flags = FIELD_READ_ONLY, .help = "To what: the path, or the command's arguments."),
    FIELD_INT(AuditEntry, status, .flags = FIELD_READ_ONLY,
              .help = "How it ended: the HTTP status of the answer, or the exit code of the command."),
    FIELD_TEXT(AuditEntry, request, .flags = FIELD_READ_ONLY, .help = "Id of the request, as in the log."),
    FIELD_JSON(AuditEntry, detail, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The input without its secrets."),
};
const FieldTable audit_table = FIELD_TABLE(AuditEntry, "AuditEntry", "audit", audit_fields);

GPtrArray *audit_page(DbConn *conn, const AuditQuery *query, char **ret_next, GError **error)
{
  g_auto(Condition) condition;
  condition_init(&condition);
  if (query->actor && *query->actor)
    condition_add(&condition, "actor = ?", DB_ARGS(DB_TEXT(query->actor)));
  if (query->action && *query->action)
    condition_add_contains(&condition, db_conn_kind(conn), "action", query->action);
  const NewestPage page = {
      .table = &audit_table, .time = "at_ms", .order = "audit-newest", .after = query->after, .limit = query->limit};
  return newest_page(conn, &page, &condition, ret_next, error);
}
