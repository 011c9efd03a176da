/* What both databases have in common: addresses, the pool of connections, transactions, and the rules that callers must keep.
 * Test: tests/unit/store/test_db.c, test_pool.c */

#include "store/db.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "store/db_driver.h"

#include <string.h>

enum { DEFAULT_CONNECTIONS = 8, CHANNEL_MAX_BYTES = 63 /* PostgreSQL's limit for a name */ };

struct DbTransaction {
  DbConn *conn;
  bool open;
};

static bool looks_like_postgresql(const char *url)
{
  return g_str_has_prefix(url, "postgresql://") || g_str_has_prefix(url, "postgres://") ||
         (!g_str_has_prefix(url, "sqlite:") && strchr(url, '='));
}

static bool parse_address(const char *url, Db *db, GError **error)
{
  if (looks_like_postgresql(url)) {
    db->driver = &db_postgresql_driver;
    db->address = g_strdup(url);
    return true;
  }
  if (g_str_has_prefix(url, "sqlite:") && url[strlen("sqlite:")]) {
    db->driver = &db_sqlite_driver;
    /* Made absolute: the address must not change its meaning with the working directory. */
    db->address = g_canonicalize_filename(url + strlen("sqlite:"), NULL);
    return true;
  }
  return fail(error, REEVE_ERROR_INVALID, "The database address must be sqlite:PATH or postgresql://USER@HOST/NAME.");
}

static void db_free(Db *db)
{
  db_listeners_free(db->listeners);
  g_mutex_clear(&db->mutex);
  g_cond_clear(&db->freed);
  g_free(db->address);
  g_free(db->schema);
  g_free(db);
}

Db *db_open(const DbParams *params, GError **error)
{
  Db *db = g_new0(Db, 1);
  g_mutex_init(&db->mutex);
  g_cond_init(&db->freed);
  g_queue_init(&db->idle);
  db->limit = params->connections > 0 ? params->connections : DEFAULT_CONNECTIONS;
  db->share = params->share;
  db->schema = g_strdup(params->schema);
  db->listeners = db_listeners_new();
  if (!parse_address(params->url, db, error) || !db->driver->open(db, error)) {
    db_free(db);
    return NULL;
  }
  /* A first connection now, so that a wrong address or a server that is away is known at once. */
  DbConn *first = db_acquire(db, error);
  if (!first) {
    db->driver->close(db);
    db_free(db);
    return NULL;
  }
  db_release(first);
  return db;
}

void db_close(Db *db)
{
  if (!db)
    return;
  if (db->n_open != (int)db->idle.length)
    g_critical("A database is closed while %d of its connections are in use.", db->n_open - (int)db->idle.length);
  db->driver->listen_stop(db);
  DbConn *conn;
  while ((conn = g_queue_pop_head(&db->idle)))
    db->driver->disconnect(conn);
  db->driver->close(db);
  db_free(db);
}

DbKind db_kind(const Db *db)
{
  return db->driver->kind;
}

DbKind db_conn_kind(const DbConn *conn)
{
  return conn->db->driver->kind;
}

bool db_version(Db *db, uint64_t *ret_version)
{
  return db->driver->version && db->driver->version(db, ret_version);
}

DbPoolStats db_pool_stats(Db *db)
{
  g_mutex_lock(&db->mutex);
  DbPoolStats stats = {.limit = db->limit, .open = db->n_open, .idle = (int)db->idle.length, .waiting = db->n_waiting};
  g_mutex_unlock(&db->mutex);
  return stats;
}

/* Gives back the right to have one connection more. */
static void forget_connection(Db *db)
{
  g_mutex_lock(&db->mutex);
  db->n_open--;
  g_cond_signal(&db->freed);
  g_mutex_unlock(&db->mutex);
}

