/* The rows of files as a scan needs them, over store/scan_row.h.
 *
 * Thread-safety: as the connection that is passed in. */
#pragma once

#include "library/scan.h"
#include "library/scan_index.h"
#include "library/scan_work.h"
#include "store/file.h"
#include "store/scan_row.h"

/* All rows of a root as an index, read in pages so that neither database holds them all at once. NULL on error. */
ScanIndex *scan_rows_load(Db *db, int64_t root_id, Cancel *cancel, GError **error);

/* The same of the rows that `changes` is about: those in its trees and those of its gone paths. */
ScanIndex *scan_rows_load_changes(Db *db, const Root *root, const ScanChanges *changes, Cancel *cancel, GError **error);

/* Writes what probing said about a file over a row, or as a new row if `row` is NULL. *ret_id is the row's. */
bool scan_rows_put(DbConn *conn, int64_t root_id, const ScanItem *item, const ScanRow *row, int64_t now_ms, int64_t *ret_id,
                   GError **error);

/* Writes path, identity, sidecars and state of a file that need not be probed. */
bool scan_rows_touch(DbConn *conn, int64_t root_id, const ScanItem *item, int64_t id, int64_t now_ms, GError **error);

/* False for errors that say something about the world and not about the file: the file is tried again at the next scan. */
bool scan_error_is_final(const GError *error);
