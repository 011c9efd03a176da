/* The tables of jobs and their logs. Test: tests/unit/store/test_tables.c */
#include "store/job.h"

static const EnumRow job_state_rows[] = {
    {JOB_HELD, "held", "Waits for a person to release it"},
    {JOB_PENDING, "pending", "Waits for its turn"},
    {JOB_RUNNING, "running", "A worker has it"},
    {JOB_PAUSED, "paused", "Waits to be resumed; one that had started keeps its place"},
    {JOB_DONE, "done", "Ended well"},
    {JOB_FAILED, "failed", "Ended with an error"},
    {JOB_CANCELLED, "cancelled", "Was stopped by a person"},
    {JOB_SKIPPED, "skipped", "Turned out not to be worth doing"},
};
const EnumTable job_state_table = ENUM_TABLE("JobState", job_state_rows);

/* JOB_PRIORITY_RANK in job.h knows these names too; the test holds the two together. */
static const EnumRow job_priority_rows[] = {
    {PRIORITY_LOW, "low", "After everything else"},
    {PRIORITY_NORMAL, "normal", "In turn"},
    {PRIORITY_HIGH, "high", "Before what is normal"},
    {PRIORITY_WEBHOOK, "webhook", "First: something outside waits for it"},
};
const EnumTable job_priority_table = ENUM_TABLE("JobPriority", job_priority_rows);

static const EnumRow job_directive_rows[] = {
    {DIRECTIVE_CONTINUE, "continue", "Go on"},
    {DIRECTIVE_PAUSE, "pause", "Freeze and keep the lease"},
    {DIRECTIVE_CANCEL, "cancel", "Stop for good"},
    {DIRECTIVE_RETURN, "return", "Give the job back to the queue"},
};
const EnumTable job_directive_table = ENUM_TABLE("JobDirective", job_directive_rows);

static const Field job_fields[] = {
    FIELD_INT(Job, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the job."),
    FIELD_TEXT(Job, kind, .flags = FIELD_READ_ONLY, .min = 1, .max = 64, .help = "What it does, such as scan or transcode."),
    FIELD_ENUM(Job, state, job_state_table, .preset = "pending", .flags = FIELD_READ_ONLY, .help = "Where it stands."),
    FIELD_ENUM(Job, priority, job_priority_table, .preset = "normal", .help = "Which jobs it goes before."),
    FIELD_TEXT(Job, title, .flags = FIELD_READ_ONLY, .help = "What it works on, for people."),
    FIELD_INT(Job, root_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Root it works on."),
    FIELD_INT(Job, file_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "File it works on."),
    FIELD_INT(Job, parent_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Job that it is a part of."),
    FIELD_JSON(Job, payload, .flags = FIELD_READ_ONLY, .help = "What it is to do, as its kind defines."),
    FIELD_JSON(Job, result, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "What came of it, as its kind defines."),
    FIELD_TEXT(Job, error, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Why it failed or was skipped."),
    FIELD_TEXT(Job, error_code, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The same as a word."),
    FIELD_TEXT(Job, waiting, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Why it does not start yet."),
    FIELD_STRINGS(Job, needs, .flags = FIELD_READ_ONLY, .help = "Capabilities that its worker must have, all of them."),
    FIELD_INT(Job, attempts, .flags = FIELD_READ_ONLY, .help = "Times it was started."),
    FIELD_INT(Job, max_attempts, .flags = FIELD_READ_ONLY, .preset = "3", .help = "Times it may be started."),
    FIELD_INT(Job, run_after_ms, .flags = FIELD_READ_ONLY, .help = "It does not start before this, in ms since 1970."),
    FIELD_REAL(Job, position, .flags = FIELD_READ_ONLY, .help = "Its place among jobs of its priority; the lowest is first."),
    FIELD_TEXT(Job, lease_owner, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Worker that has it."),
    FIELD_INT(Job, lease_until_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Until when the worker has it unless it reports again, in ms since 1970."),
    FIELD_INT(Job, lease_epoch, .flags = FIELD_READ_ONLY | FIELD_ADVANCED, .help = "Grows each time a worker gets or loses it."),
    FIELD_ENUM(Job, directive, job_directive_table, .flags = FIELD_READ_ONLY, .help = "What its worker is asked to do."),
    FIELD_REAL(Job, progress, .flags = FIELD_READ_ONLY, .help = "How much is done, from 0 to 1."),
    FIELD_JSON(Job, progress_detail, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Progress in detail, as its kind defines."),
    FIELD_INT(Job, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was added, in ms since 1970."),
    FIELD_INT(Job, started_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "When it last started, in ms since 1970."),
    FIELD_INT(Job, finished_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "When it ended, in ms since 1970."),
    FIELD_INT(Job, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When it last changed, in ms since 1970."),
};
const FieldTable job_table = FIELD_TABLE(Job, "Job", "jobs", job_fields);

void job_free(Job *job)
{
  record_free(&job_table, job);
}

bool job_state_is_final(int state)
{
  return state == JOB_DONE || state == JOB_FAILED || state == JOB_CANCELLED || state == JOB_SKIPPED;
}

static const Field job_log_fields[] = {
    FIELD_INT(JobLogLine, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the line."),
    FIELD_INT(JobLogLine, job_id, .flags = FIELD_READ_ONLY, .help = "Job that it is about."),
    FIELD_INT(JobLogLine, at_ms, .flags = FIELD_READ_ONLY, .help = "When it was written, in ms since 1970."),
    FIELD_TEXT(JobLogLine, level, .flags = FIELD_READ_ONLY, .help = "error, warning, info or debug."),
    FIELD_TEXT(JobLogLine, message, .flags = FIELD_READ_ONLY, .help = "What happened."),
};
const FieldTable job_log_table = FIELD_TABLE(JobLogLine, "JobLogLine", "job_log", job_log_fields);
