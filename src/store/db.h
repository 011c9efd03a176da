/* The database: SQLite or PostgreSQL behind one interface. SQL is written once, in the dialect both understand: $1 parameters,
 * BIGINT ids, epoch milliseconds, JSON as text, RETURNING, ON CONFLICT. Only store/ and queue/ hold SQL.
 *
 * Thread-safety: a Db may be used from any number of threads; a DbConn belongs to the thread that acquired it. */
#pragma once

#include "base/clock.h"
#include "base/field.h"
#include "sys/cancel.h"

typedef struct Db Db;
typedef struct DbConn DbConn;

typedef enum { DB_SQLITE, DB_POSTGRESQL } DbKind;

/* Opens "sqlite:PATH" or "postgresql://…" (also postgres://, and libpq key=value text), with up to `connections` connections.
 * SQLite: WAL, foreign keys, synchronous=FULL, busy timeout; and an exclusive lock on PATH.lock, held while the Db lives:
 * CONFLICT, with pid and host of the holder, if another server has it (`share` false). With `share` (command-line tools beside a
 * running server) the lock is not taken. UNAVAILABLE if PostgreSQL is away: callers may retry. The schema is not touched; see
 * migrate.h. */
typedef struct {
  const char *url;
  int connections; /* 0: 8 */
  bool share;
  /* PostgreSQL: the one schema that all names mean, made if it is not there; NULL: the user's own. Such connections have no time
   * limits: they are for building a database beside the one in use. */
  const char *schema;
} DbParams;
Db *db_open(const DbParams *params, GError **error);
void db_close(Db *db); /* all connections must have been released */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)
DbKind db_kind(const Db *db);

/* A number that is another one after every commit that changes anything, whichever program makes it; never 0. Whoever keeps what
 * was read asks before reading. False where the database has no such number (PostgreSQL). Costs microseconds. */
bool db_version(Db *db, uint64_t *ret_version);

/* The pool at this moment. */
typedef struct {
  int limit, open, idle, waiting; /* connections there may be, there are, nobody uses; threads that wait for one */
} DbPoolStats;
DbPoolStats db_pool_stats(Db *db);

/* Borrows a connection, waiting for one to be free. UNAVAILABLE if PostgreSQL does not answer (a broken connection is reopened
 * here first). A thread that holds one and waits for another can wait for ever: take one and pass it on. */
DbConn *db_acquire(Db *db, GError **error);
void db_release(DbConn *conn); /* no transaction and no rows of it may be left */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbConn, db_release)
DbKind db_conn_kind(const DbConn *conn);

/* A transaction. Freed without db_commit it rolls back. On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so it cannot
 * fail half-way for a reader turned writer; UNAVAILABLE if the lock is not to be had in 10 s. One at a time on a connection. A
 * commit that fails with UNAVAILABLE may have happened or not: look at the rows. */
typedef struct DbTransaction DbTransaction;
DbTransaction *db_begin(DbConn *conn, GError **error);

/* A transaction that only reads, and sees the database as it was at its first statement whatever others write meanwhile. It
 * holds up nobody and may take as long as it likes. */
DbTransaction *db_begin_snapshot(DbConn *conn, GError **error);
bool db_commit(DbTransaction *transaction, GError **error); /* after success or failure it must still be freed */
void db_transaction_free(DbTransaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbTransaction, db_transaction_free)

/* Parameters. A real that is NAN is SQL NULL. */
typedef struct {
  enum { DB_ARG_END, DB_ARG_NULL, DB_ARG_INT, DB_ARG_REAL, DB_ARG_TEXT } kind;
  int64_t integer;
  double real;
  const char *text; /* borrowed until the call returns; NULL is SQL NULL */
} DbArg;
#define DB_INT(v) ((DbArg){.kind = DB_ARG_INT, .integer = (v)})
#define DB_INT_OR_NULL(v) ((v) == FIELD_NULL_INT ? (DbArg){.kind = DB_ARG_NULL} : DB_INT(v))
#define DB_REAL(v) ((DbArg){.kind = DB_ARG_REAL, .real = (v)})
#define DB_TEXT(v) ((DbArg){.kind = DB_ARG_TEXT, .text = (v)})
#define DB_ARGS(...) ((const DbArg[]){__VA_ARGS__, {.kind = DB_ARG_END}})
#define DB_NO_ARGS ((const DbArg[]){{.kind = DB_ARG_END}})

