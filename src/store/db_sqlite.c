/* The driver for SQLite: one file, one server. Readers run beside each other (WAL); writers queue at a gate of our own, because
 * SQLite's lock is polled and lets the lucky one through.
 * Test: tests/unit/store/test_db.c, test_pool.c, test_listen.c */

#include "base/error.h"
#include "base/failpoint.h"
#include "base/number.h"
#include "store/db_driver.h"
#include "store/sqlite_changes.h"
#include "store/sqlite_lock.h"
#include "store/statement_cache.h"
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATEMENTS_KEPT = 64 };

/* A message on its way to the listeners. */
typedef struct {
  char *channel; /* NULL: stop */
  char *payload;
} Message;

typedef struct {
  int lock_fd; /* -1 if shared */
  GMutex gate_mutex;
  GCond gate_freed;
  bool gate_taken; /* some connection of ours writes */
  GMutex listen_mutex;
  GThread *listener; /* started by the first listener */
  GAsyncQueue *messages;
  SqliteChanges *changes;
} SqliteState;

typedef struct {
  DbConn base;
  sqlite3 *handle;
  StatementCache *statements; /* sqlite3_stmt */
  GPtrArray *messages;        /* Message; delivered when the transaction commits */
  bool in_snapshot;           /* the transaction reads only, and did not pass the gate */
} SqliteConn;

typedef struct {
  DbRows base;
  SqliteConn *conn;
  char *sql;
  sqlite3_stmt *statement;
  int n_columns;
  bool done;
  /* Of a statement that writes: all its rows, n_columns values each; `row` is the current one. NULL: stepped as they are read. */
  GPtrArray *values;
  gssize row;
} SqliteRows;

static void message_free(Message *message)
{
  g_free(message->channel);
  g_free(message->payload);
  g_free(message);
}

static Message *message_new(const char *channel, const char *payload)
{
  Message *message = g_new(Message, 1);
  *message = (Message){.channel = g_strdup(channel), .payload = g_strdup(payload)};
  return message;
}

/* --- errors --- */

static ReeveErrorCode error_code(int code, int system_errno)
{
  switch (code & 0xff) {
  case SQLITE_CONSTRAINT:
    return REEVE_ERROR_CONFLICT;
  case SQLITE_FULL:
    return REEVE_ERROR_NO_SPACE;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return code == SQLITE_BUSY_SNAPSHOT ? REEVE_ERROR_CONFLICT : REEVE_ERROR_UNAVAILABLE;
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
    return system_errno ? reeve_error_code_from_errno(system_errno) : REEVE_ERROR_IO;
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return REEVE_ERROR_DENIED;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return REEVE_ERROR_CORRUPT;
  default:
    return REEVE_ERROR_INTERNAL;
  }
}

static bool sqlite_fail(GError **error, SqliteConn *conn)
{
  const char *path = conn->base.db->address;
  int code = sqlite3_extended_errcode(conn->handle);
  int system_errno = sqlite3_system_errno(conn->handle);
  const char *message = sqlite3_errmsg(conn->handle);
  switch (code & 0xff) {
  case SQLITE_CONSTRAINT:
    return fail(error, REEVE_ERROR_CONFLICT, "The database refused a row: %s.", message);
  case SQLITE_FULL:
    return fail(error, REEVE_ERROR_NO_SPACE, "The disk that holds the database %s is full.", path);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return fail(error, error_code(code, 0), "The database %s is busy: another program is writing to it.", path);
  default:
    return fail(error, error_code(code, system_errno), "The database %s failed: %s%s%s.", path, message, system_errno ? ": " : "",
                system_errno ? g_strerror(system_errno) : "");
  }
}

/* --- the gate for writers --- */

