/* Decides how a film's job goes on when it is encoded in chunks. All that must survive is in rows: the chunks' jobs with their
 * results are the list of what is done, and the files in the stage directory are held to it. Test:
 * tests/unit/transcode/test_chunks.c, tests/system/chunks.test.ts */
#include "transcode/chunks.h"

#include "base/error.h"
#include "base/failpoint.h"
#include "encode/promise.h"
#include "queue/parts.h"
#include "store/record_sql.h"
#include "store/work.h"
#include "sys/fs.h"
#include "wire/json.h"

#include <math.h>
#include <string.h>

enum { SPACE_RETRY_MS = 60 * 1000 };

/* What a job keeps while it waits for its chunks. */
typedef struct {
  int64_t profile_id, profile_version;
  TranscodeReport report;
} SplitState;

static const Field split_state_fields[] = {
    FIELD_INT(SplitState, profile_id, .help = "The profile that the chunks are encoded by."),
    FIELD_INT(SplitState, profile_version, .help = "Its version."),
    FIELD_RECORD(SplitState, report, transcode_report_table, .help = "What was found out before the film was cut."),
};
static const FieldTable split_state_table = FIELD_TABLE(SplitState, "SplitState", NULL, split_state_fields);

static void say(TranscodeDesk *desk, int64_t job_id, const char *level, const char *text)
{
  g_autoptr(GError) why = NULL;
  if (!queue_log(desk->replace.queue, job_id, level, text, &why))
    g_warning("A line of the log of job %" G_GINT64_FORMAT " was not kept (%s): %s", job_id, why->message, text);
}

static bool read_json(const FieldTable *table, const char *text, void *record, GError **error)
{
  g_autoptr(json_t) json = json_parse(text ? text : "", text ? strlen(text) : 0, error);
  record_init(table, record);
  return json && json_to_record(table, json, JSON_TRUSTED, record, NULL, error);
}

static char *write_json(const FieldTable *table, const void *record)
{
  g_autoptr(json_t) json = json_from_record(table, record, JSON_FULL);
  return json_text(json);
}

/* How the promise of the whole film stands by the chunks that are done; the sound, which comes with the join, is not counted. */
static PromiseProgress promise_so_far(const GPtrArray *parts)
{
  PromiseProgress progress = {.bound_bytes = INT64_MAX};
  for (guint i = 0; i < parts->len; i++) {
    const Job *part = parts->pdata[i];
    ChunkOrder order;
    ChunkResult result = {0};
    bool ok = read_json(&chunk_order_table, part->payload, &order, NULL) && part->state == JOB_DONE &&
              read_json(&chunk_result_table, part->result, &result, NULL);
    if (ok) {
      progress.bound_bytes = order.bound_bytes;
      progress.duration_ms = order.film_ms;
      progress.position_ms += order.range.to_ms - order.range.from_ms;
      progress.written_bytes += result.bytes;
    }
    record_clear(&chunk_order_table, &order);
    record_clear(&chunk_result_table, &result);
  }
  return progress;
}

/* --- cutting --- */

static ChunkCapacity capacity_for(TranscodeDesk *desk, int64_t job_id)
{
  ChunkCapacity capacity = {.servers = 1, .runners = 1, .cores = (int)g_get_num_processors()};
  if (desk->capacity)
    desk->capacity(&capacity, desk->capacity_data);
  g_autoptr(DbConn) conn = db_acquire(desk->replace.db, NULL);
  int64_t waiting = 0;
  if (conn && work_count_others(conn, "transcode", job_id, &waiting, NULL))
    capacity.waiting = (int)MIN(waiting, G_MAXINT);
  return capacity;
}

/* The chunks and the joined film are there at the same time for a while. */
static bool has_room(TranscodeDesk *desk, const TranscodeOrder *order)
{
  FsSpace space;
  int64_t bytes = order->plan.predicted_max_bytes;
  return bytes == FIELD_NULL_INT || !fs_space(order->write_directory, &space, NULL) ||
         space.free_bytes / 2 >= bytes + desk->replace.reserve_bytes / 2;
}

