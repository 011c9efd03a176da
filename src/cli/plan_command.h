/* `reeve plan`, which `reeve encode --dry-run` is another name for. */
#pragma once

#include "cli/command.h"

/* Plans the arguments (files and directories) by the options profile, force and verbose, and prints the plans. Changes nothing.
 */
bool plan_arguments(CommandContext *context, GError **error);
