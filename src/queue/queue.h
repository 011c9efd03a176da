/* The durable queue: jobs, leases, fencing, retries, events. The only code that changes a job's state.
 *
 * States (JobState) and who moves them:
 *
 *   held      -> pending                  queue_release_held
 *   pending   -> running                  queue_claim: attempts and lease_epoch grow
 *   pending   -> paused                   queue_pause
 *   held, pending, paused -> cancelled    queue_cancel
 *   paused    -> pending                  queue_resume
 *   running   -> done, skipped, failed, cancelled    the lease's owner, by queue_finish
 *   running   -> pending                  the same after a failure that may pass, with backoff, while attempts are left; the
 *                                         owner by queue_give_back; queue_expire when the lease ran out
 *   done, skipped, failed, cancelled -> pending      queue_retry
 *
 * A running job is paused, cancelled or sent back by its directive, which the owner of the lease reads when it renews:
 *
 *   running   -> paused, the lease stays  queue_pause; directive PAUSE: the owner freezes its work and goes on renewing, or stops
 *                                         where it can go on later and calls queue_put_down
 *   paused with a lease -> running        queue_resume; directive CONTINUE
 *   running, paused with a lease          queue_cancel; directive CANCEL: the owner stops and finishes with CANCELLED
 *   running, paused with a lease          queue_send_back; directive RETURN: the owner stops and calls queue_give_back
 *
 * A cancellation that was asked for holds: when such a job comes back unfinished in any other way (given back, failed with
 * attempts left, its worker lost) it is cancelled. A paused job that comes back so stays paused, without a lease.
 *
 * Anything else is CONFLICT, with the state in the message.
 *
 * Functions that take no DbConn borrow one: do not call them while holding one, or a small pool runs dry.
 * Servers compare leases with their own clocks, which should agree to within a third of a lease; the epoch protects the data
 * even where they do not.
 *
 * Thread-safety: all functions may be called from any thread and any server of one database. */
#pragma once

#include "queue/event.h"
#include "store/job.h"
#include "sys/cancel.h"

typedef struct Queue Queue;

/* Before the name of an installation: the capability of its worker to reach the files that lie there and nowhere else. */
#define QUEUE_PLACE_WORD "at:"

typedef struct {
  Db *db;
  EventBus *events; /* may be NULL */
  const Clock *clock;
  int64_t lease_ms;   /* 0: 30 s */
  int64_t backoff_ms; /* first retry; doubled each time, jittered ±20 %, at most an hour; 0: 10 s */
  guint32 seed;       /* of the jitter; 0: a random one */
} QueueParams;

/* Borrows what params points to, which must outlive the queue. Cannot fail. */
Queue *queue_new(const QueueParams *params);
void queue_free(Queue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)

/* Adds a job; state HELD or PENDING (others are INVALID). Sets id, position and times. With `conn`, inside the caller's
 * transaction, and the caller publishes with queue_publish() after the commit; NULL: its own. Under a parent that is paused it is
 * added paused; under one that is finished or being cancelled it is refused with CONFLICT. A job without a request id gets that
 * of the calling thread's log scope. On failure everything else is unchanged. */
bool queue_add(Queue *queue, DbConn *conn, Job *job, GError **error);
/* Many in one transaction; array of Job. */
bool queue_add_all(Queue *queue, GPtrArray *jobs, GError **error);

/* Takes the next job whose needs are all in `capabilities` and whose kind is in `kinds`: highest priority, then
 * position, then id, run_after passed, state pending. One statement. *ret_found false if there is none. `ret_job` is initialised
 * by the caller (record_init) and filled. */
bool queue_claim(Queue *queue, const char *owner, const char *const *kinds, const char *const *capabilities, Job *ret_job,
                 bool *ret_found, GError **error);

/* Which jobs a claimer passes over for the root that they belong to. */
typedef struct {
  const int64_t *roots;
  size_t n_roots;
  bool only; /* true: all but those of these roots; false: those of these roots. Jobs of no root are of none of these. */
} QueueBar;

/* The same but for jobs that `bar` (NULL: none) rules out. */
bool queue_claim_but(Queue *queue, const char *owner, const char *const *kinds, const char *const *capabilities,
                     const QueueBar *bar, Job *ret_job, bool *ret_found, GError **error);

/* Who is writing: refused with CONFLICT ("The lease … is lost") unless owner and epoch are the row's and it is running, or paused
 * with its lease. */
typedef struct {
  int64_t job_id;
  const char *owner;
  int64_t epoch;
} LeaseRef;

/* Prolongs the lease, stores progress, and reads back what to do. detail is JSON or NULL (kept). */
bool queue_renew(Queue *queue, const LeaseRef *lease, double progress, const char *detail, JobDirective *ret_directive,
                 GError **error);

/* Why a job that somebody has stands still, or NULL: it goes on. CONFLICT if the lease is lost. */
bool queue_note(Queue *queue, const LeaseRef *lease, const char *waiting, GError **error);

/* Ends a job in the caller's transaction, so that its results are committed with the state change; the event goes out by
 * queue_publish() after the commit. */
typedef struct {
  JobState state;     /* DONE, SKIPPED, FAILED or CANCELLED */
  const char *result; /* JSON or NULL */
  const GError
      *cause; /* FAILED, SKIPPED: message and code. A retryable FAILED with attempts left becomes PENDING with backoff. */
} JobOutcome;
bool queue_finish_in(Queue *queue, DbConn *conn, const LeaseRef *lease, const JobOutcome *outcome, GError **error);
bool queue_finish(Queue *queue, const LeaseRef *lease, const JobOutcome *outcome, GError **error); /* its own transaction */
void queue_publish(Queue *queue, int64_t job_id); /* the event: what the row says now. Best effort: a failure is logged */

