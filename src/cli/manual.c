/* How commands, settings and exit codes stand in a manual page (man(7)). Test: tests/unit/cli/test_completion.c */
#include "cli/manual.h"

#include "base/error.h"
#include "cli/command_line.h"

#include <string.h>

/* Text as troff takes it: no line may begin with a dot or a quote, and a backslash is one. */
static void append(GString *page, const char *text)
{
  bool at_start = page->len == 0 || page->str[page->len - 1] == '\n';
  for (; *text; text++) {
    if (at_start && (*text == '.' || *text == '\''))
      g_string_append(page, "\\&");
    if (*text == '\\')
      g_string_append(page, "\\e");
    else if (*text == '-')
      g_string_append(page, "\\-");
    else
      g_string_append_c(page, *text);
    at_start = *text == '\n';
  }
}

/* A tagged paragraph: the term in bold, its value in italics. */
static void append_term(GString *page, const char *before, const char *term, const char *value, const char *help)
{
  g_string_append(page, ".TP\n\\fB");
  append(page, before);
  append(page, term);
  g_string_append(page, "\\fR");
  if (value && *value) {
    g_string_append(page, " \\fI");
    append(page, value);
    g_string_append(page, "\\fR");
  }
  g_string_append_c(page, '\n');
  append(page, help);
  g_string_append_c(page, '\n');
}

static void append_command(GString *page, const Command *command)
{
  append_term(page, "reeve ", command->words, command->arguments, command->summary);
  if (command->details) {
    g_string_append(page, ".IP\n");
    append(page, command->details);
    g_string_append_c(page, '\n');
  }
  if (!command->options)
    return;
  g_string_append(page, ".RS\n");
  for (const CommandOption *option = command->options; option->name; option++)
    append_term(page, "--", option->name, option->value, option->help);
  g_string_append(page, ".RE\n");
}

static void append_settings(GString *page)
{
  for (size_t i = 0; i < config_table.n_fields; i++) {
    const Field *field = &config_table.fields[i];
    g_autofree char *flag = config_flag_name(field->name);
    g_autofree char *help = field->preset ? g_strdup_printf("%s [%s]", field->help, field->preset) : g_strdup(field->help);
    append_term(page, "--", flag, "VALUE", help);
  }
}

static void append_exit_codes(GString *page)
{
  append_term(page, "", "0", NULL, "success");
  for (int exit_code = 1; exit_code < 256; exit_code++)
    for (int code = 0; code <= REEVE_ERROR_INTERNAL; code++) {
      const ReeveErrorRow *row = reeve_error_row(code);
      if (row->exit_code != exit_code)
        continue;
      g_autofree char *number = g_strdup_printf("%d", exit_code);
      append_term(page, "", number, NULL, row->title);
    }
}

char *manual_page(const CommandSet *const *sets, size_t n_sets)
{
  GString *page = g_string_new(".TH REEVE 1 \"\" \"Reeve " REEVE_VERSION "\" \"User commands\"\n"
                               ".SH NAME\nreeve \\- looks after a video library\n"
                               ".SH SYNOPSIS\n.B reeve\n.I COMMAND\n[\\fIARGUMENT\\fR ...] [\\fB\\-\\-\\fIOPTION\\fR ...]\n"
                               ".SH DESCRIPTION\nReeve scans a library of videos, re\\-encodes what is worth it, verifies the "
                               "outcome, replaces files safely and undoes it.\n");
  for (size_t i = 0; i < n_sets; i++) {
    if (sets[i]->title) {
      g_autofree char *title = g_utf8_strup(sets[i]->title, -1);
      g_string_append_printf(page, ".SH \"%s\"\n", title);
    }
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      append_command(page, &sets[i]->rows[k]);
  }
  g_string_append(page, ".SH OPTIONS\nOf every command:\n");
  size_t n;
  const CommandOption *common = command_common_options(&n);
  for (size_t i = 0; i < n; i++)
    append_term(page, "--", common[i].name, common[i].value, common[i].help);
  g_string_append(page,
                  ".SH SETTINGS\nIn a YAML file (name: value), in the environment (REEVE_NAME, or REEVE_NAME_FILE for a file "
                  "that holds the value) and on the command line of every command; the later ones win. What \"reeve "
                  "settings\" lists can be changed while the server runs, and then stands above all of them.\n");
  append_settings(page);
  g_string_append(page, ".SH \"EXIT STATUS\"\n");
  append_exit_codes(page);
  g_string_append(page, ".SH FILES\n");
  append_term(page, "", "/etc/reeve/reeve.yaml", NULL, "The configuration, unless $REEVE_CONFIG or --config names another.");
  append_term(page, "", "/var/lib/reeve", NULL, "The data directory of the system's server, unless --data names another.");
  return g_string_free(page, FALSE);
}
