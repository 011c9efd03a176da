/* `reeve admin cleanup`, `reeve logs`: looking after an installation. Test: the system tests. */
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/session.h"
#include "operate/log_file.h"

#include <inttypes.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { PRESET_LINES = 100, LINES_MAX = 1000000, LOOK_EVERY_MS = 1000 };

/* --- clean-up --- */

static void print_stray(const Stray *stray)
{
  g_autofree char *size = format_size(stray->size_bytes);
  g_autofree char *changed = text_time(stray->changed_at_ms);
  output_line("%s (%s, changed %s)", stray->path, size, changed);
  if (stray->job != FIELD_NULL_INT)
    output_line("  held as job %" PRId64 "; \"reeve job release %" PRId64 "\" moves it to the trash", stray->job, stray->job);
  else
    output_line("  %s", stray->reason);
}

static void print_report(const CommandContext *context, const CleanupReport *report)
{
  if (context->json) {
    output_record(&cleanup_report_table, report);
    return;
  }
  for (guint i = 0; i < report->found->len; i++)
    print_stray(report->found->pdata[i]);
  for (char **root = report->unreachable; root && *root; root++)
    output_line("Not looked at: %s", *root);
  output_remark(context, "%u found%s, %" PRId64 " held job%s made, %" PRId64 " replacement%s brought to rest.",
                report->found->len, report->complete ? "" : " and there is more", report->jobs_made,
                text_plural(report->jobs_made), report->recovered, text_plural(report->recovered));
}

static bool run_cleanup(CommandContext *context, GError **error)
{
  int64_t min_age_h;
  if (!command_option_int(context, "min-age-h", 0, 87600, CLEANUP_PRESET_AGE_H, &min_age_h, error))
    return false;
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autoptr(Service) service = session_open(&context->config, SESSION_LOOK, error);
  if (!service)
    return false;
  CleanupReport report;
  record_init(&cleanup_report_table, &report);
  bool ok = cleanup_scan(service_cleanup(service), command_option(context, "dry-run") != NULL, min_age_h,
                         interrupt_cancel(interrupt), &report, error);
  if (ok && !command_option(context, "dry-run"))
    session_note_on(service_db(service), "admin cleanup", "");
  if (ok)
    print_report(context, &report);
  record_clear(&cleanup_report_table, &report);
  return ok;
}

/* --- the log --- */

typedef struct {
  const CommandContext *context;
  int level; /* LogLevel */
  const char *module;
} LogFilter;

/* A line that is not ours, or that was cut off by a crash, is passed over. */
static void print_line(const LogFilter *filter, const char *text)
{
  g_autoptr(json_t) line = json_parse(text, strlen(text), NULL);
  const char *level_name = json_string_value(json_object_get(line, "level"));
  const char *module = json_string_value(json_object_get(line, "module"));
  const char *message = json_string_value(json_object_get(line, "message"));
  int level = LOG_AT_DEBUG;
  if (!level_name || !module || !message || !enum_value(&log_level_table, level_name, &level) || level > filter->level ||
      (filter->module && strcmp(module, filter->module) != 0))
    return;
  if (filter->context->json) {
    output_json(json_incref(line));
    return;
  }
  g_autofree char *at = text_time(json_integer_value(json_object_get(line, "at_ms")));
  const char *request = json_string_value(json_object_get(line, "request")),
             *job = json_string_value(json_object_get(line, "job"));
  output_coloured(level == LOG_AT_ERROR     ? COLOUR_RED
                  : level == LOG_AT_WARNING ? COLOUR_YELLOW
                                            : COLOUR_NONE,
                  "%s %-7s %s: %s%s%s%s%s", at, level_name, module, message, job ? " job=" : "", job ? job : "",
                  request ? " request=" : "", request ? request : "");
}

/* Until something was written, or the second is over: a log that was turned over is noticed by looking. */
static void wait_for_news(int watch, Cancel *cancel)
{
  GPollFD fds[] = {{cancel_peek_fd(cancel), G_IO_IN, 0}, {watch, G_IO_IN, 0}};
  char events[4096];
  g_poll(fds, watch >= 0 ? 2 : 1, LOOK_EVERY_MS);
  if (watch >= 0 && (fds[1].revents & G_IO_IN))
    (void)!read(watch, events, sizeof events);
}

static void follow(LogReader *reader, const LogFilter *filter, const char *directory, Cancel *cancel)
{
  int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch >= 0)
    (void)inotify_add_watch(watch, directory, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  while (!cancel_is_set(cancel)) {
    g_autofree char *line = log_reader_next(reader);
    if (line) {
      print_line(filter, line);
      continue;
    }
    fflush(stdout);
    wait_for_news(watch, cancel);
  }
  if (watch >= 0)
    close(watch);
}

static bool run_logs(CommandContext *context, GError **error)
{
  LogFilter filter = {.context = context, .module = command_option(context, "module")};
  int64_t lines;
  if (!command_option_enum(context, "level", &log_level_table, LOG_AT_DEBUG, &filter.level, error) ||
      !command_option_int(context, "lines", 0, LINES_MAX, PRESET_LINES, &lines, error))
    return false;
  g_autoptr(Interrupt) interrupt = interrupt_new();
  g_autofree char *directory = g_build_filename(context->config.data, "log", NULL);
  g_autoptr(LogReader) reader = log_reader_new(directory, (size_t)lines, error);
  if (!reader)
    return false;
  if (command_option(context, "follow")) {
    follow(reader, &filter, directory, interrupt_cancel(interrupt));
    return true;
  }
  for (char *line; (line = log_reader_next(reader)); g_free(line))
    print_line(&filter, line);
  return true;
}

static const CommandOption cleanup_options[] = {
    {"dry-run", NULL, "Only look; make no jobs"},
    {"min-age-h", "HOURS", "Leave out what changed within so many hours [24]"},
    {NULL, NULL, NULL},
};

static const CommandOption logs_options[] = {
    {"follow", NULL, "Go on with what is written from now on, until interrupted"},
    {"level", "error|warning|info|debug", "Only lines that are this grave or graver"},
    {"module", "NAME", "Only lines of this part of Reeve, such as scan"},
    {"lines", "N", "Begin with the last so many [100]"},
    {NULL, NULL, NULL},
};

static const Command rows[] = {
    {.words = "admin cleanup",
     .arguments = "",
     .options = cleanup_options,
     .run = run_cleanup,
     .summary = "Look for temporary files that were left in the library",
     .details = "What Reeve left itself is brought to rest by its journal. What only looks temporary (*.lock, .tmp_*, *.part) is "
                "not\ndeleted: it becomes a held job, and once that is released the file is moved to the trash."},
    {.words = "logs",
     .arguments = "",
     .options = logs_options,
     .run = run_logs,
     .summary = "The server's log, from the data directory"},
};
const CommandSet admin_commands = COMMAND_SET(NULL, rows);