static bool gate_enter(Db *db, GError **error)
{
  SqliteState *state = db->state;
  gint64 deadline = g_get_monotonic_time() + (gint64)DB_LOCK_WAIT_MS * 1000;
  g_mutex_lock(&state->gate_mutex);
  bool in_time = true;
  while (state->gate_taken && in_time)
    in_time = g_cond_wait_until(&state->gate_freed, &state->gate_mutex, deadline);
  bool entered = !state->gate_taken;
  state->gate_taken = true;
  g_mutex_unlock(&state->gate_mutex);
  return entered || fail(error, REEVE_ERROR_UNAVAILABLE, "The database %s is busy: another write has not ended for %d seconds.",
                         db->address, DB_LOCK_WAIT_MS / 1000);
}

static void gate_leave(Db *db)
{
  SqliteState *state = db->state;
  g_mutex_lock(&state->gate_mutex);
  state->gate_taken = false;
  g_cond_signal(&state->gate_freed);
  g_mutex_unlock(&state->gate_mutex);
}

/* --- connections --- */

static bool sqlite_open(Db *db, GError **error)
{
  int lock_fd = -1;
  if (!db->share) {
    lock_fd = sqlite_lock(db->address, error);
    if (lock_fd < 0)
      return false;
  }
  /* It holds password hashes: made by us, so that nobody else may read it; its log takes the same mode. */
  int fd = open(db->address, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail_errno(error, errno, "Could not open the database %s", db->address);
    if (lock_fd >= 0)
      close(lock_fd);
    return false;
  }
  close(fd);
  SqliteState *state = g_new0(SqliteState, 1);
  state->lock_fd = lock_fd;
  g_mutex_init(&state->gate_mutex);
  g_cond_init(&state->gate_freed);
  g_mutex_init(&state->listen_mutex);
  state->changes = sqlite_changes_new(db->address);
  state->messages = g_async_queue_new_full((GDestroyNotify)message_free);
  db->state = state;
  return true;
}

static void sqlite_close(Db *db)
{
  SqliteState *state = db->state;
  if (state->lock_fd >= 0)
    close(state->lock_fd);
  g_async_queue_unref(state->messages);
  sqlite_changes_free(state->changes);
  g_mutex_clear(&state->listen_mutex);
  g_cond_clear(&state->gate_freed);
  g_mutex_clear(&state->gate_mutex);
  g_free(state);
}

/* LOWER for all of Unicode, one character for one, as PostgreSQL has it; SQLite's own knows ASCII only. */
static void sql_lower(sqlite3_context *context, int n_args, sqlite3_value **args)
{
  (void)n_args;
  const char *text = (const char *)sqlite3_value_text(args[0]);
  if (!text)
    return;
  GString *lower = g_string_sized_new((gsize)sqlite3_value_bytes(args[0]));
  for (const char *p = text; *p; p = g_utf8_next_char(p)) {
    if ((guchar)*p < 0x80)
      g_string_append_c(lower, g_ascii_tolower(*p));
    else
      g_string_append_unichar(lower, g_unichar_tolower(g_utf8_get_char(p)));
  }
  gsize length = lower->len;
  sqlite3_result_text64(context, g_string_free(lower, FALSE), length, g_free, SQLITE_UTF8);
}

static void drop_statement(void *statement, void *user_data)
{
  (void)user_data;
  sqlite3_finalize(statement);
}

static void sqlite_disconnect(DbConn *base)
{
  SqliteConn *conn = (SqliteConn *)base;
  statement_cache_free(conn->statements);
  g_ptr_array_unref(conn->messages);
  sqlite3_close_v2(conn->handle);
  g_free(conn);
}

