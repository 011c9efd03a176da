#include "base/error.h"
#include "cli/command_line.h"

#include <string.h>

static bool run_nothing(CommandContext *context, GError **error)
{
  return true;
}

static const CommandOption options[] = {
    {"scope", "read|admin", "What it may do"},
    {"force", NULL, "Whatever"},
    {NULL, NULL, NULL},
};
static const Command first_rows[] = {
    {.words = "scan", .arguments = "DIR…", .min_arguments = 1, .max_arguments = -1, .run = run_nothing, .summary = "Scans"},
    {.words = "stats", .arguments = "", .run = run_nothing, .summary = "Counts"},
};
static const Command second_rows[] = {
    {.words = "key add",
     .arguments = "NAME",
     .min_arguments = 1,
     .max_arguments = 1,
     .options = options,
     .run = run_nothing,
     .summary = "Makes a key"},
    {.words = "stats daily", .arguments = "[DAY]", .max_arguments = 1, .run = run_nothing, .summary = "Counts by day"},
    {.words = "key list", .arguments = "", .run = run_nothing, .summary = "Lists keys"},
};
static const CommandSet first = {.title = "First", .rows = first_rows, .n_rows = G_N_ELEMENTS(first_rows)};
static const CommandSet second = {.rows = second_rows, .n_rows = G_N_ELEMENTS(second_rows)};
static const CommandSet *const sets[] = {&first, &second};

/* Splits at blanks. */
static bool parse(const char *text, CommandLine *ret_line, GError **error)
{
  g_auto(GStrv) argv = g_strsplit(text, " ", -1);
  return command_line_parse(sets, G_N_ELEMENTS(sets), (int)g_strv_length(argv), argv, ret_line, error);
}

static void test_good(void)
{
  static const struct {
    const char *text, *command, *arguments, *settings, *scope;
    bool json, quiet, help, force;
  } rows[] = {
      {"reeve", NULL, "", "", NULL},
      {"reeve scan a b", "scan", "a,b", "", NULL},
      {"reeve key add me", "key add", "me", "", NULL},
      {"reeve key add me --scope admin --data /d", "key add", "me", "data,/d", "admin"},
      {"reeve --data /d key add --scope=admin me", "key add", "me", "data,/d", "admin"},
      {"reeve --data=/d key --quiet add me", "key add", "me", "data,/d", NULL, .quiet = true},
      {"reeve scan --encode-slots 3 a", "scan", "a", "encode_slots,3", NULL},
      {"reeve scan --encode_slots=3 a", "scan", "a", "encode_slots,3", NULL},
      {"reeve scan -- --json -", "scan", "--json,-", "", NULL},
      {"reeve scan - --json -q", "scan", "-", "", NULL, .json = true, .quiet = true},
      {"reeve scan -qh", "scan", "", "", NULL, .quiet = true, .help = true},
      {"reeve key add me --scope= --force", "key add", "me", "", "", .force = true},
      {"reeve key add me --scope read --scope admin", "key add", "me", "", "admin"},
      {"reeve key add --help", "key add", "", "", NULL, .help = true},
      {"reeve stats", "stats", "", "", NULL},
      {"reeve stats daily x", "stats daily", "x", "", NULL}, /* a command without arguments may go on as another one */
      {"reeve scan --scan-threads --json a", "scan", "a", "scan_threads,--json", NULL}, /* a value is a value */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    CommandLine line;
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].text);
    bool good = parse(rows[i].text, &line, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    g_assert_cmpstr(line.command ? line.command->words : NULL, ==, rows[i].command);
    g_autofree char *arguments = g_strjoinv(",", (char **)line.arguments->pdata);
    g_autofree char *settings = g_strjoinv(",", (char **)line.settings->pdata);
    g_assert_cmpstr(arguments, ==, rows[i].arguments);
    g_assert_cmpstr(settings, ==, rows[i].settings);
    g_assert_cmpstr(g_hash_table_lookup(line.options, "scope"), ==, rows[i].scope);
    g_assert_cmpint(g_hash_table_contains(line.options, "force"), ==, rows[i].force);
    g_assert_cmpint(line.json, ==, rows[i].json);
    g_assert_cmpint(line.quiet, ==, rows[i].quiet);
    g_assert_cmpint(line.help, ==, rows[i].help);
    command_line_clear(&line);
  }
}

