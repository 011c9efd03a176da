/* Runs an order: the encoder's commands as child processes, then the check that the output decodes. Knows no database.
 * Test: tests/unit/transcode/test_execute.c */
#include "transcode/transcode.h"

#include "base/error.h"
#include "base/log.h"
#include "encode/decode_check.h"
#include "encode/progress.h"
#include "sys/fs.h"
#include "transcode/crop.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

enum { STALL_MS = 5 * 60 * 1000, TAIL_LINES = 40, TERM_GRACE_MS = 10 * 1000 };

/* The encode takes this part of the progress bar, checking the output the rest. */
static const double encode_share = 0.97;

/* The last lines that a program said, for the log and for the error message. */
typedef struct {
  GQueue lines; /* char * */
} Tail;

static void tail_add(Tail *tail, const char *line)
{
  if (!*line)
    return;
  g_queue_push_tail(&tail->lines, g_strndup(line, 500));
  if (g_queue_get_length(&tail->lines) > TAIL_LINES)
    g_free(g_queue_pop_head(&tail->lines));
}

static void tail_clear(Tail *tail)
{
  g_queue_clear_full(&tail->lines, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tail, tail_clear)

static char *tail_text(const Tail *tail)
{
  GString *text = g_string_new(NULL);
  for (const GList *item = tail->lines.head; item; item = item->next)
    g_string_append_printf(text, "%s%s", text->len ? "\n" : "", (const char *)item->data);
  return g_string_free(text, FALSE);
}

static const char *tail_last(const Tail *tail)
{
  const char *line = g_queue_peek_tail((GQueue *)&tail->lines);
  return line ? line : "it said nothing";
}

static bool tail_contains(const Tail *tail, const char *text)
{
  for (const GList *item = tail->lines.head; item; item = item->next)
    if (strstr(item->data, text))
      return true;
  return false;
}

/* One program under way. */
typedef struct {
  const TranscodeRunner *runner;
  Child *child;
  ProgressParser *parser; /* NULL while checking */
  EncodeProgress progress;
  Tail tail;
  double ssim;
  bool checks; /* the output is read, not written */
  char *fault; /* of the file, which the program reported and went on */
} Step;

static bool on_output(const char *line, void *user_data)
{
  Step *step = user_data;
  if (!step->parser)
    return true;
  int64_t elapsed_ms = child_active_ms(step->child);
  if (progress_parser_line(step->parser, line, elapsed_ms, &step->progress) && step->runner->on_progress) {
    g_autoptr(json_t) detail = json_from_record(&encode_progress_table, &step->progress, JSON_PUBLIC);
    json_object_set_new(detail, "phase", json_string("encoding"));
    g_autofree char *text = json_text(detail);
    step->runner->on_progress(step->progress.fraction * encode_share, text, step->runner->user_data);
  }
  return true;
}

static bool on_error_line(const char *line, void *user_data)
{
  Step *step = user_data;
  double ssim;
  if (decode_check_parse_ssim(line, &ssim))
    step->ssim = ssim;
  else
    tail_add(&step->tail, line);
  if (step->checks && !step->fault && decode_check_line_is_fault(line))
    step->fault = g_strdup(line);
  if (*line)
    g_debug("%s", line);
  return true;
}

/* Starts a program in the write directory and follows it to its end. */
static bool run_step(Step *step, const TranscodeOrder *order, char *const *argv, bool measures_silence, ChildExit *ret_exit,
                     GError **error)
{
  const TranscodeRunner *runner = step->runner;
  const char *write_paths[] = {order->write_directory, NULL};
  const char *environment[] = {"SVT_LOG=1", "AV_LOG_FORCE_NOCOLOR=1", NULL};
  Sandbox sandbox = {.no_network = true, .write_paths = write_paths};
  ChildParams params = {
      .argv = (const char *const *)argv,
      .environment = environment,
      .directory = order->write_directory,
      .output = CHILD_PIPE,
      .errors = CHILD_PIPE,
      .nice_increment = runner->nice_increment,
      .idle_io = runner->idle_io,
      .sandbox = &sandbox,
  };
  step->child = child_spawn(&params, error);
  if (!step->child)
    return false;
  if (runner->on_child)
    runner->on_child(step->child, runner->user_data);
  /* What the program says stands in the log under the job, and the request, that it works for. */
  g_autofree char *program = g_path_get_basename(argv[0]);
  g_autofree char *who = g_strdup_printf("%s-%d", program, (int)child_pid(step->child));
  LOG_SCOPE("child", who);
  ChildWatch watch = {
      .on_output = on_output,
      .on_error = on_error_line,
      .user_data = step,
      .cancel = runner->cancel,
      .silence_ms = measures_silence ? (runner->silence_ms > 0 ? runner->silence_ms : STALL_MS) : 0,
      .grace_ms = TERM_GRACE_MS,
  };
  bool ok = child_watch(step->child, &watch, ret_exit, error);
  if (runner->on_child)
    runner->on_child(NULL, runner->user_data);
  return ok;
}

/* Frees what a step holds after adding its working time to the report. */
static void step_end(Step *step, TranscodeReport *report)
{
  if (step->child)
    report->seconds += (double)child_active_ms(step->child) / 1000.0;
  g_clear_pointer(&step->child, child_free);
  g_clear_pointer(&step->parser, progress_parser_free);
  g_clear_pointer(&step->fault, g_free);
  tail_clear(&step->tail);
}

/* Some versions of ffmpeg end with 0 although the last of the output could not be written. */
static bool lacked_space(const Step *step)
{
  return tail_contains(&step->tail, "No space left on device");
}

static bool fail_by_exit(const TranscodeOrder *order, const Step *step, const char *program, const ChildExit *exit,
                         GError **error)
{
  g_autofree char *how = child_exit_describe(exit);
  if (lacked_space(step))
    return fail(error, REEVE_ERROR_NO_SPACE, "The disk filled up while %s was written; the original is untouched.",
                order->output_path);
  g_autofree char *name = g_path_get_basename(program);
  return fail(error, REEVE_ERROR_UPSTREAM, "%s ended with %s: %s", name, how, tail_last(&step->tail));
}

/* Runs every command of a plan. */
static bool encode(const TranscodeOrder *order, const EncodePlan *plan, const TranscodeRunner *runner, TranscodeReport *report,
                   GError **error)
{
  const char *program = plan->engine == ENGINE_HANDBRAKE ? runner->handbrake : runner->ffmpeg;
  g_autofree char *pass_log = g_build_filename(order->write_directory, "pass", NULL);
  Step step = {.runner = runner, .ssim = NAN};
  const StreamInfo *video = media_info_video(&order->media);
  double frame_rate = frame_rate_value(plan->frame_rate ? plan->frame_rate : video ? video->frame_rate : NULL);
  const ChunkRange *chunk = order->chunks.chunks && order->chunks.chunks->len == 1 ? order->chunks.chunks->pdata[0] : NULL;
  step.parser = progress_parser_new(plan->engine, order->media.duration_ms, frame_rate, encode_plan_passes(plan));
  if (chunk)
    progress_parser_start_at(step.parser, chunk->from_ms);
  bool ok = true;
  for (size_t i = 0; ok && i < plan->commands->len; i++) {
    g_auto(GStrv) argv = encode_command(plan, i, program, order->source_path, order->output_path, pass_log);
    g_autofree char *shown = g_strjoinv(" ", argv);
    if (runner->on_log)
      runner->on_log("info", shown, runner->user_data);
    const PlanCommand *command = plan->commands->pdata[i];
    ChildExit exit;
    ok = run_step(&step, order, argv, true, &exit, error);
    if (ok && (exit.exit_code != 0 || exit.signal != 0 || lacked_space(&step)))
      ok = fail_by_exit(order, &step, program, &exit, error);
    report->fps = step.progress.fps;
    g_free(report->log_tail);
    report->log_tail = tail_text(&step.tail);
    if (!ok && runner->on_log && *report->log_tail)
      runner->on_log("error", report->log_tail, runner->user_data);
    ProgressParser *parser = g_steal_pointer(&step.parser);
    step_end(&step, report);
    step.parser = parser;
    if (!command->preparatory)
      progress_parser_next_pass(step.parser);
  }
  progress_parser_free(step.parser);
  return ok;
}

/* Decodes the output, and compares it with the source where the profile sets a floor. */
static bool check_output(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *report, GError **error)
{
  if (runner->on_progress)
    runner->on_progress(encode_share, "{\"phase\":\"checking\"}", runner->user_data);
  bool measures_ssim = order->profile.min_ssim > 0;
  g_auto(GStrv) arguments = decode_check_arguments(&(DecodeCheckInput){
      .output = order->output_path,
      .ssim_against = measures_ssim ? order->source_path : NULL,
      .check = order->profile.decode_check,
      .duration_ms = order->media.duration_ms,
      .actions = order->plan.actions,
  });
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)runner->ffmpeg);
  for (char **argument = arguments; *argument; argument++)
    g_ptr_array_add(argv, *argument);
  g_ptr_array_add(argv, NULL);
  Step step = {.runner = runner, .ssim = NAN, .checks = true};
  ChildExit exit;
  bool ok = run_step(&step, order, (char **)argv->pdata, false, &exit, error);
  if (ok && (exit.exit_code != 0 || exit.signal != 0)) {
    g_autofree char *how = child_exit_describe(&exit);
    ok = fail(error, REEVE_ERROR_CORRUPT, "The output does not decode (%s): %s", how, tail_last(&step.tail));
  }
  if (ok && step.fault)
    ok = fail(error, REEVE_ERROR_CORRUPT, "The output is broken: %s", step.fault);
  if (ok && measures_ssim && isnan(step.ssim))
    ok = fail(error, REEVE_ERROR_UPSTREAM, "The similarity to the source was asked for but ffmpeg did not report it.");
  report->ssim = step.ssim;
  report->decoded_clean = ok;
  step_end(&step, report);
  return ok;
}

