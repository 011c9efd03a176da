/* Decides how one program of a runner is started, followed and judged. Test: tests/unit/transcode/test_execute.c */
#include "transcode/execution.h"

#include "base/error.h"
#include "base/log.h"
#include "encode/decode_check.h"

#include <math.h>
#include <string.h>

enum { STALL_MS = 5 * 60 * 1000, TAIL_LINES = 40, TERM_GRACE_MS = 10 * 1000 };

static void tail_add(Tail *tail, const char *line)
{
  if (!*line)
    return;
  g_queue_push_tail(&tail->lines, g_strndup(line, 500));
  if (g_queue_get_length(&tail->lines) > TAIL_LINES)
    g_free(g_queue_pop_head(&tail->lines));
}

char *tail_text(const Tail *tail)
{
  GString *text = g_string_new(NULL);
  for (const GList *item = tail->lines.head; item; item = item->next)
    g_string_append_printf(text, "%s%s", text->len ? "\n" : "", (const char *)item->data);
  return g_string_free(text, FALSE);
}

static bool tail_contains(const Tail *tail, const char *text)
{
  for (const GList *item = tail->lines.head; item; item = item->next)
    if (strstr(item->data, text))
      return true;
  return false;
}

/* What ffmpeg ends with after it has said what is wrong. */
static bool is_closing_line(const char *line)
{
  static const char *const closing[] = {"Conversion failed!", "Invalid argument", "Error initializing complex filters.",
                                        "Error opening output files: Invalid argument", NULL};
  return g_strv_contains(closing, line);
}

const char *step_last_words(const Step *step)
{
  for (const GList *item = step->tail.lines.tail; item; item = item->prev)
    if (!is_closing_line(item->data))
      return item->data;
  const char *line = g_queue_peek_tail((GQueue *)&step->tail.lines);
  return line ? line : "it said nothing";
}

static bool on_error_line(const char *line, void *user_data)
{
  Step *step = user_data;
  if (step->metric == METRIC_OFF || !quality_score_parse(step->metric, line, &step->score))
    tail_add(&step->tail, line);
  if (step->checks && !step->fault && decode_check_line_is_fault(line))
    step->fault = g_strdup(line);
  if (*line)
    g_debug("%s", line);
  return true;
}

static bool on_output_line(const char *line, void *user_data)
{
  Step *step = user_data;
  return !step->on_output || step->on_output(line, step->user_data);
}

bool step_run(Step *step, char *const *argv, ChildExit *ret_exit, GError **error)
{
  const TranscodeRunner *runner = step->runner;
  const char *write_paths[] = {step->order->write_directory, NULL};
  const char *environment[] = {"SVT_LOG=1", "AV_LOG_FORCE_NOCOLOR=1", NULL};
  Sandbox sandbox = {.no_network = true, .write_paths = write_paths};
  ChildParams params = {
      .argv = (const char *const *)argv,
      .environment = environment,
      .directory = step->order->write_directory,
      .output = CHILD_PIPE,
      .errors = CHILD_PIPE,
      .nice_increment = runner->nice_increment,
      .idle_io = runner->idle_io,
      .sandbox = &sandbox,
  };
  step->score = NAN;
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
      .on_output = on_output_line,
      .on_error = on_error_line,
      .user_data = step,
      .cancel = runner->cancel,
      .silence_ms = step->checks             ? 0
                    : runner->silence_ms > 0 ? runner->silence_ms
                                             : STALL_MS,
      .grace_ms = TERM_GRACE_MS,
  };
  bool ok = child_watch(step->child, &watch, ret_exit, error);
  if (runner->on_child)
    runner->on_child(NULL, runner->user_data);
  return ok;
}

void step_end(Step *step, double *seconds)
{
  if (step->child)
    *seconds += (double)child_active_ms(step->child) / 1000.0;
  g_clear_pointer(&step->child, child_free);
  g_clear_pointer(&step->fault, g_free);
  g_queue_clear_full(&step->tail.lines, g_free);
}

static bool lacked_space(const Step *step)
{
  return tail_contains(&step->tail, "No space left on device");
}

bool step_went_well(const Step *step, const ChildExit *exit)
{
  return exit->exit_code == 0 && exit->signal == 0 && !lacked_space(step);
}

bool step_fail(const Step *step, const char *program, const ChildExit *exit, GError **error)
{
  g_autofree char *how = child_exit_describe(exit);
  if (lacked_space(step))
    return fail(error, REEVE_ERROR_NO_SPACE, "The disk filled up while %s was written; the original is untouched.",
                step->order->output_path);
  g_autofree char *name = g_path_get_basename(program);
  return fail(error, REEVE_ERROR_UPSTREAM, "%s ended with %s: %s", name, how, step_last_words(step));
}
