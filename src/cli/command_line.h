/* Arguments -> what was asked for; and the texts of help. Pure, but for reading the command table.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "cli/command.h"

/* What stands on a command line. */
typedef struct {
  const Command *command; /* NULL: none was named */
  char *group;            /* the words so far, where they only begin a command: "key"; else NULL */
  GPtrArray *arguments;   /* char *, NULL-terminated */
  GHashTable *options;    /* of the command: name -> value */
  GPtrArray *settings;    /* char *: name and value in turn, for config_load; NULL-terminated */
  char *config_file;
  bool json, quiet, help, version;
} CommandLine;

/* INVALID says what is wrong and, where there is one, what was probably meant. *ret_line is to be cleared after success. */
bool command_line_parse(const CommandSet *const *sets, size_t n_sets, int argc, char *const *argv, CommandLine *ret_line,
                        GError **error);
void command_line_clear(CommandLine *line);

/* The command of these words joined by blanks; NULL if there is none. */
const Command *command_find(const CommandSet *const *sets, size_t n_sets, const char *words);

/* The caller frees each. */
char *help_overview(const CommandSet *const *sets, size_t n_sets);
char *help_group(const CommandSet *const *sets, size_t n_sets, const char *group);
char *help_command(const Command *command);
char *help_settings(void);
/* A script for bash that completes words, options and file names. */
char *help_completion(const CommandSet *const *sets, size_t n_sets);
