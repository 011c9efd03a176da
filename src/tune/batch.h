/* Jobs on default tracks that people ask for, and what such a job would do, shown before.
 *
 * Thread-safety: any thread. */
#pragma once

#include "tune/tune.h"

/* One of root_id, file_ids and path says which files. */
typedef struct {
  int64_t root_id;           /* FIELD_NULL_INT: not */
  const GArray *file_ids;    /* int64_t; NULL or empty: not */
  const char *path;          /* absolute: a file of the library, or a directory of a root; NULL: not */
  const AudioPolicy *policy; /* checked; NULL: the one in force when it runs */
  bool dry_run;
  int priority; /* JobPriority */
} TuneBatch;

/* Makes the job. INVALID if not exactly one of the three is there; NOT_FOUND for a root or file that is not, and for a path that
 * is below no root. */
bool tune_batch(TuneContext *context, const TuneBatch *batch, int64_t *ret_job_id, GError **error);

/* The root that holds a path, the innermost; NULL without error if there is none. The caller frees it. */
Root *tune_root_of(DbConn *conn, const char *path, GError **error);

/* What would be done to one file. */
typedef struct {
  int64_t file_id;
  char *path;
  char *original_language; /* that counted; NULL: not known */
  int original_source;     /* OriginalSource; FIELD_NULL_ENUM without a language */
  AudioResult result;
} TunePreview;
extern const FieldTable tune_preview_table;

/* At most `limit` files of the batch, by number: records_new() array. NULL on error, as tune_batch. `language`: of the film, as
 * the person says, or NULL. */
GPtrArray *tune_preview(TuneContext *context, const TuneBatch *batch, const char *language, int64_t limit, Cancel *cancel,
                        GError **error);
