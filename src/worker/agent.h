/* The worker: claims jobs over a transport, runs them, keeps their leases, obeys directives. The same code in `reeve serve` and,
 * over another transport, on another machine.
 *
 * Thread-safety: any thread. */
#pragma once

#include "base/metrics.h"
#include "governor/ruling.h"
#include "media/capability.h"
#include "sys/child.h"
#include "worker/transport.h"

typedef struct Agent Agent;
typedef struct JobRun JobRun;

/* One kind of job on the worker's side. */
typedef struct {
  const char *kind;
  const char *also; /* jobs of this kind are parts of such jobs and take their turn in the same slots; NULL: none */
  int slots;        /* how many at once */
  /* What it does can be left off and gone on with by another run: paused, it is not frozen but told to halt, and goes back to the
   * queue, where it stays paused, also when the server does not. */
  bool halts;
  /* Does the work. Returns true with *ret_report (JSON text or NULL), or false with an error. */
  bool (*execute)(JobRun *run, const char *order, void *user_data, char **ret_report, GError **error);
  void *user_data;
  bool governed; /* starts and goes on only as the ruling in force lets it */
} AgentKind;

/* What an executor may use of its run. */
Cancel *job_run_cancel(JobRun *run);
Cancel *job_run_halt(JobRun *run); /* set when it is to be paused, for kinds that halt: finish what is in hand, then CANCELLED */
const Job *job_run_job(JobRun *run);
const LeaseRef *job_run_lease(JobRun *run);
void job_run_progress(JobRun *run, double fraction, const char *detail); /* cheap; sent on by the keeper */
void job_run_log(JobRun *run, const char *level, const char *message);
void job_run_keep(JobRun *run, const char *report); /* worth keeping even if the job comes to nothing */
void job_run_set_child(JobRun *run, Child *child); /* to be frozen while the job is paused; NULL: none any more */

typedef struct {
  Transport *transport; /* owned by the caller */
  const char *name;     /* lease owner: unique per process */
  const AgentKind *kinds;
  size_t n_kinds;
  int64_t lease_ms;
  Metrics *metrics;             /* counts the jobs that ended here; may be NULL */
  const GovernorRuling *ruling; /* in force from the start; copied; NULL: nothing is held back */
  const Clock *clock;           /* when leases are renewed; NULL: the system's */
} AgentParams;

/* Starts the threads: one per slot and a keeper that renews leases. */
Agent *agent_start(const AgentParams *params);

/* How many jobs of a kind run at once from now on. With fewer than before, what runs is finished first; with more, further jobs
 * are taken at once. Changes nothing once agent_stop was called. */
void agent_set_slots(Agent *agent, const char *kind, int slots);

/* Another ruling is in force, for claims from now on and for what runs at once: frozen with its whole process group or thawed,
 * with less of the machine or with all of it. Leases of frozen jobs are kept. Copied. */
void agent_govern(Agent *agent, const GovernorRuling *ruling);

/* How many governed jobs are under way, frozen ones too. */
int agent_governed(Agent *agent);

typedef enum {
  AGENT_RETURN_JOBS /* running work is stopped and goes back to the queue */,
  AGENT_FINISH_JOBS /* running work is finished first; what the governor has frozen goes back to the queue */
} AgentStop;

/* Stops claiming, ends as asked, joins all threads. What it says about itself can still be asked for until it is freed. */
void agent_stop(Agent *agent, AgentStop how);
void agent_free(Agent *agent); /* stopped before; NULL is fine */

/* How many jobs of a kind it runs at once. */
int agent_slots(Agent *agent, const char *kind);
