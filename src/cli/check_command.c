/* `reeve check`: decodes files to find damage, without a server. Test: tests/system/watch.test.ts */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/session.h"
#include "library/roots.h"
#include "library/scan.h"
#include "store/file_check.h"
#include "transcode/check.h"

typedef struct {
  CommandContext *context;
  Service *service; /* of the library that knows the files; NULL: there is none */
  ProgressBar *bar;
  Cancel *cancel;
  const char *path; /* of the file under way */
  int64_t checked, damaged, failed;
  GError *error; /* that ends the command */
} CheckRun;

static void on_progress(double fraction, const char *detail, void *user_data)
{
  const CheckRun *run = user_data;
  g_autofree char *name = g_path_get_basename(run->path);
  progress_bar_show(run->bar, fraction, "%s", name);
}

/* What was found is kept where the library knows the file as it is. */
static bool keep(const CheckRun *run, const char *path, const CheckReport *report, GError **error)
{
  g_autoptr(Root) root = record_new(&root_table);
  g_autoptr(LibraryFile) file = record_new(&file_table);
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = run->service ? db_acquire(service_db(run->service), error) : NULL;
  bool found = false, kept;
  if (!run->service)
    return true;
  if (!conn || !g_utf8_validate(path, -1, NULL) || !root_of_path(conn, path, root, &found, error))
    return conn != NULL && (!error || !*error);
  if (!found)
    return true;
  if (!file_by_path(conn, root->id, path, file, &why)) {
    if (reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
      return true;
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
  }
  return file_check_put(conn,
                        &(FileCheck){.file_id = file->id,
                                     .size_bytes = report->stat.size_bytes,
                                     .mtime_ns = report->stat.mtime_ns,
                                     .health = report->health,
                                     .fault_count = report->fault_count,
                                     .faults = report->faults,
                                     .now_ms = clock_now_ms(clock_system())},
                        &kept, error);
}

static void print_report(const CheckRun *run, const char *path, const CheckReport *report)
{
  if (run->context->json) {
    output_json(output_file_json(path, &check_report_table, report, NULL));
    return;
  }
  g_autofree char *sentence = check_sentence(report);
  if (report->health == FILE_SOUND) {
    output_line("%s: %s", path, sentence);
    return;
  }
  output_coloured(COLOUR_RED, "%s: %s", path, sentence);
  for (guint i = 0; i < report->faults->len; i++) {
    const FileFault *fault = report->faults->pdata[i];
    g_autofree char *place = fault->at_ms == FIELD_NULL_INT ? g_strdup("?") : format_duration(fault->at_ms);
    g_autofree char *times = fault->times > 1 ? g_strdup_printf(" (%" G_GINT64_FORMAT " times)", fault->times) : g_strdup("");
    output_line("  %8s  %s%s", place, fault->message, times);
  }
  if (report->fault_count > CHECK_FAULTS_MAX)
    output_line("  %8s  and more: %" G_GINT64_FORMAT " in all", "", report->fault_count);
}

/* False ends the command. */
static bool check_one(CheckRun *run, const char *path, int64_t duration_ms)
{
  const Settings *settings = &run->context->config.settings;
  const CheckRunner runner = {.ffmpeg = run->context->config.ffmpeg,
                              .nice_increment = (int)settings->nice,
                              .idle_io = settings->nice > 0,
                              .cancel = run->cancel,
                              .on_progress = on_progress,
                              .user_data = run};
  CheckReport report;
  g_autoptr(GError) why = NULL;
  run->path = path;
  bool ok = check_file(path, duration_ms, &runner, &report, &why);
  progress_bar_wipe(run->bar);
  if (!ok && (reeve_error_code(why) == REEVE_ERROR_CANCELLED || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)) {
    run->error = g_steal_pointer(&why);
    return false;
  }
  run->checked++;
  if (!ok) {
    run->failed++;
    if (run->context->json)
      output_json(output_file_json(path, &check_report_table, NULL, why));
    else
      output_coloured(COLOUR_RED, "%s: %s", path, why->message);
    return true;
  }
  run->damaged += report.health != FILE_SOUND;
  print_report(run, path, &report);
  ok = keep(run, path, &report, &run->error);
  record_clear(&check_report_table, &report);
  return ok;
}

static bool on_file(const char *path, const MediaInfo *media, const GError *error, void *user_data)
{
  return check_one(user_data, path, media ? media->duration_ms : FIELD_NULL_INT);
}

static void on_message(const char *level, const char *message, void *user_data)
{
  const CheckRun *run = user_data;
  progress_bar_wipe(run->bar);
  output_remark(run->context, "%s", message);
}

/* NULL with success if there is no library to keep findings in. */
static bool open_library(const CommandContext *context, Service **ret_service, GError **error)
{
  g_autoptr(GError) why = NULL;
  *ret_service = session_open(&context->config, SESSION_LOOK, &why);
  if (*ret_service || reeve_error_code(why) == REEVE_ERROR_NOT_FOUND)
    return true;
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

static bool run_check(CommandContext *context, GError **error)
{
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Service) service = NULL;
  if (!open_library(context, &service, error))
    return false;
  g_autoptr(ProbePool) pool = probe_pool_new(&(ProbeParams){.children = 1});
  g_autoptr(ProgressBar) bar = progress_bar_new(stderr, context->terminal);
  CheckRun run = {.context = context, .service = service, .bar = bar, .cancel = interrupt_cancel(interrupt)};
  const ScanWatch watch = {.cancel = run.cancel, .on_message = on_message, .user_data = &run};
  if (!scan_paths(pool, (const char *const *)context->arguments, 1, &watch, on_file, &run, NULL, error)) {
    g_clear_error(&run.error);
    return false;
  }
  if (run.error) {
    g_propagate_error(error, run.error);
    return false;
  }
  if (run.checked == 0)
    output_remark(context, "No videos were found.");
  if (run.damaged > 0)
    return fail(error, REEVE_ERROR_CORRUPT, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " files %s damaged.", run.damaged,
                run.checked, run.damaged == 1 ? "is" : "are");
  return run.failed == 0 ||
         fail(error, REEVE_ERROR_UPSTREAM, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " files could not be checked.", run.failed,
              run.checked);
}

static const Command rows[] = {
    {.words = "check",
     .arguments = "FILE|DIR…",
     .min_arguments = 1,
     .max_arguments = -1,
     .run = run_check,
     .summary = "Decode all of files to find damage, with its places; changes nothing",
     .details =
         "Needs no server. What is found of files that the library knows is kept there as well. With --json one object a line.\n"
         "Exits with the code for damaged data if a file is damaged."},
};
const CommandSet check_commands = COMMAND_SET(NULL, rows);
