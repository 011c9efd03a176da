/* How a database is built beside the one in use and put in its place. Test: tests/unit/operate/test_backup.c
 */
#include "store/restore.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/audit.h"
#include "store/db_driver.h"
#include "store/migrate.h"
#include "store/sqlite_lock.h"

#include <string.h>
#include <unistd.h>

#define RESTORE_SCHEMA "reeve_restoring"

/* Held by whoever restores a PostgreSQL database: "Restore" in ASCII. */
#define RESTORE_LOCK G_GINT64_CONSTANT(0x526573746f7265)

struct Restore {
  Db *live;
  DbConn *live_conn; /* PostgreSQL: holds the lock */
  Db *fresh;
  DbConn *conn;
  DbTransaction *filling;
  GPtrArray *tables;
  GPtrArray *foreign_keys; /* PostgreSQL: statements that bring them back */
  char *path;              /* SQLite */
  int lock_fd;
};

/* --- SQLite --- */

static void unlink_all(const char *path)
{
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", NULL};
  for (size_t i = 0; suffixes[i]; i++) {
    g_autofree char *name = g_strconcat(path, suffixes[i], NULL);
    unlink(name);
  }
}

static bool begin_sqlite(Restore *restore, GError **error)
{
  restore->path = g_strconcat(restore->live->address, ".restoring", NULL);
  restore->lock_fd = sqlite_lock(restore->path, error);
  if (restore->lock_fd < 0)
    return false;
  unlink_all(restore->path);
  g_autofree char *url = g_strconcat("sqlite:", restore->path, NULL);
  restore->fresh = db_open(&(DbParams){.url = url, .connections = 2, .share = true}, error);
  return restore->fresh != NULL;
}

/* --- PostgreSQL --- */

static bool take_lock(DbConn *conn, GError **error)
{
  int64_t taken = 0;
  bool found = false;
  if (!db_query_int(conn, "SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END", DB_ARGS(DB_INT(RESTORE_LOCK)), &taken,
                    &found, error))
    return false;
  return taken || fail(error, REEVE_ERROR_CONFLICT, "Another restore of this database is under way.");
}

static bool begin_postgresql(Restore *restore, GError **error)
{
  restore->live_conn = db_acquire(restore->live, error);
  if (!restore->live_conn || !take_lock(restore->live_conn, error)) {
    g_clear_pointer(&restore->live_conn, db_release);
    return false;
  }
  if (!db_exec_script(restore->live_conn, "DROP SCHEMA IF EXISTS " RESTORE_SCHEMA " CASCADE", error))
    return false;
  restore->fresh =
      db_open(&(DbParams){.url = restore->live->address, .connections = 2, .share = true, .schema = RESTORE_SCHEMA}, error);
  return restore->fresh != NULL;
}

/* Taken off while rows come in whatever order, and remembered. */
static bool take_foreign_keys(Restore *restore, GError **error)
{
  static const char sql[] =
      "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
      "WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace ORDER BY 1, 2";
  g_autoptr(GString) drops = g_string_new(NULL);
  {
    g_autoptr(DbRows) rows = db_query(restore->conn, sql, DB_NO_ARGS, error);
    if (!rows)
      return false;
    g_autoptr(GError) problem = NULL;
    while (db_rows_next(rows, &problem)) {
      const char *table = db_rows_text(rows, 0), *name = db_rows_text(rows, 1);
      g_string_append_printf(drops, "ALTER TABLE %s DROP CONSTRAINT %s;", table, name);
      g_ptr_array_add(restore->foreign_keys,
                      g_strdup_printf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, name, db_rows_text(rows, 2)));
    }
    if (problem) {
      g_propagate_error(error, g_steal_pointer(&problem));
      return false;
    }
  }
  return drops->len == 0 || db_exec_script(restore->conn, drops->str, error);
}

/* --- both --- */

static bool is_sqlite(const Restore *restore)
{
  return db_kind(restore->live) == DB_SQLITE;
}

static bool prepare(Restore *restore, int version, GError **error)
{
  if (!migrate_run_to(restore->fresh, version, error))
    return false;
  restore->conn = db_acquire(restore->fresh, error);
  if (!restore->conn || (is_sqlite(restore) && !db_exec_script(restore->conn, "PRAGMA foreign_keys = OFF", error)))
    return false;
  restore->filling = db_begin(restore->conn, error);
  if (!restore->filling || (!is_sqlite(restore) && !take_foreign_keys(restore, error)))
    return false;
  restore->tables = catalog_read(restore->conn, error);
  return restore->tables != NULL;
}