/* The write-ahead log needs shared memory, which some network file systems lack. */
static bool set_wal(SqliteConn *conn, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(conn->handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW) {
    sqlite_fail(error, conn);
    sqlite3_finalize(statement);
    return false;
  }
  bool wal = g_strcmp0((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
  sqlite3_finalize(statement);
  return wal ||
         fail(error, REEVE_ERROR_IO, "The file system of %s cannot hold an SQLite database in use; put it on a local disk.",
              conn->base.db->address);
}

static bool configure(SqliteConn *conn, GError **error)
{
  static const char settings[] =
      "PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA secure_delete = ON;" /* Debian's preset, and not everybody's: what was taken away is not in the file any more */
      "PRAGMA mmap_size = 0;"
      "PRAGMA cache_size = -2048;"
      "PRAGMA journal_size_limit = 67108864;";
  sqlite3_busy_timeout(conn->handle, DB_LOCK_WAIT_MS);
  if (sqlite3_create_function(conn->handle, "lower", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, sql_lower,
                              NULL, NULL) != SQLITE_OK ||
      sqlite3_exec(conn->handle, settings, NULL, NULL, NULL) != SQLITE_OK)
    return sqlite_fail(error, conn);
  return set_wal(conn, error);
}

static DbConn *sqlite_connect(Db *db, GError **error)
{
  SqliteConn *conn = g_new0(SqliteConn, 1);
  conn->base.db = db;
  conn->statements = statement_cache_new(STATEMENTS_KEPT, drop_statement, NULL);
  conn->messages = g_ptr_array_new_with_free_func((GDestroyNotify)message_free);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(db->address, &conn->handle, flags, NULL) != SQLITE_OK)
    sqlite_fail(error, conn);
  else if (configure(conn, error))
    return &conn->base;
  sqlite_disconnect(&conn->base);
  return NULL;
}

static bool sqlite_version(Db *db, uint64_t *ret_version)
{
  SqliteState *state = db->state;
  return sqlite_changes_version(state->changes, ret_version);
}

static bool sqlite_is_alive(DbConn *conn)
{
  (void)conn;
  return true;
}

/* --- statements --- */

static sqlite3_stmt *prepare(SqliteConn *conn, const char *sql, GError **error)
{
  sqlite3_stmt *statement = statement_cache_take(conn->statements, sql);
  if (statement)
    return statement;
  const char *tail = NULL;
  if (sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, &tail) != SQLITE_OK) {
    sqlite_fail(error, conn);
    return NULL;
  }
  if (!statement || tail[strspn(tail, " \t\r\n;")]) {
    fail(error, REEVE_ERROR_INTERNAL, "One SQL statement was expected: %s", sql);
    sqlite3_finalize(statement);
    return NULL;
  }
  return statement;
}

/* Gives a statement back, ready for the next use. */
static void put_back(SqliteConn *conn, const char *sql, sqlite3_stmt *statement)
{
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  statement_cache_put(conn->statements, sql, statement);
}

static int bind_one(sqlite3_stmt *statement, int index, const DbArg *arg, sqlite3_destructor_type lifetime)
{
  switch (arg->kind) {
  case DB_ARG_INT:
    return sqlite3_bind_int64(statement, index, arg->integer);
  case DB_ARG_REAL:
    return sqlite3_bind_double(statement, index, arg->real); /* NAN binds as NULL */
  case DB_ARG_TEXT:
    return sqlite3_bind_text(statement, index, arg->text, -1, lifetime); /* NULL binds as NULL */
  case DB_ARG_NULL:
  case DB_ARG_END:
    break;
  }
  return sqlite3_bind_null(statement, index);
}

/* SQLite takes $1 for a name and numbers its parameters by first appearance. */
static bool bind_all(SqliteConn *conn, sqlite3_stmt *statement, const DbArg *args, sqlite3_destructor_type lifetime,
                     GError **error)
{
  int n_args = db_args_count(args);
  int highest = 0;
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
    const char *name = sqlite3_bind_parameter_name(statement, i);
    int64_t number = 0;
    if (!name || name[0] != '$' || !parse_int(name + 1, 1, n_args, &number))
      return fail(error, REEVE_ERROR_INTERNAL, "There is no argument for %s in: %s", name ? name : "?", sqlite3_sql(statement));
    highest = MAX(highest, (int)number);
    if (bind_one(statement, i, &args[number - 1], lifetime) != SQLITE_OK)
      return sqlite_fail(error, conn);
  }
  return highest == n_args ||
         fail(error, REEVE_ERROR_INTERNAL, "There are %d arguments too many for: %s", n_args - highest, sqlite3_sql(statement));
}

