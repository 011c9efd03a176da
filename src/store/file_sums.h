/* Sums over all files, kept by the database itself (sql/, file_sums), so that the dashboard costs the same for ten files and for
 * a million.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

/* Files of one video codec that are there; codec "" stands for files without video or not probed yet. */
typedef struct {
  char *codec;
  int64_t files, size_bytes;
} CodecSum;
extern const FieldTable codec_sum_table;

/* Array of CodecSum, the most bytes first; NULL on error. */
GPtrArray *file_sums_by_codec(DbConn *conn, GError **error);

/* Adds up the differences that PostgreSQL collects; others may read and write meanwhile. Nothing to do on SQLite. */
bool file_sums_compact(Db *db, GError **error);
