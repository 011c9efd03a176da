/* What Sonarr and Radarr told us: a row for each message, kept for people, and the files that jobs were made for. */
#pragma once

#include "store/db.h"

typedef enum {
  WEBHOOK_ACCEPTED,  /* a job was made, or rows were changed */
  WEBHOOK_DUPLICATE, /* said before: the job is there already */
  WEBHOOK_IGNORED,   /* nothing is done at such an event */
  WEBHOOK_UNMAPPED,  /* none of its files is one of ours */
} WebhookOutcome;
extern const EnumTable webhook_outcome_table;

typedef struct {
  int64_t id;
  char *application; /* "sonarr" */
  char *instance;    /* the name someone gave it, or NULL */
  char *event;       /* as they wrote it: "Download" */
  char *title;       /* of the movie or series, or NULL */
  int64_t files;     /* it was about */
  int outcome;       /* WebhookOutcome */
  char *reason;      /* sentences */
  GArray *jobs;      /* int64_t: made, or there already */
  int64_t received_at_ms;
} WebhookRow;
extern const FieldTable webhook_row_table;

/* How long messages are kept. */
#define WEBHOOK_KEEP_MS (INT64_C(30) * 24 * 3600 * 1000)

/* One page, the newest first; *ret_next as history_page. NULL on error. */
GPtrArray *webhook_row_page(DbConn *conn, const char *application, const char *after, int64_t limit, char **ret_next,
                            GError **error);

/* The last message of each application. NULL on error. */
GPtrArray *webhook_rows_latest(DbConn *conn, GError **error);

/* The first to take a key makes the job, and says which with webhook_file_set_job; *ret_taken false: somebody was before, and
 * *ret_job_id is the job. Holds others that take the same key until the transaction ends. */
bool webhook_file_take(DbConn *conn, const char *key, int64_t now_ms, bool *ret_taken, int64_t *ret_job_id, GError **error);
bool webhook_file_set_job(DbConn *conn, const char *key, int64_t job_id, GError **error);

/* A file of the library has another path now, unless there is a row of that path already; *ret_changed: there was such a file. */
bool webhook_file_moved(DbConn *conn, const char *from, const char *to, int64_t now_ms, bool *ret_changed, GError **error);

/* A file of the library is gone: its history stays. */
bool webhook_file_gone(DbConn *conn, const char *path, int64_t now_ms, bool *ret_changed, GError **error);

/* Forgets what is older than WEBHOOK_KEEP_MS. */
bool webhook_rows_purge(DbConn *conn, int64_t now_ms, GError **error);
