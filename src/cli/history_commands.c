/* `reeve history`, `reeve undo`, `reeve stats`: what was done, taking it back, what it brought. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/one_job.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/record_sql.h"
#include "worker/executors.h"

#include <inttypes.h>

enum { PAGE = 500, PRESET_LIMIT = 50, LIMIT_MAX = 1000000 };

static bool list_history(DbConn *conn, const char *text, int64_t limit, GPtrArray *entries, bool *ret_more, GError **error)
{
  HistoryQuery query = {.root_id = FIELD_NULL_INT, .text = text, .file_id = FIELD_NULL_INT};
  g_autofree char *after = NULL;
  do {
    query.after = after;
    query.limit = MIN(limit - (int64_t)entries->len, PAGE);
    char *next = NULL;
    g_autoptr(GPtrArray) page = history_page(conn, &query, &next, error);
    if (!page)
      return false;
    g_free(after);
    after = next;
    g_ptr_array_extend_and_steal(entries, g_steal_pointer(&page));
  } while (after && (int64_t)entries->len < limit);
  *ret_more = after != NULL;
  return true;
}

static void print_history(const GPtrArray *entries)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "ID", TABLE_RIGHT);
  table_column(table, "WHEN", TABLE_LEFT);
  table_column(table, "WHAT", TABLE_LEFT);
  table_column(table, "BEFORE", TABLE_RIGHT);
  table_column(table, "AFTER", TABLE_RIGHT);
  table_column(table, "CHANGE", TABLE_RIGHT);
  table_column(table, "CODEC", TABLE_LEFT);
  table_column(table, "PROFILE", TABLE_LEFT);
  table_column(table, "UNDO", TABLE_LEFT);
  table_column(table, "FILE", TABLE_LEFT);
  for (guint i = 0; i < entries->len; i++) {
    const HistoryEntry *entry = entries->pdata[i];
    g_autofree char *at = text_time(entry->created_at_ms);
    g_autofree char *before = format_size(entry->size_before_bytes);
    g_autofree char *after = format_size(entry->size_after_bytes);
    g_autofree char *change = text_change(entry->size_before_bytes, entry->size_after_bytes);
    table_add(table, "%" PRId64, entry->id);
    table_add(table, "%s", at);
    table_add(table, "%s", enum_name(&history_state_table, entry->state));
    table_add(table, "%s", before);
    table_add(table, "%s", after);
    table_add(table, "%s", change);
    bool known = entry->codec_before && *entry->codec_before && entry->codec_after && *entry->codec_after;
    table_add(table, "%s%s%s", known ? entry->codec_before : "", known ? " → " : "", known ? entry->codec_after : "");
    table_add(table, "%s", entry->profile ? entry->profile : "");
    table_add(table, "%s", entry->can_undo ? "yes" : "");
    table_add(table, "%s", entry->path);
  }
  table_print(table);
}

static bool run_history(CommandContext *context, GError **error)
{
  int64_t limit;
  if (!command_option_int(context, "limit", 1, LIMIT_MAX, PRESET_LIMIT, &limit, error))
    return false;
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  g_autoptr(GPtrArray) entries = records_new(&history_table);
  bool more = false;
  if (!conn || !list_history(conn, context->arguments[0], limit, entries, &more, error))
    return false;
  if (context->json) {
    output_records(&history_table, entries);
    return true;
  }
  print_history(entries);
  if (entries->len == 0)
    output_remark(context, context->arguments[0] ? "Nothing fits." : "Nothing was replaced yet.");
  if (more)
    output_remark(context, "There is more; --limit shows it.");
  return true;
}

typedef struct {
  int64_t history_id;
} Undo;

/* Refused here already if the job could only fail: the answer comes at once, and no job is left behind. */
static bool fill_undo(Service *service, Job *job, void *user_data, GError **error)
{
  const Undo *undo = user_data;
  if (!tune_can_undo(service_tune(service), undo->history_id, error))
    return false;
  g_autoptr(DbConn) conn = db_acquire(service_db(service), error);
  HistoryEntry found = {0};
  record_init(&history_table, &found);
  if (!conn || !record_get(conn, &history_table, undo->history_id, &found, error)) {
    record_clear(&history_table, &found);
    return false;
  }
  UndoPayload payload = {.history_id = undo->history_id};
  g_autoptr(json_t) json = json_from_record(&undo_payload_table, &payload, JSON_FULL);
  g_free(job->kind);
  g_free(job->title);
  g_free(job->payload);
  job->kind = g_strdup("undo");
  job->title = g_strdup(found.path);
  job->payload = json_text(json);
  /* Whether they still are there: history outlives both. */
  g_autoptr(LibraryFile) file = record_new(&file_table);
  if (record_get(conn, &file_table, found.file_id, file, NULL)) {
    job->file_id = file->id;
    job->root_id = file->root_id;
  }
  record_clear(&history_table, &found);
  return true;
}

