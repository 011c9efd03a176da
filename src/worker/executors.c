/* Runs each kind of job and turns its progress and outcome into what the queue keeps. Test: tests/unit/worker/test_main_job.c */
#include "worker/executors.h"

#include "base/error.h"
#include "transcode/transcode.h"
#include "wire/json.h"

#include <string.h>

static const Field scan_payload_fields[] = {
    FIELD_INT(ScanPayload, root_id, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15, .help = "The root to scan."),
};
const FieldTable scan_payload_table = FIELD_TABLE(ScanPayload, "ScanPayload", NULL, scan_payload_fields);

static const Field undo_payload_fields[] = {
    FIELD_INT(UndoPayload, history_id, .flags = FIELD_REQUIRED, .min = 1, .max = 9e15, .help = "The history entry to undo."),
};
const FieldTable undo_payload_table = FIELD_TABLE(UndoPayload, "UndoPayload", NULL, undo_payload_fields);

static bool parse_order(const FieldTable *table, const char *order, void *record, GError **error)
{
  record_init(table, record);
  g_autoptr(json_t) json = json_parse(order ? order : "", order ? strlen(order) : 0, error);
  return json && json_to_record(table, json, JSON_TRUSTED, record, NULL, error);
}

static void pass_child(Child *child, void *run)
{
  job_run_set_child(run, child);
}

static void pass_progress(double fraction, const char *detail, void *run)
{
  job_run_progress(run, fraction, detail);
}

static void pass_log(const char *level, const char *message, void *run)
{
  job_run_log(run, level, message);
}

static void pass_found(const TranscodeReport *report, void *run)
{
  g_autoptr(json_t) json = json_from_record(&transcode_report_table, report, JSON_FULL);
  g_autofree char *text = json_text(json);
  job_run_keep(run, text);
}

static bool execute_whole(const TranscodeRunner *runner, const char *order_text, char **ret_report, GError **error)
{
  TranscodeOrder order = {0};
  TranscodeReport report = {0};
  bool ok = parse_order(&transcode_order_table, order_text, &order, error) && transcode_execute(&order, runner, &report, error);
  record_clear(&transcode_order_table, &order);
  if (!ok)
    return false;
  g_autoptr(json_t) json = json_from_record(&transcode_report_table, &report, JSON_FULL);
  *ret_report = json_text(json);
  record_clear(&transcode_report_table, &report);
  return true;
}

static bool execute_chunk(const TranscodeRunner *runner, const char *order_text, int64_t lease_epoch, char **ret_report,
                          GError **error)
{
  ChunkOrder order = {0};
  ChunkResult result = {0};
  bool ok = parse_order(&chunk_order_table, order_text, &order, error) &&
            transcode_execute_chunk(&order, lease_epoch, runner, &result, error);
  record_clear(&chunk_order_table, &order);
  if (!ok)
    return false;
  g_autoptr(json_t) json = json_from_record(&chunk_result_table, &result, JSON_FULL);
  *ret_report = json_text(json);
  record_clear(&chunk_result_table, &result);
  return true;
}

/* What runs encoders for a job of this worker. */
static TranscodeRunner runner_of(TranscodeExecutor *self, const CapabilitySet *set, JobRun *run)
{
  int nice_increment = self->nice_increment;
  return (TranscodeRunner){
      .ffmpeg = self->ffmpeg,
      .handbrake = self->handbrake,
      .capabilities = set,
      .nice_increment = nice_increment,
      .idle_io = nice_increment > 0,
      .cancel = job_run_cancel(run),
      .on_child = pass_child,
      .on_progress = pass_progress,
      .on_log = pass_log,
      .on_found = pass_found,
      .user_data = run,
  };
}

bool execute_transcode(JobRun *run, const char *order, void *executor, char **ret_report, GError **error)
{
  TranscodeExecutor *self = executor;
  const CapabilitySet *set = abilities_wait(self->abilities, job_run_cancel(run), error);
  if (!set)
    return false;
  TranscodeRunner runner = runner_of(self, set, run);
  return strcmp(job_run_job(run)->kind, "chunk") == 0
             ? execute_chunk(&runner, order, job_run_lease(run)->epoch, ret_report, error)
             : execute_whole(&runner, order, ret_report, error);
}

