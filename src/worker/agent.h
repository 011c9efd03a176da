/* The worker: claims jobs over a transport, runs them, keeps their leases, obeys directives. The same code in `reeve serve` and,
 * over another transport, on another machine.
 *
 * Thread-safety: any thread. */
#pragma once

#include "media/capability.h"
#include "sys/child.h"
#include "worker/transport.h"

typedef struct Agent Agent;
typedef struct JobRun JobRun;

/* One kind of job on the worker's side. */
typedef struct {
  const char *kind;
  int slots; /* how many at once */
  /* Does the work. Returns true with *ret_report (JSON text or NULL), or false with an error. */
  bool (*execute)(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error);
  void *user_data;
} AgentKind;

/* What an executor may use of its run. */
Cancel *job_run_cancel(JobRun *run);
const Job *job_run_job(JobRun *run);
const LeaseRef *job_run_lease(JobRun *run);
void job_run_progress(JobRun *run, double fraction, const char *detail); /* cheap; sent on by the keeper */
void job_run_log(JobRun *run, const char *level, const char *message);
void job_run_set_child(JobRun *run, Child *child); /* to be frozen while the job is paused; NULL: none any more */

typedef struct {
  Transport *transport; /* owned by the caller */
  const char *name;     /* lease owner: unique per process */
  const AgentKind *kinds;
  size_t n_kinds;
  int64_t lease_ms;
} AgentParams;

/* Starts the threads: one per slot and a keeper that renews leases. */
Agent *agent_start(const AgentParams *params);

typedef enum {
  AGENT_RETURN_JOBS /* running work is stopped and goes back to the queue */,
  AGENT_FINISH_JOBS /* running work is finished first */
} AgentStop;

/* Stops claiming, ends as asked, joins all threads, frees. */
void agent_stop(Agent *agent, AgentStop how);