/* After some errors SQLite ends the transaction by itself; what followed would commit one by one. */
static bool check_transaction(SqliteConn *conn, GError **error)
{
  if (conn->base.in_transaction && sqlite3_get_autocommit(conn->handle))
    return fail(error, REEVE_ERROR_INTERNAL, "The transaction was rolled back after an earlier error.");
  return true;
}

/* A statement that is not within a transaction and writes must pass the gate. */
static bool needs_gate(const SqliteConn *conn, sqlite3_stmt *statement)
{
  return !conn->base.in_transaction && !sqlite3_stmt_readonly(statement);
}

static bool run_exec(SqliteConn *conn, sqlite3_stmt *statement, const DbArg *args, int64_t *ret_changed, GError **error)
{
  if (!bind_all(conn, statement, args, SQLITE_STATIC, error))
    return false;
  bool gate = needs_gate(conn, statement);
  if (gate && !gate_enter(conn->base.db, error))
    return false;
  int code;
  do
    code = sqlite3_step(statement);
  while (code == SQLITE_ROW);
  bool ok = code == SQLITE_DONE || sqlite_fail(error, conn);
  if (ok && ret_changed)
    *ret_changed = sqlite3_stmt_readonly(statement) ? 0 : sqlite3_changes64(conn->handle);
  sqlite3_reset(statement);
  if (gate)
    gate_leave(conn->base.db);
  return ok;
}

static bool sqlite_exec(DbConn *base, const char *sql, const DbArg *args, int64_t *ret_changed, GError **error)
{
  SqliteConn *conn = (SqliteConn *)base;
  if (!check_transaction(conn, error))
    return false;
  sqlite3_stmt *statement = prepare(conn, sql, error);
  if (!statement)
    return false;
  bool ok = run_exec(conn, statement, args, ret_changed, error);
  put_back(conn, sql, statement);
  return ok;
}

static bool sqlite_exec_script(DbConn *base, const char *sql, GError **error)
{
  SqliteConn *conn = (SqliteConn *)base;
  if (!check_transaction(conn, error))
    return false;
  bool gate = !base->in_transaction;
  if (gate && !gate_enter(base->db, error))
    return false;
  bool ok = sqlite3_exec(conn->handle, sql, NULL, NULL, NULL) == SQLITE_OK || sqlite_fail(error, conn);
  if (gate)
    gate_leave(base->db);
  return ok;
}

/* --- rows --- */

static void value_free(void *value)
{
  sqlite3_value_free(value);
}

/* Steps to the end, so that an error in the commit is seen here and not lost when the rows are freed. */
static bool read_all(SqliteRows *rows, GError **error)
{
  rows->values = g_ptr_array_new_with_free_func(value_free);
  int code;
  while ((code = sqlite3_step(rows->statement)) == SQLITE_ROW)
    for (int i = 0; i < rows->n_columns; i++)
      g_ptr_array_add(rows->values, sqlite3_value_dup(sqlite3_column_value(rows->statement, i)));
  bool ok = code == SQLITE_DONE || sqlite_fail(error, rows->conn);
  sqlite3_reset(rows->statement);
  return ok;
}

static void sqlite_rows_free(DbRows *base)
{
  SqliteRows *rows = (SqliteRows *)base;
  if (rows->values)
    g_ptr_array_unref(rows->values);
  put_back(rows->conn, rows->sql, rows->statement);
  g_free(rows->sql);
  g_free(rows);
}

static bool start(SqliteRows *rows, const DbArg *args, GError **error)
{
  SqliteConn *conn = rows->conn;
  if (!bind_all(conn, rows->statement, args, SQLITE_TRANSIENT, error))
    return false;
  if (sqlite3_stmt_readonly(rows->statement))
    return true;
  bool gate = needs_gate(conn, rows->statement);
  if (gate && !gate_enter(conn->base.db, error))
    return false;
  bool ok = read_all(rows, error);
  if (gate)
    gate_leave(conn->base.db);
  return ok;
}