void chunks_cut(TranscodeDesk *desk, const DeskCase *it, bool whole, TranscodeOrder *order)
{
  ChunkInput input = {
      .media = it->media, .profile = &it->profile, .plan = &order->plan, .capacity = capacity_for(desk, order->job_id)};
  g_autoptr(GError) why = NULL;
  g_autoptr(FrameIndex) index = NULL;
  char *refusal = whole ? g_strdup("Encoded in one run: chunks of it could not be joined exactly.") : chunk_plan_refusal(&input);
  if (!refusal && !has_room(desk, order))
    refusal = g_strdup("Encoded in one run: the disk has no room for the chunks beside the joined film.");
  if (!refusal && !(index = probe_key_frames(desk->scan->probes, it->file.path, NULL, &why)))
    refusal = g_strdup_printf("Encoded in one run: its key frames were not found. %s", why->message);
  input.index = index;
  g_autoptr(ChunkPlan) plan = refusal ? chunk_plan_whole(refusal) : chunk_plan_make(&input);
  if (it->profile.chunking != CHUNKING_NEVER)
    say(desk, order->job_id, "info", plan->reason);
  record_clear(&chunk_plan_table, &order->chunks);
  record_copy(&chunk_plan_table, plan, &order->chunks);
}

static Job *chunk_job(const ChunkOrder *order, const DeskCase *it, const EncodePlan *plan)
{
  Job *job = record_new(&job_table);
  g_free(job->kind);
  g_free(job->title);
  g_free(job->payload);
  g_strfreev(job->needs);
  job->kind = g_strdup("chunk");
  job->title =
      g_strdup_printf("%s, chunk %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, it->file.path, order->range.number, order->count);
  job->payload = write_json(&chunk_order_table, order);
  job->needs = g_strdupv(plan->needs);
  return job;
}

bool chunks_split(TranscodeDesk *desk, const LeaseRef *lease, const DeskCase *it, const EncodePlan *plan,
                  const TranscodeReport *report, GError **error)
{
  SplitState state = {.profile_id = it->profile.id, .profile_version = it->profile.version};
  g_autoptr(GPtrArray) parts = records_new(&job_table);
  for (guint i = 0; i < report->chunks->len; i++)
    g_ptr_array_add(parts, chunk_job(report->chunks->pdata[i], it, plan));
  record_copy(&transcode_report_table, report, &state.report);
  g_ptr_array_set_size(state.report.chunks, 0); /* they are in the parts */
  g_autofree char *result = write_json(&split_state_table, &state);
  record_clear(&split_state_table, &state);
  g_autofree char *waiting = g_strdup_printf("0 of its %u parts are done.", parts->len);
  bool is_split;
  int fault = failpoint("chunks.split");
  if (fault != 0)
    return fail_errno(error, fault, "The film could not be split");
  return queue_split(desk->replace.queue, lease, parts, result, waiting, &is_split, error);
}

/* --- going on --- */

typedef struct {
  TranscodeDesk *desk;
  const Job *job;
  const LeaseRef *lease;
  const DeskCase *it;
  const GPtrArray *parts;
  Replacement replacement;
  SplitState state;
  GPtrArray *results; /* ChunkResult of each part, in order */
  GPtrArray *missing; /* Job, borrowed: done, but the file is not there as it was */
} Resumption;

/* Everything from the beginning, because of `why`. */
static bool begin_anew(Resumption *r, const char *why, GError **error)
{
  g_autofree char *text = g_strdup_printf("The chunks are not used, the film is planned anew: %s", why);
  g_autoptr(GError) problem = NULL;
  say(r->desk, r->job->id, "warning", text);
  if (r->replacement.id && !replace_abort(&r->desk->replace, &r->replacement, text, &problem))
    g_warning("The temporary files of job %" G_GINT64_FORMAT " will be removed later: %s", r->job->id, problem->message);
  return queue_unsplit(r->desk->replace.queue, r->lease, NULL, text, error);
}

static char *part_words(const Job *part, const char *became)
{
  return g_strdup_printf("%s %s: %s", part->title, became, part->error ? part->error : "nobody said why.");
}

static bool cancel_by_part(Resumption *r, const Job *part, GError **error)
{
  g_autofree char *text = part_words(part, "was cancelled");
  g_autoptr(GError) cause = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CANCELLED, text);
  return desk_end_job(r->desk, r->lease, JOB_CANCELLED, NULL, cause, error);
}

/* One run may do what a chunk could not: it has the whole film's times, and another encoder to fall back on. */
static bool give_up_by_part(Resumption *r, const Job *part, GError **error)
{
  g_autofree char *text = part_words(part, "failed");
  return chunks_give_up(r->desk, r->job, r->lease, &r->replacement, text, error);
}

/* Remembered as what is too large after one run is. */
static bool end_too_large(Resumption *r, const PromiseProgress *progress, GError **error)
{
  g_autofree char *words = promise_words(progress, r->it->profile.min_saving_percent);
  g_autoptr(GError) cause = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_INVALID, words);
  return desk_remember(r->desk, r->it, "not-worth-it", words, error) &&
         desk_end_job(r->desk, r->lease, JOB_SKIPPED, NULL, cause, error);
}

