/* The commands' tables, one for each file of commands; command_table.c puts them in order. A set without a title continues the
 * one before it in the help. */
#pragma once

#include "cli/command.h"

extern const CommandSet access_commands, admin_commands, audio_commands, backup_commands, check_commands, database_commands,
    doctor_commands, encode_commands, governor_commands, help_commands, history_commands, job_commands, judge_commands,
    name_commands, parse_commands, plan_commands, predict_commands, probe_commands, root_commands, scan_commands,
    schedule_commands, serve_commands, settings_commands;

#define COMMAND_SET(set_title, row_array)                                                                                        \
  {                                                                                                                              \
    .title = (set_title), .rows = (row_array), .n_rows = G_N_ELEMENTS(row_array)                                                 \
  }
