/* Some files of a job together, so that the journal and the results cost two commits for all of them. For src/tune only. */
#pragma once

#include "tune/item.h"

enum { TUNE_CHUNK = 100 };

/* Looks at the files, changes them, and writes what came of it: all that is written is fenced by the job's lease. `files` are
 * changed as their rows are. True also if it was told to stop on its way: `outcome` counts what has a result. False with
 * CANCELLED if that was asked for before anything was written, CONFLICT if the lease is lost, or the database's errors; files are
 * whole then, and recovery or the next run writes what is missing. */
typedef struct {
  int64_t counts[AUDIO_FAILED + 1]; /* by AudioOutcome */
  GError *failure;                  /* of the last file that failed, or NULL */
  char *notice;                     /* what could not be asked for some of them, or NULL */
} ChunkOutcome;
bool tune_chunk(const TuneJob *job, GPtrArray *files, GHashTable *roots, int64_t job_id, ChunkOutcome *outcome, GError **error);
