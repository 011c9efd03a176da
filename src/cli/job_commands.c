/* `reeve queue`, `reeve jobs`, `reeve job …`: looking at jobs and steering them. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/record_sql.h"

#include <inttypes.h>
#include <string.h>

enum { PAGE = 500, PRESET_LIMIT = 50, LIMIT_MAX = 1000000, LOG_LINES = 500 };

/* Up to `limit` jobs by a query, page after page, appended to `jobs`. */
static bool list_jobs(DbConn *conn, JobQuery query, int64_t limit, GPtrArray *jobs, GError **error)
{
  g_autofree char *after = NULL;
  do {
    query.after = after;
    query.limit = MIN(limit - (int64_t)jobs->len, PAGE);
    char *next = NULL;
    g_autoptr(GPtrArray) page = query.limit > 0 ? job_page(conn, &query, &next, error) : NULL;
    if (!page)
      return query.limit <= 0;
    g_free(after);
    after = next;
    g_ptr_array_extend_and_steal(jobs, g_steal_pointer(&page));
  } while (after && (int64_t)jobs->len < limit);
  return true;
}

static Colour colour_of(int state)
{
  switch ((JobState)state) {
  case JOB_RUNNING:
  case JOB_DONE:
    return COLOUR_GREEN;
  case JOB_FAILED:
    return COLOUR_RED;
  case JOB_HELD:
  case JOB_PAUSED:
  case JOB_CANCELLED:
    return COLOUR_YELLOW;
  default:
    return COLOUR_NONE;
  }
}

/* Why it waits or how it ended. */
static const char *remark_of(const Job *job)
{
  return job->waiting ? job->waiting : job->error ? job->error : "";
}

static void print_jobs(const CommandContext *context, const GPtrArray *jobs, const char *none)
{
  if (context->json) {
    output_records(&job_table, jobs);
    return;
  }
  g_autoptr(Table) table = table_new();
  table_column(table, "ID", TABLE_RIGHT);
  table_column(table, "STATE", TABLE_LEFT);
  table_column(table, "DONE", TABLE_RIGHT);
  table_column(table, "KIND", TABLE_LEFT);
  table_column(table, "PRIORITY", TABLE_LEFT);
  table_column(table, "CHANGED", TABLE_LEFT);
  table_column(table, "TITLE", TABLE_LEFT);
  table_column(table, "REMARK", TABLE_LEFT);
  for (guint i = 0; i < jobs->len; i++) {
    const Job *job = jobs->pdata[i];
    g_autofree char *changed = text_time(job->updated_at_ms);
    bool moves = job->state == JOB_RUNNING || job->state == JOB_PAUSED;
    table_add(table, "%" PRId64, job->id);
    table_add_coloured(table, colour_of(job->state), "%s", enum_name(&job_state_table, job->state));
    g_autofree char *done = moves ? g_strdup_printf("%.0f %%", job->progress * 100) : g_strdup("");
    table_add(table, "%s", done);
    table_add(table, "%s", job->kind);
    table_add(table, "%s", enum_name(&job_priority_table, job->priority));
    table_add(table, "%s", changed);
    table_add(table, "%s", job->title);
    table_add(table, "%s", remark_of(job));
  }
  table_print(table);
  if (jobs->len == 0)
    output_remark(context, "%s", none);
}

