/* Which files a job on default tracks works on, and what the rows say once a file was edited in place. */
#pragma once

#include "store/file.h"
#include "store/replacement.h"

/* Files that are there, by number. One of `root_id`, `path` and `ids` says which. */
typedef struct {
  int64_t root_id;    /* FIELD_NULL_INT: not */
  const char *path;   /* a file, or a directory with all below it; NULL: not */
  const int64_t *ids; /* n_ids of them */
  size_t n_ids;
  int64_t without_job; /* leaves out what this job has a result of; FIELD_NULL_INT: nothing */
} AudioSelection;

/* At most `limit` files after the number `after_id`, as LibraryFile without verdicts. NULL on error. */
GPtrArray *audio_work_page(DbConn *conn, const AudioSelection *selection, int64_t after_id, int64_t limit, GError **error);
bool audio_work_count(DbConn *conn, const AudioSelection *selection, int64_t *ret_count, GError **error);

/* Whether a replacement of the file is under way. */
bool audio_work_is_replaced(DbConn *conn, int64_t file_id, bool *ret_replaced, GError **error);

/* The file was edited in place: its row gets what `file` says of identity, media and fingerprint, and what is known by the
 * content it had (verdicts, what an undo compares with) is known by the new one too. `before` is the old fingerprint, or NULL. */
bool audio_work_edited(DbConn *conn, const LibraryFile *file, const char *before, GError **error);
