/* What a worker is and does right now, for people. */
#pragma once

#include "worker/agent.h"

typedef struct {
  char *kind;
  int64_t slots, busy;
  bool governed;
} WorkerSlots;
extern const FieldTable worker_slots_table;

typedef struct {
  int64_t job;
  char *kind, *title;
  int64_t file_id; /* FIELD_NULL_INT: none */
  double progress;
  char *detail; /* JSON as the kind defines, or NULL */
  bool frozen, lowered;
  char *waiting; /* why the governor has frozen it, or NULL */
  int64_t started_at_ms;
} WorkerRun;

typedef struct {
  char *name, *version;
  GPtrArray *slots;   /* WorkerSlots */
  GPtrArray *running; /* WorkerRun */
} WorkerStatus;
extern const FieldTable worker_status_table;

/* For agent.c: the parts of one, made from what it knows. Copied. */
void worker_status_begin(WorkerStatus *status, const char *name);
WorkerSlots *worker_slots_new(const AgentKind *kind, int64_t slots);
WorkerRun *worker_run_new(const Job *job);

/* Fills an initialised record. Waits no longer than one renewal of a lease takes. */
void agent_status(Agent *agent, WorkerStatus *ret_status);
