/* The commands' tables, one for each file of commands; command_table.c puts them in order. A set without a title continues the
 * one before it in the help. */
#pragma once

#include "cli/command.h"

extern const CommandSet scan_commands, probe_commands, audio_commands, parse_commands, judge_commands, name_commands,
    plan_commands, encode_commands, job_commands, history_commands, root_commands, serve_commands, access_commands,
    database_commands, doctor_commands, help_commands;

#define COMMAND_SET(set_title, row_array)                                                                                        \
  {                                                                                                                              \
    .title = (set_title), .rows = (row_array), .n_rows = G_N_ELEMENTS(row_array)                                                 \
  }
