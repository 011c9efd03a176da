/* The table of the audit log, and its pages, the newest first. Test: tests/unit/auth/test_audit.c */
#include "store/audit.h"

#include "store/newest_page.h"
#include "store/record_sql.h"

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

static bool carry_entries(DbRows *rows, DbConn *to, GError **error)
{
  g_autoptr(GError) why = NULL;
  while (db_rows_next(rows, &why)) {
    AuditEntry *entry = record_new(&audit_table);
    bool done = record_from_row(&audit_table, rows, entry, error) && record_insert(to, &audit_table, entry, error);
    record_free(&audit_table, entry);
    if (!done)
      return false;
  }
  if (why)
    g_propagate_error(error, g_steal_pointer(&why));
  return !why;
}

bool audit_carry(DbConn *from, DbConn *to, GError **error)
{
  int64_t newest_ms = 0;
  bool found;
  if (!db_query_int(to, "SELECT COALESCE(MAX(at_ms), 0) FROM audit", DB_NO_ARGS, &newest_ms, &found, error))
    return false;
  g_autofree char *columns = record_columns(&audit_table, NULL);
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM audit WHERE at_ms > $1 ORDER BY at_ms, id", columns);
  g_autoptr(DbRows) rows = db_query(from, sql, DB_ARGS(DB_INT(newest_ms)), error);
  g_autoptr(DbTransaction) transaction = rows ? db_begin(to, error) : NULL;
  return transaction && carry_entries(rows, to, error) && db_commit(transaction, error);
}