DbConn *db_acquire(Db *db, GError **error)
{
  g_mutex_lock(&db->mutex);
  db->n_waiting++;
  while (!db->idle.length && db->n_open >= db->limit)
    g_cond_wait(&db->freed, &db->mutex);
  db->n_waiting--;
  DbConn *conn = g_queue_pop_head(&db->idle);
  if (!conn)
    db->n_open++;
  g_mutex_unlock(&db->mutex);

  /* Connecting and looking at a connection may take time: without the lock. */
  if (conn && !db->driver->is_alive(conn)) {
    g_debug("A database connection was lost and is opened again.");
    db->driver->disconnect(conn);
    conn = NULL;
  }
  if (!conn)
    conn = db->driver->connect(db, error);
  if (!conn)
    forget_connection(db);
  return conn;
}

void db_release(DbConn *conn)
{
  if (!conn)
    return;
  Db *db = conn->db;
  if (conn->open_rows)
    g_critical("A database connection is released with %d open results.", conn->open_rows);
  if (conn->in_transaction) {
    g_critical("A database connection is released inside a transaction, which is rolled back.");
    db->driver->rollback(conn);
    conn->in_transaction = false;
  }
  g_mutex_lock(&db->mutex);
  g_queue_push_head(&db->idle, conn);
  g_cond_signal(&db->freed);
  g_mutex_unlock(&db->mutex);
}

static DbTransaction *begin(DbConn *conn, bool (*driver_begin)(DbConn *conn, GError **error), GError **error)
{
  if (conn->in_transaction) {
    fail(error, REEVE_ERROR_INTERNAL, "A transaction was begun inside another one.");
    return NULL;
  }
  if (!driver_begin(conn, error))
    return NULL;
  conn->in_transaction = true;
  DbTransaction *transaction = g_new0(DbTransaction, 1);
  *transaction = (DbTransaction){.conn = conn, .open = true};
  return transaction;
}

DbTransaction *db_begin(DbConn *conn, GError **error)
{
  return begin(conn, conn->db->driver->begin, error);
}

DbTransaction *db_begin_snapshot(DbConn *conn, GError **error)
{
  return begin(conn, conn->db->driver->begin_snapshot, error);
}

bool db_commit(DbTransaction *transaction, GError **error)
{
  if (!transaction->open)
    return fail(error, REEVE_ERROR_INTERNAL, "A transaction was committed twice.");
  DbConn *conn = transaction->conn;
  int injected = failpoint("db.commit");
  if (injected)
    return fail_errno(error, injected, "Could not commit");
  if (!conn->db->driver->commit(conn, error))
    return false;
  failpoint("db.committed");
  transaction->open = false;
  conn->in_transaction = false;
  return true;
}

void db_transaction_free(DbTransaction *transaction)
{
  if (!transaction)
    return;
  if (transaction->open) {
    transaction->conn->db->driver->rollback(transaction->conn);
    transaction->conn->in_transaction = false;
  }
  g_free(transaction);
}

/* PostgreSQL refuses what is not UTF-8, SQLite keeps it: both refuse it here, in the same words. */
static bool check_args(const DbArg *args, GError **error)
{
  for (int i = 0; args[i].kind != DB_ARG_END; i++)
    if (args[i].kind == DB_ARG_TEXT && args[i].text && !g_utf8_validate(args[i].text, -1, NULL))
      return fail(error, REEVE_ERROR_INVALID, "A text for the database is not valid UTF-8.");
  return true;
}

bool db_exec(DbConn *conn, const char *sql, const DbArg *args, int64_t *ret_changed, GError **error)
{
  return check_args(args, error) && conn->db->driver->exec(conn, sql, args, ret_changed, error);
}

bool db_exec_script(DbConn *conn, const char *sql, GError **error)
{
  return conn->db->driver->exec_script(conn, sql, error);
}

static DbRows *query(DbConn *conn, const char *sql, const DbArg *args, bool stream, GError **error)
{
  if (!check_args(args, error))
    return NULL;
  DbRows *rows = conn->db->driver->query(conn, sql, args, stream, error);
  if (!rows)
    return NULL;
  rows->conn = conn;
  rows->mapping = g_new0(DbRowsMapping *, 1);
  conn->open_rows++;
  return rows;
}