static void print_undone(const Job *job, void *user_data)
{
  if (job->state == JOB_DONE && job->result && strstr(job->result, "\"edit\":true"))
    output_coloured(COLOUR_GREEN, "The tracks of %s are flagged as they were before the edit.", job->title);
  else if (job->state == JOB_DONE)
    output_coloured(COLOUR_GREEN, "The original of %s is back; what had replaced it is in the trash.", job->title);
}

static bool run_undo(CommandContext *context, GError **error)
{
  Undo undo;
  return command_id(context, 0, "history entry", &undo.history_id, error) &&
         one_job_run(context, fill_undo, print_undone, &undo, error);
}

static void print_stats(const LibraryStats *stats)
{
  g_autofree char *library = format_size(stats->library_bytes);
  g_autofree char *saved = format_size(stats->bytes_saved);
  g_autofree char *trash = format_size(stats->trash_bytes);
  g_autofree char *change = text_change(stats->bytes_before, stats->bytes_before - stats->bytes_saved);
  output_line("Library   %" PRId64 " file%s, %s; %" PRId64 " cannot be read, %" PRId64 " missing", stats->files,
              text_plural(stats->files), library, stats->files_failed, stats->files_missing);
  output_line("Replaced  %" PRId64 " file%s, %s saved (%s); %" PRId64 " undone", stats->replaced, text_plural(stats->replaced),
              saved, change, stats->undone);
  output_line("Trash     %" PRId64 " original%s, %s", stats->trash_entries, text_plural(stats->trash_entries), trash);
  output_line("Jobs      %" PRId64 " running, %" PRId64 " waiting, %" PRId64 " held, %" PRId64 " failed, %" PRId64 " done",
              stats->jobs_running, stats->jobs_pending, stats->jobs_held, stats->jobs_failed, stats->jobs_done);
}

static bool run_stats(CommandContext *context, GError **error)
{
  LibraryStats stats = {0};
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  g_autoptr(DbConn) conn = service ? db_acquire(service_db(service), error) : NULL;
  if (!conn || !library_stats(conn, (int)MAX(context->config.settings.encode_slots, 1), &stats, error))
    return false;
  if (context->json)
    output_record(&library_stats_table, &stats);
  else
    print_stats(&stats);
  return true;
}

static const CommandOption history_options[] = {
    {"limit", "N", "Show at most so many [50]"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "history",
     .arguments = "[TEXT]",
     .max_arguments = 1,
     .options = history_options,
     .run = run_history,
     .summary = "What was replaced, the newest first; with TEXT only paths that contain it"},
    {.words = "undo",
     .arguments = "ID",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = run_undo,
     .summary = "Bring an original back: ID is the number that \"reeve history\" shows"},
    {.words = "admin stats",
     .arguments = "",
     .run = run_stats,
     .summary = "Size of the library, what was saved, what is in the trash, jobs by state"},
    {.words = "stats", .arguments = "", .run = run_stats, .summary = "Size of the library, what was saved, what is in the trash"},
};
const CommandSet history_commands = COMMAND_SET(NULL, rows);