Restore *restore_begin(Db *live, int version, GError **error)
{
  g_autoptr(Restore) restore = g_new0(Restore, 1);
  restore->live = live;
  restore->lock_fd = -1;
  restore->foreign_keys = g_ptr_array_new_with_free_func(g_free);
  bool begun = is_sqlite(restore) ? begin_sqlite(restore, error) : begin_postgresql(restore, error);
  return begun && prepare(restore, version, error) ? g_steal_pointer(&restore) : NULL;
}

static void close_fresh(Restore *restore)
{
  g_clear_pointer(&restore->filling, db_transaction_free);
  g_clear_pointer(&restore->conn, db_release);
  g_clear_pointer(&restore->fresh, db_close);
}

void restore_free(Restore *restore)
{
  if (!restore)
    return;
  close_fresh(restore);
  if (restore->path && restore->lock_fd >= 0)
    unlink_all(restore->path);
  if (restore->lock_fd >= 0)
    close(restore->lock_fd);
  if (restore->live_conn) {
    g_autoptr(GError) why = NULL;
    if (!db_exec_script(restore->live_conn, "DROP SCHEMA IF EXISTS " RESTORE_SCHEMA " CASCADE", &why))
      g_warning("What a restore made is left in the schema " RESTORE_SCHEMA " and goes with the next: %s", why->message);
    db_exec_script(restore->live_conn, "SELECT pg_advisory_unlock_all()", NULL);
    db_release(restore->live_conn);
  }
  g_clear_pointer(&restore->tables, g_ptr_array_unref);
  g_ptr_array_unref(restore->foreign_keys);
  g_free(restore->path);
  g_free(restore);
}

DbConn *restore_conn(Restore *restore)
{
  return restore->conn;
}

const GPtrArray *restore_tables(const Restore *restore)
{
  return restore->tables;
}

/* A number that was given once is not given again, although its row may be gone: names on the disk are made of them. */
static bool set_last_id(const Restore *restore, const CatalogTable *table, GError **error)
{
  if (table->last_id == FIELD_NULL_INT || table->last_id <= 0)
    return true;
  if (!is_sqlite(restore)) {
    g_autofree char *sequence = g_strconcat(table->name, "_id_seq", NULL);
    int64_t set;
    bool found;
    return db_query_int(restore->conn, "SELECT setval($1::regclass, $2)", DB_ARGS(DB_TEXT(sequence), DB_INT(table->last_id)),
                        &set, &found, error);
  }
  return db_exec(restore->conn, "DELETE FROM sqlite_sequence WHERE name = $1", DB_ARGS(DB_TEXT(table->name)), NULL, error) &&
         db_exec(restore->conn, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)",
                 DB_ARGS(DB_TEXT(table->name), DB_INT(table->last_id)), NULL, error);
}

static bool bring_back_foreign_keys(Restore *restore, GError **error)
{
  for (guint i = 0; i < restore->foreign_keys->len; i++) {
    g_autoptr(GError) why = NULL;
    if (!db_exec_script(restore->conn, restore->foreign_keys->pdata[i], &why))
      return fail(error, reeve_error_code(why) == REEVE_ERROR_CONFLICT ? REEVE_ERROR_CORRUPT : reeve_error_code(why),
                  "Rows of the backup refer to rows that it does not have: %s", why->message);
  }
  if (!is_sqlite(restore))
    return true;
  g_autoptr(DbRows) rows = db_query(restore->conn, "PRAGMA foreign_key_check", DB_NO_ARGS, error);
  g_autoptr(GError) why = NULL;
  if (!rows)
    return false;
  if (db_rows_next(rows, &why))
    return fail(error, REEVE_ERROR_CORRUPT, "Rows of the backup's table %s refer to rows that it does not have.",
                db_rows_text(rows, 0));
  if (why)
    g_propagate_error(error, g_steal_pointer(&why));
  return !why;
}

/* Jobs that ran when the backup was made: their leases are nobody's, so that they go back to the queue, and a worker that still
 * holds one is refused. */
static bool take_leases_away(DbConn *conn, GError **error)
{
  return db_exec(conn,
                 "UPDATE jobs SET lease_owner = 'before the restore', lease_until_ms = 0, lease_epoch = lease_epoch + 1 "
                 "WHERE lease_owner IS NOT NULL",
                 DB_NO_ARGS, NULL, error);
}

static bool keep_audit(Restore *restore, GError **error)
{
  g_autoptr(DbConn) live = db_acquire(restore->live, error);
  return live && audit_carry(live, restore->conn, error);
}

bool restore_finish(Restore *restore, const GPtrArray *dumped, GError **error)
{
  for (guint i = 0; i < dumped->len; i++)
    if (!set_last_id(restore, dumped->pdata[i], error))
      return false;
  if (!bring_back_foreign_keys(restore, error) || !db_commit(restore->filling, error))
    return false;
  g_clear_pointer(&restore->filling, db_transaction_free);
  return migrate_run_to(restore->fresh, G_MAXINT, error) && take_leases_away(restore->conn, error) &&
         keep_audit(restore, error) &&
         (is_sqlite(restore) ||
          db_exec_script(restore->conn, "ANALYZE", error)); /* else plans are bad until it is done by itself */
}

