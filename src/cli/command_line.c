/* How a command line is read: words of the command first, options anywhere after them, `--` ends options. Settings (config.c) are
 * options of every command. Test: tests/unit/cli/test_command_line.c */
#include "cli/command_line.h"

#include "base/error.h"
#include "cli/text.h"

#include <string.h>

/* Options of every command besides settings. */
static const CommandOption common_options[] = {
    {"config", "FILE", "Configuration file instead of $REEVE_CONFIG or /etc/reeve/reeve.yaml"},
    {"json", NULL, "Machine-readable output"},
    {"quiet", NULL, "No progress and no remarks"},
    {"help", NULL, "This help"},
    {"version", NULL, "The version"},
};

static const struct {
  char letter;
  const char *name;
} short_options[] = {{'h', "help"}, {'q', "quiet"}, {'V', "version"}};

const CommandOption *command_common_options(size_t *ret_n)
{
  *ret_n = G_N_ELEMENTS(common_options);
  return common_options;
}

const Command *command_find(const CommandSet *const *sets, size_t n_sets, const char *words)
{
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      if (strcmp(sets[i]->rows[k].words, words) == 0)
        return &sets[i]->rows[k];
  return NULL;
}

/* Whether some command's words go on after these. */
static bool is_group(const CommandSet *const *sets, size_t n_sets, const char *words)
{
  g_autofree char *prefix = g_strconcat(words, " ", NULL);
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      if (g_str_has_prefix(sets[i]->rows[k].words, prefix))
        return true;
  return false;
}

static bool fail_unknown_command(const CommandSet *const *sets, size_t n_sets, const char *words, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      g_ptr_array_add(all, (char *)sets[i]->rows[k].words);
  g_ptr_array_add(all, NULL);
  const char *nearest = text_nearest(words, (const char *const *)all->pdata);
  g_autofree char *shown = text_escape(words);
  if (nearest)
    return fail(error, REEVE_ERROR_INVALID, "There is no command \"%s\"; did you mean \"reeve %s\"?", shown, nearest);
  return fail(error, REEVE_ERROR_INVALID, "There is no command \"%s\"; \"reeve help\" lists all.", shown);
}

static const CommandOption *find_option(const CommandOption *options, const char *name)
{
  for (; options && options->name; options++)
    if (strcmp(options->name, name) == 0)
      return options;
  return NULL;
}

static const CommandOption *find_common(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(common_options); i++)
    if (strcmp(common_options[i].name, name) == 0)
      return &common_options[i];
  return NULL;
}

static bool fail_unknown_option(const Command *command, const char *name, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  for (const CommandOption *option = command ? command->options : NULL; option && option->name; option++)
    g_ptr_array_add(all, g_strdup(option->name));
  for (size_t i = 0; i < G_N_ELEMENTS(common_options); i++)
    g_ptr_array_add(all, g_strdup(common_options[i].name));
  for (size_t i = 0; i < config_table.n_fields; i++)
    g_ptr_array_add(all, config_flag_name(config_table.fields[i].name));
  g_ptr_array_add(all, NULL);
  const char *nearest = text_nearest(name, (const char *const *)all->pdata);
  g_autofree char *shown = text_escape(name);
  if (nearest)
    return fail(error, REEVE_ERROR_INVALID, "There is no option --%s here; did you mean --%s?", shown, nearest);
  return fail(error, REEVE_ERROR_INVALID, "There is no option --%s here; \"reeve %s --help\" lists all.", shown,
              command ? command->words : "COMMAND");
}

static void set_common(CommandLine *line, const char *name, const char *value)
{
  if (strcmp(name, "config") == 0) {
    g_free(line->config_file);
    line->config_file = g_strdup(value);
  }
  line->json |= strcmp(name, "json") == 0;
  line->quiet |= strcmp(name, "quiet") == 0;
  line->help |= strcmp(name, "help") == 0;
  line->version |= strcmp(name, "version") == 0;
}

/* Files an option where it belongs. */
static void set_option(CommandLine *line, const char *name, const Field *setting, bool is_common, const char *value)
{
  if (setting) {
    g_ptr_array_add(line->settings, g_strdup(setting->name));
    g_ptr_array_add(line->settings, g_strdup(value));
  } else if (is_common) {
    set_common(line, name, value);
  } else {
    g_hash_table_insert(line->options, g_strdup(name), g_strdup(value));
  }
}

