/* Schema versions: sql/NNNN_name.sql, embedded, forward only, each in a transaction, recorded in schema_migrations with a
 * checksum.
 *
 * Thread-safety: several servers may call migrate_run at once on one PostgreSQL database; an advisory lock lets one do the work.
 */
#pragma once

#include "store/db.h"

/* Applies what is missing. An SQLite database that is not new is first copied beside itself (PATH.before-NNNN, by the online
 * backup API). CONFLICT if the database was written by a newer Reeve, or if an applied migration's text has changed. *ret_applied
 * (may be NULL) is the number applied. */
bool migrate_run(Db *db, int *ret_applied, GError **error);

/* As migrate_run, but no further than `version` and without a copy: for a database in the making. */
bool migrate_run_to(Db *db, int version, GError **error);

/* One that a database had. */
typedef struct {
  int64_t version;
  char *name, *checksum;
} AppliedMigration;
extern const FieldTable applied_migration_table;

/* Those that a database has, by version: array of AppliedMigration, empty for an empty database. NULL on error. */
GPtrArray *migrate_applied(DbConn *conn, GError **error);

/* CONFLICT unless these are the first of our own, without a gap and word for word; the message says which Reeve they are of. */
bool migrate_check_applied(const GPtrArray *applied, GError **error);

/* The versions there are and the one the database has (0: empty). */
bool migrate_status(Db *db, int *ret_current, int *ret_newest, GError **error);

/* The schema as comparable text, one line per column and index, for the test that an upgraded database equals a fresh one. The
 * caller frees it. */
char *migrate_describe_schema(Db *db, GError **error);