/* The first part that did not end well; what failed says more than what was cancelled because of it. NULL: all are done. */
static const Job *bad_part(const GPtrArray *parts)
{
  const Job *bad = NULL;
  for (guint i = 0; i < parts->len; i++) {
    const Job *part = parts->pdata[i];
    if (part->state == JOB_FAILED || part->state == JOB_SKIPPED)
      return part;
    if (part->state != JOB_DONE && !bad)
      bad = part;
  }
  return bad;
}

static bool file_is(const char *directory, const ChunkResult *result)
{
  if (!result->name || strchr(result->name, '/'))
    return false;
  g_autofree char *path = g_build_filename(directory, result->name, NULL);
  FileStat now;
  if (!fs_stat(path, &now, NULL) || now.size_bytes != result->bytes)
    return false;
  g_autofree char *fingerprint = fs_fingerprint(path, NULL);
  return g_strcmp0(fingerprint, result->fingerprint) == 0;
}

static bool collect_results(Resumption *r, GError **error)
{
  for (guint i = 0; i < r->parts->len; i++) {
    Job *part = r->parts->pdata[i];
    ChunkResult *result = record_new(&chunk_result_table);
    record_clear(&chunk_result_table, result);
    g_ptr_array_add(r->results, result);
    if (!read_json(&chunk_result_table, part->result, result, error))
      return false;
    if (!file_is(r->replacement.stage_directory, result))
      g_ptr_array_add(r->missing, part);
  }
  return true;
}

/* Why what was begun does not fit any more; NULL: it does. */
static const char *outdated(const Resumption *r)
{
  const LibraryFile *file = &r->it->file;
  const Replacement *replacement = &r->replacement;
  if (r->state.profile_id != r->it->profile.id || r->state.profile_version != r->it->profile.version)
    return "the profile is another.";
  if (replacement->source_size_bytes != file->size_bytes || replacement->source_mtime_ns != file->mtime_ns ||
      g_strcmp0(replacement->source_path, file->path) != 0)
    return "the film changed.";
  return NULL;
}

static void fill_order(Resumption *r, const EncodePlan *plan, TranscodeOrder *order)
{
  order->job_id = r->job->id;
  order->replacement_id = r->replacement.id;
  order->source_path = g_strdup(r->it->file.path);
  order->output_path = g_strdup(r->replacement.stage_path);
  order->write_directory = g_strdup(r->replacement.stage_directory);
  order->force = true;
  record_copy(&media_info_table, r->it->media, &order->media);
  record_copy(&profile_table, &r->it->profile, &order->profile);
  record_copy(&encode_plan_table, plan, &order->plan);
  order->parts = g_ptr_array_ref(r->results);
  record_copy(&transcode_report_table, &r->state.report, &order->so_far);
  double weight = 0;
  for (guint i = 0; i < r->results->len; i++) {
    const ChunkResult *result = r->results->pdata[i];
    order->so_far.seconds += result->seconds;
    weight += result->fps > 0 ? (double)result->frames / result->fps : 0;
    order->so_far.fps += (double)result->frames;
  }
  order->so_far.fps = weight > 0 ? order->so_far.fps / weight : 0;
}

