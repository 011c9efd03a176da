/* Between db.c and the two drivers; nobody else includes it (record_sql.c for the rows' mapping, migrate.c for the copy).
 *
 * Thread-safety: a driver's functions on a Db may be called from any thread; those on a connection by the thread that holds it.
 */
#pragma once

#include "store/db.h"
#include "store/db_listeners.h"

typedef struct DbDriver DbDriver;

struct Db {
  const DbDriver *driver;
  char *address; /* SQLite: absolute path; PostgreSQL: URL or key=value text. Holds secrets: never in messages. */
  bool share;
  char *schema; /* PostgreSQL: see DbParams */
  DbListeners *listeners;
  void *state; /* the driver's */
  GMutex mutex;
  GCond freed;
  GQueue idle; /* DbConn, the last used at the head, so that few stay warm */
  int n_open;  /* idle and lent, and those being opened */
  int limit;
  int n_waiting; /* threads in db_acquire */
};

struct DbConn {
  Db *db;
  bool in_transaction;
  int open_rows;
};

/* Which column of a result holds which field of a table; made once for a result by record_sql.c. */
typedef struct {
  const FieldTable *table;
  int columns[]; /* by field; -1: not in the result */
} DbRowsMapping;

struct DbRows {
  DbConn *conn;
  DbRowsMapping **mapping; /* its own allocation, so that readers of const rows may fill it */
};

struct DbDriver {
  DbKind kind;
  /* Of the database. `open` takes locks and checks the address; it opens no connection. */
  bool (*open)(Db *db, GError **error);
  void (*close)(Db *db);
  /* Of a connection. */
  DbConn *(*connect)(Db *db, GError **error);
  void (*disconnect)(DbConn *conn);
  bool (*is_alive)(DbConn *conn);
  bool (*begin)(DbConn *conn, GError **error);
  bool (*begin_snapshot)(DbConn *conn, GError **error);
  bool (*commit)(DbConn *conn, GError **error);
  void (*rollback)(DbConn *conn); /* of a transaction that was begun and not committed */
  bool (*exec)(DbConn *conn, const char *sql, const DbArg *args, int64_t *ret_changed, GError **error);
  bool (*exec_script)(DbConn *conn, const char *sql, GError **error);
  DbRows *(*query)(DbConn *conn, const char *sql, const DbArg *args, bool stream, GError **error);
  /* Of rows. */
  bool (*rows_next)(DbRows *rows, GError **error);
  void (*rows_free)(DbRows *rows);
  int (*rows_columns)(const DbRows *rows);
  const char *(*rows_column_name)(const DbRows *rows, int column);
  bool (*rows_is_null)(const DbRows *rows, int column);
  int64_t (*rows_int)(const DbRows *rows, int column);
  double (*rows_real)(const DbRows *rows, int column);
  const char *(*rows_text)(const DbRows *rows, int column);
  /* Messages. `listen_sync` starts the listening thread if need be and returns when it knows the channels there are now. */
  bool (*notify)(DbConn *conn, const char *channel, const char *payload, GError **error);
  void (*listen_sync)(Db *db);
  void (*listen_stop)(Db *db);
  /* A whole copy of the database in a file, replacing it; NULL where there are better ways. */
  bool (*copy)(DbConn *conn, const char *path, GError **error);
  bool (*version)(Db *db, uint64_t *ret_version); /* as db_version; may be NULL */
  /* Puts the content of another database, which nobody uses, in the place of this one's, for all who use it at once; after
   * `check` (may be NULL), which is called when no one else can write any more. Restore.c's. */
  bool (*adopt)(DbConn *conn, Db *fresh, bool (*check)(DbConn *conn, GError **error), GError **error);
};

extern const DbDriver db_sqlite_driver;
extern const DbDriver db_postgresql_driver;

/* The number of arguments. */
static inline int db_args_count(const DbArg *args)
{
  int n = 0;
  while (args[n].kind != DB_ARG_END)
    n++;
  return n;
}

/* How long a writer waits for its turn on SQLite, or for a row lock on PostgreSQL. */
enum { DB_LOCK_WAIT_MS = 10 * 1000 };
