/* The rows of files as a scan reads and writes them: without the media, which a scan of a million rows cannot afford.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"
#include "sys/fs.h"

typedef struct {
  int64_t id, root_id;
  char *path;
  FileStat stat;
  int state;       /* FileState */
  bool has_media;  /* not known by scan_row_page */
  bool is_pending; /* to be probed though it has not changed */
  int64_t found_at_ms;
  char **sidecars; /* of scan_row_page only */
} ScanRow;

void scan_row_free(ScanRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScanRow, scan_row_free)

/* How many rows a root has, and the smallest and largest of their numbers (0 without rows). */
bool scan_row_bounds(DbConn *conn, int64_t root_id, int64_t *ret_count, int64_t *ret_first, int64_t *ret_last, GError **error);

/* Calls `take` with at most `limit` of a root's rows with numbers over `after` up to `last`, by number. The row is borrowed. */
typedef void (*ScanRowTake)(const ScanRow *row, void *user_data);
bool scan_row_page(DbConn *conn, int64_t root_id, int64_t after, int64_t last, int64_t limit, ScanRowTake take, void *user_data,
                   GError **error);

/* Calls `take` with all of a root's rows below a directory, as above. */
bool scan_row_below(DbConn *conn, int64_t root_id, const char *directory, ScanRowTake take, void *user_data, GError **error);

/* The row of a path in a root. *ret_row is NULL, with success, if there is none. */
bool scan_row_by_path(DbConn *conn, int64_t root_id, const char *path, ScanRow **ret_row, GError **error);

bool scan_row_by_id(DbConn *conn, int64_t id, ScanRow **ret_row, GError **error);

/* Rows of any root whose file had this device, inode, size and time; at most a few. Array of ScanRow, or NULL on error. */
GPtrArray *scan_rows_by_identity(DbConn *conn, const FileStat *stat, GError **error);

/* Rows of a root with this content; at most a few. */
GPtrArray *scan_rows_by_fingerprint(DbConn *conn, int64_t root_id, int64_t size_bytes, const char *fingerprint, GError **error);

/* Those of these rows that are still in the root and not missing; at most SCAN_ROWS_PAGE ids. */
enum { SCAN_ROWS_PAGE = 500 };
GPtrArray *scan_rows_by_ids(DbConn *conn, int64_t root_id, const int64_t *ids, size_t n_ids, GError **error);

/* Writes root, path, identity, sidecars and state of a file that need not be probed. */
bool scan_row_touch(DbConn *conn, const ScanRow *row, int64_t now_ms, GError **error);

/* `reason` is NULL for files that are gone. */
bool scan_row_set_missing(DbConn *conn, int64_t id, const char *reason, int64_t now_ms, GError **error);
