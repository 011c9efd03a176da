/* What came of checking files, and which are to be checked next (L8).
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/file.h"

/* What a check found of the content that was checked. */
typedef struct {
  int64_t file_id, size_bytes, mtime_ns;
  int health;
  int64_t fault_count;
  const GPtrArray *faults; /* FileFault */
  int64_t now_ms;
} FileCheck;

/* Keeps it. *ret_kept is false, with success, if the row tells of another content by now. */
bool file_check_put(DbConn *conn, const FileCheck *check, bool *ret_kept, GError **error);

/* Numbers of a root's files whose last check is older than `before_ms`, the longest unchecked first; at most `limit`. Files with
 * an unfinished check are left out, and those whose check ended after `tried_after_ms` without a finding. NULL on error; the
 * caller frees it. */
GArray *file_check_due(DbConn *conn, int64_t root_id, int64_t before_ms, int64_t tried_after_ms, int64_t limit, GError **error);

/* Bytes of a root's files that were checked since `since_ms`. */
bool file_check_bytes_since(DbConn *conn, int64_t root_id, int64_t since_ms, int64_t *ret_bytes, GError **error);

/* Whether a check waits or runs. */
bool file_check_is_open(DbConn *conn, bool *ret_open, GError **error);

/* The name of the jobs that check files. */
#define FILE_CHECK_JOB "health"
