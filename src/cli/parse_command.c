/* `reeve parse`: what the names of releases say. Test: tests/system/parse.test.ts */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "release/release.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_field(const char *label, const char *text)
{
  if (text && *text)
    output_line("  %-12s %s", label, text);
}

/* What the JSON says, for people: one line a field that is there. */
static void print_release(const char *name, const json_t *release)
{
  static const char *const own_lines[] = {"accepted", "reason", "parts", "revision"};
  output_coloured(COLOUR_BOLD, "%s", name);
  const char *reason = json_string_value(json_object_get(release, "reason"));
  if (reason)
    output_coloured(COLOUR_YELLOW, "  %s", reason);
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)release, key, value)
  {
    bool has_own = false;
    for (size_t i = 0; i < G_N_ELEMENTS(own_lines); i++)
      has_own = has_own || strcmp(key, own_lines[i]) == 0;
    if (has_own || json_is_null(value) || json_is_false(value))
      continue;
    if (json_is_string(value)) {
      print_field(key, json_string_value(value));
    } else if (json_is_array(value)) {
      g_autoptr(GString) list = g_string_new(NULL);
      for (size_t i = 0; i < json_array_size(value); i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", json_string_value(json_array_get(value, i)));
      print_field(key, list->str);
    } else {
      g_autofree char *text = json_text(value);
      print_field(key, text);
    }
  }
}

static void parse_one(const CommandContext *context, const char *name, size_t length)
{
  g_autoptr(Release) release = release_parse(name, length, NULL);
  g_autoptr(json_t) json = release_json(release);
  if (context->json)
    output_json(g_steal_pointer(&json));
  else
    print_release(name, json);
}

/* A name a line, an answer for each, in order: also for an empty line. */
static bool parse_input(const CommandContext *context, GError **error)
{
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, stdin)) >= 0) {
    if (length > 0 && line[length - 1] == '\n')
      line[--length] = '\0';
    parse_one(context, line, (size_t)length);
  }
  bool failed = ferror(stdin);
  int saved = errno;
  free(line);
  return !failed || fail_errno(error, saved, "The names cannot be read from standard input");
}

static bool run_parse(CommandContext *context, GError **error)
{
  for (char **name = context->arguments; *name; name++) {
    if (strcmp(*name, "-") != 0)
      parse_one(context, *name, strlen(*name));
    else if (!parse_input(context, error))
      return false;
  }
  return true;
}

static const Command rows[] = {
    {.words = "parse",
     .arguments = "NAME…",
     .min_arguments = 1,
     .max_arguments = -1,
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_parse,
     .summary = "What the names of releases, files and folders say: film, year, quality, group",
     .details = "\"-\" reads a name a line from standard input. With --json one object a line, in the same order."},
};
const CommandSet parse_commands = COMMAND_SET("Movies", rows);
