/* What came of each file of a job on default tracks: the outcome that people see, and from which a job that was interrupted knows
 * where to go on. */
#pragma once

#include "store/db.h"

typedef struct {
  int64_t id, job_id;
  int64_t file_id; /* FIELD_NULL_INT: none of the library's */
  char *path;
  char *outcome;      /* AudioOutcome's name (audio/outcome.h) */
  char *reason;       /* sentences */
  char *rule;         /* AudioChoiceRule's name */
  char *language;     /* that was looked for, or NULL */
  int64_t track;      /* of the file, chosen; FIELD_NULL_INT: none */
  int64_t bytes;      /* written, or to be */
  int64_t history_id; /* FIELD_NULL_INT: nothing was changed */
  int64_t at_ms;
} AudioFileResult;
extern const FieldTable audio_file_result_table;

/* Adds one, in place of any other of the same job and file; sets its id. */
bool audio_result_put(DbConn *conn, AudioFileResult *result, GError **error);

/* Those of a job that have one outcome (NULL: any), by id: at most `limit` after `after_id`. NULL on error. */
GPtrArray *audio_result_page(DbConn *conn, int64_t job_id, const char *outcome, int64_t after_id, int64_t limit,
                             int64_t *ret_next, GError **error);

/* A job that is begun again tries these again. */
bool audio_result_forget(DbConn *conn, int64_t job_id, const char *outcome, GError **error);

/* Calls `take` with each outcome of a job and how many files had it. */
bool audio_result_counts(DbConn *conn, int64_t job_id, void (*take)(const char *outcome, int64_t files, void *user_data),
                         void *user_data, GError **error);
