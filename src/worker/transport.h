/* How a worker reaches the desk that hands out jobs. The in-process worker calls it directly (local_transport.c); a remote one
 * will speak HTTP behind the same struct.
 *
 * Thread-safety: every function may be called from any of the worker's threads. */
#pragma once

#include "queue/queue.h"

typedef struct Transport Transport;
struct Transport {
  /* Takes a job that this worker can do, and that `bar` does not rule out (NULL: nothing is), and makes it ready to run.
   * *ret_order is what the kind's executor needs (JSON; the caller frees it). *ret_found false: nothing to do now. */
  bool (*claim)(Transport *transport, const char *const *kinds, const QueueBar *bar, Job *ret_job, char **ret_order,
                bool *ret_found, GError **error);

  bool (*renew)(Transport *transport, const LeaseRef *lease, double progress, const char *detail, JobDirective *ret_directive,
                GError **error);
  /* Why a job that this worker has stands still (queue_note). */
  bool (*note)(Transport *transport, const LeaseRef *lease, const char *waiting, GError **error);
  void (*log)(Transport *transport, int64_t job_id, const char *level, const char *message);
  /* What is worth keeping even if the job comes to nothing: as a report (JSON), of what is known by now. Best effort. */
  void (*keep)(Transport *transport, const Job *job, const char *report);

  /* Hands in the outcome: `report` (JSON as the kind defines) if `execution` is NULL, else what went wrong. */
  bool (*conclude)(Transport *transport, const Job *job, const LeaseRef *lease, const char *report, const GError *execution,
                   GError **error);

  /* Back to the queue, for a graceful stop. */
  bool (*give_back)(Transport *transport, const Job *job, const LeaseRef *lease, const char *waiting, GError **error);

  /* Back to the queue, for a pause: it goes on from where it is. */
  bool (*put_down)(Transport *transport, const LeaseRef *lease, GError **error);

  /* Read before looking for work or directives, and given to wait: no change gets lost between the look and the wait. */
  uint64_t (*generation)(Transport *transport);
  /* Waits until something changed since `seen`, at most timeout_ms. */
  void (*wait)(Transport *transport, uint64_t seen, Cancel *cancel, int timeout_ms);

  void (*free)(Transport *transport);
};
