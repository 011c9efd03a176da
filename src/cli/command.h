/* The command table: each command is one row; parsing, help and shell completion read it.
 *
 * Exit codes are the error rows' (base/error.h); 0 is success, 2 also wrong usage.
 *
 * Thread-safety: one thread. */
#pragma once

#include "base/enum_table.h"
#include "cli/config.h"

#include <glib.h>
#include <stdio.h>

/* What a command is given. */
typedef struct {
  Config config;
  const char *config_file; /* --config, or NULL */
  bool json;               /* --json: one JSON document, or one object a line where results stream */
  bool quiet;
  bool terminal;       /* standard error is a terminal: progress bars are shown */
  char **arguments;    /* after the command's words and options */
  GHashTable *options; /* of the command: name -> value text ("" for flags) */
} CommandContext;

typedef struct {
  const char *name;  /* "priority" */
  const char *value; /* "low|normal|high", or NULL for a flag */
  const char *help;
} CommandOption;

typedef enum {
  COMMAND_NO_FLAGS = 0,
  COMMAND_SERVICE = 1 << 0,       /* runs for long: logs what happens, and its help lists all settings */
  COMMAND_WITHOUT_CONFIG = 1 << 1 /* must work although the configuration is broken: it is not read */
} CommandFlags;

typedef struct {
  const char *words;                /* "key add" */
  const char *arguments;            /* "NAME", "FILE…", "[DIR…]", or "" */
  int min_arguments, max_arguments; /* -1: any */
  const CommandOption *options;     /* ends with a NULL name; NULL: none */
  CommandFlags flags;
  bool (*run)(CommandContext *context, GError **error);
  const char *summary;
  const char *details; /* further lines of its help, or NULL */
} Command;

/* One table per subject, one file each; command_table.c lists them in the order of the help. */
typedef struct {
  const char *title; /* "Library"; NULL: goes on under the title before it */
  const Command *rows;
  size_t n_rows;
} CommandSet;
const CommandSet *const *command_sets(size_t *ret_n);

/* Finds the command, parses options and configuration, runs it, prints its error. The exit code. */
int cli_main(int argc, char **argv);

const char *command_option(const CommandContext *context, const char *name); /* NULL if it was not given */

/* The same as a number in range, or `preset`. INVALID names the option. */
bool command_option_int(const CommandContext *context, const char *name, int64_t min, int64_t max, int64_t preset,
                        int64_t *ret_value, GError **error);

/* The same as a value of an enum, or `preset`. */
bool command_option_enum(const CommandContext *context, const char *name, const EnumTable *table, int preset, int *ret_value,
                         GError **error);

/* The n-th argument as an id; `what` is for the message: "job". */
bool command_id(const CommandContext *context, size_t n, const char *what, int64_t *ret_id, GError **error);
