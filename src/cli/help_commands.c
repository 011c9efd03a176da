/* `reeve help`, `reeve version`, `reeve completion`. Test: tests/unit/cli/test_command_line.c */
#include "base/error.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/output.h"

#include <string.h>

static void print_taken(char *take_text)
{
  fputs(take_text, stdout);
  g_free(take_text);
}

static bool run_help(CommandContext *context, GError **error)
{
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  g_autofree char *words = g_strjoinv(" ", context->arguments);
  if (!*words) {
    print_taken(help_overview(sets, n));
    return true;
  }
  if (strcmp(words, "settings") == 0) {
    print_taken(help_settings());
    return true;
  }
  /* The words are looked up as they would be on a command line. */
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)"reeve");
  for (char **word = context->arguments; *word; word++)
    g_ptr_array_add(argv, *word);
  g_ptr_array_add(argv, (char *)"--help");
  int argc = (int)argv->len;
  g_ptr_array_add(argv, NULL);
  CommandLine line;
  if (!command_line_parse(sets, n, argc, (char *const *)argv->pdata, &line, error))
    return false;
  print_taken(line.command ? help_command(line.command) : help_group(sets, n, words));
  command_line_clear(&line);
  return true;
}

static bool run_version(CommandContext *context, GError **error)
{
  if (context->json)
    output_json(json_pack("{s:s}", "version", REEVE_VERSION));
  else
    output_line("reeve %s", REEVE_VERSION);
  return true;
}

static bool run_completion(CommandContext *context, GError **error)
{
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  print_taken(help_completion(sets, n));
  return true;
}

static const Command rows[] = {
    {.words = "help",
     .arguments = "[COMMAND|settings]",
     .max_arguments = -1,
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_help,
     .summary = "What a command does, or all of them"},
    {.words = "version",
     .arguments = "",
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_version,
     .summary = "The version of this program"},
    {.words = "completion",
     .arguments = "",
     .flags = COMMAND_WITHOUT_CONFIG,
     .run = run_completion,
     .summary = "A script for bash: source <(reeve completion)"},
};
const CommandSet help_commands = COMMAND_SET("Help", rows);
