/* What the agent's files share and nobody else includes. */
#pragma once

#include "worker/agent.h"

struct JobRun {
  Agent *agent;
  const AgentKind *kind;
  Job job;
  LeaseRef lease;
  Cancel *cancel;
  Cancel *halt;
  GMutex lock; /* guards what follows */
  double progress;
  char *detail;
  bool changed; /* progress was not sent yet */
  bool lost;    /* the lease is somebody else's: nothing may be reported any more */
  bool concluding;
  bool returns; /* goes back to the queue when it is stopped */
  JobDirective directive;
  Child *child;
  bool paused, held; /* by a person, by the governor: frozen if either */
  bool frozen;
  bool lowered;
  char *why;             /* it is held, or NULL */
  bool note_due;         /* what holds it, or that nothing does any more, was not written down yet */
  int64_t held_since_ms; /* monotonic; when it was held last */
  int64_t renewed_ms;
};

typedef struct {
  Agent *agent;
  const AgentKind *kind;
  const int *wanted; /* slots of this kind; those from this number on end when they are idle; guarded by slots_lock */
  int number;
  bool ended; /* the thread has nothing more to do; guarded by slots_lock */
  GThread *thread;
} Slot;

struct Agent {
  Transport *transport;
  char *name;
  int64_t lease_ms;
  const Clock *clock;
  Cancel *stop_claiming; /* no new jobs */
  Cancel *stop_running;  /* parent of every run's token */
  Cancel *stop_keeper;
  GMutex lock; /* guards what follows up to keeper_ends; taken before a run's */
  GCond runs_changed;
  GPtrArray *runs;       /* JobRun *, borrowed, the oldest first */
  GovernorRuling ruling; /* what is in force */
  bool finishing;        /* a stop waits for what runs */
  bool keeper_ends;
  GMutex slots_lock; /* guards slots, wanted and stops */
  GPtrArray *slots;  /* Slot * */
  bool stops;        /* no slot is added any more */
  AgentKind *kinds;
  size_t n_kinds;
  int *wanted; /* by kind */
  Metrics *metrics;
  GThread *keeper;
};

/* Freezes or thaws a run as its directive and the governor have it. With the run's lock held. */
void agent_settle(JobRun *run);

/* Does to each run what the ruling in force says. With the agent's lock held. */
void agent_apply_ruling(Agent *agent);

/* Writes down why a run is held, or that it goes on. With the agent's lock held. */
void agent_write_note(JobRun *run);

/* What a job of this kind may be claimed of now. */
typedef struct {
  bool may_claim;
  GArray *roots; /* int64_t; owned */
  QueueBar bar;
} ClaimLeave;
void claim_leave_clear(ClaimLeave *leave);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ClaimLeave, claim_leave_clear)
ClaimLeave agent_ask_to_claim(Agent *agent, const AgentKind *kind);

/* Another ruling may have come while a job was claimed: true if it may start all the same; else it went back. */
bool agent_lets_start(Agent *agent, const AgentKind *kind, const Job *job);