bool execute_convert(JobRun *run, const char *order, void *executor, char **ret_report, GError **error)
{
  const ConvertExecutor *self = executor;
  const CapabilitySet *set = abilities_wait(self->encoders->abilities, job_run_cancel(run), error);
  ConversionReport report = {0};
  if (!set)
    return false;
  TranscodeRunner runner = runner_of(self->encoders, set, run);
  if (!conversion_run(self->conversions, job_run_lease(run), &runner, self->probes, &report, error))
    return false;
  g_autoptr(json_t) json = json_from_record(&conversion_report_table, &report, JSON_FULL);
  *ret_report = json_text(json);
  record_clear(&conversion_report_table, &report);
  return true;
}

static void show_scan(const ScanProgress *progress, void *run)
{
  g_autoptr(json_t) detail = json_from_record(&scan_progress_table, progress, JSON_PUBLIC);
  g_autofree char *text = json_text(detail);
  /* How much there is to find is not known before the end; what is known is how much of the found is dealt with. */
  int64_t dealt_with = progress->unchanged + progress->probed + progress->failed;
  job_run_progress(run, progress->found > 0 ? MIN(0.99, (double)dealt_with / (double)progress->found) : 0, text);
}

bool execute_scan(JobRun *run, const char *order, void *executor, char **ret_report, GError **error)
{
  const LibraryExecutor *self = executor;
  ScanPayload payload;
  if (!parse_order(&scan_payload_table, order, &payload, error))
    return false;
  ScanProgress progress = {0};
  record_init(&scan_progress_table, &progress);
  ScanWatch watch = {.cancel = job_run_cancel(run), .on_progress = show_scan, .on_message = pass_log, .user_data = run};
  if (!scan_root(self->scan, payload.root_id, &watch, &progress, error))
    return false;
  if (self->on_scanned)
    self->on_scanned(self->user_data);
  g_autoptr(json_t) json = json_from_record(&scan_progress_table, &progress, JSON_PUBLIC);
  *ret_report = json_text(json);
  return true;
}

bool execute_undo(JobRun *run, const char *order, void *executor, char **ret_report, GError **error)
{
  const LibraryExecutor *self = executor;
  UndoPayload payload;
  if (!parse_order(&undo_payload_table, order, &payload, error))
    return false;
  int64_t history_id = 0;
  if (!tune_undo(self->tune, payload.history_id, job_run_lease(run), job_run_cancel(run), &history_id, error))
    return false;
  *ret_report = g_strdup_printf("{\"history\":%" G_GINT64_FORMAT "}", history_id);
  return true;
}

static void show_tune(const TuneSummary *summary, void *run)
{
  g_autoptr(json_t) detail = json_from_record(&tune_summary_table, summary, JSON_PUBLIC);
  g_autofree char *text = json_text(detail);
  bool known = summary->files != FIELD_NULL_INT && summary->files > 0;
  job_run_progress(run, known ? MIN(1.0, (double)summary->looked_at / (double)summary->files) : 0, text);
}

bool execute_audio(JobRun *run, const char *order, void *tune_context, char **ret_report, GError **error)
{
  TunePayload payload;
  TuneSummary summary;
  const TuneWatch watch = {.lease = job_run_lease(run),
                           .cancel = job_run_cancel(run),
                           .halt = job_run_halt(run),
                           .on_progress = show_tune,
                           .on_log = pass_log,
                           .user_data = run};
  bool ok = parse_order(&tune_payload_table, order, &payload, error) &&
            tune_run(tune_context, job_run_job(run), &payload, &watch, &summary, error);
  record_clear(&tune_payload_table, &payload);
  if (!ok)
    return false;
  g_autoptr(json_t) json = json_from_record(&tune_summary_table, &summary, JSON_PUBLIC);
  *ret_report = json_text(json);
  return true;
}