static DbRows *sqlite_query(DbConn *base, const char *sql, const DbArg *args, bool stream, GError **error)
{
  (void)stream;
  SqliteConn *conn = (SqliteConn *)base;
  if (!check_transaction(conn, error))
    return NULL;
  sqlite3_stmt *statement = prepare(conn, sql, error);
  if (!statement)
    return NULL;
  SqliteRows *rows = g_new0(SqliteRows, 1);
  rows->conn = conn;
  rows->sql = g_strdup(sql);
  rows->statement = statement;
  rows->n_columns = sqlite3_column_count(statement);
  rows->row = -1;
  if (start(rows, args, error))
    return &rows->base;
  sqlite_rows_free(&rows->base);
  return NULL;
}

static bool sqlite_rows_next(DbRows *base, GError **error)
{
  SqliteRows *rows = (SqliteRows *)base;
  if (rows->done) /* one step more would run it again */
    return false;
  if (rows->values) {
    rows->done = (guint)(++rows->row * rows->n_columns) >= rows->values->len;
    return !rows->done;
  }
  int code = sqlite3_step(rows->statement);
  if (code == SQLITE_ROW)
    return true;
  rows->done = true;
  if (code != SQLITE_DONE)
    sqlite_fail(error, rows->conn);
  return false;
}

static int sqlite_rows_columns(const DbRows *base)
{
  return ((const SqliteRows *)base)->n_columns;
}

static const char *sqlite_rows_column_name(const DbRows *base, int column)
{
  return sqlite3_column_name(((const SqliteRows *)base)->statement, column);
}

/* The value of a row that was read beforehand; NULL if rows are stepped. */
static sqlite3_value *kept_value(const SqliteRows *rows, int column)
{
  return rows->values ? rows->values->pdata[rows->row * rows->n_columns + column] : NULL;
}

static bool sqlite_rows_is_null(const DbRows *base, int column)
{
  const SqliteRows *rows = (const SqliteRows *)base;
  sqlite3_value *kept = kept_value(rows, column);
  return (kept ? sqlite3_value_type(kept) : sqlite3_column_type(rows->statement, column)) == SQLITE_NULL;
}

static int64_t sqlite_rows_int(const DbRows *base, int column)
{
  const SqliteRows *rows = (const SqliteRows *)base;
  sqlite3_value *kept = kept_value(rows, column);
  return kept ? sqlite3_value_int64(kept) : sqlite3_column_int64(rows->statement, column);
}

static double sqlite_rows_real(const DbRows *base, int column)
{
  const SqliteRows *rows = (const SqliteRows *)base;
  sqlite3_value *kept = kept_value(rows, column);
  return kept ? sqlite3_value_double(kept) : sqlite3_column_double(rows->statement, column);
}

static const char *sqlite_rows_text(const DbRows *base, int column)
{
  const SqliteRows *rows = (const SqliteRows *)base;
  sqlite3_value *kept = kept_value(rows, column);
  return (const char *)(kept ? sqlite3_value_text(kept) : sqlite3_column_text(rows->statement, column));
}

/* --- transactions --- */

/* BEGIN, COMMIT and ROLLBACK: the gate is their caller's affair. */
static bool run_command(SqliteConn *conn, const char *sql, GError **error)
{
  sqlite3_stmt *statement = prepare(conn, sql, error);
  if (!statement)
    return false;
  bool ok = sqlite3_step(statement) == SQLITE_DONE || sqlite_fail(error, conn);
  put_back(conn, sql, statement);
  return ok;
}

static bool sqlite_begin(DbConn *base, GError **error)
{
  if (!gate_enter(base->db, error))
    return false;
  if (run_command((SqliteConn *)base, "BEGIN IMMEDIATE", error))
    return true;
  gate_leave(base->db);
  return false;
}