DbRows *db_query(DbConn *conn, const char *sql, const DbArg *args, GError **error)
{
  return query(conn, sql, args, false, error);
}

DbRows *db_query_stream(DbConn *conn, const char *sql, const DbArg *args, GError **error)
{
  return query(conn, sql, args, true, error);
}

bool db_rows_next(DbRows *rows, GError **error)
{
  return rows->conn->db->driver->rows_next(rows, error);
}

void db_rows_free(DbRows *rows)
{
  if (!rows)
    return;
  rows->conn->open_rows--;
  g_free(*rows->mapping);
  g_free(rows->mapping);
  rows->conn->db->driver->rows_free(rows);
}

int db_rows_columns(const DbRows *rows)
{
  return rows->conn->db->driver->rows_columns(rows);
}

const char *db_rows_column_name(const DbRows *rows, int column)
{
  return rows->conn->db->driver->rows_column_name(rows, column);
}

bool db_rows_is_null(const DbRows *rows, int column)
{
  return rows->conn->db->driver->rows_is_null(rows, column);
}

int64_t db_rows_int(const DbRows *rows, int column)
{
  return rows->conn->db->driver->rows_int(rows, column);
}

double db_rows_real(const DbRows *rows, int column)
{
  return rows->conn->db->driver->rows_real(rows, column);
}

const char *db_rows_text(const DbRows *rows, int column)
{
  return rows->conn->db->driver->rows_text(rows, column);
}

bool db_query_int(DbConn *conn, const char *sql, const DbArg *args, int64_t *ret_value, bool *ret_found, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return false;
  g_autoptr(GError) problem = NULL;
  bool found = db_rows_next(rows, &problem) && !db_rows_is_null(rows, 0);
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  if (found)
    *ret_value = db_rows_int(rows, 0);
  *ret_found = found;
  return true;
}

GArray *db_query_ids(DbConn *conn, const char *sql, const DbArg *args, GError **error)
{
  g_autoptr(DbRows) rows = db_query(conn, sql, args, error);
  if (!rows)
    return NULL;
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_autoptr(GError) problem = NULL;
  while (db_rows_next(rows, &problem)) {
    int64_t id = db_rows_int(rows, 0);
    g_array_append_val(ids, id);
  }
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return NULL;
  }
  return g_steal_pointer(&ids);
}

bool db_ping(DbConn *conn, GError **error)
{
  int64_t one;
  bool found;
  return db_query_int(conn, "SELECT 1", DB_NO_ARGS, &one, &found, error);
}

/* Names stand in SQL as they are, so they are held to what needs no quoting. */
static bool is_channel(const char *channel)
{
  size_t length = strlen(channel);
  return length > 0 && length <= CHANNEL_MAX_BYTES && g_ascii_islower(channel[0]) &&
         strspn(channel, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

bool db_notify(DbConn *conn, const char *channel, const char *payload, GError **error)
{
  if (!is_channel(channel))
    return fail(error, REEVE_ERROR_INTERNAL, "\"%s\" is not a name for a channel.", channel);
  if (strlen(payload) >= DB_NOTIFY_MAX_BYTES)
    return fail(error, REEVE_ERROR_LIMIT, "A message of %zu bytes is too long for channel %s.", strlen(payload), channel);
  return check_args(DB_ARGS(DB_TEXT(payload)), error) && conn->db->driver->notify(conn, channel, payload, error);
}

guint db_listen(Db *db, const char *channel, DbListener listener, void *user_data)
{
  g_return_val_if_fail(is_channel(channel), 0);
  guint id = db_listeners_add(db->listeners, channel, listener, user_data);
  db->driver->listen_sync(db);
  return id;
}

void db_unlisten(Db *db, guint id)
{
  db_listeners_remove(db->listeners, id); /* a channel that nobody listens to any more is given up at the next db_listen */
}