static void test_bad(void)
{
  static const struct {
    const char *text, *message;
  } rows[] = {
      {"reeve sacn", "There is no command \"sacn\"; did you mean \"reeve scan\"?"},
      {"reeve key ad", "There is no command \"key ad\"; did you mean \"reeve key add\"?"},
      {"reeve list", "There is no command \"list\"; \"reeve help\" lists all."},
      {"reeve frobnicate", "There is no command \"frobnicate\"; \"reeve help\" lists all."},
      {"reeve \033[31m", "There is no command \"\\x1b[31m\"; \"reeve help\" lists all."},
      {"reeve scan", "\"reeve scan\" needs more arguments. Usage: reeve scan DIR…"},
      {"reeve stats now", "\"reeve stats\" takes no arguments. Usage: reeve stats"},
      {"reeve key add a b", "\"reeve key add\" takes fewer arguments. Usage: reeve key add NAME"},
      {"reeve scan a --jsn", "There is no option --jsn here; did you mean --json?"},
      {"reeve scan a --scope read", "There is no option --scope here; \"reeve scan --help\" lists all."},
      {"reeve scan a --encodeslots 3", "There is no option --encodeslots here; did you mean --encode-slots?"},
      {"reeve key add me --scope", "--scope needs a value."},
      {"reeve scan a --data", "--data needs a value."},
      {"reeve key add me --force=yes", "--force takes no value."},
      {"reeve scan -x a", "There is no option -x; options have long names, such as --help."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    CommandLine line;
    g_autoptr(GError) error = NULL;
    g_test_message("%s", rows[i].text);
    g_assert_false(parse(rows[i].text, &line, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, rows[i].message);
  }
}

static void test_group(void)
{
  CommandLine line;
  g_assert_true(parse("reeve key", &line, NULL));
  g_assert_null(line.command);
  g_assert_cmpstr(line.group, ==, "key");
  command_line_clear(&line);
  g_autofree char *text = help_group(sets, G_N_ELEMENTS(sets), "key");
  g_assert_nonnull(strstr(text, "key add NAME"));
  g_assert_null(strstr(text, "scan"));
}

static void assert_no_trailing_blanks(const char *text)
{
  g_assert_null(strstr(text, " \n"));
  g_assert_true(g_str_has_suffix(text, "\n"));
  g_assert_false(g_str_has_suffix(text, "\n\n"));
}

/* The real table: every row can be found, run and explained, and no option hides a setting or a common option. */
static void test_table(void)
{
  size_t n_sets;
  const CommandSet *const *all = command_sets(&n_sets);
  static const char *const common[] = {"config", "json", "quiet", "help", "version", NULL};
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < all[i]->n_rows; k++) {
      const Command *command = &all[i]->rows[k];
      g_test_message("%s", command->words);
      g_assert_true(command_find(all, n_sets, command->words) == command);
      g_assert_nonnull(command->run);
      g_assert_nonnull(command->summary);
      g_assert_true(command->max_arguments < 0 || command->max_arguments >= command->min_arguments);
      g_assert_cmpint(*command->arguments != '\0', ==, command->max_arguments != 0);
      for (const CommandOption *option = command->options; option && option->name; option++) {
        g_autofree char *field = g_strdelimit(g_strdup(option->name), "-", '_');
        g_assert_null(field_find(&config_table, field));
        g_assert_false(g_strv_contains(common, option->name));
        g_assert_nonnull(option->help);
      }
      g_autofree char *help = help_command(command);
      assert_no_trailing_blanks(help);
    }
}

static void test_help(void)
{
  size_t n_sets;
  const CommandSet *const *all = command_sets(&n_sets);
  g_autofree char *overview = help_overview(all, n_sets);
  g_autofree char *settings = help_settings();
  assert_no_trailing_blanks(overview);
  assert_no_trailing_blanks(settings);
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < all[i]->n_rows; k++)
      g_assert_nonnull(strstr(overview, all[i]->rows[k].words));
  for (size_t i = 0; i < config_table.n_fields; i++) {
    g_autofree char *flag = config_flag_name(config_table.fields[i].name);
    g_assert_nonnull(strstr(settings, flag));
  }
  g_assert_nonnull(strstr(overview, "2 invalid input"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/command-line/good", test_good);
  g_test_add_func("/cli/command-line/bad", test_bad);
  g_test_add_func("/cli/command-line/group", test_group);
  g_test_add_func("/cli/command-line/table", test_table);
  g_test_add_func("/cli/command-line/help", test_help);
  return g_test_run();
}