static bool run_jobs(CommandContext *context, GError **error)
{
  JobQuery query = {.kind = command_option(context, "kind"), .parent_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT};
  int64_t limit;
  if (!command_option_enum(context, "state", &job_state_table, FIELD_NULL_ENUM, &query.state, error) ||
      !command_option_int(context, "limit", 1, LIMIT_MAX, PRESET_LIMIT, &limit, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  if (!conn || !list_jobs(conn, query, limit, jobs, error))
    return false;
  print_jobs(context, jobs, "There are no such jobs.");
  return true;
}

/* What runs, then what is paused, then what waits in the order in which it will start, then what is held. */
static bool run_queue(CommandContext *context, GError **error)
{
  static const JobState states[] = {JOB_RUNNING, JOB_PAUSED, JOB_PENDING, JOB_HELD};
  int64_t limit;
  if (!command_option_int(context, "limit", 1, LIMIT_MAX, PRESET_LIMIT, &limit, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) jobs = records_new(&job_table);
  int64_t counts[JOB_SKIPPED + 1];
  if (!conn || !job_counts(conn, counts, error))
    return false;
  int64_t total = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
    JobQuery query = {.state = (int)states[i], .parent_id = FIELD_NULL_INT, .file_id = FIELD_NULL_INT};
    total += counts[states[i]];
    if (!list_jobs(conn, query, limit, jobs, error))
      return false;
  }
  print_jobs(context, jobs, "The queue is empty.");
  if (!context->json && total > (int64_t)jobs->len)
    output_remark(context, "And %" PRId64 " more; --limit shows them.", total - (int64_t)jobs->len);
  return true;
}

static void print_pair(const char *name, const char *value)
{
  if (value && *value)
    output_line("%-10s %s", name, value);
}

static void print_job(const Job *job, const GPtrArray *log)
{
  g_autofree char *created = text_time(job->created_at_ms);
  g_autofree char *started = text_time(job->started_at_ms);
  g_autofree char *finished = text_time(job->finished_at_ms);
  g_autofree char *attempts = g_strdup_printf("%" PRId64 " of %" PRId64, job->attempts, job->max_attempts);
  g_autofree char *progress = g_strdup_printf("%.0f %%", job->progress * 100);
  output_coloured(COLOUR_BOLD, "Job %" PRId64 ": %s %s", job->id, job->kind, job->title);
  print_pair("state", enum_name(&job_state_table, job->state));
  print_pair("priority", enum_name(&job_priority_table, job->priority));
  print_pair("progress", job_state_is_final(job->state) ? NULL : progress);
  print_pair("detail", job_state_is_final(job->state) ? NULL : job->progress_detail);
  print_pair("waits", job->waiting);
  print_pair(job->state == JOB_FAILED ? "error" : "reason", job->error);
  print_pair("attempts", attempts);
  print_pair("created", created);
  print_pair("started", started);
  print_pair("finished", finished);
  print_pair("worker", job->lease_owner);
  print_pair("payload", job->payload);
  print_pair("result", job->result);
  for (guint i = 0; i < log->len; i++) {
    const JobLogLine *line = log->pdata[i];
    g_autofree char *at = text_time(line->at_ms);
    output_line("%s %-7s %s", at, line->level, line->message);
  }
}

static bool run_show(CommandContext *context, GError **error)
{
  int64_t id;
  if (!command_id(context, 0, "job", &id, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(Job) job = record_new(&job_table);
  if (!conn || !record_get(conn, &job_table, id, job, error))
    return false;
  g_autoptr(GPtrArray) log = job_log_page(conn, id, 0, LOG_LINES, error);
  if (!log)
    return false;
  if (context->json) {
    json_t *object = json_from_record(&job_table, job, JSON_PUBLIC);
    json_object_set_new(object, "log", json_from_records(&job_log_table, log, JSON_PUBLIC));
    output_json(object);
  } else {
    print_job(job, log);
  }
  return true;
}

static bool print_state(const CommandContext *context, Service *service, int64_t id, GError **error)
{
  g_autoptr(DbConn) conn = db_acquire(service_db(service), error);
  g_autoptr(Job) job = record_new(&job_table);
  if (!conn || !record_get(conn, &job_table, id, job, error))
    return false;
  bool asked = !job_state_is_final(job->state) && job->directive == DIRECTIVE_CANCEL;
  if (context->json)
    output_record(&job_table, job);
  else
    output_line("Job %" PRId64 " %s %s.", id, asked ? "is asked to stop and is still" : "is",
                enum_name(&job_state_table, job->state));
  return true;
}

typedef bool (*QueueStep)(Queue *queue, int64_t job_id, GError **error);

/* One step for every job named; goes on after a refusal, the first one is the command's error. */
static bool steer(CommandContext *context, QueueStep step, GError **error)
{
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  if (!service)
    return false;
  g_autoptr(GError) first = NULL;
  for (size_t i = 0; context->arguments[i]; i++) {
    int64_t id;
    g_autoptr(GError) why = NULL;
    if (command_id(context, i, "job", &id, &why) && step(service_queue(service), id, &why) &&
        print_state(context, service, id, &why))
      continue;
    if (!first)
      first = g_steal_pointer(&why);
    else
      output_remark(context, "reeve: %s", why->message);
  }
  if (!first)
    return true;
  g_propagate_error(error, g_steal_pointer(&first));
  return false;
}

static bool run_pause(CommandContext *context, GError **error)
{
  return steer(context, queue_pause, error);
}

static bool run_resume(CommandContext *context, GError **error)
{
  return steer(context, queue_resume, error);
}

static bool run_cancel(CommandContext *context, GError **error)
{
  return steer(context, queue_cancel, error);
}

static bool run_retry(CommandContext *context, GError **error)
{
  return steer(context, queue_retry, error);
}

static bool run_release(CommandContext *context, GError **error)
{
  return steer(context, queue_release_held, error);
}

static bool run_priority(CommandContext *context, GError **error)
{
  int64_t id;
  int priority;
  if (!command_id(context, 0, "job", &id, error))
    return false;
  if (!enum_value(&job_priority_table, context->arguments[1], &priority)) {
    g_autofree char *choices = enum_choices(&job_priority_table);
    return fail(error, REEVE_ERROR_INVALID, "The priority must be %s.", choices);
  }
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  return service && queue_set_priority(service_queue(service), id, (JobPriority)priority, error) &&
         print_state(context, service, id, error);
}

static const CommandOption queue_options[] = {
    {"limit", "N", "Show at most so many [50]"},
    {NULL, NULL, NULL},
};

static const CommandOption jobs_options[] = {
    {"state", "STATE", "Only held, pending, running, paused, done, failed, cancelled or skipped ones"},
    {"kind", "KIND", "Only transcode, scan or undo"},
    {"limit", "N", "Show at most so many [50]"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "queue",
     .arguments = "",
     .options = queue_options,
     .run = run_queue,
     .summary = "What runs and what waits, in the order in which it will start"},
    {.words = "jobs", .arguments = "", .options = jobs_options, .run = run_jobs, .summary = "All jobs, the newest first"},
    {.words = "job show",
     .arguments = "ID",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_show,
     .summary = "Everything about a job, with its log"},
    {.words = "job pause",
     .arguments = "ID…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_pause,
     .summary = "Hold jobs back, or freeze them if they run"},
    {.words = "job resume",
     .arguments = "ID…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_resume,
     .summary = "Let paused jobs go on"},
    {.words = "job cancel",
     .arguments = "ID…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_cancel,
     .summary = "Cancel jobs, also running ones"},
    {.words = "job retry",
     .arguments = "ID…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_retry,
     .summary = "Put ended jobs into the queue again"},
    {.words = "job release",
     .arguments = "ID…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_release,
     .summary = "Approve held jobs"},
    {.words = "job priority",
     .arguments = "ID low|normal|high|webhook",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = run_priority,
     .summary = "Move a job forward or back"},
};
const CommandSet job_commands = COMMAND_SET(NULL, rows);
