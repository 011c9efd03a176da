/* The rows of files as a scan needs them: all SQL of the scan is here.
 *
 * Thread-safety: as the connection that is passed in. */
#pragma once

#include "library/scan_index.h"
#include "library/scan_work.h"
#include "store/file.h"

/* What a scan wants to know of a row. */
typedef struct {
  int64_t id, root_id;
  char *path;
  FileStat stat;
  int state;
  bool has_media;
  bool is_pending; /* to be probed though it has not changed */
  int64_t found_at_ms;
} ScanRow;

void scan_row_free(ScanRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScanRow, scan_row_free)

/* All rows of a root as an index, read in pages so that neither database holds them all at once. NULL on error. */
ScanIndex *scan_rows_load(Db *db, int64_t root_id, Cancel *cancel, GError **error);

/* The row of a path in a root. *ret_row is NULL, with success, if there is none. */
bool scan_rows_by_path(DbConn *conn, int64_t root_id, const char *path, ScanRow **ret_row, GError **error);

bool scan_rows_by_id(DbConn *conn, int64_t id, ScanRow **ret_row, GError **error);

/* Rows of any root whose file had this device, inode, size and time; at most a few. Array of ScanRow, or NULL on error. */
GPtrArray *scan_rows_by_identity(DbConn *conn, const FileStat *stat, GError **error);

/* Rows of a root with this content; at most a few. */
GPtrArray *scan_rows_by_fingerprint(DbConn *conn, int64_t root_id, int64_t size_bytes, const char *fingerprint, GError **error);

/* Those of these rows that are still in the root and not missing; at most SCAN_ROWS_PAGE ids. */
enum { SCAN_ROWS_PAGE = 500 };
GPtrArray *scan_rows_by_ids(DbConn *conn, int64_t root_id, const int64_t *ids, size_t n_ids, GError **error);

/* Writes what probing said about a file over a row, or as a new row if `row` is NULL. *ret_id is the row's. */
bool scan_rows_put(DbConn *conn, int64_t root_id, const ScanItem *item, const ScanRow *row, int64_t now_ms, int64_t *ret_id,
                   GError **error);

/* Writes path, identity, sidecars and state of a file that need not be probed. */
bool scan_rows_touch(DbConn *conn, int64_t root_id, const ScanItem *item, int64_t id, int64_t now_ms, GError **error);

/* `reason` is NULL for files that are gone. */
bool scan_rows_set_missing(DbConn *conn, int64_t id, const char *reason, int64_t now_ms, GError **error);

/* The root after a good scan. */
bool scan_rows_end(DbConn *conn, int64_t root_id, int64_t device, int64_t now_ms, GError **error);

/* The root's device before the first scan of an empty table; see scan.c on what no device means. */
bool scan_rows_begin(DbConn *conn, int64_t root_id, int64_t device, GError **error);

/* The root's state. `reason` is NULL for an active root, whose device is then forgotten. */
bool scan_rows_freeze(DbConn *conn, int64_t root_id, const char *reason, int64_t now_ms, GError **error);

/* False for errors that say something about the world and not about the file: the file is tried again at the next scan. */
bool scan_error_is_final(const GError *error);
