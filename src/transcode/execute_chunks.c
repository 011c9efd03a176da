/* Runs what a film in chunks asks of a worker: the orders for its chunks, one chunk, the join. Knows no database.
 * Test: tests/unit/transcode/test_execute.c, tests/system/chunks.test.ts */
#include "transcode/execution.h"

#include "base/error.h"
#include "encode/promise.h"
#include "sys/fs.h"

#include <math.h>

/* The quality that all of the film is encoded with; NULL: the profile's. */
static const QualityFound *found_quality(const Execution *execution)
{
  return quality_is_found(&execution->report->found) ? &execution->report->found : NULL;
}

static ChunkOrder *chunk_order(const Execution *execution, const ChunkRange *range, const FileStat *source)
{
  const TranscodeOrder *order = execution->order;
  const PlanPart part = {.chunk = range, .threads = order->chunks.threads};
  g_autoptr(EncodePlan) plan = execution_plan(execution, found_quality(execution), &part);
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
  chunk->film_ms = order->media.duration_ms;
  chunk->bound_bytes = promise_bound(order->media.size_bytes, order->profile.min_saving_percent);
  chunk->write_directory = g_strdup(order->write_directory);
  chunk->arguments = g_strdupv(command->arguments);
  return chunk;
}

bool execution_order_chunks(Execution *execution, GError **error)
{
  const TranscodeOrder *order = execution->order;
  FileStat source;
  g_autoptr(EncodePlan) plan = execution_first_plan(execution, error);
  if (!plan || (plan->searches && !execution_search(execution, error)) || !fs_stat(order->source_path, &source, error))
    return false;
  GPtrArray *chunks = execution->report->chunks = records_new(&chunk_order_table);
  for (guint i = 0; i < order->chunks.chunks->len; i++) {
    ChunkOrder *chunk = chunk_order(execution, order->chunks.chunks->pdata[i], &source);
    if (!chunk)
      return fail(error, REEVE_ERROR_INTERNAL, "The film cannot be encoded in chunks as it was planned.");
    g_ptr_array_add(chunks, chunk);
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

bool execution_join(Execution *execution, GError **error)
{
  const TranscodeOrder *order = execution->order;
  const PlanPart part = {.lead_us = ((const ChunkResult *)order->parts->pdata[0])->start_us};
  g_autoptr(EncodePlan) plan = execution_plan(execution, found_quality(execution), &part);
  if (plan->decision != PLAN_ENCODE)
    return fail(error, REEVE_ERROR_INTERNAL, "The chunks cannot be joined: %s", plan->reason ? plan->reason : "");
  execution_show(execution, 0, "{\"phase\":\"joining\"}");
  return write_list(order, error) && execution_encode(execution, plan, 0, error) && execution_check(execution, plan, error);
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
  work.media.duration_ms = order->range.to_ms - order->range.from_ms;
  work.profile.min_saving_percent = -1; /* a chunk promises nothing: the film does */
  PlanCommand command = {.arguments = order->arguments};
  g_autoptr(GPtrArray) commands = g_ptr_array_new();
  g_ptr_array_add(commands, &command);
  EncodePlan plan = {.engine = ENGINE_FFMPEG, .commands = commands};
  TranscodeReport report = {.ssim = NAN, .score = NAN, .failed_family = FIELD_NULL_ENUM};
  Execution execution = {.order = &work, .runner = runner, .report = &report};
  bool ok = execution_encode(&execution, &plan, order->range.from_ms, error) && fs_fsync(path, error) &&
            fs_fsync_parent(path, error) && fs_stat(path, &output, error);
  if (ok)
    *ret_result =
        (ChunkResult){.name = g_steal_pointer(&name), .bytes = output.size_bytes, .seconds = report.seconds, .fps = report.fps};
  else
    (void)fs_unlink(path, NULL);
  record_clear(&transcode_report_table, &report);
  return ok;
}
