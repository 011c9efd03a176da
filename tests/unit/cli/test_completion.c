/* Completion scripts and the manual page, as the shells and man read them where they are installed. */
#include "cli/command_line.h"
#include "cli/completion.h"
#include "cli/manual.h"

#include <glib/gstdio.h>
#include <string.h>

static bool run(const char *const *argv, char **ret_output)
{
  g_autofree char *program = g_find_program_in_path(argv[0]);
  g_autofree char *errors = NULL;
  int status = -1;
  if (!program) {
    g_test_skip("The program is not installed.");
    return false;
  }
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, ret_output, &errors, &status, NULL));
  g_assert_cmpstr(errors, ==, "");
  g_assert_cmpint(status, ==, 0);
  return true;
}

/* What bash offers for a line whose last word is to be completed; one a line, sorted. */
static char *offered(const char *script, const char *words)
{
  g_autofree char *program = g_strdup_printf("%s\nCOMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _reeve; "
                                             "printf '%%s\\n' \"${COMPREPLY[@]}\" | LC_ALL=C sort",
                                             script, words);
  const char *argv[] = {"bash", "--norc", "-c", program, NULL};
  char *output = NULL;
  return run(argv, &output) ? output : NULL;
}

static void test_bash(void)
{
  static const struct {
    const char *words, *has, *has_not;
  } rows[] = {
      {"reeve ''", "scan\n", "show\n"},
      {"reeve sc", "scan\n", "serve\n"},
      {"reeve job ''", "pause\n", "--limit\n"},
      {"reeve job pr", "priority\n", "pause\n"},
      {"reeve admin ''", "cleanup\n", "scan\n"},
      {"reeve admin cleanup --", "--dry-run\n", "--limit\n"},
      {"reeve queue --li", "--limit\n", "--json\n"},
      {"reeve logs --level ''", "warning\n", "--level\n"},
      {"reeve completion --", "--help\n", "--limit\n"},
  };
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  g_autofree char *script = completion_script(SHELL_BASH, sets, n);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = offered(script, rows[i].words);
    if (!text)
      return;
    g_autofree char *lines = g_strconcat("\n", text, NULL);
    g_autofree char *has = g_strconcat("\n", rows[i].has, NULL), *has_not = g_strconcat("\n", rows[i].has_not, NULL);
    if (!strstr(lines, has) || strstr(lines, has_not))
      g_error("For %s bash offers:%s", rows[i].words, lines);
  }
}

/* The shell reads the script and finds no fault with it. */
static void check_syntax(CompletionShell shell, const char *program, const char *flag)
{
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  g_autofree char *script = completion_script(shell, sets, n);
  g_autofree char *path = NULL, *output = NULL;
  int fd = g_file_open_tmp("reeve-completion-XXXXXX", &path, NULL);
  g_assert_true(g_file_set_contents(path, script, -1, NULL));
  const char *argv[] = {program, flag, path, NULL};
  run(argv, &output);
  g_unlink(path);
  g_close(fd, NULL);
}

static void test_zsh(void)
{
  check_syntax(SHELL_ZSH, "zsh", "-n");
}

static void test_fish(void)
{
  check_syntax(SHELL_FISH, "fish", "-n");
}

/* Each command and each of its options is in every script. */
static void test_complete(void)
{
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  for (int shell = SHELL_BASH; shell <= SHELL_FISH; shell++) {
    g_autofree char *script = completion_script((CompletionShell)shell, sets, n);
    for (size_t i = 0; i < n; i++)
      for (size_t k = 0; k < sets[i]->n_rows; k++) {
        const Command *command = &sets[i]->rows[k];
        g_auto(GStrv) words = g_strsplit(command->words, " ", -1);
        for (char **word = words; *word; word++)
          g_assert_nonnull(strstr(script, *word));
        for (const CommandOption *option = command->options; option && option->name; option++)
          g_assert_nonnull(strstr(script, option->name));
      }
  }
}

static void test_manual(void)
{
  size_t n;
  const CommandSet *const *sets = command_sets(&n);
  g_autofree char *page = manual_page(sets, n);
  static const char *const parts[] = {".TH REEVE 1",  ".SH SYNOPSIS",         "reeve backup",        "\\-\\-dry\\-run",
                                      ".SH SETTINGS", "\\-\\-encode\\-slots", ".SH \"EXIT STATUS\"", "/etc/reeve/reeve.yaml"};
  for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
    if (!strstr(page, parts[i]))
      g_error("The page lacks %s", parts[i]);
  g_autofree char *path = NULL, *output = NULL;
  int fd = g_file_open_tmp("reeve-manual-XXXXXX", &path, NULL);
  g_assert_true(g_file_set_contents(path, page, -1, NULL));
  const char *argv[] = {"groff", "-man", "-Tutf8", "-ww", "-K", "utf8", path, NULL};
  if (run(argv, &output))
    g_assert_nonnull(strstr(output, "looks after a video library")); /* titles are struck over */
  g_unlink(path);
  g_close(fd, NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/completion/bash", test_bash);
  g_test_add_func("/completion/zsh", test_zsh);
  g_test_add_func("/completion/fish", test_fish);
  g_test_add_func("/completion/complete", test_complete);
  g_test_add_func("/completion/manual", test_manual);
  return g_test_run();
}
