/* What happens around every command: configuration, log, help, errors, exit code. Test: the system tests; parsing and help have
 * unit tests (command_line.c). */
#include "cli/command.h"

#include "base/error.h"
#include "base/log.h"
#include "base/number.h"
#include "cli/command_line.h"
#include "cli/text.h"
#include "wire/json.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *command_option(const CommandContext *context, const char *name)
{
  return g_hash_table_lookup(context->options, name);
}

bool command_option_int(const CommandContext *context, const char *name, int64_t min, int64_t max, int64_t preset,
                        int64_t *ret_value, GError **error)
{
  const char *text = command_option(context, name);
  int64_t value = preset;
  if (text && !parse_int(text, min, max, &value))
    return fail(error, REEVE_ERROR_INVALID, "--%s must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ".",
                name, min, max);
  *ret_value = value;
  return true;
}

bool command_option_enum(const CommandContext *context, const char *name, const EnumTable *table, int preset, int *ret_value,
                         GError **error)
{
  const char *text = command_option(context, name);
  int value = preset;
  if (text && !enum_value(table, text, &value)) {
    g_autofree char *choices = enum_choices(table);
    return fail(error, REEVE_ERROR_INVALID, "--%s must be %s.", name, choices);
  }
  *ret_value = value;
  return true;
}

bool command_id(const CommandContext *context, size_t n, const char *what, int64_t *ret_id, GError **error)
{
  if (parse_int(context->arguments[n], 1, INT64_MAX, ret_id))
    return true;
  g_autofree char *shown = text_escape(context->arguments[n]);
  return fail(error, REEVE_ERROR_INVALID, "The number of a %s was expected, not \"%s\".", what, shown);
}

static void print_error(const char *message)
{
  g_autofree char *shown = text_escape(message);
  bool coloured = text_coloured(stderr);
  fflush(stdout);
  fprintf(stderr, "%sreeve:%s %s\n", coloured ? colour_start(COLOUR_RED) : "", coloured ? colour_end(COLOUR_RED) : "", shown);
}

static int exit_code_of(const GError *error)
{
  return reeve_error_row((int)reeve_error_code(error))->exit_code;
}

/* What was printed must have been written: a full disk behind a redirection is an error like any other. */
static int end_output(int exit_code)
{
  if (fflush(stdout) == 0 && !ferror(stdout))
    return exit_code;
  g_autofree char *message = g_strdup_printf("The output could not be written: %s", g_strerror(errno));
  print_error(message);
  return exit_code ? exit_code : reeve_error_row((int)reeve_error_code_from_errno(errno))->exit_code;
}

static void start_log(const Config *config, const Command *command)
{
  int setting = config->log_level != FIELD_NULL_ENUM ? config->log_level
                : command->flags & COMMAND_SERVICE   ? LOG_AT_INFO
                                                     : LOG_AT_WARNING;
  GLogLevelFlags level = G_LOG_LEVEL_WARNING;
  log_level_parse(enum_name(&log_level_table, setting), &level);
  log_init(config->log_format == LOG_AS_JSON ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT, level);
}

/* True if there is a configuration; else its problems were printed. */
static bool load_config(const CommandLine *line, Config *ret_config, int *ret_exit_code)
{
  if (line->command->flags & COMMAND_WITHOUT_CONFIG) {
    record_init(&config_table, ret_config);
    return true;
  }
  g_autoptr(GPtrArray) problems = field_errors_new();
  g_autoptr(GError) error = NULL;
  if (config_load(line->config_file, (const char *const *)line->settings->pdata, ret_config, problems, &error))
    return true;
  for (guint i = 0; i < problems->len; i++)
    print_error(((const FieldError *)problems->pdata[i])->message);
  *ret_exit_code = exit_code_of(error);
  return false;
}

static int run_command(const CommandLine *line)
{
  CommandContext context = {
      .config_file = line->config_file,
      .json = line->json,
      .quiet = line->quiet,
      .terminal = isatty(STDERR_FILENO) && !line->quiet,
      .arguments = (char **)line->arguments->pdata,
      .options = line->options,
  };
  int exit_code = 0;
  if (!load_config(line, &context.config, &exit_code))
    return exit_code;
  start_log(&context.config, line->command);
  g_autoptr(GError) error = NULL;
  if (!line->command->run(&context, &error)) {
    print_error(error->message);
    exit_code = exit_code_of(error);
  }
  record_clear(&config_table, &context.config);
  return end_output(exit_code);
}

static int print_help(char *take_text, FILE *stream, int exit_code)
{
  fputs(take_text, stream);
  g_free(take_text);
  return end_output(exit_code);
}

static int dispatch(const CommandSet *const *sets, size_t n_sets, const CommandLine *line)
{
  int usage = reeve_error_row(REEVE_ERROR_INVALID)->exit_code;
  if (line->version)
    return print_help(g_strdup("reeve " REEVE_VERSION "\n"), stdout, 0);
  if (line->command)
    return line->help ? print_help(help_command(line->command), stdout, 0) : run_command(line);
  char *text = line->group ? help_group(sets, n_sets, line->group) : help_overview(sets, n_sets);
  return print_help(text, line->help ? stdout : stderr, line->help ? 0 : usage);
}

int cli_main(int argc, char **argv)
{
  size_t n_sets;
  const CommandSet *const *sets = command_sets(&n_sets);
  CommandLine line;
  g_autoptr(GError) error = NULL;
  if (!command_line_parse(sets, n_sets, argc, argv, &line, &error)) {
    print_error(error->message);
    return exit_code_of(error);
  }
  int exit_code = dispatch(sets, n_sets, &line);
  command_line_clear(&line);
  return exit_code;
}
