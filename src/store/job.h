/* Jobs as rows. Their states and transitions are queue/'s. */
#pragma once

#include "store/db.h"

typedef enum { JOB_HELD, JOB_PENDING, JOB_RUNNING, JOB_PAUSED, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_SKIPPED } JobState;
extern const EnumTable job_state_table;

typedef enum { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_WEBHOOK } JobPriority;
extern const EnumTable job_priority_table;

/* A priority as a number for ORDER BY, the most urgent first: enums are stored by name. The indexes jobs_queue and jobs_claim
 * are built on this very text; queue order, of one state, is JOB_QUEUE_ORDER. */
#define JOB_PRIORITY_RANK "CASE priority WHEN 'webhook' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END"
#define JOB_QUEUE_ORDER JOB_PRIORITY_RANK ", position, id"

/* The line in which a pending job of a kind stands: its root's, or 0 for none. jobs_claim is built on this text, too. */
#define JOB_LINE "COALESCE(root_id, 0)"

/* What the owner of a lease is asked to do at its next renewal. */
typedef enum { DIRECTIVE_CONTINUE, DIRECTIVE_PAUSE, DIRECTIVE_CANCEL, DIRECTIVE_RETURN /* back to the queue */ } JobDirective;
extern const EnumTable job_directive_table;

typedef struct {
  int64_t id;
  char *kind; /* "scan", "transcode", "undo", … */
  int state, priority;
  char *title;                         /* for people: usually the path */
  int64_t root_id, file_id, parent_id; /* FIELD_NULL_INT: none */
  char *payload;                       /* JSON, as the kind defines */
  char *result;                        /* JSON or NULL */
  char *error;                         /* sentence or NULL */
  char *error_code;
  char *waiting; /* why it does not start yet, or NULL */
  char **needs;  /* capability words a worker must have, all of them */
  int64_t attempts, max_attempts, run_after_ms;
  double position; /* order within a priority; ties by id */
  char *lease_owner;
  int64_t lease_until_ms, lease_epoch;
  int directive;
  double progress;       /* 0..1 */
  char *progress_detail; /* JSON as the kind defines, or NULL */
  char *request;         /* the correlation id of the HTTP request that it came from, or NULL */
  int64_t created_at_ms, started_at_ms, finished_at_ms, updated_at_ms;
} Job;
extern const FieldTable job_table;

void job_free(Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

bool job_state_is_final(int state);

typedef struct {
  int64_t id, job_id, at_ms;
  char *level; /* "info", "warning", "error", "debug" */
  char *message;
} JobLogLine;
extern const FieldTable job_log_table;

typedef enum { JOB_SORT_NEWEST, JOB_SORT_OLDEST, JOB_SORT_QUEUE, JOB_SORT_FINISHED, JOB_SORT_SIZE } JobSort;
extern const EnumTable job_sort_table; /* "newest", "oldest", "queue", "finished", "size" */

/* One page of jobs. Queue order is that of one state. Where neither kind nor parent is named, parts of jobs are left out unless
 * they run: they are shown with the job that they are parts of. */
typedef struct {
  int sort;  /* JobSort; FIELD_NULL_ENUM: queue order for state=pending, else the newest first */
  int state; /* FIELD_NULL_ENUM: all */
  const char *kind;
  int64_t parent_id, file_id;
  const char *after;
  int64_t limit;
} JobQuery;
GPtrArray *job_page(DbConn *conn, const JobQuery *query, char **ret_next, GError **error);

/* Numbers of the jobs of a state (FIELD_NULL_ENUM: any) and kind (NULL: any), in growing order; GArray of int64_t, NULL on
 * error. */
GArray *job_ids(DbConn *conn, int state, const char *kind, GError **error);

/* The oldest job of a kind and title that has not ended; FIELD_NULL_INT if there is none. */
bool job_open(DbConn *conn, const char *kind, const char *title, int64_t *ret_id, GError **error);

/* Number of jobs per state, indexed by JobState. */
bool job_counts(DbConn *conn, int64_t ret_counts[JOB_SKIPPED + 1], GError **error);

GPtrArray *job_log_page(DbConn *conn, int64_t job_id, int64_t after_id, int64_t limit, GError **error);
