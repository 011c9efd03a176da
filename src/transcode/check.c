/* Decides what counts as damage. Test: tests/unit/transcode/test_check.c */
#include "transcode/check.h"

#include "base/error.h"
#include "base/log.h"
#include "base/number.h"
#include "encode/decode_check.h"
#include "encode/progress.h"
#include "wire/json.h"

#include <signal.h>
#include <string.h>

enum {
  SILENCE_MS = 5 * 60 * 1000,
  GRACE_MS = 5000,
  MESSAGE_BYTES = 300,
  SHORT_MS = 2000,  /* a film that ends so much before its time, and */
  SHORT_PARTS = 50, /* by more than one part in so many, is cut off: containers are not exact */
};

static const Field report_fields[] = {
    FIELD_ENUM(CheckReport, health, file_health_table, .help = "What it showed."),
    FIELD_INT(CheckReport, fault_count, .help = "Faults that were found."),
    FIELD_RECORDS(CheckReport, faults, file_fault_table, .max = CHECK_FAULTS_MAX, .help = "The first of them."),
    FIELD_INT(CheckReport, decoded_ms, .help = "How far it could be decoded, in ms."),
    FIELD_REAL(CheckReport, seconds, .help = "Seconds that it took."),
};
const FieldTable check_report_table = FIELD_TABLE(CheckReport, "CheckReport", NULL, report_fields);

typedef struct {
  const CheckRunner *runner;
  Child *child;
  ProgressParser *parser;
  EncodeProgress progress;
  CheckReport *report;
} Check;

static void add_fault(Check *check, int64_t at_ms, const char *message)
{
  CheckReport *report = check->report;
  FileFault *last = report->faults->len ? report->faults->pdata[report->faults->len - 1] : NULL;
  report->fault_count++;
  if (last && last->at_ms == at_ms && strncmp(last->message, message, MESSAGE_BYTES) == 0) {
    last->times++;
    return;
  }
  if (report->faults->len >= CHECK_FAULTS_MAX)
    return;
  FileFault *fault = record_new(&file_fault_table);
  record_clear(&file_fault_table, fault);
  g_autofree char *cut = g_strndup(message, MESSAGE_BYTES);
  *fault = (FileFault){.at_ms = at_ms, .times = 1, .message = g_utf8_make_valid(cut, -1)};
  g_ptr_array_add(report->faults, fault);
}

static bool on_output(const char *line, void *user_data)
{
  Check *check = user_data;
  if (!progress_parser_line(check->parser, line, child_active_ms(check->child), &check->progress))
    return true;
  check->report->decoded_ms = MAX(check->report->decoded_ms, check->progress.position_ms);
  if (check->runner->on_progress) {
    g_autoptr(json_t) detail = json_from_record(&encode_progress_table, &check->progress, JSON_PUBLIC);
    json_object_set_new(detail, "phase", json_string("checking"));
    g_autofree char *text = json_text(detail);
    check->runner->on_progress(check->progress.fraction, text, check->runner->user_data);
  }
  return true;
}

static bool on_error_line(const char *line, void *user_data)
{
  Check *check = user_data;
  int64_t repeats;
  g_autofree char *message = decode_survey_line(line, &repeats);
  CheckReport *report = check->report;
  if (message)
    add_fault(check, report->decoded_ms, message);
  report->fault_count += report->faults->len ? repeats : 0;
  if (repeats && report->faults->len && report->faults->len < CHECK_FAULTS_MAX)
    ((FileFault *)report->faults->pdata[report->faults->len - 1])->times += repeats;
  return true;
}

/* Runs ffmpeg to its end. */
static bool decode(Check *check, const char *path, ChildExit *ret_exit, GError **error)
{
  static const char *const nowhere[] = {NULL};
  const CheckRunner *runner = check->runner;
  g_auto(GStrv) arguments = decode_survey_arguments(path);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)runner->ffmpeg);
  for (char **argument = arguments; *argument; argument++)
    g_ptr_array_add(argv, *argument);
  g_ptr_array_add(argv, NULL);
  const char *environment[] = {"AV_LOG_FORCE_NOCOLOR=1", NULL};
  const Sandbox sandbox = {.no_network = true, .write_paths = nowhere};
  const ChildParams params = {.argv = (const char *const *)argv->pdata,
                              .environment = environment,
                              .output = CHILD_PIPE,
                              .errors = CHILD_PIPE,
                              .nice_increment = runner->nice_increment,
                              .idle_io = runner->idle_io,
                              .sandbox = &sandbox};
  check->child = child_spawn(&params, error);
  if (!check->child)
    return false;
  if (runner->on_child)
    runner->on_child(check->child, runner->user_data);
  LOG_SCOPE("child", "ffmpeg");
  const ChildWatch watch = {.on_output = on_output,
                            .on_error = on_error_line,
                            .user_data = check,
                            .cancel = runner->cancel,
                            .silence_ms = runner->silence_ms > 0 ? runner->silence_ms : SILENCE_MS,
                            .grace_ms = GRACE_MS};
  bool ok = child_watch(check->child, &watch, ret_exit, error);
  if (runner->on_child)
    runner->on_child(NULL, runner->user_data);
  check->report->seconds = (double)child_active_ms(check->child) / 1000;
  return ok;
}

