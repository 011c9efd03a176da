/* Files that stand for many: every n-th of a root by number, with what a plan needs to know. Numbers are given in the order of
 * the walk, so each directory has its share.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

typedef struct {
  int64_t id, root_id, size_bytes, mtime_ns, link_count;
  char *path, *media; /* media: MediaInfo as JSON */
  bool tried;         /* a verdict says that the profile is not worth it */
} FileSample;
extern const FieldTable file_sample_table;

/* How many files of a root have been probed well. */
bool file_ready_count(DbConn *conn, int64_t root_id, int64_t *ret_count, GError **error);

/* Every `stride`-th (1: every) of these, as FileSample; NULL on error. */
GPtrArray *file_sample(DbConn *conn, int64_t root_id, int64_t stride, int64_t profile_id, int64_t profile_version,
                       GError **error);

/* One file; NOT_FOUND if there is none, or none that was probed well. The caller frees it with record_free. */
FileSample *file_sample_of(DbConn *conn, int64_t file_id, int64_t profile_id, int64_t profile_version, GError **error);
