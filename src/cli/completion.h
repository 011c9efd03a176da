/* Completion for shells, from the command table.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "cli/command.h"

typedef enum { SHELL_BASH, SHELL_ZSH, SHELL_FISH } CompletionShell;
extern const EnumTable completion_shell_table;

/* A script that completes words, options, the values of options that are one of several, and file names. The caller frees it. */
char *completion_script(CompletionShell shell, const CommandSet *const *sets, size_t n_sets);