/* One statement without result rows. *ret_changed (may be NULL) is the number of rows it changed. Errors: CONFLICT for a broken
 * unique or foreign key rule and for a lost race (deadlock, serialization), NO_SPACE for a full disk, UNAVAILABLE for a lost
 * connection or a database that is busy, TIMEOUT for a statement over its time limit, INVALID for a text that is not UTF-8, else
 * INTERNAL with the database's words. */
bool db_exec(DbConn *conn, const char *sql, const DbArg *args, int64_t *ret_changed, GError **error);

/* Several statements separated by semicolons, without parameters. For migrations. */
bool db_exec_script(DbConn *conn, const char *sql, GError **error);

/* Result rows. A statement that writes (… RETURNING) has done so, and outside of a transaction has committed, when db_query
 * returns; the others are streamed on SQLite and fetched at once on PostgreSQL. Do not write on a connection while it has rows
 * open outside of a transaction. */
typedef struct DbRows DbRows;
DbRows *db_query(DbConn *conn, const char *sql, const DbArg *args, GError **error);

/* As db_query for a SELECT of any size: streamed on PostgreSQL too, where the connection can do nothing else until the rows are
 * freed. */
DbRows *db_query_stream(DbConn *conn, const char *sql, const DbArg *args, GError **error);
bool db_rows_next(DbRows *rows, GError **error); /* false at the end, or with *error set on failure */
void db_rows_free(DbRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbRows, db_rows_free)
int db_rows_columns(const DbRows *rows);
const char *db_rows_column_name(const DbRows *rows, int column);
bool db_rows_is_null(const DbRows *rows, int column);
int64_t db_rows_int(const DbRows *rows, int column); /* 0 for NULL */
double db_rows_real(const DbRows *rows, int column);
const char *db_rows_text(const DbRows *rows, int column); /* NULL for NULL; borrowed until the next row */

/* One value of one row. *ret_found false if there is no row or it is NULL. */
bool db_query_int(DbConn *conn, const char *sql, const DbArg *args, int64_t *ret_value, bool *ret_found, GError **error);

/* The first column of each row, as GArray of int64_t; NULL on error. */
GArray *db_query_ids(DbConn *conn, const char *sql, const DbArg *args, GError **error);

/* Whether the database answers just now. */
bool db_ping(DbConn *conn, GError **error);

/* Messages between the servers that share a PostgreSQL database (LISTEN/NOTIFY); on SQLite, within the process. `channel` is a
 * word of lower-case letters, digits and underscores. Delivery is best effort and at most once: it wakes, the tables tell. After
 * a lost connection to PostgreSQL is made again, every listener is called once with an empty payload, because messages may have
 * been missed. The listener runs on the Db's own thread and must be quick. */
typedef void (*DbListener)(const char *channel, const char *payload, void *user_data);

/* Inside a transaction: delivered when it commits. LIMIT if the payload has DB_NOTIFY_MAX_BYTES or more. */
enum { DB_NOTIFY_MAX_BYTES = 8000 };
bool db_notify(DbConn *conn, const char *channel, const char *payload, GError **error);

/* When it returns, messages of the channel arrive, unless PostgreSQL is away: then as soon as it is back. */
guint db_listen(Db *db, const char *channel, DbListener listener, void *user_data);
void db_unlisten(Db *db, guint id); /* when it returns, the listener does not run any more */