/* "--name", "--name=value" or "--name" and the next argument, which is then taken. */
static bool parse_option(CommandLine *line, const char *text, char *const *rest, int *ret_taken, GError **error)
{
  const char *equals = strchr(text, '=');
  g_autofree char *name = equals ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text);
  g_autofree char *field_name = g_strdelimit(g_strdup(name), "-", '_');
  const CommandOption *own = line->command ? find_option(line->command->options, name) : NULL;
  const CommandOption *common = own ? NULL : find_common(name);
  const Field *setting = own || common ? NULL : field_find(&config_table, field_name);
  if (!own && !common && !setting)
    return fail_unknown_option(line->command, name, error);
  bool wants_value = setting || (own ? own : common)->value;
  if (!wants_value && equals)
    return fail(error, REEVE_ERROR_INVALID, "--%s takes no value.", name);
  if (wants_value && !equals && !*rest)
    return fail(error, REEVE_ERROR_INVALID, "--%s needs a value.", name);
  const char *value = !wants_value ? "" : equals ? equals + 1 : *rest;
  *ret_taken = wants_value && !equals ? 1 : 0;
  set_option(line, name, setting, common, value);
  return true;
}

static bool parse_short_options(CommandLine *line, const char *letters, GError **error)
{
  for (; *letters; letters++) {
    size_t i = 0;
    while (i < G_N_ELEMENTS(short_options) && short_options[i].letter != *letters)
      i++;
    if (i == G_N_ELEMENTS(short_options)) {
      g_autofree char *shown = text_escape(letters);
      return fail(error, REEVE_ERROR_INVALID, "There is no option -%s; options have long names, such as --help.", shown);
    }
    set_common(line, short_options[i].name, "");
  }
  return true;
}

/* A word of the command, or an argument once the command is known. */
static bool parse_word(CommandLine *line, const CommandSet *const *sets, size_t n_sets, const char *word, GError **error)
{
  if (line->command) {
    /* "jobs" is a command without arguments, and "jobs why" another one. */
    bool may_go_on = line->command->max_arguments == 0 && line->arguments->len == 0;
    g_autofree char *longer = g_strconcat(line->command->words, " ", word, NULL);
    const Command *other = may_go_on ? command_find(sets, n_sets, longer) : NULL;
    if (other)
      line->command = other;
    else
      g_ptr_array_add(line->arguments, g_strdup(word));
    return true;
  }
  g_autofree char *words = line->group ? g_strconcat(line->group, " ", word, NULL) : g_strdup(word);
  line->command = command_find(sets, n_sets, words);
  if (!line->command && !is_group(sets, n_sets, words))
    return fail_unknown_command(sets, n_sets, words, error);
  g_free(line->group);
  line->group = line->command ? NULL : g_steal_pointer(&words);
  return true;
}

static bool parse_all(CommandLine *line, const CommandSet *const *sets, size_t n_sets, int argc, char *const *argv,
                      GError **error)
{
  bool only_words = false;
  for (int i = 1; i < argc; i++) {
    const char *text = argv[i];
    int taken = 0;
    bool good;
    if (only_words || text[0] != '-' || text[1] == '\0')
      good = parse_word(line, sets, n_sets, text, error);
    else if (strcmp(text, "--") == 0)
      good = only_words = true;
    else if (text[1] == '-')
      good = parse_option(line, text + 2, argv + i + 1, &taken, error);
    else
      good = parse_short_options(line, text + 1, error);
    if (!good)
      return false;
    i += taken;
  }
  return true;
}

static bool check_arguments(const CommandLine *line, GError **error)
{
  const Command *command = line->command;
  if (!command || line->help || line->version)
    return true;
  int n = (int)line->arguments->len;
  if (n >= command->min_arguments && (command->max_arguments < 0 || n <= command->max_arguments))
    return true;
  const char *what = n < command->min_arguments ? "needs more arguments" : "takes fewer arguments";
  if (command->max_arguments == 0)
    what = "takes no arguments";
  return fail(error, REEVE_ERROR_INVALID, "\"reeve %s\" %s. Usage: reeve %s%s%s", command->words, what, command->words,
              *command->arguments ? " " : "", command->arguments);
}

bool command_line_parse(const CommandSet *const *sets, size_t n_sets, int argc, char *const *argv, CommandLine *ret_line,
                        GError **error)
{
  CommandLine line = {
      .arguments = g_ptr_array_new_with_free_func(g_free),
      .options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
      .settings = g_ptr_array_new_with_free_func(g_free),
  };
  if (!parse_all(&line, sets, n_sets, argc, argv, error) || !check_arguments(&line, error)) {
    command_line_clear(&line);
    return false;
  }
  g_ptr_array_add(line.arguments, NULL);
  g_ptr_array_add(line.settings, NULL);
  *ret_line = line;
  return true;
}

void command_line_clear(CommandLine *line)
{
  g_clear_pointer(&line->arguments, g_ptr_array_unref);
  g_clear_pointer(&line->settings, g_ptr_array_unref);
  g_clear_pointer(&line->options, g_hash_table_unref);
  g_clear_pointer(&line->group, g_free);
  g_clear_pointer(&line->config_file, g_free);
}
