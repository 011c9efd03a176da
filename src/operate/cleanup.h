/* Clean-up of temporary files in the library (S5). What the replacement journal knows as ours is brought to rest by the journal.
 * What only looks temporary is somebody else's: it becomes a held job of the kind "cleanup", and only when a person has released
 * that is the file moved to the trash, where it stays as long as replaced originals do.
 *
 * Thread-safety: any thread. */
#pragma once

#include "library/trash.h"
#include "worker/agent.h"

typedef struct {
  ReplaceContext *replace; /* holds db, queue and clock */
  ReplaceProbe probe;      /* for the journal; may be NULL */
  void *probe_data;
} CleanupContext;

typedef enum {
  STRAY_FILE,      /* looks temporary, is nobody's that we know */
  STRAY_OURS,      /* a stage directory that the journal knows: work under way, or about to be brought to rest */
  STRAY_DIRECTORY, /* looks like one of our stage directories, but no journal row knows it: for a person to look at */
} StrayKind;

typedef struct {
  char *path;
  int kind; /* StrayKind */
  int64_t root_id, size_bytes, changed_at_ms;
  char *reason;
  int64_t job; /* FIELD_NULL_INT: none was made */
} Stray;
extern const FieldTable stray_table;

typedef struct {
  int64_t recovered;  /* replacements that were brought to rest */
  int64_t jobs_made;  /* held ones, to be released */
  GPtrArray *found;   /* Stray */
  bool complete;      /* false: there is more than CLEANUP_FOUND_MAX */
  char **unreachable; /* roots that could not be looked at, with the reason */
} CleanupReport;
extern const FieldTable cleanup_report_table;

enum { CLEANUP_FOUND_MAX = 1000, CLEANUP_PRESET_AGE_H = 24 };

/* True if a name is one of the patterns: "*.lock", ".tmp_*", "*.part". Pure. */
bool cleanup_is_stray_name(const char *name);

/* Looks through all enabled roots that are not frozen. Files that changed within `min_age_h` hours are left out: somebody may be
 * writing them. With `dry_run` nothing is recovered and no job is made. */
bool cleanup_scan(const CleanupContext *context, bool dry_run, int64_t min_age_h, Cancel *cancel, CleanupReport *ret_report,
                  GError **error);

/* The executor of a released job; `context` is a CleanupContext. CONFLICT if the file is not what was found any more. */
bool execute_cleanup(JobRun *run, const char *order, void *context, char **ret_report, GError **error);