/* In the write-ahead log a reader keeps its view for as long as it reads. The first statement fixes it, so one is made now. */
static bool sqlite_begin_snapshot(DbConn *base, GError **error)
{
  SqliteConn *conn = (SqliteConn *)base;
  if (!run_command(conn, "BEGIN DEFERRED", error))
    return false;
  if (sqlite3_exec(conn->handle, "SELECT COUNT(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK) {
    sqlite_fail(error, conn);
    run_command(conn, "ROLLBACK", NULL);
    return false;
  }
  conn->in_snapshot = true;
  return true;
}

/* What begin took. */
static void end_transaction(SqliteConn *conn)
{
  if (!conn->in_snapshot)
    gate_leave(conn->base.db);
  conn->in_snapshot = false;
}

static void send_messages(SqliteConn *conn)
{
  SqliteState *state = conn->base.db->state;
  g_mutex_lock(&state->listen_mutex);
  bool heard = state->listener;
  g_mutex_unlock(&state->listen_mutex);
  gsize n = 0;
  g_autofree gpointer *messages = g_ptr_array_steal(conn->messages, &n);
  for (gsize i = 0; i < n; i++) {
    if (heard)
      g_async_queue_push(state->messages, messages[i]);
    else
      message_free(messages[i]);
  }
}

static bool sqlite_commit(DbConn *base, GError **error)
{
  SqliteConn *conn = (SqliteConn *)base;
  if (!check_transaction(conn, error) || !run_command(conn, "COMMIT", error))
    return false;
  end_transaction(conn);
  send_messages(conn);
  return true;
}

static void sqlite_rollback(DbConn *base)
{
  SqliteConn *conn = (SqliteConn *)base;
  g_autoptr(GError) problem = NULL;
  g_ptr_array_set_size(conn->messages, 0);
  if (!sqlite3_get_autocommit(conn->handle) && !run_command(conn, "ROLLBACK", &problem))
    g_warning("A transaction could not be rolled back: %s", problem->message);
  end_transaction(conn);
}

/* --- messages, within the process --- */

static bool sqlite_notify(DbConn *base, const char *channel, const char *payload, GError **error)
{
  SqliteConn *conn = (SqliteConn *)base;
  if (!check_transaction(conn, error))
    return false;
  g_ptr_array_add(conn->messages, message_new(channel, payload));
  if (!base->in_transaction)
    send_messages(conn);
  return true;
}

static gpointer listen_loop(gpointer data)
{
  Db *db = data;
  SqliteState *state = db->state;
  for (;;) {
    Message *message = g_async_queue_pop(state->messages);
    bool stop = !message->channel;
    if (!stop)
      db_listeners_deliver(db->listeners, message->channel, message->payload);
    message_free(message);
    if (stop)
      return NULL;
  }
}

static void sqlite_listen_sync(Db *db)
{
  SqliteState *state = db->state;
  g_mutex_lock(&state->listen_mutex);
  if (!state->listener)
    state->listener = g_thread_new("db-listen", listen_loop, db);
  g_mutex_unlock(&state->listen_mutex);
}

static void sqlite_listen_stop(Db *db)
{
  SqliteState *state = db->state;
  if (!state->listener)
    return;
  g_async_queue_push(state->messages, message_new(NULL, NULL));
  g_thread_join(state->listener);
  state->listener = NULL;
}

/* --- a copy --- */

static bool copy_into(SqliteConn *conn, const char *path, GError **error)
{
  SqliteConn target = {.base = {.db = conn->base.db}};
  bool ok = false;
  if (sqlite3_open_v2(path, &target.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
    sqlite3_backup *backup = sqlite3_backup_init(target.handle, "main", conn->handle, "main");
    if (backup) {
      sqlite3_backup_step(backup, -1);
      ok = sqlite3_backup_finish(backup) == SQLITE_OK;
    }
  }
  if (!ok)
    fail(error, error_code(sqlite3_extended_errcode(target.handle), sqlite3_system_errno(target.handle)),
         "Could not copy the database to %s: %s.", path, sqlite3_errmsg(target.handle));
  sqlite3_close_v2(target.handle);
  return ok;
}

/* An empty file of this name, locked against others who copy: two processes may upgrade at once, and one that was killed may have
 * left its part. -1 on failure; its closing unlocks. */
static int open_part(const char *part, GError **error)
{
  for (;;) {
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat held, named;
    if (fd >= 0 && flock(fd, LOCK_EX) == 0 && ftruncate(fd, 0) == 0 && fstat(fd, &held) == 0) {
      if (lstat(part, &named) == 0 && named.st_ino == held.st_ino && named.st_dev == held.st_dev)
        return fd;
      close(fd); /* while we waited it became somebody's finished copy */
      continue;
    }
    fail_errno(error, errno, "Could not make %s", part);
    if (fd >= 0)
      close(fd);
    return -1;
  }
}

static bool sqlite_copy(DbConn *base, const char *path, GError **error)
{
  g_autofree char *part = g_strconcat(path, ".part", NULL);
  int fd = open_part(part, error);
  if (fd < 0)
    return false;
  bool ok = copy_into((SqliteConn *)base, part, error) && fs_fsync(part, error) && fs_rename(part, path, error) &&
            fs_fsync_parent(path, error);
  if (!ok)
    unlink(part);
  close(fd);
  return ok;
}

/* --- another database in this one's place --- */

/* With the lock for writing held from the first step on: SQLite's backup writes one transaction, which is there as a whole or,
 * after a crash, not at all. Statements of other connections, of other processes too, are compiled again by themselves, because
 * the backup counts up the schema's version. */
static bool copy_over(SqliteConn *conn, sqlite3 *source, bool (*check)(DbConn *conn, GError **error), GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init(conn->handle, "main", source, "main");
  if (!backup)
    return sqlite_fail(error, conn);
  int code = sqlite3_backup_step(backup, 0);
  bool may = code == SQLITE_OK;
  if (may && check) { /* on another connection, since this one is being written by the backup */
    g_autoptr(DbConn) reader = db_acquire(conn->base.db, error);
    may = reader && check(reader, error);
  }
  int injected = may ? failpoint("db.adopt") : 0;
  if (injected)
    may = fail_errno(error, injected, "Could not put the restored database in place");
  if (may)
    code = sqlite3_backup_step(backup, -1);
  /* Finishing what is not complete rolls it back. */
  int finished = sqlite3_backup_finish(backup);
  if (may && code == SQLITE_DONE && finished == SQLITE_OK)
    return true;
  if (may || code != SQLITE_OK)
    fail(error, error_code(finished != SQLITE_OK ? finished : code, 0), "The restored database could not be put in place: %s.",
         sqlite3_errstr(finished != SQLITE_OK ? finished : code));
  return false;
}

static bool sqlite_adopt(DbConn *base, Db *fresh, bool (*check)(DbConn *conn, GError **error), GError **error)
{
  sqlite3 *source = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  if (!gate_enter(base->db, error))
    return false;
  bool ok = sqlite3_open_v2(fresh->address, &source, flags, NULL) == SQLITE_OK
                ? copy_over((SqliteConn *)base, source, check, error)
                : fail(error, REEVE_ERROR_IO, "Could not open %s: %s.", fresh->address, sqlite3_errmsg(source));
  sqlite3_close_v2(source);
  gate_leave(base->db);
  return ok;
}

const DbDriver db_sqlite_driver = {
    .kind = DB_SQLITE,
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .version = sqlite_version,
    .disconnect = sqlite_disconnect,
    .is_alive = sqlite_is_alive,
    .begin = sqlite_begin,
    .begin_snapshot = sqlite_begin_snapshot,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .exec = sqlite_exec,
    .exec_script = sqlite_exec_script,
    .query = sqlite_query,
    .rows_next = sqlite_rows_next,
    .rows_free = sqlite_rows_free,
    .rows_columns = sqlite_rows_columns,
    .rows_column_name = sqlite_rows_column_name,
    .rows_is_null = sqlite_rows_is_null,
    .rows_int = sqlite_rows_int,
    .rows_real = sqlite_rows_real,
    .rows_text = sqlite_rows_text,
    .notify = sqlite_notify,
    .listen_sync = sqlite_listen_sync,
    .listen_stop = sqlite_listen_stop,
    .copy = sqlite_copy,
    .adopt = sqlite_adopt,
};