/* From INTENT on the journal's row is all that knows what is being done to a user's file. */
static bool check_no_swap(DbConn *conn, GError **error)
{
  int64_t n = 0;
  bool found;
  if (!db_query_int(conn, "SELECT COUNT(*) FROM replacements WHERE state IN ('intent', 'swapped')", DB_NO_ARGS, &n, &found,
                    error))
    return false;
  return n == 0 || fail(error, REEVE_ERROR_CONFLICT,
                        "A file of the library is being replaced at this moment; nothing was restored. Try again in a minute.");
}

/* "a, b, c" of all tables in use, with the list of migrations; each with `before`. */
static char *table_names(const GPtrArray *tables, const char *before)
{
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < tables->len; i++)
    g_string_append_printf(names, "%s%s, ", before, ((const CatalogTable *)tables->pdata[i])->name);
  g_string_append_printf(names, "%sschema_migrations", before);
  return g_string_free(names, FALSE);
}

static char *current_schema(DbConn *conn, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, "SELECT quote_ident(current_schema())", DB_NO_ARGS, error);
  return rows && db_rows_next(rows, error) ? g_strdup(db_rows_text(rows, 0)) : NULL;
}

/* Triggers call functions, which a table does not take along. Adds the statements to `sql`, to stand behind those that
 * drop the tables in use. */
static bool move_functions(DbConn *conn, const char *schema, GString *sql, GError **error)
{
  g_autoptr(DbRows) rows =
      db_query(conn,
               "SELECT quote_ident(proname) || '(' || pg_get_function_identity_arguments(oid) || ')' FROM pg_proc "
               "WHERE pronamespace = '" RESTORE_SCHEMA "'::regnamespace ORDER BY 1",
               DB_NO_ARGS, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem)) {
    const char *function = db_rows_text(rows, 0);
    g_string_append_printf(sql, "DROP FUNCTION IF EXISTS %s.%s; ALTER FUNCTION " RESTORE_SCHEMA ".%s SET SCHEMA %s;", schema,
                           function, function, schema);
  }
  if (problem)
    g_propagate_error(error, g_steal_pointer(&problem));
  return !problem;
}

static bool swap_schemas(DbConn *conn, const GPtrArray *fresh_tables, GError **error)
{
  g_autofree char *schema = current_schema(conn, error);
  g_autoptr(GPtrArray) tables = schema ? catalog_read(conn, error) : NULL;
  if (!tables)
    return false;
  g_autofree char *used = table_names(tables, "");
  g_autofree char *lock = g_strdup_printf("SET LOCAL statement_timeout = 0; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", used);
  if (!db_exec_script(conn, lock, error) || !check_no_swap(conn, error))
    return false;
  g_autoptr(GString) sql = g_string_new(NULL);
  g_string_append_printf(sql, "DROP TABLE %s CASCADE;", used);
  for (guint i = 0; i < fresh_tables->len; i++)
    g_string_append_printf(sql, "ALTER TABLE " RESTORE_SCHEMA ".%s SET SCHEMA %s;",
                           ((const CatalogTable *)fresh_tables->pdata[i])->name, schema);
  g_string_append_printf(sql, "ALTER TABLE " RESTORE_SCHEMA ".schema_migrations SET SCHEMA %s;", schema);
  return move_functions(conn, schema, sql, error) && db_exec_script(conn, sql->str, error);
}

static bool switch_postgresql(Restore *restore, GError **error)
{
  g_autoptr(DbTransaction) transaction = db_begin(restore->live_conn, error);
  if (!transaction || !swap_schemas(restore->live_conn, restore->tables, error))
    return false;
  int injected = failpoint("db.adopt");
  if (injected)
    return fail_errno(error, injected, "Could not put the restored database in place");
  return db_commit(transaction, error);
}

static bool switch_sqlite(Restore *restore, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(restore->live, error);
  return conn && conn->db->driver->adopt(conn, restore->fresh, check_no_swap, error);
}

bool restore_switch(Restore *restore, GError **error)
{
  /* The migrations may have added tables since it was made. */
  g_clear_pointer(&restore->tables, g_ptr_array_unref);
  restore->tables = catalog_read(restore->conn, error);
  if (!restore->tables)
    return false;
  g_clear_pointer(&restore->conn, db_release); /* nothing may hold what is moved */
  return is_sqlite(restore) ? switch_sqlite(restore, error) : switch_postgresql(restore, error);
}
