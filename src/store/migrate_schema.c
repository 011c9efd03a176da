/* The schema of a database as text that can be compared, whatever way the database came to it.
 * Test: tests/unit/store/test_migrate.c */
#include "store/migrate.h"

/* Each gives lines in one column. Only what the schema means: no order of columns, no text of CREATE TABLE. */
static const char *const sqlite_parts[] = {
    "SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END "
    "|| CASE WHEN c.pk THEN ' key' ELSE '' END || COALESCE(' default ' || c.dflt_value, '') "
    "FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1",
    "SELECT 'unique ' || t.name || ' (' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) "
    "ORDER BY seqno)) || ')' FROM sqlite_master t, pragma_index_list(t.name) i "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND i.origin <> 'c' ORDER BY 1",
    "SELECT 'index ' || replace(replace(sql, char(10), ' '), '  ', ' ') FROM sqlite_master WHERE type = 'index' AND sql IS NOT "
    "NULL "
    "ORDER BY name",
    "SELECT 'trigger ' || sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "SELECT 'foreign key ' || t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" || ' on delete ' "
    "|| f.on_delete FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1",
    NULL,
};

static const char *const postgresql_parts[] = {
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' "
    "ELSE '' "
    "END || COALESCE(' collate ' || collation_name, '') || COALESCE(' default ' || column_default, '') || CASE is_identity WHEN "
    "'YES' THEN ' identity ' || identity_generation ELSE '' END FROM information_schema.columns "
    "WHERE table_schema = current_schema() ORDER BY table_name, column_name",
    "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY tablename, indexname",
    "SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
    "SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY "
    "proname",
    "SELECT 'constraint ' || conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = current_schema()::regnamespace AND contype <> 'n' ORDER BY 1",
    NULL,
};

static bool append_lines(DbConn *conn, const char *sql, GString *text, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, DB_NO_ARGS, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem)) {
    g_string_append(text, db_rows_text(rows, 0));
    g_string_append_c(text, '\n');
  }
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return !problem;
}

char *migrate_describe_schema(Db *db, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(db, error);
  if (!conn)
    return NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  for (const char *const *part = db_kind(db) == DB_SQLITE ? sqlite_parts : postgresql_parts; *part; part++)
    if (!append_lines(conn, *part, text, error))
      return NULL;
  return g_string_free(g_steal_pointer(&text), FALSE);
}