static bool resume(Resumption *r, const CapabilitySet *capabilities, TranscodeOrder *ret_order, PrepareResult *ret_result,
                   GError **error)
{
  g_autoptr(GError) why = NULL;
  const Job *bad = bad_part(r->parts);
  const PromiseProgress progress = promise_so_far(r->parts);
  if (bad && bad->state == JOB_CANCELLED && promise_is_broken(&progress))
    return end_too_large(r, &progress, error);
  if (bad && bad->state != JOB_SKIPPED && bad->state != JOB_FAILED)
    return cancel_by_part(r, bad, error);
  if (!replace_adopt(&r->desk->replace, r->lease, &r->replacement, &why)) {
    if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
      return begin_anew(r, "what was encoded is gone.", error);
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  if (bad && bad->state == JOB_FAILED)
    return give_up_by_part(r, bad, error);
  if (bad)
    return begin_anew(r, bad->error ? bad->error : "a chunk was left out.", error);
  if (!read_json(&split_state_table, r->job->result, &r->state, &why) || !collect_results(r, &why))
    return begin_anew(r, why->message, error);
  if (outdated(r))
    return begin_anew(r, outdated(r), error);
  if (r->missing->len > 0) {
    g_autofree char *text =
        g_strdup_printf("%u of its chunks must be encoded again: their files are gone or damaged.", r->missing->len);
    say(r->desk, r->job->id, "warning", text);
    return queue_redo_parts(r->desk->replace.queue, r->lease, r->missing, text, error);
  }
  DeskPlanOptions options = desk_options_of(&r->state.report);
  g_autoptr(EncodePlan) plan = desk_case_plan(r->desk, r->it, capabilities, &options, error);
  if (!plan)
    return false;
  if (plan->decision != PLAN_ENCODE)
    return begin_anew(r, plan->reason, error);
  fill_order(r, plan, ret_order);
  *ret_result = PREPARE_RUN;
  return true;
}

bool chunks_resume(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const DeskCase *it,
                   const CapabilitySet *capabilities, const GPtrArray *parts, TranscodeOrder *ret_order,
                   PrepareResult *ret_result, GError **error)
{
  Resumption r = {.desk = desk, .job = job, .lease = lease, .it = it, .parts = parts};
  r.results = records_new(&chunk_result_table);
  r.missing = g_ptr_array_new();
  *ret_result = PREPARE_ENDED;
  bool ok = resume(&r, capabilities, ret_order, ret_result, error);
  g_ptr_array_unref(r.results);
  g_ptr_array_unref(r.missing);
  record_clear(&split_state_table, &r.state);
  record_clear(&replacement_table, &r.replacement);
  return ok;
}

/* --- after the join --- */

static char *time_fault(const FrameIndex *source, const FrameIndex *output)
{
  double tick_s = MAX((double)source->tick_num / (double)source->tick_den, (double)output->tick_num / (double)output->tick_den);
  double mean_s = fabs(source->mean_s - output->mean_s);
  /* Each time is rounded to the coarser clock once. */
  if (mean_s <= MAX(tick_s, 0.001))
    return NULL;
  return g_strdup_printf("The frames of the joined film are shown %.1f ms off on average.", mean_s * 1000);
}

char *chunks_fault(TranscodeDesk *desk, const GPtrArray *parts, const char *source, const char *output)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(FrameIndex) before = probe_frames(desk->scan->probes, source, NULL, &why);
  g_autoptr(FrameIndex) after = before ? probe_frames(desk->scan->probes, output, NULL, &why) : NULL;
  if (!after)
    return g_strdup_printf("The frames could not be counted: %s", why->message);
  int64_t sum = 0;
  for (guint i = 0; i < parts->len; i++) {
    ChunkResult result;
    if (read_json(&chunk_result_table, ((const Job *)parts->pdata[i])->result, &result, NULL))
      sum += result.frames;
    record_clear(&chunk_result_table, &result);
  }
  if (before->frames != after->frames || after->frames != sum)
    return g_strdup_printf("The source has %" G_GINT64_FORMAT " frames, its chunks %" G_GINT64_FORMAT
                           " and the joined film %" G_GINT64_FORMAT ".",
                           before->frames, sum, after->frames);
  return time_fault(before, after);
}

bool chunks_again(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, Replacement *replacement,
                  const TranscodePayload *payload, const char *reason, GError **error)
{
  g_autofree char *text = write_json(&transcode_payload_table, payload);
  g_autofree char *line = g_strdup_printf("The chunks are not used, the film is encoded %s: %s",
                                          payload->whole ? "in one run" : "once more with a finer quality", reason);
  g_autoptr(GError) problem = NULL;
  say(desk, job->id, "warning", line);
  if (!replace_abort(&desk->replace, replacement, line, &problem))
    g_warning("The temporary files of job %" G_GINT64_FORMAT " will be removed later: %s", job->id, problem->message);
  return queue_unsplit(desk->replace.queue, lease, text, line, error);
}

bool chunks_give_up(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, Replacement *replacement, const char *reason,
                    GError **error)
{
  TranscodePayload payload;
  if (!desk_payload(job, &payload, error))
    return false;
  payload.whole = true;
  return chunks_again(desk, job, lease, replacement, &payload, reason, error);
}

/* --- one chunk --- */

