/* A database in the making beside the one in use, which it replaces at once and as a whole, or not at all.
 *
 * SQLite: a file beside the database ("PATH.restoring"); it is copied over the one in use in one transaction of SQLite's backup,
 * so that every connection of every process goes on with the new content. PostgreSQL: a schema of its own ("reeve_restoring");
 * one transaction drops the tables in use and moves the new ones to their place. What a killed restore leaves is removed by the
 * next.
 *
 * Thread-safety: one thread at a time; a second restore of the same database is refused with CONFLICT. */
#pragma once

#include "store/catalog.h"

typedef struct Restore Restore;

/* Makes an empty database of a schema version. `live` is borrowed. */
Restore *restore_begin(Db *live, int version, GError **error);

/* Removes what restore_begin made, unless it was switched. NULL is fine. */
void restore_free(Restore *restore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Restore, restore_free)

/* To be filled; foreign keys are not looked at until restore_finish. In a transaction that restore_finish commits. Borrowed. */
DbConn *restore_conn(Restore *restore);
/* Its tables, empty. Borrowed. */
const GPtrArray *restore_tables(const Restore *restore);

/* What was put in is complete: sets the numbers that rows get from now on by `dumped` (CatalogTable with last_id), brings the
 * schema up to date, takes the leases of jobs away (who held them is refused from now on), checks all foreign keys, and adds what
 * the audit log in use has noted since. CORRUPT if the keys do not hold. */
bool restore_finish(Restore *restore, const GPtrArray *dumped, GError **error);

/* Puts it in the place of the database in use. CONFLICT if a file of the library is just being swapped (its journal row would get
 * lost), UNAVAILABLE if others do not let go of the tables; nothing has changed then. */
bool restore_switch(Restore *restore, GError **error);
