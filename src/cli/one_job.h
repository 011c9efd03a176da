/* A single job made on the spot and followed to its end: undo, scan of a root.
 *
 * Thread-safety: one thread. */
#pragma once

#include "cli/command.h"
#include "cli/service.h"

/* Fills the new job's kind, title, payload and what it is about; everything else stays as it is. */
typedef bool (*OneJobFill)(Service *service, Job *job, void *user_data, GError **error);

/* In the server's place or beside the one that runs. */
bool one_job_run(CommandContext *context, OneJobFill fill, void (*on_end)(const Job *job, void *user_data), void *user_data,
                 GError **error);
