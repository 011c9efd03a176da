/* The texts of help, all read from the tables that the program itself goes by. Test: tests/unit/cli/test_command_line.c */
#include "base/error.h"
#include "cli/command_line.h"
#include "cli/text.h"

#include <string.h>

enum { HELP_COLUMNS = 100 };

/* Two columns: `left` padded to `width`, and `right` broken between words. */
static void append_entry(GString *text, const char *left, int width, const char *right)
{
  g_string_append_printf(text, "  %s", left);
  int column = 2 + text_width(left), indent = width + 4;
  if (column > indent - 2) {
    g_string_append_c(text, '\n');
    column = 0;
  }
  g_string_append_printf(text, "%*s", indent - column, "");
  column = indent;
  g_auto(GStrv) words = g_strsplit(right, " ", -1);
  for (size_t i = 0; words[i]; i++) {
    int needed = text_width(words[i]) + (i > 0);
    if (i > 0 && column + needed > HELP_COLUMNS) {
      g_string_append_printf(text, "\n%*s", indent, "");
      column = indent;
      needed--;
    } else if (i > 0) {
      g_string_append_c(text, ' ');
    }
    g_string_append(text, words[i]);
    column += needed;
  }
  g_string_append_c(text, '\n');
}

static char *usage_of(const Command *command)
{
  return *command->arguments ? g_strconcat(command->words, " ", command->arguments, NULL) : g_strdup(command->words);
}

static void append_exit_codes(GString *text)
{
  g_string_append(text, "\nExit codes\n  0 success");
  int column = 11;
  for (int exit_code = 1; exit_code < 256; exit_code++)
    for (int code = 0; code <= REEVE_ERROR_INTERNAL; code++) {
      const ReeveErrorRow *row = reeve_error_row(code);
      if (row->exit_code != exit_code)
        continue;
      g_autofree char *title = g_ascii_strdown(row->title, -1);
      g_autofree char *entry = g_strdup_printf("%d %s", exit_code, title);
      bool breaks = column + 2 + text_width(entry) > HELP_COLUMNS;
      g_string_append_printf(text, ",%s%s", breaks ? "\n  " : " ", entry);
      column = breaks ? 2 + text_width(entry) : column + 2 + text_width(entry);
    }
  g_string_append_c(text, '\n');
}

char *help_overview(const CommandSet *const *sets, size_t n_sets)
{
  GString *text =
      g_string_new("Reeve " REEVE_VERSION " looks after a video library: it scans, re-encodes, verifies, replaces safely "
                   "and undoes.\n\nUsage: reeve COMMAND [ARGUMENT…] [--OPTION…]\n");
  for (size_t i = 0; i < n_sets; i++) {
    if (sets[i]->title)
      g_string_append_printf(text, "\n%s\n", sets[i]->title);
    for (size_t k = 0; k < sets[i]->n_rows; k++) {
      g_autofree char *usage = usage_of(&sets[i]->rows[k]);
      append_entry(text, usage, 24, sets[i]->rows[k].summary);
    }
  }
  append_exit_codes(text);
  g_string_append(text,
                  "\n\"reeve COMMAND --help\" says more about each; \"reeve help settings\" lists what can be configured.\n");
  return g_string_free(text, FALSE);
}

char *help_group(const CommandSet *const *sets, size_t n_sets, const char *group)
{
  g_autofree char *prefix = g_strconcat(group, " ", NULL);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, "Commands of \"reeve %s\":\n", group);
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      if (g_str_has_prefix(sets[i]->rows[k].words, prefix)) {
        g_autofree char *usage = usage_of(&sets[i]->rows[k]);
        append_entry(text, usage, 24, sets[i]->rows[k].summary);
      }
  return g_string_free(text, FALSE);
}

static void append_settings(GString *text)
{
  for (size_t i = 0; i < config_table.n_fields; i++) {
    const Field *field = &config_table.fields[i];
    g_autofree char *dashed = config_flag_name(field->name);
    g_autofree char *flag = g_strconcat("--", dashed, " VALUE", NULL);
    g_autofree char *data = strcmp(field->name, "data") == 0 ? config_default_data() : NULL;
    const char *preset = data ? data : field->preset;
    if (!preset && field->kind == FIELD_KIND_ENUM && !(field->flags & FIELD_NULLABLE))
      preset = field->values->rows[0].name;
    g_autofree char *right = preset ? g_strdup_printf("%s [%s]", field->help, preset) : g_strdup(field->help);
    append_entry(text, flag, 24, right);
  }
}

