/* What each shell is told of the commands. Test: tests/unit/cli/test_completion.c, where the shells read the scripts */
#include "cli/completion.h"

#include "cli/command_line.h"

#include <string.h>

static const EnumRow shell_rows[] = {
    {SHELL_BASH, "bash", "source <(reeve completion bash)"},
    {SHELL_ZSH, "zsh", "source <(reeve completion zsh)"},
    {SHELL_FISH, "fish", "reeve completion fish | source"},
};
const EnumTable completion_shell_table = ENUM_TABLE("CompletionShell", shell_rows);

/* The second word of a command; NULL if it has one only. */
static const char *second_word(const Command *command)
{
  const char *blank = strchr(command->words, ' ');
  return blank ? blank + 1 : NULL;
}

typedef void (*EachCommand)(GString *text, const Command *command);

static void each_command(GString *text, const CommandSet *const *sets, size_t n_sets, EachCommand each)
{
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++)
      each(text, &sets[i]->rows[k]);
}

/* "scan", "job", …: each first word once, in the order of the table. The caller frees it with g_ptr_array_unref. */
static GPtrArray *first_words(const CommandSet *const *sets, size_t n_sets)
{
  GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
  for (size_t i = 0; i < n_sets; i++)
    for (size_t k = 0; k < sets[i]->n_rows; k++) {
      const char *all = sets[i]->rows[k].words;
      g_autofree char *first = g_strndup(all, strcspn(all, " "));
      if (!g_ptr_array_find_with_equal_func(words, first, g_str_equal, NULL))
        g_ptr_array_add(words, g_steal_pointer(&first));
    }
  return words;
}

static void append_words(GString *text, const CommandSet *const *sets, size_t n_sets)
{
  g_autoptr(GPtrArray) words = first_words(sets, n_sets);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf(text, "%s%s", i ? " " : "", (const char *)words->pdata[i]);
}

/* "low|normal|high" -> "low normal high"; NULL for values that are not one of several. The caller frees it. */
static char *choices_of(const CommandOption *option)
{
  if (!option->value || !strchr(option->value, '|') || g_ascii_isupper(option->value[0]))
    return NULL;
  return g_strdelimit(g_strdup(option->value), "|", ' ');
}

/* --- bash and zsh, which has bash's way, too --- */

static void append_bash_options(GString *text, const Command *command)
{
  g_string_append_printf(text, "  \"%s\"*) options=\"", command->words);
  for (const CommandOption *option = command->options; option && option->name; option++)
    g_string_append_printf(text, "--%s ", option->name);
  size_t n;
  const CommandOption *common = command_common_options(&n);
  for (size_t i = 0; i < n; i++)
    g_string_append_printf(text, "--%s ", common[i].name);
  g_string_append(text, "--data\" ;;\n");
}

static void append_bash_values(GString *text, const Command *command)
{
  for (const CommandOption *option = command->options; option && option->name; option++) {
    g_autofree char *choices = choices_of(option);
    if (choices)
      g_string_append_printf(text, "  \"%s \"*\"--%s\") COMPREPLY=($(compgen -W \"%s\" -- \"$current\")); return ;;\n",
                             command->words, option->name, choices);
  }
}

/* The words of a group stand behind its first word; commands come first in a case, since "job" would hide "job show". */
static void append_bash_groups(GString *text, const CommandSet *const *sets, size_t n_sets)
{
  g_autoptr(GPtrArray) words = first_words(sets, n_sets);
  for (guint i = 0; i < words->len; i++) {
    const char *group = words->pdata[i];
    g_autoptr(GString) seconds = g_string_new(NULL);
    for (size_t s = 0; s < n_sets; s++)
      for (size_t k = 0; k < sets[s]->n_rows; k++) {
        const Command *command = &sets[s]->rows[k];
        const char *second = second_word(command);
        if (second && strncmp(command->words, group, strlen(group)) == 0 && command->words[strlen(group)] == ' ')
          g_string_append_printf(seconds, "%s%s", seconds->len ? " " : "", second);
      }
    if (seconds->len)
      g_string_append_printf(text, "  \"%s\") options=\"%s\" ;;\n", group, seconds->str);
  }
}