/* Signals that a decoder sends itself when the film is too much for it; others come from outside. */
static bool is_own_fault(int signal_number)
{
  return signal_number == SIGSEGV || signal_number == SIGABRT || signal_number == SIGFPE || signal_number == SIGILL ||
         signal_number == SIGBUS;
}

static void look_for_early_end(Check *check, int64_t duration_ms)
{
  int64_t decoded_ms = check->report->decoded_ms;
  if (duration_ms == FIELD_NULL_INT || decoded_ms == 0 || duration_ms - decoded_ms <= MAX(SHORT_MS, duration_ms / SHORT_PARTS))
    return;
  g_autofree char *ends = format_duration(decoded_ms);
  g_autofree char *says = format_duration(duration_ms);
  g_autofree char *message = g_strdup_printf("It ends at %s, though it should last %s.", ends, says);
  add_fault(check, decoded_ms, message);
}

static bool judge(Check *check, const ChildExit *exit, int64_t duration_ms, GError **error)
{
  CheckReport *report = check->report;
  g_autofree char *how = child_exit_describe(exit);
  if (exit->signal != 0 && !is_own_fault(exit->signal))
    return fail(error, REEVE_ERROR_UPSTREAM, "ffmpeg ended with %s before it had decoded the file.", how);
  if (exit->signal != 0) {
    g_autofree char *message = g_strdup_printf("ffmpeg ended with %s when it decoded this.", how);
    add_fault(check, report->decoded_ms, message);
  } else if (exit->exit_code != 0 && report->fault_count == 0) {
    return fail(error, REEVE_ERROR_UPSTREAM, "ffmpeg ended with %s and said nothing of the file.", how);
  }
  look_for_early_end(check, duration_ms);
  report->health = report->fault_count == 0 ? FILE_SOUND : report->decoded_ms > 0 ? FILE_DAMAGED : FILE_UNREADABLE;
  return true;
}

static bool check_unchanged(const char *path, const FileStat *before, GError **error)
{
  FileStat after;
  if (!fs_stat(path, &after, error))
    return false;
  return file_stat_same(before, &after) ||
         fail(error, REEVE_ERROR_UNAVAILABLE, "\"%s\" changed while it was checked; it is checked again later.", path);
}

bool check_file(const char *path, int64_t duration_ms, const CheckRunner *runner, CheckReport *ret_report, GError **error)
{
  CheckReport report = {.faults = records_new(&file_fault_table)};
  Check check = {.runner = runner, .report = &report, .parser = progress_parser_new(ENGINE_FFMPEG, duration_ms, 0, 1)};
  ChildExit exit = {0};
  g_autoptr(GError) why = NULL;
  bool ok = fs_stat(path, &report.stat, &why) && decode(&check, path, &exit, &why);
  /* A file that changed explains whatever else went wrong. */
  if (report.stat.inode && (ok || reeve_error_code(why) != REEVE_ERROR_CANCELLED)) {
    g_autoptr(GError) change = NULL;
    if (!check_unchanged(path, &report.stat, &change)) {
      ok = false;
      g_clear_error(&why);
      why = g_steal_pointer(&change);
    }
  }
  ok = ok && judge(&check, &exit, duration_ms, &why);
  child_free(check.child);
  progress_parser_free(check.parser);
  if (ok) {
    *ret_report = report;
    return true;
  }
  record_clear(&check_report_table, &report);
  g_propagate_error(error, g_steal_pointer(&why));
  return false;
}

char *check_sentence(const CheckReport *report)
{
  if (report->health == FILE_SOUND)
    return g_strdup("All of it decodes.");
  const FileFault *first = report->faults->pdata[0];
  if (report->health == FILE_UNREADABLE)
    return g_strdup_printf("Nothing of it can be decoded: %s", first->message);
  g_autofree char *place = format_duration(first->at_ms);
  return g_strdup_printf("%" G_GINT64_FORMAT " fault%s, the first at %s: %s", report->fault_count,
                         report->fault_count == 1 ? "" : "s", place, first->message);
}
