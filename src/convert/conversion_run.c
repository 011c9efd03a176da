/* Decides how a conversion is carried out, and when its file is offered. Test: tests/unit/convert/test_conversions.c */
#include "convert/conversions_internal.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "base/number.h"
#include "convert/uploads_internal.h"
#include "store/record_sql.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <string.h>

static const Field report_fields[] = {
    FIELD_TEXT(ConversionReport, path, .help = "Where the file is."),
    FIELD_INT(ConversionReport, size_bytes, .help = "Size in bytes."),
    FIELD_INT(ConversionReport, duration_ms, .flags = FIELD_NULLABLE, .help = "Its length in ms."),
    FIELD_REAL(ConversionReport, seconds, .help = "Seconds that it took."),
    FIELD_REAL(ConversionReport, fps, .help = "Frames encoded per second."),
};
const FieldTable conversion_report_table = FIELD_TABLE(ConversionReport, "ConversionReport", NULL, report_fields);

static void report_clear(ConversionReport *report)
{
  record_clear(&conversion_report_table, report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ConversionReport, report_clear)

typedef struct {
  Conversions *conversions;
  const LeaseRef *lease;
  const TranscodeRunner *runner;
  ProbePool *probes;
  Conversion row;
  Upload upload;
  char *directory; /* of this attempt */
  TranscodeOrder order;
} Attempt;

static void attempt_clear(Attempt *attempt)
{
  record_clear(&conversion_table, &attempt->row);
  record_clear(&upload_table, &attempt->upload);
  record_clear(&transcode_order_table, &attempt->order);
  g_free(attempt->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Attempt, attempt_clear)

static bool load(Attempt *attempt, GError **error)
{
  record_init(&conversion_table, &attempt->row);
  {
    g_autoptr(DbConn) conn = db_acquire(attempt->conversions->db, error);
    g_autoptr(GError) why = NULL;
    if (!conn)
      return false;
    if (!conversion_row_of_job(conn, attempt->lease->job_id, &attempt->row, &why)) {
      if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
        return fail(error, REEVE_ERROR_CANCELLED, "The conversion was deleted.");
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
  }
  if (attempt->row.discarded)
    return fail(error, REEVE_ERROR_CANCELLED, "The conversion was deleted.");
  return uploads_get(attempt->conversions->uploads, attempt->row.upload_id, &attempt->upload, error);
}

/* What earlier attempts left is theirs no more: their leases are over, and with them their encoders. */
static bool make_directory(Attempt *attempt, GError **error)
{
  g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT, attempt->lease->epoch);
  attempt->directory = g_build_filename(attempt->row.directory, name, NULL);
  return fs_remove_tree(attempt->row.directory, error) && fs_mkdirs(attempt->directory, 0700, error);
}

static bool check_room(const Attempt *attempt, const EncodePlan *plan, GError **error)
{
  FsSpace space;
  if (!fs_space(attempt->directory, &space, error))
    return false;
  int64_t reserve_bytes = uploads_rules(attempt->conversions->uploads).reserve_bytes;
  if (space.free_bytes - reserve_bytes >= plan->predicted_bytes)
    return true;
  g_autofree char *needed = format_size(plan->predicted_bytes), *left = format_size(MAX(space.free_bytes - reserve_bytes, 0));
  return fail(error, REEVE_ERROR_NO_SPACE, "It may need %s, and %s can be used where conversions go.", needed, left);
}

static bool plan(Attempt *attempt, GError **error)
{
  const Conversion *row = &attempt->row;
  TranscodeOrder *order = &attempt->order;
  const ConvertChoice choice = {row->codec, row->resolution, row->quality};
  g_autoptr(GError) why = NULL;
  g_autoptr(MediaInfo) media = probe_file(attempt->probes, attempt->upload.path, attempt->runner->cancel, &why);
  if (!media && reeve_error_code(why) == REEVE_ERROR_CORRUPT)
    return fail(error, REEVE_ERROR_CORRUPT, "What was sent as %s is no video that can be read.", attempt->upload.name);
  if (!media) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  g_autoptr(EncodePlan) plan = recipe_plan(media, &choice, attempt->runner->capabilities, error);
  if (!plan || !check_room(attempt, plan, error))
    return false;
  g_autofree char *name = g_strconcat("output", recipe_extension(row->codec), NULL);
  order->job_id = attempt->lease->job_id;
  order->source_path = g_strdup(attempt->upload.path);
  order->output_path = g_build_filename(attempt->directory, name, NULL);
  order->write_directory = g_strdup(attempt->directory);
  record_copy(&media_info_table, media, &order->media);
  record_init(&profile_table, &order->profile);
  order->profile.min_saving_percent = -1; /* a proxy may well be larger than what was sent */
  record_copy(&encode_plan_table, plan, &order->plan);
  return true;
}

/* Shown to be what was asked for, and on the disk. */
static bool verify(const Attempt *attempt, ConversionReport *report, GError **error)
{
  const TranscodeOrder *order = &attempt->order;
  g_autoptr(MediaInfo) output = probe_file(attempt->probes, order->output_path, attempt->runner->cancel, error);
  if (!output || !recipe_check(&order->media, &order->plan, output, error))
    return false;
  failpoint("convert.verified");
  if (!fs_fsync(order->output_path, error) || !fs_fsync_dir(attempt->directory, error) ||
      !fs_fsync_parent(attempt->directory, error) || !fs_fsync_parent(attempt->row.directory, error))
    return false;
  report->size_bytes = output->size_bytes;
  report->duration_ms = output->duration_ms;
  report->path = g_strdup(order->output_path);
  return true;
}

/* What ffmpeg cannot convert it cannot the next time either: not worth another attempt. */
static bool execute(const Attempt *attempt, TranscodeReport *report, GError **error)
{
  g_autoptr(GError) why = NULL;
  if (transcode_execute(&attempt->order, attempt->runner, report, &why))
    return true;
  if (reeve_error_code(why) == REEVE_ERROR_UPSTREAM)
    return fail(error, REEVE_ERROR_CORRUPT, "%s could not be converted: %s", attempt->upload.name, why->message);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool run(Attempt *attempt, ConversionReport *report, GError **error)
{
  TranscodeReport encode = {0};
  if (!load(attempt, error) || !make_directory(attempt, error) || !plan(attempt, error) || !execute(attempt, &encode, error))
    return false;
  report->seconds = encode.seconds;
  report->fps = encode.fps;
  record_clear(&transcode_report_table, &encode);
  return verify(attempt, report, error);
}

static void replace(GString *text, const char *path, const char *name)
{
  if (path && *path)
    g_string_replace(text, path, name, 0);
}

/* What goes wrong is told to whoever sent the file: by its name, and not by where it lies here. */
static void tell(const Attempt *attempt, const GError *why, GError **error)
{
  g_autoptr(GString) text = g_string_new(why->message);
  replace(text, attempt->order.output_path, "the output");
  replace(text, attempt->upload.path, attempt->upload.name);
  g_set_error_literal(error, why->domain, why->code, text->str);
}

bool conversion_run(Conversions *conversions, const LeaseRef *lease, const TranscodeRunner *runner, ProbePool *probes,
                    ConversionReport *ret_report, GError **error)
{
  g_auto(Attempt) attempt = {.conversions = conversions, .lease = lease, .runner = runner, .probes = probes};
  ConversionReport report = {0};
  g_autoptr(GError) failure = NULL, why = NULL;
  if (run(&attempt, &report, &failure)) {
    *ret_report = report;
    return true;
  }
  tell(&attempt, failure, error);
  record_clear(&conversion_report_table, &report);
  if (attempt.directory && !fs_remove_tree(attempt.directory, &why))
    g_warning("What a conversion left goes with it: %s", why->message);
  return false;
}

/* --- the end --- */

static bool offer(Conversions *conversions, DbConn *conn, const LeaseRef *lease, const ConversionReport *report, GError **error)
{
  g_autoptr(Conversion) it = record_new(&conversion_table);
  if (!conversion_row_of_job(conn, lease->job_id, it, error))
    return false;
  int64_t now_ms = clock_now_ms(conversions->clock);
  g_free(it->path);
  it->path = g_strdup(report->path);
  it->size_bytes = report->size_bytes;
  it->duration_ms = report->duration_ms;
  it->finished_at_ms = now_ms;
  it->expires_at_ms = now_ms + conversions_keep_ms(conversions);
  return conversion_row_finish(conn, it, error);
}

static bool conclude_in(Conversions *conversions, const LeaseRef *lease, const char *text, const GError *execution,
                        GError **error)
{
  bool cancelled = execution && reeve_error_code(execution) == REEVE_ERROR_CANCELLED;
  JobOutcome outcome = {.state = !execution  ? JOB_DONE
                                 : cancelled ? JOB_CANCELLED
                                             : JOB_FAILED,
                        .result = text,
                        .cause = execution};
  g_auto(ConversionReport) report = {0};
  record_init(&conversion_report_table, &report);
  if (!execution) {
    g_autoptr(json_t) json = json_parse(text, strlen(text), error);
    if (!json || !json_to_record(&conversion_report_table, json, JSON_TRUSTED, &report, NULL, error))
      return false;
  }
  g_autoptr(DbConn) conn = db_acquire(conversions->db, error);
  g_autoptr(DbTransaction) transaction = conn ? db_begin(conn, error) : NULL;
  return transaction && queue_finish_in(conversions->queue, conn, lease, &outcome, error) &&
         (execution || offer(conversions, conn, lease, &report, error)) && db_commit(transaction, error);
}

bool conversion_conclude(Conversions *conversions, const LeaseRef *lease, const char *report, const GError *execution,
                         GError **error)
{
  if (!conclude_in(conversions, lease, report, execution, error))
    return false;
  queue_publish(conversions->queue, lease->job_id);
  return true;
}
