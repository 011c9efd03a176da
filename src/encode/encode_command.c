/* Puts the paths into a plan's command. A placeholder counts only where the plan itself put it - as a whole argument, at the
 * argument's start, or inside a filter graph or parameter list - so a track title that reads "{output}" stays a title. Each path
 * is escaped for the place that it goes to. Test: tests/unit/encode/test_plan_command.c */
#include "encode/plan_internal.h"

#include <string.h>

/* Every character of `special` in `text` gets a backslash. The caller frees it. */
static char *escape(const char *text, const char *special)
{
  GString *escaped = g_string_new(NULL);
  for (const char *c = text; *c; c++) {
    if (strchr(special, *c))
      g_string_append_c(escaped, '\\');
    g_string_append_c(escaped, *c);
  }
  return g_string_free(escaped, FALSE);
}

/* ffmpeg parses a filter's option value and then, before that, the whole graph: two levels (ffmpeg-filters, "Notes on filtergraph
 * escaping"). */
static char *escape_for_filter(const char *path)
{
  g_autofree char *file = g_strconcat("file:", path, NULL);
  g_autofree char *value = escape(file, "\\':");
  return escape(value, "\\'[],;");
}

static char *replace_all(const char *text, const char *what, const char *with)
{
  g_auto(GStrv) parts = g_strsplit(text, what, -1);
  return g_strjoinv(with, parts);
}

static char *substitute(const char *argument, const char *before, bool ffmpeg, const char *input, const char *output,
                        const char *log)
{
  if (strcmp(argument, PLAN_INPUT) == 0)
    return g_strconcat(ffmpeg ? "file:" : "", input, NULL);
  if (strcmp(argument, PLAN_OUTPUT) == 0)
    return g_strconcat(ffmpeg ? "file:" : "", output, NULL);
  if (g_str_has_prefix(argument, PLAN_PASS_LOG))
    return g_strconcat(log, argument + strlen(PLAN_PASS_LOG), NULL);
  if (g_str_has_prefix(argument, "file:" PLAN_PASS_LOG))
    return g_strconcat("file:", log, argument + strlen("file:" PLAN_PASS_LOG), NULL);
  if (g_str_has_prefix(before, "-filter")) {
    g_autofree char *path = escape_for_filter(input);
    return replace_all(argument, PLAN_INPUT_FILTER, path);
  }
  if (g_str_has_prefix(before, "-x265-params")) {
    g_autofree char *path = escape(log, "\\':=");
    return replace_all(argument, PLAN_PASS_LOG_PARAMETER, path);
  }
  return g_strdup(argument);
}

char **encode_command(const EncodePlan *plan, size_t index, const char *program, const char *input, const char *output,
                      const char *pass_log)
{
  const PlanCommand *command = g_ptr_array_index(plan->commands, index);
  bool ffmpeg = plan->engine == ENGINE_FFMPEG;
  GPtrArray *argv = g_ptr_array_new();
  const char *before = "";
  g_ptr_array_add(argv, g_strdup(program));
  for (char **argument = command->arguments; argument && *argument; argument++) {
    g_ptr_array_add(argv, substitute(*argument, before, ffmpeg, input, output, pass_log ? pass_log : ""));
    before = *argument;
  }
  g_ptr_array_add(argv, NULL);
  return (char **)g_ptr_array_free(argv, FALSE);
}