char *help_settings(void)
{
  GString *text =
      g_string_new("Settings can stand in a YAML file (name: value, in --config FILE, $REEVE_CONFIG or\n"
                   "/etc/reeve/reeve.yaml), in the environment (REEVE_NAME, or REEVE_NAME_FILE for a file that holds the\n"
                   "value) and on the command line of every command; the later ones win. \"reeve config check\" shows the\n"
                   "outcome.\n\n");
  append_settings(text);
  return g_string_free(text, FALSE);
}

char *help_command(const Command *command)
{
  GString *text = g_string_new(NULL);
  g_autofree char *usage = usage_of(command);
  g_string_append_printf(text, "%s\n\nUsage: reeve %s [--OPTION…]\n", command->summary, usage);
  if (command->details)
    g_string_append_printf(text, "\n%s\n", command->details);
  if (command->options) {
    g_string_append(text, "\nOptions\n");
    for (const CommandOption *option = command->options; option->name; option++) {
      g_autofree char *left = g_strconcat("--", option->name, option->value ? " " : "", option->value ? option->value : "", NULL);
      append_entry(text, left, 24, option->help);
    }
  }
  g_string_append(text, "\nCommon options\n");
  bool lists_settings = command->flags & COMMAND_SERVICE;
  if (!lists_settings)
    append_entry(text, "--data DIR", 24, field_find(&config_table, "data")->help);
  append_entry(text, "--config FILE", 24, "Configuration file instead of $REEVE_CONFIG or /etc/reeve/reeve.yaml");
  append_entry(text, "--json", 24, "Machine-readable output");
  append_entry(text, "--quiet, -q", 24, "No progress and no remarks");
  if (lists_settings) {
    g_string_append(text, "\nSettings, also in the environment and the configuration file (see \"reeve help settings\")\n");
    append_settings(text);
  }
  return g_string_free(text, FALSE);
}

char *help_completion(const CommandSet *const *sets, size_t n_sets)
{
  GString *text = g_string_new("# Completion of reeve for bash: source <(reeve completion)\n"
                               "_reeve() {\n"
                               "  local current=${COMP_WORDS[COMP_CWORD]} words=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\" options=\n"
                               "  case \"$words\" in\n");
  g_autoptr(GHashTable) first_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) commands = g_string_new(NULL);
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++) {
      const Command *command = &sets[i]->rows[k];
      g_string_append_printf(text, "  \"%s\"*) options=\"", command->words);
      for (const CommandOption *option = command->options; option && option->name; option++)
        g_string_append_printf(text, "--%s ", option->name);
      g_string_append(text, "--data --json --quiet --help\" ;;\n");
      g_auto(GStrv) words = g_strsplit(command->words, " ", 2);
      if (g_hash_table_add(first_words, g_strdup(words[0])))
        g_string_append_printf(commands, "%s%s", commands->len ? " " : "", words[0]);
    }
  GHashTableIter iter;
  gpointer group;
  g_hash_table_iter_init(&iter, first_words);
  while (g_hash_table_iter_next(&iter, &group, NULL)) {
    if (command_find(sets, n_sets, group))
      continue;
    g_string_append_printf(text, "  \"%s\") options=\"", (const char *)group);
    for (size_t i = 0; i < n_sets; i++)
      for (size_t k = 0; k < sets[i]->n_rows; k++) {
        g_auto(GStrv) words = g_strsplit(sets[i]->rows[k].words, " ", 2);
        if (words[1] && strcmp(words[0], group) == 0)
          g_string_append_printf(text, "%s ", words[1]);
      }
    g_string_append(text, "\" ;;\n");
  }
  g_string_append_printf(text,
                         "  \"\") options=\"%s\" ;;\n"
                         "  esac\n"
                         "  COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                         "  [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o default\n"
                         "}\n"
                         "complete -F _reeve reeve\n",
                         commands->str);
  return g_string_free(text, FALSE);
}
