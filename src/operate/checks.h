/* Checks of files as jobs (L8): one for each file, made when asked for or as the roots' settings say, governed like encodes.
 *
 * Thread-safety: any thread. */
#pragma once

#include "operate/live_settings.h"
#include "store/file_check.h"
#include "transcode/check.h"
#include "worker/agent.h"

typedef struct {
  Db *db;
  Queue *queue;
  ScanContext *scan;
  EventBus *events; /* may be NULL */
  LiveSettings *settings;
  const Clock *clock;
  const char *ffmpeg;
} CheckContext;

/* The payload of a FILE_CHECK_JOB. */
typedef struct {
  int64_t file_id;
} CheckPayload;
extern const FieldTable check_payload_table;

/* Makes the jobs for files, or for all of a root's that are there. A file with an unfinished check gets that one's number. Array
 * of int64_t; NULL on error: NOT_FOUND for an unknown file, CONFLICT for one that is missing and was named. */
typedef struct {
  const int64_t *file_ids; /* n_files of them, or */
  size_t n_files;
  int64_t root_id; /* all of a root; FIELD_NULL_INT: not */
  int priority;
} CheckRequest;
GArray *checks_enqueue(const CheckContext *context, const CheckRequest *request, GError **error);

/* Makes the jobs that are due by the roots' check_days, the longest unchecked first, a few at a time and no more than the setting
 * check_daily_gib allows. */
bool checks_schedule(const CheckContext *context, Cancel *cancel, GError **error);

/* The executor; `context` is a CheckContext. */
bool execute_check(JobRun *run, const char *order, void *context, char **ret_report, GError **error);
