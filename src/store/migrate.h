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

/* The versions there are and the one the database has (0: empty). */
bool migrate_status(Db *db, int *ret_current, int *ret_newest, GError **error);

/* The schema as comparable text, one line per column and index, for the test that an upgraded database equals a fresh one. The
 * caller frees it. */
char *migrate_describe_schema(Db *db, GError **error);