bool transcode_prepare_chunk(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, PrepareResult *ret_result,
                             GError **error)
{
  ChunkOrder order;
  Replacement replacement;
  g_autoptr(GError) why = NULL;
  record_init(&replacement_table, &replacement);
  bool ok = read_json(&chunk_order_table, job->payload, &order, error);
  bool found = false, wanted = false;
  if (ok) {
    g_autoptr(DbConn) conn = db_acquire(desk->replace.db, error);
    ok = conn != NULL;
    found = ok && record_get(conn, &replacement_table, order.replacement_id, &replacement, &why);
  }
  if (ok && !found && reeve_error_code(why) != REEVE_ERROR_NOT_FOUND) {
    g_propagate_error(error, g_steal_pointer(&why));
    ok = false;
  }
  wanted = found && (replacement.state == REPLACEMENT_STAGED || replacement.state == REPLACEMENT_VERIFIED);
  record_clear(&replacement_table, &replacement);
  record_clear(&chunk_order_table, &order);
  *ret_result = wanted ? PREPARE_RUN : PREPARE_ENDED;
  if (!ok || wanted)
    return ok;
  g_autoptr(GError) cause = g_error_new_literal(REEVE_ERROR, REEVE_ERROR_CONFLICT, "What it would be joined with was given up.");
  return desk_end_job(desk, lease, JOB_SKIPPED, NULL, cause, error);
}

/* What the desk itself sees of a chunk's file. */
static bool look_at_chunk(TranscodeDesk *desk, const Job *job, ChunkResult *result, GError **error)
{
  ChunkOrder order;
  FileStat now;
  bool ok = read_json(&chunk_order_table, job->payload, &order, error);
  g_autofree char *path = ok && result->name ? g_build_filename(order.write_directory, result->name, NULL) : NULL;
  record_clear(&chunk_order_table, &order);
  if (!path || !fs_stat(path, &now, error))
    return false;
  g_autoptr(FrameIndex) frames = probe_frames(desk->scan->probes, path, NULL, error);
  if (!frames)
    return false;
  result->bytes = now.size_bytes;
  result->frames = frames->frames;
  result->start_us = frames->start_us;
  g_free(result->fingerprint);
  result->fingerprint = fs_fingerprint(path, error);
  return result->fingerprint != NULL;
}

/* Nobody needs the others once one has failed for good, or once those that are done are too large already. */
static void stop_others(TranscodeDesk *desk, const Job *job)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(GPtrArray) parts = queue_parts(desk->replace.queue, job->parent_id, &why);
  bool useless = false;
  for (guint i = 0; parts && i < parts->len; i++) {
    const Job *part = parts->pdata[i];
    useless = useless || (part->id == job->id && part->state == JOB_FAILED);
  }
  if (parts && !useless) {
    const PromiseProgress progress = promise_so_far(parts);
    useless = promise_is_broken(&progress);
  }
  for (guint i = 0; useless && i < parts->len; i++) {
    const Job *part = parts->pdata[i];
    if (!job_state_is_final(part->state) && !queue_cancel(desk->replace.queue, part->id, &why)) {
      g_debug("Job %" G_GINT64_FORMAT " is not stopped: %s", part->id, why->message);
      g_clear_error(&why);
    }
  }
}

static bool end_chunk(TranscodeDesk *desk, const LeaseRef *lease, const char *result, const GError *execution, GError **error)
{
  if (!execution)
    return desk_end_job(desk, lease, JOB_DONE, result, NULL, error);
  if (reeve_error_code(execution) == REEVE_ERROR_NO_SPACE)
    return queue_give_back(desk->replace.queue, lease, execution->message, clock_now_ms(desk->replace.clock) + SPACE_RETRY_MS,
                           error);
  bool cancelled = reeve_error_code(execution) == REEVE_ERROR_CANCELLED;
  return desk_end_job(desk, lease, cancelled ? JOB_CANCELLED : JOB_FAILED, NULL, execution, error);
}

bool transcode_conclude_chunk(TranscodeDesk *desk, const Job *job, const LeaseRef *lease, const ChunkResult *result,
                              const GError *execution, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *text = NULL;
  ChunkResult seen = {0};
  if (!execution) {
    record_copy(&chunk_result_table, result, &seen);
    if (look_at_chunk(desk, job, &seen, &why))
      text = write_json(&chunk_result_table, &seen);
    else if (!reeve_error_row(reeve_error_code(why))->retryable) {
      GError *bad = NULL; /* another attempt may write a better file */
      fail(&bad, REEVE_ERROR_UPSTREAM, "The chunk cannot be read back: %s", why->message);
      g_error_free(why);
      why = bad;
    }
    record_clear(&chunk_result_table, &seen);
  }
  int fault = failpoint("chunks.done");
  if (fault != 0)
    return fail_errno(error, fault, "The chunk could not be noted as done");
  if (!end_chunk(desk, lease, text, execution ? execution : why, error))
    return false;
  stop_others(desk, job);
  queue_show_parts(desk->replace.queue, job->parent_id);
  return true;
}
