/* The file that keeps a second server off an SQLite database: PATH.lock, locked while the first one lives, with its name inside.
 *
 * Thread-safety: no shared state. */
#pragma once

#include <glib.h>

/* Locks and returns the descriptor, whose closing unlocks. -1 with CONFLICT, naming the holder, if another process has it. The
 * file stays when it is unlocked: removing it would race with the next holder. */
int sqlite_lock(const char *database_path, GError **error);
