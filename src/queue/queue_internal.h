/* Shared by the queue's files; nobody else includes it. */
#pragma once

#include "queue/queue.h"

#include "base/error.h"
#include "queue/job_step.h"
#include "store/record_sql.h"

struct Queue {
  Db *db;
  EventBus *events;
  const Clock *clock;
  int64_t lease_ms, backoff_ms;
  char *claim_sql;

  GMutex lock; /* guards what follows */
  GRand *jitter;
  GHashTable *progress_shown_ms; /* job id -> monotonic time of its last progress event */

  /* queue_wait.c */
  char *origin; /* tells our own messages from other servers' */
  guint listener;
  GMutex wait_lock; /* guards what follows */
  uint64_t generation;
  GPtrArray *waiters; /* eventfds as pointers */
};

/* A transaction of the queue's own. Freed without commit it rolls back. */
typedef struct {
  Queue *queue;
  DbConn *conn;
  DbTransaction *transaction;
} QueueWork;
QueueWork *queue_work_begin(Queue *queue, GError **error);

typedef enum { WAKE_NOBODY, WAKE_ALL } QueueWake;
/* Commits and wakes the waiters of all servers. */
bool queue_work_commit(QueueWork *work, QueueWake wake, GError **error);
void queue_work_free(QueueWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueueWork, queue_work_free)

/* Reads a job and locks its row until the transaction ends; NULL with NOT_FOUND if there is none. Whoever locks several goes by
 * growing id, so that no two wait for each other. The caller frees it. */
Job *queue_lock_job(DbConn *conn, int64_t job_id, GError **error);

/* Adds jobs in the caller's transaction, as queue_add; those of one parent stand together. */
bool queue_insert_in(Queue *queue, DbConn *conn, Job *const *jobs, size_t n_jobs, GError **error);

/* One line in the log of a job. NOT_FOUND if there is no such job. */
bool queue_log_in(Queue *queue, DbConn *conn, int64_t job_id, const char *level, const char *message, GError **error);

/* The "job" event of a row as it is in `job`. */
void queue_publish_job(Queue *queue, const Job *job);

/* The same for each, or one "queue" event if they are many. */
void queue_publish_jobs(Queue *queue, Job *const *jobs, size_t n_jobs);

/* The "queue" event: jobs have changed, or are gone, that are not told one by one. */
void queue_publish_change(Queue *queue, size_t n_jobs);

/* queue_control.c: all below a job, however deep, by growing id; GArray of int64_t, NULL on error. */
GArray *queue_descendants(DbConn *conn, int64_t job_id, GError **error);

/* queue_control.c: a step of a job and, as far as they can, of those below it, in the caller's transaction. Jobs that changed are
 * added to `changed`. Where the job itself does not allow it, true with *ret_refusal set and nothing changed. */
bool queue_step_in(DbConn *conn, int64_t job_id, JobStep step, StepContext *context, GPtrArray *changed, GError **ret_refusal,
                   GError **error);

/* Whether a progress event of this job is due; at most two a second. */
bool queue_progress_is_due(Queue *queue, int64_t job_id);

/* INVALID unless `text` is NULL or JSON. `what` names it in the message. */
bool queue_check_json(const char *what, const char *text, GError **error);

/* queue_claim.c: the claiming statement; the caller frees it. */
char *queue_claim_sql(DbKind kind);

/* queue_wait.c */
void queue_wait_init(Queue *queue);
void queue_wait_clear(Queue *queue);
/* Tells the waiters of all servers, this one's too, once the caller's transaction commits. */
bool queue_wake_in(DbConn *conn, GError **error);
/* The same for a transaction of our own: the other servers when it commits, ours by queue_wake_here() after it. */
bool queue_wake_others_in(Queue *queue, DbConn *conn, GError **error);
void queue_wake_here(Queue *queue);
