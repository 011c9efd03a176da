/* The tables of what a worker says about itself; agent.c fills them. Test: tests/unit/worker/test_agent.c */
#include "worker/status.h"

static const Field worker_slots_fields[] = {
    FIELD_TEXT(WorkerSlots, kind, .help = "Kind of jobs."),
    FIELD_INT(WorkerSlots, slots, .help = "How many of them it runs at once."),
    FIELD_INT(WorkerSlots, busy, .help = "How many of them it runs now."),
    FIELD_BOOL(WorkerSlots, governed, .help = "Whether schedules and limits hold for them."),
};
const FieldTable worker_slots_table = FIELD_TABLE(WorkerSlots, "WorkerSlots", NULL, worker_slots_fields);

static const Field worker_run_fields[] = {
    FIELD_INT(WorkerRun, job, .help = "Number of the job."),
    FIELD_TEXT(WorkerRun, kind, .help = "What it does."),
    FIELD_TEXT(WorkerRun, title, .help = "What it works on."),
    FIELD_INT(WorkerRun, file_id, .flags = FIELD_NULLABLE, .help = "File that it works on."),
    FIELD_REAL(WorkerRun, progress, .help = "How far it is, from 0 to 1."),
    FIELD_JSON(WorkerRun, detail, .flags = FIELD_NULLABLE, .help = "More about that, as the kind defines."),
    FIELD_BOOL(WorkerRun, frozen, .help = "Whether it stands still: somebody paused it, or see waiting."),
    FIELD_BOOL(WorkerRun, lowered, .help = "Whether it has less of the machine, by a limit."),
    FIELD_TEXT(WorkerRun, waiting, .flags = FIELD_NULLABLE, .help = "Which schedule or limit has frozen it."),
    FIELD_INT(WorkerRun, started_at_ms, .help = "When it was started, in ms since 1970."),
};
static const FieldTable worker_run_table = FIELD_TABLE(WorkerRun, "WorkerRun", NULL, worker_run_fields);

static const Field worker_status_fields[] = {
    FIELD_TEXT(WorkerStatus, name, .help = "Name by which it holds its jobs."),
    FIELD_TEXT(WorkerStatus, version, .help = "Version of Reeve that it runs."),
    FIELD_RECORDS(WorkerStatus, slots, worker_slots_table, .help = "What it can do at once."),
    FIELD_RECORDS(WorkerStatus, running, worker_run_table, .help = "What it does now."),
};
const FieldTable worker_status_table = FIELD_TABLE(WorkerStatus, "Worker", NULL, worker_status_fields);

WorkerSlots *worker_slots_new(const AgentKind *kind, int64_t slots)
{
  WorkerSlots *it = record_new(&worker_slots_table);
  it->kind = (g_free(it->kind), g_strdup(kind->kind));
  it->slots = slots;
  it->governed = kind->governed;
  return it;
}

WorkerRun *worker_run_new(const Job *job)
{
  WorkerRun *it = record_new(&worker_run_table);
  it->job = job->id;
  it->kind = (g_free(it->kind), g_strdup(job->kind));
  it->title = (g_free(it->title), g_strdup(job->title ? job->title : ""));
  it->file_id = job->file_id;
  it->started_at_ms = job->started_at_ms;
  return it;
}

void worker_status_begin(WorkerStatus *status, const char *name)
{
  status->name = (g_free(status->name), g_strdup(name));
  status->version = (g_free(status->version), g_strdup(REEVE_VERSION));
  status->slots = records_new(&worker_slots_table);
  status->running = records_new(&worker_run_table);
}