/* Checks a lease inside a transaction and locks the row until it ends: what is written after it in that transaction is fenced. */
bool queue_check_lease_in(DbConn *conn, const LeaseRef *lease, GError **error);

/* Whether a lease of that epoch is alive: its job is running or paused and it has not run out. False for job FIELD_NULL_INT and
 * for one that is gone. */
bool queue_lease_alive_in(DbConn *conn, int64_t job_id, int64_t epoch, int64_t now_ms, bool *ret_alive, GError **error);

/* Back to pending without counting the attempt (graceful stop); `waiting` is a sentence or NULL; not before run_after_ms. */
bool queue_give_back(Queue *queue, const LeaseRef *lease, const char *waiting, int64_t run_after_ms, GError **error);

/* The same for a job that was to be paused, and whose owner has stopped where another can go on: it stays paused, without a
 * lease, and shows how far it got. It is pending if it was resumed in the meantime. */
bool queue_put_down(Queue *queue, const LeaseRef *lease, GError **error);

/* Appends a line to the job's log; cut off at 16 KiB. NOT_FOUND if there is no such job. */
bool queue_log(Queue *queue, int64_t job_id, const char *level, const char *message, GError **error);

/* What people do. NOT_FOUND, or CONFLICT with the state, if it cannot be. Cancelling or pausing a running job sets its directive
 * and wakes its owner. Parents take their children along, as far as these can be moved; retrying a parent retries those of its
 * children that failed or were cancelled. */
bool queue_pause(Queue *queue, int64_t job_id, GError **error);
bool queue_resume(Queue *queue, int64_t job_id, GError **error);
bool queue_cancel(Queue *queue, int64_t job_id, GError **error);
bool queue_send_back(Queue *queue, int64_t job_id, GError **error);
bool queue_retry(Queue *queue, int64_t job_id, GError **error);
bool queue_release_held(Queue *queue, int64_t job_id, GError **error);
bool queue_set_priority(Queue *queue, int64_t job_id, JobPriority priority, GError **error); /* of an unfinished job */

/* One change of many jobs; each is changed or refused by itself. */
typedef enum {
  QUEUE_PAUSE,
  QUEUE_RESUME,
  QUEUE_CANCEL,
  QUEUE_RETRY,
  QUEUE_RELEASE,
  QUEUE_SET_PRIORITY, /* to `priority` */
  QUEUE_REWRITE,      /* by `rewrite`, of unfinished jobs that nobody works on */
  QUEUE_DELETE,       /* with their logs and the jobs below them; not while a worker has one of them */
} QueueAct;
typedef struct {
  QueueAct act;
  JobPriority priority;
  /* Changes what the job is to do, or refuses. The job is locked. */
  bool (*rewrite)(Job *job, void *user_data, GError **error);
  void *user_data;
} QueueChange;

typedef struct {
  int64_t id;
  char *error; /* a finished sentence */
} JobRefusal;
extern const FieldTable job_refusal_table;

/* Changes jobs in transactions of some dozens. `refused` (records_new of job_refusal_table) gets those that did not allow it or
 * are not there, *ret_done the number of the others. On error what was done before stays done. */
bool queue_change(Queue *queue, const QueueChange *change, const int64_t *ids, size_t n_ids, GPtrArray *refused,
                  int64_t *ret_done, GError **error);

/* QUEUE_DELETE of one job. NOT_FOUND, or CONFLICT while a worker has it. */
bool queue_delete(Queue *queue, int64_t job_id, GError **error);

/* Puts a job right before or right after another one in the order of the queue; it takes that one's priority. Both must wait for
 * their turn (held, pending, or paused without a worker), else CONFLICT. */
typedef enum { QUEUE_BEFORE, QUEUE_AFTER } QueueSide;
bool queue_move(Queue *queue, int64_t job_id, QueueSide side, int64_t other_id, GError **error);

/* Returns jobs whose lease has run out to pending, or to failed ("The worker … was lost") once max_attempts are used up.
 * *ret_count may be NULL. */
bool queue_expire(Queue *queue, int *ret_count, GError **error);

/* At start: leases of this owner name belong to a process that is gone and have run out from now on. The jobs keep their state
 * until queue_expire, so that the replacement journal can first end those whose replacement it finishes. */
bool queue_lapse_owner(Queue *queue, const char *owner, int *ret_count, GError **error);

/* A number that changes whenever a job may have become claimable, a directive changed or a child finished, on any server. Read
 * it before looking (queue_claim, queue_renew), and give it to queue_wait if there was nothing: then no change gets lost between
 * the look and the wait. */
uint64_t queue_generation(Queue *queue);

/* Waits until the generation is not `seen` any more, or the time is over (negative: never). True if it changed, false on timeout
 * or cancel. A message between servers can be lost when the database connection breaks: wait in turns of some seconds. */
bool queue_wait(Queue *queue, uint64_t seen, Cancel *cancel, int timeout_ms);

/* The next time in the future at which a pending job may start, for timers; *ret_found false if none. Jobs that may start already
 * are not looked at. */
bool queue_next_due(Queue *queue, int64_t *ret_at_ms, bool *ret_found, GError **error);

/* Deletes jobs that finished before `before_ms`, with their logs; but no parent before its children and no child of an unfinished
 * parent. *ret_count may be NULL. */
bool queue_prune(Queue *queue, int64_t before_ms, int64_t *ret_count, GError **error);