static char *bash_script(const CommandSet *const *sets, size_t n_sets)
{
  GString *text = g_string_new("_reeve() {\n"
                               "  local current=${COMP_WORDS[COMP_CWORD]} options=\n"
                               "  local words=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
                               "  case \"$words\" in\n");
  each_command(text, sets, n_sets, append_bash_values);
  g_string_append(text, "  esac\n  case \"$words\" in\n");
  append_bash_groups(text, sets, n_sets);
  each_command(text, sets, n_sets, append_bash_options);
  g_string_append(text, "  \"\") options=\"");
  append_words(text, sets, n_sets);
  g_string_append(text, "\" ;;\n"
                        "  esac\n"
                        "  COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                        "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
                        "}\n"
                        "complete -o filenames -F _reeve reeve\n");
  return g_string_free(text, FALSE);
}

static char *zsh_script(const CommandSet *const *sets, size_t n_sets)
{
  g_autofree char *bash = bash_script(sets, n_sets);
  return g_strconcat("#compdef reeve\nautoload -U +X bashcompinit && bashcompinit\n", bash, NULL);
}

/* --- fish --- */

/* Single quotes; fish escapes in them only itself and the backslash. */
static char *fish_quote(const char *text)
{
  g_autoptr(GString) quoted = g_string_new(text);
  g_string_replace(quoted, "\\", "\\\\", 0);
  g_string_replace(quoted, "'", "\\'", 0);
  g_string_prepend_c(quoted, '\'');
  g_string_append_c(quoted, '\'');
  return g_string_free(g_steal_pointer(&quoted), FALSE);
}

static void append_fish_command(GString *text, const Command *command)
{
  const char *second = second_word(command);
  g_autofree char *first = g_strndup(command->words, strcspn(command->words, " "));
  g_autofree char *help = fish_quote(command->summary);
  if (second)
    g_string_append_printf(text, "complete -c reeve -f -n '__reeve_after %s' -a %s -d %s\n", first, second, help);
  else
    g_string_append_printf(text, "complete -c reeve -f -n __fish_use_subcommand -a %s -d %s\n", first, help);
  for (const CommandOption *option = command->options; option && option->name; option++) {
    g_autofree char *choices = choices_of(option);
    g_autofree char *what = fish_quote(option->help);
    g_autofree char *values = choices ? fish_quote(choices) : NULL;
    g_string_append_printf(text, "complete -c reeve -n '__reeve_in %s' -l %s%s%s%s -d %s\n", command->words, option->name,
                           option->value ? " -r" : "", values ? " -f -a " : "", values ? values : "", what);
  }
}

static char *fish_script(const CommandSet *const *sets, size_t n_sets)
{
  GString *text = g_string_new("function __reeve_after\n"
                               "  set -l words (commandline -opc)\n"
                               "  test (count $words) -eq 2; and test $words[2] = $argv[1]\n"
                               "end\n"
                               "function __reeve_in\n"
                               "  set -l words (commandline -opc)\n"
                               "  set -l last (math (count $argv) + 1)\n"
                               "  test (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
                               "end\n");
  size_t n;
  const CommandOption *common = command_common_options(&n);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *what = fish_quote(common[i].help);
    g_string_append_printf(text, "complete -c reeve -l %s%s -d %s\n", common[i].name, common[i].value ? " -r" : "", what);
  }
  g_string_append(text, "complete -c reeve -l data -r -d 'Directory for everything that Reeve keeps'\n");
  g_autoptr(GPtrArray) words = first_words(sets, n_sets);
  for (guint i = 0; i < words->len; i++)
    if (!command_find(sets, n_sets, words->pdata[i]))
      g_string_append_printf(text, "complete -c reeve -f -n __fish_use_subcommand -a %s\n", (const char *)words->pdata[i]);
  each_command(text, sets, n_sets, append_fish_command);
  return g_string_free(text, FALSE);
}

char *completion_script(CompletionShell shell, const CommandSet *const *sets, size_t n_sets)
{
  switch (shell) {
  case SHELL_BASH:
    return bash_script(sets, n_sets);
  case SHELL_ZSH:
    return zsh_script(sets, n_sets);
  case SHELL_FISH:
    return fish_script(sets, n_sets);
  }
  g_assert_not_reached();
}
