/* `reeve scan`: what is in directories, without a database. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/media_text.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "library/scan.h"

#include <string.h>

/* A row of the table, kept until all are there and can be sorted. */
typedef struct {
  char *path;
  int64_t size_bytes, duration_ms;
  char *container, *video, *picture, *audio;
  char *failure; /* NULL: it was probed */
} Found;

static void found_free(void *data)
{
  Found *found = data;
  g_free(found->path);
  g_free(found->container);
  g_free(found->video);
  g_free(found->picture);
  g_free(found->audio);
  g_free(found->failure);
  g_free(found);
}

typedef struct {
  const CommandContext *context;
  ProgressBar *bar;
  GPtrArray *found; /* Found */
  bool begun;       /* the JSON document */
  ScanProgress last;
} ScanRun;

/* In the JSON document files come as they are probed: memory does not grow with the library. */
static void print_json_item(ScanRun *run, const char *path, const MediaInfo *media, const GError *error)
{
  g_autoptr(json_t) item = output_file_json(path, &media_info_table, media, error);
  g_autofree char *text = json_text(item);
  printf("%s\n%s", run->begun ? "," : "{\"files\":[", text);
  run->begun = true;
}

static bool on_file(const char *path, const MediaInfo *media, const GError *error, void *user_data)
{
  ScanRun *run = user_data;
  if (run->context->json) {
    print_json_item(run, path, media, error);
    return !ferror(stdout);
  }
  Found *found = g_new0(Found, 1);
  found->path = g_strdup(path);
  if (media) {
    found->size_bytes = media->size_bytes;
    found->duration_ms = media->duration_ms;
    found->container = g_strdup(media->container ? media->container : "?");
    found->video = media_video(media);
    found->picture = media_picture(media);
    found->audio = media_audio(media);
  } else {
    found->failure = g_strdup(error->message);
  }
  g_ptr_array_add(run->found, found);
  return true;
}

static void on_progress(const ScanProgress *progress, void *user_data)
{
  ScanRun *run = user_data;
  run->last = *progress;
  bool knows_total = progress->eta_ms != FIELD_NULL_INT;
  g_autofree char *eta = knows_total ? format_duration(progress->eta_ms) : NULL;
  progress_bar_show(run->bar, knows_total && progress->found > 0 ? (double)progress->probed / (double)progress->found : -1,
                    "%" G_GINT64_FORMAT " found, %" G_GINT64_FORMAT " probed, %" G_GINT64_FORMAT " failed, %.0f/s%s%s",
                    progress->found, progress->probed, progress->failed, progress->per_second, eta ? ", " : "", eta ? eta : "");
}

static void on_message(const char *level, const char *message, void *user_data)
{
  ScanRun *run = user_data;
  progress_bar_wipe(run->bar);
  output_remark(run->context, "%s", message);
}

static int compare_paths(const void *a, const void *b)
{
  const Found *one = *(Found *const *)a, *other = *(Found *const *)b;
  return strcmp(one->path, other->path);
}

static void print_table(const GPtrArray *found)
{
  g_autoptr(Table) table = table_new();
  table_column(table, "SIZE", TABLE_RIGHT);
  table_column(table, "LENGTH", TABLE_RIGHT);
  table_column(table, "IN", TABLE_LEFT);
  table_column(table, "VIDEO", TABLE_LEFT);
  table_column(table, "PICTURE", TABLE_RIGHT);
  table_column(table, "AUDIO", TABLE_LEFT);
  table_column(table, "FILE", TABLE_LEFT);
  for (guint i = 0; i < found->len; i++) {
    const Found *it = found->pdata[i];
    if (it->failure)
      continue;
    g_autofree char *size = format_size(it->size_bytes);
    g_autofree char *length = it->duration_ms == FIELD_NULL_INT ? g_strdup("?") : format_duration(it->duration_ms);
    table_add(table, "%s", size);
    table_add(table, "%s", length);
    table_add(table, "%s", it->container);
    table_add(table, "%s", it->video);
    table_add(table, "%s", it->picture);
    table_add(table, "%s", it->audio);
    table_add(table, "%s", it->path);
  }
  table_print(table);
}

static void print_failures(const GPtrArray *found, int64_t n_failed)
{
  if (n_failed == 0)
    return;
  output_line("%s", "");
  output_coloured(COLOUR_RED, "%" G_GINT64_FORMAT " %s not be read:", n_failed, n_failed == 1 ? "file could" : "files could");
  for (guint i = 0; i < found->len; i++) {
    const Found *it = found->pdata[i];
    /* Most messages name the file themselves. */
    if (it->failure)
      output_line("  %s%s%s", strstr(it->failure, it->path) ? "" : it->path, strstr(it->failure, it->path) ? "" : ": ",
                  it->failure);
  }
}

static void print_summary(const GPtrArray *found)
{
  int64_t files = 0, bytes = 0, ms = 0;
  for (guint i = 0; i < found->len; i++) {
    const Found *it = found->pdata[i];
    files += it->failure == NULL;
    bytes += it->size_bytes;
    ms += it->duration_ms == FIELD_NULL_INT ? 0 : it->duration_ms;
  }
  g_autofree char *size = format_size(bytes);
  g_autofree char *length = format_duration(ms);
  if (found->len == 0)
    output_line("No videos were found.");
  else
    output_line("%" G_GINT64_FORMAT " file%s, %s, %s", files, text_plural(files), size, length);
}

static void print_result(ScanRun *run, bool complete)
{
  if (run->context->json) {
    g_autoptr(json_t) summary = json_from_record(&scan_progress_table, &run->last, JSON_PUBLIC);
    json_object_set_new(summary, "complete", json_boolean(complete));
    g_autofree char *text = json_text(summary);
    printf("%s],\"summary\":%s}\n", run->begun ? "\n" : "{\"files\":[", text);
    return;
  }
  g_ptr_array_sort(run->found, compare_paths);
  print_table(run->found);
  print_failures(run->found, run->last.failed);
  if (run->found->len > 0)
    output_line("%s", "");
  print_summary(run->found);
}

static bool run_scan(CommandContext *context, GError **error)
{
  g_autoptr(Interrupt) interrupt = interrupt_new();
  int threads = context->config.scan_threads > 0 ? (int)context->config.scan_threads : (int)g_get_num_processors();
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = threads});
  g_autoptr(ProgressBar) bar = progress_bar_new(stderr, context->terminal);
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(found_free);
  ScanRun run = {.context = context, .bar = bar, .found = found};
  record_init(&scan_progress_table, &run.last);
  ScanWatch watch = {
      .cancel = interrupt_cancel(interrupt), .on_progress = on_progress, .on_message = on_message, .user_data = &run};
  g_autoptr(GError) why = NULL;
  bool ok = scan_paths(pool, (const char *const *)context->arguments, threads, &watch, on_file, &run, NULL, &why);
  progress_bar_wipe(bar);
  bool interrupted = !ok && reeve_error_code(why) == REEVE_ERROR_CANCELLED;
  if (ok || interrupted || run.begun)
    print_result(&run, ok);
  if (interrupted)
    return fail(error, REEVE_ERROR_CANCELLED, "The scan was interrupted; what is shown is not all.");
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&why));
  return ok;
}

static const Command rows[] = {
    {.words = "scan",
     .arguments = "DIR…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_scan,
     .summary = "A table of the videos in directories; needs no server and changes nothing",
     .details =
         "Files that cannot be read are listed with the reason and do not make the command fail. With --json: {\"files\": […],\n"
         "\"summary\": {…}}, files in the order in which they were probed."},
};
const CommandSet scan_commands = COMMAND_SET("Look", rows);