/* The plan for the same order with what the runner has learnt: the crop, or without a family that failed. */
static EncodePlan *replan(const TranscodeOrder *order, const TranscodeRunner *runner, const TranscodeReport *report,
                          const PlanPart *part)
{
  g_autofree char *name = g_path_get_basename(order->source_path);
  return encode_plan(&(PlanInput){
      .media = &order->media,
      .profile = &order->profile,
      .capabilities = runner->capabilities,
      .file_name = name,
      .age_s = G_MAXINT32,
      .link_count = 1,
      .links_allowed = true,
      .force = true,
      .exclude_family = report->failed_family == FIELD_NULL_ENUM ? NULL : enum_name(&encoder_family_table, report->failed_family),
      .crop = report->crop,
      .part = part,
  });
}

/* A failure of the hardware, as opposed to one of the disk or of the person who cancelled. */
static bool may_fall_back(const TranscodeOrder *order, const EncodePlan *plan, const GError *why)
{
  const EncoderRow *encoder = plan->encoder ? encoder_find(plan->encoder) : NULL;
  ReeveErrorCode code = reeve_error_code(why);
  return encoder && encoder->family != ENCODER_CPU && order->profile.cpu_fallback &&
         (code == REEVE_ERROR_UPSTREAM || code == REEVE_ERROR_TIMEOUT);
}

