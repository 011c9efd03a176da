/* The manual page, from the command table and the settings.
 *
 * Thread-safety: no shared state. */
#pragma once

#include "cli/command.h"

/* reeve(1) in the man macros. The caller frees it. */
char *manual_page(const CommandSet *const *sets, size_t n_sets);
