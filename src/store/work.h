/* Which files may be worked on, and whether a job for one is already under way.
 *
 * Thread-safety: as DbConn. */
#pragma once

#include "store/db.h"

/* Ids of a root's READY files, in path order. With `profile_version` >= 0, files whose content has a verdict for that profile and
 * version are left out. NULL on error; the caller frees it (GArray of int64_t). */
GArray *work_files_of_root(DbConn *conn, int64_t root_id, int64_t profile_id, int64_t profile_version, GError **error);

/* The unfinished job (held, pending, running, paused) of a kind for a file. */
bool work_find_job(DbConn *conn, const char *kind, int64_t file_id, int64_t *ret_job_id, bool *ret_found, GError **error);

/* The same for a root. */
bool work_find_root_job(DbConn *conn, const char *kind, int64_t root_id, int64_t *ret_job_id, bool *ret_found, GError **error);

/* How many other jobs of a kind want to run or do, those that wait for their parts left out. */
bool work_count_others(DbConn *conn, const char *kind, int64_t job_id, int64_t *ret_count, GError **error);

/* How many jobs right below one have not ended. */
bool work_count_parts(DbConn *conn, int64_t job_id, int64_t *ret_count, GError **error);