/* The order's plan, with the crop measured first where the profile asks for it. */
static EncodePlan *final_plan(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *report, GError **error)
{
  if (order->profile.crop_black_bars) {
    if (!crop_measure(runner->ffmpeg, order->source_path, order->media.duration_ms, runner->cancel, &report->crop, error))
      return NULL;
    if (report->crop)
      return replan(order, runner, report, NULL);
  }
  EncodePlan *plan = record_new(&encode_plan_table);
  record_clear(&encode_plan_table, plan);
  record_copy(&encode_plan_table, &order->plan, plan);
  return plan;
}

static bool encode_with_fallback(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *report,
                                 GError **error)
{
  g_autoptr(EncodePlan) plan = final_plan(order, runner, report, error);
  if (!plan)
    return false;
  g_autoptr(GError) why = NULL;
  if (encode(order, plan, runner, report, &why))
    return true;
  if (!may_fall_back(order, plan, why)) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  report->failed_family = (int)encoder_find(plan->encoder)->family;
  report->failed_reason = g_strdup(why->message);
  g_autofree char *said = g_strdup_printf("%s failed, going on with the next encoder: %s", plan->encoder, why->message);
  if (runner->on_log)
    runner->on_log("warning", said, runner->user_data);
  g_autoptr(EncodePlan) other = replan(order, runner, report, NULL);
  if (other->decision != PLAN_ENCODE) {
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return encode(order, other, runner, report, error);
}

/* --- in chunks --- */

static ChunkOrder *chunk_order(const TranscodeOrder *order, const TranscodeRunner *runner, const TranscodeReport *report,
                               const ChunkRange *range, const FileStat *source)
{
  const PlanPart part = {.chunk = range, .threads = order->chunks.threads};
  g_autoptr(EncodePlan) plan = replan(order, runner, report, &part);
  const PlanCommand *command = plan->commands->len == 1 ? plan->commands->pdata[0] : NULL;
  if (!command)
    return NULL;
  ChunkOrder *chunk = record_new(&chunk_order_table);
  record_clear(&chunk_order_table, chunk);
  chunk->replacement_id = order->replacement_id;
  chunk->count = order->chunks.chunks->len;
  chunk->range = *range;
  chunk->source_path = g_strdup(order->source_path);
  chunk->source_size_bytes = source->size_bytes;
  chunk->source_mtime_ns = source->mtime_ns;
  chunk->write_directory = g_strdup(order->write_directory);
  chunk->arguments = g_strdupv(command->arguments);
  return chunk;
}

/* What everybody who encodes a chunk is told, once all that the plan depends on is known. */
static bool order_chunks(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *report, GError **error)
{
  FileStat source;
  g_autoptr(EncodePlan) plan = final_plan(order, runner, report, error);
  if (!plan || !fs_stat(order->source_path, &source, error))
    return false;
  report->chunks = records_new(&chunk_order_table);
  for (guint i = 0; i < order->chunks.chunks->len; i++) {
    ChunkOrder *chunk = chunk_order(order, runner, report, order->chunks.chunks->pdata[i], &source);
    if (!chunk)
      return fail(error, REEVE_ERROR_INTERNAL, "The film cannot be encoded in chunks as it was planned.");
    g_ptr_array_add(report->chunks, chunk);
  }
  return true;
}

/* The list that ffmpeg's concat demuxer reads. Each chunk begins where its first frame is shown, so that nothing is rounded
 * twice. */
static bool write_list(const TranscodeOrder *order, GError **error)
{
  g_autofree char *path = g_build_filename(order->write_directory, PLAN_CHUNK_LIST, NULL);
  g_autoptr(GString) list = g_string_new("ffconcat version 1.0\n");
  for (guint i = 0; i < order->parts->len; i++) {
    const ChunkResult *part = order->parts->pdata[i], *next = i + 1 < order->parts->len ? order->parts->pdata[i + 1] : NULL;
    g_string_append_printf(list, "file '%s'\n", part->name);
    if (next)
      g_string_append_printf(list, "duration %" G_GINT64_FORMAT "us\n", next->start_us - part->start_us);
  }
  GError *cause = NULL;
  if (g_file_set_contents_full(path, list->str, (gssize)list->len, G_FILE_SET_CONTENTS_NONE, 0600, &cause))
    return true;
  bool full = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  fail(error, full ? REEVE_ERROR_NO_SPACE : REEVE_ERROR_IO, "The list of chunks could not be written: %s", cause->message);
  g_error_free(cause);
  return false;
}

static bool join_chunks(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *report, GError **error)
{
  const PlanPart part = {.lead_us = ((const ChunkResult *)order->parts->pdata[0])->start_us};
  g_autoptr(EncodePlan) plan = replan(order, runner, report, &part);
  if (plan->decision != PLAN_ENCODE)
    return fail(error, REEVE_ERROR_INTERNAL, "The chunks cannot be joined: %s", plan->reason ? plan->reason : "");
  if (runner->on_progress)
    runner->on_progress(0, "{\"phase\":\"joining\"}", runner->user_data);
  return write_list(order, error) && encode(order, plan, runner, report, error);
}

bool transcode_execute_chunk(const ChunkOrder *order, int64_t lease_epoch, const TranscodeRunner *runner, ChunkResult *ret_result,
                             GError **error)
{
  FileStat source, output = {0};
  if (!fs_stat(order->source_path, &source, error))
    return false;
  if (source.size_bytes != order->source_size_bytes || source.mtime_ns != order->source_mtime_ns)
    return fail(error, REEVE_ERROR_CONFLICT, "%s changed while it was encoded in chunks.", order->source_path);
  g_autofree char *name =
      g_strdup_printf("chunk-%04" G_GINT64_FORMAT "-%" G_GINT64_FORMAT ".nut", order->range.number, lease_epoch);
  TranscodeOrder work = {.source_path = order->source_path, .write_directory = order->write_directory};
  g_autofree char *path = work.output_path = g_build_filename(order->write_directory, name, NULL);
  g_autoptr(GPtrArray) ranges = g_ptr_array_new();
  g_ptr_array_add(ranges, (void *)&order->range);
  work.chunks.chunks = ranges;
  work.media.duration_ms = order->range.to_ms - order->range.from_ms;
  PlanCommand command = {.arguments = order->arguments};
  g_autoptr(GPtrArray) commands = g_ptr_array_new();
  g_ptr_array_add(commands, &command);
  EncodePlan plan = {.engine = ENGINE_FFMPEG, .commands = commands};
  TranscodeReport report = {.ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  bool ok = encode(&work, &plan, runner, &report, error) && fs_fsync(path, error) && fs_fsync_parent(path, error) &&
            fs_stat(path, &output, error);
  if (ok)
    *ret_result =
        (ChunkResult){.name = g_steal_pointer(&name), .bytes = output.size_bytes, .seconds = report.seconds, .fps = report.fps};
  else
    (void)fs_unlink(path, NULL);
  record_clear(&transcode_report_table, &report);
  return ok;
}

bool transcode_execute(const TranscodeOrder *order, const TranscodeRunner *runner, TranscodeReport *ret_report, GError **error)
{
  TranscodeReport report = {.ssim = NAN, .failed_family = FIELD_NULL_ENUM};
  FileStat output = {0};
  bool joins = order->parts && order->parts->len > 0, cuts = !joins && chunk_plan_splits(&order->chunks), ok;
  if (joins)
    record_copy(&transcode_report_table, &order->so_far, &report);
  if (cuts)
    ok = order_chunks(order, runner, &report, error);
  else
    ok = (joins ? join_chunks(order, runner, &report, error) : encode_with_fallback(order, runner, &report, error)) &&
         check_output(order, runner, &report, error) && fs_stat(order->output_path, &output, error);
  if (!ok) {
    record_clear(&transcode_report_table, &report);
    return false;
  }
  report.output_bytes = output.size_bytes;
  *ret_report = report;
  return true;
}
